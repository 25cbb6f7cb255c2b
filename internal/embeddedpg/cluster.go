//go:build unix

package embeddedpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"laneway/internal/embeddedpg/bundle"
)

// cluster is the folder with the data and what belongs to it.
type cluster struct {
	dataDir string
	dir     string // dataDir/postgres
	account account
}

func newCluster(dataDir string, a account) cluster {
	return cluster{dataDir: dataDir, dir: filepath.Join(dataDir, "postgres"), account: a}
}

func (c cluster) passwordFile() string { return c.dir + ".password" }
func (c cluster) hbaFile() string      { return c.dir + ".hba" }

// inspect reports whether there is a cluster that a Postgres of that version
// can run. It changes nothing.
func (c cluster) inspect(in installation) (bool, error) {
	link, err := os.Lstat(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	info, err := os.Stat(c.dir)
	if err != nil {
		return false, fmt.Errorf("%w: %s (%s) leads nowhere: %w", ErrForeignFolder, c.dir, link.Mode().Type(), err)
	}
	if !info.IsDir() {
		return false, fmt.Errorf("%w: %s is not a folder", ErrForeignFolder, c.dir)
	}
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return false, err
	}
	if len(entries) == 0 {
		return false, nil
	}
	text, err := os.ReadFile(filepath.Join(c.dir, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("%w: %s is not empty and has no PG_VERSION, so it is no PostgreSQL cluster: move it away, or choose another data folder",
			ErrForeignFolder, c.dir)
	}
	if err != nil {
		return false, err
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return false, fmt.Errorf("%w: %s/PG_VERSION does not hold a version", ErrForeignFolder, c.dir)
	}
	if major != in.major {
		return false, c.otherMajor(major, in)
	}
	if _, err := os.Stat(filepath.Join(c.dir, "global", "pg_control")); err != nil {
		return false, fmt.Errorf("%w: %s has a PG_VERSION but the cluster is not whole (%w): restore it from a backup; nothing was changed",
			ErrForeignFolder, c.dir, err)
	}
	if !c.account.switched && !c.account.owns(info) {
		return false, fmt.Errorf("%w: %s does not belong to %s, which runs Postgres: start Laneway as the owner, or give the data folder to it with chown -R",
			ErrUnreachable, c.dir, c.account.name)
	}
	return true, nil
}

// otherMajor explains what an operator can do about it.
func (c cluster) otherMajor(have int, in installation) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s was made by PostgreSQL %d, and this is PostgreSQL %s; nothing was changed. ", c.dir, have, in.version)
	if have >= oldestMajor {
		fmt.Fprintf(&b, "To go on with the old version: install PostgreSQL %d and name its folder with --postgres-dir. ", have)
	}
	if have > in.major {
		fmt.Fprintf(&b, "PostgreSQL has no way back: use a Laneway that carries PostgreSQL %d, or restore a backup into an empty data folder.", have)
		return fmt.Errorf("%w: %s", ErrOtherMajor, b.String())
	}
	fmt.Fprintf(&b, `To upgrade:
  1. Stop Laneway and copy the folder %[1]s to a safe place.
  2. Install PostgreSQL %[2]d and %[3]d with pg_upgrade. As the owner of the folder run initdb of %[3]d for %[1]s-%[3]d:
     --username=postgres --encoding=UTF8 --locale=C.UTF-8, and data checksums on or off as in the old cluster.
  3. Set PGPASSWORD to the content of %[4]s and run pg_upgrade from %[1]s to %[1]s-%[3]d.
  4. Move %[1]s away, rename %[1]s-%[3]d to %[1]s, and start Laneway again.`, c.dir, have, in.major, c.passwordFile())
	return fmt.Errorf("%w: %s", ErrOtherMajor, b.String())
}

// workshop is where a new cluster is made. Laneway never serves from it, so
// whatever is found there is a half-finished attempt.
func (c cluster) workshop() string { return filepath.Join(c.dataDir, ".postgres-initializing") }

func (c cluster) clearWorkshop() error {
	if err := os.RemoveAll(c.workshop()); err != nil {
		return fmt.Errorf("remove a half-finished cluster: %w", err)
	}
	return nil
}

// fromTemplate unpacks the ready-made cluster into the workshop.
func (c cluster) fromTemplate() error {
	t, ok := bundle.Template()
	if !ok {
		return fmt.Errorf("unpack the cluster: %w", fs.ErrNotExist)
	}
	defer t.Close()
	if err := os.Mkdir(c.workshop(), 0o700); err != nil {
		return fmt.Errorf("unpack the cluster: %w", err)
	}
	if err := bundle.Unpack(t, c.workshop(), c.account.take); err != nil {
		return fmt.Errorf("unpack the cluster: %w", err)
	}
	d, err := os.Open(c.workshop())
	if err != nil {
		return err
	}
	defer d.Close()
	return c.account.take(d)
}

// fromInitdb lets the installation make the cluster in the workshop.
func (c cluster) fromInitdb(ctx context.Context, in installation) error {
	if err := os.Mkdir(c.workshop(), 0o700); err != nil {
		return err
	}
	d, err := os.Open(c.workshop())
	if err != nil {
		return err
	}
	defer d.Close()
	if err := c.account.take(d); err != nil {
		return err
	}
	return initdb(ctx, in, c.account, c.workshop())
}

// Initdb makes a cluster in the existing empty folder dir with the Postgres in
// binDir, as the account that Start would choose. It is how the template of
// the bundle is made.
func Initdb(ctx context.Context, binDir, dir string) error {
	in, err := installedAt(ctx, binDir)
	if err != nil {
		return err
	}
	a := chooseAccount()
	if a.switched {
		if err := errors.Join(a.mayEnter(in.bin), a.mayEnter(filepath.Dir(dir)), a.takeTree(dir)); err != nil {
			return err
		}
	}
	return initdb(ctx, in, a, dir)
}

func initdb(ctx context.Context, in installation, a account, dir string) error {
	args := []string{
		"--pgdata=" + dir,
		"--username=" + superuser,
		"--encoding=UTF8",
		"--locale=C.UTF-8",
		"--auth=reject", // Start brings its own rules; these must never let anybody in
		"--no-sync",     // the caller forces the whole folder to disk, once
		"--no-instructions",
	}
	if in.major >= 17 {
		args = append(args, "--locale-provider=builtin")
	}
	if in.major < 18 {
		args = append(args, "--data-checksums") // the default of 18
	}
	cmd := exec.CommandContext(ctx, filepath.Join(in.bin, "initdb"), args...)
	cmd.SysProcAttr = a.attributes(syscall.SIGTERM)
	cmd.Env = environment()
	cmd.Dir = dir
	out, err := combinedOutput(cmd)
	if err != nil {
		hint := ""
		if bytes.Contains(out, []byte("could not look up effective user")) {
			hint = "; initdb needs a passwd entry for this user"
		}
		return fmt.Errorf("initdb: %w%s: %s", err, hint, bytes.TrimSpace(out))
	}
	conf := filepath.Join(dir, "postgresql.conf")
	if err := os.WriteFile(conf, []byte(Configuration), 0o600); err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	return nil
}

// environment of every Postgres process: nothing of Laneway's own, which holds
// secrets, and nothing of the machine's locale.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
}

// adopt makes the cluster in the workshop the real one. It must be on disk. An
// old password file would belong to another cluster.
func (c cluster) adopt() error {
	if err := os.Remove(c.passwordFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// Unlike os.Rename, the system call replaces an empty folder; it refuses
	// any other.
	err := syscall.Rename(c.workshop(), c.dir)
	switch {
	case errors.Is(err, syscall.EBUSY), errors.Is(err, syscall.EXDEV):
		return fmt.Errorf("put the new cluster in place: %w: %s must not be a mount point; mount the volume at %s", err, c.dir, c.dataDir)
	case err != nil:
		return fmt.Errorf("put the new cluster in place as %s: %w", c.dir, err)
	}
	return syncNames(c.dataDir)
}

// syncNames forces the directory itself to disk: renames, not contents.
func syncNames(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// readPassword returns the superuser's password, nothing if there is no
// password file: the cluster is new then, or the file was removed to get a
// fresh one.
func (c cluster) readPassword() (string, error) {
	text, err := os.ReadFile(c.passwordFile())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	password := strings.TrimSpace(string(text))
	if password == "" {
		return "", fmt.Errorf("%s is empty: remove it and a new password is set at the next start", c.passwordFile())
	}
	return password, nil
}

// writeRules replaces the access rules.
func (c cluster) writeRules(rules string) error {
	fresh := c.hbaFile() + ".new"
	err := os.WriteFile(fresh, []byte(rules), 0o644)
	if err == nil {
		err = os.Chmod(fresh, 0o644) // the account reads it, whatever the umask is
	}
	if err == nil {
		err = os.Rename(fresh, c.hbaFile())
	}
	if err != nil {
		return fmt.Errorf("write the access rules: %w", err)
	}
	return nil
}

// writeDurably replaces a private file; after it returns the content is on disk.
func writeDurably(name, text string) error {
	fresh := name + ".new"
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(fresh, name); err != nil {
		return err
	}
	return syncNames(filepath.Dir(name))
}
