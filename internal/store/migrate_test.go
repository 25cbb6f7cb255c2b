package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func execute(t testing.TB, conn *pgx.Conn, statement string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// emptyDatabase is a database on the shared server with roles and grants, but without a schema.
func emptyDatabase(t *testing.T, db *storetest.Database) store.URLs {
	t.Helper()
	name := "empty_" + strings.ReplaceAll(newID().String(), "-", "")
	admin := connect(t, db.Server.AdminURL("postgres"))
	execute(t, admin, "CREATE DATABASE "+name+" OWNER laneway_owner")
	t.Cleanup(func() {
		if _, err := admin.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	inside := connect(t, db.Server.AdminURL(name))
	execute(t, inside, "GRANT USAGE ON SCHEMA public TO laneway_app, laneway_system, laneway_maintenance")
	execute(t, inside, "GRANT USAGE, CREATE ON SCHEMA public TO laneway_owner")
	urls, err := db.URLs.On(name)
	if err != nil {
		t.Fatal(err)
	}
	return urls
}

func openStore(t testing.TB, urls store.URLs) error {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{AppURL: urls.App, SystemURL: urls.System})
	if err == nil {
		s.Close()
	}
	return err
}

func TestMigrateThreeAtOnceFromEmpty(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	urls := emptyDatabase(t, db)
	if err := openStore(t, urls); err == nil || !strings.Contains(err.Error(), "laneway migrate") {
		t.Fatalf("a database without a schema gave %v, want what to do", err)
	}
	var wait sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		wait.Go(func() { errs[i] = store.Migrate(t.Context(), urls.Migrator) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context(), urls.Migrator); err != nil {
		t.Errorf("migrating once more: %v", err)
	}
	conn := connect(t, urls.Migrator)
	var applied, twice int
	execute(t, conn, "SET ROLE laneway_owner")
	if err := conn.QueryRow(t.Context(), `SELECT count(*), count(*) - count(DISTINCT version_id) FROM goose_db_version`).Scan(&applied, &twice); err != nil {
		t.Fatal(err)
	}
	if files := len(migrationFiles(t)); applied != files+1 || twice != 0 {
		t.Errorf("%d rows of applied migrations (%d of them repeated), want %d and the first one of the tool", applied, twice, files)
	}
	if err := openStore(t, urls); err != nil {
		t.Errorf("open after migrating: %v", err)
	}
}

func migrationFiles(t testing.TB) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// migrationsOf gives the migrations of a database, to be run one by one, and the database as the owner of its tables.
func migrationsOf(t testing.TB, migratorURL string) (*goose.Provider, *sql.DB) {
	t.Helper()
	config, err := pgx.ParseConfig(migratorURL)
	if err != nil {
		t.Fatal(err)
	}
	owner := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET ROLE laneway_owner`)
		return err
	}))
	t.Cleanup(func() { _ = owner.Close() })
	provider, err := goose.NewProvider(goose.DialectPostgres, owner, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	return provider, owner
}

// adminOf is the superuser in the database that the addresses lead to.
func adminOf(t testing.TB, db *storetest.Database, urls store.URLs) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(urls.Migrator)
	if err != nil {
		t.Fatal(err)
	}
	return connect(t, db.Server.AdminURL(config.Database))
}

func TestMigrateDownAndUpAgain(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	provider, as := migrationsOf(t, db.URLs.Migrator)
	before := schemaOf(t, as)
	if _, err := provider.DownTo(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if left := schemaOf(t, as); strings.Count(left, "\n") > strings.Count(before, "\n")/4 {
		t.Errorf("after going down there is still:\n%s", left)
	}
	if err := store.Migrate(t.Context(), db.URLs.Migrator); err != nil {
		t.Fatal(err)
	}
	if after := schemaOf(t, as); after != before {
		t.Errorf("down and up made another schema:\n%s\nwant\n%s", after, before)
	}
}

// schemaOf lists tables with their columns, policies, grants and functions.
func schemaOf(t testing.TB, db *sql.DB) string {
	t.Helper()
	var schema string
	err := db.QueryRowContext(t.Context(), `
		SELECT coalesce(string_agg(line, E'\n' ORDER BY line), '') FROM (
		  SELECT concat_ws(' ', 'column', table_name, column_name, data_type, domain_name, is_nullable, column_default) AS line
		    FROM information_schema.columns WHERE table_schema = 'public'
		  UNION ALL SELECT concat_ws(' ', 'policy', tablename, policyname, roles::text, cmd, qual, with_check) FROM pg_policies WHERE schemaname = 'public'
		  UNION ALL SELECT concat_ws(' ', 'grant', relname, relacl::text) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
		  UNION ALL SELECT concat_ws(' ', 'function', oid::regprocedure::text, provolatile) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
		  UNION ALL SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes WHERE schemaname = 'public'
		  UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
		) all_lines`).Scan(&schema)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	db.Admin(t, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
	for name, err := range map[string]error{
		"migrate": store.Migrate(t.Context(), db.URLs.Migrator),
		"open":    openStore(t, db.URLs),
	} {
		if err == nil || !strings.Contains(err.Error(), "newer Laneway") || !strings.Contains(err.Error(), "99999") {
			t.Errorf("%s: %v, want that the database is newer", name, err)
		}
	}
}

func TestOlderSchemaIsRefused(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	db.Admin(t, `DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`)
	if err := openStore(t, db.URLs); err == nil || !strings.Contains(err.Error(), "laneway migrate") {
		t.Errorf("open: %v, want that it must be migrated", err)
	}
}

// TestBootstrap runs on a server of its own, because roles belong to a whole server.
func TestBootstrap(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	first := bootstrap(t, server.AdminURL("postgres"), "laneway")
	if err := store.Migrate(t.Context(), first.Migrator); err != nil {
		t.Fatal(err)
	}
	if err := openStore(t, first); err != nil {
		t.Fatalf("open with the first addresses: %v", err)
	}
	// Again, and three at once: nothing is lost, and the addresses of the last one work.
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() { bootstrap(t, server.AdminURL("postgres"), "laneway") })
	}
	wait.Wait()
	second := bootstrap(t, server.AdminURL("postgres"), "laneway")
	if err := store.Migrate(t.Context(), second.Migrator); err != nil {
		t.Errorf("migrate after the second bootstrap: %v", err)
	}
	if err := openStore(t, second); err != nil {
		t.Errorf("open after the second bootstrap: %v", err)
	}
	if err := openStore(t, first); err == nil {
		t.Error("the passwords of before still work")
	}

	// A managed Postgres gives no superuser, only a role that may create roles and databases.
	admin := connect(t, server.AdminURL("postgres"))
	for _, role := range []string{"laneway_app", "laneway_system", "laneway_migrator", "laneway_maintenance", "laneway_owner"} {
		execute(t, admin, `DROP DATABASE IF EXISTS laneway WITH (FORCE)`)
		execute(t, admin, `DROP ROLE `+role)
	}
	execute(t, admin, `CREATE ROLE manager LOGIN CREATEROLE CREATEDB PASSWORD 'manager'`)
	execute(t, admin, `CREATE DATABASE manager OWNER manager`)
	managed := strings.Replace(server.AdminURL("manager"), adminLogin(t, server.AdminURL("manager")), "manager:manager@", 1)
	third := bootstrap(t, managed, "laneway")
	if err := store.Migrate(t.Context(), third.Migrator); err != nil {
		t.Fatalf("migrate as a role that is no superuser: %v", err)
	}
	if err := openStore(t, third); err != nil {
		t.Errorf("open what no superuser made: %v", err)
	}
	third = bootstrap(t, managed, "laneway")
	if err := store.Migrate(t.Context(), third.Migrator); err != nil {
		t.Errorf("migrate after a second bootstrap by no superuser: %v", err)
	}
	operator, err := store.OpenOperator(t.Context(), strings.Replace(managed, "/manager?", "/laneway?", 1))
	if err != nil {
		t.Fatalf("the operator's door for an admin that is no superuser: %v", err)
	}
	if list, err := operator.Organizations(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("organizations %+v, %v", list, err)
	}
	if err := operator.Close(t.Context()); err != nil {
		t.Error(err)
	}
	checkFaults(t, server, third)
}

func adminLogin(t *testing.T, url string) string {
	t.Helper()
	login, _, ok := strings.Cut(strings.TrimPrefix(url, "postgres://"), "@")
	if !ok {
		t.Fatalf("address %q has no login", url)
	}
	return login + "@"
}

func bootstrap(t *testing.T, admin, name string) store.URLs {
	t.Helper()
	urls, err := store.Bootstrap(t.Context(), admin, name)
	if err != nil {
		t.Errorf("bootstrap: %v", err)
	}
	return urls
}

// checkFaults breaks one thing after the other that tenant isolation rests on: each time the server
// must refuse to serve and name the fault.
func checkFaults(t *testing.T, server *storetest.Private, urls store.URLs) {
	admin := connect(t, server.AdminURL("laneway"))
	asSuperuser := urls
	asSuperuser.App = server.AdminURL("laneway")
	swapped := store.URLs{App: urls.System, System: urls.App}
	for _, tt := range []struct {
		name, breakIt, mendIt, want string
		urls                        store.URLs
	}{
		{"superuser as login", `SELECT 1`, `SELECT 1`, "login postgres is a superuser", asSuperuser},
		{"logins swapped", `SELECT 1`, `SELECT 1`, "login laneway_system is not laneway_app", swapped},
		{"app is a superuser", `ALTER ROLE laneway_app SUPERUSER`, `ALTER ROLE laneway_app NOSUPERUSER`, "login laneway_app is a superuser", urls},
		{"app bypasses", `ALTER ROLE laneway_app BYPASSRLS`, `ALTER ROLE laneway_app NOBYPASSRLS`, "login laneway_app bypasses row level security", urls},
		{"system bypasses", `ALTER ROLE laneway_system BYPASSRLS`, `ALTER ROLE laneway_system NOBYPASSRLS`, "login laneway_system bypasses row level security", urls},
		{"app replicates", `ALTER ROLE laneway_app REPLICATION`, `ALTER ROLE laneway_app NOREPLICATION`, "login laneway_app may replicate", urls},
		{"app makes roles", `ALTER ROLE laneway_app CREATEROLE`, `ALTER ROLE laneway_app NOCREATEROLE`, "login laneway_app may create roles", urls},
		{"app is an owner", `GRANT laneway_owner TO laneway_app`, `REVOKE laneway_owner FROM laneway_app`, "login laneway_app may act as laneway_owner", urls},
		{"app sees across", `GRANT laneway_system TO laneway_app`, `REVOKE laneway_system FROM laneway_app`, "login laneway_app may act as laneway_system", urls},
		{"app owns a table", `CREATE TABLE stray (); ALTER TABLE stray ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, OWNER TO laneway_app`, `DROP TABLE stray`, "login laneway_app owns something", urls},
		{"app owns a function", `CREATE FUNCTION stray() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION stray() OWNER TO laneway_app`, `DROP FUNCTION stray()`, "login laneway_app owns something", urls},
		{"app makes tables", `GRANT CREATE ON SCHEMA public TO laneway_app`, `REVOKE CREATE ON SCHEMA public FROM laneway_app`, "login laneway_app may create schemas or tables", urls},
		{"app makes schemas", `GRANT CREATE ON DATABASE laneway TO laneway_app`, `REVOKE CREATE ON DATABASE laneway FROM laneway_app`, "login laneway_app may create schemas or tables", urls},
		{"table without FORCE", `ALTER TABLE diagrams NO FORCE ROW LEVEL SECURITY`, `ALTER TABLE diagrams FORCE ROW LEVEL SECURITY`, "row level security is not forced on diagrams", urls},
		{"table without security", `ALTER TABLE drafts DISABLE ROW LEVEL SECURITY`, `ALTER TABLE drafts ENABLE ROW LEVEL SECURITY`, "row level security is not forced on drafts", urls},
		{"new table", `CREATE TABLE forgotten (org_id uuid)`, `DROP TABLE forgotten`, "row level security is not forced on forgotten", urls},
	} {
		execute(t, admin, tt.breakIt)
		err := openStore(t, tt.urls)
		execute(t, admin, tt.mendIt)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "does not serve") {
			t.Errorf("%s: error is %v, want one with %q", tt.name, err, tt.want)
		}
		if err := openStore(t, urls); err != nil {
			t.Fatalf("%s: mended, and still refused: %v", tt.name, err)
		}
	}
	// What the login may do in the database that Bootstrap made.
	app := connect(t, urls.App)
	for _, statement := range []string{
		`CREATE TABLE mine (id int)`, `CREATE TEMPORARY TABLE mine (id int)`, `CREATE SCHEMA mine`, `TRUNCATE diagrams`,
		`SET ROLE laneway_owner`, `SET SESSION AUTHORIZATION laneway_owner`, `ALTER TABLE diagrams NO FORCE ROW LEVEL SECURITY`,
		`CREATE ROLE friend`, `ALTER ROLE laneway_app BYPASSRLS`, `DROP POLICY app_select ON diagrams`, `SELECT pg_read_file('/etc/passwd')`,
		`COPY diagrams FROM '/etc/passwd'`, `SELECT * FROM users`, `SELECT * FROM sessions`, `SELECT rolpassword FROM pg_authid`,
	} {
		_, err := app.Exec(t.Context(), statement)
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "42501" {
			t.Errorf("as laneway_app, %s: %v, want permission denied", statement, err)
		}
	}
	if laneway.KindOf(openStore(t, store.URLs{App: strings.Replace(urls.App, "/laneway?", "/nowhere?", 1), System: urls.System})) != laneway.Unavailable {
		t.Error("a database that is not there is not told as unavailable")
	}
}
