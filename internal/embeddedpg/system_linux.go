package embeddedpg

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// setParentDeathSignal has the kernel signal the child when the thread that
// started it ends; startPinned keeps that thread alive.
func setParentDeathSignal(attr *syscall.SysProcAttr, s syscall.Signal) { attr.Pdeathsig = s }

// syncFolder forces everything written on the file system of dir to disk.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return unix.Syncfs(int(d.Fd()))
}

// process is what /proc tells about one.
type process int

// Answers to "is this a Postgres of that cluster?".
type verdict int

const (
	no verdict = iota
	yes
	unknown // it runs under the right name, but we may not look closer
)

// postgresOf tells whether p is a live server process of the cluster in dir.
// Postgres changes into its data folder, which no other program of that name
// does; where the kernel hides that (root without CAP_SYS_PTRACE), the
// postmaster's command line still tells.
func (p process) postgresOf(dir string) verdict {
	at := filepath.Join("/proc", strconv.Itoa(int(p)))
	stat, err := os.ReadFile(filepath.Join(at, "stat"))
	if err != nil {
		return no
	}
	// pid (name) state …: the name may hold anything, so look behind its end.
	begin, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if begin < 0 || end < begin || end+2 >= len(stat) {
		return no
	}
	if name := string(stat[begin+1 : end]); name != "postgres" {
		return no
	}
	if state := stat[end+2]; state == 'Z' || state == 'X' {
		return no // dead, not yet collected by its parent
	}
	there, err := os.Stat(filepath.Join(at, "cwd"))
	switch {
	case err == nil:
		here, err := os.Stat(dir)
		if err == nil && os.SameFile(here, there) {
			return yes
		}
		return no
	case errors.Is(err, fs.ErrPermission):
		line, _ := os.ReadFile(filepath.Join(at, "cmdline"))
		if strings.Contains(string(line), "\x00-D\x00"+dir+"\x00") {
			return yes
		}
		return unknown
	default:
		return no
	}
}

// postgresIn lists the live server processes of the cluster in dir, as far as
// they can be seen.
func postgresIn(dir string) []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err == nil && process(pid).postgresOf(dir) == yes {
			found = append(found, process(pid))
		}
	}
	return found
}
