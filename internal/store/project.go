package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// errNoProject is the one answer for a project that is not there and for one of somebody else.
func errNoProject() error {
	return laneway.Errorf(laneway.NotFound, "There is no such project.")
}

// CreateProject stores a new project with the id, name and description of p.
func (s *Store) CreateProject(ctx context.Context, actor laneway.Actor, p laneway.Project, done *Completion) (Changed, error) {
	changed, err := s.changeProject(ctx, actor, done, `
		WITH created AS (
		  INSERT INTO projects (org_id, id, name, description, created_by) VALUES ($1, $2, $3, $4, $5)
		  RETURNING id, name, description, version, created_by, created_at, updated_at, archived_at
		)
		SELECT id, name, description, version, created_by, created_at, updated_at, archived_at, 0::bigint,
		       append_event($1, 'project.created', $5, id, jsonb_build_object('version', version, 'name', name))
		  FROM created`, actor.OrganizationID, p.ID, p.Name, p.Description, actor.UserID)
	if err != nil {
		return Changed{}, fmt.Errorf("create project: %w", err)
	}
	return changed, nil
}

// UpdateProject changes a project that is at the expected version; Conflict with both versions when
// it is at another one, NotFound when there is none.
func (s *Store) UpdateProject(ctx context.Context, actor laneway.Actor, u laneway.ProjectUpdate) (Changed, error) {
	kind := laneway.ProjectUpdated
	switch {
	case u.Archived != nil && *u.Archived:
		kind = laneway.ProjectArchived
	case u.Archived != nil:
		kind = laneway.ProjectUnarchived
	}
	changed, err := s.changeProject(ctx, actor, nil, `
		WITH updated AS (
		  UPDATE projects
		     SET name = coalesce($4::text, name), description = coalesce($5::text, description),
		         archived_at = CASE WHEN $6::boolean IS NULL THEN archived_at WHEN $6 THEN coalesce(archived_at, now()) END,
		         version = version + 1, updated_at = now()
		   WHERE org_id = $1 AND id = $2 AND version = $3
		  RETURNING id, name, description, version, created_by, created_at, updated_at, archived_at
		)
		SELECT p.id, p.name, p.description, p.version, p.created_by, p.created_at, p.updated_at, p.archived_at,
		       (SELECT count(*) FROM diagrams d WHERE d.org_id = $1 AND d.project_id = p.id AND d.deleted_at IS NULL),
		       append_event($1, $8, $7, p.id, jsonb_build_object('version', p.version, 'name', p.name))
		  FROM updated p`, actor.OrganizationID, u.ID, u.ExpectedVersion, u.Name, u.Description, u.Archived, actor.UserID, string(kind))
	if errors.Is(err, pgx.ErrNoRows) {
		current, err := s.Project(ctx, actor, u.ID)
		if err != nil {
			return Changed{}, err
		}
		return Changed{}, &laneway.Error{Kind: laneway.Conflict, Detail: "Somebody changed this project meanwhile.",
			Versions: &laneway.StaleVersions{Current: current.Version, Expected: u.ExpectedVersion}}
	}
	if err != nil {
		return Changed{}, fmt.Errorf("update project %s: %w", u.ID, err)
	}
	return changed, nil
}

func (s *Store) changeProject(ctx context.Context, actor laneway.Actor, done *Completion, statement string, args ...any) (Changed, error) {
	var changed Changed
	scan := func(row pgx.Row) error {
		project, err := scanProject(row, &changed.Seq)
		changed.Project = &project
		return err
	}
	if done == nil {
		err := s.inOrgOnce(ctx, actor, setOrgForWriting, func(batch *pgx.Batch) { batch.Queue(statement, args...).QueryRow(scan) })
		return changed, err
	}
	err := s.InOrg(ctx, actor, func(ctx context.Context, tx pgx.Tx) error {
		if err := scan(tx.QueryRow(ctx, statement, args...)); err != nil {
			return err
		}
		return done.store(ctx, tx, actor, changed)
	})
	return changed, err
}

// Project gives one project, in use or archived.
func (s *Store) Project(ctx context.Context, actor laneway.Actor, id laneway.ID) (laneway.Project, error) {
	var p laneway.Project
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT p.id, p.name, p.description, p.version, p.created_by, p.created_at, p.updated_at, p.archived_at,
			       (SELECT count(*) FROM diagrams d WHERE d.org_id = $1 AND d.project_id = p.id AND d.deleted_at IS NULL)
			  FROM projects p WHERE p.org_id = $1 AND p.id = $2`, actor.OrganizationID, id).QueryRow(func(row pgx.Row) (err error) {
			p, err = scanProject(row)
			return err
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return laneway.Project{}, errNoProject()
	}
	if err != nil {
		return laneway.Project{}, fmt.Errorf("read project %s: %w", id, err)
	}
	return p, nil
}

// ListProjects gives one page of the actor's organization's projects, by name.
func (s *Store) ListProjects(ctx context.Context, actor laneway.Actor, q laneway.ProjectQuery) (laneway.Page[laneway.Project], error) {
	var page laneway.Page[laneway.Project]
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT p.id, p.name, p.description, p.version, p.created_by, p.created_at, p.updated_at, p.archived_at,
			       (SELECT count(*) FROM diagrams d WHERE d.org_id = $1 AND d.project_id = p.id AND d.deleted_at IS NULL)
			  FROM projects p
			 WHERE p.org_id = $1 AND (p.archived_at IS NOT NULL) = $3
			   AND ($4 OR (p.name COLLATE "C", p.id) > ($5::text COLLATE "C", $6::uuid))
			 ORDER BY p.name COLLATE "C", p.id LIMIT $2`,
			actor.OrganizationID, q.Limit+1, q.Archived, q.After.IsZero(), q.After.Title, q.After.ID).Query(func(rows pgx.Rows) (err error) {
			page.Items, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (laneway.Project, error) { return scanProject(row) })
			return err
		})
	})
	if err != nil {
		return laneway.Page[laneway.Project]{}, fmt.Errorf("list projects: %w", err)
	}
	if len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		last := page.Items[q.Limit-1]
		page.Next = laneway.Cursor{Sort: laneway.ByTitle, Title: last.Name, ID: last.ID}
	}
	return page, nil
}

// scanProject reads the columns that every statement about a project gives first, in this order.
func scanProject(row pgx.Row, more ...any) (laneway.Project, error) {
	var p laneway.Project
	var archived *time.Time
	columns := []any{&p.ID, &p.Name, &p.Description, &p.Version, &p.CreatedBy, &p.CreatedAt, &p.UpdatedAt, &archived, &p.Diagrams}
	if err := row.Scan(append(columns, more...)...); err != nil {
		return laneway.Project{}, err
	}
	if archived != nil {
		p.ArchivedAt = *archived
	}
	return p, nil
}
