package httpapi_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"laneway/internal/httpapi"
	"laneway/internal/httpapi/apitest"
)

// Deleting an organization closes it at once, for everybody and every address; an admin alone takes that back, and then
// everything is as it was.
func TestDeleteOrganization(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	other := s.Beside(t, apitest.Config{}) // which hears of it by the event alone
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	anna := s.Join(t, s.SignUp(t, "anna"), mira, "member")
	d := s.Create(t, mira, "CANARY harbour", apitest.Document("CANARY"))
	k := mint(t, s, anna, "write")
	open := invite(t, s, mira, "viewer")
	streams := map[string]*apitest.Stream{"mira": s.Open(t, mira, "", nil), "anna": other.Open(t, anna, "", nil), "token": s.Open(t, nil, "", k.header())}
	for _, stream := range streams {
		stream.Want(t, "hello")
	}
	at := "/api/organizations/" + mira.OrganizationID
	ask := func(as *apitest.Person, name string) apitest.Scenario {
		return apitest.Scenario{Method: "POST", URL: at + "/delete", As: as, Body: apitest.JSON(t, map[string]string{"name": name})}
	}
	refused := func(c apitest.Scenario, status int, reason string) {
		t.Helper()
		c.Status, c.Reason = status, reason
		changes(t, s, mira.OrganizationID, "", c)
	}
	const name = "mira's organization"
	refused(ask(mira, "mira's organisation"), 422, "other_name")
	refused(ask(mira, ""), 422, "other_name")
	refused(ask(anna, name), 403, "")
	refused(ask(otto, name), 404, "")
	byToken := ask(nil, name)
	byToken.Headers = mint(t, s, mira, "admin").header()
	refused(byToken, 403, "")
	restore := apitest.Scenario{Method: "POST", URL: at + "/restore", As: mira, Status: 200}
	changes(t, s, mira.OrganizationID, "", restore) // there is nothing to restore

	done := ask(mira, name)
	done.Status, done.Want = 200, []string{`"purgeAt"`, `"role":"admin"`}
	deleted := time.Now()
	changes(t, s, mira.OrganizationID, "organization.deleted", done)
	for who, stream := range streams {
		stream.WantEnd(t)
		if took := time.Since(deleted); took > 5*time.Second {
			t.Errorf("the stream of %s ended after %s", who, took)
		}
	}
	// Every operation on an organization: members are told, by session or token; for others nothing has changed.
	checked := 0
	for _, row := range httpapi.RouteRows() {
		if _, organizational := permitted[row.Access]; !organizational || row.Access == operate || strings.HasSuffix(row.Path, "/delete") || strings.HasSuffix(row.Path, "/restore") {
			continue
		}
		c := call(t, row, d.ID)
		c.URL = strings.ReplaceAll(c.URL, "{organization}", mira.OrganizationID)
		c.URL = placeholder.ReplaceAllString(c.URL, missing)
		for _, as := range []*apitest.Person{mira, anna} {
			c.As, c.Status, c.Reason, c.Not = as, 404, "organization_deleted", []string{"CANARY"}
			s.Run(t, c)
			other.Run(t, c)
			checked++
		}
		named := c
		named.As, named.Reason, named.Not = otto, "", []string{"CANARY", "mira"}
		named.Headers = map[string]string{"Laneway-Organization": mira.OrganizationID}
		s.Run(t, named)
		withToken := c
		withToken.As, withToken.Headers = nil, k.header()
		for header, value := range c.Headers {
			withToken.Headers[header] = value
		}
		s.Run(t, withToken)
	}
	if checked < 80 {
		t.Errorf("%d requests of members, want at least 80", checked)
	}
	s.RunAll(t, []apitest.Scenario{
		{Name: "one's own account tells of it", Method: "GET", URL: "/api/me", As: anna, Status: 200, Want: []string{`"deletedOrganizations":[{"id":"` + mira.OrganizationID, `"role":"member"`}},
		{Name: "its invitations open nothing", Method: "GET", URL: "/api/invitations/" + open.secret(), Status: 404, Reason: "organization_deleted"},
		{Name: "and let nobody in", Method: "POST", URL: "/api/invitations/" + open.secret() + "/accept", As: otto, Status: 404, Reason: "organization_deleted"},
		{Name: "it cannot be chosen", Method: "PATCH", URL: "/api/me", As: mira, Body: `{"defaultOrganizationId":"` + mira.OrganizationID + `"}`, Status: 422},
		{Name: "nor deleted again", Method: "POST", URL: at + "/delete", As: mira, Body: apitest.JSON(t, map[string]string{"name": name}), Status: 409},
		{Name: "signing in works", Method: "POST", URL: "/api/auth/sign-in", Status: 200, Body: credentials(t, mira.Email, mira.Password), Want: []string{`"organization":null`}},
		{Name: "a member restores nothing", Method: "POST", URL: at + "/restore", As: anna, Status: 403},
		{Name: "nor does a stranger", Method: "POST", URL: at + "/restore", As: otto, Status: 404},
	})
	bare := *mira
	bare.NamesOrganization = false
	s.Run(t, apitest.Scenario{Name: "who names none is told as well", Method: "GET", URL: "/api/diagrams", As: &bare, Status: 404, Reason: "organization_deleted"})

	restore.Want = []string{`"name":"` + name + `"`}
	changes(t, s, mira.OrganizationID, "organization.restored", restore)
	s.RunAll(t, []apitest.Scenario{
		{Name: "diagrams", Method: "GET", URL: "/api/diagrams/" + d.ID, As: anna, Status: 200, Want: []string{"CANARY"}},
		{Name: "tokens", Method: "GET", URL: "/api/diagrams/" + d.ID, Headers: k.header(), Status: 200},
		{Name: "invitations", Method: "POST", URL: "/api/invitations/" + open.secret() + "/accept", As: otto, Status: 200},
		{Name: "the log", Method: "GET", URL: at + "/audit?kind=organization", As: mira, Status: 200, Want: []string{`"organization.deleted"`, `"organization.restored"`}},
	})

	// When the time is over it is gone, and nobody is told that it ever was.
	s.Run(t, done)
	s.DB.Admin(t, "UPDATE organizations SET deleted_at = now() - interval '31 days' WHERE id = $1", mira.OrganizationID)
	if removed, err := s.DB.Store.PurgeOrganizations(t.Context()); err != nil || len(removed) != 1 {
		t.Fatalf("removed %v, %v", removed, err)
	}
	for _, as := range []*apitest.Person{mira, anna, otto} {
		restore.As, restore.Status, restore.Want = as, 404, nil
		s.Run(t, restore)
		if me := s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/me", As: as, Status: 200}); strings.Contains(string(me.Body), mira.OrganizationID) {
			t.Errorf("%s", me.Body)
		}
	}
	if !slices.Contains(eventsOf(t, s, otto.OrganizationID), "organization.created") {
		t.Error("the neighbour's log is gone")
	}
}
