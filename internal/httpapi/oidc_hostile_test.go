package httpapi_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"laneway/internal/auth"
	"laneway/internal/auth/authtest"
	"laneway/internal/httpapi/apitest"
	"laneway/internal/platform"
	"laneway/internal/ratelimit"
)

// TestHostileSignIns goes to a service and comes back in every wrong way. Each has to end on the page that
// says what happened, with nobody signed in and nothing made.
func TestHostileSignIns(t *testing.T) {
	t.Parallel()
	id := authtest.Start(t)
	named := func(name string, p *authtest.Provider) platform.SignInProvider {
		provider, err := auth.NewProvider(auth.ProviderConfig{ID: name, Name: name, Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.ClientSecret})
		if err != nil {
			t.Fatal(err)
		}
		return platform.SignInProvider{Provider: provider, SignUp: platform.SignUpOpen}
	}
	bent := map[string]func(*authtest.Provider){
		"discovery of another issuer": func(p *authtest.Provider) {
			p.BendDiscovery = func(d map[string]any) { d["issuer"] = "https://evil.example" }
		},
		"discovery with a slash":      func(p *authtest.Provider) { p.BendDiscovery = func(d map[string]any) { d["issuer"] = p.Issuer + "/" } },
		"discovery without endpoints": func(p *authtest.Provider) { p.BendDiscovery = func(d map[string]any) { delete(d, "token_endpoint") } },
		"a token endpoint in the open": func(p *authtest.Provider) {
			p.BendDiscovery = func(d map[string]any) { d["token_endpoint"] = "http://evil.example/token" }
		},
		"a redirected discovery": func(p *authtest.Provider) { p.BendAnswer = redirectTo("/elsewhere", authtest.DiscoveryPath) },
		"a broken discovery": func(p *authtest.Provider) {
			p.BendAnswer = failWith(http.StatusInternalServerError, authtest.DiscoveryPath)
		},
	}
	providers := []platform.SignInProvider{named("sso", id)}
	for name, bend := range bent {
		p := authtest.Start(t)
		bend(p)
		providers = append(providers, named(name, p))
	}
	second := authtest.Start(t)
	second.People["ada"] = authtest.Object{"sub": "id-of-ada", "email": "ada@example.org", "email_verified": true}
	providers = append(providers, named("second", second))
	s := apitest.New(t, apitest.Config{Providers: providers})
	ada := s.SignUp(t, "ada")
	id.People["ada"] = authtest.Object{"sub": "id-of-ada", "name": "Ada", "email": "new@example.org", "email_verified": true}
	evil := authtest.NewKey("first", "ES256")
	secretly := authtest.NewKey("rsa", "RS256")

	claims := func(fields authtest.Object) func(*authtest.Provider) {
		return func(p *authtest.Provider) {
			p.BendClaims = func(c authtest.Object) {
				changed := c.With(fields)
				clear(c)
				maps.Copy(c, changed)
			}
		}
	}
	token := func(make func(header, claims authtest.Object) string) func(*authtest.Provider) {
		return func(p *authtest.Provider) { p.BendToken = make }
	}
	query := func(change func(url.Values)) func(*browser, *url.URL) *url.URL {
		return func(_ *browser, back *url.URL) *url.URL {
			q := back.Query()
			change(q)
			changed := *back
			changed.RawQuery = q.Encode()
			return &changed
		}
	}
	now, ran := id.Now().Unix(), 0
	s.Count(t, "users") // whoever asks the database first keeps its connection: the whole test, and not a part of it
	for _, c := range []struct {
		name string
		bend func(*authtest.Provider)          // what the service does
		back func(*browser, *url.URL) *url.URL // what is done to the way back
		want string                            // the word for the page
	}{
		{"the person refuses", func(p *authtest.Provider) { delete(p.People, "ada") }, nil, "denied"},
		{"the service can't", nil, query(func(q url.Values) { q.Del("code"); q.Set("error", "server_error") }), "provider_failed"},
		{"no cookie", nil, func(b *browser, back *url.URL) *url.URL { delete(b.cookies, "laneway-flow"); return back }, "flow"},
		{"a cookie of one's own making", nil, func(b *browser, back *url.URL) *url.URL {
			b.cookies["laneway-flow"] = strings.Repeat("A", 43)
			return back
		}, "flow"},
		{"a cookie that is none", nil, func(b *browser, back *url.URL) *url.URL { b.cookies["laneway-flow"] = "nonsense"; return back }, "flow"},
		{"too late", nil, func(_ *browser, back *url.URL) *url.URL {
			s.DB.Admin(t, "UPDATE sign_in_flows SET expires_at = now()")
			return back
		}, "flow"},
		{"no state", nil, query(func(q url.Values) { q.Del("state") }), "state"},
		{"an empty state", nil, query(func(q url.Values) { q.Set("state", "") }), "state"},
		{"another state", nil, query(func(q url.Values) { q.Set("state", strings.Repeat("A", 43)) }), "state"},
		{"two states", nil, query(func(q url.Values) { q.Add("state", "x") }), "malformed"},
		{"two codes", nil, query(func(q url.Values) { q.Add("code", "x") }), "malformed"},
		{"no code", nil, query(func(q url.Values) { q.Del("code") }), "malformed"},
		{"an invented code", nil, query(func(q url.Values) { q.Set("code", "code-1000000") }), "code"},
		{"a huge code", nil, query(func(q url.Values) { q.Set("code", strings.Repeat("x", 30<<10)) }), "code"},
		{"the answer of another service (iss)", nil, query(func(q url.Values) { q.Set("iss", "https://evil.example") }), "issuer"},
		{"an answer with a query that can't be read", nil, func(_ *browser, back *url.URL) *url.URL {
			changed := *back
			changed.RawQuery += "&x=%zz"
			return &changed
		}, "malformed"},
		{"the way back of another service", nil, func(_ *browser, back *url.URL) *url.URL {
			changed := *back
			changed.Path = "/api/auth/oidc/second/callback"
			return &changed
		}, "state"},
		{"the way back of no service", nil, func(_ *browser, back *url.URL) *url.URL {
			changed := *back
			changed.Path = "/api/auth/oidc/none/callback"
			return &changed
		}, "unknown_provider"},
		{"another browser's way back", nil, func(_ *browser, _ *url.URL) *url.URL { return id.Visit(t, newBrowser(s, nil).begin(t, "/"), "ada") }, "state"},
		{"another browser's code with one's own state", nil, func(_ *browser, back *url.URL) *url.URL {
			// The code was made for another PKCE verifier.
			stolen := id.Visit(t, newBrowser(s, nil).begin(t, "/"), "ada")
			return query(func(q url.Values) { q.Set("code", stolen.Query().Get("code")) })(nil, back)
		}, "code"},
		{"the same way back twice", nil, func(b *browser, back *url.URL) *url.URL {
			cookie := b.cookies["laneway-flow"]
			twin := newBrowser(s, nil)
			twin.cookies["laneway-flow"] = cookie
			s.DB.Admin(t, "CREATE TABLE kept AS SELECT * FROM sign_in_flows") // what a replica that is behind would still have
			twin.back(t, back)
			s.DB.Admin(t, "INSERT INTO sign_in_flows SELECT * FROM kept ON CONFLICT DO NOTHING; DROP TABLE kept; DELETE FROM identities; DELETE FROM sessions WHERE user_id <> '"+ada.ID+"'")
			return back
		}, "code"},

		{"alg none", token(func(h, c authtest.Object) string { return authtest.Unsigned(h.With(authtest.Object{"alg": "none"}), c) }), nil, "algorithm"},
		{"HS256 by the client's secret", token(func(h, c authtest.Object) string {
			return authtest.SignSecret([]byte(id.ClientSecret), h.With(authtest.Object{"alg": "HS256"}), c)
		}), nil, "algorithm"},
		{"another key", token(func(_, c authtest.Object) string { return evil.Sign("ES256", c) }), nil, "signature"},
		{"a key that is not published", token(func(_, c authtest.Object) string { return secretly.Sign("RS256", c) }), nil, "unknown_key"},
		{"a key in its header", token(func(h, c authtest.Object) string {
			return evil.SignRaw("ES256", h.With(authtest.Object{"jwk": evil.JWK(), "jku": "https://evil.example/keys"}).Text(), c.Text())
		}), nil, "signature"},
		{"a logout token", token(func(h, c authtest.Object) string {
			return id.Keys[0].SignRaw("ES256", h.With(authtest.Object{"typ": "logout+jwt"}).Text(), c.Text())
		}), nil, "type"},
		{"an access token", token(func(h, c authtest.Object) string {
			return id.Keys[0].SignRaw("ES256", h.With(authtest.Object{"typ": "at+jwt"}).Text(), c.Text())
		}), nil, "type"},
		{"no token", token(func(authtest.Object, authtest.Object) string { return "" }), nil, "malformed"},
		{"a huge token", claims(authtest.Object{"more": strings.Repeat("x", 40<<10)}), nil, "malformed"},
		{"an answer beyond all bounds", claims(authtest.Object{"more": strings.Repeat("x", 80<<10)}), nil, "provider_unreachable"},
		{"the subject twice", token(func(h, c authtest.Object) string {
			return id.Keys[0].SignRaw("ES256", h.Text(), strings.Replace(c.Text(), `{`, `{"sub":"id-of-grace",`, 1))
		}), nil, "malformed"},
		{"another issuer", claims(authtest.Object{"iss": "https://evil.example"}), nil, "issuer"},
		{"the issuer with a slash", claims(authtest.Object{"iss": id.Issuer + "/"}), nil, "issuer"},
		{"another audience", claims(authtest.Object{"aud": "others"}), nil, "audience"},
		{"several audiences and nobody it was given to", claims(authtest.Object{"aud": []string{"laneway", "others"}}), nil, "audience"},
		{"given to somebody else", claims(authtest.Object{"azp": "others"}), nil, "audience"},
		{"given to a number", claims(authtest.Object{"azp": 7}), nil, "audience"},
		{"no nonce", claims(authtest.Object{"nonce": nil}), nil, "nonce"},
		{"another nonce", claims(authtest.Object{"nonce": strings.Repeat("A", 43)}), nil, "nonce"},
		{"a nonce that is a list", claims(authtest.Object{"nonce": []string{"x"}}), nil, "claims"},
		{"expired", claims(authtest.Object{"exp": now - 3600}), nil, "expired"},
		{"without an end", claims(authtest.Object{"exp": nil}), nil, "expiry"},
		{"without a beginning", claims(authtest.Object{"iat": nil}), nil, "expiry"},
		{"made in the future", claims(authtest.Object{"iat": now + 3600}), nil, "not_yet"},
		{"not good yet", claims(authtest.Object{"nbf": now + 3600}), nil, "not_yet"},
		{"no subject", claims(authtest.Object{"sub": nil}), nil, "subject"},
		{"the hash of another access token", claims(authtest.Object{"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}), nil, "access_token"},
		{"the address of an account", claims(authtest.Object{"email": "ada@example.org"}), nil, ""},
		{"the address of an account in capitals", claims(authtest.Object{"email": "ADA@Example.ORG"}), nil, ""},
		{"a broken token endpoint", func(p *authtest.Provider) { p.BendAnswer = failWith(http.StatusInternalServerError, "/token") }, nil, "provider_unreachable"},
		{"a token endpoint that refuses us", func(p *authtest.Provider) { p.BendAnswer = failWith(http.StatusUnauthorized, "/token") }, nil, "code"},
		{"a redirected token endpoint", func(p *authtest.Provider) { p.BendAnswer = redirectTo("/elsewhere", "/token") }, nil, "provider_unreachable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ran++
			users, found := s.Count(t, "users"), s.Count(t, "identities")
			people := maps.Clone(id.People)
			b := newBrowser(s, nil)
			address := b.begin(t, "/o/x")
			if c.bend != nil {
				c.bend(id)
			}
			back := id.Visit(t, address, "ada")
			if c.back != nil {
				back = c.back(b, back)
				users = s.Count(t, "users")
			}
			to := b.back(t, back)
			id.People, id.BendClaims, id.BendToken, id.BendAnswer = people, nil, nil, nil
			want := "/sign-in?problem=" + c.want + "&next=%2Fo%2Fx"
			if c.want == "flow" || c.want == "unknown_provider" || c.name == "an answer with a query that can't be read" {
				want = "/sign-in?problem=" + c.want // nobody looked how it began
			}
			if c.want == "" {
				want = "/sign-in/link"
			}
			if to != want {
				t.Errorf("it leads to %q, want %q", to, want)
			}
			if b.cookies["laneway"] != "" || s.Count(t, "users") != users || s.Count(t, "identities") != found {
				t.Errorf("somebody got in: cookies %v, %d users, %d identities", slices.Collect(maps.Keys(b.cookies)), s.Count(t, "users"), s.Count(t, "identities"))
			}
		})
	}
	for name := range bent {
		t.Run(name, func(t *testing.T) {
			ran++
			a := newBrowser(s, nil).ask(t, apitest.Scenario{Method: "GET", URL: "/api/auth/oidc/" + url.PathEscape(name) + "/start", Status: 303})
			if to := a.Header.Get("Location"); to != "/sign-in?problem=provider_unreachable" {
				t.Errorf("it leads to %q", to)
			}
		})
	}
	if ran < 40 {
		t.Errorf("%d hostile sign-ins, want at least 40", ran)
	}
	t.Logf("%d hostile sign-ins", ran)
	// Whoever has the same subject at another service is somebody else.
	b := newBrowser(s, nil)
	id.People["ada"]["email"] = "first@example.org"
	second.People["ada"] = maps.Clone(id.People["ada"])
	b.signIn(t, id, "ada", "/")
	first := b.me(t).User.ID
	other := newBrowser(s, nil)
	to := other.ask(t, apitest.Scenario{Method: "GET", URL: "/api/auth/oidc/second/start", Status: 303}).Header.Get("Location")
	if to = other.back(t, second.Visit(t, to, "ada")); to != "/sign-in/link" {
		t.Errorf("the same subject at another service leads to %q, and not to confirming the address; the first is %s", to, first)
	}
	for _, p := range []*authtest.Provider{id, second} {
		if n := p.Calls("/elsewhere"); n != 0 {
			t.Errorf("a redirect was followed %d times", n)
		}
	}
	for _, secret := range []string{id.ClientSecret, "access token of", "eyJ"} {
		if strings.Contains(s.Log.String(), secret) {
			t.Errorf("the log shows %q", secret)
		}
	}
}

func redirectTo(where, path string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == path {
			http.Redirect(w, r, where, http.StatusTemporaryRedirect)
		}
		return r.URL.Path == path
	}
}

func failWith(status int, path string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == path {
			w.WriteHeader(status)
		}
		return r.URL.Path == path
	}
}

// Where to go afterwards is a path of this site, whatever is asked for.
func TestNextStaysHere(t *testing.T) {
	t.Parallel()
	s, id := withProvider(t, platform.SignUpOpen, apitest.Config{})
	for next, want := range map[string]string{
		"": "/", "/": "/", "/o/1/diagrams?sort=title#x": "/o/1/diagrams?sort=title#x",
		"//evil.example": "/", `/\evil.example`: "/", `\/evil.example`: "/", "https://evil.example": "/", "http:evil.example": "/",
		"javascript:alert(1)": "/", "/\t/evil.example": "/", "/\r\nSet-Cookie: x=y": "/", "/x\\y": "/", "evil.example": "/", " /x": "/",
		"/sign-in?next=/sign-in": "/", "/sign-up": "/", "/forgotten#x": "/", "/password-reset/x": "/", "/api/auth/sign-out": "/", "/api": "/", "/sign-inn": "/sign-inn", "/ä": "/", "/" + strings.Repeat("x", 2000): "/",
	} {
		if to := newBrowser(s, nil).signIn(t, id, "ada", next); to != want {
			t.Errorf("%.60q leads to %q, want %q", next, to, want)
		}
	}
}

// The addresses that browsers go to are guarded like the page to sign in on, and what they refuse is told
// on a page.
func TestSignInAddressesAreGuarded(t *testing.T) {
	t.Parallel()
	limits := ratelimit.DefaultLimits()
	// A sign-in with another service takes two of these addresses. No password can be guessed there.
	limits[ratelimit.SignIn] = ratelimit.Limit{Requests: 1, Window: time.Minute}
	limits[ratelimit.Read] = ratelimit.Limit{Requests: 12, Window: time.Minute}
	s, _ := withProvider(t, platform.SignUpOpen, apitest.Config{Limits: limits})
	start := apitest.Scenario{Method: "GET", URL: "/api/auth/oidc/sso/start", Status: 303}
	for _, c := range []struct {
		name, url, host, want string
	}{
		{"plain HTTP in the network", start.URL, "192.168.7.20:8080", "/sign-in?problem=https_required"},
		{"the way back over plain HTTP", "/api/auth/oidc/sso/callback?code=x", "192.168.7.20:8080", "/sign-in?problem=https_required"},
		{"a parameter that is not known", start.URL + "?nxt=/x", "", "/sign-in?problem=unknown_parameter"},
		{"next twice", start.URL + "?next=/x&next=/y", "", "/sign-in?problem=repeated"},
		{"another service", "/api/auth/oidc/other/start", "", "/sign-in?problem=unknown_provider"},
		{"which keeps where to go", "/api/auth/oidc/other/start?next=%2Finvitation%2Fx", "", "/sign-in?problem=unknown_provider&next=%2Finvitation%2Fx"},
		{"here", "/api/auth/oidc/other/start?next=%2F%2Fevil.example", "", "/sign-in?problem=unknown_provider"},
		{"and nowhere on the way back", "/api/auth/oidc/sso/callback?next=%2Fx", "", "/sign-in?problem=flow"},
	} {
		a := s.Run(t, apitest.Scenario{Name: c.name, Method: "GET", URL: c.url, Host: c.host, Status: 303})
		if to := a.Header.Get("Location"); to != c.want || len(a.Header.Values("Set-Cookie")) > 1 {
			t.Errorf("%s: leads to %q, cookies %q", c.name, to, a.Header.Values("Set-Cookie"))
		}
	}
	for i := 8; i <= limits[ratelimit.Read].Requests; i++ {
		to := s.Run(t, start).Header.Get("Location")
		if limited := to == "/sign-in?problem=rate_limited"; limited != (i == limits[ratelimit.Read].Requests) {
			t.Errorf("request %d leads to %q", i+1, to)
		}
	}
	s.Run(t, apitest.Scenario{Name: "nobody is kept from signing in with a password by that", Method: "POST", URL: "/api/auth/sign-in", Status: 401, Body: credentials(t, "nobody@example.org", "nothing of that kind")})
	// Another site can't begin to link, or a person who came from there would link what is not theirs.
	s, _ = withProvider(t, platform.SignUpOpen, apitest.Config{PublicURL: "https://laneway.example.org"})
	s.Run(t, apitest.Scenario{Name: "linking from another site", Method: "POST", URL: "/api/me/identities", Status: 403, Headers: map[string]string{"Sec-Fetch-Site": "cross-site"}, Body: `{"provider":"sso","next":"/"}`})
	// With public-url, that is where the service sends people, and the cookie is a secure one.
	a := s.Run(t, apitest.Scenario{Method: "GET", URL: start.URL, Host: "evil.example", Status: 303})
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || to.Query().Get("redirect_uri") != "https://laneway.example.org/api/auth/oidc/sso/callback" || !strings.HasPrefix(a.Header.Get("Set-Cookie"), "__Host-laneway-flow=") {
		t.Errorf("it leads to %v with the cookie %q", to, a.Header.Get("Set-Cookie"))
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(to.Query().Get(name)) != 43 {
			t.Errorf("%s is %q", name, to.Query().Get(name))
		}
	}
	if to.Query().Get("code_challenge_method") != "S256" || strings.Contains(fmt.Sprint(to), "code_verifier") {
		t.Errorf("the way there is %v", to)
	}
}
