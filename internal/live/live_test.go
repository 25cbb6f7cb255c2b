package live_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
	"laneway/internal/live"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func newID() laneway.ID { return laneway.NewID(time.Now(), rand.Reader) }

// newTenant makes an organization, which has two events then.
func newTenant(t testing.TB, db *storetest.Database) laneway.Actor {
	t.Helper()
	actor := laneway.Actor{UserID: newID(), OrganizationID: newID(), Role: laneway.RoleAdmin, SessionID: newID()}
	err := db.Store.CreateAccount(t.Context(), store.NewAccount{
		User:         laneway.User{ID: actor.UserID, Email: actor.UserID.String() + "@example.org", DisplayName: "Ada \"of\"\nLovelace"},
		Organization: laneway.Organization{ID: actor.OrganizationID, Name: "Organization", Plan: laneway.Free},
		SessionID:    actor.SessionID, SecretHash: []byte(actor.SessionID.String()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return actor
}

// server is a hub with a store and a clock of its own.
type server struct {
	*live.Hub
	db    *storetest.Database
	store *store.Store
	ahead atomic.Int64 // by how much the clock goes before the real one
	stop  func()
}

// newServer starts a hub on the database. With a poll of an hour it lives by notifications alone.
func newServer(t testing.TB, db *storetest.Database, poll time.Duration) *server {
	t.Helper()
	kept, err := store.Open(t.Context(), store.Config{AppURL: db.URLs.App, SystemURL: db.URLs.System})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{db: db, store: kept}
	s.Hub = live.New(live.Config{Store: kept, Log: slog.New(slog.DiscardHandler), Poll: poll, Now: func() time.Time {
		return time.Now().Add(time.Duration(s.ahead.Load()))
	}})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(ctx)
	}()
	s.stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(func() {
		s.stop()
		kept.Close()
	})
	await(t, "the server hears itself", s.Listening)
	return s
}

const patience = 30 * time.Second

func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// write appends an event as a change does, in a transaction of its own, and gives its number.
func write(t testing.TB, s *store.Store, actor laneway.Actor, kind, data string) int64 {
	var seq int64
	err := s.InOrg(t.Context(), actor, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT append_event($1, $2, $3, $1, $4::text::jsonb)`, actor.OrganizationID, kind, actor.UserID, data).Scan(&seq)
	})
	if err != nil {
		t.Errorf("write an event: %v", err)
	}
	return seq
}

// writeMany appends n events at once, without telling anybody.
func writeMany(t testing.TB, db *storetest.Database, actor laneway.Actor, n int) {
	t.Helper()
	db.Admin(t, `SELECT append_event($1, 'diagram.saved', $2, $1, '{"version": 2}') FROM generate_series(1, $3)`, actor.OrganizationID, actor.UserID, n)
}

func (s *server) subscribe(t testing.TB, actor laneway.Actor, after int64) *live.Stream {
	t.Helper()
	stream, err := s.Subscribe(t.Context(), actor.OrganizationID, after)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stream.Close)
	return stream
}

// sent is a frame as clients read it.
type sent struct {
	event, id, data string
}

func parse(t testing.TB, frame []byte) sent {
	t.Helper()
	var s sent
	if !bytes.HasSuffix(frame, []byte("\n\n")) || bytes.Count(frame, []byte("\n\n")) != 1 {
		t.Fatalf("frame %q is not one event", frame)
	}
	for line := range strings.Lines(strings.TrimSpace(string(frame))) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "event":
			s.event = value
		case "id":
			s.id = value
		case "data":
			s.data = value
		case "retry":
		default:
			t.Fatalf("frame %q has a line %q", frame, line)
		}
	}
	return s
}

// frames reads a stream until enough says so, and fails when that takes too long.
func frames(t testing.TB, stream *live.Stream, enough func([]sent) bool) ([]sent, error) {
	t.Helper()
	var all []sent
	after := time.After(patience)
	for {
		part, err := stream.Next(t.Context())
		for _, frame := range part {
			all = append(all, parse(t, frame))
		}
		if err != nil || enough(all) {
			return all, err
		}
		if len(part) > 0 {
			continue
		}
		select {
		case <-stream.Wake():
		case <-after:
			t.Errorf("the stream gave %d frames only", len(all))
			return all, errors.New("too slow")
		}
	}
}

// wantSeqs reads a stream, which must give every number from first to last once and in order.
func wantSeqs(t testing.TB, stream *live.Stream, first, last int64) {
	t.Helper()
	all, err := frames(t, stream, func(all []sent) bool { return int64(len(all)) >= last-first+1 })
	if err != nil {
		t.Errorf("from %d to %d: %v", first, last, err)
	}
	for i, s := range all {
		if want := strconv.FormatInt(first+int64(i), 10); s.id != want {
			t.Errorf("frame %d of the stream from %d has the id %s", i, first, s.id)
			return
		}
	}
}

func wantReset(t testing.TB, stream *live.Stream, head int64) {
	t.Helper()
	all, err := frames(t, stream, func([]sent) bool { return false })
	number := strconv.FormatInt(head, 10)
	if !errors.Is(err, live.ErrReset) || len(all) == 0 || all[len(all)-1] != (sent{"reset", number, `{"seq":` + number + `}`}) {
		t.Errorf("%d frames, %v, want a reset to %d", len(all), err, head)
	}
}

// TestEvents shows what of an event is sent, and what is not.
func TestEvents(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := newServer(t, db, time.Hour)
	actor, other := newTenant(t, db), newTenant(t, db)
	stream := s.subscribe(t, actor, -1)
	if hello := parse(t, stream.Hello()); hello != (sent{"hello", "2", `{"seq":2}`}) {
		t.Errorf("hello %+v", hello)
	}
	s.Publish(other.OrganizationID, write(t, db.Store, other, "diagram.saved", `{"title": "CANARY"}`))
	s.Publish(actor.OrganizationID, write(t, db.Store, actor, "member.joined", `{"role": "admin"}`))
	s.Publish(actor.OrganizationID, write(t, db.Store, actor, "diagram.saved",
		`{"version": 7, "title": "a<b>\n\ndata: x", "secret": "CANARY", "changes": [{"op": "set", "after": "<>"}]}`))
	s.Publish(actor.OrganizationID, write(t, db.Store, actor, "diagram.purged", `{"title": null}`))
	s.Publish(actor.OrganizationID, write(t, db.Store, actor, "diagram.saved", `{"version": "seven", "changes": null}`))
	all, err := frames(t, stream, func(all []sent) bool { return len(all) == 3 })
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Seq       int64
		Kind      string
		At        time.Time
		Actor     struct{ ID, DisplayName string }
		DiagramID string
		Version   int64
		Title     string
		Changes   json.RawMessage
	}
	if err := json.Unmarshal([]byte(all[0].data), &got); err != nil {
		t.Fatal(err)
	}
	if all[0].id != "4" || all[0].event != "diagram.saved" || got.Seq != 4 || got.Kind != "diagram.saved" || time.Since(got.At) > time.Minute ||
		got.Actor.ID != actor.UserID.String() || got.Actor.DisplayName != "Ada \"of\"\nLovelace" || got.DiagramID != actor.OrganizationID.String() ||
		got.Version != 7 || got.Title != "a<b>\n\ndata: x" || string(got.Changes) != `[{"op":"set","after":"<>"}]` {
		t.Errorf("event %+v", all[0])
	}
	for i, s := range all {
		if strings.Contains(s.data, "CANARY") || i > 0 && (s.id != strconv.Itoa(4+i) || strings.Contains(s.data, "version") || strings.Contains(s.data, "changes")) {
			t.Errorf("event %+v", s)
		}
	}
	if _, err := s.Subscribe(t.Context(), newID(), -1); laneway.KindOf(err) != laneway.NotFound {
		t.Errorf("an organization that is not there: %v", err)
	}
	s.Close()
	<-stream.Done()
	if _, err := s.Subscribe(t.Context(), actor.OrganizationID, -1); laneway.KindOf(err) != laneway.Unavailable {
		t.Errorf("a stream of a server that stops: %v", err)
	}
	s.Close()
}

// TestResume opens streams at all distances from the newest event.
func TestResume(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	writeMany(t, db, actor, 700) // 2 before them, which clients are not told of
	for _, first := range []int64{2, 500, 702} {
		s := newServer(t, db, time.Hour) // what it has in memory depends on the first who comes
		for _, after := range []int64{first, 2, 3, 99, 300, 446, 447, 600, 701} {
			stream := s.subscribe(t, actor, after)
			if hello := parse(t, stream.Hello()); hello.id != strconv.FormatInt(after, 10) {
				t.Errorf("behind %d: %+v", after, hello)
			}
			wantSeqs(t, stream, after+1, 702)
		}
		ahead := s.subscribe(t, actor, 703)
		if ahead.Hello() != nil {
			t.Error("a stream behind an event that is not there says hello")
		}
		wantReset(t, ahead, 702)
		s.stop()
	}
	s := newServer(t, db, time.Hour)
	current := s.subscribe(t, actor, -1)
	writeMany(t, db, actor, 400)
	faster := s.subscribe(t, actor, 1100) // from a server that had heard of more
	wantSeqs(t, faster, 1101, 1102)
	wantReset(t, current, 1102) // it had not read, and 400 are more than the server keeps
	wantReset(t, s.subscribe(t, actor, 101), 1102)
	wantSeqs(t, s.subscribe(t, actor, 102), 103, 1102)
	db.Admin(t, `DELETE FROM events WHERE org_id = $1 AND seq < 400`, actor.OrganizationID)
	wantReset(t, s.subscribe(t, actor, 300), 1102)
	wantSeqs(t, s.subscribe(t, actor, 399), 400, 1102)
}

// TestSlowReader: a stream that is not read loses its place and nothing else; those beside it go on.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	s := newServer(t, db, time.Hour)
	slow, quick := s.subscribe(t, actor, -1), s.subscribe(t, actor, -1)
	wide := `{"version": 2, "changes": ["` + strings.Repeat("x", 15<<10) + `"]}`
	for seq := int64(3); seq < 103; seq++ { // more bytes than are kept, though not more events
		s.Publish(actor.OrganizationID, write(t, db.Store, actor, "diagram.saved", wide))
		wantSeqs(t, quick, seq, seq)
	}
	wantReset(t, slow, 102)
	wantSeqs(t, s.subscribe(t, actor, 2), 3, 102)
	// Events grow old in memory and are read from the table then.
	s.ahead.Store(int64(2 * time.Minute))
	s.Publish(actor.OrganizationID, write(t, db.Store, actor, "diagram.saved", `{}`))
	wantSeqs(t, quick, 103, 103)
	wantSeqs(t, s.subscribe(t, actor, 2), 3, 103)
}
