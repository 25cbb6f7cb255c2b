//go:build unix

package embeddedpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"laneway/internal/embeddedpg/bundle"
)

// oldestMajor is the oldest Postgres whose SQL the store may use.
const oldestMajor = 15

// installation is a Postgres program: one installed on the machine, or the
// bundle, which is not on disk before unpack has run.
type installation struct {
	bin     string // folder of postgres
	version string // "18.4"
	major   int

	bundled  bool
	template bool // the bundle has a ready-made cluster
}

// findInstallation looks at BinDir, else at the bundle. It writes nothing.
func findInstallation(ctx context.Context, c Config) (installation, error) {
	if c.BinDir != "" {
		return installedAt(ctx, c.BinDir)
	}
	program, ok := bundle.Program()
	if !ok {
		return installation{}, fmt.Errorf("%w: this Laneway was built without one. Build it with `make build`, name an installed PostgreSQL %d or newer with --postgres-dir, or a database of your own with --database-url",
			ErrNoPostgres, oldestMajor)
	}
	defer program.Close()
	h, err := bundle.Read(program)
	if err != nil {
		return installation{}, err
	}
	if here := runtime.GOOS + "/" + runtime.GOARCH; h.Platform != here {
		return installation{}, fmt.Errorf("%w: the PostgreSQL in this binary is for %s and this is %s: build with a bundle for it, or use --postgres-dir or --database-url",
			ErrNoPostgres, h.Platform, here)
	}
	major, err := majorOf(h.Version)
	if err != nil {
		return installation{}, err
	}
	in := installation{
		bin:     filepath.Join(c.DataDir, "runtime", h.ID, "bin"),
		version: h.Version,
		major:   major,
		bundled: true,
	}
	if t, ok := bundle.Template(); ok {
		defer t.Close()
		th, err := bundle.Read(t)
		if err != nil {
			return installation{}, err
		}
		in.template = th.Platform == h.Platform && th.Version == h.Version
	}
	return in, nil
}

// installedAt finds postgres in dir or dir/bin and asks it for its version.
func installedAt(ctx context.Context, dir string) (installation, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return installation{}, err
	}
	for _, bin := range []string{dir, filepath.Join(dir, "bin")} {
		program := filepath.Join(bin, "postgres")
		info, err := os.Stat(program)
		if err != nil || info.IsDir() {
			continue
		}
		out, err := exec.CommandContext(ctx, program, "--version").Output()
		if err != nil {
			return installation{}, fmt.Errorf("%w: ask %s for its version: %w", ErrNoPostgres, program, err)
		}
		found := regexp.MustCompile(`\(PostgreSQL\) (\S+)`).FindSubmatch(out)
		if found == nil {
			return installation{}, fmt.Errorf("%w: %s does not say a version: %q", ErrNoPostgres, program, out)
		}
		in := installation{bin: bin, version: string(found[1])}
		if in.major, err = majorOf(in.version); err != nil {
			return installation{}, err
		}
		if in.major < oldestMajor {
			return installation{}, fmt.Errorf("%w: %s is PostgreSQL %s, Laneway needs %d or newer", ErrNoPostgres, program, in.version, oldestMajor)
		}
		return in, nil
	}
	return installation{}, fmt.Errorf("%w: there is no program postgres in %s or its folder bin", ErrNoPostgres, dir)
}

var leadingNumber = regexp.MustCompile(`^[0-9]+`)

func majorOf(version string) (int, error) {
	major, err := strconv.Atoi(leadingNumber.FindString(version))
	if err != nil {
		return 0, fmt.Errorf("%w: version %q is no PostgreSQL version", ErrNoPostgres, version)
	}
	return major, nil
}

// unpack puts the program of the bundle into runtime/<id>, unless it is there.
// It goes into a temporary folder first; settle makes it the real one, after
// the caller has forced it to disk. A nil settle means that there is nothing
// to do.
func (in installation) unpack() (settle func() error, err error) {
	if !in.bundled {
		return nil, nil
	}
	home := filepath.Dir(in.bin)
	if _, err := os.Stat(home); err == nil {
		return nil, nil
	}
	above := filepath.Dir(home)
	if err := os.MkdirAll(above, 0o755); err != nil {
		return nil, fmt.Errorf("unpack Postgres: %w", err)
	}
	fresh := filepath.Join(above, ".new")
	if err := os.RemoveAll(fresh); err != nil {
		return nil, fmt.Errorf("unpack Postgres: %w", err)
	}
	if err := os.Mkdir(fresh, 0o755); err != nil {
		return nil, fmt.Errorf("unpack Postgres: %w", err)
	}
	// Whatever the umask is: the account must get in, and may never write.
	if err := errors.Join(os.Chmod(above, 0o755), os.Chmod(fresh, 0o755)); err != nil {
		return nil, fmt.Errorf("unpack Postgres: %w", err)
	}
	program, ok := bundle.Program()
	if !ok {
		return nil, fmt.Errorf("unpack Postgres: %w", fs.ErrNotExist)
	}
	defer program.Close()
	if err := bundle.Unpack(program, fresh, nil); err != nil {
		return nil, fmt.Errorf("unpack Postgres: %w", err)
	}
	return func() error {
		if err := os.Rename(fresh, home); err != nil {
			return fmt.Errorf("unpack Postgres: %w", err)
		}
		return nil
	}, nil
}

// removeOthers deletes the programs of earlier bundles. Called when ours runs
// and nothing else can be using the folder.
func (in installation) removeOthers() error {
	if !in.bundled {
		return nil
	}
	home := filepath.Dir(in.bin)
	above := filepath.Dir(home)
	entries, err := os.ReadDir(above)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == filepath.Base(home) || !isBundleFolder(e.Name()) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(above, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func isBundleFolder(name string) bool {
	return name == ".new" || len(name) == 24 && strings.Trim(name, "0123456789abcdef") == ""
}
