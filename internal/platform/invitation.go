package platform

import (
	"context"

	"laneway"
	"laneway/internal/auth"
)

// CreateInvitation invites somebody into the actor's organization. It gives the secret of the
// invitation's link, which is nowhere else. email may be empty; else, where the server sends mail, a link of its own goes
// there.
func (p *Platform) CreateInvitation(ctx context.Context, actor laneway.Actor, email, role string) (laneway.Invitation, string, int64, error) {
	if err := actor.May(laneway.ManageOrganization); err != nil {
		return laneway.Invitation{}, "", 0, err
	}
	i := laneway.Invitation{ID: p.newID()}
	var err error
	if i.Role, err = laneway.CheckRole("role", role); err != nil {
		return laneway.Invitation{}, "", 0, err
	}
	if email != "" {
		if i.Email, err = laneway.CheckEmail("email", email); err != nil {
			return laneway.Invitation{}, "", 0, err
		}
	}
	if i.Email != "" && p.mailer != nil {
		i.Mail = laneway.MailQueued
	}
	secret, hash := auth.NewSecret()
	i, seq, err := p.store.CreateInvitation(ctx, actor, i, hash, p.newID())
	if err != nil {
		return laneway.Invitation{}, "", 0, err
	}
	if i.Mail != "" {
		p.mailQueued()
	}
	p.announce(actor.OrganizationID, seq)
	return i, secret, seq, nil
}

// ListInvitations gives the open invitations of the actor's organization, the newest first.
func (p *Platform) ListInvitations(ctx context.Context, actor laneway.Actor) ([]laneway.Invitation, error) {
	if err := actor.May(laneway.ManageOrganization); err != nil {
		return nil, err
	}
	return p.store.ListInvitations(ctx, actor)
}

// RevokeInvitation ends an open invitation.
func (p *Platform) RevokeInvitation(ctx context.Context, actor laneway.Actor, id laneway.ID) (int64, error) {
	if err := actor.May(laneway.ManageOrganization); err != nil {
		return 0, err
	}
	seq, err := p.store.RevokeInvitation(ctx, actor, id)
	if err == nil {
		p.announce(actor.OrganizationID, seq)
	}
	return seq, err
}

// GetInvitation gives the open invitation with this secret, to whoever holds it.
func (p *Platform) GetInvitation(ctx context.Context, secret string) (laneway.Invitation, error) {
	hash, err := invitationHash(secret)
	if err != nil {
		return laneway.Invitation{}, err
	}
	return p.store.Invitation(ctx, hash)
}

// AcceptInvitation makes a person a member of the organization that the secret invites into.
func (p *Platform) AcceptInvitation(ctx context.Context, user laneway.ID, secret string) (laneway.Membership, int64, error) {
	hash, err := invitationHash(secret)
	if err != nil {
		return laneway.Membership{}, 0, err
	}
	m, seq, err := p.store.AcceptInvitation(ctx, user, hash)
	if err == nil {
		p.recheck(user)
		p.announce(m.Organization.ID, seq)
	}
	return m, seq, err
}

func invitationHash(secret string) ([]byte, error) {
	hash, ok := auth.HashSecret(secret)
	if !ok {
		const text = "There is no such invitation."
		return nil, &laneway.Error{Kind: laneway.NotFound, Detail: text, Fields: []laneway.FieldError{{Field: "invitation", Code: "unknown", Detail: text}}}
	}
	return hash, nil
}
