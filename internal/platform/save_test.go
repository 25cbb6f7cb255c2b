package platform_test

import (
	"bytes"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"laneway"
	"laneway/internal/platform"
	"laneway/internal/store/storetest"
)

func TestSaveStale(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor, ctx := p.newAdmin(t), t.Context()
	d := p.newDiagram(t, actor, task("1"))
	save := func(expected int64, name string) (*platform.Stored, error) {
		return p.SaveDiagram(ctx, actor, laneway.DiagramUpdate{ID: d.Diagram.ID, ExpectedVersion: expected, Source: text(task(name))})
	}
	saved, err := save(1, "2")
	if err != nil || saved.Diagram.Version != 2 || saved.XML != nil || saved.Seq == 0 || !reflect.DeepEqual(saved.Warnings, d.Warnings) {
		t.Fatalf("saved %+v, %v", saved, err)
	}
	for _, expected := range []int64{1, 3, 99, 0, -1} {
		_, err := save(expected, "other")
		if e := wantKind(t, err, laneway.Conflict); *e.Versions != (laneway.StaleVersions{Current: 2, Expected: expected}) {
			t.Errorf("on version %d: %+v", expected, e.Versions)
		}
	}
	if got, err := p.GetDiagram(ctx, actor, d.Diagram.ID, 0); err != nil || string(got.XML) != task("2") {
		t.Errorf("a stale save changed the diagram: %+v, %v", got, err)
	}
}

// TestLostAnswer repeats saves whose answer did not arrive: the same save by the same person is
// answered again, and makes no version; whatever differs is a conflict.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor, ctx := p.newAdmin(t), t.Context()
	colleague := actor
	colleague.UserID = p.newAdmin(t).UserID
	title, other := "Renamed", "Other"
	project := newID()
	p.db.Admin(t, `INSERT INTO projects (org_id, id, name, created_by) VALUES ($1, $2, 'Project', $3)`, actor.OrganizationID, project, actor.UserID)
	none := laneway.ID{}
	for _, tt := range []struct {
		name          string
		first, second laneway.DiagramUpdate
		as            laneway.Actor
		repeated      bool
	}{
		{"same content", laneway.DiagramUpdate{Source: text(task("2"))}, laneway.DiagramUpdate{Source: text(task("2"))}, actor, true},
		{"same content and title", laneway.DiagramUpdate{Source: text(task("2")), Title: &title}, laneway.DiagramUpdate{Source: text(task("2")), Title: &title}, actor, true},
		{"same title", laneway.DiagramUpdate{Title: &title}, laneway.DiagramUpdate{Title: &title}, actor, true},
		{"same project", laneway.DiagramUpdate{ProjectID: &project}, laneway.DiagramUpdate{ProjectID: &project}, actor, true},
		{"other content", laneway.DiagramUpdate{Source: text(task("2"))}, laneway.DiagramUpdate{Source: text(task("3"))}, actor, false},
		{"other title", laneway.DiagramUpdate{Source: text(task("2")), Title: &title}, laneway.DiagramUpdate{Source: text(task("2")), Title: &other}, actor, false},
		{"other project", laneway.DiagramUpdate{ProjectID: &project}, laneway.DiagramUpdate{ProjectID: &none}, actor, false},
		{"somebody else", laneway.DiagramUpdate{Source: text(task("2"))}, laneway.DiagramUpdate{Source: text(task("2"))}, colleague, false},
		// In another window the same person saved content under the title that this one sets: had the
		// title been taken for a repetition, its next save would overwrite that content.
		{"title beside content", laneway.DiagramUpdate{Source: text(task("2")), Title: &title}, laneway.DiagramUpdate{Title: &title}, actor, false},
	} {
		d := p.newDiagram(t, actor, task("1"))
		tt.first.ID, tt.first.ExpectedVersion = d.Diagram.ID, 1
		tt.second.ID, tt.second.ExpectedVersion = d.Diagram.ID, 1
		saved, err := p.SaveDiagram(ctx, actor, tt.first)
		if err != nil || saved.Diagram.Version != 2 {
			t.Fatalf("%s: %+v, %v", tt.name, saved, err)
		}
		again, err := p.SaveDiagram(ctx, tt.as, tt.second)
		if tt.repeated {
			if err != nil || again.Diagram != saved.Diagram || !reflect.DeepEqual(again.Warnings, saved.Warnings) {
				t.Errorf("%s: repeated %+v, %v", tt.name, again, err)
			}
		} else if laneway.KindOf(err) != laneway.Conflict {
			t.Errorf("%s: %v, want a conflict", tt.name, err)
		}
		if n := storetest.Value[int](t, p.db, `SELECT count(*) FROM diagram_versions WHERE diagram_id = $1`, d.Diagram.ID); n != 2 {
			t.Errorf("%s: %d versions, want 2", tt.name, n)
		}
		p.db.Admin(t, `DELETE FROM diagrams`)
		p.db.Admin(t, `UPDATE organization_usage SET diagrams = 0`)
	}
}

// TestEditorThatDropsThings: with a baseline the edits are put onto what is stored, and what the
// editor never showed stays, byte for byte.
func TestEditorThatDropsThings(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor, ctx := p.newAdmin(t), t.Context()
	whole := model(`<!-- keep me --><process id="p"><task id="t" v:colour="red"/><task id="u"/></process>`)
	exported := model(`<process id="p"><task id="t"/><task id="u"/></process>`) // by the editor, right after opening
	edited := model(`<process id="p"><task id="t" name="New"/></process>`)      // u was deleted by the person
	d := p.newDiagram(t, actor, whole)
	update := laneway.DiagramUpdate{ID: d.Diagram.ID, ExpectedVersion: 1, Source: text(edited), Baseline: text("<definitions>")}
	_, err := p.SaveDiagram(ctx, actor, update)
	if e := wantKind(t, err, laneway.Invalid); e.Fields[0].Field != "baselineXml" || e.Fields[0].Line == 0 {
		t.Errorf("a baseline that is no document: %+v", e.Fields)
	}
	update.Baseline = text(exported)
	saved, err := p.SaveDiagram(ctx, actor, update)
	if err != nil || saved.Diagram.Version != 2 || saved.Merged || saved.XML != nil || len(saved.Changes) > 0 {
		t.Fatalf("saved %+v, %v", saved, err)
	}
	want := model(`<!-- keep me --><process id="p"><task id="t" v:colour="red" name="New"/></process>`)
	got, err := p.GetDiagram(ctx, actor, d.Diagram.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if string(got.XML) != want {
		t.Errorf("stored\n%s, want\n%s", got.XML, want)
	}
}

// TestSaveGivesBackWhatWasChanged: the stored document comes back where it is not what was sent.
func TestSaveGivesBackWhatWasChanged(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor := p.newAdmin(t)
	d := p.newDiagram(t, actor, task("x"))
	sent := strings.Replace(task("Grüße"), "UTF-8", "windows-1252", 1)
	saved, err := p.SaveDiagram(t.Context(), actor, laneway.DiagramUpdate{ID: d.Diagram.ID, ExpectedVersion: 1, Source: text(sent)})
	if err != nil || string(saved.XML) != task("Grüße") || !hasFinding(saved.Warnings, "transcoded") {
		t.Errorf("saved %+v, %v", saved, err)
	}
	got, err := p.GetDiagram(t.Context(), actor, d.Diagram.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.XML, saved.XML) {
		t.Errorf("stored %q", got.XML)
	}
	_, err = p.SaveDiagram(t.Context(), actor, laneway.DiagramUpdate{ID: d.Diagram.ID, ExpectedVersion: 2, Source: text("no document")})
	wantKind(t, err, laneway.Invalid)
	title := strings.Repeat("x", 201)
	_, err = p.SaveDiagram(t.Context(), actor, laneway.DiagramUpdate{ID: d.Diagram.ID, ExpectedVersion: 2, Title: &title})
	wantField(t, err, laneway.Invalid, "title", "too_long")
}

// TestSaversInParallel: of many saves on one version one wins, and all others are told so.
func TestSaversInParallel(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor := p.newAdmin(t)
	d := p.newDiagram(t, actor, task("0"))
	for version := int64(1); version <= 5; version++ {
		var won, stale atomic.Int64
		var wait sync.WaitGroup
		for range 16 {
			wait.Go(func() {
				_, err := p.SaveDiagram(t.Context(), actor, laneway.DiagramUpdate{ID: d.Diagram.ID, ExpectedVersion: version, Source: text(task(newID().String()))})
				switch {
				case err == nil:
					won.Add(1)
				case laneway.KindOf(err) == laneway.Conflict:
					stale.Add(1)
				default:
					t.Errorf("save: %v", err)
				}
			})
		}
		wait.Wait()
		if won.Load() != 1 || stale.Load() != 15 {
			t.Errorf("on version %d: %d saved, %d stale", version, won.Load(), stale.Load())
		}
	}
}
