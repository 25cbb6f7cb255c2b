// Package authtest is a service to sign in with that tests can have do wrong: an OpenID Connect provider
// with real HTTP, and tokens of every form, right and hostile.
//
//	p := authtest.Start(t)
//	p.People["ada"] = authtest.Object{"sub": "ada", "email": "ada@example.org", "email_verified": true}
//	back := p.Visit(t, address, "ada") // what the browser is sent back with
//
// It does what a good provider does: codes work once, for the client, the address and the PKCE verifier
// that they were made for. The fields that begin with Bend change what it says from then on.
package authtest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// Provider is the service. Its fields may be changed while no request is under way.
type Provider struct {
	// Issuer is its address and its name.
	Issuer                 string
	ClientID, ClientSecret string
	// Keys are published; the first one signs, by Algorithm.
	Keys      []Key
	Algorithm string
	// People are who can sign in, by a name for the test: their claims.
	People map[string]Object
	// UserInfo is what the service tells beside the token, by subject.
	UserInfo map[string]Object
	Now      func() time.Time

	// BendClaims and BendToken change an ID token before and after it is signed.
	BendClaims func(Object)
	BendToken  func(header, claims Object) string
	// BendDiscovery changes the discovery document.
	BendDiscovery func(map[string]any)
	// BendAnswer answers instead of the service, when it gives true.
	BendAnswer func(http.ResponseWriter, *http.Request) bool

	mu    sync.Mutex
	codes map[string]grant
	calls map[string]int
}

// grant is what a code stands for.
type grant struct {
	person                             Object
	client, redirect, challenge, nonce string
}

// New makes a service that is not served yet.
func New(issuer string) *Provider {
	return &Provider{
		Issuer: issuer, ClientID: "laneway", ClientSecret: "secret of the client",
		Keys: []Key{NewKey("first", "ES256")}, Algorithm: "ES256",
		People: make(map[string]Object), UserInfo: make(map[string]Object), Now: time.Now,
		codes: make(map[string]grant), calls: make(map[string]int),
	}
}

// Start serves one on a loopback address until the test ends.
func Start(t testing.TB) *Provider {
	t.Helper()
	p := New("")
	listener := httptest.NewServer(p)
	t.Cleanup(listener.Close)
	p.Issuer = listener.URL
	return p
}

// Claims are those of a token of this service for an audience, good for an hour.
func (p *Provider) Claims(subject, audience string) Object {
	now := p.Now().Unix()
	return Object{"iss": p.Issuer, "sub": subject, "aud": audience, "iat": now, "exp": now + 3600}
}

// Calls gives how often a path was asked for.
func (p *Provider) Calls(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[path]
}

// Paths of the service.
const (
	DiscoveryPath = "/.well-known/openid-configuration"
	KeysPath      = "/keys"
	authorizePath = "/authorize"
	tokenPath     = "/token"
	userInfoPath  = "/userinfo"
)

// ServeHTTP answers as the service does.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.calls[r.URL.Path]++
	p.mu.Unlock()
	if p.BendAnswer != nil && p.BendAnswer(w, r) {
		return
	}
	switch r.URL.Path {
	case DiscoveryPath:
		document := map[string]any{
			"issuer": p.Issuer, "jwks_uri": p.Issuer + KeysPath, "authorization_endpoint": p.Issuer + authorizePath,
			"token_endpoint": p.Issuer + tokenPath, "userinfo_endpoint": p.Issuer + userInfoPath,
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
			"id_token_signing_alg_values_supported": []string{p.Algorithm}, "code_challenge_methods_supported": []string{"S256"},
		}
		if p.BendDiscovery != nil {
			p.BendDiscovery(document)
		}
		answer(w, http.StatusOK, document)
	case KeysPath:
		list := make([]map[string]any, 0, len(p.Keys))
		for _, k := range p.Keys {
			list = append(list, k.JWK())
		}
		answer(w, http.StatusOK, map[string]any{"keys": list})
	case authorizePath:
		p.authorize(w, r)
	case tokenPath:
		p.token(w, r)
	case userInfoPath:
		p.userInfo(w, r)
	default:
		http.NotFound(w, r)
	}
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// authorize asks who it is, and sends the browser back with a code.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	redirect, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != p.ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" {
		http.Error(w, "this client is not known, or does not do as it should: "+r.URL.RawQuery, http.StatusBadRequest)
		return
	}
	back := url.Values{"state": {q.Get("state")}, "iss": {p.Issuer}}
	switch name := q.Get("person"); {
	case name == "":
		p.choose(w, r)
		return
	case p.People[name] == nil:
		back.Set("error", "access_denied")
	default:
		code := fmt.Sprintf("code-%d", p.remember(grant{
			person: p.People[name], client: q.Get("client_id"), redirect: redirect.String(), challenge: q.Get("code_challenge"), nonce: q.Get("nonce"),
		}))
		back.Set("code", code)
	}
	redirect.RawQuery = back.Encode()
	http.Redirect(w, r, redirect.String(), http.StatusFound)
}

func (p *Provider) remember(g grant) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	number := p.calls["codes"]
	p.calls["codes"]++
	p.codes[fmt.Sprintf("code-%d", number)] = g
	return number
}

// choose is the page on which a person says who they are.
func (p *Provider) choose(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, `<!doctype html><html lang="en"><title>Harbour ID</title><link rel="icon" href="data:,"><h1>Harbour ID</h1><ul>`)
	for _, name := range append(slices.Sorted(maps.Keys(p.People)), "nobody") {
		fmt.Fprintf(w, `<li><a href="%s">%s</a></li>`, html.EscapeString(r.URL.RequestURI()+"&person="+url.QueryEscape(name)), html.EscapeString(name))
	}
	fmt.Fprint(w, `</ul></html>`)
}

// token changes a code for tokens.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	client, secret, ok := r.BasicAuth()
	if unescaped, err := url.QueryUnescape(secret); err == nil {
		secret = unescaped
	}
	if !ok || client != p.ClientID || subtle.ConstantTimeCompare([]byte(secret), []byte(p.ClientSecret)) != 1 {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	p.mu.Lock()
	g, known := p.codes[code]
	delete(p.codes, code)
	p.mu.Unlock()
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || r.PostFormValue("grant_type") != "authorization_code" || r.PostFormValue("redirect_uri") != g.redirect || encode(challenge[:]) != g.challenge {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	subject := fmt.Sprint(g.person["sub"])
	access := "access token of " + subject
	digest := sha256.Sum256([]byte(access))
	claims := p.Claims(subject, p.ClientID).With(g.person).With(Object{"nonce": g.nonce, "at_hash": encode(digest[:16])})
	if p.BendClaims != nil {
		p.BendClaims(claims)
	}
	token := ""
	if p.BendToken != nil {
		token = p.BendToken(Object{"alg": p.Algorithm, "typ": "JWT", "kid": p.Keys[0].ID}, claims)
	} else {
		token = p.Keys[0].Sign(p.Algorithm, claims)
	}
	answer(w, http.StatusOK, map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 3600, "id_token": token})
}

func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) {
	for subject, more := range p.UserInfo {
		if r.Header.Get("Authorization") == "Bearer access token of "+subject {
			answer(w, http.StatusOK, more)
			return
		}
	}
	answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
}

// Visit is a browser at the service: it goes to the address, says who it is, and gives the address that
// it is sent back to.
func (p *Provider) Visit(t testing.TB, address, person string) *url.URL {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"&person="+url.QueryEscape(person), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	back, err := response.Location()
	if err != nil {
		t.Fatalf("the service answers %d and sends nobody back", response.StatusCode)
	}
	return back
}
