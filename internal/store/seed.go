package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// HasPeople reports whether anybody has an account.
func (s *Store) HasPeople(ctx context.Context) (bool, error) {
	var any bool
	err := s.asSystemOnce(ctx, ForSeed, func(batch *pgx.Batch) {
		batch.Queue(`SELECT EXISTS (SELECT FROM users)`).QueryRow(func(row pgx.Row) error { return row.Scan(&any) })
	})
	return any, err
}

// Seedling is a person of a seeded organization, with one token for it.
type Seedling struct {
	User         laneway.User
	PasswordHash string
	Role         laneway.Role
	TokenID      laneway.ID
	TokenHash    []byte
}

// SeedOrganization stores an organization with its people, the first of whom founded it, and a token of
// each: the rows and events that signing up, joining and making a token leave behind, in one transaction.
func (s *Store) SeedOrganization(ctx context.Context, o laneway.Organization, people []Seedling) error {
	err := s.AsSystem(ctx, ForSeed, func(ctx context.Context, tx pgx.Tx) error {
		var batch pgx.Batch
		batch.Queue(`INSERT INTO organizations (id, name, plan) VALUES ($1, $2, $3)`, o.ID, o.Name, string(o.Plan))
		for i, p := range people {
			queueUser(&batch, NewAccount{User: p.User, PasswordHash: p.PasswordHash}, o.ID)
			if i == 0 {
				queueFounding(&batch, o.ID, p.User.ID)
				batch.Queue(`SELECT append_event($1, $2, $3, $1, jsonb_build_object('name', $4::text))`,
					o.ID, string(laneway.OrganizationCreated), p.User.ID, o.Name)
			} else {
				batch.Queue(`INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, $3)`, o.ID, p.User.ID, string(p.Role))
			}
			batch.Queue(`SELECT append_event($1, $2, $3, $3, jsonb_build_object('role', $4::text))`,
				o.ID, string(laneway.MemberJoined), p.User.ID, string(p.Role))
		}
		return addressTaken(tx.SendBatch(ctx, &batch).Close())
	})
	if err != nil {
		return fmt.Errorf("seed organization %q: %w", o.Name, err)
	}
	for _, p := range people {
		actor := laneway.Actor{UserID: p.User.ID, OrganizationID: o.ID, Role: p.Role}
		token := laneway.Token{ID: p.TokenID, Name: "Load test", Scope: laneway.ScopeWrite}
		if _, _, err := s.CreateToken(ctx, actor, token, p.TokenHash); err != nil {
			return fmt.Errorf("seed a token of %s: %w", p.User.Email, err)
		}
	}
	return nil
}

// SeedDiagrams stores new diagrams of the actor with their documents, in one transaction and one round
// trip; otherwise it is CreateDiagram for each of them.
func (s *Store) SeedDiagrams(ctx context.Context, actor laneway.Actor, diagrams []laneway.Diagram, documents [][]byte) error {
	rows := make([][]any, len(diagrams))
	for i, d := range diagrams {
		rows[i] = createDiagramArgs(actor, d, s.packVersion(actor, d.ID, 1, documents[i], sha256.Sum256(documents[i])), "[]")
	}
	err := s.inOrgOnce(ctx, actor, setOrgForWriting, func(batch *pgx.Batch) {
		for _, args := range rows {
			batch.Queue(createDiagram, args...).QueryRow(func(row pgx.Row) error {
				_, err := scanChanged(row)
				return err
			})
		}
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return s.quotaExceeded(ctx, actor)
	}
	if err != nil {
		return fmt.Errorf("seed diagrams: %w", err)
	}
	return nil
}

// Analyze has the database look at its tables, so that it plans by what they hold. Until it does so by itself, a minute after
// they were filled, plans are guesses, and a save costs a quarter more. The address is one that Migrate takes.
func Analyze(ctx context.Context, migratorURL string) error {
	db, err := openAsOwner(migratorURL)
	if err != nil {
		return err
	}
	defer db.Close()
	// By name: of what is not the owner's it would warn, and the parts of events are looked at by themselves in time.
	var tables string
	if err := db.QueryRowContext(ctx, `
		SELECT string_agg(quote_ident(relname), ', ') FROM pg_class
		 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relispartition AND pg_has_role(relowner, 'USAGE')`).Scan(&tables); err != nil {
		return fmt.Errorf("list the tables: %w", err)
	}
	if _, err := db.ExecContext(ctx, "ANALYZE "+tables); err != nil {
		return fmt.Errorf("look at the tables: %w", err)
	}
	return nil
}
