package svg

import (
	"math"
	"slices"

	"laneway/bpmn"
)

// An item is a shape or an edge of a plane.
type item struct {
	e     *bpmn.Element // what it shows
	di    *bpmn.Element
	paint paint
	edge  bool
	band  bool // a participant at the edge of a choreography activity

	box    bpmn.Bounds  // of a shape, whole numbers
	points []bpmn.Point // of an edge, two at least

	container bool // holds other items: a sub-process, or a call activity that shows what it calls
	collapsed bool // and does not show them

	// What the item lies on, and what lies on it. Lanes are lowest.
	under *item
	lanes []*item
	above []onItem
}

type onItem struct {
	layer layer
	*item
}

// layer orders what lies on the same item.
type layer uint8

const (
	nodes layer = iota
	artifacts
	boundaryEvents
	connections
)

// inOrder returns what lies on the item, lowest first: lanes, then nodes, then
// annotations, boundary events, and flows.
func (it *item) inOrder() []*item {
	slices.SortStableFunc(it.above, func(a, b onItem) int { return int(a.layer) - int(b.layer) })
	list := slices.Grow(slices.Clone(it.lanes), len(it.above))
	slices.Reverse(list)
	for _, on := range it.above {
		list = append(list, on.item)
	}
	return list
}

func (it *item) put(on *item, l layer) {
	on.under = it
	it.above = append(it.above, onItem{l, on})
}

// hidden reports whether the item is a collapsed one, or lies in one.
func (it *item) hidden() bool {
	for ; it != nil; it = it.under {
		if it.collapsed {
			return true
		}
	}
	return false
}

// kind is the name of the element, "" when it is none of BPMN's.
func (it *item) kind() string {
	if it.e.Model() {
		return it.e.Local
	}
	return ""
}

// A scene is what lies on what on a plane. It follows the model and not the order
// of the shapes, as tools write them in any order.
type scene struct {
	root  *item
	drawn map[*bpmn.Element]*item // by what they show
	pools map[*bpmn.Element]*item // by their process: its pool, or the call activity that shows it
}

func newScene(doc *bpmn.Document, plane bpmn.Plane) *scene {
	s := &scene{root: new(item), drawn: make(map[*bpmn.Element]*item), pools: make(map[*bpmn.Element]*item)}
	var bands, calls []*item
	for e := range plane.Children() {
		it := newItem(e)
		switch {
		case it == nil:
		case it.band:
			bands = append(bands, it)
		case s.drawn[it.e] == nil: // the first drawing of an element counts
			s.drawn[it.e] = it
			if it.e.Model("callActivity") && !it.edge {
				calls = append(calls, it)
			}
		}
	}
	if len(s.drawn) == 0 {
		return s
	}
	for _, c := range doc.Definitions().Collaborations() {
		for _, p := range c.Participants() {
			if pool := s.drawn[p.Element]; pool != nil {
				if process, open := p.Process(); open && s.pools[process.Element] == nil {
					s.pools[process.Element] = pool
				}
			}
		}
	}
	for _, call := range calls {
		s.open(call)
	}
	for e := range doc.Root().Children() {
		if e.Model() {
			s.place(e, s.root, s.root)
		}
	}
	for _, b := range bands {
		s.root.put(b, artifacts)
	}
	return s
}

// open makes a call activity hold the process that it calls, when that is drawn inside of it. A
// process lies in one pool or call activity only, and in none that it holds itself.
func (s *scene) open(call *item) {
	called := call.e.Ref("calledElement")
	if called == nil || !called.Model("process") || s.pools[called] != nil || !s.showsInside(called, call.box) {
		return
	}
	for at := call.e; at != nil; at = at.Parent() {
		if at == called {
			return
		}
		if outer := s.pools[at]; outer != nil {
			at = outer.e
		}
	}
	call.container = true
	s.pools[called] = call
}

// showsInside reports whether a node of a process is drawn inside of a box.
func (s *scene) showsInside(process *bpmn.Element, box bpmn.Bounds) bool {
	for e := range process.Children() {
		if it := s.drawn[e]; it != nil && !it.edge && inside(box, it.box) {
			return true
		}
	}
	return false
}

// newItem reads a shape or an edge; nil when it shows nothing or is nowhere.
func newItem(di *bpmn.Element) *item {
	it := &item{di: di}
	switch {
	case di.Is(bpmn.BPMNDINamespace, "BPMNShape"):
		shape := bpmn.Shape{Element: di}
		if it.e = shape.Shows(); it.e == nil {
			return nil
		}
		box, ok := shape.Bounds()
		if it.box = rounded(box); !ok || !drawable(it.box) {
			return nil
		}
		it.band = it.e.Local == "participant" && di.Attr("choreographyActivityShape") != ""
		it.container = it.e.Model("subProcess", "transaction", "adHocSubProcess", "subChoreography")
		it.collapsed = it.container && !shape.Expanded()
	case di.Is(bpmn.BPMNDINamespace, "BPMNEdge"):
		edge := bpmn.Edge{Element: di}
		if it.e = edge.Shows(); it.e == nil {
			return nil
		}
		it.edge, it.points = true, edge.Waypoints()
		if slices.ContainsFunc(it.points, func(p bpmn.Point) bool { return !within(p.X) || !within(p.Y) }) {
			return nil
		}
	default:
		return nil
	}
	it.paint = paintOf(di)
	return it
}

// place puts an element and what is inside it onto what it lies on. Outside is
// what on itself lies on, for the data of an activity.
func (s *scene) place(e *bpmn.Element, on, outside *item) {
	it := s.drawn[e]
	if it != nil {
		s.put(it, on)
		outside = on
		if it.container || e.Local == "lane" || e.Local == "participant" {
			on = it
		}
	}
	if pool := s.pools[e]; pool != nil {
		on, outside = pool, s.root
	}
	for c := range e.Children() {
		switch {
		case !c.Model() || c.Local == "extensionElements" || c.Local == "documentation":
		case c.Local == "ioSpecification":
			s.place(c, outside, outside)
		default:
			s.place(c, on, outside)
		}
	}
}

func (s *scene) put(it, on *item) {
	switch kind := it.kind(); {
	case kind == "lane":
		it.under = on
		on.lanes = append(on.lanes, it)
	case kind == "dataInputAssociation", kind == "dataOutputAssociation":
		if !on.hidden() {
			s.root.put(it, connections)
		}
	case it.edge:
		on.put(it, connections)
	case kind == "textAnnotation", kind == "group":
		on.put(it, artifacts)
	case kind == "boundaryEvent":
		on.put(it, boundaryEvents)
	case kind == "dataStoreReference" && !inside(on.box, it.box) && !on.hidden():
		s.root.put(it, nodes)
	default:
		on.put(it, nodes)
	}
}

// inside reports whether the middle of a box is in another.
func inside(outer, box bpmn.Bounds) bool {
	x, y := box.X+box.Width/2, box.Y+box.Height/2
	return x >= outer.X && x <= outer.X+outer.Width && y >= outer.Y && y <= outer.Y+outer.Height
}

// ends returns the waypoints of an edge: its own, else from the middle of its
// source to that of its target.
func (s *scene) ends(it *item) []bpmn.Point {
	if len(it.points) >= 2 {
		return it.points
	}
	flow := bpmn.Flow{Element: it.e}
	from, to := s.drawn[flow.Source()], s.drawn[flow.Target()]
	if from == nil || to == nil || from.edge || to.edge {
		return nil
	}
	return []bpmn.Point{middle(from.box), middle(to.box)}
}

// leadsInside reports whether an edge comes from or goes to what a collapsed sub-process hides.
func (s *scene) leadsInside(it *item) bool {
	flow := bpmn.Flow{Element: it.e}
	for _, end := range [...]*bpmn.Element{flow.Source(), flow.Target()} {
		if at := s.drawn[end]; at != nil && at.under.hidden() {
			return true
		}
	}
	return false
}

func middle(b bpmn.Bounds) bpmn.Point { return bpmn.Point{X: b.X + b.Width/2, Y: b.Y + b.Height/2} }

func rounded(b bpmn.Bounds) bpmn.Bounds {
	return bpmn.Bounds{X: round(b.X), Y: round(b.Y), Width: round(b.Width), Height: round(b.Height)}
}

func drawable(b bpmn.Bounds) bool {
	return within(b.X) && within(b.Y) && b.Width >= 0 && b.Height >= 0 && b.Width <= longest && b.Height <= longest
}

// within is also false for what is no number.
func within(v float64) bool { return math.Abs(v) <= Reach }

// isActivity, isEvent and isGateway tell the families of flow nodes apart.
func isActivity(e *bpmn.Element) bool {
	return e.Model("task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask",
		"subProcess", "transaction", "adHocSubProcess", "callActivity")
}

func isEvent(e *bpmn.Element) bool {
	return e.Model("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "implicitThrowEvent", "event")
}

func isGateway(e *bpmn.Element) bool {
	return e.Model("exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway", "eventBasedGateway", "gateway")
}

// isFalse and isTrue read booleans as XML Schema writes them; absent is neither.
func isFalse(e *bpmn.Element, attr string) bool {
	v := e.Attr(attr)
	return v == "false" || v == "0"
}

func isTrue(e *bpmn.Element, attr string) bool {
	v := e.Attr(attr)
	return v == "true" || v == "1"
}

// nameOf returns what an element says: its name, or what its kind has instead.
func nameOf(e *bpmn.Element) string {
	switch e.Local {
	case "textAnnotation":
		if text := e.Child(bpmn.ModelNamespace, "text"); text != nil {
			return text.Text()
		}
		return ""
	case "group":
		if value := e.Ref("categoryValueRef"); value != nil {
			return value.Attr("value")
		}
		return ""
	}
	return e.Attr("name")
}
