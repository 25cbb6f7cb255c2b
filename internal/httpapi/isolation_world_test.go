package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"laneway/internal/auth"
	"laneway/internal/auth/authtest"
	"laneway/internal/httpapi/apitest"
	"laneway/internal/platform"
	"laneway/internal/store/storetest"
)

// A tenant is an organization with one object of each kind. Every text that it holds has its mark in it, so that a
// leak is seen wherever it comes out.
type tenant struct {
	mark                  string
	admin, member, viewer *apitest.Person
	guest                 *apitest.Person // a member to be changed and removed
	ids                   map[string]string
	trashed               string
}

// secrets are what nobody of another organization may ever see: the mark and every id.
func (x *tenant) secrets() []string {
	list := []string{x.mark, x.trashed, x.admin.ID, x.member.ID, x.viewer.ID}
	for name, id := range x.ids {
		if name != "number" {
			list = append(list, id)
		}
	}
	return list
}

// world is two organizations that must not know of each other, and everybody who may try.
type world struct {
	s          *apitest.Server
	a, b       *tenant
	principals []principal
}

// A principal is who sends a request. Home is the organization that the person works in, or pretends to.
type principal struct {
	name     string
	home     *tenant
	role     string // "": no member of home
	scope    string // of a token; "": a session
	operator bool   // of the instance
	dead     bool   // the credential is none any more
	as       *apitest.Person
	token    string
	of       *apitest.Person // whose token it is
}

// send fills in who asks, naming an organization.
func (p *principal) send(c apitest.Scenario, organization string) apitest.Scenario {
	headers := map[string]string{"Laneway-Organization": organization}
	for name, value := range c.Headers {
		headers[name] = value
	}
	c.As = p.as
	if p.token != "" {
		headers["Authorization"] = "Bearer " + p.token
	}
	c.Headers = headers
	return c
}

func newTenant(t *testing.T, s *apitest.Server, mark string) *tenant {
	t.Helper()
	name := func(who string) string { return mark + "-" + who }
	x := &tenant{mark: mark, admin: s.SignUp(t, name("admin"))}
	s.SetPlan(t, x.admin, "enterprise")
	join := func(who, role string) *apitest.Person {
		t.Helper()
		return s.Join(t, s.SignUp(t, name(who)), x.admin, role)
	}
	x.member, x.viewer, x.guest = join("member", "member"), join("viewer", "viewer"), join("guest", "viewer")
	x.ids = x.make(t, s, x.admin)
	gone := s.Create(t, x.admin, name("trashed"), apitest.Document(mark))
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: "/api/diagrams/" + gone.ID, As: x.admin, Status: 204})
	x.trashed = gone.ID
	return x
}

// make makes one object of each kind; the draft, the token and the session are those of the person.
func (x *tenant) make(t *testing.T, s *apitest.Server, p *apitest.Person) map[string]string {
	t.Helper()
	ids := map[string]string{"organization": x.admin.OrganizationID, "user": x.guest.ID, "number": "2"}
	d := s.Create(t, x.admin, x.mark+"-diagram", apitest.Document(x.mark+"-first"))
	ids["id"] = d.ID
	save := func(as *apitest.Person, status int, fields map[string]any) *apitest.Answer {
		t.Helper()
		return s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + d.ID, As: as, Status: status, Body: apitest.JSON(t, fields)})
	}
	save(x.admin, 200, map[string]any{"bpmnXml": apitest.Document(x.mark + "-second"), "expectedVersion": 1})
	ids["draft"] = missing
	if p == x.admin || p == x.member {
		a := save(p, 409, map[string]any{"bpmnXml": apitest.Document(x.mark + "-third"), "baselineXml": apitest.Document(x.mark + "-first"), "expectedVersion": 1, "onConflict": "merge"})
		ids["draft"] = apitest.Decode[struct{ DraftID string }](t, a).DraftID
	}
	ids["project"] = apitest.Decode[struct{ ID string }](t, s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/projects", As: x.admin, Status: 201,
		Body: apitest.JSON(t, map[string]string{"name": fmt.Sprintf("%s-project %d", x.mark, s.Count(t, "projects")), "description": x.mark})})).ID
	ids["invitation"] = invite(t, s, x.admin, "viewer").ID
	ids["token"] = mint(t, s, p, "read").ID
	ids["session"] = anotherSession(t, s, p)
	ids["identity"] = anotherIdentity(t, s, p)
	return ids
}

// anotherSession begins a session of a person beside the one that asks.
func anotherSession(t *testing.T, s *apitest.Server, p *apitest.Person) string {
	t.Helper()
	return storetest.Value[string](t, s.DB, `INSERT INTO sessions (id, user_id, secret_hash, expires_at)
		VALUES (gen_random_uuid(), $1, sha256(gen_random_uuid()::text::bytea), now() + interval '1 day') RETURNING id::text`, p.ID)
}

// anotherIdentity links a person with a service that nobody signs in with.
func anotherIdentity(t *testing.T, s *apitest.Server, p *apitest.Person) string {
	t.Helper()
	return storetest.Value[string](t, s.DB, `INSERT INTO identities (issuer, subject, id, user_id, email)
		VALUES ('https://id.example', gen_random_uuid()::text, gen_random_uuid(), $1, (SELECT email FROM users WHERE id = $1)) RETURNING id::text`, p.ID)
}

// renew restores what a request of one's own may have taken away.
func (x *tenant) renew(t *testing.T, s *apitest.Server) {
	t.Helper()
	for _, m := range []struct {
		p    *apitest.Person
		role string
	}{{x.admin, "admin"}, {x.member, "member"}, {x.viewer, "viewer"}, {x.guest, "viewer"}} {
		s.Admin(t, `INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, $3)
			ON CONFLICT (org_id, user_id) DO UPDATE SET role = excluded.role WHERE memberships.role <> excluded.role`, x.admin.OrganizationID, m.p.ID, m.role)
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	id := authtest.Start(t)
	issuer, err := auth.NewIssuer(auth.IssuerConfig{Issuer: id.Issuer, Audience: "authenticated"})
	if err != nil {
		t.Fatal(err)
	}
	s := apitest.New(t, apitest.Config{Issuers: []platform.TokenIssuer{{Issuer: issuer, SignUp: platform.SignUpOpen}}})
	w := &world{s: s, a: newTenant(t, s, "CANARY-A"), b: newTenant(t, s, "CANARY-B")}
	add := func(p principal) { w.principals = append(w.principals, p) }
	for _, x := range []*tenant{w.a, w.b} {
		add(principal{name: "admin of " + x.mark, home: x, role: "admin", as: x.admin})
		add(principal{name: "member of " + x.mark, home: x, role: "member", as: x.member})
		add(principal{name: "viewer of " + x.mark, home: x, role: "viewer", as: x.viewer})
	}
	add(principal{name: "nobody", home: w.a, dead: true})
	operator := s.SignUp(t, "operator")
	s.DB.Admin(t, "UPDATE users SET operator = true WHERE id = $1", operator.ID)
	add(principal{name: "who operates the instance", home: w.a, operator: true, as: operator})
	ended := func(name, statement string) {
		p := s.Join(t, s.SignUp(t, strings.ReplaceAll(name, " ", "-")), w.a.admin, "admin")
		s.Admin(t, statement, p.ID)
		add(principal{name: name, home: w.a, role: "admin", dead: true, as: p})
	}
	ended("expired session", "UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = $1")
	ended("revoked session", "DELETE FROM sessions WHERE user_id = $1")
	fixated := *w.a.admin
	fixated.Cookie = strings.SplitN(fixated.Cookie, "=", 2)[0] + "=" + strings.Repeat("A", 43)
	add(principal{name: "fixated session", home: w.a, role: "admin", dead: true, as: &fixated})
	left := s.Join(t, s.SignUp(t, "left"), w.a.admin, "member")
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: "/api/organizations/" + w.a.admin.OrganizationID + "/members/" + left.ID, As: w.a.admin, Status: 204})
	add(principal{name: "who was removed", home: w.a, as: left})
	invited := s.SignUp(t, "invited")
	invite(t, s, w.a.admin, "admin")
	invited.OrganizationID = w.a.admin.OrganizationID
	add(principal{name: "who is invited", home: w.a, as: invited})
	add(principal{name: "token that may only read", home: w.a, role: "admin", scope: "read", token: mint(t, s, w.a.admin, "read").Token, of: w.a.admin})
	add(principal{name: "token of CANARY-B", home: w.b, role: "member", scope: "write", token: mint(t, s, w.b.member, "write").Token, of: w.b.member})
	dead := func(name, statement string) {
		k := mint(t, s, w.a.admin, "admin")
		s.Admin(t, statement, k.ID)
		add(principal{name: name, home: w.a, role: "admin", scope: "admin", dead: true, token: k.Token})
	}
	dead("expired token", "UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE id = $1")
	dead("revoked token", "DELETE FROM api_tokens WHERE id = $1")
	s.DB.Admin(t, "INSERT INTO identities (issuer, subject, id, user_id) VALUES ($1, 'member of A', gen_random_uuid(), $2)", id.Issuer, w.a.member.ID)
	jwt := func(lifetime time.Duration) string {
		claims := id.Claims("member of A", "authenticated").With(authtest.Object{"exp": time.Now().Add(lifetime).Unix()})
		return id.Keys[0].Sign(id.Algorithm, claims)
	}
	add(principal{name: "issuer JWT", home: w.a, role: "member", token: jwt(12 * time.Hour), of: w.a.member})
	add(principal{name: "expired issuer JWT", home: w.a, role: "member", dead: true, token: jwt(-time.Hour)})
	return w
}
