package store

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"laneway/internal/material"
)

// fits fails unless the delta between two texts makes the one of the other.
func fits(t interface {
	Helper()
	Fatalf(string, ...any)
}, text, old []byte) []byte {
	t.Helper()
	delta := makeDelta(text, old)
	made, err := applyDelta(delta, old, len(text))
	if err != nil || !bytes.Equal(made, text) {
		t.Fatalf("the difference of %q to %q makes %q, %v", text, old, made, err)
	}
	return delta
}

// TestDeltaFits: whatever is edited, moved, put in or taken out, the delta makes the new text of the old one.
func TestDeltaFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tag := rapid.OneOf(
			rapid.SampledFrom([]string{"</a>", "<a>", "<b/>\n  ", "text", ""}),
			rapid.Custom(func(t *rapid.T) string {
				return fmt.Sprintf("<task id=\"T%d\" x=\"%d\"/>", rapid.IntRange(0, 30).Draw(t, "id"), rapid.IntRange(0, 999).Draw(t, "x"))
			}),
		)
		old := rapid.SliceOfN(tag, 0, 40).Draw(t, "old")
		text := append([]string(nil), old...)
		for range rapid.IntRange(0, 6).Draw(t, "edits") {
			from := rapid.IntRange(0, len(text)).Draw(t, "from")
			to := rapid.IntRange(from, min(from+4, len(text))).Draw(t, "to")
			part := append([]string(nil), text[from:to]...)
			text = append(append([]string(nil), text[:from]...), text[to:]...)
			if rapid.Bool().Draw(t, "move") {
				at := rapid.IntRange(0, len(text)).Draw(t, "at")
				text = append(append(append([]string(nil), text[:at]...), part...), text[at:]...)
			} else {
				text = append(append(append([]string(nil), text[:from]...), tag.Draw(t, "tag")), text[from:]...)
			}
		}
		fits(t, []byte(strings.Join(text, "")), []byte(strings.Join(old, "")))
	})
}

// TestDeltaIsSmall: an edit takes about what is new in it.
func TestDeltaIsSmall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		text, old string
		most      int
	}{
		{"nothing", "<a/><b/>", "<a/><b/>", 4},
		{"one value of many tags", strings.Repeat(`<a x="1" y="2"/>`, 50) + `<a x="12" y="2"/>` + strings.Repeat(`<a x="1" y="2"/>`, 50), strings.Repeat(`<a x="1" y="2"/>`, 101), 10},
		{"a tag in front", `<new id="7"/>` + numbered(0, 100), numbered(0, 100), 24},
		{"one taken out", numbered(0, 40) + numbered(41, 100), numbered(0, 100), 12},
		{"two parts changed about", numbered(50, 100) + numbered(0, 50), numbered(0, 100), 40},
		{"two places", numbered(0, 40) + `<n id="x"/>` + numbered(41, 80) + `<n id="y"/>` + numbered(81, 100), numbered(0, 100), 20},
	} {
		if delta := fits(t, []byte(c.text), []byte(c.old)); len(delta) > c.most {
			t.Errorf("%s: %d bytes, want at most %d: %q", c.name, len(delta), c.most, delta)
		}
	}
}

func numbered(from, to int) string {
	var b strings.Builder
	for n := from; n < to; n++ {
		fmt.Fprintf(&b, "<n id=\"%d\"/>", n)
	}
	return b.String()
}

// TestDeltaOfCorpus: from each document of the corpus to the next one, which has nothing to do with it.
func TestDeltaOfCorpus(t *testing.T) {
	t.Parallel()
	var old []byte
	for _, file := range material.Corpus(t) {
		text := file.Content
		if delta := makeDelta(text, old); len(delta) > 2*len(text)+64 {
			t.Errorf("%s: %d bytes for %d", file.Name, len(delta), len(text))
		} else if made, err := applyDelta(delta, old, len(text)); err != nil || !bytes.Equal(made, text) {
			t.Errorf("%s: %v", file.Name, err)
		}
		old = text
	}
}

// FuzzDelta: no text makes a delta that does not fit, and nothing that is stored makes applyDelta panic or give another size.
func FuzzDelta(f *testing.F) {
	f.Add([]byte("<a/><b/><c/>"), []byte("<a/><c/><b/>"))
	f.Add([]byte{3, 0, 0, 4}, []byte("<a/>"))
	f.Add([]byte{3, 2, 1, 0xff}, []byte(""))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		fits(t, a, b)
		for _, size := range []int{0, 4, len(b)} {
			if made, err := applyDelta(a, b, size); err == nil && len(made) != size {
				t.Fatalf("%d bytes, want %d", len(made), size)
			}
		}
	})
}
