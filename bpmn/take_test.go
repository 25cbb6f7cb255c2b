package bpmn_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"laneway/bpmn"
)

// takeOld is the older version of the cases: a pool with lanes, a collapsed
// sub-process on a plane of its own, a message, and a data object.
const takeOld = `<definitions id="D" targetNamespace="urn:t" ` + namespaces + `>
  <message id="M" name="Paid"/>
  <collaboration id="C"><participant id="Pool" name="Shop" processRef="P"/><participant id="Guest" name="Customer" processRef="Q"/><messageFlow id="MF" sourceRef="Ask" targetRef="B"/></collaboration>
  <process id="P">
    <laneSet id="LS"><lane id="L1"><flowNodeRef>S</flowNodeRef><flowNodeRef>A</flowNodeRef></lane><lane id="L2"><flowNodeRef>B</flowNodeRef><flowNodeRef>Sub</flowNodeRef></lane></laneSet>
    <startEvent id="S"/>
    <exclusiveGateway id="G" default="FG"/>
    <userTask id="A" name="check"><extensionElements><v:audit level="high"/></extensionElements></userTask>
    <boundaryEvent id="Bo" attachedToRef="A"><timerEventDefinition id="T"><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
    <receiveTask id="B" name="wait" messageRef="M"/>
    <subProcess id="Sub" name="pack"><task id="In1" name="box"/><task id="In2"/><sequenceFlow id="FI" sourceRef="In1" targetRef="In2"/></subProcess>
    <dataObject id="DO"/><dataObjectReference id="DR" dataObjectRef="DO" name="order"/>
    <sequenceFlow id="F1" sourceRef="S" targetRef="A"/>
    <sequenceFlow id="F2" sourceRef="A" targetRef="B"/>
    <sequenceFlow id="F3" sourceRef="B" targetRef="Sub"/>
    <sequenceFlow id="FG" sourceRef="G" targetRef="B"/>
    <sequenceFlow id="FB" sourceRef="Bo" targetRef="Sub"/>
  </process>
  <process id="Q"><task id="Ask"/></process>
  <bpmndi:BPMNDiagram id="DI"><bpmndi:BPMNPlane id="PL" bpmnElement="C">
    <bpmndi:BPMNShape id="Pool_di" bpmnElement="Pool"><dc:Bounds x="0" y="0" width="900" height="400"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="Guest_di" bpmnElement="Guest"><dc:Bounds x="0" y="500" width="900" height="200"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="L1_di" bpmnElement="L1"><dc:Bounds x="30" y="0" width="870" height="200"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="L2_di" bpmnElement="L2"><dc:Bounds x="30" y="200" width="870" height="200"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="S_di" bpmnElement="S"><dc:Bounds x="60" y="80" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="G_di" bpmnElement="G"><dc:Bounds x="60" y="280" width="50" height="50"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="A_di" bpmnElement="A"><dc:Bounds x="200" y="60" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="Bo_di" bpmnElement="Bo"><dc:Bounds x="230" y="122" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="B_di" bpmnElement="B"><dc:Bounds x="400" y="260" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="Sub_di" bpmnElement="Sub" isExpanded="false"><dc:Bounds x="600" y="260" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="DR_di" bpmnElement="DR"><dc:Bounds x="600" y="50" width="36" height="50"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="Ask_di" bpmnElement="Ask"><dc:Bounds x="400" y="560" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="F1_di" bpmnElement="F1"><di:waypoint x="96" y="98"/><di:waypoint x="200" y="98"/></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="F2_di" bpmnElement="F2"><di:waypoint x="300" y="98"/><di:waypoint x="400" y="298"/></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="F3_di" bpmnElement="F3"><di:waypoint x="500" y="300"/><di:waypoint x="600" y="300"/></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="FG_di" bpmnElement="FG"><di:waypoint x="110" y="305"/><di:waypoint x="400" y="305"/></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="FB_di" bpmnElement="FB"><di:waypoint x="248" y="158"/><di:waypoint x="600" y="280"/></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="MF_di" bpmnElement="MF"><di:waypoint x="450" y="560"/><di:waypoint x="450" y="340"/></bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
  <bpmndi:BPMNDiagram id="DI2"><bpmndi:BPMNPlane id="PL2" bpmnElement="Sub">
    <bpmndi:BPMNShape id="In1_di" bpmnElement="In1"><dc:Bounds x="0" y="0" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="In2_di" bpmnElement="In2"><dc:Bounds x="200" y="0" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="FI_di" bpmnElement="FI"><di:waypoint x="100" y="40"/><di:waypoint x="200" y="40"/></bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</definitions>
`

// without returns a version in which those elements are gone, with all that
// cannot stand without them.
func without(t testing.TB, src string, ids ...string) string {
	t.Helper()
	d := decode(t, src)
	gone := make(map[string]bool)
	for _, id := range ids {
		gone[id] = true
	}
	var changes []bpmn.Change
	for again := true; again; {
		again = false
		changes = nil
		for _, c := range bpmn.Diff(d, decode(t, `<definitions id="D" targetNamespace="urn:t" `+namespaces+`/>`)) {
			if c.Op != bpmn.OpRemove {
				continue
			}
			e := d.Element(c.Element)
			out := gone[c.Element]
			for up := e; up != nil && !out; up = up.Parent() {
				out = gone[up.ID()] && up.Space == bpmn.ModelNamespace
			}
			for _, attr := range []string{"sourceRef", "targetRef", "attachedToRef", "bpmnElement"} {
				out = out || gone[e.Attr(attr)]
			}
			if plane := e.Parent(); !out && plane != nil {
				out = gone[plane.Attr("bpmnElement")]
			}
			if child := e.First(); !out && e.Local == "BPMNDiagram" && child != nil {
				out = gone[child.Attr("bpmnElement")]
			}
			if !out {
				continue
			}
			if id := e.ID(); e.Space == bpmn.ModelNamespace && !gone[id] {
				gone[id], again = true, true
			}
			changes = append(changes, c)
		}
	}
	for _, e := range d.Definitions().Processes() {
		for _, n := range e.FlowNodes() {
			if gone[n.Attr("default")] && !gone[n.ID()] {
				changes = append(changes, bpmn.Change{Op: bpmn.OpSet, Element: n.ID(), Path: "@default"})
			}
		}
		for _, l := range e.Lanes() {
			for _, n := range l.FlowNodes() {
				if gone[n.ID()] || gone[l.ID()] {
					changes = append(changes, bpmn.Change{Op: bpmn.OpSet, Element: n.ID(), Path: "#lane(" + e.ID() + ")"})
				}
			}
		}
	}
	changes = slices.DeleteFunc(changes, func(c bpmn.Change) bool { return c.Op == bpmn.OpSet && gone[c.Element] && c.Path == "@default" })
	got, err := bpmn.Apply(d, changes)
	if err != nil {
		t.Fatal(err)
	}
	return string(got.Encode())
}

func TestTake(t *testing.T) {
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(takeOld) }
	for _, c := range []struct {
		name, head string
		keys       string
		want       string // what is changed in head, one a line
		refused    string
		missing    string
		warnings   string
	}{
		{name: "a name, and nothing else", head: change(`name="check"`, `name="Check"`, `name="wait"`, `name="Wait"`), keys: "A",
			want: `set A @name: "Check" → "check"`},
		{name: "nothing changed", head: change(`name="wait"`, `name="Wait"`), keys: "A Pool"},
		{name: "vendor content", head: change(`<extensionElements><v:audit level="high"/></extensionElements>`, ""), keys: "A",
			want: `set A extensionElements/{urn:vendor}audit: nothing → "<v:audit xmlns:v=\"urn:vendor\" level=\"high\"/>"`},
		{name: "a shape with the ends of its flows",
			head: change(`<dc:Bounds x="200" y="60"`, `<dc:Bounds x="200" y="160"`, `x="200" y="98"`, `x="200" y="198"`, `x="300" y="98"`, `x="320" y="198"`), keys: "A",
			want: "set #di(A) #position: \"200,160\" → \"200,60\"\n" +
				"set #di(F1) #waypoints: \"96,98 200,198\" → \"96,98 200,98\"\n" +
				"set #di(F2) #waypoints: \"320,198 400,298\" → \"320,98 400,298\""},
		{name: "edges that nobody touched", head: change(`<dc:Bounds x="200" y="60"`, `<dc:Bounds x="200" y="160"`), keys: "A",
			want: "set #di(A) #position: \"200,160\" → \"200,60\""},
		{name: "only the drawing", head: change(`<dc:Bounds x="60" y="280"`, `<dc:Bounds x="60" y="200"`, `<exclusiveGateway id="G"`, `<exclusiveGateway id="G" name="new"`), keys: "#di(G)",
			want: "set #di(G) #position: \"60,200\" → \"60,280\""},
		{name: "a task with flows, boundary event, lane and drawing", head: without(t, takeOld, "A"), keys: "A",
			want: "add A to P\nadd Bo to P\nadd T to Bo\nadd F1 to P\nadd F2 to P\nadd FB to P\nadd #di(A) to #plane(root)\nadd #di(Bo) to #plane(root)\n" +
				"add #di(F1) to #plane(root)\nadd #di(F2) to #plane(root)\nadd #di(FB) to #plane(root)\nset A #lane(P): nothing → \"L1\""},
		{name: "flows only where the other end is there", head: without(t, takeOld, "A", "B"), keys: "A",
			want: "add A to P\nadd Bo to P\nadd T to Bo\nadd F1 to P\nadd FB to P\nadd #di(A) to #plane(root)\nadd #di(Bo) to #plane(root)\n" +
				"add #di(F1) to #plane(root)\nadd #di(FB) to #plane(root)\nset A #lane(P): nothing → \"L1\""},
		{name: "a flow without an end", head: without(t, takeOld, "A"), keys: "F2", missing: "A",
			refused: "take back: F2 cannot be taken back alone: it joins userTask check (A), which is not there any more"},
		{name: "the same with its end", head: without(t, takeOld, "A", "B"), keys: "F2 A B",
			want: "add MF to C\nadd A to P\nadd Bo to P\nadd T to Bo\nadd B to P\nadd F1 to P\nadd F2 to P\nadd F3 to P\nadd FG to P\nadd FB to P\n" +
				"add #di(A) to #plane(root)\nadd #di(Bo) to #plane(root)\nadd #di(B) to #plane(root)\nadd #di(F1) to #plane(root)\nadd #di(F2) to #plane(root)\n" +
				"add #di(F3) to #plane(root)\nadd #di(FG) to #plane(root)\nadd #di(FB) to #plane(root)\nadd #di(MF) to #plane(root)\n" +
				"set A #lane(P): nothing → \"L1\"\nset B #lane(P): nothing → \"L2\""},
		{name: "a message that it refers to", head: strings.Replace(without(t, takeOld, "M"), ` messageRef="M"`, "", 1), keys: "B",
			want: "add M to #definitions\nset B @messageRef: nothing → \"M\""},
		{name: "a data object behind its symbol", head: without(t, takeOld, "DO", "DR"), keys: "DR",
			want: "add DO to P\nadd DR to P\nadd #di(DR) to #plane(root)"},
		{name: "a sub-process with what lay inside and its plane", head: without(t, takeOld, "Sub"), keys: "Sub",
			want: "add Sub to P\nadd In1 to Sub\nadd In2 to Sub\nadd FI to Sub\nadd F3 to P\nadd FB to P\nadd #di(Sub) to #plane(root)\nadd #di(F3) to #plane(root)\nadd #di(FB) to #plane(root)\n" +
				"add #diagram(Sub) to #definitions\nadd #plane(Sub) to #diagram(Sub)\nadd #di(In1) to #plane(Sub)\nadd #di(In2) to #plane(Sub)\nadd #di(FI) to #plane(Sub)\n" +
				"set Sub #lane(P): nothing → \"L2\""},
		{name: "a task of a sub-process that is gone", head: without(t, takeOld, "Sub"), keys: "In1", missing: "Sub",
			refused: "take back: box (In1) cannot be taken back alone: it lay in subProcess pack (Sub), which is not there any more"},
		{name: "a pool with its process", head: without(t, takeOld, "Guest", "Q"), keys: "Guest",
			want: "add Guest to C\nadd MF to C\nadd Q to #definitions\nadd Ask to Q\nadd #di(Guest) to #plane(root)\nadd #di(Ask) to #plane(root)\nadd #di(MF) to #plane(root)"},
		{name: "a task of a pool that is gone", head: without(t, takeOld, "Guest", "Q"), keys: "Ask", missing: "Guest",
			refused: "take back: Ask cannot be taken back alone: it lay in participant Customer (Guest), which is not there any more"},
		{name: "a lane that is gone is left out", head: without(t, takeOld, "L1", "A"), keys: "A",
			want: "add A to P\nadd Bo to P\nadd T to Bo\nadd F1 to P\nadd F2 to P\nadd FB to P\nadd #di(A) to #plane(root)\nadd #di(Bo) to #plane(root)\n" +
				"add #di(F1) to #plane(root)\nadd #di(F2) to #plane(root)\nadd #di(FB) to #plane(root)",
			warnings: "unresolved_reference A: the lane L1, in which A was, is not there any more"},
		{name: "a default flow that is gone", head: without(t, takeOld, "FG"), keys: "G", missing: "FG",
			refused: "take back: G cannot be taken back alone: it refers to sequenceFlow FG, which is not there any more"},
		{name: "a gateway and its default flow", head: without(t, takeOld, "FG"), keys: "G FG",
			want: "set G @default: nothing → \"FG\"\nadd FG to P\nadd #di(FG) to #plane(root)"},
		{name: "neither version has it", head: takeOld, keys: "Nobody", refused: "take back: neither version has an element Nobody"},
	} {
		t.Run(c.name, func(t *testing.T) {
			head, old := decode(t, c.head), decode(t, takeOld)
			r, err := bpmn.Take(head, old, strings.Fields(c.keys))
			if c.refused != "" {
				var refusal *bpmn.TakeRefusal
				if !errors.As(err, &refusal) || err.Error() != c.refused || strings.Join(refusal.Missing, " ") != c.missing {
					t.Errorf("%v, missing %v", err, refusal)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(r.Theirs); got != c.want {
				t.Errorf("changed:\n%s\nwant:\n%s", got, c.want)
			}
			if got := warningLines(r); got != c.warnings {
				t.Errorf("warnings %s", got)
			}
			takenHolds(t, c.name, head, old, strings.Fields(c.keys), r)
		})
	}
}

// TestTakeAway takes back elements that only the newer version has: they go.
func TestTakeAway(t *testing.T) {
	for _, c := range []struct {
		name, old, keys, want, refused, missing string
	}{
		{name: "a task with its flows", old: without(t, takeOld, "A"), keys: "A",
			want: "set A #lane(P): \"L1\" → nothing\nremove A from P\nremove Bo from P\nremove T from Bo\nremove F1 from P\nremove F2 from P\nremove FB from P\nremove #di(A) from #plane(root)\nremove #di(Bo) from #plane(root)\n" +
				"remove #di(F1) from #plane(root)\nremove #di(F2) from #plane(root)\nremove #di(FB) from #plane(root)"},
		{name: "a sub-process", old: without(t, takeOld, "Sub"), keys: "Sub",
			want: "set Sub #lane(P): \"L2\" → nothing\nremove Sub from P\nremove In1 from Sub\nremove In2 from Sub\nremove FI from Sub\nremove F3 from P\nremove FB from P\nremove #di(Sub) from #plane(root)\nremove #di(F3) from #plane(root)\nremove #di(FB) from #plane(root)\n" +
				"remove #diagram(Sub) from #definitions\nremove #plane(Sub) from #diagram(Sub)\nremove #di(In1) from #plane(Sub)\nremove #di(In2) from #plane(Sub)\nremove #di(FI) from #plane(Sub)"},
		{name: "a flow that led elsewhere", old: without(t, strings.Replace(takeOld, `sourceRef="A" targetRef="B"`, `sourceRef="A" targetRef="Sub"`, 1), "B"), keys: "B",
			want: "set G @default: \"FG\" → nothing\nset F2 @targetRef: \"B\" → \"Sub\"\nset B #lane(P): \"L2\" → nothing\nremove MF from C\nremove B from P\nremove F3 from P\nremove FG from P"},
		{name: "the last pool", old: without(t, strings.Replace(takeOld, `bpmnElement="C"`, `bpmnElement="P"`, 1), "C"), keys: "Pool Guest",
			want: "set #plane(root) @bpmnElement: \"C\" → \"P\"\nremove C from #definitions\nremove Pool from C\nremove Guest from C\nremove MF from C"},
	} {
		t.Run(c.name, func(t *testing.T) {
			head, old := decode(t, takeOld), decode(t, c.old)
			r, err := bpmn.Take(head, old, strings.Fields(c.keys))
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(r.Theirs); !strings.HasPrefix(got, c.want) {
				t.Errorf("changed:\n%s\nwant:\n%s", got, c.want)
			}
			takenHolds(t, c.name, head, old, strings.Fields(c.keys), r)
		})
	}
}

func lines(changes []bpmn.Change) string {
	var list []string
	for _, c := range changes {
		list = append(list, c.String())
	}
	return strings.Join(list, "\n")
}

func warningLines(r *bpmn.Result) string {
	var list []string
	for _, f := range r.Warnings {
		list = append(list, fmt.Sprintf("%s %s: %s", f.Code, f.ElementID, f.Detail))
	}
	return strings.Join(list, "\n")
}

// takenHolds checks what Take promises for any two versions: the elements are as
// they were but for lanes that are gone and edges that follow shapes, what head has and Theirs does not tell is untouched, the outcome
// passes the gate and has no fault that neither version had.
func takenHolds(t testing.TB, name string, head, old *bpmn.Document, keys []string, r *bpmn.Result) {
	t.Helper()
	if _, err := bpmn.Decode(r.Document.Encode()); err != nil {
		t.Errorf("%s: the outcome does not pass the gate: %v", name, err)
	}
	for _, c := range bpmn.Diff(r.Document, old) {
		if slices.Contains(keys, c.Element) && !strings.HasPrefix(c.Path, "#lane(") && c.Path != "#waypoints" {
			t.Errorf("%s: not as it was: %s", name, c)
		}
	}
	for _, f := range newFaults(head, old, r.Document) {
		t.Errorf("%s: neither version had %s of %s: %s", name, f.Code, f.ElementID, f.Detail)
	}
	back, err := bpmn.Apply(head, r.Theirs)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	} else if rest := bpmn.Diff(back, r.Document); len(rest) > 0 {
		t.Errorf("%s: changed and not told: %s", name, rest[0])
	}
}

// TestTakeOfGeneratedVersions takes back random elements of versions that random
// edits made, and what is asked for along with them.
func TestTakeOfGeneratedVersions(t *testing.T) {
	taken, asked, refused, whole := 0, 0, 0, 0
	for seed := range max(30, pairCount()/4) {
		pick := seeded(uint64(seed) + 6<<40)
		d := parseXML(randomModel(pick, 6+seed%25))
		src := d.String()
		edits := 1 + pick(8)
		for range edits {
			randomEdit(pick, d)
		}
		old, head := decode(t, src), decode(t, d.String())
		if pick(2) == 0 {
			old, head = head, old
		}
		changes := bpmn.Diff(head, old)
		if len(changes) == 0 {
			continue
		}
		var keys []string
		for range 1 + pick(3) {
			keys = append(keys, changes[pick(len(changes))].Element)
		}
		name := fmt.Sprintf("seed %d, %v", seed, keys)
		r, err := bpmn.Take(head, old, keys)
		var refusal *bpmn.TakeRefusal
		for n := 0; errors.As(err, &refusal) && len(refusal.Missing) > 0 && n < 50; n++ {
			asked++
			keys = append(keys, refusal.Missing...)
			r, err = bpmn.Take(head, old, keys)
		}
		switch {
		case errors.As(err, &refusal) && len(refusal.Findings) > 0:
			refused++
		case err != nil:
			t.Fatalf("%s: %v\n%s", name, err, lines(changes))
		default:
			taken++
			takenHolds(t, name, head, old, keys, r)
		}
		// Everything at once is the old version.
		keys = nil
		for _, c := range changes {
			keys = append(keys, c.Element)
		}
		r, err = bpmn.Take(head, old, keys)
		if err != nil {
			t.Fatalf("%s: all: %v\n%s", name, err, lines(changes))
		}
		if rest := bpmn.Diff(r.Document, old); len(rest) > 0 {
			t.Errorf("%s: all taken, and left: %s\n%s", name, rest[0], lines(changes))
		}
		whole++
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d taken, %d asked for more, %d refused, %d whole", taken, asked, refused, whole)
	if refused*10 > taken {
		t.Errorf("%d of %d refused", refused, taken+refused)
	}
}
