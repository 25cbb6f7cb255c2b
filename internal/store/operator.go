package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// Operator is the door for whoever runs the installation: it works across organizations as
// laneway_maintenance, reads no diagram, and writes an event for each change. It is for commands
// on the server's machine, never for requests.
type Operator struct{ conn *pgx.Conn }

// OpenOperator connects with the address of a role that may act as laneway_maintenance, in
// Laneway's own database.
func OpenOperator(ctx context.Context, adminURL string) (*Operator, error) {
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return nil, fmt.Errorf("connect as operator: %w", err)
	}
	if _, err := conn.Exec(ctx, `SET ROLE laneway_maintenance`); err != nil {
		conn.Close(ctx)
		return nil, fmt.Errorf("act as laneway_maintenance: %w", err)
	}
	return &Operator{conn}, nil
}

// Close ends the connection.
func (o *Operator) Close(ctx context.Context) error { return o.conn.Close(ctx) }

// OrganizationUsage is an organization with what it uses of its plan.
type OrganizationUsage struct {
	Organization laneway.Organization
	Diagrams     int
}

// Organizations lists all organizations, the oldest first.
func (o *Operator) Organizations(ctx context.Context) ([]OrganizationUsage, error) {
	rows, err := o.conn.Query(ctx, `
		SELECT o.id, o.name, o.plan, o.created_at, o.deleted_at, u.diagrams
		  FROM organizations o JOIN organization_usage u ON u.org_id = o.id
		 ORDER BY o.created_at, o.id`)
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (OrganizationUsage, error) {
		var u OrganizationUsage
		var deleted *time.Time
		err := row.Scan(&u.Organization.ID, &u.Organization.Name, (*string)(&u.Organization.Plan), &u.Organization.CreatedAt, &deleted, &u.Diagrams)
		u.Organization.DeletedAt = orZero(deleted)
		return u, err
	})
}

// SetPlan changes the plan of an organization and notes that in its events. What it has beyond a
// smaller plan stays; only nothing more can be made. NotFound when there is no such organization,
// Invalid for an unknown plan.
func (o *Operator) SetPlan(ctx context.Context, id laneway.ID, plan laneway.Plan) error {
	if plan.DiagramLimit() == 0 {
		return laneway.InvalidField("plan", "unknown_plan", "The plans are free, pro and enterprise.")
	}
	return pgx.BeginFunc(ctx, o.conn, func(tx pgx.Tx) error {
		changed, err := tx.Exec(ctx, `UPDATE organizations SET plan = $2 WHERE id = $1`, id, string(plan))
		if err != nil {
			return fmt.Errorf("set plan of organization %s: %w", id, err)
		}
		if changed.RowsAffected() == 0 {
			return laneway.Errorf(laneway.NotFound, "There is no organization %s.", id)
		}
		_, err = tx.Exec(ctx, `SELECT append_event($1, $2, NULL, $1, jsonb_build_object('plan', $3::text))`,
			id, string(laneway.OrganizationPlanSet), string(plan))
		return err
	})
}

// DeleteOrganization deletes an organization as Store.DeleteOrganization does, and gives it.
func (o *Operator) DeleteOrganization(ctx context.Context, id laneway.ID, name string) (laneway.Organization, error) {
	var deleted laneway.Organization
	err := pgx.BeginFunc(ctx, o.conn, func(tx pgx.Tx) (err error) {
		deleted, _, err = deleteOrganization(ctx, tx, id, nil, name)
		return err
	})
	return deleted, err
}

// RestoreOrganization takes a deletion back.
func (o *Operator) RestoreOrganization(ctx context.Context, id laneway.ID) (laneway.Organization, error) {
	var restored laneway.Organization
	err := pgx.BeginFunc(ctx, o.conn, func(tx pgx.Tx) (err error) {
		restored, _, err = restoreOrganization(ctx, tx, id, nil)
		return err
	})
	return restored, err
}

// RemovedOrganization is what is left of an organization that was removed for good.
type RemovedOrganization struct {
	ID                              laneway.ID
	CreatedAt, DeletedAt, RemovedAt time.Time
	DeletedBy                       laneway.ID // zero: the operator
	// LastSeq and LastHash are of the newest event of its log.
	LastSeq  int64
	LastHash []byte
}

// RemovedOrganizations lists the organizations that were removed for good, the oldest removal first.
func (o *Operator) RemovedOrganizations(ctx context.Context) ([]RemovedOrganization, error) {
	rows, err := o.conn.Query(ctx, `
		SELECT id, created_at, deleted_at, removed_at, deleted_by, last_seq, last_hash
		  FROM removed_organizations ORDER BY removed_at, id`)
	if err != nil {
		return nil, fmt.Errorf("list removed organizations: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (RemovedOrganization, error) {
		var r RemovedOrganization
		var by *laneway.ID
		err := row.Scan(&r.ID, &r.CreatedAt, &r.DeletedAt, &r.RemovedAt, &by, &r.LastSeq, &r.LastHash)
		if by != nil {
			r.DeletedBy = *by
		}
		return r, err
	})
}
