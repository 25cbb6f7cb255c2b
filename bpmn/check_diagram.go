package bpmn

import "math"

// shown returns the element that a diagram element shows, or nil.
func (c *checker) shown(di *Element) *Element {
	return c.target(di, "bpmnElement")
}

// planes reports planes of what cannot have one.
func (c *checker) planes() {
	for i := range c.d.elements {
		plane := &c.d.elements[i]
		if !plane.Is(BPMNDINamespace, "BPMNPlane") {
			continue
		}
		if root := c.shown(plane); root != nil && root.Space == ModelNamespace && !isPlaneRoot(root) {
			c.warn(plane, DITypeMismatch, "a plane cannot show a %s", root.Local)
		}
	}
}

func isPlaneRoot(e *Element) bool {
	return e.Model("process", "subProcess", "transaction", "adHocSubProcess", "collaboration", "choreography", "subChoreography",
		"globalConversation", "globalChoreographyTask", "callActivity", "callChoreography", "subConversation")
}

// diagrams reports what renderers stumble over.
func (c *checker) diagrams() {
	type drawn struct{ plane, element *Element }
	seen := make(map[drawn]bool, len(c.d.elements)/4)
	for i := range c.d.elements {
		e := &c.d.elements[i]
		shape, edge := e.Is(BPMNDINamespace, "BPMNShape"), e.Is(BPMNDINamespace, "BPMNEdge")
		if !shape && !edge {
			continue
		}
		shown := c.shown(e)
		if shown != nil {
			if _, band := e.Lookup("", "choreographyActivityShape"); !band {
				key := drawn{e.parent, shown}
				if seen[key] {
					c.warn(e, DuplicateDI, "%s %s is drawn twice in one diagram", shown.Local, shown.ID())
				}
				seen[key] = true
			}
			if edge != isConnection(shown) {
				c.warn(e, DITypeMismatch, "a %s is drawn as %s", shown.Local, e.Local)
			}
		}
		if edge {
			points := 0
			for p := e.first; p != nil; p = p.next {
				if p.Is(DINamespace, "waypoint") {
					points++
				}
			}
			if points < 2 {
				c.warn(e, DIMissingWaypoints, "an edge needs two waypoints, this one has %d", points)
			}
			continue
		}
		bounds := e.Child(DCNamespace, "Bounds")
		if bounds == nil {
			c.warn(e, DIMissingBounds, "a shape without Bounds cannot be drawn")
			continue
		}
		for _, name := range [...]string{"width", "height"} {
			if size, code := parseNumber(bounds.Attr(name)); code == "" && size == 0 {
				c.warn(bounds, DIInvalidBounds, "the %s of the shape is zero", name)
				break
			}
		}
	}
}

// isConnection reports whether the element is drawn as a line.
func isConnection(e *Element) bool {
	return e.Model("sequenceFlow", "messageFlow", "association", "dataInputAssociation", "dataOutputAssociation",
		"conversationLink", "conversationAssociation")
}

// sparseExtent is how wide a drawing may be before it is called sparse.
const sparseExtent = 100_000

// extent reports drawings with coordinates far apart from each other.
func (c *checker) extent() {
	for i := range c.d.elements {
		plane := &c.d.elements[i]
		if !plane.Is(BPMNDINamespace, "BPMNPlane") {
			continue
		}
		var low, high [2]float64 // the origin belongs to the drawing: viewers open there
		for shape := plane.first; shape != nil; shape = shape.next {
			for point := shape.first; point != nil; point = point.next {
				for k, name := range [...]string{"x", "y"} {
					if v, code := parseNumber(point.Attr(name)); code == "" {
						low[k], high[k] = math.Min(low[k], v), math.Max(high[k], v)
					}
				}
			}
		}
		if high[0]-low[0] > sparseExtent || high[1]-low[1] > sparseExtent {
			c.warn(plane, DISparse, "the drawing is %.0f by %.0f large; something lies far away from the rest", high[0]-low[0], high[1]-low[1])
		}
	}
}
