package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// Completion ends an idempotent request inside the transaction of its change.
type Completion struct {
	Key   string
	Claim laneway.ID
	// Answer renders the answer that will be sent and kept.
	Answer func(Changed) (laneway.Answer, error)
}

// BeginOnce claims an idempotency key for the actor until the lease ends. It gives the first
// answer when the key was used before; Conflict while the first request runs; Invalid when the
// key was used for another request.
func (s *Store) BeginOnce(ctx context.Context, actor laneway.Actor, once laneway.Once, claim laneway.ID) (*laneway.Answer, error) {
	var answer *laneway.Answer
	err := s.InOrg(ctx, actor, func(ctx context.Context, tx pgx.Tx) error {
		claimed, err := tx.Exec(ctx, `
			INSERT INTO idempotency_keys AS k (org_id, user_id, key, digest, claim, lease_until)
			VALUES ($1, $2, $3, $4, $5, now() + $6::interval)
			ON CONFLICT (org_id, user_id, key) DO UPDATE SET
			  digest = excluded.digest, claim = excluded.claim, lease_until = excluded.lease_until, created_at = now(),
			  status = NULL, headers = NULL, body = NULL
			WHERE k.created_at < now() - $7::interval
			   OR (k.status IS NULL AND k.lease_until < now() AND k.digest = excluded.digest)`,
			actor.OrganizationID, actor.UserID, once.Key, once.Digest[:], claim, laneway.OnceLease, laneway.OnceRetention)
		if err != nil || claimed.RowsAffected() == 1 {
			return err
		}
		var digest, headers, body []byte
		var status *int
		err = tx.QueryRow(ctx, `SELECT digest, status, headers, body FROM idempotency_keys WHERE org_id = $1 AND user_id = $2 AND key = $3`,
			actor.OrganizationID, actor.UserID, once.Key).Scan(&digest, &status, &headers, &body)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			// The first request failed between our two statements and let go of the key.
			return stillRunning()
		case err != nil:
			return err
		case !bytes.Equal(digest, once.Digest[:]):
			return laneway.InvalidField("Idempotency-Key", "key_reused", "This idempotency key was used for another request. Use a new key.")
		case status == nil:
			return stillRunning()
		}
		answer = &laneway.Answer{Status: *status, Body: body}
		return json.Unmarshal(headers, &answer.Headers)
	})
	if err != nil {
		return nil, fmt.Errorf("begin idempotent request: %w", err)
	}
	return answer, nil
}

func stillRunning() error {
	return &laneway.Error{Kind: laneway.Conflict, Detail: "The first request with this idempotency key is still running.",
		Fields: []laneway.FieldError{{Field: "Idempotency-Key", Code: "in_progress", Detail: "Try again in a moment."}}}
}

// store keeps the answer. It fails, and with it the change, when the lease ran out and somebody
// else took the key over.
func (c *Completion) store(ctx context.Context, tx pgx.Tx, actor laneway.Actor, changed Changed) error {
	answer, err := c.Answer(changed)
	if err != nil {
		return fmt.Errorf("render answer: %w", err)
	}
	headers, err := json.Marshal(answer.Headers)
	if err != nil {
		return err
	}
	kept, err := tx.Exec(ctx, `
		UPDATE idempotency_keys SET status = $5, headers = $6::text::jsonb, body = $7
		 WHERE org_id = $1 AND user_id = $2 AND key = $3 AND claim = $4 AND status IS NULL`,
		actor.OrganizationID, actor.UserID, c.Key, c.Claim, answer.Status, string(headers), answer.Body)
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	if kept.RowsAffected() != 1 {
		return stillRunning()
	}
	return nil
}

// AbandonOnce lets go of a claimed key after a request that failed, so that it can be repeated.
func (s *Store) AbandonOnce(ctx context.Context, actor laneway.Actor, key string, claim laneway.ID) error {
	return s.inOrgOnce(ctx, actor, setOrgForWriting, func(batch *pgx.Batch) {
		batch.Queue(`DELETE FROM idempotency_keys WHERE org_id = $1 AND user_id = $2 AND key = $3 AND claim = $4 AND status IS NULL`,
			actor.OrganizationID, actor.UserID, key, claim)
	})
}
