//go:build unix

package embeddedpg_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"laneway/internal/embeddedpg"
)

// installedPostgres finds a Postgres of this machine, as the folder that holds
// its bin.
func installedPostgres(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb", "/usr/local/pgsql/bin/initdb"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			return filepath.Dir(filepath.Dir(found[len(found)-1]))
		}
	}
	if program, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(filepath.Dir(program))
	}
	t.Skip("no PostgreSQL is installed on this machine (looked in /usr/lib/postgresql, /usr/pgsql-*, /usr/local/pgsql and the PATH)")
	return ""
}

func TestInstalledPostgres(t *testing.T) {
	t.Parallel()
	home := installedPostgres(t)
	dir := dataDir(t)
	s := start(t, embeddedpg.Config{DataDir: dir, BinDir: home})
	admin := s.AdminURL("postgres")
	if got := one[string](t, admin, "SHOW server_version"); !strings.HasPrefix(got, s.Version()) {
		t.Errorf("the server is %s, Version says %s", got, s.Version())
	}
	for sql, want := range map[string]string{
		"SHOW server_encoding":  "UTF8",
		"SHOW data_checksums":   "on",
		"SHOW fsync":            "on",
		"SHOW listen_addresses": "",
		"SELECT datcollate FROM pg_database WHERE datname = 'template0'":                   "C.UTF-8",
		"SELECT string_agg(auth_method, ' ') FROM pg_hba_file_rules":                       "scram-sha-256 scram-sha-256",
		"SELECT count(*)::text FROM pg_roles WHERE rolcanlogin AND rolname <> 'postgres'":  "0",
		"SELECT (rolpassword LIKE 'SCRAM%')::text FROM pg_authid WHERE rolname='postgres'": "true",
	} {
		if got := one[string](t, admin, sql); got != want {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
	l := keepWriting(t, admin, 2)
	l.awaitMore(t, 100)
	if err := syscall.Kill(postmaster(t, dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	l.awaitMore(t, 100)
	l.settle()
	l.check(t, admin)
	stop(t, s)

	s = start(t, embeddedpg.Config{DataDir: dir, BinDir: filepath.Join(home, "bin")})
	l.check(t, s.AdminURL("postgres"))
}

func TestBinDirIsChecked(t *testing.T) {
	t.Parallel()
	old := t.TempDir()
	script := "#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n"
	if err := os.WriteFile(filepath.Join(old, "postgres"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	mute := t.TempDir()
	if err := os.WriteFile(filepath.Join(mute, "postgres"), []byte("#!/bin/sh\necho hello\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ dir, message string }{
		"empty folder":   {t.TempDir(), "there is no program postgres"},
		"missing folder": {filepath.Join(old, "missing"), "there is no program postgres"},
		"too old":        {old, "14.9"},
		"something else": {mute, "does not say a version"},
	} {
		dir := dataDir(t)
		_, err := embeddedpg.Start(t.Context(), embeddedpg.Config{DataDir: dir, BinDir: c.dir, Log: logTo(t)})
		if !errors.Is(err, embeddedpg.ErrNoPostgres) || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the data folder was made", name)
		}
	}
}

func TestRunningURL(t *testing.T) {
	t.Parallel()
	home := installedPostgres(t)
	for name, dir := range map[string]string{
		"short path": dataDir(t),
		"long path":  filepath.Join(dataDir(t), strings.Repeat("far/away", 20)),
	} {
		if url, err := embeddedpg.RunningURL(dir, "postgres"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s, before: %q, %v", name, url, err)
		}
		s := start(t, embeddedpg.Config{DataDir: dir, BinDir: home})
		if url, err := embeddedpg.RunningURL(dir, "postgres"); err != nil || url != s.AdminURL("postgres") {
			t.Errorf("%s: not the server's own address: %v", name, err)
		}
		stop(t, s)
		if url, err := embeddedpg.RunningURL(dir, "postgres"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s, after: %q, %v", name, url, err)
		}
	}
}
