package observe

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
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Bounds of what waits to be exported: spans beyond the queue are thrown away, so that neither memory nor
// requests ever wait for a collector.
const (
	spanQueue    = 2048
	spanBatch    = 512
	otlpDeadline = 5 * time.Second
)

// otlp exports spans by OTLP over HTTP in its JSON form. (The exporter that comes with OpenTelemetry brings
// gRPC and protobuf along, which doubles the program.)
type otlp struct {
	address  string
	headers  map[string]string
	client   *http.Client
	log      *slog.Logger
	outcomes *prometheus.CounterVec
	failing  atomic.Bool
}

// newOTLP makes an exporter to the collector at c.OTLPEndpoint.
func newOTLP(c Config, log *slog.Logger, outcomes *prometheus.CounterVec) (*otlp, error) {
	u, err := url.Parse(c.OTLPEndpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("otlp-endpoint: want an address such as http://127.0.0.1:4318")
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	if !strings.HasSuffix(u.Path, "/v1/traces") {
		u.Path += "/v1/traces"
	}
	return &otlp{
		address: u.String(), headers: c.OTLPHeaders, log: log, outcomes: outcomes,
		client: &http.Client{
			Timeout: otlpDeadline,
			// A redirect would take the headers somewhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second},
		},
	}, nil
}

// ExportSpans sends a batch, once: what a collector does not take is gone. It never gives an error, because
// there is nobody who could do anything about it; the log says when it begins to fail and when it ends.
func (e *otlp) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.send(ctx, spans)
	outcome := "exported"
	if err != nil {
		outcome = "failed"
	}
	e.outcomes.WithLabelValues(outcome).Add(float64(len(spans)))
	if failed := err != nil; e.failing.Swap(failed) != failed {
		if failed {
			e.log.Warn("traces do not reach the collector; they are thrown away until they do", "error", err)
		} else {
			e.log.Info("traces reach the collector again")
		}
	}
	return nil
}

// Shutdown closes idle connections.
func (e *otlp) Shutdown(context.Context) error {
	e.client.CloseIdleConnections()
	return nil
}

func (e *otlp) send(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	var body bytes.Buffer
	packed := gzip.NewWriter(&body)
	if err := json.NewEncoder(packed).Encode(toOTLP(spans)); err != nil {
		return fmt.Errorf("encode spans: %w", err)
	}
	if err := packed.Close(); err != nil {
		return fmt.Errorf("pack spans: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.address, &body)
	if err != nil {
		return err
	}
	for name, value := range e.headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Content-Encoding", "gzip")
	answer, err := e.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10) // so that the connection can be used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answered %d", answer.StatusCode)
	}
	return nil
}

// The JSON form of OTLP: ids in hexadecimal, 64-bit numbers as strings, enumerations as numbers.
type (
	otlpTraces struct {
		ResourceSpans []otlpResourceSpans `json:"resourceSpans"`
	}
	otlpResourceSpans struct {
		Resource   otlpAttributes   `json:"resource"`
		ScopeSpans []otlpScopeSpans `json:"scopeSpans"`
	}
	otlpAttributes struct {
		Attributes []otlpAttribute `json:"attributes"`
	}
	otlpScopeSpans struct {
		Scope otlpScope  `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpScope struct {
		Name string `json:"name"`
	}
	otlpSpan struct {
		TraceID      string          `json:"traceId"`
		SpanID       string          `json:"spanId"`
		ParentSpanID string          `json:"parentSpanId,omitempty"`
		Flags        uint32          `json:"flags"`
		Name         string          `json:"name"`
		Kind         int             `json:"kind"`
		Start        string          `json:"startTimeUnixNano"`
		End          string          `json:"endTimeUnixNano"`
		Attributes   []otlpAttribute `json:"attributes,omitempty"`
		Status       *otlpStatus     `json:"status,omitempty"`
	}
	otlpStatus struct {
		Code int `json:"code"`
	}
	otlpAttribute struct {
		Key   string    `json:"key"`
		Value otlpValue `json:"value"`
	}
	otlpValue struct {
		String *string `json:"stringValue,omitempty"`
		Int    *string `json:"intValue,omitempty"`
	}
)

// Bits of the flags beside W3C's own: whether it is known that the parent is on another machine, and that it is.
const (
	otlpRemoteKnown = 0x100
	otlpRemote      = 0x200
)

// otlpError is the code of a status that says that something failed.
const otlpError = 2

func toOTLP(spans []sdktrace.ReadOnlySpan) otlpTraces {
	if len(spans) == 0 {
		return otlpTraces{}
	}
	// All spans are this server's, from one place: one resource and one scope.
	group := otlpScopeSpans{Scope: otlpScope{Name: "laneway"}}
	for _, s := range spans {
		c, parent := s.SpanContext(), s.Parent()
		one := otlpSpan{
			TraceID: c.TraceID().String(), SpanID: c.SpanID().String(),
			Flags: uint32(c.TraceFlags()) | otlpRemoteKnown, Name: s.Name(), Kind: otlpKind(s.SpanKind()),
			Start: strconv.FormatInt(s.StartTime().UnixNano(), 10), End: strconv.FormatInt(s.EndTime().UnixNano(), 10),
			Attributes: toOTLPAttributes(s.Attributes()),
		}
		if parent.IsValid() {
			one.ParentSpanID = parent.SpanID().String()
			if parent.IsRemote() {
				one.Flags |= otlpRemote
			}
		}
		if s.Status().Code == codes.Error {
			one.Status = &otlpStatus{otlpError}
		}
		group.Spans = append(group.Spans, one)
	}
	return otlpTraces{[]otlpResourceSpans{{
		Resource:   otlpAttributes{toOTLPAttributes(spans[0].Resource().Attributes())},
		ScopeSpans: []otlpScopeSpans{group},
	}}}
}

func otlpKind(k trace.SpanKind) int {
	switch k {
	case trace.SpanKindServer:
		return 2
	case trace.SpanKindClient:
		return 3
	default:
		return 1 // internal
	}
}

// toOTLPAttributes knows the types that our spans have: texts and whole numbers.
func toOTLPAttributes(list []attribute.KeyValue) []otlpAttribute {
	out := make([]otlpAttribute, 0, len(list))
	for _, a := range list {
		value := otlpValue{}
		if a.Value.Type() == attribute.INT64 {
			text := strconv.FormatInt(a.Value.AsInt64(), 10)
			value.Int = &text
		} else {
			text := a.Value.String()
			value.String = &text
		}
		out = append(out, otlpAttribute{string(a.Key), value})
	}
	return out
}

// resourceOf says whose spans they are. The names are OpenTelemetry's.
func resourceOf(c Config) *resource.Resource {
	return resource.NewSchemaless(attribute.String("service.name", "laneway"), attribute.String("service.version", c.Version),
		attribute.String("deployment.environment.name", c.Environment))
}
