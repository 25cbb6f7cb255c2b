package bpmn_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"laneway/bpmn"
)

var update = flag.Bool("update", false, "rewrite the expectations of the case files")

// TestCheckCases holds Check against case files: a comment that says what the
// case is about, the document, and its findings, one a line.
func TestCheckCases(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "check", "*.txtar"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d case files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(archive.Comment) == 0 || len(archive.Files) != 2 || archive.Files[0].Name != "model" || archive.Files[1].Name != "want" {
				t.Fatal("a case is a comment, model and want")
			}
			doc, err := bpmn.DecodeLenient(caseDocument(archive.Files[0].Data))
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, f := range doc.Check() {
				// The model starts behind the line of the namespaces.
				fmt.Fprintf(&got, "%d %s %s %s: %s\n", f.Line-1, f.Severity, f.Code, f.ElementID, f.Detail)
			}
			if want := string(archive.Files[1].Data); got.String() != want {
				if *update {
					archive.Files[1].Data = []byte(got.String())
					if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				t.Errorf("got\n%swant\n%s", got.String(), want)
			}
		})
	}
}

// caseDocument wraps the inside of definitions, so that cases stay readable.
func caseDocument(inside []byte) []byte {
	return []byte(`<definitions ` + namespaces + ` xmlns:t="urn:t" xmlns:other="urn:other" targetNamespace="urn:t">` + "\n" + string(inside) + `</definitions>`)
}

// TestRepairFollowsCalledProcesses renames a process that is called: the call of
// this file follows, that of another does not.
func TestRepairFollowsCalledProcesses(t *testing.T) {
	doc, err := bpmn.DecodeLenient(caseDocument([]byte(`<import importType="x" location="y" namespace="urn:other"/><process id="1"/>` +
		`<process id="P"><callActivity id="A" calledElement="1"/><callActivity id="B" calledElement="other:1"/><callActivity id="C" calledElement="2"/></process>`)))
	if err != nil {
		t.Fatal(err)
	}
	repaired, _, err := doc.Repair()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`id="A" calledElement="_1"`, `id="B" calledElement="other:1"`, `id="C" calledElement="2"`} {
		if !strings.Contains(string(repaired.Encode()), want) {
			t.Errorf("no %s in\n%s", want, repaired.Encode())
		}
	}
}
