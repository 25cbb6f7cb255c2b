package observe

import (
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// requestBuckets are upper bounds in seconds. The goals for list, open and save at 2,500 requests a second
// are 5, 5 and 15 ms, and 200 ms is the founding plan's: each is a bound, so that it can be read off.
var requestBuckets = [...]float64{.0005, .001, .0025, .005, .01, .015, .025, .05, .1, .2, .5, 1, 2.5, 10}

// stepBuckets go further down and up: a set of changes is merged in microseconds, a first PNG takes seconds.
var stepBuckets = []float64{.0001, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

// vitalBuckets hold the bounds that the web vitals call good and poor: 100, 200, 500, 800 ms, 1.8, 2.5, 3 and
// 4 s; and the goals for the studio: 1 and 2.5 s.
var vitalBuckets = []float64{.05, .1, .2, .35, .5, .8, 1, 1.5, 1.8, 2.5, 3, 4, 6, 10}

// shiftBuckets are for the layout shift, which has no unit: good is up to 0.1, poor above 0.25.
var shiftBuckets = []float64{.01, .025, .05, .1, .15, .25, .5, 1}

type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	inFlight prometheus.Gauge
	steps    *prometheus.HistogramVec
	database *prometheus.HistogramVec
	spans    *prometheus.CounterVec
	vitals   *prometheus.HistogramVec
	shift    *prometheus.HistogramVec
	studio   *prometheus.HistogramVec
	sources  *sources
}

func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "laneway_http_request_duration_seconds", Buckets: requestBuckets[:],
			Help: "How long requests took, by operation of the API (none: no such address; studio: files of the web page), method and class of status. Event streams count until they are open; what asks how the server is (health, metrics) is left out.",
		}, []string{"operation", "method", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "laneway_http_requests_in_flight", Help: "Requests being answered. Open event streams are not among them.",
		}),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "laneway_step_duration_seconds", Buckets: stepBuckets,
			Help: "How long the expensive steps of requests took: merge (one round of a save onto a newer version), draw, png, pdf, password (hashing one, with the wait for a slot).",
		}, []string{"step"}),
		database: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "laneway_database_duration_seconds", Buckets: requestBuckets[:],
			Help: "How long the database took to answer: statement (one), batch (several in one round trip), connection (the wait for a free one).",
		}, []string{"form"}),
		spans: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "laneway_trace_spans_total", Help: "Spans handed to the exporter, by outcome: exported or failed.",
		}, []string{"outcome"}),
		vitals: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "laneway_web_vital_seconds", Buckets: vitalBuckets,
			Help: "What browsers measured, by vital (ttfb, fcp, lcp, inp) and page.",
		}, []string{"vital", "page"}),
		shift: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "laneway_web_layout_shift", Buckets: shiftBuckets, Help: "Cumulative layout shift that browsers measured, by page.",
		}, []string{"page"}),
		studio: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "laneway_studio_load_seconds", Buckets: vitalBuckets,
			Help: "From the click on a diagram, or the start of the page, until its canvas is drawn, as browsers measured it.",
		}, []string{"from"}),
		sources: &sources{},
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "laneway_build_info", Help: "The release that runs; always 1."}, []string{"version", "goversion"})
	build.WithLabelValues(version, runtime.Version()).Set(1)
	for _, outcome := range []string{"exported", "failed"} {
		m.spans.WithLabelValues(outcome)
	}
	// What dashboards ask for is there from the start, so that a rate has a beginning.
	for _, step := range []string{"merge", "draw", "png", "pdf", "password"} {
		m.steps.WithLabelValues(step)
	}
	for _, from := range []string{"click", "start"} {
		m.studio.WithLabelValues(from)
	}
	m.registry.MustRegister(m.requests, m.inFlight, m.steps, m.database, m.spans, m.vitals, m.shift, m.studio, build, m.sources,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// MetricsHandler serves the page for Prometheus. It belongs on a listener that the world does not reach.
func (o *Observer) MetricsHandler() http.Handler {
	return promhttp.HandlerFor(o.metrics.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, ErrorHandling: promhttp.ContinueOnError})
}
