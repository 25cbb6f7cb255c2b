package platform

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"laneway"
)

// slots let so many in at once, and the others in the order in which they came: a channel wakes those
// who wait to send in that order, and nobody overtakes them.
type slots struct {
	taken   chan struct{}
	waiting atomic.Int64
}

func newSlots(count int) *slots { return &slots{taken: make(chan struct{}, count)} }

// take waits for a slot, which is taken until release is called; Unavailable when ctx ends before.
func (s *slots) take(ctx context.Context) (release func(), err error) {
	s.waiting.Add(1)
	defer s.waiting.Add(-1)
	select {
	case s.taken <- struct{}{}:
		return func() { <-s.taken }, nil
	case <-ctx.Done():
		return nil, busy(ctx.Err())
	}
}

func (s *slots) load() Queue { return Queue{int(s.waiting.Load()), len(s.taken), cap(s.taken)} }

// diagramKey names a diagram together with its organization.
type diagramKey struct{ organization, diagram laneway.ID }

// queues let the savers of one diagram in one after the other, in the order in which they came,
// so that on one server nobody merges in vain. Savers on other servers are met in the database.
type queues struct {
	mu      sync.Mutex
	waiting map[diagramKey][]*saver // of each diagram that has a saver; without that one
}

// saver is somebody in the queue of a diagram.
type saver struct {
	queues *queues
	key    diagramKey
	turn   chan struct{} // closed when it has come
}

func newQueues() *queues { return &queues{waiting: make(map[diagramKey][]*saver)} }

// join takes a place at the end. Whoever joins has to leave, whether the turn came or not.
func (q *queues) join(key diagramKey) *saver {
	s := &saver{q, key, make(chan struct{})}
	q.mu.Lock()
	defer q.mu.Unlock()
	line, busy := q.waiting[key]
	if busy {
		line = append(line, s)
	} else {
		close(s.turn)
	}
	q.waiting[key] = line
	return s
}

// load tells how many savers wait for their turn, and how many diagrams are being saved.
func (q *queues) load() (waiting, running int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, line := range q.waiting {
		waiting += len(line)
	}
	return waiting, len(q.waiting)
}

// hasTurn reports whether the turn has come.
func (s *saver) hasTurn() bool {
	select {
	case <-s.turn:
		return true
	default:
		return false
	}
}

// wait waits until the turn has come, which lasts until leave is called; Unavailable when ctx ends before.
func (s *saver) wait(ctx context.Context) error {
	select {
	case <-s.turn:
		return nil
	case <-ctx.Done():
		return busy(ctx.Err())
	}
}

// leave ends the turn, or gives up the place of one that has not come.
func (s *saver) leave() {
	q := s.queues
	q.mu.Lock()
	defer q.mu.Unlock()
	line := q.waiting[s.key]
	if i := slices.Index(line, s); i >= 0 {
		q.waiting[s.key] = slices.Delete(line, i, i+1)
		return
	}
	if len(line) == 0 {
		delete(q.waiting, s.key)
		return
	}
	q.waiting[s.key] = line[1:]
	close(line[0].turn)
}

// enterSave waits until a save may hold parsed documents: for its turn on its diagram, and then for
// one of the places of all saves on this server. In this order a diagram that many save has one of the
// places and no more. Who waits holds what was sent, and nothing that was made from it. Where others
// are before it on the diagram, it does first what there is to do meanwhile, if anything.
func (p *Platform) enterSave(ctx context.Context, key diagramKey, meanwhile func() error) (leave func(), err error) {
	saver, entered := p.savers.join(key), false
	defer func() {
		if !entered { // also when a document made it panic
			saver.leave()
		}
	}()
	if meanwhile != nil && !saver.hasTurn() {
		if err := meanwhile(); err != nil {
			return nil, err
		}
	}
	if err := saver.wait(ctx); err != nil {
		return nil, err
	}
	release, err := p.saves.take(ctx)
	if err != nil {
		return nil, err
	}
	entered = true
	return func() {
		release()
		saver.leave()
	}, nil
}
