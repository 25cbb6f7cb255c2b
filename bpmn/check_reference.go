package bpmn

import "strings"

// required reports elements that mean nothing without a reference they lack.
func (c *checker) required() {
	for i := range c.d.elements {
		e := &c.d.elements[i]
		var attrs []string
		switch {
		case e.Model("sequenceFlow", "messageFlow", "association", "conversationLink"):
			attrs = []string{"sourceRef", "targetRef"}
		case e.Model("boundaryEvent"):
			attrs = []string{"attachedToRef"}
		case e.Is(BPMNDINamespace, "BPMNShape"), e.Is(BPMNDINamespace, "BPMNEdge"), e.Is(BPMNDINamespace, "BPMNPlane"):
			attrs = []string{"bpmnElement"}
		default:
			continue
		}
		for _, attr := range attrs {
			if strings.Trim(e.Attr(attr), " \t\r\n") == "" {
				c.warn(e, MissingReference, "this %s has no %s", e.Local, attr)
			}
		}
	}
}

// resolve reports references to elements that do not exist, or are of a kind
// that the reference cannot mean. A name with the prefix of another namespace
// belongs to another file and is never a fault.
func (c *checker) resolve() {
	c.d.references(func(r reference) {
		if r.external || r.id == "" {
			return
		}
		target := c.ids[r.id]
		if target == nil {
			c.warn(r.from, UnresolvedReference, "%s: %s refers to %q, which does not exist", r.from.Local, r.field(), shorten(r.id))
			return
		}
		if want, fits := meets(r, target); !fits {
			c.warn(r.from, WrongReference, "%s: %s has to name %s, not the %s %s", r.from.Local, r.field(), want, target.Local, r.id)
		}
	})
	for i := range c.d.elements {
		e := &c.d.elements[i]
		// The called process may live in another file, so it need not exist here.
		if !e.Model("callActivity") {
			continue
		}
		if called := c.target(e, "calledElement"); called != nil && !isCallable(called) {
			c.warn(e, WrongReference, "callActivity: calledElement has to name a process or a global task, not the %s %s", called.Local, called.ID())
		}
	}
}

// field names the reference for a person.
func (r reference) field() string {
	if r.attr == "" {
		return "it"
	}
	return r.attr
}

func isCallable(e *Element) bool {
	return e.Model("process", "globalTask", "globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask")
}

func isActivity(e *Element) bool {
	return e.Model("task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask",
		"subProcess", "transaction", "adHocSubProcess", "callActivity")
}

// isItem reports whether data flows into or out of the element.
func isItem(e *Element) bool {
	return e.Model("dataObject", "dataObjectReference", "dataStoreReference", "dataStore", "dataInput", "dataOutput", "property",
		"inputDataItem", "outputDataItem")
}

func isConversationNode(e *Element) bool {
	return e.Model("conversation", "subConversation", "callConversation")
}

// isPartner reports whether messages may come from or go to the element.
func isPartner(e *Element) bool {
	return e.Model("participant") || isFlowNode(e) || isConversationNode(e)
}

// meets reports whether the reference may mean an element of that kind, and what
// it asks for. References that it does not know may mean anything.
func meets(r reference, target *Element) (want string, ok bool) {
	if r.from.Space == BPMNDINamespace {
		return meetsDI(r, target)
	}
	field := r.attr
	if field == "" {
		field = r.from.Local
	}
	switch field {
	case "sourceRef", "targetRef":
		return meetsEnd(r.from, target)
	case "attachedToRef", "activityRef":
		return "an activity", isActivity(target)
	case "default", "incoming", "outgoing":
		return "a sequence flow", target.Model("sequenceFlow")
	case "flowNodeRef":
		return "a flow node", isFlowNode(target)
	case "loopDataInputRef", "loopDataOutputRef":
		return "data", isItem(target)
	case "dataInputRefs", "optionalInputRefs", "whileExecutingInputRefs":
		return "a data input", target.Model("dataInput")
	case "dataOutputRefs", "optionalOutputRefs", "whileExecutingOutputRefs":
		return "a data output", target.Model("dataOutput")
	case "eventDefinitionRef":
		return "an event definition", target.Space == ModelNamespace && strings.HasSuffix(target.Local, "EventDefinition")
	case "choreographyRef", "definitionalCollaborationRef":
		return "a collaboration", isCollaboration(target)
	case "innerConversationNodeRef", "outerConversationNodeRef":
		return "a conversation", isConversationNode(target)
	case "source", "target":
		return "a link event", target.Model("linkEventDefinition")
	case "supports":
		return "a process", isCallable(target)
	}
	if kind := plainTarget(field); kind != "" {
		article := "a "
		if strings.ContainsRune("aeiou", rune(kind[0])) {
			article = "an "
		}
		return article + kind, target.Model(kind)
	}
	return "", true
}

// plainTarget returns the one type of element that a reference names, "" when
// there is no such rule.
func plainTarget(field string) string {
	switch field {
	case "processRef":
		return "process"
	case "messageRef", "inMessageRef", "outMessageRef":
		return "message"
	case "errorRef":
		return "error"
	case "escalationRef":
		return "escalation"
	case "signalRef":
		return "signal"
	case "itemSubjectRef", "itemRef":
		return "itemDefinition"
	case "dataObjectRef":
		return "dataObject"
	case "dataStoreRef":
		return "dataStore"
	case "operationRef":
		return "operation"
	case "interfaceRef", "supportedInterfaceRef", "supportedInterfaceRefs":
		return "interface"
	case "categoryValueRef":
		return "categoryValue"
	case "participantRef", "innerParticipantRef", "outerParticipantRef", "initiatingParticipantRef":
		return "participant"
	case "messageFlowRef", "innerMessageFlowRef", "outerMessageFlowRef":
		return "messageFlow"
	case "correlationPropertyRef":
		return "correlationProperty"
	case "correlationKeyRef":
		return "correlationKey"
	case "inputSetRef", "inputSetRefs":
		return "inputSet"
	case "outputSetRef", "outputSetRefs":
		return "outputSet"
	case "resourceRef":
		return "resource"
	case "resourceParameterRef", "parameterRef":
		return "resourceParameter"
	case "endPointRef":
		return "endPoint"
	}
	return ""
}

// meetsEnd is meets for the two ends of everything that is drawn as a line.
func meetsEnd(from, target *Element) (want string, ok bool) {
	owner := from
	if from.Model("sourceRef", "targetRef") {
		owner = from.parent
	}
	switch {
	case owner.Model("sequenceFlow"):
		return "a flow node", isFlowNode(target)
	case owner.Model("messageFlow", "conversationLink"):
		return "a pool, an activity or an event", isPartner(target)
	case owner.Model("association"):
		return "an element of the model", target.Space == ModelNamespace
	case owner.Model("dataInputAssociation", "dataOutputAssociation"):
		return "data", isItem(target)
	}
	return "", true
}

func meetsDI(r reference, target *Element) (want string, ok bool) {
	switch r.attr {
	case "bpmnElement":
		return "an element of the model", target.Space == ModelNamespace
	case "choreographyActivityShape":
		return "a shape", target.Is(BPMNDINamespace, "BPMNShape")
	case "labelStyle":
		return "a label style", target.Is(BPMNDINamespace, "BPMNLabelStyle")
	}
	return "", true // tools write ids of the model into sourceElement and targetElement
}
