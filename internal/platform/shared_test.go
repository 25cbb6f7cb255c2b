package platform_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"laneway"
	"laneway/internal/cache"
	"laneway/internal/platform"
	"laneway/internal/redis"
	"laneway/internal/redistest"
	"laneway/internal/store/storetest"
)

// sharing are servers on one database and one Redis, and a look into that.
type sharing struct {
	product
	servers []*platform.Platform
	form    form // of them all
	ways    []*redis.Redis
	redis   *redistest.Server
	inside  rueidis.Client
}

func newSharing(t *testing.T, count int) *sharing {
	t.Helper()
	db, server := storetest.New(t), redistest.Start(t)
	s := &sharing{redis: server}
	for range count {
		way, err := redis.Open(server.URL(), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(way.Close)
		s.ways = append(s.ways, way)
	}
	s.servers = replicasOn(t, db, &s.form, s.ways...)
	s.product = product{s.servers[0], db}
	var err error
	if s.inside, err = rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Address}, DisableCache: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.inside.Close)
	return s
}

// undisturbed runs fn until no call to Redis took too long meanwhile, which happens on a busy machine.
func (s *sharing) undisturbed(t *testing.T, fn func()) {
	t.Helper()
	failures := func() (n uint64) {
		for _, p := range s.servers {
			n += p.CacheCounts().Shared.Slow
		}
		for _, way := range s.ways {
			for deadline := time.Now().Add(time.Minute); !way.Stats().InUse; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("Redis is well and not in use")
				}
			}
			n += way.Stats().Failures
		}
		return n
	}
	for range 20 {
		before := failures()
		if fn(); failures() == before {
			return
		}
	}
	t.Fatal("on this machine Redis takes too long too often")
}

// keys are those of the values in Redis that have a word in them.
func (s *sharing) keys(t *testing.T, word string) []string {
	t.Helper()
	keys, err := s.inside.Do(t.Context(), s.inside.B().Keys().Pattern("laneway:version:*"+word+"*").Build()).AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// stored has a value of the first server stored by read, and gives it with its key, which has the word in it.
func (s *sharing) stored(t *testing.T, word string, read func()) (key, value string) {
	t.Helper()
	for range 20 {
		s.undisturbed(t, func() {
			s.settled(t)
			for _, key := range s.keys(t, word) {
				s.redis.Do("DEL", key)
			}
			read()
		})
		s.settled(t)
		keys := s.keys(t, word)
		if len(keys) == 0 {
			continue // it took too long
		}
		value, err := s.inside.Do(t.Context(), s.inside.B().Get().Key(keys[0]).Build()).ToString()
		if err != nil || len(keys) != 1 {
			t.Fatalf("Redis has %q with %q, want one; %v", keys, word, err)
		}
		return keys[0], value
	}
	t.Fatal("nothing is stored, again and again")
	return "", ""
}

// settled waits until what the first server did not find in Redis has been stored there, or left out.
func (s *sharing) settled(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if n := s.servers[0].CacheCounts().Shared; n.Stored+n.Skipped >= n.Misses {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("what was read is not stored")
		}
	}
}

func (s *sharing) set(t *testing.T, key, value string) {
	t.Helper()
	if err := s.inside.Do(t.Context(), s.inside.B().Set().Key(key).Value(value).Build()).Error(); err != nil {
		t.Fatal(err)
	}
}

// forget lets a server remember nothing but its read models.
func forget(t *testing.T, p *platform.Platform, actor laneway.Actor) {
	t.Helper()
	p.DropCaches()
	listed(t, p, actor, laneway.DiagramQuery{Limit: 1, Sort: laneway.ByUpdatedAt}, 0)
}

// content opens a diagram and gives the server's answer.
func content(t *testing.T, p *platform.Platform, actor laneway.Actor, id laneway.ID) (string, platform.Opened) {
	t.Helper()
	opened, err := p.OpenBody(t.Context(), actor, id, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	body, err := opened.Body.Plain(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(body), opened
}

// TestServersShareVersions: what one server has read, another one has from Redis, and it is the same.
func TestServersShareVersions(t *testing.T) {
	t.Parallel()
	s := newSharing(t, 2)
	actor := s.newAdmin(t)
	d := s.newDiagram(t, actor, task(strings.Repeat("long name ", 300))).Diagram
	a, b := s.servers[0], s.servers[1]
	var want string
	var hits uint64
	var remembered bool
	s.stored(t, "document", func() {
		forget(t, a, actor)
		var opened platform.Opened
		if want, opened = content(t, a, actor, d.ID); opened.Remembered {
			t.Error("what only the database has is said to be remembered")
		}
	})
	var drawn platform.Picture
	s.stored(t, "thumbnail", func() {
		forget(t, a, actor)
		var err error
		if drawn, err = a.Thumbnail(t.Context(), actor, d.ID, 0); err != nil {
			t.Fatal(err)
		}
	})
	s.undisturbed(t, func() {
		forget(t, b, actor)
		before := b.CacheCounts().Shared
		if got, opened := content(t, b, actor, d.ID); got != want {
			t.Errorf("the other server has %s (remembered: %t), want %s", got, opened.Remembered, want)
		}
		if seen, err := b.Thumbnail(t.Context(), actor, d.ID, 1); err != nil || !bytes.Equal(seen.Content, drawn.Content) || seen.Number != 1 {
			t.Errorf("the other server shows %s, %v; want %s", seen.Content, err, drawn.Content)
		}
		hits = b.CacheCounts().Shared.Hits - before.Hits
	})
	if hits != 2 {
		t.Errorf("%d of two were in Redis", hits)
	}
	s.undisturbed(t, func() {
		forget(t, b, actor)
		_, opened := content(t, b, actor, d.ID)
		remembered = opened.Remembered
	})
	if !remembered {
		t.Error("what comes from Redis is said to come from the database")
	}
}

// TestRedisIsAskedAfterTheRight: whoever may not read a diagram is refused without a look into Redis.
func TestRedisIsAskedAfterTheRight(t *testing.T) {
	t.Parallel()
	s := newSharing(t, 1)
	actor, stranger := s.newAdmin(t), s.newAdmin(t)
	d := s.newDiagram(t, actor, task("x")).Diagram
	p := s.servers[0]
	s.stored(t, "document", func() {
		forget(t, p, actor)
		content(t, p, actor, d.ID)
	})
	forget(t, p, actor)
	forget(t, p, stranger)
	before, written := p.CacheCounts().Shared, s.form.written.Load()
	if _, err := p.OpenBody(t.Context(), stranger, d.ID, 0, 0); laneway.KindOf(err) != laneway.NotFound {
		t.Errorf("a stranger: %v", err)
	}
	if _, err := p.Thumbnail(t.Context(), stranger, d.ID, 0); laneway.KindOf(err) != laneway.NotFound {
		t.Errorf("a stranger, the picture: %v", err)
	}
	nobody := laneway.Actor{UserID: actor.UserID, OrganizationID: actor.OrganizationID}
	if _, err := p.OpenBody(t.Context(), nobody, d.ID, 0, 0); laneway.KindOf(err) != laneway.Forbidden {
		t.Errorf("without a role: %v", err)
	}
	if n := s.form.written.Load() - written; n > 0 {
		t.Errorf("%d answers were made for strangers", n)
	}
	if after := p.CacheCounts().Shared; after.Hits != before.Hits || after.Misses != before.Misses {
		t.Errorf("Redis was asked: %+v after %+v", after, before)
	}
}

// TestWhatIsInRedisIsChecked plants values that are not what their key says, one after the other. The answer is that of the
// database each time.
func TestWhatIsInRedisIsChecked(t *testing.T) {
	t.Parallel()
	s := newSharing(t, 1)
	p, actor, other := s.servers[0], s.newAdmin(t), s.newAdmin(t)
	read := func(actor laneway.Actor, d laneway.Diagram) (want, key, value string) {
		key, value = s.stored(t, d.ID.String(), func() {
			forget(t, p, actor)
			want, _ = content(t, p, actor, d.ID)
		})
		return want, key, value
	}
	d := s.newDiagram(t, actor, task("mine")).Diagram
	want, key, own := read(actor, d)
	_, _, ofOther := read(other, s.newDiagram(t, other, task("theirs")).Diagram)
	_, _, ofSibling := read(actor, s.newDiagram(t, actor, task("another one")).Diagram)
	saved, err := p.SaveDiagram(t.Context(), actor, laneway.DiagramUpdate{ID: d.ID, ExpectedVersion: 1, Source: text(task("two"))})
	if err != nil {
		t.Fatal(err)
	}
	s.redis.Do("DEL", key)
	oldKey := key
	want, key, _ = read(actor, saved.Diagram)
	if key == oldKey {
		t.Fatalf("two versions have the key %s", key)
	}
	for name, plant := range map[string]func(){
		"of another organization":    func() { s.set(t, key, ofOther) },
		"of another diagram":         func() { s.set(t, key, ofSibling) },
		"of the version before":      func() { s.set(t, key, own) },
		"empty":                      func() { s.set(t, key, "") },
		"garbage":                    func() { s.set(t, key, "<definitions/>") },
		"cut off":                    func() { s.set(t, key, own[:len(own)-1]) },
		"the mark alone":             func() { s.set(t, key, own[:4]) },
		"mark and checksum":          func() { s.set(t, key, own[:36]) },
		"longer than it was":         func() { s.set(t, key, own+"x") },
		"one bit":                    func() { s.set(t, key, own[:60]+string(own[60]^1)+own[61:]) },
		"longer than what is stored": func() { s.set(t, key, strings.Repeat(own, 1000)) },
		"a list":                     func() { s.redis.Do("DEL", key); s.redis.Do("RPUSH", key, "a") },
		"a hash":                     func() { s.redis.Do("DEL", key); s.redis.Do("HSET", key, "a", "b") },
	} {
		var before, after cache.SharedCounts
		s.undisturbed(t, func() {
			forget(t, p, actor)
			s.settled(t)
			plant()
			before = p.CacheCounts().Shared
			if got, opened := content(t, p, actor, d.ID); got != want || opened.Remembered {
				t.Errorf("%s: opened %s (remembered: %t), want %s", name, got, opened.Remembered, want)
			}
			after = p.CacheCounts().Shared
		})
		if after.Foreign != before.Foreign+1 || after.Hits != before.Hits {
			t.Errorf("%s: counts %+v after %+v, want one more that is foreign", name, after, before)
		}
	}
	// A backup is restored: the number is given again, and what Redis has under it is of before.
	forget(t, p, actor)
	s.db.Admin(t, `UPDATE diagrams SET updated_at = updated_at + interval '1 microsecond' WHERE id = $1`, d.ID)
	s.db.Admin(t, `UPDATE diagram_versions SET title = 'not the one' WHERE diagram_id = $1`, d.ID)
	forget(t, p, actor)
	if _, opened := content(t, p, actor, d.ID); opened.Remembered {
		t.Error("another version of the same number comes from Redis")
	}
}

// TestColdVersionIsReadOnce: a thousand people open what no cache has, and the database is asked for it once, or twice where
// one comes when the first is done.
func TestColdVersionIsReadOnce(t *testing.T) {
	t.Parallel()
	s := newSharing(t, 1)
	p, actor := s.servers[0], s.newAdmin(t)
	d := s.newDiagram(t, actor, task("x")).Diagram
	forget(t, p, actor)
	s.redis.Do("FLUSHALL")
	made := s.form.written.Load()
	var reading sync.WaitGroup
	begin := make(chan struct{})
	for range 1000 {
		reading.Go(func() {
			<-begin
			opened, err := p.OpenBody(t.Context(), actor, d.ID, 0, 0)
			if err != nil || opened.Version != 1 || opened.Body == nil {
				t.Errorf("opened %+v, %v", opened, err)
			}
		})
	}
	close(begin)
	reading.Wait()
	made = s.form.written.Load() - made
	t.Logf("1,000 readers, %d reads", made)
	if made > 2 {
		t.Errorf("%d of 1,000 readers asked the database, want at most two", made)
	}
	// Whoever waits for somebody else is not let down by their going away.
	forget(t, p, actor)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		reading.Go(func() { _, _ = p.Thumbnail(gone, actor, d.ID, 0) })
		reading.Go(func() {
			if picture, err := p.Thumbnail(t.Context(), actor, d.ID, 0); err != nil || len(picture.Content) == 0 {
				t.Errorf("drawn %+v, %v", picture, err)
			}
		})
	}
	reading.Wait()
}
