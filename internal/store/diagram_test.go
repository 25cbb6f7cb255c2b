package store_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"reflect"
	"strings"
	"testing"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

func TestDiagramLife(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor, ctx := newTenant(t, db), t.Context()
	created, err := db.Store.CreateDiagram(ctx, actor, laneway.Diagram{ID: newID(), Title: "Order"}, content("one"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := created.Diagram
	if d.Title != "Order" || d.Version != 1 || d.CreatedBy != actor.UserID || d.UpdatedBy != actor.UserID || d.CreatedAt.IsZero() || !d.DeletedAt.IsZero() || !d.ProjectID.IsZero() {
		t.Errorf("created %+v", d)
	}
	opened := open(t, db, actor, d.ID)
	if !reflect.DeepEqual(opened.Diagram, d) || !reflect.DeepEqual(opened.Content, content("one")) {
		t.Errorf("opened %+v", opened)
	}
	if known, err := db.Store.OpenDiagram(ctx, actor, d.ID, 1); err != nil || known.Content.XML != nil || known.Diagram != d {
		t.Errorf("opened with the version known: %+v, %v", known, err)
	}

	two := content("two")
	saved, err := db.Store.SaveDiagram(ctx, actor, store.DiagramSave{ID: d.ID, Expected: 1, Content: &two})
	if err != nil || saved.Diagram.Version != 2 || saved.Diagram.Title != "Order" || saved.Seq != created.Seq+1 || !saved.Diagram.UpdatedAt.After(d.UpdatedAt) {
		t.Errorf("saved %+v, %v", saved, err)
	}
	title := "Purchase"
	renamed, err := db.Store.SaveDiagram(ctx, actor, store.DiagramSave{ID: d.ID, Expected: 2, Title: &title})
	if err != nil || renamed.Diagram.Version != 3 || renamed.Diagram.Title != "Purchase" {
		t.Errorf("renamed %+v, %v", renamed, err)
	}
	if opened := open(t, db, actor, d.ID); !reflect.DeepEqual(opened.Content, two) {
		t.Errorf("a save without content changed it: %+v", opened.Content)
	}
	state, err := db.Store.DiagramState(ctx, actor, d.ID)
	if sum := sha256.Sum256(two.XML); err != nil || !bytes.Equal(state.XMLHash, sum[:]) || !bytes.Equal(state.PreviousHash, sum[:]) || state.VersionBy != actor.UserID {
		t.Errorf("state %+v, %v", state, err)
	}

	trashed, err := db.Store.TrashDiagram(ctx, actor, d.ID)
	if err != nil || trashed.Diagram.DeletedAt.IsZero() || trashed.Diagram.Version != 3 {
		t.Errorf("trashed %+v, %v", trashed, err)
	}
	_, err = db.Store.OpenDiagram(ctx, actor, d.ID, 0)
	if e := wantKind(t, err, laneway.NotFound); len(e.Fields) != 1 || e.Fields[0].Code != "trashed" {
		t.Errorf("open a trashed one: %+v", e)
	}
	if _, err := db.Store.SaveDiagram(ctx, actor, store.DiagramSave{ID: d.ID, Expected: 3, Title: &title}); !errors.Is(err, store.ErrStale) {
		t.Errorf("save a trashed one: %v", err)
	}
	if _, err := db.Store.TrashDiagram(ctx, actor, d.ID); !errors.Is(err, store.ErrStale) {
		t.Errorf("trash a trashed one: %v", err)
	}
	restored, err := db.Store.RestoreDiagram(ctx, actor, d.ID, nil)
	if err != nil || !restored.Diagram.DeletedAt.IsZero() || restored.Diagram.Version != 3 {
		t.Errorf("restored %+v, %v", restored, err)
	}
	if _, err := db.Store.RestoreDiagram(ctx, actor, d.ID, nil); !errors.Is(err, store.ErrStale) {
		t.Errorf("restore one in use: %v", err)
	}
	if counter, rows := usage(t, db, actor); counter != 1 || rows != 1 {
		t.Errorf("counter %d, diagrams %d, want 1 and 1", counter, rows)
	}
	kinds := texts(t, connect(t, db.AdminURL), `SELECT kind FROM events WHERE org_id = $1 ORDER BY seq`, actor.OrganizationID)
	want := "organization.created member.joined diagram.created diagram.saved diagram.saved diagram.trashed diagram.restored"
	if got := strings.Join(kinds, " "); got != want {
		t.Errorf("events %s, want %s", got, want)
	}
}

func open(t testing.TB, db *storetest.Database, actor laneway.Actor, id laneway.ID) store.Opened {
	t.Helper()
	opened, err := db.Store.OpenDiagram(t.Context(), actor, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// TestForeignIsMissing holds that another organization's diagram is answered exactly like none, by
// every method, and is left as it was.
func TestForeignIsMissing(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	owner, other, ctx := newTenant(t, db), newTenant(t, db), t.Context()
	inUse, trashed := newDiagram(t, db, owner, "in use"), newDiagram(t, db, owner, "trashed")
	if _, err := db.Store.TrashDiagram(ctx, owner, trashed.ID); err != nil {
		t.Fatal(err)
	}
	before := storetest.Value[string](t, db, `SELECT string_agg(d::text, E'\n' ORDER BY id) FROM diagrams d`)
	stolen := content("stolen")
	for name, call := range map[string]func(laneway.ID) error{
		"open":    func(id laneway.ID) error { _, err := db.Store.OpenDiagram(ctx, other, id, 0); return err },
		"state":   func(id laneway.ID) error { _, err := db.Store.DiagramState(ctx, other, id); return err },
		"trash":   func(id laneway.ID) error { _, err := db.Store.TrashDiagram(ctx, other, id); return err },
		"restore": func(id laneway.ID) error { _, err := db.Store.RestoreDiagram(ctx, other, id, nil); return err },
		"save": func(id laneway.ID) error {
			_, err := db.Store.SaveDiagram(ctx, other, store.DiagramSave{ID: id, Expected: 1, Content: &stolen})
			return err
		},
	} {
		missing := call(newID())
		if missing == nil {
			t.Errorf("%s: a diagram that does not exist gave no error", name)
		}
		for _, id := range []laneway.ID{inUse.ID, trashed.ID, {}} {
			if foreign := call(id); !reflect.DeepEqual(foreign, missing) {
				t.Errorf("%s: foreign %v, missing %v", name, foreign, missing)
			}
		}
	}
	if after := storetest.Value[string](t, db, `SELECT string_agg(d::text, E'\n' ORDER BY id) FROM diagrams d`); after != before {
		t.Errorf("the owner's diagrams are now\n%s\nwere\n%s", after, before)
	}
}

func TestForeignProjectIsRefused(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor, other, ctx := newTenant(t, db), newTenant(t, db), t.Context()
	own, foreign := newProject(t, db, actor), newProject(t, db, other)
	made, err := db.Store.CreateDiagram(ctx, actor, laneway.Diagram{ID: newID(), Title: "in a project", ProjectID: own}, content("x"), nil)
	if err != nil || made.Diagram.ProjectID != own {
		t.Fatalf("create in one's own project: %+v, %v", made, err)
	}
	for _, project := range []laneway.ID{foreign, newID()} {
		_, err := db.Store.CreateDiagram(ctx, actor, laneway.Diagram{ID: newID(), Title: "x", ProjectID: project}, content("x"), nil)
		if e := wantKind(t, err, laneway.Invalid); e.Fields[0].Field != "projectId" || e.Fields[0].Code != "unknown_project" {
			t.Errorf("create: %+v", e)
		}
		_, err = db.Store.SaveDiagram(ctx, actor, store.DiagramSave{ID: made.Diagram.ID, Expected: 1, ProjectID: &project})
		if e := wantKind(t, err, laneway.Invalid); e.Fields[0].Field != "projectId" || e.Fields[0].Code != "unknown_project" {
			t.Errorf("save: %+v", e)
		}
	}
	if counter, rows := usage(t, db, actor); counter != 1 || rows != 1 {
		t.Errorf("after refused creates: counter %d, diagrams %d, want 1 and 1", counter, rows)
	}
	out, err := db.Store.SaveDiagram(ctx, actor, store.DiagramSave{ID: made.Diagram.ID, Expected: 1, ProjectID: &laneway.ID{}})
	if err != nil || !out.Diagram.ProjectID.IsZero() || out.Diagram.Version != 2 {
		t.Errorf("take out of the project: %+v, %v", out, err)
	}
}

func newProject(t testing.TB, db *storetest.Database, actor laneway.Actor) laneway.ID {
	t.Helper()
	id := newID()
	db.Admin(t, `INSERT INTO projects (org_id, id, name, created_by) VALUES ($1, $2, 'Project', $3)`, actor.OrganizationID, id, actor.UserID)
	return id
}

// TestLargestDocument stores what cannot be packed smaller, up to the limit.
func TestLargestDocument(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	noise := make([]byte, 5<<20)
	rand.Read(noise)
	for _, xml := range [][]byte{noise, bytes.Repeat([]byte{' '}, 5<<20), {'x'}} {
		c := store.Content{XML: xml}
		made, err := db.Store.CreateDiagram(t.Context(), actor, laneway.Diagram{ID: newID(), Title: "large"}, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := open(t, db, actor, made.Diagram.ID).Content.XML; !bytes.Equal(got, xml) {
			t.Errorf("%d bytes came back as %d others", len(xml), len(got))
		}
	}
	c := store.Content{XML: append(noise, 'x')}
	if _, err := db.Store.CreateDiagram(t.Context(), actor, laneway.Diagram{ID: newID(), Title: "too large"}, c, nil); err == nil {
		t.Error("a document over the limit was stored")
	}
	if counter, rows := usage(t, db, actor); counter != 3 || rows != 3 {
		t.Errorf("counter %d, diagrams %d, want 3 and 3", counter, rows)
	}
}

// TestAcknowledgedAfterCommit lets the commit fail after all statements went well: the change must
// be reported as failed and be gone.
func TestAcknowledgedAfterCommit(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	before := newDiagram(t, db, actor, "before")
	db.Admin(t, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused at commit'; END $$`)
	db.Admin(t, `CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON diagram_versions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`)
	c := content("after")
	if _, err := db.Store.SaveDiagram(t.Context(), actor, store.DiagramSave{ID: before.ID, Expected: 1, Content: &c}); err == nil {
		t.Error("a save was acknowledged that was not committed")
	}
	if _, err := db.Store.CreateDiagram(t.Context(), actor, laneway.Diagram{ID: newID(), Title: "after"}, c, nil); err == nil {
		t.Error("a diagram was acknowledged that was not committed")
	}
	opened := open(t, db, actor, before.ID)
	if opened.Diagram != before || !reflect.DeepEqual(opened.Content, content("before")) {
		t.Errorf("the diagram is now %+v", opened)
	}
	if counter, rows := usage(t, db, actor); counter != 1 || rows != 1 {
		t.Errorf("counter %d, diagrams %d, want 1 and 1", counter, rows)
	}
}
