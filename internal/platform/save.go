package platform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"laneway"
	"laneway/bpmn"
	"laneway/internal/store"
)

const (
	// saveDeadline bounds a save with everything that it waits for.
	saveDeadline = 10 * time.Second
	// maxMergeRounds is how often a save is merged anew because somebody else was faster; after
	// that it is merged while nobody else can save.
	maxMergeRounds = 5
)

// work is the document of a save, read, with what it was made from.
type work struct {
	id       laneway.ID
	expected int64          // the version that it was made on
	mine     *bpmn.Document // what the person has
	baseline *bpmn.Document // what their editor had exported before; nil: mine is meant as a whole
	sent     []byte         // mine as it was sent
	hash     [sha256.Size]byte
	title    *string
	project  *laneway.ID
	merge    bool // also onto a newer version
	// decided has the choices of a person for the conflicts, and draft the work that is done with.
	decided map[string]bpmn.Choice
	draft   laneway.ID
}

// SaveDiagram stores the next version of a diagram.
//
// A document with a baseline is a change set: the difference of the two is put onto what is
// stored, so what the client's editor does not know stays. Without one the document is stored as
// it is. When the diagram has moved on, the save is a Conflict with both versions, or, where the
// client asked for that, merged; *Undecided when both changed one thing. A save that was stored
// before and whose answer got lost is answered again.
//
// The savers of one diagram come one after the other on this server, and of all saves only so many
// are under way; the others hold what was sent and nothing that was made from it. What costs CPU waits
// for a document slot, merging too. Saves merge without holding a lock and store on condition that
// nobody else was faster; who was beaten five times merges under the row's lock. Unavailable after
// ten seconds.
func (p *Platform) SaveDiagram(ctx context.Context, actor laneway.Actor, u laneway.DiagramUpdate) (*Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return nil, err
	}
	if u.Title != nil {
		title, err := laneway.CheckName("title", *u.Title)
		if err != nil {
			return nil, err
		}
		u.Title = &title
	}
	if u.Source == nil {
		return p.saveHead(ctx, actor, u)
	}
	ctx, cancel := context.WithTimeout(ctx, saveDeadline)
	defer cancel()
	leave, err := p.enterSave(ctx, diagramKey{actor.OrganizationID, u.ID}, func() error {
		// So a bad document is told of at once. What was read is not held, nor kept for later: a crowd on one diagram
		// would push out what everybody else's next saves need.
		_, err := p.readWork(ctx, actor, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer leave()
	w, err := p.readWork(ctx, actor, u)
	if err != nil {
		return nil, err
	}
	return p.saveWork(ctx, actor, w)
}

// saveHead saves title and project alone. On a newer version they are set where the client asked
// for a merge: they are a field each, and the history has the title before.
func (p *Platform) saveHead(ctx context.Context, actor laneway.Actor, u laneway.DiagramUpdate) (*Stored, error) {
	none := 0
	save := store.DiagramSave{ID: u.ID, Expected: u.ExpectedVersion, Title: u.Title, ProjectID: u.ProjectID, ChangeCount: &none, Changes: []byte("[]")}
	for round := 0; ; round++ {
		changed, err := p.store.SaveDiagram(ctx, actor, save)
		if err == nil {
			return p.published(actor, (&Stored{Merged: save.Expected != u.ExpectedVersion}).with(changed)), nil
		}
		if !errors.Is(err, store.ErrStale) {
			return nil, err
		}
		state, err := p.store.DiagramState(ctx, actor, u.ID)
		if err != nil {
			return nil, err
		}
		if repeatsHead(u, state, actor) {
			return &Stored{Diagram: state.Diagram}, nil
		}
		if err := p.stale(state.Diagram, u.ExpectedVersion, u.OnConflict == laneway.ConflictMerge); err != nil {
			return nil, err
		}
		if round == maxMergeRounds {
			return nil, busy(nil)
		}
		save.Expected, save.Base, save.Kind = state.Diagram.Version, u.ExpectedVersion, laneway.VersionMerged
	}
}

// repeatsHead reports whether the head is the outcome of this very save. It must have left the
// content alone: else it would pass for one that was stored beside it.
func repeatsHead(u laneway.DiagramUpdate, state store.State, actor laneway.Actor) bool {
	head := state.Diagram
	return head.Version == u.ExpectedVersion+1 && state.VersionBy == actor.UserID && head.DeletedAt.IsZero() &&
		(u.Title == nil || *u.Title == head.Title) && (u.ProjectID == nil || *u.ProjectID == head.ProjectID) &&
		bytes.Equal(state.PreviousHash, state.XMLHash)
}

// stale tells why a save that found nothing at its version can't go on; nil when it can be merged.
func (p *Platform) stale(head laneway.Diagram, expected int64, merge bool) error {
	if !head.DeletedAt.IsZero() {
		return store.ErrTrashed()
	}
	if merge && expected > 0 && head.Version > expected {
		return nil
	}
	return &laneway.Error{
		Kind:     laneway.Conflict,
		Detail:   fmt.Sprintf("The diagram has moved on: version %d is current, and this save was made on version %d. Nothing was overwritten.", head.Version, expected),
		Versions: &laneway.StaleVersions{Current: head.Version, Expected: expected},
	}
}

// readWork lets the documents of a save through the gate.
func (p *Platform) readWork(ctx context.Context, actor laneway.Actor, u laneway.DiagramUpdate) (*work, error) {
	w := &work{
		id: u.ID, expected: u.ExpectedVersion, sent: u.Source.Bytes, hash: sha256.Sum256(u.Source.Bytes),
		title: u.Title, project: u.ProjectID, merge: u.OnConflict == laneway.ConflictMerge,
	}
	var err error
	if w.mine, err = p.readSource(ctx, actor, w.id, *u.Source, w.hash, p.parsed.peek(versionKey(actor, w.id, w.expected)), "bpmnXml"); err != nil {
		return nil, err
	}
	if u.Baseline != nil {
		w.baseline, err = p.readSource(ctx, actor, w.id, *u.Baseline, sha256.Sum256(u.Baseline.Bytes), w.mine, "baselineXml")
		return w, err
	}
	if u.BaselineHash == nil {
		return w, nil
	}
	if w.baseline = p.parsed.get(sentKey(actor, w.id, *u.BaselineHash)); w.baseline != nil {
		return w, nil
	}
	sent, err := p.store.SentDocument(ctx, actor, w.id, *u.BaselineHash)
	if err != nil {
		return nil, err
	}
	if sent == nil {
		return nil, &laneway.Error{Kind: laneway.BaselineRequired, Detail: "The server does not have the document that baselineHash names. Send it as baselineXml."}
	}
	w.baseline, err = p.readSource(ctx, actor, w.id, laneway.Source{Bytes: sent, Text: true}, *u.BaselineHash, w.mine, "baselineHash")
	return w, err
}

func sentKey(actor laneway.Actor, id laneway.ID, hash [sha256.Size]byte) parsedKey {
	return parsedKey{diagramKey: diagramKey{actor.OrganizationID, id}, hash: hash}
}

// readSource lets one document through the gate, or finds it by its hash among those that went through lately. kin is one
// much like it that is at hand, or nil.
func (p *Platform) readSource(ctx context.Context, actor laneway.Actor, id laneway.ID, source laneway.Source, hash [sha256.Size]byte, kin *bpmn.Document, field string) (*bpmn.Document, error) {
	if d := p.parsed.get(sentKey(actor, id, hash)); d != nil && source.Text {
		return d, nil
	}
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	d, err := decode(source, kin)
	if err != nil {
		return nil, refused(field, err)
	}
	return d, nil
}

// saveWork stores a document, in as many rounds as it takes.
func (p *Platform) saveWork(ctx context.Context, actor laneway.Actor, w *work) (*Stored, error) {
	if p.parsed.latestVersion(diagramKey{actor.OrganizationID, w.id}) <= w.expected { // as far as this server knows, current
		stored, err := p.saveOn(ctx, actor, w, w.expected)
		if !errors.Is(err, store.ErrStale) {
			return stored, err
		}
	}
	for round := 1; ; round++ {
		if err := ctx.Err(); err != nil {
			return nil, busy(err)
		}
		state, before, err := p.store.SaveState(ctx, actor, w.id, w.expected, w.hash)
		if err != nil {
			return nil, err
		}
		head := state.Diagram
		if before != nil && head.DeletedAt.IsZero() && w.draft.IsZero() &&
			(w.title == nil || *w.title == before.Diagram.Title || before.Kind == laneway.VersionMerged) {
			return p.answerAgain(ctx, actor, w, *before)
		}
		if head.Version != w.expected || !head.DeletedAt.IsZero() {
			if err := p.stale(head, w.expected, w.merge); err != nil {
				return nil, err
			}
		}
		var stored *Stored
		if round <= maxMergeRounds {
			stored, err = p.saveOn(ctx, actor, w, head.Version)
		} else {
			stored, err = p.saveLocked(ctx, actor, w)
		}
		if !errors.Is(err, store.ErrStale) {
			return stored, err
		}
	}
}

// saveOn stores the work as the version that follows head; store.ErrStale when head is not the
// current version.
func (p *Platform) saveOn(ctx context.Context, actor laneway.Actor, w *work, head int64) (*Stored, error) {
	expected, stored, err := p.loadBases(ctx, actor, w, head)
	if err != nil {
		return nil, err
	}
	plan, err := p.planInSlot(ctx, w, expected, stored, head)
	if err != nil {
		return nil, p.keepDraft(ctx, actor, w, err)
	}
	changed, err := p.store.SaveDiagram(ctx, actor, plan.save)
	if err != nil {
		return nil, err
	}
	return p.saved(actor, w, plan, changed), nil
}

func (p *Platform) planInSlot(ctx context.Context, w *work, expected, stored *bpmn.Document, head int64) (*savePlan, error) {
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return p.plan(ctx, w, expected, stored, head)
}

// plan is w.plan, seen: the caller has a document slot.
func (p *Platform) plan(ctx context.Context, w *work, expected, stored *bpmn.Document, head int64) (*savePlan, error) {
	if head == w.expected {
		return w.plan(expected, stored, head)
	}
	_, end := p.step(ctx, "merge")
	plan, err := w.plan(expected, stored, head)
	undecided, _ := errors.AsType[*Undecided](err)
	p.merges.rounds.Add(1)
	if undecided != nil {
		end(nil) // that is an outcome
	} else {
		end(err)
	}
	return plan, err
}

// saveLocked is saveOn for whatever version is current, which stays current meanwhile.
func (p *Platform) saveLocked(ctx context.Context, actor laneway.Actor, w *work) (*Stored, error) {
	expected, err := p.baseOf(ctx, actor, w)
	if err != nil {
		return nil, err
	}
	var plan *savePlan
	changed, err := func() (store.Changed, error) {
		release, err := p.takeDocumentSlot(ctx) // before the lock, which nobody may wait under
		if err != nil {
			return store.Changed{}, err
		}
		defer release()
		return p.store.SaveLocked(ctx, actor, w.id, func(state store.State, content store.Content) (store.DiagramSave, error) {
			stored, err := bpmn.Reread(content.XML, w.mine)
			if err != nil {
				return store.DiagramSave{}, fmt.Errorf("read current document: %w", err)
			}
			if plan, err = p.plan(ctx, w, expected, stored, state.Diagram.Version); err != nil {
				return store.DiagramSave{}, err
			}
			return plan.save, nil
		})
	}()
	if err != nil {
		return nil, p.keepDraft(ctx, actor, w, err)
	}
	return p.saved(actor, w, plan, changed), nil
}

// loadBases gives the version that the work was made on and the one that it is put onto.
func (p *Platform) loadBases(ctx context.Context, actor laneway.Actor, w *work, head int64) (expected, stored *bpmn.Document, err error) {
	stored, err = p.versionDocument(ctx, actor, w.id, head, w.mine)
	if errors.Is(err, store.ErrNoVersion) {
		return nil, nil, store.ErrStale
	}
	if err != nil || head == w.expected {
		return stored, stored, err
	}
	expected, err = p.baseOf(ctx, actor, w)
	return expected, stored, err
}

// baseOf gives the version that the work was made on. Where that one is thinned out, what the
// editor exported of it stands for it.
func (p *Platform) baseOf(ctx context.Context, actor laneway.Actor, w *work) (*bpmn.Document, error) {
	d, err := p.versionDocument(ctx, actor, w.id, w.expected, w.mine)
	if !errors.Is(err, store.ErrNoVersion) {
		return d, err
	}
	if w.baseline != nil {
		return w.baseline, nil
	}
	return nil, laneway.Errorf(laneway.Conflict, "Version %d, which this save was made on, is not kept any more, so it can't be merged. Send what it was made from as baselineXml.", w.expected)
}

// saved keeps what the next saves will need and gives the answer.
func (p *Platform) saved(actor laneway.Actor, w *work, plan *savePlan, changed store.Changed) *Stored {
	version := versionKey(actor, w.id, changed.Diagram.Version)
	if sent := sentKey(actor, w.id, w.hash); plan.document == w.mine {
		p.parsed.put(w.mine, version, sent)
	} else {
		p.parsed.put(w.mine, sent)
		p.parsed.put(plan.document, version)
	}
	if plan.answer.Merged {
		p.merges.clean.Add(1)
	}
	p.keepSaved(actor, changed.Diagram, plan.save.Content)
	return p.published(actor, plan.answer.with(changed))
}

// answerAgain answers a save that was stored before, as it was answered then.
func (p *Platform) answerAgain(ctx context.Context, actor laneway.Actor, w *work, before store.SavedBefore) (*Stored, error) {
	number := before.Diagram.Version
	stored, err := p.versionDocument(ctx, actor, w.id, number, w.mine)
	if err != nil {
		return nil, err
	}
	expected, err := p.baseOf(ctx, actor, w)
	if err != nil {
		return nil, err
	}
	content, err := p.store.VersionContent(ctx, actor, w.id, number)
	if err != nil {
		return nil, err
	}
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	answer, err := w.answer(expected, stored)
	if err != nil {
		return nil, err
	}
	answer.Merged = before.Kind != laneway.VersionSaved
	answer.Warnings = content.Warnings
	return answer.with(store.Changed{Diagram: before.Diagram}), nil
}
