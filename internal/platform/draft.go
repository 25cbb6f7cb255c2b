package platform

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"laneway"
	"laneway/bpmn"
	"laneway/internal/store"
)

// Draft is the kept work of a save that conflicted, held against the current version.
type Draft struct {
	laneway.Draft
	XML            []byte // as it was sent
	CurrentVersion int64
	Conflicts      []bpmn.Conflict
}

// ListDrafts gives the actor's own drafts of a diagram.
func (p *Platform) ListDrafts(ctx context.Context, actor laneway.Actor, id laneway.ID) ([]laneway.Draft, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return nil, err
	}
	if _, err := p.inUse(ctx, actor, id); err != nil {
		return nil, err
	}
	return p.store.ListDrafts(ctx, actor, id)
}

// GetDraft gives one of the actor's own drafts.
func (p *Platform) GetDraft(ctx context.Context, actor laneway.Actor, id, draft laneway.ID) (Draft, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return Draft{}, err
	}
	head, err := p.inUse(ctx, actor, id)
	if err != nil {
		return Draft{}, err
	}
	w, kept, err := p.openDraft(ctx, actor, id, draft)
	if err != nil {
		return Draft{}, err
	}
	result, err := p.uniteOn(ctx, actor, w, head.Version)
	if err != nil {
		return Draft{}, err
	}
	kept.ConflictCount = waiting(result.Conflicts)
	return Draft{Draft: kept.Draft, XML: kept.XML, CurrentVersion: head.Version, Conflicts: result.Conflicts}, nil
}

// DeleteDraft gives up one of the actor's own drafts.
func (p *Platform) DeleteDraft(ctx context.Context, actor laneway.Actor, id, draft laneway.ID) error {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return err
	}
	if _, err := p.inUse(ctx, actor, id); err != nil {
		return err
	}
	return p.store.DeleteDraft(ctx, actor, id, draft)
}

// ResolveDraft stores a draft's work with a decision for every conflict, and deletes the draft in
// the same transaction. Invalid on choices.<id> where one is missing or none of the choices.
// *Undecided when the diagram moved on and there are other conflicts now: those that are as they
// were have the person's choice. A preview stores nothing and shows the outcome on CurrentVersion.
func (p *Platform) ResolveDraft(ctx context.Context, actor laneway.Actor, r laneway.Resolution) (*Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return nil, err
	}
	head, err := p.inUse(ctx, actor, r.DiagramID)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, saveDeadline)
	defer cancel()
	if !r.Preview {
		leave, err := p.enterSave(ctx, diagramKey{actor.OrganizationID, r.DiagramID}, nil)
		if err != nil {
			return nil, err
		}
		defer leave()
	}
	w, _, err := p.openDraft(ctx, actor, r.DiagramID, r.DraftID)
	if err != nil {
		return nil, err
	}
	told, err := p.uniteOn(ctx, actor, w, r.CurrentVersion)
	if errors.Is(err, store.ErrNoVersion) || r.CurrentVersion < w.expected {
		return nil, laneway.InvalidField("currentVersion", "unknown_version", "There are no conflicts with this version.")
	}
	if err != nil {
		return nil, err
	}
	if w.decided, err = decide(told.Conflicts, r); err != nil {
		return nil, err
	}
	if r.Preview {
		return p.preview(ctx, actor, w, head, r.CurrentVersion)
	}
	return p.saveDecided(ctx, actor, w, told.Conflicts, r.CurrentVersion)
}

// saveDecided stores decided work on whatever is current, as long as the conflicts are those that
// were decided.
func (p *Platform) saveDecided(ctx context.Context, actor laneway.Actor, w *work, told []bpmn.Conflict, on int64) (*Stored, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, busy(err)
		}
		head, err := p.inUse(ctx, actor, w.id)
		if err != nil {
			return nil, err
		}
		if _, err := p.store.GetDraft(ctx, actor, w.id, w.draft); err != nil {
			return nil, err
		}
		if head.Version != on {
			now, err := p.uniteOn(ctx, actor, w, head.Version)
			if err != nil {
				return nil, err
			}
			if conflicts, same := carryOver(now.Conflicts, told, w.decided); !same {
				return nil, w.undecided(conflicts, head.Version)
			}
		}
		stored, err := p.saveOn(ctx, actor, w, head.Version)
		if errors.Is(err, store.ErrStale) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if stored.XML == nil {
			opened, err := p.versionDocument(ctx, actor, w.id, stored.Diagram.Version, w.mine)
			if err != nil {
				return nil, err
			}
			stored.XML = opened.Bytes()
		}
		stored.Merged = true
		return stored, nil
	}
}

// preview works out what the decisions come to, on the version that the person looks at.
func (p *Platform) preview(ctx context.Context, actor laneway.Actor, w *work, head laneway.Diagram, on int64) (*Stored, error) {
	expected, stored, err := p.loadBases(ctx, actor, w, on)
	if err != nil {
		return nil, err
	}
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	result, err := unite(expected, stored, w.baseline, w.mine, w.decided)
	if err != nil {
		return nil, err
	}
	answer, err := w.answer(expected, result.Document)
	if err != nil {
		return nil, err
	}
	head.Version = on
	answer.Diagram, answer.XML, answer.Merged = head, result.Document.Bytes(), true
	answer.Warnings, answer.Conflicts = warningsOf(result), result.Conflicts
	return answer, nil
}

// decide reads the choices for the conflicts that were told. Soft ones need none, and without one
// the rule decides. Without a decision of a hard one a preview shows what the person has.
func decide(conflicts []bpmn.Conflict, r laneway.Resolution) (map[string]bpmn.Choice, error) {
	decided := make(map[string]bpmn.Choice, len(r.Choices))
	refusal := &laneway.Error{Kind: laneway.Invalid, Detail: "Every conflict needs one of its choices."}
	fault := func(id, code, detail string) {
		refusal.Fields = append(refusal.Fields, laneway.FieldError{Field: "choices." + id, Code: code, Detail: detail})
	}
	told := make(map[string]bool)
	for _, c := range conflicts {
		told[c.ID] = true
		given, ok := r.Choices[c.ID]
		switch {
		case ok && offers(c, bpmn.Choice(given)):
			decided[c.ID] = bpmn.Choice(given)
		case ok:
			fault(c.ID, "unknown_value", "This conflict does not have this choice.")
		case c.Class != bpmn.Hard:
		case !r.Preview:
			fault(c.ID, "required", "This conflict needs a choice.")
		case offers(c, bpmn.TakeOurs):
			decided[c.ID] = bpmn.TakeOurs
		case len(c.Options) > 0:
			decided[c.ID] = c.Options[0].Choice
		}
	}
	for _, id := range sortedIDs(r.Choices) {
		if !told[id] {
			fault(id, "unknown_conflict", "There is no such conflict to decide.")
		}
	}
	if len(refusal.Fields) > 0 {
		return nil, refusal
	}
	return decided, nil
}

func offers(c bpmn.Conflict, choice bpmn.Choice) bool {
	return slices.ContainsFunc(c.Options, func(o bpmn.Option) bool { return o.Choice == choice })
}

func sortedIDs(choices map[string]string) []string {
	ids := make([]string, 0, len(choices))
	for id := range choices {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// carryOver gives today's conflicts with the choices that were made for the very same ones, and
// whether they are all that there is to decide. A choice about a soft one holds as long as it is
// there: mine is mine, wherever the others have put theirs since.
func carryOver(now, told []bpmn.Conflict, decided map[string]bpmn.Choice) ([]bpmn.Conflict, bool) {
	before := make(map[string]bpmn.Conflict, len(told))
	for _, c := range told {
		before[c.ID] = c
	}
	same := true
	carried := slices.Clone(now)
	for i, c := range carried {
		if choice := decided[c.ID]; c.Class != bpmn.Hard {
			if offers(c, choice) {
				carried[i].Chosen = choice
			}
			continue
		}
		if old, ok := before[c.ID]; ok && reflect.DeepEqual(old, c) {
			carried[i].Chosen = decided[c.ID]
		} else {
			same = false
		}
	}
	return carried, same
}

// openDraft reads a draft back into the work that it keeps.
func (p *Platform) openDraft(ctx context.Context, actor laneway.Actor, id, draft laneway.ID) (*work, store.DraftContent, error) {
	kept, err := p.store.GetDraft(ctx, actor, id, draft)
	if err != nil {
		return nil, kept, err
	}
	update := laneway.DiagramUpdate{ID: id, ExpectedVersion: kept.BaseVersion, Title: kept.Title,
		Source: &laneway.Source{Bytes: kept.XML, Text: true}, OnConflict: laneway.ConflictMerge}
	if kept.Baseline != nil {
		update.Baseline = &laneway.Source{Bytes: kept.Baseline, Text: true}
	}
	w, err := p.readWork(ctx, actor, update)
	if err != nil {
		return nil, kept, err
	}
	w.draft = kept.ID
	return w, kept, nil
}

// uniteOn merges work onto a version without any decision.
func (p *Platform) uniteOn(ctx context.Context, actor laneway.Actor, w *work, version int64) (*bpmn.Result, error) {
	stored, err := p.versionDocument(ctx, actor, w.id, version, w.mine)
	if err != nil {
		return nil, err
	}
	expected, err := p.baseOf(ctx, actor, w)
	if err != nil {
		return nil, err
	}
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return unite(expected, stored, w.baseline, w.mine, nil)
}

// inUse gives the head of a diagram that is not in the trash.
func (p *Platform) inUse(ctx context.Context, actor laneway.Actor, id laneway.ID) (laneway.Diagram, error) {
	state, err := p.store.DiagramState(ctx, actor, id)
	if err == nil && !state.Diagram.DeletedAt.IsZero() {
		err = store.ErrTrashed()
	}
	return state.Diagram, err
}
