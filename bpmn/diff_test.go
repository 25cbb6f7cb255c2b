package bpmn_test

import (
	"path/filepath"
	"strings"
	"testing"

	"laneway/bpmn"
)

// A pair is a reference model and a tool's round trip of it: the same process
// with real serialisation noise.
type pair struct {
	name string
	a, b *bpmn.Document
}

// lenient opens a corpus file as an import would.
func lenient(t testing.TB, file corpusFile) *bpmn.Document {
	t.Helper()
	doc, err := bpmn.DecodeLenient(file.src)
	if err != nil {
		return nil // one of the malformed ones, see TestCorpusIsAccepted
	}
	if repaired, _, err := doc.Repair(); err == nil {
		return repaired
	}
	return nil
}

func naturalPairs(t testing.TB) []pair {
	t.Helper()
	references := make(map[string]*bpmn.Document)
	files := corpus(t)
	for _, file := range files {
		if dir, name := filepath.Split(file.name); dir == "reference/" {
			references[strings.TrimSuffix(name, ".bpmn")] = lenient(t, file)
		}
	}
	var pairs []pair
	for _, file := range files {
		model, _, found := strings.Cut(filepath.Base(file.name), "-")
		reference := references[model]
		if !found || reference == nil {
			continue
		}
		if doc := lenient(t, file); doc != nil {
			pairs = append(pairs, pair{file.name, reference, doc})
		}
	}
	if len(pairs) < 300 {
		t.Fatalf("only %d pairs", len(pairs))
	}
	return pairs
}

// leads checks Apply(a, Diff(a, b)) ≡ b and that Invert leads back.
func leads(t failer, name string, a, b *bpmn.Document) bool {
	t.Helper()
	changes := bpmn.Diff(a, b)
	got, err := bpmn.Apply(a, changes)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return false
	}
	if rest := bpmn.Diff(got, b); len(rest) > 0 {
		t.Errorf("%s: %d of %d changes are left, first: %s", name, len(rest), len(changes), rest[0])
		return false
	}
	back, err := bpmn.Apply(got, bpmn.Invert(changes))
	if err != nil {
		t.Errorf("%s: back: %v", name, err)
		return false
	}
	if rest := bpmn.Diff(back, a); len(rest) > 0 {
		t.Errorf("%s: back: %d of %d changes are left, first: %s", name, len(rest), len(changes), rest[0])
		return false
	}
	return true
}

// unboundPrefix names files that use a prefix in a value without binding it. It
// cannot be written into a document where the prefix means something.
func unboundPrefix(name string) bool {
	return name == "cardanit-prev.-beepmn-4.9.1/C.7.0-export.bpmn" || name == "modelfoundry-1.1.1/C.1.1-roundtrip.bpmn"
}

func TestDiffOfTheCorpus(t *testing.T) {
	right, changes := 0, 0
	pairs := naturalPairs(t)
	for i, p := range pairs {
		if unboundPrefix(p.name) || !long() && i%sample() != 0 {
			continue
		}
		changes += len(bpmn.Diff(p.a, p.b))
		if leads(t, p.name, p.a, p.b) {
			right++
		}
	}
	t.Logf("%d pairs of %d lead there and back, %d changes; LANEWAY_TEST_LONG=1 takes all", right, len(pairs), changes)
}

// TestSilentDifferences checks that what means nothing is no change.
func TestSilentDifferences(t *testing.T) {
	const a = `<definitions ` + namespaces + ` targetNamespace="urn:t"><process id="P" isExecutable="true">
<startEvent id="S" name="s"/><task id="T" name="t"><incoming>F</incoming></task><sequenceFlow id="F" sourceRef="S" targetRef="T"/></process>
<bpmndi:BPMNDiagram id="D"><bpmndi:BPMNPlane id="PL" bpmnElement="P">
<bpmndi:BPMNShape id="S1" bpmnElement="S"><dc:Bounds x="1" y="2" width="36" height="36"/></bpmndi:BPMNShape>
<bpmndi:BPMNEdge id="E1" bpmnElement="F"><di:waypoint x="1" y="1"/><di:waypoint x="9" y="9"/></bpmndi:BPMNEdge>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>`
	const b = `<?xml version="1.0"?><!-- note --><m:definitions targetNamespace="urn:t" xmlns:m="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:z="http://www.omg.org/spec/BPMN/20100524/DI"
 xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"><m:process isExecutable="1" id="P" isClosed="false" processType="None">
<m:sequenceFlow targetRef="T" id="F" sourceRef="S"/><m:task id="T" startQuantity="1" name="t"><m:extensionElements/></m:task>
<m:startEvent id="S" isInterrupting="true" name="s"><m:outgoing>F</m:outgoing></m:startEvent></m:process>
<z:BPMNDiagram id="D9"><z:BPMNPlane id="PL9" bpmnElement="P">
<z:BPMNEdge id="E19" bpmnElement="F"><di:waypoint x="1.0" y="1e0"/><di:waypoint x="9" y="9"/></z:BPMNEdge>
<z:BPMNShape bpmnElement="S" id="S19"><dc:Bounds height="36" x="1" y="2" width="36.00"/><z:BPMNLabel/></z:BPMNShape>
</z:BPMNPlane></z:BPMNDiagram></m:definitions>`
	for _, c := range bpmn.Diff(decode(t, a), decode(t, b)) {
		t.Errorf("not silent: %s", c)
	}
}

// TestMovingAShapeTouchesThreeLinesAtMost is the promise of splicing.
func TestMovingAShapeTouchesThreeLinesAtMost(t *testing.T) {
	files := corpus(t)
	moved := 0
	for _, file := range files {
		doc := lenient(t, file)
		if doc == nil || moved == 60 {
			continue
		}
		var change *bpmn.Change
		for e := doc.Root().First(); e != nil && change == nil; e = e.Next() {
			if plane := e.Child(bpmn.BPMNDINamespace, "BPMNPlane"); plane != nil {
				for shape := plane.First(); shape != nil; shape = shape.Next() {
					if shape.Local == "BPMNShape" && shape.Child(bpmn.DCNamespace, "Bounds") != nil {
						at := "4711,1234"
						change = &bpmn.Change{Op: bpmn.OpSet, Element: "#di(" + shape.Attr("bpmnElement") + ")", Path: "#position", After: &at}
						break
					}
				}
			}
		}
		if change == nil || doc.Element(change.Element) == nil {
			continue
		}
		got, err := bpmn.Apply(doc, []bpmn.Change{*change})
		if err != nil {
			t.Errorf("%s: %v", file.name, err)
			continue
		}
		moved++
		before, after := strings.Split(string(doc.Encode()), "\n"), strings.Split(string(got.Encode()), "\n")
		if len(before) != len(after) {
			t.Errorf("%s: %d lines became %d", file.name, len(before), len(after))
			continue
		}
		touched := 0
		for i := range before {
			if before[i] != after[i] {
				touched++
			}
		}
		if touched == 0 || touched > 3 {
			t.Errorf("%s: %d lines changed", file.name, touched)
		}
	}
	if moved < 60 {
		t.Errorf("only %d shapes moved", moved)
	}
}
