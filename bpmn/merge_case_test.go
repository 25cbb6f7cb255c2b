package bpmn_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"laneway/bpmn"
)

// TestMergeCases merges base, ours and theirs of each file below testdata/merge
// and compares with want and conflicts. A file is one case of one row of the
// table of what a merge covers; the row is the first word of its name. A file with
// choices, a line for each conflict, also has what comes of them in decided.bpmn.
func TestMergeCases(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("testdata", "merge", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[string]int)
	for _, name := range names {
		row, _, _ := strings.Cut(filepath.Base(name), "-")
		rows[row]++
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) { mergeCase(t, name) })
	}
	for _, row := range strings.Fields("attributes text derived flows references containment lanes types addadd roots extensions " +
		"participants bounds edges extras planes bulk overlap order document") {
		if rows[row] < 3 {
			t.Errorf("%s: %d cases, want three", row, rows[row])
		}
	}
}

func mergeCase(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	part := func(want string) string {
		for _, f := range archive.Files {
			if f.Name == want {
				return string(f.Data)
			}
		}
		return ""
	}
	base, ours, theirs := decode(t, part("base.bpmn")), decode(t, part("ours.bpmn")), decode(t, part("theirs.bpmn"))
	r, err := bpmn.Merge(base, ours, theirs)
	if err != nil {
		t.Fatal(err)
	}
	merged, conflicts := string(r.Document.Encode()), conflictLines(r)
	given, decided := part("choices"), ""
	if given != "" {
		settled, err := bpmn.Resolve(base, ours, theirs, choicesFrom(t, given))
		if err != nil {
			t.Fatal(err)
		}
		decided = string(settled.Document.Encode())
	}
	if *update {
		archive.Files = append(archive.Files[:3], txtar.File{Name: "want.bpmn", Data: []byte(merged)}, txtar.File{Name: "conflicts", Data: []byte(conflicts)})
		if given != "" {
			archive.Files = append(archive.Files, txtar.File{Name: "choices", Data: []byte(given)}, txtar.File{Name: "decided.bpmn", Data: []byte(decided)})
		}
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	} else {
		if diff := cmp.Diff(part("want.bpmn"), merged); diff != "" {
			t.Errorf("merge: %s", diff)
		}
		if diff := cmp.Diff(part("conflicts"), conflicts); diff != "" {
			t.Errorf("conflicts: %s", diff)
		}
		if diff := cmp.Diff(part("decided.bpmn"), decided); diff != "" {
			t.Errorf("decided: %s", diff)
		}
	}
	if _, err := bpmn.Decode(r.Document.Encode()); err != nil {
		t.Errorf("the merge does not pass the gate: %v", err)
	}
	s := sides{base: base, ours: ours, theirs: theirs}
	noSilentLoss(t, s, r)
	laws(t, s, r)
	choices(t, s, r)
	softChoices(t, s, r)
}

func choicesFrom(t *testing.T, lines string) map[string]bpmn.Choice {
	t.Helper()
	given := make(map[string]bpmn.Choice)
	for line := range strings.Lines(lines) {
		id, choice, found := strings.Cut(strings.TrimSpace(line), " ")
		if !found {
			t.Fatalf("%q is no conflict with a choice", line)
		}
		given[id] = bpmn.Choice(choice)
	}
	return given
}

func conflictLines(r *bpmn.Result) string {
	var b strings.Builder
	for _, c := range r.Conflicts {
		fmt.Fprintf(&b, "%s %s %s", c.Class, c.Kind, c.ID)
		for _, v := range []struct {
			name  string
			value *string
		}{{"base", c.Base}, {"ours", c.Ours}, {"theirs", c.Theirs}} {
			if v.value != nil {
				fmt.Fprintf(&b, " %s=%q", v.name, *v.value)
			}
		}
		if c.Chosen != "" {
			fmt.Fprintf(&b, " -> %s", c.Chosen)
		}
		b.WriteByte('\n')
		for _, o := range c.Options {
			fmt.Fprintf(&b, "  %s: %s\n", o.Choice, o.Effect)
		}
	}
	for _, f := range r.Warnings {
		fmt.Fprintf(&b, "warning %s %s: %s\n", f.Code, f.ElementID, f.Detail)
	}
	return b.String()
}

// choices takes every option of every hard conflict: each settles it, and the
// result passes the gate.
func choices(t *testing.T, s sides, r *bpmn.Result) {
	t.Helper()
	for _, c := range hard(r) {
		for _, option := range c.Options {
			settled, err := bpmn.Resolve(s.base, s.ours, s.theirs, map[string]bpmn.Choice{c.ID: option.Choice})
			if err != nil {
				t.Errorf("%s with %s: %v", c.ID, option.Choice, err)
				continue
			}
			// What hangs on a question may be settled with it.
			if len(settled.Resolved) != 1 || len(hard(settled)) > len(hard(r))-1 {
				t.Errorf("%s with %s: settled %d, left %v", c.ID, option.Choice, len(settled.Resolved), kinds(settled))
			}
			if _, err := bpmn.Decode(settled.Document.Encode()); err != nil {
				t.Errorf("%s with %s: %v", c.ID, option.Choice, err)
			}
			if option.Choice == bpmn.TakeTheirs && len(hard(r)) == 1 && len(r.Conflicts) == 1 {
				// With theirs everywhere nothing of theirs is left to do.
				for _, left := range bpmn.Diff(settled.Document, s.theirs) {
					for _, did := range bpmn.Diff(s.base, s.theirs) {
						if left.Op == did.Op && left.Element == did.Element && left.Path == did.Path {
							t.Errorf("%s with theirs: %s is left", c.ID, left)
						}
					}
				}
			}
		}
	}
}
