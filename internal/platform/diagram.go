package platform

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"laneway"
	"laneway/bpmn"
	"laneway/internal/store"
)

// Stored is the result of everything that gives a whole diagram.
type Stored struct {
	Diagram laneway.Diagram
	Project *laneway.Project // of a change of a project, which has nothing of the rest
	// XML is the stored document; nil where the caller has it already.
	XML      []byte
	Warnings []laneway.Finding
	// Repairs lists what an import with repair changed.
	Repairs []laneway.Finding
	// Merged tells that a save was put onto a newer version than it had been made on. Changes leads
	// from the client's document to the stored one, and Conflicts is what a rule decided, or, of a
	// preview, a person did not.
	Merged    bool
	Changes   []bpmn.Change
	Conflicts []bpmn.Conflict
	// Seq is the number of the change's event; 0 for reads.
	Seq int64
	// Replay is set when the request was made before: send it and ignore the rest.
	Replay *laneway.Answer
}

// ListDiagrams gives one page of the actor's organization's diagrams, from the database; see ListPage.
func (p *Platform) ListDiagrams(ctx context.Context, actor laneway.Actor, q laneway.DiagramQuery) (laneway.Page[laneway.Diagram], error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return laneway.Page[laneway.Diagram]{}, err
	}
	if err := checkTitlePart(q.Title); err != nil {
		return laneway.Page[laneway.Diagram]{}, err
	}
	return p.store.ListDiagrams(ctx, actor, q)
}

// checkTitlePart checks what titles are searched for.
func checkTitlePart(text string) error {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return laneway.InvalidField("q", "invalid_text", "This must be valid Unicode text.")
	}
	return nil
}

// GetDiagram gives a diagram with its content; without the content when its current version is
// knownVersion.
func (p *Platform) GetDiagram(ctx context.Context, actor laneway.Actor, id laneway.ID, knownVersion int64) (*Stored, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return nil, err
	}
	opened, err := p.store.OpenDiagram(ctx, actor, id, knownVersion)
	if err != nil {
		return nil, err
	}
	return &Stored{Diagram: opened.Diagram, XML: opened.Content.XML, Warnings: opened.Content.Warnings}, nil
}

// CreateDiagram stores a new diagram after its document has passed the gate.
func (p *Platform) CreateDiagram(ctx context.Context, actor laneway.Actor, r laneway.NewDiagram) (*Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return nil, err
	}
	title, err := laneway.CheckName("title", r.Title)
	if err != nil {
		return nil, err
	}
	content, repairs, err := p.read(ctx, r.Source, r.Repair)
	if err != nil {
		return nil, err
	}
	result := &Stored{XML: content.XML, Warnings: content.Warnings, Repairs: repairs}
	return p.once(ctx, actor, r.Once, func(done completion) (*Stored, error) {
		return p.create(ctx, actor, laneway.Diagram{Title: title, ProjectID: r.ProjectID}, result, done)
	})
}

// create stores a new diagram with the content in result, and gives result with what came of it.
func (p *Platform) create(ctx context.Context, actor laneway.Actor, d laneway.Diagram, result *Stored, done completion) (*Stored, error) {
	d.ID = p.newID()
	changed, err := p.store.CreateDiagram(ctx, actor, d, store.Content{XML: result.XML, Warnings: result.Warnings}, done(result))
	if err != nil {
		return nil, err
	}
	return p.published(actor, result.with(changed)), nil
}

// TrashDiagram moves a diagram to the trash.
func (p *Platform) TrashDiagram(ctx context.Context, actor laneway.Actor, id laneway.ID) (*Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return nil, err
	}
	changed, err := p.store.TrashDiagram(ctx, actor, id)
	if errors.Is(err, store.ErrStale) {
		if _, err = p.store.DiagramState(ctx, actor, id); err == nil {
			err = store.ErrTrashed()
		}
	}
	if err != nil {
		return nil, err
	}
	return p.published(actor, new(Stored).with(changed)), nil
}

// RestoreDiagram takes a diagram out of the trash. Restoring one that is in use gives it as it is.
func (p *Platform) RestoreDiagram(ctx context.Context, actor laneway.Actor, id laneway.ID, once *laneway.Once) (*Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return nil, err
	}
	stored, err := p.once(ctx, actor, once, func(done completion) (*Stored, error) {
		changed, err := p.store.RestoreDiagram(ctx, actor, id, done(new(Stored)))
		if err != nil {
			return nil, err
		}
		return p.published(actor, new(Stored).with(changed)), nil
	})
	if errors.Is(err, store.ErrStale) {
		state, err := p.store.DiagramState(ctx, actor, id)
		if err != nil {
			return nil, err
		}
		return &Stored{Diagram: state.Diagram}, nil
	}
	return stored, err
}

// DuplicateDiagram makes a new diagram from the current or another version of one. An empty title
// means the one that it had in that version, with "(copy)" behind it.
func (p *Platform) DuplicateDiagram(ctx context.Context, actor laneway.Actor, c laneway.DiagramCopy) (*Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return nil, err
	}
	title := c.Title
	if title != "" {
		checked, err := laneway.CheckName("title", title)
		if err != nil {
			return nil, err
		}
		title = checked
	}
	return p.once(ctx, actor, c.Once, func(done completion) (*Stored, error) {
		state, err := p.store.DiagramState(ctx, actor, c.ID)
		if err != nil {
			return nil, err
		}
		versions, err := p.store.OpenVersions(ctx, actor, c.ID, c.Version)
		if err != nil {
			return nil, err
		}
		opened := versions[0]
		if title == "" {
			const mark = " (copy)"
			title = opened.Version.Title
			if c.Version == store.CurrentVersion {
				title = state.Diagram.Title
			}
			title = shorten(title, laneway.MaxNameLength-utf8.RuneCountInString(mark)) + mark
		}
		result := &Stored{XML: opened.Content.XML, Warnings: opened.Content.Warnings}
		return p.create(ctx, actor, laneway.Diagram{Title: title, ProjectID: state.Diagram.ProjectID}, result, done)
	})
}
