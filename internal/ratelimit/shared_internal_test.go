package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"pgregory.net/rapid"

	"laneway/internal/redis"
	"laneway/internal/redistest"
)

// TestRedisDecidesAsMemoryDoes: the same requests at the moments that Redis saw get the same answers from the
// memory, to the microsecond.
func TestRedisDecidesAsMemoryDoes(t *testing.T) {
	server := redistest.Start(t)
	r, err := redis.Open(server.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	l := NewShared(nil, r)
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Address}, DisableCache: true, DisableRetry: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	round, late := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		limit := Limit{Requests: rapid.IntRange(1, 8).Draw(t, "requests"), Window: time.Duration(rapid.IntRange(1, 30).Draw(t, "tenths")) * 100 * time.Microsecond}
		var at atomic.Int64
		twin := New(Limits{Write: limit}, func() time.Time { return time.UnixMicro(at.Load()) })
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			key := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "key")
			ctx, cancel := context.WithTimeout(t.Context(), redis.Deadline)
			got, now, err := l.shared.ask(ctx, client, fmt.Sprint(round, key), limit)
			cancel()
			if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
				late++ // the machine is busy, and whether Redis counted this one is open
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			at.Store(now)
			want := twin.takeHere(Write, key, limit)
			if got != want {
				t.Fatalf("at %d Redis says %+v, the memory %+v", now, got, want)
			}
		}
	})
	if late > round/2 {
		t.Errorf("%d of %d rounds were given up because Redis took 50 ms", late, round)
	}
}
