package bpmn

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A splice replaces a byte range of a document.
type splice struct {
	from, to int
	text     string
}

// applySplices returns text with the ranges replaced. Ranges must not overlap.
func applySplices(text string, edits []splice) string {
	slices.SortStableFunc(edits, func(a, b splice) int { return a.from - b.from })
	var b strings.Builder
	b.Grow(len(text))
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.from])
		b.WriteString(e.text)
		at = e.to
	}
	b.WriteString(text[at:])
	return b.String()
}

// Repair makes what the strict gate refuses acceptable: a duplicate or invalid
// id is renamed and what refers to it follows; a negative size becomes the usual
// size of what is drawn. Each repair is reported. What cannot be repaired is
// refused: the error is a *Refusal. A document without such faults is returned
// as it is.
func (d *Document) Repair() (*Document, []Finding, error) {
	r := &repairer{d: d, taken: make(map[string]bool), owners: make(map[string][]*Element), renamed: make(map[*Element]string)}
	r.renameIDs()
	r.resizeNegative()
	if len(r.edits) == 0 {
		if f, bad := d.firstNumberFault(); bad {
			return nil, nil, f.refusal()
		}
		return d, nil, nil
	}
	repaired, err := Decode([]byte(applySplices(d.text, r.edits)))
	if err != nil {
		return nil, nil, err
	}
	repaired.transcoded = d.transcoded
	return repaired, r.done, nil
}

type repairer struct {
	d       *Document
	taken   map[string]bool
	owners  map[string][]*Element // every element of an id, document order
	renamed map[*Element]string
	edits   []splice
	done    []Finding
}

func (r *repairer) renameIDs() {
	for i := range r.d.elements {
		if e := &r.d.elements[i]; e.hasBPMNID() {
			r.taken[e.ID()] = true
			r.owners[e.ID()] = append(r.owners[e.ID()], e)
		}
	}
	for i := range r.d.elements {
		e := &r.d.elements[i]
		if !e.hasBPMNID() {
			continue
		}
		old := e.ID()
		var code string
		switch owners := r.owners[old]; {
		case !isNCName(old) || len(old) > maxIDLength:
			code = InvalidID
		case keeper(owners) != e:
			code = DuplicateID
		default:
			continue
		}
		id := r.freeID(old)
		r.renamed[e] = id
		for j := range e.attrs {
			if a := &e.attrs[j]; a.Space == "" && a.Local == "id" {
				from, to := e.valueRange(a)
				r.edits = append(r.edits, splice{from, to, id})
			}
		}
		f := e.finding(code, SeverityInfo, "the id %q of this %s was renamed to %q", shorten(old), e.Local, id)
		f.ElementID = id
		r.done = append(r.done, f)
	}
	if len(r.renamed) == 0 {
		return
	}
	used := make(map[string]int) // how many shapes and edges took an owner of an id so far
	rewire := func(ref reference) {
		owners := r.owners[ref.id]
		if ref.external || len(owners) == 0 {
			return
		}
		owner := r.meant(ref, owners, used)
		id, renamed := r.renamed[owner]
		if !renamed {
			return
		}
		if ref.prefix != "" {
			id = ref.prefix + ":" + id
		}
		r.edits = append(r.edits, splice{ref.start, ref.end, id})
	}
	r.d.references(rewire)
	// A called process may live in another file; one of this document is followed.
	for i := range r.d.elements {
		e := &r.d.elements[i]
		for j := range e.attrs {
			if a := &e.attrs[j]; e.Model("callActivity") && a.Space == "" && a.Local == "calledElement" {
				from, to := e.valueRange(a)
				rewire(e.reference(a.Local, a.Value, from, to))
			}
		}
	}
}

// keeper returns the owner that keeps a shared id: the first of the model, since
// more refers to it than to a diagram element.
func keeper(owners []*Element) *Element {
	for _, e := range owners {
		if e.Space == ModelNamespace {
			return e
		}
	}
	return owners[0]
}

// meant guesses which of the elements with one id a reference means: the one
// with which it shares the innermost container. For diagram elements that says
// nothing: there the n-th one with that id shows the n-th owner of its kind.
func (r *repairer) meant(ref reference, owners []*Element, used map[string]int) *Element {
	if len(owners) == 1 {
		return owners[0]
	}
	model := owners[:0:0]
	for _, e := range owners {
		if (e.Space == ModelNamespace) == (ref.from.Space == ModelNamespace || ref.attr == "bpmnElement") {
			model = append(model, e)
		}
	}
	if len(model) == 0 {
		return keeper(owners)
	}
	if ref.attr == "bpmnElement" {
		edge := ref.from.Is(BPMNDINamespace, "BPMNEdge")
		var fitting []*Element
		for _, e := range model {
			if isConnection(e) == edge {
				fitting = append(fitting, e)
			}
		}
		if len(fitting) == 0 {
			return model[0]
		}
		key := ref.id + "\x00" + ref.from.Local
		n := used[key]
		used[key]++
		return fitting[n%len(fitting)]
	}
	best, depth := keeper(model), -1
	for _, e := range model {
		if n := sharedDepth(e, ref.from); n > depth {
			best, depth = e, n
		}
	}
	return best
}

// sharedDepth returns how deep the innermost element that contains both is.
func sharedDepth(a, b *Element) int {
	shared := a
	for shared != nil && !shared.contains(b) {
		shared = shared.parent
	}
	n := 0
	for ; shared != nil; shared = shared.parent {
		n++
	}
	return n
}

// freeID makes a valid id that nothing else has, close to the old one.
func (r *repairer) freeID(old string) string {
	var b strings.Builder
	for _, c := range strings.TrimSpace(old) {
		switch {
		case b.Len() > 200:
			continue
		case b.Len() == 0 && !isNameStart(c):
			b.WriteByte('_')
			fallthrough
		case isNamePart(c):
			if isNamePart(c) {
				b.WriteRune(c)
			}
		default:
			b.WriteByte('_')
		}
	}
	base := b.String()
	if base == "" {
		base = "_"
	}
	id := base
	for n := 2; r.taken[id]; n++ {
		id = base + "_" + strconv.Itoa(n)
	}
	r.taken[id] = true
	return id
}

func (r *repairer) resizeNegative() {
	ids := make(map[string]*Element)
	for id, owners := range r.owners {
		ids[id] = keeper(owners)
	}
	r.d.numberFaults(func(f Finding, bounds *Element) bool {
		if f.Code != DIInvalidBounds {
			return true
		}
		label := bounds.parent != nil && bounds.parent.Is(BPMNDINamespace, "BPMNLabel")
		width, height := 90, 20
		if !label && bounds.parent != nil {
			width, height = usualSize(ids[bounds.parent.Attr("bpmnElement")])
		}
		for i := range bounds.attrs {
			a := &bounds.attrs[i]
			from, to := bounds.valueRange(a)
			usual := map[string]int{"width": width, "height": height}[a.Local]
			number, code := parseNumber(a.Value)
			// Each negative size is a finding of its own; both may be on one element.
			if a.Space != "" || usual == 0 || code != "" || number >= 0 || slices.ContainsFunc(r.edits, func(s splice) bool { return s.from == from }) {
				continue
			}
			r.edits = append(r.edits, splice{from, to, strconv.Itoa(usual)})
			fixed := bounds.finding(DIInvalidBounds, SeverityInfo, "%s", fmt.Sprintf("the %s %s was set to %d", a.Local, shorten(a.Value), usual))
			r.done = append(r.done, fixed)
		}
		return true
	})
}

// usualSize returns the size that editors give a new shape of that element.
func usualSize(e *Element) (width, height int) {
	if e == nil || e.Space != ModelNamespace {
		return 100, 80
	}
	switch e.Local {
	case "startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent":
		return 36, 36
	case "exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway", "eventBasedGateway":
		return 50, 50
	case "subProcess", "transaction", "adHocSubProcess", "subChoreography":
		return 350, 200
	case "participant":
		return 600, 250
	case "lane":
		return 570, 125
	case "dataObject", "dataObjectReference", "dataInput", "dataOutput":
		return 36, 50
	case "dataStore", "dataStoreReference":
		return 50, 50
	case "textAnnotation":
		return 100, 30
	case "group":
		return 300, 300
	}
	return 100, 80
}
