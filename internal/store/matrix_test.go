package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"laneway"
	"laneway/internal/store/storetest"
)

func verbs(list string) []string { return strings.Fields(list) }

// freshKey makes a copy of a row into another row of the same organization.
var freshKey = map[string]string{
	"diagrams":           `jsonb_build_object('id', gen_random_uuid())`,
	"projects":           `jsonb_build_object('id', gen_random_uuid())`,
	"diagram_versions":   `jsonb_build_object('number', 77)`,
	"events":             `jsonb_build_object('seq', 7777)`,
	"idempotency_keys":   `jsonb_build_object('key', gen_random_uuid())`,
	"memberships":        `jsonb_build_object('user_id', (SELECT id FROM users WHERE email = 'spare@example.org'))`,
	"organization_usage": `jsonb_build_object('org_id', (SELECT id FROM organizations WHERE name = 'spare'))`,
	"organization_heads": `jsonb_build_object('org_id', (SELECT id FROM organizations WHERE name = 'spare'))`,
	"invitations":        `jsonb_build_object('id', gen_random_uuid())`,
	"api_tokens":         `jsonb_build_object('id', gen_random_uuid())`,
	"drafts":             `jsonb_build_object('id', gen_random_uuid(), 'diagram_id', (SELECT id FROM diagrams WHERE title = 'spare' AND org_id = $1))`,
	"sent_documents":     `jsonb_build_object('version', 77)`,
	"search_documents":   `jsonb_build_object('diagram_id', (SELECT id FROM diagrams WHERE title = 'spare' AND org_id = $1))`,
}

// situation is what a transaction says about its organization.
type situation struct {
	name string
	set  []string // statements before
	sees string   // which of the organizations a and b it is
}

func situations(a, b laneway.Actor) []situation {
	set := func(actor laneway.Actor) string {
		return fmt.Sprintf(`SELECT set_config('laneway.org_id', '%s', true)`, actor.OrganizationID)
	}
	return []situation{
		{"as a", []string{set(a)}, "a"},
		{"as b", []string{set(b)}, "b"},
		{"without context", nil, ""},
		{"with an empty context", []string{`SELECT set_config('laneway.org_id', '', true)`}, ""},
		{"after a transaction of a", []string{set(a), `COMMIT`, `BEGIN`}, ""},
		{"after one of a that was rolled back", []string{set(a), `ROLLBACK`, `BEGIN`}, ""},
		{"as an unknown organization", []string{set(laneway.Actor{OrganizationID: newID()})}, ""},
	}
}

// seedAllTables gives the organization a row in every tenant table.
func seedAllTables(t testing.TB, db *storetest.Database, actor laneway.Actor) {
	t.Helper()
	d := newDiagram(t, db, actor, "first")
	newDiagram(t, db, actor, "spare")
	org, user := actor.OrganizationID, actor.UserID
	db.Admin(t, `INSERT INTO projects (org_id, id, name, created_by) VALUES ($1, $2, 'Project', $3)`, org, newID(), user)
	db.Admin(t, `INSERT INTO idempotency_keys (org_id, user_id, key, digest, claim, lease_until) VALUES ($1, $2, 'key', 'x', $3, now())`, org, user, newID())
	db.Admin(t, `INSERT INTO invitations (org_id, id, email, role, secret_hash, invited_by, expires_at) VALUES ($1, $2, 'x@example.org', 'member', 'x', $3, now())`, org, newID(), user)
	db.Admin(t, `INSERT INTO api_tokens (org_id, id, user_id, name, scope, secret_hash) VALUES ($1, $2, $3, 'token', 'read', 'x')`, org, newID(), user)
	db.Admin(t, `INSERT INTO drafts (org_id, id, diagram_id, user_id, base_version, xml, xml_size, sent_hash, conflict_count)
		VALUES ($1, $2, $3, $4, 1, 'x', 1, 'x', 1)`, org, newID(), d.ID, user)
	db.Admin(t, `INSERT INTO sent_documents (org_id, diagram_id, version, user_id, hash, xml, xml_size) VALUES ($1, $2, 1, $3, 'x', 'x', 1)`, org, d.ID, user)
	db.Admin(t, `INSERT INTO search_documents (org_id, diagram_id, version, body) VALUES ($1, $2, 1, 'x')`, org, d.ID)
}

// TestMatrix tries every verb on every tenant table as laneway_app, in every situation, on the rows
// of two organizations: it reaches what is granted on its own rows, and nothing of the other.
func TestMatrix(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	tenants := map[string]laneway.Actor{"a": newTenant(t, db), "b": newTenant(t, db)}
	for _, actor := range tenants {
		seedAllTables(t, db, actor)
	}
	db.Admin(t, `INSERT INTO users (id, email, display_name) VALUES ($1, 'spare@example.org', 'spare')`, newID())
	db.Admin(t, `INSERT INTO organizations (id, name) VALUES ($1, 'spare')`, newID())
	admin, app := connect(t, db.AdminURL), connect(t, db.URLs.App)
	tables := texts(t, admin, `SELECT table_name::text FROM information_schema.columns
		 WHERE table_schema = 'public' AND column_name = 'org_id' AND table_name <> 'events_default' ORDER BY 1`)
	checks := 0
	for _, table := range tables {
		column := texts(t, admin, `SELECT attname::text FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
			 ORDER BY has_column_privilege('laneway_app', attrelid, attnum, 'UPDATE') DESC, attname = 'org_id', attnum LIMIT 1`, table)[0]
		for target, owner := range tenants {
			copied := rowToInsert(t, admin, table, owner)
			for _, verb := range []string{"SELECT", "INSERT", "UPDATE", "DELETE"} {
				statement, args := matrixStatement(table, verb, column, owner, copied)
				may := strings.Contains(granted["laneway_app"][table], verb)
				for _, s := range situations(tenants["a"], tenants["b"]) {
					checks++
					affected, err := inSituation(t, app, s, statement, args)
					name := fmt.Sprintf("%s %s rows of %s %s", verb, table, target, s.name)
					switch {
					case !may:
						if !isDenied(err) {
							t.Errorf("%s: %d rows, %v; want permission denied", name, affected, err)
						}
					case s.sees == target:
						if err != nil || affected < 1 {
							t.Errorf("%s: %d rows, %v; want some", name, affected, err)
						}
					case verb == "INSERT":
						if !isDenied(err) {
							t.Errorf("%s: %d rows, %v; want it refused", name, affected, err)
						}
					case err != nil || affected != 0:
						t.Errorf("%s: %d rows, %v; want none", name, affected, err)
					}
				}
			}
		}
	}
	if checks < 600 {
		t.Errorf("%d checks, want at least 600", checks)
	}
	t.Logf("%d tables, %d checks", len(tables), checks)
	for _, table := range tables { // without a condition, as a forgotten WHERE would ask
		for _, s := range situations(tenants["a"], tenants["b"]) {
			if !strings.Contains(granted["laneway_app"][table], "SELECT") {
				continue
			}
			statement := "SELECT 1 FROM " + table + " WHERE org_id IS DISTINCT FROM nullif($1, '')::uuid"
			own := ""
			if s.sees != "" {
				own = tenants[s.sees].OrganizationID.String()
			}
			if n, err := inSituation(t, app, s, statement, []any{own}); err != nil || n != 0 {
				t.Errorf("%s %s: %d foreign rows, %v", table, s.name, n, err)
			}
		}
	}
}

// rowToInsert gives a row of the owner as JSON, with a key that is free.
func rowToInsert(t testing.TB, admin *pgx.Conn, table string, owner laneway.Actor) string {
	t.Helper()
	fresh, known := freshKey[table]
	if !known {
		t.Fatalf("table %s is new: say in freshKey how a second row of it is made", table)
	}
	var row string
	query := `SELECT (to_jsonb(x) || ` + fresh + `)::text FROM ` + table + ` x WHERE org_id = $1 LIMIT 1`
	if err := admin.QueryRow(t.Context(), query, owner.OrganizationID).Scan(&row); err != nil {
		t.Fatalf("a row of %s: %v", table, err)
	}
	return row
}

func matrixStatement(table, verb, column string, owner laneway.Actor, row string) (string, []any) {
	switch verb {
	case "SELECT":
		return `SELECT 1 FROM ` + table + ` WHERE org_id = $1`, []any{owner.OrganizationID}
	case "INSERT":
		return `INSERT INTO ` + table + ` SELECT * FROM jsonb_populate_record(NULL::` + table + `, $1::text::jsonb)`, []any{row}
	case "UPDATE":
		return `UPDATE ` + table + ` SET ` + column + ` = ` + column + ` WHERE org_id = $1`, []any{owner.OrganizationID}
	default:
		return `DELETE FROM ` + table + ` WHERE org_id = $1`, []any{owner.OrganizationID}
	}
}

// inSituation runs a statement in a transaction that is rolled back, and gives the number of rows.
func inSituation(t testing.TB, conn *pgx.Conn, s situation, statement string, args []any) (int64, error) {
	t.Helper()
	execute(t, conn, `BEGIN`)
	defer func() {
		if _, err := conn.Exec(context.Background(), `ROLLBACK`); err != nil {
			t.Error(err)
		}
	}()
	for _, before := range s.set {
		execute(t, conn, before)
	}
	tag, err := conn.Exec(t.Context(), statement, args...)
	return tag.RowsAffected(), err
}

func isDenied(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "42501"
}

// TestSystemSeesPurposesOnly holds what laneway_system reaches beyond its grants: of diagrams it
// sees those in the trash.
func TestSystemSeesPurposesOnly(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	kept, trashed := newDiagram(t, db, actor, "kept"), newDiagram(t, db, actor, "trashed")
	if _, err := db.Store.TrashDiagram(t.Context(), actor, trashed.ID); err != nil {
		t.Fatal(err)
	}
	system := connect(t, db.URLs.System)
	if seen := texts(t, system, `SELECT id::text FROM diagrams`); len(seen) != 1 || seen[0] != trashed.ID.String() {
		t.Errorf("laneway_system sees diagrams %q, want the trashed one", seen)
	}
	tag, err := system.Exec(t.Context(), `DELETE FROM diagrams WHERE id = $1`, kept.ID)
	if err != nil || tag.RowsAffected() != 0 {
		t.Errorf("laneway_system deleted %d diagrams in use, %v", tag.RowsAffected(), err)
	}
	for _, table := range []string{"projects", "search_documents", "removed_organizations"} {
		if _, err := system.Exec(t.Context(), `SELECT FROM `+table); !isDenied(err) {
			t.Errorf("laneway_system reads %s: %v", table, err)
		}
	}
	seedAllTables(t, db, actor) // with an invitation and a token
	for _, change := range []string{`UPDATE invitations SET role = 'admin'`, `UPDATE api_tokens SET scope = 'admin'`, `UPDATE api_tokens SET revoked_at = NULL`, `UPDATE memberships SET role = 'admin'`} {
		if _, err := system.Exec(t.Context(), change); !isDenied(err) {
			t.Errorf("laneway_system may %s: %v", change, err)
		}
	}
	for _, table := range []string{"invitations", "api_tokens"} { // what has not been over for long stays
		if tag, err := system.Exec(t.Context(), `DELETE FROM `+table); err != nil || tag.RowsAffected() != 0 {
			t.Errorf("laneway_system deleted %d of %s, %v", tag.RowsAffected(), table, err)
		}
	}
	for _, column := range []string{"xml", "title", "warnings", "changes", "created_by"} {
		if _, err := system.Exec(t.Context(), `SELECT `+column+` FROM diagram_versions`); !isDenied(err) {
			t.Errorf("laneway_system reads %s of versions: %v", column, err)
		}
	}
	db.Admin(t, `UPDATE diagram_versions SET created_at = now() - interval '2 days'`)
	db.Admin(t, `INSERT INTO diagram_versions (org_id, diagram_id, number, title, label, xml, xml_size, xml_hash, created_by, created_at)
		SELECT org_id, diagram_id, n, title, CASE WHEN n = 2 THEN 'kept' END, xml, xml_size, xml_hash, created_by, now() - (5 - n) * interval '20 hours'
		  FROM diagram_versions, generate_series(2, 4) n WHERE diagram_id = $1`, kept.ID)
	tag, err = system.Exec(t.Context(), `DELETE FROM diagram_versions WHERE diagram_id = $1`, kept.ID)
	left := texts(t, connect(t, db.AdminURL), `SELECT v.number::text FROM diagram_versions v WHERE diagram_id = $1 ORDER BY v.number`, kept.ID)
	if want := []string{"1", "2", "4"}; err != nil || !slices.Equal(left, want) {
		t.Errorf("laneway_system deleted %d versions, %v; left are %q, want the first, the labelled and the young one %q", tag.RowsAffected(), err, left, want)
	}
}

// TestMembersAreNamed holds whom an organization may name: its members of now, and nobody by more
// than id, name and address.
func TestMembersAreNamed(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	a, b := newTenant(t, db), newTenant(t, db)
	guest := newTenant(t, db)
	db.Admin(t, `INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, 'viewer')`, a.OrganizationID, guest.UserID)
	app := connect(t, db.URLs.App)
	seen := func(s situation) []string {
		execute(t, app, `BEGIN`)
		defer execute(t, app, `ROLLBACK`)
		for _, before := range s.set {
			execute(t, app, before)
		}
		return texts(t, app, `SELECT id::text FROM users ORDER BY id`)
	}
	for _, s := range situations(a, b) {
		var want []string
		switch s.sees {
		case "a":
			want = []string{a.UserID.String(), guest.UserID.String()}
		case "b":
			want = []string{b.UserID.String()}
		}
		slices.Sort(want)
		if got := seen(s); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", s.name, got, want)
		}
	}
	db.Admin(t, `DELETE FROM memberships WHERE org_id = $1 AND user_id = $2`, a.OrganizationID, guest.UserID)
	if got := seen(situations(a, b)[0]); len(got) != 1 {
		t.Errorf("after the guest left, a sees %q", got)
	}
	for _, statement := range []string{`SELECT operator FROM users`, `SELECT password_hash FROM users`, `UPDATE users SET display_name = 'x'`} {
		if _, err := app.Exec(t.Context(), statement); !isDenied(err) {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
