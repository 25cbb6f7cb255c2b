package bpmn_test

import (
	"strconv"

	"laneway/bpmn"
)

// shapes returns the BPMNShapes of flow nodes, data and annotations that have bounds.
func (d *xmlDoc) shapes() []*xmlNode {
	types := append(nodeTypes(), "textAnnotation", "dataObjectReference", "dataStoreReference")
	return d.all(func(e *xmlNode) bool {
		return e.is(bpmn.BPMNDINamespace, "BPMNShape") && e.child(bpmn.DCNamespace, "Bounds") != nil && d.byID(local(e.get("bpmnElement"))).model(types...)
	})
}

func (d *xmlDoc) edges() []*xmlNode {
	return d.all(func(e *xmlNode) bool {
		return e.is(bpmn.BPMNDINamespace, "BPMNEdge") && len(e.children(bpmn.DINamespace, "waypoint")) > 1 && d.byID(local(e.get("bpmnElement"))) != nil
	})
}

func number(e *xmlNode, name string) float64 {
	value, err := strconv.ParseFloat(e.get(name), 64)
	if err != nil {
		return 0
	}
	return value
}

func setNumber(e *xmlNode, name string, value float64) {
	e.set(name, strconv.FormatFloat(value, 'f', -1, 64))
}

func moveBy(e *xmlNode, dx, dy float64) {
	setNumber(e, "x", number(e, "x")+dx)
	setNumber(e, "y", number(e, "y")+dy)
}

// bounds returns the Bounds of the first shape of an element, or nil.
func (d *xmlDoc) bounds(id string) *xmlNode {
	for _, e := range d.drawn(id) {
		if b := e.child(bpmn.DCNamespace, "Bounds"); b != nil {
			return b
		}
	}
	return nil
}

func sameNumbers(e *xmlNode, names []string, want []float64) bool {
	if e == nil {
		return false
	}
	for i, name := range names {
		if number(e, name) != want[i] {
			return false
		}
	}
	return true
}

// editBounds moves a shape, and with it its label and the ends of its edges.
func editBounds(pick picker, d *xmlDoc) (edit, bool) {
	shape := choose(pick, d.shapes())
	if shape == nil {
		return edit{}, false
	}
	id, bounds := local(shape.get("bpmnElement")), shape.child(bpmn.DCNamespace, "Bounds")
	before := bounds.get("x") + " " + bounds.get("y")
	dx, dy := float64(1+pick(400)), float64(1+pick(300))
	moveBy(bounds, dx, dy)
	if label := shape.child(bpmn.BPMNDINamespace, "BPMNLabel"); label != nil {
		if b := label.child(bpmn.DCNamespace, "Bounds"); b != nil {
			moveBy(b, dx, dy)
		}
	}
	about := []string{id}
	for _, flow := range d.all(func(e *xmlNode) bool {
		return e.model("sequenceFlow", "association", "messageFlow") && (local(e.get("sourceRef")) == id || local(e.get("targetRef")) == id)
	}) {
		about = append(about, flow.get("id"))
		for _, edge := range d.drawn(flow.get("id")) {
			points := edge.children(bpmn.DINamespace, "waypoint")
			if len(points) < 2 {
				continue
			}
			if local(flow.get("sourceRef")) == id {
				moveBy(points[0], dx, dy)
			}
			if local(flow.get("targetRef")) == id {
				moveBy(points[len(points)-1], dx, dy)
			}
		}
	}
	want := []float64{number(bounds, "x"), number(bounds, "y")}
	return edit{element: id, field: "bounds.position", before: before, after: bounds.get("x") + " " + bounds.get("y"), about: about, layout: true,
		holds: func(d *xmlDoc) bool { return sameNumbers(d.bounds(id), []string{"x", "y"}, want) }}, true
}

func editSize(pick picker, d *xmlDoc) (edit, bool) {
	shape := choose(pick, d.shapes())
	if shape == nil {
		return edit{}, false
	}
	id, bounds := local(shape.get("bpmnElement")), shape.child(bpmn.DCNamespace, "Bounds")
	before := bounds.get("width") + " " + bounds.get("height")
	setNumber(bounds, "width", number(bounds, "width")+float64(1+pick(99)))
	setNumber(bounds, "height", number(bounds, "height")+float64(1+pick(99)))
	want := []float64{number(bounds, "width"), number(bounds, "height")}
	return edit{element: id, field: "bounds.size", before: before, after: bounds.get("width") + " " + bounds.get("height"), about: []string{id}, layout: true,
		holds: func(d *xmlDoc) bool { return sameNumbers(d.bounds(id), []string{"width", "height"}, want) }}, true
}

func editLabelBounds(pick picker, d *xmlDoc) (edit, bool) {
	owner := choose(pick, append(d.edges(), d.shapes()...))
	if owner == nil {
		return edit{}, false
	}
	id := local(owner.get("bpmnElement"))
	label := owner.child(bpmn.BPMNDINamespace, "BPMNLabel")
	if label == nil {
		label = owner.add(d.element(bpmn.BPMNDINamespace, "BPMNLabel"))
	}
	bounds, before := label.child(bpmn.DCNamespace, "Bounds"), ""
	if bounds == nil {
		bounds = label.add(d.element(bpmn.DCNamespace, "Bounds", "x", "0", "y", "0", "width", "60", "height", "14"))
	} else {
		before = bounds.get("x") + " " + bounds.get("y")
	}
	moveBy(bounds, float64(1+pick(900)), float64(1+pick(900)))
	want := []float64{number(bounds, "x"), number(bounds, "y")}
	return edit{element: id, field: "label.bounds", before: before, after: bounds.get("x") + " " + bounds.get("y"), about: []string{id}, layout: true,
		holds: func(d *xmlDoc) bool {
			for _, e := range d.drawn(id) {
				if label := e.child(bpmn.BPMNDINamespace, "BPMNLabel"); label != nil && sameNumbers(label.child(bpmn.DCNamespace, "Bounds"), []string{"x", "y"}, want) {
					return true
				}
			}
			return false
		}}, true
}

func editColor(pick picker, d *xmlDoc) (edit, bool) {
	owner := choose(pick, append(d.shapes(), d.edges()...))
	if owner == nil {
		return edit{}, false
	}
	id, name := local(owner.get("bpmnElement")), d.prefix(colorSpace)+":stroke"
	before, after := owner.get(name), "#"+fresh(pick, "")[2:]
	owner.set(name, after)
	return edit{element: id, field: "stroke", before: before, after: after, about: []string{id}, layout: true, holds: func(d *xmlDoc) bool {
		for _, e := range d.drawn(id) {
			if e.attribute(colorSpace, "stroke") == after {
				return true
			}
		}
		return false
	}}, true
}

// editWaypoint bends an edge: a new point in its middle, or the middle one moved.
func editWaypoint(pick picker, d *xmlDoc) (edit, bool) {
	edge := choose(pick, d.edges())
	if edge == nil {
		return edit{}, false
	}
	id, points := local(edge.get("bpmnElement")), edge.children(bpmn.DINamespace, "waypoint")
	point, before := points[len(points)/2], ""
	if len(points) == 2 {
		last := points[1]
		point = d.element(bpmn.DINamespace, "waypoint", "x", last.get("x"), "y", last.get("y"))
		edge.insert(point, func(e *xmlNode) bool { return e == last })
	} else {
		before = point.get("x") + " " + point.get("y")
	}
	moveBy(point, float64(1+pick(500))+0.25, float64(1+pick(500)))
	want := []float64{number(point, "x"), number(point, "y")}
	return edit{element: id, field: "waypoints", before: before, after: point.get("x") + " " + point.get("y"), about: []string{id}, layout: true,
		holds: func(d *xmlDoc) bool {
			for _, e := range d.drawn(id) {
				for _, p := range e.children(bpmn.DINamespace, "waypoint") {
					if sameNumbers(p, []string{"x", "y"}, want) {
						return true
					}
				}
			}
			return false
		}}, true
}

func editExpanded(pick picker, d *xmlDoc) (edit, bool) {
	shape := choose(pick, d.all(func(e *xmlNode) bool {
		return e.is(bpmn.BPMNDINamespace, "BPMNShape") && d.byID(local(e.get("bpmnElement"))).model("subProcess")
	}))
	if shape == nil {
		return edit{}, false
	}
	id, before, after := local(shape.get("bpmnElement")), shape.get("isExpanded"), "true"
	if before == "true" {
		after = "false"
	}
	shape.set("isExpanded", after)
	return edit{element: id, field: "isExpanded", before: before, after: after, about: []string{id}, layout: true, holds: func(d *xmlDoc) bool {
		for _, e := range d.drawn(id) {
			if e.get("isExpanded") == after || after == "false" && e.get("isExpanded") == "" {
				return true
			}
		}
		return false
	}}, true
}

// redock lets the ends of a flow's edge follow its nodes; "" leaves an end alone.
func (d *xmlDoc) redock(flow, source, target string) {
	for _, edge := range d.drawn(flow) {
		points := edge.children(bpmn.DINamespace, "waypoint")
		if len(points) < 2 {
			continue
		}
		if b := d.bounds(source); source != "" && b != nil {
			setNumber(points[0], "x", number(b, "x")+number(b, "width"))
			setNumber(points[0], "y", number(b, "y")+number(b, "height")/2)
		}
		if b := d.bounds(target); target != "" && b != nil {
			setNumber(points[len(points)-1], "x", number(b, "x"))
			setNumber(points[len(points)-1], "y", number(b, "y")+number(b, "height")/2)
		}
	}
}

// planeOf returns the plane on which an element is drawn, or nil.
func (d *xmlDoc) planeOf(id string) *xmlNode {
	for _, e := range d.drawn(id) {
		return e.parent
	}
	return nil
}

// drawShape draws a new element at an offset from one that is drawn.
func (d *xmlDoc) drawShape(id, beside string, dx, dy, width, height float64) {
	plane, near := d.planeOf(beside), d.bounds(beside)
	if plane == nil || near == nil {
		return
	}
	shape := plane.add(d.element(bpmn.BPMNDINamespace, "BPMNShape", "id", id+"_di", "bpmnElement", id))
	bounds := shape.add(d.element(bpmn.DCNamespace, "Bounds"))
	setNumber(bounds, "x", number(near, "x")+dx)
	setNumber(bounds, "y", number(near, "y")+dy)
	setNumber(bounds, "width", width)
	setNumber(bounds, "height", height)
}

// drawEdge draws a straight line between two drawn elements.
func (d *xmlDoc) drawEdge(id, source, target string) {
	plane := d.planeOf(source)
	if plane == nil || d.bounds(source) == nil || d.bounds(target) == nil {
		return
	}
	edge := plane.add(d.element(bpmn.BPMNDINamespace, "BPMNEdge", "id", id+"_di", "bpmnElement", id))
	edge.add(d.element(bpmn.DINamespace, "waypoint", "x", "0", "y", "0"))
	edge.add(d.element(bpmn.DINamespace, "waypoint", "x", "0", "y", "0"))
	d.redock(id, source, target)
}
