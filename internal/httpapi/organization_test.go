package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"laneway/internal/httpapi"
	"laneway/internal/httpapi/apitest"
	"laneway/internal/store/storetest"
)

// eventsOf gives the kinds of an organization's events, in order.
func eventsOf(t testing.TB, s *apitest.Server, organization string) []string {
	t.Helper()
	return strings.Fields(storetest.Value[string](t, s.DB, "SELECT coalesce(string_agg(kind, ' ' ORDER BY seq), '') FROM events WHERE org_id = $1", organization))
}

// changes runs a scenario that must leave exactly one event of the kind in the organization, or none
// where kind is empty, and name its number in the answer.
func changes(t testing.TB, s *apitest.Server, organization, kind string, c apitest.Scenario) *apitest.Answer {
	t.Helper()
	before := eventsOf(t, s, organization)
	a := s.Run(t, c)
	after := eventsOf(t, s, organization)
	want := before
	if kind != "" {
		want = append(slices.Clone(before), kind)
	}
	if !slices.Equal(after, want) {
		t.Errorf("%s %s: events %q, want %q", c.Method, c.URL, after, want)
	}
	if seq := a.Header.Get("Laneway-Seq"); (seq != "") != (kind != "") {
		t.Errorf("%s %s: Laneway-Seq %q, want one: %t", c.Method, c.URL, seq, kind != "")
	}
	return a
}

type organization struct{ ID, Name, Plan, Role string }

// found makes another organization of a person, and gives them acting there.
func found(t testing.TB, s *apitest.Server, p *apitest.Person, name string) *apitest.Person {
	t.Helper()
	a := s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/organizations", As: p, Status: 201, Body: apitest.JSON(t, map[string]string{"name": name})})
	there := *p
	there.OrganizationID, there.NamesOrganization = apitest.Decode[organization](t, a).ID, true
	return &there
}

func TestOrganizations(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	made := s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/organizations", As: mira, Status: 201, Body: `{"name":" Harbour works "}`, Want: []string{`"name":"Harbour works"`, `"plan":"free"`, `"role":"admin"`}})
	harbour := apitest.Decode[organization](t, made)
	if kinds := eventsOf(t, s, harbour.ID); !slices.Equal(kinds, []string{"organization.created"}) || made.Header.Get("Laneway-Seq") != "1" {
		t.Errorf("events %q, number %q", kinds, made.Header.Get("Laneway-Seq"))
	}
	at := made.Header.Get("Location")
	s.RunAll(t, []apitest.Scenario{
		{Name: "both are mine", Method: "GET", URL: "/api/me", As: mira, Status: 200, Want: []string{harbour.ID, mira.OrganizationID, `"defaultOrganizationId":"` + mira.OrganizationID}},
		{Name: "it is read by its address alone", Method: "GET", URL: at, As: mira, Headers: map[string]string{"Laneway-Organization": ""}, Status: 200, Want: []string{"Harbour works", `"role":"admin"`}},
		{Name: "by header and address", Method: "GET", URL: at, As: mira, Headers: map[string]string{"Laneway-Organization": harbour.ID}, Status: 200},
		{Name: "two different ones are none", Method: "GET", URL: at, As: mira, Headers: map[string]string{"Laneway-Organization": mira.OrganizationID}, Status: 404},
		{Name: "the default one changes", Method: "PATCH", URL: "/api/me", As: mira, Body: `{"defaultOrganizationId":"` + harbour.ID + `"}`, Status: 200, Want: []string{`"defaultOrganizationId":"` + harbour.ID}},
		{Name: "and stays", Method: "GET", URL: "/api/me", As: mira, Status: 200, Want: []string{`"defaultOrganizationId":"` + harbour.ID}},
		{Name: "to none", Method: "PATCH", URL: "/api/me", As: mira, Body: `{"defaultOrganizationId":null}`, Status: 422},
		{Name: "to one that is not there", Method: "PATCH", URL: "/api/me", As: mira, Body: `{"defaultOrganizationId":"` + missing + `"}`, Status: 422, Reason: "unknown_organization"},
		{Name: "without a name", Method: "POST", URL: "/api/organizations", As: mira, Body: `{"name":" "}`, Status: 422, Reason: "required"},
		{Name: "of nobody", Method: "POST", URL: "/api/organizations", Body: `{"name":"x"}`, Status: 401},
	})
	there := *mira
	there.OrganizationID = harbour.ID
	changes(t, s, harbour.ID, "organization.renamed", apitest.Scenario{Method: "PATCH", URL: at, As: &there, Body: `{"name":"Harbour & sons"}`, Status: 200, Want: []string{`"name":"Harbour & sons"`}})
	s.Create(t, &there, "A", apitest.Document("A"))
	d := s.Create(t, &there, "B", apitest.Document("B"))
	usage := apitest.Scenario{Method: "GET", URL: at + "/usage", As: &there, Status: 200, Want: []string{`{"plan":"free","diagrams":{"used":2,"limit":5},"members":1}`}}
	s.Run(t, usage)
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: "/api/diagrams/" + d.ID, As: &there, Status: 204})
	s.SetPlan(t, &there, "pro")
	usage.Want = []string{`{"plan":"pro","diagrams":{"used":1,"limit":100},"members":1}`}
	s.Run(t, usage)
}

// One person cannot have the free plan any number of times, not even by asking at the same time.
func TestOrganizationsAreBounded(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	for range 22 {
		found(t, s, mira, "One more")
	}
	statuses := make(chan int)
	for range 6 {
		go func() {
			statuses <- s.Do(t, s.Request(t, apitest.Scenario{Method: "POST", URL: "/api/organizations", As: mira, Body: `{"name":"x"}`})).Status
		}()
	}
	made := 0
	for range 6 {
		switch status := <-statuses; status {
		case http.StatusCreated:
			made++
		case http.StatusConflict:
		default:
			t.Errorf("status %d", status)
		}
	}
	if n := storetest.Value[int](t, s.DB, "SELECT count(*) FROM memberships WHERE user_id = $1", mira.ID); made != 2 || n != 25 {
		t.Errorf("%d were made at once, there are %d; want 2 and 25", made, n)
	}
}

// Every operation on an organization, asked by every role, by others and by nobody. The admin comes
// last, so that what the others may not is still there to be done.
func TestOrganizationRoles(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "CANARY-mira"), s.SignUp(t, "otto")
	otto.NamesOrganization = false
	member, viewer, guest := s.SignUp(t, "member"), s.SignUp(t, "viewer"), s.SignUp(t, "guest")
	checked := 0
	for _, row := range httpapi.RouteRows() {
		if !strings.Contains(row.Path, "{organization}") {
			continue
		}
		home := found(t, s, mira, "CANARY-home")
		s.Join(t, guest, home, "viewer")
		c := apitest.Scenario{Method: row.Method, URL: strings.NewReplacer("{organization}", home.OrganizationID, "{user}", guest.ID,
			"{invitation}", invite(t, s, home, "viewer").ID).Replace(row.Path)}
		switch row.Method + " " + row.Path {
		case "PATCH /api/organizations/{organization}":
			c.Body = `{"name":"Renamed"}`
		case "PATCH /api/organizations/{organization}/members/{user}":
			c.Body = `{"role":"member"}`
		case "POST /api/organizations/{organization}/invitations":
			c.Body = `{"role":"admin"}`
		case "POST /api/organizations/{organization}/delete":
			c.Body = `{"name":"CANARY-home"}`
		case "POST /api/organizations/{organization}/leave":
			s.Join(t, otto, home, "admin")
		}
		for _, p := range []struct {
			as           *apitest.Person
			read, manage int // 0: allowed
		}{
			{nil, 401, 401},
			{otto, 404, 404},
			{s.Join(t, member, home, "member"), 0, 403},
			{s.Join(t, viewer, home, "viewer"), 0, 403},
			{home, 0, 0},
		} {
			if p.as == otto && strings.HasSuffix(row.Path, "/leave") {
				continue // he is an admin there, for the last one could not leave
			}
			c.As, c.Status, c.Not = p.as, p.manage, []string{"CANARY", mira.ID}
			if !slices.Contains([]string{"organization:manage", "organization:delete", "audit:read"}, row.Access) {
				c.Status = p.read
			}
			if checked++; c.Status != 0 {
				changes(t, s, home.OrganizationID, "", c)
			} else if a := s.Do(t, s.Request(t, c)); a.Status >= 300 {
				t.Errorf("%s %s as %v: status %d\n%s", row.Method, row.Path, p.as, a.Status, a.Body)
			}
		}
	}
	if checked < 45 {
		t.Errorf("%d requests, want at least 45", checked)
	}
}

// An organization of others is answered like one that is not there, and so is what belongs to it under
// one's own address.
func TestForeignOrganizationIsMissing(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	otto.NamesOrganization = false
	guest := s.Join(t, s.SignUp(t, "guest"), mira, "member")
	theirs := apitest.Decode[struct{ ID string }](t, s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/organizations/" + mira.OrganizationID + "/invitations", As: mira, Status: 201, Body: `{"role":"viewer"}`})).ID
	body := map[string]string{"PATCH": `{"name":"x"}`, "POST": `{"role":"viewer"}`}
	for _, row := range httpapi.RouteRows() {
		if !strings.Contains(row.Path, "{organization}") {
			continue
		}
		ask := func(organization, user, invitation string) apitest.Problem {
			c := apitest.Scenario{Method: row.Method, As: otto, Status: 404, Kind: "not-found", Not: []string{"guest", mira.ID},
				URL: strings.NewReplacer("{organization}", organization, "{user}", user, "{invitation}", invitation).Replace(row.Path)}
			if c.Body = body[row.Method]; strings.HasSuffix(row.Path, "{user}") && row.Method == http.MethodPatch {
				c.Body = `{"role":"viewer"}`
			}
			if strings.HasSuffix(row.Path, "/leave") {
				c.Body = ""
			}
			p := s.Run(t, c).Problem(t)
			p.Instance = ""
			return p
		}
		same := func(what string, a, b apitest.Problem) {
			t.Helper()
			if a.Detail != b.Detail || a.Title != b.Title || len(a.Errors) != len(b.Errors) {
				t.Errorf("%s %s, %s: %+v, missing %+v", row.Method, row.Path, what, a, b)
			}
		}
		gone := ask(missing, missing, missing)
		for name, id := range map[string]string{"foreign": mira.OrganizationID, "malformed": "nonsense", "zero": "00000000-0000-0000-0000-000000000000"} {
			same(name, ask(id, guest.ID, theirs), gone)
		}
		if strings.Contains(row.Path, "{user}") || strings.Contains(row.Path, "{invitation}") {
			same("of others, under one's own", ask(otto.OrganizationID, guest.ID, theirs), ask(otto.OrganizationID, missing, missing))
		}
	}
	if n := storetest.Value[int](t, s.DB, "SELECT count(*) FROM memberships WHERE org_id = $1", mira.OrganizationID); n != 2 {
		t.Errorf("%d members are left", n)
	}
}
