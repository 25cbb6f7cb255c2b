//go:build embedpg && linux

package embeddedpg_test

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"laneway/internal/embeddedpg"
)

// shared is a data folder whose program many tests use: under the race
// detector unpacking takes longer than all they do. TestMain removes it.
var shared struct {
	once sync.Once
	dir  string
	err  error
}

func fillShared() {
	if shared.dir, shared.err = os.MkdirTemp("", "lw-shared-*"); shared.err != nil {
		return
	}
	if shared.err = os.Chmod(shared.dir, 0o755); shared.err != nil {
		return
	}
	s, err := embeddedpg.Start(context.Background(), embeddedpg.Config{DataDir: filepath.Join(shared.dir, "data")})
	if err == nil {
		err = s.Stop(context.Background())
	}
	shared.err = err
}

// readyDataDir returns a data folder that has the program, but no cluster.
func readyDataDir(t testing.TB) string {
	t.Helper()
	if shared.once.Do(fillShared); shared.err != nil {
		t.Fatal(shared.err)
	}
	dir := dataDir(t)
	if err := os.Mkdir(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(shared.dir, "data", "runtime"), filepath.Join(dir, "runtime")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestColdAndWarmStart also runs as other users: see TestAsOtherUsers.
func TestColdAndWarmStart(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	began := time.Now()
	s := start(t, embeddedpg.Config{DataDir: dir})
	t.Logf("first start %s", time.Since(began).Round(time.Millisecond))
	if got := one[string](t, s.AdminURL("postgres"), "SHOW server_version"); got != s.Version() {
		t.Errorf("the server is %s, Version says %s", got, s.Version())
	}
	written, err := os.ReadFile(filepath.Join(dir, "postgres", "postgresql.conf"))
	if err != nil || string(written) != embeddedpg.Configuration {
		t.Errorf("a new cluster is not configured as this program would do it (%v):\n%s", err, written)
	}
	execute(t, s.AdminURL("postgres"), "CREATE TABLE kept AS SELECT 'Grüße'::text AS word")
	first := s.AdminURL("postgres")
	stop(t, s)
	select {
	case <-s.Done():
	default:
		t.Error("Done is open after Stop")
	}

	began = time.Now()
	s = start(t, embeddedpg.Config{DataDir: dir})
	t.Logf("later start %s", time.Since(began).Round(time.Millisecond))
	if first != s.AdminURL("postgres") {
		t.Error("the address changed between two starts")
	}
	if got := one[string](t, s.AdminURL("postgres"), "SELECT word FROM kept"); got != "Grüße" {
		t.Errorf("the table holds %q", got)
	}
	stop(t, s)
	if _, err := os.Lstat(filepath.Join(dir, "socket")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket folder is still there: %v", err)
	}
}

func TestWhatTheServerPromises(t *testing.T) {
	t.Parallel()
	dir := readyDataDir(t)
	s := start(t, embeddedpg.Config{DataDir: dir, Settings: map[string]string{"work_mem": "3MB"}})
	admin := s.AdminURL("postgres")
	for sql, want := range map[string]string{
		"SHOW fsync":               "on",
		"SHOW synchronous_commit":  "on",
		"SHOW full_page_writes":    "on",
		"SHOW data_checksums":      "on",
		"SHOW listen_addresses":    "",
		"SHOW password_encryption": "scram-sha-256",
		"SHOW server_encoding":     "UTF8",
		"SHOW work_mem":            "3MB",
		"SHOW max_connections":     "40",
		"SHOW timezone":            "UTC",
		"SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = 'template0'":                                 "b C.UTF-8",
		"SELECT string_agg(type || database::text || user_name::text || auth_method, ' ' ORDER BY rule_number) FROM pg_hba_file_rules": "local{all}{all}scram-sha-256 local{replication}{all}scram-sha-256",
		"SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolcanlogin":                                                              "postgres",
		"SELECT lower('ÄÖ') || upper('é')":                                                                                             "äöÉ",
	} {
		if got := one[string](t, admin, sql); got != want {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
	for _, name := range []string{"pg_trgm", "pgcrypto", "unaccent", "citext", "btree_gin", "pg_stat_statements"} {
		execute(t, admin, "CREATE EXTENSION "+name)
	}
	if got := one[string](t, admin, "SELECT unaccent('Hôtel') || to_tsvector('german', 'Häuser')::text"); got != "Hotel'haus':1" {
		t.Errorf("dictionaries answer %q", got)
	}

	for name, want := range map[string]os.FileMode{"postgres.password": 0o600, "socket": 0o700, "postgres": 0o700} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %04o, want %04o", name, info.Mode().Perm(), want)
		}
	}
	account, err := os.Stat(filepath.Join(dir, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 && account.Sys().(*syscall.Stat_t).Uid == 0 {
		t.Error("the cluster belongs to root")
	}
	if len(s.SocketDir()) >= 100 {
		t.Errorf("socket folder %s is too long", s.SocketDir())
	}
}

func TestEverybodyNeedsThePassword(t *testing.T) {
	t.Parallel()
	s := start(t, embeddedpg.Config{DataDir: readyDataDir(t)})
	good, err := url.Parse(s.AdminURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	for name, user := range map[string]*url.Userinfo{
		"wrong password": url.UserPassword("postgres", "guess"),
		"no password":    url.User("postgres"),
		"nobody":         url.UserPassword("nobody", "guess"),
	} {
		bad := *good
		bad.User = user
		conn, err := pgx.Connect(t.Context(), bad.String())
		if err == nil {
			conn.Close(t.Context())
			t.Errorf("%s: let in", name)
			continue
		}
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || !strings.HasPrefix(refused.Code, "28") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPasswordFile(t *testing.T) {
	t.Parallel()
	dir := readyDataDir(t)
	file := filepath.Join(dir, "postgres.password")
	s := start(t, embeddedpg.Config{DataDir: dir})
	execute(t, s.AdminURL("postgres"), "CREATE TABLE kept ()")
	before := s.AdminURL("postgres")
	stop(t, s)

	if err := os.WriteFile(file, []byte("another\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := embeddedpg.Start(t.Context(), embeddedpg.Config{DataDir: dir, Log: logTo(t)})
	if err == nil || !strings.Contains(err.Error(), "postgres.password") {
		t.Fatalf("wrong password file: %v", err)
	}

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	s = start(t, embeddedpg.Config{DataDir: dir})
	if s.AdminURL("postgres") == before {
		t.Error("the old password was set again")
	}
	execute(t, s.AdminURL("postgres"), "SELECT FROM kept")
}

func TestConcurrentFirstStarts(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	dirs := []string{dataDir(t), dataDir(t), dataDir(t)}
	for _, dir := range dirs {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			s, err := embeddedpg.Start(ctx, embeddedpg.Config{DataDir: dir, Log: logTo(t)})
			if err != nil {
				t.Errorf("Start: %v", err)
				return
			}
			stop(t, s)
		})
	}
	all.Wait()
}

func TestLongDataPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(dataDir(t), strings.Repeat("long, \"odd\" 'ü'/", 8), "end")
	s := start(t, embeddedpg.Config{DataDir: dir})
	if n := len(s.SocketDir()); n >= 100-len("/.s.PGSQL.5432") {
		t.Errorf("socket folder %s is %d bytes long", s.SocketDir(), n)
	}
	if got := one[int](t, s.AdminURL("postgres"), "SELECT 1"); got != 1 {
		t.Error(got)
	}
	stop(t, s)
	if _, err := os.Lstat(s.SocketDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there", s.SocketDir())
	}
}

func TestStartIsCancelled(t *testing.T) {
	t.Parallel()
	dir := readyDataDir(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("changed my mind")
	cancel(cause)
	_, err := embeddedpg.Start(ctx, embeddedpg.Config{DataDir: dir, Log: logTo(t)})
	if err == nil {
		t.Fatal("started all the same")
	}
	start(t, embeddedpg.Config{DataDir: dir}) // nothing is in the way
}

// TestStopRollsBack stops under an open transaction, which must not be waited
// for, and then at once, with no time left, which must lose nothing.
func TestStopRollsBack(t *testing.T) {
	t.Parallel()
	dir := readyDataDir(t)
	s := start(t, embeddedpg.Config{DataDir: dir})
	execute(t, s.AdminURL("postgres"), "CREATE TABLE kept AS SELECT 1 AS n")
	open := connect(t, s.AdminURL("postgres"))
	if _, err := open.Exec(t.Context(), "BEGIN"); err != nil {
		t.Fatal(err)
	}
	if _, err := open.Exec(t.Context(), "DELETE FROM kept"); err != nil {
		t.Fatal(err)
	}
	stop(t, s)

	s = start(t, embeddedpg.Config{DataDir: dir})
	execute(t, s.AdminURL("postgres"), "INSERT INTO kept VALUES (2)")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Stop(over); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Stop without time: %v", err)
	}
	<-s.Done()

	s = start(t, embeddedpg.Config{DataDir: dir})
	if got := one[int](t, s.AdminURL("postgres"), "SELECT sum(n)::int FROM kept"); got != 3 {
		t.Errorf("sum is %d, want 3", got)
	}
}

// BenchmarkStart prints how long a cold and a warm start take.
func BenchmarkStart(b *testing.B) {
	quiet := slog.New(slog.DiscardHandler)
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			dir := dataDir(b)
			b.StartTimer()
			s := start(b, embeddedpg.Config{DataDir: dir, Log: quiet})
			b.StopTimer()
			stop(b, s)
			b.StartTimer()
		}
	})
	b.Run("warm", func(b *testing.B) {
		dir := dataDir(b)
		stop(b, start(b, embeddedpg.Config{DataDir: dir, Log: quiet}))
		for b.Loop() {
			s := start(b, embeddedpg.Config{DataDir: dir, Log: quiet})
			b.StopTimer()
			stop(b, s)
			b.StartTimer()
		}
	})
}
