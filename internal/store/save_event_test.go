package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// TestSavesShareOneChain lets 16 people of one organization save at once, each a diagram of their own, among events of
// other kinds. All of them wait at first for a row of organization_heads that then says something else, so each goes on
// from what the one before left and not from what its statement saw.
func TestSavesShareOneChain(t *testing.T) {
	t.Parallel()
	const people, rounds = 16, 8
	db := storetest.New(t)
	actor := newTenantOn(t, db, laneway.Enterprise)
	crowd, err := store.Open(t.Context(), store.Config{AppURL: db.URLs.App, SystemURL: db.URLs.System, AppConnections: people + 1})
	if err != nil {
		t.Fatal(err)
	}
	defer crowd.Close()
	var heads []laneway.Diagram
	for n := range people {
		heads = append(heads, newDiagram(t, db, actor, fmt.Sprintf("Ünïcode \"%d\" \\ %d", n, n)))
	}
	first := connect(t, db.URLs.App)
	execute(t, first, `BEGIN`)
	execute(t, first, `SELECT set_config('laneway.org_id', $1, true)`, actor.OrganizationID.String())
	execute(t, first, `SELECT append_event($1, 'diagram.saved', $2, $2, '{}')`, actor.OrganizationID, actor.UserID)

	var wait sync.WaitGroup
	acked := make([][]int64, people)
	for n, head := range heads {
		wait.Go(func() {
			for i := range rounds {
				c, one := content(fmt.Sprintf("%d of %d", i, n)), 1
				save := store.DiagramSave{ID: head.ID, Expected: head.Version, Content: &c, ChangeCount: &one, Changes: []byte(`[{"element":"Ä\"\\"}]`)}
				changed, err := crowd.SaveDiagram(context.Background(), actor, save)
				if err != nil {
					t.Errorf("save: %v", err)
					return
				}
				head = changed.Diagram
				acked[n] = append(acked[n], changed.Seq)
				if _, err := crowd.SaveDiagram(context.Background(), actor, save); !errors.Is(err, store.ErrStale) {
					t.Errorf("the same save again: %v", err)
				}
				if i%4 == 0 {
					made, err := crowd.CreateDiagram(context.Background(), actor, laneway.Diagram{ID: newID(), Title: "x"}, content("x"), nil)
					if err != nil {
						t.Errorf("create: %v", err)
						return
					}
					acked[n] = append(acked[n], made.Seq)
				}
			}
		})
	}
	eventually(t, "saves that all wait", func() bool {
		return storetest.Value[int](t, db, `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == people
	})
	before := storetest.Value[int64](t, db, `SELECT seq FROM organization_heads WHERE org_id = $1`, actor.OrganizationID)
	execute(t, first, `COMMIT`)
	wait.Wait()
	checkChain(t, db, actor)
	all := slices.Concat(acked...)
	slices.Sort(all)
	for i, seq := range all {
		if seq != before+2+int64(i) { // the one that was held has the number in between
			t.Fatalf("acknowledged numbers are not without gaps behind %d: %v", before+1, all)
		}
	}
	if want := people * (rounds + rounds/4); len(all) != want {
		t.Errorf("%d numbers acknowledged, want %d", len(all), want)
	}
	// Each event says what the version is that it tells of.
	if wrong := storetest.Value[int](t, db, `
		SELECT count(*)::int FROM diagram_versions v LEFT JOIN events e ON e.org_id = v.org_id AND e.subject_id = v.diagram_id
		       AND e.kind = 'diagram.saved' AND e.actor_id = v.created_by AND e.data = jsonb_build_object('version', v.number, 'title', v.title, 'changes', v.changes)
		 WHERE v.org_id = $1 AND v.number > 1 AND e.seq IS NULL`, actor.OrganizationID); wrong != 0 {
		t.Errorf("%d versions have no event that tells of them", wrong)
	}
}

// TestNoSaveWithoutItsEvent: where the event cannot be written, nothing is stored.
func TestNoSaveWithoutItsEvent(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	d := newDiagram(t, db, actor, "x")
	db.Admin(t, `DELETE FROM organization_heads WHERE org_id = $1`, actor.OrganizationID)
	c := content("y")
	if _, err := db.Store.SaveDiagram(t.Context(), actor, store.DiagramSave{ID: d.ID, Expected: 1, Content: &c}); err == nil || errors.Is(err, store.ErrStale) {
		t.Errorf("a save without a log: %v", err)
	}
	if state := storetest.Value[string](t, db, `SELECT d.version || ' ' || (SELECT count(*) FROM diagram_versions) FROM diagrams d`); state != "1 1" {
		t.Errorf("version and number of versions are %q, want those of before", state)
	}
}
