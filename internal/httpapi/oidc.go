package httpapi

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"laneway"
	"laneway/internal/platform"
)

// Names of the cookie that a browser carries through another service and back. Each goes with the
// session cookie of the same kind, see cookieName.
const (
	secureFlowCookie = "__Host-laneway-flow"
	plainFlowCookie  = "laneway-flow"
)

// flowPrefix begins the addresses that browsers go to by themselves. Their errors are pages.
const flowPrefix = "/api/auth/oidc/"

func (s *server) flowCookie(r *http.Request) string {
	if name, _ := s.cookieName(r); name == secureCookie {
		return secureFlowCookie
	}
	return plainFlowCookie
}

// flowSecret gives what the browser carries, "" when it carries nothing.
func (s *server) flowSecret(r *http.Request) string {
	c, err := r.Cookie(s.flowCookie(r))
	if err != nil {
		return ""
	}
	return c.Value
}

// setFlow has the browser carry a secret; "" takes it away.
func (s *server) setFlow(w http.ResponseWriter, r *http.Request, secret string) {
	age := int(laneway.SignInFlowLifetime.Seconds())
	if secret == "" {
		age = -1
	}
	name := s.flowCookie(r)
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: secret, Path: "/", MaxAge: age, HttpOnly: true, Secure: name == secureFlowCookie,
		SameSite: http.SameSiteLaxMode, // strict ones are not sent when a service sends the browser back
	})
}

// redirectAddress is where a service sends browsers back to. Without public-url it is the address that
// the request was sent to, which the service has to know as well, or it refuses.
func (s *server) redirectAddress(r *http.Request, provider string) string {
	return s.origin(r) + flowPrefix + url.PathEscape(provider) + "/callback"
}

// startSignIn sends the browser to the service.
func (s *server) startSignIn(w http.ResponseWriter, r *request) error {
	if err := s.safeCookie(r.Request); err != nil {
		return err
	}
	provider := r.PathValue("provider")
	address, secret, err := s.platform.BeginFlow(r.Context(), platform.FlowBegin{
		Provider: provider, Redirect: s.redirectAddress(r.Request, provider), Next: r.query.Get("next"),
	})
	if err != nil {
		return err
	}
	s.setFlow(w, r.Request, secret)
	seeOther(w, address)
	return nil
}

// finishSignIn takes the browser back from the service.
func (s *server) finishSignIn(w http.ResponseWriter, r *request) error {
	if err := s.safeCookie(r.Request); err != nil {
		return err
	}
	provider, secret := r.PathValue("provider"), s.flowSecret(r.Request)
	s.setFlow(w, r.Request, "")
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return laneway.InvalidField("query", "malformed", "The answer of the service can't be read.")
	}
	in := platform.FlowReturn{
		Provider: provider, Redirect: s.redirectAddress(r.Request, provider), Secret: secret, Query: query,
		PreviousSecret: s.sessionSecret(r.Request), UserAgent: userAgent(r.Request),
	}
	if in.PreviousSecret != "" {
		// Who is signed in matters where they link; whoever is not may sign in.
		_, in.Own, err = s.platform.Authenticate(r.Context(), in.PreviousSecret)
		if err != nil && laneway.KindOf(err) != laneway.Unauthenticated {
			return err
		}
	}
	end, err := s.platform.FinishFlow(r.Context(), in)
	x := exchangeOf(r.Context())
	x.user = end.UserID
	switch {
	case err != nil && end.Linked:
		code := s.noteFailure(r.Request, err)
		seeOther(w, withParameter(end.Next, "problem", code))
	case err != nil:
		s.failOnPage(w, r.Request, err, end.Next)
	case end.Linked:
		seeOther(w, withParameter(end.Next, "linked", provider))
	case end.Pending != "":
		s.setFlow(w, r.Request, end.Pending)
		seeOther(w, "/sign-in/link")
	default:
		s.setSession(w, r.Request, end.Secret)
		seeOther(w, end.Next)
	}
	return nil
}

// withParameter adds a parameter to a path of ours.
func withParameter(path, name, value string) string {
	path, fragment, _ := strings.Cut(path, "#")
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	path += mark + name + "=" + url.QueryEscape(value)
	if fragment != "" {
		path += "#" + fragment
	}
	return path
}

// seeOther sends the browser to an address as it stands; http.Redirect would mend it.
func seeOther(w http.ResponseWriter, address string) {
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}

// wantedNext gives where a browser asks to go to after signing in. The answer of a service names nothing: what it belongs to
// is known by the secret alone.
func wantedNext(r *http.Request) string {
	if next := r.URL.Query()["next"]; len(next) == 1 && strings.HasSuffix(r.URL.Path, "/start") {
		return next[0]
	}
	return ""
}

// failOnPage sends a browser that came by itself to the page that says what happened: it would show a
// problem document as text. next goes along, so that another way of signing in leads where this one was to lead.
func (s *server) failOnPage(w http.ResponseWriter, r *http.Request, err error, next string) {
	code := s.noteFailure(r, err)
	h := w.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Del("ETag")
	address := withParameter("/sign-in", "problem", code)
	if next = laneway.SafeNext(next); next != "/" {
		address = withParameter(address, "next", next)
	}
	seeOther(w, address)
}

// noteFailure logs what went wrong with a sign-in, and gives the word for it that the pages know.
func (s *server) noteFailure(r *http.Request, err error) string {
	x := exchangeOf(r.Context())
	level, code := slog.LevelInfo, "internal"
	problem, known := errors.AsType[*laneway.Error](err)
	switch {
	case !known || problem.Kind == laneway.Internal:
		level = slog.LevelError
	case problem.Kind == laneway.RateLimited:
		code = "rate_limited"
	case len(problem.Fields) > 0:
		if code = problem.Fields[0].Code; problem.Fields[0].Field == "invitation" {
			code = "invitation_" + code // a service's answer can be expired as well
		}
	case problem.Kind == laneway.Unavailable:
		code = "unavailable"
	case problem.Kind == laneway.NotFound:
		code = "unknown_provider"
	}
	if known && problem.Kind == laneway.Unavailable {
		level = slog.LevelWarn
	}
	attrs := append(x.attrs(), slog.String("code", code))
	switch {
	case !known || problem.Kind == laneway.Internal:
		attrs = append(attrs, slog.Any("error", err))
	case problem.Cause != nil: // the text for people may repeat what somebody sent
		attrs = append(attrs, slog.Any("error", problem.Cause))
	}
	s.log.LogAttrs(r.Context(), level, "sign-in failed", attrs...)
	return code
}

// getPendingLink tells what is left to confirm.
func (s *server) getPendingLink(w http.ResponseWriter, r *request) error {
	pending, err := s.platform.GetPendingLink(r.Context(), s.flowSecret(r.Request))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		ProviderName string `json:"providerName"`
		Email        string `json:"email"`
		Next         string `json:"next"`
	}{pending.ProviderName, pending.Email, pending.Next})
}

// confirmLink takes the password of the account that the identity's address belongs to.
func (s *server) confirmLink(w http.ResponseWriter, r *request) error {
	if err := s.safeCookie(r.Request); err != nil {
		return err
	}
	o, _, err := r.readObject(maxForm, "password")
	if err != nil {
		return err
	}
	o.require("password")
	in := platform.SignIn{
		Password:       orEmpty(o.line("password")),
		Address:        s.clientAddress(r.Request),
		UserAgent:      userAgent(r.Request),
		PreviousSecret: s.sessionSecret(r.Request),
	}
	if err := o.err(); err != nil {
		return err
	}
	account, secret, err := s.platform.ConfirmLink(r.Context(), s.flowSecret(r.Request), in)
	if err != nil {
		return err
	}
	s.setFlow(w, r.Request, "")
	return s.answerSignedIn(w, r, http.StatusOK, account, secret)
}
