package observe

import (
	"context"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Request is one request under way.
type Request struct {
	observer *Observer
	span     trace.Span
	began    time.Time
	probe    bool
}

// Outcome is what is told about a request when it has ended. All of it comes from our own code or is an
// id: nothing that a client wrote.
type Outcome struct {
	// Operation is its name in the API's description, such as listDiagrams; Route its method and pattern.
	Operation, Method, Route string
	Status                   int
	RequestID                string
	User, Organization       string // ids; empty: unknown
}

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
	if parent, ok := parseTraceparent(from.Traceparent); ok {
		if !from.Trusted {
			// The client chose the trace's id, so that cannot be what decides.
			parent = parent.WithTraceFlags(parent.TraceFlags().WithSampled(rand.Float64() < o.sampling))
		}
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
	}
	now, tracer := o.now(), o.tracer
	if from.Probe {
		tracer = o.untraced
	} else {
		o.metrics.inFlight.Inc()
	}
	ctx, span := tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(now))
	return ctx, &Request{observer: o, span: span, began: now, probe: from.Probe}
}

// TraceID is the id of the request's trace, 32 hexadecimal digits.
func (r *Request) TraceID() string { return r.span.SpanContext().TraceID().String() }

// Traceparent names the request's own span in the form of the header.
func (r *Request) Traceparent() string {
	c := r.span.SpanContext()
	traceID, spanID := c.TraceID(), c.SpanID()
	text := make([]byte, 0, len("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
	text = append(hex.AppendEncode(append(text, "00-"...), traceID[:]), '-')
	text = append(hex.AppendEncode(text, spanID[:]), "-00"...)
	if c.IsSampled() {
		text[len(text)-1] = '1'
	}
	return string(text)
}

// End ends the request and gives what it took.
func (r *Request) End(out Outcome) time.Duration {
	o := r.observer
	now := o.now()
	took := now.Sub(r.began)
	if r.probe {
		return took
	}
	o.metrics.inFlight.Dec()
	o.metrics.requests.WithLabelValues(out.Operation, out.Method, statusClass(out.Status)).Observe(took.Seconds())
	o.recent.add(out.Operation, out.Status, took)
	if r.span.IsRecording() {
		r.span.SetName(out.Operation)
		r.span.SetAttributes(attribute.String("http.request.method", out.Method), attribute.String("http.route", out.Route),
			attribute.Int("http.response.status_code", out.Status), attribute.String("laneway.request_id", out.RequestID))
		if out.User != "" {
			r.span.SetAttributes(attribute.String("user.id", out.User))
		}
		if out.Organization != "" {
			r.span.SetAttributes(attribute.String("laneway.organization", out.Organization))
		}
		if out.Status >= 500 {
			r.span.SetStatus(codes.Error, "")
		}
		r.span.End(trace.WithTimestamp(now))
	}
	return took
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
	ctx, span := o.tracer.Start(ctx, name, trace.WithTimestamp(began))
	return ctx, func(err error) {
		now := o.now()
		o.metrics.steps.WithLabelValues(name).Observe(now.Sub(began).Seconds())
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
