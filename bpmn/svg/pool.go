package svg

import (
	"strings"

	"laneway/bpmn"
)

// header is how wide the band with the name of a pool or a lane is.
const header = 30

// participant draws a pool: with a band for its name, or closed with the name in
// its middle.
func (a *artist) participant(it *item) {
	b, stroke := it.box, it.paint.stroke
	a.rect(b, 0, Style{Fill: it.paint.fill, FillOpacity: bodyOpacity, Stroke: stroke, Width: 1.5})
	upright := isFalse(it.di, "isHorizontal")
	if _, open := (bpmn.Participant{Element: it.e}).Process(); open {
		var band Path
		if upright {
			band = segments(b.X, b.Y+header, b.X+b.Width, b.Y+header)
		} else {
			band = segments(b.X+header, b.Y, b.X+header, b.Y+b.Height)
		}
		a.path(band, Style{Stroke: stroke, Width: 1.5})
		a.bandLabel(it, upright)
	} else {
		p := place{box: b, size: fontInside, middle: true, turn: upright}
		if upright {
			p.box.Width, p.box.Height = b.Height, b.Width
		}
		a.text(it.e.Attr("name"), p, it.paint.label)
	}
	if a.detail == Full && it.e.Child(bpmn.ModelNamespace, "participantMultiplicity") != nil {
		a.path(posts.placed(placing{b.X + b.Width/2 - 6, b.Y + b.Height - 15, 1, 1}), Style{Stroke: stroke})
	}
}

func (a *artist) lane(it *item) {
	a.rect(it.box, 0, Style{Fill: it.paint.fill, FillOpacity: 0.25, Stroke: it.paint.stroke, Width: 1.5})
	a.bandLabel(it, isFalse(it.di, "isHorizontal"))
}

// bandLabel writes the name of a pool or a lane along its left side, or on top of
// one that stands upright.
func (a *artist) bandLabel(it *item, upright bool) {
	p := place{box: it.box, size: fontInside, middle: true, turn: !upright}
	p.box.Height = header
	if !upright {
		p.box.Width = it.box.Height
	}
	a.text(it.e.Attr("name"), p, it.paint.label)
}

// band draws a participant at the edge of a choreography activity, whose corners it follows; who
// does not start it is shaded.
func (a *artist) band(it *item) {
	s := it.outline()
	where, initiating, _ := strings.Cut(it.di.Attr("participantBandKind"), "_")
	if initiating == "non_initiating" && s.Fill == white {
		s.Fill = "#d3d3d3"
	}
	a.path(bandOutline(it.box, where == "top", where == "bottom"), s)
	a.text(it.e.Attr("name"), place{box: it.box, size: fontInside, padding: 2, middle: true}, it.paint.label)
}

// bandOutline is a box with round corners above or below.
func bandOutline(b bpmn.Bounds, above, below bool) Path {
	const bow = 0.45 // of the radius, from a corner to where its curve is pulled
	r := min(cornerRadius, b.Width/2, b.Height)
	left, top, right, bottom := b.X, b.Y, b.X+b.Width, b.Y+b.Height
	var p Path
	corner := func(x, y, fromX, fromY, toX, toY float64, round bool) {
		if !round {
			p.line(x, y)
			return
		}
		p.line(x+r*fromX, y+r*fromY)
		p.curve(x+bow*r*fromX, y+bow*r*fromY, x+bow*r*toX, y+bow*r*toY, x+r*toX, y+r*toY)
	}
	p.move(left+b.Width/2, top)
	corner(right, top, -1, 0, 0, 1, above)
	corner(right, bottom, 0, -1, -1, 0, below)
	corner(left, bottom, 1, 0, 0, -1, below)
	corner(left, top, 0, 1, 1, 0, above)
	p.close()
	return p
}
