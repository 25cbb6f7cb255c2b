package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkMergedSave measures the started program on a diagram of 500 elements that two people
// edit at once: each save moves one shape, was made before the other person's last one, and is
// merged with it. An iteration is 200 saves.
func BenchmarkMergedSave(b *testing.B) {
	const saves = 200
	server := start(b, flagsFor(dataFolder(b))...)
	p := newPerson(b, server.address)
	p.signUp("ada@example.org")
	stored := drawn(250)
	d := p.create("Large", stored)
	type editor struct {
		shape             string
		at                int
		version           int64
		canvas, lastSaved string
	}
	editors := [2]*editor{}
	for i := range editors {
		editors[i] = &editor{shape: fmt.Sprintf("Task_%d", 100+i), version: 1, canvas: exported(stored), lastSaved: exported(stored)}
	}
	var took latencies
	b.ResetTimer()
	for range b.N {
		var turn int
		var e *editor
		var mine string
		took.measureAnswers(b, p, saves, func() (string, any) {
			e = editors[turn%len(editors)]
			turn++
			e.at++
			mine = moved(e.canvas, e.shape, 5000+e.at)
			body := map[string]any{"bpmnXml": mine, "expectedVersion": e.version, "onConflict": "merge"}
			if e.version == 1 {
				body["baselineXml"] = e.lastSaved
			} else {
				sum := sha256.Sum256([]byte(e.lastSaved))
				body["baselineHash"] = hex.EncodeToString(sum[:])
			}
			return "/api/diagrams/" + d.ID, body
		}, func(o outcome) {
			if turn > 1 && !o.Merged {
				b.Fatalf("save %d was not merged", turn)
			}
			e.version, e.canvas, e.lastSaved = o.Version, mine, mine
			for _, c := range o.Changes {
				if c.Path != "#position" {
					b.Fatalf("there is a change %+v", c)
				}
				x, _, _ := strings.Cut(c.After, ",")
				e.canvas = placed(e.canvas, strings.TrimSuffix(strings.TrimPrefix(c.Element, "#di("), ")"), x)
			}
		})
	}
	b.StopTimer()
	took.report(b, "merge")
}

// drawn is a process of n tasks with a flow from each to the next, and its drawing.
func drawn(n int) string {
	var model, drawing strings.Builder
	for i := range n {
		fmt.Fprintf(&model, "    <bpmn:userTask id=\"Task_%d\" name=\"Task %d\" v:cost=\"%d\">\n", i, i, i)
		if i > 0 {
			fmt.Fprintf(&model, "      <bpmn:incoming>Flow_%d</bpmn:incoming>\n", i)
		}
		if i < n-1 {
			fmt.Fprintf(&model, "      <bpmn:outgoing>Flow_%d</bpmn:outgoing>\n", i+1)
		}
		model.WriteString("    </bpmn:userTask>\n")
		x, y := 100+150*(i%50), 100+120*(i/50)
		fmt.Fprintf(&drawing, "      <bpmndi:BPMNShape id=\"Task_%d_di\" bpmnElement=\"Task_%d\">\n        <dc:Bounds x=\"%d\" y=\"%d\" width=\"100\" height=\"80\" />\n      </bpmndi:BPMNShape>\n", i, i, x, y)
		if i > 0 {
			fmt.Fprintf(&model, "    <bpmn:sequenceFlow id=\"Flow_%d\" sourceRef=\"Task_%d\" targetRef=\"Task_%d\" />\n", i, i-1, i)
			fmt.Fprintf(&drawing, "      <bpmndi:BPMNEdge id=\"Flow_%d_di\" bpmnElement=\"Flow_%d\">\n        <di:waypoint x=\"%d\" y=\"%d\" />\n        <di:waypoint x=\"%d\" y=\"%d\" />\n      </bpmndi:BPMNEdge>\n", i, i, x-50, y+40, x, y+40)
		}
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:v="urn:vendor" id="Definitions_1" targetNamespace="http://example.org/bpmn">
  <bpmn:process id="Process_1" isExecutable="true">
` + model.String() + `  </bpmn:process>
  <bpmndi:BPMNDiagram id="Diagram_1">
    <bpmndi:BPMNPlane id="Plane_1" bpmnElement="Process_1">
` + drawing.String() + `    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
`
}

// moved puts a shape to another place on the x axis.
func moved(xml, shape string, x int) string { return placed(xml, shape, fmt.Sprint(x)) }

func placed(xml, shape, x string) string {
	at := strings.Index(xml, `bpmnElement="`+shape+`"`)
	begin := at + strings.Index(xml[at:], ` x="`) + len(` x="`)
	end := begin + strings.IndexByte(xml[begin:], '"')
	return xml[:begin] + x + xml[end:]
}
