package httpapi_test

import (
	"slices"
	"strings"
	"testing"

	"laneway/internal/httpapi"
	"laneway/internal/httpapi/apitest"
)

// call makes a request for a row of the table that succeeds on a diagram with one version and the
// document of apitest.Document.
func call(t testing.TB, row httpapi.RouteRow, id string) apitest.Scenario {
	t.Helper()
	c := apitest.Scenario{Method: row.Method, URL: strings.NewReplacer("{id}", id, "{number}", "1", "{draft}", missing, "{project}", missing).Replace(row.Path)}
	switch row.Method + " " + row.Path {
	case "POST /api/diagrams":
		c.Body = apitest.JSON(t, map[string]string{"title": "A", "bpmnXml": apitest.Document("A")})
	case "PUT /api/diagrams/{id}":
		c.Body = `{"title":"B","expectedVersion":1}`
	case "POST /api/vitals":
		c.Body = `{"page":"library","lcp":0.5}`
	case "POST /api/projects":
		c.Body = `{"name":"A"}`
	case "PUT /api/projects/{project}":
		c.Body = `{"name":"B","expectedVersion":1}`
	case "PATCH /api/organizations/{organization}/members/{user}":
		c.Body = `{"role":"viewer"}`
	case "POST /api/diagrams/{id}/resolve":
		c.Body = `{"draftId":"` + missing + `","currentVersion":1,"choices":{}}`
	case "POST /api/diagrams/{id}/presence":
		c.Body = `{"session":"tab"}`
	case "PUT /api/diagrams/{id}/versions/{number}/label":
		c.Body = `{"label":"Signed off"}`
	case "POST /api/diagrams/{id}/versions/{number}/take":
		c.Body = `{"elements":["Task_1"],"expectedVersion":1}`
	case "GET /api/diagrams/{id}/export":
		c.URL += "?format=svg"
	case "GET /api/diagrams/{id}/diff":
		c.URL += "?from=1&to=1"
	case "POST /api/diagrams/{id}/diff":
		c.URL += "?from=1"
		c.Bytes, c.Headers = []byte(apitest.Document("A")), map[string]string{"Content-Type": "application/bpmn+xml"}
	}
	return c
}

const missing = "018f0000-0000-7000-8000-000000000000"

// Somebody else's diagram is answered exactly like one that does not exist, and like an id that is
// none, on every address that takes an id.
func TestForeignIsMissing(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	used := s.Create(t, mira, "CANARY-A", apitest.Document("CANARY-A"))
	trashed := s.Create(t, mira, "CANARY-A", apitest.Document("CANARY-A"))
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: "/api/diagrams/" + trashed.ID, As: mira, Status: 204})
	targets := map[string]string{
		"foreign": used.ID, "foreign in the trash": trashed.ID, "malformed": "nonsense", "malformed by one digit": used.ID[:35],
		"with braces": "%7B" + used.ID + "%7D", "zero": "00000000-0000-0000-0000-000000000000", "with a slash": "a%2Fb", "with NUL": "a%00", "no UTF-8": "%ff",
		"in capitals": strings.ToUpper(used.ID),
	}
	checked := 0
	for _, row := range httpapi.RouteRows() {
		if !strings.Contains(row.Path, "{id}") {
			continue
		}
		ask := func(id string) (int, apitest.Problem) {
			c := call(t, row, id)
			c.As, c.Status, c.Kind, c.Not = otto, 404, "not-found", []string{"CANARY-A", mira.ID, mira.OrganizationID}
			a := s.Run(t, c)
			p := a.Problem(t)
			p.Instance = ""
			return a.Status, p
		}
		status, want := ask(missing)
		for name, id := range targets {
			if have, p := ask(id); have != status || p.Detail != want.Detail || p.Title != want.Title || len(p.Errors) != len(want.Errors) {
				t.Errorf("%s %s, %s: %d %+v, want %d %+v", row.Method, row.Path, name, have, p, status, want)
			}
			checked++
		}
	}
	t.Logf("%d requests", checked)
	s.RunAll(t, []apitest.Scenario{
		{Name: "nothing of it is in the list", Method: "GET", URL: "/api/diagrams", As: otto, Status: 200, Not: []string{"CANARY-A"}},
		{Name: "nor in the trash", Method: "GET", URL: "/api/diagrams?trashed=true", As: otto, Status: 200, Not: []string{"CANARY-A"}},
		{Name: "nor found by name", Method: "GET", URL: "/api/diagrams?q=CANARY", As: otto, Status: 200, Want: []string{`"data":[]`}},
		{Name: "and it is as it was", Method: "GET", URL: "/api/diagrams/" + used.ID, As: mira, Status: 200, Want: []string{`"version":1`}},
	})
}

// A cursor made in one organization leads nowhere in another.
func TestForeignCursor(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	for range 2 {
		s.Create(t, mira, "CANARY-A", apitest.Document("A"))
	}
	cursor := apitest.Decode[apitest.Page](t, s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/diagrams?limit=1", As: mira, Status: 200})).NextCursor
	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/diagrams?cursor=" + cursor, As: otto, Status: 200, Want: []string{`"data":[]`}, Not: []string{"CANARY-A"}})
}

func TestOrganizationHeader(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	d := s.Create(t, mira, "Harbour", apitest.Document("Unload"))
	named := func(id string) map[string]string { return map[string]string{"Laneway-Organization": id} }
	list := func(name string, headers map[string]string, status int) apitest.Scenario {
		return apitest.Scenario{Name: name, Method: "GET", URL: "/api/diagrams", As: otto, Headers: headers, Status: status, Not: []string{"Harbour"}}
	}
	s.RunAll(t, []apitest.Scenario{
		list("one's own", named(otto.OrganizationID), 200),
		list("the default one", named(""), 200),
		list("somebody else's", named(mira.OrganizationID), 404),
		list("one that is not there", named(missing), 404),
		list("nonsense", named("nonsense"), 404),
		list("zero", named("00000000-0000-0000-0000-000000000000"), 404),
	})
	a := s.Run(t, list("somebody else's", named(mira.OrganizationID), 404)).Problem(t)
	b := s.Run(t, list("one that is not there", named(missing), 404)).Problem(t)
	if a.Detail != b.Detail || a.Title != b.Title {
		t.Errorf("foreign %+v, missing %+v", a, b)
	}
	guest := s.Join(t, otto, mira, "member")
	s.RunAll(t, []apitest.Scenario{
		{Name: "as a member", Method: "GET", URL: "/api/diagrams/" + d.ID, As: guest, Status: 200},
		{Name: "not under the default organization", Method: "GET", URL: "/api/diagrams/" + d.ID, As: otto, Status: 404},
		{Name: "both organizations are told", Method: "GET", URL: "/api/me", As: otto, Status: 200, Want: []string{mira.OrganizationID, otto.OrganizationID, `"role":"member"`, `"defaultOrganizationId":"` + otto.OrganizationID}},
	})
	s.Admin(t, "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2", mira.OrganizationID, otto.ID)
	s.Run(t, apitest.Scenario{Name: "no member any more, at once", Method: "GET", URL: "/api/diagrams/" + d.ID, As: guest, Status: 404})
}

// Every route that needs a permission, asked by every role, by nobody and by ended sessions.
func TestRoles(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	s.SetPlan(t, mira, "enterprise")
	expired := s.SignUp(t, "expired")
	s.Admin(t, "UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = $1", expired.ID)
	homeless := s.SignUp(t, "homeless")
	s.Admin(t, "DELETE FROM memberships WHERE user_id = $1", homeless.ID)
	homeless.NamesOrganization = false
	people := []struct {
		name        string
		as          *apitest.Person
		read, write int // 0: allowed
	}{
		{"admin", mira, 0, 0},
		{"member", s.Join(t, s.SignUp(t, "member"), mira, "member"), 0, 0},
		{"viewer", s.Join(t, s.SignUp(t, "viewer"), mira, "viewer"), 0, 403},
		{"nobody", nil, 401, 401},
		{"an expired session", expired, 401, 401},
		{"an invented session", &apitest.Person{Cookie: "laneway=" + strings.Repeat("a", 43)}, 401, 401},
		{"no cookie value", &apitest.Person{Cookie: "laneway="}, 401, 401},
		{"in no organization", homeless, 403, 403},
	}
	xml := apitest.Document("A")
	checked := 0
	for _, row := range httpapi.RouteRows() {
		if !slices.Contains([]string{"diagrams:read", "diagrams:write"}, row.Access) {
			continue
		}
		for _, p := range people {
			d := s.Create(t, mira, "A", xml)
			if strings.HasSuffix(row.Path, "{id}/restore") {
				s.Run(t, apitest.Scenario{Method: "DELETE", URL: "/api/diagrams/" + d.ID, As: mira, Status: 204})
			}
			want := p.write
			if row.Access == "diagrams:read" {
				want = p.read
			}
			for _, id := range []string{d.ID, missing} { // a refusal must not depend on what is there
				c := call(t, row, id)
				c.As = p.as
				a := s.Do(t, s.Request(t, c))
				switch {
				case want == 0 && (strings.Contains(c.URL, missing) || strings.HasSuffix(c.URL, "/resolve")): // there is no such draft
					if a.Status != 404 {
						t.Errorf("%s %s as %s: status %d, want 404\n%s", row.Method, row.Path, p.name, a.Status, a.Body)
					}
				case want != 0 && a.Status != want:
					t.Errorf("%s %s as %s: status %d, want %d", row.Method, row.Path, p.name, a.Status, want)
				case want == 0 && id == d.ID && a.Status >= 300:
					t.Errorf("%s %s as %s: status %d\n%s", row.Method, row.Path, p.name, a.Status, a.Body)
				}
				checked++
			}
		}
	}
	t.Logf("%d requests", checked)
}
