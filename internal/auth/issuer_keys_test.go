package auth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"laneway"
	"laneway/internal/auth"
	"laneway/internal/auth/authtest"
)

// TestKeys is about where keys come from and how often they are asked for.
func TestKeys(t *testing.T) {
	t.Parallel()
	t.Run("one fetch for many", func(t *testing.T) {
		t.Parallel()
		p := authtest.Start(t)
		issuer := issuerOf(t, p, auth.IssuerConfig{})
		token := p.Keys[0].Sign("ES256", p.Claims("ada", audience))
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if _, err := issuer.Verify(context.Background(), token); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := p.Calls(authtest.KeysPath); n != 1 {
			t.Errorf("%d fetches", n)
		}
	})
	t.Run("unknown keys make no storm", func(t *testing.T) {
		t.Parallel()
		time0 := newClock()
		p := authtest.Start(t)
		p.Now = time0.Now
		issuer := issuerOf(t, p, auth.IssuerConfig{})
		for i := range 200 {
			_, err := issuer.Verify(t.Context(), authtest.Key{ID: fmt.Sprint(i), Private: p.Keys[0].Private}.Sign("ES256", p.Claims("ada", audience)))
			if codeOf(err) != "unknown_key" {
				t.Fatal(err)
			}
			time0.Pass(200 * time.Millisecond) // 40 s in all
		}
		if n := p.Calls(authtest.KeysPath); n < 2 || n > 5 {
			t.Errorf("%d fetches in 40 s, want one every ten", n)
		}
	})
	t.Run("keys change", func(t *testing.T) {
		t.Parallel()
		time0 := newClock()
		p := authtest.Start(t)
		p.Now = time0.Now
		issuer := issuerOf(t, p, auth.IssuerConfig{})
		verify := func(k authtest.Key) string {
			_, err := issuer.Verify(t.Context(), k.Sign("ES256", p.Claims("ada", audience)))
			if err != nil && codeOf(err) == "" {
				t.Fatal(err)
			}
			return codeOf(err)
		}
		before, after := p.Keys[0], authtest.NewKey("after", "ES256")
		if got := verify(before); got != "" {
			t.Fatal(got)
		}
		time0.Pass(time.Minute)
		p.Keys = []authtest.Key{after, before}
		if got := verify(after); got != "" {
			t.Errorf("a new key: %s", got)
		}
		if got := verify(before); got != "" {
			t.Errorf("the old one beside it: %s", got)
		}
		p.Keys = []authtest.Key{after}
		time0.Pass(16 * time.Minute)
		verify(after) // which has them fetched, beside the request
		for verify(before) == "" {
			time0.Pass(time.Second)
		}
		if got := verify(before); got != "unknown_key" {
			t.Errorf("a key that was withdrawn: %s", got)
		}
	})
	for name, bend := range map[string]func(*authtest.Provider){
		"500":                  answerWith(authtest.KeysPath, http.StatusInternalServerError, ""),
		"404":                  answerWith(authtest.KeysPath, http.StatusNotFound, ""),
		"no JSON":              answerWith(authtest.KeysPath, http.StatusOK, "<html>"),
		"no keys":              answerWith(authtest.KeysPath, http.StatusOK, `{"keys":[]}`),
		"a secret key":         answerWith(authtest.KeysPath, http.StatusOK, `{"keys":[{"kty":"oct","kid":"first","k":"c2VjcmV0"}]}`),
		"huge":                 answerWith(authtest.KeysPath, http.StatusOK, `{"keys":[],"more":"`+strings.Repeat("x", 100<<10)+`"}`),
		"without end":          endless,
		"many keys":            answerWith(authtest.KeysPath, http.StatusOK, `{"keys":[`+strings.Repeat(`{"kty":"RSA"},`, 40)+`{}]}`),
		"redirected":           redirected(authtest.KeysPath),
		"discovery redirected": redirected(authtest.DiscoveryPath),
		"discovery 500":        answerWith(authtest.DiscoveryPath, http.StatusInternalServerError, ""),
		"discovery of another": func(p *authtest.Provider) {
			p.BendDiscovery = func(d map[string]any) { d["issuer"] = "https://evil.example" }
		},
		"discovery with a slash": func(p *authtest.Provider) { p.BendDiscovery = func(d map[string]any) { d["issuer"] = p.Issuer + "/" } },
		"keys in the open": func(p *authtest.Provider) {
			p.BendDiscovery = func(d map[string]any) { d["jwks_uri"] = "http://keys.example/keys" }
		},
		"keys in a file": func(p *authtest.Provider) {
			p.BendDiscovery = func(d map[string]any) { d["jwks_uri"] = "file:///etc/passwd" }
		},
		"keys on a cloud's inner": func(p *authtest.Provider) {
			p.BendDiscovery = func(d map[string]any) { d["jwks_uri"] = "https://169.254.169.254/keys" }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			time0 := newClock()
			p := authtest.Start(t)
			p.Now = time0.Now
			bend(p)
			issuer := issuerOf(t, p, auth.IssuerConfig{})
			token := p.Keys[0].Sign("ES256", p.Claims("ada", audience))
			for range 20 {
				if _, err := issuer.Verify(t.Context(), token); laneway.KindOf(err) != laneway.Unavailable || codeOf(err) != "provider_unreachable" {
					t.Fatalf("%v", err)
				}
			}
			if n := p.Calls(authtest.DiscoveryPath); n != 1 {
				t.Errorf("asked %d times within a moment", n)
			}
			// It comes back by itself.
			p.BendAnswer, p.BendDiscovery = nil, nil
			time0.Pass(11 * time.Second)
			if _, err := issuer.Verify(t.Context(), token); err != nil {
				t.Error(err)
			}
			if n := p.Calls("/elsewhere"); n != 0 {
				t.Errorf("a redirect was followed %d times", n)
			}
		})
	}
	t.Run("what is known is used while the service is away", func(t *testing.T) {
		t.Parallel()
		time0 := newClock()
		p := authtest.Start(t)
		p.Now = time0.Now
		issuer := issuerOf(t, p, auth.IssuerConfig{JWKSURL: p.Issuer + authtest.KeysPath})
		verify := func() error {
			_, err := issuer.Verify(t.Context(), p.Keys[0].Sign("ES256", p.Claims("ada", audience)))
			return err
		}
		if err := verify(); err != nil {
			t.Fatal(err)
		}
		answerWith(authtest.KeysPath, http.StatusBadGateway, "")(p)
		time0.Pass(23 * time.Hour)
		if err := verify(); err != nil {
			t.Errorf("after 23 hours: %v", err)
		}
		time0.Pass(2 * time.Hour)
		if err := verify(); laneway.KindOf(err) != laneway.Unavailable {
			t.Errorf("after 25 hours: %v", err)
		}
		if n := p.Calls(authtest.DiscoveryPath); n != 0 {
			t.Errorf("%d discoveries, though the address of the keys is set", n)
		}
	})
	t.Run("a slow service holds nobody longer than they wait", func(t *testing.T) {
		t.Parallel()
		p := authtest.Start(t)
		release := make(chan struct{})
		p.BendAnswer = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == authtest.KeysPath {
				<-release
			}
			return false
		}
		issuer := issuerOf(t, p, auth.IssuerConfig{})
		token := p.Keys[0].Sign("ES256", p.Claims("ada", audience))
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := issuer.Verify(ctx, token)
			left <- err
		}()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("who went away got %v", err)
		}
		close(release)
		// The fetch went on for whoever still waits.
		if _, err := issuer.Verify(t.Context(), token); err != nil {
			t.Error(err)
		}
		if n := p.Calls(authtest.KeysPath); n != 1 {
			t.Errorf("%d fetches", n)
		}
	})
}

func answerWith(path string, status int, body string) func(*authtest.Provider) {
	return func(p *authtest.Provider) {
		p.BendAnswer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != path {
				return false
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return true
		}
	}
}

func redirected(path string) func(*authtest.Provider) {
	return func(p *authtest.Provider) {
		p.BendAnswer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == path {
				http.Redirect(w, r, "/elsewhere", http.StatusFound)
			}
			return r.URL.Path == path
		}
	}
}

// endless never ends its answer.
func endless(p *authtest.Provider) {
	p.BendAnswer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != authtest.KeysPath {
			return false
		}
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte(" "), 4096)); err != nil {
				break
			}
		}
		return true
	}
}
