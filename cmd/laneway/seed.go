package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"laneway"
	"laneway/bpmn"
	"laneway/internal/auth"
	"laneway/internal/store"
)

// seedPlan is what a data set consists of.
type seedPlan struct {
	organizations, users, diagrams, xmlBytes int
	random                                   uint64
}

// The bounds of a data set.
const (
	mostSeedOrganizations = 10_000
	mostSeedUsers         = 1_000
	leastSeedXML          = 3_000
	mostSeedXML           = 1_000_000
)

func newSeedCommand() *cobra.Command {
	var given settings
	var plan seedPlan
	var out string
	var add bool
	cmd := &cobra.Command{
		Use:   "seed --out DIR",
		Short: "Fill an empty database with people and diagrams, for load tests",
		Long: `Makes organizations with people, API tokens and diagrams, each with a document of its own, straight in
the database: as if they had signed up and drawn, with every event and counter. The first person of an
organization is its admin, the others are members. All have the same random password.

It writes two files into DIR for a load driver, readable for you alone: users.csv (email, password, token,
organization_id) and diagrams.csv (id, organization_id, owner_email, version).

The built-in database is started for it, so no server may run on its data folder; another database is
filled where --database-url and --database-system-url point. One that has people already is refused
unless --add is given. The tokens never expire: it is nothing for a database that others can reach.`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	addFlags(flags, &given)
	for _, s := range table() {
		if s.name != "data-dir" && !strings.HasPrefix(s.name, "database-") && s.name != "postgres-dir" {
			_ = flags.MarkHidden(s.name) // a setting of the server that means nothing here
		}
	}
	flags.IntVar(&plan.organizations, "organizations", 50, "how many organizations")
	flags.IntVar(&plan.users, "users", 20, "people in each")
	flags.IntVar(&plan.diagrams, "diagrams", 100, "diagrams in each, at most 1,000")
	flags.IntVar(&plan.xmlBytes, "xml-bytes", 20_000, "about how large a document is")
	flags.StringVar(&out, "out", "", "the folder for users.csv and diagrams.csv")
	flags.BoolVar(&add, "add", false, "fill a database that has people already")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := plan.check(); err != nil {
			return err
		}
		if out == "" {
			return errors.New("say with --out where users.csv and diagrams.csv go")
		}
		if _, err := readEnvironment(flags, &given, os.Environ()); err != nil {
			return err
		}
		c, err := given.config()
		if err != nil {
			return err
		}
		log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn}))
		database, err := openDatabase(cmd.Context(), c, log)
		if err != nil {
			return err
		}
		defer database.stop(log)
		kept, err := store.Open(cmd.Context(), store.Config{AppURL: database.urls.App, SystemURL: database.urls.System, ListenURL: database.listen, Log: log})
		if err != nil {
			return err
		}
		defer kept.Close()
		begun := time.Now()
		if err := seed(cmd.Context(), kept, plan, add, out); err != nil {
			return err
		}
		if database.urls.Migrator != "" { // else the database does so by itself, within some minutes
			if err := store.Analyze(cmd.Context(), database.urls.Migrator); err != nil {
				return err
			}
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d organizations, %d people, %d diagrams in %s; %s has users.csv and diagrams.csv\n",
			plan.organizations, plan.organizations*plan.users, plan.organizations*plan.diagrams, time.Since(begun).Round(100*time.Millisecond), out)
		return err
	}
	return cmd
}

func (p seedPlan) check() error {
	switch {
	case p.organizations < 1 || p.organizations > mostSeedOrganizations:
		return fmt.Errorf("organizations: want 1 to %d", mostSeedOrganizations)
	case p.users < 1 || p.users > mostSeedUsers:
		return fmt.Errorf("users: want 1 to %d", mostSeedUsers)
	case p.diagrams < 0 || p.diagrams > laneway.Enterprise.DiagramLimit():
		return fmt.Errorf("diagrams: want 0 to %d, which is what the largest plan has", laneway.Enterprise.DiagramLimit())
	case p.xmlBytes < leastSeedXML || p.xmlBytes > mostSeedXML:
		return fmt.Errorf("xml-bytes: want %d to %d", leastSeedXML, mostSeedXML)
	}
	return nil
}

// seedRows are the lines of the two files for one organization.
type seedRows struct{ users, diagrams [][]string }

// seed fills the database and writes the files when all of it is stored.
func seed(ctx context.Context, kept *store.Store, plan seedPlan, add bool, out string) error {
	taken, err := kept.HasPeople(ctx)
	if err != nil {
		return err
	}
	if taken && !add {
		return errors.New("this database has people already; --add puts the data set beside them")
	}
	if err := os.MkdirAll(out, 0o700); err != nil {
		return fmt.Errorf("make the folder for the files: %w", err)
	}
	hasher, err := auth.NewHasher()
	if err != nil {
		return err
	}
	s := &seeder{store: kept, plan: plan, password: strings.ToLower(rand.Text()), tag: strings.ToLower(rand.Text())[:6]}
	if s.hash, err = hasher.Hash(ctx, s.password); err != nil {
		return err
	}
	if s.plan.random == 0 {
		var b [8]byte
		if _, err := rand.Read(b[:]); err != nil {
			return err
		}
		s.plan.random = binary.LittleEndian.Uint64(b[:])
	}
	rows := make([]seedRows, plan.organizations)
	if err := s.all(ctx, rows); err != nil {
		return err
	}
	users := [][]string{{"email", "password", "token", "organization_id"}}
	diagrams := [][]string{{"id", "organization_id", "owner_email", "version"}}
	for _, r := range rows {
		users, diagrams = append(users, r.users...), append(diagrams, r.diagrams...)
	}
	return errors.Join(writeCSV(filepath.Join(out, "users.csv"), users), writeCSV(filepath.Join(out, "diagrams.csv"), diagrams))
}

const (
	seedersAtOnce = 4  // organizations, one connection each
	seedBatch     = 25 // diagrams in one transaction
)

type seeder struct {
	store               *store.Store
	plan                seedPlan
	password, hash, tag string
}

func (s *seeder) newID() laneway.ID { return laneway.NewID(time.Now(), rand.Reader) }

// all makes the organizations, some at once, and stops at the first error.
func (s *seeder) all(ctx context.Context, rows []seedRows) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slots := make(chan struct{}, seedersAtOnce)
	var parts sync.WaitGroup
	for i := range rows {
		slots <- struct{}{}
		parts.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil {
				return
			}
			var err error
			if rows[i], err = s.organization(ctx, i); err != nil {
				cancel(err)
			}
		})
	}
	parts.Wait()
	return context.Cause(ctx)
}

// organization makes the organization with number n.
func (s *seeder) organization(ctx context.Context, n int) (seedRows, error) {
	random := mathrand.New(mathrand.NewPCG(s.plan.random, uint64(n)))
	o := laneway.Organization{ID: s.newID(), Name: fmt.Sprintf("Works %03d", n+1), Plan: laneway.Free}
	for _, larger := range [...]laneway.Plan{laneway.Pro, laneway.Enterprise} {
		if s.plan.diagrams > o.Plan.DiagramLimit()*4/5 { // with room for those that a test makes
			o.Plan = larger
		}
	}
	var rows seedRows
	people := make([]store.Seedling, s.plan.users)
	for i := range people {
		token, hash := auth.NewToken()
		p := store.Seedling{
			User:         laneway.User{ID: s.newID(), Email: fmt.Sprintf("person%d.works%03d@%s.example", i+1, n+1, s.tag), DisplayName: fmt.Sprintf("Person %d", i+1)},
			PasswordHash: s.hash, Role: laneway.RoleMember, TokenID: s.newID(), TokenHash: hash,
		}
		if i == 0 {
			p.Role = laneway.RoleAdmin
		}
		people[i] = p
		rows.users = append(rows.users, []string{p.User.Email, s.password, token, o.ID.String()})
	}
	if err := s.store.SeedOrganization(ctx, o, people); err != nil {
		return seedRows{}, err
	}
	for first := 0; first < s.plan.diagrams; first += seedBatch {
		owner := people[first/seedBatch%len(people)].User
		var diagrams []laneway.Diagram
		var documents [][]byte
		for i := first; i < min(first+seedBatch, s.plan.diagrams); i++ {
			title := seedVerbs[random.IntN(len(seedVerbs))] + " " + seedNouns[random.IntN(len(seedNouns))] + " " + strconv.Itoa(i+1)
			document := seedDocument(random, title, s.plan.xmlBytes)
			if err := wellMade(document); err != nil {
				return seedRows{}, err
			}
			d := laneway.Diagram{ID: s.newID(), Title: title}
			diagrams, documents = append(diagrams, d), append(documents, document)
			rows.diagrams = append(rows.diagrams, []string{d.ID.String(), o.ID.String(), owner.Email, "1"})
		}
		actor := laneway.Actor{UserID: owner.ID, OrganizationID: o.ID, Role: laneway.RoleMember}
		if err := s.store.SeedDiagrams(ctx, actor, diagrams, documents); err != nil {
			return seedRows{}, err
		}
	}
	return rows, nil
}

// wellMade lets a document through the gate that those of people pass; ours has nothing to warn of.
func wellMade(document []byte) error {
	d, err := bpmn.Decode(document)
	if err != nil {
		return fmt.Errorf("a seeded document is refused: %w", err)
	}
	if findings := d.Check(); len(findings) > 0 {
		return fmt.Errorf("a seeded document is warned of: %v", findings[0])
	}
	return nil
}

// writeCSV writes a file that only its owner reads: it holds passwords and tokens.
func writeCSV(path string, rows [][]string) error {
	var content bytes.Buffer
	w := csv.NewWriter(&content)
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := f.Chmod(0o600); err != nil { // one that was there before
		return errors.Join(err, f.Close())
	}
	_, err = io.Copy(f, &content)
	return errors.Join(err, f.Close())
}
