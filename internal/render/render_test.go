package render_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"laneway/bpmn"
	"laneway/bpmn/svg"
	"laneway/internal/material"
	"laneway/internal/render"
)

// renderer is shared by all tests, and what it compiles by all packages where `make` names a folder
// for it: it takes seconds, under the race detector half a minute.
var renderer = render.New(render.Config{CacheDir: os.Getenv("LANEWAY_TEST_PICTURE_CACHE")})

func TestMain(m *testing.M) {
	code := m.Run()
	if err := renderer.Close(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

const document = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0" id="D" targetNamespace="urn:t">
<process id="P" name="Order"><userTask id="A" name="NAME"/><endEvent id="B"/><sequenceFlow id="F" sourceRef="A" targetRef="B"/></process>
<bpmndi:BPMNDiagram id="DI"><bpmndi:BPMNPlane id="PL" bpmnElement="P">
<bpmndi:BPMNShape id="A_di" bpmnElement="A" bioc:fill="#ff0000"><dc:Bounds x="0" y="0" width="100" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="B_di" bpmnElement="B"><dc:Bounds x="160" y="22" width="36" height="36"/></bpmndi:BPMNShape>
<bpmndi:BPMNEdge id="F_di" bpmnElement="F"><di:waypoint x="100" y="40"/><di:waypoint x="160" y="40"/></bpmndi:BPMNEdge>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>`

func drawing(t testing.TB, name string) *svg.Drawing {
	t.Helper()
	doc, err := bpmn.Decode([]byte(strings.Replace(document, "NAME", name, 1)))
	if err != nil {
		t.Fatal(err)
	}
	d, err := svg.Draw(doc, svg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func pictureOf(t testing.TB, d *svg.Drawing, scale float64) image.Image {
	t.Helper()
	file, err := renderer.PNG(t.Context(), d, scale)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func TestPNG(t *testing.T) {
	d := drawing(t, "Check")
	for _, scale := range [...]int{1, 2, 4} {
		picture := pictureOf(t, d, float64(scale))
		if got, want := picture.Bounds().Max, image.Pt(206*scale, 90*scale); got != want {
			t.Errorf("scale %d: %v, want %v", scale, got, want)
		}
		at := func(x, y int) color.NRGBA { // a place of the diagram
			return color.NRGBAModel.Convert(picture.At((x+5)*scale, (y+5)*scale)).(color.NRGBA)
		}
		if c := at(120, 10); c.A != 0 {
			t.Errorf("scale %d: the ground is %v, not transparent", scale, c)
		}
		if c := at(80, 20); c.R < 250 || c.G > 20 || c.B > 20 {
			t.Errorf("scale %d: the task is %v", scale, c)
		}
		if c := at(155, 40); c.A < 250 || c.R > 60 {
			t.Errorf("scale %d: the tip of the flow is %v", scale, c)
		}
	}
}

// Text is drawn, in the font that the program carries: a task with a name differs from one without
// where the name is.
func TestPNGHasText(t *testing.T) {
	with, without := pictureOf(t, drawing(t, "Check"), 1), pictureOf(t, drawing(t, ""), 1)
	differing := 0
	for y := 30; y < 60; y++ {
		for x := 20; x < 90; x++ {
			if with.At(x, y) != without.At(x, y) {
				differing++
			}
		}
	}
	if differing < 50 {
		t.Errorf("%d dots differ", differing)
	}
}

func TestPNGBounds(t *testing.T) {
	d := drawing(t, "Check")
	d.Bounds.Width, d.Bounds.Height = 100_000, 100_000
	scale := render.Scale(d, 4)
	if w, h := d.Bounds.Width*scale, d.Bounds.Height*scale; w > svg.MostPixels || w*h > render.MostPixels+1 {
		t.Errorf("%v by %v pixels", w, h)
	}
	d.Bounds.Width, d.Bounds.Height = 100_000, 10
	if w := d.Bounds.Width * render.Scale(d, 1); w > svg.MostPixels {
		t.Errorf("%v pixels wide", w)
	}
	if scale := render.Scale(drawing(t, "Check"), 4); scale != 4 {
		t.Errorf("a small picture is made at %v", scale)
	}
}

// A picture that would be too large is as large as it may be.
func TestPNGOfLarge(t *testing.T) {
	d := drawing(t, "Check")
	for _, c := range [...]struct{ width, height, scale float64 }{{32_768, 90, 1}, {32_768, 90, 4}, {90, 20_000, 1}, {16_384, 8_192, 1}, {5_000, 40, 4}} {
		d.Bounds.Width, d.Bounds.Height = c.width, c.height
		used := render.Scale(d, c.scale)
		want := image.Pt(int(math.Ceil(c.width*used)), int(math.Ceil(c.height*used)))
		if got := pictureOf(t, d, c.scale).Bounds().Max; got.Sub(want).X < -1 || got.Sub(want).Y < -1 || got.X > want.X || got.Y > want.Y {
			t.Errorf("%v by %v at %v: %v, want %v", c.width, c.height, c.scale, got, want)
		}
	}
}

// A picture ends with its context, waiting or under way, and leaves the next one whole.
func TestPNGEndsWithContext(t *testing.T) {
	d := drawing(t, "Check")
	pictureOf(t, d, 1) // compiled
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := renderer.PNG(ctx, d, 16); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	pictureOf(t, d, 1)
}

func TestPNGAtOnce(t *testing.T) {
	d := drawing(t, "Check")
	want, err := renderer.PNG(t.Context(), d, 2)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := renderer.PNG(t.Context(), d, 2); err != nil || !bytes.Equal(got, want) {
				t.Errorf("another picture: %v", err)
			}
		})
	}
	all.Wait()
}

func TestAssets(t *testing.T) {
	readme, err := os.ReadFile("assets/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range render.Assets() {
		sum := sha256.Sum256(content)
		if row := fmt.Sprintf("| `%s` |", name); !strings.Contains(string(readme), row) || !strings.Contains(string(readme), hex.EncodeToString(sum[:])) {
			t.Errorf("assets/README.md has no row for %s with its hash %x", name, sum)
		}
	}
}

// BenchmarkPNG makes a picture of a document of about 100 elements, warm.
func BenchmarkPNG(b *testing.B) {
	doc, err := bpmn.Decode(hundred())
	if err != nil {
		b.Fatal(err)
	}
	d, err := svg.Draw(doc, svg.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, scale := range [...]float64{1, 2} {
		b.Run(fmt.Sprintf("scale %v", scale), func(b *testing.B) {
			if _, err := renderer.PNG(b.Context(), d, scale); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			start := material.CPUTime()
			for b.Loop() {
				if _, err := renderer.PNG(b.Context(), d, scale); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((material.CPUTime()-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// hundred writes a process of 50 tasks in five rows and the flows between them.
func hundred() []byte {
	var nodes, flows, di strings.Builder
	for i := range 50 {
		x, y := 150*(i%10), 120*(i/10)
		fmt.Fprintf(&nodes, `<userTask id="N%d" name="Check order %d"/>`, i, i)
		fmt.Fprintf(&di, `<bpmndi:BPMNShape id="N%d_di" bpmnElement="N%d"><dc:Bounds x="%d" y="%d" width="100" height="80"/></bpmndi:BPMNShape>`, i, i, x, y)
		if i > 0 {
			fmt.Fprintf(&flows, `<sequenceFlow id="F%d" sourceRef="N%d" targetRef="N%d"/>`, i, i-1, i)
			fmt.Fprintf(&di, `<bpmndi:BPMNEdge id="F%d_di" bpmnElement="F%d"><di:waypoint x="%d" y="%d"/><di:waypoint x="%d" y="%d"/></bpmndi:BPMNEdge>`, i, i, 150*((i-1)%10)+100, 120*((i-1)/10)+40, x, y+40)
		}
	}
	head, _, _ := strings.Cut(document, "<process")
	return []byte(head + `<process id="P">` + nodes.String() + flows.String() + `</process><bpmndi:BPMNDiagram id="DI"><bpmndi:BPMNPlane id="PL" bpmnElement="P">` +
		di.String() + `</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>`)
}

// BenchmarkPDF makes a PDF of the same document.
func BenchmarkPDF(b *testing.B) {
	doc, err := bpmn.Decode(hundred())
	if err != nil {
		b.Fatal(err)
	}
	d, err := svg.Draw(doc, svg.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	start := material.CPUTime()
	for b.Loop() {
		if _, err := render.PDF(d, page); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((material.CPUTime()-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}
