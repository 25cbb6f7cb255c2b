package live_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// TestWriters: 50 at once on two servers, with streams on both that come, go and resume meanwhile.
// Each sees every number once and in order. Nobody reads heads: notifications and the servers' own
// changes alone bring it about.
func TestWriters(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	servers := []*server{newServer(t, db, time.Hour), newServer(t, db, time.Hour)}
	const writers, each = 50, 10
	const last = 2 + writers*each
	var wait sync.WaitGroup
	for i := range 6 {
		stream := servers[i%2].subscribe(t, actor, -1)
		wait.Go(func() { wantSeqs(t, stream, 3, last) })
	}
	for i := range 4 {
		wait.Go(func() {
			at := int64(2)
			for n := i; at < last; n++ {
				stream, err := servers[n%2].Subscribe(t.Context(), actor.OrganizationID, at)
				if err != nil {
					t.Error(err)
					return
				}
				upTo := min(at+1+int64(n)*7%23, last)
				all, err := frames(t, stream, func(all []sent) bool { return at+int64(len(all)) >= upTo })
				for _, s := range all {
					if at++; s.event != "diagram.saved" || !strings.HasPrefix(s.data, `{"seq":`+s.id+`,`) || s.id != strconv.FormatInt(at, 10) {
						t.Errorf("%+v where %d is due", s, at)
					}
				}
				stream.Close()
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for w := range writers {
		wait.Go(func() {
			for range each {
				servers[w%2].Publish(actor.OrganizationID, write(t, servers[w%2].store, actor, "diagram.saved", `{"version": 2}`))
			}
		})
	}
	wait.Wait()
}

// TestPollAlone: what nobody tells of comes when heads are read.
func TestPollAlone(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor, other := newTenant(t, db), newTenant(t, db)
	s := newServer(t, db, 50*time.Millisecond)
	stream, theirs := s.subscribe(t, actor, -1), s.subscribe(t, other, -1)
	writeMany(t, db, actor, 5)
	wantSeqs(t, stream, 3, 7)
	writeMany(t, db, other, 1)
	wantSeqs(t, theirs, 3, 3)
}

// TestLostListen kills the connections that hear, again and again, while others write. Nothing is
// lost, and in the end both servers hear again.
func TestLostListen(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	a, b := newServer(t, db, 200*time.Millisecond), newServer(t, db, 200*time.Millisecond)
	onA, onB := a.subscribe(t, actor, -1), b.subscribe(t, actor, -1)
	const last = 2 + 60
	var wait sync.WaitGroup
	wait.Go(func() { wantSeqs(t, onA, 3, last) })
	wait.Go(func() { wantSeqs(t, onB, 3, last) })
	killed := 0
	for n := range 60 {
		if n%10 == 0 {
			killed += storetest.Value[int](t, db, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'laneway listen' AND datname = current_database()`)
		}
		s := []*server{a, b}[n%2]
		s.Publish(actor.OrganizationID, write(t, s.store, actor, "diagram.saved", `{}`))
		if n%10 == 9 {
			await(t, "a hears again", a.Listening)
			await(t, "b hears again", b.Listening)
		}
	}
	wait.Wait()
	if killed < 6 {
		t.Errorf("%d connections were killed", killed)
	}
}

// TestDeaf: a connection that stands and hears nothing, as behind a pooler, is noticed.
func TestDeaf(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	s := newServer(t, db, 50*time.Millisecond)
	stream := s.subscribe(t, actor, -1)
	// UNLISTEN cannot be sent from outside; what comes to the same is a server whose messages do not
	// reach it, because its clock says that it heard itself long ago. A message that is under way at the
	// jump is heard after it, so the clock jumps until the server has noticed.
	before := listener(t, db)
	await(t, "LISTEN is opened anew", func() bool {
		s.ahead.Add(int64(time.Minute))
		return listener(t, db) != before
	})
	await(t, "the server hears again", s.Listening)
	writeMany(t, db, actor, 1)
	wantSeqs(t, stream, 3, 3)
}

func listener(t *testing.T, db *storetest.Database) int {
	return storetest.Value[int](t, db, `SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE application_name = 'laneway listen' AND datname = current_database()`)
}

// TestNotifyFails cuts the connections that read and notify: what could not be told or read comes later.
func TestNotifyFails(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	a, b := newServer(t, db, 100*time.Millisecond), newServer(t, db, 100*time.Millisecond)
	stream := b.subscribe(t, actor, -1)
	killed := 0
	for n := range 20 {
		seq := write(t, a.store, actor, "diagram.saved", `{}`)
		if n%5 == 0 {
			killed += storetest.Value[int](t, db, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'laneway live' AND datname = current_database()`)
		}
		a.Publish(actor.OrganizationID, seq)
	}
	wantSeqs(t, stream, 3, 22)
	if killed == 0 {
		t.Error("no connection was killed")
	}
}

// TestNotificationLimit holds the limit that messages are cut to against the database's own.
func TestNotificationLimit(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	err := db.Store.Notify(t.Context(), []store.Notification{{Channel: "x", Payload: strings.Repeat("x", store.MaxNotification)}})
	if err != nil {
		t.Errorf("the longest: %v", err)
	}
	if err := db.Store.Notify(t.Context(), []store.Notification{{Channel: "x", Payload: strings.Repeat("x", store.MaxNotification+1)}}); err == nil {
		t.Error("one byte more was taken")
	}
}
