package platform

import (
	"context"

	"laneway"
)

// Bounds of what one page of the log reads to fold runs of saves: an organization in which people do
// nothing but draw has very long runs.
const (
	auditRead  = 500
	auditReads = 20
)

// ListAudit gives one page of the organization's log, newest first. With fold, saves that nothing else
// stands between are told once for each diagram and person.
func (p *Platform) ListAudit(ctx context.Context, actor laneway.Actor, q laneway.EventQuery, fold bool) (laneway.AuditPage, error) {
	if err := actor.May(laneway.ReadAudit); err != nil {
		return laneway.AuditPage{}, err
	}
	lines := q.Limit
	if !fold {
		q.Limit++
		events, err := p.store.ListEvents(ctx, actor, q)
		if err != nil {
			return laneway.AuditPage{}, err
		}
		var page laneway.AuditPage
		for i, e := range events {
			if i == lines {
				page.Before = events[i-1].Seq
				break
			}
			page.Runs = append(page.Runs, laneway.EventRun{Event: e, Count: 1, FirstSeq: e.Seq, FirstAt: e.At})
		}
		return page, nil
	}
	f := folder{lines: lines}
	q.Limit = auditRead
	for range auditReads {
		events, err := p.store.ListEvents(ctx, actor, q)
		if err != nil {
			return laneway.AuditPage{}, err
		}
		for _, e := range events {
			if !f.add(e) {
				return laneway.AuditPage{Runs: f.runs, Before: f.last}, nil
			}
		}
		if len(events) < auditRead {
			return laneway.AuditPage{Runs: f.runs}, nil
		}
		q.Before = f.last
	}
	return laneway.AuditPage{Runs: f.runs, Before: f.last}, nil
}

// folder makes lines of events that come newest first.
type folder struct {
	lines int
	runs  []laneway.EventRun
	last  int64          // number of the last event that was taken in
	open  map[folded]int // places in runs of the saves since the last other event
}

// folded is what makes saves one run.
type folded struct{ actor, diagram laneway.ID }

// add takes an event in; false: it would be a line too many.
func (f *folder) add(e laneway.Event) bool {
	key := folded{e.ActorID, e.SubjectID}
	if e.Kind != laneway.DiagramSaved {
		f.open = nil
	} else if i, is := f.open[key]; is {
		f.runs[i].Count++
		f.runs[i].FirstSeq, f.runs[i].FirstAt, f.last = e.Seq, e.At, e.Seq
		return true
	}
	if len(f.runs) == f.lines {
		return false
	}
	if e.Kind == laneway.DiagramSaved {
		if f.open == nil {
			f.open = make(map[folded]int)
		}
		f.open[key] = len(f.runs)
	}
	f.runs = append(f.runs, laneway.EventRun{Event: e, Count: 1, FirstSeq: e.Seq, FirstAt: e.At})
	f.last = e.Seq
	return true
}

// ExportAudit hands over the whole log that q asks for, newest first, in pieces that fit memory. What
// visit gives as an error ends it.
func (p *Platform) ExportAudit(ctx context.Context, actor laneway.Actor, q laneway.EventQuery, visit func([]laneway.Event) error) error {
	if err := actor.May(laneway.ReadAudit); err != nil {
		return err
	}
	for q.Limit = auditRead; ; {
		events, err := p.store.ListEvents(ctx, actor, q)
		if err != nil {
			return err
		}
		if err := visit(events); err != nil {
			return err
		}
		if len(events) < q.Limit {
			return nil
		}
		q.Before = events[len(events)-1].Seq
	}
}
