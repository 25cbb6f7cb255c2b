// Package live carries what happens in an organization to those who look at it: the hub behind the
// event streams.
//
// The events table is the truth, and a stream is a walk over it: every event of the organization
// once, in the order of its number. A Hub keeps one feed for each organization that has streams: the
// number up to which it has read, and a ring of the newest events, encoded once for all streams. A
// Stream is little more than its place in that ring, so there is no queue that could overflow and no
// copy of an event for each reader. Whoever resumes before the ring reads on from the table until the
// ring has caught it; whoever resumes too far back, or falls out of the ring because it does not read,
// gets a reset and has to load anew.
//
// A feed is told that there is more by three things, and none of them carries the event itself, so
// none of them can lose, double or disorder one:
//
//   - Publish, by this server after each commit of its own, before the change is answered;
//   - a notification of another server: each sends one for all its changes of the last 10 ms, in a
//     transaction of its own, never in that of the change;
//   - the heads of the organizations, read once a second. So a notification that gets lost only delays.
//
// A server also notifies itself every second. When it has not heard itself for two seconds, its LISTEN
// is lost, whatever the connection says; it is opened anew, and the reading once a second goes on.
//
// Streams are also told when their person may read less than before (Recheck): by the event that
// changed a membership, and by a message of the server that ended a session. Asking is up to whoever
// holds the stream.
//
// Presence (who looks at a diagram, with what selected) is in memory alone. It has no number and is not
// resumed: a stream gets the present state, and states that it was too slow for are left out.
//
// Use New, then Run in a goroutine until the server stops, and Close before waiting for requests in
// flight: Close ends the streams.
package live

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"laneway"
	"laneway/internal/store"
)

// Config is what a Hub is made from. Store is required.
type Config struct {
	Store *store.Store
	Log   *slog.Logger
	// Now and Rand are the clock and the randomness of the server's name; nil means the real ones.
	Now  func() time.Time
	Rand io.Reader
	// Poll is how often heads are read and the server notifies itself (0: 1 s), Coalesce how long
	// notifications are gathered (0: 10 ms).
	Poll, Coalesce time.Duration
}

// Observer is what else of this server wants to know what the hub hears. Its functions must not block.
type Observer struct {
	// Organizations gives those whose heads are polled, beside those that have streams.
	Organizations func() []laneway.ID
	// Advance is called with the number of an organization's event that another server has committed, or nobody
	// knows who. Numbers come in any order, and again.
	Advance func(organization laneway.ID, seq int64)
	// Recheck is called for a person who may be allowed less than before; the zero ID is everybody.
	Recheck func(user laneway.ID)
	// Lost is called when events of other servers may have been missed, and again before the hub says that it is listening.
	Lost func()
}

// Hub is one server's part in all this. It is safe for concurrent use.
type Hub struct {
	observer       Observer
	store          *store.Store
	log            *slog.Logger
	now            func() time.Time
	poll, coalesce time.Duration
	bus            bus
	presence       presence

	closing   chan struct{}
	closeOnce sync.Once
	opened    atomic.Int64 // streams so far

	mu      sync.Mutex
	feeds   map[laneway.ID]*feed
	stopped bool
	reading sync.WaitGroup // goroutines that read events
}

// New makes a Hub. It serves streams at once; events of other servers reach it while it runs.
func New(c Config) *Hub {
	h := &Hub{
		store: c.Store, log: c.Log, now: c.Now, poll: c.Poll, coalesce: c.Coalesce,
		presence: newPresence(), closing: make(chan struct{}), feeds: make(map[laneway.ID]*feed),
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.poll == 0 {
		h.poll = time.Second
	}
	if h.coalesce == 0 {
		h.coalesce = 10 * time.Millisecond
	}
	random := c.Rand
	if random == nil {
		random = rand.Reader
	}
	h.bus = newBus(laneway.NewID(h.now(), random), h.poll)
	return h
}

// Observe sets the observer. It is called once, before Run.
func (h *Hub) Observe(o Observer) { h.observer = o }

// Run listens, notifies, reads heads and shows presence until ctx ends.
func (h *Hub) Run(ctx context.Context) {
	var parts sync.WaitGroup
	parts.Go(func() { h.listen(ctx) })
	parts.Go(func() { h.notify(ctx) })
	parts.Go(func() { h.tick(ctx) })
	parts.Go(func() { h.showPresence(ctx) })
	parts.Wait()
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()
	h.reading.Wait()
}

// Close ends all streams and lets none begin. It does not wait for them.
func (h *Hub) Close() { h.closeOnce.Do(func() { close(h.closing) }) }

// Load is what this server's part has to carry.
type Load struct {
	Streams, Feeds int    // open streams, and organizations that are read for them
	Opened         uint64 // streams so far
	Listening      bool   // changes on other servers are heard at once
}

// Load gives the numbers of now.
func (h *Hub) Load() Load {
	load := Load{Opened: uint64(h.opened.Load()), Listening: h.Listening()}
	h.mu.Lock()
	feeds := slices.Collect(maps.Values(h.feeds))
	h.mu.Unlock()
	load.Feeds = len(feeds)
	for _, f := range feeds {
		f.mu.Lock()
		load.Streams += len(f.streams)
		f.mu.Unlock()
	}
	return load
}

// Publish tells that an organization's event with this number is committed: this server's streams
// get it at once, and other servers are told. It does not wait. A number of 0 is no event.
func (h *Hub) Publish(organization laneway.ID, seq int64) {
	if seq == 0 {
		return
	}
	h.advance(organization, seq)
	h.bus.announce(organization, seq, h.now())
}

// advance tells the organization's feed, where there is one, of a number.
func (h *Hub) advance(organization laneway.ID, seq int64) {
	h.mu.Lock()
	f := h.feeds[organization]
	h.mu.Unlock()
	if f != nil {
		f.advance(seq)
	}
}

// Subscribe opens a stream of the organization's events: those behind the number after, or, where
// after is negative, those that come from now on. The caller must Close it.
func (h *Hub) Subscribe(ctx context.Context, organization laneway.ID, after int64) (*Stream, error) {
	select {
	case <-h.closing:
		return nil, &laneway.Error{Kind: laneway.Unavailable, Detail: "The server is stopping. Connect again in a few seconds.", RetryAfter: time.Second}
	default:
	}
	f := h.enter(organization)
	s, err := f.subscribe(ctx, after)
	if err != nil {
		h.leave(f)
		return nil, err
	}
	return s, nil
}

// enter gives the organization's feed and keeps it until leave.
func (h *Hub) enter(organization laneway.ID) *feed {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.feeds[organization]
	if f == nil {
		f = &feed{hub: h, organization: organization, streams: make(map[*Stream]struct{})}
		h.feeds[organization] = f
	}
	f.users++
	return f
}

func (h *Hub) leave(f *feed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f.users--
	f.idleSince = h.now()
}

// feedGrace is how long a feed outlives its last stream: whoever connects again meanwhile resumes
// from memory.
const feedGrace = time.Minute

// tidy drops feeds that nobody has used for a while, and gives the others.
func (h *Hub) tidy() []*feed {
	now := h.now()
	h.mu.Lock()
	defer h.mu.Unlock()
	feeds := make([]*feed, 0, len(h.feeds))
	for organization, f := range h.feeds {
		if f.users == 0 && now.Sub(f.idleSince) > feedGrace {
			delete(h.feeds, organization)
			continue
		}
		feeds = append(feeds, f)
	}
	return feeds
}

// spawn runs fn beside everything else, unless the hub has stopped.
func (h *Hub) spawn(fn func()) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return false
	}
	h.reading.Go(fn)
	return true
}
