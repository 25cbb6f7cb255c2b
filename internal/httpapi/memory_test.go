package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"laneway/internal/httpapi/apitest"
)

// TestOpenedFromMemory: whatever has happened to a diagram, opening it answers from memory byte for byte what it answers when
// the server has forgotten everything, in every encoding. After a save it is in memory before anybody has opened it.
func TestOpenedFromMemory(t *testing.T) {
	t.Parallel()
	s := newTogether(t)
	s.Warm(t)
	ask := asking(s.Server, s.mira)
	send := func(as *apitest.Person, method, url string, status int, fields map[string]any) *apitest.Answer {
		t.Helper()
		c := apitest.Scenario{Method: method, URL: url, As: as, Status: status}
		if fields != nil {
			c.Body = apitest.JSON(t, fields)
		}
		return s.Run(t, c)
	}
	project := apitest.Decode[struct{ ID string }](t, send(s.mira, "POST", "/api/projects", 201, map[string]any{"name": "Harbour"})).ID
	unpacker, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unpacker.Close()
	// opened is the answer in full, with what it says of itself and of the cache.
	opened := func() (answer, cached string) {
		t.Helper()
		w := ask(t, apitest.Scenario{Method: "GET", URL: s.diagram, Status: http.StatusOK})
		plain, header := w.Body.String(), w.Header()
		w = ask(t, apitest.Scenario{Method: "GET", URL: s.diagram, Status: http.StatusOK, Headers: map[string]string{"Accept-Encoding": "zstd"}})
		if unpacked, err := unpacker.DecodeAll(w.Body.Bytes(), nil); err != nil || string(unpacked) != plain || w.Header().Get("Content-Encoding") != "zstd" {
			t.Errorf("in zstd it is %s, want %s; %v", unpacked, plain, err)
		}
		return fmt.Sprint(header["Etag"], header["Content-Type"], "\n", plain), header.Get("X-Cache")
	}
	forget := func() {
		s.Platform.DropCaches()
		send(s.mira, "GET", "/api/diagrams", 200, nil) // where the diagram stands is in memory from here on
	}
	same := func(what string, kept bool) {
		t.Helper()
		before := s.Platform.CacheCounts()
		got, cached := opened()
		after := s.Platform.CacheCounts()
		if kept && (cached != "HIT" || after.OpenMisses != before.OpenMisses) {
			t.Errorf("%s: X-Cache %s, %d answers were not in memory", what, cached, after.OpenMisses-before.OpenMisses)
		}
		forget()
		want, cached := opened()
		if got != want {
			t.Errorf("%s: from memory\n%s\nfrom the database\n%s", what, got, want)
		}
		if cached != "MISS" {
			t.Errorf("%s: with nothing in memory, X-Cache is %s", what, cached)
		}
	}
	forget()
	put := func(as *apitest.Person, fields map[string]any) { t.Helper(); s.put(t, as, 200, fields) }

	same("created", false)
	put(s.mira, edit("first", "two"))
	same("saved", true)
	put(s.otto, edit("one", "second")) // on version 1
	same("merged", true)
	u := readAs[undecided](t, s.put(t, s.otto, 409, edit("uno", "due")))
	same("refused", true)
	choices := make(map[string]string)
	for _, c := range u.Conflicts {
		choices[c.ID] = "ours"
	}
	send(s.otto, "POST", s.diagram+"/resolve", 200, map[string]any{"draftId": u.DraftID, "currentVersion": 3, "choices": choices})
	same("resolved", true)
	title := "\\ \"<b>&amp;\" \u2028\u2029 漢 \U0001F600 ,\"bpmnXml\":\",\"warnings\":[]"
	put(s.mira, map[string]any{"title": title, "expectedVersion": 4})
	same("renamed", false)
	dangling := strings.Replace(pair("\u2028 \U0001F600 &quot;,&quot;warnings&quot;:\r\n\t", "漢"), "</bpmn:process>", `<bpmn:sequenceFlow id="Flow_1" sourceRef="Task_1" targetRef="nowhere" /></bpmn:process>`, 1)
	put(s.mira, map[string]any{"bpmnXml": dangling, "projectId": project, "expectedVersion": 5})
	same("moved, with warnings", true)
	d := apitest.Decode[apitest.Diagram](t, send(s.mira, "GET", s.diagram, 200, nil))
	if len(d.Warnings) == 0 || d.BpmnXML != dangling || d.Title != title || *d.ProjectID != project {
		t.Errorf("opened %+v", d)
	}
	put(s.mira, map[string]any{"bpmnXml": pair("three", "four"), "expectedVersion": 6})
	put(s.mira, map[string]any{"bpmnXml": dangling, "expectedVersion": 7})

	// What makes no version leaves the answer as it is.
	send(s.mira, "DELETE", s.diagram, 204, nil)
	send(s.mira, "GET", s.diagram, 404, nil)
	send(s.mira, "POST", s.diagram+"/restore", 200, nil)
	same("in the trash and back", true)
	send(s.mira, "PUT", "/api/projects/"+project, 200, map[string]any{"archived": true, "expectedVersion": 1})
	same("in an archived project", true)
	send(s.mira, "PATCH", "/api/organizations/"+s.mira.OrganizationID, 200, map[string]any{"name": "Another name"})
	same("in an organization with another name", true)
	send(s.mira, "PUT", s.diagram+"/versions/8/label", 200, map[string]any{"label": "named"})
	same("labelled", true)
	send(s.mira, "POST", s.diagram+"/versions/7/restore", 200, map[string]any{"expectedVersion": 8})
	same("an old version restored", false)
}
