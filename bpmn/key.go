package bpmn

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Keys name the elements that changes speak of, the same in every version of a
// document:
//
//	Task_1             an element of the model, by its id
//	#definitions       the root
//	#plane(root)       the plane of the main diagram; #plane(Sub_1) that of Sub_1
//	#diagram(root)     the BPMNDiagram around that plane
//	#di(Task_1)        the shape or edge of Task_1; #di(Task_1)@#plane(Sub_1) one
//	                   more of it in another plane
//	#style(Style_1)    a label style
//
// Ids of diagram elements are not keys: tools make them anew at each export.
// An element of the model without an id belongs to the closest one that has one.
const (
	rootKey      = "#definitions"
	rootPlaneKey = "#plane(root)"
)

// index finds elements by key. It is made once per document.
type index struct {
	keys     []string            // by Element.order; "" when the element has no key
	elements map[string]*Element // by key
	entities []*Element          // document order
	twice    map[string]bool     // ids that stand more than once
	lists    map[string]bool     // see group: repeated children without names of their own
	lanes    map[string][]lane   // by node id
	holds    []bool              // by Element.order: keyed elements lie inside
	plain    bool                // no namespace is declared below the root
	prefixes string              // the root's declarations, sorted

	diOnce sync.Once
	diKeys map[string]string // see diKey
}

// lane is one mention of a node in a lane.
type lane struct{ set, lane string }

func (d *Document) idx() *index {
	d.indexOnce.Do(func() { d.index = newIndex(d) })
	return d.index
}

func (d *Document) key(e *Element) string { return d.idx().keys[e.order] }

// Element returns the element that has the key, or nil. A plain id is a key.
func (d *Document) Element(key string) *Element { return d.idx().elements[key] }

func newIndex(d *Document) *index {
	x := &index{
		keys: make([]string, len(d.elements)), elements: make(map[string]*Element, len(d.elements)/2),
		twice: make(map[string]bool), lanes: make(map[string][]lane),
	}
	plain := make([]bool, len(d.elements)) // children of the element may have keys
	var planes, drawn []*Element
	for i := range d.elements {
		e := &d.elements[i]
		switch {
		case e.parent == nil:
			plain[i] = true
			x.put(rootKey, e)
		case e.Space == ModelNamespace && plain[e.parent.order] && e.parent.Space == ModelNamespace:
			plain[i] = e.Local != "extensionElements"
			if id := e.ID(); id != "" {
				if x.elements[id] != nil {
					x.twice[id] = true
				}
				x.put(id, e)
			}
			if e.Local == "flowNodeRef" && e.parent.Local == "lane" && e.parent.ID() != "" {
				node := e.reference("", e.Text(), 0, 0).id
				x.lanes[node] = append(x.lanes[node], lane{laneSetKey(e.parent), e.parent.ID()})
			}
		case e.Space == BPMNDINamespace:
			switch {
			case e.Local == "BPMNPlane" && e.parent.Is(BPMNDINamespace, "BPMNDiagram") && e.parent.parent == &d.elements[0]:
				planes = append(planes, e)
			case (e.Local == "BPMNShape" || e.Local == "BPMNEdge") && e.parent.Is(BPMNDINamespace, "BPMNPlane"):
				drawn = append(drawn, e)
			case e.Local == "BPMNLabelStyle" && e.parent.Is(BPMNDINamespace, "BPMNDiagram"):
				x.put("#style("+e.ID()+")", e)
			}
		}
	}
	x.keyPlanes(planes)
	x.keyDrawn(drawn)
	x.entities = make([]*Element, 0, len(x.elements))
	for i := range d.elements {
		if x.keys[i] != "" {
			x.entities = append(x.entities, &d.elements[i])
		}
	}
	x.holds = make([]bool, len(d.elements))
	for _, e := range x.entities {
		for p := e.parent; p != nil && !x.holds[p.order]; p = p.parent {
			x.holds[p.order] = true
		}
	}
	x.notePrefixes(d)
	x.lists = d.repeated(x)
	return x
}

// notePrefixes remembers whether equal names mean equal things here and in
// another document.
func (x *index) notePrefixes(d *Document) {
	x.plain = !d.scoped
	declared := []string{d.Root().Attr("targetNamespace")}
	for _, a := range d.Root().attrs {
		if a.Space == xmlnsNamespace {
			declared = append(declared, a.prefixDeclared()+"="+a.Value)
		}
	}
	slices.Sort(declared)
	x.prefixes = strings.Join(declared, "\n")
}

func (x *index) put(key string, e *Element) {
	unique := key
	for n := 2; x.elements[unique] != nil; n++ {
		unique = key + "#" + strconv.Itoa(n)
	}
	x.elements[unique] = e
	x.keys[e.order] = unique
}

// laneSetKey names the outermost lane set that a lane belongs to: by its process,
// since tools make ids of lane sets anew, and by its own id where a process has
// several.
func laneSetKey(e *Element) string {
	set := e
	for p := e.parent; p != nil && p.Model("lane", "laneSet", "childLaneSet"); p = p.parent {
		set = p
	}
	if set.parent == nil {
		return set.ID()
	}
	for c := set.parent.first; c != nil; c = c.next {
		if c != set && c.Is(set.Space, set.Local) && set.ID() != "" {
			return set.ID()
		}
	}
	return set.parent.ID()
}

// keyPlanes names planes by what they show, but the main one: adding the first
// pool turns it from a process into a collaboration.
func (x *index) keyPlanes(planes []*Element) {
	main := ""
	isMain := func(plane *Element) (string, bool) {
		shown := plane.reference("", plane.Attr("bpmnElement"), 0, 0).id
		e := x.elements[shown]
		return shown, e == nil || e.parent == nil || e.parent.parent == nil
	}
	// Of several the one of the collaboration, then the first by name: an order
	// that does not depend on the order in the file.
	rank := func(shown string) string {
		if e := x.elements[shown]; e != nil && e.Model("collaboration") {
			return "0" + shown
		}
		return "1" + shown
	}
	first := true
	for _, plane := range planes {
		if shown, root := isMain(plane); root && (first || rank(shown) < rank(main)) {
			main, first = shown, false
		}
	}
	for _, plane := range planes {
		name, root := isMain(plane)
		if root && name == main {
			name, main = "root", "\x00"
		}
		if x.elements["#plane("+name+")"] != nil {
			name += "#" + strconv.Itoa(len(x.elements))
		}
		x.put("#plane("+name+")", plane)
		if x.keys[plane.parent.order] == "" {
			x.put("#diagram("+name+")", plane.parent)
		}
	}
}

// keyDrawn names shapes and edges by what they show. Of several the one in the
// first plane by name gets the plain key, whatever their order in the file.
func (x *index) keyDrawn(drawn []*Element) {
	var byID map[string]*Element // filled when a band asks for it
	shape := func(id string) *Element {
		if byID == nil {
			byID = make(map[string]*Element, len(drawn))
			for _, e := range drawn {
				if e.ID() != "" {
					byID[e.ID()] = e
				}
			}
		}
		return byID[id]
	}
	size := 0
	for _, e := range drawn {
		size += len(e.Attr("bpmnElement")) + len("#di()")
	}
	var keys strings.Builder // one allocation for nearly all keys
	keys.Grow(size)
	more := make(map[string][]*Element) // by key: all of them where there are several
	var several []string
	for _, e := range drawn {
		shown := e.reference("", e.Attr("bpmnElement"), 0, 0).id
		if shown == "" {
			shown = "?" + e.ID()
		}
		if in := e.Attr("choreographyActivityShape"); in != "" {
			if band := shape(in); band != nil && band != e {
				shown += "@" + band.Attr("bpmnElement")
			}
		}
		from := keys.Len()
		keys.WriteString("#di(")
		keys.WriteString(shown)
		keys.WriteByte(')')
		key := keys.String()[from:]
		switch other := x.elements[key]; {
		case other == nil:
			x.elements[key], x.keys[e.order] = e, key
			continue
		case more[key] == nil:
			more[key], several = []*Element{other}, append(several, key)
		}
		more[key] = append(more[key], e)
	}
	for _, key := range several {
		group := more[key]
		delete(x.elements, key)
		slices.SortStableFunc(group, func(a, b *Element) int {
			return strings.Compare(planeOrder(x.keys[a.parent.order]), planeOrder(x.keys[b.parent.order]))
		})
		for n, e := range group {
			unique := key
			if n > 0 {
				unique += "@" + x.keys[e.parent.order]
			}
			x.put(unique, e)
		}
	}
}

// diKey returns the key of a plane, shape or edge by its own id, "" when there
// is none. Few documents refer to those, so the table is made when first asked for.
func (d *Document) diKey(id string) string {
	x := d.idx()
	x.diOnce.Do(func() {
		x.diKeys = make(map[string]string)
		for _, e := range x.entities {
			if id := e.ID(); id != "" && e.Space == BPMNDINamespace && (e.Local == "BPMNPlane" || e.Local == "BPMNShape" || e.Local == "BPMNEdge") {
				x.diKeys[id] = x.keys[e.order]
			}
		}
	})
	return x.diKeys[id]
}

func planeOrder(key string) string {
	if key == rootPlaneKey {
		return ""
	}
	return key
}

// shownBy returns the id that a key of the diagram speaks of, "" for other keys.
func shownBy(key string) string {
	for _, open := range [...]string{"#di(", "#plane(", "#diagram("} {
		if rest, is := strings.CutPrefix(key, open); is {
			id, _, _ := strings.Cut(rest, ")")
			id, _, _ = strings.Cut(id, "@")
			return id
		}
	}
	return ""
}

// isLayoutKey reports whether a key speaks of the diagram, not of the model.
func isLayoutKey(key string) bool {
	return strings.HasPrefix(key, "#") && key != rootKey
}

// owner returns the closest keyed element at or above e, and the path from it
// down to e.
func (x *index) owner(e *Element) (key, path string) {
	for at := e; at != nil; at = at.parent {
		if key = x.keys[at.order]; key != "" {
			return key, path
		}
		path = joinPath(segment(at), path)
	}
	return "", path
}

// address returns where a keyed element hangs: its owner's key, and behind a
// slash the path of the elements without keys between.
func (d *Document) address(e *Element) string {
	if e.parent == nil {
		return ""
	}
	key, path := d.idx().owner(e.parent)
	if path != "" {
		return key + "/" + path
	}
	return key
}

// splitAddress takes an address apart. A key has a slash only inside brackets.
func splitAddress(address string) (key, path string) {
	if end := strings.LastIndexByte(address, ')'); isLayoutKey(address) && !strings.HasPrefix(address, rootKey) && end > 0 {
		key, path, _ = strings.Cut(address[end:], "/")
		return address[:end] + key, path
	}
	key, path, _ = strings.Cut(address, "/")
	return key, path
}
