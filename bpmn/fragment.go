package bpmn

import (
	"fmt"
	"strings"
)

// read parses XML that stands alone and makes it fit below p: its names get the
// prefixes that the document uses, new namespaces are declared at the root.
func (ed *editor) read(xml string, p *Element) ([]*Element, error) {
	text, err := ed.translate(xml, p)
	if err != nil {
		return nil, err
	}
	d, refusal := parseIn(decoded{text: "<_>" + text + "</_>"}, ed.declared, nil)
	if refusal != nil {
		return nil, fmt.Errorf("read XML: %w", refusal)
	}
	var list []*Element
	for c := d.Root().first; c != nil; c = c.next {
		list = append(list, c)
		ed.parents[c] = nil
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("read XML: no element in %q", shorten(xml))
	}
	return list, nil
}

// translate rewrites the names in XML that stands alone to the prefixes that are
// bound at p.
func (ed *editor) translate(xml string, p *Element) (string, error) {
	const wrapper = "<_>"
	f, refusal := parse(decoded{text: wrapper + xml + "</_>"})
	if refusal != nil {
		return "", fmt.Errorf("read XML: %w", refusal)
	}
	bare := false // an element without a namespace forbids the default one around it
	for i := 1; i < len(f.elements); i++ {
		bare = bare || f.elements[i].Space == ""
	}
	names := make(map[string]string) // namespace -> prefix for elements
	prefix := func(space string, element bool) string {
		element = element && !bare
		key := space
		if !element {
			key = "@" + space
		}
		known, has := names[key]
		if !has {
			known = ed.prefixFor(p, space, element)
			names[key] = known
		}
		return known
	}
	qualified := func(space, local string, element bool) string {
		if space == "" {
			return local
		}
		if p := prefix(space, element); p != "" {
			return p + ":" + local
		}
		return local
	}
	var edits []splice
	for i := 1; i < len(f.elements); i++ {
		e := &f.elements[i]
		name := qualified(e.Space, e.Local, true)
		opening := name
		if e.Space == "" && ed.declared[""] != "" && (e.parent.Space != "" || e.parent == f.Root()) {
			opening += ` xmlns=""`
		}
		if opening != e.QName() {
			edits = append(edits, splice{int(e.start) + 1, int(e.start) + 1 + int(e.nameLen), opening})
		}
		if name != e.QName() && e.close != e.end {
			edits = append(edits, splice{int(e.close) + 2, int(e.close) + 2 + int(e.nameLen), name})
		}
		for j := range e.attrs {
			a := &e.attrs[j]
			start, value, valueEnd := e.written(a)
			if a.Space == xmlnsNamespace {
				from := start
				for isSpace(f.text[from-1]) {
					from--
				}
				edits = append(edits, splice{from, valueEnd + 1, ""})
				continue
			}
			if a.Space != "" && a.Space != xmlNamespace {
				end := start + strings.IndexAny(f.text[start:value], "= \t\r\n")
				edits = append(edits, splice{start, end, qualified(a.Space, a.Local, false)})
			}
			if strings.Contains(a.Value, ":") && qualifiedValue(e, a) {
				if v, changed := ed.requalify(e, a.Value, referenceAttribute(e, a.Local), qualified); changed {
					edits = append(edits, splice{value, valueEnd, escapeAttr(v, e.quote(a))})
				}
			} else if a.Space == xsiNamespace && a.Local == "type" {
				if v, changed := ed.requalify(e, ":"+a.Value, false, qualified); changed {
					edits = append(edits, splice{value, valueEnd, escapeAttr(v, e.quote(a))})
				}
			}
		}
		if e.first == nil && e.text && referenceElement(e) {
			if v, changed := ed.requalify(e, e.Text(), true, qualified); changed {
				edits = append(edits, splice{int(e.open), int(e.close), escapeText(v)})
			}
		}
	}
	text := applySplices(f.text, edits)
	return text[len(wrapper) : len(text)-len("</_>")], nil
}

// requalify rewrites a qualified name. A reference to an element of the own file
// loses its prefix, which may mean something else here.
func (ed *editor) requalify(e *Element, v string, reference bool, qualified func(space, local string, element bool) string) (string, bool) {
	prefix, local, found := strings.Cut(strings.TrimSpace(v), ":")
	if !found {
		return v, false
	}
	space, bound := e.namespace(prefix)
	if !bound || space == "" {
		return v, false
	}
	if reference && !ed.doc.imports(space) {
		return local, true
	}
	return qualified(space, local, true), true
}

// commonSubsequence returns pairs of places, ascending in both, at which a and b
// are equal. It is the longest such list, except for very long inputs, where it
// is the one that a search by common head and tail finds.
func commonSubsequence(a, b []string) [][2]int {
	var pairs [][2]int
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		pairs = append(pairs, [2]int{head, head})
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	n, m := len(a)-head-tail, len(b)-head-tail
	const limit = 4 << 20
	if n > 0 && m > 0 && n*m <= limit {
		// lengths[i][j] is the longest for the rests from i and j.
		lengths := make([]int32, (n+1)*(m+1))
		for i := n - 1; i >= 0; i-- {
			for j := m - 1; j >= 0; j-- {
				at := i*(m+1) + j
				if a[head+i] == b[head+j] {
					lengths[at] = lengths[at+m+2] + 1
				} else {
					lengths[at] = max(lengths[at+m+1], lengths[at+1])
				}
			}
		}
		for i, j := 0, 0; i < n && j < m; {
			switch {
			case a[head+i] == b[head+j]:
				pairs = append(pairs, [2]int{head + i, head + j})
				i, j = i+1, j+1
			case lengths[(i+1)*(m+1)+j] >= lengths[i*(m+1)+j+1]:
				i++
			default:
				j++
			}
		}
	}
	for k := tail; k > 0; k-- {
		pairs = append(pairs, [2]int{len(a) - k, len(b) - k})
	}
	return pairs
}
