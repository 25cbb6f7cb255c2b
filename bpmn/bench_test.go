package bpmn_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"laneway/bpmn"
)

// benchSizes counts flow nodes and flows.
var benchSizes = [...]int{50, 500, 5000, 10_000}

// benchTrio makes a model of about n flow nodes and flows, and two edits of it:
// every tenth task renamed on one side, every tenth other moved on the other,
// and some nodes appended on both.
func benchTrio(t testing.TB, n int) (src string, s sides) {
	t.Helper()
	src, ours, theirs := benchTexts(n)
	s.base, s.ours, s.theirs = decode(t, src), decode(t, ours), decode(t, theirs)
	return src, s
}

func benchTexts(n int) (base, ours, theirs string) {
	return chain(n/2, nil, nil, 0), chain(n/2, func(i int) bool { return i%10 == 3 }, nil, 1), chain(n/2, nil, func(i int) bool { return i%10 == 7 }, 2)
}

// chain writes a process of n tasks in rows, each with its flow to the next.
func chain(n int, renamed, moved func(int) bool, side int) string {
	var nodes, flows, shapes, edges []byte
	for i := range n {
		name, x, y := fmt.Sprintf("Task %d", i), 100+150*(i%50), 100+120*(i/50)
		if renamed != nil && renamed(i) {
			name += " renamed"
		}
		if moved != nil && moved(i) {
			y += 30
		}
		nodes = fmt.Appendf(nodes, "    <bpmn:userTask id=\"Task_%d\" name=\"%s\">\n", i, name)
		if i%3 == 0 {
			nodes = fmt.Append(nodes, "      <bpmn:extensionElements>\n        <zeebe:userTask />\n      </bpmn:extensionElements>\n")
		}
		if i > 0 {
			nodes = fmt.Appendf(nodes, "      <bpmn:incoming>Flow_%d</bpmn:incoming>\n", i)
			flows = fmt.Appendf(flows, "    <bpmn:sequenceFlow id=\"Flow_%d\" sourceRef=\"Task_%d\" targetRef=\"Task_%d\" />\n", i, i-1, i)
			edges = fmt.Appendf(edges, "      <bpmndi:BPMNEdge id=\"Flow_%d_di\" bpmnElement=\"Flow_%d\">\n        <di:waypoint x=\"%d\" y=\"%d\" />\n        <di:waypoint x=\"%d\" y=\"%d\" />\n      </bpmndi:BPMNEdge>\n", i, i, x-50, y+40, x, y+40)
		}
		if i < n-1 {
			nodes = fmt.Appendf(nodes, "      <bpmn:outgoing>Flow_%d</bpmn:outgoing>\n", i+1)
		}
		nodes = fmt.Append(nodes, "    </bpmn:userTask>\n")
		shapes = fmt.Appendf(shapes, "      <bpmndi:BPMNShape id=\"Task_%d_di\" bpmnElement=\"Task_%d\">\n        <dc:Bounds x=\"%d\" y=\"%d\" width=\"100\" height=\"80\" />\n      </bpmndi:BPMNShape>\n", i, i, x, y)
	}
	if side > 0 {
		for i := range n/100 + 1 {
			nodes = fmt.Appendf(nodes, "    <bpmn:task id=\"New_%d_%d\" name=\"New\" />\n", side, i)
			shapes = fmt.Appendf(shapes, "      <bpmndi:BPMNShape id=\"New_%d_%d_di\" bpmnElement=\"New_%d_%d\">\n        <dc:Bounds x=\"%d\" y=\"%d\" width=\"100\" height=\"80\" />\n      </bpmndi:BPMNShape>\n", side, i, side, i, 9000*side+150*i, 100)
		}
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="Definitions_1" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="Process_1" isExecutable="true">
` + string(nodes) + string(flows) + `  </bpmn:process>
  <bpmndi:BPMNDiagram id="BPMNDiagram_1">
    <bpmndi:BPMNPlane id="BPMNPlane_1" bpmnElement="Process_1">
` + string(shapes) + string(edges) + `    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
`
}

func benchmark(b *testing.B, run func(b *testing.B, src []byte, s sides)) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			src, s := benchTrio(b, n)
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			b.ResetTimer()
			start := cpuTime()
			run(b, []byte(src), s)
			b.ReportMetric(float64((cpuTime()-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	benchmark(b, func(b *testing.B, src []byte, _ sides) {
		for b.Loop() {
			if _, err := bpmn.Decode(src); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkEncode makes one edit and writes the document.
func BenchmarkEncode(b *testing.B) {
	at := "5,5"
	change := []bpmn.Change{{Op: bpmn.OpSet, Element: "#di(Task_1)", Path: "#position", After: &at}}
	benchmark(b, func(b *testing.B, _ []byte, s sides) {
		for b.Loop() {
			d, err := bpmn.Apply(s.base, change)
			if err != nil || len(d.Encode()) == 0 {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkDiff compares two documents that were read before. With
// LANEWAY_BENCH_FILES it leaves them in that folder, for other tools to measure.
func BenchmarkDiff(b *testing.B) {
	if dir := os.Getenv("LANEWAY_BENCH_FILES"); dir != "" {
		for _, n := range benchSizes {
			base, ours, _ := benchTexts(n)
			for name, text := range map[string]string{"base": base, "ours": ours} {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.bpmn", name, n)), []byte(text), 0o644); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	benchmark(b, func(b *testing.B, _ []byte, s sides) {
		for b.Loop() {
			if len(bpmn.Diff(s.base, s.ours)) == 0 {
				b.Fatal("no change")
			}
		}
	})
}

// BenchmarkReadAndDiff reads both documents and compares them: the whole of what
// a tool does that is given two files.
func BenchmarkReadAndDiff(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			base, ours, _ := benchTexts(n)
			b.ReportAllocs()
			start := cpuTime()
			for b.Loop() {
				if len(bpmn.Diff(decode(b, base), decode(b, ours))) == 0 {
					b.Fatal("no change")
				}
			}
			b.ReportMetric(float64((cpuTime()-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// BenchmarkMerge reads all three documents anew, as a server does, and tells the
// processor time: median, 95th percentile, and the least.
func BenchmarkMerge(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			base, ours, theirs := benchTexts(n)
			var times []time.Duration
			b.SetBytes(int64(len(base)))
			b.ReportAllocs()
			for b.Loop() {
				start := cpuTime()
				r, err := bpmn.Merge(decode(b, base), decode(b, ours), decode(b, theirs))
				if err != nil || !r.Clean() {
					b.Fatal(err)
				}
				times = append(times, cpuTime()-start)
			}
			slices.Sort(times)
			for name, at := range map[string]int{"cpu-min-ms": 0, "cpu-median-ms": len(times) / 2, "cpu-p95-ms": len(times) * 95 / 100} {
				b.ReportMetric(float64(times[at].Microseconds())/1000, name)
			}
		})
	}
}
