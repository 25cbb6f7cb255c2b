package bpmn_test

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laneway/bpmn"
)

// material returns a folder of shared test material: the environment variable,
// else the folder beside the checkout.
func material(t testing.TB, variable, name string) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", name)
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

type hostileRow struct{ file, source, expected, reason string }

func hostileRows(t testing.TB, dir string) []hostileRow {
	t.Helper()
	table, err := os.ReadFile(filepath.Join(dir, "index.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []hostileRow
	for _, line := range strings.Split(strings.TrimSpace(string(table)), "\n")[1:] {
		cells := strings.Split(line, "\t")
		rows = append(rows, hostileRow{cells[0], cells[1], cells[4], cells[5]})
	}
	return rows
}

func TestHostileDocuments(t *testing.T) {
	dir := material(t, "LANEWAY_HOSTILE_XML", "hostile-xml")
	generated := generatedDocuments()
	right := 0
	rows := hostileRows(t, dir)
	for _, row := range rows {
		t.Run(row.file, func(t *testing.T) {
			var src []byte
			if row.source == "stored" {
				var err error
				if src, err = os.ReadFile(filepath.Join(dir, row.file)); err != nil {
					t.Fatal(err)
				}
			} else if make, known := generated[row.file]; known {
				src = make()
			} else {
				t.Fatalf("no generator for %s", row.file)
			}
			start := time.Now()
			doc, err := bpmn.Decode(src)
			var findings []bpmn.Finding
			if err == nil {
				findings = doc.Check()
			}
			elapsed := time.Since(start)
			if elapsed > 500*time.Millisecond && !raceEnabled {
				t.Errorf("took %v, more than 500 ms", elapsed)
			}
			checkOutcome(t, row, src, doc, err, findings)
			if !t.Failed() {
				right++
			}
		})
	}
	t.Logf("%d of %d rows right", right, len(rows))
}

func checkOutcome(t *testing.T, row hostileRow, src []byte, doc *bpmn.Document, err error, findings []bpmn.Finding) {
	t.Helper()
	if row.expected == "reject" {
		var refusal *bpmn.Refusal
		if !errors.As(err, &refusal) {
			t.Fatalf("accepted, want %s", row.reason)
		}
		want := strings.Split(row.reason, " or ")
		if row.reason == "unsupported_content_encoding" {
			want = []string{bpmn.NotXML} // the header is the HTTP layer's; the body is no XML
		}
		if !slices.Contains(want, refusal.Code) {
			t.Fatalf("refused with %v, want %s", refusal, row.reason)
		}
		if refusal.Line < 1 || refusal.Column < 1 || refusal.Detail == "" {
			t.Errorf("refusal without place or text: %+v", refusal)
		}
		return
	}
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	var codes []string
	for _, f := range findings {
		codes = append(codes, f.Code)
		if f.Line < 1 || f.Column < 1 || f.Detail == "" {
			t.Errorf("finding without place or text: %+v", f)
		}
	}
	if row.expected == "accept-warn" && !slices.Contains(codes, row.reason) {
		t.Errorf("findings %v, want %s", codes, row.reason)
	}
	if row.expected == "accept" && row.reason == "-" && len(codes) > 0 {
		t.Errorf("findings %v, want none: %+v", codes, findings)
	}
	utf16 := bytes.HasPrefix(src, []byte{0xFF, 0xFE})
	if row.reason != bpmn.Transcoded && !utf16 && !bytes.Equal(doc.Encode(), bytes.TrimPrefix(src, []byte("\xEF\xBB\xBF"))) {
		t.Error("the bytes changed")
	}
	if err := xmlAgrees(doc.Encode()); err != nil {
		t.Errorf("encoding/xml refuses what the gate accepted: %v", err)
	}
	again, err := bpmn.Decode(doc.Encode())
	if err != nil || !bytes.Equal(again.Encode(), doc.Encode()) {
		t.Errorf("the accepted bytes are not stable: %v", err)
	}
}

// xmlAgrees reads the bytes with the standard library, which is laxer.
func xmlAgrees(src []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(src))
	for {
		if _, err := decoder.Token(); err != nil {
			if err.Error() == "EOF" {
				return nil
			}
			return err
		}
	}
}

// generatedDocuments makes the documents that are too large to store. They are
// those of hostile-xml/generate.py, made here so that no other language is needed.
func generatedDocuments() map[string]func() []byte {
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
