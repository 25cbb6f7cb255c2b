package observe

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Database gives the tracer for a pool of connections: it measures statements, batches and the wait for a
// connection, and makes spans of them where the trace is kept. A transaction is a span around its
// statements; a batch is one by itself. Statements are told as our code has them, their arguments never.
func (o *Observer) Database() pgx.QueryTracer { return (*databaseTracer)(o) }

type databaseTracer Observer

// The interfaces that pgx looks for on a tracer.
var (
	_ pgx.BatchTracer       = (*databaseTracer)(nil)
	_ pgxpool.AcquireTracer = (*databaseTracer)(nil)
)

// operationKey leads to the *operation under way in a context; transactionKey to the transaction's span among
// the connection's own data.
type operationKey struct{}

const transactionKey = "laneway transaction"

// operation is one call of pgx under way. Its span is nil where the trace is not kept.
type operation struct {
	form  string
	began int64
	span  trace.Span
}

// maxStatement is how much of a statement's text a span carries, in bytes.
const maxStatement = 1000

func (t *databaseTracer) begin(ctx context.Context, form string, conn *pgx.Conn, statement func() string) context.Context {
	now := t.now()
	op := &operation{form: form, began: now.UnixNano()}
	if trace.SpanFromContext(ctx).IsRecording() {
		parent := ctx
		if conn != nil {
			if transaction, open := conn.PgConn().CustomData()[transactionKey].(trace.Span); open {
				parent = trace.ContextWithSpan(ctx, transaction)
			}
		}
		_, op.span = t.tracer.Start(parent, "database "+form, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(now))
		op.span.SetAttributes(attribute.String("db.system.name", "postgresql"))
		if text := statement(); text != "" {
			op.span.SetAttributes(attribute.String("db.query.text", text[:min(len(text), maxStatement)]))
		}
	}
	return context.WithValue(ctx, operationKey{}, op)
}

func (t *databaseTracer) end(ctx context.Context, err error) {
	op, ok := ctx.Value(operationKey{}).(*operation)
	if !ok {
		return
	}
	now := t.now()
	t.metrics.database.WithLabelValues(op.form).Observe(float64(now.UnixNano()-op.began) / 1e9)
	if op.span != nil {
		if err != nil {
			op.span.SetStatus(codes.Error, "")
		}
		op.span.End(trace.WithTimestamp(now))
	}
}

// TraceQueryStart is called before a statement.
func (t *databaseTracer) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if strings.HasPrefix(data.SQL, "begin") && trace.SpanFromContext(ctx).IsRecording() {
		_, span := t.tracer.Start(ctx, "database transaction", trace.WithTimestamp(t.now()))
		conn.PgConn().CustomData()[transactionKey] = span
	}
	return t.begin(ctx, "statement", conn, func() string { return data.SQL })
}

// TraceQueryEnd is called after a statement. The transaction ends with its last one.
func (t *databaseTracer) TraceQueryEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryEndData) {
	t.end(ctx, data.Err)
	custom := conn.PgConn().CustomData()
	if span, open := custom[transactionKey].(trace.Span); open && conn.PgConn().TxStatus() == 'I' {
		delete(custom, transactionKey)
		span.End(trace.WithTimestamp(t.now()))
	}
}

// TraceBatchStart is called before a batch.
func (t *databaseTracer) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	return t.begin(ctx, "batch", conn, func() string {
		var list []string
		for _, q := range data.Batch.QueuedQueries {
			list = append(list, strings.TrimSpace(q.SQL))
		}
		return strings.Join(list, ";\n")
	})
}

// TraceBatchQuery is called for each statement of a batch, which is one answer to us.
func (t *databaseTracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd is called after a batch.
func (t *databaseTracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	t.end(ctx, data.Err)
}

// TraceAcquireStart is called before a connection is taken from the pool.
func (t *databaseTracer) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	return t.begin(ctx, "connection", nil, func() string { return "" })
}

// TraceAcquireEnd is called when there is one, or none.
func (t *databaseTracer) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, data pgxpool.TraceAcquireEndData) {
	t.end(ctx, data.Err)
}
