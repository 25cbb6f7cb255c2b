package httpapi

import (
	"context"
	"net/http"
	"strings"

	"laneway"
)

// credential is what a request shows to say who asks: the secret of a session cookie, or an API token.
type credential struct {
	text    string
	isToken bool
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
	return credential{text: strings.TrimSpace(token), isToken: true}, nil
}

// authenticate finds out who shows the credential: a session or a token comes with the account, the
// other one is empty.
func (s *server) authenticate(ctx context.Context, c credential) (laneway.Account, laneway.Session, laneway.Token, error) {
	if c.isToken {
		account, token, err := s.platform.AuthenticateToken(ctx, c.text)
		return account, laneway.Session{}, token, err
	}
	account, session, err := s.platform.Authenticate(ctx, c.text)
	return account, session, laneway.Token{}, err
}
