package platform

import (
	"context"

	"laneway"
)

// CreateOrganization makes another organization of a person, on the free plan, with them as its admin.
func (p *Platform) CreateOrganization(ctx context.Context, founder laneway.ID, name string) (laneway.Membership, int64, error) {
	name, err := laneway.CheckName("name", name)
	if err != nil {
		return laneway.Membership{}, 0, err
	}
	o := laneway.Organization{ID: p.newID(), Name: name, Plan: laneway.Free}
	seq, err := p.store.CreateOrganization(ctx, founder, o)
	if err != nil {
		return laneway.Membership{}, 0, err
	}
	p.recheck(founder)
	p.announce(o.ID, seq)
	return laneway.Membership{Organization: o, Role: laneway.RoleAdmin}, seq, nil
}

// GetOrganization gives the actor's organization with what it uses of its plan.
func (p *Platform) GetOrganization(ctx context.Context, actor laneway.Actor) (laneway.Organization, laneway.Usage, error) {
	if err := actor.May(laneway.ReadOrganization); err != nil {
		return laneway.Organization{}, laneway.Usage{}, err
	}
	return p.store.Organization(ctx, actor)
}

// RenameOrganization gives the actor's organization another name.
func (p *Platform) RenameOrganization(ctx context.Context, actor laneway.Actor, name string) (laneway.Organization, int64, error) {
	if err := actor.May(laneway.ManageOrganization); err != nil {
		return laneway.Organization{}, 0, err
	}
	name, err := laneway.CheckName("name", name)
	if err != nil {
		return laneway.Organization{}, 0, err
	}
	o, seq, err := p.store.RenameOrganization(ctx, actor, name)
	if err == nil {
		p.forgetMembers(actor.OrganizationID)
		p.announce(actor.OrganizationID, seq)
	}
	return o, seq, err
}

// DeleteOrganization deletes the actor's organization, whose name somebody has typed. From the commit on it is closed for
// everybody, event streams end within seconds, and an admin can restore it for laneway.OrganizationRetention.
func (p *Platform) DeleteOrganization(ctx context.Context, actor laneway.Actor, name string) (laneway.Organization, int64, error) {
	if err := actor.May(laneway.DeleteOrganization); err != nil {
		return laneway.Organization{}, 0, err
	}
	o, seq, err := p.store.DeleteOrganization(ctx, actor, name)
	if err == nil {
		p.forgetMembers(actor.OrganizationID)
		p.announce(actor.OrganizationID, seq)
	}
	return o, seq, err
}

// RestoreOrganization takes a deletion back. The number is 0 where the organization was not deleted.
func (p *Platform) RestoreOrganization(ctx context.Context, actor laneway.Actor) (laneway.Organization, int64, error) {
	if err := actor.May(laneway.DeleteOrganization); err != nil {
		return laneway.Organization{}, 0, err
	}
	o, seq, err := p.store.RestoreOrganization(ctx, actor)
	if err == nil {
		p.forgetMembers(actor.OrganizationID)
		p.announce(actor.OrganizationID, seq)
	}
	return o, seq, err
}

// SetDefaultOrganization chooses the organization that a person's requests are about when they name none.
func (p *Platform) SetDefaultOrganization(ctx context.Context, user, organization laneway.ID) error {
	err := p.store.SetDefaultOrganization(ctx, user, organization)
	if err == nil {
		p.recheck(user)
	}
	return err
}

// forgetMembers forgets, on this server, who the members of an organization are; others do by its event.
func (p *Platform) forgetMembers(organization laneway.ID) {
	if p.cache != nil {
		p.cache.Identities.DropOrganization(organization)
	}
}
