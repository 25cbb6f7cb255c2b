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

// authenticate finds out, from the database, who shows the credential.
func (s *server) authenticate(ctx context.Context, c credential) (laneway.Account, error) {
	who, _, err := s.platform.Identify(ctx, c.isToken, c.text, true)
	return who.Account, err
}
