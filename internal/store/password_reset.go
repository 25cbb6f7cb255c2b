package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// QueuePasswordReset writes down that a link is to be sent to an address, whether there is an account with it or not:
// that must not be told by the time it takes.
func (s *Store) QueuePasswordReset(ctx context.Context, job laneway.ID, email string) error {
	return s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(`INSERT INTO jobs (id, kind, data) VALUES ($1, $2, jsonb_build_object('email', $3::text))`, job, string(MailPasswordReset), email)
	})
}

// CreatePasswordReset makes a secret with this hash good for choosing another password, for
// laneway.PasswordResetLifetime. false: whoever has this address signs in without a password, and the secret is good for
// nothing. NotFound when nobody has the address.
func (s *Store) CreatePasswordReset(ctx context.Context, email string, secretHash []byte) (made bool, err error) {
	err = s.AsSystem(ctx, ForJobs, func(ctx context.Context, tx pgx.Tx) error {
		var user laneway.ID
		err := tx.QueryRow(ctx, `SELECT id, password_hash IS NOT NULL FROM users WHERE email = $1`, email).Scan(&user, &made)
		if errors.Is(err, pgx.ErrNoRows) {
			return laneway.Errorf(laneway.NotFound, "There is no account with this address.")
		}
		if err != nil || !made {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO password_resets (secret_hash, user_id, expires_at) VALUES ($1, $2, now() + $3::interval)`,
			secretHash, user, laneway.PasswordResetLifetime)
		return err
	})
	return made, err
}

// PasswordReset gives whose password the secret is good for, and until when; NotFound when for nobody's.
func (s *Store) PasswordReset(ctx context.Context, secretHash []byte) (laneway.PasswordReset, error) {
	var r laneway.PasswordReset
	err := s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT u.id, coalesce(u.email, ''), r.expires_at FROM password_resets r JOIN users u ON u.id = r.user_id
			 WHERE r.secret_hash = $1 AND r.expires_at > now()`, secretHash).QueryRow(func(row pgx.Row) error {
			return row.Scan(&r.UserID, &r.Email, &r.ExpiresAt)
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return laneway.PasswordReset{}, ErrNoPasswordReset()
	}
	return r, err
}

// ResetPassword stores another password hash for whom the secret is good, uses up all such secrets of theirs and ends all
// their sessions. It can be done once, whoever tries at the same time; NotFound then.
func (s *Store) ResetPassword(ctx context.Context, secretHash []byte, hash string) error {
	return s.AsSystem(ctx, ForSignIn, func(ctx context.Context, tx pgx.Tx) error {
		var user laneway.ID
		err := tx.QueryRow(ctx, `DELETE FROM password_resets WHERE secret_hash = $1 AND expires_at > now() RETURNING user_id`, secretHash).Scan(&user)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNoPasswordReset()
		}
		if err != nil {
			return err
		}
		var batch pgx.Batch
		batch.Queue(`UPDATE users SET password_hash = $2 WHERE id = $1`, user, hash)
		batch.Queue(`DELETE FROM password_resets WHERE user_id = $1`, user)
		batch.Queue(`DELETE FROM sessions WHERE user_id = $1`, user)
		return tx.SendBatch(ctx, &batch).Close()
	})
}

// ErrNoPasswordReset is the one answer for a link that never was, was used, or is too old.
func ErrNoPasswordReset() error {
	return laneway.Errorf(laneway.NotFound, "This link can’t be used, or not any more. Ask for a new one.")
}

// CreatePasswordReset makes a secret with this hash good for choosing another password, for somebody whom the operator
// knows. NotFound when there is no account with this address.
func (o *Operator) CreatePasswordReset(ctx context.Context, email string, secretHash []byte) error {
	made, err := o.conn.Exec(ctx, `
		INSERT INTO password_resets (secret_hash, user_id, expires_at)
		SELECT $2, id, now() + $3::interval FROM users WHERE email = $1`, email, secretHash, laneway.PasswordResetLifetime)
	if err != nil {
		return fmt.Errorf("make a link for a new password: %w", err)
	}
	if made.RowsAffected() == 0 {
		return laneway.Errorf(laneway.NotFound, "There is no account with the address %s.", email)
	}
	return nil
}
