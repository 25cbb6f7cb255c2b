package httpapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"laneway/internal/auth"
	"laneway/internal/auth/authtest"
	"laneway/internal/httpapi/apitest"
	"laneway/internal/platform"
	"laneway/internal/store/storetest"
)

// withProvider starts a server that people can sign in to with a service of the test's own.
func withProvider(t *testing.T, signUp platform.SignUpPolicy, c apitest.Config) (*apitest.Server, *authtest.Provider) {
	t.Helper()
	id := authtest.Start(t)
	id.People["ada"] = authtest.Object{"sub": "id-of-ada", "name": "Ada Berg", "email": "ada@example.org", "email_verified": true}
	id.People["grace"] = authtest.Object{"sub": "id-of-grace", "name": "Grace Haven", "email": "grace@example.org", "email_verified": true}
	provider, err := auth.NewProvider(auth.ProviderConfig{ID: "sso", Name: "Harbour ID", Issuer: id.Issuer, ClientID: id.ClientID, ClientSecret: id.ClientSecret})
	if err != nil {
		t.Fatal(err)
	}
	c.Providers = []platform.SignInProvider{{Provider: provider, SignUp: signUp}}
	return apitest.New(t, c), id
}

// browser is one that keeps its cookies, as far as a sign-in needs.
type browser struct {
	s       *apitest.Server
	cookies map[string]string
}

func newBrowser(s *apitest.Server, p *apitest.Person) *browser {
	b := &browser{s: s, cookies: make(map[string]string)}
	if p != nil {
		name, value, _ := strings.Cut(p.Cookie, "=")
		b.cookies[name] = value
	}
	return b
}

// ask sends a request with the cookies, and keeps those that the answer sets.
func (b *browser) ask(t testing.TB, c apitest.Scenario) *apitest.Answer {
	t.Helper()
	var list []string
	for name, value := range b.cookies {
		list = append(list, name+"="+value)
	}
	headers := map[string]string{"Cookie": strings.Join(list, "; ")}
	for name, value := range c.Headers {
		headers[name] = value
	}
	c.Headers = headers
	a := b.s.Run(t, c)
	for _, header := range a.Header.Values("Set-Cookie") {
		set, err := http.ParseSetCookie(header)
		if err != nil {
			t.Fatal(err)
		}
		if b.cookies[set.Name] = set.Value; set.MaxAge < 0 {
			delete(b.cookies, set.Name)
		}
		if !set.HttpOnly || set.Path != "/" || set.SameSite != http.SameSiteLaxMode || set.Domain != "" || set.Secure != strings.HasPrefix(set.Name, "__Host-") {
			t.Errorf("the cookie is %s", header)
		}
	}
	return a
}

// begin goes to the service: it gives the address there.
func (b *browser) begin(t testing.TB, next string) string {
	t.Helper()
	a := b.ask(t, apitest.Scenario{Method: "GET", URL: "/api/auth/oidc/sso/start?next=" + url.QueryEscape(next), Status: 303})
	return a.Header.Get("Location")
}

// back comes back from the service, and gives where it leads.
func (b *browser) back(t testing.TB, from *url.URL) string {
	t.Helper()
	return b.ask(t, apitest.Scenario{Method: "GET", URL: from.RequestURI(), Status: 303}).Header.Get("Location")
}

// signIn goes all the way.
func (b *browser) signIn(t testing.TB, id *authtest.Provider, person, next string) string {
	t.Helper()
	return b.back(t, id.Visit(t, b.begin(t, next), person))
}

// me gives who the browser is signed in as.
func (b *browser) me(t testing.TB) meAnswer {
	t.Helper()
	return apitest.Decode[meAnswer](t, b.ask(t, apitest.Scenario{Method: "GET", URL: "/api/me", Status: 200}))
}

type meAnswer struct {
	User struct {
		ID, DisplayName string
		Email           *string
	}
	Organizations         []organization
	DefaultOrganizationID string
}

type identities struct {
	Data []struct {
		ID, Issuer string
		Provider   *struct{ ID, Name string }
		Email      *string
	}
	HasPassword bool
}

func (b *browser) identities(t testing.TB) identities {
	t.Helper()
	return apitest.Decode[identities](t, b.ask(t, apitest.Scenario{Method: "GET", URL: "/api/me/identities", Status: 200}))
}

func TestSignInWithProvider(t *testing.T) {
	t.Parallel()
	s, id := withProvider(t, platform.SignUpOpen, apitest.Config{})
	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/auth/providers", Status: 200, Want: []string{`"id":"sso"`, `"name":"Harbour ID"`}, Not: []string{id.ClientSecret}})

	// Somebody new gets an account and an organization, and is signed in like everybody.
	b := newBrowser(s, nil)
	if to := b.signIn(t, id, "ada", "/o/x/diagrams?sort=title#y"); to != "/o/x/diagrams?sort=title#y" {
		t.Errorf("it leads to %q", to)
	}
	me := b.me(t)
	if me.User.DisplayName != "Ada Berg" || *me.User.Email != "ada@example.org" || len(me.Organizations) != 1 || me.Organizations[0].Name != "Ada Berg's organization" || me.Organizations[0].Role != "admin" {
		t.Errorf("me %+v", me)
	}
	if kinds := eventsOf(t, s, me.DefaultOrganizationID); strings.Join(kinds, " ") != "organization.created member.joined" {
		t.Errorf("events %q", kinds)
	}
	if list := b.identities(t); list.HasPassword || len(list.Data) != 1 || list.Data[0].Provider.Name != "Harbour ID" || *list.Data[0].Email != "ada@example.org" {
		t.Errorf("identities %+v", list)
	}
	// The next time they are the same, whatever their address is by then; a session before ends.
	before := b.cookies["laneway"]
	diagrams := apitest.Scenario{Name: "the session before", Method: "GET", URL: "/api/diagrams", Headers: map[string]string{"Cookie": "laneway=" + before}, Status: 200}
	s.Run(t, diagrams)
	id.People["ada"]["email"] = "ada@elsewhere.example"
	if b.signIn(t, id, "ada", "/"); b.me(t).User.ID != me.User.ID {
		t.Error("the second time they were somebody else")
	}
	diagrams.Status = 401
	s.Run(t, diagrams)
	// Somebody else with the address they had is somebody else, and whoever has the account has to say so.
	id.People["thief"] = authtest.Object{"sub": "id-of-thief", "email": "ada@example.org", "email_verified": true}
	other := newBrowser(s, nil)
	if to := other.signIn(t, id, "thief", "/"); to != "/sign-in/link" || other.cookies["laneway"] != "" {
		t.Errorf("it leads to %q, cookies %v", to, other.cookies)
	}

	// Without a password: the only way in stays, and a first password needs none before.
	own := b.identities(t).Data[0].ID
	b.ask(t, apitest.Scenario{Method: "DELETE", URL: "/api/me/identities/" + own, Status: 409, Reason: "last_way_in"})
	b.ask(t, apitest.Scenario{Method: "POST", URL: "/api/me/password", Status: 422, Reason: "too_short", Body: `{"newPassword":"short"}`})
	b.ask(t, apitest.Scenario{Method: "POST", URL: "/api/me/password", Status: 204, Body: apitest.JSON(t, map[string]string{"newPassword": apitest.Password})})
	b.ask(t, apitest.Scenario{Method: "POST", URL: "/api/me/password", Status: 422, Reason: "wrong_password", Body: apitest.JSON(t, map[string]string{"newPassword": apitest.Password})})
	s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/auth/sign-in", Status: 200, Body: credentials(t, "ada@example.org", apitest.Password)})
	if !b.identities(t).HasPassword {
		t.Error("the password is not told of")
	}
	b.ask(t, apitest.Scenario{Method: "DELETE", URL: "/api/me/identities/" + own, Status: 204})
	b.ask(t, apitest.Scenario{Method: "DELETE", URL: "/api/me/identities/" + own, Status: 404})
	// Then they are new there again, and their address is an account's.
	id.People["ada"]["email"] = "ada@example.org"
	if to := newBrowser(s, nil).signIn(t, id, "ada", "/"); to != "/sign-in/link" {
		t.Errorf("it leads to %q", to)
	}
}

func TestLinkByPassword(t *testing.T) {
	t.Parallel()
	s, id := withProvider(t, platform.SignUpClosed, apitest.Config{}) // which lets in who has an account
	s.Run(t, apitest.Scenario{Name: "nothing to confirm", Method: "GET", URL: "/api/auth/link", Status: 404})
	ada := s.SignUp(t, "ada")
	b := newBrowser(s, nil)
	if to := b.signIn(t, id, "ada", "/o/x"); to != "/sign-in/link" {
		t.Fatalf("it leads to %q", to)
	}
	b.ask(t, apitest.Scenario{Method: "GET", URL: "/api/auth/link", Status: 200, Want: []string{`"providerName":"Harbour ID"`, `"email":"ada@example.org"`, `"next":"/o/x"`}})
	confirm := func(password string, status int, reason string) *apitest.Answer {
		t.Helper()
		return b.ask(t, apitest.Scenario{Method: "POST", URL: "/api/auth/link", Status: status, Reason: reason, Body: apitest.JSON(t, map[string]string{"password": password})})
	}
	confirm("not the password at all", 422, "wrong_password")
	kept := b.cookies["laneway-flow"]
	confirm(ada.Password, 200, "")
	if me := b.me(t); me.User.ID != ada.ID {
		t.Errorf("signed in as %+v", me)
	}
	b.cookies["laneway-flow"] = kept
	confirm(ada.Password, 404, "flow")
	again := newBrowser(s, nil)
	if to := again.signIn(t, id, "ada", "/"); to != "/" || again.me(t).User.ID != ada.ID {
		t.Errorf("the next time it leads to %q", to)
	}
	// Guessing there counts as guessing.
	grace := s.SignUp(t, "grace")
	b = newBrowser(s, nil)
	b.signIn(t, id, "grace", "/")
	for range 6 {
		b.s.Do(t, b.s.Request(t, apitest.Scenario{Method: "POST", URL: "/api/auth/link", Body: `{"password":"a wrong guess"}`, Headers: map[string]string{"Cookie": "laneway-flow=" + b.cookies["laneway-flow"]}}))
	}
	s.DB.Admin(t, "UPDATE sign_in_attempts SET blocked_until = now() + interval '90 seconds' WHERE blocked_until > last_at")
	confirm(grace.Password, 429, "")
	s.Run(t, apitest.Scenario{Name: "and holds for the page to sign in", Method: "POST", URL: "/api/auth/sign-in", Status: 429, Body: credentials(t, grace.Email, grace.Password)})
}

func TestLinkWhileSignedIn(t *testing.T) {
	t.Parallel()
	s, id := withProvider(t, platform.SignUpOpen, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	link := func(b *browser, person, next string) string {
		t.Helper()
		a := b.ask(t, apitest.Scenario{Method: "POST", URL: "/api/me/identities", Status: 200, Body: apitest.JSON(t, map[string]string{"provider": "sso", "next": next})})
		return b.back(t, id.Visit(t, apitest.Decode[struct{ Location string }](t, a).Location, person))
	}
	b := newBrowser(s, mira)
	if to := link(b, "ada", "/o/1/account?tab=x#y"); to != "/o/1/account?tab=x&linked=sso#y" {
		t.Errorf("it leads to %q", to)
	}
	if list := b.identities(t); len(list.Data) != 1 || !list.HasPassword {
		t.Errorf("identities %+v", list)
	}
	if to := link(b, "ada", "/a"); to != "/a?linked=sso" || len(b.identities(t).Data) != 1 {
		t.Errorf("once more leads to %q", to)
	}
	other := newBrowser(s, nil)
	if other.signIn(t, id, "ada", "/"); other.me(t).User.ID != mira.ID {
		t.Error("signed in as somebody else")
	}
	theirs := newBrowser(s, otto)
	if to := link(theirs, "ada", "/a"); to != "/a?problem=identity_taken" || len(theirs.identities(t).Data) != 0 {
		t.Errorf("somebody else's leads to %q", to)
	}
	if to := other.signIn(t, id, "nobody", "/o/1/diagrams?sort=title&q=a"); to != "/sign-in?problem=denied&next=%2Fo%2F1%2Fdiagrams%3Fsort%3Dtitle%26q%3Da" {
		t.Errorf("a refusal to sign in leads to %q", to)
	}
	if to := link(theirs, "nobody", "/a"); to != "/a?problem=denied" {
		t.Errorf("a refusal leads to %q", to)
	}
	for range 20 { // as many as there may be
		s.DB.Admin(t, "INSERT INTO identities (issuer, subject, id, user_id) VALUES ('https://full.example', gen_random_uuid(), gen_random_uuid(), $1)", otto.ID)
	}
	if to := link(theirs, "grace", "/a"); to != "/a?problem=too_many" || len(theirs.identities(t).Data) != 20 {
		t.Errorf("one too many leads to %q", to)
	}
	// A link that somebody else begins is for nobody's session but theirs.
	begun := apitest.Decode[struct{ Location string }](t, b.ask(t, apitest.Scenario{Method: "POST", URL: "/api/me/identities", Status: 200, Body: `{"provider":"sso","next":"/a"}`}))
	from := id.Visit(t, begun.Location, "grace")
	b.cookies["laneway"] = newBrowser(s, otto).cookies["laneway"]
	if to := b.back(t, from); to != "/a?problem=session" {
		t.Errorf("another session leads to %q", to)
	}
	b.ask(t, apitest.Scenario{Method: "POST", URL: "/api/me/identities", Status: 404, Body: `{"provider":"other","next":"/a"}`})
	if n := storetest.Value[int](t, s.DB, "SELECT count(*) FROM identities WHERE issuer = $1", id.Issuer); n != 1 {
		t.Errorf("%d identities", n)
	}
}

func TestSignUpWithProvider(t *testing.T) {
	t.Parallel()
	s, id := withProvider(t, platform.SignUpInvited, apitest.Config{})
	mira := s.SignUp(t, "mira")
	b := newBrowser(s, nil)
	if to := b.signIn(t, id, "ada", "/"); to != "/sign-in?problem=sign_up_invited" || s.Count(t, "users") != 1 {
		t.Errorf("it leads to %q", to)
	}
	// An invitation lets in, once.
	invitation := invite(t, s, mira, "viewer")
	if to := b.signIn(t, id, "ada", "/invitation/"+invitation.secret()); to != "/" {
		t.Errorf("with an invitation it leads to %q", to)
	}
	me := b.me(t)
	if len(me.Organizations) != 1 || me.Organizations[0].ID != mira.OrganizationID || me.Organizations[0].Role != "viewer" {
		t.Errorf("me %+v", me)
	}
	if to := newBrowser(s, nil).signIn(t, id, "grace", "/invitation/"+invitation.secret()); to != "/sign-in?problem=invitation_accepted&next=%2Finvitation%2F"+invitation.secret() || s.Count(t, "users") != 2 {
		t.Errorf("a used one leads to %q", to)
	}
	// Whoever has an account goes to the page of the invitation.
	if next := "/invitation/" + invite(t, s, mira, "admin").secret(); b.signIn(t, id, "ada", next) != next {
		t.Error("with an account it leads elsewhere")
	}
	// An address that is not verified is no address; one in the userinfo is.
	open, id := withProvider(t, platform.SignUpOpen, apitest.Config{})
	open.SignUp(t, "ada")
	id.People["ada"]["email_verified"] = "true"
	b = newBrowser(open, nil)
	if to := b.signIn(t, id, "ada", "/"); to != "/" || b.me(t).User.Email != nil {
		t.Errorf("an address that is not verified leads to %q", to)
	}
	b.ask(t, apitest.Scenario{Method: "POST", URL: "/api/me/password", Status: 422, Reason: "no_address", Body: apitest.JSON(t, map[string]string{"newPassword": apitest.Password})})
	id.People["grace"] = authtest.Object{"sub": "id-of-grace"}
	id.UserInfo["id-of-grace"] = authtest.Object{"sub": "id-of-grace", "name": "Grace", "email": "grace@example.org", "email_verified": true}
	b = newBrowser(open, nil)
	b.signIn(t, id, "grace", "/")
	if me := b.me(t); me.User.Email == nil || *me.User.Email != "grace@example.org" || me.User.DisplayName != "Grace" {
		t.Errorf("by userinfo %+v", me)
	}
	id.People["eve"] = authtest.Object{"sub": "id-of-eve"}
	id.UserInfo["id-of-eve"] = authtest.Object{"sub": "id-of-mira", "email": "eve@example.org", "email_verified": true}
	b = newBrowser(open, nil)
	b.signIn(t, id, "eve", "/")
	if me := b.me(t); me.User.Email != nil {
		t.Errorf("by the userinfo of somebody else %+v", me)
	}
}
