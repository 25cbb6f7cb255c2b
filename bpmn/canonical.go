package bpmn

import (
	"slices"
	"strings"
)

// silentAttr reports whether an attribute is no field: it is part of the key, or
// tools make it anew at each export.
func silentAttr(e *Element, a *Attr, path string) bool {
	if a.Space != "" {
		return false
	}
	switch a.Local {
	case "id":
		switch e.Space {
		case BPMNDINamespace, DCNamespace, DINamespace:
			return true
		case ModelNamespace:
			return path == "" && e.parent != nil
		}
		return path != "" // vendors' ids are natural keys
	case "bpmnElement":
		return e.Space == BPMNDINamespace && e.Local != "BPMNPlane"
	case "name", "key", "metaKey", "target":
		attr, _ := naturalKey(e)
		return path != "" && attr == a.Local
	}
	return false
}

// canonicalLookup returns the meaning of an attribute, nil when it is absent or
// says what is the default anyway.
func (e *Element) canonicalLookup(space, local string) *string {
	for i := range e.attrs {
		if e.attrs[i].Local == local && e.attrs[i].Space == space {
			return canonicalAttr(e, &e.attrs[i])
		}
	}
	return nil
}

func canonicalAttr(e *Element, a *Attr) *string {
	v := a.Value
	switch {
	case a.Space == xsiNamespace && a.Local == "type":
		return value(e.canonicalName(strings.TrimSpace(v), true))
	case a.Space != "":
		return value(v)
	case referenceAttribute(e, a.Local):
		if v = e.canonicalReference(a.Local, v); v == "" {
			return nil
		}
		return value(v)
	case e.Space == ModelNamespace && typeAttribute(a.Local):
		return value(e.canonicalName(strings.TrimSpace(v), false))
	case e.Space == ModelNamespace || e.Space == BPMNDINamespace:
		if a.Local == "name" && v == "" {
			return nil
		}
		if booleanAttribute(a.Local) {
			switch strings.TrimSpace(v) {
			case "1":
				v = "true"
			case "0":
				v = "false"
			}
		}
		if v == defaultValue(e, a.Local) {
			return nil
		}
	}
	return value(v)
}

// canonicalReference returns the plain id of an element of this document, the
// key of a diagram element, or {URI}id of an element of another file.
func (e *Element) canonicalReference(attr, v string) string {
	r := e.reference(attr, v, 0, 0)
	if r.external {
		space, _ := e.namespace(r.prefix)
		return "{" + space + "}" + r.id
	}
	if diReference(attr) {
		if key := e.doc.diKey(r.id); key != "" {
			return key
		}
	}
	return r.id
}

// diReference reports whether an attribute names a diagram element by its own id.
func diReference(attr string) bool {
	return attr == "choreographyActivityShape" || attr == "sourceElement" || attr == "targetElement"
}

// canonicalName resolves the prefix of a qualified name.
func (e *Element) canonicalName(v string, strict bool) string {
	prefix, local, found := strings.Cut(v, ":")
	if !found {
		// Only xsi:type is read strictly: "string" of a type attribute is what
		// tools write for any type at all.
		if prefix, local = "", v; !strict {
			return v
		}
	}
	if space, bound := e.namespace(prefix); bound && space != "" {
		return "{" + space + "}" + local
	}
	return v
}

// typeAttribute reports whether an attribute holds the qualified name of a type.
func typeAttribute(local string) bool {
	return local == "structureRef" || local == "evaluatesToTypeRef" || local == "type"
}

func booleanAttribute(local string) bool {
	switch local {
	case "cancelActivity", "triggeredByEvent", "instantiate", "parallelMultiple", "testBefore",
		"cancelRemainingInstances", "waitForCompletion", "mustUnderstand":
		return true
	}
	return strings.HasPrefix(local, "is")
}

// defaultValue returns what BPMN says an absent attribute means, "\x00" when it
// says nothing.
func defaultValue(e *Element, local string) string {
	if e.Space != ModelNamespace {
		return "\x00"
	}
	switch local {
	case "cancelActivity", "isInterrupting", "isUnlimited", "cancelRemainingInstances", "waitForCompletion":
		return "true"
	case "triggeredByEvent", "isForCompensation", "isClosed", "instantiate", "parallelMultiple", "isSequential", "isCollection",
		"testBefore", "mustUnderstand", "isReference":
		return "false"
	case "startQuantity", "completionQuantity":
		return "1"
	case "processType", "associationDirection":
		return "None"
	case "gatewayDirection":
		return "Unspecified"
	case "eventGatewayType":
		return "Exclusive"
	case "ordering":
		return "Parallel"
	case "behavior":
		return "All"
	case "itemKind":
		return "Information"
	case "textFormat":
		return "text/plain"
	case "method":
		return "##Compensate"
	case "minimum":
		return "0"
	case "maximum":
		return "1"
	case "implementation":
		if e.Local == "userTask" || e.Local == "businessRuleTask" || e.Local == "globalUserTask" || e.Local == "globalBusinessRuleTask" {
			return "##unspecified"
		}
		return "##WebService"
	case "expressionLanguage":
		if e.Local == "definitions" {
			return "http://www.w3.org/1999/XPath"
		}
	case "typeLanguage":
		if e.Local == "definitions" {
			return "http://www.w3.org/2001/XMLSchema"
		}
	}
	return "\x00"
}

// fragment returns the element's bytes without keyed elements and derived
// content inside, with the prefixes declared that it uses.
func fragment(e *Element) string {
	keys := e.doc.idx().keys
	var cuts []splice
	var cut func(p *Element)
	cut = func(p *Element) {
		for c := p.first; c != nil; c = c.next {
			if keys[c.order] == "" && (!derived(c) || c.Local == "Bounds" || c.Local == "waypoint") {
				if c.first != nil {
					cut(c)
				}
				continue
			}
			from := int(c.start)
			for from > int(p.open) && isSpace(e.doc.text[from-1]) {
				from--
			}
			cuts = append(cuts, splice{from - int(e.start), int(c.end - e.start), ""})
		}
	}
	cut(e)
	text := e.Source()
	for i := range e.attrs {
		if a := &e.attrs[i]; a.Space == "" && e.Space == BPMNDINamespace && diReference(a.Local) {
			// By key, since the id is not the same elsewhere.
			cuts = append(cuts, splice{int(a.valueAt), int(a.valueTo), escapeAttr(e.canonicalReference(a.Local, a.Value), e.quote(a))})
		}
	}
	if len(cuts) > 0 {
		text = applySplices(text, cuts)
		if end := strings.LastIndex(text, "</"); e.open != e.end && strings.HasSuffix(strings.TrimRight(text[:end], " \t\r\n"), ">") {
			// Nothing is left inside: close the start tag.
			if open := strings.TrimRight(text[:end], " \t\r\n"); strings.Count(open, "<") == 1 {
				text = open[:len(open)-1] + "/>"
			}
		}
	}
	return declarePrefixes(e, text)
}

// declarePrefixes adds the declarations that the text needs to stand alone.
func declarePrefixes(e *Element, text string) string {
	var b strings.Builder
	at := 1 + int(e.nameLen)
	b.WriteString(text[:at])
	for _, prefix := range e.usedPrefixes() {
		space, bound := e.parentNamespace(prefix)
		if !bound || prefix == "xml" || space == "" || e.declares(prefix) {
			continue
		}
		b.WriteString(" xmlns")
		if prefix != "" {
			b.WriteString(":" + prefix)
		}
		b.WriteString(`="` + escapeAttr(space, '"') + `"`)
	}
	b.WriteString(text[at:])
	return b.String()
}

func (e *Element) parentNamespace(prefix string) (string, bool) {
	if e.parent == nil {
		return "", false
	}
	return e.parent.namespace(prefix)
}

func (e *Element) declares(prefix string) bool {
	for i := range e.attrs {
		if e.attrs[i].Space == xmlnsNamespace && e.attrs[i].prefixDeclared() == prefix {
			return true
		}
	}
	return false
}

// usedPrefixes returns the prefixes of names, and of qualified names in values,
// in the element and below it, in order of appearance.
func (e *Element) usedPrefixes() []string {
	var used []string
	note := func(name string) {
		prefix, _, found := strings.Cut(name, ":")
		if !found {
			prefix = ""
		}
		if !slices.Contains(used, prefix) {
			used = append(used, prefix)
		}
	}
	for i := int(e.order); i < len(e.doc.elements); i++ {
		c := &e.doc.elements[i]
		if c.start >= e.end {
			break
		}
		note(c.QName())
		for j := range c.attrs {
			a := &c.attrs[j]
			if a.Space != "" && a.Space != xmlnsNamespace {
				name, value, _ := c.written(a)
				note(c.doc.text[name:value])
			}
			if prefix, rest, found := strings.Cut(strings.TrimSpace(a.Value), ":"); found && isNCName(prefix) && isNCName(rest) && qualifiedValue(c, a) {
				note(a.Value)
			}
		}
		if c.first == nil && c.text && referenceElement(c) {
			if text := strings.TrimSpace(c.Text()); strings.Contains(text, ":") {
				note(text)
			}
		}
	}
	return used
}

// qualifiedValue reports whether an attribute's value is a qualified name.
func qualifiedValue(e *Element, a *Attr) bool {
	return a.Space == xsiNamespace && a.Local == "type" || a.Space == "" && (referenceAttribute(e, a.Local) || e.Space == ModelNamespace && typeAttribute(a.Local))
}

// listValue returns several elements as one value, nil for none.
func listValue(list []*Element) *string {
	if len(list) == 0 {
		return nil
	}
	var b strings.Builder
	for i, e := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(fragment(e))
	}
	return value(b.String())
}

// innerXML returns text and children of an element as one value.
func innerXML(e *Element) *string {
	if e == nil || e.first == nil && !e.text {
		return nil
	}
	var b strings.Builder
	at := e.open
	for c := e.first; c != nil; c = c.next {
		b.WriteString(e.doc.text[at:c.start])
		b.WriteString(fragment(c))
		at = c.end
	}
	b.WriteString(e.doc.text[at:e.close])
	return value(b.String())
}

func wrap(v *string) *string {
	if v == nil {
		return nil
	}
	return value("<_>" + *v + "</_>")
}

// canonicalXML returns the meaning of XML as a string: equal for equal meaning.
// What is not well-formed stands for itself.
func canonicalXML(text string) string {
	d, refusal := parse(decoded{text: "<_>" + text + "</_>"})
	if refusal != nil {
		return text
	}
	var b strings.Builder
	d.Root().canonical(&b)
	return b.String()
}

func (e *Element) canonical(b *strings.Builder) {
	b.WriteString("<" + e.Space + " " + e.Local)
	attrs := make([]string, 0, len(e.attrs))
	for i := range e.attrs {
		a := &e.attrs[i]
		if a.Space == xmlnsNamespace || a.Space == "" && a.Local == "id" && (e.Space == BPMNDINamespace || e.Space == DCNamespace || e.Space == DINamespace) {
			continue
		}
		if v := canonicalAttr(e, a); v != nil {
			attrs = append(attrs, a.Space+" "+a.Local+"="+escapeAttr(*v, '"'))
		}
	}
	slices.Sort(attrs)
	for _, a := range attrs {
		b.WriteString("\x01" + a)
	}
	b.WriteString(">")
	at := e.open
	between := func(to int32) {
		if text := e.doc.decodeText(int(at), int(to)); strings.TrimSpace(text) != "" {
			b.WriteString(escapeText(text))
		}
	}
	for c := e.first; c != nil; c = c.next {
		if e.text {
			between(c.start)
		}
		c.canonical(b)
		at = c.end
	}
	if e.text {
		between(e.close)
	}
	b.WriteString("</>")
}

func escapeText(s string) string {
	if !strings.ContainsAny(s, "&<>\r") {
		return s
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;").Replace(s)
}

func escapeAttr(s string, quote byte) string {
	if !strings.ContainsAny(s, "&<\n\r\t\"'") {
		return s
	}
	q := "&quot;"
	if quote == '\'' {
		q = "&apos;"
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", "\n", "&#10;", "\r", "&#13;", "\t", "&#9;", string(quote), q).Replace(s)
}
