// Package material finds the test material that lies beside the repository: the interchange corpus and
// the hostile documents, with the large ones that are made and not stored. Only tests use it.
package material

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// folder gives where the environment variable points, else the folder beside the checkout. A test
// without its material is skipped and says so; where CI is true, it fails.
func folder(t testing.TB, variable, name string) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		_, here, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(here), "..", "..", "..", "shared", name)
	}
	if _, err := os.Stat(dir); err != nil {
		text := fmt.Sprintf("the folder %s is not there; set %s to where it is", dir, variable)
		if os.Getenv("CI") == "true" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	return dir
}

// File is a document of the corpus.
type File struct {
	Name    string
	Content []byte
}

// Corpus gives the interchange corpus: real files of many tools.
func Corpus(t testing.TB) []File {
	t.Helper()
	dir := folder(t, "LANEWAY_BPMN_CORPUS", "bpmn-corpus")
	var files []File
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".bpmn") {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files = append(files, File{name, content})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 400 {
		t.Fatalf("only %d files in %s", len(files), dir)
	}
	return files
}

// Hostile is a row of the hostile documents: what it is, and what must come of it.
type Hostile struct {
	File, Class string
	Expected    string // reject, accept, accept-neutralise or accept-warn
	Reasons     []string
	Status      string // of an upload
	// Content makes the document; the large ones need up to 20 MiB each.
	Content func(t testing.TB) []byte
}

// HostileRows gives all of them, stored and generated.
func HostileRows(t testing.TB) []Hostile {
	t.Helper()
	dir := folder(t, "LANEWAY_HOSTILE_XML", "hostile-xml")
	table, err := os.ReadFile(filepath.Join(dir, "index.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	generated := Generated()
	var rows []Hostile
	for _, line := range strings.Split(strings.TrimSpace(string(table)), "\n")[1:] {
		cells := strings.Split(line, "\t")
		row := Hostile{File: cells[0], Class: cells[2], Expected: cells[4], Status: cells[6]}
		if cells[5] != "-" {
			row.Reasons = strings.Split(cells[5], " or ")
		}
		if cells[1] == "stored" {
			row.Content = func(t testing.TB) []byte {
				content, err := os.ReadFile(filepath.Join(dir, row.File))
				if err != nil {
					t.Fatal(err)
				}
				return content
			}
		} else if makes, ok := generated[row.File]; ok {
			row.Content = func(testing.TB) []byte { return makes() }
		} else {
			t.Fatalf("no generator for %s", row.File)
		}
		rows = append(rows, row)
	}
	return rows
}

// Generated makes the documents that are too large to store, by file name. They are those of
// hostile-xml/generate.py, made here so that no other language is needed.
func Generated() map[string]func() []byte {
	const ns = `xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" ` +
		`xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" ` +
		`xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" ` +
		`xmlns:di="http://www.omg.org/spec/DD/20100524/DI"`
	const head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	document := func(body, di, pre string) []byte {
		return []byte(head + pre + `<bpmn:definitions ` + ns + ` id="D" targetNamespace="urn:t"><bpmn:process id="P">` + body +
			`</bpmn:process><bpmndi:BPMNDiagram id="DI"><bpmndi:BPMNPlane id="PL" bpmnElement="P">` + di +
			"</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>\n")
	}
	each := func(n int, format func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(format(i))
		}
		return b.String()
	}
	repeat := strings.Repeat
	body := func(body func() string) func() []byte {
		return func() []byte { return document(body(), "", "") }
	}
	return map[string]func() []byte{
		"g01-depth-100k.bpmn": body(func() string {
			return repeat("<bpmn:subProcess>", 100_000) + repeat("</bpmn:subProcess>", 100_000)
		}),
		"g02-depth-100k-unclosed.bpmn": func() []byte {
			return []byte(head + "<bpmn:definitions " + ns + ">" + repeat("<bpmn:subProcess>", 100_000))
		},
		"g03-attributes-100k.bpmn": body(func() string {
			return "<bpmn:task " + each(100_000, func(i int) string { return fmt.Sprintf(`a%d="1" `, i) }) + "/>"
		}),
		"g04-attribute-4mib.bpmn": body(func() string { return `<bpmn:task id="T" name="` + repeat("A", 4<<20) + `"/>` }),
		"g05-namespaces-nested-20k.bpmn": body(func() string {
			return each(20_000, func(i int) string { return fmt.Sprintf(`<n%d:e xmlns:n%d="urn:%d">`, i, i, i) }) +
				each(20_000, func(i int) string { return fmt.Sprintf("</n%d:e>", 19_999-i) })
		}),
		"g06-namespace-shadow-20k.bpmn": body(func() string {
			return each(20_000, func(i int) string { return fmt.Sprintf(`<p:e xmlns:p="urn:%d">`, i) }) + repeat("</p:e>", 20_000)
		}),
		"g07-quadratic-blowup.bpmn": func() []byte {
			return document(`<bpmn:task id="T" name="`+repeat("&a;", 100_000)+`"/>`, "", `<!DOCTYPE d [<!ENTITY a "`+repeat("A", 100_000)+`">]>`)
		},
		"g08-elements-200k.bpmn": func() []byte {
			// Kept under 5 MiB by short ids, or the size would be refused first.
			return document(each(200_000, func(i int) string { return fmt.Sprintf(`<bpmn:task id="T%d"/>`, i) }), "", "")
		},
		"g09-text-4mib.bpmn": body(func() string {
			return `<bpmn:task id="T"><bpmn:documentation>` + repeat("lorem ", 700_000) + "</bpmn:documentation></bpmn:task>"
		}),
		"g10-charrefs-500k.bpmn": body(func() string {
			return `<bpmn:task id="T"><bpmn:documentation>` + repeat("&#65;", 500_000) + "</bpmn:documentation></bpmn:task>"
		}),
		"g11-comment-4mib.bpmn": body(func() string { return "<!--" + repeat("c", 4<<20) + "-->" }),
		"g12-waypoints-100k.bpmn": func() []byte {
			return document(`<bpmn:task id="A"/><bpmn:task id="B"/><bpmn:sequenceFlow id="F" sourceRef="A" targetRef="B"/>`,
				`<bpmndi:BPMNEdge id="E" bpmnElement="F">`+repeat(`<di:waypoint x="1" y="2"/>`, 100_000)+"</bpmndi:BPMNEdge>", "")
		},
		"g13-dense-graph.bpmn": body(func() string {
			return each(3000, func(i int) string { return fmt.Sprintf(`<bpmn:task id="T%d"/>`, i) }) +
				each(15_000, func(k int) string {
					i, j := k/5, k%5
					return fmt.Sprintf(`<bpmn:sequenceFlow id="F%d_%d" sourceRef="T%d" targetRef="T%d"/>`, i, j, i, (i*7+j)%3000)
				})
		}),
		"g14-name-20k-chars.bpmn": func() []byte {
			return document(`<bpmn:task id="T" name="`+repeat("A", 20_000)+`"/>`,
				`<bpmndi:BPMNShape id="S" bpmnElement="T"><dc:Bounds x="0" y="0" width="100" height="80"/></bpmndi:BPMNShape>`, "")
		},
		"g15-size-20mib.bpmn": body(func() string { return "<!--" + repeat("x", 20<<20) + "-->" }),
		"g16-deep-doctype-nesting.bpmn": func() []byte {
			return []byte(head + "<!DOCTYPE d [" + repeat("<!ELEMENT a (", 100_000) + "]><d/>")
		},
		"g17-pi-4mib.bpmn": body(func() string { return "<?x " + repeat("y", 4<<20) + "?>" }),
		"g18-cdata-sections-200k.bpmn": body(func() string {
			return `<bpmn:task id="T"><bpmn:documentation>` + repeat("<![CDATA[a]]>", 200_000) + "</bpmn:documentation></bpmn:task>"
		}),
		"g19-body-100mib-gzip.gz": func() []byte {
			var b bytes.Buffer
			w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
			_, _ = w.Write(document("<!--"+repeat(" ", 100<<20)+"-->", "", ""))
			_ = w.Close()
			return b.Bytes()
		},
		"g20-id-collision-prefixes.bpmn": body(func() string {
			return each(30_000, func(i int) string { return fmt.Sprintf(`<bpmn:task id="b%s%d"/>`, repeat("a", i%200), i) })
		}),
	}
}
