package bpmn

import (
	"fmt"
	"slices"
	"strings"
)

// A TakeRefusal is why elements cannot be taken back on their own.
type TakeRefusal struct {
	// Findings say what would be broken.
	Findings []Finding
	// Missing are keys of elements of the old version that, taken as well, mend
	// that. It is empty when nothing does.
	Missing []string
}

// Error implements error.
func (r *TakeRefusal) Error() string {
	list := make([]string, len(r.Findings))
	for i, f := range r.Findings {
		list[i] = f.Detail
	}
	return "take back: " + strings.Join(list, "; ")
}

// Take makes the elements that keys name (as in a [Change]: ids, mostly) in head
// what they were in old, together with their drawing. Everything else stays as it
// stands in head.
//
// An element of both gets its own fields, place and drawing back; what lies
// inside of it has keys of its own. Edges end where the shapes are now. An element that only old has comes back with
// all that lay inside and that head lacks, with its boundary events, a pool with
// its process, and with the flows whose other end is there. What nobody sees on the
// drawing but it refers to, such as a message or a data object, comes along. An
// element that only head has goes, with what lies inside and the flows at it. A
// lane that is gone is left out.
//
// Ours of the result is empty, Theirs is what was changed in head, Warnings are
// findings that head did not have. The error is a [TakeRefusal] when something
// else would have to be taken as well or the outcome would not pass the checks.
func Take(head, old *Document, keys []string) (*Result, error) {
	t := newTaker(head, old)
	for _, key := range keys {
		switch {
		case head.Element(key) == nil && old.Element(key) == nil:
			t.refuse(nil, UnresolvedReference, key, "neither version has an element %s", key)
		case head.idx().twice[key] || old.idx().twice[key]:
			t.refuse(nil, DuplicateID, key, "the id %s stands more than once", key)
		default:
			t.take(key)
		}
	}
	t.follow()
	plan := t.plan()
	if len(t.refusal.Findings) > 0 {
		return nil, &t.refusal
	}
	taken, err := t.apply(plan)
	if err != nil {
		return nil, err
	}
	return t.result(taken)
}

// taker selects changes of those that lead from head to old.
type taker struct {
	head, old *Document
	changes   []Change
	of        map[string][]int // by the element that they change
	drawn     map[string][]int // changes of the drawing of an element, by its id
	leave     map[string][]int // changes that stop using a key, by that key
	picked    []bool
	adds      map[string]bool // keys that come back
	removes   map[string]bool // keys that go
	shell     map[string]bool // keys that come back without what lay inside
	queue     []int
	refusal   TakeRefusal
	warnings  []Finding
}

func newTaker(head, old *Document) *taker {
	t := &taker{head: head, old: old, changes: Diff(head, old), of: make(map[string][]int), drawn: make(map[string][]int), leave: make(map[string][]int),
		adds: make(map[string]bool), removes: make(map[string]bool), shell: make(map[string]bool)}
	t.picked = make([]bool, len(t.changes))
	for i, c := range t.changes {
		t.of[c.Element] = append(t.of[c.Element], i)
		if shown := shownBy(c.Element); shown != "" && c.Element != rootPlaneKey && c.Element != "#diagram(root)" {
			t.drawn[shown] = append(t.drawn[shown], i)
		}
		if c.Op != OpAdd {
			for _, key := range c.needs(c.Before, c.Parent) {
				t.leave[key] = append(t.leave[key], i)
			}
		}
	}
	return t
}

// refuse notes what is in the way. Where is an element of the old version that
// the finding points at, or nil.
func (t *taker) refuse(where *Element, code, id, format string, args ...any) {
	f := Finding{Code: code, Severity: SeverityError, Detail: fmt.Sprintf(format, args...)}
	if where != nil {
		f = where.finding(code, SeverityError, "%s", f.Detail)
	}
	f.ElementID = id
	if !slices.Contains(t.refusal.Findings, f) {
		t.refusal.Findings = append(t.refusal.Findings, f)
	}
}

// take selects all changes of an element and of its drawing.
func (t *taker) take(key string) {
	for _, i := range t.of[key] {
		t.pick(i)
	}
	if !isLayoutKey(key) {
		for _, i := range t.drawn[key] {
			t.pick(i)
		}
	}
}

func (t *taker) pick(i int) {
	if t.picked[i] {
		return
	}
	t.picked[i] = true
	t.queue = append(t.queue, i)
	switch c := t.changes[i]; c.Op {
	case OpAdd:
		t.adds[c.Element] = true
	case OpRemove:
		t.removes[c.Element] = true
	}
}

// has reports whether the element will be there.
func (t *taker) has(key string) bool {
	return t.adds[key] || t.head.Element(key) != nil && !t.removes[key]
}

// follow selects what goes with the selected changes until nothing is missing
// that can be had without asking.
func (t *taker) follow() {
	for {
		for len(t.queue) > 0 {
			i := t.queue[0]
			t.queue = t.queue[1:]
			t.along(t.changes[i])
		}
		t.connections()
		t.emptied()
		if len(t.queue) == 0 {
			return
		}
	}
}

// along selects what goes with one change.
func (t *taker) along(c Change) {
	switch {
	case c.Op == OpAdd && !c.Layout() && !t.shell[c.Element]:
		t.inside(t.old, c.Element)
	case c.Op == OpRemove:
		for _, i := range t.leave[c.Element] {
			t.pick(i)
		}
		if !c.Layout() {
			t.inside(t.head, c.Element)
		}
	}
	if c.Op == OpRemove {
		return
	}
	if c.Op == OpAdd && !c.Layout() {
		for _, i := range t.of[rootPlaneKey] {
			if d := t.changes[i]; d.Path == "@bpmnElement" && equal(d.After, &c.Element) {
				t.pick(i)
			}
		}
	}
	for _, key := range c.needs(c.After, c.Parent) {
		if shown := shownBy(key); shown != "" && shown != "root" && !t.has(shown) {
			continue
		}
		if !t.has(key) && t.unseen(key) && !isLaneField(c) {
			if e := t.old.Element(key); !isLayoutKey(key) && e.first != nil && !e.Model("process") {
				t.shell[key] = true
			}
			t.take(key)
		}
	}
}

// inside selects what lies in an element that comes or goes, what sits on its
// border, and the process of a pool.
func (t *taker) inside(d *Document, key string) {
	e := d.Element(key)
	for _, k := range d.idx().entities[slices.Index(d.idx().entities, e)+1:] {
		if !e.contains(k) {
			break
		}
		t.takeMissing(d, d.key(k))
	}
	if e.Model("participant") {
		t.takeMissing(d, e.reference("", e.Attr("processRef"), 0, 0).id)
	}
	if !isFlowNode(e) || e.parent == nil {
		return
	}
	for c := e.parent.first; c != nil; c = c.next {
		if c.Model("boundaryEvent") && c.reference("", c.Attr("attachedToRef"), 0, 0).id == key {
			t.takeMissing(d, c.ID())
		}
	}
}

// takeMissing selects an element of d that the other version lacks, or, when the
// element around it goes, one that was elsewhere in old.
func (t *taker) takeMissing(d *Document, key string) {
	switch {
	case d == t.old && t.head.Element(key) == nil, d == t.head && t.old.Element(key) == nil:
		t.take(key)
	case d == t.head:
		for _, i := range t.of[key] {
			if t.changes[i].Op == OpMove {
				t.pick(i)
			}
		}
	}
}

// unseen reports whether an element of old is nothing that a person could point
// at on the drawing.
func (t *taker) unseen(key string) bool {
	e := t.old.Element(key)
	if e == nil {
		return false
	}
	if strings.HasPrefix(key, "#plane(") || strings.HasPrefix(key, "#diagram(") || strings.HasPrefix(key, "#style(") {
		return true
	}
	return !isLayoutKey(key) && t.old.Element("#di("+key+")") == nil && !isFlowNode(e) && !isConnection(e) && t.poolOf(e) == nil
}

// poolOf returns the pool of a process of old.
func (t *taker) poolOf(e *Element) *Element {
	if !e.Model("process") {
		return nil
	}
	for _, p := range t.old.idx().entities {
		if p.Model("participant") && p.reference("", p.Attr("processRef"), 0, 0).id == e.ID() {
			return p
		}
	}
	return nil
}

// connections selects flows of what comes back, when both of their ends are there.
func (t *taker) connections() {
	for i, c := range t.changes {
		e := t.old.Element(c.Element)
		if c.Op != OpAdd || t.picked[i] || e == nil || !isConnection(e) {
			continue
		}
		a, b := e.reference("", e.Attr("sourceRef"), 0, 0).id, e.reference("", e.Attr("targetRef"), 0, 0).id
		parent, _ := splitAddress(c.Parent)
		if (t.adds[a] || t.adds[b]) && t.has(a) && t.has(b) && t.has(parent) {
			t.take(c.Element)
		}
	}
}

// emptied takes out a collaboration that old did not have once its last pool goes.
func (t *taker) emptied() {
	for _, c := range t.head.Definitions().Collaborations() {
		pools := c.Participants()
		if t.old.Element(c.ID()) != nil || len(pools) == 0 || slices.ContainsFunc(pools, func(p Participant) bool { return !t.removes[p.ID()] }) {
			continue
		}
		t.take(c.ID())
	}
}

// plan returns the selected changes, fitted to head. What they need and cannot
// have is noted.
func (t *taker) plan() []Change {
	var plan []Change
	for i, c := range t.changes {
		if !t.picked[i] {
			continue
		}
		if isLaneField(c) {
			if c = t.withoutLostLanes(c); c.After == nil && t.head.Element(c.Element) == nil {
				continue
			}
		}
		for _, key := range c.needs(c.After, c.Parent) {
			if c.Op != OpRemove && !t.has(key) && t.old.Element(key) != nil {
				t.ask(c, key)
			}
		}
		if c.Op == OpAdd || c.Op == OpMove {
			c.Behind = t.behind(c)
		}
		plan = append(plan, c)
	}
	return plan
}

// ask refuses a change that needs an element which a person has to take as well.
func (t *taker) ask(c Change, key string) {
	if shown := shownBy(key); shown != "" && t.old.Element(shown) != nil {
		key = shown // not its plane
	}
	if c.Layout() && slices.Contains(t.refusal.Missing, key) {
		return // the element itself asked for it
	}
	e, need := t.old.Element(c.Element), t.old.Element(key)
	if pool := t.poolOf(need); pool != nil {
		need, key = pool, pool.ID()
	}
	id := c.Element
	if shown := shownBy(id); shown != "" {
		id = shown
	}
	what := "it refers to"
	parent, _ := splitAddress(c.Parent)
	switch {
	case c.Op == OpMove, c.Op == OpAdd && key == parent, c.Op == OpAdd && t.old.key(need) != parent && need.Model("participant"):
		what = "it lay in"
	case e != nil && isConnection(e):
		what = "it joins"
	case c.Layout():
		what = "it shows"
	}
	t.refuse(e, UnresolvedReference, id, "%s cannot be taken back alone: %s %s %s, which is not there any more", labelOf(e, id), what, need.Local, label(need))
	if !slices.Contains(t.refusal.Missing, key) {
		t.refusal.Missing = append(t.refusal.Missing, key)
	}
}

func labelOf(e *Element, id string) string {
	if e == nil || e.Space != ModelNamespace {
		return id
	}
	return label(e)
}

// withoutLostLanes keeps the lanes that will be there.
func (t *taker) withoutLostLanes(c Change) Change {
	lanes := lanesOf(c.After)
	kept := slices.DeleteFunc(slices.Clone(lanes), func(id string) bool { return !t.has(id) })
	if len(kept) == len(lanes) {
		return c
	}
	for _, id := range lanes {
		if e := t.old.Element(id); e != nil && !t.has(id) {
			t.warnings = append(t.warnings, Finding{Code: UnresolvedReference, Severity: SeverityWarning, ElementID: c.Element,
				Detail: fmt.Sprintf("the lane %s, in which %s was, is not there any more", label(e), c.Element)})
		}
	}
	if len(kept) == 0 {
		c.After = nil
	} else {
		c.After = value(strings.Join(kept, " "))
	}
	return c
}

// behind returns the closest earlier brother of old that will be there.
func (t *taker) behind(c Change) string {
	e := t.old.Element(c.Element)
	if e == nil {
		return ""
	}
	for b := e.prev; b != nil; b = b.prev {
		if key := t.old.key(b); key != "" && t.has(key) {
			return key
		}
	}
	return ""
}
