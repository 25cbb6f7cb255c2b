package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// versionColumns are what scanVersion reads, of a row v. The name is looked up row by row, because
// a join might read all users to find a few.
const versionColumns = `v.diagram_id, v.number, v.title, coalesce(v.label, ''), v.kind, v.parents, coalesce(v.from_version, 0),
	       coalesce(v.change_count, -1), jsonb_array_length(v.warnings), v.xml_size, v.created_by,
	       coalesce((SELECT u.display_name FROM users u WHERE u.id = v.created_by), ''), v.created_at`

func scanVersion(row pgx.Row, more ...any) (laneway.Version, error) {
	var v laneway.Version
	columns := []any{&v.DiagramID, &v.Number, &v.Title, &v.Label, (*string)(&v.Kind), &v.Parents, &v.From,
		&v.ChangeCount, &v.WarningCount, &v.Size, &v.CreatedBy, &v.Author, &v.CreatedAt}
	err := row.Scan(append(columns, more...)...)
	return v, err
}

// queueInUse lets a batch fail when the diagram is not there or in the trash.
func queueInUse(batch *pgx.Batch, actor laneway.Actor, id laneway.ID) {
	batch.Queue(`SELECT deleted_at FROM diagrams WHERE org_id = $1 AND id = $2`, actor.OrganizationID, id).QueryRow(func(row pgx.Row) error {
		var deleted *time.Time
		switch err := row.Scan(&deleted); {
		case errors.Is(err, pgx.ErrNoRows):
			return errNoDiagram()
		case err != nil:
			return err
		case deleted != nil:
			return ErrTrashed()
		}
		return nil
	})
}

// word is a text column that repeats from row to row: it becomes a new string only where it changes.
type word string

func (w *word) ScanBytes(v []byte) error {
	if string(*w) != string(v) {
		*w = word(v)
	}
	return nil
}

// ListVersions gives one page of a diagram's versions, the newest first, never their content. Each
// author's name is looked up once a page.
func (s *Store) ListVersions(ctx context.Context, actor laneway.Actor, id laneway.ID, q laneway.VersionQuery) (laneway.VersionPage, error) {
	where := `v.org_id = $1 AND v.diagram_id = $2`
	args := []any{actor.OrganizationID, id, q.Limit + 1}
	if q.Before > 0 {
		where += ` AND v.number < $4`
		args = append(args, q.Before)
	}
	if q.Labelled {
		where += ` AND v.label IS NOT NULL`
	}
	statement := `
		WITH page AS MATERIALIZED (
		  SELECT v.number, v.title, coalesce(v.label, '') AS label, v.kind, v.parents, coalesce(v.from_version, 0) AS from_version,
		         coalesce(v.change_count, -1) AS change_count, jsonb_array_length(v.warnings) AS warnings, v.xml_size, v.created_by, v.created_at
		    FROM diagram_versions v
		   WHERE ` + where + `
		   ORDER BY v.number DESC LIMIT $3
		), author AS MATERIALIZED (
		  SELECT a.created_by, (SELECT u.display_name FROM users u WHERE u.id = a.created_by) AS name
		    FROM (SELECT DISTINCT created_by FROM page) a
		)
		SELECT page.number, page.title, page.label, page.kind, page.parents, page.from_version, page.change_count, page.warnings, page.xml_size,
		       page.created_by, page.created_at, coalesce(author.name, '')
		  FROM page JOIN author ON author.created_by = page.created_by
		 ORDER BY page.number DESC`
	var page laneway.VersionPage
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		queueInUse(batch, actor, id)
		batch.Queue(statement, args...).Query(func(rows pgx.Rows) error {
			v := laneway.Version{DiagramID: id}
			var title, label, kind, author word
			columns := []any{&v.Number, &title, &label, &kind, &v.Parents, &v.From, &v.ChangeCount, &v.WarningCount, &v.Size, &v.CreatedBy, &v.CreatedAt, &author}
			_, err := pgx.ForEachRow(rows, columns, func() error {
				v.Title, v.Label, v.Kind, v.Author = string(title), string(label), laneway.VersionKind(kind), string(author)
				page.Items = append(page.Items, v)
				v.Parents = nil // the next row's are its own
				return nil
			})
			return err
		})
	})
	if err != nil {
		return laneway.VersionPage{}, fmt.Errorf("list versions of diagram %s: %w", id, err)
	}
	if len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		page.Next = page.Items[q.Limit-1].Number
	}
	return page, nil
}

// OpenedVersion is a version with its content.
type OpenedVersion struct {
	Version laneway.Version
	Content Content
}

// errNoVersionThere is the answer for a version that a diagram does not have, or not any more.
func errNoVersionThere() error {
	return laneway.Errorf(laneway.NotFound, "There is no such version.")
}

// CurrentVersion stands for the number of the version that is current.
const CurrentVersion = 0

// OpenVersions gives versions of a diagram in the order of numbers, in one round trip. NotFound
// when there is no such diagram, or one of the versions is not there.
func (s *Store) OpenVersions(ctx context.Context, actor laneway.Actor, id laneway.ID, numbers ...int64) ([]OpenedVersion, error) {
	type found struct {
		OpenedVersion
		row packedRow
	}
	var rows []found
	var current int64
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		queueInUse(batch, actor, id)
		batch.Queue(`
			SELECT `+versionColumns+`, d.version, v.warnings, `+packedColumns+`
			  FROM diagrams d
			  JOIN diagram_versions v ON v.org_id = d.org_id AND v.diagram_id = d.id AND v.number = ANY (array_replace($3::bigint[], 0, d.version))
			  `+joinFull+`
			 WHERE d.org_id = $1 AND d.id = $2`, actor.OrganizationID, id, numbers).Query(func(list pgx.Rows) (err error) {
			rows, err = pgx.CollectRows(list, func(row pgx.CollectableRow) (f found, err error) {
				var warnings []byte
				if f.Version, err = scanVersion(row, append([]any{&current, &warnings}, f.row.columns()...)...); err == nil {
					f.Content.Warnings, err = parseFindings(warnings)
				}
				return f, err
			})
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("open versions of diagram %s: %w", id, err)
	}
	opened := make([]OpenedVersion, len(numbers))
	for i, number := range numbers {
		if number == CurrentVersion {
			number = current
		}
		at := slices.IndexFunc(rows, func(f found) bool { return f.Version.Number == number })
		if at < 0 {
			return nil, errNoVersionThere()
		}
		opened[i] = rows[at].OpenedVersion
		if number == current {
			opened[i].Content.XML, err = s.unpackLatest(actor, id, rows[at].row)
		} else {
			opened[i].Content.XML, err = s.unpackVersion(rows[at].row)
		}
		if err != nil {
			return nil, fmt.Errorf("open version %d of diagram %s: %w", number, id, err)
		}
	}
	return opened, nil
}

// HasVersions is nil when the diagram has all these versions, and the error of OpenVersions otherwise.
func (s *Store) HasVersions(ctx context.Context, actor laneway.Actor, id laneway.ID, numbers ...int64) error {
	return s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		queueInUse(batch, actor, id)
		batch.Queue(`SELECT NOT EXISTS (SELECT FROM unnest($3::bigint[]) n (number) WHERE NOT EXISTS (
			  SELECT FROM diagram_versions v WHERE v.org_id = $1 AND v.diagram_id = $2 AND v.number = n.number))`,
			actor.OrganizationID, id, numbers).QueryRow(func(row pgx.Row) error {
			var all bool
			if err := row.Scan(&all); err != nil {
				return err
			}
			if !all {
				return errNoVersionThere()
			}
			return nil
		})
	})
}

// Labelled is a version whose name changed, and the number of the event.
type Labelled struct {
	Version laneway.Version
	Seq     int64
}

// LabelVersion gives a version a name, or takes it away where label is empty.
func (s *Store) LabelVersion(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64, label string) (Labelled, error) {
	var labelled Labelled
	err := s.inOrgOnce(ctx, actor, setOrgForWriting, func(batch *pgx.Batch) {
		queueInUse(batch, actor, id)
		batch.Queue(`
			WITH v AS (
			  UPDATE diagram_versions SET label = nullif($4, '')
			   WHERE org_id = $1 AND diagram_id = $2 AND number = $3
			  RETURNING *
			)
			SELECT `+versionColumns+`,
			       append_event($1, $6, $5, v.diagram_id, jsonb_build_object('version', v.number, 'label', v.label))
			  FROM v`, actor.OrganizationID, id, number, label, actor.UserID, string(laneway.DiagramLabelled)).QueryRow(func(row pgx.Row) (err error) {
			labelled.Version, err = scanVersion(row, &labelled.Seq)
			return err
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Labelled{}, errNoVersionThere()
	}
	if err != nil {
		return Labelled{}, fmt.Errorf("label version %d of diagram %s: %w", number, id, err)
	}
	return labelled, nil
}
