package svg

import "laneway/bpmn"

// dataObject draws a sheet with a folded corner: data objects, inputs, outputs.
func (a *artist) dataObject(it *item) {
	b, p := it.box, it.paint
	at := placing{b.X, b.Y, b.Width / 51, b.Height / 61}
	a.path(foldedSheet.placed(at), it.outline())
	if a.detail == Thumbnail {
		return
	}
	arrow := Style{Stroke: p.stroke, Width: 1}
	switch it.e.Local {
	case "dataOutput":
		arrow.Fill = p.stroke
		a.path(dataArrow.placed(placing{b.X, b.Y, 1, 1}), arrow)
	case "dataInput":
		a.path(dataArrow.placed(placing{b.X, b.Y, 1, 1}), arrow)
	}
	if isCollection(it.e) {
		a.path(posts.placed(placing{b.X + 0.33*b.Width, b.Y + b.Height - 18, 1, 1}), Style{Stroke: p.stroke})
	}
}

var foldedSheet = func() Path {
	p := polygon(0, 0, 40, 0, 50, 10, 50, 60, 0, 60)
	p.move(40, 0)
	p.line(40, 10)
	p.line(50, 10)
	return p
}()

func isCollection(e *bpmn.Element) bool {
	if isTrue(e, "isCollection") {
		return true
	}
	data := e.Ref("dataObjectRef")
	return data != nil && isTrue(data, "isCollection")
}

// dataStore draws a drum with three rims.
func (a *artist) dataStore(it *item) {
	b := it.box
	a.path(drum.placed(placing{b.X, b.Y, b.Width / 61, b.Height / 61}), it.outline())
}

var drum = func() Path {
	const top, bottom, right = 8.1, 53.1, 60
	var p Path
	p.move(0, top)
	p.line(0, bottom)
	p.curve(2, bottom+10, 58, bottom+10, right, bottom)
	p.line(right, top)
	p.curve(58, top-10, 2, top-10, 0, top)
	for _, y := range [...]float64{top, top + 7, top + 14} {
		p.move(0, y)
		p.curve(2, y+10, 58, y+10, right, y)
	}
	return p
}()

// annotation draws a text with a bracket at its left.
func (a *artist) annotation(it *item) {
	b := it.box
	var bracket Path
	bracket.move(b.X+10, b.Y)
	bracket.line(b.X, b.Y)
	bracket.line(b.X, b.Y+b.Height)
	bracket.line(b.X+10, b.Y+b.Height)
	a.path(bracket, Style{Stroke: it.paint.stroke})
	a.text(nameOf(it.e), place{box: b, size: fontInside, padding: labelPadding, left: true}, it.paint.label)
}

// frame draws the border of a group.
func (a *artist) frame(it *item) {
	a.rect(it.box, cornerRadius, Style{Stroke: it.paint.stroke, Width: 1.5, Dash: dashedDotted})
}
