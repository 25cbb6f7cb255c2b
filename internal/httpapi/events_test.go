package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

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

// What a stream may be asked for, and what is refused before it begins.
func TestEventStreamRefusals(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	otto.NamesOrganization = false
	s.Create(t, mira, "CANARY", apitest.Document("A"))
	ask := func(name, query, header string, status int, reason string) apitest.Scenario {
		return apitest.Scenario{Name: name, Method: "GET", URL: "/api/events" + query, As: otto, Headers: map[string]string{"Last-Event-ID": header}, Status: status, Reason: reason, Not: []string{"CANARY", mira.ID}}
	}
	s.RunAll(t, []apitest.Scenario{
		ask("one's own", "?organization="+otto.OrganizationID, "", 200, ""),
		ask("somebody else's", "?organization="+mira.OrganizationID, "", 404, ""),
		ask("one that is not there", "?organization="+missing, "", 404, ""),
		ask("nonsense", "?organization=x", "", 404, ""),
		ask("two", "?organization="+otto.OrganizationID+"&organization="+mira.OrganizationID, "", 404, ""),
		ask("no number", "?lastEventId=x", "", 422, "invalid_event_id"),
		ask("empty", "?lastEventId=", "", 422, "invalid_event_id"),
		ask("below zero", "?lastEventId=-1", "", 422, "invalid_event_id"),
		ask("no number in the header", "?lastEventId=1", "1e3", 422, "invalid_event_id"),
		ask("unknown parameter", "?since=1", "", 422, "unknown_parameter"),
		ask("an event that nobody has reached", "?lastEventId=1000", "", 200, ""),
		{Name: "headers alone", Method: "HEAD", URL: "/api/events", As: mira, Status: 200, WantHeaders: map[string]string{"Content-Type": "text/event-stream"}},
		{Name: "nobody", Method: "GET", URL: "/api/events", Status: 401},
		{Name: "no post", Method: "POST", URL: "/api/events", As: mira, Status: 405},
	})
	ahead := s.Open(t, otto, "?lastEventId=1000", nil)
	if reset := ahead.Want(t, "reset"); reset.ID != "2" || reset.Data != `{"seq":2}` {
		t.Errorf("reset %+v", reset)
	}
	ahead.WantEnd(t)
	header := s.Open(t, mira, "?organization="+mira.OrganizationID, nil)
	header.Want(t, "hello")
}

// A stream outlives the server's limits on requests, and gives signs of life meanwhile.
func TestEventStreamIsLong(t *testing.T) {
	t.Parallel()
	const limit = 3 * time.Second // long enough for a sign-up on a busy machine
	s := apitest.New(t, apitest.Config{Timeout: limit, Heartbeat: limit / 20})
	mira := s.SignUp(t, "mira")
	opened := time.Now()
	stream := s.Open(t, mira, "", nil)
	stream.Want(t, "hello")
	for time.Since(opened) < limit+limit/3 {
		if e := stream.Want(t, "comment"); e.ID != "" || e.Data != "" {
			t.Errorf("heartbeat %+v", e)
		}
	}
	s.Create(t, mira, "Harbour", apitest.Document("A"))
	for {
		if e := stream.Next(t); e.Name == "diagram.created" {
			break
		}
	}
	stream.Close()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(s.Log.String(), `"reason":"client closed"`); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server does not notice that the client has gone")
		}
	}
}

// Whoever may read no longer is cut off at the next look; others stay.
func TestEventStreamEndsWithPermission(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{Recheck: 100 * time.Millisecond, Relayed: true})
	mira := s.SignUp(t, "mira")
	out, gone := s.Join(t, s.SignUp(t, "out"), mira, "viewer"), s.Join(t, s.SignUp(t, "gone"), mira, "member")
	streams := make(map[string]*apitest.Stream)
	for name, p := range map[string]*apitest.Person{"mira": mira, "out": out, "gone": gone} {
		streams[name] = s.Open(t, p, "", nil)
		streams[name].Want(t, "hello")
	}
	s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/auth/sign-out", As: out, Status: 204})
	streams["out"].WantEnd(t)
	s.Admin(t, "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2", mira.OrganizationID, gone.ID)
	streams["gone"].WantEnd(t)
	s.Create(t, mira, "Harbour", apitest.Document("A"))
	streams["mira"].Want(t, "diagram.created")
	// While the database is away nobody can be asked, and after a while that counts as no.
	s.Relay.Take()
	streams["mira"].WantEnd(t)
}
