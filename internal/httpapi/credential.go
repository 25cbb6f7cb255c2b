package httpapi

import (
	"context"
	"net/http"
	"strings"

	"laneway"
	"laneway/internal/platform"
)

// credentialKind is what a request shows to say who asks.
type credentialKind int

// The kinds: the secret of a session cookie, an API token, a token that another service has signed.
const (
	bySession credentialKind = iota
	byToken
	byBearer
)

// credential is the text that a request shows, and of which kind it is.
type credential struct {
	text string
	kind credentialKind
}

// credentialOf reads what a request shows. An Authorization header decides alone: whoever sends a token
// means it, and must not be taken for the person whose cookie goes along.
func (s *server) credentialOf(r *http.Request) (credential, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		if secret := s.sessionSecret(r); secret != "" {
			return credential{text: secret}, nil
		}
		return credential{}, laneway.Errorf(laneway.Unauthenticated, "Sign in first.")
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return credential{}, laneway.Errorf(laneway.Unauthenticated, "Send one header of the form Authorization: Bearer <token>.")
	}
	c := credential{text: strings.TrimSpace(token), kind: byToken}
	if strings.Contains(c.text, ".") { // a JWT has two of them, an API token none
		c.kind = byBearer
	}
	return c, nil
}

// whoShows finds out who shows the credential: a session or a token comes with the account, the other one is empty; whoever
// comes with a bearer token of another service has neither. fresh and remembered are those of platform.Identify.
func (s *server) whoShows(ctx context.Context, c credential, fresh bool) (who *platform.Identity, remembered bool, err error) {
	if c.kind == byBearer {
		account, err := s.platform.AuthenticateBearer(ctx, c.text)
		return &platform.Identity{Account: account}, false, err
	}
	return s.platform.Identify(ctx, c.kind == byToken, c.text, fresh)
}

// authenticate finds out, from the database, who shows the credential.
func (s *server) authenticate(ctx context.Context, c credential) (laneway.Account, error) {
	who, _, err := s.whoShows(ctx, c, true)
	if err != nil {
		return laneway.Account{}, err
	}
	return who.Account, nil
}
