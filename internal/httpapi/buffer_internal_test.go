package httpapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"laneway"
)

// A handler's body is wiped when it has answered, with or without an error, so that nothing can be kept of it unnoticed. After
// a panic it stays as it is, for nobody knows who has it; so do large ones, which no other request gets.
func TestBorrowedBodies(t *testing.T) { // not beside others, whose requests would get what is given back
	for name, c := range map[string]struct {
		size  int
		end   func() error
		wiped bool
	}{
		"answered": {1000, func() error { return nil }, true},
		"refused":  {1000, func() error { return laneway.Errorf(laneway.NotFound, "None.") }, true},
		"panicked": {1000, func() error { panic("a fault") }, false},
		"large":    {largestBuffer + 1, func() error { return nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			var body []byte
			h := newServer(Config{}).endpoint(route{method: "POST", path: "/test", access: anonymous, handle: func(_ *server, _ http.ResponseWriter, r *request) (err error) {
				if body, err = r.borrowAll(maxForm, "body"); err != nil {
					return err
				}
				if string(body) != strings.Repeat("x", c.size) {
					t.Errorf("read %.100q", body)
				}
				return c.end()
			}})
			func() {
				defer func() { _ = recover() }()
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/test", strings.NewReader(strings.Repeat("x", c.size))))
			}()
			// Looking at the body now is what is wrong everywhere else.
			if wiped := bytes.Count(body, []byte{0}) == c.size; wiped != c.wiped || len(body) != c.size {
				t.Errorf("wiped: %t, want %t: %.100q", wiped, c.wiped, body)
			}
		})
	}
}

// A body that broke off, or is too long, leaves nothing borrowed.
func TestBodiesThatAreNotRead(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]io.Reader{
		"too long":  strings.NewReader(strings.Repeat("x", 101)),
		"broke off": io.MultiReader(strings.NewReader("{"), iotest.ErrReader(errors.New("the client went away"))),
	} {
		r := &request{Request: httptest.NewRequest(http.MethodPost, "/test", body)}
		r.ContentLength = -1
		if got, err := r.borrowAll(100, "body"); err == nil || got != nil || len(r.borrowed) > 0 {
			t.Errorf("%s: %q, %v, %d buffers", name, got, err, len(r.borrowed))
		}
	}
}

// unquoteBytes takes just the memory that the text needs.
func TestUnquotedSize(t *testing.T) {
	t.Parallel()
	for quoted, want := range map[string]string{
		`""`: "", `"plain"`: "plain", `"\"\\\/\b\f\n\r\t"`: "\"\\/\b\f\n\r\t", `"\u0041\u00e4\u20ac\ud83d\ude00z"`: "Aä€😀z", `"ä€😀\\u0041"`: `ä€😀\u0041`,
	} {
		if got, fault := unquoteBytes([]byte(quoted)); string(got) != want || fault != "" || cap(got) != len(want) {
			t.Errorf("%s is %q in %d bytes (%s), want %q in %d", quoted, got, cap(got), fault, want, len(want))
		}
	}
}
