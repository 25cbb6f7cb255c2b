package bpmn_test

import (
	"strings"

	"laneway/bpmn"
)

// addition is an edit that makes elements.
func addition(d *xmlDoc, id string, about ...string) edit {
	made := d.byID(id)
	name, text := made.get("name"), made.local
	return edit{element: id, field: "added", after: text, about: append([]string{id}, about...), holds: func(d *xmlDoc) bool {
		e := d.byID(id)
		return e != nil && e.local == text && e.get("name") == name
	}}
}

// removal takes an element out of model and drawing and tells so.
func (d *xmlDoc) removal(id string, about ...string) edit {
	before := d.byID(id).local
	d.drop(id)
	return edit{element: id, field: "removed", before: before, about: append([]string{id}, about...), holds: func(d *xmlDoc) bool {
		return d.byID(id) == nil && len(d.drawn(id)) == 0
	}}
}

func (d *xmlDoc) drop(id string) {
	for _, e := range d.drawn(id) {
		e.remove()
	}
	if e := d.byID(id); e != nil {
		e.remove()
	}
	for _, ref := range d.all(func(e *xmlNode) bool { return e.model("flowNodeRef") && local(e.text()) == id }) {
		ref.remove()
	}
}

// dropFlow removes a sequence flow with everything that mentions it, and returns
// the ids of the elements that changed.
func (d *xmlDoc) dropFlow(flow *xmlNode) []string {
	id, about := flow.get("id"), []string{flow.get("id")}
	for _, end := range [...]struct{ attr, list string }{{"sourceRef", "outgoing"}, {"targetRef", "incoming"}} {
		node := local(flow.get(end.attr))
		d.unlink(node, end.list, id)
		if e := d.byID(node); e != nil && local(e.get("default")) == id {
			e.unset("default")
			about = append(about, node)
		}
	}
	d.drop(id)
	return about
}

func (d *xmlDoc) flowsOf(id string) []*xmlNode {
	return d.all(func(e *xmlNode) bool {
		return e.model("sequenceFlow") && (local(e.get("sourceRef")) == id || local(e.get("targetRef")) == id)
	})
}

// flowIn adds a sequence flow to the scope of two nodes.
func (d *xmlDoc) flowIn(scope *xmlNode, id, source, target string) {
	scope.insert(d.element(bpmn.ModelNamespace, "sequenceFlow", "id", id, "sourceRef", source, "targetRef", target), isArtifact)
	d.link(d.byID(source), "outgoing", id)
	d.link(d.byID(target), "incoming", id)
	d.drawEdge(id, source, target)
}

func isArtifact(e *xmlNode) bool {
	return e.model("textAnnotation", "association", "group", "ioSpecification", "dataInputAssociation", "dataOutputAssociation",
		"standardLoopCharacteristics", "multiInstanceLoopCharacteristics")
}

// inner reports nodes of processes and sub-processes that may have flows both ways.
func inner(e *xmlNode) bool {
	return e.model(nodeTypes()...) && !e.model("boundaryEvent") && e.get("triggeredByEvent") != "true" && e.get("isForCompensation") != "true"
}

func (d *xmlDoc) starters() []*xmlNode {
	return d.all(func(e *xmlNode) bool {
		return inner(e) && e.get("id") != "" && !e.model("endEvent") && e.parent.model("process", "subProcess")
	})
}

func appendNode(pick picker, d *xmlDoc) (edit, bool) {
	node := choose(pick, d.starters())
	if node == nil {
		return edit{}, false
	}
	from, id, flow := node.get("id"), fresh(pick, "Task"), fresh(pick, "Flow")
	node.parent.insert(d.element(bpmn.ModelNamespace, "task", "id", id, "name", fresh(pick, "Appended")), isArtifact)
	d.drawShape(id, from, 160, 10, 100, 80)
	d.joinLane(id, from)
	d.flowIn(node.parent, flow, from, id)
	return addition(d, id, flow, from), true
}

// joinLane puts a new node into the lane of another.
func (d *xmlDoc) joinLane(id, like string) {
	for _, ref := range d.all(func(e *xmlNode) bool { return e.model("flowNodeRef") && local(e.text()) == like }) {
		joined := d.element(bpmn.ModelNamespace, "flowNodeRef")
		joined.setText(id)
		ref.parent.insert(joined, func(e *xmlNode) bool { return e.model("childLaneSet") })
	}
}

// insertNode puts a task into the middle of a sequence flow.
func insertNode(pick picker, d *xmlDoc) (edit, bool) {
	flow := choose(pick, d.all(func(e *xmlNode) bool {
		return e.model("sequenceFlow") && e.get("id") != "" && e.parent.model("process", "subProcess") && d.byID(local(e.get("targetRef"))) != nil
	}))
	if flow == nil {
		return edit{}, false
	}
	id, second, target := fresh(pick, "Task"), fresh(pick, "Flow"), local(flow.get("targetRef"))
	flow.parent.insert(d.element(bpmn.ModelNamespace, "task", "id", id, "name", fresh(pick, "Inserted")), isArtifact)
	d.drawShape(id, target, -20, 130, 100, 80)
	d.joinLane(id, target)
	d.unlink(target, "incoming", flow.get("id"))
	flow.set("targetRef", id)
	d.link(d.byID(id), "incoming", flow.get("id"))
	d.redock(flow.get("id"), "", id)
	d.flowIn(flow.parent, second, id, target)
	e := addition(d, id, second, flow.get("id"), target, local(flow.get("sourceRef")))
	added, rewired := e.holds, flow.get("id")
	e.holds = func(d *xmlDoc) bool {
		flow := d.byID(rewired)
		return added(d) && flow != nil && local(flow.get("targetRef")) == id
	}
	return e, true
}

// removeNode removes a node as editors do: with its flows and boundary events.
func removeNode(pick picker, d *xmlDoc) (edit, bool) {
	used := make(map[string]bool) // ids that something else than flows, lanes and drawings refers to
	d.root.walk(func(e *xmlNode) {
		for _, a := range e.attrs {
			if e.space == bpmn.ModelNamespace && strings.HasSuffix(a.local, "Ref") && !e.model("sequenceFlow") {
				used[local(a.value())] = true
			}
		}
		if e.model("sourceRef", "targetRef") {
			used[local(e.text())] = true
		}
	})
	node := choose(pick, d.all(func(e *xmlNode) bool {
		return e.model(nodeTypes()...) && !e.model("subProcess", "transaction", "adHocSubProcess") && !used[e.get("id")] && e.get("id") != ""
	}))
	if node == nil {
		return edit{}, false
	}
	id, about := node.get("id"), []string(nil)
	for _, flow := range d.flowsOf(id) {
		about = append(about, d.dropFlow(flow)...)
	}
	return d.removal(id, about...), true
}

func addFlow(pick picker, d *xmlDoc) (edit, bool) {
	from := choose(pick, d.starters())
	if from == nil {
		return edit{}, false
	}
	to := choose(pick, d.endsIn(from.parent, func(e *xmlNode) bool { return e != from && inner(e) && !e.model("startEvent") }))
	if to == nil {
		return edit{}, false
	}
	id := fresh(pick, "Flow")
	d.flowIn(from.parent, id, from.get("id"), to.get("id"))
	return addition(d, id, from.get("id"), to.get("id")), true
}

func removeFlow(pick picker, d *xmlDoc) (edit, bool) {
	flow := choose(pick, d.models("sequenceFlow"))
	if flow == nil {
		return edit{}, false
	}
	id, name := flow.get("id"), flow.local
	about := d.dropFlow(flow)
	return edit{element: id, field: "removed", before: name, about: about, holds: func(d *xmlDoc) bool {
		return d.byID(id) == nil && len(d.drawn(id)) == 0
	}}, true
}

func addBoundary(pick picker, d *xmlDoc) (edit, bool) {
	host := choose(pick, d.all(func(e *xmlNode) bool { return e.model(activityTypes()...) && e.get("id") != "" }))
	if host == nil {
		return edit{}, false
	}
	id, definition := fresh(pick, "Event"), fresh(pick, "Timer")
	event := d.element(bpmn.ModelNamespace, "boundaryEvent", "id", id, "name", fresh(pick, "Late"), "attachedToRef", host.get("id"))
	host.parent.insert(event, isArtifact)
	timer := event.add(d.element(bpmn.ModelNamespace, "timerEventDefinition", "id", definition))
	timer.add(d.element(bpmn.ModelNamespace, "timeDuration")).setText("PT5M")
	d.drawShape(id, host.get("id"), 30, 62, 36, 36)
	d.joinLane(id, host.get("id"))
	return addition(d, id, definition, host.get("id")), true
}

func moveIntoSubProcess(pick picker, d *xmlDoc) (edit, bool) {
	sub := choose(pick, d.models("subProcess"))
	if sub == nil {
		return edit{}, false
	}
	node := choose(pick, d.endsIn(sub.parent, func(e *xmlNode) bool {
		hosts := d.all(func(b *xmlNode) bool { return b.model("boundaryEvent") && local(b.get("attachedToRef")) == e.get("id") })
		return e != sub && inner(e) && len(hosts) == 0
	}))
	if node == nil {
		return edit{}, false
	}
	id, from, to, about := node.get("id"), node.parent.get("id"), sub.get("id"), []string{node.get("id"), sub.get("id")}
	for _, flow := range d.flowsOf(id) {
		about = append(about, d.dropFlow(flow)...)
	}
	for _, ref := range d.all(func(e *xmlNode) bool { return e.model("flowNodeRef") && local(e.text()) == id }) {
		ref.remove()
	}
	node.remove()
	sub.insert(node, isArtifact)
	return edit{element: id, field: "parent", before: from, after: to, about: about, holds: func(d *xmlDoc) bool {
		e := d.byID(id)
		return e != nil && e.parent.get("id") == to
	}}, true
}
