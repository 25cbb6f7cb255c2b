package platform

import (
	"encoding/json"
	"fmt"
	"slices"

	"laneway"
	"laneway/bpmn"
)

// Undecided is the error of a save whose changes exclude changes of others, or of a decision that
// came too late. It unwraps to the *laneway.Error of the kind Conflict.
type Undecided struct {
	Problem *laneway.Error
	// DraftID is where the work is kept.
	DraftID laneway.ID
	// Conflicts are all of the merge, soft ones too. Ours is the person who saves.
	Conflicts []bpmn.Conflict
}

func (u *Undecided) Error() string { return u.Problem.Error() }

// Unwrap gives the problem.
func (u *Undecided) Unwrap() error { return u.Problem }

// unite puts what mine changed since baseline onto head. Conflicts and choices are told as the
// person who saves sees them: ours is theirs, theirs is what is stored. Without a baseline mine is
// meant as a whole, made from the version expected.
func unite(expected, head, baseline, mine *bpmn.Document, choices map[string]bpmn.Choice) (*bpmn.Result, error) {
	if baseline == nil {
		return bpmn.Resolve(expected, mine, head, choices)
	}
	turned := make(map[string]bpmn.Choice, len(choices))
	for id, choice := range choices {
		turned[id] = turn(choice)
	}
	result, err := bpmn.Rebase(expected, head, baseline, mine, turned)
	if err != nil {
		return nil, err
	}
	for _, list := range [...][]bpmn.Conflict{result.Conflicts, result.Resolved} {
		for i := range list {
			list[i] = turnConflict(list[i])
		}
	}
	return result, nil
}

// turn exchanges the sides of a choice.
func turn(c bpmn.Choice) bpmn.Choice {
	switch c {
	case bpmn.TakeOurs:
		return bpmn.TakeTheirs
	case bpmn.TakeTheirs:
		return bpmn.TakeOurs
	}
	return c
}

func turnConflict(c bpmn.Conflict) bpmn.Conflict {
	switch c.Kind {
	case bpmn.EditDelete:
		c.Kind = bpmn.DeleteEdit
	case bpmn.DeleteEdit:
		c.Kind = bpmn.EditDelete
	}
	c.Ours, c.Theirs = c.Theirs, c.Ours
	c.OurChanges, c.TheirChanges = c.TheirChanges, c.OurChanges
	c.Chosen = turn(c.Chosen)
	options := make([]bpmn.Option, len(c.Options))
	for i, o := range c.Options {
		options[i] = bpmn.Option{Choice: turn(o.Choice), Effect: o.Effect}
	}
	order := [...]bpmn.Choice{bpmn.TakeOurs, bpmn.TakeTheirs, bpmn.TakeBoth, bpmn.TakeBase}
	slices.SortStableFunc(options, func(a, b bpmn.Option) int {
		return slices.Index(order[:], a.Choice) - slices.Index(order[:], b.Choice)
	})
	c.Options = options
	return c
}

// passGate holds a merged document against the gate that every stored document passes: two
// documents within its limits can make one beyond them.
func passGate(d *bpmn.Document) error {
	if _, err := bpmn.Adopt(d.Bytes()); err != nil {
		return refused("bpmnXml", err)
	}
	return nil
}

// changesJSON gives changes as they are stored.
func changesJSON(changes []bpmn.Change) ([]byte, error) {
	if changes == nil {
		return []byte("[]"), nil
	}
	b, err := json.Marshal(changes)
	if err != nil {
		return nil, fmt.Errorf("encode changes: %w", err)
	}
	return b, nil
}

// warningsOf gives what is to be told about a merged document: its own findings, and what only the
// meeting of both sides' edits brought about.
func warningsOf(result *bpmn.Result) []laneway.Finding {
	found := result.Document.Check()
	for _, w := range result.Warnings {
		if !slices.ContainsFunc(found, func(f bpmn.Finding) bool { return f.Code == w.Code && f.ElementID == w.ElementID }) {
			found = append(found, w)
		}
	}
	return findings(found)
}

// Choices lists what can be chosen in a conflict.
func Choices() []string {
	return []string{string(bpmn.TakeOurs), string(bpmn.TakeTheirs), string(bpmn.TakeBoth), string(bpmn.TakeBase)}
}
