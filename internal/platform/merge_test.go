package platform_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"laneway"
	"laneway/bpmn"
	"laneway/internal/platform"
	"laneway/internal/store/storetest"
)

// tasks is a document of tasks with the given names.
func tasks(names ...string) string {
	var b strings.Builder
	for i, name := range names {
		fmt.Fprintf(&b, `<task id="t%d" name="%s"/>`, i, name)
	}
	return model(`<process id="p" isExecutable="false">` + b.String() + `</process>`)
}

func (p product) merge(t *testing.T, actor laneway.Actor, id laneway.ID, expected int64, baseline, mine string) (*platform.Stored, error) {
	t.Helper()
	u := laneway.DiagramUpdate{ID: id, ExpectedVersion: expected, Source: text(mine), OnConflict: laneway.ConflictMerge}
	if baseline != "" {
		u.Baseline = text(baseline)
	}
	return p.SaveDiagram(t.Context(), actor, u)
}

// TestLastRoundIsLocked: whoever is beaten again and again merges while nobody else can save. The
// database plays the others: it refuses to move the head five times.
func TestLastRoundIsLocked(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor := p.newAdmin(t)
	d := p.newDiagram(t, actor, tasks("a", "b"))
	if _, err := p.merge(t, actor, d.Diagram.ID, 1, "", tasks("A", "b")); err != nil {
		t.Fatal(err)
	}
	p.db.Admin(t, `CREATE SEQUENCE attempts`)
	p.db.Admin(t, `CREATE FUNCTION beat() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
		BEGIN IF nextval('attempts') <= 5 THEN RETURN NULL; END IF; RETURN NEW; END $$`)
	p.db.Admin(t, `CREATE TRIGGER beat BEFORE UPDATE ON diagrams FOR EACH ROW EXECUTE FUNCTION beat()`)
	saved, err := p.merge(t, actor, d.Diagram.ID, 1, "", tasks("a", "B"))
	if err != nil || saved.Diagram.Version != 3 || !saved.Merged || string(saved.XML) != tasks("A", "B") {
		t.Fatalf("saved %+v, %v", saved, err)
	}
	if n := storetest.Value[int64](t, p.db, `SELECT last_value FROM attempts`); n != 6 {
		t.Errorf("stored at attempt %d, want the sixth", n)
	}
	// A conflict that comes to light under the lock keeps the draft like any other.
	p.db.Admin(t, `ALTER SEQUENCE attempts RESTART`)
	if _, err := p.merge(t, actor, d.Diagram.ID, 1, "", tasks("other", "b")); laneway.KindOf(err) != laneway.Conflict {
		t.Errorf("a conflict: %v", err)
	}
}

// TestMergersInParallel: many people save one diagram at once, all from the first version, and all
// their work is in the current one.
func TestMergersInParallel(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor := p.newAdmin(t)
	names := make([]string, 24)
	d := p.newDiagram(t, actor, tasks(names...))
	var wait sync.WaitGroup
	for i := range names {
		wait.Go(func() {
			mine := make([]string, len(names))
			mine[i] = fmt.Sprint("by ", i)
			if _, err := p.merge(t, actor, d.Diagram.ID, 1, tasks(names...), tasks(mine...)); err != nil {
				t.Errorf("save %d: %v", i, err)
			}
		})
	}
	wait.Wait()
	got, err := p.GetDiagram(t.Context(), actor, d.Diagram.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got.Diagram.Version != int64(len(names)+1) {
		t.Fatalf("version %d", got.Diagram.Version)
	}
	for i := range names {
		names[i] = fmt.Sprint("by ", i)
	}
	if string(got.XML) != tasks(names...) {
		t.Errorf("stored\n%s", got.XML)
	}
}

// TestBaseThatIsThinnedOut: somebody comes back after the version that they worked on has gone. With
// a baseline their work is merged all the same; without one there is nothing to compare with.
func TestBaseThatIsThinnedOut(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor := p.newAdmin(t)
	d := p.newDiagram(t, actor, tasks("first", "b"))
	for i, name := range []string{"a", "A", "AA"} {
		if _, err := p.merge(t, actor, d.Diagram.ID, int64(i+1), "", tasks(name, "b")); err != nil {
			t.Fatal(err)
		}
	}
	// Another server's platform knows nothing of the version yet.
	other, err := platform.New(platform.Config{Store: p.db.Store})
	if err != nil {
		t.Fatal(err)
	}
	late := product{other, p.db}
	p.db.Admin(t, `DELETE FROM diagram_versions WHERE number = 2`)
	if _, err := late.merge(t, actor, d.Diagram.ID, 2, "", tasks("a", "B")); laneway.KindOf(err) != laneway.Conflict {
		t.Errorf("without a baseline: %v", err)
	}
	saved, err := late.merge(t, actor, d.Diagram.ID, 2, tasks("a", "b"), tasks("a", "B"))
	if err != nil || saved.Diagram.Version != 5 || string(saved.XML) != tasks("AA", "B") {
		t.Errorf("with a baseline: %+v, %v", saved, err)
	}
}

// TestTwoDecisions: a draft is decided once, whoever else decides it at the same moment.
func TestTwoDecisions(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor := p.newAdmin(t)
	d := p.newDiagram(t, actor, tasks("a"))
	if _, err := p.merge(t, actor, d.Diagram.ID, 1, "", tasks("theirs")); err != nil {
		t.Fatal(err)
	}
	_, err := p.merge(t, actor, d.Diagram.ID, 1, "", tasks("mine"))
	undecided, ok := errors.AsType[*platform.Undecided](err)
	if !ok || len(undecided.Conflicts) != 1 || *undecided.Conflicts[0].Ours != "mine" {
		t.Fatalf("%v", err)
	}
	results := make([]error, 2)
	var wait sync.WaitGroup
	for i := range results {
		wait.Go(func() {
			_, results[i] = p.ResolveDraft(t.Context(), actor, laneway.Resolution{
				DiagramID: d.Diagram.ID, DraftID: undecided.DraftID, CurrentVersion: 2,
				Choices: map[string]string{undecided.Conflicts[0].ID: "ours"},
			})
		})
	}
	wait.Wait()
	if results[0] != nil {
		results[0], results[1] = results[1], results[0]
	}
	if results[0] != nil || laneway.KindOf(results[1]) != laneway.NotFound {
		t.Errorf("decided %v and %v; want it once, then no draft", results[0], results[1])
	}
	got, err := p.GetDiagram(t.Context(), actor, d.Diagram.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got.Diagram.Version != 3 || string(got.XML) != tasks("mine") {
		t.Errorf("version %d %s", got.Diagram.Version, got.XML)
	}
}

// TestMergedBeyondTheGate: two documents that the gate lets through can make one that it does not.
// Nothing is stored then, and the work is kept.
func TestMergedBeyondTheGate(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor := p.newAdmin(t)
	base := model(`<process id="p"></process>`)
	with := func(id string) string {
		var long strings.Builder
		for i := range 3 {
			fmt.Fprintf(&long, `<task id="%s%d"><documentation>%s</documentation></task>`, id, i, strings.Repeat(id+" ", 300_000))
		}
		return strings.Replace(base, `</process>`, long.String()+`</process>`, 1)
	}
	d := p.newDiagram(t, actor, base)
	if _, err := p.merge(t, actor, d.Diagram.ID, 1, "", with("aa")); err != nil {
		t.Fatal(err)
	}
	_, err := p.merge(t, actor, d.Diagram.ID, 1, "", with("bb"))
	undecided, ok := errors.AsType[*platform.Undecided](err)
	if !ok || undecided.DraftID.IsZero() || len(undecided.Conflicts) == 0 || undecided.Conflicts[0].Kind != bpmn.Broken {
		t.Errorf("%v, want what would break the document", err)
	}
	got, err := p.GetDiagram(t.Context(), actor, d.Diagram.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got.Diagram.Version != 2 {
		t.Errorf("version %d", got.Diagram.Version)
	}
}
