package httpapi_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"laneway/internal/httpapi/apitest"
	"laneway/internal/material"
)

// drawnOf is a document of about the given size, such as an editor makes.
func drawnOf(size int, mark string) string {
	var tasks, shapes strings.Builder
	for n := 0; tasks.Len()+shapes.Len() < size-500; n++ {
		fmt.Fprintf(&tasks, "    <bpmn:task id=\"Activity_%07d\" name=\"Check order %d, %s\" />\n", n, n, mark)
		fmt.Fprintf(&shapes, "      <bpmndi:BPMNShape id=\"Activity_%07d_di\" bpmnElement=\"Activity_%07d\">\n        <dc:Bounds x=\"%d\" y=\"%d\" width=\"100\" height=\"80\" />\n      </bpmndi:BPMNShape>\n", n, n, n%10*150, n/10*120)
		mark = "as always"
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="Definitions_1" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="Process_1" isExecutable="false">
` + tasks.String() + `  </bpmn:process>
  <bpmndi:BPMNDiagram id="BPMNDiagram_1">
    <bpmndi:BPMNPlane id="BPMNPlane_1" bpmnElement="Process_1">
` + shapes.String() + `    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
`
}

// asking gives what asks the handlers as somebody, without a network between.
func asking(s *apitest.Server, as *apitest.Person) func(testing.TB, apitest.Scenario) *httptest.ResponseRecorder {
	var body bytes.Buffer // of the answer: what it takes is the client's
	return func(b testing.TB, c apitest.Scenario) *httptest.ResponseRecorder {
		c.As = as
		r := s.Request(b, c)
		r.RemoteAddr, r.RequestURI = "127.0.0.1:4711", r.URL.RequestURI()
		w := httptest.NewRecorder()
		body.Reset()
		w.Body = &body
		s.Handler.ServeHTTP(w, r)
		if w.Code != c.Status {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
		return w
	}
}

// BenchmarkHandlers asks the handlers without a network between: a list of 20 of 50 diagrams, a diagram of 20 kB that is
// opened in each encoding, one that the client has already, and a save of it. All but the save are answered from memory.
func BenchmarkHandlers(b *testing.B) {
	s := apitest.New(b, apitest.Config{})
	mira := s.SignUp(b, "mira")
	s.SetPlan(b, mira, "pro")
	for n := range 49 {
		s.Create(b, mira, fmt.Sprint("Diagram ", n), apitest.Document("A"))
	}
	d := s.Create(b, mira, "Harbour", drawnOf(20_000, "first"))
	version := d.Version
	ask := asking(s, mira)
	open := "/api/diagrams/" + d.ID
	for _, c := range []struct {
		name string
		apitest.Scenario
	}{
		{"list", apitest.Scenario{URL: "/api/diagrams?limit=20", Status: http.StatusOK}},
		{"open", apitest.Scenario{URL: open, Status: http.StatusOK}},
		{"open/gzip", apitest.Scenario{URL: open, Status: http.StatusOK, Headers: map[string]string{"Accept-Encoding": "gzip"}}},
		{"open/zstd", apitest.Scenario{URL: open, Status: http.StatusOK, Headers: map[string]string{"Accept-Encoding": "zstd"}}},
		{"open/unchanged", apitest.Scenario{URL: open, Status: http.StatusNotModified}},
	} {
		c.Method = http.MethodGet
		if c.Status == http.StatusNotModified {
			c.Headers = map[string]string{"If-None-Match": ask(b, apitest.Scenario{Method: c.Method, URL: open, Status: http.StatusOK}).Header().Get("ETag")}
		}
		b.Run(c.name, func(b *testing.B) {
			ask(b, c.Scenario)
			b.ReportAllocs()
			for b.Loop() {
				ask(b, c.Scenario)
			}
		})
	}
	b.Run("save", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			b.StopTimer()
			body := apitest.JSON(b, map[string]any{"bpmnXml": drawnOf(20_000, fmt.Sprint("save ", version)), "expectedVersion": version})
			b.StartTimer()
			ask(b, apitest.Scenario{Method: http.MethodPut, URL: open, Status: http.StatusOK, Body: body})
			version++
		}
	})
}

// BenchmarkEdits saves one diagram of 20 kB after the other and opens each twice, as a crowd does. There are so many that
// none is still parsed when its turn comes again: what a save is made on is unpacked. cpu-µs/op is the processor time of this
// program, without the database, and kept-B what the memory of one diagram is weighed as.
func BenchmarkEdits(b *testing.B) {
	const diagrams, size = 300, 20_000
	s := apitest.New(b, apitest.Config{})
	mira := s.SignUp(b, "mira")
	s.SetPlan(b, mira, "enterprise")
	s.Warm(b)
	ask := asking(s, mira)
	bodies := [2]string{apitest.JSON(b, map[string]any{"bpmnXml": drawnOf(size, "one")}), apitest.JSON(b, map[string]any{"bpmnXml": drawnOf(size, "two")})}
	var urls [diagrams]string
	for n := range urls {
		urls[n] = "/api/diagrams/" + s.Create(b, mira, fmt.Sprint("Diagram ", n), drawnOf(size, "first")).ID
	}
	version := 1
	edit := func(b *testing.B, url string) {
		ask(b, apitest.Scenario{Method: http.MethodPut, URL: url, Status: http.StatusOK, Body: bodies[version%2], Headers: map[string]string{"If-Match": fmt.Sprintf(`"%d"`, version)}})
		for range 2 {
			ask(b, apitest.Scenario{Method: http.MethodGet, URL: url, Status: http.StatusOK, Headers: map[string]string{"Accept-Encoding": "zstd"}})
		}
	}
	for _, url := range urls { // so that each is in memory
		edit(b, url)
	}
	version++
	b.ReportAllocs()
	var used time.Duration
	for n := 0; b.Loop(); n++ {
		begun := material.CPUTime()
		edit(b, urls[n%diagrams])
		if used += material.CPUTime() - begun; n%diagrams == diagrams-1 {
			version++
		}
	}
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(s.Platform.CacheCounts().OpenBytes)/diagrams, "kept-B")
}
