package bpmn_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"laneway/bpmn"
)

func soft(r *bpmn.Result) []bpmn.Conflict {
	return slices.DeleteFunc(slices.Clone(r.Conflicts), func(c bpmn.Conflict) bool { return c.Class != bpmn.Soft })
}

// softChoices takes every option of every soft conflict. Each is followed, does
// what it says, asks nothing and passes the gate; taking what the rule took
// changes nothing but what follows it.
func softChoices(t testing.TB, s sides, r *bpmn.Result) int {
	t.Helper()
	tried := 0
	for _, c := range soft(r) {
		if c.Chosen == "" {
			t.Errorf("%s: decided by nobody\n%s", c.ID, describeSides(s))
		}
		if len(c.Options) == 1 {
			t.Errorf("%s: one option is none\n%s", c.ID, describeSides(s))
		}
		if len(c.Options) > 1 && !slices.ContainsFunc(c.Options, func(o bpmn.Option) bool { return o.Choice == c.Chosen }) {
			t.Errorf("%s: what the rule took, %s, is not offered\n%s", c.ID, c.Chosen, describeSides(s))
		}
		for _, option := range c.Options {
			tried++
			settled, err := bpmn.Resolve(s.base, s.ours, s.theirs, map[string]bpmn.Choice{c.ID: option.Choice})
			if err != nil {
				t.Errorf("%s with %s: %v\n%s", c.ID, option.Choice, err, describeSides(s))
				continue
			}
			if _, err := bpmn.Decode(settled.Document.Encode()); err != nil {
				t.Errorf("%s with %s: %v\n%s", c.ID, option.Choice, err, describeSides(s))
			}
			if len(hard(settled)) > len(hard(r)) {
				t.Errorf("%s with %s asks more: %v\n%s", c.ID, option.Choice, kinds(settled), describeSides(s))
			}
			i := slices.IndexFunc(settled.Conflicts, func(now bpmn.Conflict) bool { return now.ID == c.ID })
			if i < 0 || settled.Conflicts[i].Chosen != option.Choice {
				t.Errorf("%s with %s is not followed: %v\n%s", c.ID, option.Choice, kinds(settled), describeSides(s))
				continue
			}
			if option.Choice == c.Chosen {
				// A place that somebody has chosen leads the edges that end there.
				for _, other := range bpmn.Diff(r.Document, settled.Document) {
					if c.Path != "#position" || other.Path != "#waypoints" && other.Path != "BPMNLabel#position" {
						t.Errorf("%s with %s, as the rule has it, does %s\n%s", c.ID, option.Choice, other, describeSides(s))
					}
				}
				if c.Path != "#position" && !bytes.Equal(settled.Document.Encode(), r.Document.Encode()) {
					t.Errorf("%s with %s, as the rule has it, makes another text\n%s", c.ID, option.Choice, describeSides(s))
				}
				continue
			}
			from := map[bpmn.Choice]*bpmn.Document{bpmn.TakeOurs: s.ours, bpmn.TakeTheirs: s.theirs, bpmn.TakeBase: s.base}[option.Choice]
			if from == nil || c.Path == "" || c.Path == "#waypoints" && fitted(settled, c) || c.Path == "#position" && fitted(settled, c) {
				continue
			}
			for _, left := range bpmn.Diff(settled.Document, from) {
				if left.Op == bpmn.OpSet && left.Element == c.Element && left.Path == c.Path {
					t.Errorf("%s with %s: %s is left\n%s", c.ID, option.Choice, left, describeSides(s))
				}
			}
		}
	}
	return tried
}

// fitted reports whether the field was fitted to the rest by rule.
func fitted(r *bpmn.Result, c bpmn.Conflict) bool {
	return slices.ContainsFunc(r.Conflicts, func(other bpmn.Conflict) bool {
		return other.ID == c.Element+"!adapted" && other.Chosen == bpmn.TakeBoth
	})
}

// TestSoftChoices decides soft conflicts of generated pairs, one by one and all at
// once: whatever is chosen, no document breaks and no new question comes up.
func TestSoftChoices(t *testing.T) {
	tried, conflicts := 0, 0
	for seed := firstSeed(); seed < firstSeed()+max(40, pairCount()/8); seed++ {
		pick := seeded(uint64(seed) + 11<<40)
		s, ok := diverge(t, pick, 8+seed%20, 1+rand.New(rand.NewPCG(uint64(seed), 3)).IntN(60))
		if !ok {
			continue
		}
		r, err := bpmn.Merge(s.base, s.ours, s.theirs)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		conflicts += len(soft(r))
		tried += softChoices(t, s, r)
		for _, choice := range [...]bpmn.Choice{bpmn.TakeOurs, bpmn.TakeTheirs, bpmn.TakeBase} {
			all := make(map[string]bpmn.Choice)
			for _, c := range soft(r) {
				all[c.ID] = choice
			}
			settled, err := bpmn.Resolve(s.base, s.ours, s.theirs, all)
			if err != nil {
				t.Errorf("seed %d, all %s: %v", seed, choice, err)
				continue
			}
			if _, err := bpmn.Decode(settled.Document.Encode()); err != nil {
				t.Errorf("seed %d, all %s: %v", seed, choice, err)
			}
			if len(hard(settled)) > len(hard(r)) {
				t.Errorf("seed %d, all %s asks more: %v, before %v", seed, choice, kinds(settled), kinds(r))
			}
		}
		if t.Failed() && !long() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d soft conflicts, %d choices", conflicts, tried)
	if tried < 30 {
		t.Errorf("only %d choices were tried", tried)
	}
}

// TestManyRemovals: somebody removes what somebody else laid out anew. Up to a number each removal
// can be taken back; beyond it the removals stand, and are told all the same.
func TestManyRemovals(t *testing.T) {
	drawing := func(n, by int) *bpmn.Document {
		var nodes, shapes strings.Builder
		for i := range n {
			fmt.Fprintf(&nodes, `<task id="T%d"/>`, i)
			fmt.Fprintf(&shapes, `<bpmndi:BPMNShape id="T%d_di" bpmnElement="T%d"><dc:Bounds x="%d" y="%d" width="100" height="80"/></bpmndi:BPMNShape>`, i, i, 150*(i%20), 120*(i/20)+by)
		}
		return decode(t, `<definitions id="D" targetNamespace="urn:x" xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC">`+
			`<process id="P" isExecutable="false"><startEvent id="S"/>`+nodes.String()+`</process><bpmndi:BPMNDiagram id="B"><bpmndi:BPMNPlane id="L" bpmnElement="P">`+shapes.String()+`</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>`)
	}
	for n, options := range map[int]int{200: 3, 201: 0} {
		base, empty, moved := drawing(n, 0), drawing(0, 0), drawing(n, 500)
		for _, sides := range [...][2]*bpmn.Document{{empty, moved}, {moved, empty}} {
			r, err := bpmn.Merge(base, sides[0], sides[1])
			if err != nil {
				t.Fatal(err)
			}
			if !r.Clean() || len(r.Conflicts) != n || len(bpmn.Diff(r.Document, empty)) != 0 {
				t.Fatalf("%d removed: %d conflicts, clean %v", n, len(r.Conflicts), r.Clean())
			}
			for _, c := range r.Conflicts {
				if len(c.Options) != options {
					t.Fatalf("%d removed: %s has options %v", n, c.ID, c.Options)
				}
			}
		}
	}
}
