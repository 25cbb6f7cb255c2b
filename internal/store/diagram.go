package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"laneway"
)

// Content is what a version stores of a document. The bytes are shared: whoever has a Content reads them and nobody changes them.
type Content struct {
	XML      []byte
	Warnings []laneway.Finding
}

// Changed is the result of a change: the diagram or the project as it is now, and the number of its event.
type Changed struct {
	Diagram laneway.Diagram
	Project *laneway.Project // of a change of a project
	Seq     int64
}

// CreateDiagram stores version 1 of a new diagram and takes one place of the organization's plan.
// QuotaExceeded when there is none; Invalid on projectId when there is no such project.
func (s *Store) CreateDiagram(ctx context.Context, actor laneway.Actor, d laneway.Diagram, c Content, done *Completion) (Changed, error) {
	warnings, err := findingsJSON(c.Warnings)
	if err != nil {
		return Changed{}, err
	}
	packed := s.packVersion(actor, d.ID, 1, c.XML, sha256.Sum256(c.XML))
	changed, err := s.change(ctx, actor, done, createDiagram, createDiagramArgs(actor, d, packed, warnings)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return Changed{}, s.quotaExceeded(ctx, actor)
	}
	if err == nil {
		s.keepCopy(actor, d.ID, 1, &c, packed)
	}
	return changed, err
}

// createDiagram takes a place of the plan, stores the diagram with its first version and appends the
// event, all of it or nothing.
const createDiagram = `
	WITH place AS (
	  UPDATE organization_usage u SET diagrams = u.diagrams + 1
	    FROM organizations o
	   WHERE u.org_id = $1 AND o.id = $1
	     AND u.diagrams < CASE o.plan WHEN 'free' THEN $10 WHEN 'pro' THEN $11 WHEN 'enterprise' THEN $12 ELSE 0 END
	  RETURNING u.org_id
	), created AS (
	  INSERT INTO diagrams (org_id, id, project_id, title, version, created_by, updated_by)
	  SELECT org_id, $2, $3, $4, 1, $5, $5 FROM place
	  RETURNING id, title, project_id, version, created_by, updated_by, created_at, updated_at, deleted_at
	), stored AS (
	  INSERT INTO diagram_versions (org_id, diagram_id, number, title, kind, xml, xml_size, xml_hash, warnings, created_by)
	  SELECT $1, id, version, title, 'created', $6, $7, $8, $9::text::jsonb, $5 FROM created
	  RETURNING number
	)
	SELECT c.id, c.title, c.project_id, c.version, c.created_by, c.updated_by, c.created_at, c.updated_at, c.deleted_at,
	       append_event($1, 'diagram.created', $5, c.id, jsonb_build_object('version', c.version, 'title', c.title))
	  FROM created c, stored`

func createDiagramArgs(actor laneway.Actor, d laneway.Diagram, packed packedXML, warnings string) []any {
	return []any{
		actor.OrganizationID, d.ID, nullID(d.ProjectID), d.Title, actor.UserID, packed.xml, packed.size, packed.hash[:], warnings,
		laneway.Free.DiagramLimit(), laneway.Pro.DiagramLimit(), laneway.Enterprise.DiagramLimit(),
	}
}

func (s *Store) quotaExceeded(ctx context.Context, actor laneway.Actor) error {
	var plan laneway.Plan
	var used int
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`SELECT o.plan, u.diagrams FROM organizations o JOIN organization_usage u ON u.org_id = o.id WHERE o.id = $1`,
			actor.OrganizationID).QueryRow(func(row pgx.Row) error { return row.Scan((*string)(&plan), &used) })
	})
	if err != nil {
		return fmt.Errorf("read usage: %w", err)
	}
	return laneway.Errorf(laneway.QuotaExceeded, "%d of %d diagrams are in use on the %s plan. Move one to the trash, or ask the operator for a larger plan.",
		used, plan.DiagramLimit(), plan)
}

// TrashDiagram moves a diagram to the trash and gives its place back; ErrStale when it is not in use.
func (s *Store) TrashDiagram(ctx context.Context, actor laneway.Actor, id laneway.ID) (Changed, error) {
	changed, err := s.change(ctx, actor, nil, `
		WITH trashed AS (
		  UPDATE diagrams SET deleted_at = now()
		   WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL
		  RETURNING id, title, project_id, version, created_by, updated_by, created_at, updated_at, deleted_at
		), place AS (
		  UPDATE organization_usage SET diagrams = diagrams - 1
		   WHERE org_id = $1 AND EXISTS (SELECT FROM trashed)
		  RETURNING org_id
		)
		SELECT t.id, t.title, t.project_id, t.version, t.created_by, t.updated_by, t.created_at, t.updated_at, t.deleted_at,
		       append_event($1, 'diagram.trashed', $3, t.id, jsonb_build_object('version', t.version, 'title', t.title))
		  FROM trashed t, place`,
		actor.OrganizationID, id, actor.UserID)
	if errors.Is(err, pgx.ErrNoRows) {
		return Changed{}, ErrStale
	}
	return changed, err
}

// RestoreDiagram takes a diagram out of the trash. ErrStale when it is not there; QuotaExceeded
// when the plan has no place for it.
func (s *Store) RestoreDiagram(ctx context.Context, actor laneway.Actor, id laneway.ID, done *Completion) (Changed, error) {
	changed, err := s.change(ctx, actor, done, `
		WITH found AS (
		  SELECT id FROM diagrams WHERE org_id = $1 AND id = $2 AND deleted_at IS NOT NULL FOR UPDATE
		), place AS (
		  UPDATE organization_usage u SET diagrams = u.diagrams + 1
		    FROM organizations o, found
		   WHERE u.org_id = $1 AND o.id = $1
		     AND u.diagrams < CASE o.plan WHEN 'free' THEN $4 WHEN 'pro' THEN $5 WHEN 'enterprise' THEN $6 ELSE 0 END
		  RETURNING u.org_id
		), restored AS (
		  UPDATE diagrams d SET deleted_at = NULL
		    FROM place
		   WHERE d.org_id = $1 AND d.id = $2 AND d.deleted_at IS NOT NULL
		  RETURNING d.id, d.title, d.project_id, d.version, d.created_by, d.updated_by, d.created_at, d.updated_at, d.deleted_at
		)
		SELECT r.id, r.title, r.project_id, r.version, r.created_by, r.updated_by, r.created_at, r.updated_at, r.deleted_at,
		       append_event($1, 'diagram.restored', $3, r.id, jsonb_build_object('version', r.version, 'title', r.title))
		  FROM restored r`,
		actor.OrganizationID, id, actor.UserID,
		laneway.Free.DiagramLimit(), laneway.Pro.DiagramLimit(), laneway.Enterprise.DiagramLimit())
	if errors.Is(err, pgx.ErrNoRows) {
		state, stateErr := s.DiagramState(ctx, actor, id)
		if stateErr != nil {
			return Changed{}, stateErr
		}
		if state.Diagram.DeletedAt.IsZero() {
			return Changed{}, ErrStale
		}
		return Changed{}, s.quotaExceeded(ctx, actor)
	}
	return changed, err
}

// change runs one changing statement that gives a diagram and the number of its event: in one
// round trip, or, for a request with an idempotency key, in one transaction with its answer.
// pgx.ErrNoRows when the statement's conditions did not hold.
func (s *Store) change(ctx context.Context, actor laneway.Actor, done *Completion, statement string, args ...any) (Changed, error) {
	var changed Changed
	scan := func(row pgx.Row) (err error) {
		changed, err = scanChanged(row)
		return err
	}
	if done == nil {
		err := s.inOrgOnce(ctx, actor, setOrgForWriting, func(batch *pgx.Batch) { batch.Queue(statement, args...).QueryRow(scan) })
		return changed, projectError(err)
	}
	err := s.InOrg(ctx, actor, func(ctx context.Context, tx pgx.Tx) error {
		if err := scan(tx.QueryRow(ctx, statement, args...)); err != nil {
			return err
		}
		return done.store(ctx, tx, actor, changed)
	})
	return changed, projectError(err)
}

func projectError(err error) error {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case ok && pg.ConstraintName == "diagrams_project_fkey":
		return laneway.InvalidField("projectId", "unknown_project", "There is no such project.")
	case ok && pg.ConstraintName == "diagrams_project_archived":
		return laneway.InvalidField("projectId", "archived_project", "This project is archived. Take it out of the archive to put diagrams into it.")
	}
	return err
}

// scanDiagram reads the columns that every statement about a diagram gives first, in this order.
func scanDiagram(row pgx.Row, more ...any) (laneway.Diagram, error) {
	var d laneway.Diagram
	var project *laneway.ID
	var deleted *time.Time
	columns := []any{&d.ID, &d.Title, &project, &d.Version, &d.CreatedBy, &d.UpdatedBy, &d.CreatedAt, &d.UpdatedAt, &deleted}
	if err := row.Scan(append(columns, more...)...); err != nil {
		return laneway.Diagram{}, err
	}
	if project != nil {
		d.ProjectID = *project
	}
	if deleted != nil {
		d.DeletedAt = *deleted
	}
	return d, nil
}

func scanChanged(row pgx.Row) (Changed, error) {
	var c Changed
	var err error
	c.Diagram, err = scanDiagram(row, &c.Seq)
	return c, err
}

func nullID(id laneway.ID) *laneway.ID {
	if id.IsZero() {
		return nil
	}
	return &id
}

// storedFinding is the form of a finding in diagram_versions.warnings.
type storedFinding struct {
	Code      string `json:"code"`
	ElementID string `json:"elementId,omitempty"`
	Detail    string `json:"detail"`
	Line      int    `json:"line,omitempty"`
}

func findingsJSON(findings []laneway.Finding) (string, error) {
	if len(findings) == 0 {
		return "[]", nil // as most documents have it, without reflection
	}
	stored := make([]storedFinding, len(findings))
	for i, f := range findings {
		stored[i] = storedFinding(f)
	}
	b, err := json.Marshal(stored)
	return string(b), err
}

func parseFindings(b []byte) ([]laneway.Finding, error) {
	if string(b) == "[]" {
		return []laneway.Finding{}, nil
	}
	var stored []storedFinding
	if err := json.Unmarshal(b, &stored); err != nil {
		return nil, fmt.Errorf("read stored warnings: %w", err)
	}
	findings := make([]laneway.Finding, len(stored))
	for i, f := range stored {
		findings[i] = laneway.Finding(f)
	}
	return findings, nil
}
