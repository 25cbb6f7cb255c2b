package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// ListSessions gives a person's sessions that have not ended, the one used last first. How long ago a
// session was used is known to five minutes.
func (s *Store) ListSessions(ctx context.Context, user laneway.ID) ([]laneway.Session, error) {
	var sessions []laneway.Session
	err := s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT id, user_id, coalesce(user_agent, ''), created_at, seen_at, least(expires_at, seen_at + $2::interval)
			  FROM sessions
			 WHERE user_id = $1 AND expires_at > now() AND seen_at > now() - $2::interval
			 ORDER BY seen_at DESC, id`, user, laneway.SessionIdle).Query(func(rows pgx.Rows) (err error) {
			sessions, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (laneway.Session, error) {
				var n laneway.Session
				err := row.Scan(&n.ID, &n.UserID, &n.UserAgent, &n.CreatedAt, &n.SeenAt, &n.ExpiresAt)
				return n, err
			})
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return sessions, nil
}

// EndSessionOf ends one of a person's sessions by its id; NotFound when they have none such.
func (s *Store) EndSessionOf(ctx context.Context, user, id laneway.ID) error {
	return s.AsSystem(ctx, ForSignIn, func(ctx context.Context, tx pgx.Tx) error {
		ended, err := tx.Exec(ctx, `DELETE FROM sessions WHERE id = $1 AND user_id = $2`, id, user)
		if err == nil && ended.RowsAffected() == 0 {
			return laneway.Errorf(laneway.NotFound, "There is no such session.")
		}
		return err
	})
}

// EndOtherSessions ends all of a person's sessions but one.
func (s *Store) EndOtherSessions(ctx context.Context, user, kept laneway.ID) error {
	return s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(`DELETE FROM sessions WHERE user_id = $1 AND id <> $2`, user, kept)
	})
}

// ChangePassword stores another password hash in the place of one that was checked, or of none, ends all sessions
// of the person, and all links for another password, and begins one. Conflict when the hash is not that one any more. Together with
// CreateSession, which wants the hash that was checked too, no session survives that an old password
// has opened.
func (s *Store) ChangePassword(ctx context.Context, n NewSession, hash string) error {
	return s.AsSystem(ctx, ForSignIn, func(ctx context.Context, tx pgx.Tx) error {
		changed, err := tx.Exec(ctx, `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash IS NOT DISTINCT FROM nullif($2, '')`, n.UserID, n.CheckedHash, hash)
		if err != nil {
			return err
		}
		if changed.RowsAffected() == 0 {
			return laneway.Errorf(laneway.Conflict, "Your password was changed meanwhile. Sign in again.")
		}
		var batch pgx.Batch
		batch.Queue(`DELETE FROM sessions WHERE user_id = $1`, n.UserID)
		batch.Queue(`DELETE FROM password_resets WHERE user_id = $1`, n.UserID)
		queueSession(&batch, n.ID, n.UserID, n.SecretHash, n.UserAgent)
		return tx.SendBatch(ctx, &batch).Close()
	})
}
