package bpmn

import "strings"

// referenceAttribute reports whether an attribute without namespace holds the id
// of an element of the document. calledElement is left out: it may name a
// process of another file. structureRef names types.
func referenceAttribute(e *Element, local string) bool {
	switch e.Space {
	case BPMNDINamespace:
		switch local {
		case "bpmnElement", "choreographyActivityShape", "sourceElement", "targetElement", "labelStyle":
			return true
		}
		return false
	case ModelNamespace:
	default:
		return false
	}
	switch local {
	case "sourceRef", "targetRef", "attachedToRef", "default", "processRef", "messageRef", "errorRef",
		"escalationRef", "signalRef", "itemSubjectRef", "dataObjectRef", "dataStoreRef", "operationRef",
		"activityRef", "categoryValueRef", "partitionElementRef", "correlationKeyRef", "correlationPropertyRef",
		"initiatingParticipantRef", "itemRef", "inputSetRef", "outputSetRef", "definitionalCollaborationRef",
		"noneBehaviorEventRef", "oneBehaviorEventRef", "parameterRef", "inputDataRef", "outputDataRef":
		return true
	}
	return false
}

// referenceElement reports whether the text of an element of the model namespace
// is the id of another element.
func referenceElement(e *Element) bool {
	if e.Space != ModelNamespace || e.first != nil {
		return false
	}
	switch e.Local {
	case "incoming", "outgoing", "flowNodeRef", "sourceRef", "targetRef", "dataInputRefs", "dataOutputRefs",
		"optionalInputRefs", "optionalOutputRefs", "whileExecutingInputRefs", "whileExecutingOutputRefs",
		"inputSetRefs", "outputSetRefs", "loopDataInputRef", "loopDataOutputRef", "eventDefinitionRef",
		"participantRef", "messageFlowRef", "innerParticipantRef", "outerParticipantRef", "innerMessageFlowRef",
		"outerMessageFlowRef", "innerConversationNodeRef", "outerConversationNodeRef", "choreographyRef",
		"supportedInterfaceRef", "interfaceRef", "operationRef", "inMessageRef", "outMessageRef", "errorRef",
		"resourceRef", "resourceParameterRef", "categoryValueRef", "supports", "correlationPropertyRef",
		"endPointRef", "supportedInterfaceRefs":
		return true
	case "source", "target":
		return e.parent != nil && e.parent.Model("linkEventDefinition")
	}
	return false
}

// A reference is one place of a document that names an element by its id.
type reference struct {
	from     *Element
	attr     string // attribute, "" when the element's text is the reference
	id       string // the id, without prefix
	external bool   // the prefix says that the element lives in another file
	prefix   string
	start    int // byte offsets of the value as written
	end      int
}

// references calls yield for each reference in document order.
func (d *Document) references(yield func(reference)) {
	for i := range d.elements {
		e := &d.elements[i]
		if e.Space != ModelNamespace && e.Space != BPMNDINamespace {
			continue
		}
		for j := range e.attrs {
			a := &e.attrs[j]
			if a.Space == "" && referenceAttribute(e, a.Local) {
				from, to := e.valueRange(a)
				yield(e.reference(a.Local, a.Value, from, to))
			}
		}
		if e.Space == ModelNamespace && e.first == nil && e.text && referenceElement(e) {
			yield(e.reference("", e.Text(), int(e.open), int(e.close)))
		}
	}
}

// reference resolves the prefix of a value that names an element.
func (e *Element) reference(attr, value string, start, end int) reference {
	r := reference{from: e, attr: attr, start: start, end: end}
	r.id = strings.Trim(value, " \t\r\n")
	if prefix, local, found := strings.Cut(r.id, ":"); found {
		if space, bound := e.namespace(prefix); bound {
			r.prefix, r.id = prefix, local
			r.external = space != e.doc.Root().Attr("targetNamespace") && e.doc.imports(space)
		}
	}
	return r
}

// imports reports whether the document imports definitions of a namespace. Many
// tools put any prefix before ids of the file itself.
func (d *Document) imports(space string) bool {
	for c := d.Root().first; c != nil; c = c.next {
		if c.Model("import") && c.Attr("namespace") == space {
			return true
		}
	}
	return false
}

// namespace returns what a prefix is bound to at the element.
func (e *Element) namespace(prefix string) (space string, bound bool) {
	for ; e != nil; e = e.parent {
		for i := range e.attrs {
			a := &e.attrs[i]
			if a.Space != xmlnsNamespace {
				continue
			}
			if a.prefixDeclared() == prefix {
				return a.Value, true
			}
		}
	}
	if prefix == "xml" {
		return xmlNamespace, true
	}
	return "", prefix == ""
}
