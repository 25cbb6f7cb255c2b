package bundle_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"laneway/internal/embeddedpg/bundle"
)

func files(t *testing.T) []bundle.File {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	return []bundle.File{
		{Name: "bin", Mode: 0o755},
		{Name: "bin/run", Source: write("run", strings.Repeat("code ", 1<<18)), Mode: 0o755},
		{Name: "empty", Source: write("empty", ""), Mode: 0o600},
		{Name: "private", Mode: 0o700},
		{Name: "private/secret", Source: write("secret", "42"), Mode: 0o600},
	}
}

func archive(t *testing.T, h bundle.Header, files []bundle.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := bundle.Write(&b, h, files); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWriteReadUnpack(t *testing.T) {
	want := bundle.Header{ID: "0123", Platform: "plan9/mips", Version: "18.4"}
	packed := files(t)
	a := archive(t, want, packed)
	if !bytes.Equal(a, archive(t, want, packed)) {
		t.Error("the same files give two archives")
	}
	// The header must be readable without the files.
	if got, err := bundle.Read(bytes.NewReader(a[:300])); err != nil || got != want {
		t.Errorf("Read: %+v, %v", got, err)
	}
	into := t.TempDir()
	given := 0
	err := bundle.Unpack(bytes.NewReader(a), into, func(*os.File) error { given++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if given != len(packed) {
		t.Errorf("%d of %d entries were given away", given, len(packed))
	}
	for _, f := range packed {
		name := filepath.Join(into, f.Name)
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != f.Mode || info.IsDir() != (f.Source == "") {
			t.Errorf("%s is %v, want %v", f.Name, info.Mode(), f.Mode)
		}
		if f.Source == "" {
			continue
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(f.Source)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s has other content", f.Name)
		}
	}
	if err := bundle.Unpack(bytes.NewReader(a), into, nil); !errors.Is(err, os.ErrExist) {
		t.Errorf("unpacking over something: %v", err)
	}
}

func TestBrokenArchives(t *testing.T) {
	whole := archive(t, bundle.Header{ID: "0123"}, files(t))
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-20] ^= 1
	for name, a := range map[string][]byte{
		"empty":     nil,
		"no zstd":   []byte("hello"),
		"cut off":   whole[:len(whole)-10],
		"damaged":   damaged,
		"no header": zstdTar(t, &tar.Header{Name: "bin/run", Typeflag: tar.TypeReg}),
	} {
		if err := bundle.Unpack(bytes.NewReader(a), t.TempDir(), nil); err == nil {
			t.Errorf("%s: unpacked", name)
		}
	}
}

func TestUnpackStaysInside(t *testing.T) {
	header := archive(t, bundle.Header{ID: "0123"}, nil)
	h, err := bundle.Read(bytes.NewReader(header))
	if err != nil || h.ID != "0123" {
		t.Fatal(h, err)
	}
	for name, entry := range map[string]*tar.Header{
		"parent":   {Name: "../out", Typeflag: tar.TypeReg},
		"absolute": {Name: "/tmp/out", Typeflag: tar.TypeReg},
		"symlink":  {Name: "link", Linkname: "/etc", Typeflag: tar.TypeSymlink},
		"device":   {Name: "null", Typeflag: tar.TypeChar},
	} {
		// The header frame of a real archive, then a frame of our own.
		first := firstFrame(t, header)
		a := append(bytes.Clone(first), zstdTar(t, entry)...)
		into := filepath.Join(t.TempDir(), "into")
		if err := os.Mkdir(into, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := bundle.Unpack(bytes.NewReader(a), into, nil); err == nil {
			t.Errorf("%s: unpacked", name)
		}
		entries, err := os.ReadDir(filepath.Dir(into))
		if err != nil || len(entries) != 1 {
			t.Errorf("%s: the folder above holds %v", name, entries)
		}
	}
}

func TestContentIDDependsOnEverything(t *testing.T) {
	packed := files(t)
	seen := map[string]string{}
	note := func(what string, files []bundle.File, also ...string) {
		id, err := bundle.ContentID(files, also...)
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := seen[id]; twice {
			t.Errorf("%s and %s have one id", what, other)
		}
		seen[id] = what
	}
	note("all", packed)
	note("all with a note", packed, "note")
	note("fewer", packed[:4])
	renamed := append([]bundle.File{}, packed...)
	renamed[2].Name = "hollow"
	note("renamed", renamed)
	closed := append([]bundle.File{}, packed...)
	closed[1].Mode = 0o700
	note("closed", closed)
	if err := os.WriteFile(packed[4].Source, []byte("43"), 0o600); err != nil {
		t.Fatal(err)
	}
	note("changed", packed)
}

// firstFrame cuts an archive without files after its header's frame.
func firstFrame(t *testing.T, a []byte) []byte {
	t.Helper()
	for end := len(a) - 1; end > 0; end-- {
		z, err := zstd.NewReader(bytes.NewReader(a[:end]))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		z.Close()
		if err == nil && len(text) == 1024 {
			return a[:end]
		}
	}
	t.Fatal("no frame found")
	return nil
}

func zstdTar(t *testing.T, h *tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	entries := tar.NewWriter(z)
	if err := errors.Join(entries.WriteHeader(h), entries.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
