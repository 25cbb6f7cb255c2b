package svg_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"laneway/bpmn"
	"laneway/bpmn/svg"
)

var update = flag.Bool("update", false, "rewrite the pictures of the cases")

// TestDraw draws in.bpmn of each file below testdata/draw and compares with
// want.svg: one line for each thing that is drawn.
func TestDraw(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("testdata", "draw", "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			drawing, err := svg.Draw(decode(t, []byte(part(archive, "in.bpmn"))), svg.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := string(drawing.SVG(1))
			wholesome(t, []byte(got))
			got = strings.ReplaceAll(got, "><", ">\n<")
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "want.svg", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(part(archive, "want.svg"), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is gone is drawn above the pool that it was in, in outlines only.
func TestCompareShowsRemoved(t *testing.T) {
	document := func(task, shape string) *bpmn.Document {
		return decode(t, []byte(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="D" targetNamespace="urn:t">
<collaboration id="C"><participant id="Pool" processRef="P"/></collaboration><process id="P">`+task+`</process>
<bpmndi:BPMNDiagram id="DI"><bpmndi:BPMNPlane id="PL" bpmnElement="C">
<bpmndi:BPMNShape id="Pool_di" bpmnElement="Pool"><dc:Bounds x="0" y="0" width="300" height="200"/></bpmndi:BPMNShape>`+shape+`</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>`))
	}
	before := document(`<task id="Gone" name="Gone"/>`, `<bpmndi:BPMNShape id="Gone_di" bpmnElement="Gone"><dc:Bounds x="100" y="60" width="100" height="80"/></bpmndi:BPMNShape>`)
	after := document("", "")
	drawing, err := svg.Compare(before, after, bpmn.Diff(before, after), svg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	picture := string(drawing.SVG(1))
	wholesome(t, []byte(picture))
	pool, gone := strings.Index(picture, `<g data-element-id="Pool">`), strings.Index(picture, `<g data-element-id="Gone">`)
	if pool < 0 || gone < pool {
		t.Errorf("the pool at %d, what is gone at %d: %s", pool, gone, picture)
	}
	if want := `<rect x="100" y="60" width="100" height="80" rx="10" stroke="#c22b24" opacity="0.6"/>`; !strings.Contains(picture, want) {
		t.Errorf("no %s in %s", want, picture)
	}
}

// A wide diagram is drawn with a wider pen as a thumbnail, and its dashes grow with the pen.
func TestThumbnailPen(t *testing.T) {
	src := `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" targetNamespace="urn:t">
<process id="P"><task id="A"/><textAnnotation id="B"/><association id="F" sourceRef="A" targetRef="B"/></process>
<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="P">
<bpmndi:BPMNShape bpmnElement="A"><dc:Bounds x="0" y="0" width="100" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape bpmnElement="B"><dc:Bounds x="2000" y="0" width="100" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNEdge bpmnElement="F"><di:waypoint x="100" y="40"/><di:waypoint x="2000" y="40"/></bpmndi:BPMNEdge>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>`
	for detail, want := range map[svg.Detail]string{
		svg.Full:      `<path d="M100 40h1900" stroke-dasharray="0 5"/>`,
		svg.Thumbnail: `<path d="M100 40h1900" stroke-width="6.3" stroke-dasharray="0 16"/>`,
	} {
		drawing, err := svg.Draw(decode(t, []byte(src)), svg.Options{Detail: detail})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(drawing.SVG(1)); !strings.Contains(got, want) {
			t.Errorf("detail %d: no %s in %s", detail, want, got)
		}
	}
}

func part(archive *txtar.Archive, name string) string {
	for _, f := range archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func decode(t testing.TB, src []byte) *bpmn.Document {
	t.Helper()
	doc, err := bpmn.Decode(src)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
