package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"laneway"
	"laneway/internal/platform"
)

// request is an HTTP request together with who asks. Actor is set where the route needs an action. Account, session and token
// are empty where nobody asks; they are shared and must not be changed.
type request struct {
	*http.Request
	query   url.Values
	account *laneway.Account
	session *laneway.Session // none but by a session's cookie
	token   *laneway.Token   // none but by an API token
	actor   laneway.Actor
	// borrowed are the buffers that the handler has its body in.
	borrowed []*[]byte
}

// nobody asks where no credential was shown.
var nobody platform.Identity

// endpoint makes the handler of one row.
func (s *server) endpoint(row route) http.Handler {
	known, operation := strings.Fields(row.query), s.names[row.method+" "+row.path]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := exchangeOf(r.Context())
		x.operation, x.route = operation, row.method+" "+row.path
		req := &request{Request: r, account: &nobody.Account, session: &nobody.Session, token: &nobody.Token}
		err := s.receive(w, req, &row, known)
		if err == nil {
			err = row.handle(s, w, req)
		}
		switch {
		case err != nil && strings.HasPrefix(row.path, flowPrefix):
			s.failOnPage(w, r, err, wantedNext(r))
		case err != nil:
			drain(w, r)
			s.fail(w, r, err)
		}
		req.giveBackAll()
	})
}

// receive finds out who asks, refuses what is too much, and reads the query. known are the names that a query may have.
//
// It is not inlined, for what it needs must not lie under the handler: lists and most opened diagrams get along with a stack
// of 8 KiB, which a connection that waits for its next request may keep. A larger one is halved by each garbage collection and
// grown again by the next request.
//
//go:noinline
func (s *server) receive(w http.ResponseWriter, r *request, row *route, known []string) error {
	err := s.identify(r, row.access)
	if refused := s.limit(w, r, *row); refused != nil {
		return refused // also instead of what identify says: bad credentials are not to be tried without end
	}
	if err != nil {
		return err
	}
	return r.parseQuery(known)
}

// drainTimeout bounds the time that a refused upload may still take.
const drainTimeout = 5 * time.Second

// drain reads the rest of a refused upload, within bounds, so that the client is still listening when
// the answer comes: closing on unread data resets the connection and takes the answer with it.
func drain(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 || r.Body == nil || r.Header.Get("Expect") != "" {
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(drainTimeout))
	_, _ = io.CopyN(io.Discard, r.Body, 2*maxJSON)
}

// identify finds out who asks and refuses those who may not use the address at all.
func (s *server) identify(r *request, access laneway.Action) error {
	if access == anonymous {
		return nil
	}
	shown, err := s.credentialOf(r.Request)
	if err != nil {
		return err
	}
	// What is about the person alone shows the person, so it is read from the database.
	fresh := access == account || access == person || access == session
	remembered, err := s.admit(r, access, shown, fresh)
	if err != nil && remembered {
		// What is remembered refuses nobody: the right may have been given on another server a moment ago.
		_, err = s.admit(r, access, shown, true)
	}
	return err
}

// admit finds out who shows the credential and refuses those who may not use the address. remembered tells that the database
// was not asked.
func (s *server) admit(r *request, access laneway.Action, shown credential, fresh bool) (remembered bool, err error) {
	who, remembered, err := s.whoShows(r.Context(), shown, fresh)
	if err != nil {
		return remembered, err
	}
	r.account, r.session, r.token = &who.Account, &who.Session, &who.Token
	x := exchangeOf(r.Context())
	x.user = r.account.User.ID
	switch {
	case access == account:
		return remembered, nil
	case access == person && shown.kind == byToken, access == session && shown.kind != bySession:
		return remembered, laneway.Errorf(laneway.Forbidden, "A token can't be used here. Sign in to do that.")
	case access == person, access == session:
		return remembered, nil
	case access == laneway.OperateInstance: // it is about no organization, whatever is named
		r.actor = laneway.Actor{UserID: r.account.User.ID, SessionID: r.session.ID, Scope: r.token.Scope, Operator: r.account.User.Operator}
		return remembered, r.actor.May(access)
	}
	if r.actor, err = actorOf(r, access); err != nil {
		return remembered, err
	}
	x.organization = r.actor.OrganizationID
	if shown.kind == byBearer && needsSession(access) {
		return remembered, laneway.Errorf(laneway.Forbidden, "A token of another service can't be used here. Sign in to do that.")
	}
	return remembered, r.actor.May(access)
}

// needsSession tells whether an action of an organization is for sessions alone, whatever the role. An API token is refused
// by its scope. One of another service has none; an API token that it made would outlive it, and a whole organization is not
// to be lost with one that leaked.
func needsSession(access laneway.Action) bool {
	return access == laneway.DeleteOrganization || access == laneway.ManageTokens
}

// organizationHeader names the organization that a request is about.
const organizationHeader = "Laneway-Organization"

// actorOf joins the person with the organization that they name, or with their default one. One that
// they are no member of is not found, whether it exists or not. One that was deleted is closed for
// everything but what its deletion is about, and its members are told.
func actorOf(r *request, access laneway.Action) (laneway.Actor, error) {
	actor := laneway.Actor{UserID: r.account.User.ID, SessionID: r.session.ID, Scope: r.token.Scope}
	id := r.account.DefaultID
	named := r.namedOrganizations()
	if len(named) > 0 {
		var err error
		if id, err = laneway.ParseID(named[0]); err != nil || len(named) > 1 {
			id = laneway.ID{}
		}
	}
	m := r.account.Membership(id)
	if deleted := r.account.DeletedMembership(id); deleted != nil {
		if access != laneway.DeleteOrganization {
			return laneway.Actor{}, organizationDeleted(&deleted.Organization)
		}
		m = deleted
	}
	switch {
	case m != nil:
		actor.OrganizationID, actor.Role = id, m.Role
	case len(named) > 0:
		return laneway.Actor{}, laneway.Errorf(laneway.NotFound, "There is no such organization.")
	case len(r.account.Deleted) > 0: // and no other
		return laneway.Actor{}, organizationDeleted(&r.account.Deleted[0].Organization)
	}
	return actor, nil
}

func organizationDeleted(o *laneway.Organization) error {
	text := fmt.Sprintf("%s was deleted. An admin can restore it until %s.", o.Name, o.PurgeAt().UTC().Format("2 January 2006, 15:04 UTC"))
	return &laneway.Error{Kind: laneway.NotFound, Detail: text, Fields: []laneway.FieldError{{Field: "organization", Code: "organization_deleted", Detail: text}}}
}

// namedOrganizations gives the organization that the request names: by the header, by its address
// where that is about an organization, and for the event stream and thumbnails by the query, because a
// browser's EventSource and <img> set no headers. Two different ones are none.
func (r *request) namedOrganizations() []string {
	named := slices.Clone(r.Header.Values(organizationHeader))
	if r.URL.Path == eventsPath || isThumbnail(r.URL.Path) {
		named = append(named, r.URL.Query()["organization"]...)
	}
	if strings.Contains(r.Pattern, "{organization}") {
		named = append(named, r.PathValue("organization"))
	}
	return slices.Compact(named)
}

// parseQuery reads the query, which may name only what the address knows, each once. A misspelt
// parameter would silently give another answer than the one that was asked for.
func (r *request) parseQuery(known []string) error {
	if slices.Equal(known, []string{"*"}) {
		return nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return laneway.InvalidField("query", "malformed", "The query can't be read.")
	}
	o := &object{}
	for name, values := range query {
		switch {
		case !slices.Contains(known, name):
			o.fault(quoteName(name), "unknown_parameter", "There is no such query parameter here; names are case-sensitive.")
		case len(values) > 1:
			o.fault(name, "repeated", "This query parameter may stand once.")
		case !utf8.ValidString(values[0]) || strings.IndexByte(values[0], 0) >= 0:
			o.fault(name, "illegal_character", "This must be UTF-8 text without the character U+0000.")
		}
	}
	slices.SortFunc(o.faults, func(a, b laneway.FieldError) int { return strings.Compare(a.Field, b.Field) })
	r.query = query
	return o.err()
}

// once reads the Idempotency-Key; nil without one. The digest covers all that makes two requests the
// same request.
func (r *request) once(body []byte, answer func(any) (laneway.Answer, error)) (*laneway.Once, error) {
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) == 0 {
		return nil, nil
	}
	key := keys[0]
	visible := !strings.ContainsFunc(key, func(c rune) bool { return c < 0x20 || c > 0x7e })
	if len(keys) > 1 || key == "" || len(key) > laneway.MaxOnceKeyLength || !visible {
		return nil, laneway.InvalidField("Idempotency-Key", "invalid_key", "This must be one key of 1 to 255 visible ASCII characters.")
	}
	return &laneway.Once{Key: key, Digest: digestOf(r.Request, body), Answer: answer}, nil
}

// route hands a request to its row. What no row takes is the router's 404 or 405 as a problem, or a
// page of the studio.
func (s *server) route(w http.ResponseWriter, r *http.Request) {
	h, pattern := s.router.Handler(r)
	if pattern != "" {
		s.router.ServeHTTP(w, r)
		return
	}
	verdict := &routerVerdict{header: make(http.Header)}
	h.ServeHTTP(verdict, r)
	switch {
	case verdict.status == http.StatusMethodNotAllowed:
		s.refuseMethod(w, r, verdict.header.Get("Allow"))
	case s.files != nil && !isServerPath(r.URL.Path):
		x := exchangeOf(r.Context())
		x.operation, x.route = "studio", "studio"
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			s.refuseMethod(w, r, "GET, HEAD")
			return
		}
		if err := s.files.serve(w, r); err != nil {
			s.fail(w, r, err)
		}
	default:
		drain(w, r)
		s.fail(w, r, laneway.Errorf(laneway.NotFound, "There is nothing at this address."))
	}
}

func (s *server) refuseMethod(w http.ResponseWriter, r *http.Request, allow string) {
	w.Header().Set("Allow", allow)
	drain(w, r)
	s.fail(w, r, laneway.Errorf(methodNotAllowed, "This address takes %s.", allow))
}

// isServerPath tells the server's own addresses from those of the studio.
func isServerPath(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return slices.Contains([]string{"api", "problems", "healthz", "readyz", "metrics", "debug"}, first)
}

// routerVerdict takes the standard router's plain refusal, of which only status and Allow are used.
type routerVerdict struct {
	header http.Header
	status int
}

func (v *routerVerdict) Header() http.Header { return v.header }

func (v *routerVerdict) Write(p []byte) (int, error) { return len(p), nil }

func (v *routerVerdict) WriteHeader(status int) {
	if v.status == 0 {
		v.status = status
	}
}

func (s *server) refuseCrossOrigin(w http.ResponseWriter, r *http.Request) {
	drain(w, r)
	s.fail(w, r, laneway.Errorf(laneway.Forbidden,
		"This request was sent by a page of another web site. If that page is Laneway itself, its address must be set as public-url."))
}

// recoverPanic answers a panic with a bare 500. Once an answer has begun there is nothing left to
// say, so the connection is cut rather than a half answer passed off as a whole one.
func (s *server) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &recorder{ResponseWriter: w}
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(http.ErrAbortHandler)
			}
			s.logPanic(r, v)
			if out.status != 0 {
				panic(http.ErrAbortHandler)
			}
			s.fail(out, r, laneway.Errorf(laneway.Internal, ""))
		}()
		next.ServeHTTP(out, r)
	})
}
