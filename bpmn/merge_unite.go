package bpmn

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

func (m *merger) add(i int, c Change) {
	if j, both := m.o.adds[c.Element]; both {
		m.addTwice(i, j, c)
		return
	}
	if key, _ := splitAddress(c.Parent); c.Layout() {
		if d, moved := m.redirect(c, key); moved {
			x := m.note(c.Element+"!plane", LayoutMerged, c, i)
			x.moved = true
			offered := []Choice{TakeBoth}
			if m.ours.Element(key) != nil {
				offered = append(offered, TakeTheirs)
			}
			if m.pick(x, TakeBoth, offered...) == TakeBoth {
				m.state[i], m.replaced[i] = swap, []Change{d}
			}
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
			x.Base, x.Ours, x.Theirs = nil, d.Before, d.After
			if m.pickNew(x) == TakeTheirs {
				instead = append(instead, d)
			}
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

// pickNew decides about a field of what both sides drew new: base has nothing to
// go back to.
func (m *merger) pickNew(x *clash) Choice {
	x.Chosen, x.offered = TakeOurs, []Choice{TakeOurs, TakeTheirs}
	if m.choices[x.ID] == TakeTheirs {
		x.Chosen, m.overruled[x.ID] = TakeTheirs, true
	}
	return x.Chosen
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
