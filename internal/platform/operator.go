package platform

import (
	"context"

	"laneway"
)

// ListOrganizations gives one page of all organizations of the instance, for an operator.
func (p *Platform) ListOrganizations(ctx context.Context, actor laneway.Actor, q laneway.OrganizationQuery) (laneway.Page[laneway.OrganizationUsage], error) {
	if err := actor.May(laneway.OperateInstance); err != nil {
		return laneway.Page[laneway.OrganizationUsage]{}, err
	}
	return p.store.ListOrganizations(ctx, q)
}

// ListOperatorChanges gives the last times that somebody became an operator or ceased to be one, newest
// first, for an operator.
func (p *Platform) ListOperatorChanges(ctx context.Context, actor laneway.Actor) ([]laneway.OperatorChange, error) {
	if err := actor.May(laneway.OperateInstance); err != nil {
		return nil, err
	}
	return p.store.ListOperatorChanges(ctx)
}
