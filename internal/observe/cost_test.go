package observe_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
	"laneway/internal/observe"
)

var answered = observe.Outcome{
	Operation: "listDiagrams", Method: "GET", Route: "GET /api/diagrams", Status: 200, RequestID: "4bf92f3577b34da6a3ce929d0e0e4736",
	User: laneway.ID{1}, Organization: laneway.ID{2},
}

// once has one request seen that sends a batch to the database.
func once(ctx context.Context, o *observe.Observer, database pgx.BatchTracer) {
	ctx, r := o.Request(ctx, observe.Origin{})
	_ = r.TraceID()
	_ = r.Traceparent()
	inner := database.TraceBatchStart(ctx, nil, pgx.TraceBatchStartData{Batch: &pgx.Batch{}})
	database.TraceBatchEnd(inner, nil, pgx.TraceBatchEndData{})
	r.End(answered)
}

// Seeing a request that is not traced must cost next to nothing, whether somebody takes traces or nobody does.
func TestCost(t *testing.T) {
	for name, c := range map[string]observe.Config{
		"nobody takes traces": {}, "somebody takes traces, and this is none": {OTLPEndpoint: "http://127.0.0.1:9", TraceSampling: 1e-12},
	} {
		o := newObserver(t, c)
		database := o.Database().(pgx.BatchTracer)
		if n := testing.AllocsPerRun(1000, func() { once(t.Context(), o, database) }); n > 14 {
			t.Errorf("%s: %v allocations", name, n)
		}
		closeNow(t, o)
	}
}

func BenchmarkRequest(b *testing.B) {
	for name, c := range map[string]observe.Config{
		"untraced": {}, "traced": {OTLPEndpoint: "http://127.0.0.1:9", TraceSampling: 1, BatchEvery: time.Hour},
	} {
		b.Run(name, func(b *testing.B) {
			o, err := observe.New(c)
			if err != nil {
				b.Fatal(err)
			}
			database := o.Database().(pgx.BatchTracer)
			b.ReportAllocs()
			for b.Loop() {
				once(b.Context(), o, database)
			}
		})
	}
}
