package httpapi

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"laneway"
)

// buffers are what bodies are read into and unpacked into. Take one with borrow and hand it back with giveBack, when nothing
// points into it any more.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// largestBuffer is the size of the largest buffer that is kept, in bytes. A document in JSON has a tenth of that.
const largestBuffer = 256 << 10

func borrow() *[]byte { return buffers.Get().(*[]byte) }

// giveBack wipes a buffer, all that its slice has, and lets others have it. A slice that somebody kept by mistake shows
// zeros from then on, and later what is another's: the wiping makes it show in tests, and keeps passwords from lying about.
func giveBack(buffer *[]byte) {
	if cap(*buffer) > largestBuffer {
		return
	}
	clear(*buffer)
	*buffer = (*buffer)[:0]
	buffers.Put(buffer)
}

// readAll reads the whole body, at most limit bytes, into memory that is the caller's own. field is named where it is longer.
func (r *request) readAll(limit int64, field string) ([]byte, error) {
	return r.readInto(nil, limit, field)
}

// borrowAll is readAll into a buffer that other requests get when this one is answered: nothing that outlives the handler
// may point into the body. A handler that panics does not give it back, for nobody knows who has it.
func (r *request) borrowAll(limit int64, field string) ([]byte, error) {
	buffer := borrow()
	body, err := r.readInto((*buffer)[:0], limit, field)
	if err != nil {
		return nil, err
	}
	*buffer = body // it may have grown
	r.borrowed = append(r.borrowed, buffer)
	return body, nil
}

// giveBackAll ends the use of what borrowAll gave.
func (r *request) giveBackAll() {
	for _, buffer := range r.borrowed {
		giveBack(buffer)
	}
	r.borrowed = nil
}

func (r *request) readInto(b []byte, limit int64, field string) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit, field)
	}
	buf := bytes.NewBuffer(b)
	if r.ContentLength > 0 {
		buf.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(r.Body, limit+1))
	switch {
	case n > limit:
		return nil, tooLarge(limit, field)
	case err != nil:
		return nil, &laneway.Error{Kind: laneway.Malformed, Detail: "The body ended before it was complete.", Cause: fmt.Errorf("read body: %w", err)}
	}
	return buf.Bytes(), nil
}

func tooLarge(limit int64, field string) error {
	detail := fmt.Sprintf("The body has more than %d MiB.", limit>>20)
	return &laneway.Error{Kind: laneway.TooLarge, Detail: detail,
		Fields: []laneway.FieldError{{Field: field, Code: "too_large", Detail: detail}}}
}
