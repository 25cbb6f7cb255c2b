package svg

import "laneway/bpmn"

// event draws the ring of an event and what it waits for or throws.
func (a *artist) event(it *item) {
	ring := it.outline()
	double := false
	switch it.e.Local {
	case "startEvent":
		if isFalse(it.e, "isInterrupting") {
			ring.Dash = dashed
		}
	case "endEvent":
		ring.Width = 4
	case "boundaryEvent":
		ring.Width, ring.FillOpacity, double = 1.5, 1, true
		if isFalse(it.e, "cancelActivity") {
			ring.Dash = dashed
		}
	default:
		ring.Width, double = 1.5, true
	}
	a.circle(it.box, 0, ring)
	if double {
		a.circle(it.box, 3, Style{Stroke: it.paint.stroke, Width: 1.5, Dash: ring.Dash})
	}
	if a.detail == Full {
		a.eventIcon(it.e, it.box, it.paint, 2)
	}
}

// eventIcon draws the symbol of an event's definitions into a box. Symbols are
// drawn for events of 36 by 36 and follow the size of others.
func (a *artist) eventIcon(e *bpmn.Element, box bpmn.Bounds, p paint, clockWidth float64) {
	throws := e.Model("intermediateThrowEvent", "endEvent", "implicitThrowEvent")
	s := Style{Fill: p.fill, Stroke: p.stroke, Width: 1}
	if throws {
		s.Fill = p.stroke
	}
	at := placing{box.X, box.Y, box.Width / 36, box.Height / 36}
	kind, count := definitionOf(e)
	if count > 1 {
		if isTrue(e, "parallelMultiple") {
			s.Fill = p.fill
			a.path(thickPlus.placed(at), s)
		} else {
			a.path(pentagon.placed(at), s)
		}
		return
	}
	switch kind {
	case "messageEventDefinition":
		if throws {
			s.Stroke = p.fill
		}
		a.envelope(bpmn.Bounds{X: box.X + 0.235*box.Width, Y: box.Y + 0.315*box.Height, Width: 18.9 * at.sx, Height: 12.6 * at.sy}, s)
	case "timerEventDefinition":
		a.circle(box, 0.2*box.Height, Style{Fill: p.fill, Stroke: p.stroke, Width: clockWidth})
		a.path(clockHands.placed(at), Style{Stroke: p.stroke, Width: clockWidth})
		a.path(clockFace.placed(at), Style{Stroke: p.stroke, Width: 1})
	case "conditionalEventDefinition":
		s.Fill = p.fill
		a.path(sheet.placed(at), s)
	case "cancelEventDefinition":
		if !throws {
			s.Fill = ""
		}
		a.path(cross.placed(at), s)
	case "terminateEventDefinition":
		a.circle(box, 8, Style{Fill: p.stroke, Stroke: p.stroke, Width: 4})
	case "signalEventDefinition":
		a.path(triangle.placed(at), s)
	case "escalationEventDefinition":
		a.path(arrowHead.placed(at), s)
	case "linkEventDefinition":
		a.path(arrow.placed(at), s)
	case "errorEventDefinition":
		a.path(lightning.placed(at), s)
	case "compensateEventDefinition":
		a.path(rewindEvent.placed(at), s)
	}
}

// definitionOf returns the kind of an event's only definition, and how many there
// are. A definition may stand elsewhere and be referred to.
func definitionOf(e *bpmn.Element) (kind string, count int) {
	for _, d := range (bpmn.FlowNode{Element: e}).EventDefinitions() {
		kind = d.Local
		count++
	}
	for c := range e.Children() {
		if c.Model("eventDefinitionRef") {
			count++
			if d := e.Document().Element(c.Text()); d != nil && d.Model() {
				kind = d.Local
			}
		}
	}
	return kind, count
}
