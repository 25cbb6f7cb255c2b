package bpmn

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// merger decides for each change of theirs whether it is applied to ours.
type merger struct {
	base, ours, theirs *Document
	o, t               *side
	choices            map[string]Choice
	banned             map[string]bool // elements whose edits by theirs must wait

	state     []state // by change of theirs
	replaced  map[int][]Change
	extra     []Change // changes of ours to undo, and repairs
	conflicts []*clash
	byID      map[string]*clash
	heldIn    []*clash
	unified   map[string]bool // new elements of both sides that are one
	rename    []Conflict      // reports of renamed ids
}

type state uint8

const (
	apply state = iota
	drop        // ours has it already
	hold        // waits in a conflict
	swap        // other changes are applied instead
)

// clash is a conflict while it is put together.
type clash struct {
	Conflict
	o, t []int
}

func newMerger(base, ours, theirs *Document, o, t []Change, choices map[string]Choice, banned map[string]bool) *merger {
	m := &merger{base: base, ours: ours, theirs: theirs, choices: choices, banned: banned, replaced: make(map[int][]Change),
		byID: make(map[string]*clash), unified: make(map[string]bool), o: newSide(o)}
	t = m.unite(t)
	m.t = newSide(t)
	m.state, m.heldIn = make([]state, len(t)), make([]*clash, len(t))
	return m
}

// plan classifies every change of theirs.
func (m *merger) plan() {
	for i, c := range m.t.changes {
		if m.heldIn[i] != nil || m.state[i] != apply {
			continue
		}
		owner := shownBy(c.Element)
		switch {
		case m.banned[c.Element] || owner != "" && m.banned[owner]:
			m.hold(m.clash(c.Element+"!broken", Hard, Broken, c, nil), i)
		case m.ambiguous(c.Element):
			m.hold(m.clash(c.Element+"!twice", Hard, Ambiguous, c, m.ourEdits(c.Element)), i)
		case c.Op == OpSet:
			m.set(i, c)
		case c.Op == OpAdd:
			m.add(i, c)
		case c.Op == OpRemove:
			m.remove(i, c)
		case c.Op == OpMove:
			m.move(i, c)
		}
	}
	m.breakCycles()
	m.spread()
	m.redirectOurs()
}

// holdAll puts everything that theirs did into conflicts: the last resort.
func (m *merger) holdAll() {
	for _, c := range m.t.changes {
		m.banned[c.Element] = true
	}
}

// ambiguous reports whether an id stands more than once in any of the parents.
func (m *merger) ambiguous(key string) bool {
	key, _, _ = strings.Cut(key, "#2")
	for _, d := range [...]*Document{m.base, m.ours, m.theirs} {
		if d.idx().twice[key] {
			return true
		}
	}
	return false
}

func (m *merger) ourEdits(key string) []int {
	var list []int
	for i, c := range m.o.changes {
		if c.Element == key {
			list = append(list, i)
		}
	}
	return list
}

// clash returns the conflict of that id, made when it is not there yet.
func (m *merger) clash(id string, class Class, kind string, c Change, ours []int) *clash {
	x := m.byID[id]
	if x == nil {
		x = &clash{Conflict: Conflict{ID: id, Class: class, Kind: kind, Element: c.Element, Path: c.Path}}
		if c.Op == OpSet || c.Op == OpMove {
			x.Base, x.Theirs = c.Before, c.After
		}
		m.byID[id] = x
		m.conflicts = append(m.conflicts, x)
	}
	for _, i := range ours {
		if !slices.Contains(x.o, i) {
			x.o = append(x.o, i)
		}
	}
	return x
}

func (m *merger) hold(x *clash, i int) {
	if m.heldIn[i] == nil {
		m.heldIn[i], m.state[i] = x, hold
		x.t = append(x.t, i)
	}
}

// note reports a soft conflict about a change that is applied or dropped.
func (m *merger) note(id, kind string, c Change, i int, ours ...int) *clash {
	x := m.clash(id, Soft, kind, c, ours)
	if !slices.Contains(x.t, i) {
		x.t = append(x.t, i)
	}
	return x
}

func (m *merger) set(i int, c Change) {
	if _, gone := m.o.removes[c.Element]; gone {
		m.editOfRemoved(c.Element, i)
		return
	}
	for _, path := range sortedPaths(m.o.sets[c.Element]) {
		j := m.o.sets[c.Element][path]
		if path != c.Path && overlap(path, c.Path) || illegal(c, m.o.changes[j]) || illegal(m.o.changes[j], c) {
			kind := EditEdit
			if path == "#type" || c.Path == "#type" {
				kind = TwoTypes
			}
			x := m.clash(c.Element+outer(path, c.Path), m.class(c), kind, c, []int{j})
			x.Ours = m.o.changes[j].After
			if x.Class == Soft {
				x.Chosen = TakeOurs
			}
			m.hold(x, i)
		}
	}
	if m.heldIn[i] != nil {
		return
	}
	if j, both := m.o.sets[c.Element][c.Path]; both {
		m.setTwice(i, j, c)
		return
	}
	m.needed(i)
}

func (m *merger) class(c Change) Class {
	if c.Layout() {
		return Soft
	}
	return Hard
}

// overlap reports whether one path lies inside of the other.
func overlap(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if !strings.HasPrefix(b, a) || a == "" || len(a) == len(b) {
		return false
	}
	switch b[len(a)] {
	case '/', '@', '#':
		return !strings.ContainsAny(a, "@#") // fields have nothing inside
	}
	return false
}

func outer(a, b string) string {
	if len(a) < len(b) {
		return fieldID(a)
	}
	return fieldID(b)
}

// setTwice handles one field that both sides set.
func (m *merger) setTwice(i, j int, c Change) {
	mine := m.o.changes[j]
	xml := isXMLPath(c.Path)
	if equal(mine.After, c.After) || xml && sameValue(wrap(mine.After), wrap(c.After)) {
		m.state[i] = drop
		return
	}
	if merged, ok := mergeText(c, mine); ok {
		x := m.note(c.Element+fieldID(c.Path), TextMerged, c, i, j)
		x.Ours, x.Chosen = mine.After, TakeBoth
		d := c
		d.Before, d.After = mine.After, merged
		m.state[i], m.replaced[i] = swap, []Change{d}
		return
	}
	kind := EditEdit
	switch {
	case c.Path == "#type":
		kind = TwoTypes
	case isLaneField(c):
		kind = TwoLanes
	}
	if c.Element == rootKey && strings.HasPrefix(c.Path, "@") {
		x := m.note(c.Element+fieldID(c.Path), EditEdit, c, i, j)
		x.Ours = mine.After
		if x.Chosen = TakeTheirs; newer(mine.After, c.After) {
			x.Chosen, m.state[i] = TakeOurs, drop
		}
		return
	}
	if m.class(c) == Hard {
		x := m.clash(c.Element+fieldID(c.Path), Hard, kind, c, []int{j})
		x.Ours = mine.After
		m.hold(x, i)
		return
	}
	x := m.note(c.Element+fieldID(c.Path), LayoutMerged, c, i, j)
	x.Ours = mine.After
	if x.Chosen = m.layoutChoice(c, mine); x.Chosen == TakeOurs {
		m.state[i] = drop
	}
}

// newer reports whether the first of two values of the document itself, such as
// the exporter's version, is the newer one. Numbers in them count as numbers.
func newer(a, b *string) bool {
	if a == nil || b == nil {
		return b == nil
	}
	x, y := splitWords(*a), splitWords(*b)
	for i := 0; i < len(x) && i < len(y); i++ {
		n, errN := strconv.Atoi(x[i])
		m, errM := strconv.Atoi(y[i])
		switch {
		case errN == nil && errM == nil && n != m:
			return n > m
		case x[i] != y[i] && (errN != nil || errM != nil):
			return x[i] > y[i]
		}
	}
	return len(x) > len(y)
}

// fieldID is the part of a conflict's id that names the field.
func fieldID(path string) string { return "/" + path }

// isXMLPath reports whether the value of a field is XML.
func isXMLPath(path string) bool {
	_, field, ok := splitPath(path)
	return ok && (field == "" || field == "#xml")
}

// illegal reports whether change c gives the element a type that does not have
// the attribute that d sets.
func illegal(c, d Change) bool {
	if c.Path != "#type" || c.Op != OpSet || c.After == nil || d.Op != OpSet || d.After == nil || !strings.HasPrefix(d.Path, "@") {
		return false
	}
	t := *c.After
	activity := strings.HasSuffix(t, "ask") || t == "subProcess" || t == "transaction" || t == "adHocSubProcess" || t == "callActivity"
	switch d.Path[1:] {
	case "default":
		return !activity && t != "exclusiveGateway" && t != "inclusiveGateway" && t != "complexGateway"
	case "attachedToRef", "cancelActivity":
		return t != "boundaryEvent"
	case "isInterrupting":
		return t != "startEvent"
	case "calledElement":
		return t != "callActivity"
	case "scriptFormat":
		return t != "scriptTask"
	case "triggeredByEvent":
		return t != "subProcess" && t != "transaction" && t != "adHocSubProcess"
	case "eventGatewayType":
		return t != "eventBasedGateway"
	case "gatewayDirection":
		return !strings.HasSuffix(t, "Gateway")
	case "isForCompensation", "startQuantity", "completionQuantity":
		return !activity
	}
	return false
}

// needed holds a change that speaks of something that ours removed.
func (m *merger) needed(i int) bool {
	for _, key := range m.t.needs[i] {
		if _, gone := m.o.removes[key]; !gone {
			continue
		}
		if m.t.changes[i].Layout() {
			if _, moved := m.redirect(m.t.changes[i], key); moved {
				continue
			}
			m.layoutOfRemoved(key, i)
			return false
		}
		if m.keepRoot(key, i) {
			continue
		}
		m.editOfRemoved(key, i)
		return false
	}
	return true
}

// keepRoot brings back a message, signal or the like that ours removed while
// theirs began to use it.
func (m *merger) keepRoot(key string, i int) bool {
	e := m.base.Element(key)
	if !isShared(e) {
		return false
	}
	id := key + "!kept"
	if m.byID[id] == nil {
		top := m.o.changes[m.o.removes[key]]
		x := m.note(id, KeptInUse, top, i, m.closure(m.o, key)...)
		x.Chosen = TakeTheirs
		for _, j := range x.o {
			m.extra = append(m.extra, Invert(m.o.changes[j:j+1])...)
		}
	}
	return true
}

// isShared reports whether an element is a root element that others only use.
func isShared(e *Element) bool {
	if e == nil || e.parent == nil || e.parent.parent != nil || e.Space != ModelNamespace {
		return false
	}
	switch e.Local {
	case "process", "collaboration", "choreography", "globalChoreographyTask", "conversation", "globalConversation":
		return false
	}
	return true
}

func (m *merger) layoutOfRemoved(key string, i int) {
	c := m.t.changes[i]
	x := m.note(c.Element+"!layout", LayoutMerged, c, i, m.o.removes[key])
	x.Chosen = TakeOurs
	m.state[i] = drop
}

// editOfRemoved is a conflict: ours removed what theirs edits or uses.
func (m *merger) editOfRemoved(key string, i int) {
	if isLayoutKey(key) {
		m.layoutOfRemoved(key, i)
		return
	}
	c := m.t.changes[i]
	top := m.top(m.o, key)
	x := m.clash(top+"!removed", Hard, EditDelete, Change{Op: OpRemove, Element: top}, m.closure(m.o, top))
	if x.Theirs == nil && c.Op == OpSet && c.Element == top {
		x.Path, x.Base, x.Theirs = c.Path, c.Before, c.After
	}
	m.hold(x, i)
}

func (m *merger) add(i int, c Change) {
	if j, both := m.o.adds[c.Element]; both {
		m.addTwice(i, j, c)
		return
	}
	if key, _ := splitAddress(c.Parent); c.Layout() {
		if d, moved := m.redirect(c, key); moved {
			m.note(c.Element+"!plane", LayoutMerged, c, i).Chosen = TakeBoth
			m.state[i], m.replaced[i] = swap, []Change{d}
		}
	}
	if m.ours.Element(c.Element) != nil {
		m.state[i] = drop // a rebased addition that stands already
		return
	}
	m.needed(i)
}

// addTwice handles one key that both sides added and that unite left alone: the
// same content, a united pool, or a drawing.
func (m *merger) addTwice(i, j int, c Change) {
	mine := m.o.changes[j]
	m.state[i] = drop
	if sameValue(mine.After, c.After) {
		return
	}
	var instead []Change
	for _, d := range fieldChanges(c.Element, *mine.After, *c.After) {
		if d.Before == nil && d.After != nil {
			instead = append(instead, d)
			continue
		}
		id := c.Element + fieldID(d.Path)
		if c.Layout() {
			x := m.note(id, LayoutMerged, d, i, j)
			x.Base, x.Ours, x.Theirs, x.Chosen = nil, d.Before, d.After, TakeOurs
			continue
		}
		x := m.clash(id, Hard, EditEdit, d, nil)
		x.Base, x.Ours, x.Theirs = nil, d.Before, d.After
		x.t = append(x.t, i)
		if m.choices[id] == TakeTheirs {
			instead = append(instead, d)
		}
	}
	if len(instead) > 0 {
		m.state[i], m.replaced[i] = swap, instead
	}
}

// fieldChanges compares two elements given as XML.
func fieldChanges(key, a, b string) []Change {
	da, refusalA := parse(decoded{text: "<_>" + a + "</_>"})
	db, refusalB := parse(decoded{text: "<_>" + b + "</_>"})
	if refusalA != nil || refusalB != nil || da.Root().first == nil || db.Root().first == nil {
		return nil
	}
	x := &differ{a: da.idx(), b: db.idx(), lists: mergeLists(da, db), key: key}
	x.elements("", da.Root().first, db.Root().first)
	return x.changes
}

func (m *merger) remove(i int, c Change) {
	if _, both := m.o.removes[c.Element]; both {
		m.state[i] = drop
		return
	}
	layout := c.Layout()
	var against []int
	for _, path := range sortedPaths(m.o.sets[c.Element]) {
		j := m.o.sets[c.Element][path]
		if layout {
			m.note(c.Element+"!layout", LayoutMerged, c, i, j).Chosen = TakeTheirs
			continue
		}
		against = append(against, j)
	}
	if j, moved := m.o.moves[c.Element]; moved {
		if layout {
			m.note(c.Element+"!layout", LayoutMerged, c, i, j).Chosen = TakeTheirs
		} else {
			against = append(against, j)
		}
	}
	for _, j := range m.o.users[c.Element] {
		if layout || m.o.changes[j].Layout() {
			if key, _ := splitAddress(m.o.changes[j].Parent); m.o.changes[j].Op == OpAdd && (layout || key == c.Element) {
				against = append(against, j)
			}
			continue
		}
		if isShared(m.base.Element(c.Element)) {
			x := m.note(c.Element+"!kept", KeptInUse, c, i, j)
			x.Chosen = TakeOurs
			m.state[i] = drop
			return
		}
		against = append(against, j)
	}
	if len(against) == 0 {
		return
	}
	top := m.top(m.t, c.Element)
	if layout {
		top = c.Element
	}
	x := m.clash(top+"!removed", Hard, DeleteEdit, Change{Op: OpRemove, Element: top}, against)
	if first := m.o.changes[against[0]]; x.Ours == nil && first.Op == OpSet && first.Element == top {
		x.Path, x.Base, x.Ours = first.Path, first.Before, first.After
	}
	for _, k := range m.closure(m.t, top) {
		m.hold(x, k)
	}
	m.hold(x, i)
}

func sortedPaths(sets map[string]int) []string {
	names := make(map[string]bool, len(sets))
	for path := range sets {
		names[path] = true
	}
	return sortedKeys(names)
}

func (m *merger) move(i int, c Change) {
	if _, gone := m.o.removes[c.Element]; gone {
		m.editOfRemoved(c.Element, i)
		return
	}
	if j, both := m.o.moves[c.Element]; both {
		mine := m.o.changes[j]
		switch {
		case equal(mine.After, c.After):
			m.state[i] = drop
		case c.Layout():
			x := m.note(c.Element+"!plane", LayoutMerged, c, i, j)
			x.Ours, x.Chosen = mine.After, TakeOurs
			m.state[i] = drop
		default:
			x := m.clash(c.Element+"!parent", Hard, TwoParents, c, []int{j})
			x.Ours = mine.After
			m.hold(x, i)
		}
		return
	}
	m.needed(i)
}

// breakCycles holds moves of theirs that together with moves of ours would put
// an element into itself.
func (m *merger) breakCycles() {
	above := make(map[string]string)
	parent := func(key string) string {
		if p, moved := above[key]; moved {
			return p
		}
		if e := m.ours.Element(key); e != nil && e.parent != nil {
			p, _ := splitAddress(m.ours.address(e))
			return p
		}
		return ""
	}
	for i, c := range m.t.changes {
		if c.Op != OpMove || m.state[i] != apply {
			continue
		}
		to, _ := splitAddress(*c.After)
		var on []int
		cycle := false
		for key, n := to, 0; key != "" && n <= maxDepth; key, n = parent(key), n+1 {
			if j, moved := m.o.moves[key]; moved {
				on = append(on, j)
			}
			if key == c.Element {
				cycle = true
				break
			}
		}
		if cycle {
			x := m.clash(c.Element+"!parent", Hard, MoveCycle, c, on)
			if e := m.ours.Element(c.Element); e != nil {
				x.Ours = value(m.ours.address(e))
			}
			m.hold(x, i)
			continue
		}
		above[c.Element] = to
	}
}

// top returns the outermost element around key that the side removed.
func (m *merger) top(s *side, key string) string {
	top := key
	for e := m.base.Element(key); e != nil; e = e.parent {
		if k := m.base.key(e); k != "" {
			if _, removed := s.removes[k]; removed {
				top = k
			}
		}
	}
	return top
}

// closure returns the changes of a side that belong to one removal: what lies
// inside, the flows that ended there and nowhere else that is gone, and the
// drawing of all that.
func (m *merger) closure(s *side, top string) []int {
	inside := map[string]bool{top: true}
	root := m.base.Element(top)
	within := func(id string) bool {
		e := m.base.Element(id)
		return inside[id] || e != nil && root != nil && root.contains(e)
	}
	for key := range s.removes {
		if !isLayoutKey(key) && within(key) {
			inside[key] = true
		}
	}
	for key := range s.removes {
		e := m.base.Element(key)
		if e == nil || inside[key] {
			continue
		}
		switch {
		case isConnection(e):
			a, b := e.reference("", e.Attr("sourceRef"), 0, 0).id, e.reference("", e.Attr("targetRef"), 0, 0).id
			_, goneA := s.removes[a]
			_, goneB := s.removes[b]
			if (within(a) || within(b)) && (!goneA || within(a)) && (!goneB || within(b)) {
				inside[key] = true
			}
		case e.Model("boundaryEvent"):
			if within(e.Attr("attachedToRef")) {
				inside[key] = true
			}
		}
	}
	var list []int
	for i, c := range s.changes {
		switch {
		case c.Op == OpRemove && (inside[c.Element] || inside[shownBy(c.Element)]):
			list = append(list, i)
		case c.Op == OpSet && isLaneField(c) && inside[c.Element]:
			list = append(list, i)
		case c.Op == OpSet && c.After == nil:
			for _, key := range c.needs(c.Before, "") {
				if inside[key] {
					list = append(list, i)
					break
				}
			}
		}
	}
	return list
}

// spread holds what cannot stand without a held change.
func (m *merger) spread() {
	queue := make([]int, 0, len(m.t.changes))
	for i := range m.t.changes {
		if m.state[i] == hold {
			queue = append(queue, i)
		}
	}
	held := func(k int, x *clash) {
		if m.state[k] == apply || m.state[k] == swap {
			m.hold(x, k)
			queue = append(queue, k)
		}
	}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		c, x := m.t.changes[i], m.heldIn[i]
		if c.Op == OpAdd {
			for _, k := range m.t.users[c.Element] {
				held(k, x)
			}
			for _, k := range m.t.sets[c.Element] {
				held(k, x)
			}
		}
		// What the change would have left behind is still in use.
		for _, key := range c.needs(c.Before, c.Parent) {
			if k, removes := m.t.removes[key]; removes && c.Op != OpAdd {
				held(k, x)
			}
		}
		if c.Op == OpRemove && !c.Layout() {
			if k, drawn := m.t.removes["#di("+c.Element+")"]; drawn {
				held(k, x)
			}
			for _, k := range m.t.sets[c.Element] {
				held(k, x) // the lanes that it left
			}
		}
	}
}

// unite renames new elements of theirs: to the id that ours has for the same
// thing (the first pool), or away from an id that ours took for something else.
func (m *merger) unite(t []Change) []Change {
	ids := make(map[string]string)
	m.uniteFirstPool(t, ids)
	// What refers to nothing first: a flow may differ only by the new id of its end.
	var both []Change
	for _, c := range t {
		if _, is := m.o.adds[c.Element]; is && c.Op == OpAdd && !c.Layout() && ids[c.Element] == "" && !m.unified[c.Element] && !m.ambiguous(c.Element) {
			both = append(both, c)
		}
	}
	slices.SortStableFunc(both, func(a, b Change) int { return len(a.needs(a.After, a.Parent)) - len(b.needs(b.After, b.Parent)) })
	for _, c := range both {
		mine := m.o.changes[m.o.adds[c.Element]]
		if d, _ := c.renamed(ids); mine.Parent != d.Parent || !sameValue(mine.After, d.After) {
			ids[c.Element] = m.freeID(c, ids)
		}
	}
	if len(ids) == 0 {
		return t
	}
	renamed := make([]Change, len(t))
	touched := make(map[string][]Change)
	for i, c := range t {
		var used []string
		renamed[i], used = c.renamed(ids)
		for _, id := range used {
			touched[id] = append(touched[id], c)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		x := Conflict{ID: id + "!renamed", Class: Soft, Kind: AddAdd, Element: id, Ours: value(id), Theirs: value(ids[id]), Chosen: TakeBoth, TheirChanges: touched[id]}
		if m.unified[ids[id]] {
			x.Kind, x.Ours, x.Theirs = United, value(ids[id]), value(id)
		}
		if j, added := m.o.adds[*x.Ours]; added {
			x.OurChanges = []Change{m.o.changes[j]}
		}
		m.rename = append(m.rename, x)
	}
	return renamed
}

// freeID returns an id for an element whose own is taken: one that nothing has,
// or the one that the same element got in an earlier merge.
func (m *merger) freeID(c Change, ids map[string]string) string {
	taken := make(map[string]bool, len(ids))
	for _, other := range ids {
		taken[other] = true
	}
	for n := 2; ; n++ {
		fresh := c.Element + "_" + strconv.Itoa(n)
		if taken[fresh] {
			continue
		}
		if j, added := m.o.adds[fresh]; added {
			again, _ := c.renamed(map[string]string{c.Element: fresh})
			if sameValue(m.o.changes[j].After, again.After) {
				return fresh
			}
		}
		if m.base.Element(fresh) == nil && m.ours.Element(fresh) == nil && m.theirs.Element(fresh) == nil {
			return fresh
		}
	}
}

// uniteFirstPool makes one collaboration of two when both sides drew the first
// pool around the same process.
func (m *merger) uniteFirstPool(t []Change, ids map[string]string) {
	for i := range m.base.elements {
		if m.base.elements[i].Model("collaboration") {
			return
		}
	}
	first := func(changes []Change, local string) map[string]Change {
		found := make(map[string]Change)
		for _, c := range changes {
			if c.Op == OpAdd && c.After != nil && !c.Layout() && strings.Contains(*c.After, local) {
				if e := rootOf(*c.After); e != nil && e.Model(local) {
					found[c.Element] = c
				}
			}
		}
		return found
	}
	mine, yours := first(m.o.changes, "collaboration"), first(t, "collaboration")
	if len(mine) != 1 || len(yours) != 1 {
		return
	}
	for a := range mine {
		for b := range yours {
			if m.unified[a] = true; a != b {
				ids[b] = a
			}
		}
	}
	pools := make(map[string]string)
	for id, c := range first(m.o.changes, "participant") {
		if process := rootOf(*c.After).Attr("processRef"); process != "" && m.base.Element(process) != nil {
			pools[process] = id
		}
	}
	for id, c := range first(t, "participant") {
		if same := pools[rootOf(*c.After).Attr("processRef")]; same != "" {
			if m.unified[same] = true; same != id {
				ids[id] = same
			}
		}
	}
}

// rootOf parses XML of one element.
func rootOf(xml string) *Element {
	d, refusal := parse(decoded{text: xml})
	if refusal != nil {
		return nil
	}
	return d.Root()
}
