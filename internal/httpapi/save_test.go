package httpapi_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"laneway/internal/httpapi/apitest"
)

// saved is the answer to a save, as far as tests read it.
type saved struct {
	Version   int64   `json:"version"`
	Merged    bool    `json:"merged"`
	BpmnXML   *string `json:"bpmnXml"`
	Changes   []change
	Conflicts []conflict
}

type change struct {
	Op, Element, Path string
	Before, After     *string
}

type conflict struct {
	ID, Class, Kind, ElementID, Field string
	DrawnElementID                    string
	ElementType, ElementName          *string
	Base, Ours, Theirs                *string
	Choices                           []struct{ Choice, Effect string }
	Chosen                            *string
}

func readAs[T any](t testing.TB, a *apitest.Answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(a.Body, &v); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}
	return v
}

func hashOf(document string) string {
	sum := sha256.Sum256([]byte(document))
	return hex.EncodeToString(sum[:])
}

// vendored is a document with what an editor may not know: a comment, and a vendor's element.
func vendored(name string) string {
	return strings.Replace(apitest.Document(name), `name="`+name+`" />`,
		`name="`+name+`"><!-- keep me --><bpmn:extensionElements><v:cost xmlns:v="urn:vendor" value="7"/></bpmn:extensionElements></bpmn:task>`, 1)
}

// A save with a baseline stores what the person did, and keeps what their editor never showed; the
// next save names its baseline by hash.
func TestSaveWithBaseline(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	d := s.Create(t, mira, "Harbour", vendored("Unload"))
	one := "/api/diagrams/" + d.ID
	put := func(name string, fields map[string]any, status int) *apitest.Answer {
		t.Helper()
		return s.Run(t, apitest.Scenario{Name: name, Method: "PUT", URL: one, As: mira, Body: save(t, fields), Status: status})
	}
	exported, first, second := apitest.Document("Unload"), apitest.Document("Unload ship"), apitest.Document("Unload ships")
	a := readAs[saved](t, put("first", map[string]any{"bpmnXml": first, "baselineXml": exported, "expectedVersion": 1}, 200))
	if a.Version != 2 || a.Merged || a.BpmnXML != nil || a.Changes != nil {
		t.Errorf("first: %+v", a)
	}
	a = readAs[saved](t, put("second", map[string]any{"bpmnXml": second, "baselineHash": hashOf(first), "expectedVersion": 2}, 200))
	if a.Version != 3 || a.BpmnXML != nil || a.Changes != nil {
		t.Errorf("second: %+v", a)
	}
	s.Run(t, apitest.Scenario{Name: "stored", Method: "GET", URL: one, As: mira, Status: 200, Want: []string{"Unload ships", "<!-- keep me -->", "urn:vendor"}})
	for _, name := range []string{exported, vendored("Unload"), "never sent"} {
		s.Run(t, apitest.Scenario{Name: "unknown baseline", Method: "PUT", URL: one, As: mira, Status: 428, Kind: "baseline-required",
			Body: save(t, map[string]any{"bpmnXml": first, "baselineHash": hashOf(name), "expectedVersion": 3})})
	}
	p := put("a baseline that is no document", map[string]any{"bpmnXml": first, "baselineXml": "<broken\n&", "expectedVersion": 3}, 422).Problem(t)
	if len(p.Errors) == 0 || p.Errors[0].Field != "baselineXml" || p.Errors[0].Line == 0 || p.Errors[0].Column == 0 {
		t.Errorf("errors %+v, want one about baselineXml with its place", p.Errors)
	}
}
