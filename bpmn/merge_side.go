package bpmn

import (
	"strings"
)

// side is the edits of one parent, found by what they touch.
type side struct {
	changes []Change
	sets    map[string]map[string]int // key -> path -> change
	adds    map[string]int
	removes map[string]int
	moves   map[string]int
	needs   [][]string       // keys that must exist for the change
	users   map[string][]int // key -> changes that need it
}

func newSide(changes []Change) *side {
	s := &side{changes: changes, sets: make(map[string]map[string]int), adds: make(map[string]int), removes: make(map[string]int),
		moves: make(map[string]int), users: make(map[string][]int), needs: make([][]string, len(changes))}
	for i, c := range changes {
		switch c.Op {
		case OpSet:
			if s.sets[c.Element] == nil {
				s.sets[c.Element] = make(map[string]int)
			}
			s.sets[c.Element][c.Path] = i
		case OpAdd:
			s.adds[c.Element] = i
		case OpRemove:
			s.removes[c.Element] = i
		case OpMove:
			s.moves[c.Element] = i
		}
		s.needs[i] = c.needs(c.After, c.Parent)
		for _, key := range s.needs[i] {
			s.users[key] = append(s.users[key], i)
		}
	}
	return s
}

// needs returns the keys that must exist while the field has this value, or the
// element stands at this address with this XML.
func (c Change) needs(v *string, address string) []string {
	var keys []string
	switch c.Op {
	case OpMove:
		if v != nil {
			key, _ := splitAddress(*v)
			keys = append(keys, key)
		}
		return keys
	case OpAdd, OpRemove:
		key, _ := splitAddress(address)
		keys = append(keys, key)
		if shown := shownBy(c.Element); shown != "" && shown != "root" && shown[0] != '?' {
			keys = append(keys, shown)
		}
	case OpSet:
		if v == nil {
			return nil
		}
		if isLaneField(c) {
			return strings.Fields(*v)
		}
		steps, field, ok := splitPath(c.Path)
		switch {
		case !ok || field != "" && field[0] == '#' && field != "#text" && field != "#xml":
			return nil
		case field != "" && field[0] == '@':
			if referenceAttribute(&Element{Space: ModelNamespace}, field[1:]) || referenceAttribute(&Element{Space: BPMNDINamespace}, field[1:]) {
				return []string{*v}
			}
			return nil
		case field == "#text":
			if len(steps) > 0 && referenceElement(&Element{Space: ModelNamespace, Local: steps[len(steps)-1].local}) {
				return []string{*v}
			}
			return nil
		}
	}
	if v == nil || !strings.Contains(*v, "Ref") && !strings.Contains(*v, "default") && !strings.Contains(*v, "supports") {
		return keys // nothing in it refers to anything
	}
	f, refusal := parse(decoded{text: "<_>" + *v + "</_>"})
	if refusal != nil {
		return keys
	}
	f.references(func(r reference) {
		if r.attr != "bpmnElement" && !diReference(r.attr) && r.attr != "labelStyle" && r.id != "" {
			keys = append(keys, r.id)
		}
	})
	return keys
}

// renamed returns the change with ids replaced wherever it speaks of them, and
// the ids that it speaks of.
func (c Change) renamed(ids map[string]string) (Change, []string) {
	used := make(map[string]bool)
	renamedKey := func(key string, ids map[string]string) string {
		id, old := renamedKey(key, ids)
		used[old] = old != ""
		return id
	}
	address := func(a string) string {
		key, path := splitAddress(a)
		if path != "" {
			return renamedKey(key, ids) + "/" + path
		}
		return renamedKey(key, ids)
	}
	values := func(v *string) *string {
		if v == nil {
			return nil
		}
		switch c.Op {
		case OpMove:
			return value(address(*v))
		case OpSet:
			if isLaneField(c) {
				lanes := strings.Fields(*v)
				for i := range lanes {
					lanes[i] = renamedKey(lanes[i], ids)
				}
				return value(strings.Join(lanes, " "))
			}
			_, field, _ := splitPath(c.Path)
			if field != "" && field != "#xml" {
				if len(c.needs(v, "")) > 0 {
					return value(renamedKey(*v, ids))
				}
				return v
			}
		}
		return value(renamedXML(*v, ids, used))
	}
	before := c.Before
	c.Before, c.After = values(before), values(c.After)
	if set, is := laneField(c); is {
		c.Path = "#lane(" + address(set) + ")"
	}
	c.Element, c.Behind = renamedKey(c.Element, ids), renamedKey(c.Behind, ids)
	if c.Parent != "" {
		c.Parent = address(c.Parent)
	}
	delete(used, "")
	return c, sortedKeys(used)
}

// renamedKey returns the key that a renaming leads to, and the id in it that was
// renamed.
func renamedKey(key string, ids map[string]string) (renamed, id string) {
	if to, is := ids[key]; is {
		return to, key
	}
	if shown := shownBy(key); shown != "" {
		if to, is := ids[shown]; is {
			return strings.Replace(key, "("+shown, "("+to, 1), shown
		}
	}
	return key, ""
}

// renamedXML replaces ids in XML: those that elements have and those that they
// refer to.
func renamedXML(xml string, ids map[string]string, used map[string]bool) string {
	f, refusal := parse(decoded{text: "<_>" + xml + "</_>"})
	if refusal != nil {
		return xml
	}
	var edits []splice
	for i := range f.elements {
		e := &f.elements[i]
		for j := range e.attrs {
			if a := &e.attrs[j]; a.Space == "" && a.Local == "id" && e.Space == ModelNamespace && ids[a.Value] != "" {
				from, to := e.valueRange(a)
				edits = append(edits, splice{from, to, ids[a.Value]})
				used[a.Value] = true
			}
		}
	}
	f.references(func(r reference) {
		if id := ids[r.id]; id != "" && !r.external {
			edits = append(edits, splice{r.start, r.end, id})
			used[r.id] = true
		}
	})
	if len(edits) == 0 {
		return xml
	}
	text := applySplices(f.text, edits)
	return text[len("<_>") : len(text)-len("</_>")]
}
