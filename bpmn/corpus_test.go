package bpmn_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laneway/bpmn"
)

// corpusFile is one file of the interchange corpus.
type corpusFile struct {
	name string
	src  []byte
}

func corpus(t testing.TB) []corpusFile {
	t.Helper()
	dir := material(t, "LANEWAY_BPMN_CORPUS", "bpmn-corpus")
	var files []corpusFile
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".bpmn") {
			return err
		}
		src, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files = append(files, corpusFile{name, src})
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

// TestCorpusIsAccepted holds every file against the gate: well-formed ones come
// out as they went in, the others through Repair or with a place of the fault.
func TestCorpusIsAccepted(t *testing.T) {
	counts := make(map[string]int)
	for _, file := range corpus(t) {
		doc, err := bpmn.Decode(file.src)
		var refusal *bpmn.Refusal
		switch {
		case err == nil:
			counts["accepted"]++
			sameBytes(t, file, doc)
		case !errors.As(err, &refusal):
			t.Errorf("%s: %v is no refusal", file.name, err)
		case refusal.Code == bpmn.InvalidUTF8 || refusal.Code == bpmn.XMLMalformed:
			counts[refusal.Code]++
			if refusal.Line < 2 || refusal.Column < 1 {
				t.Errorf("%s: no place in %v", file.name, refusal)
			}
		default:
			counts[refusal.Code]++
			repairs(t, file, refusal.Code)
		}
		if doc != nil {
			for _, f := range doc.Check() {
				counts["finding "+f.Code]++
			}
		}
	}
	want := map[string]int{"accepted": 415, bpmn.InvalidUTF8: 4, bpmn.DuplicateID: 6, bpmn.InvalidID: 4, bpmn.DIInvalidBounds: 5}
	for code, n := range want {
		if counts[code] != n {
			t.Errorf("%s: %d files, want %d", code, counts[code], n)
		}
	}
	t.Logf("%v", counts)
}

// sameBytes checks that nothing changed but for a byte-order mark and the one
// transcoding, after which the bytes are stable.
func sameBytes(t *testing.T, file corpusFile, doc *bpmn.Document) {
	t.Helper()
	transcoded := bytes.HasPrefix(file.src, []byte{0xFF, 0xFE}) || bytes.HasPrefix(file.src, []byte{0xFE, 0xFF})
	for _, f := range doc.Check() {
		transcoded = transcoded || f.Code == bpmn.Transcoded
	}
	if !transcoded && !bytes.Equal(doc.Encode(), bytes.TrimPrefix(file.src, []byte("\xEF\xBB\xBF"))) {
		t.Errorf("%s: the bytes changed", file.name)
	}
	again, err := bpmn.Decode(doc.Encode())
	if err != nil || !bytes.Equal(again.Encode(), doc.Encode()) {
		t.Errorf("%s: the accepted bytes are not stable: %v", file.name, err)
	}
	if err := xmlAgrees(doc.Encode()); err != nil {
		t.Errorf("%s: encoding/xml refuses it: %v", file.name, err)
	}
}

func repairs(t *testing.T, file corpusFile, code string) {
	t.Helper()
	doc, err := bpmn.DecodeLenient(file.src)
	if err != nil {
		t.Errorf("%s: the lenient gate refuses it: %v", file.name, err)
		return
	}
	errorsFound := 0
	for _, f := range doc.Check() {
		if f.Severity == bpmn.SeverityError {
			errorsFound++
		}
	}
	if errorsFound == 0 {
		t.Errorf("%s: Check finds no error in what Decode refuses", file.name)
	}
	repaired, done, err := doc.Repair()
	if err != nil {
		t.Errorf("%s: %v", file.name, err)
		return
	}
	if len(done) != errorsFound {
		t.Errorf("%s: %d errors but %d repairs", file.name, errorsFound, len(done))
	}
	if _, err := bpmn.Decode(repaired.Encode()); err != nil {
		t.Errorf("%s: still refused: %v", file.name, err)
	}
	before, after := unresolved(doc), unresolved(repaired)
	if after > before {
		t.Errorf("%s: %d unresolved references before, %d after the repair", file.name, before, after)
	}
	t.Logf("%s: %s, %d repairs", file.name, code, len(done))
}

func unresolved(doc *bpmn.Document) int {
	n := 0
	for _, f := range doc.Check() {
		if f.Code == bpmn.UnresolvedReference {
			n++
		}
	}
	return n
}
