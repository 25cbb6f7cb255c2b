package httpapi_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"laneway/internal/httpapi/apitest"
	"laneway/internal/store/storetest"
)

type members struct {
	Data []struct {
		UserID, DisplayName, Role, JoinedAt string
		Email                               *string
	}
	NextCursor string
	HasMore    bool
}

func TestMembers(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	anna := s.Join(t, s.SignUp(t, "anna"), mira, "member")
	vera := s.Join(t, s.SignUp(t, "vera"), mira, "viewer")
	at := "/api/organizations/" + mira.OrganizationID + "/members"
	var names []string
	for cursor := ""; ; {
		page := apitest.Decode[members](t, s.Run(t, apitest.Scenario{Method: "GET", URL: at + "?limit=1" + cursor, As: mira, Status: 200}))
		for _, m := range page.Data {
			names = append(names, m.DisplayName+" "+m.Role)
			if m.Email == nil || *m.Email != m.DisplayName+"@example.org" {
				t.Errorf("an admin sees %+v", m)
			}
		}
		if cursor = "&cursor=" + page.NextCursor; !page.HasMore {
			break
		}
	}
	if have := strings.Join(names, ", "); have != "anna member, mira admin, vera viewer" {
		t.Errorf("members %q", have)
	}
	s.Run(t, apitest.Scenario{Name: "a viewer sees their own address alone", Method: "GET", URL: at, As: vera, Status: 200, Want: []string{`"vera@example.org"`}, Not: []string{"mira@example.org", "anna@example.org"}})

	role := func(p *apitest.Person, role string) apitest.Scenario {
		return apitest.Scenario{Method: "PATCH", URL: at + "/" + p.ID, As: mira, Body: `{"role":"` + role + `"}`, Status: 200}
	}
	create := apitest.Scenario{Method: "POST", URL: "/api/projects", As: vera, Body: `{"name":"A"}`, Status: 403}
	s.Run(t, create)
	changes(t, s, mira.OrganizationID, "member.role_changed", role(vera, "member"))
	create.Status = 201
	s.Run(t, create)
	changes(t, s, mira.OrganizationID, "", role(vera, "member"))
	changes(t, s, mira.OrganizationID, "member.role_changed", role(vera, "viewer"))
	create.Status = 403
	s.Run(t, create)

	for _, c := range []apitest.Scenario{
		role(mira, "member"),
		{Method: "DELETE", URL: at + "/" + mira.ID, As: mira},
		{Method: "POST", URL: "/api/organizations/" + mira.OrganizationID + "/leave", As: mira},
	} {
		c.Status, c.Kind, c.Reason = 409, "conflict", "last_admin"
		changes(t, s, mira.OrganizationID, "", c)
	}
	unknown := role(vera, "owner")
	unknown.Status, unknown.Reason = 422, "unknown_role"
	changes(t, s, mira.OrganizationID, "", unknown)

	changes(t, s, mira.OrganizationID, "member.left", apitest.Scenario{Name: "a viewer leaves", Method: "POST", URL: "/api/organizations/" + mira.OrganizationID + "/leave", As: vera, Status: 204})
	s.Run(t, apitest.Scenario{Method: "GET", URL: at, As: vera, Status: 404})
	changes(t, s, mira.OrganizationID, "member.role_changed", role(anna, "admin"))
	changes(t, s, mira.OrganizationID, "member.left", apitest.Scenario{Method: "POST", URL: "/api/organizations/" + mira.OrganizationID + "/leave", As: mira, Status: 204})
	s.Run(t, apitest.Scenario{Name: "the new admin manages", Method: "GET", URL: "/api/organizations/" + mira.OrganizationID + "/invitations", As: anna, Status: 200})
}

// Who is removed is out from the next request on, and hears nothing more within five seconds; a role
// that changes and others' streams go on. The streams are looked at once a minute, so it is the event
// that ends them.
func TestRemovedMemberIsOut(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	anna, otto := s.Join(t, s.SignUp(t, "anna"), mira, "member"), s.Join(t, s.SignUp(t, "otto"), mira, "member")
	d := s.Create(t, mira, "Harbour", apitest.Document("A"))
	streams := make(map[string]*apitest.Stream)
	for name, p := range map[string]*apitest.Person{"mira": mira, "anna": anna, "otto": otto} {
		streams[name] = s.Open(t, p, "", nil)
		streams[name].Want(t, "hello")
	}
	at := "/api/organizations/" + mira.OrganizationID + "/members/"
	s.Run(t, apitest.Scenario{Method: "PATCH", URL: at + otto.ID, As: mira, Body: `{"role":"viewer"}`, Status: 200})
	removed := time.Now()
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: at + anna.ID, As: mira, Status: 204})
	for _, url := range []string{"/api/diagrams", "/api/diagrams/" + d.ID, "/api/events"} {
		s.Run(t, apitest.Scenario{Method: "GET", URL: url, As: anna, Status: 404, Not: []string{"Harbour"}})
	}
	streams["anna"].WantEnd(t)
	if took := time.Since(removed); took > 5*time.Second {
		t.Errorf("the stream ended after %s", took)
	}
	for _, name := range []string{"mira", "otto"} {
		streams[name].Want(t, "member.role_changed")
		if e := streams[name].Want(t, "member.removed"); !strings.Contains(e.Data, `"subjectId":"`+anna.ID+`"`) {
			t.Errorf("%s hears %+v", name, e)
		}
	}
	signedOut := time.Now()
	s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/auth/sign-out", As: otto, Status: 204})
	streams["otto"].WantEnd(t)
	if took := time.Since(signedOut); took > 5*time.Second {
		t.Errorf("after signing out the stream ended after %s", took)
	}
	s.Create(t, mira, "Still here", apitest.Document("A"))
	streams["mira"].Want(t, "diagram.created")

	s.RunAll(t, []apitest.Scenario{
		{Name: "an account without the organization still signs in", Method: "POST", URL: "/api/auth/sign-in", Status: 200, Body: credentials(t, anna.Email, anna.Password)},
		{Name: "removed twice", Method: "DELETE", URL: at + anna.ID, As: mira, Status: 404},
	})
}

// Two admins who demote, remove and leave at the same time never leave an organization without one.
func TestLastAdminRace(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	for round := range 12 {
		home := found(t, s, mira, "Home")
		other := s.Join(t, otto, home, "admin")
		at := "/api/organizations/" + home.OrganizationID
		var wait sync.WaitGroup
		for i, p := range []*apitest.Person{home, other} {
			c := apitest.Scenario{Method: "PATCH", URL: at + "/members/" + []string{other.ID, home.ID}[i], As: p, Body: `{"role":"member"}`}
			switch (round + i) % 3 {
			case 1:
				c = apitest.Scenario{Method: "DELETE", URL: c.URL, As: p}
			case 2:
				c = apitest.Scenario{Method: "POST", URL: at + "/leave", As: p}
			}
			wait.Go(func() {
				if a := s.Do(t, s.Request(t, c)); a.Status >= 500 {
					t.Errorf("status %d: %s", a.Status, a.Body)
				}
			})
		}
		wait.Wait()
		if n := storetest.Value[int](t, s.DB, "SELECT count(*) FROM memberships WHERE org_id = $1 AND role = 'admin'", home.OrganizationID); n != 1 {
			t.Errorf("round %d left %d admins", round, n)
		}
	}
}
