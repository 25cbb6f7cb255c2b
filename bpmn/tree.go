package bpmn

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// The namespaces that BPMN 2.0 documents are written in.
const (
	ModelNamespace  = "http://www.omg.org/spec/BPMN/20100524/MODEL"
	BPMNDINamespace = "http://www.omg.org/spec/BPMN/20100524/DI"
	DCNamespace     = "http://www.omg.org/spec/DD/20100524/DC"
	DINamespace     = "http://www.omg.org/spec/DD/20100524/DI"

	xmlNamespace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsNamespace = "http://www.w3.org/2000/xmlns/"
	xsiNamespace   = "http://www.w3.org/2001/XMLSchema-instance"
)

// A Document is one accepted BPMN file: its bytes and a tree of elements that
// point into them. It never changes once it is made, so it may be shared
// between goroutines; an edit makes a new Document.
type Document struct {
	text string // the bytes

	elements []Element // document order; elements[0] is the root
	misc     []Misc

	transcoded string // as in decoded
	shift      shift

	scoped bool // declares namespaces below its root
	lent   int  // bytes of other documents that it may keep in memory, see readBeside

	gated bool                // the strict gate let it in: ids and diagram numbers are good
	ids   map[string]*Element // of a gated document: the owner of each id; nil when it was read again

	checkOnce sync.Once
	findings  []Finding

	linesOnce sync.Once
	lines     []int32 // byte offset of the start of each line

	indexOnce sync.Once
	index     *index
}

// shift maps positions of the accepted text to the document as it was sent: an
// encoding name that was rewritten moves the rest of its line.
type shift struct{ line, after, by int }

// An Element is one XML element. It is a window into its document, not a copy.
type Element struct {
	doc *Document

	// Space is the namespace URI, Local the name without prefix.
	Space, Local string

	parent, first, last, next, prev *Element

	attrs []Attr

	// Byte offsets: '<', behind the start tag's '>', the end tag's '<', behind
	// its '>'. An empty-element tag has open == close == end.
	start, open, close, end int32

	order   int32 // place in document order
	nameLen int32 // bytes of the qualified name behind '<'
	text    bool  // has character data of its own that is not white space
	cdata   bool  // has character data in a CDATA section
}

// An Attr is one attribute as written, namespace declarations included.
type Attr struct {
	Space, Local, Value string

	// Bytes from the element's '<' to the name, and to the value between its quotes and its end: equal tags have equal
	// attributes, wherever they stand.
	nameAt, valueAt, valueTo int32
}

// written returns the byte offsets of an attribute's name, and of its value between the quotes.
func (e *Element) written(a *Attr) (name, value, valueEnd int) {
	return int(e.start + a.nameAt), int(e.start + a.valueAt), int(e.start + a.valueTo)
}

// valueRange returns the byte offsets of an attribute's value between its quotes.
func (e *Element) valueRange(a *Attr) (from, to int) {
	_, from, to = e.written(a)
	return from, to
}

// quote returns the quotation mark that the attribute is written with.
func (e *Element) quote(a *Attr) byte { return e.doc.text[e.start+a.valueAt-1] }

// MiscKind tells comments from processing instructions.
type MiscKind uint8

// The two kinds of nodes that carry no meaning for BPMN and are kept all the same.
const (
	Comment MiscKind = iota
	ProcessingInstruction
)

// A Misc is a comment or a processing instruction.
type Misc struct {
	Kind       MiscKind
	Parent     *Element // nil outside of the root element
	start, end int32
}

// Root returns the definitions element.
func (d *Document) Root() *Element { return &d.elements[0] }

// Size returns the number of elements.
func (d *Document) Size() int { return len(d.elements) }

// Encode returns the bytes of the document: those that were sent, but for a
// byte-order mark and for the one transcoding to UTF-8. They are a copy; Bytes are not.
func (d *Document) Encode() []byte { return []byte(d.text) }

// Misc returns the comments and processing instructions in document order. The
// caller must not change the slice.
func (d *Document) Misc() []Misc { return d.misc }

// Text returns the comment or processing instruction as written.
func (d *Document) miscText(m Misc) string { return d.text[m.start:m.end] }

// position returns the 1-based line and column, in characters, of a byte
// offset, counted in the document as it was sent.
func (d *Document) position(offset int) (line, column int) {
	d.linesOnce.Do(func() {
		d.lines = append(d.lines, 0)
		for i := 0; ; {
			n := strings.IndexByte(d.text[i:], '\n')
			if n < 0 {
				break
			}
			i += n + 1
			d.lines = append(d.lines, int32(i))
		}
	})
	low, high := 0, len(d.lines)
	for high-low > 1 {
		middle := (low + high) / 2
		if int(d.lines[middle]) <= offset {
			low = middle
		} else {
			high = middle
		}
	}
	column = utf8.RuneCountInString(d.text[d.lines[low]:offset]) + 1
	return low + 1, d.shift.apply(low+1, column)
}

func (s shift) apply(line, column int) int {
	if line == s.line && column > s.after {
		return max(column-s.by, s.after+1)
	}
	return column
}

// Document returns the document that the element belongs to.
func (e *Element) Document() *Document { return e.doc }

// Parent returns the enclosing element, nil for the root.
func (e *Element) Parent() *Element { return e.parent }

// First returns the first child element, or nil.
func (e *Element) First() *Element { return e.first }

// Next returns the following sibling element, or nil.
func (e *Element) Next() *Element { return e.next }

// Is reports whether the element has this expanded name.
func (e *Element) Is(space, local string) bool { return e.Local == local && e.Space == space }

// Model reports whether the element is of the BPMN model namespace and has one
// of the names; with no names, whether it is of that namespace at all.
func (e *Element) Model(locals ...string) bool {
	if e.Space != ModelNamespace {
		return false
	}
	for _, local := range locals {
		if e.Local == local {
			return true
		}
	}
	return len(locals) == 0
}

// Child returns the first child element with this expanded name, or nil.
func (e *Element) Child(space, local string) *Element {
	for c := e.first; c != nil; c = c.next {
		if c.Local == local && c.Space == space {
			return c
		}
	}
	return nil
}

// Attr returns the value of an attribute without namespace, "" when absent.
func (e *Element) Attr(local string) string { return e.AttrNS("", local) }

// AttrNS returns the value of an attribute by its expanded name, "" when absent.
func (e *Element) AttrNS(space, local string) string {
	value, _ := e.Lookup(space, local)
	return value
}

// Lookup returns the value of an attribute and whether it is there.
func (e *Element) Lookup(space, local string) (string, bool) {
	for i := range e.attrs {
		if e.attrs[i].Local == local && e.attrs[i].Space == space {
			return e.attrs[i].Value, true
		}
	}
	return "", false
}

// Attrs returns the attributes as written, namespace declarations included. The
// caller must not change the slice.
func (e *Element) Attrs() []Attr { return e.attrs }

// ID returns the value of the id attribute, "" when there is none.
func (e *Element) ID() string { return e.Attr("id") }

// Position returns the 1-based line and column of the element's start tag in
// the document as it was sent; columns count characters.
func (e *Element) Position() (line, column int) { return e.doc.position(int(e.start)) }

// QName returns the name as written, with its prefix.
func (e *Element) QName() string { return e.doc.text[e.start+1 : e.start+1+e.nameLen] }

// Source returns the element's bytes as written.
func (e *Element) Source() string { return e.doc.text[e.start:e.end] }

// Text returns the element's own character data, entities resolved and line
// ends normalised, without that of its child elements.
func (e *Element) Text() string {
	if e.open == e.close {
		return ""
	}
	if e.first == nil {
		return e.doc.decodeText(int(e.open), int(e.close))
	}
	var b strings.Builder
	at := int(e.open)
	for c := e.first; c != nil; c = c.next {
		b.WriteString(e.doc.decodeText(at, int(c.start)))
		at = int(c.end)
	}
	b.WriteString(e.doc.decodeText(at, int(e.close)))
	return b.String()
}

// decodeText resolves the character data of a range that holds no element:
// text, references, CDATA sections, comments and processing instructions.
func (d *Document) decodeText(from, to int) string {
	raw := d.text[from:to]
	if strings.IndexByte(raw, '<') < 0 {
		return decodeChars(raw)
	}
	var b strings.Builder
	for raw != "" {
		n := strings.IndexByte(raw, '<')
		if n < 0 {
			n = len(raw)
		}
		b.WriteString(decodeChars(raw[:n]))
		raw = raw[n:]
		switch {
		case strings.HasPrefix(raw, "<![CDATA["):
			n = strings.Index(raw, "]]>")
			b.WriteString(normalizeLines(raw[len("<![CDATA["):n]))
			raw = raw[n+3:]
		case strings.HasPrefix(raw, "<!--"):
			raw = raw[strings.Index(raw, "-->")+3:]
		case raw != "":
			raw = raw[strings.Index(raw, "?>")+2:]
		}
	}
	return b.String()
}

// decodeChars resolves references and line ends of well-formed text.
func decodeChars(raw string) string {
	if strings.IndexByte(raw, '&') < 0 {
		return normalizeLines(raw)
	}
	var b strings.Builder
	b.Grow(len(raw))
	for raw != "" {
		n := strings.IndexByte(raw, '&')
		if n < 0 {
			b.WriteString(normalizeLines(raw))
			break
		}
		b.WriteString(normalizeLines(raw[:n]))
		raw = raw[n:]
		end := strings.IndexByte(raw, ';')
		r, _ := resolveReference(raw[1:end])
		b.WriteRune(r)
		raw = raw[end+1:]
	}
	return b.String()
}

func normalizeLines(raw string) string {
	if strings.IndexByte(raw, '\r') < 0 {
		return raw
	}
	return strings.ReplaceAll(strings.ReplaceAll(raw, "\r\n", "\n"), "\r", "\n")
}

// decodeAttribute resolves references and normalises white space as XML 1.0
// section 3.3.3 asks for attributes of type CDATA.
func decodeAttribute(raw string) string {
	plain := true
	for i := 0; i < len(raw) && plain; i++ {
		plain = raw[i] >= ' ' && raw[i] != '&'
	}
	if plain {
		return raw
	}
	if strings.ContainsAny(raw, "\r\n\t") {
		raw = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ", "\t", " ").Replace(raw)
	}
	return decodeChars(raw)
}

// resolveReference returns the character that the inside of &…; stands for, and
// whether it is one of the five predefined entities or a character reference.
func resolveReference(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	if digits == "" {
		return 0, false
	}
	var r rune
	for i := 0; i < len(digits); i++ {
		var v rune
		switch c := digits[i]; {
		case c >= '0' && c <= '9':
			v = rune(c - '0')
		case base == 16 && c >= 'a' && c <= 'f':
			v = rune(c-'a') + 10
		case base == 16 && c >= 'A' && c <= 'F':
			v = rune(c-'A') + 10
		default:
			return 0, false
		}
		if r = r*base + v; r > utf8.MaxRune {
			r = utf8.MaxRune + 1 // stays out of range however many digits follow
		}
	}
	return r, true
}
