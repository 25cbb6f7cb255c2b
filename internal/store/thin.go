package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// thinBatch bounds one transaction of thinning.
const thinBatch = 1000

// ThinVersions removes old autosaves for good and gives their number. A version older than
// retention goes when a later one was saved in the same hour; one older than twice that, when a
// later one was saved on the same day (both in UTC). What stays for ever: version 1, the current
// one, whatever has a name, what a draft was made from, and a full copy that others need.
//
// It walks through all old versions, so it is for once a day. Retention is at least a day: the
// database refuses to remove younger ones.
func (s *Store) ThinVersions(ctx context.Context, retention time.Duration) (int, error) {
	var total int
	var after struct {
		at              time.Time
		org, diagram    laneway.ID
		number          int64
		thinned, looked int
	}
	for {
		err := s.AsSystem(ctx, ForPurge, func(ctx context.Context, tx pgx.Tx) error {
			return tx.QueryRow(ctx, `
				WITH turn AS MATERIALIZED (
				  SELECT pg_try_advisory_xact_lock(hashtext('laneway purge')) AS ours
				), due AS MATERIALIZED (
				  SELECT v.org_id, v.diagram_id, v.number, v.created_at,
				         CASE WHEN v.created_at < now() - 2 * $1::interval THEN 'day' ELSE 'hour' END AS span
				    FROM diagram_versions v, turn
				   WHERE turn.ours AND v.label IS NULL AND v.created_at < now() - $1::interval
				     AND (v.created_at, v.org_id, v.diagram_id, v.number) > ($2, $3, $4, $5)
				   ORDER BY v.created_at, v.org_id, v.diagram_id, v.number LIMIT $6
				), thinned AS (
				  DELETE FROM diagram_versions v USING due
				   WHERE v.org_id = due.org_id AND v.diagram_id = due.diagram_id AND v.number = due.number AND v.label IS NULL AND v.number > 1
				     AND date_trunc(due.span, due.created_at) = (
				           SELECT date_trunc(due.span, next.created_at) FROM diagram_versions next
				            WHERE next.org_id = due.org_id AND next.diagram_id = due.diagram_id AND next.number > due.number
				            ORDER BY next.number LIMIT 1)
				     AND NOT EXISTS (SELECT FROM diagram_versions d
				           WHERE d.org_id = due.org_id AND d.diagram_id = due.diagram_id AND d.full_number = due.number)
				     AND NOT EXISTS (SELECT FROM drafts r
				           WHERE r.org_id = due.org_id AND r.diagram_id = due.diagram_id AND r.base_version = due.number)
				  RETURNING v.number
				)
				SELECT (SELECT count(*) FROM thinned), (SELECT count(*) FROM due), created_at, org_id, diagram_id, number FROM due
				 ORDER BY created_at DESC, org_id DESC, diagram_id DESC, number DESC LIMIT 1`,
				retention, after.at, after.org, after.diagram, after.number, thinBatch).
				Scan(&after.thinned, &after.looked, &after.at, &after.org, &after.diagram, &after.number)
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return total, nil
		}
		if err != nil {
			return total, fmt.Errorf("thin versions: %w", err)
		}
		total += after.thinned
		if after.looked < thinBatch {
			return total, nil
		}
	}
}
