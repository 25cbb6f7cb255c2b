package bpmn

// rewire turns keys of diagram elements into the ids that they have here.
func (ap *applier) rewire() {
	for _, w := range ap.wires {
		if target := ap.find(w.want); target != nil {
			if id := ap.attr(target, "id"); id != "" {
				ap.setAttr(w.e, "", w.local, &id)
				continue
			}
		}
		ap.setAttr(w.e, "", w.local, nil)
	}
}

// followFlows makes incoming and outgoing of nodes say what the flows say, where
// the flows changed or the node is new.
func (ap *applier) followFlows() {
	x := ap.doc.idx()
	style, any := false, false
	for i := range ap.doc.elements {
		e := &ap.doc.elements[i]
		style = style || e.Model("incoming", "outgoing")
		any = any || e.Model("sequenceFlow")
	}
	if any && !style {
		return
	}
	if ap.nodes {
		for _, e := range x.entities {
			if key := x.keys[e.order]; e.Model("sequenceFlow") && !ap.removed[key] {
				for _, attr := range [...]string{"sourceRef", "targetRef"} {
					if node := ap.elements[ap.attr(e, attr)]; node != nil {
						ap.flows[key] = true
					}
				}
			}
		}
	}
	for _, flow := range sortedKeys(ap.flows) {
		old, now := x.elements[flow], ap.find(flow)
		for _, end := range [...][2]string{{"sourceRef", "outgoing"}, {"targetRef", "incoming"}} {
			was, is := "", ""
			if old != nil {
				was = old.reference("", old.Attr(end[0]), 0, 0).id
			}
			if now != nil {
				is = now.reference("", ap.attr(now, end[0]), 0, 0).id
			}
			if was != is && was != "" {
				if node := ap.find(was); node != nil {
					ap.dropMember(node, end[1], flow)
				}
			}
			if node := ap.find(is); is != "" && node != nil && isFlowNode(node) {
				ap.putMember(node, end[1], flow)
			}
		}
	}
}

// member finds the child of that name whose text is the id.
func (ap *applier) member(p *Element, local, id string) *Element {
	for _, c := range ap.children(p) {
		if c.Model(local) && c.reference("", c.Text(), 0, 0).id == id {
			return c
		}
	}
	return nil
}

func (ap *applier) dropMember(p *Element, local, id string) {
	for c := ap.member(p, local, id); c != nil; c = ap.member(p, local, id) {
		ap.detach(c)
	}
}

func (ap *applier) putMember(p *Element, local, id string) {
	if ap.member(p, local, id) != nil {
		return
	}
	xml := `<x:` + local + ` xmlns:x="` + ModelNamespace + `">` + escapeText(id) + `</x:` + local + `>`
	if list, err := ap.read(xml, p); err == nil {
		ap.attach(p, list[0], nil)
	}
}
