package httpapi_test

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"laneway/internal/httpapi"
	"laneway/internal/httpapi/apitest"
	"laneway/internal/observe"
)

// sink takes traces and reports from whoever sends them, and keeps their text.
type sink struct {
	*httptest.Server
	mu   sync.Mutex
	text map[string]*strings.Builder // by address
}

func newSink(t *testing.T) *sink {
	t.Helper()
	k := &sink{text: make(map[string]*strings.Builder)}
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			unpacked, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = unpacked
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.text[r.URL.Path] == nil {
			k.text[r.URL.Path] = &strings.Builder{}
		}
		if _, err := io.Copy(k.text[r.URL.Path], body); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(k.Close)
	return k
}

// Every operation, with canaries in every field and header, answered well and badly and by faults of the server:
// none of them gets into the log, the metrics, the traces or a report.
func TestCanariesStayInside(t *testing.T) {
	t.Parallel()
	k := newSink(t)
	s := apitest.New(t, apitest.Config{Observe: observe.Config{
		OTLPEndpoint: k.URL, TraceSampling: 1, SentryDSN: strings.Replace(k.URL, "://", "://key@", 1) + "/7",
	}})
	const canary = "canary"
	mira := s.SignUp(t, canary+"-mira")
	s.SetPlan(t, mira, "enterprise")
	key := mint(t, s, mira, "admin")
	headers := func(more map[string]string) map[string]string {
		all := map[string]string{
			"User-Agent": canary + "-agent", "Referer": "http://" + canary + ".example.org/", "X-Anything": canary, "Accept-Language": canary,
			"Tracestate": canary + "=1", "Baggage": canary + "=1", "Forwarded": "for=" + canary, "Idempotency-Key": "",
		}
		delete(all, "Idempotency-Key")
		for name, value := range more {
			all[name] = value
		}
		return all
	}
	sent := 0
	send := func(c apitest.Scenario) int {
		sent++
		c.Headers = headers(c.Headers)
		return s.Do(t, s.Request(t, c)).Status
	}
	d := s.Create(t, mira, canary+"-title", apitest.Document(canary+"-task"))
	for _, row := range httpapi.RouteRows() {
		if row.Path == "/api/auth/sign-out" || strings.HasSuffix(row.Path, "/leave") || row.Access == "organization:delete" || row.Path == "/api/me/sessions" && row.Method == http.MethodDelete || row.Path == "/api/events" {
			continue
		}
		fill := strings.NewReplacer("{organization}", mira.OrganizationID, "{secret}", canary+"-secret", "{kind}", canary, "{file}", canary, "{user}", canary, "{session}", canary, "{token}", canary, "{invitation}", canary)
		good := call(t, row, d.ID)
		good.URL, good.As = fill.Replace(good.URL), mira
		good.Body = strings.NewReplacer(`"A"`, `"`+canary+`-A"`, `"B"`, `"`+canary+`-B"`, `name=\"A\"`, `name=\"`+canary+`\"`).Replace(good.Body)
		send(good)
		bad := good
		bad.Bytes, bad.Body = nil, `{"`+canary+`": "`+canary+`", "email":"`+canary+`@example.org","password":"`+canary+`-password-`+row.Method+`","title":"`+canary+`"}`
		send(bad)
		bad.Body = `{"title":"` + canary
		send(bad)
		bad.As, bad.Headers = nil, map[string]string{"Authorization": "Bearer lw_" + canary}
		send(bad)
		bad.Headers = map[string]string{"Authorization": "Bearer " + key.Token}
		send(bad)
		bad.Headers = map[string]string{"Cookie": "laneway=" + canary + "; " + canary + "=" + canary}
		bad.URL += "?" + canary + "=" + canary
		send(bad)
	}
	for _, more := range []apitest.Scenario{
		{Method: "GET", URL: "/api/" + canary}, {Method: "GET", URL: "/" + canary}, {Method: "POST", URL: "/" + canary, Body: "{}"}, {Method: strings.ToUpper(canary), URL: "/api/diagrams"},
		{Method: "GET", URL: "/api/diagrams?q=" + canary, As: mira}, {Method: "GET", URL: "/api/events?lastEventId=" + canary, As: mira},
		{Method: "POST", URL: "/api/auth/sign-in", Body: apitest.JSON(t, map[string]string{"email": mira.Email, "password": canary + "-wrong-password"})},
		{Method: "POST", URL: "/api/auth/sign-in", Body: apitest.JSON(t, map[string]string{"email": mira.Email, "password": apitest.Password})},
		upload(canary, mira, []byte(apitest.Document(canary)+"<"+canary+"/>"), 422),
		{Method: "PUT", URL: "/api/diagrams/" + d.ID, As: mira, Body: apitest.JSON(t, map[string]any{"bpmnXml": apitest.Document(canary + "-late"), "expectedVersion": 1, "onConflict": "merge"})},
	} {
		send(more)
	}
	// Faults of the server: a statement that fails on what was typed, and one that has lost its table.
	s.DB.Admin(t, "ALTER TABLE projects ADD CONSTRAINT broken CHECK (name <> 'canary-boom')")
	if status := send(apitest.Scenario{Method: "POST", URL: "/api/projects", As: mira, Body: `{"name":"canary-boom"}`}); status != 500 {
		t.Errorf("a broken constraint is answered %d", status)
	}
	s.DB.Admin(t, "ALTER TABLE drafts RENAME TO drafts_gone")
	if status := send(apitest.Scenario{Method: "GET", URL: "/api/diagrams/" + d.ID + "/drafts", As: mira}); status != 500 {
		t.Errorf("a lost table is answered %d", status)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.Observer.Close(ctx); err != nil {
		t.Fatal(err)
	}
	page := httptest.NewRecorder()
	s.Observer.MetricsHandler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	places := map[string]string{"log": s.Log.String(), "metrics": page.Body.String()}
	k.mu.Lock()
	for path, text := range k.text {
		places[path] = text.String()
	}
	k.mu.Unlock()
	for name, must := range map[string]string{
		"log": `"operation":"createProject"`, "metrics": `operation="createProject"`,
		"/v1/traces": `"db.query.text"`, "/api/7/envelope/": "*pgconn.PgError 23514",
	} {
		if !strings.Contains(places[name], must) {
			t.Errorf("%s lacks %s: %.2000s", name, must, places[name])
		}
	}
	for name, text := range places {
		for _, secret := range []string{canary, strings.ToUpper(canary), apitest.Password, mira.Email, strings.TrimPrefix(mira.Cookie, "laneway="), key.Token, "<definitions", "http://www.omg.org"} {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s shows %s: …%s", name, secret, text[max(0, i-300):min(len(text), i+100)])
			}
		}
	}
	t.Logf("%d requests; log %d, metrics %d, traces %d, reports %d bytes", sent, len(places["log"]), len(places["metrics"]), len(places["/v1/traces"]), len(places["/api/7/envelope/"]))
}
