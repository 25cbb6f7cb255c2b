package live

import (
	"context"
	"errors"
	"time"

	"laneway"
)

// ErrReset ends a stream that cannot go on: its events are gone, or too many to send. The frame
// that comes with it tells the client to load anew.
var ErrReset = errors.New("the stream is too far behind")

// batch is how many events Next gives at most.
const batch = 64

// Stream is one client's walk over the events of an organization. It belongs to one goroutine.
type Stream struct {
	feed *feed
	wake chan struct{}
	at   int64  // number of the last event that was given
	seen uint64 // version of the rooms that were given
	// catching is set while the stream reads from the table, until the ring has it.
	catching bool
	lost     bool

	user    laneway.ID    // whose stream it is; guarded by feed.mu
	recheck chan struct{} // has a value when it is to be asked whether they still may read
}

// subscribe opens a stream. The caller has entered the feed.
func (f *feed) subscribe(ctx context.Context, after int64) (*Stream, error) {
	if err := f.load(ctx, after); err != nil {
		return nil, err
	}
	s := &Stream{feed: f, wake: make(chan struct{}, 1), recheck: make(chan struct{}, 1), at: after}
	f.mu.Lock()
	ahead := after > f.last
	f.mu.Unlock()
	var head int64
	if ahead {
		// Another server may have been faster. A number that nobody has reached is from another database.
		var err error
		if head, err = f.head(ctx); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known = max(f.known, head)
	f.readOn()
	switch {
	case after < 0:
		s.at = f.last
	case ahead && after > f.known, f.last-after > maxResume:
		s.lost = true
	case after < f.start():
		s.catching = true
	}
	f.streams[s] = struct{}{}
	return s, nil
}

// Hello gives the frame that opens the stream: every event behind its number follows. It is nil for
// a stream that begins with a reset.
func (s *Stream) Hello() []byte {
	if s.lost {
		return nil
	}
	const least, spread, step = 1000, 2000, 617
	wait := least + s.feed.hub.opened.Add(1)*step%spread
	return helloFrame(s.at, time.Duration(wait)*time.Millisecond)
}

// Wake has a value when Next may have something.
func (s *Stream) Wake() <-chan struct{} { return s.wake }

// Belong says whose stream it is, so that Recheck is ready when something may have changed what this
// person may read. What happened before is not told: ask once after it.
func (s *Stream) Belong(user laneway.ID) {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	s.user = user
}

// Recheck has a value when it must be asked again whether the stream's person may read: a membership
// of theirs was changed, a session ended, or the server may have missed hearing of one.
func (s *Stream) Recheck() <-chan struct{} { return s.recheck }

// Done is closed when the server ends all streams.
func (s *Stream) Done() <-chan struct{} { return s.feed.hub.closing }

// nudge makes Wake ready. It never blocks: one value waiting is as good as many.
func (s *Stream) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Next gives frames to send, in order, or none when the client has everything; call it until it has
// none. The frames are shared: they must not be changed. With ErrReset they are the last.
func (s *Stream) Next(ctx context.Context) ([][]byte, error) {
	for {
		frames, more, err := s.next(ctx)
		if err != nil || len(frames) > 0 || !more {
			return frames, err
		}
	}
}

// next is Next for one step, in which there may be nothing to send though there is more to come: not
// every event is for clients.
func (s *Stream) next(ctx context.Context) (frames [][]byte, more bool, err error) {
	f := s.feed
	f.mu.Lock()
	if s.at < f.start() && !s.catching {
		s.lost = true
	}
	if s.lost {
		defer f.mu.Unlock()
		return [][]byte{resetFrame(f.last)}, false, ErrReset
	}
	if s.at >= f.start() {
		defer f.mu.Unlock()
		s.catching = false
		if frames, more = s.fromRing(); !more {
			frames = append(frames, s.fromRooms()...)
		}
		return frames, more, nil
	}
	f.mu.Unlock()
	return s.fromTable(ctx)
}

// fromRing takes what is in memory. f.mu is held.
func (s *Stream) fromRing() (frames [][]byte, more bool) {
	f := s.feed
	if s.at >= f.last {
		return nil, false
	}
	for _, fr := range f.ring[s.at-f.start():] {
		if len(frames) == batch {
			return frames, true
		}
		if fr.text != nil {
			frames = append(frames, fr.text)
		}
		s.at = fr.seq
	}
	return frames, false
}

// fromTable reads what is no longer in memory.
func (s *Stream) fromTable(ctx context.Context) (frames [][]byte, more bool, err error) {
	f := s.feed
	events, err := f.hub.store.EventsAfter(ctx, f.organization, s.at, batch)
	if err != nil {
		return nil, false, err
	}
	if len(events) == 0 || events[0].Seq != s.at+1 {
		s.lost = true // they were removed
		return nil, true, nil
	}
	for _, fr := range encodeAll(events, f.hub.now()) {
		if fr.text != nil {
			frames = append(frames, fr.text)
		}
		s.at = fr.seq
	}
	return frames, true, nil
}

// Close ends the stream.
func (s *Stream) Close() {
	s.feed.mu.Lock()
	delete(s.feed.streams, s)
	s.feed.mu.Unlock()
	s.feed.hub.leave(s.feed)
}
