package bpmn

import "strings"

// Rebase puts a change set that was made on a serialiser's view onto a stored
// document. Baseline and mine are two exports of one editor: what it wrote when
// its canvas last agreed with the server, and what it writes now. Expected is the
// newest version whose changes are all on the canvas, head the one that stands now.
//
// Baseline is the export right after an import, the mine of the last save that
// was acknowledged, or the export right after changes of others were put on a
// canvas without unsaved edits. When expected is newer than baseline, an edit that
// leads back to what baseline has is not seen; so take a new one then.
//
// What stands in expected already is dropped, so a stale baseline never brings
// back an older value; content that the editor never showed is never touched.
// What the editor itself saved since expected, alone or merged with work of others
// that it does not show yet, is known by its being in baseline and in head: to
// change that again is no conflict with oneself.
func Rebase(expected, head, baseline, mine *Document, choices map[string]Choice) (*Result, error) {
	lists := mergeLists(expected, head, baseline, mine)
	known := raise(expected, baseline, diffWith(expected, head, lists))
	edits := relocate(diffWith(baseline, mine, lists), known)
	return merge(known, head, mine, diffWith(known, head, lists), edits, choices)
}

// Shown returns what the stored document would be if nobody but the editor had
// saved since expected: what its canvas shows, and what it cannot show. The
// difference from there to head is what others did and what is to be put on the
// canvas. The arguments are those of Rebase.
func Shown(expected, head, baseline, mine *Document) (*Document, error) {
	lists := mergeLists(expected, head, baseline, mine)
	known := raise(expected, baseline, diffWith(expected, head, lists))
	r, err := merge(known, known, mine, nil, relocate(diffWith(baseline, mine, lists), known), nil)
	if err != nil {
		return nil, err
	}
	return r.Document, nil
}

// raise returns expected with those changes that baseline shows as well: they are
// what the editor saved itself.
func raise(expected, baseline *Document, since []Change) *Document {
	var own []Change
	view := newViewer(baseline)
	for _, c := range since {
		e := view.x.elements[c.Element]
		switch c.Op {
		case OpSet:
			if now, known := view.field(c.Element, c.Path); known && sameField(c.Path, now, c.After) {
				own = append(own, c)
			}
		case OpAdd:
			if e != nil {
				// What others did to it since is left for the merge to see.
				c.After = value(fragment(e))
				own = append(own, c)
			}
		case OpRemove:
			if e == nil {
				own = append(own, c)
			}
		case OpMove:
			if e != nil && baseline.address(e) == *c.After {
				own = append(own, c)
			}
		}
	}
	raised, err := Apply(expected, own)
	if err != nil {
		return expected // a part of it cannot stand alone: then all of it is news
	}
	return raised
}

// viewer reads fields of a document by key and path.
type viewer struct {
	d     *Document
	x     *index
	lanes map[string]*string // by key and path
}

func newViewer(d *Document) *viewer {
	v := &viewer{d: d, x: d.idx(), lanes: make(map[string]*string)}
	for key, lanes := range v.x.lanes {
		for set, names := range laneFields(lanes) {
			v.lanes[key+"\x00#lane("+set+")"] = value(strings.Join(names, " "))
		}
	}
	return v
}

// field returns the value of a field, and false where it cannot be read.
func (v *viewer) field(key, path string) (*string, bool) {
	if now, known := v.lanes[key+"\x00"+path]; known {
		return now, true
	}
	e := v.x.elements[key]
	if e == nil || strings.HasPrefix(path, "#lane(") {
		return nil, e != nil
	}
	return v.d.field(e, path)
}

// relocate fits changes that were made on a serialiser's view to the stored
// version that the editor saw: what stands there already is dropped, and Before
// becomes what stands there.
func relocate(changes []Change, stored *Document) []Change {
	view := newViewer(stored)
	var kept []Change
	for _, c := range changes {
		e := view.x.elements[c.Element]
		switch c.Op {
		case OpAdd:
			if e == nil {
				kept = append(kept, c)
				continue
			}
			// It came from the stored version and was put on the canvas: only what
			// was edited after that is news, and what is missing was never shown.
			if at := stored.address(e); at != c.Parent {
				kept = append(kept, Change{Op: OpMove, Element: c.Element, Behind: c.Behind, Before: value(at), After: value(c.Parent)})
			}
			if now := rootOf(*c.After); now != nil && nodeName(now) != nodeName(e) {
				kept = append(kept, Change{Op: OpSet, Element: c.Element, Path: "#type", Before: value(nodeName(e)), After: value(nodeName(now))})
			}
			for _, d := range fieldChanges(c.Element, fragment(e), *c.After) {
				if d.After != nil {
					kept = append(kept, d)
				}
			}
		case OpRemove:
			if e != nil {
				c.Parent, c.Behind, c.Before = stored.address(e), stored.behind(e), value(fragment(e))
				kept = append(kept, c)
			}
		case OpMove:
			if e == nil {
				kept = append(kept, c)
			} else if at := stored.address(e); at != *c.After {
				c.Before = value(at)
				kept = append(kept, c)
			}
		case OpSet:
			now, known := view.field(c.Element, c.Path)
			if known && sameField(c.Path, now, c.After) {
				continue
			}
			if known {
				c.Before = now
			}
			kept = append(kept, c)
		}
	}
	return kept
}

func sameField(path string, a, b *string) bool {
	return equal(a, b) || isXMLPath(path) && sameValue(wrap(a), wrap(b))
}

// field returns the value of a field of an element with a key. It reports false
// for a path that it cannot read.
func (d *Document) field(e *Element, path string) (*string, bool) {
	steps, field, ok := splitPath(path)
	if !ok {
		return nil, false
	}
	ap := &applier{editor: newEditor(d)}
	if n := len(steps); field == "" && n > 0 && steps[n-1].bracketed && steps[n-1].bracket == "" {
		at, _ := ap.walk(e, steps[:n-1], false)
		if at == nil {
			return nil, true
		}
		var list []*Element
		for c := at.first; c != nil; c = c.next {
			if steps[n-1].is(c) && d.key(c) == "" {
				list = append(list, c)
			}
		}
		return listValue(list), true
	}
	at, _ := ap.walk(e, steps, false)
	if at == nil {
		return nil, true
	}
	switch {
	case field == "":
		return value(fragment(at)), true
	case field[0] == '@':
		space, local := splitAttr(field[1:])
		return at.canonicalLookup(space, local), true
	case field == "#text":
		return leafText(at), true
	case field == "#xml":
		return innerXML(at), true
	case field == "#type":
		return value(nodeName(at)), true
	case field == "#waypoints":
		return waypoints(at), true
	}
	position, size := bounds(at)
	if field == "#position" {
		return position, true
	}
	return size, field == "#size"
}
