//go:build unix

package embeddedpg_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway/internal/embeddedpg"
)

// dataDir returns the path of a data folder that does not exist yet. Unlike
// t.TempDir, whose parent is closed to all but its owner, the account that
// runs Postgres for root may enter it.
func dataDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "lw-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "data")
}

// logTo shows the server's log when the test fails, or with -v.
func logTo(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// start brings a server up; the test's end stops it, unless it has gone.
func start(t testing.TB, c embeddedpg.Config) *embeddedpg.Server {
	t.Helper()
	if c.Log == nil {
		c.Log = logTo(t)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := embeddedpg.Start(ctx, c)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t testing.TB, s *embeddedpg.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

// connect opens a connection as the superuser.
func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// one asks for a single value.
func one[T any](t testing.TB, url, sql string) T {
	t.Helper()
	conn := connect(t, url)
	defer conn.Close(t.Context())
	var v T
	if err := conn.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func execute(t testing.TB, url, sql string) {
	t.Helper()
	conn := connect(t, url)
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// ledger is a number of writers who note what was acknowledged to them.
type ledger struct {
	cancel context.CancelFunc
	all    sync.WaitGroup

	mu    sync.Mutex
	acked []int64
	total atomic.Int64
}

// keepWriting has n connections insert rows until settle. They reconnect
// whenever they lose the server.
func keepWriting(t testing.TB, url string, n int) *ledger {
	t.Helper()
	execute(t, url, "CREATE TABLE IF NOT EXISTS ledger (id bigint PRIMARY KEY)")
	ctx, cancel := context.WithCancel(t.Context())
	l := &ledger{cancel: cancel}
	var next atomic.Int64
	for range n {
		l.all.Go(func() {
			for ctx.Err() == nil {
				conn, err := pgx.Connect(ctx, url)
				if err != nil {
					// Not in a tight loop: the server that is to come back needs the processor.
					select {
					case <-time.After(10 * time.Millisecond):
					case <-ctx.Done():
					}
					continue
				}
				for {
					id := next.Add(1)
					if _, err := conn.Exec(ctx, "INSERT INTO ledger VALUES ($1)", id); err != nil {
						break
					}
					l.mu.Lock()
					l.acked = append(l.acked, id)
					l.mu.Unlock()
					l.total.Add(1)
				}
				conn.Close(context.WithoutCancel(ctx))
			}
		})
	}
	t.Cleanup(l.settle)
	return l
}

// awaitMore returns after n more rows have been acknowledged.
func (l *ledger) awaitMore(t testing.TB, n int64) {
	t.Helper()
	goal := l.total.Load() + n
	await(t, "more acknowledged rows", func() bool { return l.total.Load() >= goal })
}

func (l *ledger) settle() {
	l.cancel()
	l.all.Wait()
}

// check fails unless every acknowledged row is there.
func (l *ledger) check(t testing.TB, url string) {
	t.Helper()
	conn := connect(t, url)
	var missing int
	err := conn.QueryRow(t.Context(),
		"SELECT count(*) FROM unnest($1::bigint[]) AS acked (id) WHERE NOT EXISTS (SELECT FROM ledger WHERE ledger.id = acked.id)",
		l.acked).Scan(&missing)
	if err != nil {
		t.Fatalf("check the ledger: %v", err)
	}
	if missing > 0 {
		t.Errorf("%d of %d acknowledged rows are lost", missing, len(l.acked))
	}
	t.Logf("%d rows acknowledged, %d lost", len(l.acked), missing)
}

// await polls for a state of the world outside, with a generous limit.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("still waiting for %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// postmaster reads the process number of the server of a data folder.
func postmaster(t testing.TB, dataDir string) int {
	t.Helper()
	pid, ok := postmasterIfAny(dataDir)
	if !ok {
		t.Fatal("no postmaster.pid with a number")
	}
	return pid
}

// postmasterIfAny is postmaster while a server may be on its way down or up.
func postmasterIfAny(dataDir string) (int, bool) {
	text, err := os.ReadFile(filepath.Join(dataDir, "postgres", "postmaster.pid"))
	if err != nil {
		return 0, false
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	return pid, err == nil
}

// snapshot describes everything in a folder: names, modes, owners, contents.
func snapshot(t testing.TB, dir string) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		fmt.Fprintln(h, name, info.Mode(), stat.Uid, stat.Ino)
		if !info.Mode().IsRegular() {
			return nil
		}
		fmt.Fprintln(h, info.ModTime(), info.Size())
		content, err := os.ReadFile(name)
		h.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}
