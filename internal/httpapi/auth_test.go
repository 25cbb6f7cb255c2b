package httpapi_test

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"laneway/internal/httpapi/apitest"
	"laneway/internal/platform"
)

func credentials(t *testing.T, email, password string) string {
	return apitest.JSON(t, map[string]string{"email": email, "password": password})
}

func TestAccount(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	a := s.Run(t, apitest.Scenario{
		Method: "POST", URL: "/api/auth/sign-up", Status: 201, Not: []string{apitest.Password},
		Body: apitest.JSON(t, map[string]string{"email": " Mira@Example.org ", "password": apitest.Password, "displayName": "Mira L.", "organizationName": "Harbour works"}),
		Want: []string{`"email":"mira@example.org"`, `"displayName":"Mira L."`, `"name":"Harbour works"`, `"plan":"free"`, `"role":"admin"`},
	})
	cookie := map[string]string{"Cookie": apitest.SessionCookie(t, a)}
	s.RunAll(t, []apitest.Scenario{
		{Name: "signed in by signing up", Method: "GET", URL: "/api/me", Headers: cookie, Status: 200, Want: []string{`"mira@example.org"`, `"Harbour works"`, `"defaultOrganizationId":"`}},
		{Name: "with no sample diagram", Method: "GET", URL: "/api/diagrams", Headers: cookie, Status: 200, Want: []string{`"data":[]`}},
		{Name: "the address is taken", Method: "POST", URL: "/api/auth/sign-up", Status: 409, Body: apitest.JSON(t, map[string]string{"email": "MIRA@example.org", "password": apitest.Password, "displayName": "Other"})},
		{Name: "sign in with the address in other letters", Method: "POST", URL: "/api/auth/sign-in", Status: 200, Body: credentials(t, "MIRA@example.ORG", apitest.Password), Want: []string{`"Harbour works"`}},
		{Name: "the wrong password", Method: "POST", URL: "/api/auth/sign-in", Status: 401, Kind: "unauthenticated", Body: credentials(t, "mira@example.org", "wrong-password-here")},
		{Name: "no password", Method: "POST", URL: "/api/auth/sign-in", Status: 401, Body: credentials(t, "mira@example.org", "")},
		{Name: "half of what is needed", Method: "POST", URL: "/api/auth/sign-in", Status: 422, Reason: "required", Body: `{"email":"mira@example.org"}`},
	})
	out := s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/auth/sign-out", Headers: cookie, Status: 204})
	if cleared := out.Header.Get("Set-Cookie"); !strings.HasPrefix(cleared, "laneway=;") || !strings.Contains(cleared, "Max-Age=0") {
		t.Errorf("sign-out sets %q", cleared)
	}
	s.RunAll(t, []apitest.Scenario{
		{Name: "the session has ended", Method: "GET", URL: "/api/me", Headers: cookie, Status: 401},
		{Name: "signing out again is no error", Method: "POST", URL: "/api/auth/sign-out", Headers: cookie, Status: 204},
		{Name: "nor is it for nobody", Method: "POST", URL: "/api/auth/sign-out", Status: 204},
		{Name: "nor for nonsense", Method: "POST", URL: "/api/auth/sign-out", Headers: map[string]string{"Cookie": "laneway=nonsense"}, Status: 204},
	})
}

func TestSignUpRefuses(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	for name, c := range map[string]struct{ email, password, name, reason string }{
		"a short password":       {"a@example.org", "elevenchars", "A", "too_short"},
		"a long password":        {"a@example.org", strings.Repeat("x", 257), "A", "too_long"},
		"no address":             {"nobody", apitest.Password, "A", "invalid_email"},
		"an address with a line": {"a@example.org\nBcc: b@example.org", apitest.Password, "A", "invalid_email"},
		"no name":                {"a@example.org", apitest.Password, " ", "required"},
		"a long name":            {"a@example.org", apitest.Password, strings.Repeat("x", 201), "too_long"},
		"a name with a line":     {"a@example.org", apitest.Password, "A\nB", "control_character"},
	} {
		s.Run(t, apitest.Scenario{Name: name, Method: "POST", URL: "/api/auth/sign-up", Status: 422, Reason: c.reason,
			Body: apitest.JSON(t, map[string]string{"email": c.email, "password": c.password, "displayName": c.name})})
	}
	for name, body := range map[string]string{
		"an empty organization": `{"email":"a@example.org","password":"canary-password-of-tests","displayName":"A","organizationName":""}`,
		"a null organization":   `{"email":"a@example.org","password":"canary-password-of-tests","displayName":"A","organizationName":null}`,
		"an invitation":         `{"email":"a@example.org","password":"canary-password-of-tests","displayName":"A","invitation":"x"}`,
	} {
		s.Run(t, apitest.Scenario{Name: name, Method: "POST", URL: "/api/auth/sign-up", Status: 422, Body: body})
	}
	if n := s.Count(t, "users"); n != 0 {
		t.Errorf("%d accounts were made", n)
	}
	closed := apitest.New(t, apitest.Config{SignUp: platform.SignUpClosed})
	closed.Run(t, apitest.Scenario{Method: "POST", URL: "/api/auth/sign-up", Status: 403, Kind: "forbidden",
		Body: apitest.JSON(t, map[string]string{"email": "a@example.org", "password": apitest.Password, "displayName": "A"})})
}

// A session that was there before signing in ends with it, so one planted by somebody else is worth
// nothing afterwards.
func TestSignInRotatesTheSession(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	a := s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/auth/sign-in", As: mira, Status: 200, Body: credentials(t, mira.Email, mira.Password)})
	if fresh := apitest.SessionCookie(t, a); fresh == mira.Cookie {
		t.Error("the session stayed the same")
	}
	s.Run(t, apitest.Scenario{Name: "the old session is dead", Method: "GET", URL: "/api/me", As: mira, Status: 401})
}

// Unknown address and wrong password are one answer, and guessing is slowed down alike for both.
func TestSignInIsThrottled(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	try := func(email, password string) *apitest.Answer {
		return s.Do(t, s.Request(t, apitest.Scenario{Method: "POST", URL: "/api/auth/sign-in", Body: credentials(t, email, password)}))
	}
	same := func(what string, a, b *apitest.Answer, status int) {
		t.Helper()
		known, unknown := a.Problem(t), b.Problem(t)
		if a.Status != status || b.Status != status || known.Detail != unknown.Detail || known.Type != unknown.Type || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: known address %d %+v, unknown %d %+v, want %d", what, a.Status, known, b.Status, unknown, status)
		}
	}
	same("the first try", try(mira.Email, "a-wrong-password"), try("nobody@example.org", "a-wrong-password"), http.StatusUnauthorized)
	// How long a block lasts depends on the clock, and how long a try takes on the machine: so the
	// blocks that were set are made to last.
	for range 6 {
		for _, email := range []string{mira.Email, "nobody@example.org"} {
			if a := try(email, "a-wrong-password"); a.Status != http.StatusUnauthorized && a.Status != http.StatusTooManyRequests {
				t.Errorf("%s: status %d", email, a.Status)
			}
		}
	}
	s.Admin(t, "UPDATE sign_in_attempts SET blocked_until = now() + interval '90 seconds' WHERE blocked_until > last_at")
	blocked := try(mira.Email, mira.Password)
	same("also with the right password now", blocked, try("nobody@example.org", "a-wrong-password"), http.StatusTooManyRequests)
	if wait, err := strconv.Atoi(blocked.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 90 {
		t.Errorf("Retry-After is %q", blocked.Header.Get("Retry-After"))
	}
	s.Admin(t, "UPDATE sign_in_attempts SET blocked_until = now() - interval '1 second'")
	s.Run(t, apitest.Scenario{Name: "once it is over", Method: "POST", URL: "/api/auth/sign-in", Status: 200, Body: credentials(t, mira.Email, mira.Password)})
}

func TestCookies(t *testing.T) {
	t.Parallel()
	proxy := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for name, c := range map[string]struct {
		config  apitest.Config
		host    string
		headers map[string]string
		cookie  string // name; empty: refused
		hsts    bool
	}{
		"plain HTTP on loopback":                {cookie: "laneway"},
		"localhost":                             {host: "localhost:8080", cookie: "laneway"},
		"a name below localhost":                {host: "laneway.localhost:8080", cookie: "laneway"},
		"loopback of IPv6":                      {host: "[::1]:8080", cookie: "laneway"},
		"plain HTTP in the network":             {host: "192.168.7.20:8080"},
		"plain HTTP under a name":               {host: "laneway.example.org"},
		"a name that begins like localhost":     {host: "localhost.example.org"},
		"allowed by the operator":               {config: apitest.Config{InsecureCookies: true}, host: "192.168.7.20:8080", cookie: "laneway"},
		"HTTPS by public-url":                   {config: apitest.Config{PublicURL: "https://laneway.example.org"}, host: "laneway.example.org", cookie: "__Host-laneway", hsts: true},
		"HTTPS by public-url, proxy names us":   {config: apitest.Config{PublicURL: "https://laneway.example.org"}, host: "127.0.0.1:8080", cookie: "__Host-laneway", hsts: true},
		"HTTPS at a trusted proxy":              {config: apitest.Config{TrustedProxies: proxy}, host: "laneway.example.org", headers: map[string]string{"X-Forwarded-Proto": "https"}, cookie: "__Host-laneway", hsts: true},
		"HTTPS at the first of several proxies": {config: apitest.Config{TrustedProxies: proxy}, host: "laneway.example.org", headers: map[string]string{"X-Forwarded-Proto": "https, http"}, cookie: "__Host-laneway", hsts: true},
		"HTTPS claimed by nobody we trust":      {host: "laneway.example.org", headers: map[string]string{"X-Forwarded-Proto": "https"}},
		"plain HTTP at a trusted proxy":         {config: apitest.Config{TrustedProxies: proxy}, host: "laneway.example.org", headers: map[string]string{"X-Forwarded-Proto": "http"}},
		"public-url with plain HTTP":            {config: apitest.Config{PublicURL: "http://laneway.example.org"}, host: "laneway.example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := apitest.New(t, c.config)
			signUp := apitest.Scenario{
				Method: "POST", URL: "/api/auth/sign-up", Host: c.host, Headers: c.headers, Status: 201,
				Body: apitest.JSON(t, map[string]string{"email": "mira@example.org", "password": apitest.Password, "displayName": "Mira"}),
			}
			if c.cookie == "" {
				signUp.Status, signUp.Kind, signUp.Reason, signUp.Want = 403, "forbidden", "https_required", []string{"public-url", "insecure-cookies", "HTTPS"}
				a := s.Run(t, signUp)
				signUp.URL, signUp.Body = "/api/auth/sign-in", credentials(t, "mira@example.org", apitest.Password)
				s.Run(t, signUp)
				if a.Header.Get("Set-Cookie") != "" || s.Count(t, "users") != 0 {
					t.Error("it did something before it refused")
				}
				return
			}
			a := s.Run(t, signUp)
			checkCookie(t, a, c.cookie)
			if hsts := a.Header.Get("Strict-Transport-Security") != ""; hsts != c.hsts {
				t.Errorf("Strict-Transport-Security: %t, want %t", hsts, c.hsts)
			}
			me := apitest.Scenario{Method: "GET", URL: "/api/me", Host: c.host, Headers: map[string]string{"Cookie": apitest.SessionCookie(t, a)}, Status: 200}
			for name, value := range c.headers {
				me.Headers[name] = value
			}
			s.Run(t, me)
			// The same secret under the other name is not looked at.
			other := map[string]string{"laneway": "__Host-laneway", "__Host-laneway": "laneway"}[c.cookie]
			_, secret, _ := strings.Cut(apitest.SessionCookie(t, a), "=")
			me.Headers["Cookie"], me.Status = other+"="+secret, 401
			s.Run(t, me)
		})
	}
}

func checkCookie(t *testing.T, a *apitest.Answer, name string) {
	t.Helper()
	set := a.Header.Values("Set-Cookie")
	if len(set) != 1 {
		t.Fatalf("cookies: %v", set)
	}
	c, err := http.ParseSetCookie(set[0])
	if err != nil {
		t.Fatal(err)
	}
	secure := name == "__Host-laneway"
	if c.Name != name || c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge <= 0 || len(c.Value) < 32 {
		t.Errorf("the cookie is %s", set[0])
	}
}

// Pages of other web sites can't act for somebody who is signed in.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{PublicURL: "https://laneway.example.org"})
	with := func(headers ...string) map[string]string {
		m := make(map[string]string)
		for i := 0; i < len(headers); i += 2 {
			m[headers[i]] = headers[i+1]
		}
		return m
	}
	out := func(name string, headers map[string]string, status int) apitest.Scenario {
		return apitest.Scenario{Name: name, Method: "POST", URL: "/api/auth/sign-out", Headers: headers, Status: status}
	}
	s.RunAll(t, []apitest.Scenario{
		out("another site, by fetch metadata", with("Sec-Fetch-Site", "cross-site"), 403),
		out("a sister site", with("Sec-Fetch-Site", "same-site"), 403),
		out("another site, by origin", with("Origin", "https://evil.example"), 403),
		out("a sandboxed page", with("Origin", "null"), 403),
		out("the same origin", with("Sec-Fetch-Site", "same-origin"), 204),
		out("typed by a person", with("Sec-Fetch-Site", "none"), 204),
		out("the public address, behind a proxy that renames the host", with("Origin", "https://laneway.example.org"), 204),
		out("no browser", nil, 204),
		{Name: "reading is harmless", Method: "GET", URL: "/healthz", Headers: with("Sec-Fetch-Site", "cross-site"), Status: 200},
		{Name: "every address is guarded", Method: "DELETE", URL: "/api/diagrams/x", Headers: with("Sec-Fetch-Site", "cross-site"), Status: 403, Kind: "forbidden"},
	})
}
