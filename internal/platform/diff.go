package platform

import (
	"context"
	"fmt"
	"strings"

	"laneway"
	"laneway/bpmn"
)

// ChangeKind is what a change comes to for somebody who looks at the diagram.
type ChangeKind string

// The kinds. Moved: the drawing is another, or the place in the model.
const (
	ChangeAdded   ChangeKind = "added"
	ChangeRemoved ChangeKind = "removed"
	ChangeChanged ChangeKind = "changed"
	ChangeMoved   ChangeKind = "moved"
)

// Difference is one change, with the element that it is about.
type Difference struct {
	bpmn.Change
	Kind ChangeKind
	// Drawn is the element whose drawing changed; empty for changes of the model.
	Drawn string
	// Type and Name are those of the element, or of the drawn one; empty where it has none.
	Type, Name string
}

// HasVersions is nil when the diagram has these versions and the actor may read them.
func (p *Platform) HasVersions(ctx context.Context, actor laneway.Actor, id laneway.ID, numbers ...int64) error {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return err
	}
	return p.store.HasVersions(ctx, actor, id, numbers...)
}

// DiffVersions gives what leads from one version of a diagram to another.
func (p *Platform) DiffVersions(ctx context.Context, actor laneway.Actor, id laneway.ID, from, to int64) ([]Difference, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return nil, err
	}
	opened, err := p.store.OpenVersions(ctx, actor, id, from, to)
	if err != nil {
		return nil, err
	}
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	var sides [2]*bpmn.Document
	for i, o := range opened {
		if sides[i], err = bpmn.Reread(o.Content.XML, sides[0]); err != nil {
			return nil, fmt.Errorf("read version %d of diagram %s: %w", o.Version.Number, id, err)
		}
	}
	return differences(sides[0], sides[1]), nil
}

// DiffFile gives what leads from a version of a diagram to a document that is not stored.
func (p *Platform) DiffFile(ctx context.Context, actor laneway.Actor, id laneway.ID, from int64, file laneway.Source) ([]Difference, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return nil, err
	}
	opened, err := p.store.OpenVersions(ctx, actor, id, from)
	if err != nil {
		return nil, err
	}
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	version, err := bpmn.Reread(opened[0].Content.XML, nil)
	if err != nil {
		return nil, fmt.Errorf("read version %d of diagram %s: %w", from, id, err)
	}
	other, err := decode(file, version)
	if err != nil {
		return nil, refused("bpmnXml", err)
	}
	return differences(version, other), nil
}

func differences(from, to *bpmn.Document) []Difference {
	changes := bpmn.Diff(from, to)
	list := make([]Difference, len(changes))
	for i, c := range changes {
		d := Difference{Change: c, Drawn: drawnElement(c.Element)}
		switch {
		case c.Op == bpmn.OpAdd:
			d.Kind = ChangeAdded
		case c.Op == bpmn.OpRemove:
			d.Kind = ChangeRemoved
		case c.Op == bpmn.OpMove || c.Layout() || strings.HasPrefix(c.Path, "#lane("):
			d.Kind = ChangeMoved
		default:
			d.Kind = ChangeChanged
		}
		key := c.Element
		if d.Drawn != "" {
			key = d.Drawn
		}
		e := to.Element(key)
		if e == nil {
			e = from.Element(key)
		}
		if e != nil {
			d.Type, d.Name = e.Local, e.Attr("name")
		}
		list[i] = d
	}
	return list
}

// drawnElement gives the element that a key of the drawing is about; empty for other keys.
func drawnElement(key string) string {
	for _, open := range [...]string{"#di(", "#plane(", "#diagram("} {
		if rest, ok := strings.CutPrefix(key, open); ok {
			rest, _, _ = strings.Cut(rest, ")")
			rest, _, _ = strings.Cut(rest, "@")
			return rest
		}
	}
	return ""
}
