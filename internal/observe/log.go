package observe

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// logHandler adds the ids of the trace to each line, and hands errors to Sentry where there is one.
type logHandler struct {
	next   slog.Handler
	sentry *reporter
	attrs  []slog.Attr // of With, for Sentry; groups are not reported
}

func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level) || h.sentry != nil && level >= slog.LevelError
}

func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	span := trace.SpanContextFromContext(ctx)
	if h.sentry != nil && r.Level >= slog.LevelError {
		h.sentry.report(span, r, h.attrs)
	}
	if span.IsValid() {
		r = r.Clone()
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return h.next.Handle(ctx, r)
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{h.next.WithAttrs(attrs), h.sentry, append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{h.next.WithGroup(name), h.sentry, h.attrs}
}
