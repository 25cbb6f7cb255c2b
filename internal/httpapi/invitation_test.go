package httpapi_test

import (
	"strings"
	"testing"

	"laneway/internal/httpapi/apitest"
	"laneway/internal/platform"
	"laneway/internal/store/storetest"
)

type invitation struct{ ID, Link, Role, ExpiresAt string }

// secret is the last part of the invitation's link.
func (i invitation) secret() string { return i.Link[strings.LastIndexByte(i.Link, '/')+1:] }

// invite makes an invitation into a person's organization.
func invite(t testing.TB, s *apitest.Server, p *apitest.Person, role string) invitation {
	t.Helper()
	return apitest.Decode[invitation](t, s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/organizations/" + p.OrganizationID + "/invitations", As: p, Status: 201, Body: `{"role":"` + role + `"}`}))
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	at := "/api/organizations/" + mira.OrganizationID + "/invitations"
	made := changes(t, s, mira.OrganizationID, "invitation.created", apitest.Scenario{Method: "POST", URL: at, As: mira, Status: 201,
		Body: `{"email":" Anna@Example.org ","role":"member"}`, Want: []string{`"email":"anna@example.org"`, `"role":"member"`, `"displayName":"mira"`}})
	first := apitest.Decode[invitation](t, made)
	if !strings.HasPrefix(first.Link, s.Address+"/invitation/") || len(first.secret()) != 43 {
		t.Errorf("link %q", first.Link)
	}
	if n := storetest.Value[int](t, s.DB, "SELECT count(*) FROM invitations WHERE position($1::bytea in secret_hash) > 0 OR octet_length(secret_hash) <> 32", []byte(first.secret())); n != 0 {
		t.Error("the secret itself is kept")
	}
	look := apitest.Scenario{Method: "GET", URL: "/api/invitations/" + first.secret(), Status: 200, Want: []string{`"organizationName":"mira's organization"`, `"role":"member"`, `"email":"anna@example.org"`, `"inviterName":"mira"`}, Not: []string{mira.OrganizationID, mira.ID}}
	accept := func(i invitation, as *apitest.Person, status int, reason string) apitest.Scenario {
		return apitest.Scenario{Method: "POST", URL: "/api/invitations/" + i.secret() + "/accept", As: as, Status: status, Reason: reason}
	}
	s.Run(t, look)
	s.RunAll(t, []apitest.Scenario{
		{Name: "it is in the list, without its link", Method: "GET", URL: at, As: mira, Status: 200, Want: []string{first.ID, `"hasMore":false`}, Not: []string{first.secret()}},
		{Name: "an unknown secret", Method: "GET", URL: "/api/invitations/" + strings.Repeat("a", 43), Status: 404, Reason: "unknown"},
		{Name: "nonsense", Method: "GET", URL: "/api/invitations/nonsense", Status: 404, Reason: "unknown"},
		{Name: "an unknown role", Method: "POST", URL: at, As: mira, Body: `{"role":"owner"}`, Status: 422, Reason: "unknown_role"},
		{Name: "no role", Method: "POST", URL: at, As: mira, Body: `{}`, Status: 422, Reason: "required"},
		{Name: "no address", Method: "POST", URL: at, As: mira, Body: `{"email":"nobody","role":"member"}`, Status: 422, Reason: "invalid_email"},
		{Name: "an empty address", Method: "POST", URL: at, As: mira, Body: `{"email":"","role":"member"}`, Status: 422, Reason: "invalid_email"},
		accept(first, nil, 401, ""),
	})
	// Whoever is a member already does not use it up.
	changes(t, s, mira.OrganizationID, "", accept(first, mira, 409, "already_member"))
	joined := changes(t, s, mira.OrganizationID, "member.joined", accept(first, otto, 200, ""))
	if o := apitest.Decode[organization](t, joined); o.ID != mira.OrganizationID || o.Role != "member" || o.Name != "mira's organization" {
		t.Errorf("joined %+v", o)
	}
	there := *otto
	there.OrganizationID = mira.OrganizationID
	s.Run(t, apitest.Scenario{Name: "he works there", Method: "POST", URL: "/api/projects", As: &there, Body: `{"name":"A"}`, Status: 201})
	look.Status, look.Reason, look.Want = 404, "accepted", nil
	s.Run(t, look)
	changes(t, s, mira.OrganizationID, "", accept(first, s.SignUp(t, "late"), 404, "accepted"))

	second := invite(t, s, mira, "viewer")
	changes(t, s, mira.OrganizationID, "invitation.revoked", apitest.Scenario{Method: "DELETE", URL: at + "/" + second.ID, As: mira, Status: 204})
	changes(t, s, mira.OrganizationID, "", apitest.Scenario{Method: "DELETE", URL: at + "/" + second.ID, As: mira, Status: 404})
	s.Run(t, accept(second, s.SignUp(t, "revoked"), 404, "revoked"))
	third := invite(t, s, mira, "viewer")
	s.Admin(t, "UPDATE invitations SET expires_at = now() - interval '1 second' WHERE id = $1", third.ID)
	s.Run(t, accept(third, s.SignUp(t, "expired"), 404, "expired"))
	s.Run(t, apitest.Scenario{Name: "none is open", Method: "GET", URL: at, As: mira, Status: 200, Want: []string{`"data":[]`}})
	for _, i := range []invitation{first, second, third} {
		if strings.Contains(s.Log.String(), i.secret()) {
			t.Error("a secret stands in the log")
		}
	}
}

// An invitation makes an account where accounts are made for whoever is invited only.
func TestSignUpByInvitation(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	i := invite(t, s, mira, "viewer")
	body := func(name string, more map[string]string) string {
		m := map[string]string{"email": name + "@example.org", "password": apitest.Password, "displayName": name}
		for k, v := range more {
			m[k] = v
		}
		return apitest.JSON(t, m)
	}
	signUp := func(name string, status int, reason string, more map[string]string) apitest.Scenario {
		return apitest.Scenario{Method: "POST", URL: "/api/auth/sign-up", Status: status, Reason: reason, Body: body(name, more)}
	}
	with := map[string]string{"invitation": i.secret()}
	before := eventsOf(t, s, mira.OrganizationID)
	s.RunAll(t, []apitest.Scenario{
		signUp("x", 422, "unknown", map[string]string{"invitation": strings.Repeat("a", 43)}),
		signUp("x", 422, "not_with_invitation", map[string]string{"invitation": i.secret(), "organizationName": "Mine"}),
		signUp("mira", 409, "taken", with), // and it stays open
	})
	a := s.Run(t, signUp("anna", 201, "", with))
	if in := apitest.Decode[struct{ Organization organization }](t, a); in.Organization.ID != mira.OrganizationID || in.Organization.Role != "viewer" {
		t.Errorf("signed up into %+v", in)
	}
	if after := eventsOf(t, s, mira.OrganizationID); len(after) != len(before)+1 || after[len(after)-1] != "member.joined" {
		t.Errorf("events %q", after)
	}
	s.RunAll(t, []apitest.Scenario{
		{Name: "she has no other organization", Method: "GET", URL: "/api/me", Headers: map[string]string{"Cookie": apitest.SessionCookie(t, a)}, Status: 200, Want: []string{`"defaultOrganizationId":"` + mira.OrganizationID}},
		signUp("late", 422, "accepted", with),
	})
	if n := s.Count(t, "organizations"); n != 1 {
		t.Errorf("%d organizations", n)
	}
	closed := apitest.New(t, apitest.Config{SignUp: platform.SignUpInvited})
	closed.Run(t, signUp("nobody", 403, "", nil))
	closed.Run(t, signUp("nobody", 422, "unknown", map[string]string{"invitation": strings.Repeat("a", 43)}))
	shut := apitest.New(t, apitest.Config{SignUp: platform.SignUpClosed})
	shut.Run(t, signUp("nobody", 403, "", map[string]string{"invitation": strings.Repeat("a", 43)}))
}

// One invitation is for one person, whoever tries at the same time.
func TestInvitationIsUsedOnce(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	var people []*apitest.Person
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		people = append(people, s.SignUp(t, name))
	}
	for round := range 5 {
		i := invite(t, s, mira, "member")
		statuses := make(chan int)
		for _, p := range people {
			go func() {
				statuses <- s.Do(t, s.Request(t, apitest.Scenario{Method: "POST", URL: "/api/invitations/" + i.secret() + "/accept", As: p})).Status
			}()
		}
		accepted := 0
		for range people {
			if status := <-statuses; status == 200 {
				accepted++
			} else if status != 404 && status != 409 { // a winner of an earlier round is a member already
				t.Errorf("status %d", status)
			}
		}
		if n := storetest.Value[int](t, s.DB, "SELECT count(*) FROM memberships WHERE org_id = $1", mira.OrganizationID); accepted != 1 || n != round+2 {
			t.Errorf("round %d: %d accepted, %d members", round, accepted, n)
		}
	}
}

// A link that an admin kept lets nobody in once they are no admin any more.
func TestInvitationsEndWithTheirAdmin(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, late := s.SignUp(t, "mira"), s.SignUp(t, "late")
	at := "/api/organizations/" + mira.OrganizationID + "/members/"
	kept := invite(t, s, mira, "viewer")
	for i, end := range []apitest.Scenario{
		{Method: "PATCH", Body: `{"role":"member"}`, Status: 200},
		{Method: "DELETE", Status: 204},
	} {
		admin := s.Join(t, s.SignUp(t, "admin-"+end.Method), mira, "admin")
		link := invite(t, s, admin, "admin")
		end.URL, end.As = at+admin.ID, mira
		changes(t, s, mira.OrganizationID, []string{"member.role_changed", "member.removed"}[i], end)
		s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/invitations/" + link.secret() + "/accept", As: late, Status: 404, Reason: "revoked"})
	}
	s.Run(t, apitest.Scenario{Name: "that of another admin stays", Method: "POST", URL: "/api/invitations/" + kept.secret() + "/accept", As: late, Status: 200})
}
