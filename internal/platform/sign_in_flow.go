package platform

import (
	"context"
	"net/url"
	"strings"

	"laneway"
	"laneway/internal/auth"
	"laneway/internal/store"
)

// FlowBegin is a request to sign in with another service, or to link an identity there.
type FlowBegin struct {
	Provider string
	// Redirect is the address that the service sends the browser back to.
	Redirect string
	// Next is where to go afterwards; what is no path of this site is "/".
	Next string
	// Own is the session of somebody who links; zero: somebody signs in.
	Own laneway.Session
}

// BeginFlow gives the address at the service to send the browser to, and a secret for the browser to
// bring back: whoever has not got it can't finish.
func (p *Platform) BeginFlow(ctx context.Context, r FlowBegin) (address, secret string, err error) {
	provider, err := p.provider(r.Provider)
	if err != nil {
		return "", "", err
	}
	secret, hash := auth.NewSecret()
	if address, err = provider.Begin(ctx, secret, r.Redirect); err != nil {
		return "", "", err
	}
	flow := laneway.SignInFlow{Provider: r.Provider, Next: laneway.SafeNext(r.Next), UserID: r.Own.UserID, SessionID: r.Own.ID}
	return address, secret, p.store.BeginFlow(ctx, hash, flow)
}

// FlowReturn is a browser that comes back from a service.
type FlowReturn struct {
	Provider, Redirect string
	Secret             string // what the browser was given at the beginning
	Query              url.Values
	// Own is the session that the browser has, if any, and PreviousSecret is its secret, which ends where
	// another session begins.
	Own            laneway.Session
	PreviousSecret string
	UserAgent      string // what the browser calls itself; may be empty
}

// FlowEnd is what came of a sign-in with another service.
type FlowEnd struct {
	Next   string
	UserID laneway.ID // who is signed in now, or has linked; zero: nobody yet
	// Secret is that of the session that has begun; empty: none has.
	Secret string
	// Linked: an identity was linked. Next is as it was given at the beginning.
	Linked bool
	// Pending is the secret of what is left to confirm, for ConfirmLink: the address of the identity
	// belongs to an account, and whoever comes with it must show that the account is theirs.
	Pending string
}

// invitationPath is the page of an invitation: whoever goes on there joins with the account that is made.
const invitationPath = "/invitation/"

// FinishFlow takes the service's answer. It signs in whoever has the identity; links it where somebody
// signed in has asked for that; makes an account where nobody has it and sign-up allows; or leaves
// something to confirm. Next and Linked of the answer are set with an error, too, as far as they are
// known, for the page that tells of it.
func (p *Platform) FinishFlow(ctx context.Context, r FlowReturn) (FlowEnd, error) {
	var end FlowEnd
	provider, err := p.provider(r.Provider)
	if err != nil {
		return end, err
	}
	hash, _ := auth.HashSecret(r.Secret)
	flow, err := p.store.TakeFlow(ctx, hash)
	if err != nil {
		return end, err
	}
	end.Next, end.Linked = flow.Next, !flow.UserID.IsZero()
	if flow.Provider != r.Provider {
		return end, flowError("state", "The answer comes from another service than the one that was asked.")
	}
	if end.Linked && (r.Own.UserID != flow.UserID || r.Own.ID != flow.SessionID) {
		return end, flowError("session", "Whoever began to link is not signed in any more. Sign in and begin again.")
	}
	claims, err := provider.Finish(ctx, r.Secret, r.Redirect, r.Query)
	if err != nil {
		return end, err
	}
	if end.Linked {
		end.UserID = flow.UserID
		return end, p.link(ctx, flow.UserID, claims)
	}
	account, err := p.store.IdentityAccount(ctx, claims.Issuer, claims.Subject)
	switch {
	case err == nil:
		end.UserID = account.User.ID
		end.Secret, err = p.beginWithIdentity(ctx, claims, r)
		return end, err
	case laneway.KindOf(err) != laneway.NotFound:
		return end, err
	}
	if claims.Email != "" {
		owner, _, err := p.store.Credentials(ctx, claims.Email)
		if err != nil {
			return end, err
		}
		if !owner.IsZero() {
			end.Pending, err = p.holdFlow(ctx, flow, claims)
			return end, err
		}
	}
	return p.signUpFromFlow(ctx, provider, flow, claims, r)
}

// flowError is the error about a sign-in that does not go on.
func flowError(code, text string) error {
	return &laneway.Error{Kind: laneway.Unauthenticated, Detail: text, Fields: []laneway.FieldError{{Field: "flow", Code: code, Detail: text}}}
}

func (p *Platform) link(ctx context.Context, user laneway.ID, c auth.Claims) error {
	err := p.store.LinkIdentity(ctx, user, laneway.Identity{ID: p.newID(), Issuer: c.Issuer, Subject: c.Subject, Email: c.Email})
	if err == nil {
		p.log.Info("identity linked", "user", user, "issuer", c.Issuer)
	}
	return err
}

// beginWithIdentity begins a session of the person who has an identity, and gives its secret.
func (p *Platform) beginWithIdentity(ctx context.Context, c auth.Claims, r FlowReturn) (string, error) {
	previous, _ := auth.HashSecret(r.PreviousSecret)
	secret, hash := auth.NewSecret()
	err := p.store.CreateIdentitySession(ctx, store.NewSession{
		ID: p.newID(), SecretHash: hash, PreviousHash: previous, UserAgent: shorten(r.UserAgent, laneway.MaxUserAgentLength),
	}, c.Issuer, c.Subject)
	if err == nil {
		p.forgetSession(previous)
	}
	return secret, err
}

// holdFlow keeps what a service has said until the person has confirmed, under another secret than the
// one that went around.
func (p *Platform) holdFlow(ctx context.Context, f laneway.SignInFlow, c auth.Claims) (string, error) {
	secret, hash := auth.NewSecret()
	f.Identity = laneway.Identity{Issuer: c.Issuer, Subject: c.Subject, Email: c.Email}
	return secret, p.store.BeginFlow(ctx, hash, f)
}

// signUpFromFlow makes the account of somebody new and signs them in.
func (p *Platform) signUpFromFlow(ctx context.Context, provider SignInProvider, flow laneway.SignInFlow, c auth.Claims, r FlowReturn) (FlowEnd, error) {
	end := FlowEnd{Next: flow.Next}
	var invitation []byte
	if text, ok := strings.CutPrefix(flow.Next, invitationPath); ok {
		invitation, _ = invitationHash(text)
	}
	switch {
	case provider.SignUp == SignUpClosed:
		return end, closedTo("sign_up_closed", "This server does not take new accounts. Ask its operator.")
	case provider.SignUp != SignUpOpen && invitation == nil:
		return end, closedTo("sign_up_invited", "You have no account here, and this server takes new ones by invitation only. Open the link of your invitation, or sign in as usual.")
	}
	secret, hash := auth.NewSecret()
	user, err := p.createFromClaims(ctx, c, newcomer{invitation: invitation, secretHash: hash, userAgent: shorten(r.UserAgent, laneway.MaxUserAgentLength)})
	if codeOf(err) == "identity_taken" { // by a second window, a moment ago
		end.Secret, err = p.beginWithIdentity(ctx, c, r)
		return end, err
	}
	if err != nil {
		return end, err
	}
	if previous, ok := auth.HashSecret(r.PreviousSecret); ok {
		if _, err := p.store.EndSession(ctx, previous); err != nil {
			p.log.Warn("end the session before", "error", err)
		}
		p.forgetSession(previous)
	}
	if end.UserID, end.Secret = user, secret; invitation != nil {
		end.Next = "/" // it was used
	}
	return end, nil
}

func closedTo(code, text string) error {
	return &laneway.Error{Kind: laneway.Forbidden, Detail: text, Fields: []laneway.FieldError{{Field: "flow", Code: code, Detail: text}}}
}

// PendingLink is what is left to confirm: at which service somebody is who their address says has an
// account here, and where they go then.
type PendingLink struct {
	ProviderName, Email, Next string
}

// GetPendingLink gives what is left to confirm; NotFound when nothing is.
func (p *Platform) GetPendingLink(ctx context.Context, secret string) (PendingLink, error) {
	flow, err := p.pendingFlow(ctx, secret)
	if err != nil {
		return PendingLink{}, err
	}
	provider, err := p.provider(flow.Provider)
	if err != nil {
		return PendingLink{}, err
	}
	return PendingLink{ProviderName: provider.Name(), Email: flow.Identity.Email, Next: flow.Next}, nil
}

func (p *Platform) pendingFlow(ctx context.Context, secret string) (laneway.SignInFlow, error) {
	hash, _ := auth.HashSecret(secret)
	flow, err := p.store.Flow(ctx, hash)
	if err == nil && flow.Identity.Email == "" {
		return laneway.SignInFlow{}, laneway.Errorf(laneway.NotFound, "There is nothing to confirm.")
	}
	return flow, err
}

// ConfirmLink links what is left to confirm to the account with its address, when the password is that
// account's, and begins a session, whose secret it gives. It counts tries like SignIn; the address in
// the request is not looked at.
func (p *Platform) ConfirmLink(ctx context.Context, secret string, r SignIn) (laneway.Account, string, error) {
	flow, err := p.pendingFlow(ctx, secret)
	if err != nil {
		return laneway.Account{}, "", err
	}
	limits := attemptLimits(flow.Identity.Email, r.Address)
	if err := p.countTry(ctx, limits); err != nil {
		return laneway.Account{}, "", err
	}
	user, password, err := p.store.Credentials(ctx, flow.Identity.Email)
	if err != nil {
		return laneway.Account{}, "", err
	}
	verdict, err := p.checkPassword(ctx, r.Password, password)
	if err != nil {
		return laneway.Account{}, "", err
	}
	if !verdict.OK {
		return laneway.Account{}, "", laneway.InvalidField("password", "wrong_password", "This is not the password of that account.")
	}
	hash, _ := auth.HashSecret(secret)
	if _, err := p.store.TakeFlow(ctx, hash); err != nil { // once
		return laneway.Account{}, "", err
	}
	previous, _ := auth.HashSecret(r.PreviousSecret)
	flow.Identity.ID = p.newID()
	session, begun := auth.NewSecret()
	err = p.store.LinkAndBegin(ctx, store.NewSession{
		ID: p.newID(), UserID: user, SecretHash: begun, CheckedHash: password, PreviousHash: previous,
		UserAgent: shorten(r.UserAgent, laneway.MaxUserAgentLength),
	}, flow.Identity)
	if err != nil {
		return laneway.Account{}, "", err
	}
	p.forgetSession(previous)
	p.clearTries(ctx, limits)
	p.log.Info("identity linked", "user", user, "issuer", flow.Identity.Issuer)
	account, _, err := p.store.SessionAccount(ctx, begun)
	return account, session, err
}
