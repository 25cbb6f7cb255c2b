package bpmn

// Plane is the drawing of a process, a collaboration or a sub-process.
type Plane struct{ *Element }

// Shows returns the element that the plane draws, or nil.
func (p Plane) Shows() *Element { return p.Ref("bpmnElement") }

// Shapes returns the shapes, lowest first.
func (p Plane) Shapes() []Shape {
	return childrenAs(p.Element, func(e *Element) (Shape, bool) { return Shape{e}, e.Is(BPMNDINamespace, "BPMNShape") })
}

// Edges returns the edges, lowest first.
func (p Plane) Edges() []Edge {
	return childrenAs(p.Element, func(e *Element) (Edge, bool) { return Edge{e}, e.Is(BPMNDINamespace, "BPMNEdge") })
}

// Bounds is where something is drawn.
type Bounds struct{ X, Y, Width, Height float64 }

// Point is a bend or an end of an edge.
type Point struct{ X, Y float64 }

// Shape is the drawing of a node, a pool, a lane, a data object or an artifact.
type Shape struct{ *Element }

// Shows returns the element that the shape draws, or nil.
func (s Shape) Shows() *Element { return s.Ref("bpmnElement") }

// Bounds returns where the shape is; false when that is missing or no number.
func (s Shape) Bounds() (Bounds, bool) { return s.bounds() }

// Label returns where the label is; false when the drawing leaves it to the
// reader.
func (s Shape) Label() (Bounds, bool) { return s.label() }

// Expanded reports whether a sub-process shows its inside.
func (s Shape) Expanded() bool {
	v := s.canonicalLookup("", "isExpanded")
	return v != nil && *v == "true"
}

// Edge is the drawing of a flow or an association.
type Edge struct{ *Element }

// Shows returns the element that the edge draws, or nil.
func (e Edge) Shows() *Element { return e.Ref("bpmnElement") }

// Label returns where the label is, as for a shape.
func (e Edge) Label() (Bounds, bool) { return e.label() }

// Waypoints returns the points, nil when one of them is no pair of numbers.
func (e Edge) Waypoints() []Point {
	var points []Point
	for _, p := range pointsFrom(waypoints(e.Element)) {
		points = append(points, Point{p.x, p.y})
	}
	return points
}

func (e *Element) bounds() (Bounds, bool) {
	r, ok := rectOf(e)
	return Bounds{r.x, r.y, r.w, r.h}, ok
}

func (e *Element) label() (Bounds, bool) {
	label := e.Child(BPMNDINamespace, "BPMNLabel")
	if label == nil {
		return Bounds{}, false
	}
	return label.bounds()
}
