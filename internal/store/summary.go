package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// Summaries gives all diagrams of an organization, in use and in the trash, and the number of its last event: both of
// one snapshot of the database, because it is one statement. NotFound when there is no such organization.
//
// It is for a server's own memory of the organization, so there is no actor: whoever reads from that was authorised.
// Row level security shows the organization and nothing else, as always.
func (s *Store) Summaries(ctx context.Context, organization laneway.ID) (seq int64, diagrams []laneway.Diagram, err error) {
	found := false
	err = s.inOrgOnce(ctx, laneway.Actor{OrganizationID: organization}, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT h.seq, d.id, d.title, d.project_id, d.version, d.created_by, d.updated_by, d.created_at, d.updated_at, d.deleted_at
			  FROM organization_heads h
			  LEFT JOIN diagrams d ON d.org_id = h.org_id AND d.org_id = $1
			 WHERE h.org_id = $1`, organization).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				found = true
				d, there, err := scanSummary(rows, &seq)
				if err != nil {
					return err
				}
				if there {
					diagrams = append(diagrams, d)
				}
			}
			return rows.Err()
		})
	})
	if err == nil && !found {
		err = errNoOrganization()
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read summaries of organization %s: %w", organization, err)
	}
	return seq, diagrams, nil
}

// scanSummary reads a diagram that may not be there, behind other columns.
func scanSummary(rows pgx.Rows, before ...any) (d laneway.Diagram, there bool, err error) {
	var id, project, by, updatedBy *laneway.ID
	var title *string
	var version *int64
	var created, updated, deleted *time.Time
	err = rows.Scan(append(before, &id, &title, &project, &version, &by, &updatedBy, &created, &updated, &deleted)...)
	if err != nil || id == nil {
		return laneway.Diagram{}, false, err
	}
	d = laneway.Diagram{ID: *id, Title: *title, Version: *version, CreatedBy: *by, UpdatedBy: *updatedBy, CreatedAt: *created, UpdatedAt: *updated}
	if project != nil {
		d.ProjectID = *project
	}
	if deleted != nil {
		d.DeletedAt = *deleted
	}
	return d, true, nil
}

// Changes is what an organization's events have changed since one of them.
type Changes struct {
	Seq      int64             // of the last event
	Diagrams []laneway.Diagram // as they are now
	Gone     []laneway.ID      // diagrams that are not there any more
	People   []laneway.ID      // whose membership changed
	// Organization tells that its own row changed: name or plan.
	Organization bool
}

// ChangesAfter gives what the organization's events behind the number after have changed, in one statement as
// Summaries.
func (s *Store) ChangesAfter(ctx context.Context, organization laneway.ID, after int64) (Changes, error) {
	var c Changes
	found := false
	err := s.inOrgOnce(ctx, laneway.Actor{OrganizationID: organization}, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT h.seq, e.about, e.subject_id, d.id, d.title, d.project_id, d.version, d.created_by, d.updated_by, d.created_at, d.updated_at, d.deleted_at
			  FROM organization_heads h
			  LEFT JOIN LATERAL (
			    SELECT DISTINCT split_part(kind, '.', 1) AS about, subject_id FROM events WHERE org_id = $1 AND seq > $2
			  ) e ON e.about IN ('diagram', 'member', 'organization')
			  LEFT JOIN diagrams d ON e.about = 'diagram' AND d.org_id = $1 AND d.id = e.subject_id
			 WHERE h.org_id = $1`, organization, after).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				found = true
				var about *string
				var subject *laneway.ID
				d, there, err := scanSummary(rows, &c.Seq, &about, &subject)
				switch {
				case err != nil:
					return err
				case there:
					c.Diagrams = append(c.Diagrams, d)
				case about == nil:
				case *about == "organization":
					c.Organization = true
				case subject == nil:
				case *about == "diagram":
					c.Gone = append(c.Gone, *subject)
				case *about == "member":
					c.People = append(c.People, *subject)
				}
			}
			return rows.Err()
		})
	})
	if err == nil && !found {
		err = errNoOrganization()
	}
	if err != nil {
		return Changes{}, fmt.Errorf("read changes of organization %s: %w", organization, err)
	}
	return c, nil
}

// Fold gives texts in lower case as the database's own locale has it, which is how titles are compared by ListDiagrams.
func (s *Store) Fold(ctx context.Context, texts []string) ([]string, error) {
	var folded []string
	err := s.inOrgOnce(ctx, laneway.Actor{}, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`SELECT lower(t.text COLLATE "default") FROM unnest($1::text[]) WITH ORDINALITY t (text, place) ORDER BY t.place`, texts).
			Query(func(rows pgx.Rows) (err error) {
				folded, err = pgx.CollectRows(rows, pgx.RowTo[string])
				return err
			})
	})
	if err == nil && len(folded) != len(texts) {
		err = fmt.Errorf("%d texts came back of %d", len(folded), len(texts))
	}
	if err != nil {
		return nil, fmt.Errorf("fold titles: %w", err)
	}
	return folded, nil
}
