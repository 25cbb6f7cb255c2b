package platform

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// Load is what the platform has to do and has done since the start. It holds numbers alone.
type Load struct {
	// Queues are what is done so many at a time, by name: passwords (hashing), documents (reading, merging,
	// drawing), pictures (PNG), saves (with a document), savers (for their turn on a diagram that others save, before they
	// wait among the saves; there are no slots).
	Queues map[string]Queue
	Merges Merges
	// Jobs are what runs by itself now and then, by name.
	Jobs map[string]Job
	// Parsed is the cache of documents that were read lately.
	Parsed Cache
}

// Queue is who waits and who is served.
type Queue struct{ Waiting, Running, Slots int }

// Merges are the saves that met a newer version.
type Merges struct {
	Clean, Undecided uint64 // merged, and left to a person
	Rounds           uint64 // merges made for both
	Conflicts        uint64 // shown to people
}

// Job is how often a job has run.
type Job struct {
	Runs, Failures uint64
	LastSuccess    time.Time // zero: not yet
}

// Cache is what became of the questions to a cache, and what it holds.
type Cache struct {
	Hits, Misses uint64
	Bytes        int64
}

// Load gives the numbers of now.
func (p *Platform) Load() Load {
	passwords, pictures := Queue{}, Queue{}
	passwords.Waiting, passwords.Running, passwords.Slots = p.hasher.Load()
	pictures.Waiting, pictures.Running, pictures.Slots = p.renderer.Load()
	waiting, running := p.savers.load()
	return Load{
		Queues: map[string]Queue{
			"passwords": passwords,
			"pictures":  pictures,
			"documents": p.documents.load(),
			"saves":     p.saves.load(),
			"savers":    {waiting, running, 0},
		},
		Merges: Merges{p.merges.clean.Load(), p.merges.undecided.Load(), p.merges.rounds.Load(), p.merges.conflicts.Load()},
		Jobs:   p.jobs.all(),
		Parsed: p.parsed.load(),
	}
}

type mergeCounts struct{ clean, undecided, rounds, conflicts atomic.Uint64 }

// jobCounts counts runs of jobs. The zero value is ready.
type jobCounts struct {
	mu     sync.Mutex
	byName map[string]Job
}

func (c *jobCounts) all() map[string]Job {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.byName)
}

// ran counts a run of a job, and logs what went wrong. One that was interrupted because the server stops is neither.
func (p *Platform) ran(ctx context.Context, job string, err error) {
	if err != nil && ctx.Err() != nil {
		return
	}
	if err != nil {
		p.log.ErrorContext(ctx, "a job failed", "job", job, "error", err)
	}
	c := &p.jobs
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byName == nil {
		c.byName = make(map[string]Job)
	}
	j := c.byName[job]
	j.Runs++
	if err != nil {
		j.Failures++
	} else {
		j.LastSuccess = p.now()
	}
	c.byName[job] = j
}
