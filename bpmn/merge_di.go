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
// that laid out everything anew wins; of two courses of an edge the one whose
// side left the ends where they were was drawn by hand; otherwise the greater
// value wins, so that the decision is the same whoever asks.
func (m *merger) layoutChoice(theirs, ours Change) Choice {
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
		a, b := m.endsMoved(m.o, theirs.Element), m.endsMoved(m.t, theirs.Element)
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
		x := m.clash(key+"!plane", Soft, LayoutMerged, c, []int{m.o.adds[key]})
		x.Chosen = TakeBoth
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
			edits = append(edits, splice{int(a.value), int(a.valueEnd), number(v)})
		}
	}
	return applySplices(xml, edits)
}

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
		changes = append(changes, Change{Op: OpSet, Element: key, Path: "#position", After: value(point{r.x, r.y}.String())})
	}
	changes = append(changes, l.dock()...)
	for _, c := range changes {
		m.report(c)
	}
	return Apply(d, changes)
}

// report tells that a value is neither side's.
func (m *merger) report(c Change) {
	x := m.clash(c.Element+"!adapted", Soft, LayoutMerged, c, nil)
	x.Chosen = TakeBoth
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
}

type layout struct {
	m     *merger
	d     *Document
	rects map[string]rect // where shapes end up
	moved map[string]bool // by key: not where a side put them
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
// knew them that drew it; what moved since moves its end.
func (l *layout) dock() []Change {
	var changes []Change
	for _, e := range l.d.idx().entities {
		if !e.Is(BPMNDINamespace, "BPMNEdge") {
			continue
		}
		key := l.d.key(e)
		known := l.drawnBy(key)
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

// drawnBy returns where the side that drew an edge has the shapes, nil when both
// sides left the edge alone.
func (l *layout) drawnBy(key string) func(string) (rect, bool) {
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
