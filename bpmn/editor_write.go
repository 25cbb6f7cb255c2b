package bpmn

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// write returns the edited document.
func (ed *editor) write() string {
	d := ed.doc
	var b bytes.Buffer
	b.Grow(len(d.text) + len(d.text)/16)
	root := d.Root()
	b.WriteString(d.text[:root.start])
	ed.element(&b, root)
	b.WriteString(d.text[root.end:])
	return b.String()
}

func (ed *editor) element(b *bytes.Buffer, e *Element) {
	m := ed.mods[e]
	if m == nil {
		b.WriteString(e.Source())
		return
	}
	end := ed.startTag(b, e, m)
	within := m.kidsSet || m.below || m.text != nil || m.inner != nil
	if !within {
		b.WriteString(end)
		b.WriteString(e.doc.text[e.open:e.close])
		ed.endTag(b, e, m)
		return
	}
	selfClosed := e.open == e.end
	before := b.Len()
	if selfClosed {
		b.WriteString(strings.TrimRight(strings.TrimSuffix(end, "/>"), " \t\r\n") + ">")
	} else {
		b.WriteString(end)
	}
	inside := b.Len()
	ed.inside(b, e, m, selfClosed)
	switch {
	case len(bytes.TrimSpace(b.Bytes()[inside:])) == 0:
		b.Truncate(before)
		if !selfClosed {
			end = strings.TrimSuffix(end, ">") + "/>"
		}
		b.WriteString(end)
	case selfClosed:
		b.WriteString("</" + ed.name(e, m) + ">")
	default:
		ed.endTag(b, e, m)
	}
}

func (ed *editor) name(e *Element, m *mod) string {
	if m.name != "" {
		return m.name
	}
	return e.QName()
}

func (ed *editor) endTag(b *bytes.Buffer, e *Element, m *mod) {
	if e.close == e.end {
		return
	}
	tag := e.doc.text[e.close:e.end]
	if m.name != "" {
		tag = "</" + m.name + tag[2+e.nameLen:]
	}
	b.WriteString(tag)
}

// startTag writes the start tag with edited attributes and returns its end,
// which depends on what follows.
func (ed *editor) startTag(b *bytes.Buffer, e *Element, m *mod) string {
	text := e.doc.text
	b.WriteByte('<')
	b.WriteString(ed.name(e, m))
	at := e.start + 1 + e.nameLen
	edits := slices.Clone(m.attrs)
	slices.SortStableFunc(edits, func(x, y attrEdit) int { return x.place() - y.place() })
	end := at // behind the last attribute
	if n := len(e.attrs); n > 0 {
		end = e.start + e.attrs[n-1].valueTo + 1
	}
	for _, x := range edits {
		if x.attr == nil {
			continue
		}
		name, value, valueEnd := e.written(x.attr)
		if x.value != nil {
			b.WriteString(text[at:value])
			b.WriteString(escapeAttr(*x.value, e.quote(x.attr)))
			at = int32(valueEnd)
			continue
		}
		from := int32(name)
		for from > at && isSpace(text[from-1]) {
			from--
		}
		b.WriteString(text[at:from])
		at = int32(valueEnd) + 1
	}
	b.WriteString(text[at:end])
	for _, x := range edits {
		if x.attr == nil {
			b.WriteString(" " + x.name + `="` + escapeAttr(*x.value, '"') + `"`)
		}
	}
	if e == ed.doc.Root() {
		for _, prefix := range ed.fresh {
			b.WriteString(" xmlns:" + prefix + `="` + escapeAttr(ed.declared[prefix], '"') + `"`)
		}
	}
	return text[end:e.open]
}

func (x attrEdit) place() int {
	if x.attr == nil {
		return 1 << 30
	}
	return int(x.attr.nameAt)
}

// inside writes what is between the tags.
func (ed *editor) inside(b *bytes.Buffer, e *Element, m *mod, selfClosed bool) {
	text := e.doc.text
	switch {
	case m.inner != nil:
		b.WriteString(*m.inner)
		return
	case m.text != nil:
		ed.characters(b, e, *m.text)
		return
	case !m.kidsSet:
		at := e.open
		for c := e.first; c != nil; c = c.next {
			b.WriteString(text[at:c.start])
			ed.element(b, c)
			at = c.end
		}
		b.WriteString(text[at:e.close])
		return
	}
	indent := ed.childIndent(e)
	put := func(c *Element) {
		b.WriteString(indent)
		ed.indents[c] = indent
		ed.element(b, c)
	}
	kids, at := m.kids, e.open
	for c := e.first; c != nil; c = c.next {
		gap := text[at:c.start]
		at = c.end
		if !slices.Contains(kids, c) {
			b.WriteString(strings.TrimRight(gap, " \t\r\n"))
			continue
		}
		for kids[0] != c {
			put(kids[0])
			kids = kids[1:]
		}
		b.WriteString(gap)
		ed.element(b, c)
		kids = kids[1:]
	}
	for _, c := range kids {
		put(c)
	}
	tail := text[at:e.close]
	if selfClosed || tail == "" && strings.Contains(indent, "\n") && e.first == nil {
		tail = ed.ownIndent(e)
	}
	b.WriteString(tail)
}

// characters writes text as the element had it, in a CDATA section or not, and
// keeps its comments and processing instructions.
func (ed *editor) characters(b *bytes.Buffer, e *Element, text string) {
	if e.cdata {
		b.WriteString("<![CDATA[" + strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>") + "]]>")
	} else {
		b.WriteString(escapeText(text))
	}
	if strings.Contains(e.doc.text[e.open:e.close], "<") {
		for _, misc := range e.doc.misc {
			if misc.Parent == e {
				b.WriteString(e.doc.miscText(misc))
			}
		}
	}
}

// ownIndent returns the line break and indentation that the element stands
// behind, "" when it shares its line.
func (ed *editor) ownIndent(e *Element) string {
	if indent, known := ed.indents[e]; known {
		return indent
	}
	text := e.doc.text
	from := int(e.start)
	for from > 0 && (text[from-1] == ' ' || text[from-1] == '\t') {
		from--
	}
	if from == 0 || text[from-1] != '\n' {
		return ""
	}
	from--
	if from > 0 && text[from-1] == '\r' {
		from--
	}
	return text[from:e.start]
}

// childIndent returns what to write before a new child.
func (ed *editor) childIndent(e *Element) string {
	for c := e.first; c != nil; c = c.next {
		if indent := ed.ownIndent(c); indent != "" {
			return indent
		}
	}
	if e.first != nil {
		return ""
	}
	own := ed.ownIndent(e)
	if own == "" {
		return ""
	}
	unit := "  "
	if p := ed.parent(e); p != nil {
		if above := ed.ownIndent(p); above != "" && strings.HasPrefix(own, above) && len(own) > len(above) {
			unit = own[len(above):]
		}
	}
	return own + unit
}

// finish writes the document and reads it again.
func (ed *editor) finish() (*Document, error) {
	if len(ed.mods) == 0 {
		return ed.doc, nil
	}
	d, refusal := parse(decoded{text: ed.write(), transcoded: ed.doc.transcoded})
	if refusal == nil {
		refusal = d.refuseRoot()
	}
	if refusal != nil {
		return nil, fmt.Errorf("apply changes: %w", refusal)
	}
	if len(d.text) > maxBytes {
		return nil, fmt.Errorf("apply changes: %w", tooLarge())
	}
	return d, nil
}
