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

// TestARetryOfASaveChangesNothing sends a save again whose answer got lost: what
// it did stands in the head already, with work of others on top.
func TestARetryOfASaveChangesNothing(t *testing.T) {
	baseline := shownReplacer.Replace(stored)
	mine := strings.NewReplacer(`name="b"`, `name="mine"`, `<task id="A"`, `<task id="N" name="new"/><task id="A"`,
		`<bpmndi:BPMNShape id="B_di"`, `<bpmndi:BPMNShape id="N_di" bpmnElement="N"><dc:Bounds x="0" y="200" width="100" height="80"/></bpmndi:BPMNShape><bpmndi:BPMNShape id="B_di"`).Replace(baseline)
	first := string(rebase(t, stored, stored, baseline, mine).Document.Encode())
	for name, head := range map[string]string{
		"alone": first, "others went on": strings.Replace(first, `name="a"`, `name="theirs"`, 1),
	} {
		r := rebase(t, stored, head, baseline, mine)
		if diff := cmp.Diff(head, string(r.Document.Encode())); diff != "" || len(r.Conflicts) > 0 {
			t.Errorf("%s: %v %s", name, kinds(r), diff)
		}
	}
}

// TestAnEditorGoesOnFromItsOwnSave: its save was merged with work of others that
// it does not show yet, so expected stays; what it saved itself is not foreign.
func TestAnEditorGoesOnFromItsOwnSave(t *testing.T) {
	opened := shownReplacer.Replace(stored)
	firstSave := strings.NewReplacer(`name="b"`, `name="mine"`, `<task id="A"`, `<task id="N" name="new"/><task id="A"`).Replace(opened)
	theirs := strings.Replace(stored, `name="a"`, `name="theirs"`, 1)
	head := string(rebase(t, stored, theirs, opened, firstSave).Document.Encode())
	for _, c := range []struct{ name, from, to, head, want, conflicts string }{
		{"the same field again", `name="mine"`, `name="mine 2"`, head, strings.Replace(head, `name="mine"`, `name="mine 2"`, 1), "[]"},
		{"back to what it was", `name="mine"`, `name="b"`, head, strings.Replace(head, `name="mine"`, `name="b"`, 1), "[]"},
		{"its own new task", `name="new"`, `name="newer"`, head, strings.Replace(head, `name="new"`, `name="newer"`, 1), "[]"},
		{"its own new task away again", `<task id="N" name="new"/>`, ``, head, strings.Replace(head, `    <task id="N" name="new"/>`+"\n", ``, 1), "[]"},
		{"what others did to its task", `name="new"`, `name="newer"`, strings.Replace(head, `name="new"`, `name="other"`, 1),
			strings.Replace(head, `name="new"`, `name="other"`, 1), "[hard edit_edit N/@name]"},
		{"away what others changed", `<task id="N" name="new"/>`, ``, strings.Replace(head, `name="new"`, `name="other"`, 1),
			strings.Replace(head, `name="new"`, `name="other"`, 1), "[hard delete_edit N!removed]"},
		{"what others did unseen", `name="a"`, `name="mine too"`, head, head, "[hard edit_edit A/@name]"},
	} {
		r := rebase(t, stored, c.head, firstSave, strings.Replace(firstSave, c.from, c.to, 1))
		if got := fmt.Sprint(kinds(r)); got != c.conflicts {
			t.Errorf("%s: conflicts %s", c.name, got)
		}
		if diff := cmp.Diff(c.want, string(r.Document.Encode())); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestForeignAdditionsOnTheCanvas: another person's new task came to the canvas as
// a command, so mine has it with other ids in its drawing, and expected has it too.
func TestForeignAdditionsOnTheCanvas(t *testing.T) {
	const shape = `<bpmndi:BPMNShape id="%s" bpmnElement="N"><dc:Bounds x="0" y="200" width="100" height="80"/></bpmndi:BPMNShape>`
	baseline := shownReplacer.Replace(stored)
	add := func(src, task, id string) string {
		return strings.NewReplacer(`<task id="B"`, task+`<task id="B"`, `</bpmndi:BPMNPlane>`, fmt.Sprintf(shape, id)+`</bpmndi:BPMNPlane>`).Replace(src)
	}
	expected := add(stored, `<task id="N" name="new" v:owner="theirs"/>`, "N_theirs")
	for _, c := range []struct{ name, task, want, conflicts string }{
		{"as it came", `<task id="N" name="new"/>`, `<task id="N" name="new" v:owner="theirs"/>`, "[]"},
		{"and edited", `<task id="N" name="mine"/>`, `<task id="N" name="mine" v:owner="theirs"/>`, "[]"},
		{"and of another type", `<userTask id="N" name="new"/>`, `<userTask id="N" name="new" v:owner="theirs"/>`, "[]"},
	} {
		r := rebase(t, expected, expected, baseline, add(baseline, c.task, "N_mine"))
		if diff := cmp.Diff(add(stored, c.want, "N_theirs"), string(r.Document.Encode())); diff != "" || fmt.Sprint(kinds(r)) != c.conflicts {
			t.Errorf("%s: %v %s", c.name, kinds(r), diff)
		}
	}
	moved := strings.Replace(add(baseline, ``, "N_mine"), `<task id="B" name="b"/>`, `<subProcess id="S"><task id="N" name="new"/></subProcess><task id="B" name="b"/>`, 1)
	r := rebase(t, expected, expected, baseline, moved)
	if n := r.Document.Element("N"); n == nil || n.Parent().ID() != "S" || n.AttrNS("urn:vendor", "owner") != "theirs" {
		t.Errorf("moved into a sub-process: %s", r.Document.Encode())
	}
}

// TestBothDrawTheFirstPoolOnACanvas: one saved the first pool, the other draws one
// too before it sees that.
func TestBothDrawTheFirstPoolOnACanvas(t *testing.T) {
	pool := func(src, collaboration, participant, name string) string {
		return strings.NewReplacer(`<process id="P"`, `<collaboration id="`+collaboration+`"><participant id="`+participant+`" name="`+name+`" processRef="P"/></collaboration><process id="P"`,
			`bpmnElement="P">`, `bpmnElement="`+collaboration+`"><bpmndi:BPMNShape id="`+participant+`_di" bpmnElement="`+participant+`"><dc:Bounds x="-50" y="-50" width="600" height="250"/></bpmndi:BPMNShape>`).Replace(src)
	}
	baseline := shownReplacer.Replace(stored)
	head := string(rebase(t, stored, stored, baseline, pool(baseline, "C1", "Pool_1", "Sales")).Document.Encode())
	mine := strings.Replace(pool(baseline, "C2", "Pool_2", "Sales"), `name="b"`, `name="mine"`, 1)
	r := rebase(t, stored, head, baseline, mine)
	if got := fmt.Sprint(kinds(r)); strings.Contains(got, "hard") || !strings.Contains(got, bpmn.United) {
		t.Errorf("conflicts %s", got)
	}
	if diff := cmp.Diff(strings.Replace(head, `name="b"`, `name="mine"`, 1), string(r.Document.Encode())); diff != "" {
		t.Error(diff)
	}
}

// TestRenamedDocumentAttributes: an editor renames the document and its plane's
// process; exporters never ask.
func TestRenamedDocumentAttributes(t *testing.T) {
	src := strings.Replace(stored, `<definitions id="D"`, `<definitions id="D" name="Orders" exporter="A" exporterVersion="1.9"`, 1)
	baseline := strings.Replace(shownReplacer.Replace(src), `exporter="A" exporterVersion="1.9"`, `exporter="Studio" exporterVersion="1.0"`, 1)
	mine := strings.NewReplacer(`name="Orders"`, `name="Orders 2"`, `<process id="P"`, `<process id="P" name="Order"`).Replace(baseline)
	head := strings.Replace(src, `exporterVersion="1.9"`, `exporterVersion="1.10"`, 1)
	r := rebase(t, src, head, baseline, mine)
	want := strings.NewReplacer(`name="Orders"`, `name="Orders 2"`, `<process id="P" v:owner="sales"`, `<process id="P" v:owner="sales" name="Order"`).Replace(head)
	if diff := cmp.Diff(want, string(r.Document.Encode())); diff != "" || len(r.Conflicts) > 0 {
		t.Errorf("%v %s", kinds(r), diff)
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
