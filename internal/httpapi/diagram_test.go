package httpapi_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"laneway/internal/httpapi/apitest"
)

func save(t *testing.T, fields map[string]any) string { return apitest.JSON(t, fields) }

func TestDiagramLife(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	xml := apitest.Document("Check &lt;b&gt; &amp; ship")
	created := s.Run(t, apitest.Scenario{
		Method: "POST", URL: "/api/diagrams", As: mira, Status: 201,
		Body:        apitest.JSON(t, map[string]any{"title": "  Invoice <approval>  ", "bpmnXml": xml}),
		Want:        []string{`"title":"Invoice <approval>"`, `<bpmn:task id=\"Task_1\" name=\"Check &lt;b&gt; &amp; ship\" />`, `"warnings":[]`, `"thumbnailUrl":"/api/diagrams/`, `/thumbnail.svg?version=1"`, `"deletedAt":null`, `"projectId":null`, `"version":1`},
		Not:         []string{"\\u003c", "repairs", "bpmn_xml"},
		WantHeaders: map[string]string{"ETag": `"1"`, "Content-Type": "application/json"},
	})
	d := apitest.Decode[apitest.Diagram](t, created)
	one := "/api/diagrams/" + d.ID
	if created.Header.Get("Location") != one || created.Header.Get("Laneway-Seq") == "" {
		t.Errorf("Location %q, Laneway-Seq %q", created.Header.Get("Location"), created.Header.Get("Laneway-Seq"))
	}
	if d.BpmnXML != xml || d.CreatedBy != mira.ID || d.UpdatedBy != mira.ID {
		t.Errorf("created %+v", d)
	}
	file := s.Run(t, apitest.Scenario{Method: "GET", URL: one + "/xml", As: mira, Status: 200, WantHeaders: map[string]string{"Content-Type": "application/bpmn+xml"}})
	if string(file.Body) != xml {
		t.Error("the file is not what was sent")
	}
	changed := apitest.Document("Ship")
	saved := s.Run(t, apitest.Scenario{
		Method: "PUT", URL: one, As: mira, Status: 200, Body: save(t, map[string]any{"bpmnXml": changed, "expectedVersion": 1}),
		Want: []string{`"version":2`, `"merged":false`, `"warnings":[]`, `"title":"Invoice <approval>"`}, Not: []string{"bpmnXml"},
		WantHeaders: map[string]string{"ETag": `"2"`},
	})
	if saved.Header.Get("Laneway-Seq") == "" {
		t.Error("a save has no Laneway-Seq")
	}
	s.RunAll(t, []apitest.Scenario{
		{Name: "open", Method: "GET", URL: one, As: mira, Status: 200, Want: []string{`name=\"Ship\"`, `"version":2`}},
		{Name: "rename alone keeps the content", Method: "PUT", URL: one, As: mira, Status: 200, Body: save(t, map[string]any{"title": "Shipping", "expectedVersion": 2}), Want: []string{`"title":"Shipping"`, `"version":3`}},
		{Name: "and there it is", Method: "GET", URL: one, As: mira, Status: 200, Want: []string{`name=\"Ship\"`, `"title":"Shipping"`}},
		{Name: "out of its project", Method: "PUT", URL: one, As: mira, Status: 200, Body: `{"projectId":null,"expectedVersion":3}`, Want: []string{`"version":4`}},
		{Name: "duplicate", Method: "POST", URL: one + "/duplicate", As: mira, Status: 201, Want: []string{`"title":"Shipping (copy)"`, `"version":1`}, Not: []string{"bpmnXml"}, WantHeaders: map[string]string{"ETag": `"1"`}},
		{Name: "duplicate under a name", Method: "POST", URL: one + "/duplicate", As: mira, Body: `{"title":"Second"}`, Status: 201, Want: []string{`"title":"Second"`}},
		{Name: "duplicate with an empty object", Method: "POST", URL: one + "/duplicate", As: mira, Body: `{}`, Status: 201},
		{Name: "duplicate under no name", Method: "POST", URL: one + "/duplicate", As: mira, Body: `{"title":" "}`, Status: 422, Reason: "required"},
		{Name: "to the trash", Method: "DELETE", URL: one, As: mira, Status: 204},
		{Name: "not in the list", Method: "GET", URL: "/api/diagrams?q=Shipping", As: mira, Status: 200, Not: []string{d.ID}},
		{Name: "but in the trash", Method: "GET", URL: "/api/diagrams?trashed=true", As: mira, Status: 200, Want: []string{d.ID}},
		{Name: "it can't be opened", Method: "GET", URL: one, As: mira, Status: 404, Kind: "not-found", Reason: "trashed"},
		{Name: "nor downloaded", Method: "GET", URL: one + "/xml", As: mira, Status: 404, Reason: "trashed"},
		{Name: "nor saved", Method: "PUT", URL: one, As: mira, Status: 404, Reason: "trashed", Body: save(t, map[string]any{"title": "X", "expectedVersion": 4})},
		{Name: "nor duplicated", Method: "POST", URL: one + "/duplicate", As: mira, Status: 404, Reason: "trashed"},
		{Name: "nor trashed again", Method: "DELETE", URL: one, As: mira, Status: 404, Reason: "trashed"},
		{Name: "back", Method: "POST", URL: one + "/restore", As: mira, Status: 200, Want: []string{`"deletedAt":null`, `"version":4`}, WantHeaders: map[string]string{"ETag": `"4"`}},
		{Name: "back again is no error", Method: "POST", URL: one + "/restore", As: mira, Status: 200, Want: []string{`"version":4`}},
		{Name: "as it was", Method: "GET", URL: one, As: mira, Status: 200, Want: []string{`name=\"Ship\"`}},
	})
}

func TestDownloadName(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	s.SetPlan(t, mira, "pro")
	for title, want := range map[string]string{
		"Invoice":               `attachment; filename="Invoice.bpmn"; filename*=UTF-8''Invoice.bpmn`,
		"Größe 100%":            `attachment; filename="Gr__e 100_.bpmn"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20100%25.bpmn`,
		`a"b\c/d`:               `attachment; filename="a_b_c_d.bpmn"; filename*=UTF-8''a%22b_c_d.bpmn`,
		"../../etc/passwd":      `attachment; filename=".._.._etc_passwd.bpmn"; filename*=UTF-8''.._.._etc_passwd.bpmn`,
		"it's (1), a; b=c@d:e*": `attachment; filename="it's (1), a_ b=c@d_e_.bpmn"; filename*=UTF-8''it%27s%20%281%29%2C%20a%3B%20b%3Dc%40d%3Ae%2A.bpmn`,
		"図":                     `attachment; filename="_.bpmn"; filename*=UTF-8''%E5%9B%B3.bpmn`,
	} {
		d := s.Create(t, mira, title, apitest.Document("A"))
		s.Run(t, apitest.Scenario{Name: title, Method: "GET", URL: "/api/diagrams/" + d.ID + "/xml", As: mira, Status: 200, WantHeaders: map[string]string{"Content-Disposition": want}})
	}
}

// A stale save changes nothing and says where things stand; one whose answer got lost is answered
// again; sixteen at once on one version are one save and fifteen refusals.
func TestStaleSaves(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	otto := s.Join(t, s.SignUp(t, "otto"), mira, "member")
	d := s.Create(t, mira, "Harbour", apitest.Document("Unload"))
	one := "/api/diagrams/" + d.ID
	first := save(t, map[string]any{"bpmnXml": apitest.Document("Unload ship"), "expectedVersion": 1})
	s.Run(t, apitest.Scenario{Method: "PUT", URL: one, As: mira, Body: first, Status: 200})
	s.RunAll(t, []apitest.Scenario{
		{Name: "the answer got lost", Method: "PUT", URL: one, As: mira, Body: first, Status: 200, Want: []string{`"version":2`}, WantHeaders: map[string]string{"ETag": `"2"`}},
		{Name: "the same by somebody else", Method: "PUT", URL: one, As: otto, Body: first, Status: 409},
		{Name: "another content", Method: "PUT", URL: one, As: mira, Body: save(t, map[string]any{"bpmnXml": apitest.Document("Burn ship"), "expectedVersion": 1}), Status: 409, Kind: "conflict", Want: []string{`"currentVersion":2`, `"expectedVersion":1`}},
		{Name: "with the policy named", Method: "PUT", URL: one, As: otto, Body: `{"title":"X","expectedVersion":1,"onConflict":"fail"}`, Status: 409, Want: []string{`"currentVersion":2`}},
		{Name: "the head is untouched", Method: "GET", URL: one, As: otto, Status: 200, Want: []string{"Unload ship", `"version":2`, `"title":"Harbour"`}},
	})
	var wait sync.WaitGroup
	var won, lost atomic.Int32
	for i := range 16 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			a := s.Do(t, s.Request(t, apitest.Scenario{Method: "PUT", URL: one, As: mira, Body: apitest.JSON(t, map[string]any{"title": fmt.Sprint("Race ", i), "expectedVersion": 2})}))
			switch a.Status {
			case http.StatusOK:
				won.Add(1)
			case http.StatusConflict:
				lost.Add(1)
			default:
				t.Errorf("status %d: %s", a.Status, a.Body)
			}
		}()
	}
	wait.Wait()
	if won.Load() != 1 || lost.Load() != 15 || s.Count(t, "diagram_versions") != 3 {
		t.Errorf("%d won, %d lost, %d versions", won.Load(), lost.Load(), s.Count(t, "diagram_versions"))
	}
}

// What is stored is told where it differs from what was sent: a declared encoding in a JSON string is
// rewritten, because the string is Unicode already.
func TestRewrittenDeclaration(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	latin := strings.Replace(apitest.Document("Größe"), `encoding="UTF-8"`, `encoding="ISO-8859-1"`, 1)
	d := s.Create(t, mira, "Harbour", latin)
	if strings.Contains(d.BpmnXML, "8859") || !strings.Contains(d.BpmnXML, "Größe") {
		t.Errorf("stored: %s", d.BpmnXML)
	}
	s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + d.ID, As: mira, Status: 200,
		Body: save(t, map[string]any{"bpmnXml": strings.Replace(latin, "Größe", "Maß", 1), "expectedVersion": 1}),
		Want: []string{`"bpmnXml":"`, "UTF-8", "Maß"}, Not: []string{`encoding=\"ISO`}})
}

func TestRepair(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	broken := strings.ReplaceAll(apitest.Document("A"), "Task_1", "1 task")
	body := map[string]any{"title": "A", "bpmnXml": broken}
	s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/diagrams", As: mira, Body: apitest.JSON(t, body), Status: 422, Reason: "invalid_id"})
	body["repair"] = true
	a := s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/diagrams", As: mira, Body: apitest.JSON(t, body), Status: 201, Want: []string{`"repairs":[{`}})
	if d := apitest.Decode[apitest.Diagram](t, a); strings.Contains(d.BpmnXML, `id="1 task"`) {
		t.Error("the id is still there")
	}
	body["bpmnXml"] = apitest.Document("A")
	s.Run(t, apitest.Scenario{Name: "nothing to repair", Method: "POST", URL: "/api/diagrams", As: mira, Body: apitest.JSON(t, body), Status: 201, Want: []string{`"repairs":[]`}})
	s.Run(t, apitest.Scenario{Name: "nobody asked", Method: "POST", URL: "/api/diagrams", As: mira, Body: apitest.JSON(t, map[string]any{"title": "A", "bpmnXml": apitest.Document("A"), "repair": false}), Status: 201, Not: []string{"repairs"}})
}

func TestQuota(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	document := []byte(apitest.Document("A"))
	var wait sync.WaitGroup
	var made, refused atomic.Int32
	for i := range 12 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			a := s.Do(t, s.Request(t, upload(fmt.Sprint("Diagram ", i), mira, document, 0)))
			switch {
			case a.Status == http.StatusCreated:
				made.Add(1)
			case a.Status == http.StatusForbidden && a.Problem(t).Type == "/problems/quota-exceeded":
				refused.Add(1)
			default:
				t.Errorf("status %d: %s", a.Status, a.Body)
			}
		}()
	}
	wait.Wait()
	if made.Load() != 5 || refused.Load() != 7 || s.Count(t, "diagrams") != 5 {
		t.Fatalf("%d made, %d refused, %d there", made.Load(), refused.Load(), s.Count(t, "diagrams"))
	}
	page := apitest.Decode[apitest.Page](t, s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/diagrams", As: mira, Status: 200}))
	first, second := "/api/diagrams/"+page.Data[0].ID, "/api/diagrams/"+page.Data[1].ID
	s.RunAll(t, []apitest.Scenario{
		{Name: "a copy needs a place", Method: "POST", URL: first + "/duplicate", As: mira, Status: 403, Kind: "quota-exceeded"},
		{Name: "the trash frees one", Method: "DELETE", URL: first, As: mira, Status: 204},
		{Name: "the copy takes it", Method: "POST", URL: second + "/duplicate", As: mira, Status: 201},
		{Name: "coming back needs one too", Method: "POST", URL: first + "/restore", As: mira, Status: 403, Kind: "quota-exceeded"},
		{Name: "a refused document costs none", Method: "POST", URL: "/api/diagrams?title=" + url.QueryEscape("A"), As: mira, Bytes: []byte("<a/>"), Headers: map[string]string{"Content-Type": "application/bpmn+xml"}, Status: 422, Reason: "not_bpmn"},
	})
	s.SetPlan(t, mira, "pro")
	s.Run(t, apitest.Scenario{Name: "a larger plan has places", Method: "POST", URL: first + "/restore", As: mira, Status: 200})
}
