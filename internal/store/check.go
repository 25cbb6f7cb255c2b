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
// nothing and cannot become the owner; every table has row level security enabled and forced; and
// the schema is the one that this program was written for. The server does not serve otherwise.
func (s *Store) Check(ctx context.Context) error {
	ctx, cancel := detach(ctx)
	defer cancel()
	var faults []string
	for role, pool := range map[string]*pgxpool.Pool{"laneway_app": s.app, "laneway_system": s.system} {
		found, err := checkLogin(ctx, pool, role)
		if err != nil {
			return fmt.Errorf("check database as %s: %w", role, classify(err))
		}
		faults = append(faults, found...)
	}
	if len(faults) > 0 {
		return fmt.Errorf("the database does not keep organizations apart, so Laneway does not serve: %s", strings.Join(faults, "; "))
	}
	if err := s.checkTables(ctx); err != nil {
		return err
	}
	return s.checkDurability(ctx)
}

func checkLogin(ctx context.Context, pool *pgxpool.Pool, want string) ([]string, error) {
	var role string
	var super, bypass, owner bool
	var owned int
	err := pool.QueryRow(ctx, `
		SELECT current_user, r.rolsuper, r.rolbypassrls,
		       EXISTS (SELECT FROM pg_roles o WHERE o.rolname = 'laneway_owner' AND pg_has_role(r.oid, o.oid, 'MEMBER')),
		       (SELECT count(*) FROM pg_class c WHERE c.relowner = r.oid)
		  FROM pg_roles r WHERE r.rolname = current_user`).Scan(&role, &super, &bypass, &owner, &owned)
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
	fault(owner, "may act as laneway_owner")
	fault(owned > 0, "owns tables")
	return faults, nil
}

func (s *Store) checkTables(ctx context.Context) error {
	want, err := schemaVersion()
	if err != nil {
		return err
	}
	rows, err := s.app.Query(ctx, `
		SELECT relname FROM pg_class
		 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'goose_db_version'
		   AND NOT (relrowsecurity AND relforcerowsecurity)`)
	if err != nil {
		return fmt.Errorf("check tables: %w", classify(err))
	}
	open, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("check tables: %w", classify(err))
	}
	if len(open) > 0 {
		return fmt.Errorf("row level security is not forced on %s, so Laneway does not serve", strings.Join(open, ", "))
	}
	var have int64
	err = s.system.QueryRow(ctx, `SELECT max(version_id) FROM schema_version`).Scan(&have)
	switch {
	case err != nil:
		return errors.Join(errors.New("the database has no schema of Laneway yet: run `laneway migrate --database-admin-url …`"), err)
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
