package svg_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"laneway/bpmn"
	"laneway/bpmn/svg"
	"laneway/internal/material"
)

// TestCorpus draws every plane of every file of the corpus.
func TestCorpus(t *testing.T) {
	pictures := 0
	for _, file := range material.Corpus(t) {
		doc, err := bpmn.DecodeLenient(file.Content)
		if err != nil {
			continue
		}
		pictures += everyPicture(t, file.Name, doc)
	}
	if pictures < 400 {
		t.Errorf("only %d pictures of the corpus", pictures)
	}
	t.Logf("%d pictures", pictures)
}

// TestCompareCorpus draws the comparison of neighbours in the corpus, which are often the same model
// as two tools have written it.
func TestCompareCorpus(t *testing.T) {
	var before *bpmn.Document
	compared := 0
	for i, file := range material.Corpus(t) {
		doc, err := bpmn.DecodeLenient(file.Content)
		if err != nil || i%3 == 2 {
			before = nil
			continue
		}
		if before != nil {
			drawing, err := svg.Compare(before, doc, bpmn.Diff(before, doc), svg.Options{})
			switch {
			case err == nil:
				wholesome(t, drawing.SVG(1))
				compared++
			case !errors.Is(err, svg.ErrNoDiagram):
				t.Errorf("%s: %v", file.Name, err)
			}
		}
		before = doc
	}
	if compared < 100 {
		t.Errorf("only %d comparisons", compared)
	}
}

// TestHostile draws what the gate lets in of the hostile documents.
func TestHostile(t *testing.T) {
	accepted, pictures := 0, 0
	for _, row := range material.HostileRows(t) {
		if !strings.HasPrefix(row.Expected, "accept") {
			continue
		}
		doc, err := bpmn.DecodeLenient(row.Content(t))
		if err != nil {
			t.Errorf("%s: %v", row.File, err)
			continue
		}
		accepted++
		pictures += everyPicture(t, row.File, doc)
	}
	if accepted < 40 || pictures < 20 {
		t.Errorf("%d documents accepted, %d pictures", accepted, pictures)
	}
	t.Logf("%d documents, %d pictures", accepted, pictures)
}

// everyPicture draws all planes of a document in both details, twice, and one
// comparison with itself.
func everyPicture(t testing.TB, name string, doc *bpmn.Document) int {
	t.Helper()
	pictures := 0
	planes := []string{""}
	for _, p := range doc.Definitions().Planes() {
		if id := p.ID(); id != "" && len(planes) == 1 && planes[0] == "" {
			planes[0] = id
		} else if id != "" {
			planes = append(planes, id)
		}
	}
	for i, plane := range planes {
		for _, detail := range [...]svg.Detail{svg.Full, svg.Thumbnail} {
			o := svg.Options{Plane: plane, Detail: detail}
			drawing, err := svg.Draw(doc, o)
			if errors.Is(err, svg.ErrNoDiagram) {
				continue
			}
			if err != nil {
				t.Fatalf("%s, plane %s: %v", name, plane, err)
			}
			picture := drawing.SVG(1)
			wholesome(t, picture)
			again, err := svg.Draw(doc, o)
			if err != nil || !bytes.Equal(again.SVG(1), picture) {
				t.Fatalf("%s, plane %s: another picture the second time", name, plane)
			}
			if w, h, _ := drawing.Size(4); w > svg.MostPixels || h > svg.MostPixels || w <= 0 || h <= 0 {
				t.Fatalf("%s, plane %s: %v by %v pixels", name, plane, w, h)
			}
			pictures++
			if detail != svg.Full || i > 0 {
				continue
			}
			compared, err := svg.Compare(doc, doc, nil, o)
			if err != nil || !bytes.Equal(compared.SVG(1), picture) {
				t.Fatalf("%s, plane %s: a comparison with itself marks something", name, plane)
			}
		}
	}
	return pictures
}

// FuzzSVG draws whatever the gate lets in.
func FuzzSVG(f *testing.F) {
	for i, file := range material.Corpus(f) {
		if i%8 == 0 && len(file.Content) < 32<<10 {
			f.Add(file.Content)
		}
	}
	for _, row := range material.HostileRows(f) {
		if strings.HasPrefix(row.Expected, "accept") {
			if content := row.Content(f); len(content) < 16<<10 {
				f.Add(content)
			}
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if doc, err := bpmn.DecodeLenient(src); err == nil {
			everyPicture(t, "fuzzed", doc)
		}
	})
}
