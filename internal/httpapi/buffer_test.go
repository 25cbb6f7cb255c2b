package httpapi_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"laneway/internal/httpapi/apitest"
)

// marked is a document with two tasks, and a comment that makes it as long as that of no other diagram or version.
func marked(diagram, version int, first, second string) string {
	mark := fmt.Sprintf("%d of %d ", version, diagram)
	d := strings.Replace(apitest.Document(first), "  </bpmn:process>", `    <bpmn:task id="Task_2" name="`+second+`" />`+"\n  </bpmn:process>", 1)
	d = strings.Replace(d, "<bpmn:process", "<!-- "+strings.Repeat(mark, 50*(1+diagram*3+version*17))+"-->\n  <bpmn:process", 1)
	if diagram%2 == 0 {
		d = strings.NewReplacer(`"`, "'", "\n", " ").Replace(d) // in JSON it stands as it is, without an escape
	}
	return d
}

// Bodies are read into buffers that the next request gets, wiped. Many requests at once, each with another document: what is
// stored, remembered, merged and answered again is what was sent, whatever went through the buffers since.
func TestNothingPointsIntoABodyThatWasAnswered(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	s.SetPlan(t, mira, "pro")
	const diagrams, versions = 8, 5
	ids := make([]string, diagrams)
	var wait sync.WaitGroup
	for n := range diagrams {
		wait.Go(func() {
			title := fmt.Sprint("Diagram ", n)
			create := apitest.Scenario{Method: "POST", URL: "/api/diagrams", As: mira, Status: 201, Headers: map[string]string{"Idempotency-Key": title},
				Body: save(t, map[string]any{"title": title, "bpmnXml": marked(n, 1, "a", "b")})}
			made := readAs[apitest.Diagram](t, s.Run(t, create))
			if ids[n] = made.ID; made.Title != title {
				t.Errorf("%s is called %s", title, made.Title)
			}
			for v := 2; v <= versions; v++ {
				s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + ids[n], As: mira, Status: 200,
					Body: save(t, map[string]any{"bpmnXml": marked(n, v, fmt.Sprint("a", v), "b"), "expectedVersion": v - 1})})
			}
			if again := readAs[apitest.Diagram](t, s.Run(t, create)); again.ID != ids[n] {
				t.Errorf("%s was made twice", title)
			}
		})
	}
	wait.Wait()
	for n, id := range ids {
		wait.Go(func() {
			one := "/api/diagrams/" + id
			for v := 1; v <= versions; v++ {
				first := "a"
				if v > 1 {
					first = fmt.Sprint("a", v)
				}
				a := s.Run(t, apitest.Scenario{Method: "GET", URL: fmt.Sprintf("%s/versions/%d/xml", one, v), As: mira, Status: 200})
				if string(a.Body) != marked(n, v, first, "b") {
					t.Errorf("version %d of diagram %d is stored as %.2000s", v, n, a.Body)
				}
			}
			// On the first version, which this server has as it was parsed then, as it has the last one.
			a := readAs[saved](t, s.Run(t, apitest.Scenario{Method: "PUT", URL: one, As: mira, Status: 200,
				Body: save(t, map[string]any{"bpmnXml": marked(n, 1, "a", "mine"), "expectedVersion": 1, "onConflict": "merge"})}))
			want := strings.NewReplacer(`"a"`, fmt.Sprintf(`"a%d"`, versions), `'a'`, fmt.Sprintf(`'a%d'`, versions)).Replace(marked(n, 1, "a", "mine"))
			if a.BpmnXML == nil || *a.BpmnXML != want {
				t.Errorf("diagram %d is merged to %.2000s", n, orNone(a.BpmnXML))
			}
		})
	}
	wait.Wait()
}

func orNone(s *string) string {
	if s == nil {
		return "none"
	}
	return *s
}
