package bpmn_test

import (
	"laneway/bpmn"
)

// rootOrder puts a new root element before the diagrams.
func rootOrder(e *xmlNode) bool {
	return e.is(bpmn.BPMNDINamespace, "BPMNDiagram") || e.model("relationship")
}

// addRootElement adds a message, signal, error or escalation and, where there is
// a place for it, lets an element use it.
func addRootElement(pick picker, d *xmlDoc) (edit, bool) {
	types := [...]struct{ root, user, attr string }{
		{"message", "messageEventDefinition", "messageRef"}, {"signal", "signalEventDefinition", "signalRef"},
		{"error", "errorEventDefinition", "errorRef"}, {"escalation", "escalationEventDefinition", "escalationRef"},
	}
	kind := types[pick(len(types))]
	id := fresh(pick, "Root")
	d.root.insert(d.element(bpmn.ModelNamespace, kind.root, "id", id, "name", fresh(pick, "Told")), rootOrder)
	var about []string
	if user := choose(pick, d.models(kind.user)); user != nil {
		user.set(kind.attr, id)
		about = []string{user.get("id"), user.parent.holder().get("id")}
	}
	return addition(d, id, about...), true
}

func addDataObject(pick picker, d *xmlDoc) (edit, bool) {
	node := choose(pick, d.starters())
	if node == nil {
		return edit{}, false
	}
	id, object := fresh(pick, "Data"), fresh(pick, "Object")
	node.parent.insert(d.element(bpmn.ModelNamespace, "dataObject", "id", object), isArtifact)
	node.parent.insert(d.element(bpmn.ModelNamespace, "dataObjectReference", "id", id, "name", fresh(pick, "Paper"), "dataObjectRef", object), isArtifact)
	d.drawShape(id, node.get("id"), 32, 140, 36, 50)
	return addition(d, id, object), true
}

func addAnnotation(pick picker, d *xmlDoc) (edit, bool) {
	node := choose(pick, d.starters())
	if node == nil {
		return edit{}, false
	}
	id, line := fresh(pick, "Note"), fresh(pick, "Association")
	last := func(e *xmlNode) bool { return e.model("correlationSubscription", "supports") }
	note := d.element(bpmn.ModelNamespace, "textAnnotation", "id", id)
	node.parent.insert(note, last)
	note.add(d.element(bpmn.ModelNamespace, "text")).setText(fresh(pick, "Remember"))
	node.parent.insert(d.element(bpmn.ModelNamespace, "association", "id", line, "sourceRef", node.get("id"), "targetRef", id), last)
	d.drawShape(id, node.get("id"), 60, -90, 100, 30)
	d.drawEdge(line, node.get("id"), id)
	return addition(d, id, line, node.get("id")), true
}

func removeAnnotation(pick picker, d *xmlDoc) (edit, bool) {
	note := choose(pick, d.models("textAnnotation"))
	if note == nil {
		return edit{}, false
	}
	id, about := note.get("id"), []string(nil)
	for _, line := range d.all(func(e *xmlNode) bool {
		return e.model("association") && (local(e.get("sourceRef")) == id || local(e.get("targetRef")) == id)
	}) {
		about = append(about, line.get("id"))
		d.drop(line.get("id"))
	}
	return d.removal(id, about...), true
}

// addPool adds a pool. The first one turns the plane of the process into that of
// the new collaboration.
func addPool(pick picker, d *xmlDoc) (edit, bool) {
	collaborations := d.models("collaboration")
	id, process := fresh(pick, "Pool"), fresh(pick, "Process")
	if len(collaborations) == 0 {
		return addFirstPool(pick, d, id)
	}
	collaboration := collaborations[0]
	collaboration.insert(d.element(bpmn.ModelNamespace, "participant", "id", id, "name", fresh(pick, "Partner"), "processRef", process),
		func(e *xmlNode) bool { return !e.model("documentation", "extensionElements", "participant") })
	d.root.insert(d.element(bpmn.ModelNamespace, "process", "id", process), rootOrder)
	for _, other := range collaboration.children(bpmn.ModelNamespace, "participant") {
		if d.bounds(other.get("id")) != nil && other.get("id") != id {
			d.drawShape(id, other.get("id"), 0, 700+float64(pick(500)), 600, 250)
			break
		}
	}
	return addition(d, id, process), true
}

func addFirstPool(pick picker, d *xmlDoc, id string) (edit, bool) {
	process := choose(pick, d.models("process"))
	if process == nil {
		return edit{}, false
	}
	collaboration := d.element(bpmn.ModelNamespace, "collaboration", "id", fresh(pick, "Collaboration"))
	d.root.insert(collaboration, func(e *xmlNode) bool { return e == process })
	collaboration.add(d.element(bpmn.ModelNamespace, "participant", "id", id, "name", fresh(pick, "Us"), "processRef", process.get("id")))
	for _, plane := range d.all(func(e *xmlNode) bool {
		return e.is(bpmn.BPMNDINamespace, "BPMNPlane") && local(e.get("bpmnElement")) == process.get("id")
	}) {
		plane.set("bpmnElement", collaboration.get("id"))
		shape := d.element(bpmn.BPMNDINamespace, "BPMNShape", "id", id+"_di", "bpmnElement", id, "isHorizontal", "true")
		plane.insert(shape, func(*xmlNode) bool { return true })
		shape.add(d.element(bpmn.DCNamespace, "Bounds", "x", "0", "y", "0", "width", "5000", "height", "900"))
	}
	return addition(d, id, collaboration.get("id")), true
}

func addLane(pick picker, d *xmlDoc) (edit, bool) {
	set := choose(pick, d.all(func(e *xmlNode) bool { return e.model("laneSet") && e.child(bpmn.ModelNamespace, "lane") != nil }))
	if set == nil {
		return edit{}, false
	}
	id, beside := fresh(pick, "Lane"), set.child(bpmn.ModelNamespace, "lane").get("id")
	set.add(d.element(bpmn.ModelNamespace, "lane", "id", id, "name", fresh(pick, "Team")))
	d.drawShape(id, beside, 0, 450+float64(pick(200)), 570, 120)
	return addition(d, id), true
}
