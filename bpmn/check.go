package bpmn

import "slices"

// Codes of findings about references and rules of the model.
const (
	MissingReference      = "missing_reference"       // a reference that has to be there is not
	WrongReference        = "wrong_reference"         // it names an element of another kind
	ReferenceOutOfScope   = "reference_out_of_scope"  // it names an element that cannot be reached from there
	FlowListMismatch      = "flow_list_mismatch"      // incoming or outgoing contradicts the flow
	FlowNotAllowed        = "flow_not_allowed"        // into a start, out of an end
	MessageFlowInPool     = "message_flow_in_pool"    // both ends in one pool
	NodeInTwoLanes        = "node_in_two_lanes"       // of one lane set
	LinkUnpaired          = "link_unpaired"           // a link event without the other
	ProcessInTwoPools     = "process_in_two_pools"    // two participants name one process
	ParticipantNotInvited = "participant_not_invited" // the initiator of a choreography task takes no part in it
)

// Check returns what a reader of an accepted document should know, in document
// order: warnings, and for a document from DecodeLenient also the errors that
// Decode would have refused it for.
//
// A document is checked once, however often this is asked; the slice is the
// caller's own.
func (d *Document) Check() []Finding {
	d.checkOnce.Do(func() { d.findings = d.check() })
	return slices.Clone(d.findings)
}

func (d *Document) check() []Finding {
	c := &checker{d: d, ids: d.ids}
	if c.ids == nil {
		c.ids = make(map[string]*Element, len(d.elements)/2)
		for i := range d.elements {
			if e := &d.elements[i]; e.hasBPMNID() && c.ids[e.ID()] == nil {
				c.ids[e.ID()] = e
			}
		}
	}
	if d.transcoded != "" {
		c.add(d.Root().finding(Transcoded, SeverityWarning, "the document was written in %s and is kept in UTF-8", d.transcoded))
	}
	c.faults()
	for _, rule := range [...]func(*checker){
		(*checker).content, (*checker).names, (*checker).idsForEditors, (*checker).required, (*checker).resolve,
		(*checker).cycles, (*checker).flows, (*checker).flowLists, (*checker).attachments, (*checker).lanes, (*checker).links,
		(*checker).pools, (*checker).messageFlows, (*checker).data, (*checker).choreographies,
		(*checker).planes, (*checker).diagrams, (*checker).extent,
	} {
		rule(c)
	}
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return c.findings
}

// checker collects the findings of one document. A rule is one method.
type checker struct {
	d        *Document
	ids      map[string]*Element // the first element of each id
	findings []Finding
}

func (c *checker) add(f Finding) { c.findings = append(c.findings, f) }

func (c *checker) warn(e *Element, code, format string, args ...any) {
	c.add(e.finding(code, SeverityWarning, format, args...))
}

// faults reports what the strict gate refuses.
func (c *checker) faults() {
	if c.d.gated {
		return
	}
	every := func(f Finding, _ *Element) bool {
		c.add(f)
		return true
	}
	c.d.idFaults(every)
	c.d.numberFaults(every)
}

// content says when there is nothing to show.
func (c *checker) content() {
	root, model, plane := c.d.Root(), false, false
	nodes, drawn := 0, false
	for i := range c.d.elements {
		e := &c.d.elements[i]
		drawn = drawn || e.Is(BPMNDINamespace, "BPMNShape") || e.Is(BPMNDINamespace, "BPMNEdge")
		if isFlowNode(e) {
			nodes++
		}
	}
	for e := root.first; e != nil; e = e.next {
		model = model || e.Model("process", "collaboration", "choreography", "globalChoreographyTask")
		plane = plane || e.Is(BPMNDINamespace, "BPMNDiagram") && e.Child(BPMNDINamespace, "BPMNPlane") != nil
	}
	if !model {
		c.warn(root, NoProcess, "the document holds no process, collaboration or choreography")
	}
	// A single node on an empty plane is a diagram that somebody is about to start.
	if !plane || !drawn && nodes > 1 {
		c.warn(root, NoDiagram, "nothing of the document is drawn; it has to be laid out first")
	}
}

// names reports elements that BPMN does not know, or not where they stand.
func (c *checker) names() {
	for i := range c.d.elements {
		e := &c.d.elements[i]
		if e.Space != ModelNamespace || e.parent == nil || e.ancestor("extensionElements") != nil {
			continue // vendors also write their own content in the default namespace
		}
		if !knownElement(e.Local) || e.Local == "definitions" || !atHome(e) {
			c.warn(e, UnknownElement, "%s is not an element of BPMN 2.0 in this place; editors drop it", e.QName())
		}
	}
}

// atHome reports whether the parent of a known element may hold it. It knows
// what people and merges misplace, not the whole schema.
func atHome(e *Element) bool {
	p := e.parent
	switch e.Local {
	case "sequenceFlow", "dataObject", "dataObjectReference", "dataStoreReference":
		return isScope(p)
	case "laneSet":
		return p.Model("process", "subProcess", "transaction", "adHocSubProcess")
	case "lane":
		return p.Model("laneSet", "childLaneSet")
	case "childLaneSet", "flowNodeRef":
		return p.Model("lane")
	case "incoming", "outgoing":
		return isFlowNode(p)
	case "conditionExpression":
		return p.Model("sequenceFlow")
	case "participant", "messageFlow":
		return isCollaboration(p)
	case "textAnnotation", "association", "group":
		return isScope(p) || isCollaboration(p)
	case "process", "collaboration", "choreography", "category", "itemDefinition", "message", "signal", "error", "escalation",
		"interface", "resource", "dataStore", "partnerRole", "partnerEntity":
		return p.Model("definitions")
	case "categoryValue":
		return p.Model("category")
	}
	if isFlowNode(e) {
		return isScope(p)
	}
	return true
}

// isScope reports whether the element holds flow nodes and flows.
func isScope(e *Element) bool {
	return e.Model("process", "subProcess", "transaction", "adHocSubProcess", "choreography", "subChoreography", "globalChoreographyTask")
}

func isCollaboration(e *Element) bool {
	return e.Model("collaboration", "choreography", "globalConversation", "globalChoreographyTask")
}

// idsForEditors reports ids that are legal and yet trip browsers' editors.
func (c *checker) idsForEditors() {
	for i := range c.d.elements {
		e := &c.d.elements[i]
		if !e.hasBPMNID() {
			continue
		}
		id := e.ID()
		if !c.d.gated && !isNCName(id) {
			continue
		}
		switch {
		case reservedID(id):
			c.warn(e, ReservedID, "the id %q is a word that JavaScript programs use themselves", id)
		case !editorSafeID(id):
			c.warn(e, IDNotEditorSafe, "the id %q has characters that BPMN editors in browsers drop", id)
		}
	}
}

func editorSafeID(id string) bool {
	for i := 0; i < len(id); i++ {
		if id[i] >= 0x80 {
			return false
		}
	}
	return true
}

func reservedID(id string) bool {
	switch id {
	case "__proto__", "constructor", "prototype", "toString", "toLocaleString", "valueOf", "hasOwnProperty", "isPrototypeOf",
		"propertyIsEnumerable", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__":
		return true
	}
	return false
}

// target returns the element of this document that an attribute without
// namespace refers to, or nil.
func (c *checker) target(e *Element, attr string) *Element {
	value := e.Attr(attr)
	if value == "" {
		return nil
	}
	return c.find(e.reference(attr, value, 0, 0))
}

// listed returns the element that the text of a reference element names, or nil.
func (c *checker) listed(e *Element) *Element {
	return c.find(e.reference("", e.Text(), 0, 0))
}

func (c *checker) find(r reference) *Element {
	if r.external {
		return nil
	}
	return c.ids[r.id]
}

// ancestor returns the closest enclosing model element of that name, or nil.
func (e *Element) ancestor(local string) *Element {
	for e = e.parent; e != nil; e = e.parent {
		if e.Model(local) {
			return e
		}
	}
	return nil
}

// contains reports whether inner is e or lies inside of it.
func (e *Element) contains(inner *Element) bool {
	for ; inner != nil; inner = inner.parent {
		if inner == e {
			return true
		}
	}
	return false
}
