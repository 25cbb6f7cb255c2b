package bpmn_test

import (
	"math/rand/v2"
	"os"
	"testing"

	"laneway/bpmn"
)

// long reports whether the proofs run in full, which takes minutes.
func long() bool { return os.Getenv("LANEWAY_TEST_LONG") == "1" }

func seeded(seed uint64) picker {
	r := rand.New(rand.NewPCG(seed, 7))
	return r.IntN
}

// TestGeneratedModelsAreClean checks the generator: models without a finding.
func TestGeneratedModelsAreClean(t *testing.T) {
	for seed := range uint64(100) {
		src := randomModel(seeded(seed), 1+int(seed)%40)
		doc, err := bpmn.DecodeText(src)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, src)
		}
		if found := doc.Check(); len(found) > 0 {
			t.Fatalf("seed %d: %+v\n%s", seed, found, src)
		}
		if again := parseXML(src).String(); len(again) == 0 || parseXML(again).String() != again {
			t.Fatalf("seed %d: the tests' own tree is not stable", seed)
		}
	}
}

// TestEditsDoWhatTheySay makes every kind of edit on generated models: it must
// apply somewhere, show in its result and only there, and pass the strict gate.
func TestEditsDoWhatTheySay(t *testing.T) {
	for _, kind := range editKinds() {
		t.Run(kind.name, func(t *testing.T) {
			applied := 0
			for seed := range uint64(40) {
				pick := seeded(seed)
				base := parseXML(randomModel(pick, 12))
				edited := base.clone()
				e, ok := kind.apply(pick, edited)
				if !ok {
					continue
				}
				applied++
				e.kind = kind.name
				text := edited.String()
				if e.holds(base) {
					t.Fatalf("seed %d: %v stood so before", seed, e)
				}
				if !e.holds(parseXML(text)) {
					t.Fatalf("seed %d: %v is not in its own result", seed, e)
				}
				doc, err := bpmn.DecodeText(text)
				if err != nil {
					t.Fatalf("seed %d: %v: %v", seed, e, err)
				}
				if found := doc.Check(); len(found) > 0 {
					t.Fatalf("seed %d: %v: %+v", seed, e, found)
				}
				if e.element == "" || len(e.about) == 0 {
					t.Fatalf("seed %d: %v says not what it is about", seed, e)
				}
			}
			if applied < 12 {
				t.Errorf("applied to %d of 40 models only", applied)
			}
		})
	}
}

// TestSilentRewritesKeepWhatIsSaid checks the rewrites against Lost, which looks
// at presence: nothing vanishes in either direction but for comments.
func TestSilentRewritesKeepWhatIsSaid(t *testing.T) {
	for _, kind := range silentKinds() {
		t.Run(kind.name, func(t *testing.T) {
			changed := 0
			for seed := range uint64(40) {
				pick := seeded(seed)
				base := parseXML(randomModel(pick, 12))
				rewritten := base.clone()
				kind.apply(pick, rewritten)
				if rewritten.String() != base.String() {
					changed++
				}
				a, b := decode(t, base.String()), decode(t, rewritten.String())
				if lost := bpmn.Lost(a, b); len(lost) > 0 {
					t.Fatalf("seed %d: %+v", seed, lost)
				}
				if found := b.Check(); len(found) > 0 {
					t.Fatalf("seed %d: %+v\n%s", seed, found, rewritten)
				}
			}
			if changed < 30 {
				t.Errorf("changed %d of 40 models only", changed)
			}
		})
	}
}
