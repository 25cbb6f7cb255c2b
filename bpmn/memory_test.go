package bpmn_test

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"testing"

	"laneway/bpmn"
)

// liveHeap returns the most that the garbage collector found alive while work
// ran, above what was alive before. It collects after every few percent of
// growth, so little that dies young is counted.
func liveHeap(work func()) int64 {
	live := func() int64 {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	defer debug.SetGCPercent(debug.SetGCPercent(2))
	runtime.GC()
	before := live()
	var most atomic.Int64
	var watch func(*[16]byte)
	done := make(chan struct{})
	watch = func(*[16]byte) {
		most.Store(max(most.Load(), live()))
		select {
		case <-done:
		default:
			runtime.SetFinalizer(new([16]byte), watch) // once more after the next collection
		}
	}
	runtime.SetFinalizer(new([16]byte), watch)
	work()
	close(done)
	return max(most.Load(), live()) - before
}

// TestMemoryOfMerge holds what a merge keeps in memory against the size of its
// three documents, reading them included.
func TestMemoryOfMerge(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector's own memory would be measured")
	}
	for _, n := range benchSizes {
		base, ours, theirs := benchTexts(n)
		size := int64(len(base) + len(ours) + len(theirs))
		var r *bpmn.Result
		peak := liveHeap(func() {
			var err error
			if r, err = bpmn.Merge(decode(t, base), decode(t, ours), decode(t, theirs)); err != nil {
				t.Fatal(err)
			}
		})
		runtime.KeepAlive(r)
		t.Logf("%d elements: at most %.1f MB alive: %.1f times the three documents (%.1f times one of them)",
			n, float64(peak)/1e6, float64(peak)/float64(size), 3*float64(peak)/float64(size))
		if n >= 500 && peak > 30*size {
			t.Errorf("%d elements: %d bytes alive for %d bytes of input", n, peak, size)
		}
	}
}
