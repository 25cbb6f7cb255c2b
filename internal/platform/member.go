package platform

import (
	"context"

	"laneway"
)

// ListMembers gives one page of the members of the actor's organization.
func (p *Platform) ListMembers(ctx context.Context, actor laneway.Actor, q laneway.MemberQuery) (laneway.Page[laneway.Member], error) {
	if err := actor.May(laneway.ReadOrganization); err != nil {
		return laneway.Page[laneway.Member]{}, err
	}
	return p.store.ListMembers(ctx, actor, q)
}

// SetMemberRole gives a member of the actor's organization another role. The number is 0 where they
// had it already.
func (p *Platform) SetMemberRole(ctx context.Context, actor laneway.Actor, user laneway.ID, role string) (laneway.Member, int64, error) {
	if err := actor.May(laneway.ManageOrganization); err != nil {
		return laneway.Member{}, 0, err
	}
	checked, err := laneway.CheckRole("role", role)
	if err != nil {
		return laneway.Member{}, 0, err
	}
	member, seq, err := p.store.SetMemberRole(ctx, actor, user, checked)
	if err == nil {
		p.recheck(user)
		p.announce(actor.OrganizationID, seq)
	}
	return member, seq, err
}

// RemoveMember takes a person out of the actor's organization. Their requests there are refused from
// the commit on, and their event streams there end within seconds.
func (p *Platform) RemoveMember(ctx context.Context, actor laneway.Actor, user laneway.ID) (int64, error) {
	if err := actor.May(laneway.ManageOrganization); err != nil {
		return 0, err
	}
	return p.removeMember(ctx, actor, user)
}

// LeaveOrganization ends the actor's own membership.
func (p *Platform) LeaveOrganization(ctx context.Context, actor laneway.Actor) (int64, error) {
	if err := actor.May(laneway.LeaveOrganization); err != nil {
		return 0, err
	}
	return p.removeMember(ctx, actor, actor.UserID)
}

func (p *Platform) removeMember(ctx context.Context, actor laneway.Actor, user laneway.ID) (int64, error) {
	seq, err := p.store.RemoveMember(ctx, actor, user)
	if err == nil {
		p.recheck(user)
		p.announce(actor.OrganizationID, seq)
	}
	return seq, err
}
