package store_test

import (
	"testing"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// TestArchiveBesideMove: a diagram that is moved into a project while somebody archives it is either
// there before, or refused. One of the two is held open in its transaction; the other waits for it.
func TestArchiveBesideMove(t *testing.T) {
	t.Parallel()
	const (
		move    = `UPDATE diagrams SET project_id = $2 WHERE id = $1`
		archive = `UPDATE projects SET archived_at = now(), version = version + 1 WHERE id = $2 AND $1::uuid IS NOT NULL`
		create  = "create"
	)
	yes := true
	for _, c := range []struct {
		name          string
		first, second string // the one that is held open, and the one that waits
		commit        bool   // whether the first one comes to pass
		refused       bool   // whether the second one is
		diagrams      int64  // in the project in the end
	}{
		{"a move, then archiving", move, archive, true, false, 1},
		{"a move that fails, then archiving", move, archive, false, false, 0},
		{"archiving, then a move", archive, move, true, true, 0},
		{"archiving that fails, then a move", archive, move, false, false, 1},
		{"archiving, then a new diagram", archive, create, true, true, 0},
		{"archiving that fails, then a new diagram", archive, create, false, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			actor, ctx := newTenant(t, db), t.Context()
			made, err := db.Store.CreateProject(ctx, actor, laneway.Project{ID: newID(), Name: "Sales"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			project, d := made.Project.ID, newDiagram(t, db, actor, "Order")
			first, err := connect(t, db.AdminURL).Begin(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if tag, err := first.Exec(ctx, c.first, d.ID, project); err != nil || tag.RowsAffected() != 1 {
				t.Fatalf("%v %v", tag, err)
			}
			second := make(chan error, 1)
			go func() {
				var err error
				switch c.second {
				case move:
					_, err = db.Store.SaveDiagram(ctx, actor, store.DiagramSave{ID: d.ID, Expected: 1, ProjectID: &project})
				case create:
					_, err = db.Store.CreateDiagram(ctx, actor, laneway.Diagram{ID: newID(), Title: "New", ProjectID: project}, content("x"), nil)
				default:
					_, err = db.Store.UpdateProject(ctx, actor, laneway.ProjectUpdate{ID: project, ExpectedVersion: 1, Archived: &yes})
				}
				second <- err
			}()
			awaitLock(t, db)
			if c.commit {
				err = first.Commit(ctx)
			} else {
				err = first.Rollback(ctx)
			}
			if err != nil {
				t.Fatal(err)
			}
			err = <-second
			if c.refused {
				if e := wantKind(t, err, laneway.Invalid); e.Fields[0].Field != "projectId" || e.Fields[0].Code != "archived_project" {
					t.Errorf("refused as %+v", e)
				}
			} else if err != nil {
				t.Error(err)
			}
			after, err := db.Store.Project(ctx, actor, project)
			if err != nil || after.Diagrams != c.diagrams {
				t.Errorf("%d diagrams in the project, want %d, %v", after.Diagrams, c.diagrams, err)
			}
			if archived := c.second == archive || c.first == archive && c.commit; archived == after.ArchivedAt.IsZero() {
				t.Errorf("archived at %v", after.ArchivedAt)
			}
		})
	}
}
