package laneway

import (
	"errors"
	"fmt"
	"time"
)

// Kind is the class of an error that a caller can act on. The list is closed: API.md names the
// HTTP status of each, and httpapi/problem.go is the only place that maps one to the other.
type Kind string

// The kinds. An error without a kind is Internal and its text never leaves the server.
const (
	Malformed            Kind = "malformed"
	Unauthenticated      Kind = "unauthenticated"
	Forbidden            Kind = "forbidden"
	QuotaExceeded        Kind = "quota-exceeded"
	NotFound             Kind = "not-found"
	Conflict             Kind = "conflict"
	TooLarge             Kind = "too-large"
	UnsupportedMediaType Kind = "unsupported-media-type"
	Invalid              Kind = "invalid"
	VersionRequired      Kind = "version-required"
	BaselineRequired     Kind = "baseline-required"
	RateLimited          Kind = "rate-limited"
	Internal             Kind = "internal"
	Unavailable          Kind = "unavailable"
	StorageFull          Kind = "storage-full"
)

// Error is an error meant for the caller: Detail is shown to people as it stands.
type Error struct {
	Kind   Kind
	Detail string
	Fields []FieldError
	// RetryAfter says when to try again; used with RateLimited and Unavailable.
	RetryAfter time.Duration
	// Versions is set on a Conflict about a stale save.
	Versions *StaleVersions
	// Cause is logged and never shown.
	Cause error
}

// FieldError names one field at fault. Line and Column are 1-based positions inside the field's
// text, 0 where there are none.
type FieldError struct {
	Field, Code, Detail string
	ElementID           string
	Line, Column        int
}

// StaleVersions tells which version a save was made for and which one is current.
type StaleVersions struct {
	Current, Expected int64
}

// Error gives kind and detail, and the cause where there is one: text for logs.
func (e *Error) Error() string {
	s := string(e.Kind)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Errorf makes an Error with the given kind; the text is shown to people.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// InvalidField is the Invalid error about one field of a request.
func InvalidField(field, code, detail string) *Error {
	return &Error{Kind: Invalid, Detail: detail, Fields: []FieldError{{Field: field, Code: code, Detail: detail}}}
}

// KindOf gives the kind of err, Internal when it has none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
