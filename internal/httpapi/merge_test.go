package httpapi_test

import (
	"strings"
	"testing"

	"laneway/internal/httpapi/apitest"
	"laneway/internal/store/storetest"
)

// pair is a document with two tasks, and what a vendor left in it.
func pair(one, two string) string {
	return strings.NewReplacer(
		`<bpmn:task id="Task_1" name="" />`, `<bpmn:task id="Task_1" name="`+one+`" /><!-- keep me --><bpmn:task id="Task_2" name="`+two+`" />`,
		`</bpmndi:BPMNPlane>`, `<bpmndi:BPMNShape id="Shape_2" bpmnElement="Task_2"><dc:Bounds x="300" y="100" width="100" height="80" /></bpmndi:BPMNShape></bpmndi:BPMNPlane>`,
	).Replace(apitest.Document(""))
}

// shown is pair as an editor exports it that drops comments.
func shown(one, two string) string { return strings.Replace(pair(one, two), "<!-- keep me -->", "", 1) }

// together is a diagram of two people.
type together struct {
	*apitest.Server
	mira, otto *apitest.Person
	diagram    string // its address
}

func newTogether(t *testing.T) together {
	t.Helper()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	otto := s.Join(t, s.SignUp(t, "otto"), mira, "member")
	return together{s, mira, otto, "/api/diagrams/" + s.Create(t, mira, "Harbour", pair("one", "two")).ID}
}

func (s together) put(t *testing.T, as *apitest.Person, status int, fields map[string]any) *apitest.Answer {
	t.Helper()
	return s.Run(t, apitest.Scenario{Method: "PUT", URL: s.diagram, As: as, Body: save(t, fields), Status: status})
}

func (s together) stored(t *testing.T, version string, want ...string) {
	t.Helper()
	s.Run(t, apitest.Scenario{Name: "stored", Method: "GET", URL: s.diagram, As: s.mira, Status: 200, Want: append(want, `"version":`+version)})
}

// edit is a save by an editor that had opened version 1.
func edit(one, two string, more ...any) map[string]any {
	fields := map[string]any{"bpmnXml": shown(one, two), "baselineXml": shown("one", "two"), "expectedVersion": 1, "onConflict": "merge"}
	for i := 0; i+1 < len(more); i += 2 {
		fields[more[i].(string)] = more[i+1]
	}
	return fields
}

// Two people change two things: both keep theirs, and each learns what to put on the canvas.
func TestMergeClean(t *testing.T) {
	t.Parallel()
	s := newTogether(t)
	if a := readAs[saved](t, s.put(t, s.mira, 200, edit("first", "two"))); a.Version != 2 || a.Merged || a.Changes != nil {
		t.Errorf("mira: %+v", a)
	}
	a := readAs[saved](t, s.put(t, s.otto, 200, edit("one", "second")))
	if a.Version != 3 || !a.Merged || len(a.Changes) != 1 || a.BpmnXML == nil || len(a.Conflicts) > 0 {
		t.Fatalf("otto: %+v", a)
	}
	if c := a.Changes[0]; c.Op != "set" || c.Element != "Task_1" || c.Path != "@name" || *c.Before != "one" || *c.After != "first" {
		t.Errorf("otto has to change %+v", c)
	}
	if *a.BpmnXML != pair("first", "second") {
		t.Errorf("stored\n%s", *a.BpmnXML)
	}
	// Otto has put that on the canvas: his baseline is what he sent, and his next save is plain.
	a = readAs[saved](t, s.put(t, s.otto, 200, map[string]any{"bpmnXml": shown("first", "third"), "baselineHash": hashOf(shown("one", "second")), "expectedVersion": 3, "onConflict": "merge"}))
	if a.Version != 4 || a.Merged || a.Changes != nil {
		t.Errorf("otto again: %+v", a)
	}
	// Mira has not heard of it, and names as baseline what she sent: she does not bring back "two".
	a = readAs[saved](t, s.put(t, s.mira, 200, map[string]any{"bpmnXml": shown("firstly", "two"), "baselineHash": hashOf(shown("first", "two")), "expectedVersion": 2, "onConflict": "merge"}))
	if a.Version != 5 || !a.Merged || *a.BpmnXML != pair("firstly", "third") {
		t.Errorf("mira again: %+v", a)
	}
	// Without a baseline the document is meant as a whole, made from the version that is named.
	a = readAs[saved](t, s.put(t, s.otto, 200, map[string]any{"bpmnXml": pair("firstly", "fourth"), "expectedVersion": 4, "onConflict": "merge"}))
	_ = a
	rows := storetest.Value[string](t, s.DB, `SELECT string_agg(concat_ws(' ', number, kind, parents, change_count, changes->0->>'element'), '; ' ORDER BY number) FROM diagram_versions`)
	if want := "1 created {}; 2 saved {1} 1 Task_1; 3 merged {2,1} 1 Task_2; 4 saved {3} 1 Task_2; 5 merged {4,2} 1 Task_1; 6 merged {5,4} 1 Task_2"; rows != want {
		t.Errorf("versions\n%s, want\n%s", rows, want)
	}
	events := storetest.Value[string](t, s.DB, `SELECT string_agg(concat_ws(' ', data->>'version', data->'changes'->0->>'after'), '; ' ORDER BY seq) FROM events WHERE kind = 'diagram.saved'`)
	if want := "2 first; 3 second; 4 third; 5 firstly; 6 fourth"; events != want {
		t.Errorf("events\n%s, want\n%s", events, want)
	}
}

// A save is repeated because its answer got lost, while others have saved: it makes no second version.
func TestMergeRepeated(t *testing.T) {
	t.Parallel()
	s := newTogether(t)
	s.put(t, s.mira, 200, edit("first", "two"))
	first := readAs[saved](t, s.put(t, s.otto, 200, edit("one", "second")))
	again := readAs[saved](t, s.put(t, s.otto, 200, edit("one", "second")))
	if again.Version != 3 || !again.Merged || *again.BpmnXML != *first.BpmnXML || len(again.Changes) != 1 {
		t.Errorf("again: %+v", again)
	}
	s.put(t, s.mira, 200, edit("primary", "two", "expectedVersion", 2, "baselineXml", shown("first", "two")))
	again = readAs[saved](t, s.put(t, s.otto, 200, edit("one", "second")))
	if again.Version != 3 || *again.BpmnXML != *first.BpmnXML {
		t.Errorf("after mira's: %+v", again)
	}
	if again := readAs[saved](t, s.put(t, s.mira, 200, edit("first", "two"))); again.Version != 2 || again.Merged || again.BpmnXML != nil {
		t.Errorf("mira's first save again: %+v", again)
	}
	s.stored(t, "4", "primary", "second", "keep me")
}

// undecided is the 409 of a save that has to be decided.
type undecided struct {
	DraftID                         string
	CurrentVersion, ExpectedVersion int64
	Conflicts                       []conflict
}

// Both change one thing: the head stays, the work is kept as a draft, and is stored once decided.
func TestMergeConflict(t *testing.T) {
	t.Parallel()
	s := newTogether(t)
	s.put(t, s.mira, 200, edit("first", "two"))
	s.put(t, s.otto, 409, edit("uno", "two", "onConflict", "fail"))
	if n := s.Count(t, "drafts"); n != 0 {
		t.Errorf("%d drafts of a save that was not to be merged", n)
	}
	u := readAs[undecided](t, s.put(t, s.otto, 409, edit("uno", "due")))
	if u.CurrentVersion != 2 || u.ExpectedVersion != 1 || u.DraftID == "" || len(u.Conflicts) != 1 {
		t.Fatalf("undecided %+v", u)
	}
	c := u.Conflicts[0]
	if c.Class != "hard" || c.Kind != "edit_edit" || c.ElementID != "Task_1" || *c.ElementType != "task" || c.Field != "@name" ||
		*c.Base != "one" || *c.Ours != "uno" || *c.Theirs != "first" || c.Chosen != nil || len(c.Choices) != 3 ||
		c.Choices[0].Choice != "ours" || !strings.Contains(c.Choices[0].Effect, "uno") {
		t.Errorf("conflict %+v", c)
	}
	s.stored(t, "2", "first")
	if again := readAs[undecided](t, s.put(t, s.otto, 409, edit("uno", "due"))); again.DraftID != u.DraftID {
		t.Errorf("the same work is kept as %s and as %s", u.DraftID, again.DraftID)
	}
	drafts := s.diagram + "/drafts"
	s.RunAll(t, []apitest.Scenario{
		{Name: "one's own are listed", Method: "GET", URL: drafts, As: s.otto, Status: 200, Want: []string{u.DraftID, `"baseVersion":1`, `"conflictCount":1`}},
		{Name: "nobody else's", Method: "GET", URL: drafts, As: s.mira, Status: 200, Want: []string{`{"data":[]}`}},
		{Name: "opened", Method: "GET", URL: drafts + "/" + u.DraftID, As: s.otto, Status: 200, Want: []string{`"currentVersion":2`, "uno", "due", `"edit_edit"`}, Not: []string{"keep me"}},
		{Name: "not by others", Method: "GET", URL: drafts + "/" + u.DraftID, As: s.mira, Status: 404},
		{Name: "nor given up by them", Method: "DELETE", URL: drafts + "/" + u.DraftID, As: s.mira, Status: 404},
	})
	resolve := func(name string, as *apitest.Person, status int, version int64, choices map[string]string, more ...any) *apitest.Answer {
		t.Helper()
		body := map[string]any{"draftId": u.DraftID, "currentVersion": version, "choices": choices}
		for i := 0; i+1 < len(more); i += 2 {
			body[more[i].(string)] = more[i+1]
		}
		return s.Run(t, apitest.Scenario{Name: name, Method: "POST", URL: s.diagram + "/resolve", As: as, Body: apitest.JSON(t, body), Status: status})
	}
	none, mine := map[string]string{}, map[string]string{c.ID: "ours"}
	if p := resolve("nothing chosen", s.otto, 422, 2, none).Problem(t); p.Errors[0].Field != "choices."+c.ID || p.Errors[0].Code != "required" {
		t.Errorf("nothing chosen: %+v", p.Errors)
	}
	if p := resolve("not among the choices", s.otto, 422, 2, map[string]string{c.ID: "both"}).Problem(t); p.Errors[0].Code != "unknown_value" {
		t.Errorf("both: %+v", p.Errors)
	}
	if p := resolve("no such conflict", s.otto, 422, 2, map[string]string{c.ID: "ours", "Task_9/@name": "ours"}).Problem(t); p.Errors[0].Code != "unknown_conflict" {
		t.Errorf("no such conflict: %+v", p.Errors)
	}
	resolve("no such version", s.otto, 422, 7, mine)
	resolve("somebody else's", s.mira, 404, 2, mine)
	if a := readAs[saved](t, resolve("preview", s.otto, 200, 2, none, "preview", true)); a.Version != 2 || !a.Merged || *a.BpmnXML != pair("uno", "due") {
		t.Errorf("preview of nothing chosen: %+v", a)
	}
	if a := readAs[saved](t, resolve("preview", s.otto, 200, 2, map[string]string{c.ID: "theirs"}, "preview", true)); *a.BpmnXML != pair("first", "due") || len(a.Changes) != 1 {
		t.Errorf("preview of theirs: %+v", a)
	}
	s.stored(t, "2", "first")

	// Mira goes on with the same thing: the decision is about something else now.
	s.put(t, s.mira, 200, edit("primary", "two", "expectedVersion", 2, "baselineXml", shown("first", "two")))
	v := readAs[undecided](t, resolve("too late", s.otto, 409, 2, mine))
	if v.CurrentVersion != 3 || v.DraftID != u.DraftID || len(v.Conflicts) != 1 || v.Conflicts[0].ID != c.ID || v.Conflicts[0].Chosen != nil || *v.Conflicts[0].Theirs != "primary" {
		t.Errorf("too late: %+v", v)
	}
	// Then she changes something else, which leaves the conflict as it is.
	s.put(t, s.mira, 200, map[string]any{"title": "Port", "expectedVersion": 3})
	a := readAs[saved](t, resolve("decided", s.otto, 200, 3, mine))
	if a.Version != 5 || !a.Merged || a.BpmnXML == nil || *a.BpmnXML != pair("uno", "due") {
		t.Errorf("decided: %+v", a)
	}
	resolve("it is gone", s.otto, 404, 3, mine)
	s.Run(t, apitest.Scenario{Method: "GET", URL: drafts, As: s.otto, Status: 200, Want: []string{`{"data":[]}`}})
	row := storetest.Value[string](t, s.DB, `SELECT concat_ws(' ', kind, parents, created_by = $1::uuid, resolution) FROM diagram_versions WHERE number = 5`, s.otto.ID)
	if want := `resolved {4,1} t {"` + c.ID + `": "ours"}`; row != want {
		t.Errorf("the version is %s, want %s", row, want)
	}
	s.stored(t, "5", "uno", "due", "Port")
}

// at moves the second task of a document.
func at(xml, place string) string { return strings.Replace(xml, `x="300" y="100"`, place, 1) }

// Two places for one shape ask nobody: a rule decides. Who decides something else at the same time can
// decide about them, too, and the decision is kept with the rest.
func TestMergeLayout(t *testing.T) {
	t.Parallel()
	s := newTogether(t)
	moved := func(one, place string) map[string]any {
		return edit(one, "two", "bpmnXml", at(shown(one, "two"), place))
	}
	const mine, theirs = `x="300" y="200"`, `x="420" y="100"`
	s.put(t, s.mira, 200, moved("first", theirs))
	a := readAs[saved](t, s.put(t, s.otto, 200, moved("one", mine)))
	if a.Version != 3 || !a.Merged || len(a.Conflicts) != 1 || a.Conflicts[0].Class != "soft" || *a.Conflicts[0].Chosen != "theirs" || s.Count(t, "drafts") != 0 {
		t.Fatalf("layout alone: %+v", a)
	}
	s.stored(t, "3", strings.ReplaceAll(theirs, `"`, `\"`))

	u := readAs[undecided](t, s.put(t, s.otto, 409, moved("uno", mine)))
	if len(u.Conflicts) != 2 || u.Conflicts[1].Class != "soft" {
		t.Fatalf("undecided %+v", u)
	}
	name, place := u.Conflicts[0].ID, u.Conflicts[1]
	if place.ElementID != "#di(Task_2)" || place.Field != "#position" || *place.Base != "300,100" || *place.Ours != "300,200" || *place.Theirs != "420,100" ||
		*place.Chosen != "theirs" || len(place.Choices) != 3 || place.Choices[0].Choice != "ours" || !strings.Contains(place.Choices[0].Effect, "300,200") {
		t.Errorf("soft conflict %+v", place)
	}
	resolve := func(what string, status int, choices map[string]string, preview bool) *apitest.Answer {
		t.Helper()
		body := map[string]any{"draftId": u.DraftID, "currentVersion": u.CurrentVersion, "choices": choices, "preview": preview}
		return s.Run(t, apitest.Scenario{Name: what, Method: "POST", URL: s.diagram + "/resolve", As: s.otto, Body: apitest.JSON(t, body), Status: status})
	}
	for choice, want := range map[string]string{"": theirs, "ours": mine, "theirs": theirs, "base": `x="300" y="100"`} {
		choices := map[string]string{name: "theirs", place.ID: choice}
		if choice == "" {
			delete(choices, place.ID)
		}
		if a := readAs[saved](t, resolve("preview of "+choice, 200, choices, true)); *a.BpmnXML != at(pair("first", "two"), want) {
			t.Errorf("preview of %q:\n%s", choice, *a.BpmnXML)
		}
	}
	if p := resolve("not offered", 422, map[string]string{name: "ours", place.ID: "both"}, false).Problem(t); p.Errors[0].Code != "unknown_value" {
		t.Errorf("not offered: %+v", p.Errors)
	}
	if p := resolve("the place alone", 422, map[string]string{place.ID: "ours"}, false).Problem(t); len(p.Errors) != 1 || p.Errors[0].Field != "choices."+name {
		t.Errorf("the place alone: %+v", p.Errors)
	}
	// Mira moves the shape once more: mine is still mine.
	s.put(t, s.mira, 200, map[string]any{"bpmnXml": at(pair("first", "two"), `x="500" y="100"`), "expectedVersion": 3})
	a = readAs[saved](t, resolve("decided", 200, map[string]string{name: "ours", place.ID: "ours"}, false))
	if a.Version != 5 || *a.BpmnXML != at(pair("uno", "two"), mine) {
		t.Errorf("decided: %+v", a)
	}
	row := storetest.Value[string](t, s.DB, `SELECT resolution->>$1 FROM diagram_versions WHERE number = 5`, place.ID)
	if row != "ours" {
		t.Errorf("the version remembers %q", row)
	}
}

// A draft that nobody wants is given up; one in a trashed diagram is out of reach.
func TestDraftsEnd(t *testing.T) {
	t.Parallel()
	s := newTogether(t)
	s.put(t, s.mira, 200, edit("first", "two"))
	u := readAs[undecided](t, s.put(t, s.otto, 409, edit("uno", "two")))
	v := readAs[undecided](t, s.put(t, s.otto, 409, edit("dos", "two")))
	if u.DraftID == v.DraftID || s.Count(t, "drafts") != 1 {
		t.Errorf("other work has the id %s again, and there are %d drafts", v.DraftID, s.Count(t, "drafts"))
	}
	one := s.diagram + "/drafts/" + v.DraftID
	s.RunAll(t, []apitest.Scenario{
		{Method: "GET", URL: s.diagram + "/drafts/" + u.DraftID, As: s.otto, Status: 404},
		{Method: "DELETE", URL: s.diagram, As: s.mira, Status: 204},
		{Name: "in the trash", Method: "GET", URL: one, As: s.otto, Status: 404, Reason: "trashed"},
		{Name: "in the trash", Method: "GET", URL: s.diagram + "/drafts", As: s.otto, Status: 404, Reason: "trashed"},
		{Method: "POST", URL: s.diagram + "/restore", As: s.mira, Status: 200},
		{Method: "DELETE", URL: one, As: s.otto, Status: 204},
		{Method: "DELETE", URL: one, As: s.otto, Status: 404},
	})
}

// Title and project are fields of their own: the later one stands, and a title that nobody chose
// anew does not undo one that somebody did.
func TestMergeTitle(t *testing.T) {
	t.Parallel()
	s := newTogether(t)
	s.put(t, s.mira, 200, map[string]any{"title": "Port", "expectedVersion": 1})
	s.put(t, s.otto, 409, map[string]any{"title": "Haven", "expectedVersion": 1})
	if a := readAs[saved](t, s.put(t, s.otto, 200, edit("one", "second", "title", "Harbour"))); a.Version != 3 {
		t.Errorf("with the old title: %+v", a)
	}
	s.stored(t, "3", `"title":"Port"`)
	if a := readAs[saved](t, s.put(t, s.otto, 200, map[string]any{"title": "Haven", "expectedVersion": 1, "onConflict": "merge"})); a.Version != 4 || !a.Merged {
		t.Errorf("another title: %+v", a)
	}
	s.stored(t, "4", `"title":"Haven"`, "second")
}
