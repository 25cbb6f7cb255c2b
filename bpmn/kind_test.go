package bpmn_test

import (
	"strings"
	"testing"

	"laneway/bpmn"
)

// TestDiffSeesEveryKind makes every kind of edit alone: Diff must see it, name
// the element or its drawing, and give a path for each changed field; Apply and
// Invert must lead there and back.
func TestDiffSeesEveryKind(t *testing.T) {
	for _, kind := range editKinds() {
		t.Run(kind.name, func(t *testing.T) {
			seen := make(map[string]int)
			for seed := range uint64(25) {
				pick := seeded(seed)
				src := randomModel(pick, 14)
				d := newXML(t, []byte(src))
				e, ok := kind.apply(pick, d)
				if !ok {
					continue
				}
				a, b := decode(t, src), decode(t, d.String())
				changes := bpmn.Diff(a, b)
				if len(changes) == 0 {
					t.Fatalf("seed %d: %v is not seen", seed, e)
				}
				named := false
				for _, c := range changes {
					named = named || c.Element == e.element || strings.HasPrefix(c.Element, "#di("+e.element+")")
					for _, id := range e.about {
						named = named || c.Element == id
					}
					if c.Op == bpmn.OpSet {
						if c.Path == "" {
							t.Errorf("seed %d: %s has no path", seed, c)
						}
						seen[c.Path]++
					} else {
						seen[string(c.Op)]++
					}
				}
				if !named {
					t.Errorf("seed %d: no change names %s: %v", seed, e.element, changes)
				}
				leads(t, e.String(), a, b)
			}
			if len(seen) == 0 {
				t.Error("applied nowhere")
			}
			t.Logf("%v", seen)
		})
	}
}

// TestOneFieldTwoValues makes the same kind of edit on the same element on both
// sides, with different values: never does one vanish untold.
func TestOneFieldTwoValues(t *testing.T) {
	tried, reported := 0, 0
	for _, kind := range editKinds() {
		for seed := range uint64(max(10, pairCount()/25)) {
			src := randomModel(seeded(seed), 12)
			edited := func(salt int) (*xmlDoc, edit, bool) {
				d := newXML(t, []byte(src))
				pick := seeded(seed + 99)
				e, ok := kind.apply(func(n int) int {
					v := pick(n)
					if n > 1<<20 {
						v = (v + salt) % n // another word, everything else the same
					}
					return v
				}, d)
				return d, e, ok
			}
			ours, a, okA := edited(0)
			theirs, b, okB := edited(4711)
			if !okA || !okB || a.element != b.element || a.field != b.field || a.after == b.after {
				continue
			}
			s := sides{base: decode(t, src), ours: decode(t, ours.String()), theirs: decode(t, theirs.String()), mine: []edit{a}, yours: []edit{b}}
			r := checkMerge(t, s)
			tried++
			if r != nil && len(r.Conflicts) > 0 {
				reported++
			} else {
				t.Errorf("%s, seed %d: nothing reported\n%s", kind.name, seed, describeSides(s))
			}
		}
	}
	t.Logf("%d pairs on one field, %d reported", tried, reported)
	if tried < 100 {
		t.Errorf("only %d pairs", tried)
	}
}
