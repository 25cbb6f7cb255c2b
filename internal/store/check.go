package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Check makes sure of what tenant isolation rests on, and gives an error that names every point
// that does not hold: the two logins are no superusers, do not bypass row level security, own
// nothing, may make nothing and can become nobody else; every table has row level security enabled
// and forced; and the schema is the one that this program was written for. The server does not
// serve otherwise.
func (s *Store) Check(ctx context.Context) error {
	ctx, cancel := detach(ctx)
	defer cancel()
	var faults []string
	for _, login := range []struct {
		role string
		pool *pgxpool.Pool
	}{{"laneway_app", s.app}, {"laneway_system", s.system}} {
		found, err := checkLogin(ctx, login.pool, login.role)
		if err != nil {
			return fmt.Errorf("check database as %s: %w", login.role, classify(err))
		}
		faults = append(faults, found...)
	}
	open, err := openTables(ctx, s.app)
	if err != nil {
		return fmt.Errorf("check tables: %w", classify(err))
	}
	if len(open) > 0 {
		faults = append(faults, "row level security is not forced on "+strings.Join(open, ", "))
	}
	if len(faults) > 0 {
		return fmt.Errorf("the database does not keep organizations apart, so Laneway does not serve: %s", strings.Join(faults, "; "))
	}
	if err := s.checkSchema(ctx); err != nil {
		return err
	}
	return s.checkDurability(ctx)
}

func checkLogin(ctx context.Context, pool *pgxpool.Pool, want string) ([]string, error) {
	var role string
	var super, bypass, replication, createRole, create bool
	var others []string
	var owned int
	err := pool.QueryRow(ctx, `
		SELECT r.rolname, r.rolsuper, r.rolbypassrls, r.rolreplication, r.rolcreaterole,
		       has_schema_privilege('public', 'CREATE') OR has_database_privilege(current_database(), 'CREATE'),
		       ARRAY(SELECT o.rolname::text FROM pg_roles o WHERE o.oid <> r.oid AND pg_has_role(r.oid, o.oid, 'MEMBER') ORDER BY 1),
		       (SELECT count(*) FROM pg_shdepend d
		         WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid AND d.deptype = 'o'
		           AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))
		  FROM pg_roles r WHERE r.rolname = current_user`).
		Scan(&role, &super, &bypass, &replication, &createRole, &create, &others, &owned)
	if err != nil {
		return nil, err
	}
	var faults []string
	fault := func(bad bool, text string) {
		if bad {
			faults = append(faults, fmt.Sprintf("login %s %s", role, text))
		}
	}
	fault(role != want, "is not "+want+" (run `laneway migrate --database-admin-url …`, it makes the logins and prints their addresses)")
	fault(super, "is a superuser")
	fault(bypass, "bypasses row level security")
	if super {
		return faults, nil // which may everything else, too
	}
	fault(replication, "may replicate, which reads everything")
	fault(createRole, "may create roles")
	fault(create, "may create schemas or tables")
	fault(len(others) > 0, "may act as "+strings.Join(others, ", "))
	fault(owned > 0, "owns something in this database")
	return faults, nil
}

// openTables gives the tables without forced row level security.
func openTables(ctx context.Context, pool *pgxpool.Pool) ([]string, error) {
	rows, err := pool.Query(ctx, `
		SELECT relname::text FROM pg_class
		 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'goose_db_version'
		   AND NOT (relrowsecurity AND relforcerowsecurity)
		 ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (s *Store) checkSchema(ctx context.Context) error {
	want, err := schemaVersion()
	if err != nil {
		return err
	}
	var there bool
	if err := s.system.QueryRow(ctx, `SELECT to_regclass('public.schema_version') IS NOT NULL`).Scan(&there); err != nil {
		return fmt.Errorf("look for the schema: %w", classify(err))
	}
	var have int64
	if there {
		if err := s.system.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM schema_version`).Scan(&have); err != nil {
			return fmt.Errorf("read schema version: %w", classify(err))
		}
	}
	switch {
	case have == 0:
		return errors.New("the database has no schema of Laneway yet: run `laneway migrate --database-admin-url …`")
	case have > want:
		return newerSchema(have, want)
	case have < want:
		return fmt.Errorf("the database has schema %d, this program needs %d: run `laneway migrate --database-admin-url …`", have, want)
	}
	return nil
}

// checkDurability warns when a database acknowledges what a power cut would lose.
func (s *Store) checkDurability(ctx context.Context) error {
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var value string
		if err := s.app.QueryRow(ctx, `SELECT current_setting($1)`, setting).Scan(&value); err != nil {
			return fmt.Errorf("check durability: %w", classify(err))
		}
		if value == "off" {
			s.log.Warn("the database may lose acknowledged changes in a power cut", "setting", setting, "value", value)
		}
	}
	return nil
}
