package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"laneway/internal/httpapi"
	"laneway/internal/httpapi/apitest"
	"laneway/internal/store/storetest"
)

type token struct{ ID, Token, Name, Scope string }

// mint makes a token of a person.
func mint(t testing.TB, s *apitest.Server, p *apitest.Person, scope string) token {
	t.Helper()
	return apitest.Decode[token](t, s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/tokens", As: p, Status: 201, Body: `{"name":"Nightly export","scope":"` + scope + `"}`}))
}

func (k token) header() map[string]string {
	return map[string]string{"Authorization": "Bearer " + k.Token}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	d := s.Create(t, mira, "Harbour", apitest.Document("A"))
	made := changes(t, s, mira.OrganizationID, "token.created", apitest.Scenario{Method: "POST", URL: "/api/tokens", As: mira, Status: 201, Body: `{"name":" Nightly export ","scope":"write","expiresAt":null}`, Want: []string{`"name":"Nightly export"`, `"expiresAt":null`, `"usedAt":null`}})
	k := apitest.Decode[token](t, made)
	with := func(c apitest.Scenario) apitest.Scenario {
		c.Headers = k.header()
		return c
	}
	list := apitest.Scenario{Method: "GET", URL: "/api/tokens", As: mira, Status: 200, Want: []string{k.ID, `"usedAt":null`}, Not: []string{k.Token}}
	s.Run(t, list)
	s.RunAll(t, []apitest.Scenario{
		with(apitest.Scenario{Name: "it reads", Method: "GET", URL: "/api/diagrams/" + d.ID, Status: 200, Want: []string{"Harbour"}}),
		with(apitest.Scenario{Name: "it writes", Method: "PUT", URL: "/api/diagrams/" + d.ID, Body: `{"title":"Hafen","expectedVersion":1}`, Status: 200, Want: []string{mira.ID}}),
		with(apitest.Scenario{Name: "it says whose it is", Method: "GET", URL: "/api/me", Status: 200, Want: []string{mira.ID, mira.OrganizationID}}),
		with(apitest.Scenario{Name: "it may name its organization", Method: "GET", URL: "/api/organizations/" + mira.OrganizationID, Status: 200}),
		with(apitest.Scenario{Name: "and no other", Method: "GET", URL: "/api/organizations/" + otto.OrganizationID, Status: 404}),
		with(apitest.Scenario{Name: "it manages nothing", Method: "PATCH", URL: "/api/organizations/" + mira.OrganizationID, Body: `{"name":"x"}`, Status: 403, Want: []string{"scope"}}),
		with(apitest.Scenario{Name: "it makes no tokens", Method: "POST", URL: "/api/tokens", Body: `{"name":"x","scope":"read"}`, Status: 403}),
		with(apitest.Scenario{Name: "nor lists them", Method: "GET", URL: "/api/tokens", Status: 403}),
		with(apitest.Scenario{Name: "nor has sessions", Method: "GET", URL: "/api/me/sessions", Status: 403}),
		with(apitest.Scenario{Name: "nor accepts invitations", Method: "POST", URL: "/api/invitations/x/accept", Status: 403}),
		{Name: "the token decides, whoever's cookie goes along", Method: "GET", URL: "/api/diagrams", As: otto, Headers: map[string]string{"Authorization": "Bearer " + k.Token, "Laneway-Organization": ""}, Status: 200, Want: []string{"Hafen"}},
		{Name: "and is not helped by it", Method: "GET", URL: "/api/diagrams", As: mira, Headers: map[string]string{"Authorization": "Bearer nonsense"}, Status: 401},
		{Name: "in the scheme's other letters", Method: "GET", URL: "/api/diagrams", Headers: map[string]string{"Authorization": "bearer  " + k.Token}, Status: 200},
		{Name: "another scheme", Method: "GET", URL: "/api/diagrams", Headers: map[string]string{"Authorization": "Basic " + k.Token}, Status: 401},
		{Name: "none", Method: "GET", URL: "/api/diagrams", Headers: map[string]string{"Authorization": "Bearer"}, Status: 401},
		{Name: "mistyped", Method: "GET", URL: "/api/diagrams", Headers: map[string]string{"Authorization": "Bearer " + k.Token[:48] + "?"}, Status: 401, WantHeaders: map[string]string{"WWW-Authenticate": `Bearer realm="laneway", Cookie realm="laneway"`}},
		{Name: "an unknown scope", Method: "POST", URL: "/api/tokens", As: mira, Body: `{"name":"x","scope":"all"}`, Status: 422, Reason: "unknown_scope"},
		{Name: "expired from the start", Method: "POST", URL: "/api/tokens", As: mira, Body: `{"name":"x","scope":"read","expiresAt":"2020-01-01T00:00:00Z"}`, Status: 422, Reason: "in_the_past"},
		{Name: "for ever, nearly", Method: "POST", URL: "/api/tokens", As: mira, Body: `{"name":"x","scope":"read","expiresAt":"2999-01-01T00:00:00Z"}`, Status: 422, Reason: "too_late"},
		{Name: "no time", Method: "POST", URL: "/api/tokens", As: mira, Body: `{"name":"x","scope":"read","expiresAt":"tomorrow"}`, Status: 422, Reason: "invalid_time"},
		{Name: "somebody else's is not there", Method: "DELETE", URL: "/api/tokens/" + k.ID, As: otto, Status: 404},
	})
	list.Want, list.Not = []string{`"usedAt":"20`}, []string{`"usedAt":null`}
	s.Run(t, list)
	stream := s.Open(t, nil, "", k.header())
	stream.Want(t, "hello")
	revoked := time.Now()
	changes(t, s, mira.OrganizationID, "token.revoked", apitest.Scenario{Method: "DELETE", URL: "/api/tokens/" + k.ID, As: mira, Status: 204})
	s.Run(t, with(apitest.Scenario{Name: "revoked", Method: "GET", URL: "/api/diagrams", Status: 401}))
	stream.WantEnd(t)
	if took := time.Since(revoked); took > 5*time.Second {
		t.Errorf("the stream of a revoked token ended after %s", took)
	}
	s.Run(t, apitest.Scenario{Name: "revoked twice", Method: "DELETE", URL: "/api/tokens/" + k.ID, As: mira, Status: 404})
	short := mint(t, s, mira, "read")
	s.Admin(t, "UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE id = $1", short.ID)
	s.Run(t, apitest.Scenario{Name: "expired", Method: "GET", URL: "/api/diagrams", Headers: short.header(), Status: 401})
	if strings.Contains(s.Log.String(), k.Token) {
		t.Error("a token stands in the log")
	}
	if n := storetest.Value[int](t, s.DB, "SELECT count(*) FROM api_tokens WHERE octet_length(secret_hash) <> 32"); n != 0 {
		t.Error("something else than a hash is kept")
	}
}

// Every operation that asks for a permission, by scope: a token does what its scope and its person's
// role both allow, now and not when it was made.
func TestTokenScopes(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	s.SetPlan(t, mira, "enterprise")
	tokens := map[string]token{"read": mint(t, s, mira, "read"), "write": mint(t, s, mira, "write"), "admin": mint(t, s, mira, "admin")}
	allowed := map[string]string{
		"diagrams:read": "read write admin", "organization:read": "read write admin", "diagrams:write": "write admin",
		"organization:manage": "admin", "audit:read": "admin", "organization:leave": "admin", "organization:delete": "", "tokens:manage": "", "instance:operate": "", "session": "", "person": "", "account": "read write admin",
	}
	checked := 0
	for _, row := range httpapi.RouteRows() {
		if row.Access == "anonymous" {
			continue
		}
		want, known := allowed[row.Access]
		if !known {
			t.Errorf("%s %s: say which scopes may %s", row.Method, row.Path, row.Access)
		}
		for scope, k := range tokens {
			c := call(t, row, missing)
			c.URL = strings.NewReplacer("{organization}", mira.OrganizationID, "{user}", missing, "{invitation}", missing, "{token}", missing, "{session}", missing, "{secret}", "x").Replace(c.URL)
			if c.Body == "" && c.Bytes == nil && row.Method != http.MethodGet && row.Method != http.MethodDelete {
				c.Body = `{}`
			}
			if strings.HasSuffix(row.Path, "/leave") && scope == "admin" {
				continue // and there would be no organization any more
			}
			c.Headers = map[string]string{"Authorization": "Bearer " + k.Token}
			if c.Bytes != nil {
				c.Headers["Content-Type"] = "application/bpmn+xml"
			}
			a := s.Do(t, s.Request(t, c))
			if refused := a.Status == http.StatusForbidden; refused == strings.Contains(want, scope) || a.Status == http.StatusUnauthorized {
				t.Errorf("%s %s with scope %s: status %d\n%s", row.Method, row.Path, scope, a.Status, a.Body)
			}
			checked++
		}
	}
	t.Logf("%d requests", checked)
	member := s.Join(t, s.SignUp(t, "member"), mira, "member")
	for scope, status := range map[string]int{"read": 201, "write": 201, "admin": 422} {
		s.Run(t, apitest.Scenario{Name: "a member's " + scope, Method: "POST", URL: "/api/tokens", As: member, Body: `{"name":"x","scope":"` + scope + `"}`, Status: status})
	}
	k := mint(t, s, member, "write")
	at := "/api/organizations/" + mira.OrganizationID + "/members/" + member.ID
	create := apitest.Scenario{Method: "POST", URL: "/api/projects", Headers: k.header(), Body: `{"name":"x"}`, Status: 201}
	s.Run(t, create)
	s.Run(t, apitest.Scenario{Method: "PATCH", URL: at, As: mira, Body: `{"role":"viewer"}`, Status: 200})
	create.Status = 403
	s.Run(t, create)
	s.Run(t, apitest.Scenario{Name: "a viewer's", Method: "POST", URL: "/api/tokens", As: member, Body: `{"name":"x","scope":"write"}`, Status: 422, Reason: "beyond_role"})
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: at, As: mira, Status: 204})
	create.Status = 401
	s.Run(t, create)
	s.Join(t, member, mira, "member")
	s.Run(t, create) // coming back does not bring it back
}

func TestTokensAreBounded(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	s.Admin(t, `INSERT INTO api_tokens (org_id, id, user_id, name, scope, secret_hash)
		SELECT $1, gen_random_uuid(), $2, 'x', 'read', sha256(n::text::bytea) FROM generate_series(1, 98) n`, mira.OrganizationID, mira.ID)
	statuses := make(chan int)
	for range 5 {
		go func() {
			statuses <- s.Do(t, s.Request(t, apitest.Scenario{Method: "POST", URL: "/api/tokens", As: mira, Body: `{"name":"x","scope":"read"}`})).Status
		}()
	}
	count := make(map[int]int)
	for range 5 {
		count[<-statuses]++
	}
	if fmt.Sprint(count) != "map[201:2 409:3]" {
		t.Errorf("answers %v", count)
	}
}
