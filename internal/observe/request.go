package observe

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"laneway"
)

// Request is one request under way.
type Request struct {
	observer    *Observer
	span        trace.Span // nil where the trace is not kept
	traceparent string
	began       time.Time
	probe       bool
}

// Outcome is what is told about a request when it has ended. All of it comes from our own code or is an
// id or an address: nothing that a client wrote.
type Outcome struct {
	// Operation is its name in the API's description, such as listDiagrams; Route its method and pattern.
	Operation, Method, Route string
	Status                   int
	RequestID                string
	User, Organization       laneway.ID // zero: unknown
	// Bytes is the size of the answer's body, Address where the request came from.
	Bytes   int64
	Address string
	// Gone tells that the client went away before it was answered: that is measured as StatusGone, not as a fault.
	Gone bool
	// Quiet has no line written to the log.
	Quiet bool
}

// StatusGone is how a request counts whose client went away.
const StatusGone = 499

// Origin is the trace that a request came with.
type Origin struct {
	// Traceparent is the header of that name; what is no valid one is as good as none.
	Traceparent string
	// Trusted says that it comes from somebody who may decide which traces are kept. Anybody else could have all
	// of theirs kept, and fill the collector and the quota at Sentry.
	Trusted bool
	// Probe says that a machine asks how the server is. Such requests are neither measured nor traced: there may
	// be more of them than of people's, and they are answered faster.
	Probe bool
}

// Request begins a request. A valid trace is taken over, else one begins. The context carries it. (A tracestate
// is any text that the client likes; it is not taken.)
func (o *Observer) Request(ctx context.Context, from Origin) (context.Context, *Request) {
	r := &Request{observer: o, began: o.now(), probe: from.Probe}
	if !from.Probe {
		o.metrics.inFlight.Inc()
	}
	parent, came := parseTraceparent(from.Traceparent)
	var kept bool
	switch {
	case from.Probe:
	case came && from.Trusted:
		kept = o.kept && parent.IsSampled()
	default:
		// Of one that came the client chose the id, so that cannot be what decides.
		kept = o.sampling > 0 && rand.Float64() < o.sampling
	}
	if !kept { // most are not, and the ids alone are cheaper without the tracer
		c := newSpanContext(parent.TraceID())
		r.traceparent = traceparentOf(c)
		return trace.ContextWithSpanContext(ctx, c), r
	}
	if came {
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent.WithTraceFlags(parent.TraceFlags().WithSampled(true)))
	}
	ctx, r.span = o.tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(r.began))
	r.traceparent = traceparentOf(r.span.SpanContext())
	return ctx, r
}

// newSpanContext makes the ids of a span that is not kept, in the trace if that is one, else in a new one.
func newSpanContext(in trace.TraceID) trace.SpanContext {
	var span trace.SpanID
	for !in.IsValid() {
		binary.NativeEndian.PutUint64(in[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(in[8:], rand.Uint64())
	}
	for !span.IsValid() {
		binary.NativeEndian.PutUint64(span[:], rand.Uint64())
	}
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: in, SpanID: span})
}

func traceparentOf(c trace.SpanContext) string {
	traceID, spanID := c.TraceID(), c.SpanID()
	var b [len("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]byte
	text := append(hex.AppendEncode(append(b[:0], "00-"...), traceID[:]), '-')
	text = append(hex.AppendEncode(text, spanID[:]), "-00"...)
	if c.IsSampled() {
		text[len(text)-1] = '1'
	}
	return string(text)
}

// TraceID is the id of the request's trace, 32 hexadecimal digits.
func (r *Request) TraceID() string { return r.traceparent[3:35] }

func (r *Request) spanID() string { return r.traceparent[36:52] }

// Traceparent names the request's own span in the form of the header.
func (r *Request) Traceparent() string { return r.traceparent }

// End ends the request: it is measured, and one line about it goes to the log, after Config.LogEvery at the latest.
func (r *Request) End(out Outcome) {
	o := r.observer
	now := o.now()
	took := now.Sub(r.began)
	if o.lines != nil && !out.Quiet {
		o.lines.gather(func(b []byte) []byte { return r.appendLine(b, now, took, out) })
	}
	if r.probe {
		return
	}
	if out.Gone {
		out.Status = StatusGone
	}
	o.metrics.inFlight.Dec()
	o.metrics.requests.WithLabelValues(out.Operation, out.Method, statusClass(out.Status)).Observe(took.Seconds())
	o.recent.add(out.Operation, out.Status, now, took)
	if r.span == nil {
		return
	}
	r.span.SetName(out.Operation)
	r.span.SetAttributes(attribute.String("http.request.method", out.Method), attribute.String("http.route", out.Route),
		attribute.Int("http.response.status_code", out.Status), attribute.String("laneway.request_id", out.RequestID))
	if !out.User.IsZero() {
		r.span.SetAttributes(attribute.String("user.id", out.User.String()))
	}
	if !out.Organization.IsZero() {
		r.span.SetAttributes(attribute.String("laneway.organization", out.Organization.String()))
	}
	if out.Status >= 500 {
		r.span.SetStatus(codes.Error, "")
	}
	r.span.End(trace.WithTimestamp(now))
}

// statusClass gives 2xx and its like; an answer that was never written counts as 5xx.
func statusClass(status int) string {
	if status < 100 || status > 599 {
		return "5xx"
	}
	return [...]string{"1xx", "2xx", "3xx", "4xx", "5xx"}[status/100-1]
}

// Step begins a step of the server's work that may take long, such as merge: it becomes an observation
// under that name and, where the trace is kept, a span. The names come from our own code and are few. The
// caller ends it with the error that it came to; of that only its being there is told.
func (o *Observer) Step(ctx context.Context, name string) (context.Context, func(error)) {
	began := o.now()
	var span trace.Span
	if trace.SpanFromContext(ctx).IsRecording() {
		ctx, span = o.tracer.Start(ctx, name, trace.WithTimestamp(began))
	}
	return ctx, func(err error) {
		now := o.now()
		o.metrics.steps.WithLabelValues(name).Observe(now.Sub(began).Seconds())
		if span == nil {
			return
		}
		if err != nil {
			span.SetStatus(codes.Error, "")
		}
		span.End(trace.WithTimestamp(now))
	}
}

// parseTraceparent reads a W3C traceparent: version, trace id, parent id and flags in lower-case
// hexadecimal. Version 00 has nothing else, later ones may.
func parseTraceparent(text string) (trace.SpanContext, bool) {
	if text == "" {
		return trace.SpanContext{}, false
	}
	parts := strings.Split(text, "-")
	if len(parts) < 4 || len(parts[0]) != 2 || len(parts[3]) != 2 || parts[0] == "ff" || parts[0] == "00" && len(parts) > 4 || len(text) > 256 {
		return trace.SpanContext{}, false
	}
	if strings.Trim(parts[0]+parts[3], "0123456789abcdef") != "" {
		return trace.SpanContext{}, false
	}
	traceID, err := trace.TraceIDFromHex(parts[1])
	if err != nil {
		return trace.SpanContext{}, false
	}
	spanID, err := trace.SpanIDFromHex(parts[2])
	if err != nil {
		return trace.SpanContext{}, false
	}
	var flags trace.TraceFlags
	if strings.ContainsAny(parts[3][1:], "13579bdf") {
		flags = trace.FlagsSampled
	}
	c := trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID, TraceFlags: flags, Remote: true})
	return c, c.IsValid()
}
