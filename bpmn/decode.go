package bpmn

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a document. They are counted while reading, so that nothing larger
// is ever held.
const (
	maxDepth           = 128
	maxElements        = 50_000
	maxAttributes      = 128
	maxAttributeLength = 64 << 10
	maxLabelLength     = 4096 // characters in name
	maxTextLength      = 1 << 20
	maxNamespaces      = 128
	maxNameLength      = 256
	maxWaypoints       = 1000
	maxIDLength        = 255
	maxCoordinate      = 1_000_000
)

// Decode is the strict gate that every document passes before it is stored. The
// error is a *Refusal. It copies src; [Adopt] does not.
func Decode(src []byte) (*Document, error) {
	return decode(copyOf(src), false, false, nil)
}

// DecodeText is the same gate for a document that came inside a JSON string.
// Such text is Unicode already, so a declared ISO-8859-1, windows-1252 or UTF-16
// is rewritten to UTF-8 and reported as transcoded. Text in which nothing is
// rewritten is not copied.
func DecodeText(src string) (*Document, error) {
	return decode(src, true, false, nil)
}

// DecodeLenient refuses only what is malformed, over a limit or not BPMN at all.
// Faults of ids and of diagram numbers are left to Check, which reports them as
// errors, and to Repair.
func DecodeLenient(src []byte) (*Document, error) {
	return decode(copyOf(src), false, true, nil)
}

// DecodeTextLenient is DecodeLenient for a document that came inside a JSON string.
func DecodeTextLenient(src string) (*Document, error) {
	return decode(src, true, true, nil)
}

// copyOf copies no more of what is too large than it takes to see that.
func copyOf(src []byte) string { return string(src[:min(len(src), 2*maxBytes+1)]) }

// decode reads src, whose bytes can be in any encoding, unless they are from inside of JSON.
func decode(src string, inJSON, lenient bool, kin *Document) (*Document, error) {
	in, refusal := decodeText(src, inJSON)
	if refusal != nil {
		return nil, refusal
	}
	d, refusal := parseIn(in, nil, kin)
	if refusal != nil {
		return nil, refusal
	}
	if refusal := d.refuseRoot(); refusal != nil {
		return nil, refusal
	}
	if lenient {
		return d, nil
	}
	ids, f, bad := d.firstIDFault()
	if bad {
		return nil, f.refusal()
	}
	if f, bad := d.firstNumberFault(); bad {
		return nil, f.refusal()
	}
	d.gated, d.ids = true, ids
	return d, nil
}

// at makes a refusal for a place.
func at(code string, line, column int, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Detail: fmt.Sprintf(format, args...), Line: line, Column: column}
}

func (f Finding) refusal() *Refusal {
	return &Refusal{Code: f.Code, Detail: f.Detail, Line: f.Line, Column: f.Column, ElementID: f.ElementID}
}

// refuseRoot refuses what is well-formed but not BPMN 2.0.
func (d *Document) refuseRoot() *Refusal {
	root := d.Root()
	if root.Is(ModelNamespace, "definitions") {
		return nil
	}
	line, column := root.Position()
	const want = "; expected definitions in " + ModelNamespace
	switch {
	case strings.Contains(root.Space, "/DMN/"):
		return at(NotBPMN, line, column, "this is a DMN file%s", want)
	case strings.Contains(root.Space, "/CMMN/"):
		return at(NotBPMN, line, column, "this is a CMMN file%s", want)
	case root.Local == "definitions" && strings.Contains(root.Space, "BPMN"):
		return at(NotBPMN, line, column, "definitions of another BPMN version (%s)%s", shorten(root.Space), want)
	case root.Space == "":
		return at(NotBPMN, line, column, "the root element is %s without a namespace%s", shorten(root.Local), want)
	}
	return at(NotBPMN, line, column, "the root element is %s in %s%s", shorten(root.Local), shorten(root.Space), want)
}

// hasBPMNID reports whether the element's id attribute is an id of the document.
// Ids inside vendor elements are the vendor's.
func (e *Element) hasBPMNID() bool {
	switch e.Space {
	case ModelNamespace, BPMNDINamespace, DCNamespace, DINamespace:
		_, has := e.Lookup("", "id")
		return has
	}
	return false
}

// idFaults calls yield for each id that is no NCName or taken, in document
// order, until yield returns false. The second argument is the owner of the id.
// It returns the owners of all good ids before that.
func (d *Document) idFaults(yield func(Finding, *Element) bool) map[string]*Element {
	taken := make(map[string]*Element, len(d.elements)/2)
	for i := range d.elements {
		e := &d.elements[i]
		if !e.hasBPMNID() {
			continue
		}
		id := e.ID()
		var f Finding
		if len(id) > maxIDLength {
			f = e.finding(InvalidID, SeverityError, "the id of this %s is %d bytes long; at most %d are accepted", e.Local, len(id), maxIDLength)
			f.ElementID = shorten(id)
		} else if !isNCName(id) {
			f = e.finding(InvalidID, SeverityError, "the id %q of this %s is not a valid XML name (a letter or underscore, then letters, digits, '-', '_' or '.')", id, e.Local)
			f.ElementID = id
		} else if other := taken[id]; other != nil {
			line, _ := other.Position()
			f = e.finding(DuplicateID, SeverityError, "the id %q of this %s is taken by the %s in line %d", id, e.Local, other.Local, line)
			f.ElementID = id
		} else {
			taken[id] = e
			continue
		}
		if !yield(f, e) {
			break
		}
	}
	return taken
}

func (d *Document) firstIDFault() (ids map[string]*Element, first Finding, bad bool) {
	ids = d.idFaults(func(f Finding, _ *Element) bool {
		first, bad = f, true
		return false
	})
	return ids, first, bad
}

// numberFaults calls yield for each coordinate or size that the strict gate
// refuses, in document order, until yield returns false.
func (d *Document) numberFaults(yield func(Finding, *Element) bool) {
	for i := range d.elements {
		e := &d.elements[i]
		var names []string
		switch {
		case e.Is(DCNamespace, "Bounds"):
			names = []string{"x", "y", "width", "height"}
		case e.Is(DINamespace, "waypoint"):
			names = []string{"x", "y"}
		default:
			continue
		}
		for _, name := range names {
			value, has := e.Lookup("", name)
			if !has {
				continue
			}
			number, code := parseNumber(value)
			if code == "" && number < 0 && (name == "width" || name == "height") {
				code = DIInvalidBounds
			}
			if code == "" {
				continue
			}
			var detail string
			switch code {
			case DINotNumber:
				detail = "%s is %q, which is not a decimal number"
			case DINotFinite:
				detail = "%s is %q, which is not finite"
			case DIOutOfRange:
				detail = "%s is %q, which is outside of ±1,000,000"
			default:
				detail = "%s is %q; a size cannot be negative"
			}
			if !yield(e.finding(code, SeverityError, detail, name, shorten(value)), e) {
				return
			}
		}
	}
}

func (d *Document) firstNumberFault() (first Finding, bad bool) {
	d.numberFaults(func(f Finding, _ *Element) bool {
		first, bad = f, true
		return false
	})
	return first, bad
}

// parseNumber reads an xsd:double that must be finite and in range, or returns
// the code of what is wrong.
func parseNumber(value string) (float64, string) {
	if number, plain := wholeNumber(value); plain {
		return number, ""
	}
	value = strings.Trim(value, " \t\r\n")
	switch value {
	case "NaN", "INF", "-INF", "+INF", "Infinity", "-Infinity", "+Infinity":
		return 0, DINotFinite
	}
	if !isDecimal(value) {
		return 0, DINotNumber
	}
	number, err := strconv.ParseFloat(value, 64)
	switch {
	case math.IsInf(number, 0):
		return 0, DINotFinite
	case err != nil:
		return 0, DINotNumber
	case math.Abs(number) > maxCoordinate:
		return number, DIOutOfRange
	}
	return number, ""
}

// wholeNumber reads what nearly all coordinates are: up to six digits, which are
// in range whatever they say.
func wholeNumber(value string) (number float64, plain bool) {
	if value == "" || len(value) > 6 {
		return 0, false
	}
	n := 0
	for i := range len(value) {
		c := value[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return float64(n), true
}

// isDecimal reports whether s is a number as XML Schema writes them, not as Go
// would also take them.
func isDecimal(s string) bool {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	digits := func() int {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n
	}
	n := digits()
	if s != "" && s[0] == '.' {
		s = s[1:]
		n += digits()
	}
	if n == 0 {
		return false
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		if s = s[1:]; s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if digits() == 0 {
			return false
		}
	}
	return s == ""
}

// precheck applies the rules that hold for the whole text before it is read as
// XML: legal characters and references to legal characters only, and no markup
// declaration wherever it stands.
func precheck(text string) (code string, offset int, detail string) {
	for i := 0; i < len(text); {
		if i += plainASCII(text[i:]); i == len(text) {
			break
		}
		if isSpace(text[i]) {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if !isChar(r) {
			return IllegalCharacter, i, fmt.Sprintf("the character U+%04X is not allowed in XML", r)
		}
		i += size
	}
	if !strings.Contains(text, "<!") && !strings.Contains(text, "&#") {
		return "", 0, ""
	}
	doctype := -1
	for i := 0; i < len(text); {
		n := strings.IndexAny(text[i:], "<&")
		if n < 0 {
			break
		}
		i += n
		rest := text[i:]
		skip := func(from int, end string) int {
			if n := strings.Index(rest[from:], end); n >= 0 {
				return from + n + len(end)
			}
			return len(rest)
		}
		switch {
		case rest[0] == '&':
			if len(rest) > 1 && rest[1] == '#' {
				end := 2
				for end < len(rest) && (rest[end] == 'x' || isHexDigit(rest[end])) {
					end++
				}
				if r, ok := resolveReference(rest[1:end]); ok && !isChar(r) {
					return IllegalCharacter, i, fmt.Sprintf("the reference %s names a character that is not allowed in XML", shorten(rest[:end]))
				}
				i += end
				continue
			}
			i++
		case strings.HasPrefix(rest, "<!--"):
			i += skip(4, "-->")
		case strings.HasPrefix(rest, "<![CDATA["):
			i += skip(9, "]]>")
		case strings.HasPrefix(rest, "<?"):
			i += skip(2, "?>")
		case strings.HasPrefix(rest, "<!"):
			if doctype < 0 {
				doctype = i
			}
			i += 2
		default:
			i++
		}
	}
	if doctype >= 0 {
		return DoctypeForbidden, doctype, "DTDs and other markup declarations are not accepted"
	}
	return "", 0, ""
}

// plainASCII returns how many bytes at the start of s are ASCII characters from the space on. It looks at eight at once.
func plainASCII(s string) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		// The high bit of a byte that is too large is set; that of one that is too small gets set by the subtraction. A
		// borrow reaches the bytes above a small one only, so the lowest bit is right.
		if odd := (w | (w - ones*' ')) & highs; odd != 0 {
			return i + bits.TrailingZeros64(odd)/8
		}
	}
	for i < len(s) && s[i] >= ' ' && s[i] < utf8.RuneSelf {
		i++
	}
	return i
}

func isHexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}
