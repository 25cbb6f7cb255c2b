package httpapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"laneway/internal/httpapi"
	"laneway/internal/httpapi/apitest"
	"laneway/internal/observe"
)

// A server without a platform panics in every handler that needs one: the real thing, no hook.
func TestPanicIsABare500(t *testing.T) {
	t.Parallel()
	log := &apitest.Log{}
	config := httpapi.Config{Observer: observed(t, log), Assets: apitest.Studio()}
	for name, handler := range map[string]http.Handler{"public": httpapi.New(config), "operations": httpapi.Operations(config)} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/readyz", nil)
			r.Header.Set("X-Request-Id", "panic-on-"+name)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != http.StatusInternalServerError {
				t.Fatalf("status %d", w.Code)
			}
			var problem map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{"type": "/problems/internal", "title": "Internal error", "status": 500.0, "instance": "panic-on-" + name}
			if len(problem) != len(want) {
				t.Errorf("the problem says %v, want %v and nothing else", problem, want)
			}
			for key, value := range want {
				if problem[key] != value {
					t.Errorf("%s is %v, want %v", key, problem[key], value)
				}
			}
			for _, part := range []string{`"msg":"panic"`, `"request_id":"panic-on-` + name, "getReadiness", `"status":500`} {
				if !strings.Contains(log.String(), part) {
					t.Errorf("the log lacks %s", part)
				}
			}
		})
	}
}

// While the database is away everything that needs it is 503 with Retry-After, what needs it not goes
// on, and when it is back nobody has to restart anything.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{Relayed: true})
	mira := s.SignUp(t, "mira")
	d := s.Create(t, mira, "Harbour", apitest.Document("Unload"))
	save := apitest.JSON(t, map[string]any{"title": "Harbour 2", "expectedVersion": 1})

	s.Relay.Take()
	gone := []apitest.Scenario{
		{Method: "GET", URL: "/readyz"},
		{Method: "GET", URL: "/api/me"},
		{Method: "GET", URL: "/api/diagrams"},
		{Method: "GET", URL: "/api/diagrams/" + d.ID},
		{Method: "GET", URL: "/api/diagrams/" + d.ID + "/xml"},
		{Method: "PUT", URL: "/api/diagrams/" + d.ID, Body: save},
		{Method: "DELETE", URL: "/api/diagrams/" + d.ID},
		{Method: "POST", URL: "/api/diagrams/" + d.ID + "/duplicate", Headers: map[string]string{"Idempotency-Key": "k"}},
		{Method: "POST", URL: "/api/auth/sign-in", Body: apitest.JSON(t, map[string]string{"email": mira.Email, "password": mira.Password})},
		{Method: "POST", URL: "/api/auth/sign-out"},
	}
	for _, c := range gone {
		c.As, c.Status, c.Kind = mira, http.StatusServiceUnavailable, "unavailable"
		c.Not = []string{"socket", "PGSQL", "dial", "refused", "pgx", "SQLSTATE"}
		a := s.Run(t, c)
		if a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s %s: sets a cookie without having done anything", c.Method, c.URL)
		}
	}
	s.RunAll(t, []apitest.Scenario{
		{Name: "the process still lives", Method: "GET", URL: "/healthz", Status: http.StatusOK},
		{Name: "the studio still loads", Method: "GET", URL: "/", Status: http.StatusOK},
		{Name: "nobody is nobody without asking the database", Method: "GET", URL: "/api/me", Status: http.StatusUnauthorized},
	})

	s.Relay.Give(t)
	s.RunAll(t, []apitest.Scenario{
		{Name: "ready again", Method: "GET", URL: "/readyz", Status: http.StatusOK},
		{Name: "the save goes through as it was", Method: "PUT", URL: "/api/diagrams/" + d.ID, As: mira, Body: save, Status: http.StatusOK, Want: []string{`"version":2`}},
	})
}

// Every route has the headers that every answer has, whoever asks and whatever comes of it; the
// harness checks them. Here each route is asked by nobody, by somebody, and with a wrong method.
func TestEveryRouteAnswers(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	for _, row := range httpapi.RouteRows() {
		address := strings.NewReplacer("{id}", "018f0000-0000-7000-8000-000000000000", "{kind}", "not-found", "{file}", "docs.js").Replace(row.Path)
		for _, p := range []*apitest.Person{nil, mira} {
			a := s.Do(t, s.Request(t, apitest.Scenario{Method: row.Method, URL: address, As: p}))
			if p == nil && row.Access != "anonymous" && a.Status != http.StatusUnauthorized {
				t.Errorf("%s %s: status %d for nobody", row.Method, row.Path, a.Status)
			}
			if a.Status >= http.StatusInternalServerError {
				t.Errorf("%s %s: status %d", row.Method, row.Path, a.Status)
			}
		}
		for _, method := range []string{"PATCH", "OPTIONS", "TRACE", "PROPFIND"} {
			if slices.ContainsFunc(httpapi.RouteRows(), func(r httpapi.RouteRow) bool { return r.Method == method && r.Path == row.Path }) {
				continue
			}
			a := s.Run(t, apitest.Scenario{Method: method, URL: address, Status: http.StatusMethodNotAllowed, Kind: "method-not-allowed"})
			if allow := a.Header.Get("Allow"); !strings.Contains(allow, row.Method) {
				t.Errorf("%s %s: Allow is %q", method, address, allow)
			}
		}
	}
	s.RunAll(t, []apitest.Scenario{
		{Method: "GET", URL: "/api", Status: 404, Kind: "not-found"},
		{Method: "GET", URL: "/api/", Status: 404, Kind: "not-found"},
		{Method: "GET", URL: "/api/nothing", Status: 404, Kind: "not-found"},
		{Method: "POST", URL: "/api/nothing", Body: "{}", Status: 404, Kind: "not-found"},
		{Method: "GET", URL: "/api/diagrams/", Status: 404, Kind: "not-found"},
		{Method: "GET", URL: "/problems/", Status: 404, Kind: "not-found"},
		{Method: "GET", URL: "/metrics", Status: 404, Kind: "not-found"},
		{Method: "GET", URL: "/debug/pprof/", Status: 404, Kind: "not-found"},
	})
}

func TestOperationsListener(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	listener := httptest.NewServer(httpapi.Operations(httpapi.Config{Platform: s.Platform}))
	t.Cleanup(listener.Close)
	for path, want := range map[string]int{
		"/healthz": 200, "/readyz": 200, "/debug/pprof/": 200, "/debug/pprof/goroutine?debug=1": 200, "/debug/pprof/cmdline": 200,
		"/api/diagrams": 404, "/": 404, "/api/me": 404,
	} {
		response, err := http.Get(listener.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != want {
			t.Errorf("%s: status %d, want %d; %v\n%.200s", path, response.StatusCode, want, err, body)
		}
		if response.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: no security headers", path)
		}
	}
}

// What people entrust to the server stands in no log line, whatever happens to the request.
func TestLogKeepsSecrets(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "canary-mira")
	const canary = "canary-in-document"
	d := s.Create(t, mira, "canary-title", apitest.Document(canary))
	s.Run(t, upload("canary-title", mira, []byte(apitest.Document(canary)+"<canary-in-document/>"), http.StatusUnprocessableEntity))
	s.RunAll(t, []apitest.Scenario{
		{Method: "GET", URL: "/api/diagrams?q=canary-query", As: mira, Status: 200},
		{Method: "GET", URL: "/api/diagrams/" + d.ID, As: mira, Status: 200},
		{Method: "GET", URL: "/canary-page", Status: 200},
		{Method: "POST", URL: "/api/auth/sign-in", Body: `{"email":"canary-mail@example.org","password":"canary-wrong-password"}`, Status: 401},
		{Method: "POST", URL: "/api/auth/sign-in", Body: `{"email":"canary-mail@example.org","password":"canary-wrong-password"`, Status: 400, Not: []string{"canary"}},
	})
	log := s.Log.String()
	if strings.Contains(log, "canary") || strings.Contains(log, strings.TrimPrefix(mira.Cookie, "laneway=")) {
		t.Errorf("the log shows what it must not:\n%s", log)
	}
	for _, part := range []string{`"route":"POST /api/diagrams"`, `"user":"` + mira.ID, `"organization":"` + mira.OrganizationID, `"status":201`, `"request_id":`, `"route":"GET /api/diagrams/{id}"`} {
		if !strings.Contains(log, part) {
			t.Errorf("the log lacks %s", part)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	for name, c := range map[string]struct{ id, traceparent, want string }{
		"the client's own":         {id: "order-66.a_B", want: "order-66.a_B"},
		"its own before the trace": {id: "mine", traceparent: "00-" + trace + "-00f067aa0ba902b7-01", want: "mine"},
		"the trace":                {traceparent: "00-" + trace + "-00f067aa0ba902b7-01", want: trace},
		"no word":                  {id: `a"b`},
		"a line break in disguise": {id: "a%0d%0ab"},
		"too long":                 {id: strings.Repeat("a", 129)},
		"an empty trace":           {traceparent: "00-00000000000000000000000000000000-00f067aa0ba902b7-01"},
		"a broken trace":           {traceparent: "00-xyz-00f067aa0ba902b7-01"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/me", Status: 401, Headers: map[string]string{"X-Request-Id": c.id, "Traceparent": c.traceparent}})
			have := a.Header.Get("X-Request-Id")
			if c.want != "" && have != c.want || c.want == "" && len(have) != 32 {
				t.Errorf("the id is %q, want %q", have, c.want)
			}
			if instance := a.Problem(t).Instance; instance != have {
				t.Errorf("the problem's instance is %q, the id %q", instance, have)
			}
		})
	}
}

func observed(t *testing.T, log io.Writer) *observe.Observer {
	t.Helper()
	o, err := observe.New(observe.Config{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Anybody may name a trace, but only a trusted proxy decides that it is kept.
func TestWhoDecidesWhatIsTraced(t *testing.T) {
	t.Parallel()
	observer, err := observe.New(observe.Config{OTLPEndpoint: "http://127.0.0.1:9"})
	if err != nil {
		t.Fatal(err)
	}
	handler := httpapi.New(httpapi.Config{Observer: observer, Assets: apitest.Studio(), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	const parent = "4bf92f3577b34da6a3ce929d0e0e4736"
	for from, kept := range map[string]string{"10.0.0.1:4711": "-01", "192.0.2.1:4711": "-00"} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = from
		r.Header.Set("Traceparent", "00-"+parent+"-00f067aa0ba902b7-01")
		handler.ServeHTTP(w, r)
		if answered := w.Header().Get("Traceresponse"); w.Code != http.StatusOK || !strings.HasPrefix(answered, "00-"+parent) || !strings.HasSuffix(answered, kept) {
			t.Errorf("from %s: %d, %s", from, w.Code, answered)
		}
	}
}
