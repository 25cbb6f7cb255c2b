package main

import (
	"maps"
	"slices"

	"laneway/internal/live"
	"laneway/internal/observe"
	"laneway/internal/platform"
	"laneway/internal/ratelimit"
	"laneway/internal/redis"
	"laneway/internal/store"
)

// The figures that the parts keep themselves, as the metrics have them: no part knows of metrics.

func poolFigures(s *store.Store) observe.Source {
	return func(r *observe.Reading) {
		pools := s.Pools()
		for _, name := range slices.Sorted(maps.Keys(pools)) {
			p := pools[name]
			r.Pools = append(r.Pools, observe.PoolFigures{
				Name: name, Used: int(p.AcquiredConns()), Idle: int(p.IdleConns()), Opening: int(p.ConstructingConns()), Most: int(p.MaxConns()),
				Acquires: uint64(p.AcquireCount()), Waits: uint64(p.EmptyAcquireCount()), Canceled: uint64(p.CanceledAcquireCount()),
				WaitSeconds: p.EmptyAcquireWaitTime().Seconds(), Opened: uint64(p.NewConnsCount()),
			})
		}
	}
}

func platformFigures(p *platform.Platform) observe.Source {
	return func(r *observe.Reading) {
		load := p.Load()
		for _, name := range slices.Sorted(maps.Keys(load.Queues)) {
			q := load.Queues[name]
			r.Queues = append(r.Queues, observe.QueueFigures{Name: name, Waiting: q.Waiting, Running: q.Running, Slots: q.Slots})
		}
		for _, name := range slices.Sorted(maps.Keys(load.Jobs)) {
			j := load.Jobs[name]
			figures := observe.JobFigures{Name: name, Runs: j.Runs, Failures: j.Failures}
			if !j.LastSuccess.IsZero() {
				figures.LastSuccess = float64(j.LastSuccess.UnixMilli()) / 1000
			}
			r.Jobs = append(r.Jobs, figures)
		}
		r.Merges = observe.MergeFigures(load.Merges)
		kept := p.CacheCounts()
		r.IdentitiesRenewed = kept.IdentitiesRenewed
		r.Caches = append(r.Caches,
			observe.CacheFigures{Name: "lists", Hits: kept.ListHits, Misses: kept.ListMisses, Bytes: int64(kept.ListBytes)},
			observe.CacheFigures{Name: "diagrams", Hits: kept.OpenHits, Misses: kept.OpenMisses, Bytes: int64(kept.OpenBytes)},
			observe.CacheFigures{Name: "identities", Hits: kept.IdentityHits, Misses: kept.IdentityMisses},
			observe.CacheFigures{Name: "redis", Hits: kept.Shared.Hits, Misses: kept.Shared.Misses},
			observe.CacheFigures{Name: "parsed documents", Hits: load.Parsed.Hits, Misses: load.Parsed.Misses, Bytes: load.Parsed.Bytes},
		)
	}
}

func eventFigures(h *live.Hub) observe.Source {
	return func(r *observe.Reading) { r.Events = observe.EventFigures(h.Load()) }
}

// redisFigures takes nil where there is none.
func redisFigures(shared *redis.Redis) observe.Source {
	return func(r *observe.Reading) {
		if shared != nil {
			stats := shared.Stats()
			r.Redis = observe.RedisFigures{Configured: true, InUse: stats.InUse, Calls: stats.Calls, Failures: stats.Failures}
		}
	}
}

// limitFigures gives no classes where there are no limits.
func limitFigures(l *ratelimit.Limiter) observe.Source {
	return func(r *observe.Reading) {
		if l == nil {
			return
		}
		counts := l.Counts()
		for _, class := range slices.Sorted(maps.Keys(ratelimit.DefaultLimits())) {
			r.Limits = append(r.Limits, observe.LimitFigures{Class: string(class), Allowed: counts[class].Allowed, Refused: counts[class].Refused})
		}
	}
}
