//go:build unix

package embeddedpg

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const lockPatience = 300 * time.Millisecond

// lockFolder takes the data folder for this process. The kernel gives the lock
// back when the process ends, however it ends. The file stays: removing it
// would let two servers lock two files of one name.
func lockFolder(dataDir string) (*os.File, error) {
	name := filepath.Join(dataDir, "postgres.lock")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	// A server that was killed a moment ago may still be ending.
	deadline := time.Now().Add(lockPatience)
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) || time.Now().After(deadline) {
			break
		}
		time.Sleep(pollEvery)
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := io.ReadAll(io.LimitReader(f, 32))
		f.Close()
		return nil, fmt.Errorf("%w: another Laneway (process %s) runs on %s: stop it, or give this one another data folder",
			ErrInUse, strings.TrimSpace(string(holder)), dataDir)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	// Who holds it is only for the message above.
	if err := f.Truncate(0); err == nil {
		fmt.Fprintf(f, "%d\n", os.Getpid())
	}
	return f, nil
}
