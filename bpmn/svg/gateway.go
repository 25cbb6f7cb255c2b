package svg

import (
	"math"

	"laneway/bpmn"
)

// gateway draws the diamond of a gateway and the sign of its kind. Signs are drawn
// for gateways of 50 by 50 and follow the size of others.
func (a *artist) gateway(it *item) {
	b, p := it.box, it.paint
	x, y := b.X+b.Width/2, b.Y+b.Height/2
	a.path(polygon(x, b.Y, b.X+b.Width, y, x, b.Y+b.Height, b.X, y), it.outline())
	at := placing{b.X, b.Y, b.Width / 50, b.Height / 50}
	filled := Style{Fill: p.stroke, Stroke: p.stroke, Width: 1}
	switch it.e.Local {
	case "exclusiveGateway":
		if isTrue(it.di, "isMarkerVisible") {
			a.path(crossSign.placed(at), filled)
		}
	case "parallelGateway":
		a.path(plusSign(25.5, 25, 2.5, 15).placed(at), filled)
	case "inclusiveGateway":
		a.circle(b, 0.24*b.Height, Style{Fill: p.fill, Stroke: p.stroke, Width: 2.5})
	case "complexGateway":
		a.path(asterisk.placed(at), filled)
	case "eventBasedGateway":
		a.eventBased(it, at)
	}
}

func (a *artist) eventBased(it *item, at placing) {
	b, thin := it.box, Style{Stroke: it.paint.stroke, Width: 1}
	ring := thin
	if it.paint.fill != white {
		ring.Fill = it.paint.fill
	}
	a.circle(b, 0.2*b.Height, ring)
	if it.e.Attr("eventGatewayType") == "Parallel" {
		a.path(plusSign(25.37, 24.8, 1.67, 10).placed(at), thin)
		return
	}
	if !isTrue(it.e, "instantiate") {
		a.circle(b, 0.26*b.Height, thin)
	}
	thin.Width = 2
	a.path(pentagonSign.placed(at), thin)
}

// plusSign is a cross of bars around a middle: half as thick, and half as long.
func plusSign(x, y, thick, long float64) Path {
	return polygon(x-thick, y-long, x+thick, y-long, x+thick, y-thick, x+long, y-thick, x+long, y+thick, x+thick, y+thick,
		x+thick, y+long, x-thick, y+long, x-thick, y+thick, x-long, y+thick, x-long, y-thick, x-thick, y-thick)
}

// star is a shape of arms around a middle: half as thick, and as long as the arm.
func star(x, y float64, arms int, thick, long float64) Path {
	var xy []float64
	half := math.Pi / float64(arms)
	for i := range arms {
		sin, cos := math.Sincos(2 * half * float64(i))
		xy = append(xy, x+long*cos+thick*sin, y+long*sin-thick*cos, x+long*cos-thick*sin, y+long*sin+thick*cos)
		sin, cos = math.Sincos(2*half*float64(i) + half)
		notch := thick / math.Sin(half)
		xy = append(xy, x+notch*cos, y+notch*sin)
	}
	return polygon(xy...)
}

// middleOf is the middle of a line of points, measured along it.
func middleOf(points []bpmn.Point) bpmn.Point {
	var length float64
	for i := 1; i < len(points); i++ {
		length += distance(points[i-1], points[i])
	}
	rest := length / 2
	for i := 1; i < len(points); i++ {
		step := distance(points[i-1], points[i])
		if step > 0 && rest <= step {
			return between(points[i-1], points[i], rest/step)
		}
		rest -= step
	}
	return points[0]
}

func distance(a, b bpmn.Point) float64 { return math.Hypot(b.X-a.X, b.Y-a.Y) }

func between(a, b bpmn.Point, share float64) bpmn.Point {
	return bpmn.Point{X: a.X + share*(b.X-a.X), Y: a.Y + share*(b.Y-a.Y)}
}
