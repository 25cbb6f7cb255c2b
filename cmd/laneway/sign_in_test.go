package main

import (
	"strings"
	"testing"

	"laneway/internal/platform"
)

func TestSignInSettings(t *testing.T) {
	c, err := configFrom(t, "--oidc-issuer", "https://id.example.org/realms/harbour", "--oidc-client-id", "laneway", "--sign-up", "closed", "--oidc-sign-up", "open",
		"--jwt-issuers", `[{"issuer":"https://a.example.org","audience":"a"},{"issuer":"https://b.example.org","audience":"b","secret":"`+strings.Repeat("s", 32)+`","signUp":"open"}]`)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.providers) != 1 || c.providers[0].Name() != "id.example.org" || c.providers[0].ID() != "sso" || c.providers[0].SignUp != platform.SignUpOpen {
		t.Errorf("providers %+v", c.providers)
	}
	if len(c.issuers) != 2 || c.issuers[0].SignUp != platform.SignUpClosed || c.issuers[1].SignUp != platform.SignUpOpen || c.issuers[1].Name() != "https://b.example.org" {
		t.Errorf("issuers %+v", c.issuers)
	}
	for _, tt := range []struct {
		args []string
		part string
	}{
		{[]string{"--oidc-client-id", "x"}, "oidc-client-id is set without oidc-issuer"},
		{[]string{"--oidc-issuer", "https://id.example.org"}, "client id"},
		{[]string{"--oidc-issuer", "http://id.example.org", "--oidc-client-id", "x"}, "https"},
		{[]string{"--oidc-issuer", "https://id.example.org", "--oidc-client-id", "x", "--oidc-scopes", "email"}, "openid"},
		{[]string{"--oidc-issuer", "https://id.example.org", "--oidc-client-id", "x", "--oidc-sign-up", "all"}, "oidc-sign-up"},
		{[]string{"--oidc-issuer", "https://id.example.org", "--oidc-client-id", "x", "--oidc-trust-email", "yes"}, "oidc-trust-email"},
		{[]string{"--oidc-issuer", "https://id.example.org", "--oidc-client-id", "x", "--listen", "0.0.0.0:80"}, "public-url"},
		{[]string{"--jwt-issuers", "https://id.example.org"}, "JSON list"},
		{[]string{"--jwt-issuers", `[{"issuer":"https://a.example.org","audience":"a"}] []`}, "JSON list"},
		{[]string{"--jwt-issuers", `[{"issuer":"https://a.example.org","audience":"a","secrte":"x"}]`}, "JSON list"},
		{[]string{"--jwt-issuers", `[{"issuer":"https://a.example.org"}]`}, "audience"},
		{[]string{"--jwt-issuers", `[{"issuer":"https://a.example.org","audience":"a","signUp":"all"}]`}, "signUp"},
		{[]string{"--jwt-issuers", `[{"issuer":"https://a.example.org","audience":"a"},{"issuer":"https://a.example.org","audience":"b"}]`}, "twice"},
	} {
		_, err := configFrom(t, tt.args...)
		wantError(t, err, tt.part)
	}
	// What can't be read may hold a secret.
	if _, err := configFrom(t, "--jwt-issuers", `[{"secret":"canary of a secret"`); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("the error shows the secret: %v", err)
	}
}
