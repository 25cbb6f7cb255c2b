package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// URLs are the addresses of one database for the logins that the server uses.
type URLs struct {
	App, System, Migrator string
}

// On gives the addresses of another database on the same server.
func (u URLs) On(database string) (URLs, error) {
	var there URLs
	for _, l := range logins() {
		address, err := withDatabase(*l.target(&u), database)
		if err != nil {
			return URLs{}, err
		}
		*l.target(&there) = address
	}
	return there, nil
}

// login is one of the roles that connect.
type login struct {
	role     string
	settings map[string]string
	target   func(*URLs) *string
}

func logins() []login {
	serving := map[string]string{"statement_timeout": "10s", "idle_in_transaction_session_timeout": "15s"}
	return []login{
		{"laneway_app", serving, func(u *URLs) *string { return &u.App }},
		{"laneway_system", serving, func(u *URLs) *string { return &u.System }},
		{"laneway_migrator", nil, func(u *URLs) *string { return &u.Migrator }},
	}
}

// Bootstrap makes the roles of Laneway and the named database where they are missing, gives the
// logins new passwords, and returns the addresses to connect with. adminURL signs in as a role
// that may create roles and databases. It is safe to call again: it never takes anything away.
func Bootstrap(ctx context.Context, adminURL, database string) (URLs, error) {
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return URLs{}, fmt.Errorf("connect as database admin: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	// Two servers may do this at once on one database server.
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(hashtext('laneway bootstrap'))`); err != nil {
		return URLs{}, fmt.Errorf("lock bootstrap: %w", err)
	}
	if err := makeRole(ctx, conn, "laneway_owner", "NOLOGIN"); err != nil {
		return URLs{}, err
	}
	if err := makeRole(ctx, conn, "laneway_maintenance", "NOLOGIN"); err != nil {
		return URLs{}, err
	}
	var urls URLs
	for _, l := range logins() {
		password := rand.Text()
		if err := makeRole(ctx, conn, l.role, "LOGIN NOINHERIT PASSWORD '"+password+"'"); err != nil {
			return URLs{}, err
		}
		for name, value := range l.settings {
			if _, err := conn.Exec(ctx, fmt.Sprintf(`ALTER ROLE %s SET %s = '%s'`, l.role, name, value)); err != nil {
				return URLs{}, fmt.Errorf("set %s of role %s: %w", name, l.role, err)
			}
		}
		if *l.target(&urls), err = withLogin(adminURL, l.role, password, database); err != nil {
			return URLs{}, err
		}
	}
	if _, err := conn.Exec(ctx, `GRANT laneway_owner, laneway_maintenance TO CURRENT_USER; GRANT laneway_owner TO laneway_migrator`); err != nil {
		return URLs{}, fmt.Errorf("let the migrator act as owner and the admin as either: %w", err)
	}
	return urls, makeDatabase(ctx, conn, adminURL, database)
}

func makeRole(ctx context.Context, conn *pgx.Conn, role, attributes string) error {
	var exists bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, role).Scan(&exists); err != nil {
		return fmt.Errorf("look for role %s: %w", role, err)
	}
	verb := "CREATE"
	if exists {
		verb = "ALTER"
	}
	// Superuser and BYPASSRLS are not named: only a superuser may name them, new roles have
	// neither, and Check refuses a role that has one.
	if _, err := conn.Exec(ctx, verb+" ROLE "+role+" WITH "+attributes); err != nil {
		return fmt.Errorf("make role %s: %w", role, err)
	}
	return nil
}

func makeDatabase(ctx context.Context, conn *pgx.Conn, adminURL, database string) error {
	var exists bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, database).Scan(&exists); err != nil {
		return fmt.Errorf("look for database %s: %w", database, err)
	}
	name := pgx.Identifier{database}.Sanitize()
	if !exists {
		if _, err := conn.Exec(ctx, "CREATE DATABASE "+name+" OWNER laneway_owner"); err != nil {
			return fmt.Errorf("create database %s: %w", database, err)
		}
	}
	inside, err := withDatabase(adminURL, database)
	if err != nil {
		return err
	}
	there, err := pgx.Connect(ctx, inside)
	if err != nil {
		return fmt.Errorf("connect to database %s: %w", database, err)
	}
	defer there.Close(context.WithoutCancel(ctx))
	for _, statement := range []string{
		"REVOKE ALL ON DATABASE " + name + " FROM PUBLIC",
		"GRANT CONNECT ON DATABASE " + name + " TO laneway_app, laneway_system, laneway_migrator",
		"GRANT CREATE ON DATABASE " + name + " TO laneway_owner",
		"REVOKE ALL ON SCHEMA public FROM PUBLIC",
		"GRANT USAGE ON SCHEMA public TO laneway_app, laneway_system, laneway_maintenance, laneway_migrator",
		"GRANT USAGE, CREATE ON SCHEMA public TO laneway_owner",
	} {
		if _, err := there.Exec(ctx, statement); err != nil {
			return fmt.Errorf("prepare database %s: %s: %w", database, statement, err)
		}
	}
	return nil
}

func withDatabase(address, database string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return "", fmt.Errorf("read database address: want the form postgres://user:password@host/database")
	}
	u.Path = "/" + database
	return u.String(), nil
}

func withLogin(address, role, password, database string) (string, error) {
	inside, err := withDatabase(address, database)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(inside)
	if err != nil {
		return "", err
	}
	u.User = url.UserPassword(role, password)
	return u.String(), nil
}

// Migrate brings the schema up to date, once, also when several servers start together. It
// connects as laneway_migrator, acts as laneway_owner, and has closed its connections when it
// returns.
func Migrate(ctx context.Context, migratorURL string) error {
	provider, db, err := openMigrations(migratorURL)
	if err != nil {
		return err
	}
	defer db.Close()
	have, want, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if have > want {
		return newerSchema(have, want)
	}
	if have == want {
		return nil
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

func newerSchema(have, want int64) error {
	return fmt.Errorf("the database was made by a newer Laneway (schema %d, this program knows %d): start that one, or restore a backup from before", have, want)
}

// openAsOwner opens the database as the owner of the tables. It connects when it is first asked for something.
func openAsOwner(migratorURL string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(migratorURL)
	if err != nil {
		return nil, fmt.Errorf("read the migrator's database address: %w", err)
	}
	return stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET ROLE laneway_owner`)
		return err
	})), nil
}

func openMigrations(migratorURL string) (*goose.Provider, *sql.DB, error) {
	db, err := openAsOwner(migratorURL)
	if err != nil {
		return nil, nil, err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, nil, err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, nil, err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return nil, nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, db, nil
}

// schemaVersion is the number of the newest migration in this program.
func schemaVersion() (int64, error) {
	entries, err := fs.ReadDir(migrations, "migrations")
	if err != nil {
		return 0, err
	}
	var number int64
	_, err = fmt.Sscanf(strings.TrimLeft(entries[len(entries)-1].Name(), "0"), "%d_", &number)
	return number, err
}
