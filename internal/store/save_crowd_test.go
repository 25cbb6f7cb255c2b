package store_test

import (
	"sync"
	"testing"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// TestReadsDoNotWaitBehindSaves has more saves wait for a lock than there are connections: who only reads gets in
// meanwhile, and all saves are stored when the lock is gone.
func TestReadsDoNotWaitBehindSaves(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenantOn(t, db, laneway.Enterprise)
	admin := connect(t, db.AdminURL)
	read := newDiagram(t, db, actor, "To read")
	var busy []laneway.Diagram
	for range 6 {
		busy = append(busy, newDiagram(t, db, actor, "To save"))
	}
	execute(t, admin, `BEGIN`)
	execute(t, admin, `SELECT FROM diagrams WHERE title = 'To save' FOR UPDATE`)
	var saves sync.WaitGroup
	for _, d := range busy {
		saves.Go(func() {
			c := content("saved")
			if _, err := db.Store.SaveDiagram(t.Context(), actor, store.DiagramSave{ID: d.ID, Expected: d.Version, Content: &c}); err != nil {
				t.Errorf("a save after the lock: %v", err)
			}
		})
	}
	watcher := connect(t, db.AdminURL)
	eventually(t, "three saves that wait for the lock", func() bool {
		return len(texts(t, watcher, `SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)) == 3
	})
	if _, err := db.Store.OpenDiagram(t.Context(), actor, read.ID, 0); err != nil {
		t.Errorf("a read behind the saves: %v", err)
	}
	execute(t, admin, `ROLLBACK`)
	saves.Wait()
}
