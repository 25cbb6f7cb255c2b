package platform

import (
	"context"

	"laneway"
	"laneway/internal/store"
)

// completion makes a result into what ends an idempotent request inside the transaction of its
// change: its answer, kept for repetition. It gives nil for a request without a key.
type completion func(result *Stored) *store.Completion

// once runs work at most once for a request with an idempotency key, and plainly without one. The
// key is claimed before work begins, so that a repeated request gets the first answer whatever has
// become of the objects that it names.
func (p *Platform) once(ctx context.Context, actor laneway.Actor, once *laneway.Once, work func(completion) (*Stored, error)) (*Stored, error) {
	if once == nil {
		return work(func(*Stored) *store.Completion { return nil })
	}
	claim := p.newID()
	answer, err := p.store.BeginOnce(ctx, actor, *once, claim)
	if err != nil {
		return nil, err
	}
	if answer != nil {
		return &Stored{Replay: answer}, nil
	}
	stored, err := work(func(result *Stored) *store.Completion {
		return &store.Completion{
			Key: once.Key, Claim: claim,
			Answer: func(c store.Changed) (laneway.Answer, error) { return once.Answer(result.with(c)) },
		}
	})
	if err != nil && laneway.KindOf(err) != laneway.Unavailable { // else the outcome is not known: the lease must run out
		if abandonErr := p.store.AbandonOnce(ctx, actor, once.Key, claim); abandonErr != nil {
			p.log.Warn("let go of idempotency key", "error", abandonErr)
		}
	}
	return stored, err
}

// with gives the result of a change whose other parts are known before it is made.
func (s *Stored) with(c store.Changed) *Stored {
	stored := *s
	stored.Diagram, stored.Project, stored.Seq = c.Diagram, c.Project, c.Seq
	return &stored
}
