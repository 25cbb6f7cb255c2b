package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"laneway"
)

// Bounds of request bodies. A document has at most maxDocument bytes; in JSON, escapes can make it
// several times as long, and a save may carry two. Bodies without a document have no reason to be
// large, and some of them come from anybody.
const (
	maxDocument = 5 << 20
	maxJSON     = 16 << 20
	maxForm     = 1 << 20
)

// Media types of request bodies.
const (
	mediaJSON = "application/json"
	mediaBPMN = "application/bpmn+xml"
)

// mediaType gives the type of the body, which must be one of allowed. Bodies with a
// Content-Encoding are refused unread: nothing here ever decompresses.
func (r *request) mediaType(allowed ...string) (string, error) {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" {
		detail := "Compressed bodies are not accepted; send it without Content-Encoding."
		return "", &laneway.Error{Kind: laneway.UnsupportedMediaType, Detail: detail,
			Fields: []laneway.FieldError{{Field: "Content-Encoding", Code: "unsupported_content_encoding", Detail: detail}}}
	}
	refused := func(code, detail string) error {
		return &laneway.Error{Kind: laneway.UnsupportedMediaType, Detail: detail,
			Fields: []laneway.FieldError{{Field: "Content-Type", Code: code, Detail: detail}}}
	}
	list := strings.Join(allowed, " or ")
	header := r.Header.Values("Content-Type")
	if len(header) != 1 || header[0] == "" {
		return "", refused("required", "Say what the body is with one Content-Type: "+list+".")
	}
	media, params, err := mime.ParseMediaType(header[0])
	if err != nil || !slices.Contains(allowed, media) {
		return "", refused("unsupported_content_type", "This address takes "+list+".")
	}
	// The encoding of a document stands in the document; JSON has one only.
	if charset, ok := params["charset"]; ok && media == mediaJSON && !strings.EqualFold(charset, "utf-8") {
		return "", refused("unsupported_charset", "JSON is sent in UTF-8.")
	}
	return media, nil
}

// object is a JSON object of a request, and what was found wrong with it so far. Its accessors give
// zero values for fields at fault; err tells of all of them at once. What they give is the caller's
// own: nothing of it points into the body.
type object struct {
	fields map[string][]byte // as written: parts of the body
	faults []laneway.FieldError
}

// maxFaults bounds the list in an answer; a body can have any number of wrong fields.
const maxFaults = 20

// readObject reads a JSON object of at most limit bytes with the named fields and no others. The raw
// body comes with it, for the digest of idempotent requests. Both are borrowed: see borrowAll.
func (r *request) readObject(limit int64, fields ...string) (*object, []byte, error) {
	if _, err := r.mediaType(mediaJSON); err != nil {
		return nil, nil, err
	}
	body, err := r.borrowAll(limit, "body")
	if err != nil {
		return nil, nil, err
	}
	o, err := parseObject(body, fields)
	return o, body, err
}

// readOptionalObject is readObject for addresses that need no body: without one, the object is empty.
func (r *request) readOptionalObject(fields ...string) (*object, []byte, error) {
	if r.ContentLength == 0 && r.Header.Get("Content-Encoding") == "" {
		return &object{}, nil, nil
	}
	if len(r.Header.Values("Content-Type")) == 0 && r.Header.Get("Content-Encoding") == "" {
		// Some clients announce a body of unknown length and send nothing.
		body, err := r.borrowAll(maxForm, "body")
		if err == nil && len(body) == 0 {
			return &object{}, nil, nil
		}
	}
	return r.readObject(maxForm, fields...)
}

// syntaxOnly lets json.Unmarshal check a text without building anything from it.
type syntaxOnly struct{}

func (syntaxOnly) UnmarshalJSON([]byte) error { return nil }

// parseObject checks the whole text while it takes it apart, so that everything behind may rely on its syntax. That a text is
// no JSON counts for more than what its members are.
func parseObject(body []byte, allowed []string) (*object, error) {
	if i := invalidUTF8(body); i >= 0 {
		return nil, malformedAt(body, i, "is not UTF-8")
	}
	o := &object{fields: make(map[string][]byte, len(allowed))}
	var doubled error
	v := validator{body}
	v.blank()
	if len(v.rest) == 0 || v.rest[0] != '{' {
		if !validJSON(body) {
			return nil, invalidJSON(body)
		}
		return nil, laneway.InvalidField("body", "wrong_type", "The body must be a JSON object.")
	}
	valid := v.object(0, func(left int, quoted, value []byte) {
		name, fault := unquote(quoted)
		switch _, twice := o.fields[name]; {
		case twice && doubled == nil:
			doubled = malformedAt(body, len(body)-left, "has this key a second time: "+quoteName(name))
		case fault != "" || !slices.Contains(allowed, name):
			o.fault(quoteName(name), "unknown_field", "There is no such field here; names are case-sensitive.")
		}
		// Unknown names are kept too: a doubled one is malformed wherever it stands.
		o.fields[name] = value
	})
	if !valid || !v.blank() || len(v.rest) > 0 {
		return nil, invalidJSON(body)
	}
	if doubled != nil {
		return nil, doubled
	}
	return o, nil
}

// invalidJSON tells where a body is no JSON.
func invalidJSON(body []byte) error {
	err := json.Unmarshal(body, &syntaxOnly{})
	if len(bytes.TrimSpace(body)) == 0 {
		return laneway.Errorf(laneway.Malformed, "The body is empty; a JSON object is expected.")
	}
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	if !ok {
		return &laneway.Error{Kind: laneway.Malformed, Detail: "The body is not valid JSON.", Cause: err}
	}
	if strings.Contains(syntax.Error(), "unexpected end") {
		return malformedAt(body, len(body), "ends too early")
	}
	return malformedAt(body, int(syntax.Offset)-1, "is not valid JSON ("+syntax.Error()+")")
}

// quoteName makes a client's name fit to be sent back: short, and without control characters.
func quoteName(name string) string {
	const most = 64
	if utf8.RuneCountInString(name) > most {
		name = string([]rune(name)[:most]) + "…"
	}
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c == 0x7f || c == utf8.RuneError {
			return '?'
		}
		return c
	}, name)
}

// malformedAt is the error about a place in the body, named by line and column, both from 1.
func malformedAt(body []byte, offset int, what string) error {
	offset = max(0, min(offset, len(body)))
	line := 1 + bytes.Count(body[:offset], []byte{'\n'})
	start := bytes.LastIndexByte(body[:offset], '\n') + 1
	column := 1 + utf8.RuneCount(body[start:offset])
	detail := fmt.Sprintf("The body %s: line %d, column %d.", what, line, column)
	return &laneway.Error{Kind: laneway.Malformed, Detail: detail,
		Fields: []laneway.FieldError{{Field: "body", Code: "malformed", Detail: detail, Line: line, Column: column}}}
}

func invalidUTF8(body []byte) int {
	if utf8.Valid(body) {
		return -1
	}
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

func (o *object) fault(field, code, detail string) {
	if len(o.faults) < maxFaults {
		o.faults = append(o.faults, laneway.FieldError{Field: field, Code: code, Detail: detail})
	}
}

// err is nil when every field that was asked for is as it should be.
func (o *object) err() error {
	if len(o.faults) == 0 {
		return nil
	}
	return &laneway.Error{Kind: laneway.Invalid, Detail: o.faults[0].Field + ": " + o.faults[0].Detail, Fields: o.faults}
}

// isNull tells whether the field is there and null.
func (o *object) isNull(name string) bool { return string(o.fields[name]) == "null" }

// has tells whether the field is there, null or not.
func (o *object) has(name string) bool {
	_, ok := o.fields[name]
	return ok
}

// require notes a fault where the field is absent.
func (o *object) require(names ...string) {
	for _, name := range names {
		if !o.has(name) {
			o.fault(name, "required", "This field is required.")
		}
	}
}

// quoted gives a string field as it is written; what is not a string is a fault.
func (o *object) quoted(name string) ([]byte, bool) {
	raw, ok := o.fields[name]
	if ok && raw[0] != '"' {
		o.fault(name, "wrong_type", "This must be a string.")
		return nil, false
	}
	return raw, ok
}

// text gives a string field; absent is nil, null is a fault.
func (o *object) text(name string) *string {
	raw, ok := o.quoted(name)
	if !ok {
		return nil
	}
	s, fault := unquote(raw)
	if fault != "" {
		o.fault(name, "illegal_character", fault)
		return nil
	}
	return &s
}

// line is text for everything but documents: a NUL, which no database text can hold, is a fault.
// In documents the gate finds it, and names the place.
func (o *object) line(name string) *string {
	s := o.text(name)
	if s != nil && strings.IndexByte(*s, 0) >= 0 {
		o.fault(name, "illegal_character", "This must not contain the character U+0000.")
		return nil
	}
	return s
}

// lines gives a field that is a list of at most limit strings; absent is nil, null is a fault.
func (o *object) lines(name string, limit int) []string {
	raw, ok := o.fields[name]
	if !ok {
		return nil
	}
	if raw[0] != '[' {
		o.fault(name, "wrong_type", "This must be a list of strings.")
		return nil
	}
	lines := []string{}
	s := scanner{text: raw, pos: 1}
	for s.space(); s.peek() != ']'; s.space() {
		if s.peek() == ',' {
			s.pos++
			s.space()
		}
		if len(lines) == limit {
			o.fault(name, "too_many", fmt.Sprintf("This list has at most %d entries.", limit))
			return nil
		}
		place := fmt.Sprintf("%s[%d]", name, len(lines))
		entry := &object{fields: map[string][]byte{place: s.value()}}
		line := entry.line(place)
		if line == nil {
			o.faults = append(o.faults, entry.faults...)
			return nil
		}
		lines = append(lines, *line)
	}
	return lines
}

// flag gives a boolean field; absent is false.
func (o *object) flag(name string) bool {
	raw, ok := o.fields[name]
	if !ok {
		return false
	}
	if s := string(raw); s != "true" && s != "false" {
		o.fault(name, "wrong_type", "This must be true or false.")
	}
	return string(raw) == "true"
}

// version gives a positive whole number; absent is 0.
func (o *object) version(name string) int64 {
	raw, ok := o.fields[name]
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	switch {
	case raw[0] != '-' && (raw[0] < '0' || raw[0] > '9'):
		o.fault(name, "wrong_type", "This must be a whole number.")
	case err != nil || n < 1:
		o.fault(name, "out_of_range", "This must be a whole number from 1 on, without fraction or exponent.")
	default:
		return n
	}
	return 0
}

// moment gives a time field; absent and null are the zero time.
func (o *object) moment(name string) time.Time {
	if !o.has(name) || o.isNull(name) {
		return time.Time{}
	}
	s := o.line(name)
	if s == nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, *s)
	if err != nil || t.Year() < 1 || t.Year() > 9999 || t.IsZero() {
		o.fault(name, "invalid_time", "This must be a time in the form of RFC 3339, such as 2026-12-31T23:59:59Z, or null.")
		return time.Time{}
	}
	return t.UTC()
}

// id gives a UUID field; absent is nil and null the zero ID.
func (o *object) id(name string) *laneway.ID {
	if !o.has(name) {
		return nil
	}
	if o.isNull(name) {
		return &laneway.ID{}
	}
	s := o.line(name)
	if s == nil {
		return nil
	}
	id, err := laneway.ParseID(*s)
	if err != nil || id.IsZero() {
		o.fault(name, "invalid_uuid", "This must be a UUID, or null.")
		return nil
	}
	return &id
}
