package bpmn_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"laneway/bpmn"
)

// failer is what a check needs of a test, so that it also serves properties,
// whose T is no testing.TB.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// check holds a property against n drawn cases. A case that fails is made smaller
// before it is shown: a smaller model, fewer edits.
func check(t *testing.T, n int, property func(*rapid.T)) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	given := false // on the command line: that counts
	flag.Visit(func(f *flag.Flag) { given = given || f == checks })
	if !given {
		defer func() {
			if err := checks.Value.Set(before); err != nil {
				t.Fatal(err)
			}
		}()
		if err := checks.Value.Set(strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, property)
}

// A property skips a case that has nothing to say; rapid draws another one, and fails where too many are skipped.

// drawEdits makes up to most edits on a copy of the model. What an edit does hangs
// on its own seed only as far as the model allows, so that those before it can be
// left out; side keeps the ids apart that two people make.
func drawEdits(t *rapid.T, base *xmlDoc, side string, most int) (*xmlDoc, []edit) {
	d := base.clone()
	var list []edit
	mark := uint64(len(side)) << 60
	for i, seed := range rapid.SliceOfN(rapid.Uint64Range(0, 1<<40), 1, most).Draw(t, side) {
		if e, ok := randomEdit(seeded(seed<<8^uint64(i)^mark), d); ok {
			list = append(list, e)
		}
	}
	return d, list
}

// drawSides draws a model of up to 40 nodes and what two people make of it.
func drawSides(t *rapid.T, most int) (sides, bool) {
	src := randomModel(seeded(rapid.Uint64Range(0, 1<<40).Draw(t, "model")), rapid.IntRange(3, 40).Draw(t, "size"))
	base := newXML(t, []byte(src))
	s := sides{base: decode(t, src)}
	mine, list := drawEdits(t, base, "ours", most)
	s.ours, s.mine = decode(t, mine.String()), list
	yours, list := drawEdits(t, base, "theirs", most)
	s.theirs, s.yours = decode(t, yours.String()), list
	return s, len(s.mine) > 0 && len(s.yours) > 0
}

// TestPropertyOfOneEditEach: all laws of a merge, for one edit on each side.
func TestPropertyOfOneEditEach(t *testing.T) {
	check(t, max(60, pairCount()/10), func(t *rapid.T) {
		s, ok := drawSides(t, 1)
		if !ok {
			t.Skip("no edit fits")
		}
		if r := checkMerge(t, s); r != nil {
			laws(t, s, r)
		}
	})
}

// TestPropertyOfSequences: random sequences of 1 to 50 edits of all kinds on each
// side. Diff leads from one to the other and back, nothing is lost, a choice for
// each question settles them all.
func TestPropertyOfSequences(t *testing.T) {
	questions := 0
	check(t, max(12, pairCount()/50), func(t *rapid.T) {
		s, ok := drawSides(t, 50)
		if !ok {
			t.Skip("no edit fits")
		}
		r := checkMerge(t, s)
		if r == nil {
			return
		}
		leads(t, describeSides(s), s.base, s.theirs)
		leads(t, describeSides(s), s.ours, s.theirs)
		same(t, "merge(b,b,x) is x", mustMerge(t, s.base, s.base, s.theirs), s.theirs, s)
		same(t, "merge(b,x,x) is x", mustMerge(t, s.base, s.ours, s.ours), s.ours, s)
		questions += len(hard(r))
		decided := make(map[string]bpmn.Choice)
		for rounds := 0; len(hard(r)) > 0; rounds++ {
			if rounds > 8 {
				t.Fatalf("asked without end: %v\n%s", kinds(r), describeSides(s))
			}
			for _, c := range hard(r) {
				options := make([]string, 0, len(c.Options))
				for _, o := range c.Options {
					options = append(options, string(o.Choice))
				}
				slices.Sort(options)
				decided[c.ID] = bpmn.Choice(rapid.SampledFrom(options).Draw(t, fmt.Sprint("choice of ", c.ID)))
			}
			var err error
			if r, err = bpmn.Resolve(s.base, s.ours, s.theirs, decided); err != nil {
				t.Fatalf("%v\n%s", err, describeSides(s))
			}
		}
		if _, err := bpmn.Decode(r.Document.Encode()); err != nil {
			t.Fatalf("what was decided does not pass the gate: %v\n%s", err, describeSides(s))
		}
	})
	t.Logf("%d questions", questions)
}
