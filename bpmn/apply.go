package bpmn

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Apply makes the changes in d and returns the new document. Their order does
// not matter but for two changes of one field. Before is not compared: who needs
// that compares first (Merge does). A change of an element that d does not have,
// or the addition of one that it has, is an error.
//
// Bytes that no change touches stay as they are. Incoming and outgoing of nodes
// follow the flows, in the style of the document.
func Apply(d *Document, changes []Change) (*Document, error) {
	if len(changes) == 0 {
		return d, nil
	}
	ap := &applier{editor: newEditor(d), adds: make(map[string]*Change), keep: make(map[*Element]bool), flows: make(map[string]bool), keyed: make(map[*Element]bool)}
	var later []Change
	for i := range changes {
		if c := &changes[i]; c.Op == OpAdd {
			ap.adds[c.Element] = c
		}
	}
	for _, c := range changes {
		if c.Op == OpRemove {
			if err := ap.remove(c); err != nil {
				return nil, err
			}
		}
	}
	for _, c := range changes {
		if c.Op != OpSet {
			continue
		}
		if isLaneField(c) || ap.adds[c.Element] != nil {
			later = append(later, c)
		} else if err := ap.set(c); err != nil {
			return nil, err
		}
	}
	for _, c := range changes {
		if c.Op == OpAdd {
			if err := ap.add(c.Element); err != nil {
				return nil, err
			}
		}
	}
	for _, c := range changes {
		if c.Op == OpMove {
			if err := ap.move(c); err != nil {
				return nil, err
			}
		}
	}
	// A node leaves its lanes before it enters others: the sets may share them.
	for _, c := range later {
		if set, is := laneField(c); is {
			ap.leaveLanes(c, set)
		}
	}
	for _, c := range later {
		if err := ap.set(c); err != nil {
			return nil, err
		}
	}
	ap.rewire()
	ap.followFlows()
	return ap.finish()
}

type applier struct {
	*editor
	adds    map[string]*Change // not yet made
	keep    map[*Element]bool  // containers that stay though they are empty
	flows   map[string]bool    // sequence flows whose ends may have changed
	keyed   map[*Element]bool  // elements put in that have a key
	nodes   bool               // flow nodes were put in
	taken   map[string]*Element
	removed map[string]bool
	wires   []wire
}

// wire is a reference to a diagram element, by key until its id is known.
type wire struct {
	e           *Element
	local, want string
}

// applyError is a change that does not fit the document.
type applyError struct{ element, text string }

func (e *applyError) Error() string { return "apply " + e.text }

func unfit(c Change, format string, args ...any) error {
	return &applyError{c.Element, fmt.Sprintf("%s of %s: %s", c.Op, c.Element, fmt.Sprintf(format, args...))}
}

func missing(c Change, key string) error { return unfit(c, "no element %s", key) }

func (ap *applier) remove(c Change) error {
	e := ap.find(c.Element)
	if e == nil || e.parent == nil {
		return missing(c, c.Element)
	}
	if e.Model("sequenceFlow") {
		ap.flows[c.Element] = true
	}
	if ap.removed == nil {
		ap.removed = make(map[string]bool)
	}
	ap.removed[c.Element] = true
	p := ap.parent(e)
	ap.detach(e)
	ap.prune(p)
	return nil
}

// find hides what was removed.
func (ap *applier) find(key string) *Element {
	if ap.removed[key] && ap.elements[key] == nil {
		return nil
	}
	return ap.editor.find(key)
}

// prune takes out containers that hold nothing any more.
func (ap *applier) prune(e *Element) {
	for e != nil && e.parent != nil && !ap.keep[e] && len(ap.children(e)) == 0 {
		p := ap.parent(e)
		if p == nil || ap.isEntity(e) || !container(e) && !ap.madeEmpty(e) || ap.hasNewAttr(e) {
			return
		}
		ap.detach(e)
		e = p
	}
}

// madeEmpty reports whether the element was put in as a mere container.
func (ap *applier) madeEmpty(e *Element) bool { return e.doc != ap.doc && empty(e) }

func (ap *applier) hasNewAttr(e *Element) bool {
	m := ap.mods[e]
	return m != nil && slices.ContainsFunc(m.attrs, func(x attrEdit) bool { return x.value != nil })
}

func (ap *applier) isEntity(e *Element) bool {
	if e.doc == ap.doc {
		return ap.doc.key(e) != ""
	}
	return ap.keyed[e]
}

// add puts in a new element, after the parent and the brother that it needs.
func (ap *applier) add(key string) error {
	c := ap.adds[key]
	if c == nil {
		return nil
	}
	delete(ap.adds, key)
	if ap.find(key) != nil {
		return unfit(*c, "it is there already")
	}
	if c.After == nil {
		return unfit(*c, "no XML")
	}
	// Brothers come in chains as long as the document: no recursion over them.
	var chain []string
	for b := c.Behind; ap.adds[b] != nil && ap.adds[b].Parent == c.Parent; b = ap.adds[b].Behind {
		if chain = append(chain, b); len(chain) > len(ap.adds) {
			break
		}
	}
	for _, b := range slices.Backward(chain) {
		if err := ap.add(b); err != nil {
			return err
		}
	}
	p, err := ap.place(*c, c.Parent)
	if err != nil {
		return err
	}
	list, err := ap.read(*c.After, p)
	if err != nil || len(list) != 1 {
		return unfit(*c, "its XML is not one element: %v", err)
	}
	e := list[0]
	ap.attach(p, e, ap.brother(c.Behind, p))
	ap.elements[key] = e
	ap.keyed[e] = true
	ap.claim(e)
	ap.nodes = ap.nodes || isFlowNode(e)
	if e.Model("sequenceFlow") {
		ap.flows[key] = true
	}
	if e.Space == BPMNDINamespace {
		for i := range e.attrs {
			if a := &e.attrs[i]; a.Space == "" && diReference(a.Local) && strings.HasPrefix(a.Value, "#") {
				ap.wires = append(ap.wires, wire{e, a.Local, a.Value})
			}
		}
	}
	return nil
}

// claim keeps ids unique: a diagram element gives way, since nothing outside of
// the diagram speaks of its id.
func (ap *applier) claim(e *Element) {
	id := e.ID()
	if id == "" || !e.hasBPMNID() {
		return
	}
	if ap.taken == nil {
		ap.taken = make(map[string]*Element, len(ap.doc.elements)/2)
		for i := range ap.doc.elements {
			if o := &ap.doc.elements[i]; o.hasBPMNID() && !ap.removed[ap.doc.key(o)] {
				ap.taken[o.ID()] = o
			}
		}
	}
	other := ap.taken[id]
	if other == nil {
		ap.taken[id] = e
		return
	}
	loser := e
	if e.Space == ModelNamespace {
		loser = other
		ap.taken[id] = e
	}
	fresh := id
	for n := 2; ap.taken[fresh] != nil; n++ {
		fresh = id + "_" + strconv.Itoa(n)
	}
	ap.taken[fresh] = loser
	if loser.Space != ModelNamespace {
		ap.setAttr(loser, "", "id", &fresh)
	}
}

// brother returns the element behind which to insert below p. One that is gone
// or elsewhere is passed over for the one before it.
func (ap *applier) brother(key string, p *Element) *Element {
	if key == "" {
		return nil
	}
	if b := ap.find(key); b != nil && ap.parent(b) == p {
		return b
	}
	if b := ap.doc.idx().elements[key]; b != nil {
		for b = b.prev; b != nil; b = b.prev {
			if ap.parent(b) == p && !ap.removed[ap.doc.key(b)] && ap.doc.key(b) != "" {
				return b
			}
		}
	}
	return nil
}

// place returns the element that an address names; containers on the way are
// made.
func (ap *applier) place(c Change, address string) (*Element, error) {
	key, path := splitAddress(address)
	if ap.adds[key] != nil {
		if err := ap.add(key); err != nil {
			return nil, err
		}
	}
	e := ap.find(key)
	if e == nil {
		return nil, missing(c, key)
	}
	steps, field, ok := splitPath(path)
	if !ok || field != "" {
		return nil, unfit(c, "bad address %q", address)
	}
	return ap.walk(e, steps, true)
}

func (ap *applier) move(c Change) error {
	e := ap.find(c.Element)
	if e == nil || c.After == nil {
		return missing(c, c.Element)
	}
	p, err := ap.place(c, *c.After)
	if err != nil {
		return err
	}
	for q := p; q != nil; q = ap.parent(q) {
		if q == e {
			return unfit(c, "%s lies inside of it", *c.After)
		}
	}
	old := ap.parent(e)
	// Declarations between the old place and the root go with the element.
	for q := e.parent; q != nil && q.parent != nil && q.doc == ap.doc; q = q.parent {
		for i := range q.attrs {
			if a := &q.attrs[i]; a.Space == xmlnsNamespace && !e.declares(a.prefixDeclared()) {
				name := strings.TrimSuffix("xmlns:"+a.prefixDeclared(), ":")
				m := ap.mod(e)
				m.attrs = append(m.attrs, attrEdit{name: name, value: &a.Value})
			}
		}
	}
	ap.detach(e)
	ap.attach(p, e, ap.brother(c.Behind, p))
	ap.prune(old)
	return nil
}

// walk follows steps down from an element; with create missing containers are
// made. It returns nil without an error when the way ends.
func (ap *applier) walk(e *Element, steps []step, create bool) (*Element, error) {
	for _, s := range steps {
		next := ap.step(e, s)
		if next == nil && create {
			list, err := ap.read(ap.containerXML(e, s), e)
			if err != nil {
				return nil, err
			}
			next = list[0]
			ap.attach(e, next, nil)
		}
		if next == nil {
			return nil, nil
		}
		e = next
	}
	return e, nil
}

// step returns the child that a step names, or nil.
func (ap *applier) step(e *Element, s step) *Element {
	count, want := 0, 1
	attr, key, named := "", "", false
	if s.bracketed {
		if attr, key, named = strings.Cut(s.bracket, "="); named {
			key = keyUnescaper.Replace(key)
		} else if n, err := strconv.Atoi(s.bracket); err == nil {
			want = n
		}
	}
	for _, c := range ap.children(e) {
		if !s.is(c) || ap.isKeyed(c) {
			continue
		}
		a, v := naturalKey(c)
		if m := ap.mods[c]; m != nil && m.text != nil && a == "" && v != "" {
			v = *m.text
		}
		if named {
			if a == attr && v == key {
				return c
			}
			continue
		}
		if v != "" {
			continue
		}
		if count++; count == want {
			return c
		}
	}
	return nil
}

// isKeyed reports whether a child has a key of its own and is no part of a path.
func (ap *applier) isKeyed(e *Element) bool {
	if e.doc == ap.doc {
		return ap.doc.key(e) != ""
	}
	return isKeyed(e)
}

// containerXML is an empty element of the name of a step.
func (ap *applier) containerXML(p *Element, s step) string {
	space := s.space
	if space == "" {
		switch {
		case s.local == "BPMNLabel":
			space = BPMNDINamespace
		case p.Space == BPMNDINamespace:
			space = DINamespace
		default:
			space = ModelNamespace
		}
	}
	return `<x:` + s.local + ` xmlns:x="` + escapeAttr(space, '"') + `"/>`
}
