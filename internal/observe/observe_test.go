package observe_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"laneway"
	"laneway/internal/observe"
)

func newObserver(t *testing.T, c observe.Config) *observe.Observer {
	t.Helper()
	o, err := observe.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// closeNow sends what waits.
func closeNow(t *testing.T, o *observe.Observer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := o.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

const (
	parentTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	parentSpan  = "00f067aa0ba902b7"
)

func TestTraceparent(t *testing.T) {
	t.Parallel()
	o := newObserver(t, observe.Config{})
	for text, taken := range map[string]bool{
		"00-" + parentTrace + "-" + parentSpan + "-01":      true,
		"00-" + parentTrace + "-" + parentSpan + "-00":      true,
		"cc-" + parentTrace + "-" + parentSpan + "-01-what": true,
		"":                                     false,
		"00-" + parentTrace + "-" + parentSpan: false,
		"00-" + parentTrace + "-" + parentSpan + "-01-what":             false,
		"ff-" + parentTrace + "-" + parentSpan + "-01":                  false,
		"00-" + strings.ToUpper(parentTrace) + "-" + parentSpan + "-01": false,
		"00-" + strings.Repeat("0", 32) + "-" + parentSpan + "-01":      false,
		"00-" + parentTrace + "-" + strings.Repeat("0", 16) + "-01":     false,
		"00-" + parentTrace[1:] + "-" + parentSpan + "-01":              false,
		"0x-" + parentTrace + "-" + parentSpan + "-01":                  false,
		"00-" + parentTrace + "-" + parentSpan + "-zz":                  false,
	} {
		_, r := o.Request(t.Context(), observe.Origin{Traceparent: text, Trusted: true})
		if (r.TraceID() == parentTrace) != taken {
			t.Errorf("%q leads to the trace %s", text, r.TraceID())
		}
		// Without anybody to tell, nothing is kept, and the answer says so.
		if parts := strings.Split(r.Traceparent(), "-"); len(parts) != 4 || parts[1] != r.TraceID() || len(parts[2]) != 16 || parts[2] == parentSpan || parts[3] != "00" {
			t.Errorf("%q is answered %q", text, r.Traceparent())
		}
		r.End(observe.Outcome{Operation: "getMe", Method: "GET", Status: 200})
	}
}

// Who asks how the server is gets ids as everybody does, and is neither measured nor traced.
func TestProbes(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	o := newObserver(t, observe.Config{OTLPEndpoint: c.URL, TraceSampling: 1})
	ctx, r := o.Request(t.Context(), observe.Origin{Traceparent: "00-" + parentTrace + "-" + parentSpan + "-01", Trusted: true, Probe: true})
	_, end := o.Step(ctx, "merge")
	end(nil)
	if r.TraceID() != parentTrace || !strings.HasSuffix(r.Traceparent(), "-00") {
		t.Errorf("a probe is answered %s", r.Traceparent())
	}
	r.End(observe.Outcome{Operation: "getReadiness", Method: "GET", Status: 503})
	closeNow(t, o)
	page := httptest.NewRecorder()
	o.MetricsHandler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if len(c.spans) != 0 || o.Recent().All.Requests != 0 || strings.Contains(page.Body.String(), "getReadiness") || !strings.Contains(page.Body.String(), "laneway_http_requests_in_flight 0") {
		t.Errorf("a probe is seen: %v, %+v", c.spans, o.Recent())
	}
}

// collector is a fake collector: it keeps every span that it is sent.
type collector struct {
	*httptest.Server
	mu      sync.Mutex
	text    string
	spans   map[string]span // by id
	header  http.Header
	batches int
}

type span struct {
	TraceID, SpanID, ParentSpanID, Name, StartTimeUnixNano, EndTimeUnixNano string
	Kind                                                                    int
	Flags                                                                   int
	Status                                                                  struct{ Code int }
	Attributes                                                              []struct {
		Key   string
		Value struct{ StringValue, IntValue *string }
	}
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{spans: make(map[string]span)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := gzip.NewReader(r.Body)
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
			return
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		var batch struct {
			ResourceSpans []struct{ ScopeSpans []struct{ Spans []span } }
		}
		if err := json.Unmarshal(text, &batch); err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.text += string(text)
		c.header = r.Header
		c.batches++
		for _, rs := range batch.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				for _, s := range ss.Spans {
					c.spans[s.SpanID] = s
				}
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func TestTraces(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	o := newObserver(t, observe.Config{Version: "1.2.3", OTLPEndpoint: c.URL, OTLPHeaders: map[string]string{"Authorization": "Bearer secret"}, TraceSampling: 0})
	// The client's trace is kept because it is kept there; one begun here is not.
	for _, flags := range []string{"01", "00"} {
		ctx, r := o.Request(t.Context(), observe.Origin{Traceparent: "00-" + parentTrace + "-" + parentSpan + "-" + flags, Trusted: true})
		inner, end := o.Step(ctx, "merge")
		_, endInner := o.Step(inner, "draw")
		endInner(nil)
		end(errors.New("canary"))
		r.End(observe.Outcome{Operation: "saveDiagram", Method: "PUT", Route: "PUT /api/diagrams/{id}", Status: 503, RequestID: "r1", User: laneway.ID{1}, Organization: laneway.ID{2}})
	}
	_, r := o.Request(t.Context(), observe.Origin{})
	r.End(observe.Outcome{Operation: "getMe", Method: "GET", Status: 200})
	closeNow(t, o)
	byName := make(map[string]span)
	for _, s := range c.spans {
		byName[s.Name] = s
	}
	request, merge, draw := byName["saveDiagram"], byName["merge"], byName["draw"]
	if len(c.spans) != 3 || request.ParentSpanID != parentSpan || merge.ParentSpanID != request.SpanID || draw.ParentSpanID != merge.SpanID {
		t.Fatalf("the spans are %+v", c.spans)
	}
	if request.TraceID != parentTrace || request.Kind != 2 || merge.Kind != 1 || request.Status.Code != 2 || merge.Status.Code != 2 || draw.Status.Code != 0 {
		t.Errorf("the spans say %+v", c.spans)
	}
	if request.Flags != 0x301 || merge.Flags != 0x101 {
		t.Errorf("the flags are %#x and %#x", request.Flags, merge.Flags)
	}
	for _, part := range []string{`{"key":"service.version","value":{"stringValue":"1.2.3"}}`, `{"key":"http.response.status_code","value":{"intValue":"503"}}`,
		`{"key":"http.route","value":{"stringValue":"PUT /api/diagrams/{id}"}}`, `{"key":"user.id","value":{"stringValue":"01000000-0000-0000-0000-000000000000"}}`} {
		if !strings.Contains(c.text, part) {
			t.Errorf("%s is missing in %s", part, c.text)
		}
	}
	if c.header.Get("Authorization") != "Bearer secret" || strings.Contains(c.text, "canary") {
		t.Errorf("the headers are %v, the body %s", c.header, c.text)
	}
}

// One trace in ten is kept, and whoever is not trusted cannot change that by what they send.
func TestSampling(t *testing.T) {
	t.Parallel()
	for name, traceparent := range map[string]string{
		"none came": "", "one came": "00-" + parentTrace + "-" + parentSpan + "-01", "one came with an id that the lot would draw": "00-00000000000000010000000000000001-" + parentSpan + "-01",
	} {
		t.Run(name, func(t *testing.T) {
			c := newCollector(t)
			o := newObserver(t, observe.Config{OTLPEndpoint: c.URL, TraceSampling: 0.1})
			for range 2000 {
				_, r := o.Request(t.Context(), observe.Origin{Traceparent: traceparent})
				r.End(observe.Outcome{Operation: "getMe", Method: "GET", Status: 200})
			}
			closeNow(t, o)
			// 200 are meant; ten standard deviations are 134.
			if n := len(c.spans); n < 66 || n > 334 {
				t.Errorf("%d of 2,000 are kept", n)
			}
		})
	}
}

// A collector that takes the connection and never answers, and none at all: requests do not notice, memory has
// an end, and closing does not hang.
func TestCollectorThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(release) })
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, address := range map[string]string{"slow": slow.URL, "gone": gone.URL} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			o := newObserver(t, observe.Config{OTLPEndpoint: address, TraceSampling: 1, BatchEvery: time.Millisecond, Log: &log})
			begun := time.Now()
			for range 5000 {
				_, r := o.Request(t.Context(), observe.Origin{})
				r.End(observe.Outcome{Operation: "getMe", Method: "GET", Status: 200})
			}
			// Waiting for the collector would take 5 s for each of the six batches that the queue has no room for.
			if took := time.Since(begun); took > 25*time.Second {
				t.Errorf("5,000 requests took %v", took)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if err := o.Close(ctx); err != nil {
				t.Error(err)
			}
			if name == "gone" && strings.Count(log.String(), "do not reach the collector") != 1 {
				t.Errorf("the log says %s", log.String())
			}
		})
	}
}

// fakeSentry is a fake ingest: it takes envelopes apart.
type fakeSentry struct {
	*httptest.Server
	mu     sync.Mutex
	text   string
	events []map[string]any
}

func newSentry(t *testing.T) *fakeSentry {
	t.Helper()
	f := &fakeSentry{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			var err error
			if body, err = gzip.NewReader(r.Body); err != nil {
				t.Error(err)
				return
			}
		}
		text, err := io.ReadAll(body)
		if err != nil || r.URL.Path != "/api/7/envelope/" {
			t.Errorf("%s: %v", r.URL, err)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.text += string(text)
		f.events = append(f.events, openEnvelope(t, text)...)
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fakeSentry) dsn() string { return strings.Replace(f.URL, "://", "://key@", 1) + "/7" }

// openEnvelope gives the items that are events and transactions: a header for all, then for each item a header
// and as many bytes as it says, or one line.
func openEnvelope(t *testing.T, text []byte) []map[string]any {
	t.Helper()
	_, rest, _ := bytes.Cut(text, []byte("\n"))
	var events []map[string]any
	for len(bytes.TrimSpace(rest)) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		var header struct {
			Type   string
			Length *int
		}
		if err := json.Unmarshal(line, &header); err != nil {
			t.Errorf("%q: %v", line, err)
			return events
		}
		var payload []byte
		if header.Length != nil {
			payload, rest = rest[:*header.Length], bytes.TrimPrefix(rest[*header.Length:], []byte("\n"))
		} else {
			payload, rest, _ = bytes.Cut(rest, []byte("\n"))
		}
		if header.Type == "event" || header.Type == "transaction" {
			var e map[string]any
			if err := json.Unmarshal(payload, &e); err != nil {
				t.Error(err)
			}
			events = append(events, e)
		}
	}
	return events
}

// What goes to Sentry is what stands on the list, with every field full of canaries that must not.
func TestSentryTellsWhatIsAllowed(t *testing.T) {
	t.Parallel()
	f := newSentry(t)
	o := newObserver(t, observe.Config{Version: "1.2.3", Environment: "staging", SentryDSN: f.dsn(), TraceSampling: 1})
	ctx, r := o.Request(t.Context(), observe.Origin{})
	cause := fmt.Errorf("canary: %w", errors.Join(&laneway.Error{Kind: laneway.Internal, Detail: "canary", Cause: &pgconn.PgError{Code: "23505", Message: "canary", Detail: "canary"}}))
	log := o.Logger().With("request_id", "r1", "header", "canary")
	log.ErrorContext(ctx, "request failed", "operation", "saveDiagram", "route", "PUT /api/diagrams/{id}", "user", "u1", "organization", "o1",
		"kind", "internal", "error", cause, "body", "canary", "stack", "canary", slog.Group("canary", "kind", "canary"))
	log.WarnContext(ctx, "canary: not an error")
	func() {
		defer func() { log.ErrorContext(ctx, "panic", "panic", recover()) }()
		var list []int
		_ = list[len("canary")]
	}()
	_, end := o.Step(ctx, "merge")
	end(nil)
	r.End(observe.Outcome{Operation: "saveDiagram", Method: "PUT", Route: "PUT /api/diagrams/{id}", Status: 500, RequestID: "r1", User: laneway.ID{1}, Organization: laneway.ID{2}})
	closeNow(t, o)

	if strings.Contains(f.text, "canary") {
		t.Errorf("a canary got out: %s", f.text)
	}
	byType := make(map[string][]map[string]any)
	for _, e := range f.events {
		kind, _ := e["type"].(string)
		byType[kind] = append(byType[kind], e)
		for key := range e {
			switch key {
			case "event_id", "type", "level", "platform", "timestamp", "start_timestamp", "release", "environment", "transaction", "fingerprint", "server_name",
				"sdk", "tags", "contexts", "exception", "user", "spans", "transaction_info":
			default:
				t.Errorf("%s is not on the list: %v", key, e[key])
			}
		}
		if e["release"] != "1.2.3" || e["environment"] != "staging" || e["server_name"] != "laneway" {
			t.Errorf("%v, %v, %v", e["release"], e["environment"], e["server_name"])
		}
	}
	if len(byType[""]) != 2 || len(byType["transaction"]) != 1 {
		t.Fatalf("%d errors and %d transactions: %s", len(byType[""]), len(byType["transaction"]), f.text)
	}
	for _, part := range []string{
		`"tags":{"kind":"internal","operation":"saveDiagram","organization":"o1","request_id":"r1","route":"PUT /api/diagrams/{id}"}`,
		`"user":{"id":"u1"}`, `*fmt.wrapError \u003c *errors.joinError \u003c *laneway.Error internal \u003c *pgconn.PgError 23505`,
		`"function":"TestSentryTellsWhatIsAllowed`, `index out of range [6] with length 0`,
		`"op":"merge"`, `"transaction":"saveDiagram"`, `"status":"500"`,
	} {
		if !strings.Contains(f.text, part) {
			t.Errorf("%s is missing in %s", part, f.text)
		}
	}
	for _, e := range f.events {
		if c, _ := e["contexts"].(map[string]any)["trace"].(map[string]any); c["trace_id"] != r.TraceID() {
			t.Errorf("the trace is %v, want %s", c, r.TraceID())
		}
	}
}

// Without a DSN nobody is called, whatever the environment of the process says.
func TestSentryIsOffWithoutDSN(t *testing.T) {
	f := newSentry(t)
	t.Setenv("SENTRY_DSN", f.dsn())
	o := newObserver(t, observe.Config{TraceSampling: 1})
	ctx, r := o.Request(t.Context(), observe.Origin{})
	o.Logger().ErrorContext(ctx, "request failed", "error", errors.New("x"))
	r.End(observe.Outcome{Operation: "getMe", Method: "GET", Status: 500})
	closeNow(t, o)
	if f.text != "" {
		t.Errorf("Sentry was told %s", f.text)
	}
}

func TestBadSettingsKeepSecrets(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]observe.Config{
		"no project": {SentryDSN: "https://canary@sentry.example.org"}, "no address": {SentryDSN: "canary"}, "another protocol": {SentryDSN: "ftp://canary@host/1"},
		"collector": {OTLPEndpoint: "canary:4318"}, "collector with a query": {OTLPEndpoint: "http://host/?canary"},
	} {
		if _, err := observe.New(c); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for text, want := range map[string]map[string]string{
		"": {}, "a=b": {"a": "b"}, " api-key = x%20y , b=c=d": {"api-key": "x y", "b": "c=d"}, "canary": nil, "=canary": nil, "a=%0d%0acanary": nil, "a=%zzcanary": nil,
	} {
		have, err := observe.ParseHeaders(text)
		if want == nil {
			if err == nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("%q: %v, %v", text, have, err)
			}
			continue
		}
		if err != nil || fmt.Sprint(have) != fmt.Sprint(want) {
			t.Errorf("%q: %v, %v", text, have, err)
		}
	}
}

func TestRecent(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	o := newObserver(t, observe.Config{Now: func() time.Time { return now }})
	request := func(operation string, status int, took time.Duration) {
		_, r := o.Request(t.Context(), observe.Origin{})
		now = now.Add(took)
		r.End(observe.Outcome{Operation: operation, Method: "GET", Status: status})
		now = now.Add(-took)
	}
	for range 95 {
		request("listDiagrams", 200, 3*time.Millisecond)
	}
	for range 5 {
		request("listDiagrams", 500, 40*time.Millisecond)
	}
	request("getMe", 401, time.Minute)
	f := o.Recent()
	if f.All.Requests != 101 || f.All.Failed != 5 || len(f.Operations) != 2 || f.Operations[0].Operation != "listDiagrams" {
		t.Fatalf("%+v", f)
	}
	// 95 of 100 lie in the bucket from 2.5 to 5 ms, so the 95th is its upper end; the last one lies beyond all.
	if got := f.Operations[0]; got.P95 != 5*time.Millisecond || got.P99 < 25*time.Millisecond || got.P99 > 50*time.Millisecond || got.P50 > 5*time.Millisecond {
		t.Errorf("%+v", got)
	}
	if got := f.Operations[1].P95; got != 10*time.Second {
		t.Errorf("the slowest bucket is told as %v", got)
	}
	now = now.Add(observe.Window - 10*time.Second)
	if n := o.Recent().All.Requests; n != 101 {
		t.Errorf("%d requests before the window ends", n)
	}
	now = now.Add(80 * time.Second) // the slowest ended a minute later
	if n := o.Recent().All.Requests; n != 0 {
		t.Errorf("%d requests after the window", n)
	}
}
