package bpmn

import (
	"strings"
	"unicode/utf8"
)

// scanner reads a whole document into a tree in one pass. It is stricter than
// encoding/xml, which takes text outside of the root, two roots, duplicate
// attributes, unbound prefixes and more; and it keeps the byte offsets of every
// attribute, which edits need.
type scanner struct {
	s   string
	pos int
	d   *Document

	open     *Element // innermost open element
	depth    int
	textLen  int                 // length of the current run of character data
	bindings map[string][]string // namespaces of a prefix, innermost last
	bound    []string            // prefixes bound, in order, to be undone at end tags
	marks    []mark              // one for each open element
	spaces   []string            // distinct namespaces seen
	arena    []Attr
	equals   int       // '=' in the document less the attributes read
	prefixes []string  // of the attributes of the tag at hand
	kin      []Element // see readBeside
	beside   int       // the element of the kin that is expected next
	fail     *Refusal
}

// mark is what is counted for each open element.
type mark struct{ bound, waypoints int }

// parse reads the text. A nil scope is a whole document; otherwise the text is a
// fragment in which the prefixes of scope are bound.
func parse(in decoded) (*Document, *Refusal) {
	return parseIn(in, nil, nil)
}

func parseIn(in decoded, scope map[string]string, kin *Document) (*Document, *Refusal) {
	d := &Document{text: in.text, transcoded: in.transcoded, shift: in.shift}
	s := &scanner{s: in.text, d: d, bindings: make(map[string][]string)}
	s.bindings["xml"] = []string{xmlNamespace}
	for prefix, space := range scope {
		s.bindings[prefix] = append(s.bindings[prefix], space)
	}
	if !in.accepted {
		if code, offset, detail := precheck(in.text); code != "" {
			s.refuse(code, offset, "%s", detail)
			return nil, s.fail
		}
	}
	s.readBeside(kin)
	// An element costs at least "<a": the slab never has to grow, so pointers
	// into it stay good.
	count := 0
	for i := 0; i+1 < len(in.text) && count <= maxElements; i++ {
		n := strings.IndexByte(in.text[i:], '<')
		if n < 0 {
			break
		}
		if i += n; i+1 < len(in.text) && in.text[i+1] != '/' && in.text[i+1] != '!' && in.text[i+1] != '?' {
			count++
		}
	}
	s.equals = strings.Count(in.text, "=")
	d.elements = make([]Element, 0, min(count, maxElements)+1)
	s.run()
	if s.fail != nil {
		return nil, s.fail
	}
	return d, nil
}

// refuse notes the first fault; the scanner stops soon after.
func (s *scanner) refuse(code string, offset int, format string, args ...any) {
	if s.fail == nil {
		line, column := s.d.position(min(offset, len(s.s)))
		s.fail = at(code, line, column, format, args...)
		if s.open != nil {
			s.fail.ElementID = s.open.nearestID()
		}
	}
	s.pos = len(s.s)
}

func (s *scanner) malformed(offset int, format string, args ...any) {
	s.refuse(XMLMalformed, offset, format, args...)
}

func (s *scanner) run() {
	if decl, _ := readDeclaration(s.s[:min(len(s.s), 512)]); decl.length > 0 {
		s.pos = decl.length
	}
	for s.pos < len(s.s) {
		rest := s.s[s.pos:]
		switch {
		case rest[0] != '<':
			s.chars()
		case strings.HasPrefix(rest, "</"):
			s.endTag()
		case strings.HasPrefix(rest, "<?"):
			s.instruction()
		case strings.HasPrefix(rest, "<!--"):
			s.comment()
		case strings.HasPrefix(rest, "<![CDATA["):
			s.cdata()
		default:
			s.startTag()
		}
	}
	if s.fail != nil {
		return
	}
	if len(s.d.elements) == 0 {
		s.refuse(EmptyDocument, 0, "the document has no element")
	} else if s.open != nil {
		line, _ := s.open.Position()
		s.malformed(len(s.s), "the document ends inside of %s, opened in line %d", shorten(s.open.QName()), line)
	}
}

func (s *scanner) chars() {
	n := strings.IndexByte(s.s[s.pos:], '<')
	if n < 0 {
		n = len(s.s) - s.pos
	}
	raw, from := s.s[s.pos:s.pos+n], s.pos
	s.pos += n
	blank := isBlank(raw)
	if s.open == nil {
		if !blank {
			s.malformed(from+len(raw)-len(strings.TrimLeft(raw, " \t\r\n")), "text outside of the root element")
		}
		return
	}
	if blank {
		s.addText(from, n)
		return
	}
	s.open.text = true
	if n := strings.Index(raw, "]]>"); n >= 0 {
		s.malformed(from+n, "]]> is not allowed in text")
		return
	}
	if saved := s.references(raw, from); s.fail == nil {
		s.addText(from, n-saved)
	}
}

// references checks the references of raw and returns how many bytes shorter
// the text is once they are resolved.
func (s *scanner) references(raw string, from int) int {
	saved := 0
	for i := 0; ; {
		n := strings.IndexByte(raw[i:], '&')
		if n < 0 {
			return saved
		}
		i += n
		end := strings.IndexByte(raw[i:min(len(raw), i+4+maxNameLength)], ';')
		if end < 0 {
			s.malformed(from+i, "& starts a reference that does not end; write &amp;")
			return saved
		}
		r, ok := resolveReference(raw[i+1 : i+end])
		if !ok {
			s.malformed(from+i, "the entity %s is not known; only lt, gt, amp, quot, apos and character references are", shorten(raw[i:i+end+1]))
			return saved
		}
		saved += end + 1 - utf8.RuneLen(r)
		i += end + 1
	}
}

// addText counts character data that belongs to one text.
func (s *scanner) addText(offset, n int) {
	if s.textLen += n; s.textLen > maxTextLength {
		s.refuse(LimitTextLength, offset, "a text is longer than 1 MiB")
	}
}

func (s *scanner) cdata() {
	from := s.pos
	n := strings.Index(s.s[from:], "]]>")
	switch {
	case s.open == nil:
		s.malformed(from, "a CDATA section outside of the root element")
	case n < 0:
		s.malformed(from, "the CDATA section never ends")
	default:
		s.pos = from + n + len("]]>")
		s.open.cdata = true
		if inside := s.s[from+len("<![CDATA[") : from+n]; !isBlank(inside) {
			s.open.text = true
		}
		s.addText(from, n-len("<![CDATA["))
	}
}

func (s *scanner) comment() {
	from := s.pos
	n := strings.Index(s.s[from+len("<!--"):], "--")
	if n < 0 {
		s.malformed(from, "the comment never ends")
		return
	}
	end := from + len("<!--") + n
	if end+2 >= len(s.s) || s.s[end+2] != '>' {
		s.malformed(end, "-- is not allowed inside of a comment")
		return
	}
	s.pos = end + len("-->")
	s.d.misc = append(s.d.misc, Misc{Kind: Comment, Parent: s.open, start: int32(from), end: int32(s.pos)})
}

func (s *scanner) instruction() {
	from := s.pos
	n := strings.Index(s.s[from+2:], "?>") + 2
	if n < 2 {
		s.malformed(from, "the processing instruction never ends")
		return
	}
	inside := s.s[from+2 : from+n]
	length := ncNameLen(inside)
	switch {
	case strings.EqualFold(inside[:length], "xml"):
		s.malformed(from, "an XML declaration is only allowed at the very start")
	case length == 0 || length < len(inside) && !isSpace(inside[length]):
		s.malformed(from+2, "a processing instruction needs a name without a colon, then white space")
	default:
		s.pos = from + n + 2
		s.d.misc = append(s.d.misc, Misc{Kind: ProcessingInstruction, Parent: s.open, start: int32(from), end: int32(s.pos)})
	}
}
