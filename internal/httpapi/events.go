package httpapi

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
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

// streamEvents sends what happens in the organization as server-sent events, until the client goes
// away, may no longer read, or the server stops.
func (s *server) streamEvents(w http.ResponseWriter, r *request) error {
	after, err := r.resumePoint()
	if err != nil {
		return err
	}
	stream, err := s.platform.Watch(r.Context(), r.actor, after)
	if err != nil {
		return err
	}
	defer stream.Close()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "private, no-store, no-transform")
	h.Set("X-Accel-Buffering", "no") // nginx would collect events before it hands them on
	out := streamWriter{w: w, control: http.NewResponseController(w)}
	// The server's limits are for requests that end.
	if err := out.control.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	s.run(r, stream, out)
	return nil
}

// run writes a stream to its end, whatever that is: an answer that has begun has no other.
func (s *server) run(r *request, stream *live.Stream, out streamWriter) {
	if hello := stream.Hello(); hello != nil && !out.write(hello) {
		return
	}
	beat := time.NewTicker(s.heartbeat)
	defer beat.Stop()
	checked := s.now()
	check := time.NewTimer(spread(s.recheck))
	defer check.Stop()
	for {
		if !s.forward(r, stream, out) {
			return
		}
		select {
		case <-stream.Wake():
		case <-beat.C:
			if !out.write(live.Heartbeat()) {
				return
			}
		case <-check.C:
			err := s.identify(r, laneway.ReadDiagrams)
			switch {
			case err == nil:
				checked = s.now()
				check.Reset(spread(s.recheck))
			case laneway.KindOf(err) == laneway.Unavailable && s.now().Sub(checked) < 2*s.recheck:
				check.Reset(min(recheckRetry, s.recheck))
			default:
				return
			}
		case <-stream.Done():
			return
		case <-r.Context().Done():
			return
		}
	}
}

// forward sends all that the stream has, and reports whether it goes on.
func (s *server) forward(r *request, stream *live.Stream, out streamWriter) bool {
	for {
		frames, err := stream.Next(r.Context())
		if len(frames) > 0 && !out.write(frames...) {
			return false
		}
		if err != nil {
			if !errors.Is(err, live.ErrReset) {
				s.log.WarnContext(r.Context(), "event stream ends", "request_id", exchangeOf(r.Context()).id, "error", err)
			}
			return false
		}
		if len(frames) == 0 {
			return true
		}
	}
}

// spread varies a time by a tenth, so that streams that began together do not ask together.
func spread(d time.Duration) time.Duration {
	return d - rand.N(d/10+1)
}

// streamWriter writes to a reader that may be slow or gone.
type streamWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// write sends frames, and reports whether the reader took them.
func (o streamWriter) write(frames ...[]byte) bool {
	if err := o.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return false
	}
	for _, frame := range frames {
		if _, err := o.w.Write(frame); err != nil {
			return false
		}
	}
	return o.control.Flush() == nil
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
