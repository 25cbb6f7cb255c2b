package bpmn

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Diff returns the changes that lead from a to b: sets, moves and adds in the
// order of b, then removes in the order of a. It is empty when the two mean the
// same: the order of siblings and attributes, prefixes, white space between
// elements, written-out defaults, ids of diagram elements, incoming and outgoing,
// comments and processing instructions are silent.
func Diff(a, b *Document) []Change {
	return diffWith(a, b, mergeLists(a, b))
}

// mergeLists unites what the documents know about repeated elements, so that
// all of them are read the same way.
func mergeLists(docs ...*Document) map[string]bool {
	lists := make(map[string]bool)
	for _, d := range docs {
		for group, holds := range d.idx().lists {
			lists[group] = lists[group] || holds
		}
	}
	return lists
}

func diffWith(a, b *Document, lists map[string]bool) []Change {
	x := &differ{a: a.idx(), b: b.idx(), lists: lists}
	for _, eb := range x.b.entities {
		key := x.b.keys[eb.order]
		x.key = key
		ea := x.a.elements[key]
		if ea == nil {
			x.changes = append(x.changes, Change{Op: OpAdd, Element: key, Parent: b.address(eb), Behind: b.behind(eb), After: value(fragment(eb))})
			continue
		}
		if ea.Local != eb.Local || ea.Space != eb.Space {
			x.set("#type", value(nodeName(ea)), value(nodeName(eb)))
		}
		if from, to := a.address(ea), b.address(eb); from != to {
			x.changes = append(x.changes, Change{Op: OpMove, Element: key, Behind: b.behind(eb), Before: value(from), After: value(to)})
		}
		if !sameSource(ea, eb) {
			x.elements("", ea, eb)
		}
	}
	x.laneChanges()
	for _, ea := range x.a.entities {
		if key := x.a.keys[ea.order]; x.b.elements[key] == nil {
			x.changes = append(x.changes, Change{Op: OpRemove, Element: key, Parent: a.address(ea), Behind: a.behind(ea), Before: value(fragment(ea))})
		}
	}
	return x.changes
}

// behind returns the key of the closest earlier brother that has one.
func (d *Document) behind(e *Element) string {
	for b := e.prev; b != nil; b = b.prev {
		if key := d.key(b); key != "" {
			return key
		}
	}
	return ""
}

// sameSource is a short cut for the many elements that nobody touched: equal
// bytes mean the same where the prefixes mean the same.
func sameSource(a, b *Element) bool {
	x, y := a.doc.idx(), b.doc.idx()
	return !x.holds[a.order] && !y.holds[b.order] && x.plain && y.plain && x.prefixes == y.prefixes && a.Source() == b.Source()
}

type differ struct {
	a, b    *index
	lists   map[string]bool
	key     string
	changes []Change
}

func (x *differ) set(path string, before, after *string) {
	x.changes = append(x.changes, Change{Op: OpSet, Element: x.key, Path: path, Before: before, After: after})
}

func (x *differ) setIf(path string, before, after *string) {
	if !equal(before, after) {
		x.set(path, before, after)
	}
}

// elements compares two elements of one name; either may be nil, which for a
// mere container means the same as empty.
func (x *differ) elements(path string, a, b *Element) {
	x.attributes(path, a, b)
	aMixed, bMixed := mixed(a), mixed(b)
	if aMixed || bMixed {
		if av, bv := innerXML(a), innerXML(b); !sameValue(wrap(av), wrap(bv)) {
			x.set(joinPath(path, "#xml"), av, bv)
		}
		return
	}
	x.fields(path, a, b)
	if ta, tb := leafText(a), leafText(b); !equal(ta, tb) {
		x.set(joinPath(path, "#text"), ta, tb)
	}
	x.children(path, a, b)
}

// mixed reports whether the element has text around its children; its inside
// is then one value.
func mixed(e *Element) bool {
	if e == nil || !e.text || e.first == nil {
		return false
	}
	return !e.doc.idx().holds[e.order]
}

func leafText(e *Element) *string {
	if e == nil || !e.text || e.first != nil {
		return nil
	}
	if referenceElement(e) {
		return value(e.canonicalReference("", e.Text()))
	}
	return value(e.Text())
}

func (x *differ) attributes(path string, a, b *Element) {
	if a != nil {
		for i := range a.attrs {
			at := &a.attrs[i]
			if at.Space == xmlnsNamespace || silentAttr(a, at, path) {
				continue
			}
			before := canonicalAttr(a, at)
			var after *string
			if b != nil {
				after = b.canonicalLookup(at.Space, at.Local)
			}
			x.setIf(joinPath(path, "@"+attrName(at.Space, at.Local)), before, after)
		}
	}
	if b != nil {
		for i := range b.attrs {
			at := &b.attrs[i]
			if at.Space == xmlnsNamespace || silentAttr(b, at, path) {
				continue
			}
			if a != nil {
				if _, has := a.Lookup(at.Space, at.Local); has {
					continue
				}
			}
			x.setIf(joinPath(path, "@"+attrName(at.Space, at.Local)), nil, canonicalAttr(b, at))
		}
	}
}

// fields compares what diagrams and lanes keep in derived children.
func (x *differ) fields(path string, a, b *Element) {
	ap, as := bounds(a)
	bp, bs := bounds(b)
	x.setIf(joinPath(path, "#position"), ap, bp)
	x.setIf(joinPath(path, "#size"), as, bs)
	x.setIf(joinPath(path, "#waypoints"), waypoints(a), waypoints(b))
}

// bounds returns the canonical position and size of a shape or label.
func bounds(e *Element) (position, size *string) {
	if e == nil {
		return nil, nil
	}
	bounds := e.Child(DCNamespace, "Bounds")
	if bounds == nil {
		return nil, nil
	}
	return value(pair(bounds.Attr("x"), bounds.Attr("y"))), value(pair(bounds.Attr("width"), bounds.Attr("height")))
}

func pair(a, b string) string { return canonicalNumber(a) + "," + canonicalNumber(b) }

func canonicalNumber(s string) string {
	number, code := parseNumber(s)
	if code != "" && code != DIOutOfRange {
		return strings.TrimSpace(s)
	}
	if number == 0 {
		number = 0 // no negative zero
	}
	return formatFloat(number)
}

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func waypoints(e *Element) *string {
	if e == nil {
		return nil
	}
	var b strings.Builder
	for p := e.first; p != nil; p = p.next {
		if p.Is(DINamespace, "waypoint") {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(pair(p.Attr("x"), p.Attr("y")))
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return value(b.String())
}

// group is what two elements have of one child name.
type group struct {
	name string
	a, b []*Element
}

// children compares the children without keys.
func (x *differ) children(path string, a, b *Element) {
	var groups []group
	collect := func(e *Element, keys []string, second bool) {
		if e == nil {
			return
		}
	next:
		for c := e.first; c != nil; c = c.next {
			if keys[c.order] != "" || derived(c) {
				continue
			}
			name := nodeName(c)
			for i := range groups {
				if groups[i].name == name {
					if second {
						groups[i].b = append(groups[i].b, c)
					} else {
						groups[i].a = append(groups[i].a, c)
					}
					continue next
				}
			}
			g := group{name: name}
			if second {
				g.b = []*Element{c}
			} else {
				g.a = []*Element{c}
			}
			groups = append(groups, g)
		}
	}
	collect(a, x.a.keys, false)
	collect(b, x.b.keys, true)
	for _, g := range groups {
		x.group(joinPath(path, g.name), g)
	}
}

func (x *differ) group(path string, g group) {
	holds, list := x.lists[x.key+"\x00"+path]
	switch {
	case list && !holds:
		before, after := listValue(g.a), listValue(g.b)
		if !sameValue(wrap(before), wrap(after)) {
			x.set(path+"[]", before, after)
		}
	case list:
		for i := range max(len(g.a), len(g.b)) {
			var a, b *Element
			if i < len(g.a) {
				a = g.a[i]
			}
			if i < len(g.b) {
				b = g.b[i]
			}
			at := path
			if i > 0 {
				at += "[" + strconv.Itoa(i+1) + "]"
			}
			x.child(at, a, b)
		}
	default:
		at := func(e *Element) string {
			attr, value := naturalKey(e)
			if value == "" {
				return path
			}
			return path + "[" + attr + "=" + escapeKey(value) + "]"
		}
		byPath := make(map[string]*Element, len(g.b))
		for _, b := range g.b {
			byPath[at(b)] = b
		}
		for _, a := range g.a {
			p := at(a)
			x.child(p, a, byPath[p])
			delete(byPath, p)
		}
		for _, b := range g.b {
			if p := at(b); byPath[p] != nil {
				x.child(p, nil, b)
			}
		}
	}
}

// child compares a child that may be missing on one side. A container that only
// holds others is compared by what it holds.
func (x *differ) child(path string, a, b *Element) {
	switch {
	case a != nil && b != nil:
		if container(a) && empty(b) && !vanishes(b) {
			x.elements(path, a, nil)
			x.set(path, nil, value(fragment(b)))
			return
		}
		if empty(a) && !vanishes(a) && container(b) {
			x.elements(path, nil, b)
			return
		}
		x.elements(path, a, b)
	case a == nil && container(b), b == nil && container(a):
		x.elements(path, a, b)
	case a == nil && vanishes(b), b == nil && vanishes(a):
	case a == nil:
		x.set(path, nil, value(fragment(b)))
	default:
		x.set(path, value(fragment(a)), nil)
	}
}

// container reports whether the element only holds other elements.
func container(e *Element) bool {
	if e.first == nil || mixed(e) {
		return false
	}
	for i := range e.attrs {
		if e.attrs[i].Space != xmlnsNamespace && !silentAttr(e, &e.attrs[i], "x") {
			return false
		}
	}
	_, value := naturalKey(e)
	return value == ""
}

// empty reports whether the element is nothing but its name.
func empty(e *Element) bool {
	if e.first != nil || e.text {
		return false
	}
	for i := range e.attrs {
		if e.attrs[i].Space != xmlnsNamespace && !silentAttr(e, &e.attrs[i], "x") {
			return false
		}
	}
	return true
}

// vanishes reports whether the element means nothing while it is empty.
func vanishes(e *Element) bool {
	return empty(e) && (e.Model("extensionElements") || e.Is(BPMNDINamespace, "BPMNLabel") || e.Model("laneSet", "childLaneSet"))
}

// laneChanges compares which lanes list which nodes.
func (x *differ) laneChanges() {
	nodes := make([]string, 0, len(x.a.lanes))
	for _, d := range [...]*index{x.a, x.b} {
		for _, e := range d.entities {
			if key := d.keys[e.order]; len(d.lanes[key]) > 0 {
				nodes = append(nodes, key)
			}
		}
	}
	rest := make(map[string]bool)
	for node := range x.a.lanes {
		rest[node] = true
	}
	for node := range x.b.lanes {
		rest[node] = true
	}
	for _, node := range append(nodes, sortedKeys(rest)...) {
		if !rest[node] {
			continue
		}
		delete(rest, node)
		before, after := laneFields(x.a.lanes[node]), laneFields(x.b.lanes[node])
		x.key = node
		sets := make(map[string]bool)
		for set := range before {
			sets[set] = true
		}
		for set := range after {
			sets[set] = true
		}
		for _, set := range sortedKeys(sets) {
			var was, is *string
			if lanes, has := before[set]; has {
				was = value(strings.Join(lanes, " "))
			}
			if lanes, has := after[set]; has {
				is = value(strings.Join(lanes, " "))
			}
			x.setIf("#lane("+set+")", was, is)
		}
	}
}

func laneFields(lanes []lane) map[string][]string {
	fields := make(map[string][]string)
	for _, l := range lanes {
		fields[l.set] = append(fields[l.set], l.lane)
	}
	for set, names := range fields {
		slices.Sort(names)
		fields[set] = slices.Compact(names)
	}
	return fields
}

func sortedKeys(m map[string]bool) []string {
	return slices.Sorted(maps.Keys(m))
}
