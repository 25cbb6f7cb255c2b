package bpmn

import (
	"slices"
	"strconv"
)

// editor collects edits of a document and then writes it once: what no edit
// touched is copied byte by byte.
type editor struct {
	doc  *Document
	mods map[*Element]*mod
	// parents of elements that were put in or moved; the tree itself never changes.
	parents  map[*Element]*Element
	indents  map[*Element]string // of elements that were put in
	elements map[string]*Element // by key, those put in included
	declared map[string]string   // prefix -> namespace at the root, new ones included
	fresh    []string            // prefixes to declare at the root
}

// mod is what changes about one element.
type mod struct {
	name    string // new qualified name
	attrs   []attrEdit
	text    *string // replaces all character data
	inner   *string // replaces everything inside, as XML
	kids    []*Element
	kidsSet bool // kids replaces the children
	below   bool // something inside changes
}

type attrEdit struct {
	attr  *Attr  // nil for a new one
	name  string // of a new one, as written
	value *string
}

func newEditor(d *Document) *editor {
	ed := &editor{doc: d, mods: make(map[*Element]*mod), parents: make(map[*Element]*Element), indents: make(map[*Element]string),
		elements: make(map[string]*Element), declared: make(map[string]string)}
	for i := range d.Root().attrs {
		if a := &d.Root().attrs[i]; a.Space == xmlnsNamespace {
			ed.declared[a.prefixDeclared()] = a.Value
		}
	}
	return ed
}

// find returns the element of a key in the document as edited so far.
func (ed *editor) find(key string) *Element {
	if e := ed.elements[key]; e != nil {
		return e
	}
	return ed.doc.idx().elements[key]
}

func (ed *editor) parent(e *Element) *Element {
	if p, changed := ed.parents[e]; changed {
		return p
	}
	return e.parent
}

// mod returns the edits of an element, and marks what is above it as touched.
func (ed *editor) mod(e *Element) *mod {
	m := ed.mods[e]
	if m == nil {
		m = &mod{}
		ed.mods[e] = m
	}
	for p := ed.parent(e); p != nil; p = ed.parent(p) {
		above := ed.mods[p]
		if above == nil {
			above = &mod{}
			ed.mods[p] = above
		}
		if above.below {
			break
		}
		above.below = true
	}
	return m
}

// children returns the children as edited so far.
func (ed *editor) children(e *Element) []*Element {
	if m := ed.mods[e]; m != nil && m.kidsSet {
		return m.kids
	}
	var kids []*Element
	for c := e.first; c != nil; c = c.next {
		kids = append(kids, c)
	}
	return kids
}

func (ed *editor) setChildren(e *Element, kids []*Element) {
	m := ed.mod(e)
	m.kids, m.kidsSet = kids, true
}

// detach takes an element out of its parent.
func (ed *editor) detach(e *Element) {
	p := ed.parent(e)
	if p == nil {
		return
	}
	kids := ed.children(p)
	if i := slices.Index(kids, e); i >= 0 {
		ed.setChildren(p, slices.Delete(kids, i, i+1))
	}
	ed.parents[e] = nil
}

// attach puts an element into a parent: behind a given child, or where its kind
// belongs.
func (ed *editor) attach(p, e, behind *Element) {
	kids := ed.children(p)
	at := -1
	if behind != nil {
		for at = len(kids) - 1; at >= 0 && kids[at] != behind; at-- {
		}
	}
	if at < 0 {
		rank := childRank(e)
		for i, k := range kids {
			if r := childRank(k); r < rank || r == rank && behind == nil && !isKeyed(e) {
				at = i
			}
		}
	}
	ed.setChildren(p, slices.Insert(kids, at+1, e))
	ed.parents[e] = p
	ed.mod(e)
}

func isKeyed(e *Element) bool { return e.Space == ModelNamespace && e.ID() != "" }

// childRank is the order in which BPMN's schema wants kinds of children.
func childRank(e *Element) int {
	switch e.Local {
	case "extension":
		return 0
	case "documentation", "Bounds", "waypoint", "import":
		return 1
	case "extensionElements", "BPMNLabel":
		return 2
	case "auditing", "monitoring", "categoryValueRef":
		return 3
	case "incoming", "messageFlowAssociation":
		return 4
	case "outgoing":
		return 5
	case "ioSpecification", "supportedInterfaceRef":
		return 6
	case "property", "partitionElement":
		return 7
	case "dataInputAssociation", "flowNodeRef":
		return 8
	case "dataOutputAssociation", "childLaneSet":
		return 9
	case "performer", "humanPerformer", "potentialOwner", "resourceRole":
		return 10
	case "standardLoopCharacteristics", "multiInstanceLoopCharacteristics":
		return 11
	case "laneSet":
		return 12
	case "association", "textAnnotation", "group":
		if e.Space == ModelNamespace {
			return 30
		}
	case "BPMNDiagram":
		return 40
	case "relationship":
		return 41
	}
	return 20
}

// setAttr sets or, with nil, removes an attribute.
func (ed *editor) setAttr(e *Element, space, local string, v *string) {
	m := ed.mod(e)
	for i := range e.attrs {
		if a := &e.attrs[i]; a.Space == space && a.Local == local {
			m.attrs = slices.DeleteFunc(m.attrs, func(x attrEdit) bool { return x.attr == a })
			m.attrs = append(m.attrs, attrEdit{attr: a, value: v})
			return
		}
	}
	name := local
	if space != "" {
		name = ed.prefixFor(e, space, false) + ":" + local
	}
	m.attrs = slices.DeleteFunc(m.attrs, func(x attrEdit) bool { return x.attr == nil && x.name == name })
	if v != nil {
		m.attrs = append(m.attrs, attrEdit{name: name, value: v})
	}
}

// attr returns an attribute as edited so far.
func (ed *editor) attr(e *Element, local string) string {
	if m := ed.mods[e]; m != nil {
		for _, x := range m.attrs {
			if x.attr != nil && x.attr.Space == "" && x.attr.Local == local || x.attr == nil && x.name == local {
				if x.value == nil {
					return ""
				}
				return *x.value
			}
		}
	}
	return e.Attr(local)
}

// prefixFor returns a prefix that is bound to the namespace at e, declaring one
// at the root when there is none. Attributes cannot use the default namespace.
func (ed *editor) prefixFor(e *Element, space string, element bool) string {
	if space == xmlNamespace {
		return "xml"
	}
	best, found := "", false
	for prefix, bound := range ed.declared {
		if bound != space || prefix == "" && !element || ed.shadowed(e, prefix, space) {
			continue
		}
		// The same choice every time: the shortest, then the first by name; for
		// elements the prefix that the root itself has.
		if !found || len(prefix) < len(best) || len(prefix) == len(best) && prefix < best {
			best, found = prefix, true
		}
	}
	if found {
		return best
	}
	return ed.declare(usualPrefix(space), space)
}

// shadowed reports whether something between e and the root binds the prefix
// to another namespace.
func (ed *editor) shadowed(e *Element, prefix, space string) bool {
	for ; e != nil; e = ed.parent(e) {
		for i := range e.attrs {
			if a := &e.attrs[i]; a.Space == xmlnsNamespace && a.prefixDeclared() == prefix {
				return a.Value != space
			}
		}
	}
	return false
}

// declare binds a prefix at the root; one that is taken gets a number.
func (ed *editor) declare(prefix, space string) string {
	name := prefix
	for n := 1; ; n++ {
		if bound, taken := ed.declared[name]; (!taken || bound == space) && name != "" {
			break
		}
		name = prefix + strconv.Itoa(n)
	}
	if _, known := ed.declared[name]; !known {
		ed.declared[name] = space
		ed.fresh = append(ed.fresh, name)
		ed.mod(ed.doc.Root())
	}
	return name
}

// usualPrefix is the prefix that tools give a namespace.
func usualPrefix(space string) string {
	switch space {
	case ModelNamespace:
		return "bpmn"
	case BPMNDINamespace:
		return "bpmndi"
	case DCNamespace:
		return "dc"
	case DINamespace:
		return "di"
	case xsiNamespace:
		return "xsi"
	case "http://www.w3.org/2001/XMLSchema":
		return "xsd"
	case "http://camunda.org/schema/1.0/bpmn":
		return "camunda"
	case "http://camunda.org/schema/zeebe/1.0":
		return "zeebe"
	case "http://bpmn.io/schema/bpmn/biocolor/1.0":
		return "bioc"
	case "http://www.omg.org/spec/BPMN/non-normative/color/1.0":
		return "color"
	}
	return "ns"
}
