package httpapi_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"laneway/internal/auth"
	"laneway/internal/auth/authtest"
	"laneway/internal/httpapi/apitest"
	"laneway/internal/platform"
	"laneway/internal/store/storetest"
)

// withIssuer starts a server that takes the tokens of a service of the test's own.
func withIssuer(t *testing.T, signUp platform.SignUpPolicy, c auth.IssuerConfig) (*apitest.Server, *authtest.Provider) {
	t.Helper()
	id := authtest.Start(t)
	c.Issuer, c.Audience = id.Issuer, "authenticated"
	issuer, err := auth.NewIssuer(c)
	if err != nil {
		t.Fatal(err)
	}
	return apitest.New(t, apitest.Config{Issuers: []platform.TokenIssuer{{Issuer: issuer, SignUp: signUp}}}), id
}

func bearer(token string) map[string]string {
	return map[string]string{"Authorization": "Bearer " + token}
}

func TestBearerTokens(t *testing.T) {
	t.Parallel()
	s, id := withIssuer(t, platform.SignUpOpen, auth.IssuerConfig{})
	mira := s.SignUp(t, "mira")
	// A token as Supabase Auth makes it. It says nothing of whether the address is verified.
	claims := id.Claims("8f5c2f0e-0001-4000-8000-000000000001", "authenticated").With(authtest.Object{
		"role": "authenticated", "aal": "aal1", "session_id": "b2f0", "email": "ada@example.org", "phone": "", "is_anonymous": false,
		"app_metadata": authtest.Object{"provider": "email"}, "user_metadata": authtest.Object{"full_name": "Ada Berg", "email_verified": true},
	})
	ada := bearer(id.Keys[0].Sign("ES256", claims))
	first := s.Run(t, apitest.Scenario{Name: "the first one makes the account", Method: "GET", URL: "/api/me", Headers: ada, Status: 200, Want: []string{`"displayName":"Ada Berg"`, `"email":null`, "Ada Berg's organization"}})
	me := apitest.Decode[meAnswer](t, first)
	if first.Header.Get("Set-Cookie") != "" {
		t.Error("a token got a cookie")
	}
	if kinds := eventsOf(t, s, me.DefaultOrganizationID); strings.Join(kinds, " ") != "organization.created member.joined" {
		t.Errorf("events %q", kinds)
	}
	with := func(headers map[string]string, more ...string) map[string]string {
		made := map[string]string{"Authorization": headers["Authorization"]}
		for i := 0; i < len(more); i += 2 {
			made[more[i]] = more[i+1]
		}
		return made
	}
	invitation := invite(t, s, mira, "member")
	s.RunAll(t, []apitest.Scenario{
		{Name: "it writes", Method: "POST", URL: "/api/projects", Headers: ada, Status: 201, Body: `{"name":"Quay"}`},
		{Name: "from a page of another site, which can't have a browser send it by itself", Method: "POST", URL: "/api/projects", Headers: with(ada, "Sec-Fetch-Site", "cross-site", "Origin", "https://app.example"), Status: 201, Body: `{"name":"Pier"}`},
		{Name: "a cookie that goes along is not looked at", Method: "GET", URL: "/api/me", As: mira, Headers: with(ada, "Laneway-Organization", ""), Status: 200, Want: []string{me.User.ID}, Not: []string{mira.ID}},
		{Name: "nor helps it", Method: "GET", URL: "/api/me", As: mira, Headers: bearer(id.Keys[0].Sign("ES256", claims.With(authtest.Object{"exp": 1}))), Status: 401, Reason: "expired"},
		{Name: "it is in no other organization", Method: "GET", URL: "/api/organizations/" + mira.OrganizationID, Headers: ada, Status: 404},
		{Name: "it accepts an invitation", Method: "POST", URL: "/api/invitations/" + invitation.secret() + "/accept", Headers: ada, Status: 200},
		{Name: "and then is", Method: "GET", URL: "/api/organizations/" + mira.OrganizationID, Headers: ada, Status: 200},
		{Name: "it founds another", Method: "POST", URL: "/api/organizations", Headers: ada, Status: 201, Body: `{"name":"Dock"}`},
		{Name: "it makes no API token, which could outlive it", Method: "POST", URL: "/api/tokens", Headers: ada, Status: 403, Body: `{"name":"x","scope":"read"}`},
		{Name: "it sees no API tokens", Method: "GET", URL: "/api/tokens", Headers: ada, Status: 403},
		{Name: "it deletes no organization", Method: "POST", URL: "/api/organizations/" + me.DefaultOrganizationID + "/delete", Headers: ada, Status: 403, Body: `{"name":"Ada Berg's organization"}`},
		{Name: "nor restores one", Method: "POST", URL: "/api/organizations/" + me.DefaultOrganizationID + "/restore", Headers: ada, Status: 403},
		{Name: "it sets no password", Method: "POST", URL: "/api/me/password", Headers: ada, Status: 403, Body: `{"newPassword":"a new canary password"}`},
		{Name: "it sees no sessions", Method: "GET", URL: "/api/me/sessions", Headers: ada, Status: 403},
		{Name: "it links nothing", Method: "POST", URL: "/api/me/identities", Headers: ada, Status: 403, Body: `{"provider":"sso","next":"/"}`},
		{Name: "another issuer", Method: "GET", URL: "/api/me", Headers: bearer(id.Keys[0].Sign("ES256", claims.With(authtest.Object{"iss": "https://evil.example"}))), Status: 401, Kind: "unauthenticated"},
		{Name: "another audience", Method: "GET", URL: "/api/me", Headers: bearer(id.Keys[0].Sign("ES256", claims.With(authtest.Object{"aud": "anon"}))), Status: 401, Reason: "audience"},
		{Name: "alg none", Method: "GET", URL: "/api/me", Headers: bearer(authtest.Unsigned(authtest.Object{"alg": "none"}, claims)), Status: 401, Reason: "algorithm"},
		{Name: "an address as a token", Method: "GET", URL: "/api/me", Headers: bearer("ada.example.org"), Status: 401},
	})
	// The address of an account is no way into it, verified or not.
	thief := s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/me", Status: 200, Want: []string{`"email":null`}, Not: []string{mira.ID},
		Headers: bearer(id.Keys[0].Sign("ES256", id.Claims("thief", "authenticated").With(authtest.Object{"email": mira.Email, "email_verified": true})))})
	if len(apitest.Decode[meAnswer](t, thief).Organizations) != 1 {
		t.Errorf("the thief is %s", thief.Body)
	}
	grace := s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/me", Status: 200, Want: []string{`"email":"grace@example.org"`},
		Headers: bearer(id.Keys[0].Sign("ES256", id.Claims("grace", "authenticated").With(authtest.Object{"email": "grace@example.org", "email_verified": true})))})
	// Whoever has an address of theirs elsewhere by now is the same here.
	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/me", Status: 200, Want: []string{apitest.Decode[meAnswer](t, grace).User.ID, "grace@example.org"},
		Headers: bearer(id.Keys[0].Sign("ES256", id.Claims("grace", "authenticated").With(authtest.Object{"email": "new@example.org", "email_verified": true})))})
	for _, secret := range []string{"eyJ", "8f5c2f0e-0001-4000-8000-000000000001"} {
		if strings.Contains(s.Log.String(), secret) {
			t.Errorf("the log shows %q", secret)
		}
	}
}

// However many requests come first, one account is made.
func TestFirstSightIsOnce(t *testing.T) {
	t.Parallel()
	s, id := withIssuer(t, platform.SignUpOpen, auth.IssuerConfig{})
	headers := bearer(id.Keys[0].Sign("ES256", id.Claims("ada", "authenticated").With(authtest.Object{"email": "ada@example.org", "email_verified": true})))
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			a := s.Do(t, s.Request(t, apitest.Scenario{Method: "GET", URL: "/api/me", Headers: headers}))
			if a.Status != http.StatusOK {
				t.Errorf("status %d: %s", a.Status, a.Body)
			}
		})
	}
	all.Wait()
	if users, organizations, found := s.Count(t, "users"), s.Count(t, "organizations"), s.Count(t, "identities"); users != 1 || organizations != 1 || found != 1 {
		t.Errorf("%d users, %d organizations, %d identities", users, organizations, found)
	}
}

// Where tokens make no accounts, only those do that belong to one; and an event stream ends with its token.
func TestBearerTokensWithoutSignUp(t *testing.T) {
	t.Parallel()
	s, id := withIssuer(t, platform.SignUpInvited, auth.IssuerConfig{})
	mira := s.SignUp(t, "mira")
	token := id.Keys[0].Sign("ES256", id.Claims("mira at home", "authenticated"))
	me := apitest.Scenario{Method: "GET", URL: "/api/me", Headers: bearer(token), Status: 403, Kind: "forbidden"}
	if s.Run(t, me); s.Count(t, "users") != 1 {
		t.Error("an account was made")
	}
	s.DB.Admin(t, "INSERT INTO identities (issuer, subject, id, user_id) VALUES ($1, 'mira at home', gen_random_uuid(), $2)", id.Issuer, mira.ID)
	me.Status, me.Kind, me.Want = 200, "", []string{mira.ID, "mira@example.org"}
	s.Run(t, me)
	if !storetest.Value[bool](t, s.DB, "SELECT used_at IS NOT NULL FROM identities") {
		t.Error("nothing notes that the identity is in use")
	}
	stream := s.Open(t, nil, "", bearer(token))
	stream.Want(t, "hello")
	unlinked := time.Now()
	mine := apitest.Decode[identities](t, s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/me/identities", As: mira, Status: 200, Want: []string{`"provider":null`}}))
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: "/api/me/identities/" + mine.Data[0].ID, As: mira, Status: 204})
	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/me", Headers: bearer(token), Status: 403})
	stream.WantEnd(t)
	if took := time.Since(unlinked); took > 5*time.Second {
		t.Errorf("the stream ended after %s", took)
	}
}

// An issuer that can't be reached is no reason to say that the token is wrong.
func TestIssuerAway(t *testing.T) {
	t.Parallel()
	s, id := withIssuer(t, platform.SignUpOpen, auth.IssuerConfig{})
	mira := s.SignUp(t, "mira")
	id.BendAnswer = failWith(http.StatusInternalServerError, authtest.KeysPath)
	s.RunAll(t, []apitest.Scenario{
		{Name: "its token", Method: "GET", URL: "/api/me", Headers: bearer(id.Keys[0].Sign("ES256", id.Claims("ada", "authenticated"))), Status: 503, Kind: "unavailable"},
		{Name: "everybody else", Method: "GET", URL: "/api/me", As: mira, Status: 200},
	})
}
