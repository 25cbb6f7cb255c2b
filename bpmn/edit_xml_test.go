package bpmn_test

import (
	"strings"

	"laneway/bpmn"
)

// An xmlDoc is a small mutable XML tree of the tests' own. It shares no code with
// the package, so that an edit made here says by itself what was changed. What it
// does not change it writes as it was read, but for the space between attributes.
type xmlDoc struct {
	prolog, epilog string
	root           *xmlNode
}

// An xmlNode is an element, or with an empty local name text, a comment or a
// processing instruction as written.
type xmlNode struct {
	prefix, local, space string
	raw                  string
	attrs                []xmlAttr
	kids                 []*xmlNode
	parent               *xmlNode
}

type xmlAttr struct {
	prefix, local string
	quoted        string // the value as written, with its quotes
}

// newXML reads a document that the gate accepts.
func newXML(t failer, src []byte) *xmlDoc {
	t.Helper()
	doc, err := bpmn.DecodeLenient(src)
	if err != nil {
		t.Fatalf("edit what the gate refuses: %v", err)
	}
	return parseXML(string(doc.Encode()))
}

// parseXML reads a text that is known to be well-formed.
func parseXML(s string) *xmlDoc {
	d := &xmlDoc{}
	var open *xmlNode
	rawUntil := func(end string) string {
		n := strings.Index(s, end) + len(end)
		raw := s[:n]
		s = s[n:]
		return raw
	}
	for s != "" {
		var raw string
		switch {
		case s[0] != '<':
			n := strings.IndexByte(s, '<')
			if n < 0 {
				n = len(s)
			}
			raw, s = s[:n], s[n:]
		case strings.HasPrefix(s, "<!--"):
			raw = rawUntil("-->")
		case strings.HasPrefix(s, "<![CDATA["):
			raw = rawUntil("]]>")
		case strings.HasPrefix(s, "<?"):
			raw = rawUntil("?>")
		case strings.HasPrefix(s, "</"):
			rawUntil(">")
			open = open.parent
			continue
		default:
			n := tagLength(s)
			e, empty := parseTag(s[:n], open)
			s = s[n:]
			if open != nil {
				open.kids = append(open.kids, e)
			} else {
				d.root = e
			}
			if !empty {
				open = e
			}
			continue
		}
		switch {
		case open != nil:
			open.kids = append(open.kids, &xmlNode{raw: raw, parent: open})
		case d.root == nil:
			d.prolog += raw
		default:
			d.epilog += raw
		}
	}
	return d
}

// tagLength returns the length of the start tag that s begins with.
func tagLength(s string) int {
	quote := byte(0)
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return len(s)
}

func parseTag(tag string, parent *xmlNode) (e *xmlNode, empty bool) {
	e = &xmlNode{parent: parent}
	n := strings.IndexAny(tag, " \t\r\n/>")
	e.prefix, e.local = splitName(tag[1:n])
	for rest := tag[n:]; ; {
		rest = strings.TrimLeft(rest, " \t\r\n")
		equals := strings.IndexByte(rest, '=')
		if equals < 0 {
			break
		}
		a := xmlAttr{}
		a.prefix, a.local = splitName(strings.TrimRight(rest[:equals], " \t\r\n"))
		rest = strings.TrimLeft(rest[equals+1:], " \t\r\n")
		end := strings.IndexByte(rest[1:], rest[0]) + 2
		a.quoted, rest = rest[:end], rest[end:]
		e.attrs = append(e.attrs, a)
	}
	e.space = e.lookup(e.prefix)
	return e, strings.HasSuffix(tag, "/>")
}

func splitName(name string) (prefix, local string) {
	if before, after, found := strings.Cut(name, ":"); found {
		return before, after
	}
	return "", name
}

// lookup returns the namespace that a prefix means at the element.
func (e *xmlNode) lookup(prefix string) string {
	for ; e != nil; e = e.parent {
		for _, a := range e.attrs {
			if prefix == "" && a.prefix == "" && a.local == "xmlns" || prefix != "" && a.prefix == "xmlns" && a.local == prefix {
				return a.value()
			}
		}
	}
	return ""
}

var (
	unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&", "&#10;", "\n", "&#xA;", "\n", "&#xa;", "\n")
	escaper   = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;")
	textRules = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
)

func (a xmlAttr) value() string {
	if !strings.ContainsAny(a.quoted, "&\n") {
		return a.quoted[1 : len(a.quoted)-1]
	}
	return unescaper.Replace(strings.ReplaceAll(a.quoted[1:len(a.quoted)-1], "\n", " "))
}

// String writes the document.
func (d *xmlDoc) String() string {
	var b strings.Builder
	b.WriteString(d.prolog)
	d.root.write(&b)
	b.WriteString(d.epilog)
	return b.String()
}

func (e *xmlNode) write(b *strings.Builder) {
	if e.local == "" {
		b.WriteString(e.raw)
		return
	}
	b.WriteByte('<')
	writeName(b, e.prefix, e.local)
	for _, a := range e.attrs {
		b.WriteByte(' ')
		writeName(b, a.prefix, a.local)
		b.WriteByte('=')
		b.WriteString(a.quoted)
	}
	if len(e.kids) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	for _, kid := range e.kids {
		kid.write(b)
	}
	b.WriteString("</")
	writeName(b, e.prefix, e.local)
	b.WriteByte('>')
}

func writeName(b *strings.Builder, prefix, local string) {
	if prefix != "" {
		b.WriteString(prefix)
		b.WriteByte(':')
	}
	b.WriteString(local)
}

// clone returns a copy that shares nothing.
func (d *xmlDoc) clone() *xmlDoc {
	return &xmlDoc{prolog: d.prolog, epilog: d.epilog, root: d.root.cloneUnder(nil)}
}

func (e *xmlNode) cloneUnder(parent *xmlNode) *xmlNode {
	c := *e
	c.parent = parent
	c.attrs = append([]xmlAttr(nil), e.attrs...)
	c.kids = make([]*xmlNode, len(e.kids))
	for i, kid := range e.kids {
		c.kids[i] = kid.cloneUnder(&c)
	}
	return &c
}

// remove takes the element out, with the white space in front of it.
func (e *xmlNode) remove() {
	siblings := e.parent.kids
	for i, kid := range siblings {
		if kid != e {
			continue
		}
		from := i
		if i > 0 && siblings[i-1].blank() {
			from--
		}
		e.parent.kids = append(siblings[:from:from], siblings[i+1:]...)
		break
	}
	for _, kid := range e.parent.kids {
		if kid.local != "" {
			return
		}
	}
	if e.parent.text() == "" || strings.TrimSpace(e.parent.text()) == "" {
		e.parent.kids = nil
	}
}

func (e *xmlNode) blank() bool {
	return e.local == "" && !strings.HasPrefix(e.raw, "<") && strings.TrimSpace(e.raw) == ""
}

// insert puts a child at the place that order asks for: before the first child
// for which it is true, else last. The line is indented as its depth asks.
func (e *xmlNode) insert(kid *xmlNode, before func(*xmlNode) bool) {
	kid.parent = e
	if e.lookup(kid.prefix) != kid.space {
		// The prefix means something else here, or the root lost its declaration.
		kid.set(strings.TrimSuffix("xmlns:"+kid.prefix, ":"), kid.space)
	}
	depth := 0
	for p := e; p != nil; p = p.parent {
		depth++
	}
	line := &xmlNode{raw: "\n" + strings.Repeat("  ", depth), parent: e}
	at := len(e.kids)
	if at > 0 && e.kids[at-1].blank() {
		at--
	} else if at == 0 {
		e.kids = append(e.kids, &xmlNode{raw: "\n" + strings.Repeat("  ", depth-1), parent: e})
	}
	if before != nil {
		for i, other := range e.kids {
			if other.local != "" && before(other) {
				at = i
				if i > 0 && e.kids[i-1].blank() {
					at--
				}
				break
			}
		}
	}
	rest := append([]*xmlNode{line, kid}, e.kids[at:]...)
	e.kids = append(e.kids[:at:at], rest...)
}

func (e *xmlNode) add(kid *xmlNode) *xmlNode {
	e.insert(kid, nil)
	return kid
}
