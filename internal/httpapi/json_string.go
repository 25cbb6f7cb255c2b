package httpapi

import (
	"slices"
	"unicode/utf8"
)

// appendString writes a JSON string (RFC 8259, section 7). U+2028 and U+2029 are escaped as
// encoding/json does, and what is no UTF-8 becomes U+FFFD. unquoteBytes is its inverse.
func appendString[T string | []byte](b []byte, s T) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		if i+wordSize <= len(s) {
			n := len(b)
			if cap(b)-n < wordSize {
				b = slices.Grow(b, len(s)-i+wordSize)
			}
			w := loadWord(s, i)
			storeWord(b[:n+wordSize], n, w)
			odd := marksOf(w, '"') | marksOf(w, '\\') | marksOfControls(w) | w&highBits
			if odd == 0 {
				b, i = b[:n+wordSize], i+wordSize
				continue
			}
			plain := firstMark(odd)
			b, i = b[:n+plain], i+plain
		}
		if c := s[i]; c < utf8.RuneSelf {
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
				if c >= ' ' {
					b = append(b, c)
				} else {
					b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
				}
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))])) // which needs no memory
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, `\ufffd`...)
		case r == '\u2028' || r == '\u2029':
			b = append(b, '\\', 'u', '2', '0', '2', hex[r&15])
		default:
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return append(b, '"')
}
