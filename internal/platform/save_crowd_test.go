package platform_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
	"laneway/internal/platform"
)

// hold keeps the rows of all diagrams with a title until let go.
func (p product) hold(t *testing.T, title string) (letGo func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.db.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	execute := func(sql string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	execute(`BEGIN`)
	execute(`SELECT FROM diagrams WHERE title = $1 FOR UPDATE`, title)
	return func() { execute(`ROLLBACK`) }
}

// until waits until the queues are as the condition says.
func (p product) until(t *testing.T, condition func(queues map[string]platform.Queue) bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(p.Load().Queues); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the queues stay %+v", p.Load().Queues)
		}
	}
}

func (p product) titled(t *testing.T, actor laneway.Actor, title string) laneway.ID {
	t.Helper()
	made, err := p.CreateDiagram(t.Context(), actor, laneway.NewDiagram{Title: title, Source: raw(task("1"))})
	if err != nil {
		t.Fatal(err)
	}
	return made.Diagram.ID
}

// TestSavesUnderWay has more people save than there are places, each on a diagram of their own: those without a place have
// read no document, who gives up is gone at once, and all others are stored.
func TestSavesUnderWay(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor := p.newAdmin(t)
	p.db.Admin(t, `UPDATE organizations SET plan = 'enterprise'`)
	places := p.Load().Queues["saves"].Slots
	if most := p.db.Store.SavesAtOnce(); places <= most || places > most+4*runtime.GOMAXPROCS(0) {
		t.Fatalf("%d saves are under way at once where the database takes %d", places, most)
	}
	var diagrams []laneway.ID
	for range places + 10 {
		diagrams = append(diagrams, p.titled(t, actor, "Busy"))
	}
	letGo := p.hold(t, "Busy")
	before := p.Load().Parsed
	var wait sync.WaitGroup
	save := func(ctx context.Context, id laneway.ID) error {
		_, err := p.SaveDiagram(ctx, actor, laneway.DiagramUpdate{ID: id, ExpectedVersion: 1, Source: text(task("2"))})
		return err
	}
	for _, id := range diagrams {
		wait.Go(func() {
			if err := save(t.Context(), id); err != nil {
				t.Errorf("a save in the crowd: %v", err)
			}
		})
	}
	p.until(t, func(q map[string]platform.Queue) bool { return q["saves"].Waiting == 10 && q["documents"].Running == 0 })
	if q := p.Load().Queues["saves"]; q != (platform.Queue{Waiting: 10, Running: places, Slots: places}) {
		t.Errorf("the saves under way are %+v", q)
	}
	// Each one asks for the document that was sent and for the version before it.
	if now := p.Load().Parsed; now.Hits+now.Misses-before.Hits-before.Misses > uint64(2*places) {
		t.Errorf("documents were asked for %d times by %d saves under way", now.Hits+now.Misses-before.Hits-before.Misses, places)
	}
	ctx, goAway := context.WithCancel(t.Context())
	gone := make(chan error)
	late := p.titled(t, actor, "Late")
	go func() { gone <- save(ctx, late) }()
	p.until(t, func(q map[string]platform.Queue) bool { return q["saves"].Waiting == 11 })
	goAway()
	wantKind(t, <-gone, laneway.Unavailable)
	if q := p.Load().Queues["saves"]; q.Waiting != 10 || q.Running != places {
		t.Errorf("when one has gone, the saves under way are %+v", q)
	}
	letGo()
	wait.Wait()
	if q := p.Load().Queues["saves"]; q != (platform.Queue{Slots: places}) {
		t.Errorf("after all the saves under way are %+v", q)
	}
}

// TestHotDiagram: a diagram that 200 people save takes one place; somebody else's save, and the answer to a document that
// is none, do not wait behind them.
func TestHotDiagram(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor := p.newAdmin(t)
	hot, other := p.titled(t, actor, "Hot"), p.titled(t, actor, "Other")
	letGo := p.hold(t, "Hot")
	const writers = 200
	var wait sync.WaitGroup
	for range writers {
		wait.Go(func() { // all are made on version 1 and say the same, so each is stored or answered again
			_, err := p.SaveDiagram(t.Context(), actor, laneway.DiagramUpdate{ID: hot, ExpectedVersion: 1, Source: text(task("2"))})
			if err != nil {
				t.Errorf("a save of the hot diagram: %v", err)
			}
		})
	}
	p.until(t, func(q map[string]platform.Queue) bool {
		return q["savers"].Waiting == writers-1 && q["documents"].Running == 0
	})
	if q := p.Load().Queues["saves"]; q.Running != 1 || q.Waiting != 0 {
		t.Errorf("a hot diagram makes the saves under way %+v", q)
	}
	if _, err := p.SaveDiagram(t.Context(), actor, laneway.DiagramUpdate{ID: other, ExpectedVersion: 1, Source: text(task("2"))}); err != nil {
		t.Errorf("a save beside a hot diagram: %v", err)
	}
	for field, update := range map[string]laneway.DiagramUpdate{
		"bpmnXml":     {Source: text("<definitions")},
		"baselineXml": {Source: text(task("2")), Baseline: text("<definitions")},
	} {
		update.ID, update.ExpectedVersion = hot, 1
		_, err := p.SaveDiagram(t.Context(), actor, update)
		if e := wantKind(t, err, laneway.Invalid); e.Fields[0].Field != field {
			t.Errorf("behind a hot diagram a bad %s is told as %+v", field, e.Fields)
		}
	}
	if q := p.Load().Queues["savers"]; q.Waiting != writers-1 || q.Running != 1 {
		t.Errorf("with the bad ones gone, the savers are %+v", q)
	}
	letGo()
	wait.Wait()
	if q := p.Load().Queues["savers"]; q != (platform.Queue{}) {
		t.Errorf("after all the savers are %+v", q)
	}
}
