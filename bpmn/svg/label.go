package svg

import (
	"math"

	"laneway/bpmn"
)

// The box of a label that the diagram gives no place to.
const (
	labelWidth  = 90
	labelHeight = 20
)

// label writes the name of an element that has it beside its symbol.
func (a *artist) label(it *item) {
	if a.detail == Thumbnail || !labelledOutside(it) {
		return
	}
	name := nameOf(it.e)
	if name == "" {
		return
	}
	box, placed := bpmn.Shape{Element: it.di}.Label()
	if placed = placed && within(box.X) && within(box.Y) && box.Width <= longest; !placed {
		if it.edge && len(it.points) < 2 {
			return
		}
		m := it.labelMiddle()
		box = bpmn.Bounds{X: m.X - labelWidth/2, Y: m.Y - labelHeight/2, Width: labelWidth, Height: labelHeight}
	}
	if !placed || box.Width <= 0 {
		var width float64
		for _, l := range wrap(name, max(box.Width, labelWidth), fontOutside) {
			width = max(width, l.width)
		}
		box.X += box.Width/2 - width/2
		box.Width = math.Ceil(width)
	}
	a.text(name, place{box: rounded(box), size: fontOutside}, it.paint.label)
}

func labelledOutside(it *item) bool {
	switch it.kind() {
	case "dataStoreReference", "dataStore", "dataObject", "dataObjectReference", "dataInput", "dataOutput", "group", "message":
		return !it.edge
	case "":
		return false
	}
	return it.edge || isEvent(it.e) || isGateway(it.e)
}

// labelMiddle is where a label goes when the diagram does not say: below a shape,
// into the top of a group, beside the middle of an edge.
func (it *item) labelMiddle() bpmn.Point {
	b := it.box
	switch {
	case it.edge:
		return besideMiddle(it.points)
	case it.e.Local == "group":
		return bpmn.Point{X: b.X + b.Width/2, Y: b.Y + labelHeight/2}
	}
	return bpmn.Point{X: b.X + b.Width/2, Y: b.Y + b.Height + labelHeight/2}
}

// besideMiddle is beside the middle segment of a line: above it, or at the right of
// one that goes straight up or down.
func besideMiddle(points []bpmn.Point) bpmn.Point {
	const away = 15
	first, second := points[(len(points)-2)/2], points[len(points)/2]
	m := between(first, second, 0.5)
	if first.X == second.X {
		m.X += away
	} else {
		m.Y -= away
	}
	return m
}
