package bpmn_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"laneway/bpmn"
)

// sameTree compares all that two documents of the same bytes say, with the places of
// their attributes.
func sameTree(t *testing.T, what string, want, got *bpmn.Document) {
	t.Helper()
	if !bytes.Equal(want.Bytes(), got.Bytes()) || want.Size() != got.Size() || len(want.Misc()) != len(got.Misc()) {
		t.Fatalf("%s: another document", what)
	}
	var walk func(a, b *bpmn.Element)
	walk = func(a, b *bpmn.Element) {
		aLine, aColumn := a.Position()
		bLine, bColumn := b.Position()
		if a.Space != b.Space || a.Local != b.Local || a.QName() != b.QName() || a.Source() != b.Source() || a.Text() != b.Text() ||
			aLine != bLine || aColumn != bColumn || b.Document() != got {
			t.Fatalf("%s: %s of line %d is read as %s of line %d", what, a.QName(), aLine, b.QName(), bLine)
		}
		if len(a.Attrs()) != len(b.Attrs()) || len(a.Attrs()) > 0 && !reflect.DeepEqual(a.Attrs(), b.Attrs()) {
			t.Fatalf("%s: attributes of %s in line %d: %v, %v", what, a.QName(), aLine, a.Attrs(), b.Attrs())
		}
		x, y := a.First(), b.First()
		for ; x != nil && y != nil; x, y = x.Next(), y.Next() {
			if y.Parent() != b {
				t.Fatalf("%s: %s of line %d has another parent", what, a.QName(), aLine)
			}
			walk(x, y)
		}
		if x != nil || y != nil {
			t.Fatalf("%s: other children of %s in line %d", what, a.QName(), aLine)
		}
	}
	walk(want.Root(), got.Root())
	if !cmp.Equal(want.Check(), got.Check()) {
		t.Fatalf("%s: other findings", what)
	}
	if changes := bpmn.Diff(want, got); len(changes) > 0 {
		t.Fatalf("%s: %v", what, changes)
	}
}

// sameBeside reads src alone and beside a kin, through both doors that take one.
func sameBeside(t *testing.T, what string, src []byte, kin *bpmn.Document) {
	t.Helper()
	want, refusal := bpmn.AdoptText(src, nil)
	got, err := bpmn.AdoptText(src, kin)
	if diff := cmp.Diff(asRefusal(refusal), asRefusal(err)); diff != "" {
		t.Fatalf("%s: %s", what, diff)
	}
	if refusal != nil {
		return
	}
	sameTree(t, what+", gate", want, got)
	stored := want.Bytes()
	if got, err = bpmn.Reread(stored, kin); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	sameTree(t, what+", read again", decode(t, string(stored)), got)
}

// TestReadBesideTheCorpus reads files beside themselves and beside what the same tool
// wrote before, in which most is different and much the same.
func TestReadBesideTheCorpus(t *testing.T) {
	read := 0
	var before *bpmn.Document
	folder := ""
	for i, file := range corpus(t) {
		if len(file.src) > 256<<10 || i%3 > 0 {
			continue
		}
		d, err := bpmn.Decode(file.src)
		if err != nil {
			continue
		}
		read++
		sameBeside(t, file.name+" beside itself", file.src, d)
		if in := filepath.Dir(file.name); in == folder {
			sameBeside(t, file.name+" beside another", file.src, before)
		} else {
			folder = in
		}
		before = d
	}
	if read < 50 {
		t.Errorf("only %d files", read)
	}
}

// TestReadBesideAnEditedDocument reads generated documents beside edited ones, and with
// one byte changed anywhere, which mostly has to be refused just as without a kin.
func TestReadBesideAnEditedDocument(t *testing.T) {
	for seed := range pairCount() / 60 {
		pick := seeded(uint64(seed) + 3<<32)
		s, ok := diverge(t, pick, 5+seed%40, 1+seed%6)
		if !ok {
			continue
		}
		docs := []*bpmn.Document{s.base, s.ours, s.theirs}
		for _, d := range docs {
			for _, kin := range docs {
				sameBeside(t, "generated", d.Encode(), kin)
			}
		}
		const hurtful = "<>&\"'=/: x\x01"
		for range 20 {
			src := s.ours.Encode()
			src[pick(len(src))] = hurtful[pick(len(hurtful))]
			sameBeside(t, string(src), src, s.base)
		}
	}
}

// TestTagsAreTakenOver: what both documents have is shared, wherever it stands, and what one of them has is not.
func TestTagsAreTakenOver(t *testing.T) {
	const head = `<definitions xmlns="` + bpmn.ModelNamespace + `"><process id="P">`
	kin := decode(t, head+`<task id="A" name="first"/><task id="B"/><task id="C"/></process></definitions>`)
	for name, c := range map[string]struct{ inside, shared string }{
		"the same":       {`<task id="A" name="first"/><task id="B"/><task id="C"/>`, "ABC"},
		"one changed":    {`<task id="A" name="renamed"/><task id="B"/><task id="C"/>`, "BC"},
		"one more":       {`<task id="N"/><task id="A" name="first"/><task id="B"/><task id="C"/>`, "ABC"},
		"one less":       {`<task id="A" name="first"/><task id="C"/>`, "AC"},
		"behind a text":  {`<documentation>some</documentation><task id="A" name="first"/><task id="B"/><task id="C"/>`, "ABC"},
		"only one lasts": {`<task id="C"/>`, "C"},
	} {
		d, err := bpmn.Reread([]byte(head+c.inside+`</process></definitions>`), kin)
		if err != nil {
			t.Fatal(err)
		}
		shared := ""
		for _, id := range []string{"A", "B", "C"} {
			if e := d.Element(id); e != nil && &e.Attrs()[0] == &kin.Element(id).Attrs()[0] {
				shared += id
			}
		}
		if shared != c.shared {
			t.Errorf("%s: shares %s, want %s", name, shared, c.shared)
		}
	}
}

// TestLimitsBesideAKin: what is taken over counts as what is read.
func TestLimitsBesideAKin(t *testing.T) {
	const head = `<m:definitions xmlns:m="` + bpmn.ModelNamespace + `" xmlns:b="` + bpmn.BPMNDINamespace + `" xmlns:i="` + bpmn.DINamespace + `"><m:process id="P"/><b:BPMNDiagram><b:BPMNPlane><b:BPMNEdge>`
	const foot = `</b:BPMNEdge></b:BPMNPlane></b:BPMNDiagram></m:definitions>`
	points := func(n int) string { return strings.Repeat(`<i:waypoint x="1" y="1"/>`, n) }
	nested := func(depths ...int) string {
		text := `<definitions xmlns="` + bpmn.ModelNamespace + `">`
		for _, n := range depths {
			text += strings.Repeat("<a>", n) + strings.Repeat("</a>", n)
		}
		return text + `</definitions>`
	}
	wide := func(n int) string {
		return `<definitions xmlns="` + bpmn.ModelNamespace + `">` + strings.Repeat("<a/>", n) + `</definitions>`
	}
	for name, pair := range map[string][2]string{
		"waypoints": {head + points(600) + `</b:BPMNEdge><b:BPMNEdge>` + points(600) + foot, head + points(1200) + foot},
		"depth":     {nested(100, 100), nested(200)},
		"elements":  {wide(49_999), wide(50_000)},
	} {
		kin := decode(t, pair[0])
		if _, err := bpmn.AdoptText([]byte(pair[1]), nil); err == nil {
			t.Fatalf("%s: this is no document over the limit", name)
		}
		sameBeside(t, name, []byte(pair[1]), kin)
	}
}

// TestReadersOfOneKin read beside one document at the same time.
func TestReadersOfOneKin(t *testing.T) {
	base, ours, theirs := benchTexts(200)
	kin := decode(t, base)
	var wait sync.WaitGroup
	for _, src := range []string{base, ours, theirs, ours} {
		wait.Go(func() {
			d, err := bpmn.Reread([]byte(src), kin)
			if err != nil || len(bpmn.Diff(kin, d)) != len(bpmn.Diff(kin, decode(t, src))) {
				t.Errorf("read beside others: %v, or another document", err)
			}
		})
	}
	wait.Wait()
}

// TestNamespacesBesideAKin: equal tags do not mean the same where their prefixes do not.
func TestNamespacesBesideAKin(t *testing.T) {
	const head = `<definitions xmlns="` + bpmn.ModelNamespace + `" xmlns:v="urn:one">`
	inside := `<process id="P"><extensionElements><v:note v:key="a"/></extensionElements><task id="T"/></process></definitions>`
	plain := decode(t, head+inside)
	for name, src := range map[string]string{
		"other root":         strings.Replace(head, "urn:one", "urn:two", 1) + inside,
		"declared within":    head + strings.Replace(inside, "<extensionElements>", `<extensionElements xmlns:v="urn:two">`, 1),
		"declared before":    head + `<process id="Q" xmlns:v="urn:two"><extensionElements><v:note v:key="a"/></extensionElements></process>` + inside,
		"default undeclared": head + strings.Replace(inside, `<task id="T"/>`, `<extensionElements xmlns=""><task id="T"/></extensionElements>`, 1),
	} {
		d := decode(t, src)
		sameBeside(t, name, []byte(src), plain)
		sameBeside(t, name+", as kin", plain.Encode(), d)
		sameBeside(t, name+", beside itself", []byte(src), d)
	}
}

// BenchmarkReread reads what was stored alone and beside the document that follows it.
func BenchmarkReread(b *testing.B) {
	base, ours, _ := benchTexts(50)
	src, next := []byte(base), decode(b, ours)
	for name, read := range map[string]func() (*bpmn.Document, error){
		"gate":   func() (*bpmn.Document, error) { return bpmn.Adopt(src) },
		"alone":  func() (*bpmn.Document, error) { return bpmn.Reread(src, nil) },
		"beside": func() (*bpmn.Document, error) { return bpmn.Reread(src, next) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			start := cpuTime()
			for b.Loop() {
				if _, err := read(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpuTime()-start).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
		})
	}
}

// TestReadBesideKeepsLittle: of a long row of documents, each read beside the one before, memory keeps a few.
func TestReadBesideKeepsLittle(t *testing.T) {
	text, _, _ := benchTexts(2000)
	heap := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	var d *bpmn.Document
	var one uint64
	before := heap()
	for n := range 60 {
		// Each brings a tag of its own that all later ones have.
		text = strings.Replace(text, fmt.Sprintf(`name="Task %d"`, n), fmt.Sprintf(`name="Step %d"`, n), 1)
		next, err := bpmn.Reread([]byte(text), d)
		if err != nil {
			t.Fatal(err)
		}
		if d = next; n == 0 {
			one = heap() - before
		}
	}
	if all := heap() - before; all > 6*one {
		t.Errorf("%d bytes are kept for a document that takes %d", all, one)
	}
	runtime.KeepAlive(d)
}
