//go:build unix

package embeddedpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	orphanFastStop = 30 * time.Second // for a clean stop, checkpoint included
	orphanQuit     = 10 * time.Second // after that, without one
	pollEvery      = 5 * time.Millisecond
)

// evict makes sure that no Postgres of the cluster is running, left over from
// a Laneway that was killed. We hold the folder's lock, so none of them has a
// living master.
//
// The lock file alone proves nothing: its number may belong to a zombie, or by
// now to a stranger (numbers repeat quickly in containers), and Postgres would
// refuse to start over either. If the process is shown to be no Postgres of
// this folder, and no other is seen, the file is stale and removed.
func (c cluster) evict(ctx context.Context, log *slog.Logger) error {
	pid, standalone, err := c.readPidFile()
	if err != nil {
		return err
	}
	living := postgresIn(c.dir)
	master := no
	if pid > 0 {
		master = process(pid).postgresOf(c.dir)
	}
	if master == no && len(living) == 0 {
		if pid > 0 && syscall.Kill(pid, 0) == nil {
			log.Warn("remove a stale lock file of Postgres: its process is none of this folder", "process", pid, "folder", c.dir)
			return c.removePidFile()
		}
		return nil
	}
	if master == unknown {
		return nil // Postgres decides for itself
	}
	if master == yes {
		stop := syscall.SIGINT
		if standalone {
			stop = syscall.SIGTERM
		}
		log.Warn("stop the Postgres that an earlier Laneway left running", "process", pid, "folder", c.dir)
		if err := signal(pid, stop); err != nil {
			return fmt.Errorf("stop the Postgres left running as process %d: %w", pid, err)
		}
	}
	// Children without a master end by themselves, at once.
	if err := c.awaitNobody(ctx, pid, orphanFastStop); err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	log.Warn("the Postgres left running does not stop cleanly: stop it at once", "folder", c.dir)
	for _, p := range postgresIn(c.dir) {
		if err := signal(int(p), syscall.SIGQUIT); err != nil {
			return fmt.Errorf("stop the Postgres left running as process %d: %w", p, err)
		}
	}
	return c.awaitNobody(ctx, pid, orphanQuit)
}

// awaitNobody waits until neither the process nor any other Postgres uses the
// cluster.
func (c cluster) awaitNobody(ctx context.Context, pid int, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for {
		living := postgresIn(c.dir)
		if len(living) == 0 && (pid <= 0 || process(pid).postgresOf(c.dir) == no) {
			return c.removeStalePidFile(pid)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: Postgres processes %v of %s do not end", ErrInUse, living, c.dir)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

// removeStalePidFile removes the lock file of a process that is dead but still
// has its number, because its parent has not collected it.
func (c cluster) removeStalePidFile(pid int) error {
	now, _, err := c.readPidFile()
	if err != nil || now <= 0 || now != pid || syscall.Kill(pid, 0) != nil {
		return err
	}
	return c.removePidFile()
}

// removePidFile does without the file: its owner may have removed it just now,
// as the last thing it did.
func (c cluster) removePidFile() error {
	err := os.Remove(c.pidFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func signal(pid int, s syscall.Signal) error {
	err := syscall.Kill(pid, s)
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

func (c cluster) pidFile() string { return filepath.Join(c.dir, "postmaster.pid") }

// readPidFile returns the number in the cluster's lock file, 0 if there is
// none. A Postgres without a postmaster notes its number as negative.
func (c cluster) readPidFile() (pid int, standalone bool, err error) {
	lines, err := c.pidLines()
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	if pid, err = strconv.Atoi(strings.TrimSpace(lines[0])); err != nil {
		pid = 0 // cut short by a crash of the machine; Postgres complains better than we could
	}
	return max(pid, -pid), pid < 0, nil
}

// pidLines reads the lock file without leaving the folder, whatever the
// account, which owns it, may have put there.
func (c cluster) pidLines() ([]string, error) {
	f, err := os.OpenInRoot(c.dir, "postmaster.pid")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	buffer := make([]byte, 4096)
	n, err := f.Read(buffer)
	if n == 0 && err != nil {
		return []string{""}, nil
	}
	return strings.Split(string(buffer[:n]), "\n"), nil
}

// ready reports whether the postmaster with that number accepts connections.
func (c cluster) ready(pid int) bool {
	lines, err := c.pidLines()
	return err == nil && len(lines) >= 8 &&
		strings.TrimSpace(lines[0]) == strconv.Itoa(pid) &&
		strings.TrimSpace(lines[7]) == "ready"
}
