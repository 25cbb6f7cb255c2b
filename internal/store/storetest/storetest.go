// Package storetest gives every test a database of its own on a real Postgres.
//
// A package that needs one calls Main from its TestMain: that starts one server for the package
// (the bundled Postgres, see below), makes the roles and one migrated template. New then clones the
// template, which costs some 35 ms, so tests run in parallel without seeing each other.
//
// The server is the bundled Postgres where the tests are built with the tag embedpg, or the
// installation that LANEWAY_TEST_POSTGRES_DIR names. Without either the tests fail: they never
// pass by not running.
package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"laneway"
	"laneway/internal/embeddedpg"
	"laneway/internal/store"
)

const template = "laneway_template"

// cluster is the server of the running test binary.
type cluster struct {
	server *embeddedpg.Server
	urls   store.URLs // of the template
	made   atomic.Int64
}

// shared is set once by Main before any test runs.
var shared *cluster

// Main starts the server, runs the package's tests and stops it again: use it as
// func TestMain(m *testing.M) { storetest.Main(m) }.
func Main(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	folder, err := makeFolder()
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(folder)
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	server, err := start(ctx, folder, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return fail(err)
	}
	defer stop(server)
	urls, err := store.Bootstrap(ctx, server.AdminURL("postgres"), template)
	if err == nil {
		err = store.Migrate(ctx, urls.Migrator)
	}
	if err != nil {
		return fail(err)
	}
	shared = &cluster{server: server, urls: urls}
	return m.Run()
}

// startLimit bounds the start of a server: initdb on a loaded machine takes its time.
const startLimit = 2 * time.Minute

func makeFolder() (string, error) {
	folder, err := os.MkdirTemp("", "laneway-test")
	if err != nil {
		return "", err
	}
	return folder, os.Chmod(folder, 0o755) // the database may run as another user
}

func start(ctx context.Context, folder string, log *slog.Logger) (*embeddedpg.Server, error) {
	return embeddedpg.Start(ctx, embeddedpg.Config{
		DataDir: filepath.Join(folder, "data"),
		BinDir:  os.Getenv("LANEWAY_TEST_POSTGRES_DIR"),
		Log:     log,
		// Nothing in a test outlives the machine, so nothing needs to reach the disk.
		Settings: map[string]string{"fsync": "off", "full_page_writes": "off", "max_connections": "200"},
	})
}

func stop(server *embeddedpg.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "storetest:", err)
	}
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "storetest: no Postgres to test with:", err)
	fmt.Fprintln(os.Stderr, "storetest: run the tests through `make test`, or with -tags embedpg after `make bundle`, or with LANEWAY_TEST_POSTGRES_DIR set")
	return 1
}

// Database is one test's own database.
type Database struct {
	// Store is open on it.
	Store *store.Store
	// URLs are for tests that open it themselves; AdminURL signs in as the superuser.
	URLs     store.URLs
	AdminURL string
	// Server is the running Postgres, shared with the other tests of the package.
	Server *embeddedpg.Server

	once  sync.Once
	admin *pgxpool.Pool
}

// Private is a Postgres for one test alone: to change what holds for a whole server, such as roles,
// or to take it away. It is empty, without roles and databases of Laneway.
type Private struct {
	*embeddedpg.Server
	// DataDir is the server's folder, with the cluster in DataDir/postgres.
	DataDir string

	t      testing.TB
	folder string
}

// NewServer starts a private server, and stops it when the test ends.
func NewServer(t testing.TB) *Private {
	t.Helper()
	folder, err := makeFolder()
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	p := &Private{DataDir: filepath.Join(folder, "data"), t: t, folder: folder}
	p.Back()
	t.Cleanup(func() { stop(p.Server) })
	return p
}

// Away stops the server, as for a restart of its machine, until Back.
func (p *Private) Away() { stop(p.Server) }

// Back starts the server after Away, at the same address and with what it held.
func (p *Private) Back() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	server, err := start(ctx, p.folder, slog.New(slog.DiscardHandler)) // it may be taken away, which is no news
	if err != nil {
		p.t.Fatalf("storetest: start a server: %v", err)
	}
	p.Server = server
}

// New makes a database that is migrated and empty, and drops it when the test ends.
func New(t testing.TB) *Database {
	t.Helper()
	if shared == nil {
		t.Fatal("storetest: TestMain of this package must call storetest.Main")
	}
	ctx := context.Background()
	admin, err := pgx.Connect(ctx, shared.server.AdminURL("postgres"))
	if err != nil {
		t.Fatalf("storetest: connect: %v", err)
	}
	defer admin.Close(ctx)
	name := fmt.Sprintf("test_%d", shared.made.Add(1))
	if _, err := admin.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template+" OWNER laneway_owner"); err != nil {
		t.Fatalf("storetest: create database: %v", err)
	}
	urls, err := shared.urls.On(name)
	if err != nil {
		t.Fatal(err)
	}
	// On a machine that does much else, the deadline of one visit may pass before the first
	// connection stands; that is not what a test asks about.
	kept, err := store.Open(ctx, store.Config{AppURL: urls.App, SystemURL: urls.System})
	for tries := 1; laneway.KindOf(err) == laneway.Unavailable && tries < 10; tries++ {
		kept, err = store.Open(ctx, store.Config{AppURL: urls.App, SystemURL: urls.System})
	}
	if err != nil {
		t.Fatalf("storetest: open: %v", err)
	}
	t.Cleanup(func() {
		kept.Close()
		drop(t, name)
	})
	return &Database{Store: kept, URLs: urls, AdminURL: shared.server.AdminURL(name), Server: shared.server}
}

func drop(t testing.TB, name string) {
	ctx := context.Background()
	admin, err := pgx.Connect(ctx, shared.server.AdminURL("postgres"))
	if err != nil {
		t.Errorf("storetest: connect: %v", err)
		return
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
		t.Errorf("storetest: drop database: %v", err)
	}
}

// Admin runs a statement as the superuser, past row level security: to set a scene or to look
// behind it.
func (d *Database) Admin(t testing.TB, statement string, args ...any) {
	t.Helper()
	d.asAdmin(t, func(ctx context.Context, admin *pgxpool.Pool) error {
		_, err := admin.Exec(ctx, statement, args...)
		return err
	})
}

// Value reads one value as the superuser.
func Value[T any](t testing.TB, d *Database, query string, args ...any) T {
	t.Helper()
	var value T
	d.asAdmin(t, func(ctx context.Context, admin *pgxpool.Pool) error {
		return admin.QueryRow(ctx, query, args...).Scan(&value)
	})
	return value
}

// asAdmin keeps the superuser's connections for the whole test: signing in costs more than most
// statements.
func (d *Database) asAdmin(t testing.TB, fn func(context.Context, *pgxpool.Pool) error) {
	t.Helper()
	ctx := context.Background()
	d.once.Do(func() {
		config, err := pgxpool.ParseConfig(d.AdminURL)
		if err != nil {
			t.Fatalf("storetest: %v", err)
		}
		config.MaxConns = 2
		if d.admin, err = pgxpool.NewWithConfig(ctx, config); err != nil {
			t.Fatalf("storetest: %v", err)
		}
		t.Cleanup(d.admin.Close)
	})
	if err := fn(ctx, d.admin); err != nil {
		t.Fatalf("storetest: %v", err)
	}
}
