package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// changesOfVersions are what the tables of diagrams and versions take, and by which rule they refuse the rest: a
// constraint of a table or of a type, which an error names alike, or a column that is never null.
var changesOfVersions = []struct{ change, refusedBy string }{
	{"diagrams SET title = repeat('Ü', 200), version = 1", ""},
	{"diagrams SET title = 'x', version = 9223372036854775807", ""},
	{"diagrams SET title = ''", "diagram_title_length"},
	{"diagrams SET title = repeat('x', 201)", "diagram_title_length"},
	{"diagrams SET title = NULL", "title"},
	{"diagrams SET version = 0", "version_number_positive"},
	{"diagrams SET version = version - 10", "version_number_positive"},
	{"diagrams SET version = NULL", "version"},
	{"diagram_versions SET label = NULL, change_count = NULL, xml_size = 1, kind = 'taken'", ""},
	{"diagram_versions SET label = repeat('Ü', 200), change_count = 0, xml_size = 5242880, kind = 'created'", ""},
	{"diagram_versions SET number = 0 WHERE number = 2", "version_number_positive"},
	{"diagram_versions SET number = -1 WHERE number = 2", "version_number_positive"},
	{"diagram_versions SET number = NULL", "number"},
	{"diagram_versions SET kind = 'forged'", "version_kind_known"},
	{"diagram_versions SET kind = ''", "version_kind_known"},
	{"diagram_versions SET kind = 'Saved'", "version_kind_known"},
	{"diagram_versions SET kind = NULL", "kind"},
	{"diagram_versions SET label = ''", "version_label_length"},
	{"diagram_versions SET label = repeat('x', 201)", "version_label_length"},
	{"diagram_versions SET xml_size = 0", "document_size_limit"},
	{"diagram_versions SET xml_size = 5242881", "document_size_limit"},
	{"diagram_versions SET xml_size = NULL", "xml_size"},
	{"diagram_versions SET change_count = -1", "change_count_positive"},
	{"diagram_versions SET xml = ''", "diagram_versions_full"}, // the first holds a whole document
	{"diagram_versions SET xml = NULL", "xml"},
	{"diagram_versions SET xml = '' WHERE number = 2", ""},
	{"diagram_versions SET full_number = NULL WHERE number = 2", ""},
	{"diagram_versions SET full_number = NULL, xml = '' WHERE number = 2", "diagram_versions_full"},
	{"diagram_versions SET full_number = 2 WHERE number = 2", "diagram_versions_full"},
	{"diagram_versions SET full_number = 3 WHERE number = 2", "diagram_versions_full"},
	{"diagram_versions SET full_number = 1, number = 3 WHERE number = 2", ""},
	{"diagram_versions SET full_number = 2, number = 3 WHERE number = 2", "diagram_versions_full_fkey"},
	{"diagram_versions SET full_number = 0 WHERE number = 2", "diagram_versions_full_fkey"},
	{"diagram_versions SET full_number = -1 WHERE number = 2", "diagram_versions_full_fkey"},
}

// refuseBadValues tries the changes on a database that holds one diagram with two versions, of which the second is a
// difference to the first. The superuser tries them: no policy and no missing grant is in the way.
func refuseBadValues(t *testing.T, admin *pgx.Conn) {
	t.Helper()
	for _, c := range changesOfVersions {
		execute(t, admin, `BEGIN`)
		tag, err := admin.Exec(t.Context(), `UPDATE `+c.change)
		execute(t, admin, `ROLLBACK`)
		refusedBy := ""
		if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
			refusedBy = pg.ConstraintName
			if pg.Code == "23502" {
				refusedBy = pg.ColumnName
			}
		}
		if refusedBy != c.refusedBy || refusedBy == "" && (err != nil || tag.RowsAffected() == 0) {
			t.Errorf("%s: %d rows, refused by %q (%v), want %q", c.change, tag.RowsAffected(), refusedBy, err, c.refusedBy)
		}
	}
}

// TestBadValuesAreRefused holds the constraints in a new database and in one that was filled before they moved from
// tables to types, which keeps its rows as they lie.
func TestBadValuesAreRefused(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	urls := emptyDatabase(t, db)
	provider, _ := migrationsOf(t, urls.Migrator)
	if _, err := provider.UpTo(t.Context(), 24); err != nil {
		t.Fatal(err)
	}
	before := adminOf(t, db, urls)
	for _, admin := range []*pgx.Conn{before, connect(t, db.AdminURL)} {
		org, user, id := newID(), newID(), newID()
		execute(t, admin, `INSERT INTO users (id, email, display_name) VALUES ($1, 'ada@example.org', 'Ada')`, user)
		execute(t, admin, `INSERT INTO organizations (id, name) VALUES ($1, 'Harbour')`, org)
		execute(t, admin, `INSERT INTO organization_heads (org_id) VALUES ($1)`, org)
		execute(t, admin, `INSERT INTO diagrams (org_id, id, title, version, created_by, updated_by) VALUES ($1, $2, 'Old', 2, $3, $3)`, org, id, user)
		for n := 1; n <= 2; n++ {
			execute(t, admin, `INSERT INTO diagram_versions (org_id, diagram_id, number, title, label, xml, full_number, xml_size, xml_hash, change_count, created_by)
				VALUES ($1, $2, $3, 'Old', 'Kept', 'x', $4, 1, 'x', 1, $5)`, org, id, n, map[int]*int{2: new(1)}[n], user)
		}
	}
	rows := func() []string {
		return texts(t, before, `SELECT d::text FROM diagrams d UNION ALL SELECT v::text FROM diagram_versions v ORDER BY 1`)
	}
	files := func() []string {
		return texts(t, before, `SELECT relname || ' ' || relfilenode FROM pg_class WHERE relname IN ('diagrams', 'diagram_versions', 'diagrams_pkey', 'diagram_versions_pkey') ORDER BY 1`)
	}
	wantRows, wantFiles := fmt.Sprint(rows()), files()
	if err := store.Migrate(t.Context(), urls.Migrator); err != nil {
		t.Fatal(err)
	}
	if got := files(); !slices.Equal(got, wantFiles) || len(got) != 4 {
		t.Errorf("migrating wrote tables or their keys anew: %q, before %q", got, wantFiles)
	}
	if got := fmt.Sprint(rows()); got != wantRows {
		t.Errorf("rows are %s, before %s", got, wantRows)
	}
	refuseBadValues(t, before)
	refuseBadValues(t, connect(t, db.AdminURL))
	if _, err := provider.DownTo(t.Context(), 24); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(rows()); got != wantRows {
		t.Errorf("after going down rows are %s, before %s", got, wantRows)
	}
	if left := texts(t, before, `SELECT typname::text FROM pg_type WHERE typtype = 'd' AND typnamespace = 'public'::regnamespace`); len(left) != 0 {
		t.Errorf("after going down there are still %q", left)
	}
}
