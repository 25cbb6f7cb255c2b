package httpapi_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"laneway/internal/httpapi/apitest"
	"laneway/internal/ratelimit"
	"laneway/internal/redis"
	"laneway/internal/redistest"
)

// spoiling lets a test spoil what Redis answers, and stop with it.
type spoiling struct {
	how atomic.Pointer[func([]byte) ([]byte, bool)]
}

func (s *spoiling) spoil(answer []byte) ([]byte, bool) {
	if how := s.how.Load(); how != nil {
		return (*how)(answer)
	}
	return answer, false
}

// TestRedisFaults: whatever befalls Redis, with rate limits and versions in it, every answer is the one that was given before,
// and the first request that finds out takes 60 ms longer at most. It prints how much longer; the limit holds on a quiet
// machine, where the long tests run.
func TestRedisFaults(t *testing.T) {
	rounds, most := 2, 500*time.Millisecond
	if os.Getenv("LANEWAY_TEST_LONG") != "" {
		rounds, most = 8, 60*time.Millisecond
	}
	server := redistest.Start(t)
	var answers spoiling
	way, err := redis.Open("redis://"+server.NewRelay(answers.spoil).Address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(way.Close)
	plenty := ratelimit.Limit{Requests: 100_000, Window: time.Minute}
	limits := ratelimit.Limits{ratelimit.Read: plenty, ratelimit.Write: plenty, ratelimit.SignIn: plenty}
	s := apitest.New(t, apitest.Config{Limiter: ratelimit.NewShared(limits, way), Redis: way})
	s.Warm(t)
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	d, saved := s.Create(t, mira, "Harbour", apitest.Document("Unload")), s.Create(t, mira, "Saved", apitest.Document("0"))
	theirs := s.Create(t, otto, "Theirs", apitest.Document("Secret"))
	type operation struct {
		name, path string
		as         *apitest.Person
		want       []byte
		usual      time.Duration
	}
	operations := []*operation{
		{name: "list", path: "/api/diagrams?limit=1&sort=title", as: mira}, {name: "open", path: "/api/diagrams/" + d.ID, as: mira},
		{name: "thumbnail", path: "/api/diagrams/" + d.ID + "/thumbnail.svg", as: mira}, {name: "me", path: "/api/me", as: mira},
	}
	of := &operation{name: "theirs", path: "/api/diagrams/" + theirs.ID, as: otto}
	ask := func(o *operation) ([]byte, time.Duration) {
		t.Helper()
		r := s.Request(t, apitest.Scenario{Method: "GET", URL: o.path, As: o.as})
		begun := time.Now()
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(begun)
		if answer.StatusCode != http.StatusOK || o.want != nil && !bytes.Equal(body, o.want) {
			t.Errorf("%s: %d, %s; want %s", o.name, answer.StatusCode, body, o.want)
		}
		return body, took
	}
	inUse := func() {
		t.Helper()
		for deadline := time.Now().Add(2 * time.Minute); !way.Stats().InUse; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("Redis is well and not in use")
			}
		}
	}
	// prepare lets Redis hold what the operation needs, and the server nothing but its read models.
	prepare := func(o *operation) {
		t.Helper()
		for range 2 {
			s.Platform.DropCaches()
			inUse()
			ask(operations[0])
			ask(o)
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
				if n := s.Platform.CacheCounts().Shared; n.Stored+n.Skipped >= n.Misses {
					break
				}
				if time.Now().After(deadline) {
					t.Fatal("what was read is not stored")
				}
			}
		}
		s.Platform.DropCaches()
		ask(operations[0])
		ask(operations[3])
		inUse()
	}
	for _, o := range operations {
		var took []time.Duration
		for range 9 {
			prepare(o)
			body, once := ask(o)
			o.want, took = body, append(took, once)
		}
		slices.Sort(took)
		o.usual = took[len(took)/2]
		t.Logf("%s: %v usually", o.name, o.usual.Round(100*time.Microsecond))
	}
	before := s.Platform.CacheCounts().Shared
	if before.Hits == 0 {
		t.Fatal("nothing comes from Redis, so this proves nothing about it")
	}
	inside, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Address}, DisableCache: true})
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	values := func(id string) map[string]string {
		keys, err := inside.Do(t.Context(), inside.B().Keys().Pattern("laneway:version:*"+id+"*").Build()).AsStrSlice()
		if err != nil {
			t.Fatal(err)
		}
		values := make(map[string]string)
		for _, key := range keys {
			value, err := inside.Do(t.Context(), inside.B().Get().Key(key).Build()).ToString()
			if err == nil {
				values[key] = value
			} else if !strings.HasPrefix(err.Error(), "WRONGTYPE") { // what was planted before
				t.Fatal(err)
			}
		}
		return values
	}
	set := func(key, value string) {
		if err := inside.Do(t.Context(), inside.B().Set().Key(key).Value(value).Build()).Error(); err != nil {
			t.Fatal(err)
		}
	}
	spoil := func(how func([]byte) ([]byte, bool)) (harm, heal func()) {
		return func() { answers.how.Store(&how) }, func() { answers.how.Store(nil) }
	}
	type mode struct {
		name       string
		harm, heal func()
	}
	modes := []mode{
		{"refused", server.Stop, server.Resume},
		{"black hole", server.Freeze, server.Thaw},
		{"emptied", func() { server.Do("FLUSHALL") }, func() {}},
		{"out of memory", func() { server.Do("CONFIG", "SET", "maxmemory", "1") }, func() { server.Do("CONFIG", "SET", "maxmemory", "0") }},
		{"read only", func() { server.Do("REPLICAOF", "127.0.0.1", "1") }, func() { server.Do("REPLICAOF", "NO", "ONE") }},
		{"wrong password", server.Lock, func() { server.Stop(); server.Resume() }},
		{"corrupted values", func() {
			for key, value := range values("") {
				set(key, value[:len(value)/2]+strings.ToUpper(value[len(value)/2:])+"x")
			}
		}, func() {}},
		{"values of another type", func() {
			for key := range values("") {
				server.Do("DEL", key)
				server.Do("RPUSH", key, "a")
			}
		}, func() {}},
		{"values of another organization", func() {
			foreign := values(theirs.ID)
			for key := range values(d.ID) {
				for _, value := range foreign {
					set(key, value)
				}
			}
		}, func() {}},
	}
	for name, how := range map[string]func([]byte) ([]byte, bool){
		"35 ms late":         func(b []byte) ([]byte, bool) { time.Sleep(35 * time.Millisecond); return b, false },
		"slow":               func(b []byte) ([]byte, bool) { time.Sleep(2 * time.Second); return b, false },
		"reset in mid-reply": func(b []byte) ([]byte, bool) { return b[:len(b)/2], true },
		"garbage":            func([]byte) ([]byte, bool) { return []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), false },
	} {
		harm, heal := spoil(how)
		modes = append(modes, mode{name, harm, heal})
	}
	for _, m := range modes {
		var added []time.Duration
		for range rounds {
			for _, o := range operations {
				prepare(of)
				prepare(o)
				m.harm()
				_, took := ask(o)
				added = append(added, took-o.usual)
				for _, o := range operations {
					ask(o)
				}
				m.heal()
			}
		}
		prepare(operations[1])
		m.harm()
		signIn := apitest.Scenario{Method: "POST", URL: "/api/auth/sign-in", Status: 200, Body: apitest.JSON(t, map[string]string{"email": mira.Email, "password": mira.Password})}
		s.Run(t, signIn)
		signIn.Status, signIn.Body = 401, apitest.JSON(t, map[string]string{"email": mira.Email, "password": "not that one"})
		s.Run(t, signIn)
		next := s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + saved.ID, As: mira, Status: 200,
			Body: apitest.JSON(t, map[string]any{"bpmnXml": apitest.Document(m.name), "expectedVersion": saved.Version})})
		saved = apitest.Decode[apitest.Diagram](t, next)
		m.heal()
		slices.Sort(added)
		t.Logf("%-30s %v more (median of %d requests that find out), %v at most", m.name, added[len(added)/2].Round(100*time.Microsecond), len(added), added[len(added)-1].Round(100*time.Microsecond))
		if added[len(added)/2] > most {
			t.Errorf("%s: %v more, want at most %v", m.name, added[len(added)/2], most)
		}
	}
	if n := s.Platform.CacheCounts().Shared; n.Foreign == before.Foreign {
		t.Errorf("no foreign value was found: %+v", n)
	}
}
