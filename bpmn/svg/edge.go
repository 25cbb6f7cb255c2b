package svg

import "laneway/bpmn"

// edge draws a flow, an association or a link.
func (a *artist) edge(it *item) {
	points := a.scene.ends(it)
	if len(points) < 2 {
		return
	}
	it.points = points
	p := it.paint
	line := bent(points)
	from, to := tipAt(points), tipAt(reversed(points))
	switch it.kind() {
	case "sequenceFlow":
		a.path(line, Style{Stroke: p.stroke})
		a.path(to.shape(0, 0, 10, 5, 10, -5), Style{Fill: p.stroke, Stroke: p.stroke, Width: 1})
		a.sequenceStart(it, from)
	case "messageFlow":
		a.path(line, Style{Stroke: p.stroke, Width: 1.5, Dash: dashedFlow})
		head := Style{Fill: p.fill, Stroke: p.stroke, Width: 1.5}
		a.circle(bpmn.Bounds{X: from.x - 6, Y: from.y - 6, Width: 12, Height: 12}, 0.75, head)
		a.path(to.shape(0.75, 0, 11.25, 4.5, 11.25, -4.5), head)
		a.message(it)
	case "association":
		a.path(line, Style{Stroke: p.stroke, Dash: dotted})
		switch it.e.Attr("associationDirection") {
		case "Both":
			a.openArrow(from, p)
			a.openArrow(to, p)
		case "One":
			a.openArrow(to, p)
		}
	case "dataInputAssociation", "dataOutputAssociation":
		a.path(line, Style{Stroke: p.stroke, Dash: dotted})
		a.openArrow(to, p)
	default:
		a.path(line, Style{Stroke: p.stroke, Width: 1.5})
	}
}

func (a *artist) openArrow(t tip, p paint) {
	arrow := t.shape(10, 5, 0, 0, 10, -5)
	arrow.Ops = arrow.Ops[:3] // without the line that closes it
	a.path(arrow, Style{Stroke: p.stroke, Width: 1.5})
}

// sequenceStart marks a flow that has a condition, or that is taken when no
// condition of the others holds.
func (a *artist) sequenceStart(it *item, from tip) {
	source := bpmn.Flow{Element: it.e}.Source()
	if source == nil || a.scene.drawn[source] == nil {
		return
	}
	s := Style{Fill: it.paint.fill, Stroke: it.paint.stroke}
	if usual, has := (bpmn.FlowNode{Element: source}).Default(); has && usual.Element == it.e && (isActivity(source) || isGateway(source)) {
		slash := from.shape(6, -6, 10, 6)
		slash.Ops = slash.Ops[:2]
		a.path(slash, Style{Stroke: s.Stroke})
		return
	}
	if isActivity(source) && it.e.Child(bpmn.ModelNamespace, "conditionExpression") != nil {
		a.path(from.shape(1, 0, 9, -4, 17, 0, 9, 4), s)
	}
}

// message draws the message that a flow carries: light, or dark where the diagram
// says that it answers one.
func (a *artist) message(it *item) {
	message, visible := it.e.Ref("messageRef"), it.di.Attr("messageVisibleKind")
	if message == nil && visible == "" || a.detail == Thumbnail {
		return
	}
	m := middleOf(it.points)
	s := Style{Fill: it.paint.fill, Stroke: it.paint.stroke, Width: 1}
	if visible == "non_initiating" {
		s.Fill, s.Stroke = s.Stroke, s.Fill
	}
	a.envelope(bpmn.Bounds{X: m.X - 10.5, Y: m.Y - 7, Width: 21, Height: 14}, s)
	if message != nil {
		a.text(message.Attr("name"), place{box: bpmn.Bounds{X: m.X - 75, Y: m.Y + 17, Width: 150, Height: 50}, size: fontInside}, it.paint.stroke)
	}
}

// bent is a line through points with its corners rounded off.
func bent(points []bpmn.Point) Path {
	const radius = 5
	var p Path
	p.move(points[0].X, points[0].Y)
	for i := 1; i < len(points); i++ {
		corner := points[i]
		if i == len(points)-1 {
			p.line(corner.X, corner.Y)
			break
		}
		in, out := distance(points[i-1], corner), distance(corner, points[i+1])
		r := min(radius, in, out)
		if r == 0 {
			p.line(corner.X, corner.Y)
			continue
		}
		start, end := between(corner, points[i-1], r/in), between(corner, points[i+1], r/out)
		first, second := between(corner, points[i-1], r/in/2), between(corner, points[i+1], r/out/2)
		p.line(start.X, start.Y)
		p.curve(first.X, first.Y, second.X, second.Y, end.X, end.Y)
	}
	return p
}

// tip is an end of an edge and the direction in which the edge goes from there.
type tip struct{ x, y, dx, dy float64 }

func tipAt(points []bpmn.Point) tip {
	t := tip{points[0].X, points[0].Y, 1, 0}
	for _, p := range points[1:] {
		if d := distance(points[0], p); d > 0 {
			t.dx, t.dy = (p.X-t.x)/d, (p.Y-t.y)/d
			return t
		}
	}
	return t
}

// shape is a closed path of pairs: how far along the edge, and how far to its side.
func (t tip) shape(pairs ...float64) Path {
	xy := make([]float64, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		along, aside := pairs[i], pairs[i+1]
		xy[i], xy[i+1] = t.x+along*t.dx-aside*t.dy, t.y+along*t.dy+aside*t.dx
	}
	return polygon(xy...)
}

func reversed(points []bpmn.Point) []bpmn.Point {
	back := make([]bpmn.Point, len(points))
	for i, p := range points {
		back[len(points)-1-i] = p
	}
	return back
}
