package svg

import (
	"errors"
	"math"
	"regexp"
	"slices"

	"laneway/bpmn"
)

// Detail says how much of a document is drawn.
type Detail uint8

const (
	// Full draws everything.
	Full Detail = iota
	// Thumbnail leaves out what cannot be seen when the picture is as small as a
	// stamp: the title, texts, icons, markers and which mark is what; it rounds to
	// whole units, and draws with a pen that is still seen.
	Thumbnail
)

// Options choose what of a document is drawn.
type Options struct {
	// Plane is the id of a plane, of its diagram, or of the element that it shows;
	// "" is the first plane on which something is drawn.
	Plane  string
	Detail Detail
}

// ErrNoDiagram says that a document, or the plane that was asked for, draws
// nothing.
var ErrNoDiagram = errors.New("nothing of the document is drawn; it has to be laid out first")

// ErrNoPlane says that the document has no plane of that name.
var ErrNoPlane = errors.New("the document has no such plane")

// Draw draws a plane of a document. The error is [ErrNoDiagram] or [ErrNoPlane].
func Draw(doc *bpmn.Document, o Options) (*Drawing, error) {
	planes := doc.Definitions().Planes()
	if o.Plane != "" {
		plane, ok := findPlane(planes, o.Plane)
		if !ok {
			return nil, ErrNoPlane
		}
		planes = []bpmn.Plane{plane}
	}
	for _, plane := range planes {
		s := newScene(doc, plane)
		a := artist{detail: o.Detail, scene: s}
		if groups := a.draw(); len(groups) > 0 {
			d := newDrawing(titleOf(plane), groups)
			if o.Detail == Thumbnail {
				d.shrink()
			}
			return d, nil
		}
	}
	return nil, ErrNoDiagram
}

func findPlane(planes []bpmn.Plane, id string) (bpmn.Plane, bool) {
	for _, names := range [...]func(bpmn.Plane) string{
		func(p bpmn.Plane) string { return p.ID() },
		func(p bpmn.Plane) string { return p.Parent().ID() },
		func(p bpmn.Plane) string {
			if e := p.Shows(); e != nil {
				return e.ID()
			}
			return ""
		},
	} {
		for _, p := range planes {
			if names(p) == id {
				return p, true
			}
		}
	}
	return bpmn.Plane{}, false
}

// titleOf names a picture: as its diagram is named, else as what it shows is; "" when neither has a
// name for people.
func titleOf(p bpmn.Plane) string {
	diagram, ids := p.Parent(), []string{p.ID(), p.Parent().ID()}
	names := []string{diagram.Attr("name")}
	if e := p.Shows(); e != nil {
		names, ids = append(names, e.Attr("name")), append(ids, e.ID())
	}
	for _, name := range names {
		if name != "" && !slices.Contains(ids, name) && !madeUp.MatchString(name) {
			return name
		}
	}
	return ""
}

// madeUp matches what tools write for want of a name: an id of their own.
var madeUp = regexp.MustCompile(`^[A-Za-z_-]*[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)

// margin is left around what is drawn.
const margin = 5

func newDrawing(title string, groups []Group) *Drawing {
	var all extent
	for i := range groups {
		for j := range groups[i].Marks {
			all.mark(&groups[i].Marks[j])
		}
	}
	return &Drawing{
		Title:  title,
		Groups: groups,
		Bounds: bpmn.Bounds{
			X: math.Floor(all.left) - margin, Y: math.Floor(all.top) - margin,
			Width:  math.Ceil(all.right) - math.Floor(all.left) + 2*margin,
			Height: math.Ceil(all.bottom) - math.Floor(all.top) + 2*margin,
		},
	}
}

// shrink makes a thumbnail of a drawing without details.
func (d *Drawing) shrink() {
	const stamp = 640 // as wide as a thumbnail is shown with all strokes as they are
	pen := min(max(1, d.Bounds.Width/stamp), 4)
	d.Title = ""
	var marks []Mark
	for i := range d.Groups {
		for _, m := range d.Groups[i].Marks {
			if m.Style.Width == 0 {
				m.Style.Width = 2
			}
			m.Style.Width = math.Round(10*m.Style.Width*pen) / 10
			m.Style.Dash = m.Style.Dash.times(pen)
			m.Box = rounded(m.Box)
			for j, p := range m.Path.Points {
				m.Path.Points[j] = bpmn.Point{X: round(p.X), Y: round(p.Y)}
			}
			marks = append(marks, m)
		}
	}
	d.Groups = []Group{{Marks: marks}}
}

// artist draws the items of a scene. Its methods add marks.
type artist struct {
	detail Detail
	scene  *scene
	marks  []Mark
	groups []Group
}

func (a *artist) draw() []Group {
	n := len(a.scene.drawn)
	a.marks, a.groups = make([]Mark, 0, 4*n), make([]Group, 0, n)
	a.items(a.scene.root)
	return a.groups
}

// items draws what lies on an item, each thing with what lies on it in turn.
func (a *artist) items(on *item) {
	for _, it := range on.inOrder() {
		if it.edge && a.scene.leadsInside(it) {
			continue
		}
		first := len(a.marks)
		a.item(it)
		if !it.collapsed && len(it.above)+len(it.lanes) > 0 {
			a.group(it, first)
			a.items(it)
			first = len(a.marks)
		}
		a.label(it)
		a.group(it, first)
	}
}

func (a *artist) group(it *item, first int) {
	if len(a.marks) > first {
		a.groups = append(a.groups, Group{it.e.ID(), a.marks[first:len(a.marks):len(a.marks)]})
	}
}

// item draws a shape or an edge, but for a label beside it.
func (a *artist) item(it *item) {
	if it.edge {
		a.edge(it)
		return
	}
	switch kind := it.kind(); {
	case it.band:
		a.band(it)
	case isActivity(it.e):
		a.activity(it)
	case isEvent(it.e):
		a.event(it)
	case isGateway(it.e):
		a.gateway(it)
	case kind == "participant":
		a.participant(it)
	case kind == "lane":
		a.lane(it)
	case kind == "textAnnotation":
		a.annotation(it)
	case kind == "group":
		a.frame(it)
	case kind == "dataObject", kind == "dataObjectReference", kind == "dataInput", kind == "dataOutput":
		a.dataObject(it)
	case kind == "dataStore", kind == "dataStoreReference":
		a.dataStore(it)
	case kind == "message":
		a.envelope(it.box, Style{Fill: it.paint.fill, Stroke: it.paint.stroke})
	default:
		a.plainBox(it)
	}
}

// plainBox draws what has no symbol of its own: the shapes of choreographies and
// conversations, and what nobody knows.
func (a *artist) plainBox(it *item) {
	a.rect(it.box, cornerRadius, it.outline())
	a.text(nameOf(it.e), place{box: it.box, size: fontInside, padding: labelPadding, middle: true}, it.paint.label)
}

// Measures that several symbols share.
const (
	cornerRadius = 10
	labelPadding = 7
	bodyOpacity  = 0.95
)

// outline is the style of the body of most symbols.
func (it *item) outline() Style {
	return Style{Fill: it.paint.fill, FillOpacity: bodyOpacity, Stroke: it.paint.stroke}
}

func (a *artist) rect(box bpmn.Bounds, radius float64, s Style) {
	a.marks = append(a.marks, Mark{Kind: Rectangle, Box: box, Radius: radius, Style: s})
}

// circle draws a circle in the middle of a box, smaller than it by inset.
func (a *artist) circle(box bpmn.Bounds, inset float64, s Style) {
	r := round((box.Width+box.Height)/4 - inset)
	if r <= 0 {
		return
	}
	x, y := box.X+box.Width/2, box.Y+box.Height/2
	a.marks = append(a.marks, Mark{Kind: Ellipse, Box: bpmn.Bounds{X: x - r, Y: y - r, Width: 2 * r, Height: 2 * r}, Style: s})
}

func (a *artist) path(p Path, s Style) {
	if len(p.Points) > 0 {
		a.marks = append(a.marks, Mark{Kind: Line, Path: p, Style: s})
	}
}

func (a *artist) text(text string, p place, c Color) {
	if a.detail == Thumbnail {
		return
	}
	if t, some := layout(text, p); some {
		a.marks = append(a.marks, Mark{Kind: Label, Text: t, Style: Style{Fill: c}})
	}
}

// round rounds half up, also below zero.
func round(v float64) float64 { return math.Floor(v + 0.5) }

// Placeholder is the picture of a document that draws nothing: a small process in
// the colour of pencil, which stands for no element.
func Placeholder() *Drawing {
	const pencil Color = "#b9bdc6"
	s := Style{Fill: white, Stroke: pencil, Width: 1.25}
	end := s
	end.Width = 2.25
	box := func(x, y, w, h float64) bpmn.Bounds { return bpmn.Bounds{X: x, Y: y, Width: w, Height: h} }
	return &Drawing{Bounds: box(0, 0, 160, 90), Groups: []Group{{Marks: []Mark{
		{Kind: Line, Style: Style{Stroke: pencil, Width: 1.25}, Path: segments(49, 45, 63, 45, 93, 45, 105, 45)},
		{Kind: Ellipse, Style: s, Box: box(37, 39, 12, 12)},
		{Kind: Rectangle, Style: s, Box: box(63, 35, 30, 20), Radius: 3},
		{Kind: Ellipse, Style: end, Box: box(105, 39, 12, 12)},
	}}}}
}
