package render_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"laneway/bpmn"
	"laneway/bpmn/svg"
	"laneway/internal/material"
	"laneway/internal/render"
)

var page = render.Page{Title: "Order → cash", Version: 7, Date: time.Date(2026, 11, 29, 10, 30, 0, 0, time.UTC)}

func TestPDF(t *testing.T) {
	d := drawing(t, "Check")
	for paper, size := range map[render.Paper]string{
		render.A4: "[0 0 841.89 595.28]", render.A3: "[0 0 1190.55 841.89]", render.Fit: "[0 0 256.00 143.50]",
	} {
		p := page
		p.Paper = paper
		file, err := render.PDF(d, p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := render.PDF(d, p)
		if err != nil || !bytes.Equal(file, again) {
			t.Errorf("%s: another file the second time", paper)
		}
		for _, part := range []string{"%PDF-1.", "/Type /Page\n", size, "/ToUnicode", "/FontFile2", "D:20261129103000"} {
			if !strings.Contains(string(file), part) {
				t.Errorf("%s: no %q in the file", paper, part)
			}
		}
		if n := strings.Count(string(file), "/Type /Page\n"); n != 1 {
			t.Errorf("%s: %d pages", paper, n)
		}
		if len(file) > 100<<10 {
			t.Errorf("%s: %d bytes", paper, len(file))
		}
	}
}

// A PDF that is given no date is the same whenever it is made.
func TestPDFWithoutDate(t *testing.T) {
	file, err := render.PDF(drawing(t, "Check"), render.Page{Paper: render.A4})
	if err != nil || !strings.Contains(string(file), "D:19700101000000") {
		t.Errorf("the file was made at another time: %v", err)
	}
}

// Whatever a document says, a PDF comes of it.
func TestPDFOfCorpus(t *testing.T) {
	made, every := 0, 36
	if os.Getenv("LANEWAY_TEST_LONG") != "" {
		every = 1
	}
	for i, file := range material.Corpus(t) {
		if i%every == 0 {
			made += makePDF(t, file.Name, file.Content)
		}
	}
	for _, row := range material.HostileRows(t) {
		if strings.HasPrefix(row.Expected, "accept") {
			made += makePDF(t, row.File, row.Content(t))
		}
	}
	if made < 30 {
		t.Errorf("only %d files", made)
	}
	made = makePDF(t, "emoji", []byte(strings.Replace(document, "NAME", "\U0001F600 注文 é", 1)))
	if made != 1 {
		t.Error("no PDF of emoji")
	}
}

func makePDF(t *testing.T, name string, content []byte) int {
	t.Helper()
	doc, err := bpmn.DecodeLenient(content)
	if err != nil {
		return 0
	}
	d, err := svg.Draw(doc, svg.Options{})
	if err != nil {
		return 0
	}
	file, err := render.PDF(d, render.Page{Paper: render.A4, Title: name})
	if err != nil || !bytes.HasPrefix(file, []byte("%PDF-")) || strings.Contains(string(file), "NaN") {
		t.Errorf("%s: %v", name, err)
	}
	return 1
}
