package platform_test

import (
	"fmt"
	"strings"
	"testing"

	"laneway"
	"laneway/internal/store/storetest"
)

// TestSaveOnWhatOpensIt: the document that a save is made on comes out of the answer that opens it, once it is not at hand
// parsed, and a save that is not stored leaves nothing to be opened.
func TestSaveOnWhatOpensIt(t *testing.T) {
	t.Parallel()
	db, f := storetest.New(t), &form{}
	p := replicasOn(t, db, f, nil)[0]
	made := product{p, db}
	actor := made.newAdmin(t)
	d, large := made.newDiagram(t, actor, task("first")).Diagram, made.newDiagram(t, actor, task("large")).Diagram
	listed(t, p, actor, laneway.DiagramQuery{Limit: 1, Sort: laneway.ByUpdatedAt}, 0)
	save := func(d *laneway.Diagram, source, baseline string) {
		t.Helper()
		update := laneway.DiagramUpdate{ID: d.ID, ExpectedVersion: d.Version, Source: text(source)}
		if baseline != "" {
			update.Baseline = text(baseline)
		}
		stored, err := p.SaveDiagram(t.Context(), actor, update)
		if err != nil {
			t.Fatal(err)
		}
		*d = stored.Diagram
	}
	vendor := func(name string) string {
		return model(`<process id="p"><!-- kept --><task id="t" name="` + name + `" v:colour="red"/></process>`)
	}
	exported := func(name string) string { return model(`<process id="p"><task id="t" name="` + name + `"/></process>`) }
	save(&d, vendor("one"), "")
	for n := range 5 { // more than is kept parsed
		save(&large, model(fmt.Sprintf(`<process id="p%d"><documentation>%s</documentation></process>`, n, strings.Repeat("much of the same. ", 50_000))), "")
	}
	written, taken := f.written.Load(), f.taken.Load()
	save(&d, exported("two"), exported("one"))
	if wrote, took := f.written.Load()-written, f.taken.Load()-taken; wrote != 1 || took != 1 {
		t.Errorf("an answer was written %d times, and a document taken out of one %d times; want once each", wrote, took)
	}
	got, opened := content(t, p, actor, d.ID)
	if want := vendor("two"); !strings.HasSuffix(got, "\n"+want) || opened.Version != d.Version || !opened.Remembered {
		t.Errorf("opened version %d (remembered: %t) %s, want %s", opened.Version, opened.Remembered, got, want)
	}
	written = f.written.Load()
	_, err := p.SaveDiagram(t.Context(), actor, laneway.DiagramUpdate{ID: d.ID, ExpectedVersion: d.Version - 1, Source: text(task("stale"))})
	if laneway.KindOf(err) != laneway.Conflict {
		t.Fatalf("a stale save: %v", err)
	}
	if after, _ := content(t, p, actor, d.ID); after != got || f.written.Load() != written {
		t.Errorf("after a save that was refused, %d answers were written, and %s is opened", f.written.Load()-written, after)
	}
}
