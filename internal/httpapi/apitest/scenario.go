package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"laneway/internal/store/storetest"
)

// Scenario is one request and what must come of it.
type Scenario struct {
	Name        string
	Method, URL string // the URL begins with the path
	Host        string // instead of the server's own address
	As          *Person
	Headers     map[string]string
	// Body is sent as it is. Text and JSON default to application/json; see also Bytes.
	Body string
	// Bytes is a body of other content; set its Content-Type in Headers.
	Bytes []byte

	Status int
	// Reason is the code that must stand first in the problem's errors.
	Reason string
	// Kind is the end of the problem's type.
	Kind        string
	Want        []string // parts of the body
	Not         []string // what must stand nowhere in the body or the headers
	WantHeaders map[string]string
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Run sends a scenario's request and checks its answer; it gives the answer for further checks.
func (s *Server) Run(t testing.TB, c Scenario) *Answer {
	t.Helper()
	name := c.Name
	if name == "" {
		name = c.Method + " " + c.URL
	}
	a := s.Do(t, s.Request(t, c))
	if a.Status != c.Status {
		t.Errorf("%s: status %d, want %d\n%s", name, a.Status, c.Status, clip(a.Body))
	}
	if c.Reason != "" {
		if p := a.Problem(t); len(p.Errors) == 0 || p.Errors[0].Code != c.Reason {
			t.Errorf("%s: reason %+v, want %s", name, p.Errors, c.Reason)
		}
	}
	if c.Kind != "" {
		if p := a.Problem(t); p.Type != "/problems/"+c.Kind {
			t.Errorf("%s: type %s, want %s", name, p.Type, c.Kind)
		}
	}
	for _, part := range c.Want {
		if !bytes.Contains(a.Body, []byte(part)) {
			t.Errorf("%s: the answer lacks %q\n%s", name, part, clip(a.Body))
		}
	}
	for _, part := range c.Not {
		if bytes.Contains(a.Body, []byte(part)) || strings.Contains(fmt.Sprint(a.Header), part) {
			t.Errorf("%s: the answer shows %q\n%s", name, part, clip(a.Body))
		}
	}
	for header, want := range c.WantHeaders {
		if have := a.Header.Get(header); have != want {
			t.Errorf("%s: %s is %q, want %q", name, header, have, want)
		}
	}
	return a
}

// RunAll runs scenarios in their order, each as a subtest.
func (s *Server) RunAll(t *testing.T, scenarios []Scenario) {
	t.Helper()
	for _, c := range scenarios {
		name := c.Name
		if name == "" {
			name = c.Method + " " + c.URL
		}
		t.Run(name, func(t *testing.T) { s.Run(t, c) })
	}
}

// Request makes the request of a scenario without sending it.
func (s *Server) Request(t testing.TB, c Scenario) *http.Request {
	t.Helper()
	var body io.Reader
	switch {
	case c.Bytes != nil:
		body = bytes.NewReader(c.Bytes)
	case c.Body != "":
		body = strings.NewReader(c.Body)
	}
	r, err := http.NewRequest(c.Method, s.Address+c.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	if c.Host != "" {
		r.Host = c.Host
	}
	if c.Body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.As != nil {
		c.As.sign(r)
	}
	for name, value := range c.Headers {
		if value == "" {
			r.Header.Del(name)
		} else {
			r.Header.Set(name, value)
		}
	}
	return r
}

// Decode reads the answer's JSON into a value.
func Decode[T any](t testing.TB, a *Answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(a.Body, &v); err != nil {
		t.Fatalf("decode answer: %v\n%s", err, clip(a.Body))
	}
	return v
}

// Problem is an RFC 9457 problem as clients read it.
type Problem struct {
	Type, Title, Detail, Instance   string
	Status                          int
	Errors                          []FieldError
	CurrentVersion, ExpectedVersion int64
}

// FieldError is one entry of a problem's errors.
type FieldError struct {
	Field, Code, Detail, ElementID string
	Line, Column                   int
}

// Problem reads the answer as a problem.
func (a *Answer) Problem(t testing.TB) Problem {
	t.Helper()
	if media := a.Header.Get("Content-Type"); media != "application/problem+json" {
		t.Fatalf("answer %d is %q, want a problem\n%s", a.Status, media, clip(a.Body))
	}
	return Decode[Problem](t, a)
}

// Diagram is a diagram or a summary as clients read it.
type Diagram struct {
	ID, Title, BpmnXML, CreatedBy, UpdatedBy, CreatedAt, UpdatedAt string
	ProjectID, DeletedAt, ThumbnailURL                             *string
	Version                                                        int64
	Warnings, Repairs                                              []struct{ Code, ElementID, Detail string }
	Merged                                                         bool
}

// Page is a page of summaries.
type Page struct {
	Data       []Diagram
	NextCursor string
	HasMore    bool
}

// Person is somebody who is signed in.
type Person struct {
	Email, Password    string
	Cookie             string // name=value
	ID, OrganizationID string
	NamesOrganization  bool
}

func (p *Person) sign(r *http.Request) {
	r.Header.Set("Cookie", p.Cookie)
	if p.NamesOrganization {
		r.Header.Set("Laneway-Organization", p.OrganizationID)
	}
}

// Password is that of every person in tests; no log and no answer may ever show it.
const Password = "canary-password-of-tests"

// SignUp makes an account called name and signs it in.
func (s *Server) SignUp(t testing.TB, name string) *Person {
	t.Helper()
	a := s.Run(t, Scenario{
		Method: "POST", URL: "/api/auth/sign-up", Status: http.StatusCreated,
		Body: JSON(t, map[string]string{"email": name + "@example.org", "password": Password, "displayName": name}),
	})
	in := Decode[struct {
		User, Organization struct{ ID string }
	}](t, a)
	return &Person{
		Email: name + "@example.org", Password: Password, Cookie: SessionCookie(t, a),
		ID: in.User.ID, OrganizationID: in.Organization.ID, NamesOrganization: true,
	}
}

// SessionCookie gives the session cookie that an answer sets, as name=value.
func SessionCookie(t testing.TB, a *Answer) string {
	t.Helper()
	for _, header := range a.Header.Values("Set-Cookie") {
		c, err := http.ParseSetCookie(header)
		if err == nil && c.MaxAge > 0 {
			return c.Name + "=" + c.Value
		}
	}
	t.Fatalf("answer %d sets no session cookie", a.Status)
	return ""
}

// SetPlan books another plan for a person's organization.
func (s *Server) SetPlan(t testing.TB, p *Person, plan string) {
	t.Helper()
	s.Admin(t, "UPDATE organizations SET plan = $2 WHERE id = $1", p.OrganizationID, plan)
}

// Join makes somebody a member of a person's organization, and gives them acting there.
func (s *Server) Join(t testing.TB, somebody, owner *Person, role string) *Person {
	t.Helper()
	s.Admin(t, "INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, $3)", owner.OrganizationID, somebody.ID, role)
	joined := *somebody
	joined.OrganizationID, joined.NamesOrganization = owner.OrganizationID, true
	return &joined
}

// Create stores a document as a new diagram.
func (s *Server) Create(t testing.TB, p *Person, title, xml string) Diagram {
	t.Helper()
	a := s.Run(t, Scenario{
		Method: "POST", URL: "/api/diagrams", As: p, Status: http.StatusCreated,
		Body: JSON(t, map[string]string{"title": title, "bpmnXml": xml}),
	})
	return Decode[Diagram](t, a)
}

// Count gives the number of rows of a table.
func (s *Server) Count(t testing.TB, table string) int {
	t.Helper()
	return storetest.Value[int](t, s.DB, "SELECT count(*) FROM "+table)
}

// JSON encodes a value as a request's body.
func JSON(t testing.TB, v any) string {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Document is a small diagram with one task of the given name.
func Document(name string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="Definitions_1" targetNamespace="http://example.org/bpmn">
  <bpmn:process id="Process_1" isExecutable="false">
    <bpmn:task id="Task_1" name="` + name + `" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="Diagram_1">
    <bpmndi:BPMNPlane id="Plane_1" bpmnElement="Process_1">
      <bpmndi:BPMNShape id="Shape_1" bpmnElement="Task_1">
        <dc:Bounds x="100" y="100" width="100" height="80" />
      </bpmndi:BPMNShape>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
`
}

func clip(body []byte) string {
	const most = 600
	if len(body) > most {
		return string(body[:most]) + " …"
	}
	return string(body)
}
