package bpmn

import (
	"slices"
	"strings"
)

// set makes one change of a field.
func (ap *applier) set(c Change) error {
	if isLaneField(c) {
		return ap.enterLanes(c)
	}
	e := ap.find(c.Element)
	if e == nil {
		return missing(c, c.Element)
	}
	steps, field, ok := splitPath(c.Path)
	if !ok || field == "" && len(steps) == 0 {
		return unfit(c, "bad path %q", c.Path)
	}
	if field == "" {
		return ap.setChild(c, e, steps)
	}
	at, err := ap.walk(e, steps, c.After != nil)
	if err != nil || at == nil {
		return err
	}
	switch {
	case field[0] == '@':
		ap.setField(c, at, field[1:])
	case field == "#type":
		return ap.setType(c, at)
	case field == "#text":
		text := ""
		if c.After != nil {
			text = *c.After
		}
		if referenceElement(at) {
			text = ap.rawReference(at, text, at.Text())
		}
		ap.mod(at).text = &text
	case field == "#xml":
		return ap.setInner(c, at)
	case field == "#position":
		ap.setBounds(at, "x", "y", c.After)
	case field == "#size":
		ap.setBounds(at, "width", "height", c.After)
	case field == "#waypoints":
		return ap.setWaypoints(at, c.After)
	default:
		return unfit(c, "unknown field %q", c.Path)
	}
	if c.After == nil && at != e {
		ap.prune(at)
	}
	return nil
}

// setField sets an attribute from its canonical value.
func (ap *applier) setField(c Change, e *Element, name string) {
	space, local := splitAttr(name)
	if c.After == nil {
		ap.setAttr(e, space, local, nil)
		return
	}
	v := *c.After
	switch {
	case space == "" && referenceAttribute(e, local):
		if diReference(local) && strings.HasPrefix(v, "#") {
			ap.wires = append(ap.wires, wire{e, local, v})
			return
		}
		v = ap.rawReference(e, v, e.Attr(local))
		if e.Model("sequenceFlow") && (local == "sourceRef" || local == "targetRef") {
			ap.flows[c.Element] = true
		}
	case space == xsiNamespace && local == "type", space == "" && e.Space == ModelNamespace && typeAttribute(local):
		v = ap.rawName(e, v)
	}
	ap.setAttr(e, space, local, &v)
}

// rawReference writes a canonical reference the way the old value was written.
func (ap *applier) rawReference(e *Element, v, old string) string {
	if strings.HasPrefix(v, "{") {
		return ap.rawName(e, v)
	}
	if r := e.reference("", old, 0, 0); r.prefix != "" && !r.external {
		return r.prefix + ":" + v
	}
	return v
}

// rawName writes {URI}local with a prefix that is bound here.
func (ap *applier) rawName(e *Element, v string) string {
	space, local := splitAttr(v)
	if space == "" {
		return v
	}
	if prefix := ap.prefixFor(e, space, true); prefix != "" {
		return prefix + ":" + local
	}
	return local
}

func (ap *applier) setType(c Change, e *Element) error {
	if c.After == nil {
		return unfit(c, "a type is needed")
	}
	space, local := splitAttr(*c.After)
	if space == "" {
		space = e.Space
	}
	prefix, _, found := strings.Cut(e.QName(), ":")
	if !found {
		prefix = ""
	}
	if space != e.Space {
		prefix = ap.prefixFor(e, space, true)
	}
	if prefix != "" {
		local = prefix + ":" + local
	}
	ap.mod(e).name = local
	// A default that is written out means nothing, and the new type may not even have the attribute.
	for i := range e.attrs {
		a := &e.attrs[i]
		if a.Space == "" && e.canonicalLookup("", a.Local) == nil && illegal(c, Change{Op: OpSet, Path: "@" + a.Local, After: value(a.Value)}) {
			ap.setAttr(e, "", a.Local, nil)
		}
	}
	return nil
}

// setChild puts in, replaces or takes out a child, or a list of children.
func (ap *applier) setChild(c Change, e *Element, steps []step) error {
	last := steps[len(steps)-1]
	at, err := ap.walk(e, steps[:len(steps)-1], c.After != nil)
	if err != nil || at == nil {
		return err
	}
	if last.bracketed && last.bracket == "" {
		return ap.setList(c, at, last)
	}
	old := ap.step(at, last)
	if c.After == nil {
		if old != nil {
			ap.detach(old)
		}
		if at != e {
			ap.prune(at)
		}
		return nil
	}
	list, err := ap.read(*c.After, at)
	if err != nil || len(list) != 1 {
		return unfit(c, "%s: its XML is not one element: %v", c.Path, err)
	}
	if old != nil {
		if empty(list[0]) && container(old) {
			ap.keep[old] = true // it is about to lose what it holds
			return nil
		}
		ap.attach(at, list[0], old)
		ap.detach(old)
		return nil
	}
	ap.keep[list[0]] = true
	ap.attach(at, list[0], nil)
	return nil
}

// setList replaces repeated children, and leaves alone those that stay.
func (ap *applier) setList(c Change, p *Element, s step) error {
	var old []*Element
	for _, k := range ap.children(p) {
		if s.is(k) && !ap.isKeyed(k) {
			old = append(old, k)
		}
	}
	var want []*Element
	if c.After != nil {
		list, err := ap.read(*c.After, p)
		if err != nil {
			return unfit(c, "%s: %v", c.Path, err)
		}
		want = list
	}
	meaning := func(list []*Element) []string {
		out := make([]string, len(list))
		for i, e := range list {
			out[i] = canonicalXML(fragmentOf(e))
		}
		return out
	}
	pairs := commonSubsequence(meaning(old), meaning(want))
	var behind *Element
	i, j := 0, 0
	advance := func(toOld, toNew int) {
		for ; i < toOld; i++ {
			if behind == nil {
				behind = ap.before(p, old[i])
			}
			ap.detach(old[i])
		}
		for ; j < toNew; j++ {
			ap.attach(p, want[j], behind)
			behind = want[j]
		}
	}
	for _, pair := range pairs {
		advance(pair[0], pair[1])
		behind = old[i]
		i, j = i+1, j+1
	}
	advance(len(old), len(want))
	if p != ap.find(c.Element) {
		ap.prune(p)
	}
	return nil
}

func (ap *applier) before(p, e *Element) *Element {
	kids := ap.children(p)
	for i, k := range kids {
		if k == e && i > 0 {
			return kids[i-1]
		}
	}
	return nil
}

// fragmentOf is fragment for an element that may have been put in.
func fragmentOf(e *Element) string { return declarePrefixes(e, e.Source()) }

// setInner replaces everything inside of an element.
func (ap *applier) setInner(c Change, e *Element) error {
	inner := ""
	if c.After != nil {
		text, err := ap.translate(*c.After, e)
		if err != nil {
			return unfit(c, "%s: %v", c.Path, err)
		}
		inner = text
	}
	ap.mod(e).inner = &inner
	return nil
}

// setBounds sets two of the four numbers of a shape or label.
func (ap *applier) setBounds(e *Element, first, second string, v *string) {
	var bounds *Element
	for _, c := range ap.children(e) {
		if c.Is(DCNamespace, "Bounds") {
			bounds = c
			break
		}
	}
	if v == nil {
		if bounds != nil {
			ap.detach(bounds)
		}
		return
	}
	if bounds == nil {
		list, err := ap.read(`<x:Bounds xmlns:x="`+DCNamespace+`"/>`, e)
		if err != nil {
			return
		}
		bounds = list[0]
		ap.attach(e, bounds, nil)
	}
	a, b, _ := strings.Cut(*v, ",")
	ap.setNumber(bounds, first, a)
	ap.setNumber(bounds, second, b)
}

// setNumber leaves a number alone that already means the same.
func (ap *applier) setNumber(e *Element, local, v string) {
	switch old, has := e.Lookup("", local); {
	case v == "":
		ap.setAttr(e, "", local, nil)
	case !has || canonicalNumber(old) != v || ap.mods[e] != nil:
		ap.setAttr(e, "", local, &v)
	}
}

func (ap *applier) setWaypoints(e *Element, v *string) error {
	var points []string
	if v != nil {
		points = strings.Fields(*v)
	}
	var last *Element
	n := 0
	var surplus []*Element
	for _, c := range ap.children(e) {
		if !c.Is(DINamespace, "waypoint") {
			continue
		}
		if n == len(points) {
			surplus = append(surplus, c)
			continue
		}
		x, y, _ := strings.Cut(points[n], ",")
		ap.setNumber(c, "x", x)
		ap.setNumber(c, "y", y)
		last = c
		n++
	}
	for _, c := range surplus {
		ap.detach(c)
	}
	for ; n < len(points); n++ {
		x, y, _ := strings.Cut(points[n], ",")
		list, err := ap.read(`<x:waypoint xmlns:x="`+DINamespace+`" x="`+escapeAttr(x, '"')+`" y="`+escapeAttr(y, '"')+`"/>`, e)
		if err != nil {
			return err
		}
		ap.attach(e, list[0], last)
		last = list[0]
	}
	return nil
}

// laneField returns the lane set that a change of a node's lanes is about.
func laneField(c Change) (set string, is bool) {
	set, is = strings.CutPrefix(c.Path, "#lane(")
	return strings.TrimSuffix(set, ")"), is && c.Op == OpSet
}

func isLaneField(c Change) bool {
	_, is := laneField(c)
	return is
}

func lanesOf(v *string) []string {
	if v == nil {
		return nil
	}
	return strings.Fields(*v)
}

// leaveLanes takes the node out of the lanes of a lane set that it is to leave.
func (ap *applier) leaveLanes(c Change, set string) {
	want := lanesOf(c.After)
	for _, l := range ap.doc.idx().lanes[c.Element] {
		if lane := ap.find(l.lane); l.set == set && lane != nil && !slices.Contains(want, l.lane) {
			ap.dropMember(lane, "flowNodeRef", c.Element)
		}
	}
}

// enterLanes makes the lanes list the node.
func (ap *applier) enterLanes(c Change) error {
	for _, id := range lanesOf(c.After) {
		lane := ap.find(id)
		if lane == nil {
			return missing(c, id)
		}
		ap.putMember(lane, "flowNodeRef", c.Element)
	}
	return nil
}
