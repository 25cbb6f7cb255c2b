package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// CreateToken stores a token of the actor for their organization, with the id, name, scope and expiry
// of k. Conflict when they have laneway.MaxTokens there already.
func (s *Store) CreateToken(ctx context.Context, actor laneway.Actor, k laneway.Token, secretHash []byte) (laneway.Token, int64, error) {
	var seq int64
	err := s.InOrg(ctx, actor, func(ctx context.Context, tx pgx.Tx) error {
		var expires *time.Time
		if !k.ExpiresAt.IsZero() {
			expires = &k.ExpiresAt
		}
		// The lock makes a removal wait, which then revokes this token with the others.
		err := tx.QueryRow(ctx, `
			INSERT INTO api_tokens (org_id, id, user_id, name, scope, secret_hash, expires_at)
			SELECT m.org_id, $2, m.user_id, $4, $5, $6, $7 FROM memberships m WHERE m.org_id = $1 AND m.user_id = $3 FOR SHARE
			RETURNING created_at`, actor.OrganizationID, k.ID, actor.UserID, k.Name, string(k.Scope), secretHash, expires).Scan(&k.CreatedAt)
		if errors.Is(err, pgx.ErrNoRows) {
			return errNoOrganization()
		}
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `SELECT append_event($1, $2, $3, $4, jsonb_build_object('name', $5::text, 'scope', $6::text))`,
			actor.OrganizationID, string(laneway.TokenCreated), actor.UserID, k.ID, k.Name, string(k.Scope)).Scan(&seq)
		if err != nil {
			return err
		}
		// The event has locked the organization's head, so this counts what is committed and nothing slips past.
		var have int
		err = tx.QueryRow(ctx, `SELECT count(*) FROM api_tokens WHERE org_id = $1 AND user_id = $2 AND revoked_at IS NULL`,
			actor.OrganizationID, actor.UserID).Scan(&have)
		if err == nil && have > laneway.MaxTokens {
			text := fmt.Sprintf("You have %d tokens in this organization, which is as many as there may be. Revoke some first.", have-1)
			return &laneway.Error{Kind: laneway.Conflict, Detail: text, Fields: []laneway.FieldError{{Field: "name", Code: "too_many_tokens", Detail: text}}}
		}
		return err
	})
	if err != nil {
		return laneway.Token{}, 0, fmt.Errorf("create token: %w", err)
	}
	return k, seq, nil
}

// ListTokens gives the actor's own tokens for their organization that were not revoked, the newest
// first, with those that have expired.
func (s *Store) ListTokens(ctx context.Context, actor laneway.Actor) ([]laneway.Token, error) {
	var tokens []laneway.Token
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT id, name, scope, created_at, expires_at, used_at FROM api_tokens
			 WHERE org_id = $1 AND user_id = $2 AND revoked_at IS NULL
			 ORDER BY created_at DESC, id DESC`, actor.OrganizationID, actor.UserID).Query(func(rows pgx.Rows) (err error) {
			tokens, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (laneway.Token, error) {
				var k laneway.Token
				var expires, used *time.Time
				err := row.Scan(&k.ID, &k.Name, (*string)(&k.Scope), &k.CreatedAt, &expires, &used)
				k.ExpiresAt, k.UsedAt = orZero(expires), orZero(used)
				return k, err
			})
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return tokens, nil
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// RevokeToken ends one of the actor's own tokens; NotFound when there is none.
func (s *Store) RevokeToken(ctx context.Context, actor laneway.Actor, id laneway.ID) (int64, error) {
	var seq int64
	err := s.inOrgOnce(ctx, actor, setOrgForWriting, func(batch *pgx.Batch) {
		batch.Queue(`
			WITH revoked AS (
			  UPDATE api_tokens SET revoked_at = now()
			   WHERE org_id = $1 AND id = $2 AND user_id = $3 AND revoked_at IS NULL
			  RETURNING id, name
			)
			SELECT append_event($1, $4, $3, id, jsonb_build_object('name', name)) FROM revoked`,
			actor.OrganizationID, id, actor.UserID, string(laneway.TokenRevoked)).QueryRow(func(row pgx.Row) error { return row.Scan(&seq) })
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, laneway.Errorf(laneway.NotFound, "There is no such token.")
	}
	if err != nil {
		return 0, fmt.Errorf("revoke token %s: %w", id, err)
	}
	return seq, nil
}
