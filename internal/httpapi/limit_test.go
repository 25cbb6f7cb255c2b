package httpapi_test

import (
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"laneway/internal/httpapi/apitest"
	"laneway/internal/ratelimit"
)

// TestRateLimits: each person has windows of their own, by class; whoever is nobody has those of the address; and
// every answer says what is left.
func TestRateLimits(t *testing.T) {
	t.Parallel()
	var moved atomic.Int64
	start := time.Now()
	s := apitest.New(t, apitest.Config{
		Limits: ratelimit.Limits{
			ratelimit.Read: {Requests: 4, Window: time.Minute}, ratelimit.Write: {Requests: 2, Window: time.Minute},
			ratelimit.Live: {Requests: 5, Window: time.Minute}, ratelimit.SignIn: {Requests: 3, Window: time.Minute},
		},
		Now:            func() time.Time { return start.Add(time.Duration(moved.Load())) },
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	list := apitest.Scenario{Method: "GET", URL: "/api/diagrams", As: mira, Status: 200}
	for n, left := range []string{"3", "2", "1", "0"} {
		c := list
		c.WantHeaders = map[string]string{"RateLimit-Policy": `"read";q=4;w=60`, "RateLimit": `"read";r=` + left + `;t=60`}
		if n == 3 {
			c.Headers = map[string]string{"If-None-Match": "*"} // that nothing changed counts, too
			c.Status = 304
		}
		s.Run(t, c)
	}
	refused := list
	refused.Status, refused.Kind, refused.WantHeaders = 429, "rate-limited", map[string]string{"Retry-After": "60", "RateLimit": `"read";r=0;t=60`}
	s.Run(t, refused)
	s.Run(t, apitest.Scenario{Name: "another address of the same class", Method: "GET", URL: "/api/me", As: mira, Status: 429})
	s.Run(t, apitest.Scenario{Name: "somebody else", Method: "GET", URL: "/api/diagrams", As: otto, Status: 200})
	d := s.Create(t, mira, "A", apitest.Document("A"))
	trash := apitest.Scenario{Method: "DELETE", URL: "/api/diagrams/" + d.ID, As: mira, Status: 204}
	s.Run(t, trash)
	restore := apitest.Scenario{Name: "a third write", Method: "POST", URL: "/api/diagrams/" + d.ID + "/restore", As: mira, Status: 429, Kind: "rate-limited"}
	s.Run(t, restore)
	moved.Store(int64(time.Minute - time.Second))
	s.Run(t, restore)
	moved.Store(int64(time.Minute + time.Second))
	restore.Status, restore.Kind = 200, ""
	s.Run(t, restore)
	list.Status = 200
	s.Run(t, list)

	// In company saves are of the class live.
	seat := func(session string) {
		t.Helper()
		s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/diagrams/" + d.ID + "/presence", As: mira, Status: 200, Body: `{"session":"` + session + `"}`, WantHeaders: map[string]string{"RateLimit-Policy": `"live";q=5;w=60`}})
	}
	rename := func(version string, class string) {
		t.Helper()
		s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + d.ID, As: mira, Status: 200, Body: `{"title":"B` + version + `","expectedVersion":` + version + `}`, WantHeaders: map[string]string{"RateLimit-Policy": class}})
	}
	seat("one")
	rename("1", `"write";q=2;w=60`)
	seat("two")
	rename("2", `"live";q=5;w=60`)

	// Passwords and guesses count by address, and probes never do.
	guess := apitest.Scenario{Method: "POST", URL: "/api/auth/sign-in", Status: 401, Body: `{"email":"nobody@example.org","password":"nothing of that kind"}`}
	from := func(c apitest.Scenario, address string, status int) {
		t.Helper()
		c.Headers, c.Status = map[string]string{"X-Forwarded-For": address}, status
		s.Run(t, c)
	}
	for range 3 {
		from(guess, "198.51.100.7", 401)
	}
	from(guess, "198.51.100.7", 429)
	from(guess, "198.51.100.8", 401)
	for range 3 {
		from(guess, "2001:db8:1:2::1", 401)
	}
	from(guess, "2001:db8:1:2:3::9", 429) // of the same 64 bits
	from(guess, "2001:db8:1:3::1", 401)
	stranger := apitest.Scenario{Method: "GET", URL: "/api/diagrams", Headers: map[string]string{}}
	for range 4 {
		from(stranger, "198.51.100.9", 401)
	}
	from(stranger, "198.51.100.9", 429)
	for range 10 {
		s.Run(t, apitest.Scenario{Method: "GET", URL: "/healthz", Status: 200})
	}
}
