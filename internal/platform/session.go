package platform

import (
	"context"

	"laneway"
	"laneway/internal/auth"
	"laneway/internal/store"
)

// ListSessions gives the sessions of the person of a session, the one used last first.
func (p *Platform) ListSessions(ctx context.Context, own laneway.Session) ([]laneway.Session, error) {
	return p.store.ListSessions(ctx, own.UserID)
}

// EndSession ends one of the sessions of the person of a session; its own, too. Requests with it are
// refused from then on, and its event streams end within seconds.
func (p *Platform) EndSession(ctx context.Context, own laneway.Session, id laneway.ID) error {
	err := p.store.EndSessionOf(ctx, own.UserID, id)
	if err == nil {
		p.recheck(own.UserID)
	}
	return err
}

// EndOtherSessions ends all sessions of a person but the one that asks.
func (p *Platform) EndOtherSessions(ctx context.Context, own laneway.Session) error {
	err := p.store.EndOtherSessions(ctx, own.UserID, own.ID)
	if err == nil {
		p.recheck(own.UserID)
	}
	return err
}

// PasswordChange is a request for another password.
type PasswordChange struct {
	// Current is not looked at where there is no password yet.
	Current, New string
	// Address is where the request comes from, without port.
	Address   string
	UserAgent string // what the browser calls itself; may be empty
}

// ChangePassword gives a person another password, or their first one, ends all their sessions and begins one, whose secret
// it gives. The tries are counted like those to sign in: whoever has got hold of a session must not
// guess the password by it.
func (p *Platform) ChangePassword(ctx context.Context, user laneway.User, r PasswordChange) (string, error) {
	if err := laneway.CheckPassword("newPassword", r.New); err != nil {
		return "", err
	}
	if user.Email == "" {
		return "", laneway.InvalidField("newPassword", "no_address", "Your account has no e-mail address, which a password goes with.")
	}
	limits := attemptLimits(user.Email, r.Address)
	if err := p.countTry(ctx, limits); err != nil {
		return "", err
	}
	before, err := p.store.PasswordOf(ctx, user.ID)
	if err != nil {
		return "", err
	}
	if before != "" {
		verdict, err := p.checkPassword(ctx, r.Current, before)
		if err != nil {
			return "", err
		}
		if !verdict.OK {
			return "", laneway.InvalidField("currentPassword", "wrong_password", "This is not your password.")
		}
	}
	hashing, cancel := context.WithTimeout(ctx, hashDeadline)
	defer cancel()
	hash, err := p.hash(hashing, r.New)
	if err != nil {
		return "", busy(err)
	}
	secret, secretHash := auth.NewSecret()
	err = p.store.ChangePassword(ctx, store.NewSession{
		ID: p.newID(), UserID: user.ID, SecretHash: secretHash, CheckedHash: before,
		UserAgent: shorten(r.UserAgent, laneway.MaxUserAgentLength),
	}, hash)
	if err != nil {
		return "", err
	}
	p.clearTries(ctx, limits)
	p.recheck(user.ID)
	return secret, nil
}
