package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// DiagramSave is the next version of a diagram. Nil fields stay as they are.
type DiagramSave struct {
	ID        laneway.ID
	Expected  int64 // the current version, which this one follows
	Title     *string
	ProjectID *laneway.ID
	Content   *Content
	// Kind is VersionSaved when it is empty. From is the version that a restored one repeats.
	Kind laneway.VersionKind
	From int64
	// Base is the version that a merged save was made on; 0 when that is Expected.
	Base int64
	// Sent is the document as the person sent it: its hash finds a repeated save, and it can be
	// the baseline of the next one. Nil when nobody sent one.
	Sent []byte
	// ChangeCount and Changes, a JSON list, are the difference from the version Expected; nil where
	// they are not known. A long list is counted only.
	ChangeCount *int
	Changes     []byte
	// Resolution is a JSON object of the decisions that went into a resolved version, and Draft the
	// draft that is deleted with it; there is no such version when the draft is gone.
	Resolution []byte
	Draft      laneway.ID
}

// maxEventChanges bounds the changes in an event; what is longer is read from the versions.
const maxEventChanges = 16 << 10

// sentDocumentsKept is how many documents of a person and diagram are kept as baselines. One
// writer needs the last one, and the one before it when an answer got lost.
const sentDocumentsKept = 4

// ErrStale says that a conditional statement found no row: the diagram moved on, is in the trash,
// or is not there. DiagramState tells which.
var ErrStale = errors.New("no diagram at this version")

// SaveDiagram stores version Expected+1, in one statement and one round trip; ErrStale when the
// current version is not Expected.
func (s *Store) SaveDiagram(ctx context.Context, actor laneway.Actor, save DiagramSave) (Changed, error) {
	changed, err := s.saveOnce(ctx, actor, save)
	if isLostCopy(err) {
		s.copies.drop(actor, save.ID)
		changed, err = s.saveOnce(ctx, actor, save)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return Changed{}, ErrStale
	}
	return changed, err
}

func (s *Store) saveOnce(ctx context.Context, actor laneway.Actor, save DiagramSave) (Changed, error) {
	statement, args, packed, err := s.saveStatement(actor, save)
	if err != nil {
		return Changed{}, err
	}
	changed, err := s.change(ctx, actor, nil, statement, args...)
	if err == nil {
		s.keepCopy(actor, save.ID, save.Expected+1, save.Content, packed)
	}
	return changed, err
}

// SaveLocked stores what next gives for the version that is current, which cannot change while
// next runs. It is for a diagram on which conditional saves keep losing. ErrStale when the diagram
// is in the trash or not there. next must be quick and must not visit the store.
func (s *Store) SaveLocked(ctx context.Context, actor laneway.Actor, id laneway.ID, next func(State, Content) (DiagramSave, error)) (Changed, error) {
	var changed Changed
	var save DiagramSave
	var packed packedXML
	err := s.InOrg(ctx, actor, func(ctx context.Context, tx pgx.Tx) error {
		var state State
		var warnings []byte
		var row packedRow
		err := func() (err error) {
			state.Diagram, err = scanDiagram(tx.QueryRow(ctx, `
				SELECT d.id, d.title, d.project_id, d.version, d.created_by, d.updated_by, d.created_at, d.updated_at, d.deleted_at,
				       v.warnings, v.xml_hash, v.created_by, `+packedColumns+`
				  FROM diagrams d
				  JOIN diagram_versions v ON v.org_id = d.org_id AND v.diagram_id = d.id AND v.number = d.version
				  `+joinFull+`
				 WHERE d.org_id = $1 AND d.id = $2 AND d.deleted_at IS NULL
				   FOR UPDATE OF d`, actor.OrganizationID, id), append([]any{&warnings, &state.XMLHash, &state.VersionBy}, row.columns()...)...)
			return err
		}()
		if err != nil {
			return err
		}
		content, err := s.contentOf(actor, id, row, warnings)
		if err != nil {
			return err
		}
		if save, err = next(state, content); err != nil {
			return err
		}
		var statement string
		var args []any
		if statement, args, packed, err = s.saveStatement(actor, save); err != nil {
			return err
		}
		changed, err = scanChanged(tx.QueryRow(ctx, statement, args...))
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Changed{}, ErrStale
	}
	if err == nil {
		s.keepCopy(actor, id, save.Expected+1, save.Content, packed)
	}
	return changed, projectError(err)
}

// saveStatement is the whole save: head, version, what was sent, and the event as the last act.
// A title that the save's base had already is none that somebody chose, so the newer one stands.
// The base version is joined to the update, so that no head can come to be without its version.
// Without a document it repeats the one of the base version: it points to the same full copy, so
// nothing large is copied.
func (s *Store) saveStatement(actor laneway.Actor, save DiagramSave) (string, []any, packedXML, error) {
	var packed packedXML
	var hash, sent, sentHash []byte
	var size, sentSize *int
	var warnings, changes, resolution *string
	if save.Content != nil {
		text, err := findingsJSON(save.Content.Warnings)
		if err != nil {
			return "", nil, packedXML{}, err
		}
		warnings = &text
		packed = s.packVersion(actor, save.ID, save.Expected+1, save.Content.XML)
		hash, size = packed.hash[:], &packed.size
	}
	switch {
	case save.Sent == nil:
	case save.Content != nil && bytes.Equal(save.Sent, save.Content.XML):
		sentHash = hash
	default:
		sum, n := sha256.Sum256(save.Sent), len(save.Sent)
		sentHash = sum[:]
		sent, sentSize = s.xml.pack(save.Sent), &n
	}
	if save.Changes != nil && len(save.Changes) <= maxEventChanges {
		text := string(save.Changes)
		changes = &text
	}
	if save.Resolution != nil {
		text := string(save.Resolution)
		resolution = &text
	}
	var project *laneway.ID
	if save.ProjectID != nil {
		project = nullID(*save.ProjectID)
	}
	parents := []int64{save.Expected}
	if save.Base > 0 && save.Base != save.Expected {
		parents = append(parents, save.Base)
	}
	kind := save.Kind
	if kind == "" {
		kind = laneway.VersionSaved
	}
	var from *int64
	if save.From > 0 {
		from = &save.From
	}
	return `
		WITH saved AS (
		  UPDATE diagrams d
		     SET version = d.version + 1, updated_by = $5, updated_at = now(),
		         title = coalesce(nullif($4::text, (SELECT title FROM diagram_versions WHERE org_id = $1 AND diagram_id = $2 AND number = $23)), d.title),
		         project_id = CASE WHEN $6 THEN $7 ELSE d.project_id END
		    FROM diagram_versions base
		   WHERE d.org_id = $1 AND d.id = $2 AND d.version = $3 AND d.deleted_at IS NULL
		     AND base.org_id = $1 AND base.diagram_id = $2 AND base.number = $3
		     AND ($21::uuid IS NULL OR EXISTS (SELECT FROM drafts WHERE org_id = $1 AND id = $21 AND diagram_id = $2 AND user_id = $5))
		  RETURNING d.id, d.title, d.project_id, d.version, d.created_by, d.updated_by, d.created_at, d.updated_at, d.deleted_at,
		            CASE WHEN base.full_number IS NULL THEN ''::bytea ELSE base.xml END AS xml, coalesce(base.full_number, base.number) AS full_number,
		            base.xml_size, base.xml_hash, base.warnings
		), stored AS (
		  INSERT INTO diagram_versions (org_id, diagram_id, number, title, xml, full_number, xml_size, xml_hash, warnings, parents, created_by,
		         kind, from_version, sent_hash, change_count, changes, resolution)
		  SELECT $1, id, version, title,
		         coalesce($8::bytea, xml),
		         CASE WHEN $8::bytea IS NULL THEN full_number
		              WHEN $24::bigint IS NOT NULL THEN coalesce((
		                SELECT f.number FROM diagram_versions f
		                 WHERE f.org_id = $1 AND f.diagram_id = $2 AND f.number = $24 AND f.full_number IS NULL AND f.xml_hash = $25), -1) END,
		         coalesce($9, xml_size), coalesce($10, xml_hash), coalesce($11::text::jsonb, warnings), $12, $5,
		         $13, $14, $15, $16, $17::text::jsonb, $18::text::jsonb
		    FROM saved
		  RETURNING number
		), kept AS (
		  INSERT INTO sent_documents (org_id, diagram_id, version, user_id, hash, xml, xml_size)
		  SELECT $1, id, version, $5, $15, $19, $20 FROM saved WHERE $19::bytea IS NOT NULL
		), forgotten AS (
		  DELETE FROM sent_documents s USING saved
		   WHERE $19::bytea IS NOT NULL AND s.org_id = $1 AND s.diagram_id = $2 AND s.version IN (
		         SELECT version FROM sent_documents WHERE org_id = $1 AND diagram_id = $2 AND user_id = $5
		          ORDER BY version DESC OFFSET $22)
		), settled AS (
		  DELETE FROM drafts r USING saved WHERE r.org_id = $1 AND r.id = $21 AND r.user_id = $5
		)
		SELECT n.id, n.title, n.project_id, n.version, n.created_by, n.updated_by, n.created_at, n.updated_at, n.deleted_at,
		       append_event($1, 'diagram.saved', $5, n.id, jsonb_build_object('version', n.version, 'title', n.title) ||
		         CASE WHEN $17::text IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('changes', $17::text::jsonb) END)
		  FROM saved n, stored`,
		[]any{actor.OrganizationID, save.ID, save.Expected, save.Title, actor.UserID, save.ProjectID != nil, project,
			packed.xml, size, hash, warnings, parents, string(kind), from, sentHash, save.ChangeCount, changes, resolution,
			sent, sentSize, nullID(save.Draft), sentDocumentsKept - 1, save.Base,
			packed.full, packed.fullHash}, packed, nil
}

// SavedBefore is a version that a repeated save had made already.
type SavedBefore struct {
	Kind    laneway.VersionKind
	Diagram laneway.Diagram // as that save left it
}

// SaveState tells where the diagram of a save that found nothing stands, and the version that this
// very save made, if it was stored before: by the same person, after the version that the save was
// made on, from the same document. hash is that of the document as it was sent.
func (s *Store) SaveState(ctx context.Context, actor laneway.Actor, id laneway.ID, expected int64, hash [sha256.Size]byte) (State, *SavedBefore, error) {
	var state State
	var before *SavedBefore
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		s.queueState(batch, actor, id, &state)
		batch.Queue(`
			SELECT d.id, v.title, d.project_id, v.number, d.created_by, v.created_by, d.created_at, v.created_at, d.deleted_at, v.kind
			  FROM diagrams d JOIN diagram_versions v ON v.org_id = d.org_id AND v.diagram_id = d.id
			 WHERE d.org_id = $1 AND d.id = $2 AND v.number > $3 AND v.created_by = $4 AND coalesce(v.sent_hash, v.xml_hash) = $5
			 ORDER BY v.number LIMIT 1`, actor.OrganizationID, id, expected, actor.UserID, hash[:]).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (SavedBefore, error) {
				var b SavedBefore
				var err error
				b.Diagram, err = scanDiagram(row, (*string)(&b.Kind))
				return b, err
			})
			if len(found) > 0 {
				before = &found[0]
			}
			return err
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return State{}, nil, errNoDiagram()
	}
	if err != nil {
		return State{}, nil, fmt.Errorf("read state of diagram %s: %w", id, err)
	}
	return state, before, nil
}

// VersionContent gives the document of one version, which never changes. ErrNoVersion when there
// is no such version, or no such diagram.
func (s *Store) VersionContent(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64) (Content, error) {
	var warnings []byte
	var row packedRow
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT v.warnings, `+packedColumns+` FROM diagram_versions v `+joinFull+`
			 WHERE v.org_id = $1 AND v.diagram_id = $2 AND v.number = $3`,
			actor.OrganizationID, id, number).QueryRow(func(found pgx.Row) error {
			return found.Scan(append([]any{&warnings}, row.columns()...)...)
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Content{}, ErrNoVersion
	}
	if err != nil {
		return Content{}, fmt.Errorf("read version %d of diagram %s: %w", number, id, err)
	}
	return s.contentOf(actor, id, row, warnings)
}

// ErrNoVersion says that a diagram has no version of that number.
var ErrNoVersion = errors.New("no such version")

func (s *Store) contentOf(actor laneway.Actor, id laneway.ID, row packedRow, warnings []byte) (Content, error) {
	var c Content
	var err error
	if c.Warnings, err = parseFindings(warnings); err != nil {
		return Content{}, err
	}
	c.XML, err = s.unpackLatest(actor, id, row)
	return c, err
}

// SentDocument gives a document that somebody sent for the diagram and that was stored, by the
// hash of its bytes; nil when it is not kept any more. What was stored as it had been sent is found
// among the latest versions.
func (s *Store) SentDocument(ctx context.Context, actor laneway.Actor, id laneway.ID, hash [sha256.Size]byte) ([]byte, error) {
	var row packedRow
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT `+packedColumns+` FROM (
			  SELECT org_id, diagram_id, version AS number, xml, xml_size, hash AS xml_hash, NULL::bigint AS full_number
			    FROM sent_documents WHERE org_id = $1 AND diagram_id = $2 AND hash = $3
			  UNION ALL
			  SELECT v.org_id, v.diagram_id, v.number, v.xml, v.xml_size, v.xml_hash, v.full_number
			    FROM diagrams d JOIN diagram_versions v ON v.org_id = d.org_id AND v.diagram_id = d.id
			   WHERE d.org_id = $1 AND d.id = $2 AND v.number > d.version - $4 AND v.sent_hash = $3 AND v.xml_hash = $3
			) v `+joinFull+` LIMIT 1`, actor.OrganizationID, id, hash[:], latestVersions).QueryRow(func(found pgx.Row) error { return found.Scan(row.columns()...) })
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find sent document: %w", err)
	}
	return s.unpackVersion(row)
}

// latestVersions is how far back SentDocument looks among the versions.
const latestVersions = 64
