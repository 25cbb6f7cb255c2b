package platform

import (
	"context"
	"crypto/sha256"
	"errors"
	"math"
	"time"

	"laneway"
	"laneway/internal/auth"
	"laneway/internal/store"
)

// SignUp makes an account and signs it in: with an organization of its own, or, with an invitation,
// as a member of the organization that invites. It gives the secret of the session, which is nowhere
// else.
func (p *Platform) SignUp(ctx context.Context, r laneway.SignUp) (laneway.Account, string, error) {
	invitation, err := p.mayMakeAccount(ctx, r)
	if err != nil {
		return laneway.Account{}, "", err
	}
	email, err := laneway.CheckEmail("email", r.Email)
	if err != nil {
		return laneway.Account{}, "", err
	}
	name, err := laneway.CheckName("displayName", r.DisplayName)
	if err != nil {
		return laneway.Account{}, "", err
	}
	if err := laneway.CheckPassword("password", r.Password); err != nil {
		return laneway.Account{}, "", err
	}
	organization := organizationOf(name)
	if r.OrganizationName != "" {
		if organization, err = laneway.CheckName("organizationName", r.OrganizationName); err != nil {
			return laneway.Account{}, "", err
		}
	}
	hashing, cancel := context.WithTimeout(ctx, hashDeadline)
	defer cancel()
	hash, err := p.hash(hashing, r.Password)
	if err != nil {
		return laneway.Account{}, "", busy(err)
	}
	secret, secretHash := auth.NewSecret()
	made := store.NewAccount{
		User:         laneway.User{ID: p.newID(), Email: email, DisplayName: name},
		PasswordHash: hash,
		Organization: laneway.Organization{ID: p.newID(), Name: organization, Plan: laneway.Free},
		SessionID:    p.newID(),
		SecretHash:   secretHash,
		UserAgent:    shorten(r.UserAgent, laneway.MaxUserAgentLength),
	}
	if invitation == nil {
		err = p.store.CreateAccount(ctx, made)
	} else {
		var joined laneway.ID
		var seq int64
		if joined, seq, err = p.store.CreateInvitedAccount(ctx, made, invitation); err == nil {
			p.announce(joined, seq)
		}
	}
	if err != nil {
		return laneway.Account{}, "", unusableInvitation(err)
	}
	account, _, err := p.store.SessionAccount(ctx, secretHash)
	return account, secret, err
}

// organizationOf names the organization that somebody new gets.
func organizationOf(person string) string {
	const whose = "'s organization"
	return shorten(person, laneway.MaxNameLength-len(whose)) + whose
}

// mayMakeAccount asks the sign-up policy, and gives the hash of the invitation's secret where there is
// one. It looks at the invitation before anything expensive is done for whoever holds none.
func (p *Platform) mayMakeAccount(ctx context.Context, r laneway.SignUp) ([]byte, error) {
	switch {
	case p.signUp == SignUpClosed:
		return nil, laneway.Errorf(laneway.Forbidden, "This server does not take new accounts. Ask its operator.")
	case r.Invitation == "" && p.signUp != SignUpOpen:
		return nil, laneway.Errorf(laneway.Forbidden, "This server does not take new accounts without an invitation. Ask its operator.")
	case r.Invitation == "":
		return nil, nil
	case r.OrganizationName != "":
		return nil, laneway.InvalidField("organizationName", "not_with_invitation", "With an invitation you join an organization; leave this out.")
	}
	hash, err := invitationHash(r.Invitation)
	if err == nil {
		_, err = p.store.Invitation(ctx, hash)
	}
	return hash, unusableInvitation(err)
}

// unusableInvitation makes an invitation that is not there the fault of a field: at sign-up it is a
// part of the form, not what the address names.
func unusableInvitation(err error) error {
	e, ok := errors.AsType[*laneway.Error](err)
	if !ok || e.Kind != laneway.NotFound || len(e.Fields) == 0 || e.Fields[0].Field != "invitation" {
		return err
	}
	return &laneway.Error{Kind: laneway.Invalid, Detail: e.Detail, Fields: e.Fields}
}

func shorten(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most])
}

func busy(err error) error {
	return &laneway.Error{Kind: laneway.Unavailable, Detail: "The server is busy. Try again in a few seconds.", RetryAfter: 2 * time.Second, Cause: err}
}

// SignIn is a request to sign in.
type SignIn struct {
	Email, Password string
	// Address is where the request comes from, without port.
	Address   string
	UserAgent string // what the browser calls itself; may be empty
	// PreviousSecret is the session that the browser had; it ends, so that a secret planted
	// before the sign-in is worth nothing after it.
	PreviousSecret string
}

// How guessing is slowed down, by address of the account together with the client's address, and
// by account alone. The first few tries are free; then the delay doubles. The second counter is
// generous, because whoever guesses from many addresses must not lock the owner out.
const (
	freeByClient, mostByClient   = 5, 5 * time.Minute
	freeByAccount, mostByAccount = 20, 3 * time.Minute
)

// hashDeadline bounds the wait for a free core to hash on.
const hashDeadline = 10 * time.Second

// SignIn checks a password and begins a session. A wrong password and an unknown address give the
// same error after the same work; too many tries give RateLimited with the time to wait.
func (p *Platform) SignIn(ctx context.Context, r SignIn) (laneway.Account, string, error) {
	wrong := laneway.Errorf(laneway.Unauthenticated, "The address or the password is wrong.")
	email, err := laneway.CheckEmail("email", r.Email)
	if err != nil {
		email = "" // nobody's address: counted and checked like any other
	}
	limits := attemptLimits(r.Email, r.Address)
	if err := p.countTry(ctx, limits); err != nil {
		return laneway.Account{}, "", err
	}
	user, hash, err := p.store.Credentials(ctx, email)
	if err != nil {
		return laneway.Account{}, "", err
	}
	verdict, err := p.checkPassword(ctx, r.Password, hash)
	if err != nil {
		return laneway.Account{}, "", err
	}
	if !verdict.OK {
		return laneway.Account{}, "", wrong
	}
	previous, ok := auth.HashSecret(r.PreviousSecret)
	if !ok {
		previous = nil
	}
	secret, secretHash := auth.NewSecret()
	err = p.store.CreateSession(ctx, store.NewSession{
		ID: p.newID(), UserID: user, SecretHash: secretHash, CheckedHash: hash, PreviousHash: previous,
		UserAgent: shorten(r.UserAgent, laneway.MaxUserAgentLength),
	})
	if err != nil {
		return laneway.Account{}, "", err
	}
	p.forgetSession(previous)
	p.clearTries(ctx, limits)
	if verdict.Outdated {
		p.rehash(ctx, user, r.Password, hash)
	}
	account, _, err := p.store.SessionAccount(ctx, secretHash)
	return account, secret, err
}

// forgetSession forgets here whom the secret of a session that was ended leads to; nil where there was none.
func (p *Platform) forgetSession(secretHash []byte) {
	if secretHash != nil && p.cache != nil {
		p.cache.Identities.DropSecret(false, secretHash)
	}
}

// countTry counts a try to guess a password, and refuses it with the time to wait while there were too many.
func (p *Platform) countTry(ctx context.Context, limits []store.AttemptLimit) error {
	if !p.signInLimits {
		return nil
	}
	wait, err := p.store.CountSignIn(ctx, limits)
	if err != nil || wait <= 0 {
		return err
	}
	return &laneway.Error{
		Kind:       laneway.RateLimited,
		Detail:     "Too many tries to sign in. Wait a moment and try again.",
		RetryAfter: time.Duration(math.Ceil(wait.Seconds())) * time.Second,
	}
}

// clearTries sets the counters back after a password that was right.
func (p *Platform) clearTries(ctx context.Context, limits []store.AttemptLimit) {
	if !p.signInLimits {
		return
	}
	if err := p.store.ClearSignIn(ctx, [][]byte{limits[0].Key, limits[1].Key}); err != nil {
		p.log.Warn("clear sign-in counters", "error", err)
	}
}

// checkPassword compares a password as it came with a stored hash.
func (p *Platform) checkPassword(ctx context.Context, password, hash string) (auth.Verdict, error) {
	hashing, cancel := context.WithTimeout(ctx, hashDeadline)
	defer cancel()
	if len(password) > 4*laneway.MaxPasswordLength {
		password = "" // longer than any password: hash something short instead
	}
	hashing, end := p.step(hashing, "password")
	verdict, err := p.hasher.Check(hashing, password, hash)
	end(err)
	if err != nil && hashing.Err() != nil {
		return auth.Verdict{}, busy(err)
	}
	return verdict, err
}

// hash makes the hash of a password.
func (p *Platform) hash(ctx context.Context, password string) (string, error) {
	ctx, end := p.step(ctx, "password")
	hash, err := p.hasher.Hash(ctx, password)
	end(err)
	return hash, err
}

// rehash keeps a password under today's parameters. The sign-in has succeeded, so a failure here
// is only logged: the next sign-in tries again.
func (p *Platform) rehash(ctx context.Context, user laneway.ID, password, checked string) {
	ctx, cancel := context.WithTimeout(ctx, hashDeadline)
	defer cancel()
	hash, err := p.hash(ctx, password)
	if err == nil {
		err = p.store.RenewPasswordHash(ctx, user, checked, hash)
	}
	if err != nil {
		p.log.Warn("renew password hash", "user", user, "error", err)
	}
}

// attemptLimits gives the two counters of a sign-in. The keys are hashes, so that no address is
// kept; they are made from what was typed, so that unknown accounts are slowed down alike.
func attemptLimits(email, address string) []store.AttemptLimit {
	if checked, err := laneway.CheckEmail("email", email); err == nil {
		email = checked
	}
	client := sha256.Sum256([]byte("client\n" + address + "\n" + email))
	account := sha256.Sum256([]byte("account\n" + email))
	return []store.AttemptLimit{
		{Key: client[:], Free: freeByClient, Most: mostByClient},
		{Key: account[:], Free: freeByAccount, Most: mostByAccount},
	}
}

// SignOut ends a session. Ending one that is not there is no error.
func (p *Platform) SignOut(ctx context.Context, secret string) error {
	hash, ok := auth.HashSecret(secret)
	if !ok {
		return nil
	}
	user, err := p.store.EndSession(ctx, hash)
	if err == nil && !user.IsZero() {
		p.recheck(user)
	}
	return err
}

// Authenticate gives the person behind a session secret, with their memberships as they are now.
// Unauthenticated when the session is unknown, was ended or has expired.
func (p *Platform) Authenticate(ctx context.Context, secret string) (laneway.Account, laneway.Session, error) {
	hash, ok := auth.HashSecret(secret)
	if !ok {
		return laneway.Account{}, laneway.Session{}, laneway.Errorf(laneway.Unauthenticated, "Sign in first.")
	}
	return p.store.SessionAccount(ctx, hash)
}
