package bpmn_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"laneway/bpmn"
)

// editorView is what an editor's serialiser makes of a stored document: no
// comments, no vendor elements that it does not know, another order.
func editorView(t testing.TB, src string) *bpmn.Document {
	t.Helper()
	d := newXML(t, []byte(src))
	reorderSiblings(seeded(3), d)
	reorderAttributes(seeded(4), d)
	text := d.String()
	for {
		from := strings.Index(text, "<!--")
		if from < 0 {
			return decode(t, text)
		}
		text = text[:from] + text[from+strings.Index(text[from:], "-->")+3:]
	}
}

const stored = `<definitions id="D" targetNamespace="urn:t" ` + namespaces + `>
  <!-- agreed with the works council -->
  <process id="P" v:owner="sales">
    <task id="A" name="a"><extensionElements><v:audit level="high">yes</v:audit></extensionElements></task>
    <task id="B" name="b"/>
  </process>
  <bpmndi:BPMNDiagram id="DI"><bpmndi:BPMNPlane id="PL" bpmnElement="P">
    <bpmndi:BPMNShape id="A_di" bpmnElement="A"><dc:Bounds x="0" y="0" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="B_di" bpmnElement="B"><dc:Bounds x="200" y="0" width="100" height="80"/></bpmndi:BPMNShape>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</definitions>
`

// shown is the stored document as an editor exports it: without what it drops.
var shownReplacer = strings.NewReplacer("  <!-- agreed with the works council -->\n", "", ` v:owner="sales"`, "",
	`<extensionElements><v:audit level="high">yes</v:audit></extensionElements>`, "", ` xmlns:v="urn:vendor"`, "", "A_di", "A_shape")

func rebase(t *testing.T, expected, head, baseline, mine string) *bpmn.Result {
	t.Helper()
	r, err := bpmn.Rebase(decode(t, expected), decode(t, head), decode(t, baseline), decode(t, mine), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSaveKeepsWhatTheEditorNeverShowed(t *testing.T) {
	baseline := shownReplacer.Replace(stored)
	mine := strings.Replace(baseline, `name="b"`, `name="checked"`, 1)
	r := rebase(t, stored, stored, baseline, mine)
	want := strings.Replace(stored, `name="b"`, `name="checked"`, 1)
	if diff := cmp.Diff(want, string(r.Document.Encode())); diff != "" {
		t.Error(diff)
	}
	if len(r.Conflicts) > 0 {
		t.Error(kinds(r))
	}
}

func TestSaveOfNothingChangesNoByte(t *testing.T) {
	for i, file := range corpus(t) {
		doc := lenient(t, file)
		if doc == nil || !long() && i%sample() != 0 {
			continue
		}
		view := editorView(t, string(doc.Encode()))
		r, err := bpmn.Rebase(doc, doc, view, view, nil)
		if err != nil || string(r.Document.Encode()) != string(doc.Encode()) {
			t.Errorf("%s: bytes changed: %v", file.name, err)
		}
	}
}

// TestStaleBaselineBringsNothingBack: a third person's change was put on the
// canvas, so that expectedVersion rose while the baseline stayed.
func TestStaleBaselineBringsNothingBack(t *testing.T) {
	baseline := shownReplacer.Replace(stored)
	expected := strings.NewReplacer(`name="a"`, `name="third"`, `<task id="B"`, `<task id="N" name="new" v:x="1"/><task id="B"`).Replace(stored)
	mine := strings.NewReplacer(`name="a"`, `name="third"`, `<task id="B" name="b"`, `<task id="N" name="new"/><task id="B" name="mine"`).Replace(baseline)
	// Meanwhile a fourth person set the name once more.
	head := strings.Replace(expected, `name="third"`, `name="fourth"`, 1)
	r := rebase(t, expected, head, baseline, mine)
	want := strings.Replace(head, `name="b"`, `name="mine"`, 1)
	if diff := cmp.Diff(want, string(r.Document.Encode())); diff != "" {
		t.Error(diff)
	}
	if len(r.Conflicts) > 0 {
		t.Error(kinds(r))
	}
}

func TestSaveAgainstANewerHeadAsks(t *testing.T) {
	baseline := shownReplacer.Replace(stored)
	mine := strings.Replace(baseline, `name="b"`, `name="mine"`, 1)
	head := strings.Replace(stored, `name="b"`, `name="theirs"`, 1)
	r := rebase(t, stored, head, baseline, mine)
	if got := fmt.Sprint(kinds(r)); got != "[hard edit_edit B/@name]" {
		t.Errorf("conflicts %s", got)
	}
	if diff := cmp.Diff(head, string(r.Document.Encode())); diff != "" {
		t.Error(diff)
	}
	settled, err := bpmn.Rebase(decode(t, stored), decode(t, head), decode(t, baseline), decode(t, mine), map[string]bpmn.Choice{"B/@name": bpmn.TakeTheirs})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Replace(head, `name="theirs"`, `name="mine"`, 1), string(settled.Document.Encode())); diff != "" {
		t.Error(diff)
	}
}

// TestRebaseOfGeneratedEdits: an edit made on the editor's view arrives in the
// stored document, whatever the view looks like.
func TestRebaseOfGeneratedEdits(t *testing.T) {
	for seed := range pairCount() / 5 {
		pick := seeded(uint64(seed) + 2<<32)
		src := randomModel(pick, 10+seed%20)
		view := newXML(t, []byte(src))
		reorderSiblings(pick, view)
		reorderAttributes(pick, view)
		mine := view.clone()
		e, ok := randomEdit(pick, mine)
		if !ok {
			continue
		}
		head := newXML(t, []byte(src))
		other, ok := randomEdit(pick, head)
		if !ok || e.related(other) {
			continue
		}
		r, err := bpmn.Rebase(decode(t, src), decode(t, head.String()), decode(t, view.String()), decode(t, mine.String()), nil)
		if err != nil {
			t.Fatalf("seed %d: %v %v: %v", seed, e, other, err)
		}
		merged := newXML(t, r.Document.Encode())
		if len(hard(r)) == 0 && (!e.holds(merged) || !other.holds(merged)) {
			t.Fatalf("seed %d: %v or %v is not there: %v", seed, e, other, kinds(r))
		}
	}
}

// TestClientsConverge: n clients edit one base apart from each other; whatever
// the order in which their saves arrive, all end with the same model.
func TestClientsConverge(t *testing.T) {
	tried, compared := 0, 0
	for seed := range pairCount() / 10 {
		pick := seeded(uint64(seed) + 3<<32)
		src := randomModel(pick, 15+seed%25)
		base := decode(t, src)
		var clients []*bpmn.Document
		var edits []edit
		for range 2 + pick(4) {
			d := newXML(t, []byte(src))
			if e, ok := randomEdit(pick, d); ok {
				clients, edits = append(clients, decode(t, d.String())), append(edits, e)
			}
		}
		arrive := func(order []int) (*bpmn.Document, bool) {
			head := base
			for _, n := range order {
				r, err := bpmn.Merge(base, head, clients[n])
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if len(hard(r)) > 0 || slices.ContainsFunc(r.Conflicts, func(c bpmn.Conflict) bool { return c.Kind == bpmn.AddAdd || c.Kind == bpmn.United }) {
					return nil, false
				}
				head = r.Document
			}
			return head, true
		}
		tried++
		order := make([]int, len(clients))
		for i := range order {
			order[i] = i
		}
		first, ok := arrive(order)
		if !ok {
			continue
		}
		for range 3 {
			for i := len(order) - 1; i > 0; i-- {
				j := pick(i + 1)
				order[i], order[j] = order[j], order[i]
			}
			second, ok := arrive(order)
			if !ok {
				t.Fatalf("seed %d: a question in order %v only: %v", seed, order, edits)
			}
			compared++
			if rest := bpmn.Diff(first, second); len(rest) > 0 {
				t.Fatalf("seed %d: order %v ends elsewhere: %s\n%v", seed, order, rest[0], edits)
			}
		}
	}
	t.Logf("%d groups, %d orders compared", tried, compared)
}

func TestChangesTravelAsJSON(t *testing.T) {
	a, b := decode(t, stored), decode(t, strings.NewReplacer(`name="b"`, `name="c"`, `<task id="A"`, `<task id="N"/><task id="A"`, ` v:owner="sales"`, "").Replace(stored))
	changes := bpmn.Diff(a, b)
	text, err := json.Marshal(changes)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"op":"set","element":"P","path":"@{urn:vendor}owner","before":"sales"},` +
		`{"op":"add","element":"N","parent":"P","after":"\u003ctask xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" id=\"N\"/\u003e"},` +
		`{"op":"set","element":"B","path":"@name","before":"b","after":"c"}]`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	var read []bpmn.Change
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	got, err := bpmn.Apply(a, read)
	if err != nil {
		t.Fatal(err)
	}
	if rest := bpmn.Diff(got, b); len(rest) > 0 {
		t.Errorf("left: %v", rest)
	}
}
