package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"laneway/internal/httpapi/apitest"
)

type version struct {
	Number       int64
	Title        string
	Label        *string
	Author       struct{ ID, DisplayName string }
	Parents      []int64
	ChangeCount  *int
	WarningCount int
	Size         int
	Kind         string
	FromVersion  *int64
	BpmnXML      string
}

type versionPage struct {
	Data       []version
	NextCursor string
	HasMore    bool
}

type difference struct {
	From    int64
	To      *int64
	Changes []struct{ Op, Element, Path, Before, After, Kind, DrawnElementID, ElementType, ElementName string }
}

// storeNext stores a document as the next version.
func storeNext(t testing.TB, s *apitest.Server, p *apitest.Person, id, xml string, expected int64) {
	t.Helper()
	s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + id, As: p, Status: 200,
		Body: apitest.JSON(t, map[string]any{"bpmnXml": xml, "expectedVersion": expected})})
}

func TestVersions(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	viewer := s.Join(t, s.SignUp(t, "vera"), mira, "viewer")
	member := s.Join(t, s.SignUp(t, "max"), mira, "member")
	d := s.Create(t, mira, "Harbour", apitest.Document("one"))
	base := "/api/diagrams/" + d.ID
	storeNext(t, s, member, d.ID, apitest.Document("two"), 1)
	s.Run(t, apitest.Scenario{Method: "PUT", URL: base, As: mira, Status: 200, Body: `{"title":"Harbour 2","expectedVersion":2}`})
	storeNext(t, s, mira, d.ID, apitest.Document("four"), 3)

	list := func(url string, want ...int64) versionPage {
		t.Helper()
		page := apitest.Decode[versionPage](t, s.Run(t, apitest.Scenario{Method: "GET", URL: url, As: viewer, Status: 200}))
		var numbers []int64
		for _, v := range page.Data {
			numbers = append(numbers, v.Number)
		}
		if fmt.Sprint(numbers) != fmt.Sprint(want) {
			t.Errorf("%s: versions %d, want %d", url, numbers, want)
		}
		return page
	}
	all := list(base+"/versions", 4, 3, 2, 1)
	if v := all.Data[2]; v.Author.DisplayName != "max" || v.Author.ID != member.ID || v.Kind != "saved" || fmt.Sprint(v.Parents) != "[1]" ||
		v.ChangeCount == nil || *v.ChangeCount != 1 || v.Title != "Harbour" || v.Size != len(apitest.Document("two")) || v.Label != nil || v.FromVersion != nil {
		t.Errorf("version 2: %+v", v)
	}
	if all.Data[3].Kind != "created" || all.HasMore || all.NextCursor != "" {
		t.Errorf("page %+v", all)
	}
	first := list(base+"/versions?limit=3", 4, 3, 2)
	if !first.HasMore {
		t.Errorf("page %+v", first)
	}
	list(base+"/versions?limit=3&cursor="+first.NextCursor, 1)
	tag := s.Run(t, apitest.Scenario{Method: "GET", URL: base + "/versions", As: viewer, Status: 200}).Header.Get("ETag")

	s.RunAll(t, []apitest.Scenario{
		{Name: "the list has not changed", Method: "GET", URL: base + "/versions", As: viewer, Status: 304, Headers: map[string]string{"If-None-Match": tag}},
		{Name: "a name", Method: "PUT", URL: base + "/versions/2/label", As: member, Body: `{"label":" Signed off "}`, Status: 200, Want: []string{`"label":"Signed off"`, `"number":2`}},
		{Name: "it has changed", Method: "GET", URL: base + "/versions", As: viewer, Status: 200, Headers: map[string]string{"If-None-Match": tag}},
		{Name: "a viewer names nothing", Method: "PUT", URL: base + "/versions/2/label", As: viewer, Body: `{"label":"x"}`, Status: 403},
		{Name: "no name at all", Method: "PUT", URL: base + "/versions/2/label", As: member, Body: `{}`, Status: 422, Reason: "required"},
		{Name: "an empty name", Method: "PUT", URL: base + "/versions/2/label", As: member, Body: `{"label":""}`, Status: 422, Reason: "required"},
		{Name: "a name of blanks", Method: "PUT", URL: base + "/versions/2/label", As: member, Body: `{"label":"  "}`, Status: 422},
		{Name: "a name too long", Method: "PUT", URL: base + "/versions/2/label", As: member, Body: `{"label":"` + strings.Repeat("x", 201) + `"}`, Status: 422},
		{Name: "a number as name", Method: "PUT", URL: base + "/versions/2/label", As: member, Body: `{"label":7}`, Status: 422, Reason: "wrong_type"},
		{Name: "of a version that is not there", Method: "PUT", URL: base + "/versions/5/label", As: member, Body: `{"label":"x"}`, Status: 404},

		{Name: "a version", Method: "GET", URL: base + "/versions/2", As: viewer, Status: 200, Want: []string{`name=\"two\"`, `"Signed off"`, `"warnings":[`}},
		{Name: "its file", Method: "GET", URL: base + "/versions/2/xml", As: viewer, Status: 200, Want: []string{`name="two"`},
			WantHeaders: map[string]string{"ETag": `"2"`, "Cache-Control": "private, max-age=31536000, immutable", "Content-Disposition": `attachment; filename="Harbour v2.bpmn"; filename*=UTF-8''Harbour%20v2.bpmn`}},
		{Name: "its file again", Method: "GET", URL: base + "/versions/2/xml", As: viewer, Status: 304, Headers: map[string]string{"If-None-Match": `"2"`}},
		{Name: "not without a session", Method: "GET", URL: base + "/versions/2/xml", Status: 401, Headers: map[string]string{"If-None-Match": `"2"`}},
		{Name: "no such version", Method: "GET", URL: base + "/versions/5", As: viewer, Status: 404, Kind: "not-found"},
		{Name: "version zero", Method: "GET", URL: base + "/versions/0", As: viewer, Status: 404},
		{Name: "a negative one", Method: "GET", URL: base + "/versions/-1", As: viewer, Status: 404},
		{Name: "a word", Method: "GET", URL: base + "/versions/latest", As: viewer, Status: 404},
		{Name: "a leading zero", Method: "GET", URL: base + "/versions/02", As: viewer, Status: 404},
		{Name: "beyond all bounds", Method: "GET", URL: base + "/versions/99999999999999999999", As: viewer, Status: 404},
		{Name: "a cursor of another list", Method: "GET", URL: base + "/versions?cursor=eA", As: viewer, Status: 422, Reason: "invalid_cursor"},
		{Name: "an empty cursor", Method: "GET", URL: base + "/versions?cursor=", As: viewer, Status: 422, Reason: "invalid_cursor"},
		{Name: "too many", Method: "GET", URL: base + "/versions?limit=1001", As: viewer, Status: 422, Reason: "out_of_range"},
		{Name: "neither true nor false", Method: "GET", URL: base + "/versions?labelled=1", As: viewer, Status: 422, Reason: "wrong_type"},

		{Name: "a copy of an older version", Method: "POST", URL: base + "/duplicate", As: member, Body: `{"version":2}`, Status: 201, Want: []string{`"title":"Harbour (copy)"`, `"version":1`}},
		{Name: "a copy of none", Method: "POST", URL: base + "/duplicate", As: member, Body: `{"version":9}`, Status: 404},
	})
	list(base+"/versions?labelled=true", 2)
	s.Run(t, apitest.Scenario{Method: "PUT", URL: base + "/versions/2/label", As: member, Body: `{"label":null}`, Status: 200, Want: []string{`"label":null`}})
	list(base + "/versions?labelled=true")

	s.Admin(t, "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2", mira.OrganizationID, member.ID)
	s.Run(t, apitest.Scenario{Name: "who left has no name", Method: "GET", URL: base + "/versions/2", As: viewer, Status: 200, Want: []string{`"displayName":null`}, Not: []string{`"max"`}})
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: base, As: mira, Status: 204})
	for _, url := range []string{"/versions", "/versions/2", "/versions/2/xml", "/diff?from=1&to=2"} {
		s.Run(t, apitest.Scenario{Name: "in the trash", Method: "GET", URL: base + url, As: viewer, Status: 404, Reason: "trashed"})
	}
}

func TestRestoreVersion(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	otto = s.Join(t, otto, mira, "member")
	d := s.Create(t, mira, "Harbour", apitest.Document("one"))
	base := "/api/diagrams/" + d.ID
	storeNext(t, s, mira, d.ID, apitest.Document("two"), 1)
	s.RunAll(t, []apitest.Scenario{
		{Name: "a stale restore", Method: "POST", URL: base + "/versions/1/restore", As: mira, Body: `{"expectedVersion":1}`, Status: 409, Want: []string{`"currentVersion":2`, `"expectedVersion":1`}},
		{Name: "what is not there", Method: "POST", URL: base + "/versions/7/restore", As: mira, Status: 404},
		{Name: "a restore", Method: "POST", URL: base + "/versions/1/restore", As: mira, Body: `{"expectedVersion":2}`, Status: 200,
			Want: []string{`"version":3`, `"merged":false`, `"path":"@name"`, `"after":"one"`, `name=\"one\"`}, WantHeaders: map[string]string{"ETag": `"3"`}},
		{Name: "the same again, its answer got lost", Method: "POST", URL: base + "/versions/1/restore", As: mira, Body: `{"expectedVersion":2}`, Status: 200,
			Want: []string{`"version":3`, `"after":"one"`, `name=\"one\"`}},
		{Name: "somebody else's is not the same", Method: "POST", URL: base + "/versions/1/restore", As: otto, Body: `{"expectedVersion":2}`, Status: 409},
		{Name: "how it came to be", Method: "GET", URL: base + "/versions/3", As: mira, Status: 200, Want: []string{`"kind":"restored"`, `"fromVersion":1`, `"changeCount":1`, `"parents":[2]`}},
		{Name: "undone", Method: "POST", URL: base + "/versions/2/restore", As: otto, Status: 200, Want: []string{`"version":4`, `name=\"two\"`}},
		{Name: "what is current already", Method: "POST", URL: base + "/versions/4/restore", As: otto, Status: 200, Want: []string{`"version":5`}, Not: []string{"bpmnXml", "changes"}},
		{Name: "the file", Method: "GET", URL: base + "/xml", As: mira, Status: 200, Want: []string{apitest.Document("two")}},
	})
}

func TestTakeElements(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	twice := strings.Replace(apitest.Document("one"), `<bpmn:task id="Task_1"`, `<bpmn:task id="Task_2" name="other" />
    <bpmn:task id="Task_1"`, 1)
	d := s.Create(t, mira, "Harbour", twice)
	base := "/api/diagrams/" + d.ID
	storeNext(t, s, mira, d.ID, strings.NewReplacer(`"one"`, `"changed"`, `"other"`, `"changed too"`).Replace(twice), 1)
	take := func(name, body string, status int, reason string, want ...string) apitest.Scenario {
		return apitest.Scenario{Name: name, Method: "POST", URL: base + "/versions/1/take", As: mira, Body: body, Status: status, Reason: reason, Want: want}
	}
	s.RunAll(t, []apitest.Scenario{
		take("no version", `{"elements":["Task_1"]}`, 428, ""),
		take("a stale one", `{"elements":["Task_1"],"expectedVersion":1}`, 409, ""),
		take("nothing", `{"elements":[],"expectedVersion":2}`, 422, "out_of_range"),
		take("no list", `{"elements":"Task_1","expectedVersion":2}`, 422, "wrong_type"),
		take("what neither has", `{"elements":["Task_9"],"expectedVersion":2}`, 422, "unresolved_reference", `"field":"elements"`, `"elementId":"Task_9"`),
		take("one element", `{"elements":["Task_1"],"expectedVersion":2}`, 200, "", `"version":3`, `name=\"one\"`, `name=\"changed too\"`, `"changes":[`),
		take("again", `{"elements":["Task_1"],"expectedVersion":2}`, 200, "", `"version":3`),
		{Method: "GET", URL: base + "/versions/3", As: mira, Status: 200, Want: []string{`"kind":"taken"`, `"fromVersion":1`, `"changeCount":1`}},
	})
}

func TestDiff(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, foreign := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	viewer := s.Join(t, s.SignUp(t, "vera"), mira, "viewer")
	d := s.Create(t, mira, "Harbour", apitest.Document("one"))
	base := "/api/diagrams/" + d.ID
	moved := strings.Replace(apitest.Document("two"), `x="100" y="100"`, `x="300" y="100"`, 1)
	added := strings.Replace(moved, `<bpmn:task id="Task_1"`, `<bpmn:userTask id="Task_2" />
    <bpmn:task id="Task_1"`, 1)
	storeNext(t, s, mira, d.ID, moved, 1)
	storeNext(t, s, mira, d.ID, added, 2)

	a := s.Run(t, apitest.Scenario{Method: "GET", URL: base + "/diff?from=1&to=3", As: viewer, Status: 200,
		WantHeaders: map[string]string{"ETag": `"1-3"`, "Cache-Control": "private, max-age=31536000, immutable"}})
	diff := apitest.Decode[difference](t, a)
	var told []string
	for _, c := range diff.Changes {
		told = append(told, strings.Join([]string{c.Kind, c.Op, c.Element, c.Path, c.DrawnElementID, c.ElementType, c.ElementName}, "|"))
	}
	for _, want := range []string{"added|add|Task_2|||userTask|", "changed|set|Task_1|@name||task|two", "moved|set|#di(Task_1)|#position|Task_1|task|two"} {
		if !strings.Contains(strings.Join(told, "\n")+"\n", want+"\n") {
			t.Errorf("the changes %q lack %q", told, want)
		}
	}
	if len(told) != 3 || diff.From != 1 || diff.To == nil || *diff.To != 3 {
		t.Errorf("diff %+v", diff)
	}
	tagged := map[string]string{"If-None-Match": `"1-3"`}
	file := map[string]string{"Content-Type": "application/bpmn+xml"}
	s.RunAll(t, []apitest.Scenario{
		{Name: "backwards", Method: "GET", URL: base + "/diff?from=3&to=1", As: viewer, Status: 200, Want: []string{`"kind":"removed"`}},
		{Name: "with itself", Method: "GET", URL: base + "/diff?from=2&to=2", As: viewer, Status: 200, Want: []string{`"changes":[]`}},
		{Name: "known", Method: "GET", URL: base + "/diff?from=1&to=3", As: viewer, Headers: tagged, Status: 304},
		{Name: "known to a stranger", Method: "GET", URL: base + "/diff?from=1&to=3", As: foreign, Headers: tagged, Status: 404},
		{Name: "known to nobody", Method: "GET", URL: base + "/diff?from=1&to=3", Headers: tagged, Status: 401},
		{Name: "a version that is not there", Method: "GET", URL: base + "/diff?from=1&to=4", As: viewer, Status: 404},
		{Name: "without an end", Method: "GET", URL: base + "/diff?from=1", As: viewer, Status: 422, Reason: "required"},
		{Name: "no number", Method: "GET", URL: base + "/diff?from=1&to=latest", As: viewer, Status: 422, Reason: "out_of_range"},
		{Name: "a file", Method: "POST", URL: base + "/diff?from=1", As: viewer, Bytes: []byte(apitest.Document("file")), Headers: file, Status: 200,
			Want: []string{`"to":null`, `"after":"file"`, `"kind":"changed"`}},
		{Name: "a file that is none", Method: "POST", URL: base + "/diff?from=1", As: viewer, Bytes: []byte("<x"), Headers: file, Status: 422},
		{Name: "as JSON", Method: "POST", URL: base + "/diff?from=1", As: viewer, Body: `{}`, Status: 415},
		{Name: "against no version", Method: "POST", URL: base + "/diff?from=9", As: viewer, Bytes: []byte(apitest.Document("file")), Headers: file, Status: 404},
	})
	if n := s.Count(t, "diagram_versions"); n != 3 {
		t.Errorf("%d versions after comparing, want 3", n)
	}
	s.Admin(t, "DELETE FROM diagram_versions WHERE number = 2")
	s.Run(t, apitest.Scenario{Name: "thinned out", Method: "GET", URL: base + "/diff?from=1&to=2", As: viewer, Status: 404, Kind: "not-found", Headers: map[string]string{"If-None-Match": `"1-2"`}})
}
