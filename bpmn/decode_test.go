package bpmn_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"laneway/bpmn"
)

const namespaces = `xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" ` +
	`xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:v="urn:vendor"`

func decode(t failer, src string) *bpmn.Document {
	t.Helper()
	doc, err := bpmn.DecodeText(src)
	if err != nil {
		t.Fatalf("%v in\n%.4000s", err, src)
	}
	return doc
}

func TestRefusalNamesThePlace(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"in characters", "<definitions " + namespaces + ">\n<process name=\"äöü\" <", "xml_malformed 2:21"},
		{"latin-1 declaration is counted as sent", "<?xml version='1.0' encoding='ISO-8859-1'?><definitions " + namespaces + "></x>", "xml_malformed"},
		{"duplicate id", "<definitions " + namespaces + ">\n <process id='A'/>\n  <process id='A'/></definitions>", "duplicate_id 3:3"},
		{"unclosed", "<definitions " + namespaces + ">\n", "xml_malformed 2:1"},
		{"bad declaration", "<?xml encoding='UTF-8'?><a/>", "xml_malformed 1:7"},
		{"declaration out of order", "<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>", "xml_malformed 1:38"},
		{"instruction with a colon", "<?a:b c?><a/>", "xml_malformed 1:3"},
		{"empty prefix", "<a:/>", "xml_malformed 1:2"},
		{"entity", "<a b='&nbsp;'/>", "xml_malformed 1:7"},
		{"bare ampersand", "<a>x & y</a>", "xml_malformed 1:6"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := bpmn.DecodeText(test.src)
			var refusal *bpmn.Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("accepted")
			}
			got := fmt.Sprintf("%s %d:%d", refusal.Code, refusal.Line, refusal.Column)
			if got != test.want && !(test.want == "xml_malformed" && refusal.Code == test.want) {
				t.Errorf("got %s (%v), want %s", got, refusal, test.want)
			}
		})
	}
}

// TestPositionsAreThoseOfTheSentDocument checks that a rewritten declaration
// does not shift what follows it in its line.
func TestPositionsAreThoseOfTheSentDocument(t *testing.T) {
	const tail = `?><definitions ` + namespaces + `><process id="A"/><task id="1"/></definitions>`
	src := `<?xml version="1.0" encoding="windows-1252"` + tail
	_, err := bpmn.Decode([]byte(src))
	var refusal *bpmn.Refusal
	if !errors.As(err, &refusal) {
		t.Fatal("accepted")
	}
	if want := strings.Index(src, "<task") + 1; refusal.Column != want || refusal.ElementID != "1" {
		t.Errorf("column %d of element %q, want %d of 1", refusal.Column, refusal.ElementID, want)
	}
}

func TestTextInJSONIsNotDecodedAgain(t *testing.T) {
	doc := decode(t, `<?xml version="1.0" encoding="ISO-8859-1"?><definitions `+namespaces+`><process id="P" name="Prüfung"/></definitions>`)
	if got := doc.Root().First().Attr("name"); got != "Prüfung" {
		t.Errorf("name is %q", got)
	}
	if !strings.HasPrefix(string(doc.Encode()), `<?xml version="1.0" encoding="UTF-8"?>`) {
		t.Errorf("declaration not rewritten: %.60s", doc.Encode())
	}
	if codes := findingCodes(doc.Check()); !strings.Contains(codes, bpmn.Transcoded) {
		t.Errorf("findings %s", codes)
	}
}

func findingCodes(findings []bpmn.Finding) string {
	var codes []string
	for _, f := range findings {
		codes = append(codes, f.Code)
	}
	return strings.Join(codes, " ")
}

func TestTextOfElements(t *testing.T) {
	doc := decode(t, `<definitions `+namespaces+`><process id="P"><documentation>a &lt; b`+"\r\n"+
		`<![CDATA[<c> ]]]]><![CDATA[>&amp;]]><!-- no -->&#x1F600;</documentation></process></definitions>`)
	if got, want := doc.Root().First().First().Text(), "a < b\n<c> ]]>&amp;😀"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLost(t *testing.T) {
	stored := decode(t, `<definitions `+namespaces+`>
<!-- first -->
<process id="P" v:mark="1"><?keep this?>
  <task id="A" name="Check"><extensionElements><v:inside/></extensionElements></task>
  <task id="B"><extensionElements><v:note>x</v:note><v:note>y</v:note></extensionElements></task>
</process>
<bpmndi:BPMNDiagram id="D"><bpmndi:BPMNPlane id="PL" bpmnElement="P">
  <bpmndi:BPMNShape id="S1" bpmnElement="A"/><bpmndi:BPMNShape id="S2" bpmnElement="B"/>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</definitions>`)
	sent := decode(t, `<definitions `+namespaces+`>
<process id="P">
  <task id="B"><extensionElements><v:note>x</v:note></extensionElements></task>
</process>
<bpmndi:BPMNDiagram id="D9"><bpmndi:BPMNPlane id="PL9" bpmnElement="P">
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</definitions>`)
	var got []string
	for _, f := range bpmn.Lost(stored, sent) {
		got = append(got, fmt.Sprintf("%d %s %s: %s", f.Line, f.Code, f.ElementID, f.Detail))
	}
	want := []string{
		"3 content_lost P: the attribute mark of urn:vendor in P",
		"4 content_lost A: the task Check (A)",
		"5 content_lost B: the element v:note of urn:vendor in B",
		"8 content_lost B: the drawing of B",
		"2 content_lost : the comment <!-- first -->",
		"3 content_lost P: the processing instruction <?keep this?>",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if lost := bpmn.Lost(stored, stored); len(lost) > 0 {
		t.Errorf("a document loses %v against itself", lost)
	}
}

func TestRepairRewiresReferences(t *testing.T) {
	doc, err := bpmn.DecodeLenient([]byte(`<definitions ` + namespaces + `><process id="P">
<startEvent id="1"/><task id="T"/><sequenceFlow id="F" sourceRef="1" targetRef="T"/></process>
<process id="Q"><task id="T"/><task id="U"/><sequenceFlow id="F" sourceRef="T" targetRef="U"/></process>
<bpmndi:BPMNDiagram id="D"><bpmndi:BPMNPlane id="PL" bpmnElement="P">
<bpmndi:BPMNShape id="T" bpmnElement="T"><dc:Bounds x="0" y="0" width="-1" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="S" bpmnElement="T"/><bpmndi:BPMNEdge id="E1" bpmnElement="F"/><bpmndi:BPMNEdge id="E2" bpmnElement="F"/>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>`))
	if err != nil {
		t.Fatal(err)
	}
	repaired, done, err := doc.Repair()
	if err != nil {
		t.Fatal(err)
	}
	want := `<process id="P">
<startEvent id="_1"/><task id="T"/><sequenceFlow id="F" sourceRef="_1" targetRef="T"/></process>
<process id="Q"><task id="T_2"/><task id="U"/><sequenceFlow id="F_2" sourceRef="T_2" targetRef="U"/></process>
<bpmndi:BPMNDiagram id="D"><bpmndi:BPMNPlane id="PL" bpmnElement="P">
<bpmndi:BPMNShape id="T_3" bpmnElement="T"><dc:Bounds x="0" y="0" width="100" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="S" bpmnElement="T_2"/><bpmndi:BPMNEdge id="E1" bpmnElement="F"/><bpmndi:BPMNEdge id="E2" bpmnElement="F_2"/>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>`
	_, got, _ := strings.Cut(string(repaired.Encode()), namespaces+">")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, want := findingCodes(done), "invalid_id duplicate_id duplicate_id duplicate_id di_invalid_bounds"; got != want {
		t.Errorf("repairs %s, want %s", got, want)
	}
}
