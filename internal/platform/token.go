package platform

import (
	"context"
	"time"

	"laneway"
	"laneway/internal/auth"
)

// NewToken is a request for an API token.
type NewToken struct {
	Name, Scope string
	ExpiresAt   time.Time // zero: never
}

// CreateToken makes a token of the actor for their organization, and gives its text, which is nowhere
// else. A scope that the actor's role does not fill is refused: it would promise what the token cannot do.
func (p *Platform) CreateToken(ctx context.Context, actor laneway.Actor, r NewToken) (laneway.Token, string, int64, error) {
	if err := actor.May(laneway.ManageTokens); err != nil {
		return laneway.Token{}, "", 0, err
	}
	token := laneway.Token{ID: p.newID(), ExpiresAt: r.ExpiresAt}
	var err error
	if token.Name, err = laneway.CheckName("name", r.Name); err != nil {
		return laneway.Token{}, "", 0, err
	}
	if token.Scope, err = laneway.CheckScope("scope", r.Scope); err != nil {
		return laneway.Token{}, "", 0, err
	}
	if err := fitsRole(actor, token.Scope); err != nil {
		return laneway.Token{}, "", 0, err
	}
	now := p.now()
	switch {
	case r.ExpiresAt.IsZero():
	case !r.ExpiresAt.After(now):
		return laneway.Token{}, "", 0, laneway.InvalidField("expiresAt", "in_the_past", "This must lie in the future.")
	case r.ExpiresAt.Sub(now) > laneway.MaxTokenLifetime:
		return laneway.Token{}, "", 0, laneway.InvalidField("expiresAt", "too_late", "This must lie within ten years.")
	}
	text, hash := auth.NewToken()
	token, seq, err := p.store.CreateToken(ctx, actor, token, hash)
	if err != nil {
		return laneway.Token{}, "", 0, err
	}
	p.announce(actor.OrganizationID, seq)
	return token, text, seq, nil
}

// fitsRole refuses a scope beyond the actor's role.
func fitsRole(actor laneway.Actor, scope laneway.Scope) error {
	needs := map[laneway.Scope]laneway.Action{laneway.ScopeWrite: laneway.WriteDiagrams, laneway.ScopeAdmin: laneway.ManageOrganization}
	action, more := needs[scope]
	if more && actor.May(action) != nil {
		return laneway.InvalidField("scope", "beyond_role", "Your role in this organization allows less than this scope.")
	}
	return nil
}

// ListTokens gives the actor's own tokens for their organization, the newest first.
func (p *Platform) ListTokens(ctx context.Context, actor laneway.Actor) ([]laneway.Token, error) {
	if err := actor.May(laneway.ManageTokens); err != nil {
		return nil, err
	}
	return p.store.ListTokens(ctx, actor)
}

// RevokeToken ends one of the actor's own tokens. Requests with it are refused from then on, and its
// event streams end within seconds.
func (p *Platform) RevokeToken(ctx context.Context, actor laneway.Actor, id laneway.ID) (int64, error) {
	if err := actor.May(laneway.ManageTokens); err != nil {
		return 0, err
	}
	seq, err := p.store.RevokeToken(ctx, actor, id)
	if err == nil {
		p.announce(actor.OrganizationID, seq)
		p.recheck(actor.UserID)
	}
	return seq, err
}

// AuthenticateToken gives the person behind an API token with the one membership that it is bound to,
// as it is now. Unauthenticated when the token is unknown, was revoked or has expired, or when its
// person is no member any more.
func (p *Platform) AuthenticateToken(ctx context.Context, token string) (laneway.Account, laneway.Token, error) {
	hash, ok := auth.HashToken(token)
	if !ok {
		return laneway.Account{}, laneway.Token{}, laneway.Errorf(laneway.Unauthenticated, "This is not a token of Laneway.")
	}
	return p.store.TokenAccount(ctx, hash)
}
