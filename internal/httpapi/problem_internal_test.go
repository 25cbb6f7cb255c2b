package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"laneway"
)

// Every kind of the domain has its status; the list here is that of API.md.
func TestKinds(t *testing.T) {
	t.Parallel()
	for kind, want := range map[laneway.Kind]int{
		laneway.Malformed: 400, laneway.Unauthenticated: 401, laneway.Forbidden: 403, laneway.QuotaExceeded: 403,
		laneway.NotFound: 404, laneway.Conflict: 409, laneway.TooLarge: 413, laneway.UnsupportedMediaType: 415,
		laneway.Invalid: 422, laneway.VersionRequired: 428, laneway.BaselineRequired: 428, laneway.RateLimited: 429,
		laneway.Internal: 500, laneway.Unavailable: 503, laneway.StorageFull: 507, methodNotAllowed: 405,
	} {
		if info, ok := describeKind(kind); !ok || info.status != want || info.title == "" || info.meaning == "" {
			t.Errorf("%s: %+v, want status %d", kind, info, want)
		}
	}
	if _, ok := describeKind("something else"); ok {
		t.Error("an unknown kind has a status")
	}
}

func TestRetryAfterRoundsUp(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]string{1: "1", time.Second: "1", time.Second + 1: "2", 90 * time.Second: "90"} {
		if have := retryAfter(wait); have != want {
			t.Errorf("%v: %s, want %s", wait, have, want)
		}
	}
}

// A client that goes away is no fault of the server: it must not raise the rate of errors.
func TestGoneClientIsNoError(t *testing.T) {
	t.Parallel()
	waited := fmt.Errorf("wait for a slot: %w", context.Canceled)
	for name, leaves := range map[string]bool{"stays": false, "leaves": true} {
		ctx, leave := context.WithCancel(context.WithValue(t.Context(), exchangeKey{}, &exchange{}))
		if leaves {
			leave()
		}
		s := &server{log: slog.New(slog.DiscardHandler)}
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx)
		s.fail(w, r, waited)
		if out := exchangeOf(ctx).outcome(r, w.Code); out.Gone != leaves || !leaves && out.Status != http.StatusInternalServerError {
			t.Errorf("a client that %s is told as gone %t, status %d", name, out.Gone, out.Status)
		}
		leave()
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	trusting := &server{trustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}
	for name, c := range map[string]struct {
		server *server
		peer   string
		hops   []string
		want   string
	}{
		"nobody is trusted":                 {&server{}, "10.0.0.1:80", []string{"203.0.113.7"}, "10.0.0.1"},
		"a stranger claims":                 {trusting, "198.51.100.9:80", []string{"203.0.113.7"}, "198.51.100.9"},
		"one proxy":                         {trusting, "10.0.0.1:80", []string{"203.0.113.7"}, "203.0.113.7"},
		"two proxies":                       {trusting, "10.0.0.1:80", []string{"203.0.113.7, 10.0.0.2"}, "203.0.113.7"},
		"two headers":                       {trusting, "10.0.0.1:80", []string{"203.0.113.7", "10.0.0.2"}, "203.0.113.7"},
		"the client's claim stands before":  {trusting, "10.0.0.1:80", []string{"127.0.0.1, 203.0.113.7"}, "203.0.113.7"},
		"nonsense ends the walk":            {trusting, "10.0.0.1:80", []string{"203.0.113.7, nonsense"}, "10.0.0.1"},
		"nothing behind the proxy":          {trusting, "10.0.0.1:80", nil, "10.0.0.1"},
		"all are proxies":                   {trusting, "10.0.0.1:80", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"IPv6":                              {trusting, "[fd00::1]:80", []string{"2001:db8::7"}, "2001:db8::7"},
		"IPv4 written as IPv6":              {trusting, "[::ffff:10.0.0.1]:80", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		"a zone is no part of who it is":    {&server{}, "[fe80::1%eth0]:80", nil, "fe80::1"},
		"no address at all (a Unix socket)": {trusting, "@", []string{"203.0.113.7"}, "@"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.peer
			r.Header["X-Forwarded-For"] = c.hops
			if have := c.server.clientAddress(r); have != c.want {
				t.Errorf("address %s, want %s", have, c.want)
			}
		})
	}
}
