package bpmn

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxBytes is how large a document may be, counted after decoding.
const maxBytes = 5 << 20

// declaration is what the XML declaration says.
type declaration struct {
	length   int // bytes of the whole declaration, 0 when there is none
	encoding string
	from, to int // where the encoding name stands
}

// decoded is a document in UTF-8 without a byte-order mark.
type decoded struct {
	text       string
	transcoded string // encoding that was declared, "" for UTF-8 and for UTF-16 with its mark
	shift      shift
	accepted   bool // the gate let it in before
}

// decodeText applies the rules on encodings to bytes in any of them. A string inside
// JSON is already Unicode: for it (inJSON) a declared encoding is rewritten, not
// decoded. What is UTF-8 already is not copied.
func decodeText(src string, inJSON bool) (decoded, *Refusal) {
	if len(src) > 2*maxBytes {
		return decoded{}, tooLarge()
	}
	utf16Order := 0 // 1 little-endian, 2 big-endian
	switch {
	case strings.HasPrefix(src, "\xFF\xFE\x00\x00"), strings.HasPrefix(src, "\x00\x00\xFE\xFF"):
		return decoded{}, at(UnsupportedEncoding, 1, 1, "UTF-32 is not accepted; save the file as UTF-8")
	case strings.HasPrefix(src, "\xFF\xFE"):
		utf16Order, src = 1, src[2:]
	case strings.HasPrefix(src, "\xFE\xFF"):
		utf16Order, src = 2, src[2:]
	case strings.HasPrefix(src, "\xEF\xBB\xBF"):
		src = src[3:]
	case strings.HasPrefix(src, "\x00<"), strings.HasPrefix(src, "<\x00"), strings.HasPrefix(src, "\x00\x00\x00<"):
		return decoded{}, at(UnsupportedEncoding, 1, 1, "looks like UTF-16 or UTF-32 without a byte-order mark; save the file as UTF-8")
	}
	var out decoded
	if utf16Order != 0 {
		text, refusal := decodeUTF16(src, utf16Order == 2)
		if refusal != nil {
			return decoded{}, refusal
		}
		src = text
	}
	if len(src) > maxBytes {
		return decoded{}, tooLarge()
	}
	// What plainly is no XML is called so before its bytes are called bad UTF-8.
	if start := strings.TrimLeft(src, " \t\r\n"); len(start) == 0 {
		return decoded{}, at(EmptyDocument, 1, 1, "the document is empty")
	} else if start[0] != '<' {
		line, column := lineColumn(src, len(src)-len(start))
		return decoded{}, at(NotXML, line, column, "the document does not start with '<', so it is not XML")
	}
	decl, refusal := readDeclaration(src)
	if refusal != nil {
		return decoded{}, refusal
	}
	single := false
	line, column := lineColumn(src, decl.from)
	switch name := strings.ToUpper(decl.encoding); {
	case utf16Order != 0 && name != "" && name != "UTF-16" && name != "UTF-16LE" && name != "UTF-16BE":
		return decoded{}, at(UnsupportedEncoding, line, column, "the declaration says %q but the bytes are UTF-16", decl.encoding)
	case utf16Order != 0, name == "", name == "UTF-8":
	case name == "ISO-8859-1", name == "ISO8859-1", name == "LATIN1", name == "WINDOWS-1252", name == "CP1252":
		out.transcoded, single = strings.Clone(decl.encoding), !inJSON
	case inJSON && (name == "UTF-16" || name == "UTF-16LE" || name == "UTF-16BE"):
		out.transcoded = strings.Clone(decl.encoding)
	default:
		return decoded{}, at(UnsupportedEncoding, line, column, "the encoding %q is not accepted; UTF-8, UTF-16 with a byte-order mark, ISO-8859-1 and windows-1252 are", shorten(decl.encoding))
	}
	if single {
		text, refusal := decodeSingleByte(src, strings.HasPrefix(strings.ToUpper(decl.encoding), "ISO") || strings.EqualFold(decl.encoding, "latin1"))
		if refusal != nil {
			return decoded{}, refusal
		}
		src = text
	} else if !utf8.ValidString(src) {
		bad := 0
		for bad < len(src) {
			r, size := utf8.DecodeRuneInString(src[bad:])
			if r == utf8.RuneError && size <= 1 {
				break
			}
			bad += size
		}
		line, column := lineColumn(src, bad)
		return decoded{}, at(InvalidUTF8, line, column, "the byte 0x%02X is not valid UTF-8 here", src[bad])
	}
	if decl.encoding != "" && (out.transcoded != "" || utf16Order != 0) {
		out.shift = shift{line: line, after: column + len("UTF-8") - 1, by: len("UTF-8") - len(decl.encoding)}
		src = src[:decl.from] + "UTF-8" + src[decl.to:]
	}
	if len(src) > maxBytes {
		return decoded{}, tooLarge()
	}
	out.text = src
	return out, nil
}

func tooLarge() *Refusal {
	return at(TooLarge, 1, 1, "the document is larger than 5 MiB")
}

func decodeUTF16(src string, bigEndian bool) (string, *Refusal) {
	var out strings.Builder
	out.Grow(len(src))
	line, column := 1, 1
	unit := func(i int) rune {
		if bigEndian {
			return rune(src[i])<<8 | rune(src[i+1])
		}
		return rune(src[i+1])<<8 | rune(src[i])
	}
	for i := 0; i+1 < len(src); i += 2 {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if i+3 < len(src) {
				low = unit(i + 2)
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				return "", at(InvalidUTF16, line, column, "half of a surrogate pair")
			}
			i += 2
		}
		out.WriteRune(r)
		if column++; r == '\n' {
			line, column = line+1, 1
		}
	}
	if len(src)%2 != 0 {
		return "", at(InvalidUTF16, line, column, "an odd number of bytes")
	}
	return out.String(), nil
}

// windows1252 holds what windows-1252 has at 0x80 to 0x9F; 0 is not assigned.
const windows1252 = "\u20AC\x00\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\x00\u017D\x00" +
	"\x00\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\x00\u017E\u0178"

func decodeSingleByte(src string, latin1 bool) (string, *Refusal) {
	table := []rune(windows1252)
	var out strings.Builder
	out.Grow(len(src) + len(src)/8)
	for i := range len(src) {
		c := src[i]
		r := rune(c)
		if !latin1 && c >= 0x80 && c <= 0x9F {
			if r = table[c-0x80]; r == 0 {
				line, column := lineColumn(src, i)
				return "", at(IllegalCharacter, line, column, "the byte 0x%02X stands for nothing in windows-1252", c)
			}
		}
		out.WriteRune(r)
	}
	return out.String(), nil
}

// readDeclaration reads the XML declaration at the very start of the text.
func readDeclaration(src string) (declaration, *Refusal) {
	const open = "<?xml"
	if !strings.HasPrefix(src, open) || len(src) == len(open) || !isSpace(src[len(open)]) {
		return declaration{}, nil
	}
	malformed := func(i int) (declaration, *Refusal) {
		line, column := lineColumn(src, i)
		return declaration{}, at(XMLMalformed, line, column, "the XML declaration is not well-formed")
	}
	end := strings.Index(src, "?>")
	if end < 0 {
		return malformed(0)
	}
	var decl declaration
	decl.length = end + 2
	i, want := len(open), 0
	names := [...]string{"version", "encoding", "standalone"}
	for {
		before := i
		for i < end && isSpace(src[i]) {
			i++
		}
		if i == end {
			break
		}
		name := i
		for i < end && src[i] >= 'a' && src[i] <= 'z' {
			i++
		}
		pseudo := src[name:i]
		for want < len(names) && names[want] != pseudo && want > 0 {
			want++
		}
		if before == name || want == len(names) || names[want] != pseudo {
			return malformed(name)
		}
		want++
		for i < end && isSpace(src[i]) {
			i++
		}
		if i == end || src[i] != '=' {
			return malformed(i)
		}
		for i++; i < end && isSpace(src[i]); i++ {
		}
		if i == end || src[i] != '"' && src[i] != '\'' {
			return malformed(i)
		}
		length := strings.IndexByte(src[i+1:end], src[i])
		if length < 0 {
			return malformed(i)
		}
		from := i + 1
		value := src[from : from+length]
		i = from + length + 1
		switch pseudo {
		case "version":
			if value != "1.0" {
				line, column := lineColumn(src, from)
				return declaration{}, at(UnsupportedVersion, line, column, "XML version %q is not accepted, only 1.0", shorten(value))
			}
		case "encoding":
			if !isEncodingName(value) {
				return malformed(from)
			}
			decl.encoding, decl.from, decl.to = value, from, from+length
		case "standalone":
			if value != "yes" && value != "no" {
				return malformed(from)
			}
		}
	}
	if want == 0 {
		return malformed(0)
	}
	return decl, nil
}

func isEncodingName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || (s[i] < '0' || s[i] > '9') && s[i] != '.' && s[i] != '_' && s[i] != '-') {
			return false
		}
	}
	return s != ""
}

// lineColumn counts in bytes that need not be valid UTF-8: every byte that does
// not continue a character counts.
func lineColumn(src string, offset int) (line, column int) {
	before := src[:offset]
	line = strings.Count(before, "\n") + 1
	return line, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
}

// shorten keeps what a refusal quotes readable. The text need not be valid UTF-8:
// a declaration is read before its bytes are checked.
func shorten(s string) string {
	const limit = 60
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > limit-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
