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
	"time"
)

// abandonLimit is how long a Postgres may take to stop when Start gives up.
const abandonLimit = 10 * time.Second

// Start brings the database of a data folder up and returns when it accepts
// connections. ctx bounds the start only; afterwards Stop ends the server.
func Start(ctx context.Context, c Config) (*Server, error) {
	s, err := start(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("embedded Postgres: %w", err)
	}
	return s, nil
}

func start(ctx context.Context, c Config) (*Server, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.DataDir == "" {
		return nil, errors.New("no data folder given")
	}
	var err error
	if c.DataDir, err = filepath.Abs(c.DataDir); err != nil {
		return nil, err
	}
	in, err := findInstallation(ctx, c)
	if err != nil {
		return nil, err
	}
	a := chooseAccount()
	if err := openDataDir(c.DataDir, a); err != nil {
		return nil, err
	}
	lock, err := lockFolder(c.DataDir)
	if err != nil {
		return nil, err
	}
	s, err := launch(ctx, c, in, a, lock)
	if err != nil && s == nil {
		lock.Close()
	}
	if err != nil {
		return nil, err
	}
	if err := in.removeOthers(); err != nil {
		c.Log.Warn("remove programs of earlier versions", "error", err)
	}
	c.Log.Info("Postgres runs", "version", in.version, "account", a.name, "socket", s.socketDir)
	return s, nil
}

// openDataDir makes the data folder if needed and checks that the account gets
// to it. A folder that is there keeps its permissions.
func openDataDir(dir string, a account) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	mode := os.FileMode(0o700)
	if a.switched {
		mode = 0o711 // pass, not look
	}
	switch err := os.Mkdir(dir, mode); {
	case err == nil:
		if err := os.Chmod(dir, mode); err != nil {
			return fmt.Errorf("make the data folder: %w", err)
		}
	case !errors.Is(err, os.ErrExist):
		return fmt.Errorf("make the data folder: %w", err)
	}
	return a.mayEnter(dir)
}

// launch does all that needs the lock. With a nil Server the lock is still the
// caller's; otherwise it is given back when the server ends.
func launch(ctx context.Context, c Config, in installation, a account, lock *os.File) (*Server, error) {
	cl := newCluster(c.DataDir, a)
	exists, err := cl.inspect(in)
	if err != nil {
		return nil, err
	}
	if !in.bundled {
		if err := a.mayEnter(in.bin); err != nil {
			return nil, err
		}
	}
	if exists {
		if err := cl.evict(ctx, c.Log); err != nil {
			return nil, err
		}
	}
	if err := prepare(ctx, cl, in, exists, c.Log); err != nil {
		return nil, err
	}
	password, err := cl.readPassword()
	if err != nil {
		return nil, err
	}
	rules := accessRules
	if password == "" {
		rules = openingRules
	}
	if err := cl.writeRules(rules); err != nil {
		return nil, err
	}
	socketDir, err := openSocketDir(c.DataDir, a)
	if err != nil {
		return nil, err
	}
	s := &Server{
		cluster:   cl,
		log:       c.Log,
		version:   in.version,
		socketDir: socketDir,
		password:  password,
		program:   filepath.Join(in.bin, "postgres"),
		arguments: append([]string{"-D", cl.dir}, arguments(fixedSettings(socketDir, cl.hbaFile()), c.Settings)...),
		lock:      lock,
		stop:      make(chan struct{}),
		done:      make(chan struct{}),
	}
	first := make(chan error, 1)
	go s.run(first)
	select {
	case err = <-first:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err == nil && password == "" {
		err = s.setPassword(ctx)
	}
	if err == nil {
		err = s.greet(ctx)
	}
	if err == nil {
		return s, nil
	}
	abandon, cancel := context.WithTimeout(context.WithoutCancel(ctx), abandonLimit)
	defer cancel()
	_ = s.Stop(abandon) // err says more
	return s, err
}

// prepare brings program and cluster to disk, whole, where they are missing.
func prepare(ctx context.Context, cl cluster, in installation, exists bool, log *slog.Logger) error {
	if err := cl.clearWorkshop(); err != nil {
		return err
	}
	if exists {
		return prepareProgram(cl, in)
	}
	log.Info("make a new database cluster", "folder", cl.dir, "version", in.version)
	if !in.template {
		if err := prepareProgram(cl, in); err != nil {
			return err
		}
		if err := cl.fromInitdb(ctx, in); err != nil {
			return err
		}
		if err := syncFolder(cl.workshop()); err != nil {
			return fmt.Errorf("force the new cluster to disk: %w", err)
		}
		return cl.adopt()
	}
	// Both at once: they are small files and decompression, and two cores.
	unpacked := make(chan error, 1)
	go func() { unpacked <- cl.fromTemplate() }()
	settle, err := in.unpack()
	if err := errors.Join(err, <-unpacked); err != nil {
		return err
	}
	// One call for program and cluster: they share the file system.
	if err := syncFolder(cl.dataDir); err != nil {
		return fmt.Errorf("force the new cluster to disk: %w", err)
	}
	if settle != nil {
		if err := settle(); err != nil {
			return err
		}
	}
	return cl.adopt()
}

// prepareProgram unpacks the program and, when Laneway has become root since,
// gives the cluster to the account.
func prepareProgram(cl cluster, in installation) error {
	settle, err := in.unpack()
	if err != nil {
		return err
	}
	if settle != nil {
		if err := syncFolder(cl.dataDir); err != nil {
			return fmt.Errorf("force the program to disk: %w", err)
		}
		if err := settle(); err != nil {
			return err
		}
	}
	info, err := os.Stat(cl.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !cl.account.switched || cl.account.owns(info) {
		return nil
	}
	if err := cl.account.takeTree(cl.dir); err != nil {
		return fmt.Errorf("give the cluster to %s: %w", cl.account.name, err)
	}
	return nil
}
