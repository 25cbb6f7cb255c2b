package platform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"laneway"
	"laneway/bpmn"
	"laneway/internal/store"
)

// Stored is the result of everything that gives a whole diagram.
type Stored struct {
	Diagram laneway.Diagram
	// XML is the stored document; nil where the caller has it already.
	XML      []byte
	Warnings []laneway.Finding
	// Repairs lists what an import with repair changed.
	Repairs []laneway.Finding
	// Seq is the number of the change's event; 0 for reads.
	Seq int64
	// Replay is set when the request was made before: send it and ignore the rest.
	Replay *laneway.Answer
}

// ListDiagrams gives one page of the actor's organization's diagrams.
func (p *Platform) ListDiagrams(ctx context.Context, actor laneway.Actor, q laneway.DiagramQuery) (laneway.Page[laneway.Diagram], error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return laneway.Page[laneway.Diagram]{}, err
	}
	if !utf8.ValidString(q.Title) || strings.ContainsRune(q.Title, 0) {
		return laneway.Page[laneway.Diagram]{}, laneway.InvalidField("q", "invalid_text", "This must be valid Unicode text.")
	}
	return p.store.ListDiagrams(ctx, actor, q)
}

// GetDiagram gives a diagram with its content; without the content when its current version is
// knownVersion.
func (p *Platform) GetDiagram(ctx context.Context, actor laneway.Actor, id laneway.ID, knownVersion int64) (Stored, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return Stored{}, err
	}
	opened, err := p.store.OpenDiagram(ctx, actor, id, knownVersion)
	if err != nil {
		return Stored{}, err
	}
	return Stored{Diagram: opened.Diagram, XML: opened.Content.XML, Warnings: opened.Content.Warnings}, nil
}

// CreateDiagram stores a new diagram after its document has passed the gate.
func (p *Platform) CreateDiagram(ctx context.Context, actor laneway.Actor, r laneway.NewDiagram) (Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return Stored{}, err
	}
	title, err := laneway.CheckName("title", r.Title)
	if err != nil {
		return Stored{}, err
	}
	content, repairs, err := p.read(ctx, r.Source, r.Repair)
	if err != nil {
		return Stored{}, err
	}
	result := Stored{XML: content.XML, Warnings: content.Warnings, Repairs: repairs}
	return p.once(ctx, actor, r.Once, func(done completion) (Stored, error) {
		return p.create(ctx, actor, laneway.Diagram{Title: title, ProjectID: r.ProjectID}, result, done)
	})
}

// create stores a new diagram with the content in result, and gives result with what came of it.
func (p *Platform) create(ctx context.Context, actor laneway.Actor, d laneway.Diagram, result Stored, done completion) (Stored, error) {
	d.ID = p.newID()
	changed, err := p.store.CreateDiagram(ctx, actor, d, store.Content{XML: result.XML, Warnings: result.Warnings}, done(result))
	if err != nil {
		return Stored{}, err
	}
	return p.published(actor, result.with(changed)), nil
}

// SaveDiagram stores the next version of a diagram. Conflict with both versions when the current
// one is not the expected; a save that was stored before and whose answer got lost is answered
// again. Invalid with the code content_lost when the client's editor dropped what the stored
// document has, and nobody has agreed to that.
func (p *Platform) SaveDiagram(ctx context.Context, actor laneway.Actor, u laneway.DiagramUpdate) (Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return Stored{}, err
	}
	save := store.DiagramSave{ID: u.ID, Expected: u.ExpectedVersion, ProjectID: u.ProjectID}
	if u.Title != nil {
		title, err := laneway.CheckName("title", *u.Title)
		if err != nil {
			return Stored{}, err
		}
		save.Title = &title
	}
	var result Stored
	if u.Source != nil {
		content, _, err := p.read(ctx, *u.Source, false)
		if err != nil {
			return Stored{}, err
		}
		save.Content, result.Warnings = &content, content.Warnings
		if !bytes.Equal(content.XML, u.Source.Bytes) {
			result.XML = content.XML
		}
		if u.Baseline != nil && !u.AcceptLoss {
			if err := p.checkLoss(ctx, actor, u); err != nil {
				return Stored{}, err
			}
		}
	}
	changed, err := p.store.SaveDiagram(ctx, actor, save)
	if errors.Is(err, store.ErrStale) {
		changed, err = p.stale(ctx, actor, save)
	}
	if err != nil {
		return Stored{}, err
	}
	return p.published(actor, result.with(changed)), nil
}

// stale tells why a save found nothing at its version. It gives the diagram when that very save
// had been stored before: the head is the next version, by the same person, with the same content.
func (p *Platform) stale(ctx context.Context, actor laneway.Actor, save store.DiagramSave) (store.Changed, error) {
	state, err := p.store.DiagramState(ctx, actor, save.ID)
	if err != nil {
		return store.Changed{}, err
	}
	head := state.Diagram
	if !head.DeletedAt.IsZero() {
		return store.Changed{}, store.ErrTrashed()
	}
	if repeats(save, state, actor) {
		return store.Changed{Diagram: head}, nil
	}
	return store.Changed{}, &laneway.Error{
		Kind:     laneway.Conflict,
		Detail:   fmt.Sprintf("The diagram has moved on: version %d is current, and this save was made on version %d. Nothing was overwritten.", head.Version, save.Expected),
		Versions: &laneway.StaleVersions{Current: head.Version, Expected: save.Expected},
	}
}

// repeats reports whether the head is the outcome of this very save. A save without content must
// have left the content alone: else it would pass for one that was stored beside it.
func repeats(save store.DiagramSave, state store.State, actor laneway.Actor) bool {
	head := state.Diagram
	if head.Version != save.Expected+1 || state.VersionBy != actor.UserID ||
		save.Title != nil && *save.Title != head.Title || save.ProjectID != nil && *save.ProjectID != head.ProjectID {
		return false
	}
	if save.Content == nil {
		return bytes.Equal(state.PreviousHash, state.XMLHash)
	}
	sum := sha256.Sum256(save.Content.XML)
	return bytes.Equal(sum[:], state.XMLHash)
}

// checkLoss compares what is stored with what the client's editor exported right after it had
// opened that: the difference is what the editor would lose without anybody having asked for it.
func (p *Platform) checkLoss(ctx context.Context, actor laneway.Actor, u laneway.DiagramUpdate) error {
	opened, err := p.store.OpenDiagram(ctx, actor, u.ID, 0)
	if err != nil {
		return err
	}
	if opened.Diagram.Version != u.ExpectedVersion {
		return nil // stale: the save itself will say so
	}
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return err
	}
	defer release()
	stored, err := bpmn.Decode(opened.Content.XML)
	if err != nil {
		return fmt.Errorf("read stored document: %w", err)
	}
	baseline, err := decode(*u.Baseline)
	if err != nil {
		return refused("baselineXml", err)
	}
	lost := bpmn.Lost(stored, baseline)
	if len(lost) == 0 {
		return nil
	}
	refusal := &laneway.Error{Kind: laneway.Invalid, Detail: "Saving would drop parts of the stored document that the editor does not know. Nothing was stored."}
	for _, f := range lost {
		refusal.Fields = append(refusal.Fields, laneway.FieldError{Field: "bpmnXml", Code: f.Code, Detail: f.Detail, ElementID: f.ElementID, Line: f.Line, Column: f.Column})
	}
	return refusal
}

// TrashDiagram moves a diagram to the trash.
func (p *Platform) TrashDiagram(ctx context.Context, actor laneway.Actor, id laneway.ID) (Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return Stored{}, err
	}
	changed, err := p.store.TrashDiagram(ctx, actor, id)
	if errors.Is(err, store.ErrStale) {
		if _, err = p.store.DiagramState(ctx, actor, id); err == nil {
			err = store.ErrTrashed()
		}
	}
	return p.published(actor, Stored{}.with(changed)), err
}

// RestoreDiagram takes a diagram out of the trash. Restoring one that is in use gives it as it is.
func (p *Platform) RestoreDiagram(ctx context.Context, actor laneway.Actor, id laneway.ID, once *laneway.Once) (Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return Stored{}, err
	}
	stored, err := p.once(ctx, actor, once, func(done completion) (Stored, error) {
		changed, err := p.store.RestoreDiagram(ctx, actor, id, done(Stored{}))
		return p.published(actor, Stored{}.with(changed)), err
	})
	if errors.Is(err, store.ErrStale) {
		state, err := p.store.DiagramState(ctx, actor, id)
		return Stored{Diagram: state.Diagram}, err
	}
	return stored, err
}

// DuplicateDiagram makes a new diagram from the current version of another. An empty title means
// the other's with "(copy)" behind it.
func (p *Platform) DuplicateDiagram(ctx context.Context, actor laneway.Actor, id laneway.ID, title string, once *laneway.Once) (Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return Stored{}, err
	}
	if title != "" {
		checked, err := laneway.CheckName("title", title)
		if err != nil {
			return Stored{}, err
		}
		title = checked
	}
	return p.once(ctx, actor, once, func(done completion) (Stored, error) {
		opened, err := p.store.OpenDiagram(ctx, actor, id, 0)
		if err != nil {
			return Stored{}, err
		}
		if title == "" {
			const mark = " (copy)"
			title = shorten(opened.Diagram.Title, laneway.MaxNameLength-utf8.RuneCountInString(mark)) + mark
		}
		result := Stored{XML: opened.Content.XML, Warnings: opened.Content.Warnings}
		return p.create(ctx, actor, laneway.Diagram{Title: title, ProjectID: opened.Diagram.ProjectID}, result, done)
	})
}
