package bpmn_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"laneway/bpmn"
)

// pairCount is how many generated pairs a run tries: LANEWAY_TEST_LONG=1 asks
// for the hundred thousand of the bar, LANEWAY_TEST_PAIRS for any number.
func pairCount() int {
	if n, err := strconv.Atoi(os.Getenv("LANEWAY_TEST_PAIRS")); err == nil {
		return n
	}
	switch {
	case long():
		return 100_000
	case raceEnabled:
		return 50
	}
	return 1000
}

// firstSeed is where the law tests start: LANEWAY_TEST_FIRST repeats one seed or
// goes on behind a long run.
func firstSeed() int {
	n, err := strconv.Atoi(os.Getenv("LANEWAY_TEST_FIRST"))
	if err != nil {
		return 0
	}
	return n
}

// sample is of how many corpus pairs a run takes one, unless it is a long one.
func sample() int {
	if raceEnabled {
		return 30
	}
	return 2
}

// sides is a generated base with one or more edits on each side.
type sides struct {
	base, ours, theirs *bpmn.Document
	mine, yours        []edit
	name               string // of a pair that is not generated
}

// diverge makes a model and n edits on each side.
func diverge(t testing.TB, pick picker, size, n int) (sides, bool) {
	t.Helper()
	src := randomModel(pick, size)
	base := newXML(t, []byte(src))
	var s sides
	s.base = decode(t, src)
	edited := func() (*bpmn.Document, []edit) {
		d := base.clone()
		var list []edit
		for range n {
			e, ok := randomEdit(pick, d)
			if !ok {
				break
			}
			list = append(list, e)
		}
		return decode(t, d.String()), list
	}
	s.ours, s.mine = edited()
	s.theirs, s.yours = edited()
	return s, len(s.mine) > 0 && len(s.yours) > 0
}

func hard(r *bpmn.Result) []bpmn.Conflict {
	return slices.DeleteFunc(slices.Clone(r.Conflicts), func(c bpmn.Conflict) bool { return c.Class != bpmn.Hard })
}

func describeSides(s sides) string {
	if s.name != "" {
		return s.name
	}
	return fmt.Sprintf("ours %v\ntheirs %v", s.mine, s.yours)
}

// checkMerge holds one merge against the laws that hold for every merge.
func checkMerge(t failer, s sides) *bpmn.Result {
	t.Helper()
	r, err := bpmn.Merge(s.base, s.ours, s.theirs)
	if err != nil {
		t.Errorf("%v\n%s", err, describeSides(s))
		return nil
	}
	if _, err := bpmn.Decode(r.Document.Encode()); err != nil {
		t.Errorf("the merge does not pass the gate: %v\n%s", err, describeSides(s))
	}
	noSilentLoss(t, s, r)
	return r
}

// noSilentLoss checks that each change of either side is in the result or told.
func noSilentLoss(t failer, s sides, r *bpmn.Result) {
	t.Helper()
	told := make(map[string]bool)
	for _, c := range r.Conflicts {
		for _, list := range [...][]bpmn.Change{c.OurChanges, c.TheirChanges} {
			for _, change := range list {
				told[change.Element+" "+change.Path] = true
			}
		}
		told[c.Element+" "+c.Path] = true
	}
	for name, from := range map[string]*bpmn.Document{"ours": s.ours, "theirs": s.theirs} {
		// What is left to do from the merge to the side, limited to what the side did.
		left := make(map[string]bpmn.Change)
		for _, c := range bpmn.Diff(r.Document, from) {
			left[string(c.Op)+" "+c.Element+" "+c.Path] = c
		}
		for _, did := range bpmn.Diff(s.base, from) {
			if s.name != "" && (strings.HasPrefix(did.Element, "#plane(") || strings.HasPrefix(did.Element, "#diagram(")) {
				// Of several diagrams of processes and collaborations the main one
				// may be another in the merge than in its parents: keys do not compare.
				continue
			}
			if c, missing := left[string(did.Op)+" "+did.Element+" "+did.Path]; missing && !told[did.Element+" "+did.Path] && !told[did.Element+" "] {
				t.Errorf("%s lost: %s\nis left: %s\nconflicts: %v\n%s", name, did, c, kinds(r), describeSides(s))
			}
		}
	}
}

func kinds(r *bpmn.Result) []string {
	var list []string
	for _, c := range r.Conflicts {
		list = append(list, string(c.Class)+" "+c.Kind+" "+c.ID)
	}
	return list
}

func same(t failer, what string, a, b *bpmn.Document, s sides) {
	t.Helper()
	if rest := bpmn.Diff(a, b); len(rest) > 0 {
		t.Errorf("%s: %d differences, first %s\n%s", what, len(rest), rest[0], describeSides(s))
	}
}

func TestMergeOfSingleEdits(t *testing.T) {
	apart, silent, together, reported := 0, 0, 0, 0
	questions := make(map[string]int)
	for seed := firstSeed(); seed < firstSeed()+pairCount(); seed++ {
		pick := seeded(uint64(seed))
		s, ok := diverge(t, pick, 8+seed%25, 1)
		if !ok {
			continue
		}
		r := checkMerge(t, s)
		if r == nil {
			t.Fatalf("seed %d", seed)
		}
		a, b := s.mine[0], s.yours[0]
		switch {
		case !a.related(b):
			apart++
			if len(hard(r)) == 0 {
				silent++
				if !a.holds(newXML(t, r.Document.Encode())) || !b.holds(newXML(t, r.Document.Encode())) {
					t.Errorf("seed %d: an edit is not in the merge, %v\n%s", seed, kinds(r), describeSides(s))
				}
			} else {
				questions[a.kind+" | "+b.kind+" | "+fmt.Sprint(kinds(r))]++
			}
		case a.element == b.element && a.field == b.field && a.after != b.after:
			together++
			if len(r.Conflicts) > 0 {
				reported++
			} else {
				t.Errorf("seed %d: one field, two values, nothing reported\n%s", seed, describeSides(s))
			}
		}
		if seed%4 == 0 {
			laws(t, s, r)
		}
		if t.Failed() && !long() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d pairs apart, %d merged with no question; %d on one field, %d reported", apart, silent, together, reported)
	if silent*100 < apart*99 {
		t.Errorf("only %d of %d pairs on different elements merge with no question: %v", silent, apart, questions)
	}
}

func laws(t failer, s sides, r *bpmn.Result) {
	t.Helper()
	merged := func(a, b, c *bpmn.Document) *bpmn.Document {
		t.Helper()
		r, err := bpmn.Merge(a, b, c)
		if err != nil {
			t.Errorf("%v\n%s", err, describeSides(s))
			return b
		}
		return r.Document
	}
	leads(t, describeSides(s), s.base, s.ours)
	same(t, "merge(b,b,x) is x", merged(s.base, s.base, s.theirs), s.theirs, s)
	if !bytes.Equal(merged(s.base, s.ours, s.base).Encode(), s.ours.Encode()) {
		t.Errorf("merge(b,x,b) is not x\n%s", describeSides(s))
	}
	same(t, "merge(b,x,x) is x", merged(s.base, s.ours, s.ours), s.ours, s)
	if back, err := bpmn.Merge(s.base, s.theirs, s.ours); err != nil {
		t.Errorf("%v\n%s", err, describeSides(s))
	} else if (len(hard(r)) == 0) != (len(hard(back)) == 0) {
		t.Errorf("a question one way only: %v and %v\n%s", kinds(r), kinds(back), describeSides(s))
	} else if len(hard(r)) == 0 && !slices.ContainsFunc(r.Conflicts, func(c bpmn.Conflict) bool { return c.Kind == bpmn.AddAdd || c.Kind == bpmn.United }) {
		same(t, "symmetric", r.Document, back.Document, s)
	}
	if len(hard(r)) == 0 {
		same(t, "idempotent", merged(s.theirs, r.Document, s.theirs), r.Document, s)
		same(t, "merging again", merged(s.base, r.Document, s.theirs), r.Document, s)
	}
}

// TestLawsOfRelatedEdits holds pairs of edits to the laws that have to do with
// each other, which chance alone seldom brings together.
func TestLawsOfRelatedEdits(t *testing.T) {
	tried := 0
	for seed := firstSeed(); seed < firstSeed()+max(25, pairCount()/4); seed++ {
		pick := seeded(uint64(seed) + 7<<40)
		s, ok := diverge(t, pick, 6+seed%16, 1)
		for tries := 0; ok && !s.mine[0].related(s.yours[0]) && tries < 30; tries++ {
			d := newXML(t, s.base.Encode())
			e, made := randomEdit(pick, d)
			ok = made
			s.theirs, s.yours = decode(t, d.String()), []edit{e}
		}
		if !ok || !s.mine[0].related(s.yours[0]) {
			continue
		}
		r := checkMerge(t, s)
		if r == nil {
			t.Fatalf("seed %d", seed)
		}
		laws(t, s, r)
		tried++
		if t.Failed() && !long() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d related pairs", tried)
}

func mustMerge(t failer, a, b, c *bpmn.Document) *bpmn.Document {
	t.Helper()
	r, err := bpmn.Merge(a, b, c)
	if err != nil {
		t.Fatal(err)
	}
	return r.Document
}

// TestHostileTrios merges the documents of the hostile set that belong together.
func TestHostileTrios(t *testing.T) {
	dir := material(t, "LANEWAY_HOSTILE_XML", "hostile-xml")
	open := func(number string) *bpmn.Document {
		names, err := filepath.Glob(filepath.Join(dir, number+"-*.bpmn"))
		if err != nil || len(names) != 1 {
			t.Fatalf("%s: %v %v", number, names, err)
		}
		src, err := os.ReadFile(names[0])
		if err != nil {
			t.Fatal(err)
		}
		doc, err := bpmn.Decode(src)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	for _, trio := range [][4]string{
		{"230", "231", "232", bpmn.MoveCycle}, {"233", "234", "235", bpmn.AddAdd}, {"230", "236", "237", bpmn.EditDelete}, {"230", "237", "236", bpmn.DeleteEdit},
	} {
		r, err := bpmn.Merge(open(trio[0]), open(trio[1]), open(trio[2]))
		if err != nil {
			t.Errorf("%v: %v", trio, err)
			continue
		}
		if got := kinds(r); !strings.Contains(fmt.Sprint(got), " "+trio[3]+" ") {
			t.Errorf("%v: conflicts %v", trio, got)
		}
		noSilentLoss(t, sides{base: open(trio[0]), ours: open(trio[1]), theirs: open(trio[2]), name: trio[1]}, r)
	}
}

// TestNaturalTriples merges two tools' round trips of each reference model: real
// serialisation noise of real tools.
func TestNaturalTriples(t *testing.T) {
	byModel := make(map[*bpmn.Document][]pair)
	var order []*bpmn.Document
	for _, p := range naturalPairs(t) {
		if strings.Contains(p.name, "roundtrip") {
			if byModel[p.a] == nil {
				order = append(order, p.a)
			}
			byModel[p.a] = append(byModel[p.a], p)
		}
	}
	triples, conflicts := 0, 0
	for _, reference := range order {
		list := byModel[reference]
		for i := range list {
			j := (i + 1) % len(list)
			if i == j || !long() && i%sample() != 0 {
				continue
			}
			r, err := bpmn.Merge(reference, list[i].b, list[j].b)
			if err != nil {
				t.Errorf("%s with %s: %v", list[i].name, list[j].name, err)
				continue
			}
			triples++
			conflicts += len(hard(r))
			if _, err := bpmn.Decode(r.Document.Encode()); err != nil {
				t.Errorf("%s with %s: %v", list[i].name, list[j].name, err)
			}
			known := make(map[string]bool)
			for _, d := range [...]*bpmn.Document{list[i].b, list[j].b} {
				for _, f := range d.Check() {
					known[f.Code+" "+f.ElementID] = true
				}
			}
			for _, f := range r.Document.Check() {
				if (f.Code == bpmn.UnresolvedReference || f.Code == bpmn.DuplicateDI || f.Code == bpmn.CyclicReference) && !known[f.Code+" "+f.ElementID] {
					t.Errorf("%s with %s: new %s of %s: %s", list[i].name, list[j].name, f.Code, f.ElementID, f.Detail)
				}
			}
			noSilentLoss(t, sides{base: reference, ours: list[i].b, theirs: list[j].b, name: list[i].name + " with " + list[j].name}, r)
		}
	}
	t.Logf("%d triples, %d questions", triples, conflicts)
}
