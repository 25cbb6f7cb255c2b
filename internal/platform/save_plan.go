package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"laneway"
	"laneway/bpmn"
	"laneway/internal/store"
)

// savePlan is what a save comes to on one version: what is stored, and what is answered.
type savePlan struct {
	save     store.DiagramSave
	document *bpmn.Document
	answer   *Stored
}

// plan works out what the work comes to when stored is version head. It gives *Undecided when that
// waits for a person.
func (w *work) plan(expected, stored *bpmn.Document, head int64) (*savePlan, error) {
	result := &bpmn.Result{Document: w.mine}
	stale := head != w.expected
	if stale || w.baseline != nil {
		var err error
		if result, err = unite(expected, stored, w.baseline, w.mine, w.decided); err != nil {
			return nil, fmt.Errorf("merge: %w", err)
		}
		if !result.Clean() {
			return nil, w.undecided(append(result.Resolved, result.Conflicts...), head)
		}
		if result.Document != stored && result.Document != w.mine {
			if err := passGate(result.Document); err != nil {
				return nil, err
			}
		}
	}
	plan := &savePlan{document: result.Document}
	var err error
	if stale {
		plan.answer, err = w.answer(expected, result.Document)
	} else {
		plan.answer = w.plainAnswer(result.Document)
	}
	if err != nil {
		return nil, err
	}
	plan.answer.Merged, plan.answer.Conflicts, plan.answer.Warnings = stale, result.Conflicts, warningsOf(result)
	changes := bpmn.Diff(stored, result.Document)
	list, err := changesJSON(changes)
	if err != nil {
		return nil, err
	}
	count := len(changes)
	plan.save = store.DiagramSave{
		ID: w.id, Expected: head, Base: w.expected, Title: w.title, ProjectID: w.project,
		Content: &store.Content{XML: result.Document.Bytes(), Warnings: plan.answer.Warnings},
		Sent:    w.sent, SentHash: w.hash, ChangeCount: &count, Changes: list,
	}
	switch {
	case !w.draft.IsZero():
		plan.save.Kind, plan.save.Draft = laneway.VersionResolved, w.draft
		plan.save.Resolution, err = json.Marshal(w.decided)
	case stale:
		plan.save.Kind = laneway.VersionMerged
	}
	return plan, err
}

// plainAnswer is the answer to a save that nothing was merged into. With a baseline the client's
// document and the stored one differ in what its editor does not know, which is none of its
// business; without one it learns what the gate made of its bytes.
func (w *work) plainAnswer(stored *bpmn.Document) *Stored {
	answer := new(Stored)
	if xml := stored.Bytes(); w.baseline == nil && !bytes.Equal(xml, w.sent) {
		answer.XML = xml
	}
	return answer
}

// answer tells what leads from the client's document, which is the version that it was made on
// with its own edits, to the stored one.
func (w *work) answer(expected, stored *bpmn.Document) (*Stored, error) {
	own := w.mine
	if w.baseline != nil {
		result, err := unite(expected, expected, w.baseline, w.mine, nil)
		if err != nil {
			return nil, fmt.Errorf("rebuild the client's document: %w", err)
		}
		own = result.Document
	}
	answer := &Stored{Changes: bpmn.Diff(own, stored)}
	xml := stored.Bytes()
	if len(answer.Changes) > 0 || w.baseline == nil && !bytes.Equal(xml, w.sent) {
		answer.XML = xml
	}
	return answer, nil
}

// undecided is the error of work that excludes what others saved.
func (w *work) undecided(conflicts []bpmn.Conflict, head int64) *Undecided {
	return &Undecided{
		Problem: &laneway.Error{
			Kind:     laneway.Conflict,
			Detail:   fmt.Sprintf("Version %d of the diagram has changes that exclude some of yours. Nothing was overwritten, and your work is kept: choose for each conflict.", head),
			Versions: &laneway.StaleVersions{Current: head, Expected: w.expected},
		},
		DraftID:   w.draft,
		Conflicts: conflicts,
	}
}

// keepDraft keeps the work of a save that has to be decided first, and names the draft in the
// error. Other errors pass.
func (p *Platform) keepDraft(ctx context.Context, actor laneway.Actor, w *work, err error) error {
	undecided, ok := errors.AsType[*Undecided](err)
	if !ok {
		return err
	}
	p.merges.undecided.Add(1)
	p.merges.conflicts.Add(uint64(waiting(undecided.Conflicts)))
	if !w.draft.IsZero() {
		return undecided // it lies there already
	}
	draft := store.DraftContent{
		Draft: laneway.Draft{ID: p.newID(), DiagramID: w.id, BaseVersion: w.expected, ConflictCount: waiting(undecided.Conflicts)},
		XML:   w.sent, Title: w.title,
	}
	if w.baseline != nil {
		draft.Baseline = w.baseline.Bytes()
	}
	if undecided.DraftID, err = p.store.KeepDraft(ctx, actor, draft); err != nil {
		return err
	}
	return undecided
}

// waiting counts the conflicts that wait for a person.
func waiting(conflicts []bpmn.Conflict) int {
	n := 0
	for _, c := range conflicts {
		if c.Class == bpmn.Hard && c.Chosen == "" {
			n++
		}
	}
	return n
}
