package platform

import (
	"context"
	"sync"

	"laneway"
)

// diagramKey names a diagram together with its organization.
type diagramKey struct{ organization, diagram laneway.ID }

// queues lets the savers of one diagram in one after the other, in the order in which they came,
// so that on one server nobody merges in vain. Savers on other servers are met in the database.
type queues struct {
	mu      sync.Mutex
	waiting map[diagramKey][]chan struct{} // of each diagram that has a saver; without that one
}

func newQueues() *queues { return &queues{waiting: make(map[diagramKey][]chan struct{})} }

// enter waits for its turn, which lasts until leave is called, or gives up when ctx ends.
func (q *queues) enter(ctx context.Context, key diagramKey) (leave func(), err error) {
	leave = func() { q.leave(key) }
	q.mu.Lock()
	line, busy := q.waiting[key]
	if !busy {
		q.waiting[key] = nil
		q.mu.Unlock()
		return leave, nil
	}
	turn := make(chan struct{})
	q.waiting[key] = append(line, turn)
	q.mu.Unlock()
	select {
	case <-turn:
		return leave, nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	line = q.waiting[key]
	for i, other := range line {
		if other == turn {
			q.waiting[key] = append(line[:i:i], line[i+1:]...)
			q.mu.Unlock()
			return nil, ctx.Err()
		}
	}
	q.mu.Unlock()
	leave() // the turn came at the same moment
	return nil, ctx.Err()
}

// load tells how many savers wait, and how many diagrams are being saved.
func (q *queues) load() (waiting, running int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, line := range q.waiting {
		waiting += len(line)
	}
	return waiting, len(q.waiting)
}

func (q *queues) leave(key diagramKey) {
	q.mu.Lock()
	defer q.mu.Unlock()
	line := q.waiting[key]
	if len(line) == 0 {
		delete(q.waiting, key)
		return
	}
	q.waiting[key] = line[1:]
	close(line[0])
}
