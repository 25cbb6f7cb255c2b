package bpmn

import "strings"

// cycles reports containment that would never end.
func (c *checker) cycles() {
	for i := range c.d.elements {
		e := &c.d.elements[i]
		switch {
		case e.Model("boundaryEvent"):
			host, steps := e, 0
			for host != nil && steps <= maxDepth {
				if host = c.target(host, "attachedToRef"); host == e {
					c.warn(e, CyclicReference, "the boundary event %s is attached to itself, directly or through others", e.ID())
					break
				}
				steps++
			}
		case e.Model("flowNodeRef"):
			if node := c.listed(e); node != nil && node.contains(e) {
				c.warn(e, CyclicReference, "the lane %s lists %s, which contains the lane", e.parent.ID(), node.ID())
			}
		case e.Is(BPMNDINamespace, "BPMNShape") && e.parent != nil:
			shown, plane := c.shown(e), c.shown(e.parent)
			if shown != nil && plane != nil && shown != plane && shown.contains(plane) {
				c.warn(e, CyclicReference, "the plane of %s shows %s, which contains it", plane.ID(), shown.ID())
			}
		}
	}
}

// flows reports sequence flows that leave their process or sub-process, or that
// enter or leave events which do not have such flows.
func (c *checker) flows() {
	for i := range c.d.elements {
		flow := &c.d.elements[i]
		if !flow.Model("sequenceFlow") || flow.parent == nil {
			continue
		}
		home := flow.ancestor("process")
		for _, attr := range [...]string{"sourceRef", "targetRef"} {
			node := c.target(flow, attr)
			if node == nil || node.parent == nil {
				continue
			}
			if node.ancestor("process") != home {
				c.warn(flow, UnresolvedReference, "the sequence flow's %s %s lies in another process", attr, node.ID())
			} else if node.parent != flow.parent {
				c.warn(flow, FlowAcrossScopes, "the sequence flow's %s %s lies in another scope", attr, node.ID())
			}
			if attr == "sourceRef" && node.Model("endEvent") {
				c.warn(flow, FlowNotAllowed, "the sequence flow leaves the end event %s", node.ID())
			}
			if attr == "targetRef" && node.Model("startEvent", "boundaryEvent") {
				c.warn(flow, FlowNotAllowed, "the sequence flow enters the %s %s", node.Local, node.ID())
			}
		}
	}
}

// flowLists reports incoming and outgoing that name a flow which goes elsewhere.
func (c *checker) flowLists() {
	for i := range c.d.elements {
		e := &c.d.elements[i]
		attr := "targetRef"
		switch {
		case e.Model("incoming"):
		case e.Model("outgoing"):
			attr = "sourceRef"
		default:
			continue
		}
		if flow := c.listed(e); flow != nil && flow.Model("sequenceFlow") && isFlowNode(e.parent) && c.target(flow, attr) != c.owner(e.parent) {
			c.warn(e, FlowListMismatch, "%s names %s as %s, but the %s of that flow is %q", e.parent.ID(), flow.ID(), e.Local, attr, shorten(flow.Attr(attr)))
		}
	}
}

// owner returns the element that references to e's id mean: another one where
// the id is taken twice.
func (c *checker) owner(e *Element) *Element {
	if first := c.ids[e.ID()]; first != nil {
		return first
	}
	return e
}

// attachments reports references between neighbours: default flows, hosts of
// boundary events, and what a compensation undoes.
func (c *checker) attachments() {
	for i := range c.d.elements {
		e := &c.d.elements[i]
		if e.Space != ModelNamespace {
			continue
		}
		if flow := c.target(e, "default"); flow != nil && flow.Model("sequenceFlow") && c.target(flow, "sourceRef") != c.owner(e) {
			c.warn(e, ReferenceOutOfScope, "%s: the default flow %s does not start here", e.Local, flow.ID())
		}
		if host := c.target(e, "attachedToRef"); host != nil && isActivity(host) && host.parent != e.parent {
			c.warn(e, ReferenceOutOfScope, "the boundary event is attached to %s, which lies in another scope", host.ID())
		}
		if e.Local == "compensateEventDefinition" {
			if undone := c.target(e, "activityRef"); undone != nil && undone.ancestor("process") != e.ancestor("process") {
				c.warn(e, ReferenceOutOfScope, "the compensation undoes %s, which lies in another process", undone.ID())
			}
		}
	}
}

// lanes reports nodes that two lanes of a set claim, and nodes of elsewhere.
func (c *checker) lanes() {
	type place struct{ set, node *Element }
	claimed := make(map[place]*Element)
	for i := range c.d.elements {
		e := &c.d.elements[i]
		if !e.Model("flowNodeRef") || !e.parent.Model("lane") {
			continue
		}
		node := c.listed(e)
		if node == nil || !isFlowNode(node) {
			continue
		}
		set := e.parent
		for set.parent.Model("lane", "laneSet", "childLaneSet") {
			set = set.parent
		}
		if set.parent != nil && !set.parent.contains(node) {
			c.warn(e, ReferenceOutOfScope, "the lane %s lists %s, which lies in another %s", e.parent.ID(), node.ID(), set.parent.Local)
		}
		key := place{set, node}
		// A lane and the lane inside of it may both list a node.
		if other := claimed[key]; other != nil && !other.contains(e.parent) && !e.parent.contains(other) {
			c.warn(e, NodeInTwoLanes, "%s lies in the lanes %s and %s", node.ID(), other.ID(), e.parent.ID())
			continue
		}
		if claimed[key] == nil || claimed[key].contains(e.parent) {
			claimed[key] = e.parent
		}
	}
}

// links reports link events whose other end is missing or not the only one.
// They belong together by name within their scope, or by source and target.
func (c *checker) links() {
	type link struct {
		scope *Element
		name  string
	}
	var throws, catches []*Element
	targets := make(map[link]int)
	sources := make(map[link]int)
	for i := range c.d.elements {
		e := &c.d.elements[i]
		if !e.Model("linkEventDefinition") || e.parent.parent == nil {
			continue
		}
		key := link{e.parent.parent, strings.TrimSpace(e.Attr("name"))}
		switch {
		case e.parent.Model("intermediateThrowEvent"):
			throws = append(throws, e)
			sources[key]++
		case e.parent.Model("intermediateCatchEvent"):
			catches = append(catches, e)
			targets[key]++
		}
	}
	paired := func(e *Element, child string) bool {
		ref := e.Child(ModelNamespace, child)
		return ref != nil && ref.text // resolve looks after what it names
	}
	for _, e := range throws {
		key := link{e.parent.parent, strings.TrimSpace(e.Attr("name"))}
		switch n := targets[key]; {
		case paired(e, "target"):
		case n == 0:
			c.warn(e, LinkUnpaired, "no link event catches %q in this scope", shorten(key.name))
		case n > 1:
			c.warn(e, LinkUnpaired, "%d link events catch %q in this scope; there has to be one", n, shorten(key.name))
		}
	}
	for _, e := range catches {
		key := link{e.parent.parent, strings.TrimSpace(e.Attr("name"))}
		if sources[key] == 0 && !paired(e, "source") {
			c.warn(e, LinkUnpaired, "no link event leads to %q in this scope", shorten(key.name))
		}
	}
}

// pools reports processes that two pools of one collaboration claim.
func (c *checker) pools() {
	type place struct{ collaboration, process *Element }
	first := make(map[place]*Element)
	for i := range c.d.elements {
		e := &c.d.elements[i]
		if !e.Model("participant") {
			continue
		}
		process := c.target(e, "processRef")
		if process == nil {
			continue
		}
		key := place{e.parent, process}
		if other := first[key]; other != nil {
			c.warn(e, ProcessInTwoPools, "the process %s belongs to the pool %s already", process.ID(), other.ID())
			continue
		}
		first[key] = e
	}
}

// messageFlows reports messages that stay within one pool.
func (c *checker) messageFlows() {
	var pools map[*Element]*Element // by process
	for i := range c.d.elements {
		if e := &c.d.elements[i]; e.Model("participant") {
			if process := c.target(e, "processRef"); process != nil {
				if pools == nil {
					pools = make(map[*Element]*Element)
				}
				pools[process] = e
			}
		}
	}
	pool := func(e *Element) *Element {
		if e == nil || e.Model("participant") {
			return e
		}
		return pools[e.ancestor("process")]
	}
	for i := range c.d.elements {
		e := &c.d.elements[i]
		if !e.Model("messageFlow") {
			continue
		}
		source, target := pool(c.target(e, "sourceRef")), pool(c.target(e, "targetRef"))
		if source != nil && source == target {
			c.warn(e, MessageFlowInPool, "the message flow stays in the pool %s; sequence flows connect what lies in one pool", source.ID())
		}
	}
}

// data reports references to data that cannot be seen from where they stand.
func (c *checker) data() {
	for i := range c.d.elements {
		e := &c.d.elements[i]
		if !e.Model("dataObjectReference") {
			continue
		}
		if object := c.target(e, "dataObjectRef"); object != nil && object.Model("dataObject") && !object.parent.contains(e) {
			c.warn(e, ReferenceOutOfScope, "the data object %s lies in another %s", object.ID(), object.parent.Local)
		}
	}
}

// choreographies reports initiators that are not among the participants.
func (c *checker) choreographies() {
	for i := range c.d.elements {
		e := &c.d.elements[i]
		if !e.Model("choreographyTask", "subChoreography", "callChoreography") {
			continue
		}
		initiator, invited := c.target(e, "initiatingParticipantRef"), false
		for child := e.first; child != nil; child = child.next {
			invited = invited || child.Model("participantRef") && c.listed(child) == initiator
		}
		if initiator != nil && !invited {
			c.warn(e, ParticipantNotInvited, "%s starts the exchange but takes no part in it", initiator.ID())
		}
	}
}
