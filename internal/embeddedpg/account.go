//go:build unix

package embeddedpg

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is who Postgres runs as.
type account struct {
	name     string
	uid, gid int
	switched bool // not who we are: files must be given to it
}

// chooseAccount picks who runs Postgres: ourselves, or the first of laneway,
// postgres and nobody when we are root.
func chooseAccount() account {
	if os.Geteuid() != 0 {
		return account{name: "uid " + strconv.Itoa(os.Geteuid()), uid: os.Geteuid(), gid: os.Getegid()}
	}
	for _, name := range []string{"laneway", "postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return account{name: "user " + name, uid: uid, gid: gid, switched: true}
		}
	}
	// An image without /etc/passwd: the number that nobody has everywhere.
	return account{name: "uid 65534", uid: 65534, gid: 65534, switched: true}
}

// attributes makes a child process run as a, in a process group of its own, so
// that Ctrl-C in a terminal reaches Laneway only and it decides the order.
func (a account) attributes(ifParentDies syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.switched {
		// Groups stays empty: root's supplementary groups are dropped.
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	setParentDeathSignal(attr, ifParentDies)
	return attr
}

// take gives an open file to a.
func (a account) take(f *os.File) error {
	if !a.switched {
		return nil
	}
	return f.Chown(a.uid, a.gid)
}

// owns reports whether a file belongs to a.
func (a account) owns(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == a.uid
}

// takeTree gives a folder and all below it to a. It never follows a link out
// of the folder: whoever could write there before may have planted one.
func (a account) takeTree(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return root.Lchown(name, a.uid, a.gid)
	})
}

// mayEnter checks that a may pass every folder from the root to dir. The error
// names the first that is closed. Only the permission bits are looked at.
func (a account) mayEnter(dir string) error {
	if !a.switched {
		return nil
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	var above []string
	for d := dir; ; d = filepath.Dir(d) {
		above = append(above, d)
		if d == filepath.Dir(d) {
			break
		}
	}
	for i := len(above) - 1; i >= 0; i-- {
		info, err := os.Stat(above[i])
		if err != nil {
			return err
		}
		if !a.mayPass(info) {
			return fmt.Errorf("%w: Postgres runs as %s, which may not enter %s (mode %04o): open it with `chmod o+x %s`, or choose another data folder",
				ErrUnreachable, a.name, above[i], info.Mode().Perm(), above[i])
		}
	}
	return nil
}

func (a account) mayPass(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	mode := info.Mode().Perm()
	switch {
	case int(stat.Uid) == a.uid:
		return mode&0o100 != 0
	case int(stat.Gid) == a.gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}
