package apitest

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Event is a server-sent event as clients read it. Heartbeats have the name "comment".
type Event struct{ ID, Name, Data string }

// EventData is the data of hello, reset and the events about diagrams.
type EventData struct {
	Seq              int64
	Kind, At         string
	Actor            *struct{ ID, DisplayName string }
	DiagramID, Title string
	Version          int64
	Changes          json.RawMessage
}

// Decode reads the event's data.
func (e Event) Decode(t testing.TB) EventData {
	t.Helper()
	return Decode[EventData](t, &Answer{Body: []byte(e.Data)})
}

// Stream is an open event stream.
type Stream struct {
	Header http.Header
	events chan Event // closed when the stream ends
	cancel context.CancelFunc
}

// patience bounds the wait for an event that has to come.
const patience = 20 * time.Second

// Open opens an event stream; query is what stands behind the address, such as "?lastEventId=3". It
// ends with the test.
func (s *Server) Open(t testing.TB, p *Person, query string, headers map[string]string) *Stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := s.Request(t, Scenario{Method: "GET", URL: "/api/events" + query, As: p, Headers: headers}).WithContext(ctx)
	response, err := s.client.Do(r) //nolint:bodyclose // closed by the goroutine that reads it
	if err != nil {
		cancel()
		t.Fatalf("open stream: %v", err)
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		cancel()
		t.Fatalf("open stream: status %d", response.StatusCode)
	}
	out := &Stream{Header: response.Header, events: make(chan Event, 1024), cancel: cancel}
	go func() {
		defer close(out.events)
		defer response.Body.Close()
		readEvents(bufio.NewReader(response.Body), out.events)
	}()
	t.Cleanup(cancel)
	return out
}

func readEvents(in *bufio.Reader, out chan<- Event) {
	var e Event
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "\n":
			out <- e
			e = Event{}
		case name == "":
			e.Name = "comment"
		case name == "id":
			e.ID = value
		case name == "event":
			e.Name = value
		case name == "data":
			e.Data += value
		}
	}
}

// Next gives the next event.
func (s *Stream) Next(t testing.TB) Event {
	t.Helper()
	select {
	case e, ok := <-s.events:
		if !ok {
			t.Fatal("the stream ended")
		}
		return e
	case <-time.After(patience):
		t.Fatal("no event came")
	}
	panic("unreachable")
}

// Want is Next for an event that must have this name.
func (s *Stream) Want(t testing.TB, name string) Event {
	t.Helper()
	e := s.Next(t)
	if e.Name != name {
		t.Fatalf("event %+v, want %s", e, name)
	}
	return e
}

// WantEnd waits for the end of the stream, whatever comes before.
func (s *Stream) WantEnd(t testing.TB) {
	t.Helper()
	after := time.After(patience)
	for {
		select {
		case _, ok := <-s.events:
			if !ok {
				return
			}
		case <-after:
			t.Fatal("the stream did not end")
		}
	}
}

// Close ends the stream from the client's side.
func (s *Stream) Close() { s.cancel() }
