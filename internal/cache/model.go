package cache

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"laneway"
)

// SeenWait is how long somebody who has seen a newer event than this server waits for it.
const SeenWait = 100 * time.Millisecond

// maxSteps is how many events a model goes on over; behind that it is loaded anew.
const maxSteps = 500

// Models keeps the read models of organizations.
type Models struct {
	kept       *otter.Cache[modelKey, *model]
	source     Source
	coder      *coder
	hears      func() bool
	identities *Identities
	wentBack   func()
	log        *slog.Logger
	// epoch grows when changes of other servers may have been missed: models that began before are no good.
	epoch atomic.Uint64
	folds sync.Map // of foldKey, to what the database makes of what was searched for
	fold  atomic.Int64
	Ratio Ratio // of lists and heads
}

func newModels(c Config, coder *coder, identities *Identities, wentBack func()) (*Models, error) {
	kept, err := otter.New(&otter.Options[modelKey, *model]{
		MaximumWeight: uint64(c.Bytes / 8 * 3),
		Weigher:       func(_ modelKey, m *model) uint32 { return m.weight() },
	})
	if err != nil {
		return nil, fmt.Errorf("make the cache of read models: %w", err)
	}
	return &Models{kept: kept, source: c.Source, coder: coder, hears: c.Hears, identities: identities, wentBack: wentBack, log: c.Log}, nil
}

// model is an organization's read model.
type model struct {
	key     modelKey
	epoch   uint64
	current atomic.Pointer[Snapshot]
	heavy   atomic.Int64 // number of diagrams that the weight was set for

	mu      sync.Mutex
	known   int64    // the newest event that this server knows of
	before  []change // commits of this server that came before the model was loaded
	reading bool
	// rounds counts the steps that were read, done is closed at the end of the next one, and failed is how the last one
	// ended.
	rounds int64
	done   chan struct{}
	failed error
}

// weight is the memory of a model with its diagrams in seven lists, and with as many pages as are likely.
func (n *model) weight() uint32 {
	diagrams := n.heavy.Load()
	return uint32(2048 + 420*diagrams + min(pagesBytes, 900*diagrams))
}

// at gives the model of the actor's organization, and makes it where there is none; nil where there may be none.
func (m *Models) at(actor laneway.Actor) *model {
	key, ok := modelKeyOf(actor)
	epoch := m.epoch.Load() // before it is asked: who hears now may not have heard a moment later
	if !ok || !m.hears() {
		return nil
	}
	n, ok := m.kept.GetIfPresent(key)
	if ok && n.key == key && n.epoch == epoch {
		return n
	}
	if ok && n.key != key {
		m.log.Error("a read model is not what its key says", "organization", key.organization.String())
	}
	fresh := &model{key: key, epoch: epoch, done: make(chan struct{})}
	n, _ = m.kept.Compute(key, func(old *model, found bool) (*model, otter.ComputeOp) {
		if found && old.key == key && old.epoch == epoch {
			return old, otter.CancelOp
		}
		return fresh, otter.WriteOp
	})
	return n
}

// snapshot gives the organization's summaries with the event seen in them, where that number is known to the client; nil
// where they are not at hand. hit tells that nobody had to wait for the database.
func (m *Models) snapshot(ctx context.Context, actor laneway.Actor, seen int64) (s *Snapshot, hit bool) {
	n := m.at(actor)
	if n == nil {
		return nil, false
	}
	s = n.current.Load()
	hit = s != nil && s.seq >= seen // everything up to it: what is ahead of a gap is not enough
	if !hit {
		s = m.await(ctx, n, seen)
	}
	if s == nil || n.epoch != m.epoch.Load() {
		return nil, false
	}
	if s.organization != actor.OrganizationID {
		m.log.Error("a read model holds another organization", "organization", actor.OrganizationID.String(), "holds", s.organization.String())
		m.kept.Invalidate(n.key)
		return nil, false
	}
	return s, hit
}

// Head gives where a diagram of the actor's organization stands; false where it is not known here, which is to be
// asked of the database.
func (m *Models) Head(ctx context.Context, actor laneway.Actor, diagram laneway.ID, seen int64) (d laneway.Diagram, hit, ok bool) {
	s, hit := m.snapshot(ctx, actor, seen)
	m.Ratio.count(hit)
	if s == nil {
		return laneway.Diagram{}, false, false
	}
	d, ok = s.Head(diagram)
	return d, hit, ok
}

// Page gives a page of the actor's organization's diagrams, ready to be sent as render makes it; nil where it is to be
// read from the database.
func (m *Models) Page(ctx context.Context, actor laneway.Actor, q laneway.DiagramQuery, seen int64,
	render func(laneway.Page[laneway.Diagram]) (body []byte, tag string)) (r *Ready, hit bool, err error) {
	s, hit := m.snapshot(ctx, actor, seen)
	defer func() { m.Ratio.count(hit && err == nil) }()
	if s == nil || orderIndex(q.Sort) < 0 {
		return nil, false, nil
	}
	if r = s.pages.get(q); r != nil {
		return r, hit, nil
	}
	var folded string
	if q.Title != "" {
		var read bool
		if folded, read, err = m.foldFor(ctx, actor, s, q); err != nil {
			return nil, false, err
		}
		hit = hit && !read
	}
	body, tag := render(s.page(q, folded))
	r = m.coder.newReady(body, tag)
	s.pages.put(q, r)
	return r, hit, nil
}

// Commit takes in an event that this server has committed, before it is acknowledged: diagram is what it changed, with
// a zero id where it changed none.
func (m *Models) Commit(organization laneway.ID, seq int64, diagram laneway.Diagram) {
	n, ok := m.kept.GetIfPresent(modelKey{organization})
	if !ok || seq == 0 {
		return
	}
	c := change{id: diagram.ID, seq: seq, next: &item{Diagram: diagram, seq: seq}}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known = max(n.known, seq)
	switch s := n.current.Load(); {
	case s != nil && !s.has(seq):
		m.install(n, s.with(n.advance(s, seq, []change{c})))
	case s == nil && n.reading:
		n.before = append(n.before, c)
	default: // it is there, or the loading that is still to begin finds it
	}
}

// advance gives what a snapshot is made from that has one more event. The number goes on as far as there is no gap.
// What is in a gap is on its way: it is of this server and a moment late, or of another one, which tells of it.
func (n *model) advance(s *Snapshot, seq int64, changes []change) (int64, []int64, []change) {
	ahead := slices.Clone(s.ahead)
	at, _ := slices.BinarySearch(ahead, seq)
	ahead = slices.Insert(ahead, at, seq)
	upTo := s.seq
	for len(ahead) > 0 && ahead[0] == upTo+1 {
		upTo++
		ahead = ahead[1:]
	}
	if changes[0].id.IsZero() {
		changes = nil
	}
	return upTo, ahead, changes
}

// install makes a snapshot the current one. n.mu is held.
func (m *Models) install(n *model, s *Snapshot) {
	n.current.Store(s)
	if count := int64(len(s.byID)); count > n.heavy.Load()*3/2+16 {
		n.heavy.Store(count)
		m.kept.ComputeIfPresent(n.key, func(kept *model) (*model, otter.ComputeOp) {
			if kept == n {
				return n, otter.WriteOp // weighed anew
			}
			return kept, otter.CancelOp
		})
	}
}

// Advance tells that there is an event of an organization, which another server has committed, or nobody knows who. It
// closes gaps, too: nobody may ever tell of an event whose server died after the commit.
func (m *Models) Advance(organization laneway.ID, seq int64) {
	n, ok := m.kept.GetIfPresent(modelKey{organization})
	if !ok {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known = max(n.known, seq)
	if s := n.current.Load(); s != nil && s.seq < seq {
		m.start(n)
	}
}

// start begins a reading where none is under way. n.mu is held.
func (m *Models) start(n *model) {
	if !n.reading {
		n.reading = true
		go m.read(n)
	}
}

// await waits for the model to be loaded, or to have the event seen, and gives nil when that takes too long.
func (m *Models) await(ctx context.Context, n *model, seen int64) *Snapshot {
	var late <-chan time.Time
	if n.current.Load() != nil {
		timer := time.NewTimer(SeenWait)
		defer timer.Stop()
		late = timer.C
	}
	n.mu.Lock()
	fresh := n.rounds + 1 // the first step that begins from here on
	if n.reading {
		fresh++
	}
	for first := true; ; first = false {
		s := n.current.Load()
		if s != nil && (s.seq >= seen || n.rounds >= fresh) { // a number that is not there now is of another database
			n.mu.Unlock()
			return s
		}
		if !first && n.failed != nil && !n.reading {
			n.mu.Unlock()
			return nil
		}
		m.start(n)
		done := n.done
		n.mu.Unlock()
		select {
		case <-done:
		case <-late:
			return nil
		case <-ctx.Done():
			return nil
		}
		n.mu.Lock()
	}
}

// read goes on until the model has every event that is known of, or the database fails.
func (m *Models) read(n *model) {
	for {
		n.mu.Lock()
		target, s := n.known, n.current.Load()
		n.mu.Unlock()
		next, err := m.step(n, s)
		n.mu.Lock()
		n.failed = err
		if n.current.Load() == nil && err != nil {
			n.before = nil // the next loading finds them
		}
		if err == nil {
			m.take(n, next)
			n.rounds++
			if n.known == target {
				n.known = n.current.Load().seq // a higher number is of a database that went back
			}
		}
		more := err == nil && n.known > n.current.Load().seq
		n.reading = more
		close(n.done)
		n.done = make(chan struct{})
		n.mu.Unlock()
		if err != nil {
			m.log.Warn("read the summaries of an organization", "organization", n.key.organization.String(), "error", err)
		}
		if !more {
			return
		}
	}
}

// reading is what one step has read.
type reading struct {
	whole   bool
	seq     int64
	changes []change
}

// step reads the whole organization, or what has changed since the snapshot.
func (m *Models) step(n *model, s *Snapshot) (reading, error) {
	organization := n.key.organization
	ctx := context.Background() // the source has its own deadline, and others may wait for this, too
	if s != nil {
		c, err := m.source.Changes(ctx, organization, s.seq)
		if err != nil {
			return reading{}, err
		}
		for _, user := range c.People {
			m.identities.DropPerson(user)
		}
		if c.Organization {
			m.identities.DropOrganization(organization)
		}
		if c.Seq-s.seq <= maxSteps && c.Seq >= s.seq {
			r := reading{seq: c.Seq, changes: changesOf(c.Diagrams, c.Seq)}
			for _, id := range c.Gone {
				r.changes = append(r.changes, change{id: id, seq: c.Seq})
			}
			return r, nil
		}
	}
	all, err := m.source.Summaries(ctx, organization)
	return reading{true, all.Seq, changesOf(all.Diagrams, all.Seq)}, err
}

func changesOf(diagrams []laneway.Diagram, seq int64) []change {
	changes := make([]change, len(diagrams))
	for i, d := range diagrams {
		changes[i] = change{id: d.ID, next: &item{Diagram: d, seq: seq}, seq: seq}
	}
	return changes
}

// take puts what was read under what this server has committed since. n.mu is held.
func (m *Models) take(n *model, r reading) {
	s := n.current.Load()
	if s == nil {
		s = build(n.key.organization, r.seq, nil, itemsOf(r.changes))
		for _, c := range n.before {
			if c.seq > s.seq {
				s = s.with(n.advance(s, c.seq, []change{c}))
			}
		}
		n.before = nil
		m.install(n, s)
		return
	}
	if r.whole && r.seq < s.seq { // the database went back: a backup, a standby
		m.install(n, build(n.key.organization, r.seq, nil, itemsOf(r.changes)))
		m.wentBack()
		return
	}
	if r.whole { // what is not in it is gone, unless it came later
		there := make(map[laneway.ID]bool, len(r.changes))
		for _, c := range r.changes {
			there[c.id] = true
		}
		for _, it := range s.byID {
			if !there[it.ID] {
				r.changes = append(r.changes, change{id: it.ID, seq: r.seq})
			}
		}
	}
	seq := max(s.seq, r.seq)
	var ahead []int64
	for _, a := range s.ahead {
		switch {
		case a == seq+1:
			seq = a
		case a > seq:
			ahead = append(ahead, a)
		}
	}
	m.install(n, s.with(seq, ahead, r.changes))
}

func itemsOf(changes []change) []*item {
	items := make([]*item, len(changes))
	for i, c := range changes {
		items[i] = c.next
	}
	return items
}

// Organizations gives those that have a read model here, whose heads are to be watched.
func (m *Models) Organizations() []laneway.ID {
	var list []laneway.ID
	for key := range m.kept.Keys() {
		list = append(list, key.organization)
	}
	return list
}

// Drop forgets all read models, because changes of other servers may have been missed.
func (m *Models) Drop() {
	m.epoch.Add(1)
	m.kept.InvalidateAll()
}

// Bytes is about how much memory all of it takes.
func (m *Models) Bytes() uint64 { return m.kept.WeightedSize() }
