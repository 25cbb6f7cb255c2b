package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"laneway"
)

// CreateInvitation stores an invitation into the actor's organization with the id, address and role
// of i, open for laneway.InvitationLifetime. With i.Mail it also queues the mail, as the job with this id. Conflict when
// laneway.MaxInvitations are open already, RateLimited when too many were mailed.
func (s *Store) CreateInvitation(ctx context.Context, actor laneway.Actor, i laneway.Invitation, secretHash []byte, job laneway.ID) (laneway.Invitation, int64, error) {
	var seq int64
	err := s.InOrg(ctx, actor, func(ctx context.Context, tx pgx.Tx) error {
		// The lock makes a removal wait, which then revokes this invitation with the others.
		err := tx.QueryRow(ctx, `
			INSERT INTO invitations (org_id, id, email, role, secret_hash, invited_by, expires_at, mail)
			SELECT m.org_id, $2, nullif($3, ''), $4, $5, m.user_id, now() + $7::interval, nullif($8, '')
			  FROM memberships m WHERE m.org_id = $1 AND m.user_id = $6 AND m.role = 'admin' FOR SHARE
			RETURNING created_at, expires_at, (SELECT display_name FROM users WHERE id = $6)`,
			actor.OrganizationID, i.ID, i.Email, string(i.Role), secretHash, actor.UserID, laneway.InvitationLifetime, string(i.Mail)).
			Scan(&i.CreatedAt, &i.ExpiresAt, &i.InviterName)
		if errors.Is(err, pgx.ErrNoRows) {
			return errNoAdmin()
		}
		if err != nil {
			return err
		}
		if i.Mail != "" {
			_, err = tx.Exec(ctx, `INSERT INTO jobs (id, about_org_id, kind, data) VALUES ($1, $2, $3, jsonb_build_object('invitation', $4::uuid))`,
				job, actor.OrganizationID, string(MailInvitation), i.ID)
			if err != nil {
				return err
			}
		}
		err = tx.QueryRow(ctx, `SELECT append_event($1, $2, $3, $4, jsonb_build_object('role', $5::text))`,
			actor.OrganizationID, string(laneway.InvitationCreated), actor.UserID, i.ID, string(i.Role)).Scan(&seq)
		if err != nil {
			return err
		}
		// The event has locked the organization's head, so this counts what is committed and nothing slips past.
		var open, mailed int
		err = tx.QueryRow(ctx, `
			SELECT count(*) FILTER (WHERE accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()),
			       count(*) FILTER (WHERE mail IS NOT NULL AND created_at > now() - interval '1 day')
			  FROM invitations WHERE org_id = $1`, actor.OrganizationID).Scan(&open, &mailed)
		if err == nil && i.Mail != "" && mailed > laneway.MaxInvitationMails {
			text := fmt.Sprintf("%d invitations were sent by mail since yesterday, which is as many as there may be. Leave the address out, and send the link yourself.", mailed-1)
			return &laneway.Error{Kind: laneway.RateLimited, RetryAfter: time.Hour, Detail: text, Fields: []laneway.FieldError{{Field: "email", Code: "too_many_mails", Detail: text}}}
		}
		if err == nil && open > laneway.MaxInvitations {
			text := fmt.Sprintf("%d invitations are open, which is as many as there may be. Revoke some first.", open-1)
			return &laneway.Error{Kind: laneway.Conflict, Detail: text, Fields: []laneway.FieldError{{Field: "email", Code: "too_many_invitations", Detail: text}}}
		}
		return err
	})
	if err != nil {
		return laneway.Invitation{}, 0, fmt.Errorf("create invitation: %w", err)
	}
	i.InvitedBy = actor.UserID
	return i, seq, nil
}

// ListInvitations gives the open invitations of the actor's organization, the newest first.
func (s *Store) ListInvitations(ctx context.Context, actor laneway.Actor) ([]laneway.Invitation, error) {
	var open []laneway.Invitation
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT i.id, coalesce(i.email, ''), coalesce(i.mail, ''), coalesce(i.mail_problem, ''), i.role, i.invited_by, coalesce(u.display_name, ''), i.created_at, i.expires_at
			  FROM invitations i LEFT JOIN users u ON u.id = i.invited_by
			 WHERE i.org_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
			 ORDER BY i.created_at DESC, i.id DESC`, actor.OrganizationID).Query(func(rows pgx.Rows) (err error) {
			open, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (laneway.Invitation, error) {
				var i laneway.Invitation
				err := row.Scan(&i.ID, &i.Email, (*string)(&i.Mail), &i.MailProblem, (*string)(&i.Role), &i.InvitedBy, &i.InviterName, &i.CreatedAt, &i.ExpiresAt)
				return i, err
			})
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return open, nil
}

// RevokeInvitation ends an open invitation of the actor's organization; NotFound when there is none.
func (s *Store) RevokeInvitation(ctx context.Context, actor laneway.Actor, id laneway.ID) (int64, error) {
	var seq int64
	err := s.inOrgOnce(ctx, actor, setOrgForWriting, func(batch *pgx.Batch) {
		batch.Queue(`
			WITH revoked AS (
			  UPDATE invitations SET revoked_at = now()
			   WHERE org_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()
			  RETURNING id, role
			)
			SELECT append_event($1, $3, $4, id, jsonb_build_object('role', role)) FROM revoked`,
			actor.OrganizationID, id, string(laneway.InvitationRevoked), actor.UserID).QueryRow(func(row pgx.Row) error { return row.Scan(&seq) })
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, errNoInvitation("unknown", "There is no such invitation.")
	}
	if err != nil {
		return 0, fmt.Errorf("revoke invitation %s: %w", id, err)
	}
	return seq, nil
}

// errNoInvitation is NotFound with the code that says why an invitation cannot be used. Only whoever
// holds its secret is told more than that there is none.
func errNoInvitation(code, text string) error {
	return &laneway.Error{Kind: laneway.NotFound, Detail: text, Fields: []laneway.FieldError{{Field: "invitation", Code: code, Detail: text}}}
}

// Invitation gives the open invitation with this secret; NotFound with the reason when it is not, or
// not any more, to be used.
func (s *Store) Invitation(ctx context.Context, secretHash []byte) (laneway.Invitation, error) {
	var i laneway.Invitation
	err := s.AsSystem(ctx, ForInvitation, func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			SELECT i.id, o.id, o.name, o.plan, o.created_at, coalesce(i.email, ''), i.role, i.invited_by, coalesce(u.display_name, ''), i.created_at, i.expires_at
			  FROM invitations i
			  JOIN organizations o ON o.id = i.org_id
			  LEFT JOIN memberships m ON m.org_id = i.org_id AND m.user_id = i.invited_by
			  LEFT JOIN users u ON u.id = m.user_id
			 WHERE (i.secret_hash = $1 OR i.mail_secret_hash = $1)
			   AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now() AND o.deleted_at IS NULL`, secretHash).
			Scan(&i.ID, &i.Organization.ID, &i.Organization.Name, (*string)(&i.Organization.Plan), &i.Organization.CreatedAt,
				&i.Email, (*string)(&i.Role), &i.InvitedBy, &i.InviterName, &i.CreatedAt, &i.ExpiresAt)
		if errors.Is(err, pgx.ErrNoRows) {
			return whyClosed(ctx, tx, secretHash)
		}
		return err
	})
	return i, err
}

// whyClosed says why no invitation with this secret is open.
func whyClosed(ctx context.Context, tx pgx.Tx, secretHash []byte) error {
	var accepted, revoked, deleted *time.Time
	err := tx.QueryRow(ctx, `
		SELECT i.accepted_at, i.revoked_at, o.deleted_at FROM invitations i JOIN organizations o ON o.id = i.org_id
		 WHERE i.secret_hash = $1 OR i.mail_secret_hash = $1`, secretHash).Scan(&accepted, &revoked, &deleted)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return errNoInvitation("unknown", "There is no such invitation.")
	case err != nil:
		return err
	case accepted != nil:
		return errNoInvitation("accepted", "This invitation was used already; each is for one person.")
	case revoked != nil:
		return errNoInvitation("revoked", "This invitation was withdrawn.")
	case deleted != nil:
		return errNoInvitation("organization_deleted", "The organization that this invitation is for was deleted.")
	default:
		return errNoInvitation("expired", "This invitation has expired. Ask for a new one.")
	}
}

// AcceptInvitation makes a person a member of the organization that the secret invites into, and
// gives the membership and the number of its event. The invitation can be used once, whoever tries
// at the same time. NotFound with the reason when it is not open; Conflict when the person is a
// member already, and then it stays open.
func (s *Store) AcceptInvitation(ctx context.Context, user laneway.ID, secretHash []byte) (laneway.Membership, int64, error) {
	var m laneway.Membership
	var seq int64
	err := s.AsSystem(ctx, ForInvitation, func(ctx context.Context, tx pgx.Tx) error {
		claimed, err := claimInvitation(ctx, tx, secretHash)
		if err != nil {
			return err
		}
		m.Role = claimed.role
		o := &m.Organization
		err = tx.QueryRow(ctx, `SELECT id, name, plan, created_at FROM organizations WHERE id = $1`, claimed.org).
			Scan(&o.ID, &o.Name, (*string)(&o.Plan), &o.CreatedAt)
		if err != nil {
			return err
		}
		seq, err = claimed.join(ctx, tx, user)
		return err
	})
	return m, seq, err
}

// claimedInvitation is one that this transaction has used up.
type claimedInvitation struct {
	org, id laneway.ID
	role    laneway.Role
}

// claimInvitation uses an invitation up; its row stays locked until the transaction ends.
func claimInvitation(ctx context.Context, tx pgx.Tx, secretHash []byte) (claimedInvitation, error) {
	var c claimedInvitation
	err := tx.QueryRow(ctx, `
		UPDATE invitations i SET accepted_at = now() FROM organizations o
		 WHERE (i.secret_hash = $1 OR i.mail_secret_hash = $1) AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
		   AND o.id = i.org_id AND o.deleted_at IS NULL
		RETURNING i.org_id, i.id, i.role`, secretHash).Scan(&c.org, &c.id, (*string)(&c.role))
	if errors.Is(err, pgx.ErrNoRows) {
		return claimedInvitation{}, whyClosed(ctx, tx, secretHash)
	}
	return c, err
}

// join makes a person the member that the invitation is for.
func (c claimedInvitation) join(ctx context.Context, tx pgx.Tx, user laneway.ID) (int64, error) {
	_, err := tx.Exec(ctx, `INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, $3)`, c.org, user, string(c.role))
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.ConstraintName == "memberships_pkey" {
		const text = "You are a member of this organization already."
		return 0, &laneway.Error{Kind: laneway.Conflict, Detail: text, Fields: []laneway.FieldError{{Field: "invitation", Code: "already_member", Detail: text}}}
	}
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `UPDATE users SET default_org_id = $2 WHERE id = $1 AND default_org_id IS NULL`, user, c.org); err != nil {
		return 0, err
	}
	var seq int64
	err = tx.QueryRow(ctx, `SELECT append_event($1, $2, $3, $3, jsonb_build_object('role', $4::text, 'invitation', $5::uuid))`,
		c.org, string(laneway.MemberJoined), user, string(c.role), c.id).Scan(&seq)
	return seq, err
}
