package bpmn

import "slices"

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
	x := m.byID[id]
	if x == nil {
		x = m.note(id, KeptInUse, m.o.changes[m.o.removes[key]], i, m.closure(m.o, key)...)
		x.keptFor = TakeTheirs
		if m.pick(x, TakeTheirs, TakeOurs, TakeTheirs, TakeBase) != TakeOurs {
			for _, j := range x.o {
				m.extra = append(m.extra, Invert(m.o.changes[j:j+1])...)
			}
		}
	} else if !slices.Contains(x.t, i) {
		x.t = append(x.t, i)
	}
	if x.Chosen != TakeTheirs && m.heldIn[i] == nil {
		m.heldIn[i], m.state[i] = x, hold
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
	m.noteRemoval(m.o, key, m.t.changes[i], i)
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
			m.noteRemoval(m.t, c.Element, m.o.changes[j], i, j)
			continue
		}
		against = append(against, j)
	}
	if j, moved := m.o.moves[c.Element]; moved {
		if layout {
			m.noteRemoval(m.t, c.Element, m.o.changes[j], i, j)
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
			m.keepOurs(i, c)
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

// keepOurs leaves a message, signal or the like that theirs removed, because ours
// uses it.
func (m *merger) keepOurs(i int, c Change) {
	x := m.note(c.Element+"!kept", KeptInUse, c, i)
	x.keptFor = TakeOurs
	for _, j := range m.o.users[c.Element] {
		if !m.o.changes[j].Layout() {
			x.o = append(x.o, j)
		}
	}
	if m.pick(x, TakeOurs, TakeOurs, TakeTheirs, TakeBase) != TakeTheirs {
		m.state[i] = drop
	}
}

func sortedPaths(sets map[string]int) []string {
	names := make(map[string]bool, len(sets))
	for path := range sets {
		names[path] = true
	}
	return sortedKeys(names)
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
		if e := m.base.Element(key); e != nil && e.Model("boundaryEvent") && within(e.Attr("attachedToRef")) {
			inside[key] = true
		}
	}
	for grown := true; grown; { // an association ends at a flow
		grown = false
		for key := range s.removes {
			e := m.base.Element(key)
			if e == nil || inside[key] || !isConnection(e) {
				continue
			}
			a, b := e.reference("", e.Attr("sourceRef"), 0, 0).id, e.reference("", e.Attr("targetRef"), 0, 0).id
			_, goneA := s.removes[a]
			_, goneB := s.removes[b]
			if (within(a) || within(b)) && (!goneA || within(a)) && (!goneB || within(b)) {
				inside[key], grown = true, true
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
