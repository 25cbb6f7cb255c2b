package auth

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"laneway"
)

// Bounds of a JWT. A header line of a request has room for it.
const (
	maxJWT           = 16 << 10
	maxSubjectLength = 255
	// clockLeeway is by how much the clocks of two services may differ.
	clockLeeway = time.Minute
)

// Claims is what another service says of a person, in a token that was verified.
type Claims struct {
	Issuer, Subject string
	// Email is an address that the service has verified, in the form that is stored; else empty.
	Email string
	// Name is what the person is called, in the form that is stored; never empty.
	Name string
}

// algorithms are those that tokens may be signed with, when nothing else is said. All need a private
// key; a secret that two services share is a choice of its own.
func asymmetric() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}

// keys checks signatures: the keys that an issuer publishes, or a secret.
type keys interface {
	verify(ctx context.Context, signed *jose.JSONWebSignature) ([]byte, error)
}

// verifier holds tokens of one issuer against what is expected of them.
type verifier struct {
	issuer, audience string
	algorithms       []jose.SignatureAlgorithm
	keys             keys
	types            []string // what the header typ may say
	trustEmail       bool
	now              func() time.Time
}

// refused is the error about a token, or about what comes with it. The code and the text are for people
// who send one; they say nothing about keys.
func refused(code, text string, cause error) error {
	return &laneway.Error{Kind: laneway.Unauthenticated, Detail: text, Cause: cause,
		Fields: []laneway.FieldError{{Field: "token", Code: code, Detail: text}}}
}

// unreachable is the error about a service that does not answer as it should.
func unreachable(issuer string, cause error) error {
	const text = "The service to sign in with does not answer as it should. Try again in a moment."
	return &laneway.Error{Kind: laneway.Unavailable, Detail: text, RetryAfter: remotePause, Cause: fmt.Errorf("ask %s: %w", issuer, cause),
		Fields: []laneway.FieldError{{Field: "provider", Code: "provider_unreachable", Detail: text}}}
}

// isCompact tells the compact form of a JWT from everything else that the libraries would read, too.
func isCompact(token string) bool {
	if len(token) > maxJWT || strings.Count(token, ".") != 2 {
		return false
	}
	return !strings.ContainsFunc(token, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' && c != '.'
	})
}

// verify checks the signature and everything about the token that does not depend on what it is for. It
// gives the claims for further checks, and the token as go-oidc sees it.
func (v *verifier) verify(ctx context.Context, token string) (claims, *oidc.IDToken, error) {
	if !isCompact(token) {
		return claims{}, nil, refused("malformed", "This is not a token in the compact form of a JWT.", nil)
	}
	signed, err := jose.ParseSignedCompact(token, v.algorithms)
	if other, ok := errors.AsType[*jose.ErrUnexpectedSignatureAlgorithm](err); ok {
		return claims{}, nil, refused("algorithm", "This token is signed with an algorithm that its issuer may not use here.", other)
	}
	if err != nil {
		return claims{}, nil, refused("malformed", "This token can't be read.", err)
	}
	if err := v.checkHeader(signed.Signatures[0].Protected); err != nil {
		return claims{}, nil, err
	}
	payload, err := v.keys.verify(ctx, signed)
	if err != nil {
		return claims{}, nil, err
	}
	c, err := readClaims(payload)
	if err != nil {
		return claims{}, nil, refused("malformed", "The claims of this token can't be read.", err)
	}
	// go-oidc reads claims without regard to case and does not mind one that stands twice; so it has no
	// more than its say, and what counts are the exact names.
	seen, err := oidc.NewVerifier(v.issuer, checked(payload), &oidc.Config{
		ClientID: v.audience, SupportedSigningAlgs: names(v.algorithms), SkipExpiryCheck: true, // it knows no leeway
	}).Verify(ctx, token)
	if err := errors.Join(v.check(c), err); err != nil {
		if known, ok := errors.AsType[*laneway.Error](err); ok {
			return claims{}, nil, known
		}
		return claims{}, nil, refused("claims", "This token is not meant for this server.", err)
	}
	return c, seen, nil
}

// checked is a payload whose signature was found right.
type checked []byte

func (c checked) VerifySignature(context.Context, string) ([]byte, error) { return c, nil }

func names(algorithms []jose.SignatureAlgorithm) []string {
	list := make([]string, len(algorithms))
	for i, a := range algorithms {
		list[i] = string(a)
	}
	return list
}

// checkHeader refuses what would change the meaning of the token. Where the header says that keys are
// to be found (jku, x5u, jwk, x5c), nobody looks.
func (v *verifier) checkHeader(h jose.Header) error {
	for _, name := range []jose.HeaderKey{"crit", "b64"} {
		if _, there := h.ExtraHeaders[name]; there {
			return refused("header", "This token asks for an extension that is not known here.", nil)
		}
	}
	kind, there := h.ExtraHeaders["typ"]
	text, ok := kind.(string)
	text = strings.TrimPrefix(strings.ToLower(text), "application/")
	if there && (!ok || !slices.Contains(v.types, text)) {
		return refused("type", "This token is of a type that nobody signs in with.", nil)
	}
	return nil
}

// check holds the claims that all tokens have against what is expected.
func (v *verifier) check(c claims) error {
	issuer, err := c.text("iss")
	if err != nil || issuer != v.issuer {
		return refused("issuer", "This token is of another issuer.", err)
	}
	subject, err := c.text("sub")
	if err != nil || subject == "" || utf8.RuneCountInString(subject) > maxSubjectLength || strings.ContainsFunc(subject, unicode.IsControl) {
		return refused("subject", "This token does not say whose it is.", err)
	}
	audience, err := c.audience()
	if err != nil || !slices.Contains(audience, v.audience) {
		return refused("audience", "This token is meant for somebody else.", err)
	}
	now := v.now()
	expires, there, err := c.time("exp")
	switch {
	case err != nil || !there:
		return refused("expiry", "This token does not say until when it is good.", err)
	case !now.Before(expires.Add(clockLeeway)):
		return refused("expired", "This token has expired.", nil)
	}
	for _, name := range []string{"nbf", "iat"} {
		from, there, err := c.time(name)
		if err != nil || there && now.Add(clockLeeway).Before(from) {
			return refused("not_yet", "This token is not good yet.", err)
		}
	}
	return nil
}

// claims are those of a token by their exact names.
type claims map[string]json.RawMessage

// readClaims reads an object in which no name stands twice, in whatever letters.
func readClaims(payload []byte) (claims, error) {
	if !utf8.Valid(payload) {
		return nil, errors.New("not UTF-8")
	}
	in := json.NewDecoder(bytes.NewReader(payload))
	if open, err := in.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.Join(errors.New("no object"), err)
	}
	c, seen := make(claims), make(map[string]bool)
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return nil, err
		}
		text := fmt.Sprint(name)
		if folded := strings.ToLower(text); seen[folded] {
			return nil, fmt.Errorf("claim %q stands twice", text)
		} else {
			seen[folded] = true
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return nil, err
		}
		c[text] = value
	}
	if _, err := in.Token(); err != nil {
		return nil, err
	}
	if in.More() {
		return nil, errors.New("something follows the claims")
	}
	return c, nil
}

var errClaim = errors.New("claim is missing or of another type")

func (c claims) text(name string) (string, error) {
	var text *string
	if err := json.Unmarshal(c[name], &text); err != nil || text == nil {
		return "", fmt.Errorf("%s: %w", name, errClaim)
	}
	return *text, nil
}

// audience gives for whom the token is: one name or a list of them.
func (c claims) audience() ([]string, error) {
	if one, err := c.text("aud"); err == nil {
		return []string{one}, nil
	}
	var list []string
	if err := json.Unmarshal(c["aud"], &list); err != nil {
		return nil, fmt.Errorf("aud: %w", errClaim)
	}
	return list, nil
}

// time gives a moment that may be left out.
func (c claims) time(name string) (time.Time, bool, error) {
	value, there := c[name]
	if !there {
		return time.Time{}, false, nil
	}
	var seconds *float64
	if err := json.Unmarshal(value, &seconds); err != nil || seconds == nil || *seconds < 0 || *seconds > math.MaxInt32*100 {
		return time.Time{}, true, fmt.Errorf("%s: %w", name, errClaim)
	}
	return time.Unix(int64(*seconds), 0), true, nil
}

// person gives what the claims say of the person. An address counts when it is verified in so many
// words; trustEmail is for services that verify all and do not say so.
func (c claims) person(issuer string, trustEmail bool) Claims {
	p := Claims{Issuer: issuer}
	p.Subject, _ = c.text("sub") // it was checked
	email, _ := c.text("email")
	address, err := laneway.CheckEmail("email", email)
	if err == nil && (trustEmail || string(c["email_verified"]) == "true") {
		p.Email = address
	}
	local, _, _ := strings.Cut(address, "@")
	for _, name := range append(c.names(), local, "Somebody") {
		if p.Name, err = laneway.CheckName("name", tidyName(name)); err == nil {
			break
		}
	}
	return p
}

// names gives what the person may be called, the best first.
func (c claims) names() []string {
	var list []string
	for _, name := range []string{"name", "preferred_username", "nickname"} {
		text, _ := c.text(name)
		list = append(list, text)
	}
	// Supabase keeps what its providers say of a person here. The person can change it, so it is good
	// for a name and for nothing else.
	var more struct {
		FullName string `json:"full_name"`
		Name     string `json:"name"`
	}
	if json.Unmarshal(c["user_metadata"], &more) == nil {
		list = append([]string{list[0], more.FullName, more.Name}, list[1:]...)
	}
	return list
}

// tidyName makes a name of another service one that is fit to be shown here.
func tidyName(name string) string {
	name = strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return ' '
		}
		return c
	}, name))
	if runes := []rune(name); len(runes) > laneway.MaxNameLength {
		name = string(runes[:laneway.MaxNameLength])
	}
	return name
}

// IssuerNamedBy gives the issuer that a bearer token names, which is nothing but a claim: it says whose
// keys to check the token by. False when the text has not the form of a JWT.
func IssuerNamedBy(token string) (string, bool) {
	if !isCompact(token) {
		return "", false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		return "", false
	}
	c, err := readClaims(payload)
	if err != nil {
		return "", false
	}
	issuer, err := c.text("iss")
	return issuer, err == nil
}
