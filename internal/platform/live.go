package platform

import (
	"context"

	"laneway"
	"laneway/internal/live"
)

// Watch opens a stream of what happens in the actor's organization: what came behind the event with
// the number after, or, where that is negative, what comes from now on. The caller closes it, and
// asks again from time to time whether the actor still may.
func (p *Platform) Watch(ctx context.Context, actor laneway.Actor, after int64) (*live.Stream, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return nil, err
	}
	if p.live == nil {
		return nil, laneway.Errorf(laneway.Unavailable, "This server sends no events.")
	}
	stream, err := p.live.Subscribe(ctx, actor.OrganizationID, after)
	if err == nil {
		stream.Belong(actor.UserID)
	}
	return stream, err
}

// Listening reports whether events of other servers arrive at once, and not only up to a second later.
func (p *Platform) Listening() bool { return p.live != nil && p.live.Listening() }

// InCompany tells whether more than one tab of the actor's organization has a diagram open. It tells
// nobody who; it only decides how often one may save.
func (p *Platform) InCompany(actor laneway.Actor, diagram laneway.ID) (bool, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return false, err
	}
	return p.live != nil && p.live.InCompany(actor.OrganizationID, diagram), nil
}

// published tells the streams of a change that is committed, before it is answered.
func (p *Platform) published(actor laneway.Actor, stored *Stored) *Stored {
	p.committed(actor.OrganizationID, stored.Seq, stored.Diagram)
	return stored
}

// announce tells this server's memory and the streams of an organization of a committed event that changed no
// diagram; a number of 0 is none.
func (p *Platform) announce(organization laneway.ID, seq int64) {
	p.committed(organization, seq, laneway.Diagram{})
}

func (p *Platform) committed(organization laneway.ID, seq int64, diagram laneway.Diagram) {
	if p.live != nil {
		p.cache.Models.Commit(organization, seq, diagram)
		p.live.Publish(organization, seq)
	}
}

// recheck forgets, on every server, what is known of a person, and has their streams ask at once whether they may go
// on: after one of their sessions or tokens has ended, or a membership was changed. It is called after the commit and
// before the answer.
func (p *Platform) recheck(user laneway.ID) {
	if p.live != nil {
		p.live.Recheck(user)
	}
}

// SetPresence notes that the actor has a diagram open in a tab, or leaves it, and gives who has it
// open now. It holds for laneway.PresenceLifetime.
func (p *Platform) SetPresence(ctx context.Context, actor laneway.Actor, presence laneway.Presence) ([]laneway.Present, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return nil, err
	}
	if err := presence.Check(); err != nil {
		return nil, err
	}
	if err := p.store.DiagramInUse(ctx, actor, presence.DiagramID); err != nil {
		return nil, err
	}
	if p.live == nil {
		return nil, laneway.Errorf(laneway.Unavailable, "This server sends no events.")
	}
	return p.live.SetPresence(actor, presence)
}
