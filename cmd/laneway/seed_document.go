package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// The words of seeded documents.
var (
	seedVerbs   = []string{"Check", "Approve", "Record", "Send", "Compare", "Archive", "Plan", "Inspect", "Book", "Confirm", "Pack", "Weigh", "Sort", "Price", "Translate", "Reserve"}
	seedNouns   = []string{"order", "invoice", "delivery", "contract", "claim", "shipment", "customer file", "offer", "complaint", "timesheet", "sample", "permit", "payment", "return", "stock list", "report"}
	seedPlaces  = []string{"in Hamburg", "for retail", "by phone", "of the week", "abroad", "in advance", "for review", "on site"}
	seedKinds   = []string{"task", "userTask", "serviceTask", "manualTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask"}
	seedReasons = []string{"within the limit", "above the limit", "known customer", "new customer", "complete", "incomplete"}
)

// seedDocument writes a process of about size bytes with a drawing of everything: rounds of a decision
// between two tasks, one after the other, in rows. The same randomness gives the same document.
func seedDocument(random *rand.Rand, title string, size int) []byte {
	w := &seedWriter{random: random}
	w.node("startEvent", "Start", title+" wanted", 36, 36)
	for w.size() < size-2000 {
		w.round()
	}
	w.node("endEvent", "End", "Done", 36, 36)
	w.flow(w.last, "End", "")
	w.last = ""
	head := `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="Definitions_1" targetNamespace="http://bpmn.io/schema/bpmn">
`
	document := head + `  <bpmn:process id="Process_1" name="` + title + `" isExecutable="false">
` + w.nodes.String() + w.flows.String() + `  </bpmn:process>
  <bpmndi:BPMNDiagram id="BPMNDiagram_1">
    <bpmndi:BPMNPlane id="BPMNPlane_1" bpmnElement="Process_1">
` + w.shapes.String() + w.edges.String() + `    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
`
	return []byte(document)
}

// seedWriter places one node after the other, from the left to the right and row by row.
type seedWriter struct {
	random                      *rand.Rand
	nodes, flows, shapes, edges strings.Builder
	places                      map[string][4]int // x, y, width, height
	last                        string
	count, column, row          int
}

func (w *seedWriter) size() int {
	return w.nodes.Len() + w.flows.Len() + w.shapes.Len() + w.edges.Len()
}

func (w *seedWriter) pick(words []string) string { return words[w.random.IntN(len(words))] }

// round adds a gateway, two tasks of which one is taken, and a gateway where they meet.
func (w *seedWriter) round() {
	w.count++
	if w.column+4 > 24 {
		w.column, w.row = 0, w.row+1
	}
	split, above, below, join := fmt.Sprintf("Split_%d", w.count), fmt.Sprintf("Task_%d_a", w.count), fmt.Sprintf("Task_%d_b", w.count), fmt.Sprintf("Join_%d", w.count)
	noun := w.pick(seedNouns)
	w.node("exclusiveGateway", split, "Which "+noun+"?", 50, 50)
	w.flow(w.last, split, "")
	w.at(w.pick(seedKinds), above, w.pick(seedVerbs)+" "+noun+" "+w.pick(seedPlaces), 100, 80, -60)
	w.column--
	w.at(w.pick(seedKinds), below, w.pick(seedVerbs)+" "+noun+" "+w.pick(seedPlaces), 100, 80, 60)
	w.node("exclusiveGateway", join, "", 50, 50)
	w.flow(split, above, w.pick(seedReasons))
	w.flow(split, below, "otherwise")
	w.flow(above, join, "")
	w.flow(below, join, "")
	w.last = join
}

func (w *seedWriter) node(kind, id, name string, width, height int) {
	w.at(kind, id, name, width, height, 0)
	if w.last == "" {
		w.last = id
	}
}

func (w *seedWriter) at(kind, id, name string, width, height, offset int) {
	x, y := 160+180*w.column-width/2, 200+280*w.row+offset-height/2
	w.column++
	if w.places == nil {
		w.places = make(map[string][4]int)
	}
	w.places[id] = [4]int{x, y, width, height}
	named := ""
	if name != "" {
		named = ` name="` + name + `"`
	}
	fmt.Fprintf(&w.nodes, "    <bpmn:%s id=%q%s />\n", kind, id, named)
	fmt.Fprintf(&w.shapes, "      <bpmndi:BPMNShape id=\"%s_di\" bpmnElement=%q>\n        <dc:Bounds x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" />\n      </bpmndi:BPMNShape>\n", id, id, x, y, width, height)
}

// flow draws from the right side of one node to the left side of the next, with right angles.
func (w *seedWriter) flow(from, to, name string) {
	id := "Flow_" + from + "_" + to
	named := ""
	if name != "" {
		named = ` name="` + name + `"`
	}
	fmt.Fprintf(&w.flows, "    <bpmn:sequenceFlow id=%q%s sourceRef=%q targetRef=%q />\n", id, named, from, to)
	a, b := w.places[from], w.places[to]
	x1, y1, x2, y2 := a[0]+a[2], a[1]+a[3]/2, b[0], b[1]+b[3]/2
	points := [][2]int{{x1, y1}, {x2, y2}}
	switch middle := (x1 + x2) / 2; {
	case x2 < x1: // the next row
		points = [][2]int{{x1, y1}, {x1 + 40, y1}, {x1 + 40, y2 - 140}, {x2 - 40, y2 - 140}, {x2 - 40, y2}, {x2, y2}}
	case y1 != y2:
		points = [][2]int{{x1, y1}, {middle, y1}, {middle, y2}, {x2, y2}}
	}
	fmt.Fprintf(&w.edges, "      <bpmndi:BPMNEdge id=\"%s_di\" bpmnElement=%q>\n", id, id)
	for _, p := range points {
		fmt.Fprintf(&w.edges, "        <di:waypoint x=\"%d\" y=\"%d\" />\n", p[0], p[1])
	}
	w.edges.WriteString("      </bpmndi:BPMNEdge>\n")
}
