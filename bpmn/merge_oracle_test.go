package bpmn_test

import (
	"fmt"
	"strings"
	"testing"

	"laneway/bpmn"
)

// The oracle of these tests knows nothing of changes: it asks each generated
// edit whether it shows in the merge, and looks its elements up in the conflicts.

// mentions reports whether a conflict speaks of an element that the edit is about.
func mentions(c bpmn.Conflict, e edit) bool {
	keys := []string{c.Element}
	for _, list := range [...][]bpmn.Change{c.OurChanges, c.TheirChanges} {
		for _, change := range list {
			keys = append(keys, change.Element)
		}
	}
	for _, key := range keys {
		for _, id := range e.about {
			if key == id || strings.HasPrefix(key, "#di("+id+")") {
				return true
			}
		}
	}
	return false
}

// untold returns the edits that a side still shows and that the merge neither
// shows nor speaks of. An edit that a later one of the same side took back, or
// that only leads back to the base, is not the merge's to keep.
func untold(base, side *xmlDoc, edits []edit, merged *xmlDoc, conflicts []bpmn.Conflict) []edit {
	var lost []edit
next:
	for _, e := range edits {
		if !e.holds(side) || e.holds(base) || e.holds(merged) {
			continue
		}
		for _, c := range conflicts {
			if mentions(c, e) {
				continue next
			}
		}
		lost = append(lost, e)
	}
	return lost
}

// oracle merges two edited versions and fails when an edit is lost.
func oracle(t *testing.T, name string, base, ours, theirs *xmlDoc, mine, yours []edit) *bpmn.Result {
	t.Helper()
	a, b, c := lenientText(t, base), lenientText(t, ours), lenientText(t, theirs)
	r, err := bpmn.Merge(a, b, c)
	if err != nil {
		t.Fatalf("%s: %v\nours %v\ntheirs %v", name, err, mine, yours)
	}
	merged := parseXML(string(r.Document.Encode()))
	for side, lost := range map[string][]edit{
		"ours": untold(base, ours, mine, merged, r.Conflicts), "theirs": untold(base, theirs, yours, merged, r.Conflicts),
	} {
		for _, e := range lost {
			t.Errorf("%s: lost of %s: %v\nours %v\ntheirs %v\nconflicts %v", name, side, e, mine, yours, kinds(r))
		}
	}
	for _, f := range newFaults(b, c, r.Document) {
		t.Errorf("%s: the merge has what no parent has: %+v\nours %v\ntheirs %v\nconflicts %v", name, f, mine, yours, kinds(r))
	}
	return r
}

func lenientText(t *testing.T, d *xmlDoc) *bpmn.Document {
	t.Helper()
	doc, err := bpmn.DecodeTextLenient(d.String())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// newFaults returns the findings of a merge that neither parent has. What a rule
// of modelling says is only a warning of the merge and not looked at here.
func newFaults(ours, theirs, merged *bpmn.Document) []bpmn.Finding {
	known := make(map[string]bool)
	for _, d := range [...]*bpmn.Document{ours, theirs} {
		for _, f := range d.Check() {
			known[f.Code+" "+f.ElementID] = true
		}
	}
	var fresh []bpmn.Finding
	for _, f := range merged.Check() {
		switch f.Code {
		case bpmn.FlowNotAllowed, bpmn.MessageFlowInPool, bpmn.LinkUnpaired, bpmn.NoDiagram, bpmn.FlowAcrossScopes, bpmn.DISparse:
			continue
		}
		if !known[f.Code+" "+f.ElementID] {
			fresh = append(fresh, f)
		}
	}
	return fresh
}

// TestNoEditIsLost merges generated pairs of edits of all kinds, half of them on
// elements that have to do with each other.
func TestNoEditIsLost(t *testing.T) {
	related, told := 0, 0
	for seed := range pairCount() {
		pick := seeded(uint64(seed) + 1<<40)
		base := parseXML(randomModel(pick, 4+seed%20))
		ours, theirs := base.clone(), base.clone()
		a, ok := randomEdit(pick, ours)
		if !ok {
			continue
		}
		b, ok := randomEdit(pick, theirs)
		for tries := 0; seed%2 == 0 && ok && !a.related(b) && tries < 20; tries++ {
			theirs = base.clone()
			b, ok = randomEdit(pick, theirs)
		}
		if !ok {
			continue
		}
		r := oracle(t, fmt.Sprintf("seed %d", seed), base, ours, theirs, []edit{a}, []edit{b})
		if a.related(b) {
			related++
			if len(r.Conflicts) > 0 {
				told++
			}
		}
		if a.layout && b.layout && len(hard(r)) > 0 {
			t.Errorf("seed %d: layout blocks: %v and %v: %v", seed, a, b, kinds(r))
		}
		if t.Failed() && !long() {
			t.FailNow()
		}
	}
	t.Logf("%d related pairs, %d with a conflict or a decision", related, told)
}

// TestNoEditOfManyIsLost merges sequences of 2 to 50 edits on each side.
func TestNoEditOfManyIsLost(t *testing.T) {
	for seed := range pairCount() / 20 {
		pick := seeded(uint64(seed) + 2<<40)
		base := parseXML(randomModel(pick, 10+seed%30))
		edited := func() (*xmlDoc, []edit) {
			d := base.clone()
			var edits []edit
			for range 2 + pick(49) {
				if e, ok := randomEdit(pick, d); ok {
					edits = append(edits, e)
				}
			}
			return d, edits
		}
		ours, mine := edited()
		theirs, yours := edited()
		oracle(t, fmt.Sprintf("seed %d", seed), base, ours, theirs, mine, yours)
		if t.Failed() && !long() {
			t.FailNow()
		}
	}
}

// TestNoEditOfRealFilesIsLost makes the edits on the files of the corpus.
func TestNoEditOfRealFilesIsLost(t *testing.T) {
	merged := 0
	for i, file := range corpus(t) {
		if !long() && i%sample() != 0 {
			continue
		}
		if _, err := bpmn.Decode(file.src); err != nil {
			continue
		}
		pick := seeded(uint64(i) + 3<<40)
		base := newXML(t, file.src)
		ours, theirs := base.clone(), base.clone()
		a, ok := randomEdit(pick, ours)
		b, also := randomEdit(pick, theirs)
		if ok && also {
			oracle(t, file.name, base, ours, theirs, []edit{a}, []edit{b})
			merged++
		}
	}
	if merged < 10 {
		t.Errorf("only %d files merged", merged)
	}
	t.Logf("%d files", merged)
}

// TestSilentRewriteOfOneSide lets another tool rewrite theirs in its own style:
// the merge is the same as without.
func TestSilentRewriteOfOneSide(t *testing.T) {
	for seed := range max(40, pairCount()/20) {
		pick := seeded(uint64(seed) + 4<<40)
		base := parseXML(randomModel(pick, 6+seed%20))
		ours, theirs := base.clone(), base.clone()
		a, ok := randomEdit(pick, ours)
		b, also := randomEdit(pick, theirs)
		if !ok || !also {
			continue
		}
		rewritten := theirs.clone()
		silent := silentKinds()[seed%len(silentKinds())]
		silent.apply(pick, rewritten)
		plain, err := bpmn.Merge(lenientText(t, base), lenientText(t, ours), lenientText(t, theirs))
		if err != nil {
			t.Fatal(err)
		}
		r := oracle(t, fmt.Sprintf("seed %d, %s", seed, silent.name), base, ours, rewritten, []edit{a}, []edit{b})
		if rest := bpmn.Diff(plain.Document, r.Document); len(rest) > 0 {
			t.Errorf("seed %d, %s: %s\nours %v\ntheirs %v", seed, silent.name, rest[0], a, b)
		}
		if rest := bpmn.Diff(lenientText(t, theirs), lenientText(t, rewritten)); len(rest) > 0 {
			t.Errorf("seed %d, %s is not silent: %s", seed, silent.name, rest[0])
		}
	}
}

// TestTheOracleSeesALoss hands the oracle a merge that dropped one side.
func TestTheOracleSeesALoss(t *testing.T) {
	for seed := range uint64(50) {
		pick := seeded(seed + 5<<40)
		base := parseXML(randomModel(pick, 10))
		ours, theirs := base.clone(), base.clone()
		a, _ := randomEdit(pick, ours)
		b, _ := randomEdit(pick, theirs)
		if a.related(b) {
			continue
		}
		if lost := untold(base, theirs, []edit{b}, ours, nil); len(lost) != 1 {
			t.Errorf("seed %d: the loss of %v is not seen", seed, b)
		}
		if lost := untold(base, ours, []edit{a}, ours, nil); len(lost) != 0 {
			t.Errorf("seed %d: %v is not lost", seed, a)
		}
	}
}
