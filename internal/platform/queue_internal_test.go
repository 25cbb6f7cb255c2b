package platform

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"laneway"
)

// waiters gives how many wait for their turn.
func (q *queues) waiters(key diagramKey) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting[key])
}

// until lets others run until a condition holds that they will bring about.
func until(condition func() bool) {
	for !condition() {
		runtime.Gosched()
	}
}

// TestQueue: turns come in the order of arrival, one at a time; who gives up leaves the others
// theirs; another diagram does not wait; and nothing is left behind.
func TestQueue(t *testing.T) {
	t.Parallel()
	q := newQueues()
	key, other := diagramKey{diagram: laneway.ID{1}}, diagramKey{diagram: laneway.ID{2}}
	first := q.join(key)
	if !first.hasTurn() {
		t.Fatal("the first one has to wait")
	}
	var mu sync.Mutex
	var order []int
	var wait sync.WaitGroup
	impatient, giveUp := context.WithCancel(t.Context())
	for i := range 10 {
		ctx := t.Context()
		if i == 4 {
			ctx = impatient
		}
		wait.Go(func() {
			s := q.join(key)
			defer s.leave()
			if s.hasTurn() {
				t.Errorf("%d has the turn of the first", i)
			}
			switch err := s.wait(ctx); {
			case i == 4 && !errors.Is(err, context.Canceled):
				t.Errorf("the one who gave up got %v", err)
			case i == 4:
			case err != nil:
				t.Error(err)
			default:
				mu.Lock()
				defer mu.Unlock()
				order = append(order, i)
			}
		})
		until(func() bool { return q.waiters(key) == i+1 })
	}
	another := q.join(other)
	if !another.hasTurn() {
		t.Error("another diagram has to wait")
	}
	another.leave()
	giveUp()
	until(func() bool { return q.waiters(key) == 9 })
	first.leave()
	wait.Wait()
	if want := []int{0, 1, 2, 3, 5, 6, 7, 8, 9}; !slices.Equal(order, want) {
		t.Errorf("turns came as %v, want %v", order, want)
	}
	if len(q.waiting) != 0 {
		t.Errorf("%d queues are left", len(q.waiting))
	}
}

// TestQueueHandsOver: a turn that comes at the moment in which somebody gives up is not lost.
func TestQueueHandsOver(t *testing.T) {
	t.Parallel()
	q := newQueues()
	key := diagramKey{diagram: laneway.ID{1}}
	for range 500 {
		first := q.join(key)
		ctx, cancel := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		wait.Go(func() {
			s := q.join(key)
			defer s.leave()
			if err := s.wait(ctx); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		until(func() bool { return q.waiters(key) == 1 })
		wait.Go(first.leave)
		wait.Go(cancel)
		wait.Wait()
		if len(q.waiting) != 0 {
			t.Fatal("somebody still holds the turn")
		}
	}
}

// TestSlots: so many are in at once, the others come in the order of arrival, and who gives up is
// out of the way at once.
func TestSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(2)
		var release [2]func()
		for i := range release {
			var err error
			if release[i], err = s.take(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		impatient, giveUp := context.WithCancel(t.Context())
		came := make(chan int)
		next := make(chan struct{})
		for i := range 6 {
			ctx := t.Context()
			if i == 2 {
				ctx = impatient
			}
			go func() {
				release, err := s.take(ctx)
				if err != nil {
					came <- -i
					return
				}
				came <- i
				<-next
				release()
			}()
			synctest.Wait()
		}
		if got, want := s.load(), (Queue{Waiting: 6, Running: 2, Slots: 2}); got != want {
			t.Errorf("the load is %+v, want %+v", got, want)
		}
		giveUp()
		if i := <-came; i != -2 {
			t.Errorf("%d came when the third gave up", i)
		}
		release[0]()
		for served, want := range []int{0, 1, 3, 4, 5} {
			if i := <-came; i != want {
				t.Errorf("%d came instead of %d", i, want)
			}
			synctest.Wait()
			if got := s.load(); got.Running != 2 || got.Waiting != 4-served {
				t.Errorf("with %d the load is %+v", want, got)
			}
			next <- struct{}{}
		}
		release[1]()
		synctest.Wait()
		if got, want := s.load(), (Queue{Slots: 2}); got != want {
			t.Errorf("in the end the load is %+v, want %+v", got, want)
		}
	})
}

// TestSaveWaits: a save that does not get its turn, or no place, is Unavailable after the deadline,
// and one whose client goes away before; neither leaves anything behind.
func TestSaveWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Platform{savers: newQueues(), saves: newSlots(1), documents: newSlots(1), parsed: newParsedDocuments()}
		actor := laneway.Actor{UserID: laneway.ID{1}, OrganizationID: laneway.ID{2}, Role: laneway.RoleAdmin}
		document := `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:x"><process id="p"/></definitions>`
		save := func(ctx context.Context, id laneway.ID, xml string) error {
			_, err := p.SaveDiagram(ctx, actor, laneway.DiagramUpdate{ID: id, ExpectedVersion: 1, Source: &laneway.Source{Bytes: []byte(xml), Text: true}})
			return err
		}
		hot, other := laneway.ID{3}, laneway.ID{4}
		leave, err := p.enterSave(t.Context(), diagramKey{actor.OrganizationID, hot}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []laneway.ID{hot, other} { // the one waits for its turn, the other for a place
			begun := time.Now()
			if err := save(t.Context(), id, document); laneway.KindOf(err) != laneway.Unavailable || time.Since(begun) != saveDeadline {
				t.Errorf("a save of %s: %v after %v", id, err, time.Since(begun))
			}
			ctx, goAway := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, goAway)
			begun = time.Now()
			if err := save(ctx, id, document); !errors.Is(err, context.Canceled) || time.Since(begun) != time.Second {
				t.Errorf("a save of %s whose client went away: %v after %v", id, err, time.Since(begun))
			}
		}
		begun := time.Now()
		if err := save(t.Context(), hot, "<definitions"); laneway.KindOf(err) != laneway.Invalid || time.Since(begun) != 0 {
			t.Errorf("a bad document behind others: %v after %v", err, time.Since(begun))
		}
		leave()
		if err := save(t.Context(), other, "<definitions"); laneway.KindOf(err) != laneway.Invalid {
			t.Errorf("a bad document: %v", err)
		}
		waiting, running := p.savers.load()
		if waiting != 0 || running != 0 || p.saves.load() != (Queue{Slots: 1}) || p.documents.load() != (Queue{Slots: 1}) {
			t.Errorf("left behind: %d savers, %d diagrams, %+v, %+v", waiting, running, p.saves.load(), p.documents.load())
		}
	})
}

// TestSaveThatPanics: what a document breaks while it waits leaves nobody else waiting for it.
func TestSaveThatPanics(t *testing.T) {
	t.Parallel()
	p := &Platform{savers: newQueues(), saves: newSlots(1)}
	key := diagramKey{diagram: laneway.ID{1}}
	leave, err := p.enterSave(t.Context(), key, nil)
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("nobody hears of the panic")
			}
		}()
		_, _ = p.enterSave(t.Context(), key, func() error { panic("broken") })
	}()
	leave()
	if waiting, running := p.savers.load(); waiting != 0 || running != 0 {
		t.Errorf("%d savers wait, %d diagrams are being saved", waiting, running)
	}
}
