package bpmn

import (
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
	givenUp   []*clash        // soft conflicts decided against ours and the rule
	overruled map[string]bool // soft conflicts decided against the rule
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

	// Of soft conflicts:
	offered []Choice
	removed *drawingRemoved
	keptFor Choice // the side that uses it
	moved   bool   // to another plane, after what it belongs to
}

func newMerger(base, ours, theirs *Document, o, t []Change, choices map[string]Choice, banned map[string]bool) *merger {
	m := &merger{base: base, ours: ours, theirs: theirs, choices: choices, banned: banned, replaced: make(map[int][]Change),
		byID: make(map[string]*clash), unified: make(map[string]bool), overruled: make(map[string]bool), o: newSide(o)}
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
			m.hold(m.clash(c.Element+"!broken", Hard, Broken, c, m.entangled(i)), i)
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
	m.settleRemovals()
	m.settleRenamed()
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

// entangled lists the edits of ours that a change of theirs may not stand beside:
// those of its element, of what it needs, and those that need its element.
func (m *merger) entangled(i int) []int {
	c := m.t.changes[i]
	list := append(m.ourEdits(c.Element), m.o.users[c.Element]...)
	for _, key := range m.t.needs[i] {
		list = append(list, m.ourEdits(key)...)
	}
	return list
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
			m.hold(x, i)
			if x.Class == Soft && m.pick(x, TakeOurs, TakeOurs, TakeTheirs, TakeBase) == TakeTheirs {
				m.state[i] = apply
			}
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
		x.Ours = mine.After
		if m.pickField(x, i, TakeBoth, TakeOurs, TakeTheirs, TakeBase, TakeBoth) == TakeBoth {
			d := c
			d.Before, d.After = mine.After, merged
			m.state[i], m.replaced[i] = swap, []Change{d}
		}
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
		rule := TakeTheirs
		if newer(mine.After, c.After) {
			rule = TakeOurs
		}
		m.pickField(x, i, rule, TakeOurs, TakeTheirs, TakeBase)
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
	m.pickField(x, i, m.layoutChoice(c, mine), TakeOurs, TakeTheirs, TakeBase)
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
	case "isExecutable", "processType":
		return t != "process"
	case "isClosed": // collaborations, and what extends them, have it too
		return t != "process" && t != "collaboration" && t != "choreography" && t != "globalConversation" && t != "globalChoreographyTask"
	}
	return false
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
			x.Ours = mine.After
			m.pickPlane(x, i, c)
		default:
			x := m.clash(c.Element+"!parent", Hard, TwoParents, c, []int{j})
			x.Ours = mine.After
			m.hold(x, i)
		}
		return
	}
	m.needed(i)
}

// pickPlane decides about a drawing that both sides moved to another plane.
func (m *merger) pickPlane(x *clash, i int, c Change) {
	offered := []Choice{TakeOurs}
	for choice, plane := range map[Choice]*string{TakeTheirs: c.After, TakeBase: c.Before} {
		if key, _ := splitAddress(*plane); m.ours.Element(key) != nil && m.theirs.Element(key) != nil {
			offered = append(offered, choice)
		}
	}
	m.pickField(x, i, TakeOurs, offered...)
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
