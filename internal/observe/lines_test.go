package observe_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"laneway"
	"laneway/internal/observe"
)

// The line about a request is byte for byte what slog makes of it.
func TestLineIsThatOfSlog(t *testing.T) {
	t.Parallel()
	texts := rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9 /{}._:<>&%-]*`), rapid.String(), rapid.SampledFrom([]string{"", `"`, `\`, "\x00", "\x7f", "\xff", "a\u2028b", "ä", "\n"}))
	ids := rapid.SampledFrom([]laneway.ID{{}, {1, 2, 3}, {0xff, 15: 0xab}})
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("somewhere", rapid.IntRange(-12*3600/60, 14*3600/60).Draw(t, "zone")*60)
		now := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "second"), rapid.SampledFrom([]int64{0, 1, 120_000_000, 999_999_999}).Draw(t, "nanosecond")).In(zone)
		took := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "took"))
		var got, want bytes.Buffer
		clock := now.Add(-took)
		o, err := observe.New(observe.Config{Log: &got, Now: func() time.Time { return clock }})
		if err != nil {
			t.Fatal(err)
		}
		_, r := o.Request(context.Background(), observe.Origin{})
		clock = now
		out := observe.Outcome{Operation: texts.Draw(t, "operation"), Method: texts.Draw(t, "method"), Route: texts.Draw(t, "route"), RequestID: texts.Draw(t, "id"),
			Address: texts.Draw(t, "address"), Status: rapid.IntRange(0, 599).Draw(t, "status"), Bytes: rapid.Int64Min(0).Draw(t, "bytes"),
			User: ids.Draw(t, "user"), Organization: ids.Draw(t, "organization")}
		// Prometheus takes no labels but valid UTF-8; they are names of our own.
		out.Operation, out.Method = strings.ToValidUTF8(out.Operation, "?"), strings.ToValidUTF8(out.Method, "?")
		r.End(out)
		record := slog.NewRecord(now, slog.LevelInfo, "request", 0)
		record.AddAttrs(slog.String("request_id", out.RequestID), slog.String("operation", out.Operation), slog.String("method", out.Method),
			slog.String("route", out.Route), slog.Int("status", out.Status), slog.Duration("duration", took), slog.Int64("bytes", out.Bytes), slog.String("address", out.Address))
		if !out.User.IsZero() {
			record.AddAttrs(slog.String("user", out.User.String()))
		}
		if !out.Organization.IsZero() {
			record.AddAttrs(slog.String("organization", out.Organization.String()))
		}
		parts := strings.Split(r.Traceparent(), "-")
		record.AddAttrs(slog.String("trace_id", parts[1]), slog.String("span_id", parts[2]))
		if err := slog.NewJSONHandler(&want, nil).Handle(context.Background(), record); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Fatalf("the line is\n%s\nwant\n%s", got.String(), want.String())
		}
	})
}

// written is where a log goes: what it was given, write by write.
type written struct {
	mu     sync.Mutex
	writes []string
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes = append(w.writes, string(p))
	return len(p), nil
}

// said gives the operations and messages of each write, and forgets them.
func (w *written) said() [][]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var said [][]string
	for _, text := range w.writes {
		var one []string
		for line := range strings.Lines(text) {
			_, after, found := strings.Cut(line, `"operation":"`)
			if !found {
				_, after, _ = strings.Cut(line, `"msg":"`)
			}
			word, _, _ := strings.Cut(after, `"`)
			one = append(one, word)
		}
		said = append(said, one)
	}
	w.writes = nil
	return said
}

// Lines about requests are written together, in order with all others and never later than was set; what cannot wait takes along
// what waits, and the end does, too.
func TestLinesAreGathered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log written
		o := newObserver(t, observe.Config{Log: &log, LogEvery: 100 * time.Millisecond})
		request := func(operation string) {
			_, r := o.Request(t.Context(), observe.Origin{})
			r.End(observe.Outcome{Operation: operation, Method: "GET", Status: 200})
		}
		want := func(what string, writes ...string) {
			t.Helper()
			synctest.Wait()
			var got []string
			for _, one := range log.said() {
				got = append(got, strings.Join(one, " "))
			}
			if strings.Join(got, "|") != strings.Join(writes, "|") {
				t.Errorf("%s: the writes are %q, want %q", what, got, writes)
			}
		}
		request("a")
		time.Sleep(99 * time.Millisecond)
		request("b")
		want("before the time is over")
		time.Sleep(time.Millisecond)
		want("at its end", "a b")
		time.Sleep(time.Hour)
		want("while nothing happens")
		request("c")
		request("d")
		o.Logger().Info("now")
		o.Logger().Info("again")
		want("what cannot wait", "c d now", "again")
		request("e")
		time.Sleep(100 * time.Millisecond)
		want("after it", "e")
		for range 1000 {
			request("f")
		}
		full := log.said()
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		lines := 0
		for _, one := range slices.Concat(full, log.said()) {
			lines += len(one)
		}
		if len(full) < 3 || len(full) > 10 || lines != 1000 {
			t.Errorf("%d lines of some 300 bytes, want 1,000; %d writes before the time was over", lines, len(full))
		}
		request("g")
		closeNow(t, o)
		want("the end", "g")
		request("h")
		request("i")
		want("after the end", "h", "i")
	})
}

// No line is lost or torn where many write at once.
func TestLinesFromEverywhere(t *testing.T) {
	t.Parallel()
	var log written
	o := newObserver(t, observe.Config{Log: &log, LogEvery: time.Millisecond})
	const writers, each = 8, 500
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for n := range each {
				if n%10 == 0 {
					o.Logger().Info("between")
					continue
				}
				_, r := o.Request(t.Context(), observe.Origin{})
				r.End(observe.Outcome{Operation: "getMe", Method: "GET", Status: 200})
			}
		})
	}
	all.Wait()
	closeNow(t, o)
	text := strings.Join(log.writes, "")
	if got := strings.Count(text, "\n"); got != writers*each {
		t.Errorf("%d lines, want %d", got, writers*each)
	}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, `{"time":"`) || !strings.HasSuffix(line, "\"}\n") || strings.Count(line, `"msg"`) != 1 {
			t.Fatalf("a torn line: %s", line)
		}
	}
}

// A request whose client went away is no fault of the server in the metrics, whatever was written; a quiet one has no line.
func TestGoneAndQuiet(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	o := newObserver(t, observe.Config{Log: &log})
	_, r := o.Request(t.Context(), observe.Origin{})
	r.End(observe.Outcome{Operation: "getMe", Method: "GET", Status: 500, Gone: true})
	if !strings.Contains(log.String(), `"status":500`) {
		t.Errorf("the log is %s", log.String())
	}
	log.Reset()
	_, r = o.Request(t.Context(), observe.Origin{})
	r.End(observe.Outcome{Operation: "getMe", Method: "GET", Status: 200, Quiet: true})
	page := httptest.NewRecorder()
	o.MetricsHandler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, class := range []string{"2xx", "4xx"} {
		if !strings.Contains(page.Body.String(), `laneway_http_request_duration_seconds_count{method="GET",operation="getMe",status="`+class+`"} 1`) {
			t.Errorf("none is measured as %s", class)
		}
	}
	if log.Len() != 0 || o.Recent().All.Failed != 0 {
		t.Errorf("the log is %s, %d failed", log.String(), o.Recent().All.Failed)
	}
}
