package svg

import "laneway/bpmn"

// activity draws tasks, sub-processes and call activities.
func (a *artist) activity(it *item) {
	e, body := it.e, it.outline()
	inner := false
	switch e.Local {
	case "callActivity":
		body.Width = 5
	case "transaction":
		body.Width, inner = 1.5, true
	}
	eventSub := it.container && isTrue(e, "triggeredByEvent")
	if eventSub {
		body.Width, body.Dash = 2.5, dottedBorder
	}
	a.rect(it.box, cornerRadius, body)
	if inner {
		box := bpmn.Bounds{X: it.box.X + 3, Y: it.box.Y + 3, Width: it.box.Width - 6, Height: it.box.Height - 6}
		if box.Width > 0 && box.Height > 0 {
			a.rect(box, cornerRadius-3, Style{Stroke: it.paint.stroke, Width: 1.5})
		}
	}
	if eventSub && it.collapsed {
		a.cornerEvent(it)
	}
	a.text(e.Attr("name"), place{
		box: it.box, size: fontInside, padding: labelPadding, middle: !it.container || it.collapsed,
	}, it.paint.label)
	if a.detail == Thumbnail {
		return
	}
	task, called := taskOf(e)
	a.markers(it, it.collapsed || e.Local == "callActivity" && !it.container && !called)
	a.taskIcon(it, task)
}

// taskOf returns what kind of task an activity is. A call activity that calls a global task looks
// like the task, with the thick border of a call.
func taskOf(e *bpmn.Element) (kind string, called bool) {
	if e.Local != "callActivity" {
		return e.Local, false
	}
	switch task := e.Ref("calledElement"); {
	case task == nil || !task.Model():
		return "", false
	case task.Local == "globalTask":
		return "task", true
	case task.Local == "globalUserTask":
		return "userTask", true
	case task.Local == "globalManualTask":
		return "manualTask", true
	case task.Local == "globalScriptTask":
		return "scriptTask", true
	case task.Local == "globalBusinessRuleTask":
		return "businessRuleTask", true
	}
	return "", false
}

// cornerEvent shows in the corner of a collapsed event sub-process what starts it,
// when that is one event.
func (a *artist) cornerEvent(it *item) {
	var start *bpmn.Element
	for c := range it.e.Children() {
		if c.Model("startEvent") {
			if start != nil {
				return
			}
			start = c
		}
	}
	if start == nil || a.detail == Thumbnail {
		return
	}
	ring := Style{Fill: it.paint.fill, Stroke: it.paint.stroke, Width: 1}
	if isFalse(start, "isInterrupting") {
		ring.Width, ring.Dash = 1.2, dashedIcon
	}
	box := bpmn.Bounds{X: it.box.X, Y: it.box.Y, Width: 22, Height: 22}
	a.circle(box, 1, ring)
	a.eventIcon(start, box, it.paint, 1)
}

// markers draws the symbols at the lower border: sub-process, compensation, ad
// hoc, loop, parallel and sequential instances.
func (a *artist) markers(it *item, plus bool) {
	e, p := it.e, it.paint
	x, bottom := it.box.X+it.box.Width/2, it.box.Y+it.box.Height
	// Where each marker is, from the middle of the border, when it stands alone or
	// beside the plus of a collapsed sub-process.
	sequential, parallel, compensation, loop, adHoc := -5.0, -6.0, -7.0, 0.0, -8.0
	if plus {
		sequential, parallel, compensation, loop, adHoc = -21, -22, -25, -18, 10
	}
	compensates, isAdHoc := isTrue(e, "isForCompensation"), e.Local == "adHocSubProcess"
	if isAdHoc && !plus {
		compensation -= 18
	}
	single := e.Child(bpmn.ModelNamespace, "standardLoopCharacteristics")
	multi := e.Child(bpmn.ModelNamespace, "multiInstanceLoopCharacteristics")
	switch {
	case single != nil || multi != nil:
		compensation -= 18
		if isAdHoc {
			sequential, loop, parallel = -23, -18, -24
		}
	case compensates && !plus && !isAdHoc:
		compensation = -8
	}
	thin := Style{Fill: p.fill, Stroke: p.stroke, Width: 1}
	if plus {
		a.rect(bpmn.Bounds{X: x - 7.5, Y: bottom - 20, Width: 14, Height: 14}, 0, thin)
		a.path(segments(x-0.5, bottom-18, x-0.5, bottom-8, x-5.5, bottom-13, x+4.5, bottom-13), Style{Stroke: p.stroke})
	}
	if compensates {
		a.path(rewind.placed(placing{x + compensation, bottom - 13, 1, 1}), thin)
	}
	if isAdHoc {
		a.path(tilde.placed(placing{x + adHoc, bottom - 15, 1, 1}), Style{Fill: p.stroke, Stroke: p.stroke, Width: 1})
	}
	switch {
	case single != nil:
		a.path(loopArrow.placed(placing{x + loop, bottom - 7, 1, 1}), Style{Stroke: p.stroke, Width: 1.5})
	case multi != nil && isTrue(multi, "isSequential"):
		a.path(bars.placed(placing{x + sequential, bottom - 19, 1, 1}), Style{Stroke: p.stroke})
	case multi != nil:
		a.path(posts.placed(placing{x + parallel, bottom - 20, 1, 1}), Style{Stroke: p.stroke})
	}
}

// taskIcon draws what kind of task it is, in the upper left corner.
func (a *artist) taskIcon(it *item, kind string) {
	p, at := it.paint, placing{it.box.X, it.box.Y, 1, 1}
	open, closed := Style{Fill: p.fill, Stroke: p.stroke, Width: 1}, Style{Fill: p.stroke, Stroke: p.fill, Width: 1}
	corner := func(x, y, w, h float64) bpmn.Bounds {
		return bpmn.Bounds{X: at.x + x, Y: at.y + y, Width: w, Height: h}
	}
	switch kind {
	case "userTask":
		open.Width = 0.5
		a.path(userBody.placed(at), open)
		a.path(userCollar.placed(at), Style{Stroke: p.stroke, Width: 0.5})
		a.path(userHair.placed(at), Style{Fill: p.stroke, Stroke: p.stroke, Width: 0.5})
	case "manualTask":
		open.Width = 0.5
		a.path(hand.placed(at), open)
	case "serviceTask":
		a.path(gear.placed(placing{at.x + 10.9, at.y + 11, 1, 1}), open)
		a.circle(corner(7.4, 7.5, 7, 7), 0, open)
		a.path(gear.placed(placing{at.x + 15.9, at.y + 15, 1, 1}), open)
		a.circle(corner(12.4, 11.5, 7, 7), 0, open)
	case "scriptTask":
		a.path(scroll.placed(at), open)
	case "businessRuleTask":
		a.rect(corner(8, 8, 20, 12), 0, open)
		a.path(segments(at.x+8, at.y+16, at.x+28, at.y+16, at.x+15, at.y+12, at.x+15, at.y+20), open)
		a.rect(corner(8, 8, 20, 4), 0, Style{Fill: p.stroke, Stroke: p.stroke, Width: 1})
	case "sendTask":
		a.envelope(corner(5.985, 4.998, 21, 14), closed)
	case "receiveTask":
		if isTrue(it.e, "instantiate") {
			a.circle(corner(0, 0, 28, 28), 4.4, open)
			a.envelope(corner(7.77, 9.52, 12.6, 8.4), open)
			return
		}
		a.envelope(corner(6.3, 5.6, 18.9, 12.6), open)
	}
}

// envelope draws a letter that fills a box.
func (a *artist) envelope(b bpmn.Bounds, s Style) {
	x, y, right, bottom := b.X, b.Y, b.X+b.Width, b.Y+b.Height
	p := polygon(x, y, x, bottom, right, bottom, right, y)
	p.move(x, y)
	p.line(x+b.Width/2, y+b.Height*3/7)
	p.line(right, y)
	a.path(p, s)
}
