package httpapi

import (
	"bytes"
	"errors"
	"unicode/utf8"
)

// appendString writes a JSON string (RFC 8259, section 7). U+2028 and U+2029 are escaped as
// encoding/json does, and what is no UTF-8 becomes U+FFFD.
func appendString[T string | []byte](b []byte, s T) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\b':
				b = append(b, '\\', 'b')
			case '\f':
				b = append(b, '\\', 'f')
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))])) // which needs no memory
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, s[start:i]...)
			b = append(b, `\ufffd`...)
			start = i + n
		case r == '\u2028' || r == '\u2029':
			b = append(b, s[start:i]...)
			b = append(b, '\\', 'u', '2', '0', '2', hex[r&15])
			start = i + n
		}
		i += n
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

var (
	errNotOurs = errors.New("not a string as this server writes it")
	errNotUTF8 = errors.New("what was written was no UTF-8")
)

// appendUnquoted is the inverse of appendString: it appends the text that a string stands for. It knows the escapes that
// appendString writes, and errs on others; U+FFFD is escaped where bytes were no UTF-8, which nothing brings back.
func appendUnquoted(b, quoted []byte) ([]byte, error) {
	if len(quoted) < 2 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
		return nil, errNotOurs
	}
	for s := quoted[1 : len(quoted)-1]; ; {
		at := bytes.IndexByte(s, '\\')
		if at < 0 {
			return append(b, s...), nil
		}
		if b = append(b, s[:at]...); at+1 == len(s) {
			return nil, errNotOurs
		}
		c := s[at+1]
		s = s[at+2:]
		switch c {
		case '"', '\\':
			b = append(b, c)
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			if len(s) < 4 {
				return nil, errNotOurs
			}
			switch unit := s[:4]; {
			case string(unit) == "2028":
				b = append(b, "\u2028"...)
			case string(unit) == "2029":
				b = append(b, "\u2029"...)
			case string(unit) == "fffd":
				return nil, errNotUTF8
			case unit[0] == '0' && unit[1] == '0' && (unit[2] == '0' || unit[2] == '1'):
				low, ok := hexDigit(unit[3])
				if !ok {
					return nil, errNotOurs
				}
				b = append(b, (unit[2]-'0')<<4|low)
			default:
				return nil, errNotOurs
			}
			s = s[4:]
		default:
			return nil, errNotOurs
		}
	}
}

// hexDigit reads a digit in lower case.
func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
