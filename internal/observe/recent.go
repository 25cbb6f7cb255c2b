package observe

import (
	"slices"
	"sync"
	"time"
)

// The window of the operator's page: the last five minutes, in slots of ten seconds.
const (
	slotLength  = 10 * time.Second
	slotCount   = 30
	recentBound = 200 // operations; there are some 70
)

// Window is how far back Recent looks.
const Window = slotCount * slotLength

// recent counts requests of the last minutes by operation and duration.
type recent struct {
	now func() time.Time

	mu         sync.Mutex
	operations map[string]*[slotCount]slot
}

type slot struct {
	number   int64 // of the ten seconds that it counts, since 1970
	failed   uint32
	byBucket [len(requestBuckets) + 1]uint32
}

func newRecent(now func() time.Time) *recent {
	return &recent{now: now, operations: make(map[string]*[slotCount]slot)}
}

func (r *recent) add(operation string, status int, now time.Time, took time.Duration) {
	number := now.UnixNano() / int64(slotLength)
	bucket, _ := slices.BinarySearch(requestBuckets[:], took.Seconds())
	r.mu.Lock()
	defer r.mu.Unlock()
	slots := r.operations[operation]
	if slots == nil {
		if len(r.operations) >= recentBound {
			return
		}
		slots = new([slotCount]slot)
		r.operations[operation] = slots
	}
	s := &slots[number%slotCount]
	if s.number != number {
		*s = slot{number: number}
	}
	s.byBucket[bucket]++
	if status >= 500 || status < 100 {
		s.failed++
	}
}

// OperationFigures are what one operation did in the last minutes.
type OperationFigures struct {
	Operation string
	Requests  int
	Failed    int // answered 5xx
	// P50, P95 and P99 are the times below which that part of the requests was answered, as near as
	// the buckets of the histogram tell.
	P50, P95, P99 time.Duration
}

// RecentFigures are what the server did in the last minutes.
type RecentFigures struct {
	All        OperationFigures
	Operations []OperationFigures // the most requested first
}

// Recent gives the figures of the last Window.
func (o *Observer) Recent() RecentFigures {
	r := o.recent
	oldest := r.now().UnixNano()/int64(slotLength) - slotCount
	r.mu.Lock()
	defer r.mu.Unlock()
	var all tally
	figures := RecentFigures{Operations: []OperationFigures{}}
	for operation, slots := range r.operations {
		var one tally
		for i := range slots {
			if slots[i].number > oldest {
				one.add(&slots[i])
				all.add(&slots[i])
			}
		}
		if one.requests > 0 {
			figures.Operations = append(figures.Operations, one.figures(operation))
		}
	}
	figures.All = all.figures("")
	slices.SortFunc(figures.Operations, func(a, b OperationFigures) int {
		if a.Requests != b.Requests {
			return b.Requests - a.Requests
		}
		if a.Operation < b.Operation {
			return -1
		}
		return 1
	})
	return figures
}

// tally sums up slots.
type tally struct {
	requests, failed int
	byBucket         [len(requestBuckets) + 1]int
}

func (t *tally) add(s *slot) {
	for i, n := range s.byBucket {
		t.byBucket[i] += int(n)
		t.requests += int(n)
	}
	t.failed += int(s.failed)
}

func (t *tally) figures(operation string) OperationFigures {
	return OperationFigures{Operation: operation, Requests: t.requests, Failed: t.failed, P50: t.quantile(0.5), P95: t.quantile(0.95), P99: t.quantile(0.99)}
}

// quantile finds the bucket and goes as far into it as Prometheus would. Beyond the last bucket it says
// that bucket's bound.
func (t *tally) quantile(q float64) time.Duration {
	rank := q * float64(t.requests)
	seen := 0.0
	for i, n := range t.byBucket {
		if n > 0 && seen+float64(n) >= rank {
			if i == len(requestBuckets) {
				return seconds(requestBuckets[i-1])
			}
			lower := 0.0
			if i > 0 {
				lower = requestBuckets[i-1]
			}
			return seconds(lower + (requestBuckets[i]-lower)*(rank-seen)/float64(n))
		}
		seen += float64(n)
	}
	return 0
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
