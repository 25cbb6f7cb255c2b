package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"

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
	// the baseline of the next one. Nil when nobody sent one. SentHash is its SHA-256.
	Sent     []byte
	SentHash [sha256.Size]byte
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
	packed := s.packSave(actor, &save)
	statement, args, err := s.saveStatement(actor, &save, &packed)
	if err != nil {
		return Changed{}, err
	}
	leave, err := s.enterSaves(ctx)
	if err != nil {
		return Changed{}, err
	}
	defer leave()
	changed, err := s.change(ctx, actor, nil, statement, args...)
	if err == nil {
		s.keepCopy(actor, save.ID, save.Expected+1, save.Content, packed)
	}
	return changed, err
}

// enterSaves waits for a place among the saves, for no longer than Deadline.
func (s *Store) enterSaves(ctx context.Context) (leave func(), err error) {
	ctx, cancel := detach(ctx)
	defer cancel()
	select {
	case s.saves <- struct{}{}:
		return func() { <-s.saves }, nil
	case <-ctx.Done():
		return nil, unavailable(ctx.Err())
	}
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
		packed = s.packSave(actor, &save)
		statement, args, err := s.saveStatement(actor, &save, &packed)
		if err != nil {
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

// storesSent tells whether the document is stored as it was sent.
func (save *DiagramSave) storesSent() bool {
	return save.Sent != nil && save.Content != nil && bytes.Equal(save.Sent, save.Content.XML)
}

// packSave packs the document of a save, where it has one.
func (s *Store) packSave(actor laneway.Actor, save *DiagramSave) packedXML {
	if save.Content == nil {
		return packedXML{}
	}
	hash := save.SentHash
	if !save.storesSent() {
		hash = sha256.Sum256(save.Content.XML)
	}
	return s.packVersion(actor, save.ID, save.Expected+1, save.Content.XML, hash)
}

// saveStatement is the whole save: head, version, what was sent, and the event as the last act.
// It has only the parts that this save needs: the database prepares each part that is there, also
// where it has nothing to do.
//
// A title that the save's base had already is none that somebody chose, so the newer one stands.
// Without a document it repeats the one of the version before, which is joined to the update, so
// that no head can come to be without its version: it points to the same full copy, so nothing
// large is copied.
func (s *Store) saveStatement(actor laneway.Actor, save *DiagramSave, packed *packedXML) (string, []any, error) {
	var p parameters
	org, id, user := p.add(actor.OrganizationID), p.add(save.ID), p.add(actor.UserID)
	expected := p.add(save.Expected)

	set := "version = d.version + 1, updated_by = " + user + ", updated_at = now()"
	if save.Title != nil {
		set += `, title = coalesce(nullif(` + p.add(*save.Title) + `::text, (SELECT title FROM diagram_versions
			WHERE org_id = ` + org + ` AND diagram_id = ` + id + ` AND number = ` + p.add(save.Base) + `)), d.title)`
	}
	if save.ProjectID != nil {
		set += ", project_id = " + p.add(nullID(*save.ProjectID)) + "::uuid"
	}
	where := "d.org_id = " + org + " AND d.id = " + id + " AND d.version = " + expected + " AND d.deleted_at IS NULL"
	if !save.Draft.IsZero() {
		where += ` AND EXISTS (SELECT FROM drafts WHERE org_id = ` + org + ` AND id = ` + p.add(save.Draft) + ` AND diagram_id = ` + id + ` AND user_id = ` + user + `)`
	}
	returning := "d.id, d.title, d.project_id, d.version, d.created_by, d.updated_by, d.created_at, d.updated_at, d.deleted_at"

	var document, from string // what is stored, and where the statement finds it
	if save.Content != nil {
		warnings, err := findingsJSON(save.Content.Warnings)
		if err != nil {
			return "", nil, err
		}
		full := "NULL::bigint"
		if packed.full != nil {
			full = `coalesce((SELECT number FROM diagram_versions WHERE org_id = ` + org + ` AND diagram_id = ` + id + `
				AND number = ` + p.add(packed.full) + ` AND full_number IS NULL AND xml_hash = ` + p.add(packed.fullHash) + `), -1)`
		}
		document = p.add(packed.xml) + "::bytea, " + full + ", " + p.add(packed.size) + "::integer, " + p.add(packed.hash[:]) + "::bytea, " + p.add(warnings) + "::text::jsonb"
	} else {
		from = " FROM diagram_versions base"
		where += " AND base.org_id = " + org + " AND base.diagram_id = " + id + " AND base.number = " + expected
		returning += `, CASE WHEN base.full_number IS NULL THEN ''::bytea ELSE base.xml END AS xml, coalesce(base.full_number, base.number) AS full_number,
			base.xml_size, base.xml_hash, base.warnings`
		document = "xml, full_number, xml_size, xml_hash, warnings"
	}

	var sentHash []byte
	var sent string // the clauses that keep what was sent
	switch {
	case save.Sent == nil:
	case save.storesSent():
		sentHash = packed.hash[:]
	default:
		sentHash = save.SentHash[:]
		sent = `, kept AS (
		  INSERT INTO sent_documents (org_id, diagram_id, version, user_id, hash, xml, xml_size)
		  SELECT ` + org + `, id, version, ` + user + `, ` + p.add(sentHash) + `::bytea, ` + p.add(s.xml.pack(save.Sent)) + `::bytea, ` + p.add(len(save.Sent)) + `::integer FROM saved
		), forgotten AS (
		  DELETE FROM sent_documents s USING saved
		   WHERE s.org_id = ` + org + ` AND s.diagram_id = ` + id + ` AND s.version IN (
		         SELECT version FROM sent_documents WHERE org_id = ` + org + ` AND diagram_id = ` + id + ` AND user_id = ` + user + `
		          ORDER BY version DESC OFFSET ` + p.add(sentDocumentsKept-1) + `)
		)`
	}
	if !save.Draft.IsZero() {
		sent += `, settled AS (
		  DELETE FROM drafts r USING saved WHERE r.org_id = ` + org + ` AND r.id = ` + p.add(save.Draft) + ` AND r.user_id = ` + user + `
		)`
	}

	parents := []int64{save.Expected}
	if save.Base > 0 && save.Base != save.Expected {
		parents = append(parents, save.Base)
	}
	kind := save.Kind
	if kind == "" {
		kind = laneway.VersionSaved
	}
	data := "jsonb_build_object('version', n.version, 'title', n.title)"
	changes := "NULL::jsonb"
	if save.Changes != nil && len(save.Changes) <= maxEventChanges {
		changes, data = p.add(string(save.Changes))+"::text::jsonb", "jsonb_build_object('version', n.version, 'title', n.title, 'changes', v.changes)"
	}
	var resolution *string
	if save.Resolution != nil {
		text := string(save.Resolution)
		resolution = &text
	}
	var restored *int64
	if save.From > 0 {
		restored = &save.From
	}
	return `
		WITH saved AS (
		  UPDATE diagrams d SET ` + set + from + ` WHERE ` + where + ` RETURNING ` + returning + `
		), stored AS (
		  INSERT INTO diagram_versions (org_id, diagram_id, number, title, xml, full_number, xml_size, xml_hash, warnings, parents, created_by,
		         kind, from_version, sent_hash, change_count, changes, resolution)
		  SELECT ` + org + `, id, version, title, ` + document + `, ` + p.add(parents) + `::bigint[], ` + user + `,
		         ` + p.add(string(kind)) + `, ` + p.add(restored) + `::bigint, ` + p.add(sentHash) + `::bytea, ` + p.add(save.ChangeCount) + `::integer, ` + changes + `, ` + p.add(resolution) + `::text::jsonb
		    FROM saved
		  RETURNING changes
		)` + sent + `
		SELECT n.id, n.title, n.project_id, n.version, n.created_by, n.updated_by, n.created_at, n.updated_at, n.deleted_at,
		       append_event(` + org + `, 'diagram.saved', ` + user + `, n.id, ` + data + `)
		  FROM saved n, stored v`, p.values, nil
}

// parameters are the values of a statement that is put together from parts.
type parameters struct{ values []any }

// add gives the name of a value in the statement, such as $3.
func (p *parameters) add(value any) string {
	p.values = append(p.values, value)
	return "$" + strconv.Itoa(len(p.values))
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
