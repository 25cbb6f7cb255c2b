package httpapi

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"laneway"
	"laneway/internal/ratelimit"
)

// classOf gives the class of requests that a row belongs to; "" is never limited: a probe that is refused
// would take a server out of service that works.
func classOf(row route) ratelimit.Class {
	switch {
	case row.path == "/healthz" || row.path == "/readyz":
		return ""
	case row.method == http.MethodGet: // also on the way through another service: no password is tried, and no secret guessed
		return ratelimit.Read
	case row.access == anonymous && strings.HasPrefix(row.path, "/api/auth/") && row.path != "/api/auth/sign-out",
		strings.HasPrefix(row.path, "/api/invitations/"), row.path == "/api/me/password":
		return ratelimit.SignIn
	case strings.HasSuffix(row.path, "/presence"), row.path == "/api/vitals": // an office is one address
		return ratelimit.Live
	case row.access == laneway.ReadDiagrams:
		return ratelimit.Read
	}
	return ratelimit.Write
}

// limit counts the request, and refuses it where it is one too many: by person where one is known, else by
// address. What takes a password counts by address whoever asks, so that nobody guesses as somebody else.
func (s *server) limit(w http.ResponseWriter, r *request, row route) error {
	class := classOf(row)
	if s.limiter == nil || class == "" {
		return nil
	}
	key := "address " + addressKey(s.clientAddress(r.Request))
	if class != ratelimit.SignIn && !r.account.User.ID.IsZero() {
		key = "user " + r.account.User.ID.String()
		if row.method == http.MethodPut && row.path == "/api/diagrams/{id}" {
			// With others there a save goes out 300 ms after each change. Who may not even read has no company.
			if company, err := s.platform.InCompany(r.actor, r.diagramID()); err == nil && company {
				class = ratelimit.Live
			}
		}
	}
	d := s.limiter.Take(class, key)
	if !d.Limited {
		return nil
	}
	// The names and forms are those of draft-ietf-httpapi-ratelimit-headers-11.
	h := w.Header()
	h.Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", d.Class, d.Limit.Requests, int(d.Limit.Window/time.Second)))
	h.Set("RateLimit", fmt.Sprintf("%q;r=%d;t=%s", d.Class, d.Remaining, retryAfter(d.Reset)))
	if d.Allowed {
		return nil
	}
	return &laneway.Error{
		Kind:       laneway.RateLimited,
		Detail:     fmt.Sprintf("At most %d requests of this kind in %s. Try again in %s s.", d.Limit.Requests, d.Limit.Window, retryAfter(d.Reset)),
		RetryAfter: d.Reset,
	}
}

// addressKey is what one household or machine has in common: an IPv4 address, or the first 64 bits of an IPv6 one.
func addressKey(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Is4() {
		return address
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
