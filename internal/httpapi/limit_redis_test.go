package httpapi_test

import (
	"testing"
	"time"

	"laneway/internal/httpapi/apitest"
	"laneway/internal/ratelimit"
	"laneway/internal/redis"
	"laneway/internal/redistest"
)

// TestRequestsWithoutRedis: lists and sign-in are answered as ever while Redis answers nothing, refuses, and is
// back, and what takes a password is limited all the while.
func TestRequestsWithoutRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	limits := ratelimit.DefaultLimits()
	limits[ratelimit.SignIn] = ratelimit.Limit{Requests: 6, Window: time.Hour}
	r, err := redis.Open(server.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	s := apitest.New(t, apitest.Config{Limiter: ratelimit.NewShared(limits, r)})
	mira := s.SignUp(t, "mira") // the first of six
	list := apitest.Scenario{Method: "GET", URL: "/api/diagrams", As: mira, Status: 200, WantHeaders: map[string]string{"RateLimit-Policy": `"read";q=600;w=60`}}
	signIn := apitest.Scenario{Method: "POST", URL: "/api/auth/sign-in", Status: 401, Body: `{"email":"nobody@example.org","password":"nothing of that kind"}`}
	for _, harm := range []func(){func() {}, server.Freeze, server.Thaw, server.Stop, server.Resume} {
		harm()
		for range 3 {
			s.Run(t, list)
		}
		s.Run(t, signIn)
	}
	signIn.Status, signIn.Kind = 429, "rate-limited"
	s.Run(t, signIn)
}
