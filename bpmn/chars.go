package bpmn

import (
	"unicode/utf8"
)

// isChar reports whether r is a Char of XML 1.0.
func isChar(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r <= 0xD7FF:
		return true
	case r < 0xE000:
		return false
	case r <= 0xFFFD:
		return true
	}
	return r >= 0x10000 && r <= utf8.MaxRune
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// isBlank reports whether s is white space and nothing else.
func isBlank(s string) bool {
	for i := range len(s) {
		if !isSpace(s[i]) {
			return false
		}
	}
	return true
}

// isNameStart reports whether r may start a name. The colon is not in the set:
// with namespaces it separates prefix and local name.
func isNameStart(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '_':
		return true
	case r < 0xC0:
		return false
	case r <= 0x2FF:
		return r != 0xD7 && r != 0xF7
	}
	return r >= 0x370 && r <= 0x37D || r >= 0x37F && r <= 0x1FFF || r == 0x200C || r == 0x200D ||
		r >= 0x2070 && r <= 0x218F || r >= 0x2C00 && r <= 0x2FEF || r >= 0x3001 && r <= 0xD7FF ||
		r >= 0xF900 && r <= 0xFDCF || r >= 0xFDF0 && r <= 0xFFFD || r >= 0x10000 && r <= 0xEFFFF
}

func isNamePart(r rune) bool {
	return isNameStart(r) || r == '-' || r == '.' || r >= '0' && r <= '9' || r == 0xB7 ||
		r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040
}

// nameParts says of each byte whether it is an ASCII character that a name may have.
var nameParts = func() (parts [256]bool) {
	for c := range utf8.RuneSelf {
		parts[c] = isNamePart(rune(c))
	}
	return parts
}()

// ncNameLen returns how many bytes at the start of s are an NCName.
func ncNameLen(s string) int {
	n := 0
	for n < len(s) {
		if nameParts[s[n]] && n > 0 {
			n++ // what most names are made of
			continue
		}
		r, size := rune(s[n]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[n:])
		}
		if !isNamePart(r) || n == 0 && !isNameStart(r) {
			break
		}
		n += size
	}
	return n
}

func isNCName(s string) bool { return s != "" && ncNameLen(s) == len(s) }
