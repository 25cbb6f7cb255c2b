package platform

import (
	"context"
	"errors"
	"fmt"
	"time"

	"laneway"
	"laneway/bpmn"
	"laneway/bpmn/svg"
	"laneway/internal/render"
	"laneway/internal/store"
)

// PictureFormat is what a drawn version is written as.
type PictureFormat string

// The formats of pictures.
const (
	PictureSVG PictureFormat = "svg"
	PicturePNG PictureFormat = "png"
	PicturePDF PictureFormat = "pdf"
)

// PictureOptions say how a version is drawn.
type PictureOptions struct {
	Format PictureFormat
	Scale  float64 // of a PNG, pixels for each unit of the diagram
	Paper  string  // of a PDF: fit, a4 or a3
}

// Picture is a version of a diagram, drawn.
type Picture struct {
	laneway.Version
	Content []byte
	Scale   float64 // of a PNG: that it was made at, less than asked for where it would have been too large
}

// pictureDeadline is how long somebody waits for a PNG. The first one after a start waits until the
// rasteriser is compiled, some seconds.
const pictureDeadline = 20 * time.Second

// Thumbnail draws a version as SVG, small and with little detail; number 0 is the current one. A
// version that draws nothing gets a neutral sheet.
func (p *Platform) Thumbnail(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64) (Picture, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return Picture{}, err
	}
	if picture, ok := p.keptThumbnail(ctx, actor, id, number); ok {
		return picture, nil
	}
	version, drawing, err := p.draw(ctx, actor, id, number, svg.Options{Detail: svg.Thumbnail})
	if errors.Is(err, svg.ErrNoDiagram) {
		drawing, err = svg.Placeholder(), nil
	}
	if err != nil {
		return Picture{}, err
	}
	picture := Picture{Version: version, Content: drawing.SVG(1)}
	if p.cache != nil {
		p.cache.Versions.PutThumbnail(actor, id, version.Number, picture.Content)
	}
	return picture, nil
}

// keptThumbnail gives the picture of the current version, which is what lists show, where it was drawn before.
// Whether older versions are still there is told by the database alone.
func (p *Platform) keptThumbnail(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64) (Picture, bool) {
	if p.cache == nil {
		return Picture{}, false
	}
	head, _, ok := p.cache.Models.Head(ctx, actor, id, 0)
	if !ok || !head.DeletedAt.IsZero() || number != store.CurrentVersion && number != head.Version {
		return Picture{}, false
	}
	content, ok := p.cache.Versions.Thumbnail(actor, id, head.Version)
	return Picture{Version: laneway.Version{DiagramID: id, Number: head.Version}, Content: content}, ok
}

// DrawVersion draws a version in full; number 0 is the current one. Invalid with the code
// no_diagram when it draws nothing; Unavailable when a PNG takes too long.
func (p *Platform) DrawVersion(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64, o PictureOptions) (Picture, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return Picture{}, err
	}
	version, drawing, err := p.draw(ctx, actor, id, number, svg.Options{})
	if errors.Is(err, svg.ErrNoDiagram) {
		const detail = "Nothing of this version is drawn, so there is no picture of it. Open it and lay it out first."
		return Picture{}, &laneway.Error{Kind: laneway.Invalid, Detail: detail, Fields: []laneway.FieldError{
			{Field: "version", Code: bpmn.NoDiagram, Detail: detail},
		}}
	}
	if err != nil {
		return Picture{}, err
	}
	picture := Picture{Version: version}
	switch o.Format {
	case PicturePNG:
		ctx, cancel := context.WithTimeout(ctx, p.pictureDeadline)
		defer cancel()
		ctx, end := p.step(ctx, "png")
		picture.Scale = render.Scale(drawing, o.Scale)
		if picture.Content, err = p.renderer.PNG(ctx, drawing, o.Scale); ctx.Err() != nil {
			err = busy(ctx.Err())
		}
		end(err)
	case PicturePDF:
		_, end := p.step(ctx, "pdf")
		// The date is that of the version, so that the file is the same whenever it is asked for.
		picture.Content, err = render.PDF(drawing, render.Page{
			Paper: render.Paper(o.Paper), Title: version.Title, Version: version.Number, Date: version.CreatedAt,
		})
		end(err)
	default:
		picture.Content = drawing.SVG(1)
	}
	if err != nil {
		return Picture{}, fmt.Errorf("draw version %d of diagram %s: %w", version.Number, id, err)
	}
	return picture, nil
}

// draw gives a version and its drawing; with svg.ErrNoDiagram, the version alone. The caller has asked May.
func (p *Platform) draw(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64, o svg.Options) (laneway.Version, *svg.Drawing, error) {
	opened, err := p.store.OpenVersions(ctx, actor, id, number)
	if err != nil {
		return laneway.Version{}, nil, err
	}
	version := opened[0].Version
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return laneway.Version{}, nil, err
	}
	defer release()
	_, end := p.step(ctx, "draw")
	defer func() { end(nil) }()
	document, err := bpmn.Decode(opened[0].Content.XML)
	if err != nil {
		return laneway.Version{}, nil, fmt.Errorf("read version %d of diagram %s: %w", version.Number, id, err)
	}
	drawing, err := svg.Draw(document, o)
	return version, drawing, err
}
