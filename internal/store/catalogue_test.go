package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"laneway/internal/store/storetest"
)

// granted is what the two logins may do, table by table. A verb more or less in the migrations must
// be a decision, so it has to be changed here as well. Events can only be added to, and so
// can versions, but for their labels and for thinning.
var granted = map[string]map[string]string{
	"laneway_app": {
		"organizations":      "SELECT UPDATE",
		"memberships":        "SELECT UPDATE DELETE",
		"invitations":        "SELECT INSERT UPDATE",
		"api_tokens":         "SELECT INSERT UPDATE",
		"organization_usage": "SELECT UPDATE",
		"organization_heads": "SELECT UPDATE",
		"projects":           "SELECT INSERT UPDATE",
		"diagrams":           "SELECT INSERT UPDATE",
		"diagram_versions":   "SELECT INSERT UPDATE",
		"users":              "SELECT",
		"events":             "SELECT INSERT",
		"idempotency_keys":   "SELECT INSERT UPDATE DELETE",
		"drafts":             "SELECT INSERT UPDATE DELETE",
		"sent_documents":     "SELECT INSERT DELETE",
		"jobs":               "INSERT",
		"goose_db_version":   "SELECT",
		"schema_version":     "SELECT",
	},
	"laneway_system": {
		"users":                 "SELECT INSERT UPDATE",
		"sessions":              "SELECT INSERT UPDATE DELETE",
		"sign_in_attempts":      "SELECT INSERT UPDATE DELETE",
		"organizations":         "SELECT INSERT DELETE",
		"memberships":           "SELECT INSERT",
		"invitations":           "SELECT UPDATE DELETE",
		"api_tokens":            "SELECT UPDATE DELETE",
		"organization_usage":    "SELECT INSERT",
		"operator_changes":      "SELECT",
		"organization_heads":    "SELECT INSERT UPDATE",
		"events":                "SELECT INSERT DELETE",
		"diagrams":              "SELECT DELETE",
		"diagram_versions":      "SELECT DELETE",
		"idempotency_keys":      "SELECT DELETE",
		"drafts":                "SELECT DELETE",
		"sent_documents":        "SELECT DELETE",
		"jobs":                  "SELECT INSERT UPDATE DELETE",
		"password_resets":       "SELECT INSERT DELETE",
		"identities":            "SELECT INSERT UPDATE DELETE",
		"sign_in_flows":         "SELECT INSERT DELETE",
		"removed_organizations": "INSERT",
		"goose_db_version":      "SELECT",
		"schema_version":        "SELECT",
	},
}

// TestCatalogue reads the catalogue of a migrated database and holds every table, policy, key and
// function against the rules that tenant isolation rests on. Each query gives what breaks its rule;
// that it would find something is proven by breaking the rule, in a transaction that is rolled back.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	const tenantTables = `
		WITH tenant AS (
		  SELECT c.oid, c.relname::text AS name, a.attnum, a.attnotnull FROM pg_class c
		    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped
		   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
		)`
	admin := connect(t, db.AdminURL)
	for _, rule := range []struct{ name, breakIt, faults string }{
		{"row level security is enabled and forced on every table", `ALTER TABLE projects NO FORCE ROW LEVEL SECURITY`, `
			SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
			   AND relname <> 'goose_db_version' AND NOT (relrowsecurity AND relforcerowsecurity)`},
		{"laneway_owner owns everything", `ALTER TABLE projects OWNER TO postgres`, `
			SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner <> 'laneway_owner'::regrole
			UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proowner <> 'laneway_owner'::regrole`},
		{"org_id is never null", `CREATE TABLE stray (org_id uuid)`, tenantTables + `SELECT name FROM tenant WHERE NOT attnotnull`},
		{"org_id is first in the primary key", `CREATE TABLE stray (id uuid, org_id uuid, PRIMARY KEY (id, org_id))`, tenantTables + `
			SELECT name FROM tenant WHERE NOT EXISTS (
			  SELECT FROM pg_index i WHERE i.indrelid = tenant.oid AND i.indisprimary AND i.indkey[0] = tenant.attnum)`},
		{"every unique key of a tenant table has org_id", `CREATE UNIQUE INDEX ON projects (name)`, tenantTables + `
			SELECT i.indexrelid::regclass::text FROM pg_index i JOIN tenant ON tenant.oid = i.indrelid
			 WHERE i.indisunique AND NOT tenant.attnum = ANY (i.indkey::int2[])`},
		{"no key is an expression, which could leave org_id out", `CREATE UNIQUE INDEX ON projects (org_id, lower(name))`, tenantTables + `
			SELECT i.indexrelid::regclass::text FROM pg_index i JOIN tenant ON tenant.oid = i.indrelid WHERE i.indisunique AND i.indexprs IS NOT NULL`},
		{"every foreign key between tenant tables has org_id on both sides at the same place", `CREATE UNIQUE INDEX stray ON projects (id, org_id); ALTER TABLE drafts ADD FOREIGN KEY (org_id, id) REFERENCES projects (id, org_id) NOT VALID`, tenantTables + `
			SELECT k.conname::text FROM pg_constraint k JOIN tenant f ON f.oid = k.conrelid JOIN tenant r ON r.oid = k.confrelid
			 WHERE k.contype = 'f' AND NOT EXISTS (
			   SELECT FROM generate_subscripts(k.conkey, 1) p WHERE k.conkey[p] = f.attnum AND k.confkey[p] = r.attnum)`},
		{"only tenant tables and the organization itself point to tenant tables", `CREATE TABLE stray (o uuid, d uuid, FOREIGN KEY (o, d) REFERENCES diagrams (org_id, id))`, tenantTables + `
			SELECT k.conname::text FROM pg_constraint k JOIN tenant r ON r.oid = k.confrelid
			 WHERE k.contype = 'f' AND k.conrelid NOT IN (SELECT oid FROM tenant)`},
		{"no policy is for everybody", `CREATE POLICY stray ON projects USING (true)`, `SELECT policyname::text || ' on ' || tablename FROM pg_policies WHERE schemaname = 'public' AND 'public' = ANY (roles)`},
		{"no policy is restrictive, which would hide that another one is missing", `CREATE POLICY stray ON projects AS RESTRICTIVE TO laneway_app USING (true)`, `
			SELECT policyname::text FROM pg_policies WHERE schemaname = 'public' AND permissive <> 'PERMISSIVE'`},
		{"the application's policies name the organization of the transaction and nothing else", `CREATE POLICY stray ON projects FOR SELECT TO laneway_app USING (true)`, `
			SELECT policyname::text || ' on ' || tablename FROM pg_policies
			 WHERE schemaname = 'public' AND 'laneway_app' = ANY (roles) AND (
			   roles <> '{laneway_app}'
			   OR EXISTS (SELECT FROM unnest(ARRAY[qual, with_check]) e WHERE e IS NOT NULL AND regexp_replace(e, '\s+', ' ', 'g') <>
			      CASE tablename WHEN 'organizations' THEN '(id = ( SELECT current_org() AS current_org))'
			        WHEN 'jobs' THEN '(about_org_id = ( SELECT current_org() AS current_org))'
			        WHEN 'users' THEN '(EXISTS ( SELECT FROM memberships m WHERE ((m.org_id = ( SELECT current_org() AS current_org)) AND (m.user_id = users.id))))'
			        ELSE '(org_id = ( SELECT current_org() AS current_org))' END))`},
		{"policies that let rows in check them", `CREATE POLICY stray ON projects FOR UPDATE TO laneway_system USING (true)`, `
			SELECT policyname::text || ' on ' || tablename FROM pg_policies WHERE schemaname = 'public' AND cmd IN ('INSERT', 'UPDATE', 'ALL') AND with_check IS NULL`},
		{"policies that look at rows filter them", `CREATE POLICY stray ON projects FOR UPDATE TO laneway_system WITH CHECK (true)`, `
			SELECT policyname::text || ' on ' || tablename FROM pg_policies WHERE schemaname = 'public' AND cmd <> 'INSERT' AND qual IS NULL`},
		{"every granted verb has a policy for that login", `DROP POLICY app_insert ON diagrams`, `
			SELECT r.role || ': ' || v.verb || ' on ' || c.relname FROM pg_class c
			 CROSS JOIN unnest(ARRAY['laneway_app', 'laneway_system', 'laneway_maintenance']) r (role)
			 CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) v (verb)
			 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'goose_db_version'
			   AND (has_table_privilege(r.role, c.oid, v.verb) OR v.verb <> 'DELETE' AND has_any_column_privilege(r.role, c.oid, v.verb))
			   AND NOT EXISTS (SELECT FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname AND r.role = ANY (p.roles) AND p.cmd IN (v.verb, 'ALL'))`},
		{"no login truncates, references or sets triggers", `GRANT TRUNCATE ON diagrams TO laneway_app`, `
			SELECT r.role || ': ' || v.verb || ' on ' || c.relname FROM pg_class c
			 CROSS JOIN unnest(ARRAY['laneway_app', 'laneway_system', 'laneway_maintenance', 'laneway_migrator']) r (role)
			 CROSS JOIN unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) v (verb)
			 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND has_table_privilege(r.role, c.oid, v.verb)`},
		{"nothing is granted to everybody", `GRANT SELECT ON diagrams TO PUBLIC`, `
			SELECT c.relname::text FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 0`},
		{"the schema is open to nobody else", `GRANT CREATE ON SCHEMA public TO laneway_system`, `
			SELECT a.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname = 'public' AND (a.grantee = 0
			   OR a.privilege_type = 'CREATE' AND a.grantee NOT IN ('laneway_owner'::regrole, 'pg_database_owner'::regrole))`},
		{"logins are neither superusers nor more than they need", `ALTER ROLE laneway_maintenance LOGIN`, `
			SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'laneway%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
			   OR rolcanlogin <> (rolname IN ('laneway_app', 'laneway_system', 'laneway_migrator')))`},
		{"nobody but the migrator is a member of anything", `GRANT laneway_owner TO laneway_app`, `
			SELECT m.member::regrole::text FROM pg_auth_members m WHERE m.member::regrole::text LIKE 'laneway%' AND m.member <> 'laneway_migrator'::regrole`},
		{"the server's logins own nothing", `CREATE TABLE stray (); ALTER TABLE stray OWNER TO laneway_migrator`, `
			SELECT classid::regclass::text FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND deptype = 'o'
			   AND refobjid IN ('laneway_app'::regrole, 'laneway_system'::regrole, 'laneway_migrator'::regrole, 'laneway_maintenance'::regrole)`},
		{"views ask with the rights of who asks", `CREATE VIEW stray AS SELECT * FROM diagrams`, `
			SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'
			   AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)`},
		{"no materialized views, which have no row level security", `CREATE MATERIALIZED VIEW stray AS SELECT 1`, `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'm'`},
		{"no function runs with the rights of its owner", `ALTER FUNCTION append_event SECURITY DEFINER`, `SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef`},
		{"no sequence, whose gaps would tell across organizations", `CREATE SEQUENCE stray`, `
			SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND relname NOT LIKE 'goose%'`},
	} {
		if faults := texts(t, admin, rule.faults); len(faults) > 0 {
			t.Errorf("%s, but not: %q", rule.name, faults)
		}
		execute(t, admin, `BEGIN`)
		execute(t, admin, rule.breakIt)
		if faults := texts(t, admin, rule.faults); len(faults) == 0 {
			t.Errorf("%s: the rule does not notice %q", rule.name, rule.breakIt)
		}
		execute(t, admin, `ROLLBACK`)
	}
	for role, columns := range map[string]map[string]string{
		"laneway_app": {"users": "id email display_name", "diagram_versions UPDATE": "label", "projects UPDATE": "name description updated_at archived_at version",
			"memberships UPDATE": "role", "invitations UPDATE": "revoked_at", "organizations UPDATE": "name deleted_at deleted_by",
			"api_tokens UPDATE": "revoked_at", "api_tokens": "org_id id user_id name scope created_at expires_at used_at revoked_at",
			"invitations": "org_id id email role invited_by created_at expires_at accepted_at revoked_at mail mail_problem"},
		"laneway_system": {"diagram_versions": "org_id diagram_id number label created_at full_number", "invitations UPDATE": "accepted_at mail mail_problem mail_secret_hash", "jobs UPDATE": "run_at attempts last_error", "api_tokens UPDATE": "used_at", "identities UPDATE": "used_at"},
	} {
		for table, want := range columns {
			table, verb, _ := strings.Cut(table, " ")
			got := texts(t, admin, `SELECT attname::text FROM pg_attribute WHERE attrelid = $2::text::regclass AND attnum > 0 AND NOT attisdropped
				 AND has_column_privilege($1, attrelid, attnum, coalesce(nullif($3, ''), 'SELECT')) ORDER BY attnum`, role, table, verb)
			if wanted := verbs(want); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(wanted))) {
				t.Errorf("%s may %s %q of %s, want %q", role, verb, got, table, wanted)
			}
		}
	}
	tenants := texts(t, admin, tenantTables+`SELECT name FROM tenant`)
	if len(tenants) < 12 {
		t.Errorf("%d tables with org_id, want at least 12: %q", len(tenants), tenants)
	}
	for role, tables := range granted {
		for _, table := range texts(t, admin, `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')`) {
			got := texts(t, admin, `
				SELECT verb FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) WITH ORDINALITY v (verb, place)
				 WHERE has_table_privilege($1, $2, verb) OR verb <> 'DELETE' AND has_any_column_privilege($1, $2, verb) ORDER BY place`, role, table)
			if want := verbs(tables[table]); !slices.Equal(got, want) {
				t.Errorf("%s may %q on %s, want %q", role, got, table, want)
			}
		}
	}
}

// texts gives one column of text.
func texts(t testing.TB, conn *pgx.Conn, query string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return list
}
