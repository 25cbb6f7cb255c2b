package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// ProviderConfig is a service that people sign in with, by OpenID Connect.
type ProviderConfig struct {
	// ID stands in addresses; Name is what people know the service by.
	ID, Name               string
	Issuer                 string
	ClientID, ClientSecret string // the secret may be empty
	Scopes                 []string
	// TrustEmail takes all addresses as verified, for services that verify them and do not say so.
	TrustEmail bool
	// Now is the clock; nil: the real one.
	Now func() time.Time
}

// Provider is a service that people sign in with. It is safe for concurrent use.
//
// Begin and Finish are the two halves of a sign-in. What ties them together is a secret of the caller
// that only the person's browser has: state, nonce and the PKCE verifier are all made from it.
type Provider struct {
	config   ProviderConfig
	client   *http.Client
	verifier verifier
	document *remote[document]
}

// NewProvider reads a configuration. It asks nobody: the discovery document is fetched when somebody
// signs in.
func NewProvider(c ProviderConfig) (*Provider, error) {
	if err := checkAddress("issuer", c.Issuer); err != nil {
		return nil, err
	}
	if c.ClientID == "" {
		return nil, errors.New("the client id is missing")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if len(c.Scopes) == 0 {
		c.Scopes = []string{oidc.ScopeOpenID, "email", "profile"}
	}
	if !slices.Contains(c.Scopes, oidc.ScopeOpenID) {
		return nil, fmt.Errorf("scopes %q: openid must be among them", c.Scopes)
	}
	p := &Provider{config: c, client: newClient()}
	p.document = &remote[document]{now: c.Now, fetch: func(ctx context.Context) (document, error) {
		d, err := discover(ctx, p.client, c.Issuer)
		if err == nil && (d.AuthURL == "" || d.TokenURL == "") {
			err = errors.New("discover: the endpoints to sign in are missing")
		}
		return d, err
	}}
	p.verifier = verifier{
		issuer: c.Issuer, audience: c.ClientID, types: []string{"jwt"}, trustEmail: c.TrustEmail, now: c.Now,
		keys: newKeySet(p.client, IssuerConfig{Issuer: c.Issuer, Now: c.Now}),
	}
	for _, name := range asymmetric() {
		p.verifier.algorithms = append(p.verifier.algorithms, jose.SignatureAlgorithm(name))
	}
	return p, nil
}

// ID stands in addresses.
func (p *Provider) ID() string { return p.config.ID }

// Name is what people know the service by.
func (p *Provider) Name() string { return p.config.Name }

// Issuer is the service as its tokens name it.
func (p *Provider) Issuer() string { return p.config.Issuer }

// derive makes what is used for one purpose in one sign-in: 256 bits that say nothing of each other.
func derive(secret, purpose string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(purpose))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// The purposes of derive.
const (
	forState = "state"
	forNonce = "nonce"
	forPKCE  = "code verifier"
)

func (p *Provider) oauth(d document, redirect string) *oauth2.Config {
	endpoint := d.provider.Endpoint()
	// To try both would use the code up.
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if p.config.ClientSecret == "" || len(d.AuthMethods) > 0 && !slices.Contains(d.AuthMethods, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, Endpoint: endpoint, RedirectURL: redirect, Scopes: p.config.Scopes,
	}
}

// Begin gives the address at the service to send the browser to. The service sends it back to redirect.
func (p *Provider) Begin(ctx context.Context, secret, redirect string) (string, error) {
	d, _, err := p.document.get(ctx)
	if err != nil {
		return "", unreachable(p.config.Issuer, err)
	}
	return p.oauth(d, redirect).AuthCodeURL(derive(secret, forState),
		oidc.Nonce(derive(secret, forNonce)), oauth2.S256ChallengeOption(derive(secret, forPKCE))), nil
}

// Finish takes what the service sent the browser back with, and gives who it is. The errors are
// *laneway.Error with a code about the provider or the token.
func (p *Provider) Finish(ctx context.Context, secret, redirect string, query url.Values) (Claims, error) {
	for name, values := range query {
		if len(values) > 1 {
			return Claims{}, refused("malformed", "The answer of the service can't be read.", fmt.Errorf("%q stands twice", name))
		}
	}
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(derive(secret, forState))) != 1 {
		return Claims{}, refused("state", "This sign-in was not begun in this browser.", nil)
	}
	// RFC 9207: the answer may say whose it is, so that one service cannot answer for another.
	if query.Has("iss") && query.Get("iss") != p.config.Issuer {
		return Claims{}, refused("issuer", "The answer comes from another service.", nil)
	}
	switch failure := query.Get("error"); {
	case failure == "access_denied":
		return Claims{}, refused("denied", "You did not agree to sign in, or the service did not let you.", nil)
	case failure != "":
		return Claims{}, refused("provider_failed", "The service could not sign you in.", fmt.Errorf("it says %q", clip(failure)))
	case query.Get("code") == "":
		return Claims{}, refused("malformed", "The answer of the service can't be read.", errors.New("no code"))
	}
	d, _, err := p.document.get(ctx)
	if err != nil {
		return Claims{}, unreachable(p.config.Issuer, err)
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), 2*callDeadline)
	defer cancel()
	granted, err := p.oauth(d, redirect).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(derive(secret, forPKCE)))
	if answer, ok := errors.AsType[*oauth2.RetrieveError](err); ok && answer.Response.StatusCode < http.StatusInternalServerError {
		return Claims{}, refused("code", "The service does not know this sign-in any more.", fmt.Errorf("exchange code: it says %q", clip(answer.ErrorCode)))
	}
	if err != nil {
		return Claims{}, unreachable(p.config.Issuer, fmt.Errorf("exchange code: %w", err))
	}
	token, ok := granted.Extra("id_token").(string)
	if !ok {
		return Claims{}, refused("malformed", "The service does not say who you are.", errors.New("no id_token"))
	}
	c, seen, err := p.verifier.verify(ctx, token)
	if err != nil {
		return Claims{}, err
	}
	if err := p.checkSignIn(c, secret); err != nil {
		return Claims{}, err
	}
	if seen.AccessTokenHash != "" {
		if err := seen.VerifyAccessToken(granted.AccessToken); err != nil {
			return Claims{}, refused("access_token", "The service's answers do not belong together.", err)
		}
	}
	person := c.person(p.config.Issuer, p.config.TrustEmail)
	if _, there := c["email"]; !there && d.UserInfoURL != "" {
		person = p.askMore(ctx, d, granted, c, person)
	}
	return person, nil
}

// checkSignIn holds an ID token against the sign-in that it is for.
func (p *Provider) checkSignIn(c claims, secret string) error {
	nonce, err := c.text("nonce")
	if err != nil || subtle.ConstantTimeCompare([]byte(nonce), []byte(derive(secret, forNonce))) != 1 {
		return refused("nonce", "The service's answer is for another sign-in.", err)
	}
	if _, there, err := c.time("iat"); err != nil || !there {
		return refused("expiry", "This token does not say when it was made.", err)
	}
	audience, err := c.audience()
	if err != nil {
		return refused("audience", "This token is meant for somebody else.", err)
	}
	if _, there := c["azp"]; there || len(audience) > 1 {
		if party, err := c.text("azp"); err != nil || party != p.config.ClientID {
			return refused("audience", "This token was given to somebody else.", err)
		}
	}
	return nil
}

// askMore asks the service for the address and name of a person where its token has none. Whoever it is
// stands in the token alone; when the service does not tell more, that is no reason not to sign in.
func (p *Provider) askMore(ctx context.Context, d document, granted *oauth2.Token, c claims, known Claims) Claims {
	info, err := d.provider.UserInfo(ctx, oauth2.StaticTokenSource(granted))
	var body json.RawMessage
	if err != nil || info.Claims(&body) != nil {
		return known
	}
	more, err := readClaims(body)
	if err != nil {
		return known
	}
	if subject, err := more.text("sub"); err != nil || subject != known.Subject {
		return known // OpenID Connect Core 5.3.2: it may be about somebody else
	}
	for _, name := range []string{"name", "preferred_username", "nickname"} {
		if _, there := c[name]; there {
			more[name] = c[name]
		}
	}
	return more.person(p.config.Issuer, p.config.TrustEmail)
}

// clip bounds what strangers say for the log.
func clip(text string) string {
	const most = 100
	return text[:min(len(text), most)]
}
