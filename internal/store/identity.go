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

// errUnknownIdentity is the one answer about an identity that nobody here has.
func errUnknownIdentity() error {
	return laneway.Errorf(laneway.NotFound, "There is no such identity.")
}

// IdentityAccount gives the person who has an identity, with all memberships, the default organization
// first, and notes that it is in use. NotFound when nobody has it.
func (s *Store) IdentityAccount(ctx context.Context, issuer, subject string) (laneway.Account, error) {
	var account laneway.Account
	var unseen bool
	err := s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT i.used_at IS NULL OR i.used_at < now() - $3::interval,
			       u.id, coalesce(u.email, ''), u.display_name, u.created_at, u.operator, u.default_org_id,
			       o.id, o.name, o.plan, o.created_at, o.deleted_at, m.role
			  FROM identities i
			  JOIN users u ON u.id = i.user_id
			  LEFT JOIN memberships m ON m.user_id = u.id
			  LEFT JOIN organizations o ON o.id = m.org_id
			 WHERE i.issuer = $1 AND i.subject = $2
			 ORDER BY (o.id = u.default_org_id) DESC NULLS LAST, m.created_at, o.id`,
			issuer, subject, seenEvery).Query(func(rows pgx.Rows) error { return scanMemberships(rows, &account, &unseen) })
	})
	if err != nil {
		return laneway.Account{}, err
	}
	if account.User.ID.IsZero() {
		return laneway.Account{}, errUnknownIdentity()
	}
	if unseen {
		// Whoever only reads is served also while the database cannot write.
		err := s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
			batch.Queue(`UPDATE identities SET used_at = now() WHERE issuer = $1 AND subject = $2 AND (used_at IS NULL OR used_at < now() - $3::interval)`,
				issuer, subject, seenEvery)
		})
		if err != nil {
			s.log.Warn("note that an identity is in use", "error", err)
		}
	}
	return account, nil
}

// CreateIdentityAccount stores a new person who comes through another service, with that identity. With
// an invitation they become a member of the organization that invites, and a.Organization is not looked
// at; without, they get that one. Where a has a SecretHash, a session begins as well. It gives the
// organization and the number of its last event. Conflict with the code identity_taken when somebody
// has the identity by now, and with the code taken when somebody has the address.
func (s *Store) CreateIdentityAccount(ctx context.Context, a NewAccount, identity laneway.Identity, invitationHash []byte) (laneway.ID, int64, error) {
	org, user := a.Organization.ID, a.User.ID
	var seq int64
	purpose := ForSignIn
	if invitationHash != nil {
		purpose = ForInvitation
	}
	err := s.AsSystem(ctx, purpose, func(ctx context.Context, tx pgx.Tx) error {
		var claimed claimedInvitation
		var batch pgx.Batch
		if invitationHash != nil {
			var err error
			if claimed, err = claimInvitation(ctx, tx, invitationHash); err != nil {
				return err
			}
			org = claimed.org
		} else {
			batch.Queue(`INSERT INTO organizations (id, name, plan) VALUES ($1, $2, $3)`, org, a.Organization.Name, string(a.Organization.Plan))
		}
		queueUser(&batch, a, org)
		queueIdentity(&batch, identity, user)
		if a.SecretHash != nil {
			queueSession(&batch, a.SessionID, user, a.SecretHash, a.UserAgent)
		}
		if invitationHash == nil {
			queueFounding(&batch, org, user)
			queueFoundingEvents(&batch, a)
		}
		if err := identityTaken(addressTaken(tx.SendBatch(ctx, &batch).Close())); err != nil {
			return err
		}
		if invitationHash == nil {
			return tx.QueryRow(ctx, `SELECT seq FROM organization_heads WHERE org_id = $1`, org).Scan(&seq)
		}
		var err error
		seq, err = claimed.join(ctx, tx, user)
		return err
	})
	return org, seq, err
}

func queueIdentity(batch *pgx.Batch, i laneway.Identity, user laneway.ID) {
	batch.Queue(`INSERT INTO identities (issuer, subject, id, user_id, email) VALUES ($1, $2, $3, $4, nullif($5, ''))`,
		i.Issuer, i.Subject, i.ID, user, i.Email)
}

// identityTaken makes the violated key of identities an error that people can act on.
func identityTaken(err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.ConstraintName == "identities_pkey" {
		return errIdentityTaken()
	}
	return err
}

func errIdentityTaken() error {
	const text = "Somebody signs in to another account with this already. Unlink it there first."
	return &laneway.Error{Kind: laneway.Conflict, Detail: text, Fields: []laneway.FieldError{{Field: "identity", Code: "identity_taken", Detail: text}}}
}

// CreateIdentitySession begins a session of the person who has an identity, and ends the one that the
// browser had before, if any. NotFound when nobody has it.
func (s *Store) CreateIdentitySession(ctx context.Context, n NewSession, issuer, subject string) error {
	return s.AsSystem(ctx, ForSignIn, func(ctx context.Context, tx pgx.Tx) error {
		if n.PreviousHash != nil {
			if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE secret_hash = $1`, n.PreviousHash); err != nil {
				return err
			}
		}
		// The lock makes unlinking wait.
		begun, err := tx.Exec(ctx, `
			INSERT INTO sessions (id, user_id, secret_hash, expires_at, user_agent)
			SELECT $1, i.user_id, $4, now() + $5::interval, nullif($6, '') FROM identities i WHERE i.issuer = $2 AND i.subject = $3 FOR SHARE`,
			n.ID, issuer, subject, n.SecretHash, laneway.SessionLifetime, n.UserAgent)
		if err == nil && begun.RowsAffected() == 0 {
			return errUnknownIdentity()
		}
		return err
	})
}

// LinkIdentity gives a person another way to sign in. To link what is theirs already is no error;
// Conflict with the code identity_taken when it is somebody else's, and with the code too_many when they
// have laneway.MaxIdentities.
func (s *Store) LinkIdentity(ctx context.Context, user laneway.ID, i laneway.Identity) error {
	return s.AsSystem(ctx, ForSignIn, func(ctx context.Context, tx pgx.Tx) error { return linkIdentity(ctx, tx, user, i) })
}

func linkIdentity(ctx context.Context, tx pgx.Tx, user laneway.ID, i laneway.Identity) error {
	// Locked, so that two at once are counted one after the other, and what unlinks waits.
	if err := lockPerson(ctx, tx, user); err != nil {
		return err
	}
	linked, err := tx.Exec(ctx, `
		INSERT INTO identities (issuer, subject, id, user_id, email) VALUES ($1, $2, $3, $4, nullif($5, ''))
		ON CONFLICT (issuer, subject) DO NOTHING`, i.Issuer, i.Subject, i.ID, user, i.Email)
	if err != nil {
		return err
	}
	if linked.RowsAffected() == 0 {
		var owner laneway.ID
		if err := tx.QueryRow(ctx, `SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2`, i.Issuer, i.Subject).Scan(&owner); err != nil {
			return err
		}
		if owner != user {
			return errIdentityTaken()
		}
		return nil
	}
	var have int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM identities WHERE user_id = $1`, user).Scan(&have); err != nil {
		return err
	}
	if have > laneway.MaxIdentities {
		text := fmt.Sprintf("You have %d ways to sign in with other services, which is as many as there may be. Unlink one first.", have-1)
		return &laneway.Error{Kind: laneway.Conflict, Detail: text, Fields: []laneway.FieldError{{Field: "identity", Code: "too_many", Detail: text}}}
	}
	return nil
}

func lockPerson(ctx context.Context, tx pgx.Tx, user laneway.ID) error {
	_, err := tx.Exec(ctx, `SELECT FROM users WHERE id = $1 FOR UPDATE`, user)
	return err
}

// LinkAndBegin links an identity to the person whose password was checked, and begins their session:
// errors are those of CreateSession and LinkIdentity.
func (s *Store) LinkAndBegin(ctx context.Context, n NewSession, i laneway.Identity) error {
	return s.AsSystem(ctx, ForSignIn, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockPerson(ctx, tx, n.UserID); err != nil { // at once, and not after the weaker lock of createSession
			return err
		}
		if err := createSession(ctx, tx, n); err != nil {
			return err
		}
		return linkIdentity(ctx, tx, n.UserID, i)
	})
}

// ListIdentities gives a person's identities, the oldest first, and whether they have a password.
func (s *Store) ListIdentities(ctx context.Context, user laneway.ID) ([]laneway.Identity, bool, error) {
	var list []laneway.Identity
	var hasPassword bool
	err := s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(`SELECT password_hash IS NOT NULL FROM users WHERE id = $1`, user).QueryRow(func(row pgx.Row) error { return row.Scan(&hasPassword) })
		batch.Queue(`
			SELECT id, user_id, issuer, subject, coalesce(email, ''), created_at, used_at FROM identities
			 WHERE user_id = $1 ORDER BY created_at, id`, user).Query(func(rows pgx.Rows) (err error) {
			list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (laneway.Identity, error) {
				var i laneway.Identity
				var used *time.Time
				err := row.Scan(&i.ID, &i.UserID, &i.Issuer, &i.Subject, &i.Email, &i.CreatedAt, &used)
				i.UsedAt = orZero(used)
				return i, err
			})
			return err
		})
	})
	if err != nil {
		return nil, false, fmt.Errorf("list identities: %w", err)
	}
	return list, hasPassword, nil
}

// UnlinkIdentity takes a way to sign in from a person. NotFound when they have none such; Conflict when
// nothing would be left: neither a password that fits an address, nor an identity of one of issuers,
// which are those that people can sign in with now.
func (s *Store) UnlinkIdentity(ctx context.Context, user, id laneway.ID, issuers []string) (laneway.Identity, error) {
	var gone laneway.Identity
	err := s.AsSystem(ctx, ForSignIn, func(ctx context.Context, tx pgx.Tx) error {
		// Locked, so that of two at once the second one sees what the first has left.
		var hasPassword bool
		if err := tx.QueryRow(ctx, `SELECT password_hash IS NOT NULL AND email IS NOT NULL FROM users WHERE id = $1 FOR UPDATE`, user).Scan(&hasPassword); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `DELETE FROM identities WHERE user_id = $1 AND id = $2 RETURNING id, user_id, issuer, subject`, user, id).
			Scan(&gone.ID, &gone.UserID, &gone.Issuer, &gone.Subject)
		if errors.Is(err, pgx.ErrNoRows) {
			return errUnknownIdentity()
		}
		if err != nil || hasPassword {
			return err
		}
		var left int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM identities WHERE user_id = $1 AND issuer = ANY($2)`, user, issuers).Scan(&left); err != nil {
			return err
		}
		if left == 0 {
			const text = "This is your only way to sign in. Set a password or link another service first."
			return &laneway.Error{Kind: laneway.Conflict, Detail: text, Fields: []laneway.FieldError{{Field: "identity", Code: "last_way_in", Detail: text}}}
		}
		return nil
	})
	return gone, err
}
