package bpmn_test

import (
	"strings"

	"laneway/bpmn"
)

// setText changes the text of an element that may have no id of its own; owner is
// the closest element with one.
func setText(e, owner *xmlNode, after string, find func(owner *xmlNode) *xmlNode) edit {
	id, field, before := owner.get("id"), e.local, e.text()
	e.setText(after)
	about := []string{id}
	for p := owner.parent; p != nil && p.model() && !p.model("process", "definitions"); p = p.parent {
		if p.get("id") != "" && p.model(nodeTypes()...) {
			about = append(about, p.get("id")) // an event's definition is part of the event
			break
		}
	}
	return edit{element: id, field: field, before: before, after: after, about: about, holds: func(d *xmlDoc) bool {
		owner := d.byID(id)
		if owner == nil {
			return false
		}
		found := find(owner)
		return found != nil && found.text() == after
	}}
}

// holder returns the closest element with an id, starting at e.
func (e *xmlNode) holder() *xmlNode {
	for e.get("id") == "" {
		e = e.parent
	}
	return e
}

func editVendorAttribute(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.models(activityTypes()...))
	if e == nil {
		return edit{}, false
	}
	names := []string{"assignee", "priority", "asyncBefore"}
	return setAttribute(e, d.prefix(vendorSpace)+":"+names[pick(len(names))], fresh(pick, "v")), true
}

// editVendorElement sets one property in the vendor's list of properties.
func editVendorElement(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.models(nodeTypes()...))
	if e == nil {
		return edit{}, false
	}
	key := []string{"owner", "cost", "risk"}[pick(3)]
	id, after := e.get("id"), fresh(pick, "v")
	holder := e.child(bpmn.ModelNamespace, "extensionElements")
	if holder == nil {
		holder = d.element(bpmn.ModelNamespace, "extensionElements")
		e.insert(holder, func(other *xmlNode) bool { return !other.model("documentation") })
	}
	list := holder.child(vendorSpace, "properties")
	if list == nil {
		list = holder.add(d.element(vendorSpace, "properties"))
	}
	property := findProperty(list, key)
	if property == nil {
		property = list.add(d.element(vendorSpace, "property", "name", key))
	}
	before := property.get("value")
	property.set("value", after)
	return edit{element: id, field: "property[" + key + "]", before: before, after: after, about: []string{id}, holds: func(d *xmlDoc) bool {
		e := d.byID(id)
		if e == nil {
			return false
		}
		found := false
		e.walk(func(p *xmlNode) {
			found = found || p.is(vendorSpace, "property") && p.get("name") == key && p.get("value") == after
		})
		return found
	}}, true
}

func findProperty(list *xmlNode, key string) *xmlNode {
	for _, p := range list.children(vendorSpace, "property") {
		if p.get("name") == key {
			return p
		}
	}
	return nil
}

func editCondition(pick picker, d *xmlDoc) (edit, bool) {
	flow := choose(pick, d.all(func(e *xmlNode) bool {
		return e.model("sequenceFlow") && e.get("id") != "" && d.byID(local(e.get("sourceRef"))).model("exclusiveGateway", "inclusiveGateway")
	}))
	if flow == nil {
		return edit{}, false
	}
	condition := flow.child(bpmn.ModelNamespace, "conditionExpression")
	if condition == nil {
		condition = flow.add(d.element(bpmn.ModelNamespace, "conditionExpression"))
		typeName := "tFormalExpression"
		if condition.prefix != "" {
			typeName = condition.prefix + ":" + typeName
		}
		condition.set(d.prefix("http://www.w3.org/2001/XMLSchema-instance")+":type", typeName)
	}
	return setText(condition, flow, "${"+fresh(pick, "amount")+" > 5}", func(flow *xmlNode) *xmlNode {
		return flow.child(bpmn.ModelNamespace, "conditionExpression")
	}), true
}

func editRootName(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.models("message", "signal", "escalation"))
	if e == nil {
		return edit{}, false
	}
	return setAttribute(e, "name", fresh(pick, "Message")), true
}

func editErrorCode(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.models("error"))
	if e == nil {
		return edit{}, false
	}
	return setAttribute(e, "errorCode", fresh(pick, "E")), true
}

func editTimer(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.all(func(e *xmlNode) bool {
		return e.model("timeDuration", "timeDate", "timeCycle") && e.parent.model("timerEventDefinition")
	}))
	if e == nil {
		return edit{}, false
	}
	name := e.local
	return setText(e, e.holder(), "PT"+fresh(pick, "")[1:]+"S", func(owner *xmlNode) *xmlNode {
		var found *xmlNode
		owner.walk(func(e *xmlNode) {
			if e.model(name) {
				found = e
			}
		})
		return found
	}), true
}

func editScript(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.models("scriptTask"))
	if e == nil {
		return edit{}, false
	}
	script := e.child(bpmn.ModelNamespace, "script")
	if script == nil {
		script = e.add(d.element(bpmn.ModelNamespace, "script"))
	}
	return setText(script, e, "return "+fresh(pick, "x"), func(e *xmlNode) *xmlNode { return e.child(bpmn.ModelNamespace, "script") }), true
}

// editDataObject turns a data object into a collection or back, or lets a
// reference show another data object.
func editDataObject(pick picker, d *xmlDoc) (edit, bool) {
	objects := d.models("dataObject")
	if ref := choose(pick, d.models("dataObjectReference")); ref != nil && len(objects) > 1 && pick(2) == 0 {
		var others []*xmlNode
		for _, o := range objects {
			if o.parent == ref.parent && o.get("id") != local(ref.get("dataObjectRef")) {
				others = append(others, o)
			}
		}
		if other := choose(pick, others); other != nil {
			e := setAttribute(ref, "dataObjectRef", other.get("id"))
			e.about = append(e.about, other.get("id"), local(e.before))
			return e, true
		}
	}
	object := choose(pick, objects)
	if object == nil {
		return edit{}, false
	}
	if object.get("isCollection") == "true" {
		e := setAttribute(object, "isCollection", "false")
		e.holds = func(d *xmlDoc) bool { // false is the default and may be left out
			found := d.byID(e.element)
			return found != nil && found.get("isCollection") != "true"
		}
		return e, true
	}
	return setAttribute(object, "isCollection", "true"), true
}

func editAnnotationText(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.models("textAnnotation"))
	if e == nil {
		return edit{}, false
	}
	text := e.child(bpmn.ModelNamespace, "text")
	if text == nil {
		text = e.add(d.element(bpmn.ModelNamespace, "text"))
	}
	return setText(text, e, fresh(pick, "Noted"), func(e *xmlNode) *xmlNode { return e.child(bpmn.ModelNamespace, "text") }), true
}

func editAssociationEnd(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.models("association"))
	if e == nil {
		return edit{}, false
	}
	ends := []string{"sourceRef", "targetRef"}
	if d.byID(local(e.get("sourceRef"))).model("textAnnotation") {
		ends = ends[1:]
	} else if d.byID(local(e.get("targetRef"))).model("textAnnotation") {
		ends = ends[:1]
	}
	end := ends[pick(len(ends))]
	node := choose(pick, d.endsIn(e.parent, func(n *xmlNode) bool {
		return n.get("id") != local(e.get("sourceRef")) && n.get("id") != local(e.get("targetRef"))
	}))
	if node == nil {
		return edit{}, false
	}
	made := setAttribute(e, end, node.get("id"))
	made.about = append(made.about, node.get("id"), local(made.before))
	return made, true
}

func editGroupValue(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.models("categoryValue"))
	if e == nil {
		return edit{}, false
	}
	return setAttribute(e, "value", fresh(pick, "Grouped")), true
}

func editMessageRef(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.all(func(e *xmlNode) bool {
		return e.model("receiveTask", "sendTask", "messageEventDefinition") && e.get("id") != ""
	}))
	if e == nil {
		return edit{}, false
	}
	old := local(e.get("messageRef"))
	message := choose(pick, d.all(func(m *xmlNode) bool { return m.model("message") && m.get("id") != "" && m.get("id") != old }))
	if message == nil {
		return edit{}, false
	}
	made := setAttribute(e, "messageRef", message.get("id"))
	made.about = append(made.about, message.get("id"))
	if !e.model("receiveTask", "sendTask") {
		made.about = append(made.about, e.parent.holder().get("id"))
	}
	return made, true
}

func editCalledElement(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.models("callActivity"))
	if e == nil {
		return edit{}, false
	}
	return setAttribute(e, "calledElement", fresh(pick, "Called")), true
}

func editAttachedTo(pick picker, d *xmlDoc) (edit, bool) {
	e := choose(pick, d.models("boundaryEvent"))
	if e == nil {
		return edit{}, false
	}
	host := choose(pick, d.endsIn(e.parent, func(n *xmlNode) bool {
		return n.model(activityTypes()...) && n.get("id") != local(e.get("attachedToRef"))
	}))
	if host == nil {
		return edit{}, false
	}
	made := setAttribute(e, "attachedToRef", host.get("id"))
	made.about = append(made.about, host.get("id"), local(made.before))
	return made, true
}

// editLane puts a node into another lane of its lane set.
func editLane(pick picker, d *xmlDoc) (edit, bool) {
	ref := choose(pick, d.all(func(e *xmlNode) bool {
		return e.model("flowNodeRef") && e.parent.get("id") != "" && d.byID(local(e.text())) != nil
	}))
	if ref == nil {
		return edit{}, false
	}
	var others []*xmlNode
	for _, lane := range ref.parent.parent.children(bpmn.ModelNamespace, "lane") {
		if lane != ref.parent && lane.get("id") != "" && lane.child(bpmn.ModelNamespace, "childLaneSet") == nil {
			others = append(others, lane)
		}
	}
	lane := choose(pick, others)
	if lane == nil || ref.parent.child(bpmn.ModelNamespace, "childLaneSet") != nil {
		return edit{}, false
	}
	node, from, to := local(ref.text()), ref.parent.get("id"), lane.get("id")
	ref.remove()
	moved := d.element(bpmn.ModelNamespace, "flowNodeRef")
	moved.setText(node)
	lane.insert(moved, func(e *xmlNode) bool { return e.model("childLaneSet") })
	return edit{element: node, field: "lane", before: from, after: to, about: []string{node}, holds: func(d *xmlDoc) bool {
		lane := d.byID(to)
		return lane != nil && lane.lists(node) && (d.byID(from) == nil || !d.byID(from).lists(node))
	}}, true
}

func (e *xmlNode) lists(node string) bool {
	for _, ref := range e.children(bpmn.ModelNamespace, "flowNodeRef") {
		if strings.TrimSpace(local(ref.text())) == node {
			return true
		}
	}
	return false
}
