package httpapi_test

import (
	"regexp"
	"slices"
	"testing"

	"laneway/internal/httpapi"
	"laneway/internal/httpapi/apitest"
)

// authz is who may call operations: everybody, whoever is known, a person, a person by a session, or whom
// laneway.Actor.May lets do what the word names. A new one must be a decision.
var authz = []string{
	"anonymous", "account", "person", "session",
	"diagrams:read", "diagrams:write", "organization:read", "organization:manage", "organization:delete", "organization:leave", "audit:read", "tokens:manage", "instance:operate",
}

// unauthorised gives the operations that do not say by x-authz who may call them.
func unauthorised(operations []apitest.Operation) []string {
	var names []string
	for _, o := range operations {
		if !slices.Contains(authz, o.Authz) {
			names = append(names, o.Method+" "+o.Path)
		}
	}
	return names
}

// Each operation of openapi.yaml and each row of routes.go says who may call it.
func TestEveryOperationIsAuthorised(t *testing.T) {
	t.Parallel()
	operations, err := apitest.Operations()
	if err != nil {
		t.Fatal(err)
	}
	if len(operations) < 50 {
		t.Fatalf("%d operations: that is not the document", len(operations))
	}
	if names := unauthorised(operations); len(names) > 0 {
		t.Errorf("x-authz is missing, or names nothing known: %q", names)
	}
	for _, row := range httpapi.RouteRows() {
		if !slices.Contains(authz, row.Access) {
			t.Errorf("%s %s is for %q", row.Method, row.Path, row.Access)
		}
	}
	for _, word := range authz {
		if !slices.ContainsFunc(operations, func(o apitest.Operation) bool { return o.Authz == word }) {
			t.Errorf("nothing is for %q", word)
		}
	}
	// The test would notice one that says nothing, and one with a word that nobody knows.
	for i := range operations {
		for _, word := range []string{"", "diagrams:raed"} {
			broken := slices.Clone(operations)
			if broken[i].Authz = word; len(unauthorised(broken)) != 1 {
				t.Errorf("%s %s with x-authz %q passes", broken[i].Method, broken[i].Path, word)
			}
		}
	}
}

// placeholder is what call leaves in an address.
var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// Whoever is nobody gets into no operation but those for everybody, and is not told what there is.
func TestNobodyGetsIn(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "CANARY-mira")
	d := s.Create(t, mira, "CANARY-title", apitest.Document("CANARY-task"))
	checked := 0
	for _, row := range httpapi.RouteRows() {
		if row.Access == "anonymous" {
			continue
		}
		for _, as := range []*apitest.Person{nil, {Cookie: "laneway=" + missing}} {
			c := call(t, row, d.ID)
			c.As, c.Status, c.Kind, c.Not = as, 401, "unauthenticated", []string{"CANARY", mira.ID}
			c.URL = placeholder.ReplaceAllString(c.URL, mira.OrganizationID)
			s.Run(t, c)
			checked++
		}
	}
	if checked < 90 {
		t.Errorf("%d requests, want at least 90", checked)
	}
}
