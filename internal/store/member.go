package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// ListMembers gives one page of the members of the actor's organization, by name. Addresses are
// given to those who manage the organization; everybody sees their own.
func (s *Store) ListMembers(ctx context.Context, actor laneway.Actor, q laneway.MemberQuery) (laneway.Page[laneway.Member], error) {
	var page laneway.Page[laneway.Member]
	manages := actor.May(laneway.ManageOrganization) == nil
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT m.user_id, u.display_name, CASE WHEN $6 OR m.user_id = $7 THEN coalesce(u.email, '') ELSE '' END, m.role, m.created_at
			  FROM memberships m JOIN users u ON u.id = m.user_id
			 WHERE m.org_id = $1
			   AND ($3 OR (u.display_name COLLATE "C", m.user_id) > ($4::text COLLATE "C", $5::uuid))
			 ORDER BY u.display_name COLLATE "C", m.user_id LIMIT $2`,
			actor.OrganizationID, q.Limit+1, q.After.IsZero(), q.After.Title, q.After.ID, manages, actor.UserID).Query(func(rows pgx.Rows) (err error) {
			page.Items, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (laneway.Member, error) { return scanMember(row) })
			return err
		})
	})
	if err != nil {
		return laneway.Page[laneway.Member]{}, fmt.Errorf("list members: %w", err)
	}
	if len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		last := page.Items[q.Limit-1]
		page.Next = laneway.Cursor{Sort: laneway.ByTitle, Title: last.DisplayName, ID: last.UserID}
	}
	return page, nil
}

func scanMember(row pgx.Row) (laneway.Member, error) {
	var m laneway.Member
	err := row.Scan(&m.UserID, &m.DisplayName, &m.Email, (*string)(&m.Role), &m.JoinedAt)
	return m, err
}

// SetMemberRole gives a member another role; what an admin who stops being one has invited to is
// withdrawn. NotFound when there is no such member, Conflict when
// it is the last admin. A role that the member has already is no change and makes no event: the
// number is 0 then.
func (s *Store) SetMemberRole(ctx context.Context, actor laneway.Actor, user laneway.ID, role laneway.Role) (laneway.Member, int64, error) {
	var member laneway.Member
	var seq int64
	err := s.InOrg(ctx, actor, func(ctx context.Context, tx pgx.Tx) error {
		before, err := lockMember(ctx, tx, actor, user, role)
		if err != nil {
			return err
		}
		member, err = scanMember(tx.QueryRow(ctx, `
			UPDATE memberships m SET role = $3 FROM users u
			 WHERE m.org_id = $1 AND m.user_id = $2 AND u.id = m.user_id
			RETURNING m.user_id, u.display_name, coalesce(u.email, ''), m.role, m.created_at`, actor.OrganizationID, user, string(role)))
		if err != nil || before == role {
			return err
		}
		if err := revokeInvitationsOf(ctx, tx, actor, user, before); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT append_event($1, $2, $3, $4, jsonb_build_object('role', $5::text, 'before', $6::text))`,
			actor.OrganizationID, string(laneway.MemberRoleChanged), actor.UserID, user, string(role), string(before)).Scan(&seq)
	})
	if err != nil {
		return laneway.Member{}, 0, fmt.Errorf("set role of member %s: %w", user, err)
	}
	return member, seq, nil
}

// RemoveMember ends a membership, the actor's own or somebody else's, and the person's tokens for the
// organization: coming back does not bring them back. What an admin has invited to is withdrawn; what the person has
// drawn stays. NotFound when there is no such member, Conflict when it is the last admin.
func (s *Store) RemoveMember(ctx context.Context, actor laneway.Actor, user laneway.ID) (int64, error) {
	kind := laneway.MemberRemoved
	if user == actor.UserID {
		kind = laneway.MemberLeft
	}
	var seq int64
	err := s.InOrg(ctx, actor, func(ctx context.Context, tx pgx.Tx) error {
		before, err := lockMember(ctx, tx, actor, user, "")
		if err != nil {
			return err
		}
		if err := revokeInvitationsOf(ctx, tx, actor, user, before); err != nil {
			return err
		}
		var batch pgx.Batch
		batch.Queue(`UPDATE api_tokens SET revoked_at = now() WHERE org_id = $1 AND user_id = $2 AND revoked_at IS NULL`, actor.OrganizationID, user)
		batch.Queue(`DELETE FROM memberships WHERE org_id = $1 AND user_id = $2`, actor.OrganizationID, user)
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT append_event($1, $2, $3, $4, jsonb_build_object('role', $5::text))`,
			actor.OrganizationID, string(kind), actor.UserID, user, string(before)).Scan(&seq)
	})
	if err != nil {
		return 0, fmt.Errorf("remove member %s: %w", user, err)
	}
	return seq, nil
}

func errNoAdmin() error {
	return laneway.Errorf(laneway.Forbidden, "You are not an admin of this organization any more.")
}

// revokeInvitationsOf withdraws what somebody who stops being an admin has invited to: a link that they
// kept would let them, or whom they choose, in again.
func revokeInvitationsOf(ctx context.Context, tx pgx.Tx, actor laneway.Actor, user laneway.ID, before laneway.Role) error {
	if before != laneway.RoleAdmin {
		return nil
	}
	_, err := tx.Exec(ctx, `
		UPDATE invitations SET revoked_at = now()
		 WHERE org_id = $1 AND invited_by = $2 AND accepted_at IS NULL AND revoked_at IS NULL`, actor.OrganizationID, user)
	return err
}

// lockMember gives the role that a member has before it becomes another one, or none for somebody who
// goes. All admins are locked first, and in order: so two of them cannot demote each other and leave
// nobody, and whoever was demoted meanwhile changes nothing any more.
func lockMember(ctx context.Context, tx pgx.Tx, actor laneway.Actor, user laneway.ID, next laneway.Role) (laneway.Role, error) {
	rows, err := tx.Query(ctx, `SELECT user_id FROM memberships WHERE org_id = $1 AND role = 'admin' ORDER BY user_id FOR UPDATE`, actor.OrganizationID)
	if err != nil {
		return "", err
	}
	admins, err := pgx.CollectRows(rows, pgx.RowTo[laneway.ID])
	if err != nil {
		return "", err
	}
	if user != actor.UserID && !slices.Contains(admins, actor.UserID) {
		return "", errNoAdmin()
	}
	var before laneway.Role
	err = tx.QueryRow(ctx, `SELECT role FROM memberships WHERE org_id = $1 AND user_id = $2 FOR UPDATE`, actor.OrganizationID, user).Scan((*string)(&before))
	if errors.Is(err, pgx.ErrNoRows) {
		return "", laneway.Errorf(laneway.NotFound, "There is no such member.")
	}
	if err != nil {
		return "", err
	}
	if before == laneway.RoleAdmin && next != laneway.RoleAdmin && len(admins) == 1 {
		const text = "This is the only admin of the organization. Make somebody else an admin first."
		return "", &laneway.Error{Kind: laneway.Conflict, Detail: text, Fields: []laneway.FieldError{{Field: "role", Code: "last_admin", Detail: text}}}
	}
	return before, nil
}
