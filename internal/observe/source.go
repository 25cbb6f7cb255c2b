package observe

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// A Source gives figures that another package keeps itself, at the moment in which they are asked for. It
// must be quick and must not wait.
type Source func(*Reading)

// Sources has the figures of a source on the page from now on.
func (o *Observer) Sources(list ...Source) {
	o.metrics.sources.mu.Lock()
	defer o.metrics.sources.mu.Unlock()
	o.metrics.sources.list = append(o.metrics.sources.list, list...)
}

// Read gives the figures of all sources now.
func (o *Observer) Read() Reading { return o.metrics.sources.read() }

// Reading is what the sources tell.
type Reading struct {
	Pools  []PoolFigures
	Caches []CacheFigures
	Limits []LimitFigures
	Redis  RedisFigures
	Queues []QueueFigures
	Jobs   []JobFigures
	Merges MergeFigures
	Events EventFigures
	// IdentitiesRenewed are sessions and tokens that were read again before a request had to wait for them.
	IdentitiesRenewed uint64
}

// PoolFigures are a pool of database connections.
type PoolFigures struct {
	Name                string
	Used, Idle, Opening int
	Most                int
	Acquires, Waits     uint64  // connections taken so far, and those that had to be waited for
	Canceled            uint64  // waits that were given up
	WaitSeconds         float64 // spent waiting so far
	Opened              uint64
}

// CacheFigures are a cache.
type CacheFigures struct {
	Name         string
	Hits, Misses uint64
	Bytes        int64 // 0: it does not count them
}

// LimitFigures are a class of rate limits.
type LimitFigures struct {
	Class            string
	Allowed, Refused uint64
}

// RedisFigures are how it goes with the Redis that servers share.
type RedisFigures struct {
	Configured, InUse bool // in use: it answers
	Calls, Failures   uint64
}

// QueueFigures are work that is done so many at a time.
type QueueFigures struct {
	Name                    string
	Waiting, Running, Slots int
}

// JobFigures are a job that runs by itself now and then.
type JobFigures struct {
	Name        string
	Runs        uint64
	Failures    uint64
	LastSuccess float64 // seconds since 1970; 0: none yet
}

// MergeFigures are saves that were put onto a newer version.
type MergeFigures struct {
	Clean, Undecided uint64 // saves that were merged, and that were left to a person
	Rounds           uint64 // merges made for both, more than one where somebody was faster
	Conflicts        uint64 // shown to people
}

// EventFigures are the event streams of this server.
type EventFigures struct {
	Streams   int
	Feeds     int // organizations that have streams
	Opened    uint64
	Listening bool // changes on other servers are heard at once
}

// sources is a prometheus.Collector over all sources.
type sources struct {
	mu   sync.Mutex
	list []Source
}

func (s *sources) read() Reading {
	s.mu.Lock()
	list := s.list
	s.mu.Unlock()
	var r Reading
	for _, source := range list {
		source(&r)
	}
	return r
}

// described has every metric of the sources, in the order of the page.
var (
	poolConnections = describe("laneway_database_connections", "Connections to the database, by pool and state: used, idle or opening.", "pool", "state")
	poolMost        = describe("laneway_database_connections_max", "How many connections the pool may have.", "pool")
	poolAcquires    = describe("laneway_database_acquires_total", "Connections taken from the pool.", "pool")
	poolWaits       = describe("laneway_database_acquire_waits_total", "Connections that had to be waited for, because all were in use.", "pool")
	poolCanceled    = describe("laneway_database_acquire_canceled_total", "Waits for a connection that were given up.", "pool")
	poolWaited      = describe("laneway_database_acquire_wait_seconds_total", "Time spent waiting for connections.", "pool")
	poolOpened      = describe("laneway_database_connections_opened_total", "Connections opened.", "pool")
	cacheRequests   = describe("laneway_cache_requests_total", "What was asked of a cache, by result: hit or miss.", "cache", "result")
	cacheBytes      = describe("laneway_cache_bytes", "Size of a cache, roughly; 0: it does not count.", "cache")
	renewed         = describe("laneway_identities_renewed_total", "Remembered sessions and tokens that were read again, many at once, before a request had to.")
	limitRequests   = describe("laneway_rate_limit_requests_total", "Requests by class of rate limit and outcome: allowed or refused.", "class", "outcome")
	redisConfigured = describe("laneway_redis_configured", "1 where Redis is to be used.")
	redisInUse      = describe("laneway_redis_in_use", "1 while Redis answers; 0 while this server does without it.")
	redisCalls      = describe("laneway_redis_calls_total", "Calls of Redis, by outcome: success or failure. What found it out of use is in neither.", "outcome")
	queueWaiting    = describe("laneway_queue_waiting", "Who waits for a slot: passwords (hashing), documents (reading, merging, drawing), pictures (PNG), saves (with a document), savers (behind others of the same diagram; those at the head wait among the saves).", "queue")
	queueRunning    = describe("laneway_queue_running", "Slots in use; of savers: diagrams that are being saved, or wait among the saves.", "queue")
	queueSlots      = describe("laneway_queue_slots", "Slots; 0: as many as come.", "queue")
	jobRuns         = describe("laneway_job_runs_total", "Runs of a job, by outcome: success or failure. (The label job is the scraper's own.)", "task", "outcome")
	jobLast         = describe("laneway_job_last_success_timestamp_seconds", "When a job last succeeded; 0: not yet.", "task")
	merges          = describe("laneway_merges_total", "Saves that met a newer version, by outcome: clean (merged) or undecided (left to a person).", "outcome")
	mergeRounds     = describe("laneway_merge_rounds_total", "Merges made for those saves; more than one where somebody was faster.")
	mergeConflicts  = describe("laneway_merge_conflicts_total", "Conflicts shown to people.")
	streamsOpen     = describe("laneway_event_streams", "Open event streams.")
	streamFeeds     = describe("laneway_event_feeds", "Organizations whose events this server reads.")
	streamsOpened   = describe("laneway_event_streams_opened_total", "Event streams opened.")
	listening       = describe("laneway_events_listening", "1 while changes on other servers are heard at once, 0 while they are read once a second.")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe gives nothing: which labels there are is known when they are read.
func (s *sources) Describe(chan<- *prometheus.Desc) {}

// Collect reads the sources.
func (s *sources) Collect(out chan<- prometheus.Metric) {
	r := s.read()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	for _, p := range r.Pools {
		gauge(poolConnections, float64(p.Used), p.Name, "used")
		gauge(poolConnections, float64(p.Idle), p.Name, "idle")
		gauge(poolConnections, float64(p.Opening), p.Name, "opening")
		gauge(poolMost, float64(p.Most), p.Name)
		counter(poolAcquires, float64(p.Acquires), p.Name)
		counter(poolWaits, float64(p.Waits), p.Name)
		counter(poolCanceled, float64(p.Canceled), p.Name)
		counter(poolWaited, p.WaitSeconds, p.Name)
		counter(poolOpened, float64(p.Opened), p.Name)
	}
	for _, c := range r.Caches {
		counter(cacheRequests, float64(c.Hits), c.Name, "hit")
		counter(cacheRequests, float64(c.Misses), c.Name, "miss")
		gauge(cacheBytes, float64(c.Bytes), c.Name)
	}
	counter(renewed, float64(r.IdentitiesRenewed))
	for _, l := range r.Limits {
		counter(limitRequests, float64(l.Allowed), l.Class, "allowed")
		counter(limitRequests, float64(l.Refused), l.Class, "refused")
	}
	gauge(redisConfigured, oneIf(r.Redis.Configured))
	gauge(redisInUse, oneIf(r.Redis.InUse))
	counter(redisCalls, float64(r.Redis.Calls-r.Redis.Failures), "success")
	counter(redisCalls, float64(r.Redis.Failures), "failure")
	for _, q := range r.Queues {
		gauge(queueWaiting, float64(q.Waiting), q.Name)
		gauge(queueRunning, float64(q.Running), q.Name)
		gauge(queueSlots, float64(q.Slots), q.Name)
	}
	for _, j := range r.Jobs {
		counter(jobRuns, float64(j.Runs-j.Failures), j.Name, "success")
		counter(jobRuns, float64(j.Failures), j.Name, "failure")
		gauge(jobLast, j.LastSuccess, j.Name)
	}
	counter(merges, float64(r.Merges.Clean), "clean")
	counter(merges, float64(r.Merges.Undecided), "undecided")
	counter(mergeRounds, float64(r.Merges.Rounds))
	counter(mergeConflicts, float64(r.Merges.Conflicts))
	gauge(streamsOpen, float64(r.Events.Streams))
	gauge(streamFeeds, float64(r.Events.Feeds))
	counter(streamsOpened, float64(r.Events.Opened))
	gauge(listening, oneIf(r.Events.Listening))
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
