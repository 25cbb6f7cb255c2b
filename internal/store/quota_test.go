package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// rounds is how often a race is run: more often when there is time for it.
func rounds(short, long int) int {
	if os.Getenv("LANEWAY_TEST_LONG") != "" {
		return long
	}
	return short
}

// TestQuotaRace lets 32 clients create at once: exactly as many diagrams as the plan has places.
func TestQuotaRace(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	for plan, clients := range map[laneway.Plan]int{laneway.Free: 4, laneway.Pro: 8} {
		for round := range rounds(2, 50) {
			actor := newTenantOn(t, db, plan)
			var made, refused atomic.Int64
			var wait sync.WaitGroup
			for range 32 {
				wait.Go(func() {
					for range clients {
						_, err := db.Store.CreateDiagram(t.Context(), actor, laneway.Diagram{ID: newID(), Title: "x"}, content("x"), nil)
						switch {
						case err == nil:
							made.Add(1)
						case laneway.KindOf(err) == laneway.QuotaExceeded:
							refused.Add(1)
						default:
							t.Errorf("create: %v", err)
						}
					}
				})
			}
			wait.Wait()
			limit := plan.DiagramLimit()
			counter, rows := usage(t, db, actor)
			if int(made.Load()) != limit || counter != limit || rows != limit || int(refused.Load()) != 32*clients-limit {
				t.Errorf("%s, round %d: %d created, %d refused, counter %d, %d rows; the limit is %d", plan, round, made.Load(), refused.Load(), counter, rows, limit)
			}
		}
	}
}

// TestQuotaRaceWithTrash mixes creates with trash and restore on a few diagrams that everybody
// fights for. The counter must be what is there, and never above the limit.
func TestQuotaRaceWithTrash(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	for round := range rounds(2, 50) {
		actor := newTenant(t, db)
		var mu sync.Mutex
		var ids []laneway.ID
		pick := func(r *rand.Rand) laneway.ID {
			mu.Lock()
			defer mu.Unlock()
			if len(ids) == 0 {
				return newID()
			}
			return ids[r.IntN(len(ids))]
		}
		var inUse atomic.Int64
		var wait sync.WaitGroup
		for client := range 32 {
			wait.Go(func() {
				r := rand.New(rand.NewPCG(uint64(round), uint64(client)))
				for range 12 {
					var err error
					switch r.IntN(4) {
					case 0, 1:
						d := laneway.Diagram{ID: newID(), Title: "x"}
						if _, err = db.Store.CreateDiagram(t.Context(), actor, d, content("x"), nil); err == nil {
							inUse.Add(1)
							mu.Lock()
							ids = append(ids, d.ID)
							mu.Unlock()
						}
					case 2:
						if _, err = db.Store.TrashDiagram(t.Context(), actor, pick(r)); err == nil {
							inUse.Add(-1)
						}
					case 3:
						if _, err = db.Store.RestoreDiagram(t.Context(), actor, pick(r), nil); err == nil {
							inUse.Add(1)
						}
					}
					if kind := laneway.KindOf(err); err != nil && !errors.Is(err, store.ErrStale) && kind != laneway.QuotaExceeded && kind != laneway.NotFound {
						t.Errorf("round %d: %v", round, err)
					}
				}
			})
		}
		wait.Wait()
		counter, rows := usage(t, db, actor)
		if counter != rows || counter != int(inUse.Load()) || counter > laneway.Free.DiagramLimit() {
			t.Errorf("round %d: counter %d, %d rows, %d acknowledged; the limit is %d", round, counter, rows, inUse.Load(), laneway.Free.DiagramLimit())
		}
		checkEvents(t, db, actor)
	}
}

// TestQuotaFollowsPlan holds what the plan decides: what the refusal says, that a smaller plan takes
// nothing away, and that trash frees a place.
func TestQuotaFollowsPlan(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	var last laneway.Diagram
	for n := range 5 {
		last = newDiagram(t, db, actor, fmt.Sprint("free ", n))
	}
	create := func() error {
		_, err := db.Store.CreateDiagram(t.Context(), actor, laneway.Diagram{ID: newID(), Title: "one more"}, content("x"), nil)
		return err
	}
	if e := wantKind(t, create(), laneway.QuotaExceeded); !strings.Contains(e.Detail, "5 of 5") || !strings.Contains(e.Detail, "free") {
		t.Errorf("refusal %q", e.Detail)
	}
	db.Admin(t, `UPDATE organizations SET plan = 'pro' WHERE id = $1`, actor.OrganizationID)
	if err := create(); err != nil {
		t.Errorf("on a larger plan: %v", err)
	}
	db.Admin(t, `UPDATE organizations SET plan = 'free' WHERE id = $1`, actor.OrganizationID)
	wantKind(t, create(), laneway.QuotaExceeded)
	c := content("still saved")
	if _, err := db.Store.SaveDiagram(t.Context(), actor, store.DiagramSave{ID: last.ID, Expected: 1, Content: &c}); err != nil {
		t.Errorf("save over the limit: %v", err)
	}
	if _, err := db.Store.TrashDiagram(t.Context(), actor, last.ID); err != nil {
		t.Fatal(err)
	}
	_, err := db.Store.RestoreDiagram(t.Context(), actor, last.ID, nil)
	wantKind(t, err, laneway.QuotaExceeded)
	if _, err := db.Store.OpenDiagram(t.Context(), actor, last.ID, 0); laneway.KindOf(err) != laneway.NotFound {
		t.Errorf("a refused restore left the diagram %v", err)
	}
	db.Admin(t, `ALTER TABLE organizations DROP CONSTRAINT organizations_plan`)
	db.Admin(t, `UPDATE organizations SET plan = 'enterprize' WHERE id = $1`, actor.OrganizationID)
	wantKind(t, create(), laneway.QuotaExceeded)
}
