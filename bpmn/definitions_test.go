package bpmn_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTypedView walks a document through the view and tells what it sees.
func TestTypedView(t *testing.T) {
	doc := decode(t, `<definitions `+namespaces+` targetNamespace="urn:t"><collaboration id="C">
<participant id="Shop" processRef="P"/><participant id="Bank"/><messageFlow id="M" sourceRef="A" targetRef="Bank"/></collaboration>
<process id="P"><laneSet><lane id="L1"><flowNodeRef>A</flowNodeRef><flowNodeRef>gone</flowNodeRef><childLaneSet><lane id="L2"/></childLaneSet></lane></laneSet>
<task id="A" default="F"/><subProcess id="S"><task id="In"/></subProcess>
<boundaryEvent id="B" attachedToRef="A"><timerEventDefinition/></boundaryEvent><sequenceFlow id="F" sourceRef="A" targetRef="S"/></process>
<bpmndi:BPMNDiagram id="D"><bpmndi:BPMNPlane id="PL" bpmnElement="C">
<bpmndi:BPMNShape id="S_di" bpmnElement="S" isExpanded="1"><dc:Bounds x="1" y="2" width="3" height="4"/><bpmndi:BPMNLabel><dc:Bounds x="5" y="6" width="7" height="8"/></bpmndi:BPMNLabel></bpmndi:BPMNShape>
<bpmndi:BPMNEdge id="F_di" bpmnElement="F"><di:waypoint x="1" y="2"/><di:waypoint x="3.5" y="4"/></bpmndi:BPMNEdge>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>`)
	var b strings.Builder
	root := doc.Definitions()
	for _, c := range root.Collaborations() {
		for _, p := range c.Participants() {
			process, open := p.Process()
			fmt.Fprintf(&b, "pool %s %v", p.ID(), open)
			if open {
				fmt.Fprintf(&b, " %s", process.ID())
			}
			b.WriteByte('\n')
		}
		for _, m := range c.MessageFlows() {
			fmt.Fprintf(&b, "message flow %s to %s\n", m.Source().ID(), m.Target().ID())
		}
	}
	for _, p := range root.Processes() {
		for _, l := range p.Lanes() {
			fmt.Fprintf(&b, "lane %s holds %d, first %s, inside %s\n", l.ID(), len(l.FlowNodes()), l.FlowNodes()[0].ID(), l.Lanes()[0].ID())
		}
		for _, n := range p.FlowNodes() {
			fmt.Fprintf(&b, "%s %s", n.Local, n.ID())
			if s, is := n.Scope(); is {
				fmt.Fprintf(&b, " with %d", len(s.FlowNodes()))
			}
			if host, is := n.AttachedTo(); is {
				fmt.Fprintf(&b, " on %s for %s", host.ID(), n.EventDefinitions()[0].Local)
			}
			if f, is := n.Default(); is {
				fmt.Fprintf(&b, " default %s", f.ID())
			}
			b.WriteByte('\n')
		}
		for _, f := range p.SequenceFlows() {
			fmt.Fprintf(&b, "flow %s to %s\n", f.Source().ID(), f.Target().ID())
		}
	}
	for _, p := range root.Planes() {
		fmt.Fprintf(&b, "plane of %s\n", p.Shows().ID())
		for _, s := range p.Shapes() {
			bounds, _ := s.Bounds()
			label, _ := s.Label()
			fmt.Fprintf(&b, "shape %s %v label %v expanded %v\n", s.Shows().ID(), bounds, label, s.Expanded())
		}
		for _, e := range p.Edges() {
			fmt.Fprintf(&b, "edge %s %v\n", e.Shows().ID(), e.Waypoints())
		}
	}
	want := `pool Shop true P
pool Bank false
message flow A to Bank
lane L1 holds 1, first A, inside L2
task A default F
subProcess S with 1
boundaryEvent B on A for timerEventDefinition
flow A to S
plane of C
shape S {1 2 3 4} label {5 6 7 8} expanded true
edge F [{1 2} {3.5 4}]
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}
