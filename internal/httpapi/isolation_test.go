package httpapi_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"laneway/internal/httpapi"
	"laneway/internal/httpapi/apitest"
	"laneway/internal/store/storetest"
)

// permitted is who may do what, written down once more and by hand: a change of Actor.May has to be a
// change here. An action that is missing fails the proof. One that no scope allows is for sessions alone: a token of
// another service, which has no scope, may not do it either.
var permitted = map[string]struct{ roles, scopes string }{
	"diagrams:read":       {"admin member viewer", "read write admin"},
	"diagrams:write":      {"admin member", "write admin"},
	"organization:read":   {"admin member viewer", "read write admin"},
	"organization:manage": {"admin", "admin"},
	"organization:delete": {"admin", ""},
	"organization:leave":  {"admin member viewer", "admin"},
	"audit:read":          {"admin", "admin"},
	"tokens:manage":       {"admin member viewer", ""},
	"instance:operate":    {}, // no role: see principal.operator
}

// operate is what operators of the instance may, and nobody by a role.
const operate = "instance:operate"

// The targets of a request: whose objects its address names. Foreign is the other organization's.
const (
	own             = "own"
	foreign         = "foreign"
	absent          = "not there"
	malformed       = "malformed"
	zero            = "zero"
	wrongKind       = "own, of another kind"
	inTrash         = "in the trash"
	foreignChild    = "foreign child under own parent"
	foreignParent   = "own child under foreign parent"
	namedForeign    = "foreign, naming the foreign organization"
	namedWithOwn    = "own, naming the foreign organization"
	foreignInFields = "foreign in body or query"
)

var targets = []string{own, foreign, absent, malformed, zero, wrongKind, inTrash, foreignChild, foreignParent, namedForeign, namedWithOwn, foreignInFields}

// parameters are the names in an address, in order, but for those that name no object.
func parameters(path string) []string {
	var list []string
	for _, part := range strings.Split(path, "{")[1:] {
		name, _, _ := strings.Cut(part, "}")
		if !slices.Contains([]string{"secret", "kind", "file", "provider"}, name) {
			list = append(list, name)
		}
	}
	return list
}

// foreignField puts a foreign id where an operation takes one beside its address.
func foreignField(op string, c *apitest.Scenario, other map[string]string) bool {
	switch op {
	case "GET /api/diagrams":
		c.URL += "?projectId=" + other["project"]
	case "POST /api/diagrams":
		c.Body = strings.Replace(c.Body, `{`, `{"projectId":"`+other["project"]+`",`, 1)
	case "PUT /api/diagrams/{id}":
		c.Body = `{"projectId":"` + other["project"] + `","expectedVersion":2}`
	case "POST /api/diagrams/{id}/resolve":
		c.Body = `{"draftId":"` + other["draft"] + `","currentVersion":2,"choices":{}}`
	case "PATCH /api/me":
		c.Body = `{"defaultOrganizationId":"` + other["organization"] + `"}`
	case "GET /api/organizations/{organization}/audit", "GET /api/organizations/{organization}/audit.csv":
		c.URL += "?subjectId=" + other["id"]
	case "GET /api/events", "GET /api/diagrams/{id}/thumbnail.svg":
		c.URL += "?organization=" + other["organization"]
	default:
		return false
	}
	return true
}

// A cell is one request of the proof.
type cell struct {
	row    httpapi.RouteRow
	who    *principal
	target string
}

func (c cell) String() string {
	return fmt.Sprintf("%s %s by %s, %s", c.row.Method, c.row.Path, c.who.name, c.target)
}

// scenario makes the request; false where the operation has no such target.
func (c cell) scenario(t *testing.T, w *world) (apitest.Scenario, bool) {
	home, other := c.who.home, w.a
	if home == w.a {
		other = w.b
	}
	names := parameters(c.row.Path)
	mine, theirs := home.ids, other.ids
	who, maker := c.who, c.who.as
	if who.token != "" {
		maker = who.of
	}
	if maker != nil && !who.dead && (c.target == own || c.target == namedWithOwn) {
		// The request may change or remove what it names, so it gets things of its own.
		switch _, organizational := permitted[c.row.Access]; {
		case strings.HasSuffix(c.row.Path, "/leave") && c.target == own && c.allowed():
			leaver := *who
			leaver.as = w.s.Join(t, w.s.SignUp(t, fmt.Sprintf("leaver-%d", w.s.Count(t, "users"))), home.admin, who.role)
			who = &leaver
		case organizational && c.target == own && c.allowed() && len(names) > 0:
			mine = home.make(t, w.s, maker)
		case slices.Contains(names, "session"):
			mine = map[string]string{"session": anotherSession(t, w.s, maker), "project": mine["project"]}
		case slices.Contains(names, "identity"):
			mine = map[string]string{"identity": anotherIdentity(t, w.s, maker), "project": mine["project"]}
		}
	}
	fill := func(name string, n int) string {
		switch c.target {
		case foreign, namedForeign:
			return theirs[name]
		case absent:
			return missing
		case malformed:
			return "nonsense"
		case zero:
			return "00000000-0000-0000-0000-000000000000"
		case wrongKind:
			if name == "project" {
				return mine["id"]
			}
			return mine["project"]
		case inTrash:
			if name == "id" {
				return home.trashed
			}
		case foreignChild:
			if n > 0 {
				return theirs[name]
			}
		case foreignParent:
			if n == 0 {
				return theirs[name]
			}
		}
		return mine[name]
	}
	switch c.target {
	case own, namedWithOwn, foreignInFields:
	case inTrash:
		if !slices.Contains(names, "id") {
			return apitest.Scenario{}, false
		}
	case foreignChild, foreignParent:
		if len(names) < 2 || names[1] == "number" && c.target == foreignChild {
			return apitest.Scenario{}, false // versions have numbers, not ids
		}
	case namedForeign:
	default:
		if len(names) == 0 {
			return apitest.Scenario{}, false
		}
	}
	made := call(t, c.row, "{id}")
	_, query, _ := strings.Cut(made.URL, "?")
	path := c.row.Path
	for n, name := range names {
		path = strings.Replace(path, "{"+name+"}", fill(name, n), 1)
	}
	path = strings.NewReplacer("{secret}", strings.Repeat("x", 43), "{kind}", "not-found", "{file}", "docs.js", "{provider}", "sso").Replace(path)
	if made.URL = path; query != "" {
		made.URL += "?" + query
	}
	if made.Body == "" && made.Bytes == nil && slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, c.row.Method) {
		made.Body = `{}`
	}
	made.Body = strings.Replace(made.Body, `"expectedVersion":1`, `"expectedVersion":2`, 1)
	if c.target == own {
		made.Body = strings.Replace(made.Body, missing, mine["draft"], 1)
	}
	organization := home.admin.OrganizationID
	switch c.target {
	case namedForeign, namedWithOwn:
		organization = other.admin.OrganizationID
	case foreignInFields:
		if !foreignField(c.row.Method+" "+c.row.Path, &made, theirs) {
			return apitest.Scenario{}, false
		}
	}
	return who.send(made, organization), true
}

// allowed tells whether role and scope let the principal do this in the own organization.
func (c cell) allowed() bool {
	p, known := permitted[c.row.Access]
	if c.row.Access == operate {
		return c.who.operator && c.who.scope == "" && !c.who.dead
	}
	if !known {
		return !c.isBarred()
	}
	if c.who.token != "" && p.scopes == "" {
		return false // for sessions alone
	}
	return !c.who.dead && strings.Contains(p.roles, c.who.role) && c.who.role != "" && (c.who.scope == "" || strings.Contains(p.scopes, c.who.scope))
}

// isBarred tells whether the operation is for none who comes the way the principal does: what is for
// persons takes no API tokens, and what is for sessions takes no tokens at all.
func (c cell) isBarred() bool {
	return c.row.Access == "person" && c.who.scope != "" || c.row.Access == "session" && c.who.token != ""
}

// verdict says what is wrong with an answer; "" when nothing is.
func (c cell) verdict(status int) string {
	is := func(wanted ...int) string {
		if slices.Contains(wanted, status) {
			return ""
		}
		return fmt.Sprintf("status %d, want %v", status, wanted)
	}
	lets := func() string {
		if status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound {
			return fmt.Sprintf("status %d, but this is allowed", status)
		}
		return ""
	}
	_, organizational := permitted[c.row.Access]
	names := parameters(c.row.Path)
	foreignAddress := len(names) > 0 && names[0] == "organization" && c.target != own && c.target != foreignChild && c.target != foreignInFields
	switch {
	case status >= 500:
		return fmt.Sprintf("status %d", status)
	case c.row.Access == "anonymous":
		return ""
	case c.who.dead:
		return is(http.StatusUnauthorized)
	case c.row.Access == operate && c.allowed():
		return is(http.StatusOK) // whatever organization is named
	case c.row.Access == operate:
		return is(http.StatusForbidden)
	case !organizational && c.isBarred():
		return is(http.StatusForbidden)
	case !organizational && (c.target == own || c.target == namedWithOwn || len(names) == 0 && c.target != foreignInFields) && !strings.Contains(c.row.Path, "{secret}"):
		return lets() // it is about the person, whatever organization is named
	case !organizational:
		return is(http.StatusNotFound, http.StatusUnprocessableEntity)
	case c.target == namedForeign || c.target == namedWithOwn || foreignAddress || c.who.role == "":
		return is(http.StatusNotFound) // whoever is no member learns nothing, not even that it is forbidden
	case !c.allowed():
		return is(http.StatusForbidden)
	case c.target == own && c.who.role == "viewer" && slices.Contains(names, "draft"):
		return is(http.StatusNotFound) // who can't save has no drafts, and sees nobody else's
	case c.target == own:
		return lets()
	case c.target == inTrash:
		return is(http.StatusOK, http.StatusCreated, http.StatusNoContent, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity)
	case c.target == foreignInFields && (strings.HasPrefix(c.row.Path, "/api/organizations/") || c.row.Method+" "+c.row.Path == "GET /api/diagrams"):
		return is(http.StatusOK) // a filter that fits nothing
	case c.target == foreignInFields:
		return is(http.StatusNotFound, http.StatusUnprocessableEntity)
	}
	return is(http.StatusNotFound)
}

// proof runs cells and tells what is wrong through fail.
type proof struct {
	w     *world
	fail  func(format string, args ...any)
	count int
	leaks int
	took  map[string][]time.Duration // of foreign and absent targets
}

// operation runs all cells of one operation.
func (p *proof) operation(t *testing.T, row httpapi.RouteRow) {
	t.Helper()
	if row.Path == "/api/auth/sign-out" {
		return // it takes the principals' sessions away, and asks for nothing
	}
	p.warm(t, row)
	for i := range p.w.principals {
		if row.Path == "/api/diagrams" || row.Path == "/api/diagrams/{id}" {
			p.warm(t, row) // what scenes are set with makes the server forget
		}
		who := &p.w.principals[i]
		other := p.w.a
		if who.home == p.w.a {
			other = p.w.b
		}
		before := p.head(t, other)
		answers := make(map[string]string)
		for _, target := range targets {
			c := cell{row, who, target}
			made, is := c.scenario(t, p.w)
			if !is {
				continue
			}
			start := time.Now()
			a := p.w.s.Do(t, p.w.s.Request(t, made))
			if target == foreign || target == absent {
				p.took[target] = append(p.took[target], time.Since(start))
			}
			p.count++
			if wrong := c.verdict(a.Status); wrong != "" {
				p.fail("%s: %s\n%s %s %s\n%.300s", c, wrong, made.Method, made.URL, made.Body, a.Body)
			}
			p.search(c, a, other)
			if who.dead || who.role == "" && strings.Contains(fmt.Sprint(permitted), row.Access) {
				p.search(c, a, who.home)
			}
			if a.Status == http.StatusNotFound {
				problem := a.Problem(t)
				answers[target] = fmt.Sprint(a.Status, problem.Type, problem.Title, problem.Detail, problem.Errors)
			}
			if target == own && c.allowed() {
				who.home.renew(t, p.w.s)
			}
		}
		for _, target := range []string{foreign, malformed, zero} {
			if answers[target] != answers[absent] {
				p.fail("%s %s by %s: %s is answered %q, and what is not there %q", row.Method, row.Path, who.name, target, answers[target], answers[absent])
			}
		}
		if after := p.head(t, other); after != before {
			p.fail("%s %s by %s: the log of %s went from %d to %d", row.Method, row.Path, who.name, other.mark, before, after)
		}
	}
}

// warm has the owners of both organizations read what the operation is about, so that all that a server remembers is
// there to be given to somebody else.
func (p *proof) warm(t *testing.T, row httpapi.RouteRow) {
	t.Helper()
	if row.Method != http.MethodGet || row.Path == "/api/events" {
		return
	}
	for _, x := range []*tenant{p.w.a, p.w.b} {
		owner := &principal{name: "owner", home: x, role: "admin", as: x.admin}
		if made, is := (cell{row, owner, foreign}).scenario(t, p.w); is {
			for _, target := range []string{made.URL, strings.ReplaceAll(made.URL, p.other(x).ids["id"], x.ids["id"])} {
				made.URL = target
				p.w.s.Do(t, p.w.s.Request(t, made))
			}
		}
		for _, address := range []string{"/api/diagrams", "/api/diagrams?trashed=true", "/api/diagrams/" + x.ids["id"]} {
			p.w.s.Do(t, p.w.s.Request(t, owner.send(apitest.Scenario{Method: http.MethodGet, URL: address}, x.admin.OrganizationID)))
		}
	}
}

func (p *proof) other(x *tenant) *tenant {
	if x == p.w.a {
		return p.w.b
	}
	return p.w.a
}

func (p *proof) head(t *testing.T, x *tenant) int64 {
	t.Helper()
	return storetest.Value[int64](t, p.w.s.DB, "SELECT seq FROM organization_heads WHERE org_id = $1", x.admin.OrganizationID)
}

// search looks for what must not be there. What the request itself said may come back.
func (p *proof) search(c cell, a *apitest.Answer, x *tenant) {
	head := fmt.Sprint(a.Header)
	secrets := x.secrets()
	if c.row.Access == operate && c.allowed() {
		// An operator sees what organizations are called, and who operates; neither diagrams nor who is in them.
		secrets = []string{x.mark + "-diagram", x.mark + "-first", x.mark + "-second", x.mark + "-project", x.mark + "-trashed", x.ids["id"], x.trashed, x.ids["project"],
			x.ids["draft"], x.ids["token"], x.admin.ID, x.member.ID, x.viewer.ID}
	}
	for _, secret := range secrets {
		if bytes.Contains(a.Body, []byte(secret)) || strings.Contains(head, secret) {
			p.leaks++
			p.fail("%s: shows %s\n%v\n%.600s", c, secret, a.Header, a.Body)
		}
	}
}

// TestIsolation asks every operation, as everybody who may try, for everything that could be asked for.
func TestIsolation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.s.Warm(t)
	p := &proof{w: w, fail: t.Errorf, took: make(map[string][]time.Duration)}
	operations := 0
	for _, row := range httpapi.RouteRows() {
		if _, known := permitted[row.Access]; !known && !slices.Contains([]string{"anonymous", "account", "person", "session"}, row.Access) {
			t.Errorf("%s %s: say in permitted who may %s", row.Method, row.Path, row.Access)
		}
		operations++
		p.operation(t, row)
	}
	// The other organization is as it was: to its own people, and in its own words.
	for _, x := range []*tenant{w.a, w.b} {
		w.s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/diagrams/" + x.ids["id"], As: x.viewer, Status: 200, Want: []string{`"version":2`, x.mark}})
	}
	// Logs name organizations by id, people by id, and nothing by its name.
	for _, mark := range []string{"CANARY-A", "CANARY-B", apitest.Password} {
		if text := w.s.Log.String(); strings.Contains(text, mark) {
			i := strings.Index(text, mark)
			t.Errorf("the log shows %s: …%s", mark, text[max(0, i-300):min(len(text), i+100)])
		}
	}
	if len(w.principals) < 16 {
		t.Errorf("%d principals, want at least 16", len(w.principals))
	}
	if p.count < 5000 {
		t.Errorf("%d requests, want at least 5,000", p.count)
	}
	counts := w.s.Platform.CacheCounts()
	t.Logf("%+v", counts)
	if counts.ListHits < 200 || counts.OpenHits < 50 || counts.IdentityHits < 500 {
		t.Error("the server remembered too little for this to prove anything about its memory")
	}
	median := func(list []time.Duration) time.Duration { slices.Sort(list); return list[len(list)/2] }
	t.Logf("%d operations × %d principals × %d targets: %d requests, %d leaks; median time of foreign %v, of absent %v",
		operations, len(w.principals), len(targets), p.count, p.leaks, median(p.took[foreign]), median(p.took[absent]))
}
