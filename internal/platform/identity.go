package platform

import (
	"context"
	"errors"

	"laneway"
	"laneway/internal/auth"
	"laneway/internal/store"
)

// SignInProvider is a service that people sign in with.
type SignInProvider struct {
	*auth.Provider
	// SignUp says who gets an account when the service sends somebody new.
	SignUp SignUpPolicy
}

// TokenIssuer is a service whose bearer tokens are taken.
type TokenIssuer struct {
	*auth.Issuer
	// SignUp says who gets an account when a token of somebody new comes; a token carries no invitation,
	// so it is open or nothing.
	SignUp SignUpPolicy
}

// ListProviders gives the services that people can sign in with.
func (p *Platform) ListProviders() []SignInProvider { return p.providers }

func (p *Platform) provider(id string) (SignInProvider, error) {
	for _, s := range p.providers {
		if s.ID() == id {
			return s, nil
		}
	}
	return SignInProvider{}, laneway.Errorf(laneway.NotFound, "There is no such service to sign in with.")
}

// issuersOfPeople are the issuers whose identities are ways to sign in now.
func (p *Platform) issuersOfPeople() []string {
	list := make([]string, 0, len(p.providers)+len(p.issuers))
	for _, s := range p.providers {
		list = append(list, s.Issuer())
	}
	for name := range p.issuers {
		list = append(list, name)
	}
	return list
}

// AuthenticateBearer gives the person behind a token of another service, with their memberships as they
// are now. The first token of a person makes their account. Unauthenticated when the token is not to be
// taken, Forbidden when there is no account and none is made, Unavailable when the service's keys can't
// be had.
func (p *Platform) AuthenticateBearer(ctx context.Context, token string) (laneway.Account, error) {
	name, ok := auth.IssuerNamedBy(token)
	issuer, known := p.issuers[name]
	if !ok || !known {
		return laneway.Account{}, laneway.Errorf(laneway.Unauthenticated, "This is not a token of Laneway, nor of a service that is known here.")
	}
	claims, err := issuer.Verify(ctx, token)
	if err != nil {
		return laneway.Account{}, err
	}
	account, err := p.store.IdentityAccount(ctx, claims.Issuer, claims.Subject)
	if laneway.KindOf(err) != laneway.NotFound {
		return account, err
	}
	if issuer.SignUp != SignUpOpen {
		return laneway.Account{}, laneway.Errorf(laneway.Forbidden, "You have no account here, and this server makes none for tokens of this issuer. Ask its operator.")
	}
	if _, err := p.createFromClaims(ctx, claims, newcomer{}); err != nil && codeOf(err) != "identity_taken" {
		return laneway.Account{}, err
	}
	return p.store.IdentityAccount(ctx, claims.Issuer, claims.Subject) // made now, here or by another request
}

// codeOf gives the code of an error's first field, "" where there is none.
func codeOf(err error) string {
	if e, ok := errors.AsType[*laneway.Error](err); ok && len(e.Fields) > 0 {
		return e.Fields[0].Code
	}
	return ""
}

// newcomer is what an account that another service sends is made with, beside its claims.
type newcomer struct {
	invitation []byte // the hash of its secret; nil: an organization of one's own
	secretHash []byte // of a session that begins; nil: none
	userAgent  string
}

// createFromClaims makes an account and gives its id. The address goes with it when nobody has it: an
// account that is there is never taken over by an address.
func (p *Platform) createFromClaims(ctx context.Context, c auth.Claims, n newcomer) (laneway.ID, error) {
	made := store.NewAccount{
		User: laneway.User{ID: p.newID(), Email: c.Email, DisplayName: c.Name},
		Organization: laneway.Organization{
			ID: p.newID(), Name: organizationOf(c.Name), Plan: laneway.Free,
		},
		SessionID: p.newID(), SecretHash: n.secretHash, UserAgent: n.userAgent,
	}
	identity := laneway.Identity{ID: p.newID(), Issuer: c.Issuer, Subject: c.Subject, Email: c.Email}
	org, seq, err := p.store.CreateIdentityAccount(ctx, made, identity, n.invitation)
	if codeOf(err) == "taken" {
		made.User.Email = ""
		org, seq, err = p.store.CreateIdentityAccount(ctx, made, identity, n.invitation)
	}
	if err != nil {
		return laneway.ID{}, err
	}
	p.log.Info("account made", "user", made.User.ID, "issuer", c.Issuer)
	if n.invitation != nil {
		p.announce(org, seq) // others are there to hear of it
	}
	return made.User.ID, nil
}

// ListIdentities gives a person's identities at other services, and whether they have a password.
func (p *Platform) ListIdentities(ctx context.Context, own laneway.Session) ([]laneway.Identity, bool, error) {
	return p.store.ListIdentities(ctx, own.UserID)
}

// UnlinkIdentity takes a way to sign in from a person; Conflict when it is the last one. Sessions stay:
// they are ended in their own list.
func (p *Platform) UnlinkIdentity(ctx context.Context, own laneway.Session, id laneway.ID) error {
	gone, err := p.store.UnlinkIdentity(ctx, own.UserID, id, p.issuersOfPeople())
	if err != nil {
		return err
	}
	p.log.Info("identity unlinked", "user", own.UserID, "issuer", gone.Issuer)
	p.recheck(own.UserID)
	return nil
}
