package platform

import (
	"context"
	"errors"
	"fmt"

	"laneway"
	"laneway/bpmn"
	"laneway/internal/store"
)

// ListVersions gives one page of a diagram's history, the newest version first.
func (p *Platform) ListVersions(ctx context.Context, actor laneway.Actor, id laneway.ID, q laneway.VersionQuery) (laneway.VersionPage, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return laneway.VersionPage{}, err
	}
	return p.store.ListVersions(ctx, actor, id, q)
}

// StoredVersion is a version with its document.
type StoredVersion struct {
	laneway.Version
	XML      []byte
	Warnings []laneway.Finding
}

// GetVersion gives one version with its document.
func (p *Platform) GetVersion(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64) (StoredVersion, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return StoredVersion{}, err
	}
	opened, err := p.store.OpenVersions(ctx, actor, id, number)
	if err != nil {
		return StoredVersion{}, err
	}
	return StoredVersion{opened[0].Version, opened[0].Content.XML, opened[0].Content.Warnings}, nil
}

// LabelVersion gives a version a name, which keeps it from being thinned out; an empty one takes
// the name away. It also gives the number of the event.
func (p *Platform) LabelVersion(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64, label string) (laneway.Version, int64, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return laneway.Version{}, 0, err
	}
	if label != "" {
		checked, err := laneway.CheckName("label", label)
		if err != nil {
			return laneway.Version{}, 0, err
		}
		label = checked
	}
	labelled, err := p.store.LabelVersion(ctx, actor, id, number, label)
	if err != nil {
		return laneway.Version{}, 0, err
	}
	p.announce(actor.OrganizationID, labelled.Seq)
	return labelled.Version, labelled.Seq, nil
}

// RestoreVersion makes an older version's document current again, as a new version. Everything in
// between stays in the history, so restoring can be undone by restoring.
func (p *Platform) RestoreVersion(ctx context.Context, actor laneway.Actor, r laneway.TakeBack) (*Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return nil, err
	}
	return p.takeBack(ctx, actor, r, laneway.VersionRestored, func(_, old *bpmn.Document) (*bpmn.Document, error) { return old, nil })
}

// TakeElements makes single elements what they were in an older version, model and drawing, as a
// new version. Invalid on elements when that would break the document: the fields name what would
// be broken, and with the code needs_element what else would have to be taken.
func (p *Platform) TakeElements(ctx context.Context, actor laneway.Actor, r laneway.TakeBack) (*Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return nil, err
	}
	return p.takeBack(ctx, actor, r, laneway.VersionTaken, func(head, old *bpmn.Document) (*bpmn.Document, error) {
		result, err := bpmn.Take(head, old, r.Elements)
		if err != nil {
			return nil, notTaken(err)
		}
		return result.Document, passGate(result.Document)
	})
}

func notTaken(err error) error {
	refusal, ok := errors.AsType[*bpmn.TakeRefusal](err)
	if !ok {
		return fmt.Errorf("take elements: %w", err)
	}
	told := &laneway.Error{Kind: laneway.Invalid, Detail: "These elements can't be taken back on their own. Nothing was stored."}
	for _, f := range refusal.Findings {
		told.Fields = append(told.Fields, laneway.FieldError{Field: "elements", Code: f.Code, Detail: f.Detail, ElementID: f.ElementID})
	}
	for _, key := range refusal.Missing {
		told.Fields = append(told.Fields, laneway.FieldError{Field: "elements", Code: "needs_element", Detail: "Take this one back as well.", ElementID: key})
	}
	return told
}

// takeBack stores what make gives for the current version and an older one. Without an expected
// version it is made for whatever version is current, else Conflict when another one is; a request
// that was carried out before and whose answer got lost is answered again.
func (p *Platform) takeBack(ctx context.Context, actor laneway.Actor, r laneway.TakeBack, kind laneway.VersionKind, make func(head, old *bpmn.Document) (*bpmn.Document, error)) (*Stored, error) {
	ctx, cancel := context.WithTimeout(ctx, saveDeadline)
	defer cancel()
	leave, err := p.enterSave(ctx, diagramKey{actor.OrganizationID, r.ID}, nil)
	if err != nil {
		return nil, err
	}
	defer leave()
	for round := 1; ; round++ {
		stored, err := p.takeBackOnce(ctx, actor, r, kind, make)
		switch {
		case !errors.Is(err, store.ErrStale):
			return stored, err
		case r.ExpectedVersion != 0:
			state, err := p.store.DiagramState(ctx, actor, r.ID)
			if err != nil {
				return nil, err
			}
			return nil, p.stale(state.Diagram, r.ExpectedVersion, false)
		case round == maxMergeRounds:
			return nil, busy(nil)
		}
	}
}

// takeBackOnce is one attempt; store.ErrStale when the expected version is not the current one, or
// not any more.
func (p *Platform) takeBackOnce(ctx context.Context, actor laneway.Actor, r laneway.TakeBack, kind laneway.VersionKind, make func(head, old *bpmn.Document) (*bpmn.Document, error)) (*Stored, error) {
	opened, err := p.store.OpenVersions(ctx, actor, r.ID, store.CurrentVersion, r.Version)
	if err != nil {
		return nil, err
	}
	current := opened[0].Version
	if r.ExpectedVersion != 0 && current.Number != r.ExpectedVersion {
		if current.Number == r.ExpectedVersion+1 && current.Kind == kind && current.From == r.Version && current.CreatedBy == actor.UserID {
			return p.takenBefore(ctx, actor, r)
		}
		return nil, store.ErrStale
	}
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return nil, err
	}
	head, result, err := func() (head, result *bpmn.Document, err error) {
		defer release()
		if head, err = bpmn.Reread(opened[0].Content.XML, nil); err != nil {
			return nil, nil, fmt.Errorf("read version %d of diagram %s: %w", current.Number, r.ID, err)
		}
		old, err := bpmn.Reread(opened[1].Content.XML, head)
		if err != nil {
			return nil, nil, fmt.Errorf("read version %d of diagram %s: %w", r.Version, r.ID, err)
		}
		result, err = make(head, old)
		return head, result, err
	}()
	if err != nil {
		return nil, err
	}
	answer := takenBack(head, result)
	list, err := changesJSON(answer.Changes)
	if err != nil {
		return nil, err
	}
	count := len(answer.Changes)
	changed, err := p.store.SaveDiagram(ctx, actor, store.DiagramSave{
		ID: r.ID, Expected: current.Number, Kind: kind, From: r.Version,
		Content: &store.Content{XML: result.Bytes(), Warnings: answer.Warnings}, ChangeCount: &count, Changes: list,
	})
	if err != nil {
		return nil, err
	}
	p.parsed.put(result, parsedKey{diagramKey: diagramKey{actor.OrganizationID, r.ID}, version: changed.Diagram.Version})
	return p.published(actor, answer.with(changed)), nil
}

// takenBack is the answer to a client that has the version head.
func takenBack(head, result *bpmn.Document) *Stored {
	answer := &Stored{Changes: bpmn.Diff(head, result), Warnings: findings(result.Check())}
	if len(answer.Changes) > 0 {
		answer.XML = result.Bytes()
	}
	return answer
}

// takenBefore answers a request again that made the current version from the expected one.
func (p *Platform) takenBefore(ctx context.Context, actor laneway.Actor, r laneway.TakeBack) (*Stored, error) {
	state, err := p.store.DiagramState(ctx, actor, r.ID)
	if err != nil {
		return nil, err
	}
	expected, err := p.versionDocument(ctx, actor, r.ID, r.ExpectedVersion, nil)
	if err != nil {
		return nil, err
	}
	result, err := p.versionDocument(ctx, actor, r.ID, r.ExpectedVersion+1, expected)
	if err != nil {
		return nil, err
	}
	if state.Diagram.Version != r.ExpectedVersion+1 {
		return nil, store.ErrStale
	}
	return takenBack(expected, result).with(store.Changed{Diagram: state.Diagram}), nil
}
