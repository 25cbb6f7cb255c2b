package cache

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"laneway"
)

// Snapshot is the summaries of an organization at one moment. It is immutable: a change makes another one, which shares
// all that stayed the same.
type Snapshot struct {
	organization laneway.ID
	// seq is the number of the event up to which all is in it, ahead those behind it that are in it as well, in order.
	seq   int64
	ahead []int64
	byID  []*item // all of them
	// lists are those in use and those in the trash, in each order.
	lists [2][len(orders)][]*item
	pages pages
}

// item is a diagram as of one event. It is shared by snapshots.
type item struct {
	laneway.Diagram
	seq    int64                  // the event; that of the loading for what was loaded
	folded atomic.Pointer[string] // the title for a search, once one asked
}

// An order of the lists, as SQL has it: by key and id, so that it is total.
type order struct {
	sort    laneway.DiagramSort
	compare func(a, b *laneway.Diagram) int
}

var orders = [...]order{
	{laneway.ByUpdatedAt, func(a, b *laneway.Diagram) int {
		return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt), bytes.Compare(b.ID[:], a.ID[:]))
	}},
	{laneway.ByCreatedAt, func(a, b *laneway.Diagram) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), bytes.Compare(b.ID[:], a.ID[:]))
	}},
	{laneway.ByTitle, func(a, b *laneway.Diagram) int { // COLLATE "C" compares bytes
		return cmp.Or(strings.Compare(a.Title, b.Title), bytes.Compare(a.ID[:], b.ID[:]))
	}},
}

func trashIndex(d *laneway.Diagram) int {
	if d.DeletedAt.IsZero() {
		return 0
	}
	return 1
}

// build makes a snapshot of all items of an organization.
func build(organization laneway.ID, seq int64, ahead []int64, items []*item) *Snapshot {
	s := &Snapshot{organization: organization, seq: seq, ahead: ahead, byID: items}
	slices.SortFunc(s.byID, func(a, b *item) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	for _, it := range s.byID {
		lists := &s.lists[trashIndex(&it.Diagram)]
		for i := range orders {
			lists[i] = append(lists[i], it)
		}
	}
	for t := range s.lists {
		for i, o := range orders {
			slices.SortFunc(s.lists[t][i], func(a, b *item) int { return o.compare(&a.Diagram, &b.Diagram) })
		}
	}
	return s
}

func (s *Snapshot) find(id laneway.ID) (int, bool) {
	return slices.BinarySearchFunc(s.byID, id, func(it *item, id laneway.ID) int { return bytes.Compare(it.ID[:], id[:]) })
}

// Head gives a diagram of the organization, in use or in the trash.
func (s *Snapshot) Head(id laneway.ID) (laneway.Diagram, bool) {
	at, ok := s.find(id)
	if !ok {
		return laneway.Diagram{}, false
	}
	return s.byID[at].Diagram, true
}

// Seq is the number of the event up to which everything is in it.
func (s *Snapshot) Seq() int64 { return s.seq }

// has reports whether the event with this number is in it.
func (s *Snapshot) has(seq int64) bool { return seq <= s.seq || slices.Contains(s.ahead, seq) }

// change is what one event, or several up to seq, did to a diagram: next is nil for one that is gone.
type change struct {
	id   laneway.ID
	next *item
	seq  int64
}

// rebuildFrom is how many changes at once are cheaper to sort anew than to put in one by one.
const rebuildFrom = 32

// with gives the snapshot after changes. What is newer than a change stays.
func (s *Snapshot) with(seq int64, ahead []int64, changes []change) *Snapshot {
	if len(changes) >= rebuildFrom {
		items := make(map[laneway.ID]*item, len(s.byID)+len(changes))
		for _, it := range s.byID {
			items[it.ID] = it
		}
		for _, c := range changes {
			if old := items[c.id]; old != nil && old.seq > c.seq {
				continue
			}
			if c.next == nil {
				delete(items, c.id)
			} else {
				items[c.id] = c.next
			}
		}
		list := make([]*item, 0, len(items))
		for _, it := range items {
			list = append(list, it)
		}
		return build(s.organization, seq, ahead, list)
	}
	n := &Snapshot{organization: s.organization, seq: seq, ahead: ahead, byID: s.byID, lists: s.lists}
	for _, c := range changes {
		n.put(c)
	}
	return n
}

// put makes a change. The lists that it touches become new ones.
func (s *Snapshot) put(c change) {
	at, there := s.find(c.id)
	var old *item
	if there {
		if old = s.byID[at]; old.seq > c.seq {
			return
		}
	}
	switch {
	case c.next != nil && old != nil:
		if old.Title == c.next.Title {
			c.next.folded.Store(old.folded.Load())
		}
		s.byID = slices.Clone(s.byID)
		s.byID[at] = c.next
	case c.next != nil:
		s.byID = slices.Concat(s.byID[:at], []*item{c.next}, s.byID[at:])
	case old != nil:
		s.byID = slices.Concat(s.byID[:at], s.byID[at+1:])
	}
	for t := range s.lists {
		out, in := old, c.next
		if out != nil && trashIndex(&out.Diagram) != t {
			out = nil
		}
		if in != nil && trashIndex(&in.Diagram) != t {
			in = nil
		}
		if out == nil && in == nil {
			continue
		}
		for i, o := range orders {
			s.lists[t][i] = replaced(s.lists[t][i], out, in, o)
		}
	}
}

// replaced gives a sorted list without one item and with another; either may be nil.
func replaced(list []*item, out, in *item, o order) []*item {
	position := func(of *item) int {
		at, _ := slices.BinarySearchFunc(list, of, func(a, b *item) int { return o.compare(&a.Diagram, &b.Diagram) })
		return at
	}
	next := make([]*item, 0, len(list)+1)
	if out != nil {
		at := position(out)
		next = append(append(next, list[:at]...), list[at+1:]...)
	} else {
		next = append(next, list...)
	}
	if in == nil {
		return next
	}
	list = next
	return slices.Insert(next, position(in), in)
}

// page cuts a page. folded is the part of a title that is searched for, in the database's own lower case, where
// q has one; then all items must be folded.
func (s *Snapshot) page(q laneway.DiagramQuery, folded string) laneway.Page[laneway.Diagram] {
	list := s.list(q)
	at := 0
	if !q.After.IsZero() {
		o := orders[orderIndex(q.Sort)]
		after := laneway.Diagram{ID: q.After.ID, Title: q.After.Title, CreatedAt: q.After.Time, UpdatedAt: q.After.Time}
		var found bool
		if at, found = slices.BinarySearchFunc(list, &after, func(it *item, d *laneway.Diagram) int { return o.compare(&it.Diagram, d) }); found {
			at++
		}
	}
	page := laneway.Page[laneway.Diagram]{Items: make([]laneway.Diagram, 0, min(q.Limit, len(list)-at))}
	for _, it := range list[at:] {
		if !q.ProjectID.IsZero() && it.ProjectID != q.ProjectID || q.Title != "" && !strings.Contains(*it.folded.Load(), folded) {
			continue
		}
		if len(page.Items) == q.Limit {
			page.Next = page.Items[q.Limit-1].Cursor(q.Sort)
			break
		}
		page.Items = append(page.Items, it.Diagram)
	}
	return page
}

func (s *Snapshot) list(q laneway.DiagramQuery) []*item {
	t := 0
	if q.Trashed {
		t = 1
	}
	return s.lists[t][orderIndex(q.Sort)]
}

// orderIndex gives the place of an order in orders, -1 for one that is none.
func orderIndex(sort laneway.DiagramSort) int {
	return slices.IndexFunc(orders[:], func(o order) bool { return o.sort == sort })
}

// pagesBytes bounds the pages that are kept with a snapshot; one that changes lets all of them go.
const pagesBytes = 128 << 10

// pages are those of a snapshot that were asked for, ready to be sent.
type pages struct {
	mu    sync.Mutex
	ready map[laneway.DiagramQuery]*Ready
	bytes int
}

func (p *pages) get(q laneway.DiagramQuery) *Ready {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ready[q]
}

func (p *pages) put(q laneway.DiagramQuery, r *Ready) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes+r.weight() > pagesBytes {
		return
	}
	if p.ready == nil {
		p.ready = make(map[laneway.DiagramQuery]*Ready)
	}
	if p.ready[q] == nil {
		p.bytes += r.weight()
	}
	p.ready[q] = r
}
