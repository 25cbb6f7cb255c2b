package bpmn

import "strings"

// Lost tells what of stored would vanish if sent replaced it: elements of the
// model by id, shapes and edges by what they show, comments, processing
// instructions, and elements and attributes of vendors. What lies inside of a
// vanished element is not told again. Each finding has the code content_lost and
// the place in stored.
//
// It looks at presence only: a changed value is an edit, not a loss.
func Lost(stored, sent *Document) []Finding {
	l := &loss{stored: stored, have: make(map[content]int), gone: make(map[string]bool)}
	sent.contents(func(c content, _ *Element) bool {
		l.have[c]++
		return true
	})
	stored.contents(l.compare)
	for _, m := range sent.misc {
		l.have[sent.miscContent(m)]++
	}
	for _, m := range stored.misc {
		l.compareMisc(m)
	}
	return l.findings
}

// content names one thing that must not vanish.
type content struct {
	kind         byte   // 'i' id, 'd' drawn, 'e' vendor element, 'a' vendor attribute, 'c' comment or instruction
	owner        string // nearest id, or the text of a comment
	space, local string
}

type loss struct {
	stored   *Document
	have     map[content]int
	gone     map[string]bool // ids of lost elements
	findings []Finding
}

// contents calls yield for everything that Lost compares, parents first. When
// yield returns false the inside of that element is passed over.
func (d *Document) contents(yield func(content, *Element) bool) {
	var skip *Element
	for i := range d.elements {
		e := &d.elements[i]
		if skip != nil && skip.contains(e) {
			continue
		}
		skip = nil
		c, named := e.content()
		if named && !yield(c, e) {
			skip = e
			continue
		}
		for j := range e.attrs {
			a := &e.attrs[j]
			if vendorSpace(a.Space) && !(a.Space == xsiNamespace && a.Local != "type") {
				yield(content{'a', e.nearestID(), a.Space, a.Local}, e)
			}
		}
	}
}

// content says what the element is for Lost. Elements of BPMN without an id are
// part of their owner.
func (e *Element) content() (content, bool) {
	switch {
	case e.Is(BPMNDINamespace, "BPMNShape"), e.Is(BPMNDINamespace, "BPMNEdge"):
		return content{'d', e.nearestID(), e.Space, e.Local}, true
	case e.parent == nil, e.Space == BPMNDINamespace, e.Space == DCNamespace, e.Space == DINamespace:
		return content{}, false // editors name diagrams and planes anew
	case e.Space == ModelNamespace:
		return content{'i', e.ID(), "", ""}, e.ID() != ""
	}
	return content{'e', e.nearestID(), e.Space, e.Local}, true
}

// vendorSpace reports whether an attribute's namespace is neither BPMN's nor
// XML's own.
func vendorSpace(space string) bool {
	switch space {
	case "", xmlNamespace, xmlnsNamespace, ModelNamespace, BPMNDINamespace, DCNamespace, DINamespace:
		return false
	}
	return true
}

func (l *loss) compare(c content, e *Element) bool {
	if l.have[c]--; l.have[c] >= 0 {
		return true
	}
	var f Finding
	switch c.kind {
	case 'i':
		l.gone[c.owner] = true
		f = e.finding(ContentLost, SeverityWarning, "the %s %s", e.Local, label(e))
	case 'd':
		if l.gone[c.owner] {
			return false // the element itself is lost and was told
		}
		f = e.finding(ContentLost, SeverityWarning, "the drawing of %s", c.owner)
	case 'e':
		f = e.finding(ContentLost, SeverityWarning, "the element %s of %s in %s", e.QName(), shorten(e.Space), ownerName(c.owner))
	case 'a':
		f = e.finding(ContentLost, SeverityWarning, "the attribute %s of %s in %s", c.local, shorten(c.space), ownerName(c.owner))
	}
	l.findings = append(l.findings, f)
	return c.kind == 'a'
}

func ownerName(id string) string {
	if id == "" {
		return "the document"
	}
	return id
}

// label names an element for a person.
func label(e *Element) string {
	if name := e.Attr("name"); name != "" {
		return strings.ToValidUTF8(strings.Join(strings.Fields(shorten(name)), " "), "") + " (" + e.ID() + ")"
	}
	return e.ID()
}

func (d *Document) miscContent(m Misc) content {
	return content{kind: 'c', owner: strings.Join(strings.Fields(d.miscText(m)), " ")}
}

func (l *loss) compareMisc(m Misc) {
	c := l.stored.miscContent(m)
	if l.have[c]--; l.have[c] >= 0 {
		return
	}
	what := "the comment"
	if m.Kind == ProcessingInstruction {
		what = "the processing instruction"
	}
	line, column := l.stored.position(int(m.start))
	f := Finding{Code: ContentLost, Severity: SeverityWarning, Detail: what + " " + shorten(c.owner), Line: line, Column: column}
	if m.Parent != nil {
		f.ElementID = m.Parent.nearestID()
	}
	l.findings = append(l.findings, f)
}
