package bpmn

// Scope is what holds flow nodes: a process or a sub-process.
type Scope struct{ *Element }

// Process is a process.
type Process struct{ Scope }

// FlowNodes returns the activities, events and gateways right inside.
func (s Scope) FlowNodes() []FlowNode {
	return childrenAs(s.Element, func(e *Element) (FlowNode, bool) { return FlowNode{e}, isFlowNode(e) })
}

// SequenceFlows returns the sequence flows right inside.
func (s Scope) SequenceFlows() []Flow {
	return childrenAs(s.Element, func(e *Element) (Flow, bool) { return Flow{e}, e.Model("sequenceFlow") })
}

// Lanes returns the outermost lanes of all lane sets.
func (s Scope) Lanes() []Lane { return lanesIn(s.Element, "laneSet") }

func lanesIn(e *Element, sets string) []Lane {
	var list []Lane
	for _, set := range childrenAs(e, func(e *Element) (*Element, bool) { return e, e.Model(sets) }) {
		list = append(list, childrenAs(set, func(e *Element) (Lane, bool) { return Lane{e}, e.Model("lane") })...)
	}
	return list
}

// Lane is a lane of a process.
type Lane struct{ *Element }

// Lanes returns the lanes inside.
func (l Lane) Lanes() []Lane { return lanesIn(l.Element, "childLaneSet") }

// FlowNodes returns the nodes that the lane lists and that exist.
func (l Lane) FlowNodes() []FlowNode {
	return childrenAs(l.Element, func(e *Element) (FlowNode, bool) {
		if !e.Model("flowNodeRef") {
			return FlowNode{}, false
		}
		node := e.doc.Element(e.reference("", e.Text(), 0, 0).id)
		return FlowNode{node}, node != nil && isFlowNode(node)
	})
}

// FlowNode is an activity, an event or a gateway.
type FlowNode struct{ *Element }

// Scope returns the sub-process that the node is; false for other nodes.
func (n FlowNode) Scope() (Scope, bool) {
	return Scope(n), n.Model("subProcess", "transaction", "adHocSubProcess")
}

// AttachedTo returns the activity on whose border a boundary event sits.
func (n FlowNode) AttachedTo() (FlowNode, bool) {
	e := n.Ref("attachedToRef")
	return FlowNode{e}, e != nil && n.Model("boundaryEvent")
}

// Default returns the flow that is taken when no condition holds.
func (n FlowNode) Default() (Flow, bool) {
	e := n.Ref("default")
	return Flow{e}, e != nil && e.Model("sequenceFlow")
}

// EventDefinitions returns what an event waits for or throws.
func (n FlowNode) EventDefinitions() []*Element {
	return childrenAs(n.Element, func(e *Element) (*Element, bool) {
		return e, e.Model("cancelEventDefinition", "compensateEventDefinition", "conditionalEventDefinition", "errorEventDefinition",
			"escalationEventDefinition", "linkEventDefinition", "messageEventDefinition", "signalEventDefinition",
			"terminateEventDefinition", "timerEventDefinition")
	})
}

// Flow is a sequence flow or a message flow.
type Flow struct{ *Element }

// Source returns where the flow starts, or nil.
func (f Flow) Source() *Element { return f.Ref("sourceRef") }

// Target returns where the flow ends, or nil.
func (f Flow) Target() *Element { return f.Ref("targetRef") }
