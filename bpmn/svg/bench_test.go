package svg_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"time"

	"laneway/bpmn"
	"laneway/bpmn/svg"
	"laneway/internal/material"
)

// process writes a process of n flow nodes and flows in rows: tasks of several
// kinds, gateways and events, with names.
func process(n int) []byte {
	kinds := [...]string{"userTask", "serviceTask", "exclusiveGateway", "task", "intermediateCatchEvent", "scriptTask"}
	var nodes, flows, di strings.Builder
	x, y := func(i int) int { return 100 + 150*(i%50) }, func(i int) int { return 100 + 120*(i/50) }
	for i := range n / 2 {
		kind := kinds[i%len(kinds)]
		w, h := 100, 80
		switch kind {
		case "exclusiveGateway":
			w, h = 50, 50
		case "intermediateCatchEvent":
			w, h = 36, 36
		}
		fmt.Fprintf(&nodes, `<%s id="N%d" name="Check order %d of the day">`, kind, i, i)
		if kind == "intermediateCatchEvent" {
			nodes.WriteString("<timerEventDefinition/>")
		}
		fmt.Fprintf(&nodes, "</%s>\n", kind)
		fmt.Fprintf(&di, `<bpmndi:BPMNShape id="N%d_di" bpmnElement="N%d"><dc:Bounds x="%d" y="%d" width="%d" height="%d"/></bpmndi:BPMNShape>`+"\n", i, i, x(i)-w/2, y(i)-h/2, w, h)
		if i > 0 {
			fmt.Fprintf(&flows, `<sequenceFlow id="F%d" sourceRef="N%d" targetRef="N%d"/>`+"\n", i, i-1, i)
			fmt.Fprintf(&di, `<bpmndi:BPMNEdge id="F%d_di" bpmnElement="F%d"><di:waypoint x="%d" y="%d"/><di:waypoint x="%d" y="%d"/><di:waypoint x="%d" y="%d"/></bpmndi:BPMNEdge>`+"\n",
				i, i, x(i-1)+50, y(i-1), x(i-1)+75, y(i), x(i)-50, y(i))
		}
	}
	return []byte(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" targetNamespace="urn:t"><process id="P">` +
		nodes.String() + flows.String() + `</process><bpmndi:BPMNDiagram id="D"><bpmndi:BPMNPlane id="PL" bpmnElement="P">` + di.String() + `</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>`)
}

// BenchmarkSVG draws and writes documents that are decoded already but were never
// asked for anything: the first look at a document builds its index.
func BenchmarkSVG(b *testing.B) {
	for _, n := range [...]int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			src := process(n)
			b.ReportAllocs()
			var used time.Duration
			for b.Loop() {
				b.StopTimer()
				doc := decode(b, src)
				start := material.CPUTime()
				b.StartTimer()
				drawing, err := svg.Draw(doc, svg.Options{})
				if err != nil {
					b.Fatal(err)
				}
				drawing.SVG(1)
				used += material.CPUTime() - start
			}
			b.ReportMetric(float64(used.Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// BenchmarkCorpus decodes, draws and writes all files of the corpus.
func BenchmarkCorpus(b *testing.B) {
	files := material.Corpus(b)
	start := material.CPUTime()
	defer func() {
		b.ReportMetric(float64((material.CPUTime()-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
	}()
	for b.Loop() {
		for _, file := range files {
			if doc, err := bpmn.DecodeLenient(file.Content); err == nil {
				if drawing, err := svg.Draw(doc, svg.Options{}); err == nil {
					drawing.SVG(1)
				}
			}
		}
	}
}

// TestThumbnailIsSmall holds the thumbnail of 20 elements to 2 KiB on the wire.
func TestThumbnailIsSmall(t *testing.T) {
	drawing, err := svg.Draw(decode(t, process(40)), svg.Options{Detail: svg.Thumbnail})
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	picture := drawing.SVG(1)
	if _, err := w.Write(picture); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	if packed.Len() > 2<<10 {
		t.Errorf("%d bytes packed, %d not", packed.Len(), len(picture))
	}
	t.Logf("%d bytes packed, %d not", packed.Len(), len(picture))
}

// TestLargeIsNotSlow draws 10,000 elements in five seconds of processor time, some forty times what
// it takes, so that it only fails when the time grows faster than the document; the benchmarks tell
// the figures.
func TestLargeIsNotSlow(t *testing.T) {
	doc := decode(t, process(10_000))
	start := material.CPUTime()
	drawing, err := svg.Draw(doc, svg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	drawing.SVG(1)
	if took := material.CPUTime() - start; took > 5*time.Second {
		t.Errorf("10,000 elements took %v", took)
	}
}
