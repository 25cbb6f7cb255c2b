package httpapi_test

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"laneway/internal/httpapi/apitest"
)

func TestIdempotency(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	otto := s.Join(t, s.SignUp(t, "otto"), mira, "member")
	key := func(k string) map[string]string { return map[string]string{"Idempotency-Key": k} }
	body := apitest.JSON(t, map[string]string{"title": "Harbour", "bpmnXml": apitest.Document("Unload")})
	create := apitest.Scenario{Method: "POST", URL: "/api/diagrams", As: mira, Body: body, Headers: key("one"), Status: 201}
	first := s.Run(t, create)
	again := s.Run(t, create)
	if !bytes.Equal(first.Body, again.Body) {
		t.Errorf("the repeated answer differs:\n%s\n%s", first.Body, again.Body)
	}
	for _, name := range []string{"ETag", "Location", "Laneway-Seq", "Content-Type"} {
		if first.Header.Get(name) != again.Header.Get(name) || first.Header.Get(name) == "" {
			t.Errorf("%s: %q, then %q", name, first.Header.Get(name), again.Header.Get(name))
		}
	}
	if first.Header.Get("X-Request-Id") == again.Header.Get("X-Request-Id") {
		t.Error("the repeated answer has the request id of the first")
	}
	d := apitest.Decode[apitest.Diagram](t, first)
	one := "/api/diagrams/" + d.ID
	duplicate := apitest.Scenario{Method: "POST", URL: one + "/duplicate", As: mira, Headers: key("two"), Status: 201}
	if a, b := s.Run(t, duplicate), s.Run(t, duplicate); !bytes.Equal(a.Body, b.Body) {
		t.Error("a repeated duplicate differs")
	}
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: one, As: mira, Status: 204})
	restore := apitest.Scenario{Method: "POST", URL: one + "/restore", As: mira, Headers: key("three"), Status: 200}
	if a, b := s.Run(t, restore), s.Run(t, restore); !bytes.Equal(a.Body, b.Body) {
		t.Error("a repeated restore differs")
	}
	if n := s.Count(t, "diagrams"); n != 2 {
		t.Errorf("%d diagrams, want 2", n)
	}
	other := strings.Replace(body, "Harbour", "Airport", 1)
	s.RunAll(t, []apitest.Scenario{
		{Name: "another body", Method: "POST", URL: "/api/diagrams", As: mira, Body: other, Headers: key("one"), Status: 422, Kind: "invalid", Reason: "key_reused"},
		{Name: "another address", Method: "POST", URL: one + "/duplicate", As: mira, Body: body, Headers: key("one"), Status: 422},
		{Name: "another person has keys of their own", Method: "POST", URL: "/api/diagrams", As: otto, Body: body, Headers: key("one"), Status: 201},
		{Name: "an empty key", Method: "POST", URL: "/api/diagrams", As: mira, Body: body, Headers: key(" "), Status: 422, Reason: "invalid_key"},
		{Name: "a long key", Method: "POST", URL: "/api/diagrams", As: mira, Body: body, Headers: key(strings.Repeat("k", 256)), Status: 422, Reason: "invalid_key"},
		{Name: "the longest key", Method: "POST", URL: "/api/diagrams", As: mira, Body: body, Headers: key(strings.Repeat("k", 255)), Status: 201},
		{Name: "a key that is not ASCII", Method: "POST", URL: "/api/diagrams", As: mira, Body: body, Headers: key("schlüssel"), Status: 422, Reason: "invalid_key"},
		{Name: "a refused request", Method: "POST", URL: "/api/diagrams", As: mira, Body: `{"title":"A","bpmnXml":"<a/>"}`, Headers: key("four"), Status: 422, Reason: "not_bpmn"},
		{Name: "lets go of its key", Method: "POST", URL: "/api/diagrams", As: mira, Body: body, Headers: key("four"), Status: 201},
	})
	s.Run(t, apitest.Scenario{Name: "the plan is full", Method: "POST", URL: "/api/diagrams", As: mira, Body: body, Headers: key("five"), Status: 403, Kind: "quota-exceeded"})
	s.SetPlan(t, mira, "pro")
	s.Run(t, apitest.Scenario{Name: "and then it is not", Method: "POST", URL: "/api/diagrams", As: mira, Body: body, Headers: key("five"), Status: 201})
}

// While the first request runs, repetitions are refused, and never run as well.
func TestIdempotencyWhileRunning(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	body := apitest.JSON(t, map[string]string{"title": "Harbour", "bpmnXml": apitest.Document("Unload")})
	create := apitest.Scenario{Method: "POST", URL: "/api/diagrams", As: mira, Body: body, Headers: map[string]string{"Idempotency-Key": "k"}}

	var wait sync.WaitGroup
	var made, running atomic.Int32
	for range 12 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			a := s.Do(t, s.Request(t, create))
			switch {
			case a.Status == http.StatusCreated:
				made.Add(1)
			case a.Status == http.StatusConflict && a.Problem(t).Errors[0].Code == "in_progress":
				running.Add(1)
			default:
				t.Errorf("status %d: %s", a.Status, a.Body)
			}
		}()
	}
	wait.Wait()
	if s.Count(t, "diagrams") != 1 || made.Load() == 0 {
		t.Errorf("%d diagrams, %d answers of success, %d told to wait", s.Count(t, "diagrams"), made.Load(), running.Load())
	}

	// A server that died in the middle leaves a claim behind; it counts until its lease ends.
	s.Admin(t, "UPDATE idempotency_keys SET status = NULL, headers = NULL, body = NULL, lease_until = now() + interval '1 minute'")
	create.Status, create.Reason = 409, "in_progress"
	s.Run(t, create)
	s.Admin(t, "UPDATE idempotency_keys SET lease_until = now() - interval '1 second'")
	create.Status, create.Reason = 201, ""
	s.Run(t, create)
	s.Admin(t, "UPDATE idempotency_keys SET created_at = now() - interval '25 hours'")
	s.Run(t, create)
	if n := s.Count(t, "diagrams"); n != 3 {
		t.Errorf("%d diagrams, want 3: one, one after the lease, one after a day", n)
	}
}
