package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"laneway/internal/httpapi"
	"laneway/internal/httpapi/apitest"
	"laneway/internal/ratelimit"
)

func TestOperatorPage(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	s.Create(t, otto, "Secret plan", apitest.Document("Secret task"))
	key := mint(t, s, mira, "admin")
	figures := apitest.Scenario{Method: "GET", URL: "/api/operator/figures", As: mira, Status: 403, Kind: "forbidden"}
	s.Run(t, figures)
	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/me", As: mira, Status: 200, Want: []string{`"operator":false`}})
	s.Admin(t, "UPDATE users SET operator = true WHERE id = $1", mira.ID)
	s.Admin(t, "INSERT INTO operator_changes (id, user_id, operator) VALUES (gen_random_uuid(), $1, true)", mira.ID)
	figures.Status, figures.Kind = 200, ""
	figures.Want = []string{`"version":"test"`, `"operation":"createDiagram"`, `"windowSeconds":300`, `"p95":`}
	s.Run(t, figures)
	s.RunAll(t, []apitest.Scenario{
		{Method: "GET", URL: "/api/me", As: mira, Status: 200, Want: []string{`"operator":true`}},
		{Method: "GET", URL: "/api/operator/organizations", As: mira, Status: 200, Want: []string{otto.OrganizationID, `"diagrams":1`, `"diagramLimit":5`, `"members":1`, `"hasMore":false`}, Not: []string{"Secret", otto.Email}},
		{Method: "GET", URL: "/api/operator/organizations?limit=1", As: mira, Status: 200, Want: []string{mira.OrganizationID, `"hasMore":true`}, Not: []string{otto.OrganizationID}},
		{Method: "GET", URL: "/api/operator/organizations?cursor=nonsense", As: mira, Status: 422},
		{Method: "GET", URL: "/api/operator/changes", As: mira, Status: 200, Want: []string{mira.Email, `"operator":true`}},
		{Name: "not by a token", Method: "GET", URL: "/api/operator/figures", Headers: map[string]string{"Authorization": "Bearer " + key.Token}, Status: 403},
		{Name: "no role by it", Method: "GET", URL: "/api/diagrams", As: mira, Headers: map[string]string{"Laneway-Organization": otto.OrganizationID}, Status: 404},
	})
	next := apitest.Decode[apitest.Page](t, s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/operator/organizations?limit=1", As: mira, Status: 200})).NextCursor
	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/operator/organizations?limit=1&cursor=" + next, As: mira, Status: 200, Want: []string{otto.OrganizationID, `"hasMore":false`}})
	s.Admin(t, "UPDATE users SET operator = false WHERE id = $1", mira.ID)
	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/operator/changes", As: mira, Status: 403})
}

func TestVitals(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{Limits: ratelimit.Limits{ratelimit.Live: {Requests: 12, Window: time.Minute}}})
	send := func(body string, status int) apitest.Scenario {
		return apitest.Scenario{Name: body, Method: "POST", URL: "/api/vitals", Body: body, Status: status}
	}
	s.RunAll(t, []apitest.Scenario{
		send(`{"page":"studio","lcp":0.42,"inp":0,"ttfb":600,"cls":0.02,"studioFromClick":0.8,"studioFromStart":1.5}`, 204),
		send(`{"page":"other"}`, 204),
		send(`{}`, 422), send(`{"page":"canary"}`, 422), send(`{"page":"studio","lcp":-1}`, 422), send(`{"page":"studio","lcp":601}`, 422),
		send(`{"page":"studio","lcp":"1"}`, 422), send(`{"page":"studio","lcp":null}`, 422), send(`{"page":"studio","url":"canary"}`, 422),
		send(`{"page":"studio","lcp":1e400}`, 422), send(`{"page":"`+strings.Repeat("a", 5000)+`"}`, 413), send(`{`, 400),
		{Name: "too many", Method: "POST", URL: "/api/vitals", Body: `{"page":"studio"}`, Status: 429, Kind: "rate-limited"},
	})
	page := httptest.NewRecorder()
	s.Observer.MetricsHandler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, part := range []string{
		`laneway_web_vital_seconds_sum{page="studio",vital="lcp"} 0.42`, `laneway_web_vital_seconds_count{page="studio",vital="inp"} 1`,
		`laneway_web_layout_shift_count{page="studio"} 1`, `laneway_studio_load_seconds_sum{from="click"} 0.8`, `laneway_studio_load_seconds_sum{from="start"} 1.5`,
	} {
		if !strings.Contains(page.Body.String(), part) {
			t.Errorf("the metrics lack %s", part)
		}
	}
	if strings.Contains(page.Body.String(), "canary") {
		t.Error("a client made up a label")
	}
}

// The page may talk to Sentry only where there is one, and then to that origin alone.
func TestWebSettings(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]struct{ connect, settings string }{
		"": {"connect-src 'self';", `"sentryDsn":null`},
		"https://key@sentry.example.org:8443/some/7": {"connect-src 'self' https://sentry.example.org:8443;", `"sentryDsn":"https://key@sentry.example.org:8443/some/7"`},
	} {
		h := httpapi.New(httpapi.Config{Assets: apitest.Studio(), SentryBrowserDSN: dsn, Version: "1.2.3", Environment: "staging", TraceSampling: 0.1})
		for path, part := range map[string]string{"/": "Laneway", "/api/web": want.settings} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			if policy := w.Header().Get("Content-Security-Policy"); w.Code != 200 || !strings.Contains(policy, want.connect) || !strings.Contains(w.Body.String(), part) {
				t.Errorf("%s with %q: %d, %s, %s", path, dsn, w.Code, policy, w.Body)
			}
		}
	}
	for _, dsn := range []string{"https://key:secret@host/1", "https://host/1", "https://canary@host", "https://key@host/1?x", "ftp://key@host/1", "https://key@a;b/1", "https://key@*.example.org/1", "https://public-key@host/1", "https://key@host/canary", "https://key@host/1/", "https://key@host:/1", "nonsense"} {
		if err := httpapi.CheckBrowserDSN(dsn); err == nil || strings.Contains(err.Error(), dsn) {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}
