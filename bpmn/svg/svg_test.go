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
