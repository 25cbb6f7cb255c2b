//go:build embedpg && linux

package embeddedpg_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laneway/internal/embeddedpg"
)

// refused starts on dir, which must fail as wanted and leave the cluster's
// folder as it was. It returns the message.
func refused(t *testing.T, dir string, want error) string {
	t.Helper()
	cluster := filepath.Join(dir, "postgres")
	before := snapshot(t, cluster)
	s, err := embeddedpg.Start(t.Context(), embeddedpg.Config{DataDir: dir, Log: logTo(t)})
	if err == nil {
		stop(t, s)
		t.Fatal("started")
	}
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
	if snapshot(t, cluster) != before {
		t.Error("the folder was changed")
	}
	t.Log(err)
	return err.Error()
}

func TestOtherMajorIsRefused(t *testing.T) {
	t.Parallel()
	dir := readyDataDir(t)
	s := start(t, embeddedpg.Config{DataDir: dir})
	execute(t, s.AdminURL("postgres"), "CREATE TABLE kept ()")
	stop(t, s)
	version := filepath.Join(dir, "postgres", "PG_VERSION")
	real, err := os.ReadFile(version)
	if err != nil {
		t.Fatal(err)
	}
	for major, hints := range map[string][]string{
		"17": {"PostgreSQL 17", "pg_upgrade", "--postgres-dir", filepath.Join(dir, "postgres")},
		"19": {"PostgreSQL 19", "no way back"},
		"9":  {"PostgreSQL 9", "pg_upgrade"},
	} {
		if err := os.WriteFile(version, []byte(major+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		message := refused(t, dir, embeddedpg.ErrOtherMajor)
		for _, hint := range hints {
			if !strings.Contains(message, hint) {
				t.Errorf("the message about %s does not speak of %q", major, hint)
			}
		}
	}
	if err := os.WriteFile(version, real, 0o600); err != nil {
		t.Fatal(err)
	}
	s = start(t, embeddedpg.Config{DataDir: dir})
	execute(t, s.AdminURL("postgres"), "SELECT FROM kept")
}

func TestForeignFolderIsRefused(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string]string{
		"notes":             {"postgres/notes.txt": "mine"},
		"hidden file":       {"postgres/.keep": ""},
		"odd version":       {"postgres/PG_VERSION": "eighteen"},
		"half a cluster":    {"postgres/PG_VERSION": "18\n", "postgres/base/1/112": "x"},
		"a file":            {"postgres": "no folder"},
		"something in sock": {"socket/letter": "mine"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := readyDataDir(t)
			for file, text := range files {
				file = filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if name == "something in sock" {
				_, err := embeddedpg.Start(t.Context(), embeddedpg.Config{DataDir: dir, Log: logTo(t)})
				if !errors.Is(err, embeddedpg.ErrForeignFolder) {
					t.Fatal(err)
				}
				return
			}
			refused(t, dir, embeddedpg.ErrForeignFolder)
		})
	}
	t.Run("link to nowhere", func(t *testing.T) {
		t.Parallel()
		dir := dataDir(t)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/nonexistent/cluster", filepath.Join(dir, "postgres")); err != nil {
			t.Fatal(err)
		}
		_, err := embeddedpg.Start(t.Context(), embeddedpg.Config{DataDir: dir, Log: logTo(t)})
		if !errors.Is(err, embeddedpg.ErrForeignFolder) {
			t.Fatal(err)
		}
	})
}

func TestEmptyAndHalfFinishedFoldersAreUsed(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	for _, folder := range []string{"postgres", ".postgres-initializing/global", "runtime/.new/bin"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// From an attempt that was cut off before the cluster was in place.
	if err := os.WriteFile(filepath.Join(dir, "postgres.password"), []byte("old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, embeddedpg.Config{DataDir: dir})
	for _, folder := range []string{".postgres-initializing", "runtime/.new"} {
		if _, err := os.Stat(filepath.Join(dir, folder)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there", folder)
		}
	}
}

func TestSecondServerIsRefused(t *testing.T) {
	t.Parallel()
	dir := readyDataDir(t)
	s := start(t, embeddedpg.Config{DataDir: dir})
	pid := postmaster(t, dir)
	began := time.Now()
	_, err := embeddedpg.Start(t.Context(), embeddedpg.Config{DataDir: dir, Log: logTo(t)})
	if !errors.Is(err, embeddedpg.ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Fatalf("second server: %v", err)
	}
	t.Logf("refused in %s: %v", time.Since(began), err)
	execute(t, s.AdminURL("postgres"), "SELECT 1")
	if postmaster(t, dir) != pid {
		t.Error("the first server was disturbed")
	}
	stop(t, s)
	start(t, embeddedpg.Config{DataDir: dir}) // free again
}

func TestClosedFolderIsNamed(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs Postgres as somebody else")
	}
	closed := filepath.Join(dataDir(t), "closed")
	if err := os.MkdirAll(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(closed), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := embeddedpg.Start(t.Context(), embeddedpg.Config{DataDir: filepath.Join(closed, "data"), Log: logTo(t)})
	if !errors.Is(err, embeddedpg.ErrUnreachable) || !strings.Contains(err.Error(), closed+" (mode 0700)") {
		t.Fatal(err)
	}
	if err := os.Chmod(closed, 0o711); err != nil {
		t.Fatal(err)
	}
	start(t, embeddedpg.Config{DataDir: filepath.Join(closed, "data")})
}
