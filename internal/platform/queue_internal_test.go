package platform

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"

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
	first, err := q.enter(t.Context(), key)
	if err != nil {
		t.Fatal(err)
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
			leave, err := q.enter(ctx, key)
			if i == 4 {
				if err == nil {
					t.Error("the one who gave up got a turn")
				}
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			defer leave()
			mu.Lock()
			defer mu.Unlock()
			order = append(order, i)
		})
		until(func() bool { return q.waiters(key) == i+1 })
	}
	leave, err := q.enter(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	leave()
	giveUp()
	until(func() bool { return q.waiters(key) == 9 })
	first()
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
		leave, err := q.enter(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		wait.Go(func() {
			if leave, err := q.enter(ctx, key); err == nil {
				leave()
			}
		})
		until(func() bool { return q.waiters(key) == 1 })
		wait.Go(leave)
		wait.Go(cancel)
		wait.Wait()
		if len(q.waiting) != 0 {
			t.Fatal("somebody still holds the turn")
		}
	}
}
