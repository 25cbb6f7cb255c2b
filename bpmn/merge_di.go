package bpmn

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// rect is where a shape is drawn.
type rect struct{ x, y, w, h float64 }

func (r rect) centre() point { return point{r.x + r.w/2, r.y + r.h/2} }

type point struct{ x, y float64 }

// rectOf returns the bounds of a shape.
func rectOf(e *Element) (rect, bool) {
	if e == nil {
		return rect{}, false
	}
	position, size := bounds(e)
	return rectFrom(position, size)
}

func rectFrom(position, size *string) (rect, bool) {
	p, okP := pointFrom(position)
	s, okS := pointFrom(size)
	return rect{p.x, p.y, s.x, s.y}, okP && okS
}

func pointFrom(v *string) (point, bool) {
	if v == nil {
		return point{}, false
	}
	a, b, _ := strings.Cut(*v, ",")
	x, codeX := parseNumber(a)
	y, codeY := parseNumber(b)
	return point{x, y}, codeX == "" && codeY == ""
}

func pointsFrom(v *string) []point {
	if v == nil {
		return nil
	}
	var points []point
	for _, field := range strings.Fields(*v) {
		p, ok := pointFrom(&field)
		if !ok {
			return nil
		}
		points = append(points, p)
	}
	return points
}

func (p point) String() string { return number(p.x) + "," + number(p.y) }

func number(v float64) string {
	return canonicalNumber(formatFloat(math.Round(v*1000) / 1000))
}

func pointsText(points []point) *string {
	parts := make([]string, len(points))
	for i, p := range points {
		parts[i] = p.String()
	}
	return value(strings.Join(parts, " "))
}

// theirRect returns where theirs draws a shape, as far as theirs says; else it
// is where base has it.
func (m *merger) theirRect(key string) (rect, bool) {
	if i, added := m.t.adds[key]; added && m.t.changes[i].After != nil {
		return rectOf(rootOf(*m.t.changes[i].After))
	}
	e := m.base.Element(key)
	if e == nil {
		return rect{}, false
	}
	position, size := bounds(e)
	if i, set := m.t.sets[key]["#position"]; set {
		position = m.t.changes[i].After
	}
	if i, set := m.t.sets[key]["#size"]; set {
		size = m.t.changes[i].After
	}
	return rectFrom(position, size)
}

// layoutChoice decides between two values of one field of the drawing. A side
// that laid out everything anew wins; then one that led the flow elsewhere, since
// only its course ends where the flow does; of two other courses of an edge one
// that did more than to follow the shapes at its ends was drawn by hand, then one
// whose side left the shapes where they were; otherwise the greater
// value wins, so that the decision is the same whoever asks. Before all that, an
// edge follows what a person chose about the shapes at its ends, and a label what
// was chosen about its shape.
func (m *merger) layoutChoice(theirs, ours Change) Choice {
	if led, is := m.led(theirs); is {
		return led
	}
	if strings.HasSuffix(theirs.Path, "#position") || strings.HasSuffix(theirs.Path, "#waypoints") {
		a, b := bulk(m.base, m.o), bulk(m.base, m.t)
		if a != b {
			if a {
				return TakeOurs
			}
			return TakeTheirs
		}
	}
	if theirs.Path == "#waypoints" {
		if a, b := m.o.rewired(theirs.Element), m.t.rewired(theirs.Element); a && !b {
			return TakeOurs
		} else if b && !a {
			return TakeTheirs
		}
		ourRect := func(shape string) (rect, bool) { return rectOf(m.ours.Element(shape)) }
		a, b := m.followed(ours, ourRect), m.followed(theirs, m.theirRect)
		if a == b {
			a, b = m.endsMoved(m.o, theirs.Element), m.endsMoved(m.t, theirs.Element)
		}
		if a && !b {
			return TakeTheirs
		}
		if b && !a {
			return TakeOurs
		}
	}
	if greater(ours.After, theirs.After) {
		return TakeOurs
	}
	return TakeTheirs
}

func greater(a, b *string) bool {
	if a == nil || b == nil {
		return b == nil
	}
	pa, pb := pointsFrom(a), pointsFrom(b)
	for i := 0; i < len(pa) && i < len(pb); i++ {
		if pa[i] != pb[i] {
			return pa[i].x > pb[i].x || pa[i].x == pb[i].x && pa[i].y > pb[i].y
		}
	}
	return *a > *b
}

// rewired reports whether the side gave the flow of an edge another end.
func (s *side) rewired(edge string) bool {
	sets := s.sets[shownBy(edge)]
	_, source := sets["@sourceRef"]
	_, target := sets["@targetRef"]
	return source || target
}

// followed reports whether a new course is the old one, docked to where the side
// has the shapes at its ends.
func (m *merger) followed(c Change, now func(shape string) (rect, bool)) bool {
	flow, points := m.base.Element(shownBy(c.Element)), pointsFrom(c.Before)
	if flow == nil || len(points) < 2 || c.After == nil {
		return false
	}
	for n, end := range [...]string{"sourceRef", "targetRef"} {
		shape := "#di(" + flow.reference("", flow.Attr(end), 0, 0).id + ")"
		was, okWas := rectOf(m.base.Element(shape))
		is, okIs := now(shape)
		if okWas && okIs && was != is {
			dock(points, n == 1, was, is)
		}
	}
	return *pointsText(points) == *pointsText(pointsFrom(c.After))
}

// endsMoved reports whether the side moved or resized a shape at an end of the
// edge.
func (m *merger) endsMoved(s *side, edge string) bool {
	e := m.base.Element(shownBy(edge))
	if e == nil {
		return false
	}
	for _, end := range [...]string{"sourceRef", "targetRef"} {
		shape := "#di(" + e.reference("", e.Attr(end), 0, 0).id + ")"
		for path := range s.sets[shape] {
			if path == "#position" || path == "#size" {
				return true
			}
		}
	}
	return false
}

// bulk reports whether a side laid out the whole drawing anew.
func bulk(base *Document, s *side) bool {
	moved := 0
	for key, sets := range s.sets {
		if _, has := sets["#position"]; has && strings.HasPrefix(key, "#di(") {
			moved++
		}
	}
	if moved < 5 {
		return false
	}
	shapes := 0
	for i := range base.elements {
		if base.elements[i].Is(BPMNDINamespace, "BPMNShape") {
			shapes++
		}
	}
	return moved*5 >= shapes*3
}

// redirect finds the plane for a shape or edge that theirs added to a plane in
// which ours no longer draws its brothers: the sub-process was expanded or
// collapsed. The drawing moves along with them.
func (m *merger) redirect(c Change, plane string) (Change, bool) {
	if c.Op != OpAdd || !strings.HasPrefix(c.Element, "#di(") {
		return c, false
	}
	i, added := m.t.adds[shownBy(c.Element)]
	if !added {
		return c, false
	}
	to, dx, dy := m.brothersMoved(m.o, m.t.changes[i].Parent, plane, func(key string) (rect, bool) { return rectOf(m.ours.Element(key)) })
	if to == "" {
		return c, false
	}
	c.Parent, c.Behind = to, ""
	c.After = value(shiftXML(*c.After, dx, dy))
	return c, true
}

// brothersMoved returns the plane to which a side moved the drawing of what lies
// in one scope, and how far on average.
func (m *merger) brothersMoved(s *side, scope, plane string, now func(key string) (rect, bool)) (to string, dx, dy float64) {
	n := 0.0
	for _, key := range slices.Sorted(maps.Keys(s.moves)) {
		c := s.changes[s.moves[key]]
		brother := m.base.Element(shownBy(key))
		if !isLayoutKey(key) || brother == nil || m.base.address(brother) != scope || c.Before == nil || *c.Before != plane {
			continue
		}
		if to == "" {
			to = *c.After
		}
		was, okWas := rectOf(m.base.Element(key))
		is, okIs := now(key)
		if okWas && okIs {
			dx, dy, n = dx+is.x-was.x, dy+is.y-was.y, n+1
		}
	}
	if n > 0 {
		dx, dy = math.Round(dx/n), math.Round(dy/n)
	}
	return to, dx, dy
}

// redirectOurs moves what ours drew new in a plane from which theirs moved the
// brothers.
func (m *merger) redirectOurs() {
	for _, key := range slices.Sorted(maps.Keys(m.o.adds)) {
		c := m.o.changes[m.o.adds[key]]
		i, added := m.o.adds[shownBy(key)]
		if _, both := m.t.adds[key]; !added || both || !strings.HasPrefix(key, "#di(") {
			continue
		}
		to, dx, dy := m.brothersMoved(m.t, m.o.changes[i].Parent, c.Parent, m.theirRect)
		e := m.ours.Element(key)
		if to == "" || e == nil {
			continue
		}
		x := m.clash(key+"!plane", Soft, LayoutMerged, c, []int{m.o.adds[key]})
		x.moved = true
		offered := []Choice{TakeBoth}
		if plane, _ := splitAddress(c.Parent); m.theirs.Element(plane) != nil {
			offered = append(offered, TakeOurs)
		}
		if m.pick(x, TakeBoth, offered...) == TakeOurs {
			continue
		}
		m.extra = append(m.extra, Change{Op: OpMove, Element: key, Before: value(c.Parent), After: value(to)})
		if r, ok := rectOf(e); ok {
			m.extra = append(m.extra, Change{Op: OpSet, Element: key, Path: "#position", After: value(point{r.x + dx, r.y + dy}.String())})
		}
		if points := pointsFrom(waypoints(e)); len(points) > 0 {
			for n := range points {
				points[n] = point{points[n].x + dx, points[n].y + dy}
			}
			m.extra = append(m.extra, Change{Op: OpSet, Element: key, Path: "#waypoints", After: pointsText(points)})
		}
	}
}

// shiftXML moves the drawing of one element.
func shiftXML(xml string, dx, dy float64) string {
	d, refusal := parse(decoded{text: xml})
	if refusal != nil {
		return xml
	}
	var edits []splice
	for i := range d.elements {
		e := &d.elements[i]
		if !e.Is(DCNamespace, "Bounds") && !e.Is(DINamespace, "waypoint") {
			continue
		}
		for j := range e.attrs {
			a := &e.attrs[j]
			v, code := parseNumber(a.Value)
			if code != "" || a.Space != "" {
				continue
			}
			switch a.Local {
			case "x":
				v += dx
			case "y":
				v += dy
			default:
				continue
			}
			from, to := e.valueRange(a)
			edits = append(edits, splice{from, to, number(v)})
		}
	}
	return applySplices(xml, edits)
}

func (l *layout) rect(key string) (rect, bool) {
	if r, known := l.rects[key]; known {
		return r, true
	}
	r, ok := rectOf(l.d.Element(key))
	if ok {
		l.rects[key] = r
	}
	return r, ok
}
