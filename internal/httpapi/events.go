package httpapi

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"laneway"
	"laneway/internal/live"
)

// eventsPath is the address of the event stream.
const eventsPath = "/api/events"

// writeTimeout bounds how long one batch of events may take to a reader: whoever takes nothing for
// so long is cut off.
const writeTimeout = 10 * time.Second

// recheckRetry is how soon a check that the database did not answer is made again.
const recheckRetry = 5 * time.Second

// firstRecheck is when a new stream is asked about for the first time: its person may have lost the
// right between the request and the moment from which the stream hears of that. recheckSpread is over
// how long the checks of many streams are spread that are due at once.
const (
	firstRecheck  = 2 * time.Second
	recheckSpread = 500 * time.Millisecond
)

// streamEvents sends what happens in the organization as server-sent events, until the client goes
// away, may no longer read, or the server stops. A stream is open for hours, so it takes its connection
// out of the hands of net/http, which would keep three buffers, a deep stack and the request for it.
func (s *server) streamEvents(w http.ResponseWriter, r *request) error {
	after, err := r.resumePoint()
	if err != nil {
		return err
	}
	shown, err := s.credentialOf(r.Request)
	if err != nil {
		return err
	}
	shown.text = strings.Clone(shown.text) // a part of the headers, which end with the request
	stream, err := s.platform.Watch(r.Context(), r.actor, after)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "private, no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")       // nginx would collect events before it hands them on
	h.Set("Transfer-Encoding", "identity") // without chunks: the stream ends with its connection
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		stream.Close()
		return nil
	}
	// This sends the headers, and lifts the server's limits on time, which are for requests that end.
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		stream.Close()
		return fmt.Errorf("take over the connection of a stream: %w", err)
	}
	reader := &streamReader{
		server: s, conn: conn, stream: stream, gone: make(chan struct{}), allowed: make(chan error, 1), opened: s.now(),
		shown: shown, actor: r.actor, requestID: exchangeOf(r.Context()).id,
	}
	go reader.run()
	return nil
}

// streamReader is a client that reads a stream. It keeps what it needs of the request and nothing else.
type streamReader struct {
	server    *server
	conn      net.Conn
	stream    *live.Stream
	gone      chan struct{} // closed when the client has closed the connection
	allowed   chan error    // what came of asking whether the client still may read
	opened    time.Time
	shown     credential
	requestID string
	actor     laneway.Actor
}

// run serves the stream to its end, whatever that is: an answer that has begun has no other.
func (c *streamReader) run() {
	s := c.server
	why := "panic"
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("panic", "request_id", c.requestID, "operation", "streamEvents", "route", "GET "+eventsPath, panicAttr(v), "stack", string(debug.Stack()))
		}
		c.stream.Close()
		_ = c.conn.Close() // the client sees the end, or is gone
		s.log.Info("event stream ended", "request_id", c.requestID, "reason", why, "duration", s.now().Sub(c.opened))
	}()
	go c.watch()
	if hello := c.stream.Hello(); hello != nil && !c.write(hello) {
		why = "client does not read"
		return
	}
	why = c.loop()
}

// watch notices that the client closes the connection. What it sends is thrown away.
func (c *streamReader) watch() {
	defer close(c.gone)
	var b [1]byte
	for {
		if _, err := c.conn.Read(b[:]); err != nil {
			return
		}
	}
}

// loop sends what there is until the stream ends, and says why it did.
func (c *streamReader) loop() string {
	s := c.server
	beat := time.NewTicker(s.heartbeat)
	defer beat.Stop()
	checked := s.now()
	check := time.NewTimer(spread(min(s.recheck, firstRecheck)))
	defer check.Stop()
	asking, again := false, false
	for {
		if why := c.forward(); why != "" {
			return why
		}
		select {
		case <-c.stream.Wake():
		case <-beat.C:
			if !c.write(live.Heartbeat()) {
				return "client does not read"
			}
		case <-c.stream.Recheck():
			check.Reset(rand.N(recheckSpread))
		case <-check.C:
			if asking {
				again = true // what was asked before may be answered by what was before
				continue
			}
			asking = true
			go c.ask() // beside the stream, whose stack stays small
		case err := <-c.allowed:
			asking = false
			switch {
			case err == nil && again:
				again = false
				check.Reset(0)
			case err == nil:
				checked = s.now()
				check.Reset(spread(s.recheck))
			case laneway.KindOf(err) == laneway.Unavailable && s.now().Sub(checked) < 2*s.recheck:
				check.Reset(min(recheckRetry, s.recheck))
			default:
				return "client may not read any more"
			}
		case <-c.stream.Done():
			return "server stops"
		case <-c.gone:
			return "client closed"
		}
	}
}

// ask finds out whether the session or the token lives and its person still may read in the organization.
func (c *streamReader) ask() {
	account, err := c.server.authenticate(context.Background(), c.shown)
	if err == nil {
		actor := c.actor
		actor.Role = "" // which may nothing
		if m := account.Membership(actor.OrganizationID); m != nil {
			actor.Role = m.Role
		}
		err = actor.May(laneway.ReadDiagrams)
	}
	c.allowed <- err
}

// forward sends all that the stream has; it gives a reason where that is its end.
func (c *streamReader) forward() string {
	for {
		frames, err := c.stream.Next(context.Background())
		switch {
		case len(frames) > 0 && !c.write(frames...):
			return "client does not read"
		case errors.Is(err, live.ErrReset):
			return "too far behind"
		case err != nil:
			c.server.log.Warn("read events for a stream", "request_id", c.requestID, "error", err)
			return "events cannot be read"
		case len(frames) == 0:
			return ""
		}
	}
}

// write sends frames, and reports whether the client took them.
func (c *streamReader) write(frames ...[]byte) bool {
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return false
	}
	buffers := net.Buffers(slices.Clone(frames)) // WriteTo takes it apart
	_, err := buffers.WriteTo(c.conn)
	return err == nil
}

// spread varies a time by a tenth, so that streams that began together do not ask together.
func spread(d time.Duration) time.Duration {
	return d - rand.N(d/10+1)
}

// resumePoint gives the number behind which the stream begins, -1 for now. The header is newer than
// the query: a browser that connects again by itself repeats the address as it was.
func (r *request) resumePoint() (int64, error) {
	field, text := "Last-Event-ID", r.Header.Get("Last-Event-ID")
	if text == "" {
		field, text = "lastEventId", r.query.Get("lastEventId")
		if !r.query.Has("lastEventId") {
			return -1, nil
		}
	}
	after, err := strconv.ParseInt(text, 10, 64)
	if err != nil || after < 0 {
		return 0, laneway.InvalidField(field, "invalid_event_id", "This must be the id of an event, a whole number from 0 on.")
	}
	return after, nil
}
