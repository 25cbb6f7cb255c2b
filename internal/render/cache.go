package render

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/tetratelabs/wazero"
)

// What is kept of the compilation is machine code that will run with the rights of this program. So
// the folder has to be one's own, closed to others, and hold what was put there: the sum of every file
// stands beside them and is written last. A folder that does not is emptied, and one that is
// open to others is not used.
const sumsFile = "sums"

// load compiles the code, or takes it from the folder where it was compiled before. Trouble with the
// folder costs time and nothing else.
func load(ctx context.Context, dir string, config wazero.RuntimeConfig, code []byte) (wazero.Runtime, wazero.CompiledModule, error) {
	if dir == "" || private(dir) != nil {
		return compile(ctx, config, code)
	}
	before, err := sums(dir)
	if err != nil || !isWritten(dir, before) {
		if empty(dir) != nil {
			return compile(ctx, config, code)
		}
		before = nil
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return compile(ctx, config, code)
	}
	runtime, compiled, err := compile(ctx, config.WithCompilationCache(cache), code)
	if err != nil { // such as a full disk
		return compile(ctx, config, code)
	}
	after, err := sums(dir)
	if err == nil && !maps.Equal(before, after) { // it was compiled just now
		for path := range before { // for another version or another processor
			_ = os.Remove(path)
			delete(after, path)
		}
		_ = writeSums(dir, after) // without them the next start compiles again
	}
	return runtime, compiled, nil
}

func compile(ctx context.Context, config wazero.RuntimeConfig, code []byte) (wazero.Runtime, wazero.CompiledModule, error) {
	runtime := wazero.NewRuntimeWithConfig(ctx, config)
	compiled, err := runtime.CompileModule(ctx, code)
	if err != nil {
		return nil, nil, errors.Join(err, runtime.Close(ctx))
	}
	return runtime, compiled, nil
}

// private makes the folder, or says why it is not one's own.
func private(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return err
	case !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !owned(info):
		return fmt.Errorf("%s is not a folder of this user alone", dir)
	}
	return nil
}

// sums gives the files of the folder and what they hold, all but the list itself.
func sums(dir string) (map[string]string, error) {
	found := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path == filepath.Join(dir, sumsFile) {
			return err
		}
		if !entry.Type().IsRegular() {
			return fmt.Errorf("%s is no file", path)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		found[path] = hex.EncodeToString(sum[:])
		return nil
	})
	return found, err
}

// list writes sums in the order of their paths.
func list(sums map[string]string) []byte {
	var lines []byte
	for _, path := range slices.Sorted(maps.Keys(sums)) {
		lines = fmt.Appendf(lines, "%s %s\n", sums[path], filepath.Base(path))
	}
	return lines
}

func isWritten(dir string, sums map[string]string) bool {
	written, err := os.ReadFile(filepath.Join(dir, sumsFile))
	return err == nil && bytes.Equal(written, list(sums))
}

func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

// writeSums writes the list, whole or not at all.
func writeSums(dir string, sums map[string]string) error {
	f, err := os.CreateTemp(dir, sumsFile+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(list(sums))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, sumsFile))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
