package live

import (
	"context"
	"slices"
	"sync"
	"time"

	"laneway"
)

// Bounds of a feed's ring. Its newest event stays in it however old or large.
const (
	ringEvents = 256
	ringBytes  = 1 << 20
	ringAge    = time.Minute
)

// maxResume is how many events a stream may lie behind when it is opened. Behind that, loading anew
// is cheaper for both sides.
const maxResume = 1000

// readPage is how many events are read from the table at a time.
const readPage = 100

// feed is what a hub knows about one organization. It reads each event once, however many streams
// there are.
type feed struct {
	hub          *Hub
	organization laneway.ID

	// Guarded by hub.mu.
	users     int
	idleSince time.Time

	// loading is held while the feed is read for the first time.
	loading sync.Mutex

	mu      sync.Mutex
	loaded  bool
	last    int64   // number of the newest event that was read
	known   int64   // number of the newest event that there is
	ring    []frame // the newest events that were read, without gaps, up to last
	size    int     // bytes in the ring
	reading bool
	streams map[*Stream]struct{}

	rooms       map[laneway.ID]roomFrame // who is where, by diagram
	roomVersion uint64
}

// load reads where the organization stands, and for a stream that resumes what it missed: after a
// restart all clients come back at once with nearly the same number, and the first fills the ring for
// the others.
func (f *feed) load(ctx context.Context, after int64) error {
	f.loading.Lock()
	defer f.loading.Unlock()
	f.mu.Lock()
	loaded := f.loaded
	f.mu.Unlock()
	if loaded {
		return nil
	}
	head, err := f.head(ctx)
	if err != nil {
		return err
	}
	var frames []frame
	if after >= 0 && after < head && head-after <= ringEvents {
		events, err := f.hub.store.EventsAfter(ctx, f.organization, after, ringEvents)
		if err != nil {
			return err
		}
		frames = encodeAll(events, f.hub.now())
	}
	f.openRooms()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = head
	f.add(frames)
	f.known = max(f.known, f.last)
	f.loaded = true
	f.readOn()
	return nil
}

// head reads the number of the organization's newest event.
func (f *feed) head(ctx context.Context) (int64, error) {
	heads, err := f.hub.store.Heads(ctx, []laneway.ID{f.organization})
	if err != nil {
		return 0, err
	}
	head, there := heads[f.organization]
	if !there {
		return 0, laneway.Errorf(laneway.NotFound, "There is no such organization.")
	}
	return head, nil
}

// advance tells that there is an event with this number.
func (f *feed) advance(seq int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known = max(f.known, seq)
	f.readOn()
}

// readOn starts reading where the feed is behind. f.mu is held.
func (f *feed) readOn() {
	if f.loaded && !f.reading && f.known > f.last {
		f.reading = f.hub.spawn(f.read)
	}
}

// read takes in events until the feed is where the organization is. After an error it ends: the
// reading of heads, once a second, starts it again.
func (f *feed) read() {
	for {
		f.mu.Lock()
		after := f.last
		if f.known <= after {
			f.reading = false
			f.mu.Unlock()
			return
		}
		f.mu.Unlock()
		events, err := f.hub.store.EventsAfter(context.Background(), f.organization, after, readPage)
		frames := encodeAll(events, f.hub.now())
		f.mu.Lock()
		if err != nil || len(frames) == 0 {
			if err == nil {
				f.known = f.last // whoever named a higher number was wrong
			}
			f.reading = false
			f.mu.Unlock()
			if err != nil {
				f.hub.log.Warn("read events", "organization", f.organization.String(), "error", err)
			}
			return
		}
		f.add(frames)
		f.wake()
		for _, e := range events {
			switch {
			case endsAccess(e.Kind):
				f.recheck(e.SubjectID)
			case e.Kind == laneway.OrganizationDeleted:
				f.recheck(laneway.ID{})
			}
		}
		f.mu.Unlock()
	}
}

// endsAccess tells the kinds of events after which their subject may read less than before.
func endsAccess(kind laneway.EventKind) bool {
	return kind == laneway.MemberRemoved || kind == laneway.MemberLeft || kind == laneway.MemberRoleChanged
}

// recheck has a person's streams ask whether they may go on; the zero ID is everybody. f.mu is held.
func (f *feed) recheck(user laneway.ID) {
	for s := range f.streams {
		if user.IsZero() || s.user == user {
			signal(s.recheck)
		}
	}
}

// add appends events to the ring and takes out what is too much. f.mu is held.
func (f *feed) add(frames []frame) {
	for _, fr := range frames {
		if len(f.ring) > 0 && fr.seq != f.ring[len(f.ring)-1].seq+1 {
			f.ring, f.size = nil, 0 // events were removed; who waits for them is told to load anew
		}
		f.ring = append(f.ring, fr)
		f.size += len(fr.text)
		f.last = fr.seq
	}
	f.trim()
}

// tidy lets go of what is too old.
func (f *feed) tidy() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trim()
	f.closeRooms()
}

// trim keeps the ring within its bounds. f.mu is held.
func (f *feed) trim() {
	oldest := f.hub.now().Add(-ringAge)
	n := 0
	for n < len(f.ring)-1 && (len(f.ring)-n > ringEvents || f.size > ringBytes || f.ring[n].at.Before(oldest)) {
		f.size -= len(f.ring[n].text)
		n++
	}
	f.ring = slices.Delete(f.ring, 0, n)
}

// start is the number before the ring: a stream at or behind it reads from memory. f.mu is held.
func (f *feed) start() int64 {
	if len(f.ring) == 0 {
		return f.last
	}
	return f.ring[0].seq - 1
}

// wake tells all streams to look. f.mu is held.
func (f *feed) wake() {
	for s := range f.streams {
		s.nudge()
	}
}
