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
	// Scale is that at which a picture of pixels was made, PNG or SVG: less than asked for where it
	// would have been too large.
	Scale float64
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
	head, ok := p.currentHead(ctx, actor, id, number)
	if !ok {
		return p.drawThumbnail(ctx, actor, id, number, nil)
	}
	picture := Picture{Version: laneway.Version{DiagramID: id, Number: head.Version}}
	if picture.Content, ok = p.cache.Versions.Thumbnail(actor, id, head.Version); ok {
		return picture, nil
	}
	return p.drawing.do(flightKey{diagramKey{actor.OrganizationID, id}, head.Version}, func() (Picture, error) {
		if picture.Content, ok = p.cache.Shared.Thumbnail(actor, head); ok {
			p.cache.Versions.PutThumbnail(actor, id, head.Version, picture.Content)
			return picture, nil
		}
		return p.drawThumbnail(ctx, actor, id, number, &head)
	})
}

// drawThumbnail draws a version and keeps the picture; for other servers too where it is that of head, the current version.
func (p *Platform) drawThumbnail(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64, head *laneway.Diagram) (Picture, error) {
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
		if head != nil && version.Number == head.Version {
			p.cache.Shared.PutThumbnail(actor, *head, picture.Content)
		}
	}
	return picture, nil
}

// currentHead gives where a diagram stands, if what is wanted of it is its current version, which is what lists show.
// Whether older versions are still there is told by the database alone.
func (p *Platform) currentHead(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64) (laneway.Diagram, bool) {
	if p.cache == nil {
		return laneway.Diagram{}, false
	}
	head, _, ok := p.cache.Models.Head(ctx, actor, id, 0)
	return head, ok && head.DeletedAt.IsZero() && (number == store.CurrentVersion || number == head.Version)
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
	if o.Format == PicturePNG {
		ctx, cancel := context.WithTimeout(ctx, p.pictureDeadline)
		defer cancel()
		ctx, end := p.step(ctx, "png")
		picture.Scale = render.Scale(drawing, o.Scale)
		if picture.Content, err = p.renderer.PNG(ctx, drawing, o.Scale); ctx.Err() != nil {
			err = busy(ctx.Err())
		}
		end(err)
	} else {
		err = p.write(ctx, &picture, drawing, o)
	}
	if err != nil {
		return Picture{}, fmt.Errorf("draw version %d of diagram %s: %w", version.Number, id, err)
	}
	return picture, nil
}

// write makes an SVG or a PDF. It takes as long as the document is large, which the gate bounds.
func (p *Platform) write(ctx context.Context, picture *Picture, drawing *svg.Drawing, o PictureOptions) error {
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return err
	}
	defer release()
	if o.Format == PicturePDF {
		// The date is that of the version, so that the file is the same whenever it is asked for.
		_, end := p.step(ctx, "pdf")
		picture.Content, err = render.PDF(drawing, render.Page{
			Paper: render.Paper(o.Paper), Title: picture.Title, Version: picture.Number, Date: picture.CreatedAt,
		})
		end(err)
		return err
	}
	_, _, picture.Scale = drawing.Size(1)
	picture.Content = drawing.SVG(1)
	return nil
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
	document, err := bpmn.Reread(opened[0].Content.XML, nil)
	if err != nil {
		return laneway.Version{}, nil, fmt.Errorf("read version %d of diagram %s: %w", version.Number, id, err)
	}
	drawing, err := svg.Draw(document, o)
	return version, drawing, err
}
