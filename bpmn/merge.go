package bpmn

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Class says how a conflict is treated.
type Class string

// A hard conflict waits for a person, and until then ours stands; a soft one is
// decided by a rule and reported.
const (
	Hard Class = "hard"
	Soft Class = "soft"
)

// Choice is a decision about a conflict.
type Choice string

// The four choices.
const (
	TakeOurs   Choice = "ours"
	TakeTheirs Choice = "theirs"
	TakeBoth   Choice = "both"
	TakeBase   Choice = "base"
)

// Kinds of conflicts.
const (
	EditEdit     = "edit_edit"     // one field, two values
	EditDelete   = "edit_delete"   // ours removed what theirs edits or uses
	DeleteEdit   = "delete_edit"   // theirs removed what ours edits or uses
	TwoParents   = "two_parents"   // moved to two places
	TwoLanes     = "two_lanes"     // put into two lanes
	TwoTypes     = "two_types"     // two new types, or a type that does not have an edited field
	MoveCycle    = "move_cycle"    // each moved into the other
	AddAdd       = "add_add"       // one id for two new elements: theirs got a new id
	United       = "united"        // both drew the first pool: it is one, with our id
	KeptInUse    = "kept_in_use"   // one side removed what the other began to use: it stays
	TextMerged   = "text_merged"   // both edited one text in different places
	LayoutMerged = "layout_merged" // a drawing was adapted to both sides
	Broken       = "broken"        // together the edits would break the document
	Ambiguous    = "duplicate_id"  // the id stands more than once
)

// Option is one choice of a conflict and what it would do.
type Option struct {
	Choice Choice `json:"choice"`
	Effect string `json:"effect"`
}

// A Conflict is a place where both sides want something else.
type Conflict struct {
	ID      string   `json:"id"` // the same for the same documents
	Class   Class    `json:"class"`
	Kind    string   `json:"kind"`
	Element string   `json:"element"` // key
	Type    string   `json:"type,omitempty"`
	Name    string   `json:"name,omitempty"`
	Path    string   `json:"path,omitempty"`
	Base    *string  `json:"base"`
	Ours    *string  `json:"ours"`
	Theirs  *string  `json:"theirs"`
	Options []Option `json:"options"`
	Chosen  Choice   `json:"chosen,omitempty"` // by rule or by a person

	// OurChanges and TheirChanges are the edits that exclude each other.
	OurChanges   []Change `json:"ourChanges,omitempty"`
	TheirChanges []Change `json:"theirChanges,omitempty"`
}

// A Result is a merged document and what became of each side's edits: every
// change of theirs is applied, in a conflict, or was made by ours as well.
type Result struct {
	Document  *Document  // where a hard conflict waits, it holds ours
	Ours      []Change   // what ours changed since base
	Theirs    []Change   // what was applied on top of ours
	Conflicts []Conflict // unresolved hard ones and all soft ones
	Resolved  []Conflict // hard ones that a choice settled
	Warnings  []Finding  // modelling rules that neither parent broke
}

// Clean reports whether nothing waits for a person.
func (r *Result) Clean() bool {
	return !slices.ContainsFunc(r.Conflicts, func(c Conflict) bool { return c.Class == Hard })
}

// Merge unites what ours and theirs changed since base. The result starts from
// the bytes of ours. It passes the checks that both parents passed, whatever the
// edits were: what would break them becomes a conflict. Which side is ours
// matters for hard conflicts, where ours stands, and for two new elements with
// one id, where ours keeps it; everywhere else the merge is symmetric.
func Merge(base, ours, theirs *Document) (*Result, error) {
	return Resolve(base, ours, theirs, nil)
}

// Resolve merges with decisions, by conflict ID, about the conflicts of the same
// merge without them. A hard one without a decision waits; for a soft one the rule
// decides, also where the decision would break the document.
func Resolve(base, ours, theirs *Document, choices map[string]Choice) (*Result, error) {
	lists := mergeLists(base, ours, theirs)
	return merge(base, ours, theirs, diffWith(base, ours, lists), diffWith(base, theirs, lists), choices)
}

// merge merges, and takes back those choices that would break the document: where
// that is to be feared they are offered only after they were tried.
func merge(base, ours, theirs *Document, o, t []Change, choices map[string]Choice) (*Result, error) {
	result, overruled, err := mergeOnce(base, ours, theirs, o, t, choices)
	if len(overruled) > 0 && (err != nil || result.broken() > 0) {
		firm := maps.Clone(choices)
		maps.DeleteFunc(firm, func(id string, _ Choice) bool { return overruled[id] })
		if ruled, _, errRuled := mergeOnce(base, ours, theirs, o, t, firm); errRuled == nil && (err != nil || ruled.broken() < result.broken()) {
			result, err = ruled, nil
		}
	}
	if err != nil {
		return nil, err
	}
	trials, waiting := 0, len(hardOnes(result.Conflicts))
	for i := range result.Conflicts {
		c := &result.Conflicts[i]
		// Something that is brought back may hang on a removal that waits.
		soft := c.Class == Soft && waiting > 0 && strings.HasSuffix(c.ID, "!layout")
		if c.Kind != Broken && !soft || len(c.Options) < 2 {
			continue
		}
		c.Options = slices.DeleteFunc(c.Options, func(option Option) bool {
			if option.Choice == TakeOurs && !soft || option.Choice == c.Chosen {
				return false
			}
			if trials++; trials > maxTrials {
				return true
			}
			tried := maps.Clone(choices)
			if tried == nil {
				tried = make(map[string]Choice)
			}
			tried[c.ID] = option.Choice
			r, _, err := mergeOnce(base, ours, theirs, o, t, tried)
			if err != nil || !soft {
				return err != nil || len(hardOnes(r.Conflicts)) >= waiting
			}
			return r.broken() > result.broken()
		})
		if len(c.Options) < 2 && soft {
			c.Options = nil
		}
	}
	return result, nil
}

// broken counts what waits because it would break the document.
func (r *Result) broken() int {
	n := 0
	for _, c := range r.Conflicts {
		if c.Kind == Broken {
			n++
		}
	}
	return n
}

func hardOnes(conflicts []Conflict) []Conflict {
	return slices.DeleteFunc(slices.Clone(conflicts), func(c Conflict) bool { return c.Class != Hard })
}

// mergeOnce runs the planner until what it plans holds the checks. It also returns
// the soft conflicts that were decided against their rule.
func mergeOnce(base, ours, theirs *Document, o, t []Change, choices map[string]Choice) (*Result, map[string]bool, error) {
	if len(t) == 0 {
		return &Result{Document: ours, Ours: o}, nil, nil
	}
	known, told := make(map[brokenRule]bool), make(map[brokenRule]bool)
	for _, d := range [...]*Document{ours, theirs} {
		findings := d.Check()
		for _, f := range d.broken(findings) {
			known[f] = true
		}
		for _, f := range findings {
			told[brokenRule{f.Code, f.ElementID, ""}] = true
		}
	}
	held := make(map[string]bool) // elements whose edits by theirs break something
	var result *Result
	overruled := make(map[string]bool)
	var findings []Finding
	for round := 0; ; round++ {
		m := newMerger(base, ours, theirs, o, t, choices, held)
		if round == maxRounds {
			m.holdAll()
		}
		m.plan()
		merged, err := m.build()
		maps.Copy(overruled, m.overruled)
		if err != nil && round == maxRounds {
			return nil, overruled, fmt.Errorf("merge: %w", err)
		}
		fresh := make(map[string]bool)
		if err != nil {
			var at *applyError
			if !errors.As(err, &at) || held[at.element] {
				round = maxRounds - 1
				continue
			}
			fresh[at.element] = true
		} else {
			findings = merged.Check()
			for _, f := range merged.broken(findings) {
				if !known[f] {
					fresh[f.element] = true
				}
			}
			result = m.result(merged)
		}
		if len(fresh) == 0 {
			break
		}
		if round == maxRounds {
			return nil, overruled, fmt.Errorf("merge: the result would break %v", sortedKeys(fresh))
		}
		grown := false
		for element := range fresh {
			grown = grown || !held[element]
			held[element] = true
		}
		if !grown {
			round = maxRounds - 1
		}
	}
	for _, f := range findings {
		if f.Code != Transcoded && !told[brokenRule{f.Code, f.ElementID, ""}] {
			result.Warnings = append(result.Warnings, f)
		}
	}
	result.Warnings = append(result.Warnings, deadEnds(ours, theirs, result.Document)...)
	return result, overruled, nil
}

const (
	maxRounds = 6
	maxTrials = 12 // of choices: two documents that have little in common break in many places
)

// brokenRule is a fault that keeps a merge from being stored.
type brokenRule struct{ code, element, detail string }

// Rules of brokenRule beyond those of findings.
const (
	ruleDefaultElsewhere = "default_elsewhere"
	ruleHostElsewhere    = "host_elsewhere"
)

// broken returns what a stored document must not have, among its findings and
// beyond.
func (d *Document) broken(findings []Finding) []brokenRule {
	var list []brokenRule
	for _, f := range findings {
		switch f.Code {
		case UnresolvedReference, CyclicReference, DuplicateDI, DITypeMismatch, DuplicateID, InvalidID, DINotNumber, DINotFinite, DIOutOfRange:
			list = append(list, brokenRule{f.Code, f.ElementID, f.Detail})
		}
		if f.Code == UnknownElement {
			// One side gave the element around it a type that cannot hold it: that is the edit to ask about.
			if e := d.Element(f.ElementID); e != nil && e.parent != nil && e.parent.ID() != "" {
				list = append(list, brokenRule{f.Code, e.parent.ID(), f.ElementID})
			}
		}
		if f.Code == DIInvalidBounds && f.Severity == SeverityError {
			list = append(list, brokenRule{f.Code, f.ElementID, f.Detail})
		}
	}
	x := d.idx()
	for _, e := range x.entities {
		if e.Model("sequenceFlow") {
			continue
		}
		if flow := e.Attr("default"); flow != "" && e.Space == ModelNamespace {
			if f := x.elements[flow]; f != nil && f.reference("", f.Attr("sourceRef"), 0, 0).id != e.ID() {
				list = append(list, brokenRule{ruleDefaultElsewhere, e.ID(), flow})
			}
		}
		if host := x.elements[e.Attr("attachedToRef")]; host != nil && host.parent != e.parent {
			list = append(list, brokenRule{ruleHostElsewhere, e.ID(), host.ID()})
		}
	}
	return list
}

// deadEnds returns the nodes that lost their last flow only because each side
// removed another one.
func deadEnds(ours, theirs, merged *Document) []Finding {
	var fresh []Finding
	a, b := ours.flowEnds(), theirs.flowEnds()
	for node, ends := range merged.flowEnds() {
		e := merged.Element(node)
		if was, is := a[node], b[node]; e != nil {
			if ends[0] == 0 && was[0] > 0 && is[0] > 0 {
				fresh = append(fresh, e.finding(Unreachable, SeverityWarning, "nothing leads to %s any more; each side left one flow", label(e)))
			}
			if ends[1] == 0 && was[1] > 0 && is[1] > 0 {
				fresh = append(fresh, e.finding(DeadEnd, SeverityWarning, "nothing leads on from %s any more; each side left one flow", label(e)))
			}
		}
	}
	slices.SortStableFunc(fresh, func(a, b Finding) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, cmp.Compare(a.Code, b.Code))
	})
	return fresh
}

// flowEnds counts the sequence flows that enter and leave each node.
func (d *Document) flowEnds() map[string][2]int {
	ends := make(map[string][2]int)
	for _, e := range d.idx().entities {
		if isFlowNode(e) {
			ends[e.ID()] = [2]int{}
		}
	}
	for _, e := range d.idx().entities {
		if !e.Model("sequenceFlow") {
			continue
		}
		for i, attr := range [...]string{"targetRef", "sourceRef"} {
			id := e.reference("", e.Attr(attr), 0, 0).id
			if n, is := ends[id]; is {
				n[i]++
				ends[id] = n
			}
		}
	}
	return ends
}
