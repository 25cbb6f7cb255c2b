package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// BeginFlow stores a sign-in on its way, for laneway.SignInFlowLifetime.
func (s *Store) BeginFlow(ctx context.Context, secretHash []byte, f laneway.SignInFlow) error {
	return s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(`
			INSERT INTO sign_in_flows (secret_hash, provider, next, user_id, session_id, issuer, subject, email, expires_at)
			VALUES ($1, $2, $3, $4, $5, nullif($6, ''), nullif($7, ''), nullif($8, ''), now() + $9::interval)`,
			secretHash, f.Provider, f.Next, nullID(f.UserID), nullID(f.SessionID),
			f.Identity.Issuer, f.Identity.Subject, f.Identity.Email, laneway.SignInFlowLifetime)
	})
}

// Flow gives the sign-in with this secret as it stands.
func (s *Store) Flow(ctx context.Context, secretHash []byte) (laneway.SignInFlow, error) {
	return s.flow(ctx, `SELECT provider, next, user_id, session_id, coalesce(issuer, ''), coalesce(subject, ''), coalesce(email, '')
		  FROM sign_in_flows WHERE secret_hash = $1 AND expires_at > now()`, secretHash)
}

// TakeFlow gives the sign-in with this secret and ends it: whoever comes second with the same secret
// finds none.
func (s *Store) TakeFlow(ctx context.Context, secretHash []byte) (laneway.SignInFlow, error) {
	return s.flow(ctx, `DELETE FROM sign_in_flows WHERE secret_hash = $1 AND expires_at > now()
		RETURNING provider, next, user_id, session_id, coalesce(issuer, ''), coalesce(subject, ''), coalesce(email, '')`, secretHash)
}

// flow runs a statement that gives one sign-in; NotFound with the code flow when there is none.
func (s *Store) flow(ctx context.Context, statement string, secretHash []byte) (laneway.SignInFlow, error) {
	var f laneway.SignInFlow
	err := s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(statement, secretHash).QueryRow(func(row pgx.Row) error {
			var user, session *laneway.ID
			if err := row.Scan(&f.Provider, &f.Next, &user, &session, &f.Identity.Issuer, &f.Identity.Subject, &f.Identity.Email); err != nil {
				return err
			}
			if user != nil {
				f.UserID = *user
			}
			if session != nil {
				f.SessionID = *session
			}
			return nil
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		const text = "This sign-in was not begun in this browser, or it took too long. Begin again."
		return laneway.SignInFlow{}, &laneway.Error{Kind: laneway.NotFound, Detail: text, Fields: []laneway.FieldError{{Field: "flow", Code: "flow", Detail: text}}}
	}
	return f, err
}
