package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"laneway"
	"laneway/internal/platform"
)

// Names of the session cookie. Browsers take the first only with Secure, for this host alone and from
// this host alone; the second is for plain HTTP on a loopback address.
const (
	secureCookie = "__Host-laneway"
	plainCookie  = "laneway"
)

// cookieName gives the cookie that sessions use on the address that this request was sent to, and
// whether there may be any. The other one is never read: a page in the neighbourhood could have set it.
func (s *server) cookieName(r *http.Request) (string, bool) {
	switch {
	case s.isHTTPS(r):
		return secureCookie, true
	case s.insecureCookies || isLoopbackHost(r.Host):
		return plainCookie, true
	default:
		return "", false
	}
}

// isLoopbackHost tells whether a Host header names this machine.
func isLoopbackHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// sessionSecret gives what the request's session cookie holds, "" without one.
func (s *server) sessionSecret(r *http.Request) string {
	name, ok := s.cookieName(r)
	if !ok {
		return ""
	}
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// safeCookie refuses to begin sessions where the cookie would travel readable for everybody.
func (s *server) safeCookie(r *http.Request) error {
	if _, ok := s.cookieName(r); ok {
		return nil
	}
	detail := "Signing in over plain HTTP is possible on a loopback address only, such as http://localhost:8080. " +
		"Elsewhere Laneway must be reached over HTTPS, with its address in the setting public-url; " +
		"or the operator sets insecure-cookies, which lets everybody on the network read sessions."
	return &laneway.Error{Kind: laneway.Forbidden, Detail: detail,
		Fields: []laneway.FieldError{{Field: "Host", Code: "https_required", Detail: detail}}}
}

func (s *server) setSession(w http.ResponseWriter, r *http.Request, secret string) {
	name, _ := s.cookieName(r)
	http.SetCookie(w, &http.Cookie{
		Name:     name,
		Value:    secret,
		Path:     "/",
		MaxAge:   int(laneway.SessionLifetime.Seconds()),
		HttpOnly: true,
		Secure:   name == secureCookie,
		SameSite: http.SameSiteLaxMode,
	})
}

// clearSession takes both cookies away: after sign-out none may be left from another address form.
func (s *server) clearSession(w http.ResponseWriter, r *http.Request) {
	for _, name := range []string{secureCookie, plainCookie} {
		if name == secureCookie && !s.isHTTPS(r) {
			continue // browsers ignore a secure cookie that comes over plain HTTP
		}
		http.SetCookie(w, &http.Cookie{
			Name:     name,
			Path:     "/",
			MaxAge:   -1,
			HttpOnly: true,
			Secure:   name == secureCookie,
			SameSite: http.SameSiteLaxMode,
		})
	}
}

func (s *server) signUp(w http.ResponseWriter, r *request) error {
	if err := s.safeCookie(r.Request); err != nil {
		return err
	}
	o, _, err := r.readObject(maxForm, "email", "password", "displayName", "organizationName", "invitation")
	if err != nil {
		return err
	}
	o.require("email", "password", "displayName")
	in := laneway.SignUp{
		Email:       orEmpty(o.line("email")),
		Password:    orEmpty(o.line("password")),
		DisplayName: orEmpty(o.line("displayName")),
		UserAgent:   userAgent(r.Request),
	}
	if name := o.line("organizationName"); name != nil {
		// Empty means "choose one" to the platform; here it means that somebody typed nothing.
		if in.OrganizationName, err = laneway.CheckName("organizationName", *name); err != nil {
			o.fault("organizationName", "required", "This must be a name of 1 to 200 characters, or left out.")
		}
	}
	if invitation := o.line("invitation"); invitation != nil {
		if in.Invitation = *invitation; *invitation == "" {
			o.fault("invitation", "required", "This must be the secret of an invitation, or left out.")
		}
	}
	if err := o.err(); err != nil {
		return err
	}
	account, secret, err := s.platform.SignUp(r.Context(), in)
	if err != nil {
		return err
	}
	return s.answerSignedIn(w, r, http.StatusCreated, account, secret)
}

func (s *server) signIn(w http.ResponseWriter, r *request) error {
	if err := s.safeCookie(r.Request); err != nil {
		return err
	}
	o, _, err := r.readObject(maxForm, "email", "password")
	if err != nil {
		return err
	}
	o.require("email", "password")
	in := platform.SignIn{
		Email:          orEmpty(o.line("email")),
		Password:       orEmpty(o.line("password")),
		Address:        s.clientAddress(r.Request),
		UserAgent:      userAgent(r.Request),
		PreviousSecret: s.sessionSecret(r.Request),
	}
	if err := o.err(); err != nil {
		return err
	}
	account, secret, err := s.platform.SignIn(r.Context(), in)
	if err != nil {
		return err
	}
	return s.answerSignedIn(w, r, http.StatusOK, account, secret)
}

func (s *server) answerSignedIn(w http.ResponseWriter, r *request, status int, account laneway.Account, secret string) error {
	x := exchangeOf(r.Context())
	x.user, x.organization = account.User.ID, account.DefaultID
	s.setSession(w, r.Request, secret)
	answer := struct {
		User         userJSON          `json:"user"`
		Organization *organizationJSON `json:"organization"`
	}{User: toUserJSON(account.User)}
	// Whoever was removed from all of them still has an account: to make one, or to accept an invitation.
	if m := account.Membership(account.DefaultID); m != nil {
		organization := toOrganizationJSON(*m)
		answer.Organization = &organization
	}
	return writeJSON(w, status, answer)
}

func (s *server) signOut(w http.ResponseWriter, r *request) error {
	if secret := s.sessionSecret(r.Request); secret != "" {
		if err := s.platform.SignOut(r.Context(), secret); err != nil && laneway.KindOf(err) != laneway.Unauthenticated {
			return err
		}
	}
	s.clearSession(w, r.Request)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
