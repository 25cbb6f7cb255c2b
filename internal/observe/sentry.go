package observe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/getsentry/sentry-go"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"laneway"
)

// reporter sends to Sentry. What it sends is put together here, field by field; the SDK's own collecting is
// off, and what it adds all the same is taken away by clean.
type reporter struct{ client *sentry.Client }

// sentryDeadline bounds one call to Sentry.
const sentryDeadline = 10 * time.Second

func newReporter(c Config) (*reporter, error) {
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn: c.SentryDSN, Environment: c.Environment, Release: c.Version, ServerName: "laneway",
		Integrations:          func([]sentry.Integration) []sentry.Integration { return nil },
		MaxBreadcrumbs:        -1,
		BeforeSend:            clean,
		BeforeSendTransaction: clean,
		HTTPClient:            &http.Client{Timeout: sentryDeadline},
		TracesSampleRate:      1, // which ones there are is decided by the traces
	})
	if err != nil {
		return nil, errors.New("want the form https://key@host/project") // the error itself repeats the key
	}
	return &reporter{client}, nil
}

func (r *reporter) flush(ctx context.Context) { r.client.FlushWithContext(ctx) }

// clean is the list of what may go to Sentry: everything that is not copied here stays.
func clean(e *sentry.Event, _ *sentry.EventHint) *sentry.Event {
	out := &sentry.Event{
		EventID: e.EventID, Type: e.Type, Level: e.Level, Platform: e.Platform, Timestamp: e.Timestamp, StartTime: e.StartTime,
		Release: e.Release, Environment: e.Environment, Transaction: e.Transaction, Fingerprint: e.Fingerprint, ServerName: "laneway",
		Sdk: sentry.SdkInfo{Name: e.Sdk.Name, Version: e.Sdk.Version}, TransactionInfo: e.TransactionInfo, Spans: e.Spans,
		Tags: make(map[string]string), Contexts: make(map[string]sentry.Context), Exception: e.Exception, Message: e.Message,
	}
	for key, value := range e.Tags {
		if slices.Contains(reportedTags, key) {
			out.Tags[key] = value
		}
	}
	if c, ok := e.Contexts["trace"]; ok {
		out.Contexts["trace"] = c
	}
	if id := e.User.ID; id != "" {
		out.User = sentry.User{ID: id}
	}
	return out
}

// reportedTags are the attributes of a log line, and of a span, that are told: names out of our own code,
// numbers and ids.
var reportedTags = []string{"kind", "operation", "method", "route", "status", "request_id", "organization", "job"}

// report tells of a line that was logged as an error. Its message is a text of our own code; of its error
// only the types are told, because what an error says may repeat what somebody sent.
func (r *reporter) report(span trace.SpanContext, record slog.Record, with []slog.Attr) {
	e := sentry.NewEvent()
	e.Level, e.Timestamp, e.Tags = sentry.LevelError, record.Time, make(map[string]string)
	described, user := "", ""
	take := func(a slog.Attr) bool {
		switch {
		case a.Key == "error" || a.Key == "panic":
			if err, is := a.Value.Any().(error); is {
				described = describeError(err)
			} else if a.Key == "panic" {
				described = fmt.Sprintf("%T", a.Value.Any())
			}
		case a.Key == "user":
			user = a.Value.String()
		case slices.Contains(reportedTags, a.Key):
			e.Tags[a.Key] = a.Value.String()
		}
		return true
	}
	for _, a := range with {
		take(a)
	}
	record.Attrs(take)
	e.User.ID, e.Transaction = user, e.Tags["operation"]
	e.Exception = []sentry.Exception{{Type: record.Message, Value: described, Stacktrace: stackOfCaller()}}
	e.Fingerprint = []string{record.Message, e.Tags["operation"], described}
	if span.IsValid() {
		e.Contexts = map[string]sentry.Context{"trace": {"trace_id": span.TraceID().String(), "span_id": span.SpanID().String()}}
	}
	r.client.CaptureEvent(e, nil, nil)
}

// stackOfCaller is the stack below the logging: where a panic is logged, the panicking function's, too.
func stackOfCaller() *sentry.Stacktrace {
	s := sentry.NewStacktrace()
	if s == nil {
		return nil
	}
	s.Frames = slices.DeleteFunc(s.Frames, func(f sentry.Frame) bool {
		return strings.HasSuffix(f.Module, "/internal/observe") || f.Module == "log/slog"
	})
	for i, f := range s.Frames {
		s.Frames[i] = sentry.Frame{Function: f.Function, Module: f.Module, Filename: f.Filename, Lineno: f.Lineno, InApp: f.InApp}
	}
	return s
}

// describeError tells an error by its types, the outermost first, and by codes that come from a closed list.
func describeError(err error) string {
	var parts []string
	for e := err; e != nil && len(parts) < 12; {
		name := fmt.Sprintf("%T", e)
		if postgres, is := e.(*pgconn.PgError); is { //nolint:errorlint // each link of the chain is looked at
			name += " " + postgres.Code
		}
		if fault, is := e.(runtime.Error); is { //nolint:errorlint // as above
			name += ": " + fault.Error() // numbers and types
		}
		if problem, is := e.(*laneway.Error); is { //nolint:errorlint // as above
			name += " " + string(problem.Kind)
		}
		parts = append(parts, name)
		switch unwrapped := e.(type) { //nolint:errorlint // as above
		case interface{ Unwrap() []error }:
			list := unwrapped.Unwrap()
			if len(list) == 0 {
				return strings.Join(parts, " < ")
			}
			e = list[0]
		default:
			e = errors.Unwrap(e)
		}
	}
	return strings.Join(parts, " < ")
}

// transactions makes a transaction of Sentry out of the spans of a request that is kept.
type transactions struct {
	reporter *reporter

	mu   sync.Mutex
	open map[trace.TraceID][]*sentry.Span
}

// Bounds of the spans that wait for their request to end.
const (
	openTraces   = 500
	spansOfTrace = 100
)

func newTransactions(r *reporter) *transactions {
	return &transactions{reporter: r, open: make(map[trace.TraceID][]*sentry.Span)}
}

// OnStart does nothing.
func (t *transactions) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd keeps a span for its request, and sends the request with all of them.
func (t *transactions) OnEnd(s sdktrace.ReadOnlySpan) {
	id := s.SpanContext().TraceID()
	root := !s.Parent().IsValid() || s.Parent().IsRemote()
	t.mu.Lock()
	spans := t.open[id]
	switch {
	case root:
		delete(t.open, id)
	case len(spans) < spansOfTrace:
		if len(t.open) >= openTraces {
			clear(t.open) // most are of spans that outlived their request
		}
		t.open[id] = append(spans, toSentrySpan(s))
	}
	t.mu.Unlock()
	if root && s.SpanKind() == trace.SpanKindServer {
		t.reporter.transaction(s, spans)
	}
}

// Shutdown does nothing.
func (t *transactions) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing.
func (t *transactions) ForceFlush(context.Context) error { return nil }

func (r *reporter) transaction(s sdktrace.ReadOnlySpan, spans []*sentry.Span) {
	e := sentry.NewEvent()
	e.Type, e.Transaction, e.StartTime, e.Timestamp = "transaction", s.Name(), s.StartTime(), s.EndTime()
	e.TransactionInfo, e.Spans, e.Tags = &sentry.TransactionInfo{Source: sentry.SourceRoute}, spans, make(map[string]string)
	names := map[string]string{"http.request.method": "method", "http.route": "route", "http.response.status_code": "status",
		"laneway.request_id": "request_id", "laneway.organization": "organization"}
	for _, a := range s.Attributes() {
		if name, ok := names[string(a.Key)]; ok {
			e.Tags[name] = a.Value.String()
		}
		if a.Key == "user.id" {
			e.User.ID = a.Value.String()
		}
	}
	e.Tags["operation"] = s.Name()
	status, _ := strconv.Atoi(e.Tags["status"])
	c := sentry.Context{
		"trace_id": s.SpanContext().TraceID().String(), "span_id": s.SpanContext().SpanID().String(),
		"op": "http.server", "status": sentry.HTTPtoSpanStatus(status).String(),
	}
	if s.Parent().IsValid() {
		c["parent_span_id"] = s.Parent().SpanID().String()
	}
	e.Contexts = map[string]sentry.Context{"trace": c}
	r.client.CaptureEvent(e, nil, nil)
}

// toSentrySpan tells a step by name and time. Its attributes stay here: one of them is the text of statements.
func toSentrySpan(s sdktrace.ReadOnlySpan) *sentry.Span {
	status := sentry.SpanStatusOK
	if s.Status().Code == codes.Error {
		status = sentry.SpanStatusInternalError
	}
	return &sentry.Span{
		TraceID: sentry.TraceID(s.SpanContext().TraceID()), SpanID: sentry.SpanID(s.SpanContext().SpanID()),
		ParentSpanID: sentry.SpanID(s.Parent().SpanID()), Op: s.Name(), StartTime: s.StartTime(), EndTime: s.EndTime(), Status: status,
	}
}
