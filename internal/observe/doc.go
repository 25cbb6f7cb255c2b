// Package observe shows an operator what the server does: log lines, metrics, traces and reports of
// errors. It decides what may leave the process, and does so by lists of what is allowed: a value gets
// out because it stands on such a list, never because nobody thought of holding it back. Bodies, headers,
// queries, arguments of SQL, the texts of errors and what people typed stand on none.
//
// An Observer is one server's. New makes it; with an empty Config it keeps metrics and gives log lines
// their trace ids, and sends nothing to anybody. Its parts:
//
//   - Logger: slog, with the ids of the trace in each line whose context has one (log.go).
//   - Request and Step: what a request, or an expensive step within it, took (request.go). Both end in a
//     histogram and, where the trace is sampled, in a span.
//   - Metrics: the page for Prometheus (metrics.go). What other packages count themselves is read when the
//     page is asked for (Source), so that they know nothing of Prometheus. Labels are operations, classes
//     and names out of our own code: their number does not grow with what clients send.
//   - Recent: the last five minutes by operation, for the operator's page in the product (recent.go).
//   - Traces: the SDK of OpenTelemetry with an exporter of our own, OTLP over HTTP as JSON (otlp.go). Spans
//     wait in a queue with an end; a collector that is slow or gone costs spans and nothing else.
//   - Sentry: what was logged as an error, and sampled traces, stripped to the allowed fields (sentry.go).
//     Only with a DSN; without one nothing of it exists.
//
// A trace begins at the client where it sends a valid W3C traceparent, else here. Whether its spans are
// kept is decided once, at its beginning: by the flag of a proxy that is trusted, else by lot
// (Config.TraceSampling).
package observe
