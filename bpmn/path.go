package bpmn

import (
	"strconv"
	"strings"
)

// A path leads from a keyed element to one of its fields:
//
//	@name                                       an attribute
//	@{urn:vendor}mark                           an attribute of a vendor
//	conditionExpression#text                    the text of a child
//	conditionExpression                         the child itself; its value is XML
//	extensionElements/{urn:v}property[name=a]@value
//	documentation[]                             several children as one list
//	#type #position #size #waypoints #lane(Process_1)
//
// Elements of the BPMN namespaces are named without a namespace, others with
// {URI}. A child is told from its brothers by a natural key in brackets.

func joinPath(a, b string) string {
	if a == "" || b == "" || b[0] == '@' || b[0] == '#' {
		return a + b
	}
	return a + "/" + b
}

// nodeName is how paths spell the expanded name of an element.
func nodeName(e *Element) string {
	switch e.Space {
	case ModelNamespace, BPMNDINamespace, DCNamespace, DINamespace:
		return e.Local
	}
	return "{" + e.Space + "}" + e.Local
}

func attrName(space, local string) string {
	if space == "" {
		return local
	}
	return "{" + space + "}" + local
}

// naturalKey returns what tells an element from brothers of the same name, ""
// when only its name does. It looks at the element alone, so that the answer is
// the same in every version.
func naturalKey(e *Element) (attr, value string) {
	if e.Space == ModelNamespace {
		if setElement(e) {
			return "", e.reference("", e.Text(), 0, 0).id
		}
		return "", ""
	}
	if e.Space == BPMNDINamespace || e.Space == DCNamespace || e.Space == DINamespace {
		return "", ""
	}
	for _, attr := range [...]string{"id", "name", "key", "metaKey", "target"} {
		if value := e.Attr(attr); value != "" {
			return attr, value
		}
	}
	return "", ""
}

// setElement reports whether the element is a member of a set of references.
func setElement(e *Element) bool {
	switch e.Local {
	case "dataInputRefs", "dataOutputRefs", "optionalInputRefs", "optionalOutputRefs", "whileExecutingInputRefs",
		"whileExecutingOutputRefs", "inputSetRefs", "outputSetRefs", "eventDefinitionRef", "participantRef",
		"messageFlowRef", "supportedInterfaceRef", "interfaceRef", "supports", "correlationPropertyRef", "categoryValueRef",
		"flowNodeRef", "incoming", "outgoing":
		return e.first == nil
	}
	return false
}

// segment is the last step of the path to an element without a key. Brothers
// without names of their own are counted, those with one are not.
func segment(e *Element) string {
	name := nodeName(e)
	if attr, value := naturalKey(e); value != "" {
		return name + "[" + attr + "=" + escapeKey(value) + "]"
	}
	if e.parent == nil {
		return name
	}
	n := 0
	for b := e.prev; b != nil; b = b.prev {
		if b.Local != e.Local || b.Space != e.Space {
			continue
		}
		if _, value := naturalKey(b); value == "" {
			n++
		}
	}
	if n > 0 {
		return name + "[" + strconv.Itoa(n+1) + "]"
	}
	return name
}

// repeated finds the groups of brothers that names cannot tell apart, by owner
// and path. The value says that they hold elements with keys, and so cannot be
// taken as a list of values.
func (d *Document) repeated(x *index) map[string]bool {
	lists := make(map[string]bool)
	for i := range d.elements {
		p := &d.elements[i]
		if p.first == nil || p.first == p.last {
			continue
		}
		var seen map[string]bool
		for c := p.first; c != nil; c = c.next {
			if x.keys[c.order] != "" || derived(c) {
				continue
			}
			if seen == nil {
				seen = make(map[string]bool)
			}
			attr, value := naturalKey(c)
			name := nodeName(c) + "\x00" + attr + "\x00" + value
			if !seen[name] {
				seen[name] = true
				continue
			}
			key, path := x.owner(p)
			group := key + "\x00" + joinPath(path, nodeName(c))
			for b := p.first; b != nil; b = b.next {
				if b.Local == c.Local && b.Space == c.Space {
					lists[group] = lists[group] || x.holds[b.order]
				}
			}
		}
	}
	return lists
}

// derived reports whether an element only repeats what others say: the flows of
// a node; or is part of a field of its parent: lane members, bounds, waypoints.
func derived(e *Element) bool {
	switch e.Local {
	case "incoming", "outgoing":
		return e.Space == ModelNamespace
	case "flowNodeRef":
		return e.Space == ModelNamespace && e.parent != nil && e.parent.ID() != ""
	case "Bounds":
		return e.Space == DCNamespace
	case "waypoint":
		return e.Space == DINamespace
	}
	return false
}

var keyEscaper = strings.NewReplacer("%", "%25", "]", "%5D")
var keyUnescaper = strings.NewReplacer("%25", "%", "%5D", "]")

func escapeKey(s string) string { return keyEscaper.Replace(s) }

// step is one parsed step of a path.
type step struct {
	space     string // of a vendor, "" for the namespaces of BPMN
	local     string
	bracket   string // inside of []
	bracketed bool
}

// is reports whether the step names the element, brackets apart.
func (s step) is(e *Element) bool {
	if e.Local != s.local {
		return false
	}
	switch e.Space {
	case ModelNamespace, BPMNDINamespace, DCNamespace, DINamespace:
		return s.space == ""
	}
	return s.space == e.Space
}

// splitPath takes a path apart: the steps to an element, and the field behind
// them ("@…", "#…" or "").
func splitPath(path string) (steps []step, field string, ok bool) {
	for path != "" {
		if path[0] == '@' || path[0] == '#' {
			return steps, path, true
		}
		var s step
		if path[0] == '{' {
			end := strings.IndexByte(path, '}')
			if end < 0 {
				return nil, "", false
			}
			s.space, path = path[1:end], path[end+1:]
		}
		end := strings.IndexAny(path, "/[@#")
		if end < 0 {
			end = len(path)
		}
		s.local, path = path[:end], path[end:]
		if s.local == "" {
			return nil, "", false
		}
		if path != "" && path[0] == '[' {
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return nil, "", false
			}
			s.bracket, s.bracketed, path = path[1:end], true, path[end+1:]
		}
		if path != "" && path[0] == '/' {
			path = path[1:]
		}
		steps = append(steps, s)
	}
	return steps, "", true
}

// splitAttr takes the name behind @ apart.
func splitAttr(name string) (space, local string) {
	if rest, is := strings.CutPrefix(name, "{"); is {
		if space, local, found := strings.Cut(rest, "}"); found {
			return space, local
		}
	}
	return "", name
}
