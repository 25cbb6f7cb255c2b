package bpmn

import (
	"strings"
	"unicode/utf8"
)

// name reads a qualified name at the position.
func (s *scanner) name(what string) (prefix, local string, length int) {
	from := s.pos
	n := ncNameLen(s.s[from:])
	if n == 0 {
		if from < len(s.s) {
			r, _ := utf8.DecodeRuneInString(s.s[from:])
			s.malformed(from, "%q cannot start the name of %s", r, what)
		} else {
			s.malformed(from, "the document ends inside of a tag")
		}
		return "", "", 0
	}
	local = s.s[from : from+n]
	if length = n; from+n < len(s.s) && s.s[from+n] == ':' {
		prefix = local
		n = ncNameLen(s.s[from+length+1:])
		local = s.s[from+length+1 : from+length+1+n]
		length += 1 + n
		if n == 0 || from+length < len(s.s) && s.s[from+length] == ':' {
			s.malformed(from, "the name of %s has a misplaced colon", what)
			return "", "", 0
		}
	}
	if length > maxNameLength && utf8.RuneCountInString(s.s[from:from+length]) > maxNameLength {
		s.refuse(LimitNameLength, from, "a name is longer than %d characters", maxNameLength)
		return "", "", 0
	}
	s.pos += length
	return prefix, local, length
}

func (s *scanner) space() bool {
	from := s.pos
	for s.pos < len(s.s) && isSpace(s.s[s.pos]) {
		s.pos++
	}
	return s.pos > from
}

func (s *scanner) startTag() {
	from := s.pos
	if s.open == nil && len(s.d.elements) > 0 {
		s.malformed(from, "a second root element")
		return
	}
	if len(s.d.elements) == maxElements {
		s.refuse(LimitElements, from, "more than %d elements", maxElements)
		return
	}
	if s.depth == maxDepth {
		s.refuse(LimitDepth, from, "elements are nested more than %d deep", maxDepth)
		return
	}
	if s.open != nil {
		if twin := s.twin(); twin != nil {
			s.takeTag(twin)
			return
		}
	}
	s.pos++
	prefix, local, length := s.name("an element")
	if s.fail != nil {
		return
	}
	attrs, prefixes := s.attributes(from)
	if s.fail != nil {
		return
	}
	empty := s.pos < len(s.s) && s.s[s.pos] == '/'
	if empty {
		s.pos++
	}
	if s.pos >= len(s.s) || s.s[s.pos] != '>' {
		s.malformed(from, "the tag of %s does not end with '>'", shorten(local))
		return
	}
	s.pos++
	s.marks = append(s.marks, mark{bound: len(s.bound)})
	s.declare(from, attrs, prefixes)
	if s.fail != nil {
		return
	}
	space, bound := s.resolve(prefix)
	if !bound || prefix == "xmlns" {
		s.malformed(from+1, "the prefix %q is not bound to a namespace", shorten(prefix))
		return
	}
	for i := range attrs {
		if prefixes[i] == "" || attrs[i].Space == xmlnsNamespace {
			continue
		}
		if attrs[i].Space, bound = s.resolve(prefixes[i]); !bound {
			s.malformed(from+int(attrs[i].nameAt), "the prefix %q is not bound to a namespace", shorten(prefixes[i]))
			return
		}
	}
	if s.refuseTwice(from, attrs); s.fail != nil {
		return
	}
	e := s.add()
	e.Space, e.Local, e.attrs = space, local, attrs
	e.start, e.nameLen = int32(from), int32(length)
	s.begin(e, empty)
}

// add gives the next element of the document, still empty. It is filled where it lies: copying one costs as much as reading
// a short tag.
func (s *scanner) add() *Element {
	n := len(s.d.elements)
	s.d.elements = append(s.d.elements, Element{})
	e := &s.d.elements[n]
	e.doc, e.order = s.d, int32(n)
	return e
}

// begin hangs a new element, whose start tag ends at the position, into the tree.
func (s *scanner) begin(e *Element, empty bool) {
	e.open, e.close, e.end = int32(s.pos), int32(s.pos), int32(s.pos)
	if e.order == 0 {
		s.compareRoots(e)
	}
	s.link(e)
	s.textLen = 0
	if s.fail != nil {
		return
	}
	if empty {
		s.undeclare()
		return
	}
	s.open = e
	s.depth++
}

// link hangs a new element below the open one.
func (s *scanner) link(e *Element) {
	parent := s.open
	e.parent = parent
	if parent == nil {
		return
	}
	if parent.last == nil {
		parent.first = e
	} else {
		e.prev, parent.last.next = parent.last, e
	}
	parent.last = e
	if e.Is(DINamespace, "waypoint") {
		// The last mark is the new element's own.
		owner := &s.marks[len(s.marks)-2]
		if owner.waypoints++; owner.waypoints > maxWaypoints {
			s.refuse(LimitWaypoints, int(e.start), "an edge has more than %d waypoints", maxWaypoints)
		}
	}
}

// attributes reads the attributes of the start tag that begins at start, up to '>' or '/'. Spaces of
// prefixed attributes are resolved later, when the declarations are known.
func (s *scanner) attributes(start int) (attrs []Attr, prefixes []string) {
	prefixes = s.prefixes[:0]
	room, block := maxAttributes, 4096
	if len(s.kin) > 0 {
		room, block = 8, 64 // most come from the kin
	}
	if cap(s.arena)-len(s.arena) < min(room, s.equals) {
		// A new block, so that slices of the old one stay good; they do as well where a
		// tag has more than there is room for, and append moves it all. No more
		// attributes come than there are equals signs left.
		s.arena = make([]Attr, 0, min(s.equals, block))
	}
	first := len(s.arena)
	for {
		spaced := s.space()
		if s.pos >= len(s.s) {
			s.malformed(s.pos, "the document ends inside of a tag")
			return nil, nil
		}
		if c := s.s[s.pos]; c == '>' || c == '/' {
			break
		}
		from := s.pos
		if !spaced {
			s.malformed(from, "white space is missing before an attribute")
			return nil, nil
		}
		if len(s.arena)-first == maxAttributes {
			s.refuse(LimitAttributes, from, "more than %d attributes on one element", maxAttributes)
			return nil, nil
		}
		prefix, local, _ := s.name("an attribute")
		if s.fail != nil {
			return nil, nil
		}
		value, valueFrom := s.attributeValue(local)
		if s.fail != nil {
			return nil, nil
		}
		a := Attr{Local: local, Value: value, nameAt: int32(from - start), valueAt: int32(valueFrom - start), valueTo: int32(s.pos - 1 - start)}
		if prefix == "xmlns" || prefix == "" && local == "xmlns" {
			a.Space = xmlnsNamespace
		}
		s.arena = append(s.arena, a)
		s.equals--
		prefixes = append(prefixes, prefix)
	}
	s.prefixes = prefixes
	return s.arena[first:len(s.arena):len(s.arena)], prefixes
}

func (s *scanner) attributeValue(local string) (value string, from int) {
	at := s.pos
	s.space()
	if s.pos >= len(s.s) || s.s[s.pos] != '=' {
		s.malformed(at, "the attribute %s has no value", shorten(local))
		return "", 0
	}
	s.pos++
	s.space()
	if s.pos >= len(s.s) || s.s[s.pos] != '"' && s.s[s.pos] != '\'' {
		s.malformed(at, "the value of the attribute %s is not quoted", shorten(local))
		return "", 0
	}
	from = s.pos + 1
	n, plain := valueLen(s.s[from:], s.s[s.pos])
	if n < 0 {
		s.malformed(at, "the value of the attribute %s never ends", shorten(local))
		return "", 0
	}
	raw, saved := s.s[from:from+n], 0
	if !plain {
		if n := strings.IndexByte(raw, '<'); n >= 0 {
			s.malformed(from+n, "'<' is not allowed in an attribute value; write &lt;")
			return "", 0
		}
		if saved = s.references(raw, from); s.fail != nil {
			return "", 0
		}
	}
	if local == "name" && n-saved > maxLabelLength {
		if utf8.RuneCountInString(decodeAttribute(raw)) > maxLabelLength {
			s.refuse(LimitLabelLength, from, "a name is longer than %d characters", maxLabelLength)
			return "", 0
		}
	}
	if n-saved > maxAttributeLength {
		s.refuse(LimitAttributeLength, from, "the value of the attribute %s is longer than 64 KiB", shorten(local))
		return "", 0
	}
	s.pos = from + n + 1
	if plain {
		return raw, from
	}
	return decodeAttribute(raw), from
}

// valueLen returns how many bytes stand before the closing quote, -1 when there is none,
// and whether they are the value as it is: without references, white space to normalize
// and what is not allowed.
func valueLen(s string, quote byte) (n int, plain bool) {
	plain = true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == quote {
			return i, plain
		}
		if c < ' ' || c == '&' || c == '<' {
			plain = false
		}
	}
	return -1, false
}

// declare takes the namespace declarations of a start tag into scope.
func (s *scanner) declare(start int, attrs []Attr, prefixes []string) {
	for i := range attrs {
		a := &attrs[i]
		if a.Space != xmlnsNamespace {
			continue
		}
		offset, prefix := start+int(a.nameAt), ""
		if prefixes[i] == "xmlns" {
			prefix = a.Local
		}
		switch {
		case prefix == "xmlns":
			s.malformed(offset, "the prefix xmlns cannot be declared")
		case (prefix == "xml") != (a.Value == xmlNamespace):
			s.malformed(offset, "the prefix xml and its namespace belong together")
		case a.Value == xmlnsNamespace:
			s.malformed(offset, "the namespace of xmlns cannot be declared")
		case prefix != "" && a.Value == "":
			s.malformed(offset, "the prefix %s cannot be undeclared", shorten(prefix))
		}
		if s.fail != nil {
			return
		}
		if s.open != nil {
			s.d.scoped, s.kin = true, nil
		}
		a.Value = s.intern(a.Value, offset)
		s.bindings[prefix] = append(s.bindings[prefix], a.Value)
		s.bound = append(s.bound, prefix)
	}
}

// prefixDeclared returns the prefix that a namespace declaration binds; xmlns itself can't be one.
func (a *Attr) prefixDeclared() string {
	if a.Local == "xmlns" {
		return ""
	}
	return a.Local
}

// intern counts distinct namespaces and returns one string for equal ones.
func (s *scanner) intern(space string, offset int) string {
	if space == "" {
		return ""
	}
	for _, known := range [...]string{ModelNamespace, BPMNDINamespace, DCNamespace, DINamespace} {
		if space == known {
			space = known // compares fast later
		}
	}
	for _, seen := range s.spaces {
		if seen == space {
			return seen
		}
	}
	if len(s.spaces) == maxNamespaces {
		s.refuse(LimitNamespaces, offset, "more than %d namespaces", maxNamespaces)
	}
	s.spaces = append(s.spaces, space)
	return space
}

func (s *scanner) resolve(prefix string) (space string, bound bool) {
	stack := s.bindings[prefix]
	if len(stack) == 0 {
		return "", prefix == ""
	}
	return stack[len(stack)-1], true
}

// undeclare ends the scope of the innermost element's declarations.
func (s *scanner) undeclare() {
	from := s.marks[len(s.marks)-1].bound
	s.marks = s.marks[:len(s.marks)-1]
	for _, prefix := range s.bound[from:] {
		stack := s.bindings[prefix]
		s.bindings[prefix] = stack[:len(stack)-1]
	}
	s.bound = s.bound[:from]
}

// refuseTwice refuses two attributes with one expanded name.
func (s *scanner) refuseTwice(start int, attrs []Attr) {
	twice := func(i int) {
		s.malformed(start+int(attrs[i].nameAt), "the attribute %s stands here twice", shorten(attrs[i].Local))
	}
	for i := range attrs {
		for j := range attrs[:i] {
			if attrs[i].Local == attrs[j].Local && attrs[i].Space == attrs[j].Space {
				twice(i)
				return
			}
		}
	}
}

// closesOpen reports whether the name at the position and the '>' behind it end
// the open element, as nearly every end tag does.
func (s *scanner) closesOpen() bool {
	if s.open == nil {
		return false
	}
	rest, found := strings.CutPrefix(s.s[s.pos:], s.open.QName())
	return found && rest != "" && rest[0] == '>'
}

func (s *scanner) endTag() {
	from := s.pos
	s.pos += len("</")
	var length int
	if s.closesOpen() {
		length = int(s.open.nameLen)
		s.pos += length
	} else if _, _, length = s.name("an element"); s.fail != nil {
		return
	}
	written := s.s[from+2 : from+2+length]
	s.space()
	switch {
	case s.pos >= len(s.s) || s.s[s.pos] != '>':
		s.malformed(from, "the end tag of %s does not end with '>'", shorten(written))
		return
	case s.open == nil:
		s.malformed(from, "the end tag of %s closes nothing", shorten(written))
		return
	case s.open.QName() != written:
		line, _ := s.open.Position()
		s.malformed(from, "the end tag is %s, but %s of line %d is open", shorten(written), shorten(s.open.QName()), line)
		return
	}
	s.pos++
	s.open.close, s.open.end = int32(from), int32(s.pos)
	s.undeclare()
	s.open = s.open.parent
	s.depth--
	s.textLen = 0
}
