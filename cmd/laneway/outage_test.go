package main

import (
	"bufio"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// watched is somebody who looks, and wants to be told when that is no use.
type watched struct {
	*person
	t           testing.TB
	unavailable int
}

// try sends a request and reports whether it went well. What did not has to be 503 with a time to try again.
func (w *watched) try(method, path string, body, answer any) bool {
	w.t.Helper()
	var retryAfter string
	w.client.Transport = seen{w.client.Transport, func(a *http.Response) { retryAfter = a.Header.Get("Retry-After") }}
	defer func() { w.client.Transport = w.client.Transport.(seen).RoundTripper }()
	status, err := w.do(method, path, body, answer)
	switch {
	case err != nil:
		w.t.Errorf("%s %s: %v", method, path, err)
	case status == http.StatusServiceUnavailable && retryAfter != "":
		w.unavailable++
	case status != http.StatusOK:
		w.t.Errorf("%s %s: %d with Retry-After %q, want 200, or 503 with a time", method, path, status, retryAfter)
	}
	return err == nil && status == http.StatusOK
}

// seen shows answers on their way.
type seen struct {
	http.RoundTripper
	show func(*http.Response)
}

func (s seen) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := s.RoundTripper.RoundTrip(r)
	if err == nil {
		s.show(answer)
	}
	return answer, err
}

// until tries again and again, and gives how long after begun it took.
func (w *watched) until(begun time.Time, what string, is func() bool) time.Duration {
	w.t.Helper()
	for !is() {
		if time.Since(begun) > 2*time.Minute {
			w.t.Fatalf("after two minutes still not: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(begun)
}

// remembers reports whether lists come from the server's memory, for which it has to hear the others.
func (w *watched) remembers() bool {
	var how string
	w.client.Transport = seen{w.client.Transport, func(a *http.Response) { how = a.Header.Get("X-Cache") }}
	defer func() { w.client.Transport = w.client.Transport.(seen).RoundTripper }()
	_, err := w.do("GET", "/api/diagrams", nil, nil)
	return err == nil && how == "HIT"
}

// TestDatabaseRestarts takes the database away and back: meanwhile everything is 503 with Retry-After, and afterwards the server
// is back by itself: saves, lists, LISTEN, lists from memory, and the streams that were open all the time. It prints how soon;
// within 5 s on a quiet machine, where the long tests run.
func TestDatabaseRestarts(t *testing.T) {
	t.Parallel()
	rounds, most := 1, 30*time.Second
	if os.Getenv("LANEWAY_TEST_LONG") != "" {
		rounds, most = 5, 5*time.Second
	}
	flags, _, database := anotherServer(t)
	server := start(t, append(flags, "--data-dir", filepath.Join(t.TempDir(), "unused"), "--rate-limit", "off")...)
	ada := &watched{person: newPerson(t, server.address), t: t}
	ada.awaitListening()
	ada.signUp("ada@example.org")
	d := ada.create("Order", model("start"))
	stream, err := http.DefaultClient.Do(streamRequest(t, ada.person))
	if err != nil || stream.StatusCode != http.StatusOK {
		t.Fatalf("open a stream: %v, %v", stream, err)
	}
	defer stream.Body.Close()
	events := bufio.NewScanner(stream.Body)
	for range rounds {
		ada.until(time.Now(), "lists come from memory", ada.remembers)
		database.Away()
		before := ada.unavailable
		for range 20 {
			if ada.try("PUT", "/api/diagrams/"+d.ID, map[string]any{"bpmnXml": model("meanwhile"), "expectedVersion": d.Version}, &d) {
				t.Error("a save went well without a database")
			}
			ada.try("GET", "/api/diagrams", nil, nil)
			ada.try("GET", "/api/diagrams/"+d.ID, nil, nil)
		}
		if ada.unavailable-before < 50 {
			t.Errorf("%d of 60 requests were told that the database is away", ada.unavailable-before)
		}
		database.Back()
		begun := time.Now()
		saved := ada.until(begun, "a save is acknowledged", func() bool {
			return ada.try("PUT", "/api/diagrams/"+d.ID, map[string]any{"bpmnXml": model("back"), "expectedVersion": d.Version}, &d)
		})
		remembers := ada.until(begun, "lists come from memory", ada.remembers)
		var page struct{ Data []diagram }
		if ada.must(200, "GET", "/api/diagrams", nil, &page); len(page.Data) != 1 || page.Data[0].Version != d.Version {
			t.Errorf("the list has %+v, and version %d is acknowledged", page.Data, d.Version)
		}
		for events.Text() != "event: diagram.saved" {
			if !events.Scan() {
				t.Fatalf("the stream ended: %v", events.Err())
			}
		}
		told := time.Since(begun)
		if !events.Scan() {
			t.Fatal(events.Err())
		}
		t.Logf("after the return of the database: a save after %s, the open stream tells it after %s, lists from memory after %s; %d requests were 503 meanwhile",
			saved.Round(time.Millisecond), told.Round(time.Millisecond), remembers.Round(time.Millisecond), ada.unavailable-before)
		if worst := max(saved, remembers, told); worst > most {
			t.Errorf("all of it after %s, want %s at most", worst, most)
		}
	}
}

// streamRequest asks for the event stream as somebody who is signed in.
func streamRequest(t testing.TB, p *person) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.address+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.client.Jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	r.Header.Set("Accept", "text/event-stream")
	return r
}
