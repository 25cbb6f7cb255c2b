package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"laneway/internal/auth"
	"laneway/internal/platform"
)

// providerID stands in the addresses of the one service that people can sign in with.
const providerID = "sso"

// signInProviders makes sense of the oidc settings: the service that people can sign in with, or none.
func (s settings) signInProviders(signUp platform.SignUpPolicy) ([]platform.SignInProvider, error) {
	if s.oidcIssuer == "" {
		for name, value := range map[string]string{"oidc-client-id": s.oidcClientID, "oidc-client-secret": s.oidcClientSecret} {
			if value != "" {
				return nil, fmt.Errorf("%s is set without oidc-issuer", name)
			}
		}
		return nil, nil
	}
	trust, err := onOff("oidc-trust-email", s.oidcTrustEmail)
	if err != nil {
		return nil, err
	}
	if signUp, err = signUpOf("oidc-sign-up", s.oidcSignUp, signUp); err != nil {
		return nil, err
	}
	name := s.oidcName
	if name == "" {
		if u, err := url.Parse(s.oidcIssuer); err == nil {
			name = u.Hostname()
		}
	}
	provider, err := auth.NewProvider(auth.ProviderConfig{
		ID: providerID, Name: name, Issuer: s.oidcIssuer, ClientID: s.oidcClientID, ClientSecret: s.oidcClientSecret,
		Scopes: strings.Fields(s.oidcScopes), TrustEmail: trust,
	})
	if err != nil {
		return nil, fmt.Errorf("oidc: %w", err)
	}
	return []platform.SignInProvider{{Provider: provider, SignUp: signUp}}, nil
}

// issuerJSON is one entry of jwt-issuers.
type issuerJSON struct {
	Issuer     string   `json:"issuer"`
	Audience   string   `json:"audience"`
	Algorithms []string `json:"algorithms"`
	JWKSURL    string   `json:"jwksUrl"`
	Secret     string   `json:"secret"`
	TrustEmail bool     `json:"trustEmail"`
	SignUp     string   `json:"signUp"`
}

// tokenIssuers makes sense of jwt-issuers. Its text may hold secrets, so no error shows it.
func (s settings) tokenIssuers(signUp platform.SignUpPolicy) ([]platform.TokenIssuer, error) {
	if s.jwtIssuers == "" {
		return nil, nil
	}
	var entries []issuerJSON
	in := json.NewDecoder(strings.NewReader(s.jwtIssuers))
	in.DisallowUnknownFields()
	if err := in.Decode(&entries); err != nil || !errors.Is(onlyEnd(in), io.EOF) {
		return nil, errors.New(`jwt-issuers: want a JSON list such as [{"issuer": "https://id.example.org", "audience": "laneway"}], with the fields issuer, audience, algorithms, jwksUrl, secret, trustEmail and signUp`)
	}
	var issuers []platform.TokenIssuer
	seen := make(map[string]bool)
	for _, e := range entries {
		policy, err := signUpOf("signUp", e.SignUp, signUp)
		if err == nil && seen[e.Issuer] {
			err = errors.New("it stands twice")
		}
		var issuer *auth.Issuer
		if err == nil {
			issuer, err = auth.NewIssuer(auth.IssuerConfig{
				Issuer: e.Issuer, Audience: e.Audience, Algorithms: e.Algorithms, JWKSURL: e.JWKSURL, Secret: e.Secret, TrustEmail: e.TrustEmail,
			})
		}
		if err != nil {
			return nil, fmt.Errorf("jwt-issuers, %q: %w", e.Issuer, err)
		}
		seen[e.Issuer] = true
		issuers = append(issuers, platform.TokenIssuer{Issuer: issuer, SignUp: policy})
	}
	return issuers, nil
}

// onlyEnd gives io.EOF when nothing more comes.
func onlyEnd(in *json.Decoder) error {
	_, err := in.Token()
	return err
}

// signUpOf reads who may get an account by one of the ways in; empty: as sign-up says.
func signUpOf(name, value string, otherwise platform.SignUpPolicy) (platform.SignUpPolicy, error) {
	switch policy := platform.SignUpPolicy(value); policy {
	case "":
		return otherwise, nil
	case platform.SignUpOpen, platform.SignUpInvited, platform.SignUpClosed:
		return policy, nil
	default:
		return "", fmt.Errorf("%s %q: want open, invited or closed", name, value)
	}
}
