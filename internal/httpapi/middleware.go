package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"

	"laneway"
)

// exchange is what the log tells about one request. It is the only thing in a request's context;
// handlers fill it in as they learn more.
type exchange struct {
	id           string
	route        string
	user         laneway.ID
	organization laneway.ID
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// observe gives each request its id and writes one line about it to the log: never a body, a cookie,
// or an address with what people typed into it.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.now()
		x := &exchange{id: s.requestID(r), route: "none"}
		w.Header().Set("X-Request-Id", x.id)
		out := &recorder{ResponseWriter: w}
		defer func() {
			level := slog.LevelInfo
			if out.status < 400 && (x.route == "GET /healthz" || x.route == "GET /readyz") { // these come every few seconds
				level = slog.LevelDebug
			}
			attrs := []slog.Attr{
				slog.String("request_id", x.id),
				slog.String("method", r.Method),
				slog.String("route", x.route),
				slog.Int("status", out.status),
				slog.Duration("duration", s.now().Sub(start)),
				slog.Int64("bytes", out.bytes),
				slog.String("address", s.clientAddress(r)),
			}
			if !x.user.IsZero() {
				attrs = append(attrs, slog.String("user", x.user.String()))
			}
			if !x.organization.IsZero() {
				attrs = append(attrs, slog.String("organization", x.organization.String()))
			}
			s.log.LogAttrs(r.Context(), level, "request", attrs...)
		}()
		next.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x)))
	})
}

func (s *server) logPanic(r *http.Request, v any) {
	x := exchangeOf(r.Context())
	s.log.LogAttrs(r.Context(), slog.LevelError, "panic",
		slog.String("request_id", x.id), slog.String("route", x.route),
		slog.String("error", fmt.Sprint(v)), slog.String("stack", string(debug.Stack())))
}

// maxRequestID bounds ids that clients send; they end up in the log.
const maxRequestID = 128

// requestID takes the client's own id where it is a plain word, else the trace id of a valid
// traceparent, else makes one.
func (s *server) requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && len(id) <= maxRequestID && isWord(id) {
		return id
	}
	// W3C Trace Context: version, trace id, parent id, flags.
	if parts := strings.Split(r.Header.Get("Traceparent"), "-"); len(parts) >= 4 && len(parts[0]) == 2 && parts[0] != "ff" && len(parts[1]) == 32 {
		if _, err := hex.DecodeString(parts[1]); err == nil && strings.Trim(parts[1], "0") != "" && parts[1] == strings.ToLower(parts[1]) {
			return parts[1]
		}
	}
	var b [16]byte
	if _, err := io.ReadFull(s.rand, b[:]); err != nil {
		panic(fmt.Errorf("read random bytes for a request id: %w", err))
	}
	return hex.EncodeToString(b[:])
}

func isWord(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' && c != '.'
	})
}

// contentSecurityPolicy allows the studio what it needs and nothing else. Inline style attributes are
// what the diagram editor positions things with.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"

// documentSecurityPolicy goes with bytes that users uploaded: whatever they are, they do nothing.
const documentSecurityPolicy = "sandbox; default-src 'none'"

// secure sets the headers that every answer carries. Handlers may replace Cache-Control and the policy.
func (s *server) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		h.Set("Cache-Control", "private, no-store")
		if s.stopping != nil && s.stopping() {
			h.Set("Connection", "close")
		}
		if s.isHTTPS(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
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
