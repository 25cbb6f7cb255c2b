package bpmn_test

import (
	"strings"

	"laneway/bpmn"
)

func (e *xmlNode) model(locals ...string) bool {
	if e == nil || e.local == "" || e.space != bpmn.ModelNamespace {
		return false
	}
	for _, local := range locals {
		if e.local == local {
			return true
		}
	}
	return len(locals) == 0
}

func (e *xmlNode) is(space, local string) bool {
	return e.local != "" && e.local == local && e.space == space
}

// get returns an attribute's value by its name as written.
func (e *xmlNode) get(name string) string {
	value, _ := e.find(name)
	return value
}

func (e *xmlNode) find(name string) (value string, has bool) {
	prefix, local := splitName(name)
	for _, a := range e.attrs {
		if a.prefix == prefix && a.local == local {
			return a.value(), true
		}
	}
	return "", false
}

func (e *xmlNode) set(name, value string) {
	prefix, local := splitName(name)
	quoted := `"` + escaper.Replace(value) + `"`
	for i := range e.attrs {
		if e.attrs[i].prefix == prefix && e.attrs[i].local == local {
			e.attrs[i].quoted = quoted
			return
		}
	}
	e.attrs = append(e.attrs, xmlAttr{prefix, local, quoted})
}

func (e *xmlNode) unset(name string) {
	prefix, local := splitName(name)
	for i := range e.attrs {
		if e.attrs[i].prefix == prefix && e.attrs[i].local == local {
			e.attrs = append(e.attrs[:i], e.attrs[i+1:]...)
			return
		}
	}
}

func (e *xmlNode) child(space, local string) *xmlNode {
	for _, kid := range e.kids {
		if kid.is(space, local) {
			return kid
		}
	}
	return nil
}

func (e *xmlNode) children(space, local string) (found []*xmlNode) {
	for _, kid := range e.kids {
		if kid.is(space, local) {
			found = append(found, kid)
		}
	}
	return found
}

// text returns the element's own character data.
func (e *xmlNode) text() string {
	var b strings.Builder
	for _, kid := range e.kids {
		switch {
		case kid.local != "", strings.HasPrefix(kid.raw, "<!--"), strings.HasPrefix(kid.raw, "<?"):
		case strings.HasPrefix(kid.raw, "<![CDATA["):
			b.WriteString(kid.raw[9 : len(kid.raw)-3])
		default:
			b.WriteString(unescaper.Replace(kid.raw))
		}
	}
	return b.String()
}

func (e *xmlNode) setText(s string) {
	e.kids = []*xmlNode{{raw: textRules.Replace(s), parent: e}}
}

// walk calls visit for every element in document order.
func (e *xmlNode) walk(visit func(*xmlNode)) {
	visit(e)
	for _, kid := range e.kids {
		if kid.local != "" {
			kid.walk(visit)
		}
	}
}

func (d *xmlDoc) all(keep func(*xmlNode) bool) (found []*xmlNode) {
	d.root.walk(func(e *xmlNode) {
		if keep(e) {
			found = append(found, e)
		}
	})
	return found
}

func (d *xmlDoc) models(locals ...string) []*xmlNode {
	return d.all(func(e *xmlNode) bool {
		return e.model(locals...) && e.get("id") != "" && !e.inside("extensionElements")
	})
}

// byID returns the element of the model with that id, or nil.
func (d *xmlDoc) byID(id string) *xmlNode {
	if id == "" {
		return nil
	}
	return d.root.findID(id)
}

func (e *xmlNode) findID(id string) *xmlNode {
	if e.space == bpmn.ModelNamespace {
		for i := range e.attrs {
			if a := &e.attrs[i]; a.local == "id" && a.prefix == "" && len(a.quoted) == len(id)+2 && a.quoted[1:len(id)+1] == id {
				return e
			}
		}
	}
	for _, kid := range e.kids {
		if kid.local == "" || kid.space == bpmn.BPMNDINamespace {
			continue
		}
		if found := kid.findID(id); found != nil {
			return found
		}
	}
	return nil
}

// drawn returns the shapes and edges that show an element.
func (d *xmlDoc) drawn(id string) []*xmlNode {
	return d.all(func(e *xmlNode) bool {
		return (e.is(bpmn.BPMNDINamespace, "BPMNShape") || e.is(bpmn.BPMNDINamespace, "BPMNEdge")) && local(e.get("bpmnElement")) == id
	})
}

// local strips the prefix of a reference.
func local(ref string) string {
	ref = strings.TrimSpace(ref)
	return ref[strings.IndexByte(ref, ':')+1:]
}

func (e *xmlNode) inside(name string) bool {
	for e = e.parent; e != nil; e = e.parent {
		if e.model(name) {
			return true
		}
	}
	return false
}

// element makes an element for this document. Attributes come as name, value pairs.
func (d *xmlDoc) element(space, local string, attrs ...string) *xmlNode {
	e := &xmlNode{prefix: d.prefix(space), local: local, space: space}
	for i := 0; i < len(attrs); i += 2 {
		e.set(attrs[i], attrs[i+1])
	}
	return e
}

// prefix returns the prefix of a namespace at the root, declared when it is new.
func (d *xmlDoc) prefix(space string) string {
	taken := make(map[string]bool)
	for _, a := range d.root.attrs {
		switch {
		case a.prefix == "" && a.local == "xmlns" && a.value() == space:
			return ""
		case a.prefix == "xmlns":
			if a.value() == space {
				return a.local
			}
			taken[a.local] = true
		}
	}
	prefix := map[string]string{vendorSpace: "camunda", colorSpace: "bioc", bpmn.BPMNDINamespace: "bpmndi", bpmn.DCNamespace: "dc", bpmn.DINamespace: "di"}[space]
	if prefix == "" {
		prefix = "ns"
	}
	for taken[prefix] {
		prefix += "0"
	}
	d.root.set("xmlns:"+prefix, space)
	return prefix
}

const (
	vendorSpace = "http://camunda.org/schema/1.0/bpmn"
	colorSpace  = "http://bpmn.io/schema/bpmn/biocolor/1.0"
)
