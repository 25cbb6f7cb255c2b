package ratelimit

import (
	"hash/maphash"
	"maps"
	"sync"
	"time"
)

// A Class is one kind of requests, with a limit of its own.
type Class string

// The classes of the API.
const (
	Read   Class = "read"
	Write  Class = "write"
	Live   Class = "live"    // saves of a diagram that others look at too, and presence
	SignIn Class = "sign-in" // everything that takes a password or a secret link
	AI     Class = "ai"
)

// A Limit is how many requests may be let in during any stretch of time as long as Window.
type Limit struct {
	Requests int
	Window   time.Duration
}

// Limits are the limits by class. A class without one is not limited.
type Limits map[Class]Limit

// DefaultLimits are those of the API's contract, for each minute.
func DefaultLimits() Limits {
	return Limits{
		Read:   {600, time.Minute},
		Write:  {100, time.Minute},
		Live:   {600, time.Minute},
		SignIn: {10, time.Minute},
		AI:     {5, time.Minute},
	}
}

// A Decision is the answer to one request.
type Decision struct {
	Allowed   bool
	Limited   bool // false: the class has no limit, and the rest says nothing
	Class     Class
	Limit     Limit
	Remaining int           // how many more would be let in now
	Reset     time.Duration // until one more is let in; where it was refused, how long to wait
}

// Counts are how many requests of a class were let in and refused since the start.
type Counts struct{ Allowed, Refused uint64 }

const (
	shards = 64
	// maxWindows is how many keys each shard holds: 64 × 4,096 in all, at most some 100 bytes each
	// for those that came once, 8 bytes more for every further request inside of its window.
	maxWindows = 4096
)

// A Limiter holds the windows of one server, or asks those that several have in Redis.
type Limiter struct {
	limits Limits
	now    func() time.Time
	seed   maphash.Seed
	shards [shards]shard
	shared *shared // nil: there is no Redis

	mu     sync.Mutex
	counts map[Class]Counts
}

type shard struct {
	mu      sync.Mutex
	windows map[place]*window
	swept   time.Time
}

type place struct {
	class Class
	key   string
}

// window holds the moments at which requests were let in, oldest first, as a ring.
type window struct {
	at   []int64 // nanoseconds
	from int
	n    int
}

// New returns a limiter. now tells the time; nil: time.Now.
func New(limits Limits, now func() time.Time) *Limiter {
	if now == nil {
		now = time.Now
	}
	l := &Limiter{limits: maps.Clone(limits), now: now, seed: maphash.MakeSeed(), counts: make(map[Class]Counts)}
	for i := range l.shards {
		l.shards[i].windows = make(map[place]*window)
	}
	return l
}

// Take asks for one request of the class by whoever key names, and counts it when
// it is let in.
func (l *Limiter) Take(class Class, key string) Decision {
	limit, limited := l.limits[class]
	if !limited {
		return Decision{Allowed: true, Class: class}
	}
	var d Decision
	var answered bool
	if l.shared != nil {
		d, answered = l.shared.take(class, key, limit)
	}
	if !answered {
		d = l.takeHere(class, key, limit)
	} else if class == SignIn && d.Allowed {
		// Both have to let it in: Redis may have been emptied.
		if here := l.takeHere(class, key, limit); here.Remaining < d.Remaining || !here.Allowed {
			d = here
		}
	}
	d.Limited, d.Class, d.Limit = true, class, limit
	l.count(class, d.Allowed)
	return d
}

// takeHere asks the windows in memory.
func (l *Limiter) takeHere(class Class, key string, limit Limit) Decision {
	s := &l.shards[maphash.String(l.seed, key)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	now := l.now()
	return s.window(place{class, key}, now, l.limits).take(limit, now.UnixNano())
}

func (l *Limiter) count(class Class, allowed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.counts[class]
	if allowed {
		c.Allowed++
	} else {
		c.Refused++
	}
	l.counts[class] = c
}

// Counts returns what became of requests so far, by class.
func (l *Limiter) Counts() map[Class]Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.counts)
}

// window finds or makes the window of a place. When the shard is full it is swept,
// at most once a second; when that frees nothing, strangers share one window.
func (s *shard) window(p place, now time.Time, limits Limits) *window {
	if w := s.windows[p]; w != nil {
		return w
	}
	if len(s.windows) >= maxWindows {
		if now.Sub(s.swept) >= time.Second || now.Before(s.swept) {
			s.swept = now
			for at, w := range s.windows {
				if w.forget(now.Add(-limits[at.class].Window).UnixNano()); w.n == 0 {
					delete(s.windows, at)
				}
			}
		}
		if len(s.windows) >= maxWindows {
			p.key = "" // the shared one; it may be one too many
			if w := s.windows[p]; w != nil {
				return w
			}
		}
	}
	w := &window{}
	s.windows[p] = w
	return w
}

// forget drops what was let in at or before a moment.
func (w *window) forget(until int64) {
	for w.n > 0 && w.at[w.from] <= until {
		w.from, w.n = (w.from+1)%len(w.at), w.n-1
	}
}

func (w *window) take(limit Limit, now int64) Decision {
	w.forget(now - int64(limit.Window))
	if w.n >= limit.Requests {
		wait := limit.Window
		if w.n > 0 {
			// The clock may have been set back: nobody waits longer than the window.
			wait = min(wait, time.Duration(w.at[w.from]+int64(limit.Window)-now))
		}
		return Decision{Reset: wait}
	}
	w.push(now, limit.Requests)
	return Decision{Allowed: true, Remaining: limit.Requests - w.n, Reset: time.Duration(w.at[w.from] + int64(limit.Window) - now)}
}

// push adds a moment; the ring doubles up to the limit.
func (w *window) push(now int64, most int) {
	if w.n == len(w.at) {
		grown := make([]int64, min(max(1, 2*len(w.at)), most))
		for i := range w.n {
			grown[i] = w.at[(w.from+i)%len(w.at)]
		}
		w.at, w.from = grown, 0
	}
	last := (w.from + w.n) % len(w.at)
	w.at[last] = now
	w.n++
}
