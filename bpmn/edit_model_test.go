package bpmn_test

import (
	"fmt"
	"strings"
)

// randomModel writes a drawn model with about n flow nodes that has something of
// everything: pools, lanes, sub-processes, boundary events, data, annotations,
// groups, messages, vendor content. It is well-formed and passes Check.
func randomModel(pick picker, n int) string {
	w := &modelWriter{pick: pick, listed: pick(3) > 0}
	pools := 1
	if n >= 8 {
		pools += pick(3)
	}
	drawnIn := "Process_1"
	for i := 1; i <= pools; i++ {
		w.process(i, max(n/pools, 2))
	}
	collaboration := ""
	if pools > 1 || pick(2) == 0 {
		drawnIn = "Collaboration_1"
		collaboration = w.collaboration(pools)
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:camunda="` + vendorSpace + `" id="Definitions_1" targetNamespace="urn:laneway:test" exporter="Laneway" exporterVersion="1">
` + collaboration + w.model.String() + w.roots.String() + `  <bpmndi:BPMNDiagram id="Diagram_1">
    <bpmndi:BPMNPlane id="Plane_1" bpmnElement="` + drawnIn + `">
` + w.pools.String() + w.di.String() + `    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
`
}

type modelWriter struct {
	pick                    picker
	listed                  bool // nodes list their flows, as most tools write
	model, di, roots, pools strings.Builder
	count                   int
	messageFlows            []string // one node of each pool that can send and receive
}

type genNode struct {
	id, kind string
	attrs    string
	body     string
	x, y     int
	w, h     int
	in, out  []string
}

func (w *modelWriter) next(prefix string) string {
	w.count++
	return fmt.Sprintf("%s_%d", prefix, w.count)
}

// process writes one process with its lanes and drawing.
func (w *modelWriter) process(number, n int) {
	lanes := 0
	if w.pick(2) == 0 {
		lanes = 2 + w.pick(2)
	}
	rows := max(lanes, 1+w.pick(3))
	top := 100 + (number-1)*(3*160+400)
	nodes, flows := w.scope(n, rows, 180, top, "    ", 0)
	fmt.Fprintf(&w.model, "  <bpmn:process id=\"Process_%d\" name=\"Process %d\" isExecutable=\"%t\">\n", number, number, w.pick(2) == 0)
	if lanes > 0 {
		fmt.Fprintf(&w.model, "    <bpmn:laneSet id=\"LaneSet_%d\">\n", number)
		for lane := range lanes {
			id := w.next("Lane")
			fmt.Fprintf(&w.model, "      <bpmn:lane id=\"%s\" name=\"Role %d\">\n", id, lane+1)
			for _, node := range nodes {
				if (node.y-top)/160%lanes == lane && node.kind != "" {
					fmt.Fprintf(&w.model, "        <bpmn:flowNodeRef>%s</bpmn:flowNodeRef>\n", node.id)
				}
			}
			w.model.WriteString("      </bpmn:lane>\n")
			fmt.Fprintf(&w.pools, "      <bpmndi:BPMNShape id=\"%s_di\" bpmnElement=\"%s\" isHorizontal=\"true\">\n        <dc:Bounds x=\"130\" y=\"%d\" width=\"%d\" height=\"160\" />\n      </bpmndi:BPMNShape>\n",
				id, id, top-40+lane*160, (n/rows+3)*160)
		}
		w.model.WriteString("    </bpmn:laneSet>\n")
	}
	w.write(nodes, flows, "    ")
	w.artifacts(nodes, "    ")
	w.model.WriteString("  </bpmn:process>\n")
	w.messageFlows = append(w.messageFlows, nodes[len(nodes)/2].id)
}

// scope makes the nodes and flows of one process or sub-process: a start, a chain
// of n nodes over the rows, an end, and a few flows across.
func (w *modelWriter) scope(n, rows, left, top int, indent string, depth int) (nodes []*genNode, flows []string) {
	add := func(prefix, kind string, width, height int) *genNode {
		i := len(nodes)
		node := &genNode{id: w.next(prefix), kind: kind, x: left + i/rows*160 + (100-width)/2, y: top + i%rows*160 + (80-height)/2, w: width, h: height}
		node.attrs = fmt.Sprintf(` name="%s %d"`, prefix, w.count)
		nodes = append(nodes, node)
		return node
	}
	add("Start", "startEvent", 36, 36)
	for range n {
		w.node(add, indent, depth)
	}
	add("End", "endEvent", 36, 36)
	chain := len(nodes)
	for i := 1; i < chain; i++ {
		flows = append(flows, w.flow(nodes[i-1], nodes[i], indent))
	}
	for range n / 4 {
		from, to := nodes[w.pick(chain-1)], nodes[1+w.pick(chain-1)]
		if from != to {
			flows = append(flows, w.flow(from, to, indent))
		}
	}
	for _, host := range nodes[:chain] {
		if strings.HasSuffix(host.kind, "ask") && w.pick(8) == 0 {
			event := &genNode{id: w.next("Event"), kind: "boundaryEvent", x: host.x + 20, y: host.y + 62, w: 36, h: 36}
			event.attrs = fmt.Sprintf(` attachedToRef="%s"`, host.id)
			event.body = fmt.Sprintf("%s  <bpmn:timerEventDefinition id=\"%s\">\n%s    <bpmn:timeDuration xsi:type=\"bpmn:tFormalExpression\">PT%dM</bpmn:timeDuration>\n%s  </bpmn:timerEventDefinition>\n",
				indent, w.next("Definition"), indent, w.count, indent)
			nodes = append(nodes, event)
			if n > 1 {
				flows = append(flows, w.flow(event, nodes[chain-1], indent))
			}
		}
	}
	return nodes, flows
}

// node makes one node of a random type.
func (w *modelWriter) node(add func(prefix, kind string, width, height int) *genNode, indent string, depth int) {
	switch pick := w.pick(16); {
	case pick < 7:
		kind := []string{"task", "userTask", "manualTask", "serviceTask", "scriptTask", "receiveTask", "callActivity"}[pick]
		node := add("Activity", kind, 100, 80)
		if w.pick(3) == 0 {
			node.body += fmt.Sprintf("%s  <bpmn:documentation>What %s is about.\nSecond line.</bpmn:documentation>\n", indent, node.id)
		}
		if w.pick(3) == 0 {
			node.body += fmt.Sprintf("%[1]s  <bpmn:extensionElements>\n%[1]s    <camunda:properties>\n%[1]s      <camunda:property name=\"cost\" value=\"%[2]d\" />\n%[1]s    </camunda:properties>\n%[1]s  </bpmn:extensionElements>\n", indent, w.count)
		}
		switch kind {
		case "userTask":
			node.attrs += fmt.Sprintf(` camunda:assignee="team%d"`, w.count)
		case "scriptTask":
			node.attrs += ` scriptFormat="js"`
		case "receiveTask":
			message := w.next("Message")
			fmt.Fprintf(&w.roots, "  <bpmn:message id=\"%s\" name=\"Message %d\" />\n", message, w.count)
			node.attrs += fmt.Sprintf(` messageRef="%s"`, message)
		case "callActivity":
			node.attrs += fmt.Sprintf(` calledElement="Called%d"`, w.count)
		}
	case pick < 11:
		add("Gateway", []string{"exclusiveGateway", "inclusiveGateway", "parallelGateway", "exclusiveGateway"}[pick-7], 50, 50)
	case pick < 15 || depth > 1:
		kind := []string{"message", "signal", "error", "timer", "escalation"}[w.pick(5)]
		node := add("Event", map[bool]string{true: "intermediateThrowEvent", false: "intermediateCatchEvent"}[kind == "escalation" || kind == "error"], 36, 36)
		definition := w.next("Definition")
		if kind == "timer" {
			node.body = fmt.Sprintf("%s  <bpmn:timerEventDefinition id=\"%s\"><bpmn:timeDuration>PT%dH</bpmn:timeDuration></bpmn:timerEventDefinition>\n", indent, definition, w.count)
			return
		}
		root := w.next("Root")
		attrs := map[string]string{"error": fmt.Sprintf(` errorCode="E%d"`, w.count), "escalation": fmt.Sprintf(` escalationCode="X%d"`, w.count)}[kind]
		fmt.Fprintf(&w.roots, "  <bpmn:%s id=\"%s\" name=\"%s %d\"%s />\n", kind, root, kind, w.count, attrs)
		node.body = fmt.Sprintf("%s  <bpmn:%sEventDefinition id=\"%s\" %sRef=\"%s\" />\n", indent, kind, definition, kind, root)
	default:
		node := add("Sub", "subProcess", 100, 80)
		outer := w.model.String()
		w.model.Reset()
		nodes, flows := w.scope(1+w.pick(3), 1, node.x, node.y+40, indent+"  ", depth+1)
		w.write(nodes, flows, indent+"  ")
		node.body = w.model.String()
		w.model.Reset()
		w.model.WriteString(outer)
	}
}

func (w *modelWriter) flow(from, to *genNode, indent string) string {
	id, attrs, body := w.next("Flow"), "", ""
	if from.kind == "exclusiveGateway" || from.kind == "inclusiveGateway" {
		if len(from.out) == 0 && w.pick(2) == 0 {
			from.attrs += fmt.Sprintf(` default="%s"`, id)
		} else {
			body = fmt.Sprintf("\n%s  <bpmn:conditionExpression xsi:type=\"bpmn:tFormalExpression\">${amount &gt; %d}</bpmn:conditionExpression>\n%s", indent, w.count, indent)
		}
		attrs = fmt.Sprintf(` name="case %d"`, w.count)
	}
	from.out, to.in = append(from.out, id), append(to.in, id)
	fmt.Fprintf(&w.di, "      <bpmndi:BPMNEdge id=\"%s_di\" bpmnElement=\"%s\">\n        <di:waypoint x=\"%d\" y=\"%d\" />\n", id, id, from.x+from.w, from.y+from.h/2)
	if from.y != to.y {
		fmt.Fprintf(&w.di, "        <di:waypoint x=\"%d\" y=\"%d\" />\n", from.x+from.w+20, from.y+from.h/2)
	}
	fmt.Fprintf(&w.di, "        <di:waypoint x=\"%d\" y=\"%d\" />\n      </bpmndi:BPMNEdge>\n", to.x, to.y+to.h/2)
	head := fmt.Sprintf("%s<bpmn:sequenceFlow id=\"%s\"%s sourceRef=\"%s\" targetRef=\"%s\"", indent, id, attrs, from.id, to.id)
	if body == "" {
		return head + " />\n"
	}
	return head + ">" + body + "</bpmn:sequenceFlow>\n"
}

func (w *modelWriter) write(nodes []*genNode, flows []string, indent string) {
	for _, node := range nodes {
		var lists strings.Builder
		if w.listed {
			for _, id := range node.in {
				fmt.Fprintf(&lists, "%s  <bpmn:incoming>%s</bpmn:incoming>\n", indent, id)
			}
			for _, id := range node.out {
				fmt.Fprintf(&lists, "%s  <bpmn:outgoing>%s</bpmn:outgoing>\n", indent, id)
			}
		}
		// documentation and extensionElements stand before the lists, the rest behind.
		head, rest := "", node.body
		for _, end := range []string{"</bpmn:documentation>\n", "</bpmn:extensionElements>\n"} {
			if n := strings.LastIndex(rest, end); n >= 0 && node.kind != "subProcess" {
				head, rest = head+rest[:n+len(end)], rest[n+len(end):]
			}
		}
		if node.kind == "scriptTask" {
			rest += fmt.Sprintf("%s  <bpmn:script>a = %s;\nb = 2;</bpmn:script>\n", indent, node.id[len("Activity_"):])
		}
		fmt.Fprintf(&w.model, "%s<bpmn:%s id=\"%s\"%s>\n%s%s%s%s</bpmn:%s>\n", indent, node.kind, node.id, node.attrs, head, lists.String(), rest, indent, node.kind)
		expanded := ""
		if node.kind == "subProcess" {
			expanded = ` isExpanded="true"`
		}
		fmt.Fprintf(&w.di, "      <bpmndi:BPMNShape id=\"%s_di\" bpmnElement=\"%s\"%s>\n        <dc:Bounds x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" />\n      </bpmndi:BPMNShape>\n",
			node.id, node.id, expanded, node.x, node.y, node.w, node.h)
	}
	for _, flow := range flows {
		w.model.WriteString(flow)
	}
}

// artifacts adds data, an annotation and a group to a process.
func (w *modelWriter) artifacts(nodes []*genNode, indent string) {
	shape := func(id string, node *genNode, dx, dy, width, height int) {
		fmt.Fprintf(&w.di, "      <bpmndi:BPMNShape id=\"%s_di\" bpmnElement=\"%s\">\n        <dc:Bounds x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" />\n      </bpmndi:BPMNShape>\n",
			id, id, node.x+dx, node.y+dy, width, height)
	}
	for range 1 + w.pick(2) {
		object, ref := w.next("Object"), w.next("Data")
		fmt.Fprintf(&w.model, "%s<bpmn:dataObject id=\"%s\" />\n%s<bpmn:dataObjectReference id=\"%s\" name=\"Paper %d\" dataObjectRef=\"%s\" />\n", indent, object, indent, ref, w.count, object)
		shape(ref, nodes[w.pick(len(nodes))], 30, 100, 36, 50)
	}
	node, note, line := nodes[w.pick(len(nodes))], w.next("Note"), w.next("Association")
	fmt.Fprintf(&w.model, "%s<bpmn:textAnnotation id=\"%s\">\n%s  <bpmn:text>Remember %d</bpmn:text>\n%s</bpmn:textAnnotation>\n", indent, note, indent, w.count, indent)
	fmt.Fprintf(&w.model, "%s<bpmn:association id=\"%s\" sourceRef=\"%s\" targetRef=\"%s\" />\n", indent, line, node.id, note)
	shape(note, node, 50, -70, 100, 30)
	fmt.Fprintf(&w.di, "      <bpmndi:BPMNEdge id=\"%s_di\" bpmnElement=\"%s\">\n        <di:waypoint x=\"%d\" y=\"%d\" />\n        <di:waypoint x=\"%d\" y=\"%d\" />\n      </bpmndi:BPMNEdge>\n",
		line, line, node.x+node.w/2, node.y, node.x+60, node.y-40)
	category, value, group := w.next("Category"), w.next("CategoryValue"), w.next("Group")
	fmt.Fprintf(&w.roots, "  <bpmn:category id=\"%s\">\n    <bpmn:categoryValue id=\"%s\" value=\"Area %d\" />\n  </bpmn:category>\n", category, value, w.count)
	fmt.Fprintf(&w.model, "%s<bpmn:group id=\"%s\" categoryValueRef=\"%s\" />\n", indent, group, value)
	shape(group, node, -20, -20, 300, 200)
}

func (w *modelWriter) collaboration(pools int) string {
	var b strings.Builder
	b.WriteString("  <bpmn:collaboration id=\"Collaboration_1\">\n")
	for i := 1; i <= pools; i++ {
		fmt.Fprintf(&b, "    <bpmn:participant id=\"Participant_%d\" name=\"Partner %d\" processRef=\"Process_%d\" />\n", i, i, i)
		shape := fmt.Sprintf("      <bpmndi:BPMNShape id=\"Participant_%d_di\" bpmnElement=\"Participant_%d\" isHorizontal=\"true\">\n        <dc:Bounds x=\"100\" y=\"%d\" width=\"9000\" height=\"480\" />\n      </bpmndi:BPMNShape>\n",
			i, i, 60+(i-1)*(3*160+400))
		lanes := w.pools.String()
		w.pools.Reset()
		w.pools.WriteString(shape + lanes)
	}
	for i := 1; i < len(w.messageFlows); i++ {
		id := w.next("MessageFlow")
		fmt.Fprintf(&b, "    <bpmn:messageFlow id=\"%s\" sourceRef=\"%s\" targetRef=\"Participant_%d\" />\n", id, w.messageFlows[i-1], i+1)
		fmt.Fprintf(&w.di, "      <bpmndi:BPMNEdge id=\"%s_di\" bpmnElement=\"%s\">\n        <di:waypoint x=\"400\" y=\"400\" />\n        <di:waypoint x=\"400\" y=\"900\" />\n      </bpmndi:BPMNEdge>\n", id, id)
	}
	b.WriteString("  </bpmn:collaboration>\n")
	return b.String()
}
