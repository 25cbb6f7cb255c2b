package httpapi_test

import (
	"fmt"
	"testing"

	"laneway/internal/httpapi/apitest"
)

// A stream opens with hello and tells every change of the organization; what happens meanwhile comes
// when it is opened again, by header and by query.
func TestEventStream(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	before := s.Create(t, mira, "Before", apitest.Document("A"))
	stream := s.Open(t, mira, "", nil)
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "Content-Encoding": "", "Cache-Control": "private, no-store, no-transform", "X-Accel-Buffering": "no"} {
		if have := stream.Header.Get(name); have != want {
			t.Errorf("%s is %q, want %q", name, have, want)
		}
	}
	hello := stream.Want(t, "hello")
	if seq := hello.Decode(t).Seq; fmt.Sprint(seq) != hello.ID || seq != 3 { // the organization, its admin, the diagram
		t.Errorf("hello %+v", hello)
	}
	s.Create(t, otto, "Foreign", apitest.Document("A"))
	made := s.Create(t, mira, "Harbour", apitest.Document("A"))
	put := func(id, body string) {
		t.Helper()
		s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + id, As: mira, Body: body, Status: 200})
	}
	put(made.ID, `{"title":"Hafen\n","expectedVersion":1}`)
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: "/api/diagrams/" + made.ID, As: mira, Status: 204})
	s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/diagrams/" + made.ID + "/restore", As: mira, Status: 200})
	s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/diagrams/" + made.ID + "/duplicate", As: mira, Status: 201})
	wants := []struct {
		kind, title string
		version     int64
	}{{"diagram.created", "Harbour", 1}, {"diagram.saved", "Hafen", 2}, {"diagram.trashed", "Hafen", 2}, {"diagram.restored", "Hafen", 2}, {"diagram.created", "Hafen (copy)", 1}}
	check := func(stream *apitest.Stream, from int) {
		t.Helper()
		for i, want := range wants[from:] {
			e := stream.Want(t, want.kind)
			d := e.Decode(t)
			seq := int64(4 + from + i)
			if d.Seq != seq || e.ID != fmt.Sprint(seq) || d.Kind != want.kind || d.Title != want.title || d.Version != want.version ||
				d.Actor.ID != mira.ID || d.Actor.DisplayName != "mira" || d.At == "" || (d.DiagramID == made.ID) != (want.kind != "diagram.created" || want.title == "Harbour") {
				t.Errorf("event %+v, want %d %+v", e, seq, want)
			}
		}
	}
	check(stream, 0)
	stream.Close()

	for _, at := range []int{0, 2, 4, 5} {
		again := s.Open(t, mira, "", map[string]string{"Last-Event-ID": fmt.Sprint(3 + at)})
		if hello := again.Want(t, "hello"); hello.ID != fmt.Sprint(3+at) {
			t.Errorf("resumed behind %d: %+v", 3+at, hello)
		}
		check(again, at)
		again.Close()
	}
	both := s.Open(t, mira, "?lastEventId=0&organization="+mira.OrganizationID, map[string]string{"Last-Event-ID": "7"})
	both.Want(t, "hello")
	check(both, 4)
	first := s.Open(t, mira, "?lastEventId=0", nil)
	first.Want(t, "hello")
	if d := first.Want(t, "diagram.created").Decode(t); d.DiagramID != before.ID || d.Seq != 3 {
		t.Errorf("from the start: %+v", d)
	}
	check(first, 0)
}
