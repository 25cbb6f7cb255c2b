package ratelimit_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"laneway/internal/ratelimit"
	"laneway/internal/redis"
	"laneway/internal/redistest"
)

// limiter is one with its way to Redis.
type limiter struct {
	*ratelimit.Limiter
	redis *redis.Redis
}

func newShared(t testing.TB, limits ratelimit.Limits, url string) limiter {
	t.Helper()
	r, err := redis.Open(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return limiter{ratelimit.NewShared(limits, r), r}
}

// TestServersShareTheirWindows: two servers let in as many as one would.
func TestServersShareTheirWindows(t *testing.T) {
	server := redistest.Start(t)
	servers := []limiter{newShared(t, ratelimit.DefaultLimits(), server.URL()), newShared(t, ratelimit.DefaultLimits(), server.URL())}
	for _, l := range servers {
		waitInUse(t, l)
	}
	var let, asked atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 100 {
				asked.Add(1)
				if servers[i%2].Take(ratelimit.Read, "somebody").Allowed {
					let.Add(1)
				}
			}
		})
	}
	wg.Wait()
	// A call that took more than 50 ms on a busy machine is decided by the server itself.
	failures := servers[0].redis.Stats().Failures + servers[1].redis.Stats().Failures
	if failures == 0 && let.Load() != 600 || let.Load() < 600 {
		t.Errorf("%d of %d were let in with %d failures, want 600", let.Load(), asked.Load(), failures)
	}
	sum := servers[0].Counts()[ratelimit.Read].Allowed + servers[1].Counts()[ratelimit.Read].Allowed
	if int64(sum) != let.Load() {
		t.Errorf("%d are counted, %d were let in", sum, let.Load())
	}
}

// TestRedisFails: whatever befalls Redis, the answers stay right, nobody waits long, and Redis is in use again
// when it is well.
func TestRedisFails(t *testing.T) {
	const key = "laneway:limit:write:somebody"
	for _, mode := range []struct {
		name  string
		harm  func(*redistest.Server)
		heal  func(*redistest.Server)
		stays bool // in use
	}{
		{"refused", (*redistest.Server).Stop, (*redistest.Server).Resume, false},
		{"black hole", (*redistest.Server).Freeze, (*redistest.Server).Thaw, false},
		{"out of memory", func(s *redistest.Server) { s.Do("CONFIG", "SET", "maxmemory", "1") }, func(s *redistest.Server) { s.Do("CONFIG", "SET", "maxmemory", "0") }, false},
		{"read only", func(s *redistest.Server) { s.Do("REPLICAOF", "127.0.0.1", "1") }, func(s *redistest.Server) { s.Do("REPLICAOF", "NO", "ONE") }, false},
		{"emptied", func(s *redistest.Server) { s.Do("FLUSHALL") }, nil, true},
		{"scripts forgotten", func(s *redistest.Server) { s.Do("SCRIPT", "FLUSH") }, nil, true},
		{"another type", func(s *redistest.Server) { s.Do("DEL", key); s.Do("SET", key, "mine") }, nil, true},
		{"a hash", func(s *redistest.Server) { s.Do("DEL", key); s.Do("HSET", key, "a", "1") }, nil, true},
		{"no numbers", func(s *redistest.Server) { s.Do("DEL", key); s.Do("RPUSH", key, "a", "-1", "nan", "1e300") }, nil, true},
		{"foreign numbers", func(s *redistest.Server) {
			s.Do("DEL", key)
			s.Do("RPUSH", key, "9999999999999999", "1", "2", "3", "4", "5", "6")
		}, nil, true},
	} {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			l := newShared(t, ratelimit.Limits{ratelimit.Write: {Requests: 5, Window: time.Hour}, ratelimit.Read: {Requests: 100, Window: time.Hour}}, server.URL())
			waitInUse(t, l)
			mode.harm(server)
			begun := time.Now()
			var wrong []string
			for i := range 8 {
				if d := l.Take(ratelimit.Write, "somebody"); d.Allowed != (i < 5) || d.Allowed && d.Remaining != 4-i {
					wrong = append(wrong, fmt.Sprintf("request %d: %+v", i+1, d))
				}
			}
			// On a busy machine a call may take more than 50 ms, and the server goes on by itself in the middle.
			if stats := l.redis.Stats(); len(wrong) > 0 && (!mode.stays || stats.Failures == 0) {
				t.Errorf("%q with %+v", wrong, stats)
			}
			// Each of them would wait 50 ms if it were asked again and again.
			if took := time.Since(begun); took > 300*time.Millisecond && !mode.stays {
				t.Errorf("8 requests took %v", took)
			}
			if mode.stays {
				return
			}
			mode.heal(server)
			waitInUse(t, l)
			if d := l.Take(ratelimit.Read, "somebody else"); !d.Allowed {
				t.Errorf("after it is well again: %+v", d)
			}
		})
	}
}

// waitInUse waits until the limiter has found Redis again.
func waitInUse(t *testing.T, l limiter) {
	t.Helper()
	end := time.Now().Add(2 * time.Minute)
	for !l.redis.Stats().InUse {
		if time.Now().After(end) {
			t.Fatal("Redis is well and not in use")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestRedisAnswersBadly: slow, broken off and forged answers.
func TestRedisAnswersBadly(t *testing.T) {
	for name, spoil := range map[string]func([]byte) ([]byte, bool){
		"slow":                 func(b []byte) ([]byte, bool) { time.Sleep(2 * time.Second); return b, false },
		"reset in mid-reply":   func(b []byte) ([]byte, bool) { return b[:len(b)/2], true },
		"reset at once":        func([]byte) ([]byte, bool) { return nil, true },
		"garbage":              func([]byte) ([]byte, bool) { return []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), false },
		"an answer of others":  func([]byte) ([]byte, bool) { return []byte(":17\r\n"), false },
		"more than there were": func([]byte) ([]byte, bool) { return []byte("*4\r\n:1\r\n:1000000\r\n:1\r\n:1\r\n"), false },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			var spoiled atomic.Bool
			relay := server.NewRelay(func(b []byte) ([]byte, bool) {
				if spoiled.Load() {
					return spoil(b)
				}
				return b, false
			})
			l := newShared(t, ratelimit.Limits{ratelimit.Write: {Requests: 5, Window: time.Hour}, ratelimit.Read: {Requests: 5, Window: time.Hour}}, "redis://"+relay.Address)
			waitInUse(t, l)
			spoiled.Store(true)
			for i := range 8 {
				if d := l.Take(ratelimit.Write, "somebody"); d.Allowed != (i < 5) {
					t.Errorf("request %d: %+v", i+1, d)
				}
			}
			spoiled.Store(false)
			waitInUse(t, l)
		})
	}
}

// TestWithoutRedis: a server starts when Redis is not there or does not let it in, and uses it later.
func TestWithoutRedis(t *testing.T) {
	limits := ratelimit.Limits{ratelimit.Write: {Requests: 1, Window: time.Hour}}
	server := redistest.Start(t, "--requirepass", "right")
	locked := newShared(t, limits, strings.Replace(server.URL(), "redis://", "redis://:wrong@", 1))
	open := newShared(t, limits, strings.Replace(server.URL(), "redis://", "redis://:right@", 1))
	waitInUse(t, open)
	if locked.redis.Stats().InUse {
		t.Error("a wrong password lets it in")
	}
	for _, l := range []limiter{locked, open} {
		if !l.Take(ratelimit.Write, "a").Allowed || l.Take(ratelimit.Write, "a").Allowed {
			t.Error("the limit does not hold")
		}
	}
	for _, url := range []string{"", "localhost", "http://localhost", "redis://secret@%zz"} {
		if r, err := redis.Open(url, nil); err == nil {
			r.Close()
			t.Errorf("%q is taken for an address", url)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error has the password: %v", err)
		}
	}
}

// TestPasswordsAreCountedHereAsWell: nobody guesses more often because Redis was lost, found or emptied.
func TestPasswordsAreCountedHereAsWell(t *testing.T) {
	server := redistest.Start(t)
	l := newShared(t, ratelimit.DefaultLimits(), server.URL())
	let := 0
	guess := func(times int) {
		for range times {
			if l.Take(ratelimit.SignIn, "address 198.51.100.7").Allowed {
				let++
			}
		}
	}
	guess(4)
	server.Do("FLUSHALL")
	guess(3)
	server.Stop()
	guess(2)
	server.Resume()
	waitInUse(t, l)
	guess(20)
	if let != 10 {
		t.Errorf("%d guesses were let in, want 10", let)
	}
}

func BenchmarkTakeShared(b *testing.B) {
	server := redistest.Start(b)
	l := newShared(b, ratelimit.DefaultLimits(), server.URL())
	var n atomic.Int64
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			l.Take(ratelimit.Read, fmt.Sprint("user ", n.Add(1)%1000))
		}
	})
	if s := l.redis.Stats(); s.Failures > 0 {
		b.Logf("%d of %d calls failed", s.Failures, s.Calls)
	}
}
