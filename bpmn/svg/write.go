package svg

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MostPixels is the width and height that a picture has at most; what is larger
// is scaled down.
const MostPixels = 16_384

// Size returns width and height in pixels at a scale, and the scale that is left
// when the picture has to be smaller than asked for.
func (d *Drawing) Size(scale float64) (width, height, used float64) {
	used = min(scale, MostPixels/d.Bounds.Width, MostPixels/d.Bounds.Height)
	return d.Bounds.Width * used, d.Bounds.Height * used, used
}

// SVG writes the drawing as a document of its own. The same drawing gives the same
// bytes. It has presentation attributes only: no script, no style sheet, nothing
// that refers to something outside of it.
func (d *Drawing) SVG(scale float64) []byte {
	w := writer{b: make([]byte, 0, 256+120*len(d.Groups))}
	width, height, _ := d.Size(scale)
	w.text(`<svg xmlns="http://www.w3.org/2000/svg"`)
	w.number("width", width)
	w.number("height", height)
	w.text(` viewBox="`)
	for i, v := range [...]float64{d.Bounds.X, d.Bounds.Y, d.Bounds.Width, d.Bounds.Height} {
		if i > 0 {
			w.text(" ")
		}
		w.b = appendHundredths(w.b, hundredths(v))
	}
	w.text(`" role="img">`)
	if d.Title != "" {
		w.text("<title>")
		w.escape(d.Title)
		w.text("</title>")
	}
	w.text(`<g fill="none" stroke="` + string(ink) + `" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" font-family="Arial, sans-serif" font-size="12" text-anchor="middle">`)
	for i := range d.Groups {
		g := &d.Groups[i]
		if g.Element != "" {
			w.text(`<g data-element-id="`)
			w.escape(g.Element)
			w.text(`">`)
		}
		for j := range g.Marks {
			w.mark(&g.Marks[j])
		}
		if g.Element != "" {
			w.text("</g>")
		}
	}
	w.text("</g></svg>\n")
	return w.b
}

type writer struct{ b []byte }

func (w *writer) text(s string) { w.b = append(w.b, s...) }

func (w *writer) number(name string, v float64) {
	w.text(" " + name + `="`)
	w.b = appendHundredths(w.b, hundredths(v))
	w.text(`"`)
}

func (w *writer) attr(name, value string) { w.text(" " + name + `="` + value + `"`) }

func (w *writer) mark(m *Mark) {
	switch m.Kind {
	case Rectangle:
		w.text("<rect")
		w.number("x", m.Box.X)
		w.number("y", m.Box.Y)
		w.number("width", m.Box.Width)
		w.number("height", m.Box.Height)
		if m.Radius > 0 {
			w.number("rx", m.Radius)
		}
	case Ellipse:
		rx, ry := m.Box.Width/2, m.Box.Height/2
		if rx == ry {
			w.text("<circle")
			w.number("cx", m.Box.X+rx)
			w.number("cy", m.Box.Y+ry)
			w.number("r", rx)
			break
		}
		w.text("<ellipse")
		w.number("cx", m.Box.X+rx)
		w.number("cy", m.Box.Y+ry)
		w.number("rx", rx)
		w.number("ry", ry)
	case Line:
		w.text(`<path d="`)
		w.path(&m.Path)
		w.text(`"`)
	case Label:
		w.label(m)
		return
	}
	w.style(&m.Style)
	w.text("/>")
}

func (w *writer) style(s *Style) {
	if s.Fill != "" {
		w.attr("fill", string(s.Fill))
		if s.FillOpacity != 0 && s.FillOpacity != 1 {
			w.number("fill-opacity", s.FillOpacity)
		}
	}
	if s.Stroke == "" {
		w.attr("stroke", "none")
	} else {
		if s.Stroke != ink {
			w.attr("stroke", string(s.Stroke))
		}
		if s.Width != 0 && s.Width != 2 {
			w.number("stroke-width", s.Width)
		}
		if s.Dash != solid {
			w.attr("stroke-dasharray", string(s.Dash))
		}
	}
	if s.Opacity != 0 && s.Opacity != 1 {
		w.number("opacity", s.Opacity)
	}
}

func (w *writer) label(m *Mark) {
	t := &m.Text
	w.text("<text")
	w.attr("fill", string(m.Style.Fill))
	w.attr("stroke", "none")
	if t.Size != fontInside {
		w.number("font-size", t.Size)
	}
	if t.Left {
		w.attr("text-anchor", "start")
	}
	if t.Turn {
		w.text(` transform="translate(`)
		w.b = appendHundredths(w.b, hundredths(t.Origin.X))
		w.text(" ")
		w.b = appendHundredths(w.b, hundredths(t.Origin.Y))
		w.text(`) rotate(-90)"`)
	}
	if m.Style.Opacity != 0 && m.Style.Opacity != 1 {
		w.number("opacity", m.Style.Opacity)
	}
	if len(t.Lines) == 1 {
		w.number("x", t.Lines[0].X)
		w.number("y", t.Lines[0].Y)
		w.text(">")
		w.escape(t.Lines[0].Text)
		w.text("</text>")
		return
	}
	w.text(">")
	for i := range t.Lines {
		w.text("<tspan")
		w.number("x", t.Lines[i].X)
		w.number("y", t.Lines[i].Y)
		w.text(">")
		w.escape(t.Lines[i].Text)
		w.text("</tspan>")
	}
	w.text("</text>")
}

// path writes the first point of each part as it is and the others relative to the
// one before, so that equal shapes are equal text wherever they are.
func (w *writer) path(p *Path) {
	var x, y, startX, startY int64
	points := p.Points
	var last byte
	for _, op := range p.Ops {
		switch op {
		case MoveTo:
			x, y = hundredths(points[0].X), hundredths(points[0].Y)
			startX, startY = x, y
			w.step(&last, 'M', x, y)
			points = points[1:]
		case LineTo:
			toX, toY := hundredths(points[0].X), hundredths(points[0].Y)
			switch {
			case toY == y:
				w.step(&last, 'h', toX-x)
			case toX == x:
				w.step(&last, 'v', toY-y)
			default:
				w.step(&last, 'l', toX-x, toY-y)
			}
			x, y = toX, toY
			points = points[1:]
		case CurveTo:
			var d [6]int64
			for i := range 3 {
				d[2*i], d[2*i+1] = hundredths(points[i].X)-x, hundredths(points[i].Y)-y
			}
			w.step(&last, 'c', d[:]...)
			x, y = x+d[4], y+d[5]
			points = points[3:]
		case Close:
			w.b = append(w.b, 'z')
			last, x, y = 'z', startX, startY
		}
	}
}

// step writes a command, whose letter is left out when it is that of the step
// before.
func (w *writer) step(last *byte, command byte, numbers ...int64) {
	again := *last == command && command != 'M'
	if !again {
		w.b = append(w.b, command)
	}
	*last = command
	for i, n := range numbers {
		if n >= 0 && (i > 0 || again) {
			w.b = append(w.b, ' ')
		}
		w.b = appendHundredths(w.b, n)
	}
}

// hundredths is a number in whole hundredths; what is no number is 0.
func hundredths(v float64) int64 {
	v = math.Round(v * 100)
	if math.IsNaN(v) || math.Abs(v) > 1e15 {
		return 0
	}
	return int64(v)
}

func appendHundredths(b []byte, n int64) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, n/100, 10)
	if rest := n % 100; rest != 0 {
		b = append(b, '.', byte('0'+rest/10))
		if rest%10 != 0 {
			b = append(b, byte('0'+rest%10))
		}
	}
	return b
}

// escape writes text; characters that XML does not have are left out.
func (w *writer) escape(s string) {
	if !strings.ContainsFunc(s, func(r rune) bool {
		return r < 0x20 || r == '<' || r == '>' || r == '&' || r == '"' || r == utf8.RuneError || r >= 0xFFFE && r <= 0xFFFF
	}) {
		w.text(s)
		return
	}
	for i, r := range s {
		switch {
		case r == '<':
			w.text("&lt;")
		case r == '>':
			w.text("&gt;")
		case r == '&':
			w.text("&amp;")
		case r == '"':
			w.text("&quot;")
		case r == '\t' || r == '\n' || r == '\r':
			w.text(" ")
		case r < 0x20 || r == 0xFFFE || r == 0xFFFF:
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
		default:
			w.b = utf8.AppendRune(w.b, r)
		}
	}
}
