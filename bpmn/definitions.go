package bpmn

import "iter"

// The typed view: what a program wants to know of a document, read from the tree
// at each call. A view holds an element and nothing else, so it cannot drift.

// Definitions is the root of a document.
type Definitions struct{ *Element }

// Definitions returns the root as such.
func (d *Document) Definitions() Definitions { return Definitions{d.Root()} }

// Processes returns the processes in document order.
func (d Definitions) Processes() []Process {
	return childrenAs(d.Element, func(e *Element) (Process, bool) { return Process{Scope{e}}, e.Model("process") })
}

// Collaborations returns the collaborations in document order.
func (d Definitions) Collaborations() []Collaboration {
	return childrenAs(d.Element, func(e *Element) (Collaboration, bool) { return Collaboration{e}, e.Model("collaboration") })
}

// Planes returns the planes of all diagrams in document order.
func (d Definitions) Planes() []Plane {
	var planes []Plane
	for diagram := range children(d.Element) {
		if diagram.Is(BPMNDINamespace, "BPMNDiagram") {
			planes = append(planes, childrenAs(diagram, func(e *Element) (Plane, bool) { return Plane{e}, e.Is(BPMNDINamespace, "BPMNPlane") })...)
		}
	}
	return planes
}

// Collaboration holds participants and what passes between them.
type Collaboration struct{ *Element }

// Participants returns the pools.
func (c Collaboration) Participants() []Participant {
	return childrenAs(c.Element, func(e *Element) (Participant, bool) { return Participant{e}, e.Model("participant") })
}

// MessageFlows returns the message flows.
func (c Collaboration) MessageFlows() []Flow {
	return childrenAs(c.Element, func(e *Element) (Flow, bool) { return Flow{e}, e.Model("messageFlow") })
}

// Participant is a pool.
type Participant struct{ *Element }

// Process returns the process of the pool; false for a closed one.
func (p Participant) Process() (Process, bool) {
	e := p.Ref("processRef")
	return Process{Scope{e}}, e != nil && e.Model("process")
}

// Ref returns the element that an attribute names, or nil.
func (e *Element) Ref(attr string) *Element {
	id := e.reference(attr, e.Attr(attr), 0, 0)
	if id.id == "" || id.external {
		return nil
	}
	return e.doc.Element(id.id)
}

// Children returns the child elements in document order.
func (e *Element) Children() iter.Seq[*Element] { return children(e) }

func children(e *Element) iter.Seq[*Element] {
	return func(yield func(*Element) bool) {
		for c := e.first; c != nil; c = c.next {
			if !yield(c) {
				return
			}
		}
	}
}

func childrenAs[T any](e *Element, as func(*Element) (T, bool)) []T {
	var list []T
	if e == nil {
		return nil
	}
	for c := e.first; c != nil; c = c.next {
		if v, is := as(c); is {
			list = append(list, v)
		}
	}
	return list
}
