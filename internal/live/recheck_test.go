package live_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
	"laneway/internal/live"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// writeAbout appends an event about a person.
func writeAbout(t testing.TB, s *store.Store, actor laneway.Actor, kind laneway.EventKind, subject laneway.ID) int64 {
	t.Helper()
	var seq int64
	err := s.InOrg(t.Context(), actor, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT append_event($1, $2, $3, $4, '{}')`, actor.OrganizationID, string(kind), actor.UserID, subject).Scan(&seq)
	})
	if err != nil {
		t.Error(err)
	}
	return seq
}

func told(s *live.Stream) bool {
	select {
	case <-s.Recheck():
		return true
	default:
		return false
	}
}

// TestRecheck: a change of a membership and an ended session tell the person's streams on every
// server, and nobody else's.
func TestRecheck(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	a, b := newServer(t, db, 200*time.Millisecond), newServer(t, db, 200*time.Millisecond)
	guest := newID()
	open := func(s *server, user laneway.ID) *live.Stream {
		stream := s.subscribe(t, actor, -1)
		stream.Belong(user)
		return stream
	}
	own := []*live.Stream{open(a, actor.UserID), open(b, actor.UserID)}
	theirs := []*live.Stream{open(a, guest), open(b, guest)}
	both := func(streams []*live.Stream) func() bool {
		heard := make([]bool, len(streams))
		return func() bool {
			all := true
			for i, s := range streams {
				heard[i] = heard[i] || told(s)
				all = all && heard[i]
			}
			return all
		}
	}
	for _, kind := range []laneway.EventKind{laneway.MemberRemoved, laneway.MemberLeft, laneway.MemberRoleChanged} {
		a.Publish(actor.OrganizationID, writeAbout(t, a.store, actor, kind, guest))
		await(t, string(kind)+" is told on both servers", both(theirs))
	}
	a.Recheck(guest)
	await(t, "an ended session is told on both servers", both(theirs))
	for i, s := range own {
		if told(s) {
			t.Errorf("a stream of somebody else on server %d was told", i)
		}
	}
	// What was said while a server did not hear is not lost: it asks about everybody when it hears again.
	before := listener(t, db)
	storetest.Value[int](t, db, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'laneway listen' AND datname = current_database()`)
	await(t, "everybody is asked about after LISTEN was lost", both(append(own, theirs...)))
	if listener(t, db) == before {
		t.Error("LISTEN was not lost")
	}
}
