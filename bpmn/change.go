package bpmn

import (
	"fmt"
	"strconv"
	"strings"
)

// Op says what a change does.
type Op string

// The four operations.
const (
	OpSet    Op = "set"    // a field of an element
	OpAdd    Op = "add"    // an element with a key
	OpRemove Op = "remove" // an element with a key
	OpMove   Op = "move"   // an element with a key, to another parent
)

// A Change is one addressed edit. Its JSON form is stable.
//
//	set     Element and Path name the field; Before and After are its values, null when absent
//	add     Parent is where the element goes, Behind the brother before it, After its XML
//	remove  Parent and Behind are where it was, Before its XML
//	move    Before and After are the addresses of the parents, Behind the brother before it
//
// The XML of an element leaves out elements inside of it that have keys (they
// have changes of their own) and what is derived (incoming, outgoing,
// flowNodeRef). It declares the prefixes that it uses.
type Change struct {
	Op      Op      `json:"op"`
	Element string  `json:"element"`
	Path    string  `json:"path,omitempty"`
	Parent  string  `json:"parent,omitempty"`
	Behind  string  `json:"behind,omitempty"`
	Before  *string `json:"before,omitempty"`
	After   *string `json:"after,omitempty"`
}

// String is a line for a person.
func (c Change) String() string {
	switch c.Op {
	case OpSet:
		return fmt.Sprintf("set %s %s: %s → %s", c.Element, c.Path, show(c.Before), show(c.After))
	case OpAdd:
		return fmt.Sprintf("add %s to %s", c.Element, c.Parent)
	case OpRemove:
		return fmt.Sprintf("remove %s from %s", c.Element, c.Parent)
	}
	return fmt.Sprintf("move %s from %s to %s", c.Element, show(c.Before), show(c.After))
}

func show(value *string) string {
	if value == nil {
		return "nothing"
	}
	return strconv.Quote(*value)
}

// Layout reports whether the change is about the drawing only.
func (c Change) Layout() bool { return isLayoutKey(c.Element) }

// Invert returns the changes that undo, in the order to apply them.
func Invert(changes []Change) []Change {
	inverse := make([]Change, 0, len(changes))
	for i := len(changes) - 1; i >= 0; i-- {
		c := changes[i]
		c.Before, c.After = c.After, c.Before
		switch c.Op {
		case OpAdd:
			c.Op = OpRemove
		case OpRemove:
			c.Op = OpAdd
		case OpMove:
			c.Behind = ""
		}
		inverse = append(inverse, c)
	}
	return inverse
}

func equal(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// sameValue compares two values of a field. XML is compared by meaning.
func sameValue(a, b *string) bool {
	if equal(a, b) {
		return true
	}
	if a == nil || b == nil || !strings.HasPrefix(*a, "<") || !strings.HasPrefix(*b, "<") {
		return false
	}
	return canonicalXML(*a) == canonicalXML(*b)
}

func value(s string) *string { return &s }
