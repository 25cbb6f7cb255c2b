package observe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Config says what is observed and who is told. The zero value tells nobody.
type Config struct {
	// Version is the release, Environment where it runs, such as production.
	Version, Environment string
	// Log takes the log, a JSON object a line; nil: there is none.
	Log io.Writer
	// LogEvery is how long a line about a request may wait for others to be written with, so that there are fewer writes; 0: it
	// does not wait. Other lines never do, and all stay in order.
	LogEvery time.Duration
	// OTLPEndpoint is the collector's base address, such as http://127.0.0.1:4318; empty: no traces.
	OTLPEndpoint string
	// OTLPHeaders go with each batch of traces, such as Authorization.
	OTLPHeaders map[string]string
	// SentryDSN is where errors of the server are reported; empty: nowhere.
	SentryDSN string
	// TraceSampling is the part of the traces that is kept, from 0 to 1; see Origin.
	TraceSampling float64
	// BatchEvery is how long finished spans wait for others to be sent with; 0: 5 s.
	BatchEvery time.Duration
	Now        func() time.Time // nil: time.Now
}

// Observer observes one server. It is safe for concurrent use.
type Observer struct {
	version string
	now     func() time.Time
	log     *slog.Logger
	metrics *metrics
	recent  *recent
	lines   *lines // nil: there is no log
	traces  *sdktrace.TracerProvider
	tracer  trace.Tracer
	// kept tells that somebody takes traces, sampling which part of them.
	kept     bool
	sampling float64
	sentry   *reporter // nil: there is none
}

// New makes an Observer. An error is about a setting.
func New(c Config) (*Observer, error) {
	o := &Observer{version: c.Version, now: c.Now}
	if o.now == nil {
		o.now = time.Now
	}
	if c.Environment == "" {
		c.Environment = "production"
	}
	log := slog.DiscardHandler
	if c.Log != nil {
		o.lines = &lines{out: c.Log, every: c.LogEvery}
		log = slog.NewJSONHandler(o.lines, nil)
	}
	if c.SentryDSN != "" {
		var err error
		if o.sentry, err = newReporter(c); err != nil {
			return nil, fmt.Errorf("sentry-dsn: %w", err)
		}
	}
	o.log = slog.New(&logHandler{next: log, sentry: o.sentry})
	o.metrics = newMetrics(c.Version)
	o.recent = newRecent(o.now)

	if o.kept = c.OTLPEndpoint != "" || o.sentry != nil; o.kept {
		o.sampling = c.TraceSampling
	}
	// Which traces are kept is decided before the tracer is asked; see Request.
	options := []sdktrace.TracerProviderOption{sdktrace.WithSampler(sdktrace.AlwaysSample()), sdktrace.WithResource(resourceOf(c))}
	if c.OTLPEndpoint != "" {
		exporter, err := newOTLP(c, o.log, o.metrics.spans)
		if err != nil {
			return nil, err
		}
		wait := c.BatchEvery
		if wait == 0 {
			wait = 5 * time.Second
		}
		options = append(options, sdktrace.WithBatcher(exporter,
			sdktrace.WithMaxQueueSize(spanQueue), sdktrace.WithMaxExportBatchSize(spanBatch),
			sdktrace.WithBatchTimeout(wait), sdktrace.WithExportTimeout(otlpDeadline)))
	}
	if o.sentry != nil {
		options = append(options, sdktrace.WithSpanProcessor(newTransactions(o.sentry)))
	}
	o.traces = sdktrace.NewTracerProvider(options...)
	o.tracer = o.traces.Tracer("laneway")
	return o, nil
}

// Version is the release that is observed.
func (o *Observer) Version() string { return o.version }

// Logger gives the log.
func (o *Observer) Logger() *slog.Logger { return o.log }

// Close writes what waits to be written to the log, and sends what waits to be sent as far as that is possible before ctx ends.
// Lines of the log that come later are written at once.
func (o *Observer) Close(ctx context.Context) error {
	if o.lines != nil {
		defer o.lines.end()
	}
	err := o.traces.Shutdown(ctx)
	if o.sentry != nil {
		o.sentry.flush(ctx)
	}
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("end traces: %w", err)
	}
	return nil
}

// ParseHeaders reads headers in the form name=value,name=value, with values escaped as in an address:
// the form that OpenTelemetry uses for its own variable.
func ParseHeaders(text string) (map[string]string, error) {
	headers := make(map[string]string)
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		unescaped, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || name == "" || err != nil || strings.ContainsAny(name+unescaped, "\r\n") {
			// What is wrong may be a secret, so it is not repeated.
			return nil, errors.New("want the form name=value,name=value")
		}
		headers[name] = unescaped
	}
	return headers, nil
}
