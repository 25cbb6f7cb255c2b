package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// purgeBatch bounds one transaction of a purge, so that it never holds locks for long.
const purgeBatch = 100

// Purge removes for good what has outlived its time: diagrams in the trash (laneway.TrashRetention),
// drafts (laneway.DraftRetention), answers and documents kept for repetition, expired sessions,
// invitations and tokens, and old sign-in counters. It gives the number of diagrams. Of several servers one purges at a time, the others find nothing to do.
func (s *Store) Purge(ctx context.Context) (int, error) {
	total := 0
	for {
		n, err := s.purgeDiagrams(ctx)
		total += n
		if err != nil {
			return total, err
		}
		if n < purgeBatch {
			break
		}
	}
	return total, s.asSystemOnce(ctx, ForPurge, func(batch *pgx.Batch) {
		batch.Queue(`DELETE FROM idempotency_keys WHERE created_at < now() - $1::interval`, laneway.OnceRetention)
		batch.Queue(`DELETE FROM sessions WHERE expires_at < now() OR seen_at < now() - $1::interval`, laneway.SessionIdle)
		batch.Queue(`DELETE FROM drafts WHERE updated_at < now() - $1::interval`, laneway.DraftRetention)
		batch.Queue(`DELETE FROM sent_documents WHERE created_at < now() - interval '1 day'`)
		batch.Queue(`DELETE FROM invitations WHERE expires_at < now() - interval '30 days'`)
		batch.Queue(`DELETE FROM api_tokens WHERE revoked_at < now() - interval '30 days' OR expires_at < now() - interval '30 days'`)
		batch.Queue(`DELETE FROM sign_in_flows WHERE expires_at < now()`)
		batch.Queue(`DELETE FROM password_resets WHERE expires_at < now()`)
		batch.Queue(`DELETE FROM sign_in_attempts WHERE last_at < now() - interval '1 day'`)
	})
}

func (s *Store) purgeDiagrams(ctx context.Context) (int, error) {
	n := 0
	err := s.AsSystem(ctx, ForPurge, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `
			WITH turn AS MATERIALIZED (
			  SELECT pg_try_advisory_xact_lock(hashtext('laneway purge')) AS ours
			), due AS (
			  SELECT d.org_id, d.id FROM diagrams d, turn
			   WHERE turn.ours AND d.deleted_at < now() - $1::interval
			   ORDER BY d.org_id, d.id LIMIT $2
			), purged AS (
			  DELETE FROM diagrams d USING due
			   WHERE d.org_id = due.org_id AND d.id = due.id AND d.deleted_at < now() - $1::interval
			  RETURNING d.org_id, d.id, d.title
			), noted AS (
			  -- Sorted: all diagrams are locked before the first head row is, as every other change does.
			  SELECT append_event(p.org_id, $3, NULL, p.id, jsonb_build_object('title', p.title)) AS seq
			    FROM (SELECT org_id, id, title FROM purged ORDER BY org_id, id) p
			)
			SELECT count(seq) FROM noted`, laneway.TrashRetention, purgeBatch, string(laneway.DiagramPurged)).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("purge diagrams: %w", err)
	}
	return n, nil
}
