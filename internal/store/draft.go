package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"laneway"
)

// DraftContent is a draft with the work that it keeps.
type DraftContent struct {
	laneway.Draft
	XML      []byte  // as it was sent
	Baseline []byte  // nil: the version that the work was done on
	Title    *string // what the save would have called the diagram
}

// ErrNoDraft is the answer for a draft that is not there and for one of somebody else.
func ErrNoDraft() error { return laneway.Errorf(laneway.NotFound, "There is no such draft.") }

// KeepDraft keeps the work of a save that conflicts in place of what was kept of the actor's for
// that diagram, and gives its id: a new one, or that of the very same work. NotFound when there is
// no such diagram in use.
func (s *Store) KeepDraft(ctx context.Context, actor laneway.Actor, d DraftContent) (laneway.ID, error) {
	hash := sha256.Sum256(d.XML)
	var baseline []byte
	var baselineSize *int
	if d.Baseline != nil {
		n := len(d.Baseline)
		baseline, baselineSize = s.xml.pack(d.Baseline), &n
	}
	var id laneway.ID
	err := s.inOrgOnce(ctx, actor, setOrgForWriting, func(batch *pgx.Batch) {
		batch.Queue(`
			INSERT INTO drafts AS r (org_id, id, diagram_id, user_id, base_version, xml, xml_size, sent_hash, baseline_xml, baseline_size, title, conflict_count)
			SELECT $1, $2, d.id, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM diagrams d WHERE d.org_id = $1 AND d.id = $3 AND d.deleted_at IS NULL
			ON CONFLICT (org_id, diagram_id, user_id) DO UPDATE SET
			  id = CASE WHEN r.base_version = excluded.base_version AND r.sent_hash = excluded.sent_hash
			             AND r.baseline_xml IS NOT DISTINCT FROM excluded.baseline_xml AND r.title IS NOT DISTINCT FROM excluded.title
			            THEN r.id ELSE excluded.id END,
			  base_version = excluded.base_version, xml = excluded.xml, xml_size = excluded.xml_size, sent_hash = excluded.sent_hash,
			  baseline_xml = excluded.baseline_xml, baseline_size = excluded.baseline_size, title = excluded.title,
			  conflict_count = excluded.conflict_count, updated_at = now()
			RETURNING id`,
			actor.OrganizationID, d.ID, d.DiagramID, actor.UserID, d.BaseVersion, s.xml.pack(d.XML), len(d.XML), hash[:],
			baseline, baselineSize, d.Title, d.ConflictCount).QueryRow(func(row pgx.Row) error { return row.Scan(&id) })
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return laneway.ID{}, errNoDiagram()
	}
	if err != nil {
		return laneway.ID{}, fmt.Errorf("keep draft: %w", err)
	}
	return id, nil
}

// ListDrafts gives the actor's drafts of a diagram, the latest first.
func (s *Store) ListDrafts(ctx context.Context, actor laneway.Actor, diagram laneway.ID) ([]laneway.Draft, error) {
	var drafts []laneway.Draft
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT id, diagram_id, base_version, conflict_count, created_at, updated_at
			  FROM drafts WHERE org_id = $1 AND diagram_id = $2 AND user_id = $3
			 ORDER BY updated_at DESC, id`, actor.OrganizationID, diagram, actor.UserID).Query(func(rows pgx.Rows) (err error) {
			drafts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (d laneway.Draft, err error) {
				err = row.Scan(&d.ID, &d.DiagramID, &d.BaseVersion, &d.ConflictCount, &d.CreatedAt, &d.UpdatedAt)
				return d, err
			})
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	return drafts, nil
}

// GetDraft gives one of the actor's drafts with its work.
func (s *Store) GetDraft(ctx context.Context, actor laneway.Actor, diagram, id laneway.ID) (DraftContent, error) {
	var d DraftContent
	var packed, baseline []byte
	var size int
	var baselineSize *int
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT id, diagram_id, base_version, conflict_count, created_at, updated_at, xml, xml_size, baseline_xml, baseline_size, title
			  FROM drafts WHERE org_id = $1 AND diagram_id = $2 AND id = $3 AND user_id = $4`,
			actor.OrganizationID, diagram, id, actor.UserID).QueryRow(func(row pgx.Row) error {
			return row.Scan(&d.ID, &d.DiagramID, &d.BaseVersion, &d.ConflictCount, &d.CreatedAt, &d.UpdatedAt, &packed, &size, &baseline, &baselineSize, &d.Title)
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return DraftContent{}, ErrNoDraft()
	}
	if err != nil {
		return DraftContent{}, fmt.Errorf("read draft: %w", err)
	}
	if d.XML, err = s.xml.unpack(packed, size); err == nil && baseline != nil {
		d.Baseline, err = s.xml.unpack(baseline, *baselineSize)
	}
	return d, err
}

// DeleteDraft removes one of the actor's drafts.
func (s *Store) DeleteDraft(ctx context.Context, actor laneway.Actor, diagram, id laneway.ID) error {
	var gone int64
	err := s.inOrgOnce(ctx, actor, setOrgForWriting, func(batch *pgx.Batch) {
		batch.Queue(`DELETE FROM drafts WHERE org_id = $1 AND diagram_id = $2 AND id = $3 AND user_id = $4`,
			actor.OrganizationID, diagram, id, actor.UserID).Exec(func(tag pgconn.CommandTag) error {
			gone = tag.RowsAffected()
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("delete draft: %w", err)
	}
	if gone == 0 {
		return ErrNoDraft()
	}
	return nil
}
