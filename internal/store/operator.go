package store

import (
	"context"
	"crypto/rand"
	"errors"
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

// Organizations lists all organizations, the oldest first.
func (o *Operator) Organizations(ctx context.Context) ([]laneway.OrganizationUsage, error) {
	rows, err := o.conn.Query(ctx, `
		SELECT o.id, o.name, o.plan, o.created_at, o.deleted_at, u.diagrams, (SELECT count(*) FROM memberships m WHERE m.org_id = o.id)
		  FROM organizations o JOIN organization_usage u ON u.org_id = o.id
		 ORDER BY o.created_at, o.id`)
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	return pgx.CollectRows(rows, scanUsage)
}

func scanUsage(row pgx.CollectableRow) (laneway.OrganizationUsage, error) {
	var u laneway.OrganizationUsage
	var deleted *time.Time
	err := row.Scan(&u.Organization.ID, &u.Organization.Name, (*string)(&u.Organization.Plan), &u.Organization.CreatedAt, &deleted, &u.Diagrams, &u.Members)
	u.Organization.DeletedAt = orZero(deleted)
	return u, err
}

// ListOrganizations gives one page of all organizations, the oldest first.
func (s *Store) ListOrganizations(ctx context.Context, q laneway.OrganizationQuery) (laneway.Page[laneway.OrganizationUsage], error) {
	var page laneway.Page[laneway.OrganizationUsage]
	err := s.asSystemOnce(ctx, ForOperator, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT o.id, o.name, o.plan, o.created_at, o.deleted_at, u.diagrams, (SELECT count(*) FROM memberships m WHERE m.org_id = o.id)
			  FROM organizations o JOIN organization_usage u ON u.org_id = o.id
			 WHERE $2 OR (o.created_at, o.id) > ($3::timestamptz, $4::uuid)
			 ORDER BY o.created_at, o.id LIMIT $1`, q.Limit+1, q.After.IsZero(), q.After.Time, q.After.ID).Query(func(rows pgx.Rows) (err error) {
			page.Items, err = pgx.CollectRows(rows, scanUsage)
			return err
		})
	})
	if err != nil {
		return laneway.Page[laneway.OrganizationUsage]{}, fmt.Errorf("list organizations: %w", err)
	}
	if len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		last := page.Items[q.Limit-1].Organization
		page.Next = laneway.Cursor{Sort: laneway.ByCreatedAt, Time: last.CreatedAt, ID: last.ID}
	}
	return page, nil
}

// recentOperatorChanges is how many changes of operators are shown.
const recentOperatorChanges = 50

// ListOperatorChanges gives the last changes of operators, newest first.
func (s *Store) ListOperatorChanges(ctx context.Context) ([]laneway.OperatorChange, error) {
	var list []laneway.OperatorChange
	err := s.asSystemOnce(ctx, ForOperator, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT u.id, u.email, u.display_name, c.operator, c.at
			  FROM operator_changes c JOIN users u ON u.id = c.user_id
			 ORDER BY c.at DESC, c.id DESC LIMIT $1`, recentOperatorChanges).Query(func(rows pgx.Rows) (err error) {
			list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (laneway.OperatorChange, error) {
				var c laneway.OperatorChange
				err := row.Scan(&c.User.ID, &c.User.Email, &c.User.DisplayName, &c.Operator, &c.At)
				return c, err
			})
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list changes of operators: %w", err)
	}
	return list, nil
}

// SetOperator makes the person with an e-mail address an operator, or takes that away, and puts it on
// record. It reports whether that was a change; none is not recorded. NotFound when there is no such person.
func (o *Operator) SetOperator(ctx context.Context, email string, operator bool) (changed bool, err error) {
	if email, err = laneway.CheckEmail("email", email); err != nil {
		return false, err
	}
	err = pgx.BeginFunc(ctx, o.conn, func(tx pgx.Tx) error {
		var id laneway.ID
		var before bool
		err := tx.QueryRow(ctx, `SELECT id, operator FROM users WHERE email = $1 FOR UPDATE`, email).Scan(&id, &before)
		if errors.Is(err, pgx.ErrNoRows) {
			return laneway.Errorf(laneway.NotFound, "Nobody has an account with the address %s.", email)
		}
		if err != nil || before == operator {
			return err
		}
		changed = true
		if _, err := tx.Exec(ctx, `UPDATE users SET operator = $2 WHERE id = $1`, id, operator); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO operator_changes (id, user_id, operator) VALUES ($1, $2, $3)`,
			laneway.NewID(time.Now(), rand.Reader), id, operator)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("set operator: %w", err)
	}
	return changed, nil
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
