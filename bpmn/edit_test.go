package bpmn_test

import (
	"fmt"
	"strconv"
	"strings"

	"laneway/bpmn"
)

// A picker returns a number from 0 to n-1. Both rapid and math/rand can be one.
type picker func(n int) int

// An edit is one change as people make them, made on an xmlDoc without any help
// of the package. It tells what it did, so that a test can look for it.
type edit struct {
	kind    string // name in editKinds
	element string // id of the changed element; for shapes and edges, of what they show
	// field of that element. Two edits with the same element and field and with
	// different after values exclude each other.
	field         string
	before, after string
	// about are the ids of all elements that the edit changes or needs; two edits
	// that share none have nothing to do with each other.
	about []string
	// layout says that only the drawing changed: never a hard conflict.
	layout bool
	// holds tells whether a document shows the edit.
	holds func(*xmlDoc) bool
}

func (e edit) String() string {
	return fmt.Sprintf("%s: %s.%s %q -> %q", e.kind, e.element, e.field, e.before, e.after)
}

// related reports whether two edits touch a common element.
func (e edit) related(other edit) bool {
	for _, a := range e.about {
		for _, b := range other.about {
			if a == b {
				return true
			}
		}
	}
	return false
}

// An editKind makes one kind of edit on a random fitting element, or reports
// that the document has none.
type editKind struct {
	name  string
	apply func(picker, *xmlDoc) (edit, bool)
}

// editKinds lists every kind. The first 22 are those that the bars name.
func editKinds() []editKind {
	return []editKind{
		{"name", editName},
		{"documentation", editDocumentation},
		{"isExecutable", editExecutable},
		{"default flow", editDefault},
		{"flow target", editFlowTarget},
		{"type", editType},
		{"bounds", editBounds},
		{"label bounds", editLabelBounds},
		{"colour", editColor},
		{"waypoint", editWaypoint},
		{"vendor attribute", editVendorAttribute},
		{"vendor element", editVendorElement},
		{"condition", editCondition},
		{"message name", editRootName},
		{"error code", editErrorCode},
		{"timer", editTimer},
		{"data object", editDataObject},
		{"annotation text", editAnnotationText},
		{"association end", editAssociationEnd},
		{"group value", editGroupValue},
		{"lane membership", editLane},
		{"annotation removed", removeAnnotation},

		{"annotation added", addAnnotation},
		{"size", editSize},
		{"expanded", editExpanded},
		{"script", editScript},
		{"message reference", editMessageRef},
		{"called element", editCalledElement},
		{"attached to", editAttachedTo},
		{"node appended", appendNode},
		{"node inserted", insertNode},
		{"node removed", removeNode},
		{"flow added", addFlow},
		{"flow removed", removeFlow},
		{"boundary event added", addBoundary},
		{"moved into sub-process", moveIntoSubProcess},
		{"pool added", addPool},
		{"lane added", addLane},
		{"root element added", addRootElement},
		{"data object added", addDataObject},
	}
}

// randomEdit makes an edit of a random kind. It reports false when no kind fits.
func randomEdit(pick picker, d *xmlDoc) (edit, bool) {
	kinds := editKinds()
	from := pick(len(kinds))
	for i := range kinds {
		kind := kinds[(from+i)%len(kinds)]
		if e, ok := kind.apply(pick, d); ok {
			e.kind = kind.name
			return e, true
		}
	}
	return edit{}, false
}

// choose returns one of the elements, nil when there is none.
func choose(pick picker, from []*xmlNode) *xmlNode {
	if len(from) == 0 {
		return nil
	}
	return from[pick(len(from))]
}

// fresh makes an id or a word that nothing else has.
func fresh(pick picker, prefix string) string {
	return fmt.Sprintf("%s_%07x", prefix, pick(1<<28))
}

// setAttribute changes an attribute of a model element and tells so.
func setAttribute(e *xmlNode, name, after string) edit {
	id, before := e.get("id"), e.get(name)
	e.set(name, after)
	return edit{element: id, field: name, before: before, after: after, about: []string{id}, holds: func(d *xmlDoc) bool {
		found := d.byID(id)
		return found != nil && found.attribute(e.attributeSpace(name), name) == after
	}}
}

// attributeSpace returns the namespace of an attribute name as written.
func (e *xmlNode) attributeSpace(name string) string {
	if prefix, _ := splitName(name); prefix != "" {
		return e.lookup(prefix)
	}
	return ""
}

// attribute returns a value by its namespace and its name under any prefix.
func (e *xmlNode) attribute(space, name string) string {
	_, wanted := splitName(name)
	for _, a := range e.attrs {
		if a.local == wanted && (a.prefix == "") == (space == "") && (space == "" || e.lookup(a.prefix) == space) {
			return a.value()
		}
	}
	return ""
}

func editName(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.models(append(nodeTypes(), "participant", "lane", "sequenceFlow", "process", "dataObjectReference", "messageFlow")...))
	if e == nil {
		return edit{}, false
	}
	return setAttribute(e, "name", fresh(pick, "Named")), true
}

func editDocumentation(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.models(append(nodeTypes(), "process", "lane", "sequenceFlow")...))
	if e == nil {
		return edit{}, false
	}
	id, after := e.get("id"), fresh(pick, "Documented")
	doc, field := e.child(bpmn.ModelNamespace, "documentation"), "documentation[0]"
	if doc == nil {
		doc = d.element(bpmn.ModelNamespace, "documentation")
		e.insert(doc, func(*xmlNode) bool { return true })
		field = "documentation+" + after // two new ones may stand side by side
	}
	before := doc.text()
	doc.setText(after)
	return edit{element: id, field: field, before: before, after: after, about: []string{id}, holds: func(d *xmlDoc) bool {
		e := d.byID(id)
		if e == nil {
			return false
		}
		for _, doc := range e.children(bpmn.ModelNamespace, "documentation") {
			if doc.text() == after {
				return true
			}
		}
		return false
	}}, true
}

func editExecutable(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.models("process"))
	if e == nil {
		return edit{}, false
	}
	return setAttribute(e, "isExecutable", strconv.FormatBool(e.get("isExecutable") != "true")), true
}

func editDefault(pick picker, d *xmlDoc) (edit, bool) {
	flows := d.all(func(e *xmlNode) bool {
		source := d.byID(local(e.get("sourceRef")))
		return e.model("sequenceFlow") && e.get("id") != "" && source.model(append(activityTypes(), "exclusiveGateway", "inclusiveGateway", "complexGateway")...) &&
			source.get("default") != e.get("id")
	})
	flow := choose(pick, flows)
	if flow == nil {
		return edit{}, false
	}
	e := setAttribute(d.byID(local(flow.get("sourceRef"))), "default", flow.get("id"))
	e.about = append(e.about, flow.get("id"))
	return e, true
}

// editFlowTarget lets a sequence flow end at another node of its scope.
func editFlowTarget(pick picker, d *xmlDoc) (edit, bool) {
	flow := choose(pick, d.models("sequenceFlow"))
	if flow == nil {
		return edit{}, false
	}
	old := local(flow.get("targetRef"))
	node := choose(pick, d.endsIn(flow.parent, func(e *xmlNode) bool {
		return e.get("id") != old && e.get("id") != local(flow.get("sourceRef")) && !e.model("startEvent", "boundaryEvent")
	}))
	if node == nil {
		return edit{}, false
	}
	d.unlink(old, "incoming", flow.get("id"))
	d.link(node, "incoming", flow.get("id"))
	e := setAttribute(flow, "targetRef", node.get("id"))
	e.about = append(e.about, node.get("id"), old)
	d.redock(flow.get("id"), "", node.get("id"))
	return e, true
}

// endsIn returns the flow nodes that lie directly in a scope.
func (d *xmlDoc) endsIn(scope *xmlNode, keep func(*xmlNode) bool) (found []*xmlNode) {
	for _, kid := range scope.kids {
		if kid.model(nodeTypes()...) && kid.get("id") != "" && keep(kid) {
			found = append(found, kid)
		}
	}
	return found
}

// link and unlink keep the lists that some tools write inside of nodes.
func (d *xmlDoc) link(node *xmlNode, list, flow string) {
	style := d.all(func(e *xmlNode) bool { return e.model("incoming", "outgoing") })
	if len(style) == 0 || node == nil {
		return
	}
	ref := d.element(bpmn.ModelNamespace, list)
	ref.setText(flow)
	node.insert(ref, func(e *xmlNode) bool {
		return !e.model("documentation", "extensionElements", "auditing", "monitoring", "categoryValueRef", "incoming") && !(list == "outgoing" && e.model("outgoing"))
	})
}

func (d *xmlDoc) unlink(node, list, flow string) {
	e := d.byID(node)
	if e == nil {
		return
	}
	for _, ref := range e.children(bpmn.ModelNamespace, list) {
		if local(ref.text()) == flow {
			ref.remove()
		}
	}
}

func editType(pick picker, d *xmlDoc) (edit, bool) {
	plain := d.all(func(e *xmlNode) bool {
		if !e.model("task", "userTask", "manualTask", "exclusiveGateway", "inclusiveGateway") || e.get("id") == "" {
			return false
		}
		for _, kid := range e.kids {
			if kid.local != "" && !kid.model("documentation", "extensionElements", "incoming", "outgoing") {
				return false
			}
		}
		return true
	})
	e := choose(pick, plain)
	if e == nil {
		return edit{}, false
	}
	types := []string{"task", "userTask", "manualTask", "serviceTask"}
	if strings.HasSuffix(e.local, "Gateway") {
		types = []string{"exclusiveGateway", "inclusiveGateway", "complexGateway"}
	}
	id, before := e.get("id"), e.local
	after := types[pick(len(types))]
	if after == before {
		after = types[len(types)-1]
	}
	e.local = after
	return edit{element: id, field: "type", before: before, after: after, about: []string{id}, holds: func(d *xmlDoc) bool {
		return d.byID(id).model(after)
	}}, true
}

func activityTypes() []string {
	return []string{"task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask",
		"businessRuleTask", "subProcess", "callActivity"}
}

func nodeTypes() []string {
	return append(activityTypes(), "transaction", "adHocSubProcess", "startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent",
		"intermediateThrowEvent", "exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway", "eventBasedGateway")
}
