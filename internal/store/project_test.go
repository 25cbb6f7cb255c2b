package store_test

import (
	"strings"
	"testing"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

func TestProjectLife(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor, other, ctx := newTenant(t, db), newTenant(t, db), t.Context()
	created, err := db.Store.CreateProject(ctx, actor, laneway.Project{ID: newID(), Name: "Sales", Description: "Orders"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := created.Project
	if p.Name != "Sales" || p.Description != "Orders" || p.Version != 1 || p.CreatedBy != actor.UserID || !p.ArchivedAt.IsZero() || p.Diagrams != 0 {
		t.Errorf("created %+v", p)
	}
	d, err := db.Store.CreateDiagram(ctx, actor, laneway.Diagram{ID: newID(), Title: "Order", ProjectID: p.ID}, content("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	name, yes, no := "Selling", true, false
	renamed, err := db.Store.UpdateProject(ctx, actor, laneway.ProjectUpdate{ID: p.ID, ExpectedVersion: 1, Name: &name})
	if err != nil || renamed.Project.Name != name || renamed.Project.Description != "Orders" || renamed.Project.Version != 2 ||
		renamed.Project.Diagrams != 1 || renamed.Seq != d.Seq+1 {
		t.Errorf("renamed %+v, %v", renamed, err)
	}
	_, err = db.Store.UpdateProject(ctx, actor, laneway.ProjectUpdate{ID: p.ID, ExpectedVersion: 1, Name: &name})
	if e := wantKind(t, err, laneway.Conflict); e.Versions == nil || *e.Versions != (laneway.StaleVersions{Current: 2, Expected: 1}) {
		t.Errorf("stale: %+v", e)
	}
	_, err = db.Store.UpdateProject(ctx, other, laneway.ProjectUpdate{ID: p.ID, ExpectedVersion: 2, Name: &name})
	wantKind(t, err, laneway.NotFound)
	_, err = db.Store.Project(ctx, other, p.ID)
	wantKind(t, err, laneway.NotFound)

	loose, err := db.Store.CreateDiagram(ctx, actor, laneway.Diagram{ID: newID(), Title: "Loose"}, content("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	archived, err := db.Store.UpdateProject(ctx, actor, laneway.ProjectUpdate{ID: p.ID, ExpectedVersion: 2, Archived: &yes})
	if err != nil || archived.Project.ArchivedAt.IsZero() || archived.Project.Name != name || archived.Seq != loose.Seq+1 {
		t.Errorf("archived %+v, %v", archived, err)
	}
	refused := func(what string, err error) {
		t.Helper()
		if e := wantKind(t, err, laneway.Invalid); e.Fields[0].Field != "projectId" || e.Fields[0].Code != "archived_project" {
			t.Errorf("%s: %+v", what, e)
		}
	}
	_, err = db.Store.CreateDiagram(ctx, actor, laneway.Diagram{ID: newID(), Title: "x", ProjectID: p.ID}, content("x"), nil)
	refused("create in the archive", err)
	_, err = db.Store.SaveDiagram(ctx, actor, store.DiagramSave{ID: loose.Diagram.ID, Expected: 1, ProjectID: &p.ID})
	refused("move into the archive", err)
	_, err = db.Store.CreateDiagram(ctx, other, laneway.Diagram{ID: newID(), Title: "x", ProjectID: p.ID}, content("x"), nil)
	if e := wantKind(t, err, laneway.Invalid); e.Fields[0].Code != "unknown_project" {
		t.Errorf("a foreign archived project is told from one that is not there: %+v", e)
	}
	two := content("two")
	if _, err := db.Store.SaveDiagram(ctx, actor, store.DiagramSave{ID: d.Diagram.ID, Expected: 1, Content: &two, ProjectID: &p.ID}); err != nil {
		t.Errorf("save in the archive: %v", err)
	}
	if _, err := db.Store.SaveDiagram(ctx, actor, store.DiagramSave{ID: d.Diagram.ID, Expected: 2, ProjectID: &laneway.ID{}}); err != nil {
		t.Errorf("move out of the archive: %v", err)
	}
	back, err := db.Store.UpdateProject(ctx, actor, laneway.ProjectUpdate{ID: p.ID, ExpectedVersion: 3, Archived: &no})
	if err != nil || !back.Project.ArchivedAt.IsZero() || back.Project.Diagrams != 0 {
		t.Errorf("taken out of the archive: %+v, %v", back, err)
	}
	if _, err := db.Store.SaveDiagram(ctx, actor, store.DiagramSave{ID: loose.Diagram.ID, Expected: 1, ProjectID: &p.ID}); err != nil {
		t.Errorf("move in again: %v", err)
	}
	kinds := strings.Join(texts(t, connect(t, db.AdminURL), `SELECT kind FROM events WHERE org_id = $1 AND subject_id = $2 ORDER BY seq`, actor.OrganizationID, p.ID), " ")
	if want := "project.created project.updated project.archived project.unarchived"; kinds != want {
		t.Errorf("events %q, want %q", kinds, want)
	}
}

// TestListProjects walks by one: equal names are told apart by their ids, and each comes once.
func TestListProjects(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor, other, ctx := newTenant(t, db), newTenant(t, db), t.Context()
	yes := true
	for _, name := range []string{"b", "a", "Z", "a", "old"} {
		made, err := db.Store.CreateProject(ctx, actor, laneway.Project{ID: newID(), Name: name}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if name == "old" {
			if _, err := db.Store.UpdateProject(ctx, actor, laneway.ProjectUpdate{ID: made.Project.ID, ExpectedVersion: 1, Archived: &yes}); err != nil {
				t.Fatal(err)
			}
		}
	}
	walk := func(actor laneway.Actor, archived bool) string {
		var names []string
		q := laneway.ProjectQuery{Limit: 1, Archived: archived}
		for {
			page, err := db.Store.ListProjects(ctx, actor, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range page.Items {
				names = append(names, p.Name)
			}
			if q.After = page.Next; q.After.IsZero() {
				return strings.Join(names, " ")
			}
		}
	}
	for _, c := range []struct {
		actor    laneway.Actor
		archived bool
		want     string
	}{{actor, false, "Z a a b"}, {actor, true, "old"}, {other, false, ""}, {other, true, ""}} {
		if got := walk(c.actor, c.archived); got != c.want {
			t.Errorf("archived %v: %q, want %q", c.archived, got, c.want)
		}
	}
}
