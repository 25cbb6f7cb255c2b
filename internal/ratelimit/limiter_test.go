package ratelimit_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"laneway/internal/ratelimit"
)

// clock is a time that a test sets.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(1_800_000_000, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

// TestNoStretchHoldsMoreThanTheLimit compares with the definition itself: a list of
// all moments at which something was let in.
func TestNoStretchHoldsMoreThanTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := ratelimit.Limit{Requests: rapid.IntRange(1, 12).Draw(t, "requests"), Window: time.Duration(rapid.IntRange(1, 20).Draw(t, "window")) * time.Second}
		c := &clock{}
		l := ratelimit.New(ratelimit.Limits{ratelimit.Write: limit}, c.now)
		let := make(map[string][]time.Time)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			c.advance(time.Duration(rapid.IntRange(0, 4000).Draw(t, "wait")) * time.Millisecond)
			key := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "key")
			inside := 0
			var oldest time.Time
			for _, at := range let[key] {
				if at.After(c.now().Add(-limit.Window)) {
					if inside++; inside == 1 {
						oldest = at
					}
				}
			}
			d := l.Take(ratelimit.Write, key)
			if want := inside < limit.Requests; d.Allowed != want {
				t.Fatalf("allowed %v with %d of %d inside of the window", d.Allowed, inside, limit.Requests)
			}
			if d.Allowed {
				let[key] = append(let[key], c.now())
				if d.Remaining != limit.Requests-inside-1 {
					t.Fatalf("%d remain, want %d", d.Remaining, limit.Requests-inside-1)
				}
				continue
			}
			if want := oldest.Add(limit.Window).Sub(c.now()); d.Reset != want {
				t.Fatalf("wait %v, want %v", d.Reset, want)
			}
			// Who waits as told is let in, and not a nanosecond earlier.
			if rapid.Bool().Draw(t, "waits") {
				c.advance(d.Reset - 1)
				if l.Take(ratelimit.Write, key).Allowed {
					t.Fatal("let in before the time that it was told to wait")
				}
				c.advance(1)
				if !l.Take(ratelimit.Write, key).Allowed {
					t.Fatal("not let in after the time that it was told to wait")
				}
				let[key] = append(let[key], c.now())
			}
		}
	})
}

func TestExactlyTheLimitOfManyAtOnce(t *testing.T) {
	c := &clock{}
	l := ratelimit.New(ratelimit.DefaultLimits(), c.now)
	var let atomic.Int64
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for range 40 {
				if l.Take(ratelimit.Read, "somebody").Allowed {
					let.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if let.Load() != 600 {
		t.Errorf("%d of 1280 were let in, want 600", let.Load())
	}
	if got, want := l.Counts()[ratelimit.Read], (ratelimit.Counts{Allowed: 600, Refused: 680}); got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}
}

func TestClassesAndKeysAreApart(t *testing.T) {
	c := &clock{}
	l := ratelimit.New(ratelimit.Limits{ratelimit.SignIn: {Requests: 1, Window: time.Minute}, ratelimit.AI: {Requests: 1, Window: time.Minute}}, c.now)
	for _, ask := range []struct {
		class ratelimit.Class
		key   string
		want  bool
	}{{ratelimit.SignIn, "a", true}, {ratelimit.SignIn, "a", false}, {ratelimit.SignIn, "b", true}, {ratelimit.AI, "a", true}, {ratelimit.AI, "a", false}} {
		if d := l.Take(ask.class, ask.key); d.Allowed != ask.want || !d.Limited {
			t.Errorf("%s of %s: %+v, want %v", ask.class, ask.key, d, ask.want)
		}
	}
	for range 1000 {
		if d := l.Take(ratelimit.Read, "a"); !d.Allowed || d.Limited {
			t.Fatalf("a class without a limit was limited: %+v", d)
		}
	}
}

// TestAClockSetBackLocksNobodyOut: the wait never gets longer than the window.
func TestAClockSetBackLocksNobodyOut(t *testing.T) {
	c := &clock{}
	l := ratelimit.New(ratelimit.Limits{ratelimit.SignIn: {Requests: 1, Window: time.Minute}}, c.now)
	l.Take(ratelimit.SignIn, "a")
	c.advance(-time.Hour)
	if d := l.Take(ratelimit.SignIn, "a"); d.Allowed || d.Reset > time.Minute {
		t.Errorf("%+v, want a wait of a minute at most", d)
	}
}

// TestAFloodOfAddressesIsBounded: strangers share a window once there are too many,
// those who are known keep theirs, and an idle minute frees all.
func TestAFloodOfAddressesIsBounded(t *testing.T) {
	c := &clock{}
	l := ratelimit.New(ratelimit.Limits{ratelimit.SignIn: {Requests: 10, Window: time.Minute}}, c.now)
	if !l.Take(ratelimit.SignIn, "known").Allowed {
		t.Fatal("refused the first request")
	}
	const most, flood = 64 * 4096, 64 * 4096 * 2
	let := 0
	for i := range flood {
		if l.Take(ratelimit.SignIn, fmt.Sprint("stranger ", i)).Allowed {
			let++
		}
	}
	if let < most/2 || let > most+64*10 {
		t.Errorf("%d of %d strangers were let in, want at most one for each window and ten for each shared one", let, flood)
	}
	if !l.Take(ratelimit.SignIn, "known").Allowed {
		t.Error("the flood shut out somebody who was there before")
	}
	c.advance(2 * time.Minute)
	if d := l.Take(ratelimit.SignIn, "stranger again"); !d.Allowed || d.Remaining != 9 {
		t.Errorf("after two idle minutes: %+v, want a window of its own", d)
	}
}

func BenchmarkTake(b *testing.B) {
	l := ratelimit.New(ratelimit.DefaultLimits(), nil)
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprint("user ", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.Take(ratelimit.Read, keys[i%len(keys)])
	}
}
