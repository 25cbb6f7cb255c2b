package httpapi_test

import (
	"encoding/json"
	"testing"

	"laneway/internal/httpapi/apitest"
	"laneway/internal/store/storetest"
)

func TestProjects(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	create := apitest.Scenario{Method: "POST", URL: "/api/projects", As: mira, Body: `{"name":"CANARY-A"}`, Headers: map[string]string{"Idempotency-Key": "k"}, Status: 201}
	first := s.Run(t, create)
	var made struct{ ID string }
	if err := json.Unmarshal(first.Body, &made); err != nil || made.ID == "" {
		t.Fatalf("%s: %v", first.Body, err)
	}
	if again := s.Run(t, create); string(again.Body) != string(first.Body) {
		t.Errorf("repeated: %s", again.Body)
	}
	at := "/api/projects/" + made.ID
	s.Run(t, apitest.Scenario{Method: "PUT", URL: at, As: mira, Body: `{"name":"x"}`, Status: 428, Kind: "version-required"})
	s.Run(t, apitest.Scenario{Method: "PUT", URL: at, As: mira, Body: `{"archived":true,"expectedVersion":1}`, Status: 200})
	s.Run(t, apitest.Scenario{Method: "PUT", URL: at, As: mira, Body: `{"name":"x","expectedVersion":1}`, Status: 409, Kind: "conflict"})
	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/projects?archived=true", As: mira, Status: 200})
	d := s.Create(t, mira, "A", apitest.Document("A"))
	s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + d.ID, As: mira, Body: `{"projectId":"` + made.ID + `","expectedVersion":1}`, Status: 422, Kind: "invalid"})
	for _, id := range []string{made.ID, missing, "nonsense"} {
		s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/projects/" + id, As: otto, Status: 404, Kind: "not-found", Not: []string{"CANARY-A"}})
		s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/projects/" + id, As: otto, Body: `{"name":"x","expectedVersion":1}`, Status: 404, Kind: "not-found", Not: []string{"CANARY-A"}})
	}
}

// A diagram in an archived project can't be duplicated, for the copy would be put into the archive, whatever
// version it is made from. Nothing of it is left: no copy, and no place taken of the plan's.
func TestDuplicateInArchivedProject(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	var made struct{ ID string }
	if err := json.Unmarshal(s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/projects", As: mira, Body: `{"name":"Sales"}`, Status: 201}).Body, &made); err != nil {
		t.Fatal(err)
	}
	d := s.Create(t, mira, "Harbour", apitest.Document("A"))
	at, project := "/api/diagrams/"+d.ID, "/api/projects/"+made.ID
	s.Run(t, apitest.Scenario{Method: "PUT", URL: at, As: mira, Body: `{"projectId":"` + made.ID + `","expectedVersion":1}`, Status: 200})
	s.Run(t, apitest.Scenario{Method: "PUT", URL: project, As: mira, Body: `{"archived":true,"expectedVersion":1}`, Status: 200})
	for _, body := range []string{"", `{}`, `{"version":1}`, `{"title":"Port","version":2}`} {
		p := s.Run(t, apitest.Scenario{Name: "duplicate " + body, Method: "POST", URL: at + "/duplicate", As: mira, Body: body, Headers: map[string]string{"Idempotency-Key": "k" + body}, Status: 422, Kind: "invalid"}).Problem(t)
		if p.Errors[0].Field != "projectId" || p.Errors[0].Code != "archived_project" {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	if n := s.Count(t, "diagrams"); n != 1 {
		t.Errorf("%d diagrams", n)
	}
	if used := storetest.Value[int64](t, s.DB, `SELECT diagrams FROM organization_usage`); used != 1 {
		t.Errorf("%d places of the plan are taken", used)
	}
	// Out of the archive it is copied, the same request with the same key included: a refusal is not kept.
	s.Run(t, apitest.Scenario{Method: "PUT", URL: project, As: mira, Body: `{"archived":false,"expectedVersion":2}`, Status: 200})
	s.Run(t, apitest.Scenario{Method: "POST", URL: at + "/duplicate", As: mira, Body: `{"version":1}`, Headers: map[string]string{"Idempotency-Key": `k{"version":1}`}, Status: 201, Want: []string{made.ID}})
}
