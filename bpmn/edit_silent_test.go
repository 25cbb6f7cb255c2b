package bpmn_test

import (
	"strings"

	"laneway/bpmn"
)

// A silentKind rewrites a document without changing what it says.
type silentKind struct {
	name  string
	apply func(picker, *xmlDoc)
}

func silentKinds() []silentKind {
	return []silentKind{
		{"siblings re-ordered", reorderSiblings},
		{"attributes re-ordered", reorderAttributes},
		{"prefixes renamed", renamePrefixes},
		{"defaults written out", writeDefaults},
		{"comments added", addComments},
	}
}

// reorderSiblings shuffles those children whose order BPMN gives no meaning:
// what a process, a sub-process, a collaboration and the document hold, and the
// flow lists of nodes. Shapes keep theirs, since it says what covers what.
func reorderSiblings(pick picker, d *xmlDoc) {
	d.root.walk(func(e *xmlNode) {
		var free func(*xmlNode) bool
		switch {
		case e.model("definitions"):
			free = func(kid *xmlNode) bool {
				return kid.model() && !kid.model("import", "extension", "relationship", "documentation")
			}
		case e.model("process", "subProcess"):
			free = func(kid *xmlNode) bool {
				return kid.model(append(nodeTypes(), "sequenceFlow", "dataObject", "dataObjectReference")...)
			}
		case e.model("collaboration"):
			free = func(kid *xmlNode) bool { return kid.model("participant") }
		case e.model("lane"):
			free = func(kid *xmlNode) bool { return kid.model("flowNodeRef") }
		case e.model(nodeTypes()...):
			free = func(kid *xmlNode) bool { return kid.model("incoming") }
		default:
			return
		}
		var places []int
		for i, kid := range e.kids {
			if kid.local != "" && free(kid) {
				places = append(places, i)
			}
		}
		for i := len(places) - 1; i > 0; i-- {
			j := pick(i + 1)
			a, b := places[i], places[j]
			e.kids[a], e.kids[b] = e.kids[b], e.kids[a]
		}
	})
}

func reorderAttributes(pick picker, d *xmlDoc) {
	d.root.walk(func(e *xmlNode) {
		for i := len(e.attrs) - 1; i > 0; i-- {
			j := pick(i + 1)
			e.attrs[i], e.attrs[j] = e.attrs[j], e.attrs[i]
		}
	})
}

// renamePrefixes gives every prefix that the root declares another name, also in
// the values that are qualified names. A document that declares prefixes below
// the root is left alone.
func renamePrefixes(pick picker, d *xmlDoc) {
	names := make(map[string]string)
	for _, a := range d.root.attrs {
		if a.prefix == "xmlns" {
			names[a.local] = a.local + "x"
		}
	}
	deep := d.all(func(e *xmlNode) bool {
		for _, a := range e.attrs {
			if e != d.root && (a.prefix == "xmlns" || a.prefix == "" && a.local == "xmlns") {
				return true
			}
		}
		return false
	})
	if len(deep) > 0 || len(names) == 0 {
		return
	}
	if _, plain := d.root.find("xmlns"); !plain && pick(2) == 0 && !prefixlessNames(d) {
		// One of them becomes the default namespace.
		if model := d.prefix(bpmn.ModelNamespace); model != "" {
			names[model] = ""
		}
	}
	schema := "xmlns" // no attribute has it
	for _, a := range d.root.attrs {
		if a.prefix == "xmlns" && a.value() == "http://www.w3.org/2001/XMLSchema-instance" {
			schema = a.local
		}
	}
	d.root.walk(func(e *xmlNode) {
		if to, known := names[e.prefix]; known {
			e.prefix = to
		}
		for i := range e.attrs {
			a := &e.attrs[i]
			if a.prefix == "xmlns" {
				if a.local = names[a.local]; a.local == "" {
					a.prefix, a.local = "", "xmlns"
				}
				continue
			}
			if qualifiedValue(e, *a, schema) {
				if prefix, rest := splitName(strings.TrimSpace(a.value())); prefix != "" && names[prefix] != "" {
					a.quoted = `"` + escaper.Replace(names[prefix]+":"+rest) + `"`
				} else if to, known := names[prefix]; prefix != "" && known && to == "" {
					a.quoted = `"` + escaper.Replace(rest) + `"`
				}
			}
			if to, known := names[a.prefix]; known && a.prefix != "" && to != "" {
				a.prefix = to
			}
		}
		if qualifiedText(e) {
			if prefix, rest := splitName(strings.TrimSpace(e.text())); prefix != "" && names[prefix] != "" {
				e.setText(names[prefix] + ":" + rest)
			}
		}
	})
}

// prefixlessNames reports elements or attributes that a default namespace would
// take over, and attributes that would lose theirs.
func prefixlessNames(d *xmlDoc) bool {
	model := d.prefix(bpmn.ModelNamespace)
	found := d.all(func(e *xmlNode) bool {
		for _, a := range e.attrs {
			if a.prefix == model {
				return true
			}
			// A reference without a prefix would become a name of the default namespace
			// and so would one with the model's prefix become one without.
			if prefix, _ := splitName(a.value()); prefix == model && !(a.local == "type" && a.prefix != "") {
				return true
			}
		}
		return e.prefix == ""
	})
	return len(found) > 0
}

// qualifiedValue reports attributes that hold a qualified name; schema is the
// prefix of xsi:type.
func qualifiedValue(e *xmlNode, a xmlAttr, schema string) bool {
	switch {
	case a.prefix != "":
		return a.local == "type" && a.prefix == schema
	case e.space == bpmn.BPMNDINamespace:
		return a.local == "bpmnElement" || a.local == "labelStyle" || a.local == "choreographyActivityShape"
	case e.space != bpmn.ModelNamespace:
		return false
	}
	return strings.HasSuffix(a.local, "Ref") || a.local == "default" || a.local == "calledElement"
}

func qualifiedText(e *xmlNode) bool {
	return e.model() && (strings.HasSuffix(e.local, "Ref") || strings.HasSuffix(e.local, "Refs") || e.model("incoming", "outgoing")) && !e.inside("extensionElements")
}

// writeDefaults writes the values that the schema supplies where nothing stands.
func writeDefaults(pick picker, d *xmlDoc) {
	write := func(e *xmlNode, pairs ...string) {
		for i := 0; i < len(pairs); i += 2 {
			if _, has := e.find(pairs[i]); !has && pick(3) > 0 {
				e.set(pairs[i], pairs[i+1])
			}
		}
	}
	d.root.walk(func(e *xmlNode) {
		if !e.model() || e.inside("extensionElements") {
			return
		}
		if e.model(append(activityTypes(), "transaction", "adHocSubProcess", "manualTask")...) {
			write(e, "isForCompensation", "false", "startQuantity", "1", "completionQuantity", "1")
		}
		if e.model("subProcess", "transaction", "adHocSubProcess") {
			write(e, "triggeredByEvent", "false")
		}
		switch {
		case e.model("process"):
			write(e, "processType", "None", "isClosed", "false")
		case e.model("collaboration"):
			write(e, "isClosed", "false")
		case e.model("startEvent"):
			write(e, "isInterrupting", "true", "parallelMultiple", "false")
		case e.model("boundaryEvent"):
			write(e, "cancelActivity", "true", "parallelMultiple", "false")
		case e.model("intermediateCatchEvent"):
			write(e, "parallelMultiple", "false")
		case e.model("exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway"):
			write(e, "gatewayDirection", "Unspecified")
		case e.model("eventBasedGateway"):
			write(e, "gatewayDirection", "Unspecified", "instantiate", "false", "eventGatewayType", "Exclusive")
		case e.model("association"):
			write(e, "associationDirection", "None")
		case e.model("dataObject"):
			write(e, "isCollection", "false")
		case e.model("receiveTask"):
			write(e, "instantiate", "false", "implementation", "##WebService")
		case e.model("serviceTask", "sendTask"):
			write(e, "implementation", "##WebService")
		case e.model("userTask", "businessRuleTask"):
			write(e, "implementation", "##unspecified")
		case e.model("textAnnotation", "documentation"):
			write(e, "textFormat", "text/plain")
		case e.model("multiInstanceLoopCharacteristics"):
			write(e, "isSequential", "false", "behavior", "All")
		case e.model("standardLoopCharacteristics"):
			write(e, "testBefore", "false")
		case e.model("itemDefinition"):
			write(e, "isCollection", "false", "itemKind", "Information")
		}
	})
}

func addComments(pick picker, d *xmlDoc) {
	for _, e := range d.models("process", "task", "sequenceFlow", "collaboration") {
		if pick(2) == 0 {
			at := pick(len(e.kids) + 1)
			rest := append([]*xmlNode{{raw: "<!-- " + fresh(pick, "remark") + " -->", parent: e}}, e.kids[at:]...)
			e.kids = append(e.kids[:at:at], rest...)
		}
	}
}
