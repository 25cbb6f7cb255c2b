package bpmn

import (
	"math"
	"slices"
)

// Check returns what a reader of an accepted document should know, in document
// order: warnings, and for a document from DecodeLenient also the errors that
// Decode would have refused it for.
func (d *Document) Check() []Finding {
	c := &checker{d: d, ids: make(map[string]*Element, len(d.elements)/2)}
	for i := range d.elements {
		if e := &d.elements[i]; e.hasBPMNID() && c.ids[e.ID()] == nil {
			c.ids[e.ID()] = e
		}
	}
	if d.transcoded != "" {
		c.add(d.Root().finding(Transcoded, SeverityWarning, "the document was written in %s and is kept in UTF-8", d.transcoded))
	}
	c.faults()
	for _, rule := range [...]func(*checker){
		(*checker).content, (*checker).names, (*checker).idsForEditors, (*checker).resolve,
		(*checker).cycles, (*checker).scopes, (*checker).diagrams, (*checker).extent,
	} {
		rule(c)
	}
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return c.findings
}

// checker collects the findings of one document. A rule is one method.
type checker struct {
	d        *Document
	ids      map[string]*Element // the first element of each id
	findings []Finding
}

func (c *checker) add(f Finding) { c.findings = append(c.findings, f) }

func (c *checker) warn(e *Element, code, format string, args ...any) {
	c.add(e.finding(code, SeverityWarning, format, args...))
}

// faults reports what the strict gate refuses.
func (c *checker) faults() {
	every := func(f Finding, _ *Element) bool {
		c.add(f)
		return true
	}
	c.d.idFaults(every)
	c.d.numberFaults(every)
}

// content says when there is nothing to show.
func (c *checker) content() {
	root, model, plane := c.d.Root(), false, false
	nodes, drawn := 0, false
	for i := range c.d.elements {
		e := &c.d.elements[i]
		drawn = drawn || e.Is(BPMNDINamespace, "BPMNShape") || e.Is(BPMNDINamespace, "BPMNEdge")
		if isFlowNode(e) {
			nodes++
		}
	}
	for e := root.first; e != nil; e = e.next {
		model = model || e.Model("process", "collaboration", "choreography", "globalChoreographyTask")
		plane = plane || e.Is(BPMNDINamespace, "BPMNDiagram") && e.Child(BPMNDINamespace, "BPMNPlane") != nil
	}
	if !model {
		c.warn(root, NoProcess, "the document holds no process, collaboration or choreography")
	}
	// A single node on an empty plane is a diagram that somebody is about to start.
	if !plane || !drawn && nodes > 1 {
		c.warn(root, NoDiagram, "nothing of the document is drawn; it has to be laid out first")
	}
}

// names reports elements that BPMN does not know.
func (c *checker) names() {
	for i := range c.d.elements {
		e := &c.d.elements[i]
		unknown := e.Space == ModelNamespace && !knownElement(e.Local) || e.Model("definitions") && e.parent != nil
		// Vendors also write their own content in the default namespace.
		if unknown && e.ancestor("extensionElements") == nil {
			c.warn(e, UnknownElement, "%s is not an element of BPMN 2.0 in this place; editors drop it", e.QName())
		}
	}
}

// idsForEditors reports ids that are legal and yet trip browsers' editors.
func (c *checker) idsForEditors() {
	for i := range c.d.elements {
		e := &c.d.elements[i]
		if !e.hasBPMNID() || !isNCName(e.ID()) {
			continue
		}
		switch id := e.ID(); {
		case reservedID(id):
			c.warn(e, ReservedID, "the id %q is a word that JavaScript programs use themselves", id)
		case !editorSafeID(id):
			c.warn(e, IDNotEditorSafe, "the id %q has characters that BPMN editors in browsers drop", id)
		}
	}
}

func editorSafeID(id string) bool {
	for i := 0; i < len(id); i++ {
		if id[i] >= 0x80 {
			return false
		}
	}
	return true
}

func reservedID(id string) bool {
	switch id {
	case "__proto__", "constructor", "prototype", "toString", "toLocaleString", "valueOf", "hasOwnProperty", "isPrototypeOf",
		"propertyIsEnumerable", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__":
		return true
	}
	return false
}

// resolve reports references to elements that do not exist.
func (c *checker) resolve() {
	c.d.references(func(r reference) {
		if r.external || r.id == "" || c.ids[r.id] != nil {
			return
		}
		what := r.attr
		if what == "" {
			what = "it"
		}
		c.warn(r.from, UnresolvedReference, "%s: %s refers to %q, which does not exist", r.from.Local, what, shorten(r.id))
	})
}

// cycles reports containment that would never end.
func (c *checker) cycles() {
	for i := range c.d.elements {
		e := &c.d.elements[i]
		switch {
		case e.Model("boundaryEvent"):
			host, steps := e, 0
			for host != nil && host.Attr("attachedToRef") != "" && steps <= maxDepth {
				if host = c.ids[host.reference("", host.Attr("attachedToRef"), 0, 0).id]; host == e {
					c.warn(e, CyclicReference, "the boundary event %s is attached to itself, directly or through others", e.ID())
					break
				}
				steps++
			}
		case e.Model("flowNodeRef"):
			if node := c.ids[e.reference("", e.Text(), 0, 0).id]; node != nil && node.contains(e) {
				c.warn(e, CyclicReference, "the lane %s lists %s, which contains the lane", e.parent.ID(), node.ID())
			}
		case e.Is(BPMNDINamespace, "BPMNShape") && e.parent != nil:
			shown, plane := c.shown(e), c.shown(e.parent)
			if shown != nil && plane != nil && shown != plane && shown.contains(plane) {
				c.warn(e, CyclicReference, "the plane of %s shows %s, which contains it", plane.ID(), shown.ID())
			}
		}
	}
}

// shown returns the element that a diagram element shows, or nil.
func (c *checker) shown(di *Element) *Element {
	id := di.Attr("bpmnElement")
	if id == "" {
		return nil
	}
	return c.ids[di.reference("", id, 0, 0).id]
}

// contains reports whether inner is e or lies inside of it.
func (e *Element) contains(inner *Element) bool {
	for ; inner != nil; inner = inner.parent {
		if inner == e {
			return true
		}
	}
	return false
}

// scopes reports sequence flows whose ends lie in another process.
func (c *checker) scopes() {
	for i := range c.d.elements {
		flow := &c.d.elements[i]
		if !flow.Model("sequenceFlow") {
			continue
		}
		home := flow.ancestor("process")
		for _, attr := range [...]string{"sourceRef", "targetRef"} {
			node := c.ids[flow.reference("", flow.Attr(attr), 0, 0).id]
			if node == nil || node.parent == nil || flow.parent == nil {
				continue
			}
			if node.ancestor("process") != home {
				c.warn(flow, UnresolvedReference, "the sequence flow's %s %s lies in another process", attr, node.ID())
			} else if node.parent != flow.parent {
				c.warn(flow, FlowAcrossScopes, "the sequence flow's %s %s lies in another sub-process", attr, node.ID())
			}
		}
	}
}

// ancestor returns the closest enclosing model element of that name, or nil.
func (e *Element) ancestor(local string) *Element {
	for e = e.parent; e != nil; e = e.parent {
		if e.Model(local) {
			return e
		}
	}
	return nil
}

// diagrams reports what renderers stumble over.
func (c *checker) diagrams() {
	type drawn struct{ plane, element *Element }
	seen := make(map[drawn]bool)
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
