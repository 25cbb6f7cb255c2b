package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"laneway/internal/httpapi"
	"laneway/internal/httpapi/apitest"
	"laneway/internal/store/storetest"
)

// silent is what changes something and leaves no event in an organization's log, with the reason.
var silent = map[string]string{
	"POST /api/auth/sign-out":                  "sessions belong to no organization",
	"PATCH /api/me":                            "what one sees first is one's own affair",
	"POST /api/me/password":                    "passwords belong to no organization",
	"DELETE /api/me/sessions":                  "sessions belong to no organization",
	"DELETE /api/me/sessions/{session}":        "sessions belong to no organization",
	"POST /api/auth/sign-in":                   "sessions belong to no organization",
	"POST /api/auth/sign-up":                   "another organization's: see TestSignUpByInvitation and TestOrganizations",
	"POST /api/organizations":                  "another organization's: see TestOrganizations",
	"POST /api/invitations/{secret}/accept":    "another organization's: see TestInvitations",
	"DELETE /api/diagrams/{id}/drafts/{draft}": "one's own work that was never stored as a version",
	"POST /api/diagrams/{id}/diff":             "it changes nothing",
	"POST /api/diagrams/{id}/presence":         "it is never stored",
	"POST /api/auth/link":                      "ways to sign in belong to no organization",
	"POST /api/me/identities":                  "ways to sign in belong to no organization",
	"DELETE /api/me/identities/{identity}":     "ways to sign in belong to no organization",
	"POST /api/vitals":                         "it is never stored",
	"POST /api/auth/password-reset":            "passwords belong to no organization",
	"POST /api/auth/password-reset/{secret}":   "passwords belong to no organization",
}

// Every operation that changes something in an organization leaves exactly one event in its log; the
// others are listed above.
func TestEveryChangeLeavesOneEvent(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	s.SetPlan(t, mira, "enterprise")
	guest := s.SignUp(t, "guest")
	checked := 0
	for _, row := range httpapi.RouteRows() {
		name := row.Method + " " + row.Path
		if _, known := silent[name]; known || row.Method == http.MethodGet {
			continue
		}
		c := changing(t, s, mira, guest, row)
		before := eventsOf(t, s, mira.OrganizationID)
		a := s.Do(t, s.Request(t, c))
		if a.Status >= 300 {
			t.Errorf("%s: status %d\n%s", name, a.Status, a.Body)
		}
		after := eventsOf(t, s, mira.OrganizationID)
		if len(after) != len(before)+1 {
			t.Errorf("%s left the events %q", name, after[len(before):])
		}
		if a.Header.Get("Laneway-Seq") == "" {
			t.Errorf("%s does not name its event", name)
		}
		checked++
		// What was refused leaves none.
		refused := c
		refused.As = nil
		if s.Do(t, s.Request(t, refused)); len(eventsOf(t, s, mira.OrganizationID)) != len(after) {
			t.Errorf("%s leaves an event though it is refused", name)
		}
		// What comes after it needs an organization.
		if name == "POST /api/organizations/{organization}/delete" {
			s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/organizations/" + mira.OrganizationID + "/restore", As: mira, Status: 200})
		}
	}
	for name := range silent {
		method, path, _ := strings.Cut(name, " ")
		known := false
		for _, row := range httpapi.RouteRows() {
			known = known || row.Method == method && row.Path == path
		}
		if !known {
			t.Errorf("%s is listed and is no operation", name)
		}
	}
	if checked < 18 {
		t.Errorf("%d operations, want at least 18", checked)
	}
	t.Logf("%d operations leave one event each, %d none", checked, len(silent))
}

// changing makes a request for a row that changes something: on a diagram, a project, a member, an
// invitation and a token that are new.
func changing(t *testing.T, s *apitest.Server, mira, guest *apitest.Person, row httpapi.RouteRow) apitest.Scenario {
	t.Helper()
	d := s.Create(t, mira, "A", pair("one", "two"))
	project := apitest.Decode[struct{ ID string }](t, s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/projects", As: mira, Body: `{"name":"A"}`, Status: 201}))
	s.Admin(t, "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2", mira.OrganizationID, guest.ID)
	there := s.Join(t, guest, mira, "viewer")
	c := call(t, row, d.ID)
	c.URL = strings.Replace(row.Path, "{id}", d.ID, 1)
	c.URL = strings.NewReplacer("{number}", "1", "{project}", project.ID, "{organization}", mira.OrganizationID, "{user}", guest.ID,
		"{invitation}", invite(t, s, mira, "viewer").ID, "{token}", mint(t, s, mira, "read").ID).Replace(c.URL)
	c.As = mira
	switch row.Method + " " + row.Path {
	case "POST /api/diagrams/{id}/restore":
		s.Run(t, apitest.Scenario{Method: "DELETE", URL: "/api/diagrams/" + d.ID, As: mira, Status: 204})
	case "POST /api/diagrams/{id}/versions/{number}/restore", "POST /api/diagrams/{id}/versions/{number}/take":
		s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + d.ID, As: mira, Status: 200, Body: save(t, map[string]any{"bpmnXml": pair("three", "two"), "expectedVersion": 1})})
		if c.Body != "" {
			c.Body = `{"elements":["Task_1"],"expectedVersion":2}`
		}
	case "POST /api/diagrams/{id}/resolve":
		s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + d.ID, As: mira, Status: 200, Body: save(t, edit("first", "two"))})
		a := s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + d.ID, As: mira, Status: 409, Body: save(t, edit("other", "two"))})
		draft := apitest.Decode[struct {
			DraftID   string
			Conflicts []struct{ ID string }
		}](t, a)
		choices := make(map[string]string)
		for _, conflict := range draft.Conflicts {
			choices[conflict.ID] = "ours"
		}
		c.Body = apitest.JSON(t, map[string]any{"draftId": draft.DraftID, "currentVersion": 2, "choices": choices})
	case "PATCH /api/organizations/{organization}":
		c.Body = `{"name":"Renamed"}`
	case "POST /api/organizations/{organization}/delete", "POST /api/organizations/{organization}/restore":
		c.Body = apitest.JSON(t, map[string]string{"name": storetest.Value[string](t, s.DB, "SELECT name FROM organizations WHERE id = $1", mira.OrganizationID)})
		if strings.HasSuffix(row.Path, "/restore") {
			s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/organizations/" + mira.OrganizationID + "/delete", As: mira, Body: c.Body, Status: 200})
			c.Body = ""
		}
	case "PATCH /api/organizations/{organization}/members/{user}":
		c.Body = `{"role":"member"}`
	case "POST /api/organizations/{organization}/leave":
		c.As = there
	case "POST /api/organizations/{organization}/invitations":
		c.Body = `{"role":"viewer"}`
	case "POST /api/tokens":
		c.Body = `{"name":"x","scope":"read"}`
	}
	return c
}
