package bpmn

import "fmt"

// apply makes the changes and lets the ends of edges follow the shapes.
func (t *taker) apply(plan []Change) (*Document, error) {
	taken, err := Apply(t.head, plan)
	if err != nil {
		return nil, fmt.Errorf("take back: %w", err)
	}
	courses := make(map[string]bool) // edges that stand as old drew them
	for _, c := range plan {
		if c.Op == OpAdd || c.Path == "#waypoints" {
			courses[c.Element] = true
		}
	}
	l := &layout{d: taken, rects: make(map[string]rect)}
	docked, err := Apply(taken, l.dock(func(edge string) func(string) (rect, bool) {
		from, head, old := t.head, t.head.Element(edge), t.old.Element(edge)
		switch {
		case head != nil && old != nil && equal(waypoints(head), waypoints(old)):
			return nil // it fitted both versions
		case courses[edge]:
			from = t.old
		}
		return func(shape string) (rect, bool) { return rectOf(from.Element(shape)) }
	}))
	if err != nil {
		return nil, fmt.Errorf("take back: %w", err)
	}
	return docked, nil
}

// result checks the outcome.
func (t *taker) result(taken *Document) (*Result, error) {
	known, told := make(map[brokenRule]bool), make(map[brokenRule]bool)
	findings := t.head.Check()
	for _, rule := range t.head.broken(findings) {
		known[rule] = true
	}
	for _, f := range findings {
		told[brokenRule{f.Code, f.ElementID, ""}] = true
	}
	findings = taken.Check()
	r := &Result{Document: taken, Theirs: Diff(t.head, taken), Warnings: t.warnings}
	for _, rule := range taken.broken(findings) {
		if known[rule] {
			continue
		}
		switch rule.code {
		case ruleDefaultElsewhere:
			t.refuse(nil, ReferenceOutOfScope, rule.element, "%s cannot be taken back alone: its default flow %s starts elsewhere", rule.element, rule.detail)
		case ruleHostElsewhere:
			t.refuse(nil, ReferenceOutOfScope, rule.element, "%s cannot be taken back alone: %s, on which it sits, lies elsewhere", rule.element, rule.detail)
		default:
			t.refuse(nil, rule.code, rule.element, "%s cannot be taken back alone: %s", rule.element, rule.detail)
		}
	}
	if len(t.refusal.Findings) > 0 {
		return nil, &t.refusal
	}
	for _, f := range findings {
		if !told[brokenRule{f.Code, f.ElementID, ""}] {
			r.Warnings = append(r.Warnings, f)
		}
	}
	r.Warnings = append(r.Warnings, deadEnds(t.head, t.head, taken)...)
	return r, nil
}
