package platform_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"laneway"
	"laneway/internal/platform"
	"laneway/internal/store/storetest"
)

// nextVersion stores a document as the next version.
func (p product) nextVersion(t testing.TB, actor laneway.Actor, id laneway.ID, document string, expected int64) {
	t.Helper()
	if _, err := p.SaveDiagram(t.Context(), actor, laneway.DiagramUpdate{ID: id, ExpectedVersion: expected, Source: text(document)}); err != nil {
		t.Fatal(err)
	}
}

// TestVersionPermissions asks every operation of the history as every role: a refusal must not
// depend on what is there, and what is somebody else's is not there.
func TestVersionPermissions(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	admin, stranger := p.newAdmin(t), p.newAdmin(t)
	made, err := p.CreateDiagram(t.Context(), admin, laneway.NewDiagram{Title: "Diagram", Source: raw(task("one"))})
	if err != nil {
		t.Fatal(err)
	}
	as := func(role laneway.Role) laneway.Actor {
		actor := admin
		actor.Role = role
		return actor
	}
	ctx := t.Context()
	for name, operation := range map[string]struct {
		writes bool
		run    func(laneway.Actor, laneway.ID) error
	}{
		"list": {false, func(a laneway.Actor, id laneway.ID) error {
			_, err := p.ListVersions(ctx, a, id, laneway.VersionQuery{Limit: 1})
			return err
		}},
		"get":  {false, func(a laneway.Actor, id laneway.ID) error { _, err := p.GetVersion(ctx, a, id, 1); return err }},
		"has":  {false, func(a laneway.Actor, id laneway.ID) error { return p.HasVersions(ctx, a, id, 1) }},
		"diff": {false, func(a laneway.Actor, id laneway.ID) error { _, err := p.DiffVersions(ctx, a, id, 1, 1); return err }},
		"file": {false, func(a laneway.Actor, id laneway.ID) error {
			_, err := p.DiffFile(ctx, a, id, 1, raw(task("x")))
			return err
		}},
		"label": {true, func(a laneway.Actor, id laneway.ID) error {
			_, _, err := p.LabelVersion(ctx, a, id, 1, "x")
			return err
		}},
		"restore": {true, func(a laneway.Actor, id laneway.ID) error {
			_, err := p.RestoreVersion(ctx, a, laneway.TakeBack{ID: id, Version: 1})
			return err
		}},
		"take": {true, func(a laneway.Actor, id laneway.ID) error {
			_, err := p.TakeElements(ctx, a, laneway.TakeBack{ID: id, Version: 1, Elements: []string{"t"}})
			return err
		}},
		"duplicate": {true, func(a laneway.Actor, id laneway.ID) error {
			_, err := p.DuplicateDiagram(ctx, a, laneway.DiagramCopy{ID: id, Version: 1})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, id := range []laneway.ID{made.Diagram.ID, newID()} {
				wantKind(t, operation.run(laneway.Actor{}, id), laneway.Unauthenticated)
				if operation.writes {
					wantKind(t, operation.run(as(laneway.RoleViewer), id), laneway.Forbidden)
				}
			}
			reader := as(laneway.RoleViewer)
			if operation.writes {
				reader = as(laneway.RoleMember)
			}
			if err := operation.run(reader, made.Diagram.ID); err != nil {
				t.Errorf("as %s: %v", reader.Role, err)
			}
			foreign := wantKind(t, operation.run(stranger, made.Diagram.ID), laneway.NotFound)
			missing := wantKind(t, operation.run(stranger, newID()), laneway.NotFound)
			if foreign.Detail != missing.Detail || len(foreign.Fields) != len(missing.Fields) {
				t.Errorf("foreign %+v, missing %+v", foreign, missing)
			}
		})
	}
}

// TestRestoreBesideSavers restores without naming a version while others save: it goes onto
// whatever is current, every version is there, and none is lost.
func TestRestoreBesideSavers(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	admin, ctx := p.newAdmin(t), t.Context()
	made, err := p.CreateDiagram(ctx, admin, laneway.NewDiagram{Title: "Diagram", Source: raw(task("one"))})
	if err != nil {
		t.Fatal(err)
	}
	id := made.Diagram.ID
	p.nextVersion(t, admin, id, task("two"), 1)
	const each = 5
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range each {
				if _, err := p.RestoreVersion(ctx, admin, laneway.TakeBack{ID: id, Version: 1}); err != nil {
					t.Errorf("restore: %v", err)
				}
			}
		})
	}
	wait.Wait()
	page, err := p.ListVersions(ctx, admin, id, laneway.VersionQuery{Limit: 100})
	if err != nil || len(page.Items) != 2+4*each {
		t.Fatalf("%d versions, %v; want %d", len(page.Items), err, 2+4*each)
	}
	for i, v := range page.Items {
		if want := int64(len(page.Items) - i); v.Number != want {
			t.Errorf("version %d at the place of %d", v.Number, want)
		}
	}
	if v := page.Items[len(page.Items)-3]; v.Kind != laneway.VersionRestored || v.From != 1 || v.ChangeCount != 1 {
		t.Errorf("the first restore is %+v", v)
	}
}

// TestTakeBackNeedsMore names what prevents single elements from being taken back.
func TestTakeBackNeedsMore(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	admin, ctx := p.newAdmin(t), t.Context()
	whole := model(`<process id="p" isExecutable="false"><task id="a"/><task id="b"/><sequenceFlow id="f" sourceRef="a" targetRef="b"/></process>`)
	made, err := p.CreateDiagram(ctx, admin, laneway.NewDiagram{Title: "Diagram", Source: raw(whole)})
	if err != nil {
		t.Fatal(err)
	}
	p.nextVersion(t, admin, made.Diagram.ID, model(`<process id="p" isExecutable="false"/>`), 1)
	take := func(elements ...string) (*platform.Stored, error) {
		return p.TakeElements(ctx, admin, laneway.TakeBack{ID: made.Diagram.ID, Version: 1, Elements: elements, ExpectedVersion: 2})
	}
	_, err = take("f")
	refusal := wantKind(t, err, laneway.Invalid)
	var needed []string
	for _, f := range refusal.Fields {
		if f.Field != "elements" || f.Detail == "" {
			t.Errorf("field %+v", f)
		}
		if f.Code == "needs_element" {
			needed = append(needed, f.ElementID)
		}
	}
	if len(needed) == 0 {
		t.Fatalf("nothing is needed: %+v", refusal.Fields)
	}
	stored, err := take(append(needed, "f")...)
	if err != nil {
		t.Fatal(err)
	}
	if stored.Diagram.Version != 3 || !strings.Contains(string(stored.XML), `sourceRef="a"`) {
		t.Errorf("with %q: %s", needed, stored.XML)
	}
}

// TestRunPurgeThins holds that the purge thins out versions by the configured retention, and keeps
// all where that is 0.
func TestRunPurgeThins(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		retention time.Duration
		left      int
	}{"a day": {24 * time.Hour, 2}, "for ever": {0, 4}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done := &lineCount{seen: make(chan struct{})}
			p := newProduct(t, func(c *platform.Config) {
				c.VersionRetention = tt.retention
				c.Log = slog.New(slog.NewTextHandler(done, nil))
			})
			admin := p.newAdmin(t)
			made, err := p.CreateDiagram(t.Context(), admin, laneway.NewDiagram{Title: "Diagram", Source: raw(task("one"))})
			if err != nil {
				t.Fatal(err)
			}
			for n, name := range []string{"two", "three", "four"} {
				p.nextVersion(t, admin, made.Diagram.ID, task(name), int64(n+1))
			}
			p.db.Admin(t, `UPDATE diagram_versions SET created_at = '2020-01-01Z'`)
			gone, err := p.CreateDiagram(t.Context(), admin, laneway.NewDiagram{Title: "Gone", Source: raw(task("one"))})
			if err != nil {
				t.Fatal(err)
			}
			// The purge comes after the thinning and tells of this one.
			p.db.Admin(t, `UPDATE diagrams SET deleted_at = now() - interval '60 days' WHERE id = $1`, gone.Diagram.ID)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				p.RunPurge(ctx)
			}()
			select {
			case <-done.seen:
			case <-time.After(30 * time.Second):
				t.Error("nothing was purged")
			}
			cancel()
			<-ended
			if left := storetest.Value[int](t, p.db, `SELECT count(*) FROM diagram_versions`); left != tt.left {
				t.Errorf("%d versions are left, want %d", left, tt.left)
			}
		})
	}
}

// lineCount closes seen when the log tells of a purge.
type lineCount struct {
	once sync.Once
	seen chan struct{}
}

func (l *lineCount) Write(line []byte) (int, error) {
	if strings.Contains(string(line), "purged diagrams") {
		l.once.Do(func() { close(l.seen) })
	}
	return len(line), nil
}
