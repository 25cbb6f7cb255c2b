package svg

import (
	"fmt"
	"strings"

	"laneway/bpmn"
)

// change is what became of an element between two documents, weakest first: an
// element has one colour only.
type change uint8

const (
	moved change = iota + 1
	edited
	added
	removed
)

// The colours and signs of changes. Nobody needs to tell the colours apart: each
// change also has its sign, and the picture a list of them.
var (
	changeColors = [...]Color{moved: "#1d63c1", edited: "#9a5b00", added: "#1a7a34", removed: "#c22b24"}
	changeWords  = [...]string{moved: "moved", edited: "changed", added: "added", removed: "removed"}
)

// Compare draws document b with what changed since a marked: added, changed and
// moved elements of b, and those of a that are gone where they were. The changes
// are those of [bpmn.Diff]. It draws the plane of b that the options name, in full
// whatever they say of the detail; where b draws nothing, all of a is shown as
// removed. The error is as for [Draw].
func Compare(a, b *bpmn.Document, changes []bpmn.Change, o Options) (*Drawing, error) {
	o.Detail = Full
	now, err := Draw(b, o)
	before, errBefore := Draw(a, o)
	if err != nil && errBefore != nil {
		return nil, err
	}
	marked := changesOf(changes)
	c := comparison{counts: make(map[change]int)}
	title := ""
	if now != nil {
		title = now.Title
		for _, g := range now.Groups {
			c.add(g, marked[g.Element])
		}
	}
	if before != nil { // above the pools that they were in
		for _, g := range before.Groups {
			if now == nil || marked[g.Element] == removed {
				c.removed(g)
			}
		}
	}
	c.groups = append(c.groups, c.above...)
	d := newDrawing(title, c.groups)
	d.addLegend(c.counts)
	return d, nil
}

// changesOf returns what became of each element that has changes.
func changesOf(changes []bpmn.Change) map[string]change {
	marked := make(map[string]change)
	for _, c := range changes {
		id, kind := c.Element, edited
		drawing := false
		for _, open := range [...]string{"#di(", "#plane("} {
			if rest, is := strings.CutPrefix(id, open); is {
				drawing = true
				id, _, _ = strings.Cut(strings.TrimSuffix(rest, ")"), "@")
			}
		}
		switch {
		case drawing:
			kind = moved
		case c.Op == bpmn.OpAdd:
			kind = added
		case c.Op == bpmn.OpRemove:
			kind = removed
		}
		marked[id] = max(marked[id], kind)
	}
	return marked
}

// comparison gathers the groups of a picture: the document below, the signs above.
type comparison struct {
	groups, above []Group
	counts        map[change]int
	seen          map[string]bool
}

// add draws a group, on a halo of the colour of its change.
func (c *comparison) add(g Group, kind change) {
	if kind == 0 || kind == removed {
		c.groups = append(c.groups, g)
		return
	}
	c.sign(g, kind)
	c.groups = append(c.groups, g)
}

// removed draws a group of the older document, faded, in the colour of what is
// gone, and through which one sees what is there now.
func (c *comparison) removed(g Group) {
	faded := Group{Element: g.Element, Marks: make([]Mark, len(g.Marks))}
	for i, m := range g.Marks {
		m.Style.Opacity = 0.6
		if m.Kind == Label {
			m.Style.Fill = changeColors[removed]
		} else {
			filled := m.Style.Fill != "" && m.Style.Fill == m.Style.Stroke
			m.Style.Stroke, m.Style.Fill, m.Style.FillOpacity = changeColors[removed], "", 0
			if filled {
				m.Style.Fill = changeColors[removed]
			}
		}
		faded.Marks[i] = m
	}
	c.sign(g, removed)
	c.groups = append(c.groups, faded)
}

// sign draws the halo of a changed element and its sign at the upper right corner
// of a shape, the upper left one of what is gone, or on the middle of an edge.
func (c *comparison) sign(g Group, kind change) {
	if len(g.Marks) == 0 {
		return
	}
	body, color := g.Marks[0], changeColors[kind]
	if !c.seen[g.Element] {
		if c.seen == nil {
			c.seen = make(map[string]bool)
		}
		c.seen[g.Element] = true
		c.counts[kind]++
	} else if body.Kind == Label {
		return // the label of a sub-process, which has its sign
	}
	halo := Mark{Kind: body.Kind, Box: body.Box, Radius: body.Radius, Path: body.Path, Style: Style{Stroke: color, Width: 9, Opacity: 0.35}}
	var at bpmn.Point
	switch {
	case body.Kind == Label:
		l := body.Text.Lines[0]
		at = bpmn.Point{X: l.X, Y: l.Y}
	case body.Kind == Line && body.Style.Fill == "": // an edge, or the bracket of an annotation
		at = middleOf(body.Path.Points)
	default:
		var e extent
		e.mark(&body)
		at = bpmn.Point{X: e.right, Y: e.top}
		if kind == removed { // what replaces it may have its sign there
			at.X = e.left
		}
	}
	if body.Kind != Label {
		c.groups = append(c.groups, Group{Marks: []Mark{halo}})
	}
	c.above = append(c.above, Group{Marks: badge(at, kind)})
}

// badge is a disc with the sign of a change.
func badge(at bpmn.Point, kind change) []Mark {
	const r = 8
	x, y := at.X, at.Y
	var sign Path
	switch kind {
	case added:
		sign = segments(x-4, y, x+4, y, x, y-4, x, y+4)
	case removed:
		sign = segments(x-4, y, x+4, y)
	case edited: // a pencil stroke
		sign.move(x-4, y+1)
		sign.curve(x-2, y-4, x+2, y+4, x+4, y-1)
	default: // an arrow to the right
		sign = segments(x-4, y, x+4, y, x+1, y-3, x+4, y, x+1, y+3, x+4, y)
	}
	return []Mark{
		{Kind: Ellipse, Box: bpmn.Bounds{X: x - r, Y: y - r, Width: 2 * r, Height: 2 * r}, Style: Style{Fill: changeColors[kind], Stroke: white, Width: 1.5}},
		{Kind: Line, Path: sign, Style: Style{Stroke: white}},
	}
}

// addLegend says below the picture how much changed.
func (d *Drawing) addLegend(counts map[change]int) {
	const height, step = 30, 110
	var marks []Mark
	x, y := d.Bounds.X+margin+8, d.Bounds.Y+d.Bounds.Height+height/2-margin
	for _, kind := range [...]change{added, removed, edited, moved} {
		if counts[kind] == 0 {
			continue
		}
		text := fmt.Sprintf("%d %s", counts[kind], changeWords[kind])
		marks = append(marks, badge(bpmn.Point{X: x, Y: y}, kind)...)
		line := wrap(text, step, fontInside)[0]
		marks = append(marks, Mark{Kind: Label, Style: Style{Fill: ink}, Text: Text{
			Size: fontInside, Left: true, Lines: []TextLine{{X: x + 14, Y: y + 4, Width: line.width, Text: text}},
		}})
		x += step
	}
	if len(marks) == 0 {
		return
	}
	d.Bounds.Height += height
	d.Bounds.Width = max(d.Bounds.Width, x-d.Bounds.X)
	// Halos need a ground to be told from each other, also on a dark page.
	ground := Group{Marks: []Mark{{Kind: Rectangle, Box: d.Bounds, Style: Style{Fill: white}}}}
	d.Groups = append(append([]Group{ground}, d.Groups...), Group{Marks: marks})
}
