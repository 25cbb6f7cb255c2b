package httpapi

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"

	"laneway"
	"laneway/internal/observe"
)

// exchange is what the log tells about one request. It is the only thing in a request's context;
// handlers fill it in as they learn more.
type exchange struct {
	id           string
	operation    string // its name in openapi.yaml; "studio" for files of the web page, "none" for no address
	route        string
	user         laneway.ID
	organization laneway.ID
	gone         bool // the client went away before it was answered
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// observe gives each request its id and its place in a trace, measures it, and writes one line about it to
// the log: never a body, a cookie, or an address with what people typed into it.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, known := peerAddress(r)
		probe := s.operations || r.URL.Path == "/healthz" || r.URL.Path == "/readyz"
		ctx, seen := s.observer.Request(r.Context(), observe.Origin{
			Traceparent: r.Header.Get("Traceparent"), Trusted: known && s.isTrusted(peer), Probe: probe,
		})
		x := &exchange{id: requestID(r, seen.TraceID()), operation: noOperation, route: noOperation}
		h, ids := w.Header(), [...]string{x.id, seen.Traceparent()}
		h["X-Request-Id"], h["Traceresponse"] = ids[0:1:1], ids[1:2:2]
		out := &recorder{ResponseWriter: w}
		defer func() {
			outcome := x.outcome(r, out.status)
			outcome.Bytes, outcome.Address = out.bytes, s.clientAddress(r)
			// Probes come every few seconds; of those there is a line only about one that fails.
			outcome.Quiet = out.status < 400 && probe && !strings.HasPrefix(x.route, profilerRoute)
			seen.End(outcome)
		}()
		next.ServeHTTP(out, r.WithContext(context.WithValue(ctx, exchangeKey{}, x)))
	})
}

// noOperation stands for a request that no row took.
const noOperation = "none"

// outcome is what is told of the request: names out of our own tables, numbers and ids.
func (x *exchange) outcome(r *http.Request, status int) observe.Outcome {
	return observe.Outcome{Operation: x.operation, Method: knownMethod(r.Method), Route: x.route, Status: status, RequestID: x.id,
		User: x.user, Organization: x.organization, Gone: x.gone}
}

// attrs are what every line about the request has in common.
func (x *exchange) attrs() []slog.Attr {
	list := []slog.Attr{slog.String("request_id", x.id), slog.String("operation", x.operation), slog.String("route", x.route)}
	if !x.user.IsZero() {
		list = append(list, slog.String("user", x.user.String()))
	}
	if !x.organization.IsZero() {
		list = append(list, slog.String("organization", x.organization.String()))
	}
	return list
}

// knownMethod keeps what clients make up out of labels: a method is any word that they like.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

func (s *server) logPanic(r *http.Request, v any) {
	s.log.LogAttrs(r.Context(), slog.LevelError, "panic",
		append(exchangeOf(r.Context()).attrs(), panicAttr(v), slog.String("stack", string(debug.Stack())))...)
}

// panicAttr tells a panic's value: an error as one, so that its type can be told where its text cannot.
func panicAttr(v any) slog.Attr {
	if err, ok := v.(error); ok {
		return slog.Any("panic", err)
	}
	return slog.String("panic", fmt.Sprint(v))
}

// maxRequestID bounds ids that clients send; they end up in the log.
const maxRequestID = 128

// requestID takes the client's own id where it is a plain word, else the id of the trace.
func requestID(r *http.Request, traceID string) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && len(id) <= maxRequestID && isWord(id) {
		return id
	}
	return traceID
}

func isWord(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' && c != '.'
	})
}

// pagePolicy allows the studio what it needs and nothing else. Inline style attributes are what the diagram
// editor positions things with. Reports of errors may go to their own origin, where there is one.
func pagePolicy(browserDSN string) string {
	connect := "'self'"
	if browserDSN != "" {
		origin, err := originOfDSN(browserDSN)
		if err != nil {
			panic(fmt.Sprintf("sentry-browser-dsn: %v", err)) // settings are checked before
		}
		connect += " " + origin
	}
	return "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
		"font-src 'self' data:; connect-src " + connect + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
}

// documentSecurityPolicy goes with bytes that users uploaded: whatever they are, they do nothing.
const documentSecurityPolicy = "sandbox; default-src 'none'"

// secure sets the headers that every answer carries. Handlers may replace Cache-Control and the policy. The values are shared by
// all answers: whoever adds to one of them gets a copy, as there is no room behind it. The names are in the form that net/http
// gives them, so that it need not.
func (s *server) secure(next http.Handler) http.Handler {
	policy, nosniff, noReferrer, sameOrigin := []string{s.policy}, []string{"nosniff"}, []string{"no-referrer"}, []string{"same-origin"}
	permissions := []string{"camera=(), microphone=(), geolocation=(), payment=(), usb=()"}
	noStore, closing, transport := []string{"private, no-store"}, []string{"close"}, []string{"max-age=31536000"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Content-Security-Policy"] = policy
		h["X-Content-Type-Options"] = nosniff
		h["Referrer-Policy"] = noReferrer
		h["Cross-Origin-Opener-Policy"] = sameOrigin
		h["Cross-Origin-Resource-Policy"] = sameOrigin
		h["Permissions-Policy"] = permissions
		h["Cache-Control"] = noStore
		if s.stopping != nil && s.stopping() {
			h["Connection"] = closing
		}
		if s.isHTTPS(r) {
			h["Strict-Transport-Security"] = transport
		}
		next.ServeHTTP(w, r)
	})
}

// isHTTPS tells whether the person's browser speaks HTTPS with us or with a proxy before us.
func (s *server) isHTTPS(r *http.Request) bool {
	if r.TLS != nil || s.publicHTTPS {
		return true
	}
	if peer, ok := peerAddress(r); ok && s.isTrusted(peer) {
		proto := r.Header.Get("X-Forwarded-Proto")
		// With several proxies in a row the first entry is the one nearest to the person.
		first, _, _ := strings.Cut(proto, ",")
		return strings.EqualFold(strings.TrimSpace(first), "https")
	}
	return false
}

// clientAddress gives the address that a request comes from, without port. X-Forwarded-For is read
// from its end, as far as each hop is a trusted proxy: what stands before is the client's own claim.
func (s *server) clientAddress(r *http.Request) string {
	at, ok := peerAddress(r)
	if !ok {
		return r.RemoteAddr
	}
	if !s.isTrusted(at) {
		return at.String()
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.isTrusted(at); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = hop.Unmap().WithZone("")
	}
	return at.String()
}

func peerAddress(r *http.Request) (netip.Addr, bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	return peer.Addr().Unmap().WithZone(""), true
}

func (s *server) isTrusted(a netip.Addr) bool {
	for _, p := range s.trustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// digestOf is the SHA-256 of method, address, type and body of a request.
func digestOf(r *http.Request, body []byte) [32]byte {
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type")} {
		fmt.Fprintf(h, "%d:%s\n", len(part), part)
	}
	h.Write(body)
	return [32]byte(h.Sum(nil))
}

// recorder remembers status and size of an answer.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
