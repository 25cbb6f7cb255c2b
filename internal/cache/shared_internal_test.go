package cache

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"pgregory.net/rapid"

	"laneway"
	"laneway/internal/redistest"
)

func newSealer(t testing.TB) *Shared {
	t.Helper()
	coder, err := newCoder()
	if err != nil {
		t.Fatal(err)
	}
	return &Shared{coder: coder, log: slog.New(slog.DiscardHandler)}
}

// A value comes back as it was, and not after anything in it was changed, cut off or put behind it, nor under another key.
func TestSharedValuesAreChecked(t *testing.T) {
	t.Parallel()
	s := newSealer(t)
	rapid.Check(t, func(rt *rapid.T) {
		v := sharedValue{content: []byte(rapid.String().Draw(rt, "content"))}
		for range rapid.IntRange(0, 3).Draw(rt, "warnings") {
			v.warnings = append(v.warnings, laneway.Finding{Code: rapid.String().Draw(rt, "code"), ElementID: "e", Detail: rapid.String().Draw(rt, "detail"), Line: rapid.Int().Draw(rt, "line")})
		}
		key := rapid.String().Draw(rt, "key")
		packed, err := s.seal(key, v)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := s.open(key, packed)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(v) {
			rt.Fatalf("%+v comes back as %+v, %v", v, got, err)
		}
		if _, err := s.open(key+"x", packed); err == nil {
			rt.Fatal("it is taken under another key")
		}
		at := rapid.IntRange(0, len(packed)-1).Draw(rt, "at")
		if _, err := s.open(key, packed[:at]); err == nil {
			rt.Fatalf("cut off at %d it is taken", at)
		}
		packed[at] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
		if _, err := s.open(key, packed); err == nil {
			rt.Fatalf("with another bit in byte %d it is taken", at)
		}
	})
	if _, err := s.seal("key", sharedValue{content: []byte(noise(1 << 20))}); err == nil {
		t.Error("a value that is too large is stored")
	}
}

// noise is a text that cannot be packed well.
func noise(n int) string {
	var b strings.Builder
	for x := uint64(1); b.Len() < n; x = x*6364136223846793005 + 1442695040888963407 {
		fmt.Fprintf(&b, "%x", x)
	}
	return b.String()
}

// TestGivenUpCalls: calls that are given up at any moment never leave their answer to another one. All share one connection.
func TestGivenUpCalls(t *testing.T) {
	t.Parallel()
	const keys, callers = 50, 32
	calls := 200
	server, s := redistest.Start(t), newSealer(t)
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Address}, DisableCache: true, DisableRetry: true, PipelineMultiplex: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	key := func(n int) string { return fmt.Sprint(sharedPrefix, n%keys) }
	for n := range keys {
		packed, err := s.seal(key(n), sharedValue{content: []byte(strings.Repeat(key(n), n))})
		if err == nil {
			err = client.Do(t.Context(), client.B().Set().Key(key(n)).Value(rueidis.BinaryString(packed)).Build()).Error()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var answered, givenUp atomic.Int64
	var working sync.WaitGroup
	for c := range callers {
		working.Go(func() {
			for n := range calls {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration((n*7919+c*104729)%1500)*time.Microsecond)
				packed, err := client.Do(ctx, client.B().Get().Key(key(n+c)).Build()).AsBytes()
				cancel()
				if err != nil {
					givenUp.Add(1)
					continue
				}
				answered.Add(1)
				if _, err := s.open(key(n+c), packed); err != nil {
					t.Errorf("the answer to %s: %v", key(n+c), err)
				}
			}
		})
	}
	working.Wait()
	t.Logf("%d calls answered, %d given up, none got the answer of another", answered.Load(), givenUp.Load())
	if answered.Load() == 0 || givenUp.Load() == 0 {
		t.Error("too few of either for this to prove anything")
	}
}
