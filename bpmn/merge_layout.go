package bpmn

import (
	"math"
	"slices"
)

// adaptLayout fits the drawing of one side to that of the other: new shapes move
// with their neighbours, make room for each other, and edges end where the
// shapes are.
func (m *merger) adaptLayout(d *Document) (*Document, error) {
	l := &layout{m: m, d: d, rects: make(map[string]rect), moved: make(map[string]bool)}
	l.followBulk()
	l.makeRoom()
	var changes []Change
	for _, key := range sortedKeys(l.moved) {
		r := l.rects[key]
		c := m.report(Change{Op: OpSet, Element: key, Path: "#position", After: value(point{r.x, r.y}.String())})
		if p, ok := pointFrom(c.After); ok {
			l.rects[key] = rect{p.x, p.y, r.w, r.h} // where the edges end
		}
		changes = append(changes, c)
	}
	for _, c := range l.dock(l.drawnBy) {
		changes = append(changes, m.report(c))
	}
	return Apply(d, changes)
}

// report tells that a value is neither side's, and returns the change with the
// value that a person chose instead, if one did.
func (m *merger) report(c Change) Change {
	x := m.clash(c.Element+"!adapted", Soft, LayoutMerged, c, nil)
	x.Base, x.Ours, x.Theirs = drawn(m.base.Element(c.Element), c.Path), drawn(m.ours.Element(c.Element), c.Path), m.theirDrawing(c.Element, c.Path)
	values, offered := map[Choice]*string{TakeBoth: c.After, TakeOurs: x.Ours, TakeTheirs: x.Theirs, TakeBase: x.Base}, []Choice(nil)
	for choice, v := range values {
		if v != nil {
			offered = append(offered, choice)
		}
	}
	c.After = values[m.pick(x, TakeBoth, offered...)]
	for _, s := range [...]struct {
		side *side
		list *[]int
	}{{m.o, &x.o}, {m.t, &x.t}} {
		if i, set := s.side.sets[c.Element][c.Path]; set && !slices.Contains(*s.list, i) {
			*s.list = append(*s.list, i)
		}
		if i, added := s.side.adds[c.Element]; added && !slices.Contains(*s.list, i) {
			*s.list = append(*s.list, i)
		}
	}
	return c
}

// drawn returns the place of a shape or the course of an edge.
func drawn(e *Element, path string) *string {
	if e == nil {
		return nil
	}
	if path == "#waypoints" {
		return waypoints(e)
	}
	position, _ := bounds(e)
	return position
}

// theirDrawing is drawn for what theirs has, as far as theirs says.
func (m *merger) theirDrawing(key, path string) *string {
	if i, added := m.t.adds[key]; added && m.t.changes[i].After != nil {
		return drawn(rootOf(*m.t.changes[i].After), path)
	}
	if i, set := m.t.sets[key][path]; set {
		return m.t.changes[i].After
	}
	return drawn(m.base.Element(key), path)
}

type layout struct {
	m     *merger
	d     *Document
	rects map[string]rect // where shapes end up
	moved map[string]bool // by key: not where a side put them
}

// newShapes returns the shapes that a side added and that are there.
func (l *layout) newShapes(s *side) []string {
	keys := make(map[string]bool)
	for key := range s.adds {
		_, mine := l.m.o.adds[key]
		_, yours := l.m.t.adds[key]
		if mine && yours {
			continue // it stands where ours has it
		}
		if e := l.d.Element(key); e != nil && e.Is(BPMNDINamespace, "BPMNShape") {
			keys[key] = true
		}
	}
	return sortedKeys(keys)
}

// followBulk moves the new shapes of the side that did not lay out everything by
// as much as their neighbours moved.
func (l *layout) followBulk() {
	a, b := bulk(l.m.base, l.m.o), bulk(l.m.base, l.m.t)
	if a == b {
		return
	}
	other := l.m.t
	if b {
		other = l.m.o
	}
	fresh := l.newShapes(other)
	if len(fresh) == 0 {
		return
	}
	near := l.d.neighbours()
	for _, key := range fresh {
		r, ok := l.rect(key)
		if !ok {
			continue
		}
		dx, dy, n := 0.0, 0.0, 0.0
		for _, id := range near[shownBy(key)] {
			was, okWas := rectOf(l.m.base.Element("#di(" + id + ")"))
			is, okIs := l.rect("#di(" + id + ")")
			if okWas && okIs {
				dx, dy, n = dx+is.x-was.x, dy+is.y-was.y, n+1
			}
		}
		if n == 0 {
			if was, is, found := l.closest(r); found {
				dx, dy, n = is.x-was.x, is.y-was.y, 1
			}
		}
		if n > 0 && (math.Abs(dx) >= n || math.Abs(dy) >= n) {
			r.x, r.y = r.x+math.Round(dx/n), r.y+math.Round(dy/n)
			l.rects[key], l.moved[key] = r, true
		}
	}
}

// closest returns the shape of base that was closest to r, then and now.
func (l *layout) closest(r rect) (was, is rect, found bool) {
	best := math.Inf(1)
	for _, e := range l.m.base.idx().entities {
		if !e.Is(BPMNDINamespace, "BPMNShape") {
			continue
		}
		old, ok := rectOf(e)
		now, okNow := l.rect(l.m.base.key(e))
		if !ok || !okNow {
			continue
		}
		c, o := old.centre(), r.centre()
		if d := math.Hypot(c.x-o.x, c.y-o.y); d < best {
			best, was, is, found = d, old, now, true
		}
	}
	return was, is, found
}

// neighbours lists the nodes that flows and boundary events tie together.
func (d *Document) neighbours() map[string][]string {
	near := make(map[string][]string)
	tie := func(a, b string) {
		if a != "" && b != "" {
			near[a], near[b] = append(near[a], b), append(near[b], a)
		}
	}
	for _, e := range d.idx().entities {
		if isConnection(e) {
			tie(e.reference("", e.Attr("sourceRef"), 0, 0).id, e.reference("", e.Attr("targetRef"), 0, 0).id)
		} else if e.Model("boundaryEvent") {
			tie(e.ID(), e.reference("", e.Attr("attachedToRef"), 0, 0).id)
		}
	}
	return near
}

// makeRoom moves one of two new shapes down that the sides put on one spot. The
// one with the greater key gives way, whoever asks.
func (l *layout) makeRoom() {
	mine, yours := l.newShapes(l.m.o), l.newShapes(l.m.t)
	if len(mine)*len(yours) > 250_000 {
		return // two drawings made anew: nobody wants them nudged
	}
	for _, a := range mine {
		for _, b := range yours {
			low, high := min(a, b), max(a, b)
			if low == high || !l.nudgeable(low) || !l.nudgeable(high) || l.d.Element(a).parent != l.d.Element(b).parent {
				continue
			}
			r, okR := l.rect(low)
			s, okS := l.rect(high)
			for n := 0; okR && okS && covers(r, s) && n < 20; n++ {
				s.y = r.y + r.h + 20
				l.rects[high], l.moved[high] = s, true
			}
		}
	}
}

// nudgeable reports whether a shape is a node of its own and no container.
func (l *layout) nudgeable(key string) bool {
	e := l.d.Element(shownBy(key))
	return e != nil && !e.Model("participant", "lane", "group", "boundaryEvent") && (e.first == nil || !e.Model("subProcess", "transaction", "adHocSubProcess"))
}

// covers reports whether two shapes share more than a quarter of the smaller one.
func covers(a, b rect) bool {
	w := math.Min(a.x+a.w, b.x+b.w) - math.Max(a.x, b.x)
	h := math.Min(a.y+a.h, b.y+b.h) - math.Max(a.y, b.y)
	return w > 0 && h > 0 && w*h*4 > math.Min(a.w*a.h, b.w*b.h)
}

// dock ends edges where the shapes are now. An edge fits the shapes as the side
// knew them that drew it; what moved since moves its end. DrawnBy returns for an
// edge where that side has the shapes, or nil for an edge to leave alone.
func (l *layout) dock(drawnBy func(edge string) func(shape string) (rect, bool)) []Change {
	var changes []Change
	for _, e := range l.d.idx().entities {
		if !e.Is(BPMNDINamespace, "BPMNEdge") {
			continue
		}
		key := l.d.key(e)
		known := drawnBy(key)
		flow := l.d.Element(shownBy(key))
		if known == nil || flow == nil {
			continue
		}
		points := pointsFrom(waypoints(e))
		if len(points) < 2 {
			continue
		}
		old := *pointsText(points)
		for n, end := range [...]string{"sourceRef", "targetRef"} {
			shape := "#di(" + flow.reference("", flow.Attr(end), 0, 0).id + ")"
			was, okWas := known(shape)
			is, okIs := l.rect(shape)
			if okWas && okIs && was != is {
				dock(points, n == 1, was, is)
			}
		}
		if now := pointsText(points); *now != old {
			changes = append(changes, Change{Op: OpSet, Element: key, Path: "#waypoints", Before: &old, After: now})
		}
	}
	return changes
}

// drawnBy returns where the side that drew an edge has the shapes, that is base
// where its course was chosen; nil when both sides left the edge alone.
func (l *layout) drawnBy(key string) func(string) (rect, bool) {
	if x := l.m.byID[key+fieldID("#waypoints")]; x != nil && x.Chosen == TakeBase {
		return func(shape string) (rect, bool) { return rectOf(l.m.base.Element(shape)) }
	}
	ours := func(shape string) (rect, bool) { return rectOf(l.m.ours.Element(shape)) }
	i, theirs := l.m.t.sets[key]["#waypoints"]
	if !theirs {
		i, theirs = l.m.t.adds[key]
	}
	if theirs && (l.m.state[i] == apply || l.m.state[i] == swap) {
		return l.m.theirRect
	}
	if _, set := l.m.o.sets[key]["#waypoints"]; set {
		return ours
	}
	if _, added := l.m.o.adds[key]; added {
		return ours
	}
	return nil
}

// dock moves the first or last point from a place at one rectangle to the same
// place at another; the next point follows so far that a right angle stays one.
func dock(points []point, last bool, was, is rect) {
	at, next := 0, 1
	if last {
		at, next = len(points)-1, len(points)-2
	}
	p := points[at]
	share := func(v, from, length, to, size float64) float64 {
		if length <= 0 {
			return v + to - from
		}
		return to + (v-from)/length*size
	}
	q := point{share(p.x, was.x, was.w, is.x, is.w), share(p.y, was.y, was.h, is.y, is.h)}
	if len(points) > 2 {
		if points[next].x == p.x && points[next].y != p.y {
			points[next].x = q.x
		} else if points[next].y == p.y && points[next].x != p.x {
			points[next].y = q.y
		}
	}
	points[at] = q
}
