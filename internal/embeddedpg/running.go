//go:build unix

package embeddedpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// RunningURL is the address of a database for the superuser on the Postgres that another process
// runs in dataDir, for commands that work beside a running server. The caller must be allowed to
// read the data folder. fs.ErrNotExist is in the error when no server has run there or it stopped.
func RunningURL(dataDir, database string) (string, error) {
	dataDir, err := filepath.Abs(dataDir)
	if err != nil {
		return "", err
	}
	socket := filepath.Join(dataDir, "socket")
	if target, err := os.Readlink(socket); err == nil {
		socket = target // the data folder's own path is too long for a socket
	}
	if _, err := os.Stat(filepath.Join(socket, ".s.PGSQL."+socketPort)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("no database runs in %s: start Laneway on that folder first: %w", dataDir, err)
		}
		return "", fmt.Errorf("look for the database of %s: %w", dataDir, err)
	}
	password, err := os.ReadFile(cluster{dir: filepath.Join(dataDir, "postgres")}.passwordFile())
	if err != nil {
		return "", fmt.Errorf("read the database password: %w", err)
	}
	return superuserURL(socket, strings.TrimSpace(string(password)), database), nil
}
