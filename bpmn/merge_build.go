package bpmn

import (
	"cmp"
	"slices"
	"strings"
)

// build applies the plan to ours.
func (m *merger) build() (*Document, error) {
	plan := m.compile()
	merged, err := Apply(m.ours, plan)
	if err != nil {
		return nil, err
	}
	return m.adaptLayout(merged)
}

// compile lists the changes to make in ours: what choices undo, what is brought
// back, and what theirs did. Of several sets of one field the last counts.
func (m *merger) compile() []Change {
	var plan []Change
	undone := make(map[int]Choice)
	for _, x := range m.conflicts {
		choice := m.choices[x.ID]
		if x.Class != Hard || choice == "" {
			continue
		}
		if choice == TakeTheirs || choice == TakeBase {
			for _, j := range x.o {
				m.undo(j, choice, undone)
			}
		}
		if choice == TakeTheirs || choice == TakeBoth {
			for _, i := range x.t {
				if m.state[i] == hold && m.heldIn[i] == x {
					m.state[i] = apply
					if both := m.both(x, i); choice == TakeBoth && both != nil {
						m.state[i], m.replaced[i] = swap, both
					}
				}
			}
		}
	}
	m.takeBack(undone)
	m.redraw(undone)
	order := make([]int, 0, len(undone))
	for j := range undone {
		order = append(order, j)
	}
	slices.Sort(order)
	back := make([]Change, 0, len(order))
	for _, j := range order {
		back = append(back, m.o.changes[j])
	}
	plan = append(plan, Invert(back)...)
	plan = append(plan, m.extra...)
	plan = append(plan, m.applied()...)
	type field struct {
		op            Op
		element, path string
	}
	last := make(map[field]int, len(plan))
	gone := make(map[string]bool)
	for i, c := range plan {
		last[field{c.Op, c.Element, c.Path}] = i
		if c.Op == OpRemove || c.Op == OpAdd {
			gone[c.Element] = c.Op == OpRemove
		}
	}
	kept := plan[:0]
	for i, c := range plan {
		if gone[c.Element] && (c.Op == OpMove || c.Op == OpSet && !isLaneField(c)) {
			continue
		}
		if last[field{c.Op, c.Element, c.Path}] == i {
			kept = append(kept, c)
		}
	}
	return kept
}

// undo marks a change of ours to be taken back, and what cannot stand without it.
func (m *merger) undo(j int, because Choice, undone map[int]Choice) {
	if undone[j] != "" {
		return
	}
	undone[j] = because
	c := m.o.changes[j]
	if c.Op != OpAdd {
		return
	}
	for _, k := range m.o.users[c.Element] {
		m.undo(k, because, undone)
	}
	for _, k := range m.o.sets[c.Element] {
		m.undo(k, because, undone)
	}
}

// applied returns the changes of theirs that are made.
func (m *merger) applied() []Change {
	var list []Change
	for i, c := range m.t.changes {
		switch m.state[i] {
		case apply:
			list = append(list, c)
		case swap:
			list = append(list, m.replaced[i]...)
		}
	}
	return list
}

// both joins two texts; nil where both cannot be had.
func (m *merger) both(x *clash, i int) []Change {
	c := m.t.changes[i]
	if x.Kind != EditEdit || c.Op != OpSet || x.Ours == nil || c.After == nil || !joinable(c.Path) {
		return nil
	}
	c.Before, c.After = x.Ours, value(*x.Ours+"\n"+*c.After)
	return []Change{c}
}

// joinable reports whether two values of a field may stand one below the other.
func joinable(path string) bool {
	return strings.HasSuffix(path, "#text") && (strings.Contains(path, "documentation") || path == "text#text")
}

// result describes what was done.
func (m *merger) result(merged *Document) *Result {
	r := &Result{Document: merged, Ours: m.o.changes, Theirs: m.applied()}
	for i := range m.rename {
		m.describe(&m.rename[i])
		r.Conflicts = append(r.Conflicts, m.rename[i])
	}
	for _, x := range m.conflicts {
		m.describe(&x.Conflict)
		x.OurChanges, x.TheirChanges = nil, nil
		slices.Sort(x.o)
		slices.Sort(x.t)
		for _, j := range x.o {
			x.OurChanges = append(x.OurChanges, m.o.changes[j])
		}
		for _, i := range x.t {
			x.TheirChanges = append(x.TheirChanges, m.t.changes[i])
		}
		m.options(x)
		if choice := m.choices[x.ID]; x.Class == Hard && choice != "" {
			x.Chosen = choice
			r.Resolved = append(r.Resolved, x.Conflict)
			continue
		}
		r.Conflicts = append(r.Conflicts, x.Conflict)
	}
	slices.SortStableFunc(r.Conflicts, func(a, b Conflict) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Element, b.Element), cmp.Compare(a.ID, b.ID))
	})
	return r
}

// describe adds type and name of the element as a person knows it.
func (m *merger) describe(c *Conflict) {
	id := c.Element
	if shown := shownBy(id); shown != "" && shown != "root" {
		id = shown
	}
	for _, d := range [...]*Document{m.ours, m.theirs, m.base} {
		if e := d.Element(id); e != nil {
			c.Type, c.Name = e.Local, e.displayName()
			return
		}
	}
}

// displayName is the name of the element, or of the closest one around it that
// has one.
func (e *Element) displayName() string {
	for ; e != nil; e = e.parent {
		if name := e.Attr("name"); name != "" {
			return name
		}
		if e.Model("textAnnotation") {
			if text := e.Child(ModelNamespace, "text"); text != nil {
				return shorten(strings.Join(strings.Fields(text.Text()), " "))
			}
		}
		if isFlowNode(e) {
			return "" // an unnamed node is not its process
		}
	}
	return ""
}

// options says what each choice would do.
func (m *merger) options(x *clash) {
	if x.Options = nil; x.Class == Soft {
		m.softOptions(x)
		return
	}
	name := x.Name
	if name == "" {
		name = x.Element
	}
	say := func(choice Choice, effect string) { x.Options = append(x.Options, Option{choice, effect}) }
	switch x.Kind {
	case EditDelete:
		say(TakeOurs, "leaves "+name+" removed and gives up the edits on it")
		say(TakeTheirs, "brings "+name+" back with the edits on it")
		say(TakeBase, "brings "+name+" back as it was")
	case DeleteEdit:
		say(TakeOurs, "keeps "+name+" with the edits on it")
		say(TakeTheirs, "removes "+name+" and gives up the edits on it")
		say(TakeBase, "keeps "+name+" as it was")
	case Broken:
		say(TakeOurs, "gives up the other edits of "+name)
		if len(x.o) > 0 {
			say(TakeTheirs, "takes the other edits of "+name+" and gives up what ours did to it and to what it refers to")
			say(TakeBase, "gives up both sides' edits of "+name)
		}
	case Ambiguous:
		say(TakeOurs, "gives up the other edits of "+name)
	default:
		say(TakeOurs, "keeps "+show(x.Ours))
		say(TakeTheirs, "takes "+show(x.Theirs))
		say(TakeBase, "goes back to "+show(x.Base))
		if len(x.t) > 0 && m.both(x, x.t[0]) != nil {
			say(TakeBoth, "puts one text below the other")
		}
	}
}
