package bpmn_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"laneway/bpmn"
)

// TestAdoptIsDecode checks on a quarter of the corpus and on hostile files that both doors
// say the same about the same bytes, whether they copy them or not, and that what
// adopts them leaves them as they are.
func TestAdoptIsDecode(t *testing.T) {
	files := corpus(t)
	dir := material(t, "LANEWAY_HOSTILE_XML", "hostile-xml")
	hostile, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range hostile {
		if src, err := os.ReadFile(filepath.Join(dir, entry.Name())); err == nil { // no folder
			files = append(files, corpusFile{entry.Name(), src})
		}
	}
	for i, file := range files {
		if i%4 > 0 && i < len(files)-len(hostile) {
			continue // as FuzzDecode's seeds
		}
		sent := bytes.Clone(file.src)
		for name, doors := range map[string]struct {
			copying, adopting func([]byte) (*bpmn.Document, error)
		}{
			"bytes": {bpmn.Decode, bpmn.Adopt},
			"text":  {func(src []byte) (*bpmn.Document, error) { return bpmn.DecodeText(string(src)) }, func(src []byte) (*bpmn.Document, error) { return bpmn.AdoptText(src, nil) }},
		} {
			want, refusal := doors.copying(file.src)
			got, err := doors.adopting(file.src)
			if diff := cmp.Diff(asRefusal(refusal), asRefusal(err)); diff != "" {
				t.Errorf("%s, as %s: %s", file.name, name, diff)
			}
			if !bytes.Equal(file.src, sent) {
				t.Fatalf("%s, as %s: the bytes were changed", file.name, name)
			}
			if refusal != nil || err != nil {
				continue
			}
			if !bytes.Equal(want.Encode(), got.Bytes()) || !bytes.Equal(got.Encode(), got.Bytes()) || cap(got.Bytes()) != len(got.Bytes()) {
				t.Errorf("%s, as %s: another document", file.name, name)
			}
			if changes := bpmn.Diff(want, got); len(changes) > 0 {
				t.Errorf("%s, as %s: %v", file.name, name, changes)
			}
			if !cmp.Equal(want.Check(), got.Check()) {
				t.Errorf("%s, as %s: other findings", file.name, name)
			}
		}
	}
}

func asRefusal(err error) *bpmn.Refusal {
	var refusal *bpmn.Refusal
	errors.As(err, &refusal)
	return refusal
}

// TestNothingIsCopied checks that a document lies where its bytes were, and that
// Decode and Encode leave the caller their own.
func TestNothingIsCopied(t *testing.T) {
	src := []byte(chain(3, nil, nil, 0))
	text := string(src)
	at := func(b []byte) *byte { return unsafe.SliceData(b) }
	adopted, err := bpmn.Adopt(src)
	if err != nil || at(adopted.Bytes()) != at(src) {
		t.Errorf("Adopt: %v, or a copy", err)
	}
	marked := append([]byte("\xEF\xBB\xBF"), src...)
	if adopted, err = bpmn.Adopt(marked); err != nil || at(adopted.Bytes()) != at(marked[3:]) {
		t.Errorf("Adopt with a byte-order mark: %v, or a copy", err)
	}
	if adopted, err = bpmn.AdoptText(src, nil); err != nil || at(adopted.Bytes()) != at(src) {
		t.Errorf("AdoptText: %v, or a copy", err)
	}
	if decoded, err := bpmn.DecodeText(text); err != nil || at(decoded.Bytes()) != unsafe.StringData(text) {
		t.Errorf("DecodeText: %v, or a copy", err)
	}
	decoded, err := bpmn.Decode(src)
	if err != nil || at(decoded.Bytes()) == at(src) {
		t.Errorf("Decode: %v, or no copy", err)
	}
	clear(src)
	clear(decoded.Encode())
	if string(decoded.Bytes()) != text {
		t.Error("the document changed with bytes that are the caller's own")
	}
}
