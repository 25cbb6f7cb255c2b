package render

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
)

// seven is a module of one function, which returns 7.
var seven = []byte("\x00asm\x01\x00\x00\x00" + "\x01\x05\x01\x60\x00\x01\x7f" + "\x03\x02\x01\x00" + "\x07\x05\x01\x01f\x00\x00" + "\x0a\x06\x01\x04\x00\x41\x07\x0b")

// run loads the module with a folder and calls its function.
func run(t *testing.T, dir string) {
	t.Helper()
	ctx := t.Context()
	runtime, code, err := load(ctx, dir, wazero.NewRuntimeConfig(), seven)
	if err != nil {
		t.Fatal(err)
	}
	module, err := runtime.InstantiateModule(ctx, code, wazero.NewModuleConfig())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := module.ExportedFunction("f").Call(ctx); err != nil || len(got) != 1 || got[0] != 7 {
		t.Errorf("the function returned %v, %v", got, err)
	}
	if err := runtime.Close(ctx); err != nil {
		t.Error(err)
	}
}

// compiled finds the one file with code.
func compiled(t *testing.T, dir string) string {
	t.Helper()
	files, err := sums(dir)
	if err != nil || len(files) != 1 || !isWritten(dir, files) {
		t.Fatalf("the folder holds %v, its list is right: %v, %v", files, isWritten(dir, files), err)
	}
	for path := range files {
		return path
	}
	return ""
}

func TestCompiledCodeIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "pictures")
	run(t, dir)
	file := compiled(t, dir)
	long := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(file, long, long); err != nil {
		t.Fatal(err)
	}
	run(t, dir)
	if info, err := os.Stat(compiled(t, dir)); err != nil || !info.ModTime().Equal(long) {
		t.Errorf("it was compiled again: %v", err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is open: %v, %v", info.Mode(), err)
	}
}

// Whatever became of what was kept, it is thrown away and made anew.
func TestBrokenCompiledCodeIsThrownAway(t *testing.T) {
	for name, harm := range map[string]func(file string) error{
		"another byte": func(file string) error {
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			content[len(content)/2] ^= 1
			return os.WriteFile(file, content, 0o600)
		},
		"half":  func(file string) error { return os.Truncate(file, 40) },
		"empty": func(file string) error { return os.Truncate(file, 0) },
		"more":  func(file string) error { return os.WriteFile(file+".1.tmp", []byte("left over"), 0o600) },
		"a link": func(file string) error {
			return os.Symlink("/dev/zero", filepath.Join(filepath.Dir(file), "endless"))
		},
		"no list": func(file string) error { return os.Remove(filepath.Join(filepath.Dir(file), "..", sumsFile)) },
		"another list": func(file string) error {
			return os.WriteFile(filepath.Join(filepath.Dir(file), "..", sumsFile), []byte("0 0"), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "pictures")
			run(t, dir)
			before := compiled(t, dir)
			want, err := os.ReadFile(before)
			if err != nil {
				t.Fatal(err)
			}
			if err := harm(before); err != nil {
				t.Fatal(err)
			}
			run(t, dir)
			if got, err := os.ReadFile(compiled(t, dir)); err != nil || len(got) != len(want) {
				t.Errorf("%d bytes are kept, want %d: %v", len(got), len(want), err)
			}
		})
	}
}

// A folder that others may write to could hold their code.
func TestOpenFolderIsNotUsed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pictures")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	run(t, dir)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	run(t, link)
	for _, place := range [...]string{dir, link} {
		if entries, err := fs.ReadDir(os.DirFS(place), "."); err != nil || len(entries) > 0 {
			t.Errorf("it holds %v, %v", entries, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, file)
}
