package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// storm is many requests of several organizations on two connections.
type storm struct {
	store   *store.Store
	tenants []laneway.Actor
	own     [][]laneway.ID
	foreign atomic.Int64
	served  atomic.Int64
	busy    atomic.Int64
	left    atomic.Int64 // connections that came back with something of a request before
}

var errGivenUp = errors.New("given up")

// TestPoolStorm lets some hundred goroutines of three organizations share two connections, with
// requests that are rolled back, that panic, whose statements fail, run out of time or are
// abandoned. None may ever see a row of another organization, and none leaves a setting on its connection.
func TestPoolStorm(t *testing.T) {
	t.Parallel()
	requests := int64(rounds(100_000, 1_000_000))
	if os.Getenv("LANEWAY_TEST_POSTGRES_DIR") != "" {
		requests /= 5 // once more, on the Postgres of this system
	}
	db := storetest.New(t)
	narrow, err := store.Open(t.Context(), store.Config{AppURL: db.URLs.App, SystemURL: db.URLs.System, AppConnections: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer narrow.Close()
	s := &storm{store: narrow}
	for range 3 {
		actor := newTenantOn(t, db, laneway.Pro)
		var ids []laneway.ID
		for n := range 3 {
			ids = append(ids, newDiagram(t, db, actor, fmt.Sprint("diagram ", n)).ID)
		}
		s.tenants, s.own = append(s.tenants, actor), append(s.own, ids)
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for g := range 200 {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 42))
			for next.Add(1) <= requests {
				err := s.request(t.Context(), r)
				switch {
				case err == nil:
					s.served.Add(1)
				case laneway.KindOf(err) == laneway.Unavailable:
					s.busy.Add(1)
				default:
					t.Errorf("request: %v", err)
					return
				}
			}
		})
	}
	wait.Wait()
	t.Logf("%d requests, %d served, %d told to try again", requests, s.served.Load(), s.busy.Load())
	if n := s.foreign.Load(); n > 0 {
		t.Errorf("%d rows of other organizations were seen", n)
	}
	if n := s.left.Load(); n > 0 {
		t.Errorf("%d connections came back with settings of a request before", n)
	}
	if s.served.Load() < requests/2 {
		t.Errorf("%d of %d requests were served", s.served.Load(), requests)
	}
}

// request is one random visit. It gives an error for what should have gone well.
func (s *storm) request(ctx context.Context, r *rand.Rand) error {
	me := r.IntN(len(s.tenants))
	actor, other := s.tenants[me], (me+1)%len(s.tenants)
	switch n := r.IntN(100); {
	case n < 5:
		left, err := s.store.LeftBehind(ctx)
		if left != "" {
			s.left.Add(1)
		}
		return err
	case n < 30:
		page, err := s.store.ListDiagrams(ctx, actor, laneway.DiagramQuery{Limit: 100, Sort: laneway.ByTitle})
		for _, d := range page.Items {
			s.see(d.CreatedBy, actor)
		}
		if err == nil && len(page.Items) != 3 {
			return fmt.Errorf("a list of %d diagrams, want 3", len(page.Items))
		}
		return err
	case n < 45:
		opened, err := s.store.OpenDiagram(ctx, actor, s.own[me][r.IntN(3)], 0)
		if err == nil {
			s.see(opened.Diagram.CreatedBy, actor)
		}
		return err
	case n < 60:
		opened, err := s.store.OpenDiagram(ctx, actor, s.own[other][r.IntN(3)], 0)
		if err == nil {
			s.see(opened.Diagram.CreatedBy, actor)
			return errors.New("a foreign diagram was opened")
		}
		if laneway.KindOf(err) == laneway.NotFound {
			return nil
		}
		return err
	default:
		return s.transaction(ctx, actor, n, r)
	}
}

func (s *storm) see(owner laneway.ID, actor laneway.Actor) {
	if owner != actor.UserID {
		s.foreign.Add(1)
	}
}

// transaction looks at all rows that it can see, without a condition, and ends in one of many ways.
func (s *storm) transaction(ctx context.Context, actor laneway.Actor, n int, r *rand.Rand) (err error) {
	defer func() {
		if recover() != nil {
			err = nil // it was ours
		}
	}()
	err = s.store.InOrg(ctx, actor, func(ctx context.Context, tx pgx.Tx) error {
		var mine, foreign int64
		err := tx.QueryRow(ctx, `SELECT count(*) FILTER (WHERE org_id = $1), count(*) FILTER (WHERE org_id <> $1) FROM diagrams`, actor.OrganizationID).Scan(&mine, &foreign)
		if err != nil {
			return err
		}
		s.foreign.Add(foreign)
		if mine != 3 {
			return fmt.Errorf("%d own rows are seen, want 3", mine)
		}
		switch {
		case n < 70:
			return errGivenUp
		case n < 78:
			panic("a bug in a request")
		case n < 85:
			if _, err := tx.Exec(ctx, `SELECT 1 / 0`); err == nil {
				return errors.New("division by zero went well")
			}
			return errGivenUp
		case n < 88:
			if _, err := tx.Exec(ctx, `SELECT set_config('statement_timeout', '1ms', true)`); err != nil {
				return err
			}
			_, _ = tx.Exec(ctx, `SELECT pg_sleep(1)`)
			return errGivenUp
		case n < 89:
			abandoned, cancel := context.WithCancel(ctx)
			go cancel()
			_, _ = tx.Exec(abandoned, `SELECT pg_sleep(0.002)`)
			return errGivenUp
		case n < 95:
			_, err := tx.Exec(ctx, `UPDATE diagrams SET title = 'storm' WHERE id = $1`, s.own[r.IntN(len(s.own))][0])
			return errors.Join(err, errGivenUp)
		default:
			_, err := tx.Exec(ctx, `SELECT 1`)
			return err
		}
	})
	if errors.Is(err, errGivenUp) {
		return nil
	}
	return err
}
