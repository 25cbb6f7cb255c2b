package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// DeleteOrganization closes the actor's organization for everybody, from the commit on, until it is restored
// or, after laneway.OrganizationRetention, removed. name is its name, as somebody typed it who means it; Invalid when it
// is another. Conflict when it is deleted already.
func (s *Store) DeleteOrganization(ctx context.Context, actor laneway.Actor, name string) (laneway.Organization, int64, error) {
	var o laneway.Organization
	var seq int64
	err := s.InOrg(ctx, actor, func(ctx context.Context, tx pgx.Tx) (err error) {
		if err := lockAdmin(ctx, tx, actor); err != nil {
			return err
		}
		o, seq, err = deleteOrganization(ctx, tx, actor.OrganizationID, &actor.UserID, name)
		return err
	})
	if err != nil {
		return laneway.Organization{}, 0, fmt.Errorf("delete organization: %w", err)
	}
	return o, seq, nil
}

// RestoreOrganization takes a deletion back: everything is as it was. The number is 0 where the organization was not
// deleted. NotFound when its time to be restored is over.
func (s *Store) RestoreOrganization(ctx context.Context, actor laneway.Actor) (laneway.Organization, int64, error) {
	var o laneway.Organization
	var seq int64
	err := s.InOrg(ctx, actor, func(ctx context.Context, tx pgx.Tx) (err error) {
		if err := lockAdmin(ctx, tx, actor); err != nil {
			return err
		}
		o, seq, err = restoreOrganization(ctx, tx, actor.OrganizationID, &actor.UserID)
		return err
	})
	if err != nil {
		return laneway.Organization{}, 0, fmt.Errorf("restore organization: %w", err)
	}
	return o, seq, nil
}

// lockAdmin makes sure that the actor is an admin still, and stays one until the transaction ends.
func lockAdmin(ctx context.Context, tx pgx.Tx, actor laneway.Actor) error {
	admin, err := tx.Exec(ctx, `SELECT FROM memberships WHERE org_id = $1 AND user_id = $2 AND role = 'admin' FOR SHARE`, actor.OrganizationID, actor.UserID)
	if err == nil && admin.RowsAffected() == 0 {
		return errNoAdmin()
	}
	return err
}

// deleteOrganization is DeleteOrganization for the requests of admins and the commands of operators; by is nil for those.
func deleteOrganization(ctx context.Context, tx pgx.Tx, id laneway.ID, by *laneway.ID, name string) (laneway.Organization, int64, error) {
	o, err := lockOrganization(ctx, tx, id)
	switch {
	case err != nil:
		return laneway.Organization{}, 0, err
	case !o.DeletedAt.IsZero():
		return laneway.Organization{}, 0, laneway.Errorf(laneway.Conflict, "The organization is deleted already.")
	case strings.TrimSpace(name) != o.Name:
		return laneway.Organization{}, 0, laneway.InvalidField("name", "other_name", "This is not the name of the organization.")
	}
	err = tx.QueryRow(ctx, `UPDATE organizations SET deleted_at = now(), deleted_by = $2 WHERE id = $1 RETURNING deleted_at`, id, by).Scan(&o.DeletedAt)
	if err != nil {
		return laneway.Organization{}, 0, err
	}
	var seq int64
	err = tx.QueryRow(ctx, `SELECT append_event($1, $2, $3, $1, jsonb_build_object('name', $4::text))`, id, string(laneway.OrganizationDeleted), by, o.Name).Scan(&seq)
	return o, seq, err
}

func restoreOrganization(ctx context.Context, tx pgx.Tx, id laneway.ID, by *laneway.ID) (laneway.Organization, int64, error) {
	o, err := lockOrganization(ctx, tx, id)
	if err != nil || o.DeletedAt.IsZero() {
		return o, 0, err
	}
	restored, err := tx.Exec(ctx, `
		UPDATE organizations SET deleted_at = NULL, deleted_by = NULL WHERE id = $1 AND deleted_at > now() - $2::interval`, id, laneway.OrganizationRetention)
	if err != nil {
		return laneway.Organization{}, 0, err
	}
	if restored.RowsAffected() == 0 {
		return laneway.Organization{}, 0, errNoOrganization()
	}
	o.DeletedAt = time.Time{}
	var seq int64
	err = tx.QueryRow(ctx, `SELECT append_event($1, $2, $3, $1, jsonb_build_object('name', $4::text))`, id, string(laneway.OrganizationRestored), by, o.Name).Scan(&seq)
	return o, seq, err
}

func lockOrganization(ctx context.Context, tx pgx.Tx, id laneway.ID) (laneway.Organization, error) {
	var o laneway.Organization
	var deleted *time.Time
	err := tx.QueryRow(ctx, `SELECT id, name, plan, created_at, deleted_at FROM organizations WHERE id = $1 FOR UPDATE`, id).
		Scan(&o.ID, &o.Name, (*string)(&o.Plan), &o.CreatedAt, &deleted)
	if errors.Is(err, pgx.ErrNoRows) {
		return laneway.Organization{}, errNoOrganization()
	}
	o.DeletedAt = orZero(deleted)
	return o, err
}

// emptyOrganization are the steps that take out of an organization what may be much, each repeated until it finds
// nothing more. Differences of versions go before the copies that they need.
var emptyOrganization = []string{
	`DELETE FROM diagram_versions v USING (SELECT diagram_id, number FROM diagram_versions WHERE org_id = $1 AND full_number IS NOT NULL LIMIT 1000) due
	  WHERE v.org_id = $1 AND v.diagram_id = due.diagram_id AND v.number = due.number`,
	`DELETE FROM diagram_versions v USING (SELECT diagram_id, number FROM diagram_versions WHERE org_id = $1 LIMIT 1000) due
	  WHERE v.org_id = $1 AND v.diagram_id = due.diagram_id AND v.number = due.number`,
	`DELETE FROM diagrams d USING (SELECT id FROM diagrams WHERE org_id = $1 LIMIT 200) due WHERE d.org_id = $1 AND d.id = due.id`,
	`DELETE FROM events e USING (SELECT seq, at FROM events WHERE org_id = $1 LIMIT 5000) due
	  WHERE e.org_id = $1 AND e.seq = due.seq AND e.at = due.at`,
}

// PurgeOrganizations removes the organizations that were deleted longer ago than laneway.OrganizationRetention, with
// every row that they have, and gives their ids. It works in short transactions, so what it has begun is finished by
// the next call where it is interrupted. What stays is a row in removed_organizations. Of several servers one does it at a
// time, the others find nothing to do.
func (s *Store) PurgeOrganizations(ctx context.Context) ([]laneway.ID, error) {
	var removed []laneway.ID
	for {
		id, err := s.purgeOneOrganization(ctx)
		if err != nil {
			return removed, fmt.Errorf("purge organizations: %w", err)
		}
		if id.IsZero() {
			return removed, nil
		}
		removed = append(removed, id)
	}
}

// purgeOneOrganization gives the zero ID when there is none, or another server is at it.
func (s *Store) purgeOneOrganization(ctx context.Context) (laneway.ID, error) {
	var id laneway.ID // zero until the first step, and again when another server is at it
	// step runs a statement about the organization that is due, the same in all steps, and gives how many rows it took.
	step := func(statement string, args ...any) (int64, error) {
		var taken int64
		err := s.AsSystem(ctx, ForPurge, func(ctx context.Context, tx pgx.Tx) error {
			err := tx.QueryRow(ctx, `
				WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(hashtext('laneway purge organizations')) AS ours)
				SELECT o.id FROM organizations o, turn
				 WHERE turn.ours AND o.deleted_at < now() - $1::interval AND o.id = coalesce($2, o.id)
				 ORDER BY o.deleted_at, o.id LIMIT 1`, laneway.OrganizationRetention, nullID(id)).Scan(&id)
			if errors.Is(err, pgx.ErrNoRows) {
				id = laneway.ID{}
				return nil
			}
			if err != nil {
				return err
			}
			tag, err := tx.Exec(ctx, statement, append([]any{id}, args...)...)
			taken = tag.RowsAffected()
			return err
		})
		return taken, err
	}
	for _, statement := range emptyOrganization {
		for {
			taken, err := step(statement)
			if err != nil || id.IsZero() {
				return laneway.ID{}, err
			}
			if taken == 0 {
				break
			}
		}
	}
	taken, err := step(`
		WITH gone AS (
		  DELETE FROM organizations WHERE id = $1 AND deleted_at < now() - $2::interval RETURNING id, created_at, deleted_at, deleted_by
		)
		INSERT INTO removed_organizations (id, created_at, deleted_at, deleted_by, last_seq, last_hash)
		SELECT gone.id, gone.created_at, gone.deleted_at, gone.deleted_by, h.seq, h.hash FROM gone JOIN organization_heads h ON h.org_id = gone.id`,
		laneway.OrganizationRetention)
	if err != nil || taken == 0 {
		return laneway.ID{}, err
	}
	return id, nil
}
