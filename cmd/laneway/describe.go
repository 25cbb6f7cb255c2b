package main

import (
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"laneway/bpmn"
)

// names speaks of elements as people do: by type and name. It looks an element up in the newest
// document that has it.
type names []*bpmn.Document

// element returns the element that a key names, or nil.
func (n names) element(key string) *bpmn.Element {
	for _, d := range n {
		if e := d.Element(key); e != nil {
			return e
		}
	}
	return nil
}

// label is an element for a person: user task "Check order" (Task_1).
func (n names) label(key string) string {
	if shown, is := drawingOf(key); is {
		if n.element(shown) == nil {
			return "the drawing " + key
		}
		return n.label(shown)
	}
	e := n.element(key)
	switch {
	case key == "#definitions":
		return "the document"
	case e == nil:
		return quote(key)
	case e.Model("sequenceFlow", "messageFlow", "association") && e.Attr("name") == "":
		return fmt.Sprintf("%s %s → %s (%s)", words(e.Local), n.short(e.Attr("sourceRef")), n.short(e.Attr("targetRef")), key)
	case nameOf(e) == "":
		return words(e.Local) + " " + key
	}
	return fmt.Sprintf("%s %s (%s)", words(e.Local), quote(nameOf(e)), key)
}

// short is an element in a sentence about another: its name, else its id.
func (n names) short(id string) string {
	if e := n.element(id); e != nil && nameOf(e) != "" {
		return quote(nameOf(e))
	}
	if id == "" {
		return "nothing"
	}
	return id
}

// nameOf returns what an element shows: its name, or the text of an annotation and the like.
func nameOf(e *bpmn.Element) string {
	switch {
	case e.Attr("name") != "":
		return e.Attr("name")
	case e.Model("categoryValue"):
		return e.Attr("value")
	case e.Model("textAnnotation"):
		if text := e.Child(bpmn.ModelNamespace, "text"); text != nil {
			return text.Text()
		}
	}
	return ""
}

// drawingOf returns the id of what a key of the diagram shows.
func drawingOf(key string) (id string, is bool) {
	for _, open := range [...]string{"#di(", "#plane(", "#diagram("} {
		if rest, found := strings.CutPrefix(key, open); found {
			end := strings.IndexByte(rest, ')')
			if end < 0 {
				return "", false
			}
			id, _, _ = strings.Cut(rest[:end], "@")
			return id, true
		}
	}
	return "", false
}

// words turns userTask into user task.
func words(camel string) string {
	var b strings.Builder
	for _, r := range camel {
		if unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// quote quotes a text for a terminal: one line, not too long, no control characters.
func quote(s string) string {
	const most = 80
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return strconv.Quote(s)
}

// field names a field of an element for a person. Vendors' namespaces become their prefixes.
func (n names) field(path string) string {
	var b strings.Builder
	for path != "" {
		open := strings.IndexByte(path, '{')
		end := strings.IndexByte(path, '}')
		if open < 0 || end < open {
			break
		}
		b.WriteString(path[:open])
		b.WriteString(n.prefix(path[open+1 : end]))
		path = path[end+1:]
	}
	b.WriteString(path)
	s := strings.TrimSuffix(strings.TrimPrefix(b.String(), "extensionElements/"), "#text")
	if strings.HasPrefix(s, "#lane(") {
		return "lane"
	}
	s = strings.TrimLeft(s, "@#")
	s = strings.NewReplacer("/@", " ", "@", " ", "[]", "").Replace(s)
	if s == "" {
		return "content"
	}
	return s
}

func (n names) prefix(space string) string {
	if space == "http://www.w3.org/XML/1998/namespace" {
		return "xml:"
	}
	for _, d := range n {
		for _, a := range d.Root().Attrs() {
			if a.Value == space && a.Space == "http://www.w3.org/2000/xmlns/" {
				return a.Local + ":"
			}
		}
	}
	return "{" + space + "}"
}

// leaf is an element that holds text only, as changes write it.
var leaf = regexp.MustCompile(`^<[^<>]*>([^<]*)</[^<>]*>$`)

// readable turns the value of a field into what a person reads: of an element that only holds
// text, the text; of others the XML without its declarations.
func readable(v *string) string {
	if v == nil {
		return ""
	}
	if !strings.HasPrefix(*v, "<") {
		return *v
	}
	if m := leaf.FindStringSubmatch(*v); m != nil {
		return html.UnescapeString(m[1])
	}
	return declarations.ReplaceAllString(*v, "")
}

var declarations = regexp.MustCompile(` xmlns(:[^=\s]+)?="[^"]*"`)

// value shows a value of a field: an id with the name of what it means.
func (n names) value(path string, v *string) string {
	switch {
	case v == nil:
		return "none"
	case path == "#type":
		return words(*v)
	case path == "#position", path == "#size", path == "#waypoints":
		return *v
	case isReference(path):
		if e := n.element(*v); e != nil && nameOf(e) != "" {
			return fmt.Sprintf("%s (%s)", quote(nameOf(e)), *v)
		}
	}
	return quote(readable(v))
}

func isReference(path string) bool {
	return strings.HasPrefix(path, "#lane(") || strings.HasSuffix(path, "Ref") || strings.HasSuffix(path, "@default")
}
