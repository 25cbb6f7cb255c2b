package bpmn

import (
	"slices"
	"strings"
)

// pick decides a soft conflict: the way a person chose where that is offered, and
// else by the rule. What ours did is taken back where theirs or base is chosen
// against the rule.
func (m *merger) pick(x *clash, rule Choice, offered ...Choice) Choice {
	x.Chosen, x.offered = rule, offered
	if choice := m.choices[x.ID]; choice != rule && slices.Contains(offered, choice) {
		x.Chosen = choice
		m.overruled[x.ID] = true
		if choice == TakeTheirs || choice == TakeBase {
			m.givenUp = append(m.givenUp, x)
		}
	}
	return x.Chosen
}

// pickField is pick for a change of theirs to a field that ours changed, too.
func (m *merger) pickField(x *clash, i int, rule Choice, offered ...Choice) Choice {
	choice := m.pick(x, rule, offered...)
	switch choice {
	case TakeOurs, TakeBase:
		m.state[i] = drop
	case TakeTheirs:
		m.state[i] = apply
	}
	return choice
}

// led returns what a person chose about the places of the shapes that a part of
// the drawing hangs on, when that is one thing: the course of an edge follows the
// shapes at its ends, a label its shape.
func (m *merger) led(c Change) (Choice, bool) {
	if len(m.choices) == 0 {
		return "", false
	}
	shapes := []string{c.Element}
	switch {
	case c.Path == "#position" || !strings.HasSuffix(c.Path, "#position") && c.Path != "#waypoints":
		return "", false
	case c.Path == "#waypoints":
		flow := m.base.Element(shownBy(c.Element))
		if flow == nil || m.o.rewired(c.Element) || m.t.rewired(c.Element) {
			return "", false
		}
		shapes = shapes[:0]
		for _, end := range [...]string{"sourceRef", "targetRef"} {
			shapes = append(shapes, "#di("+flow.reference("", flow.Attr(end), 0, 0).id+")")
		}
	}
	var led Choice
	for _, shape := range shapes {
		choice := m.choices[shape+fieldID("#position")]
		if choice != TakeOurs && choice != TakeTheirs {
			continue
		}
		if led != "" && led != choice {
			return "", false
		}
		led = choice
	}
	return led, led != ""
}

// drawingRemoved is about the drawing of something that one side removed and the
// other drew differently. Without a decision the removal stands.
type drawingRemoved struct {
	owner  string // what a person would say was removed
	byOurs bool
}

// removalOf returns what a person would say that a side removed when an element
// or its drawing went.
func (m *merger) removalOf(s *side, key string) string {
	id := key
	if shown := shownBy(key); shown != "" {
		if _, gone := s.removes[shown]; gone {
			id = shown
		}
	}
	if isLayoutKey(id) {
		return id
	}
	owner := m.top(s, id)
	for range 3 { // a flow of a boundary event of a task
		e := m.base.Element(owner)
		if e == nil {
			break
		}
		above := ""
		switch {
		case isConnection(e):
			for _, end := range [...]string{"sourceRef", "targetRef"} {
				if _, gone := s.removes[e.reference("", e.Attr(end), 0, 0).id]; gone && above == "" {
					above = e.reference("", e.Attr(end), 0, 0).id
				}
			}
		case e.Model("boundaryEvent"):
			if _, gone := s.removes[e.Attr("attachedToRef")]; gone {
				above = e.Attr("attachedToRef")
			}
		}
		if above == "" {
			break
		}
		owner = m.top(s, above)
	}
	return owner
}

// removal returns the changes of a side that make the removal of its owner.
func (m *merger) removal(s *side, owner string) []int {
	if isLayoutKey(owner) {
		return []int{s.removes[owner]}
	}
	return m.closure(s, owner)
}

// maxRemovals bounds the removals beside edits of the drawing that offer a choice:
// where there are more, one side has thrown the other's drawing away.
const maxRemovals = 200

// noteRemoval reports that one side removed what the other drew differently.
func (m *merger) noteRemoval(s *side, key string, c Change, i int, ours ...int) {
	owner := m.removalOf(s, key)
	drawing := owner
	if !isLayoutKey(owner) {
		drawing = "#di(" + owner + ")"
	}
	id := drawing + "!layout"
	x, more := m.byID[id]
	if !more {
		x = m.clash(id, Soft, LayoutMerged, Change{Op: OpRemove, Element: drawing}, nil)
		x.removed = &drawingRemoved{owner: owner, byOurs: s == m.o}
		x.Chosen = TakeTheirs
		if s == m.o {
			x.Chosen = TakeOurs
		}
	}
	if s == m.o {
		ours = []int{m.o.removes[key]}
	}
	for _, j := range ours {
		if !slices.Contains(x.o, j) {
			x.o = append(x.o, j)
		}
	}
	if !slices.Contains(x.t, i) {
		x.t = append(x.t, i)
	}
	if more || c.Op != OpSet || c.Element != drawing {
		x.Path, x.Base, x.Ours, x.Theirs = "", nil, nil, nil
		return
	}
	x.Path, x.Base = c.Path, c.Before
	if s == m.o {
		x.Theirs = c.After
	} else {
		x.Ours = c.After
	}
}

// settleRemovals decides about drawings of what the other side removed. Where the
// removal itself, or a part of it, is asked about, that decides.
func (m *merger) settleRemovals() {
	asked, removals := make(map[int]bool), 0 // asked: removals of ours that hard conflicts are about
	for _, x := range m.conflicts {
		if x.removed != nil {
			removals++
		}
		if x.Class == Hard {
			for _, j := range x.o {
				asked[j] = true
			}
		}
	}
	for _, x := range m.conflicts {
		if x.removed == nil || removals > maxRemovals {
			continue
		}
		if x.removed.byOurs {
			for _, j := range m.removal(m.o, x.removed.owner) {
				if !slices.Contains(x.o, j) {
					x.o = append(x.o, j)
				}
			}
			if !slices.ContainsFunc(x.o, func(j int) bool { return asked[j] }) {
				m.pick(x, TakeOurs, TakeOurs, TakeTheirs, TakeBase)
			}
			continue
		}
		removal := m.removal(m.t, x.removed.owner)
		if slices.ContainsFunc(removal, func(k int) bool { return m.heldIn[k] != nil && m.heldIn[k].Class == Hard }) ||
			m.pick(x, TakeTheirs, TakeOurs, TakeTheirs, TakeBase) == TakeTheirs {
			continue
		}
		for _, k := range append(slices.Clone(x.t), removal...) {
			if m.heldIn[k] == nil && m.t.changes[k].Op == OpRemove || m.state[k] == apply {
				m.heldIn[k], m.state[k] = x, hold
				if !slices.Contains(x.t, k) {
					x.t = append(x.t, k)
				}
			}
		}
	}
}

// settleRenamed decides about two new elements that had one id.
func (m *merger) settleRenamed() {
	for i := range m.rename {
		c := &m.rename[i]
		if c.Kind != AddAdd {
			continue
		}
		k, isNew := m.t.adds[*c.Theirs]
		j, mine := m.o.adds[*c.Ours]
		if _, again := m.o.adds[*c.Theirs]; again || !isNew || !mine {
			continue // it came in by an earlier merge
		}
		x := &clash{Conflict: *c, o: []int{j}}
		if choice := m.pick(x, TakeBoth, TakeBoth, TakeOurs, TakeTheirs, TakeBase); choice == TakeOurs || choice == TakeBase {
			m.hold(x, k)
		}
		m.options(x)
		c.Chosen, c.Options = x.Chosen, x.Options
	}
}

// takeBack marks the changes of ours that soft decisions give up. What a hard
// conflict holds on to is not theirs to decide.
func (m *merger) takeBack(undone map[int]Choice) {
	if len(m.givenUp) == 0 {
		return
	}
	kept := make(map[int]bool)
	for _, x := range m.conflicts {
		if choice := m.choices[x.ID]; x.Class == Hard && choice != TakeTheirs && choice != TakeBase {
			for _, j := range x.o {
				kept[j] = true
			}
		}
	}
	for _, x := range m.givenUp {
		for _, j := range x.o {
			if !kept[j] {
				m.undo(j, x.Chosen, undone)
			}
		}
	}
}

// redraw applies what theirs did to the drawing of things whose removal was taken
// back for their sake.
func (m *merger) redraw(undone map[int]Choice) {
	if len(undone) == 0 {
		return
	}
	for _, x := range m.conflicts {
		if x.removed == nil || !x.removed.byOurs {
			continue
		}
		for _, i := range x.t {
			c := m.t.changes[i]
			j, gone := m.o.removes[c.Element]
			if !gone {
				j, gone = m.o.removes[shownBy(c.Element)]
			}
			if gone && undone[j] == TakeTheirs && m.state[i] == drop {
				m.state[i], x.Chosen = apply, TakeTheirs
			}
		}
	}
}

// softOptions says what each choice about a soft conflict would do.
func (m *merger) softOptions(x *clash) {
	if len(x.offered) < 2 {
		return
	}
	name := x.Name
	if name == "" {
		name = x.Element
		if shown := shownBy(name); shown != "" {
			name = shown
		}
	}
	effect := map[Choice]string{TakeOurs: "keeps " + show(x.Ours), TakeTheirs: "takes " + show(x.Theirs), TakeBase: "goes back to " + show(x.Base)}
	switch {
	case x.removed != nil && x.removed.byOurs:
		effect = map[Choice]string{TakeOurs: "leaves " + name + " removed", TakeTheirs: "brings " + name + " back as it was drawn since", TakeBase: "brings " + name + " back as it was"}
	case x.removed != nil:
		effect = map[Choice]string{TakeOurs: "keeps " + name + " as it was drawn since", TakeTheirs: "removes " + name, TakeBase: "keeps " + name + " as it was"}
	case x.Kind == AddAdd:
		a, b := *x.Ours, *x.Theirs
		effect = map[Choice]string{TakeBoth: "keeps both, one of them as " + b, TakeOurs: "keeps " + a + " and gives up " + b, TakeTheirs: "keeps " + b + " and gives up " + a, TakeBase: "gives up both"}
	case x.Kind == KeptInUse && x.keptFor == TakeTheirs:
		effect = map[Choice]string{TakeTheirs: "keeps " + name + " for what uses it now", TakeOurs: "removes " + name + " and gives up what uses it now", TakeBase: "keeps " + name + " and gives up what uses it now"}
	case x.Kind == KeptInUse:
		effect = map[Choice]string{TakeOurs: "keeps " + name + " for what uses it now", TakeTheirs: "removes " + name + " and gives up what uses it now", TakeBase: "keeps " + name + " and gives up what uses it now"}
	case x.Kind == TextMerged:
		effect[TakeBoth] = "puts the edits of both sides into one text"
	case x.moved:
		effect = map[Choice]string{TakeBoth: "draws " + name + " beside what it belongs to", TakeOurs: "leaves " + name + " where it was drawn", TakeTheirs: "leaves " + name + " where it was drawn"}
	default:
		effect[TakeBoth] = "fits it to what both sides drew"
	}
	for _, choice := range [...]Choice{TakeOurs, TakeTheirs, TakeBase, TakeBoth} {
		if slices.Contains(x.offered, choice) {
			x.Options = append(x.Options, Option{choice, effect[choice]})
		}
	}
}
