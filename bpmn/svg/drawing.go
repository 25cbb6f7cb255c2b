package svg

import (
	"math"
	"strconv"
	"strings"

	"laneway/bpmn"
)

// A Drawing is a picture of one plane: what is drawn, lowest first, in the
// coordinates of the diagram (1 unit is 1 pixel at scale 1, y grows downwards).
// It knows nothing of SVG: [Drawing.SVG] is one writer of it.
type Drawing struct {
	Title  string      // a name for people, "" when the document has none
	Bounds bpmn.Bounds // what the picture shows, with a margin around the marks
	Groups []Group
}

// A Group is what one element of the document looks like.
type Group struct {
	Element string // the id of the element, "" for what belongs to none
	Marks   []Mark
}

// Kind tells the marks apart.
type Kind uint8

// The kinds of marks, and the fields of Mark that each uses.
const (
	Rectangle Kind = iota // Box, Radius
	Ellipse               // Box
	Line                  // Path
	Label                 // Text
)

// A Mark is one stroke of the pen. All numbers in it are finite.
type Mark struct {
	Kind   Kind
	Style  Style
	Box    bpmn.Bounds
	Radius float64 // of the corners
	Path   Path
	Text   Text
}

// Style says how a mark is painted.
type Style struct {
	Fill        Color   // "" for none
	FillOpacity float64 // 0 stands for 1
	Stroke      Color   // "" for none
	Width       float64 // of the stroke, 0 stands for 2
	Dash        Dash
	Opacity     float64 // of the whole mark, 0 stands for 1
}

// Dash is a pattern of a stroke: lengths of dashes and gaps in turn, divided by
// spaces. "" is a solid stroke.
type Dash string

// The patterns of BPMN's symbols. Strokes have round caps, so a dash of length 0
// is a dot.
const (
	solid        Dash = ""
	dotted       Dash = "0 5"      // associations
	dottedBorder Dash = "0 5.5"    // event sub-processes
	dashed       Dash = "6"        // events that do not interrupt
	dashedIcon   Dash = "3"        // the same in the corner of a sub-process
	dashedFlow   Dash = "10 11"    // message flows
	dashedDotted Dash = "10 6 0 6" // groups
)

// times is the pattern for a pen of another width.
func (d Dash) times(factor float64) Dash {
	lengths := strings.Fields(string(d))
	for i, length := range lengths {
		if v, err := strconv.ParseFloat(length, 64); err == nil {
			lengths[i] = strconv.FormatFloat(math.Round(v*factor), 'f', -1, 64)
		}
	}
	return Dash(strings.Join(lengths, " "))
}

// Reach is the greatest coordinate, and longest the greatest width and height, of
// what is drawn; the rest is left out. Marks around a shape reach a little further.
const (
	Reach   = 1e6
	longest = 1e5
)

// Text is a label, line by line.
type Text struct {
	Size  float64 // of the font
	Left  bool    // lines start at their x instead of being centred on it
	Turn  bool    // lines run upwards: turned by 90 degrees to the left about Origin
	Lines []TextLine
	// Origin is where a turned label has its own origin.
	Origin bpmn.Point
}

// A TextLine is one line; X and Y are of its anchor on the baseline.
type TextLine struct {
	X, Y  float64
	Width float64 // as measured with the metrics of Arial
	Text  string
}

// A Path is a sequence of lines and curves.
type Path struct {
	Ops    []Op
	Points []bpmn.Point // one for MoveTo and LineTo, three for CurveTo
}

// Op is a step of a path.
type Op byte

// The steps of paths.
const (
	MoveTo  Op = 'M'
	LineTo  Op = 'L'
	CurveTo Op = 'C'
	Close   Op = 'Z'
)

func (p *Path) move(x, y float64) {
	p.Ops, p.Points = append(p.Ops, MoveTo), append(p.Points, bpmn.Point{X: x, Y: y})
}

func (p *Path) line(x, y float64) {
	p.Ops, p.Points = append(p.Ops, LineTo), append(p.Points, bpmn.Point{X: x, Y: y})
}

func (p *Path) curve(x1, y1, x2, y2, x, y float64) {
	p.Ops = append(p.Ops, CurveTo)
	p.Points = append(p.Points, bpmn.Point{X: x1, Y: y1}, bpmn.Point{X: x2, Y: y2}, bpmn.Point{X: x, Y: y})
}

func (p *Path) close() { p.Ops = append(p.Ops, Close) }

// polygon makes a closed path of x, y pairs.
func polygon(xy ...float64) Path {
	var p Path
	for i := 0; i+1 < len(xy); i += 2 {
		if i == 0 {
			p.move(xy[0], xy[1])
		} else {
			p.line(xy[i], xy[i+1])
		}
	}
	p.close()
	return p
}

// segments makes a path of separate lines, four numbers each.
func segments(xyxy ...float64) Path {
	var p Path
	for i := 0; i+3 < len(xyxy); i += 4 {
		p.move(xyxy[i], xyxy[i+1])
		p.line(xyxy[i+2], xyxy[i+3])
	}
	return p
}

// placed returns the path, drawn in a space of its own, where it belongs.
func (p Path) placed(at placing) Path {
	points := make([]bpmn.Point, len(p.Points))
	for i, q := range p.Points {
		points[i] = bpmn.Point{X: at.x + at.sx*q.X, Y: at.y + at.sy*q.Y}
	}
	return Path{p.Ops, points}
}

// placing maps the space of an icon to the diagram.
type placing struct{ x, y, sx, sy float64 }

// extent grows to what it is shown. The zero value holds nothing.
type extent struct {
	left, top, right, bottom float64
	some                     bool
}

func (e *extent) point(x, y float64) {
	if !e.some {
		*e = extent{x, y, x, y, true}
		return
	}
	e.left, e.top = math.Min(e.left, x), math.Min(e.top, y)
	e.right, e.bottom = math.Max(e.right, x), math.Max(e.bottom, y)
}

func (e *extent) box(b bpmn.Bounds) {
	e.point(b.X, b.Y)
	e.point(b.X+b.Width, b.Y+b.Height)
}

// mark grows the extent by the geometry of a mark, without its stroke.
func (e *extent) mark(m *Mark) {
	switch m.Kind {
	case Rectangle, Ellipse:
		e.box(m.Box)
	case Line:
		for _, p := range m.Path.Points {
			e.point(p.X, p.Y)
		}
	case Label:
		e.text(&m.Text)
	}
}

func (e *extent) text(t *Text) {
	for _, l := range t.Lines {
		left := l.X
		if !t.Left {
			left -= l.Width / 2
		}
		if t.Turn { // (x, y) of the label is (y, -x) of the diagram
			e.point(t.Origin.X+l.Y-t.Size*ascent, t.Origin.Y-left-l.Width)
			e.point(t.Origin.X+l.Y+t.Size*descent, t.Origin.Y-left)
			continue
		}
		e.point(left, l.Y-t.Size*ascent)
		e.point(left+l.Width, l.Y+t.Size*descent)
	}
}
