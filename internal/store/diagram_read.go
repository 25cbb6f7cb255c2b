package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// errNoDiagram is the one answer for a diagram that is not there and for one of somebody else.
func errNoDiagram() error {
	return laneway.Errorf(laneway.NotFound, "There is no such diagram.")
}

// diagramOrder is an order of the list: the ORDER BY clause and the condition for what comes
// after the cursor in $3 (sort key) and $4 (id). Title and time of creation have an index each; by time
// of change an organization's rows are sorted (docs/decisions/0020).
type diagramOrder struct{ by, after string }

func orderOf(sort laneway.DiagramSort) (diagramOrder, error) {
	switch sort {
	case laneway.ByUpdatedAt:
		return diagramOrder{"updated_at DESC, id DESC", "(updated_at, id) < ($3::timestamptz, $4::uuid)"}, nil
	case laneway.ByCreatedAt:
		return diagramOrder{"created_at DESC, id DESC", "(created_at, id) < ($3::timestamptz, $4::uuid)"}, nil
	case laneway.ByTitle:
		return diagramOrder{"title, id", `(title, id) > ($3::text COLLATE "C", $4::uuid)`}, nil
	default:
		return diagramOrder{}, laneway.InvalidField("sort", "unknown_sort", "Sort by updatedAt, title or createdAt.")
	}
}

// ListDiagrams gives one page of the actor's organization's diagrams, never their content.
func (s *Store) ListDiagrams(ctx context.Context, actor laneway.Actor, q laneway.DiagramQuery) (laneway.Page[laneway.Diagram], error) {
	order, err := orderOf(q.Sort)
	if err != nil {
		return laneway.Page[laneway.Diagram]{}, err
	}
	// The state is spelled out, because a partial index needs its own condition in the query.
	state := "deleted_at IS NULL"
	if q.Trashed {
		state = "deleted_at IS NOT NULL"
	}
	conditions := []string{"org_id = $1", state}
	args := []any{actor.OrganizationID, q.Limit + 1}
	if !q.After.IsZero() {
		conditions = append(conditions, order.after)
		args = append(args, cursorKey(q.After), q.After.ID)
	}
	if !q.ProjectID.IsZero() {
		args = append(args, q.ProjectID)
		conditions = append(conditions, fmt.Sprintf("project_id = $%d", len(args)))
	}
	if q.Title != "" {
		args = append(args, "%"+likeEscaper.Replace(q.Title)+"%")
		conditions = append(conditions, fmt.Sprintf(`title ILIKE $%d COLLATE "default"`, len(args)))
	}
	statement := `SELECT id, title, project_id, version, created_by, updated_by, created_at, updated_at, deleted_at
		  FROM diagrams WHERE ` + strings.Join(conditions, " AND ") + ` ORDER BY ` + order.by + ` LIMIT $2`
	var page laneway.Page[laneway.Diagram]
	err = s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(statement, args...).Query(func(rows pgx.Rows) error {
			page.Items, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (laneway.Diagram, error) { return scanDiagram(row) })
			return err
		})
	})
	if err != nil {
		return laneway.Page[laneway.Diagram]{}, fmt.Errorf("list diagrams: %w", err)
	}
	if len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		page.Next = page.Items[q.Limit-1].Cursor(q.Sort)
	}
	return page, nil
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func cursorKey(c laneway.Cursor) any {
	if c.Sort == laneway.ByTitle {
		return c.Title
	}
	return c.Time
}

// Opened is a diagram with its current content. XML is nil where the reader has it already.
type Opened struct {
	Diagram laneway.Diagram
	Content Content
}

// OpenDiagram gives a diagram with its current content; without the content when the current
// version is knownVersion. A trashed one is NotFound with the code trashed.
func (s *Store) OpenDiagram(ctx context.Context, actor laneway.Actor, id laneway.ID, knownVersion int64) (Opened, error) {
	var opened Opened
	var warnings []byte
	var row packedRow
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT d.id, d.title, d.project_id, d.version, d.created_by, d.updated_by, d.created_at, d.updated_at, d.deleted_at,
			       v.warnings, v.number, CASE WHEN wanted THEN v.xml END, v.xml_size, v.xml_hash,
			       v.full_number, CASE WHEN wanted THEN f.xml END, f.xml_size, f.xml_hash
			  FROM diagrams d
			 CROSS JOIN LATERAL (SELECT d.version <> $3 AND d.deleted_at IS NULL) w (wanted)
			  JOIN diagram_versions v ON v.org_id = d.org_id AND v.diagram_id = d.id AND v.number = d.version
			  `+joinFull+`
			 WHERE d.org_id = $1 AND d.id = $2`, actor.OrganizationID, id, knownVersion).QueryRow(func(found pgx.Row) (err error) {
			opened.Diagram, err = scanDiagram(found, append([]any{&warnings}, row.columns()...)...)
			return err
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Opened{}, errNoDiagram()
	}
	if err != nil {
		return Opened{}, fmt.Errorf("open diagram %s: %w", id, err)
	}
	if !opened.Diagram.DeletedAt.IsZero() {
		return Opened{}, ErrTrashed()
	}
	if opened.Content.Warnings, err = parseFindings(warnings); err != nil {
		return Opened{}, err
	}
	if row.xml != nil {
		opened.Content.XML, err = s.unpackLatest(actor, id, row)
	}
	return opened, err
}

// ErrTrashed is the answer for a diagram of one's own organization that lies in the trash.
func ErrTrashed() error {
	const text = "This diagram is in the trash. Restore it to go on."
	return &laneway.Error{Kind: laneway.NotFound, Detail: text, Fields: []laneway.FieldError{{Field: "id", Code: "trashed", Detail: text}}}
}

// State is where a diagram stands: its head, who made the current version, and the hash of its
// bytes and of those of the version before, nil for the first.
type State struct {
	Diagram               laneway.Diagram
	XMLHash, PreviousHash []byte
	VersionBy             laneway.ID
}

// DiagramState tells where a diagram stands, in use or in the trash; NotFound when it is neither.
func (s *Store) DiagramState(ctx context.Context, actor laneway.Actor, id laneway.ID) (State, error) {
	var state State
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) { s.queueState(batch, actor, id, &state) })
	if errors.Is(err, pgx.ErrNoRows) {
		return State{}, errNoDiagram()
	}
	if err != nil {
		return State{}, fmt.Errorf("read state of diagram %s: %w", id, err)
	}
	return state, nil
}

func (s *Store) queueState(batch *pgx.Batch, actor laneway.Actor, id laneway.ID, state *State) {
	batch.Queue(`
		SELECT d.id, d.title, d.project_id, d.version, d.created_by, d.updated_by, d.created_at, d.updated_at, d.deleted_at,
		       v.xml_hash, p.xml_hash, v.created_by
		  FROM diagrams d
		  JOIN diagram_versions v ON v.org_id = d.org_id AND v.diagram_id = d.id AND v.number = d.version
		  LEFT JOIN diagram_versions p ON p.org_id = d.org_id AND p.diagram_id = d.id AND p.number = d.version - 1
		 WHERE d.org_id = $1 AND d.id = $2`, actor.OrganizationID, id).QueryRow(func(row pgx.Row) (err error) {
		state.Diagram, err = scanDiagram(row, &state.XMLHash, &state.PreviousHash, &state.VersionBy)
		return err
	})
}
