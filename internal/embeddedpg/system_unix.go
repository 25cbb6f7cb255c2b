//go:build unix && !linux

package embeddedpg

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// setParentDeathSignal does nothing: only Linux can. A Postgres that outlives
// its Laneway is then met by the next start.
func setParentDeathSignal(*syscall.SysProcAttr, syscall.Signal) {}

// syncFolder forces every file below dir to disk.
func syncFolder(dir string) error {
	return filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}

type process int

type verdict int

const (
	no verdict = iota
	yes
	unknown
)

// postgresOf cannot tell without /proc: Postgres itself then decides whether
// the process in its lock file is alive, and refuses to start if so.
func (p process) postgresOf(string) verdict { return unknown }

func postgresIn(string) []process { return nil }
