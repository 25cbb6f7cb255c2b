package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// TestSaveHammer lets 16 writers save one diagram, each on the version it saw last. Every
// acknowledged save must be one version, and nothing else may be.
func TestSaveHammer(t *testing.T) {
	t.Parallel()
	const writers, saves = 16, 25
	db := storetest.New(t)
	actor := newTenant(t, db)
	d := newDiagram(t, db, actor, "hammered")
	acked := make([][]string, writers)
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			seen := int64(1)
			for n := range saves {
				mark := fmt.Sprintf("writer_%d_save_%d", w, n)
				c := content(mark)
				changed, err := db.Store.SaveDiagram(t.Context(), actor, store.DiagramSave{ID: d.ID, Expected: seen, Content: &c})
				switch {
				case err == nil:
					acked[w] = append(acked[w], fmt.Sprintf("%d %s", changed.Diagram.Version, mark))
					seen = changed.Diagram.Version
				case errors.Is(err, store.ErrStale):
					state, err := db.Store.DiagramState(t.Context(), actor, d.ID)
					if err != nil {
						t.Errorf("state: %v", err)
						return
					}
					seen = state.Diagram.Version
				default:
					t.Errorf("save: %v", err)
					return
				}
			}
		})
	}
	wait.Wait()
	all := slices.Concat(acked...)
	t.Logf("%d of %d saves were acknowledged", len(all), writers*saves)
	if len(all) < saves {
		t.Errorf("%d saves went through, fewer than one writer alone has", len(all))
	}
	admin := connect(t, db.AdminURL)
	versions := texts(t, admin, `SELECT v.number::text FROM diagram_versions v WHERE v.diagram_id = $1 ORDER BY v.number`, d.ID)
	for i, v := range versions {
		if v != fmt.Sprint(i+1) {
			t.Fatalf("versions are not contiguous: %q", versions)
		}
	}
	if len(versions) != len(all)+1 {
		t.Errorf("%d versions, %d saves acknowledged", len(versions), len(all))
	}
	stored := texts(t, admin, `SELECT number::text || ' ' || (warnings->0->>'elementId') FROM diagram_versions WHERE diagram_id = $1 AND number > 1`, d.ID)
	slices.Sort(all)
	slices.Sort(stored)
	if !slices.Equal(all, stored) {
		t.Errorf("acknowledged\n%s\nstored\n%s", strings.Join(all, "\n"), strings.Join(stored, "\n"))
	}
	if head := open(t, db, actor, d.ID); head.Diagram.Version != int64(len(versions)) || !strings.Contains(string(head.Content.XML), head.Content.Warnings[0].ElementID) {
		t.Errorf("head is %+v", head.Diagram)
	}
	checkEvents(t, db, actor)
}

// TestSaveOnUncommittedVersion names a version that another transaction has made and not committed:
// that is stale, and leaves no head without its version.
func TestSaveOnUncommittedVersion(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	title, early := "early", content("early")
	for name, save := range map[string]store.DiagramSave{"with content": {Content: &early}, "without content": {Title: &title}} {
		d := newDiagram(t, db, actor, name)
		save.ID, save.Expected = d.ID, 2
		admin := connect(t, db.AdminURL)
		execute(t, admin, `BEGIN`)
		execute(t, admin, `UPDATE diagrams SET version = 2 WHERE id = $1`, d.ID)
		execute(t, admin, `INSERT INTO diagram_versions (org_id, diagram_id, number, title, xml, xml_size, xml_hash, created_by)
			SELECT org_id, diagram_id, 2, title, xml, xml_size, xml_hash, created_by FROM diagram_versions WHERE diagram_id = $1`, d.ID)
		if _, err := db.Store.SaveDiagram(t.Context(), actor, save); !errors.Is(err, store.ErrStale) {
			t.Errorf("%s: save on a version that is not committed: %v", name, err)
		}
		execute(t, admin, `COMMIT`)
		if head := open(t, db, actor, d.ID); head.Diagram.Version != 2 {
			t.Errorf("%s: head is %+v", name, head.Diagram)
		}
		if saved, err := db.Store.SaveDiagram(t.Context(), actor, save); err != nil || saved.Diagram.Version != 3 {
			t.Errorf("%s: save on the committed version: %+v, %v", name, saved, err)
		}
	}
}

// awaitLock waits until a connection to the database waits for a lock.
func awaitLock(t testing.TB, db *storetest.Database) {
	t.Helper()
	eventually(t, "a connection that waits for a lock", func() bool {
		return storetest.Value[bool](t, db, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`)
	})
}

// checkEvents holds the organization's log against its rules: the chain, and the order of time.
func checkEvents(t testing.TB, db *storetest.Database, actor laneway.Actor) {
	t.Helper()
	var last time.Time
	for _, l := range checkChain(t, db, actor) {
		if l.at.Before(last) {
			t.Errorf("event %d is older than the one before", l.seq)
		}
		last = l.at
	}
}

// checkChain holds the log against numbers without gaps, each hash made from the one before, and
// the last one in the head row. The order of time is not among it: writers that wait for each other
// have read the clock before.
func checkChain(t testing.TB, db *storetest.Database, actor laneway.Actor) []link {
	t.Helper()
	links := readChain(t, db, actor)
	for _, fault := range chainFaults(links) {
		t.Error(fault)
	}
	head := storetest.Value[string](t, db, `SELECT seq || ' ' || encode(hash, 'hex') FROM organization_heads WHERE org_id = $1`, actor.OrganizationID)
	if last := links[len(links)-1]; head != fmt.Sprintf("%d %x", last.seq, last.hash) {
		t.Errorf("the head row says %s, the last event is %d %x", head, last.seq, last.hash)
	}
	return links
}
