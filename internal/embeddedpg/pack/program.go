package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"laneway/internal/embeddedpg/bundle"
)

// program is the folder "native" of the npm package.
type program struct{ native string }

type selection int

const (
	withoutInitdb selection = iota // all that a cluster needs to run
	withInitdb                     // and all that is needed to make one
)

// extensions that an application or an operator may want to CREATE. Left out:
// foreign data, other languages, what needs further libraries.
func extensions() []string {
	return []string{
		"amcheck", "btree_gin", "btree_gist", "citext", "fuzzystrmatch", "hstore",
		"pg_buffercache", "pg_prewarm", "pg_stat_statements", "pg_trgm", "pgcrypto",
		"pgstattuple", "plpgsql", "tsm_system_rows", "unaccent",
	}
}

// modules that are loaded without CREATE EXTENSION.
func modules() []string {
	return []string{"auto_explain", "dict_snowball"}
}

// initdbOnly are files in share that only initdb reads.
func initdbOnly() []string {
	return []string{
		"errcodes.txt", "information_schema.sql", "pg_hba.conf.sample", "pg_ident.conf.sample",
		"pg_service.conf.sample", "postgres.bki", "postgresql.conf.sample", "psqlrc.sample",
		"snowball_create.sql", "sql_features.txt", "system_constraints.sql",
		"system_functions.sql", "system_views.sql",
	}
}

// files chooses what goes into the archive, in order of name.
func (p program) files(what selection) ([]bundle.File, error) {
	var chosen []bundle.File
	add := func(name, source string, mode fs.FileMode) {
		chosen = append(chosen, bundle.File{Name: name, Source: filepath.Join(p.native, source), Mode: mode})
	}
	programs := []string{"bin/postgres"}
	if what == withInitdb {
		programs = append(programs, "bin/initdb")
	}
	for _, name := range programs {
		add(name, name, 0o755)
	}
	binaries := slices.Clone(programs)
	for _, name := range slices.Concat(extensions(), modules()) {
		module := path.Join("lib/postgresql", name+".so")
		add(module, module, 0o755)
		binaries = append(binaries, module)
	}
	libraries, err := p.libraries(binaries)
	if err != nil {
		return nil, err
	}
	for name, source := range libraries {
		add(path.Join("lib", name), source, 0o755)
	}

	share, err := tree(filepath.Join(p.native, "share"), "share")
	if err != nil {
		return nil, err
	}
	for _, f := range share {
		if f.Source != "" && p.wanted(f.Name, what) {
			f.Mode = 0o644
			chosen = append(chosen, f)
		}
	}
	return withFolders(chosen), nil
}

func (p program) wanted(name string, what selection) bool {
	base := path.Base(name)
	if path.Dir(name) == "share/postgresql/extension" {
		// pg_trgm.control, pg_trgm--1.5--1.6.sql
		extension, _, _ := strings.Cut(strings.TrimSuffix(base, ".control"), "--")
		return slices.Contains(extensions(), extension)
	}
	return what == withInitdb || !slices.Contains(initdbOnly(), base)
}

// libraries follows what the binaries need through the libraries of the
// package. The package has no symbolic links, so each is filed under the name
// that the loader looks for, its SONAME. What is not in the package is the
// machine's: the C and C++ libraries.
func (p program) libraries(binaries []string) (map[string]string, error) {
	entries, err := os.ReadDir(filepath.Join(p.native, "lib"))
	if err != nil {
		return nil, err
	}
	bySoname := map[string]string{}
	for _, e := range entries {
		// An installation that ran the package's own script has links as well.
		if !e.Type().IsRegular() || !strings.Contains(e.Name(), ".so") {
			continue
		}
		name := path.Join("lib", e.Name())
		soname, _, err := p.dynamic(name)
		if err != nil {
			return nil, err
		}
		bySoname[soname] = name
	}
	needed := map[string]string{}
	for len(binaries) > 0 {
		_, wants, err := p.dynamic(binaries[0])
		if err != nil {
			return nil, err
		}
		binaries = binaries[1:]
		for _, soname := range wants {
			source, ours := bySoname[soname]
			if _, seen := needed[soname]; ours && !seen {
				needed[soname] = source
				binaries = append(binaries, source)
			}
		}
	}
	return needed, nil
}

func (p program) dynamic(name string) (soname string, needs []string, err error) {
	f, err := elf.Open(filepath.Join(p.native, name))
	if err != nil {
		return "", nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer f.Close()
	sonames, err := f.DynString(elf.DT_SONAME)
	if err != nil {
		return "", nil, fmt.Errorf("read %s: %w", name, err)
	}
	if needs, err = f.ImportedLibraries(); err != nil {
		return "", nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(sonames) == 0 {
		return path.Base(name), needs, nil
	}
	return sonames[0], needs, nil
}

// withFolders adds the folders that the files lie in and sorts: a folder comes
// before what is in it.
func withFolders(files []bundle.File) []bundle.File {
	folders := map[string]bool{".": true}
	for _, f := range slices.Clone(files) {
		for dir := path.Dir(f.Name); !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
			files = append(files, bundle.File{Name: dir, Mode: 0o755})
		}
	}
	slices.SortFunc(files, func(a, b bundle.File) int { return strings.Compare(a.Name, b.Name) })
	return files
}

// tree lists the folders and files below dir, named below prefix.
func tree(dir, prefix string) ([]bundle.File, error) {
	var files []bundle.File
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		f := bundle.File{Name: path.Join(prefix, filepath.ToSlash(rel)), Mode: info.Mode().Perm()}
		switch {
		case d.IsDir():
		case d.Type().IsRegular():
			f.Source = name
		default:
			return fmt.Errorf("%s is neither file nor folder", name)
		}
		files = append(files, f)
		return nil
	})
	return files, err
}

// copyFiles lays the files out below dir as unpacking the archive would.
func copyFiles(files []bundle.File, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		if f.Source == "" {
			if err := errors.Join(os.Mkdir(to, 0o755), os.Chmod(to, 0o755)); err != nil {
				return err
			}
			continue
		}
		if err := copyFile(f.Source, to, f.Mode); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(mode), out.Close())
}
