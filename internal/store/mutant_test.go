package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"laneway"
	"laneway/internal/store/storetest"
)

// The proof of the proof in the database: every policy is dropped and opened in turn, row level security is switched off and
// no longer forced, and every verb that is not granted is granted, table by table; each time the matrix below has to notice.
//
// The matrix tries every verb on every table as each role, on rows of four organizations: a and b are like any other, c
// was deleted so long ago that it may be removed, and d has old things of every kind, which the purge takes.

// matrixOwners are the organizations whose rows are tried.
var matrixOwners = []string{"a", "b", "c", "d"}

// rowsOfOwner selects an owner's rows of a table: $1 is the organization, $2 one of its people. What has org_id needs no
// entry.
var rowsOfOwner = map[string]string{
	"organizations":         "id = $1 AND $2::uuid IS NOT NULL",
	"users":                 "id = $2 AND $1::uuid IS NOT NULL",
	"sessions":              "user_id = $2 AND $1::uuid IS NOT NULL",
	"password_resets":       "user_id = $2 AND $1::uuid IS NOT NULL",
	"jobs":                  "about_org_id = $1 AND $2::uuid IS NOT NULL",
	"removed_organizations": "id = $1 AND $2::uuid IS NOT NULL",
	"sign_in_attempts":      "key = sha256($1::uuid::text::bytea) AND $2::uuid IS NOT NULL",
	"identities":            "user_id = $2 AND $1::uuid IS NOT NULL",
	"sign_in_flows":         "user_id = $2 AND $1::uuid IS NOT NULL",
	"operator_changes":      "user_id = $2 AND $1::uuid IS NOT NULL",
}

// moreRows gives each owner a row of tables that seedAllTables leaves out.
var moreRows = map[string]string{
	"jobs":                  `SELECT $2::uuid, $1::uuid, 'mail.invitation'`,
	"password_resets":       `SELECT sha256($1::uuid::text::bytea), $2::uuid, now(), now() + interval '1 hour'`,
	"sign_in_attempts":      `SELECT sha256($1::uuid::text::bytea), 1, now(), now() WHERE $2::uuid IS NOT NULL`,
	"removed_organizations": `SELECT $1::uuid, now(), now(), $2::uuid, now(), 1, 'x'`,
	"identities":            `SELECT 'https://issuer.example', $1::uuid::text, $1::uuid, $2::uuid`,
	"sign_in_flows":         `SELECT sha256($1::uuid::text::bytea), 'google', '/', $2::uuid, NULL::uuid, NULL, NULL, NULL, now() + interval '1 hour'`,
	"operator_changes":      `SELECT $1::uuid, $2::uuid, true`,
}

// anotherRow makes a row that can be added out of one that is there, for tables that freshKey does not have.
var anotherRow = map[string]string{
	"organizations":         `jsonb_build_object('id', gen_random_uuid())`,
	"users":                 `jsonb_build_object('id', gen_random_uuid(), 'email', gen_random_uuid() || '@example.org')`,
	"sessions":              `jsonb_build_object('id', gen_random_uuid(), 'secret_hash', sha256(gen_random_uuid()::text::bytea))`,
	"password_resets":       `jsonb_build_object('secret_hash', sha256(gen_random_uuid()::text::bytea))`,
	"jobs":                  `jsonb_build_object('id', gen_random_uuid())`,
	"removed_organizations": `jsonb_build_object('id', gen_random_uuid())`,
	"sign_in_attempts":      `jsonb_build_object('key', sha256(gen_random_uuid()::text::bytea))`,
	"identities":            `jsonb_build_object('subject', gen_random_uuid(), 'id', gen_random_uuid())`,
	"sign_in_flows":         `jsonb_build_object('secret_hash', sha256(gen_random_uuid()::text::bytea))`,
	"operator_changes":      `jsonb_build_object('id', gen_random_uuid())`,
}

// systemReaches says whose rows laneway_system reaches with what it is granted, where that is not everybody's.
var systemReaches = map[string]string{
	"diagrams SELECT": "cd", "diagrams DELETE": "cd",
	"diagram_versions DELETE": "cd",
	"events DELETE":           "cd",
	"invitations DELETE":      "d",
	"api_tokens DELETE":       "d",
	"organizations DELETE":    "c",
}

// blindColumns are tables of which laneway_system may not read whose the rows are: it is asked about all of them.
var blindColumns = map[string]string{"sent_documents": "created_at IS NOT NULL AND $1::uuid IS NOT NULL AND $2::uuid IS NOT NULL"}

// matrix is a database with rows for everything, and a transaction of the superuser in it.
type matrix struct {
	tx     *pgx.Conn
	owners map[string]laneway.Actor
	rows   map[string]string // a row to add, by table and owner
	tables []string
	blind  map[string]string // what statements without a condition came to before anything was changed
	column map[string][2]string
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	db := storetest.New(t)
	m := &matrix{tx: connect(t, db.AdminURL), owners: make(map[string]laneway.Actor), rows: make(map[string]string),
		blind: make(map[string]string), column: make(map[string][2]string)}
	m.tables = texts(t, m.tx, `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'goose_db_version' ORDER BY 1`)
	for _, owner := range matrixOwners {
		actor := newTenant(t, db)
		seedAllTables(t, db, actor)
		for _, table := range m.tables {
			if row := moreRows[table]; row != "" {
				db.Admin(t, `INSERT INTO `+table+` `+row, actor.OrganizationID, actor.UserID)
			}
		}
		m.owners[owner] = actor
	}
	db.Admin(t, `INSERT INTO users (id, email, display_name) VALUES ($1, 'spare@example.org', 'spare')`, newID())
	db.Admin(t, `INSERT INTO organizations (id, name) VALUES ($1, 'spare')`, newID())
	c, d := m.owners["c"].OrganizationID, m.owners["d"].OrganizationID
	db.Admin(t, `UPDATE organizations SET deleted_at = now() - interval '31 days' WHERE id = $1`, c)
	db.Admin(t, `UPDATE events SET at = at - interval '32 days' WHERE org_id = $1`, d)
	db.Admin(t, `UPDATE invitations SET expires_at = now() - interval '31 days' WHERE org_id = $1`, d)
	db.Admin(t, `UPDATE api_tokens SET revoked_at = now() - interval '31 days' WHERE org_id = $1`, d)
	db.Admin(t, `UPDATE diagrams SET deleted_at = now() WHERE org_id = $1 AND title = 'first'`, d)
	db.Admin(t, `INSERT INTO diagram_versions (org_id, diagram_id, number, title, xml, xml_size, xml_hash, created_by, created_at)
		SELECT org_id, diagram_id, 2, title, xml, xml_size, xml_hash, created_by, now() - interval '2 days' FROM diagram_versions WHERE org_id = $1 AND number = 1`, d)
	for _, table := range m.tables {
		fresh := freshKey[table]
		if fresh == "" {
			fresh = anotherRow[table]
		}
		if fresh == "" {
			t.Fatalf("table %s is new: say in rowsOfOwner, moreRows and anotherRow how its rows are found and made", table)
		}
		fresh = strings.ReplaceAll(fresh, "org_id = $1", "org_id = $1::uuid")
		for _, owner := range matrixOwners {
			var row string
			actor := m.owners[owner]
			err := m.tx.QueryRow(t.Context(), `SELECT (to_jsonb(x) || `+fresh+`)::text FROM `+table+` x WHERE `+m.where("", table)+` LIMIT 1`, actor.OrganizationID, actor.UserID).Scan(&row)
			if err != nil {
				t.Fatalf("a row of %s of %s: %v", table, owner, err)
			}
			m.rows[table+" "+owner] = row
		}
	}
	return m
}

func (m *matrix) where(role, table string) string {
	if blind := blindColumns[table]; blind != "" && role == "laneway_system" {
		return blind
	}
	if where := rowsOfOwner[table]; where != "" {
		return where
	}
	return "org_id = $1 AND $2::uuid IS NOT NULL"
}

// want says what must come of a verb: "denied", or whether rows are reached.
func (m *matrix) want(role, table, verb, owner, sees string) string {
	some := func(yes bool) string {
		if yes {
			return "some"
		}
		return "none"
	}
	switch role {
	case "laneway_owner":
		return some(false) // it owns everything, and forced row level security shows it nothing
	case "laneway_maintenance":
		return some(true)
	case "laneway_system":
		if !strings.Contains(granted[role][table], verb) {
			return "denied"
		}
		if owners, narrowed := systemReaches[table+" "+verb]; narrowed {
			return some(strings.Contains(owners, owner))
		}
		return some(true)
	}
	if !strings.Contains(granted[role][table], verb) {
		return "denied"
	}
	return some(sees == owner)
}

// fault runs the matrix of one table as some roles and gives the first cell that is not as it must be; "" when all are.
func (m *matrix) fault(t *testing.T, table string, roles ...string) string {
	t.Helper()
	for _, role := range roles {
		situations := []string{"a", ""}
		if role == "laneway_app" {
			situations = []string{"a", "b", "", "empty"}
		}
		for _, sees := range situations {
			for _, verb := range []string{"SELECT", "INSERT", "UPDATE", "DELETE"} {
				for _, owner := range matrixOwners {
					got := m.cell(t, role, table, verb, owner, sees)
					want := m.want(role, table, verb, owner, sees)
					if want == "none" && verb == "INSERT" {
						want = "refused" // by row level security, which does not hide a row that comes in
					}
					if got != want {
						return fmt.Sprintf("%s %s rows of %s as %s in the organization %q: %s, want %s", verb, table, owner, role, sees, got, want)
					}
				}
			}
			// A statement that has forgotten its condition reads nothing, so that the policy for reading does not help it.
			for _, verb := range []string{"UPDATE", "DELETE"} {
				cell := strings.Join([]string{role, table, verb, sees}, " ")
				got := m.blindly(t, role, table, verb, sees)
				if before, known := m.blind[cell]; !known {
					m.blind[cell] = got
				} else if got != before {
					return fmt.Sprintf("%s of all %s as %s in the organization %q: %s, before %s", verb, table, role, sees, got, before)
				}
			}
		}
	}
	return ""
}

// blindly changes or removes all rows that there are, in a savepoint that is rolled back.
func (m *matrix) blindly(t *testing.T, role, table, verb, sees string) string {
	t.Helper()
	statement := `DELETE FROM ` + table
	if verb == "UPDATE" {
		column := m.updatable(t, role, table)
		statement = `UPDATE ` + table + ` SET ` + column[0] + ` = ` + column[1]
	}
	m.as(t, role, sees)
	defer m.back(t)
	tag, err := m.tx.Exec(t.Context(), statement)
	if err != nil {
		return outcome(err)
	}
	return fmt.Sprint(tag.RowsAffected())
}

// as begins a savepoint as a role in an organization, and back ends it.
func (m *matrix) as(t *testing.T, role, sees string) {
	t.Helper()
	setting := ""
	switch sees {
	case "":
	case "empty":
		setting = `; SELECT set_config('laneway.org_id', '', true)`
	default:
		setting = fmt.Sprintf(`; SELECT set_config('laneway.org_id', '%s', true)`, m.owners[sees].OrganizationID)
	}
	execute(t, m.tx, `SAVEPOINT cell; SET LOCAL ROLE `+role+setting)
}

func (m *matrix) back(t *testing.T) {
	t.Helper()
	execute(t, m.tx, `ROLLBACK TO SAVEPOINT cell; RELEASE SAVEPOINT cell`)
}

// outcome tells a verb that is not granted from a row that row level security does not let in, and other errors from both.
func outcome(err error) string {
	switch {
	case !isDenied(err):
		return err.Error()
	case strings.Contains(err.Error(), "row-level security"):
		return "refused"
	}
	return "denied"
}

// cell tries one verb in a savepoint that is rolled back.
func (m *matrix) cell(t *testing.T, role, table, verb, owner, sees string) string {
	t.Helper()
	column := m.updatable(t, role, table)[0]
	m.as(t, role, sees)
	defer m.back(t)
	actor := m.owners[owner]
	args := []any{actor.OrganizationID, actor.UserID}
	var statement string
	switch verb {
	case "SELECT":
		statement = `SELECT 1 FROM ` + table + ` WHERE ` + m.where(role, table)
	case "INSERT":
		statement, args = `INSERT INTO `+table+` SELECT * FROM jsonb_populate_record(NULL::`+table+`, $1::text::jsonb)`, []any{m.rows[table+" "+owner]}
	case "UPDATE":
		statement = `UPDATE ` + table + ` SET ` + column + ` = ` + column + ` WHERE ` + m.where(role, table)
	case "DELETE":
		statement = `DELETE FROM ` + table + ` WHERE ` + m.where(role, table)
	}
	tag, err := m.tx.Exec(t.Context(), statement, args...)
	switch {
	case err != nil && !strings.Contains(err.Error(), "SQLSTATE 23503"): // a foreign key holds what row level security lets go
		return outcome(err)
	case err == nil && tag.RowsAffected() == 0:
		return "none"
	}
	return "some"
}

// updatable gives a column that the role may update and read, or any, and a value for it.
func (m *matrix) updatable(t *testing.T, role, table string) [2]string {
	t.Helper()
	if known, ok := m.column[role+" "+table]; ok {
		return known
	}
	column := texts(t, m.tx, `SELECT attname::text FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
		 ORDER BY has_column_privilege($2, attrelid, attnum, 'UPDATE') AND has_column_privilege($2, attrelid, attnum, 'SELECT') DESC,
		          has_column_privilege($2, attrelid, attnum, 'UPDATE') DESC, attname = 'org_id', attnum LIMIT 1`, table, role)[0]
	value := texts(t, m.tx, `SELECT quote_nullable(`+column+`::text) FROM `+table+` LIMIT 1`)[0]
	m.column[role+" "+table] = [2]string{column, value}
	return m.column[role+" "+table]
}

var matrixRoles = []string{"laneway_app", "laneway_system", "laneway_maintenance", "laneway_owner"}

// TestMatrixNoticesMutants holds the matrix as it is, and then wants it to fail with each protection taken away.
func TestMatrixNoticesMutants(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	execute(t, m.tx, `BEGIN`)
	for _, table := range m.tables {
		if fault := m.fault(t, table, matrixRoles...); fault != "" {
			t.Errorf("as it is: %s", fault)
		}
	}
	for cell, got := range m.blind {
		// What a request without any condition reaches is what its organization has, and nothing without one.
		var role, table, verb, sees string
		if n, _ := fmt.Sscan(cell, &role, &table, &verb, &sees); n < 3 || role != "laneway_app" || !strings.Contains(granted[role][table], verb) {
			continue
		}
		want := "0"
		if actor, named := m.owners[sees]; named {
			want = texts(t, m.tx, `SELECT count(*)::text FROM `+table+` WHERE `+m.where(role, table), actor.OrganizationID, actor.UserID)[0]
		}
		if got != want {
			t.Errorf("%s without a condition: %s, want %s", cell, got, want)
		}
	}
	if t.Failed() {
		return
	}
	noticed, equivalent := 0, make(map[string]int)
	mutate := func(table, mutation, reason string, roles ...string) {
		t.Helper()
		execute(t, m.tx, `SAVEPOINT mutant`)
		execute(t, m.tx, mutation)
		fault := m.fault(t, table, roles...)
		execute(t, m.tx, `ROLLBACK TO SAVEPOINT mutant; RELEASE SAVEPOINT mutant`)
		switch {
		case fault == "" && reason == "":
			t.Errorf("nothing notices %s", mutation)
		case fault == "":
			equivalent[reason]++
		case reason != "":
			t.Errorf("%s is noticed (%s), but it is said that %s", mutation, fault, reason)
		default:
			noticed++
		}
	}
	rows, err := m.tx.Query(t.Context(), `SELECT tablename::text, policyname::text, cmd, roles[1]::text, coalesce(qual, ''), coalesce(with_check, '') FROM pg_policies WHERE schemaname = 'public' ORDER BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	type policy struct{ Table, Name, Verb, Role, Using, Check string }
	policies, err := pgx.CollectRows(rows, pgx.RowToStructByPos[policy])
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range policies {
		reason := ""
		if p.Role != "laneway_maintenance" && p.Verb != "ALL" && !strings.Contains(granted[p.Role][p.Table], p.Verb) {
			reason = "the verb is not granted, so the policy decides nothing"
		}
		if r := unnoticedPolicies[p.Table+" "+p.Name]; r != "" {
			reason = r
		}
		mutate(p.Table, fmt.Sprintf(`DROP POLICY %s ON %s`, p.Name, p.Table), reason, p.Role)
		if reason == "" && p.Using != "" && p.Using != "true" {
			open := fmt.Sprintf(`ALTER POLICY %s ON %s USING (true)`, p.Name, p.Table)
			mutate(p.Table, open, widened[p.Table+" "+p.Name], p.Role)
		}
		if reason == "" && p.Check != "" && p.Check != "true" {
			open := fmt.Sprintf(`ALTER POLICY %s ON %s WITH CHECK (true)`, p.Name, p.Table)
			r := widened[p.Table+" "+p.Name]
			if p.Verb == "UPDATE" {
				r = "no login may change the column that names the organization, so a row cannot be moved"
			}
			mutate(p.Table, open, r, p.Role)
		}
	}
	for _, table := range m.tables {
		off := ""
		if granted["laneway_app"][table] == "" {
			off = "laneway_app is granted nothing on the table"
		}
		mutate(table, `ALTER TABLE `+table+` DISABLE ROW LEVEL SECURITY`, off, "laneway_app")
		mutate(table, `ALTER TABLE `+table+` DISABLE ROW LEVEL SECURITY`, "", "laneway_owner")
		mutate(table, `ALTER TABLE `+table+` NO FORCE ROW LEVEL SECURITY`, "", "laneway_owner")
		for _, role := range []string{"laneway_app", "laneway_system"} {
			for _, verb := range []string{"SELECT", "INSERT", "UPDATE", "DELETE"} {
				if !strings.Contains(granted[role][table], verb) {
					mutate(table, fmt.Sprintf(`GRANT %s ON %s TO %s`, verb, table, role), "", role)
				}
			}
		}
	}
	t.Logf("%d tables, %d policies: %d mutants noticed, the others equivalent: %v", len(m.tables), len(policies), noticed, equivalent)
	for name := range unnoticedPolicies {
		if !slices.ContainsFunc(policies, func(p policy) bool { return p.Table+" "+p.Name == name }) {
			t.Errorf("there is no policy %s any more", name)
		}
	}
}

// unnoticedPolicies are policies whose absence changes nothing, each with the reason.
var unnoticedPolicies = map[string]string{}

// widened are policies that change nothing when they let everything through, each with the reason.
var widened = map[string]string{}
