package auth_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"laneway"
	"laneway/internal/auth"
	"laneway/internal/auth/authtest"
)

const audience = "authenticated"

// clock is a time that moves when it is told to.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// codeOf gives the code that an error tells, "" for none.
func codeOf(err error) string {
	if e, ok := errors.AsType[*laneway.Error](err); ok && len(e.Fields) > 0 {
		return e.Fields[0].Code
	}
	return ""
}

// issuerOf gives the issuer that takes the tokens of a service.
func issuerOf(t *testing.T, p *authtest.Provider, c auth.IssuerConfig) *auth.Issuer {
	t.Helper()
	if c.Issuer == "" {
		c.Issuer = p.Issuer
	}
	c.Audience, c.Now = audience, p.Now
	issuer, err := auth.NewIssuer(c)
	if err != nil {
		t.Fatal(err)
	}
	return issuer
}

// TestHostileTokens sends bearer tokens of every wrong form, each with the code that it must be refused
// with, and right ones among them, whose code is empty.
func TestHostileTokens(t *testing.T) {
	t.Parallel()
	time0 := newClock()
	p := authtest.Start(t)
	p.Now = time0.Now
	ec, rsa, other := p.Keys[0], authtest.NewKey("rsa", "RS256"), authtest.NewKey("first", "ES256")
	p.Keys = append(p.Keys, rsa, authtest.NewKey("ed", "EdDSA"))
	issuer := issuerOf(t, p, auth.IssuerConfig{})
	good := p.Claims("ada", audience)
	header := authtest.Object{"alg": "ES256", "typ": "JWT", "kid": "first"}
	now := time0.Now().Unix()
	with := func(fields authtest.Object) string { return ec.Sign("ES256", good.With(fields)) }
	headed := func(fields authtest.Object) string {
		return ec.SignRaw("ES256", header.With(fields).Text(), good.Text())
	}
	raw := func(claims string) string { return ec.SignRaw("ES256", header.Text(), claims) }
	der, err := x509.MarshalPKIXPublicKey(rsa.Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	published := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	whole := ec.Sign("ES256", good)
	parts := strings.Split(whole, ".")
	cases := []struct{ name, token, code string }{
		{"a good one", whole, ""},
		{"a good one by RSA", rsa.Sign("RS256", good), ""},
		{"a good one by RSA-PSS", rsa.Sign("PS256", good), ""},
		{"a good one by Ed25519", p.Keys[2].Sign("EdDSA", good), ""},
		{"a good one for several", with(authtest.Object{"aud": []string{"others", audience}}), ""},
		{"a good one without the name of its key", headed(authtest.Object{"kid": nil}), ""},
		{"a good one of the type for access tokens", headed(authtest.Object{"typ": "at+JWT"}), ""},
		{"a good one with a clock half a minute ahead", with(authtest.Object{"iat": now + 30, "nbf": now + 30}), ""},
		{"a good one that ended half a minute ago", with(authtest.Object{"exp": now - 30}), ""},

		{"alg none", authtest.Unsigned(header.With(authtest.Object{"alg": "none"}), good), "algorithm"},
		{"alg None", authtest.Unsigned(header.With(authtest.Object{"alg": "None"}), good), "algorithm"},
		{"alg none with a signature", ec.SignRaw("ES256", header.With(authtest.Object{"alg": "none"}).Text(), good.Text()), "algorithm"},
		{"no alg", headed(authtest.Object{"alg": nil}), "algorithm"},
		{"HS256 by the published key as PEM", authtest.SignSecret(published, header.With(authtest.Object{"alg": "HS256", "kid": "rsa"}), good), "algorithm"},
		{"HS256 by the published key as DER", authtest.SignSecret(der, header.With(authtest.Object{"alg": "HS256", "kid": "rsa"}), good), "algorithm"},
		{"HS256 by nothing", authtest.SignSecret(nil, header.With(authtest.Object{"alg": "HS256"}), good), "algorithm"},
		{"RS256 by the name of the EC key", rsa.SignRaw("RS256", header.With(authtest.Object{"alg": "RS256"}).Text(), good.Text()), "signature"},
		{"ES256 by the name of the RSA key", headed(authtest.Object{"kid": "rsa"}), "signature"},
		{"ES384 that was made as ES256", headed(authtest.Object{"alg": "ES384"}), "signature"},
		{"another key under the same name", other.Sign("ES256", good), "signature"},
		{"a key that is not published", authtest.NewKey("second", "ES256").Sign("ES256", good), "unknown_key"},
		{"a path as the name of the key", headed(authtest.Object{"kid": "../../../../dev/null"}), "unknown_key"},
		{"SQL as the name of the key", headed(authtest.Object{"kid": "first' OR '1'='1"}), "unknown_key"},
		{"a number as the name of the key", headed(authtest.Object{"kid": 1}), "malformed"},
		{"a key of its own in the header", other.SignRaw("ES256", header.With(authtest.Object{"kid": nil, "jwk": other.JWK()}).Text(), good.Text()), "signature"},
		{"keys from an address in the header (jku)", other.SignRaw("ES256", header.With(authtest.Object{"jku": p.Issuer + "/stolen", "kid": "second"}).Text(), good.Text()), "unknown_key"},
		{"keys from an address in the header (x5u)", other.SignRaw("ES256", header.With(authtest.Object{"x5u": p.Issuer + "/stolen"}).Text(), good.Text()), "signature"},
		{"an extension that has to be understood", headed(authtest.Object{"crit": []string{"exp"}}), "header"},
		{"claims that are not encoded", headed(authtest.Object{"crit": []string{"b64"}, "b64": false}), "header"},
		{"a logout token", headed(authtest.Object{"typ": "logout+jwt"}), "type"},
		{"a type that is no text", headed(authtest.Object{"typ": 7}), "type"},
		{"alg twice in the header", ec.SignRaw("ES256", `{"alg":"none","alg":"ES256","kid":"first"}`, good.Text()), "malformed"},
		{"a signature of another token", parts[0] + "." + strings.Split(with(authtest.Object{"sub": "grace"}), ".")[1] + "." + parts[2], "signature"},
		{"no signature", parts[0] + "." + parts[1] + ".", "signature"},
		{"a signature that is cut", whole[:len(whole)-10], "signature"},

		{"another issuer", with(authtest.Object{"iss": "https://evil.example"}), "issuer"},
		{"the issuer with a slash at its end", with(authtest.Object{"iss": p.Issuer + "/"}), "issuer"},
		{"the issuer in capitals", with(authtest.Object{"iss": strings.ToUpper(p.Issuer)}), "issuer"},
		{"an issuer that begins like ours", with(authtest.Object{"iss": p.Issuer + ".evil.example"}), "issuer"},
		{"no issuer", with(authtest.Object{"iss": nil}), "issuer"},
		{"a list of issuers", with(authtest.Object{"iss": []string{p.Issuer}}), "issuer"},
		{"the issuer in other letters of its name", with(authtest.Object{"iss": nil, "ISS": p.Issuer}), "issuer"},
		{"another audience", with(authtest.Object{"aud": "others"}), "audience"},
		{"an audience that begins like ours", with(authtest.Object{"aud": audience + "-admin"}), "audience"},
		{"no audience", with(authtest.Object{"aud": nil}), "audience"},
		{"an empty list of audiences", with(authtest.Object{"aud": []string{}}), "audience"},
		{"an audience that is an object", with(authtest.Object{"aud": authtest.Object{"a": audience}}), "audience"},
		{"expired", with(authtest.Object{"exp": now - 61}), "expired"},
		{"without an end", with(authtest.Object{"exp": nil}), "expiry"},
		{"an end that is text", with(authtest.Object{"exp": fmt.Sprint(now + 60)}), "expiry"},
		{"an end that is null", raw(strings.Replace(good.Text(), fmt.Sprintf(`"exp":%d`, now+3600), `"exp":null`, 1)), "expiry"},
		{"an end beyond all times", raw(strings.Replace(good.Text(), fmt.Sprintf(`"exp":%d`, now+3600), `"exp":1e308`, 1)), "expiry"},
		{"not good yet", with(authtest.Object{"nbf": now + 61}), "not_yet"},
		{"made in the future", with(authtest.Object{"iat": now + 61}), "not_yet"},
		{"no subject", with(authtest.Object{"sub": nil}), "subject"},
		{"an empty subject", with(authtest.Object{"sub": ""}), "subject"},
		{"a number as subject", with(authtest.Object{"sub": 7}), "subject"},
		{"a subject of 256 characters", with(authtest.Object{"sub": strings.Repeat("a", 256)}), "subject"},
		{"a subject with a NUL", with(authtest.Object{"sub": "ada\x00"}), "subject"},
		{"the subject twice", raw(strings.Replace(good.Text(), `"sub":"ada"`, `"sub":"grace","sub":"ada"`, 1)), "malformed"},
		{"the subject twice in other letters", raw(strings.Replace(good.Text(), `"sub":"ada"`, `"sub":"ada","Sub":"grace"`, 1)), "malformed"},
		{"claims that are a list", raw(`["ada"]`), "malformed"},
		{"claims that are no JSON", raw(`{"sub":`), "malformed"},
		{"something after the claims", raw(good.Text() + `{"sub":"grace"}`), "malformed"},
		{"claims that are no UTF-8", raw(`{"sub":"` + "\xff" + `"}`), "malformed"},
		{"a good one with claims nested deep", with(authtest.Object{"more": nested(3000)}), ""},

		{"nothing", "", "malformed"},
		{"two parts", parts[0] + "." + parts[1], "malformed"},
		{"five parts, as an encrypted one has", whole + ".a.b", "malformed"},
		{"blanks in it", parts[0] + ". " + parts[1] + "." + parts[2], "malformed"},
		{"base64 of the other alphabet", strings.ReplaceAll(parts[0], "e", "+") + "." + parts[1] + "." + parts[2], "malformed"},
		{"the JSON form", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, "malformed"},
		{"a huge one", with(authtest.Object{"more": strings.Repeat("x", 20<<10)}), "malformed"},
		{"a megabyte of dots", strings.Repeat(".", 1<<20), "malformed"},
	}
	// What is wrong with a name of a key asks the service again; that is what the clock is for.
	for _, c := range cases {
		claims, err := issuer.Verify(t.Context(), c.token)
		if c.code == "" {
			if err != nil || claims.Subject != "ada" || claims.Issuer != p.Issuer {
				t.Errorf("%s: %+v, %v", c.name, claims, err)
			}
			continue
		}
		if err == nil || codeOf(err) != c.code || laneway.KindOf(err) != laneway.Unauthenticated {
			t.Errorf("%s: %+v, code %q of %v, want %q", c.name, claims, codeOf(err), err, c.code)
		}
		if err != nil && strings.Contains(err.Error(), whole) {
			t.Errorf("%s: the error shows the token", c.name)
		}
	}
	if n := p.Calls("/stolen"); n != 0 {
		t.Errorf("keys were fetched %d times from where a token said", n)
	}
	t.Logf("%d tokens", len(cases))
}

func nested(depth int) any {
	var v any = "x"
	for range depth {
		v = []any{v}
	}
	return v
}

// A secret is for issuers without keys, and nothing else is taken from them.
func TestHostileTokensOfSecrets(t *testing.T) {
	t.Parallel()
	p := authtest.Start(t)
	shared := bytes.Repeat([]byte("0123456789abcdef"), 3)
	issuer := issuerOf(t, p, auth.IssuerConfig{Secret: string(shared)})
	good := p.Claims("ada", audience)
	header := authtest.Object{"alg": "HS256", "typ": "JWT"}
	rsa := authtest.NewKey("rsa", "RS256")
	for _, c := range []struct{ name, token, code string }{
		{"a good one", authtest.SignSecret(shared, header, good), ""},
		{"another secret", authtest.SignSecret([]byte("another secret that is long enough"), header, good), "signature"},
		{"no secret", authtest.SignSecret(nil, header, good), "signature"},
		{"HS512 in name", authtest.SignSecret(shared, header.With(authtest.Object{"alg": "HS512"}), good), "algorithm"},
		{"by a private key", p.Keys[0].Sign("ES256", good), "algorithm"},
		{"by a private key, passed off as HS256", rsa.SignRaw("RS256", header.Text(), good.Text()), "signature"},
		{"alg none", authtest.Unsigned(header.With(authtest.Object{"alg": "none"}), good), "algorithm"},
		{"expired", authtest.SignSecret(shared, header, good.With(authtest.Object{"exp": 1})), "expired"},
		{"another audience", authtest.SignSecret(shared, header, good.With(authtest.Object{"aud": "anon"})), "audience"},
	} {
		if _, err := issuer.Verify(t.Context(), c.token); codeOf(err) != c.code || (err == nil) != (c.code == "") {
			t.Errorf("%s: %v, want code %q", c.name, err, c.code)
		}
	}
	if n := p.Calls(authtest.KeysPath) + p.Calls(authtest.DiscoveryPath); n != 0 {
		t.Errorf("the issuer was asked %d times for keys", n)
	}
}

// TestClaims is what is taken from tokens: an address only where it is verified in so many words.
func TestClaims(t *testing.T) {
	t.Parallel()
	p := authtest.Start(t)
	strict, trusting := issuerOf(t, p, auth.IssuerConfig{}), issuerOf(t, p, auth.IssuerConfig{TrustEmail: true})
	for _, c := range []struct {
		name                 string
		claims               authtest.Object
		email, trusted, call string
	}{
		{"verified", authtest.Object{"email": " Ada@Example.org ", "email_verified": true, "name": "Ada"}, "ada@example.org", "ada@example.org", "Ada"},
		{"not verified", authtest.Object{"email": "ada@example.org", "email_verified": false}, "", "ada@example.org", "ada"},
		{"verified as text", authtest.Object{"email": "ada@example.org", "email_verified": "true"}, "", "ada@example.org", "ada"},
		{"verified as a number", authtest.Object{"email": "ada@example.org", "email_verified": 1}, "", "ada@example.org", "ada"},
		{"nothing said of it", authtest.Object{"email": "ada@example.org"}, "", "ada@example.org", "ada"},
		{"verified by the person themselves", authtest.Object{"email": "ada@example.org", "user_metadata": authtest.Object{"email_verified": true}}, "", "ada@example.org", "ada"},
		{"no address", authtest.Object{"email": "Ada <ada@example.org>", "email_verified": true}, "", "", "Somebody"},
		{"an address that is a list", authtest.Object{"email": []string{"ada@example.org"}, "email_verified": true}, "", "", "Somebody"},
		{"the name of Supabase", authtest.Object{"user_metadata": authtest.Object{"full_name": "Ada Berg"}}, "", "", "Ada Berg"},
		{"a name in lines", authtest.Object{"name": "Ada\r\nBerg\x00"}, "", "", "Ada  Berg"},
		{"a long name", authtest.Object{"name": strings.Repeat("å", 500)}, "", "", strings.Repeat("å", 200)},
		{"a name that is none", authtest.Object{"name": "   ", "preferred_username": "ada"}, "", "", "ada"},
	} {
		token := p.Keys[0].Sign("ES256", p.Claims("ada", audience).With(c.claims))
		for issuer, email := range map[*auth.Issuer]string{strict: c.email, trusting: c.trusted} {
			got, err := issuer.Verify(t.Context(), token)
			if err != nil || got.Email != email || got.Name != c.call {
				t.Errorf("%s: %+v, %v; want %q and %q", c.name, got, err, email, c.call)
			}
		}
	}
}

// TestIssuerConfig is what can't be set.
func TestIssuerConfig(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("s", 32)
	for _, c := range []struct {
		name   string
		config auth.IssuerConfig
		part   string
	}{
		{"no issuer", auth.IssuerConfig{Audience: "a"}, "issuer"},
		{"plain HTTP", auth.IssuerConfig{Issuer: "http://id.example.org", Audience: "a"}, "https"},
		{"a query", auth.IssuerConfig{Issuer: "https://id.example.org?x", Audience: "a"}, "issuer"},
		{"no audience", auth.IssuerConfig{Issuer: "https://id.example.org"}, "audience"},
		{"none", auth.IssuerConfig{Issuer: "https://id.example.org", Audience: "a", Algorithms: []string{"none"}}, "none"},
		{"a secret's algorithm without one", auth.IssuerConfig{Issuer: "https://id.example.org", Audience: "a", Algorithms: []string{"HS256"}}, "HS256"},
		{"a key's algorithm with a secret", auth.IssuerConfig{Issuer: "https://id.example.org", Audience: "a", Algorithms: []string{"RS256"}, Secret: long}, "RS256"},
		{"a short secret", auth.IssuerConfig{Issuer: "https://id.example.org", Audience: "a", Secret: "short"}, "bytes"},
		{"secret and keys", auth.IssuerConfig{Issuer: "https://id.example.org", Audience: "a", Secret: long, JWKSURL: "https://id.example.org/keys"}, "both"},
		{"keys over plain HTTP", auth.IssuerConfig{Issuer: "https://id.example.org", Audience: "a", JWKSURL: "http://id.example.org/keys"}, "https"},
	} {
		if _, err := auth.NewIssuer(c.config); err == nil || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%s: %v, want %q in it", c.name, err, c.part)
		}
	}
}
