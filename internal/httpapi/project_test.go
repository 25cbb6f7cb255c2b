package httpapi_test

import (
	"encoding/json"
	"testing"

	"laneway/internal/httpapi/apitest"
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
