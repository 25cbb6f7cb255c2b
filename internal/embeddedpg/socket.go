//go:build unix

package embeddedpg

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	socketPort = "5432" // part of the socket's name, nothing listens on it

	// Linux allows 107 bytes, others 103, for folder, slash and .s.PGSQL.5432.
	longestSocketDir = 100 - len("/.s.PGSQL."+socketPort)
)

// openSocketDir makes the private folder that the socket lives in: in the data
// folder, or in a short place that a link there points to. What an earlier
// server left is cleared; none runs on this data folder any more.
func openSocketDir(dataDir string, a account) (string, error) {
	dir := filepath.Join(dataDir, "socket")
	if err := closeSocketDir(dataDir); err != nil {
		return "", err
	}
	if len(dir) <= longestSocketDir {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return "", fmt.Errorf("make the socket folder: %w", err)
		}
		return dir, private(dir, a)
	}
	var problems []error
	for _, place := range shortPlaces() {
		short, err := os.MkdirTemp(place, socketDirPrefix)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		err = errors.Join(a.mayEnter(place), private(short, a))
		if err == nil && len(short) > longestSocketDir {
			err = fmt.Errorf("%s is too long for a socket", short)
		}
		if err == nil {
			err = os.Symlink(short, dir)
		}
		if err == nil {
			return short, nil
		}
		problems = append(problems, err, os.Remove(short))
	}
	return "", fmt.Errorf("make the socket folder (%s is too long for a socket): %w", dir, errors.Join(problems...))
}

const socketDirPrefix = "laneway-"

// shortPlaces are where a socket may go, the best first: those that nobody
// sweeps for old files before those that somebody might.
func shortPlaces() []string {
	var places []string
	if os.Geteuid() == 0 {
		places = append(places, "/run")
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		places = append(places, dir)
	}
	return append(places, os.TempDir(), "/tmp")
}

// private gives dir to the account and closes it to everybody else.
func private(dir string, a account) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return errors.Join(a.take(d), d.Chmod(0o700))
}

// closeSocketDir removes the socket folder with the sockets in it, and nothing
// else that it might hold.
func closeSocketDir(dataDir string) error {
	dir := filepath.Join(dataDir, "socket")
	info, err := os.Lstat(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() == os.ModeSymlink {
		short, err := os.Readlink(dir)
		if err != nil {
			return err
		}
		if strings.HasPrefix(filepath.Base(short), socketDirPrefix) {
			// It may be long gone, or on a machine that was started anew.
			_ = removeSockets(short)
		}
		return os.Remove(dir)
	}
	return removeSockets(dir)
}

func removeSockets(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".s.PGSQL.") {
			return fmt.Errorf("%w: %s holds %s, which is no socket of Postgres", ErrForeignFolder, dir, e.Name())
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return os.Remove(dir)
}
