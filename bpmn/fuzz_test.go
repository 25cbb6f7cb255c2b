package bpmn_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"laneway/bpmn"
)

// seeds returns small documents of all kinds: hostile ones, corpus files, and a
// generated one.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	var list [][]byte
	hostile, err := filepath.Glob(filepath.Join(material(f, "LANEWAY_HOSTILE_XML", "hostile-xml"), "*.bpmn"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range hostile {
		if src, err := os.ReadFile(name); err == nil && len(src) < 16<<10 {
			list = append(list, src)
		}
	}
	for i, file := range corpus(f) {
		if i%4 == 0 && len(file.src) < 48<<10 {
			list = append(list, file.src)
		}
	}
	return append(list, []byte(randomModel(seeded(1), 12)))
}

// FuzzDecode checks on any bytes that nothing panics, that what the gate lets in
// is XML for others too, and that the accepted bytes are stable.
func FuzzDecode(f *testing.F) {
	for _, src := range seeds(f) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if lenient, err := bpmn.DecodeLenient(src); err == nil {
			lenient.Check()
			if repaired, _, err := lenient.Repair(); err == nil {
				if _, err := bpmn.Decode(repaired.Encode()); err != nil {
					t.Fatalf("repaired and still refused: %v", err)
				}
			}
		}
		doc, err := bpmn.Decode(src)
		if err != nil {
			return
		}
		again, err := bpmn.Decode(doc.Encode())
		if err != nil {
			t.Fatalf("its own bytes are refused: %v", err)
		}
		if !bytes.Equal(again.Encode(), doc.Encode()) {
			t.Fatal("the accepted bytes are not stable")
		}
		if lost := bpmn.Lost(doc, again); len(lost) > 0 {
			t.Fatalf("lost %+v", lost[0])
		}
	})
}

// FuzzDiff checks on any two documents that Diff sees nothing between equal ones
// and that its changes never make a document that is no XML.
func FuzzDiff(f *testing.F) {
	list := seeds(f)
	for i := range list {
		f.Add(list[i], list[(i+1)%len(list)])
		f.Add(list[i], list[i])
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		da, errA := bpmn.DecodeLenient(a)
		db, errB := bpmn.DecodeLenient(b)
		if errA != nil || errB != nil {
			return
		}
		if rest := bpmn.Diff(da, da); len(rest) > 0 {
			t.Fatalf("differs from itself: %s", rest[0])
		}
		changes := bpmn.Diff(da, db)
		got, err := bpmn.Apply(da, changes)
		if err != nil {
			return
		}
		if _, err := bpmn.DecodeLenient(got.Encode()); err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	})
}

// FuzzMerge checks on any three documents that a merge finishes, that its result
// is XML and that merging nothing changes nothing.
func FuzzMerge(f *testing.F) {
	list := seeds(f)
	for i := range list {
		if raceEnabled && !long() && i%4 != 0 {
			continue // documents that have nothing in common merge slowly
		}
		f.Add(list[i], list[i], list[(i+1)%len(list)])
		f.Add(list[i], list[(i+1)%len(list)], list[(i+2)%len(list)])
	}
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		base, errA := bpmn.DecodeLenient(a)
		ours, errB := bpmn.DecodeLenient(b)
		theirs, errC := bpmn.DecodeLenient(c)
		if errA != nil || errB != nil || errC != nil {
			return
		}
		r, err := bpmn.Merge(base, ours, theirs)
		if err != nil {
			return
		}
		if _, err := bpmn.DecodeLenient(r.Document.Encode()); err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		if r, err := bpmn.Merge(base, ours, base); err != nil || !bytes.Equal(r.Document.Encode(), ours.Encode()) {
			t.Fatalf("merge(b,x,b) is not x: %v", err)
		}
	})
}
