package svg

import "laneway/bpmn"

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

// band draws a participant at the edge of a choreography activity; who does not
// start it is shaded.
func (a *artist) band(it *item) {
	s := it.outline()
	switch it.di.Attr("participantBandKind") {
	case "top_non_initiating", "middle_non_initiating", "bottom_non_initiating":
		if s.Fill == white {
			s.Fill = "#d3d3d3"
		}
	}
	a.rect(it.box, 0, s)
	a.text(it.e.Attr("name"), place{box: it.box, size: fontInside, padding: 2, middle: true}, it.paint.label)
}
