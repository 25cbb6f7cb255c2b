package platform

import (
	"context"
	"errors"
	"fmt"

	"laneway"
	"laneway/bpmn"
	"laneway/bpmn/svg"
)

// Picture is a version of a diagram, drawn.
type Picture struct {
	laneway.Version
	SVG []byte
}

// Thumbnail draws a version small and with little detail; number 0 is the current one. A version
// that draws nothing gets a neutral sheet.
func (p *Platform) Thumbnail(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64) (Picture, error) {
	picture, err := p.draw(ctx, actor, id, number, svg.Options{Detail: svg.Thumbnail})
	if errors.Is(err, svg.ErrNoDiagram) {
		picture.SVG, err = svg.Placeholder().SVG(1), nil
	}
	return picture, err
}

// DrawVersion draws a version in full; number 0 is the current one. Invalid with the code
// no_diagram when it draws nothing.
func (p *Platform) DrawVersion(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64) (Picture, error) {
	picture, err := p.draw(ctx, actor, id, number, svg.Options{})
	if errors.Is(err, svg.ErrNoDiagram) {
		const detail = "Nothing of this version is drawn, so there is no picture of it. Open it and lay it out first."
		return Picture{}, &laneway.Error{Kind: laneway.Invalid, Detail: detail, Fields: []laneway.FieldError{
			{Field: "version", Code: bpmn.NoDiagram, Detail: detail},
		}}
	}
	return picture, err
}

// draw gives a version with its picture; with svg.ErrNoDiagram, without.
func (p *Platform) draw(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64, o svg.Options) (Picture, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return Picture{}, err
	}
	opened, err := p.store.OpenVersions(ctx, actor, id, number)
	if err != nil {
		return Picture{}, err
	}
	picture := Picture{Version: opened[0].Version}
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return Picture{}, err
	}
	defer release()
	document, err := bpmn.Decode(opened[0].Content.XML)
	if err != nil {
		return Picture{}, fmt.Errorf("read version %d of diagram %s: %w", picture.Number, id, err)
	}
	drawing, err := svg.Draw(document, o)
	if err != nil {
		return picture, err
	}
	picture.SVG = drawing.SVG(1)
	return picture, nil
}
