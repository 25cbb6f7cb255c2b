package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// CreateOrganization stores another organization of a person, who is its admin, and gives the number
// of its first event. Conflict when the person is an admin of laneway.MaxOrganizations already.
func (s *Store) CreateOrganization(ctx context.Context, founder laneway.ID, o laneway.Organization) (int64, error) {
	var seq int64
	err := s.AsSystem(ctx, ForOrganization, func(ctx context.Context, tx pgx.Tx) error {
		// Locked, so that two at once are counted one after the other.
		if _, err := tx.Exec(ctx, `SELECT FROM users WHERE id = $1 FOR UPDATE`, founder); err != nil {
			return err
		}
		var founded int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM memberships WHERE user_id = $1 AND role = 'admin'`, founder).Scan(&founded); err != nil {
			return err
		}
		if founded >= laneway.MaxOrganizations {
			text := fmt.Sprintf("You are an admin of %d organizations, which is as many as one person may have.", founded)
			return &laneway.Error{Kind: laneway.Conflict, Detail: text, Fields: []laneway.FieldError{{Field: "name", Code: "too_many_organizations", Detail: text}}}
		}
		var batch pgx.Batch
		batch.Queue(`INSERT INTO organizations (id, name, plan) VALUES ($1, $2, $3)`, o.ID, o.Name, string(o.Plan))
		queueFounding(&batch, o.ID, founder)
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT append_event($1, $2, $3, $1, jsonb_build_object('name', $4::text))`,
			o.ID, string(laneway.OrganizationCreated), founder, o.Name).Scan(&seq)
	})
	return seq, err
}

// RenameOrganization gives the actor's organization another name.
func (s *Store) RenameOrganization(ctx context.Context, actor laneway.Actor, name string) (laneway.Organization, int64, error) {
	var o laneway.Organization
	var seq int64
	err := s.inOrgOnce(ctx, actor, setOrgForWriting, func(batch *pgx.Batch) {
		batch.Queue(`
			WITH renamed AS (
			  UPDATE organizations SET name = $2 WHERE id = $1 RETURNING id, name, plan, created_at
			)
			SELECT id, name, plan, created_at, append_event(id, $3, $4, id, jsonb_build_object('name', name)) FROM renamed`,
			actor.OrganizationID, name, string(laneway.OrganizationRenamed), actor.UserID).QueryRow(func(row pgx.Row) error {
			return row.Scan(&o.ID, &o.Name, (*string)(&o.Plan), &o.CreatedAt, &seq)
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return laneway.Organization{}, 0, errNoOrganization()
	}
	if err != nil {
		return laneway.Organization{}, 0, fmt.Errorf("rename organization: %w", err)
	}
	return o, seq, nil
}

// Organization gives the actor's organization with what it uses of its plan.
func (s *Store) Organization(ctx context.Context, actor laneway.Actor) (laneway.Organization, laneway.Usage, error) {
	var o laneway.Organization
	var u laneway.Usage
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT o.id, o.name, o.plan, o.created_at, u.diagrams, (SELECT count(*) FROM memberships m WHERE m.org_id = $1)
			  FROM organizations o JOIN organization_usage u ON u.org_id = o.id
			 WHERE o.id = $1`, actor.OrganizationID).QueryRow(func(row pgx.Row) error {
			return row.Scan(&o.ID, &o.Name, (*string)(&o.Plan), &o.CreatedAt, &u.Diagrams, &u.Members)
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return laneway.Organization{}, laneway.Usage{}, errNoOrganization()
	}
	if err != nil {
		return laneway.Organization{}, laneway.Usage{}, fmt.Errorf("read organization: %w", err)
	}
	u.Plan, u.DiagramLimit = o.Plan, o.Plan.DiagramLimit()
	return o, u, nil
}

// errNoOrganization is the one answer for an organization that is not there and for one of others.
func errNoOrganization() error {
	return laneway.Errorf(laneway.NotFound, "There is no such organization.")
}

// SetDefaultOrganization chooses the organization that a person's requests are about when they name
// none. NotFound when they are no member of it.
func (s *Store) SetDefaultOrganization(ctx context.Context, user, organization laneway.ID) error {
	return s.AsSystem(ctx, ForSignIn, func(ctx context.Context, tx pgx.Tx) error {
		chosen, err := tx.Exec(ctx, `
			UPDATE users SET default_org_id = $2
			 WHERE id = $1 AND EXISTS (
			   SELECT FROM memberships m JOIN organizations o ON o.id = m.org_id
			    WHERE m.org_id = $2 AND m.user_id = $1 AND o.deleted_at IS NULL)`, user, organization)
		if err == nil && chosen.RowsAffected() == 0 {
			return errNoOrganization()
		}
		return err
	})
}
