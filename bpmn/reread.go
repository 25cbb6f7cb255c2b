package bpmn

// lookahead is how many tags of the kin are compared with the tag at hand: so many
// elements may have gone in a row and the two are still read side by side. After
// more of them the rest is read as if there were no kin.
const lookahead = 16

// mostLent is how many times the size of a new document its kin may keep of others.
const mostLent = 3

// Reread is [Adopt] for bytes that the gate let in before, such as a stored version:
// it does not ask again what the gate asks of characters, ids and numbers. A kin is a
// document much like it, such as the version before or behind it, or nil: a start tag
// that both have, byte for byte, is taken over instead of read. The new document may
// keep the kin's bytes in memory.
func Reread(src []byte, kin *Document) (*Document, error) {
	d, refusal := parseIn(decoded{text: stringOf(src), accepted: true}, nil, kin)
	if refusal != nil {
		return nil, refusal
	}
	if refusal := d.refuseRoot(); refusal != nil {
		return nil, refusal
	}
	d.gated = true
	return d, nil
}

// readBeside has start tags taken over from kin. Equal bytes mean the same where equal
// declarations are in scope, so it does so only as long as both declare namespaces at
// their roots alone, and the same ones there: see begin and declare.
//
// What is taken over lies where it was read first, so a row of documents, each read
// beside the one before, keeps the bytes of all that came before it. A kin that keeps
// too many already is read past, which starts a new row.
func (s *scanner) readBeside(kin *Document) {
	if kin != nil && !kin.scoped && kin.lent <= mostLent*len(s.s) {
		s.kin, s.d.lent = kin.elements, kin.lent+len(kin.text)
	}
}

// compareRoots ends the reading beside the kin when its root is another one.
func (s *scanner) compareRoots(root *Element) {
	if len(s.kin) > 0 && s.kin[0].tag() != root.tag() {
		s.kin = nil
	}
	s.beside = 1
}

// tag returns the start tag as written.
func (e *Element) tag() string { return e.doc.text[e.start:e.open] }

// twin returns the element of the kin whose start tag is the one at the position, or
// nil. Which of several equal ones it is does not matter to what the tag says.
func (s *scanner) twin() *Element {
	rest := s.s[s.pos:]
	for i := s.beside; i < min(s.beside+lookahead, len(s.kin)); i++ {
		e := &s.kin[i]
		if tag := e.tag(); len(tag) <= len(rest) && rest[:len(tag)] == tag {
			s.beside = i + 1
			return e
		}
	}
	return nil
}

// takeTag is startTag for a tag that the twin has, too. It declares no namespace.
func (s *scanner) takeTag(twin *Element) {
	e := s.add()
	e.start, e.nameLen = int32(s.pos), twin.nameLen
	e.Space, e.Local, e.attrs = twin.Space, twin.Local, twin.attrs
	s.equals -= len(e.attrs)
	s.pos += int(twin.open - twin.start)
	s.marks = append(s.marks, mark{bound: len(s.bound)})
	s.begin(e, twin.end == twin.open)
}
