package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner walks over JSON that is known to be valid.
type scanner struct {
	text []byte
	pos  int
}

func (s *scanner) peek() byte { return s.text[s.pos] }

func (s *scanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// value gives the value that starts here, as it is written, and goes behind it.
func (s *scanner) value() []byte {
	start, depth := s.pos, 0
	for {
		switch c := s.text[s.pos]; c {
		case '"':
			s.skipString()
		case '{', '[':
			depth++
			s.pos++
		case '}', ']':
			depth--
			s.pos++
		case ',', ':', ' ', '\t', '\r', '\n':
			s.pos++
			continue
		default: // a number or a word
			for s.pos < len(s.text) && !strings.ContainsRune(",:]} \t\r\n", rune(s.text[s.pos])) {
				s.pos++
			}
		}
		if depth == 0 {
			return s.text[start:s.pos]
		}
	}
}

func (s *scanner) skipString() {
	for s.pos++; s.text[s.pos] != '"'; s.pos++ {
		if s.text[s.pos] == '\\' {
			s.pos++
		}
	}
	s.pos++
}

// unquote reads a valid JSON string. The second result says what no text can hold: half a surrogate
// pair.
func unquote(raw []byte) (string, string) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), ""
	}
	text, fault := unquoteBytes(raw)
	return string(text), fault
}

// unquoteBytes is unquote into new memory of just the size of the text, as what is kept should have.
func unquoteBytes(raw []byte) ([]byte, string) {
	buffer := borrow()
	defer giveBack(buffer)
	text, whole := appendUnquoted((*buffer)[:0], raw[1:len(raw)-1])
	*buffer = text[:min(len(text)+wordSize, cap(text))] // all that was written
	if !whole {
		return nil, "This must not contain half of a surrogate pair."
	}
	own := make([]byte, len(text))
	copy(own, text)
	return own, ""
}

// appendUnquoted appends the text of a valid JSON string, given without its quotation marks; whole is false where half a
// surrogate pair stands in it. It may write up to a word behind what it gives.
func appendUnquoted(b, raw []byte) (text []byte, whole bool) {
	b = slices.Grow(b, len(raw)+wordSize) // a text is never longer than it is written
	n, at := len(b), 0
	b = b[:cap(b)]
	for at < len(raw) {
		if at+wordSize <= len(raw) {
			w := loadWord(raw, at)
			storeWord(b, n, w)
			escapes := marksOf(w, '\\')
			if escapes == 0 {
				at, n = at+wordSize, n+wordSize
				continue
			}
			plain := firstMark(escapes)
			at, n = at+plain, n+plain
		} else if raw[at] != '\\' {
			b[n] = raw[at]
			at, n = at+1, n+1
			continue
		}
		if at+1 == len(raw) {
			return b[:n], false
		}
		switch c := raw[at+1]; c {
		case 'b':
			b[n] = '\b'
		case 'f':
			b[n] = '\f'
		case 'n':
			b[n] = '\n'
		case 'r':
			b[n] = '\r'
		case 't':
			b[n] = '\t'
		case 'u':
			r := rune(codeUnit(raw[at:]))
			if utf16.IsSurrogate(r) {
				if r = utf16.DecodeRune(r, rune(codeUnit(raw[at+6:]))); r == utf8.RuneError {
					return b[:n], false
				}
				at += 6
			}
			n += utf8.EncodeRune(b[n:], r)
			at += 6
			continue
		default: // a quotation mark, a backslash or a slash, which stand for themselves
			b[n] = c
		}
		at, n = at+2, n+1
	}
	return b[:n], true
}

// codeUnit gives the code unit of the escape \uXXXX that raw begins with, or 0.
func codeUnit(raw []byte) uint16 {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0
	}
	n, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

// encodeJSON is the one way JSON leaves: without HTML escaping, for XML in it would grow threefold.
func encodeJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return buf.Bytes(), nil
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	data, err := encodeJSON(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", mediaJSON)
	writeBody(w, status, data)
	return nil
}

// writeBody sends a whole answer. A client that went away can't be told anything, so errors of the
// connection end here; the access log has the number of bytes that were sent.
func writeBody(w http.ResponseWriter, status int, data []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	_, _ = w.Write(data)
}
