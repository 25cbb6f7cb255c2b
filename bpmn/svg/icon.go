package svg

import "math"

// The symbols of the specification, drawn here. Those of tasks are in the space of
// their task, those of events in one of 36 by 36, those of gateways in one of 50
// by 50, markers from the point where they are put.
var (
	userBody = func() Path {
		var p Path
		p.move(9.6, 12.1)
		p.curve(7.2, 10.4, 7.3, 4.1, 12.3, 4)
		p.curve(17.3, 4.1, 17.4, 10.4, 15, 12.1)
		p.curve(17.2, 12.8, 20.6, 14.3, 20.7, 16.5)
		p.line(20.7, 22.8)
		p.line(3.7, 22.8)
		p.line(3.7, 16.5)
		p.curve(3.9, 14.2, 7.3, 12.9, 9.6, 12.1)
		p.close()
		p.move(7, 18)
		p.line(7, 22.8)
		p.move(18, 18)
		p.line(18, 22.8)
		return p
	}()
	userCollar = func() Path {
		var p Path
		p.move(17.1, 13)
		p.curve(16.6, 18.8, 8, 18.8, 7.5, 13)
		return p
	}()
	userHair = func() Path {
		var p Path
		p.move(8.1, 8.2)
		p.curve(9.3, 7, 10.9, 6.4, 12.4, 7.1)
		p.curve(13.9, 8, 15.6, 8.5, 16.5, 8)
		p.curve(16.4, 5.6, 14.9, 4.1, 12.3, 4)
		p.curve(9.7, 4.1, 8.1, 5.7, 8.1, 8.2)
		p.close()
		return p
	}()
	hand = func() Path {
		var p Path
		p.move(17, 15)
		for _, finger := range [...][3]float64{{25.3, 15, 12.9}, {26.9, 12.4, 10.1}, {24.5, 9.5, 7.1}} {
			tip, low, high := finger[0], finger[1], finger[2]
			p.line(17, low)
			p.line(tip, low)
			p.curve(tip+1.6, low, tip+1.6, high, tip, high)
			p.line(17, high)
		}
		p.line(14.4, 7.1)
		p.line(16.9, 4.9)
		p.curve(17.7, 3.9, 16.7, 2.8, 15.4, 3.3)
		p.line(7.7, 7.5)
		p.curve(5.7, 8.8, 5.5, 10.4, 5.6, 13)
		p.curve(5.4, 16.8, 7.3, 18.4, 10.6, 18.4)
		p.line(24.1, 18.2)
		p.curve(25.7, 18.2, 25.7, 16.1, 24.1, 16.1)
		p.line(17, 16.1)
		p.close()
		return p
	}()
	gear   = cogwheel(8, 5.2, 7.1)
	scroll = func() Path {
		var p Path
		p.move(15, 20)
		p.curve(24.9, 13.8, 7.1, 12, 18, 5.1)
		p.line(9.2, 5.1)
		p.curve(-1.7, 12, 16.1, 13.8, 6.2, 20)
		p.close()
		for _, l := range [...][3]float64{{8, 13, 8}, {8.5, 13, 11}, {10, 15, 14}, {11, 16, 17}} {
			p.move(l[0], l[2])
			p.line(l[1], l[2])
		}
		return p
	}()

	triangle   = polygon(18, 7.2, 27, 23.4, 9, 23.4)
	arrowHead  = polygon(18, 7.2, 26, 27.2, 18, 20.2, 10, 27.2)
	arrow      = polygon(20.5, 9.5, 20.5, 13.9, 7, 13.9, 7, 20.7, 20.5, 20.7, 20.5, 25.1, 30.4, 17.3)
	lightning  = polygon(7.3, 26, 14.6, 16.3, 22.3, 25.3, 27, 7.1, 21.1, 18.7, 13.8, 9.2)
	pentagon   = polygon(18, 6, 28.3, 13, 24.9, 26.8, 11.1, 26.8, 7.6, 13)
	thickPlus  = plusSign(18, 17.7, 1.54, 10.75)
	cross      = star(17.65, 18.2, 4, 2.375, 10.875).turned(17.65, 18.2, math.Pi/4)
	clockHands = func() Path {
		var p Path
		p.move(20.25, 10.5)
		p.line(18, 18)
		p.line(23.25, 19.5)
		return p
	}()
	clockFace = func() Path {
		var p Path
		for hour := range 12 {
			sin, cos := math.Sincos(float64(hour) * math.Pi / 6)
			p.move(18+7.5*cos, 18+7.5*sin)
			p.line(18+9.75*cos, 18+9.75*sin)
		}
		return p
	}()
	sheet = func() Path {
		p := polygon(10.5, 8.5, 25, 8.5, 25, 26.5, 10.5, 26.5)
		for y := 11.5; y < 26; y += 3 {
			p.move(12.5, y)
			p.line(23, y)
		}
		return p
	}()
	rewindEvent = func() Path {
		p := polygon(7.9, 18, 16.9, 11.5, 16.9, 24.5)
		p.move(17.2, 17.6)
		p.line(25.9, 11.5)
		p.line(25.9, 24.5)
		p.line(17.2, 18.4)
		p.close()
		return p
	}()

	crossSign    = polygon(16, 15, 19.4, 15, 25.1, 22.5, 30.9, 15, 34.3, 15, 26.9, 24.7, 34.3, 34.4, 30.9, 34.4, 25.1, 27, 19.4, 34.4, 16, 34.4, 23.4, 24.7)
	asterisk     = star(25.2, 25.4, 8, 2.19, 12.4)
	pentagonSign = polygon(18, 22, 25.4, 17.1, 32.7, 22, 30.3, 31.8, 20.5, 31.8)

	posts  = segments(3, 2, 3, 12, 6, 2, 6, 12, 9, 2, 9, 12)
	bars   = segments(0, 3, 10, 3, 0, 6, 10, 6, 0, 9, 10, 9)
	rewind = func() Path {
		p := polygon(0, 0, 7, -5, 7, 5)
		p.move(7.1, -0.3)
		p.line(14, -5)
		p.line(14, 5)
		p.line(7.1, 0.3)
		p.close()
		return p
	}()
	tilde = func() Path {
		var p Path
		p.move(0.8, 2.6)
		p.curve(2.2, 1.1, 3.7, 0.5, 5.2, 0.7)
		p.curve(7.4, 0.9, 9.1, 2, 10.9, 2.5)
		p.curve(13, 3.1, 14.7, 2, 15.9, 0.9)
		p.line(15.9, 2.6)
		p.curve(14.7, 3.8, 13.5, 4.3, 12.2, 4.2)
		p.curve(8.9, 4, 6.6, 2, 4.3, 2.3)
		p.curve(2.9, 2.5, 1.9, 3.4, 0.8, 4.3)
		p.close()
		return p
	}()
	loopArrow = func() Path {
		// Most of a circle of radius 6.35 around (0, -6.32), open at the lower left.
		const r, y, k = 6.35, -6.32, 3.5
		var p Path
		p.move(0, y+r)
		p.curve(k, y+r, r, y+k, r, y)
		p.curve(r, y-k, k, y-r, 0, y-r)
		p.curve(-k, y-r, -r, y-k, -r, y)
		p.curve(-r, y+3, -5.2, y+4.9, -2.5, -0.5)
		p.line(-3.2, -4.4)
		p.move(-2.5, -0.5)
		p.line(-6.4, 0.3)
		return p
	}()

	dataArrow = polygon(5, 9, 14, 9, 14, 6, 19, 11, 14, 16, 14, 13, 5, 13)
)

// cogwheel is the rim of a gear around the origin: teeth between two radii.
func cogwheel(teeth int, inner, outer float64) Path {
	var xy []float64
	step := 2 * math.Pi / float64(teeth)
	for i := range teeth {
		for _, corner := range [...][2]float64{{-0.27, inner}, {-0.16, outer}, {0.16, outer}, {0.27, inner}} {
			sin, cos := math.Sincos((float64(i) + corner[0]) * step)
			xy = append(xy, corner[1]*cos, corner[1]*sin)
		}
	}
	return polygon(xy...)
}

// turned returns the path turned about a point, clockwise by an angle.
func (p Path) turned(x, y, angle float64) Path {
	sin, cos := math.Sincos(angle)
	q := p.placed(placing{0, 0, 1, 1})
	for i, at := range q.Points {
		dx, dy := at.X-x, at.Y-y
		q.Points[i].X, q.Points[i].Y = x+dx*cos-dy*sin, y+dx*sin+dy*cos
	}
	return q
}
