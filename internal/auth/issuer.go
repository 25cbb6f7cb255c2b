package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	jsonlib "github.com/go-jose/go-jose/v4/json"
)

// IssuerConfig says whose tokens are taken and how they are checked.
type IssuerConfig struct {
	// Issuer is compared letter by letter with the claim iss.
	Issuer string
	// Audience must be among the claim aud.
	Audience string
	// Algorithms are those that the issuer may sign with; empty: all that need a private key, or HS256
	// where there is a Secret.
	Algorithms []string
	// JWKSURL is where the issuer publishes its keys; empty: its discovery document says so.
	JWKSURL string
	// Secret is what the issuer signs with where it has no private key; then there is no JWKS.
	Secret string
	// TrustEmail takes all addresses as verified, for issuers that verify them and do not say so.
	TrustEmail bool
	// Now is the clock; nil: the real one.
	Now func() time.Time
}

// Issuer checks the bearer tokens of one issuer. It is safe for concurrent use.
type Issuer struct {
	verifier verifier
}

// minSecretLength is that of a key for HS256, in bytes.
const minSecretLength = 32

// NewIssuer reads a configuration. It asks nobody: keys are fetched when the first token comes.
func NewIssuer(c IssuerConfig) (*Issuer, error) {
	if err := checkAddress("issuer", c.Issuer); err != nil {
		return nil, err
	}
	if c.Audience == "" {
		return nil, errors.New("audience is missing: without it tokens for others would be taken")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	v := verifier{issuer: c.Issuer, audience: c.Audience, types: []string{"jwt", "at+jwt"}, trustEmail: c.TrustEmail, now: c.Now}
	allowed := asymmetric()
	if c.Secret != "" {
		allowed = []string{"HS256"}
	}
	if len(c.Algorithms) == 0 {
		c.Algorithms = allowed
	}
	for _, name := range c.Algorithms {
		if !slices.Contains(allowed, name) {
			return nil, fmt.Errorf("algorithm %q: want some of %s", name, strings.Join(allowed, ", "))
		}
		v.algorithms = append(v.algorithms, jose.SignatureAlgorithm(name))
	}
	switch {
	case c.Secret == "":
		if c.JWKSURL != "" {
			if err := checkAddress("jwksUrl", c.JWKSURL); err != nil {
				return nil, err
			}
		}
		v.keys = newKeySet(newClient(), c)
	case c.JWKSURL != "":
		return nil, errors.New("secret and jwksUrl are both set: set one")
	case len(c.Secret) < minSecretLength:
		return nil, fmt.Errorf("the secret has %d bytes, want at least %d", len(c.Secret), minSecretLength)
	default:
		v.keys = secret(c.Secret)
	}
	return &Issuer{verifier: v}, nil
}

// checkAddress lets through https, and http on this machine.
func checkAddress(what, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.RawQuery != "" && what == "issuer" {
		return fmt.Errorf("%s %q: want an address such as https://id.example.org", what, address)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	here := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !here) {
		return fmt.Errorf("%s %q: want https, because whoever can change it on its way can be anybody here", what, address)
	}
	return nil
}

// Name is the issuer as its tokens name it.
func (i *Issuer) Name() string { return i.verifier.issuer }

// Verify checks a bearer token: *laneway.Error of the kind Unauthenticated when it is not to be taken,
// Unavailable when the issuer's keys can't be had.
func (i *Issuer) Verify(ctx context.Context, token string) (Claims, error) {
	c, _, err := i.verifier.verify(ctx, token)
	if err != nil {
		return Claims{}, err
	}
	return c.person(i.verifier.issuer, i.verifier.trustEmail), nil
}

// secret is a key that issuer and server share. It is never looked for in a JWKS, and with it no other
// algorithm is read, so no published key can be taken for it.
type secret string

func (s secret) verify(_ context.Context, signed *jose.JSONWebSignature) ([]byte, error) {
	payload, err := signed.Verify([]byte(s))
	if err != nil {
		return nil, refused("signature", "The signature of this token is wrong.", err)
	}
	return payload, nil
}

// keySet is the public keys of an issuer.
type keySet struct {
	issuer string
	remote *remote[[]jose.JSONWebKey]
}

// maxKeys bounds the keys of an issuer; a token without the name of its key is tried with each.
const maxKeys = 32

func newKeySet(client *http.Client, c IssuerConfig) *keySet {
	fetch := func(ctx context.Context) ([]jose.JSONWebKey, error) {
		address := c.JWKSURL
		if address == "" {
			d, err := discover(ctx, client, c.Issuer)
			if err != nil {
				return nil, err
			}
			address = d.JWKSURL
		}
		return fetchKeys(ctx, client, address)
	}
	return &keySet{issuer: c.Issuer, remote: &remote[[]jose.JSONWebKey]{fetch: fetch, now: c.Now}}
}

// document is the part of a discovery document that is used.
type document struct {
	provider    *oidc.Provider
	JWKSURL     string   `json:"jwks_uri"`
	AuthURL     string   `json:"authorization_endpoint"`
	TokenURL    string   `json:"token_endpoint"`
	UserInfoURL string   `json:"userinfo_endpoint"`
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
}

// discover reads the discovery document of an issuer, which must name that issuer. All addresses in it
// must be as safe as the issuer's own.
func discover(ctx context.Context, client *http.Client, issuer string) (document, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, client), issuer)
	if err != nil {
		return document{}, fmt.Errorf("discover: %w", err)
	}
	d := document{provider: provider}
	if err := provider.Claims(&d); err != nil {
		return document{}, fmt.Errorf("discover: %w", err)
	}
	for name, address := range map[string]string{"jwks_uri": d.JWKSURL, "authorization_endpoint": d.AuthURL, "token_endpoint": d.TokenURL, "userinfo_endpoint": d.UserInfoURL} {
		if address == "" && name != "jwks_uri" {
			continue // who only checks tokens needs the keys alone
		}
		if err := checkAddress(name, address); err != nil {
			return document{}, fmt.Errorf("discover: %w", err)
		}
	}
	return d, nil
}

func fetchKeys(ctx context.Context, client *http.Client, address string) ([]jose.JSONWebKey, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch keys: status %d", response.StatusCode)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	return readKeys(body)
}

// readKeys reads a JWKS. Keys of kinds that are not known are left out, as RFC 7517 says, and so are
// those that are for something else than signatures, secret, or weak.
func readKeys(body []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []jsonlib.RawMessage `json:"keys"`
	}
	if err := jsonlib.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("read keys: %d of them, want at most %d", len(set.Keys), maxKeys)
	}
	var list []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if err := jsonlib.Unmarshal(raw, &key); err == nil && key.Valid() && key.IsPublic() && (key.Use == "" || key.Use == "sig") && isStrong(key.Key) {
			list = append(list, key)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("read keys: there is none to check signatures by")
	}
	return list, nil
}

func isStrong(key any) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= 2048 && k.N.BitLen() <= 8192
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false
}

// verify looks for the key that the token names. One that is not known may be new, so the issuer is
// asked again, as often as remote allows.
func (s *keySet) verify(ctx context.Context, signed *jose.JSONWebSignature) ([]byte, error) {
	list, got, err := s.remote.get(ctx)
	if err != nil {
		return nil, unreachable(s.issuer, err)
	}
	candidates := candidatesOf(list, signed)
	if len(candidates) == 0 {
		list, _, err = s.remote.newer(ctx, got)
		if err != nil && !errors.Is(err, errAskedLately) {
			return nil, unreachable(s.issuer, err)
		}
		if candidates = candidatesOf(list, signed); len(candidates) == 0 {
			return nil, refused("unknown_key", "This token is signed with a key that its issuer does not publish.", nil)
		}
	}
	for _, key := range candidates {
		if payload, err := signed.Verify(key.Key); err == nil {
			return payload, nil
		}
	}
	return nil, refused("signature", "The signature of this token is wrong.", nil)
}

// candidatesOf gives the keys that the token may be signed with: of the name that it gives, if it gives
// one, and for its algorithm.
func candidatesOf(list []jose.JSONWebKey, signed *jose.JSONWebSignature) []jose.JSONWebKey {
	header := signed.Signatures[0].Protected
	var fit []jose.JSONWebKey
	for _, key := range list {
		if (header.KeyID == "" || key.KeyID == header.KeyID) && (key.Algorithm == "" || key.Algorithm == header.Algorithm) {
			fit = append(fit, key)
		}
	}
	return fit
}
