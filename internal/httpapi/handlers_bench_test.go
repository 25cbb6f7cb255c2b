package httpapi_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"laneway/internal/httpapi/apitest"
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
	var body bytes.Buffer // of the answer: what it takes is the client's
	ask := func(b *testing.B, c apitest.Scenario) *httptest.ResponseRecorder {
		c.As = mira
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
