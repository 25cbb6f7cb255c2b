// Package bundle is the form in which Postgres travels inside the Laneway
// binary: two archives, one with the trimmed program (postgres.tar.zst), one
// with a cluster that initdb made at build time (template.tar.zst).
//
// An archive is a tar file in zstd, in two zstd frames: a tiny first one that
// holds only the Header, and a second one with the files. Any zstd and tar
// program can unpack it; a reader that only wants to know what is inside reads
// a few hundred bytes. The Header carries an id computed from the content when
// the archive was written, so nothing is ever hashed at start.
//
// With the build tag "embedpg" this package embeds whatever the command
// internal/embeddedpg/pack wrote into this folder. Without it, Program and
// Template report that there is nothing.
package bundle

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"
)

// The names of the two archives in this folder.
const (
	ProgramFile  = "postgres.tar.zst"
	TemplateFile = "template.tar.zst"
)

const headerName = "laneway-bundle.json"

// windowSize lets the encoder find a repetition across the whole archive; it
// is also the memory that a reader needs while it unpacks.
const windowSize = 32 << 20

// Header says what an archive holds.
type Header struct {
	ID       string `json:"id"`       // changes whenever the content does
	Platform string `json:"platform"` // GOOS/GOARCH it runs on
	Version  string `json:"version"`  // of Postgres: "18.4"
}

// File is one entry of an archive to be written.
type File struct {
	Name   string // with slashes, relative
	Source string // file on disk; empty for a folder
	Mode   fs.FileMode
}

// ContentID hashes names, modes and contents of files, and whatever else the
// caller says the archive depends on.
func ContentID(files []File, alsoOn ...string) (string, error) {
	h := sha256.New()
	for _, s := range alsoOn {
		fmt.Fprintf(h, "%q\n", s)
	}
	for _, f := range files {
		fmt.Fprintf(h, "%q %o\n", f.Name, f.Mode)
		if f.Source == "" {
			continue
		}
		in, err := os.Open(f.Source)
		if err != nil {
			return "", fmt.Errorf("hash %s: %w", f.Name, err)
		}
		n, err := io.Copy(h, in)
		in.Close()
		if err != nil {
			return "", fmt.Errorf("hash %s: %w", f.Name, err)
		}
		fmt.Fprintf(h, "\n%d\n", n)
	}
	return hex.EncodeToString(h.Sum(nil))[:24], nil
}

// Write writes an archive. The same header and files give the same bytes.
func Write(w io.Writer, h Header, files []File) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	var first bytes.Buffer
	entry := tar.NewWriter(&first)
	err = errors.Join(
		entry.WriteHeader(&tar.Header{Name: headerName, Mode: 0o644, Size: int64(len(text)), ModTime: time.Unix(0, 0)}),
		writeAll(entry, text),
		entry.Flush(),
	)
	if err != nil {
		return fmt.Errorf("write header: %w", err)
	}
	if err := compress(w, zstd.SpeedDefault, &first); err != nil {
		return fmt.Errorf("write header: %w", err)
	}

	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(windowSize))
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(z, 1<<20)
	entries := tar.NewWriter(out)
	for _, f := range files {
		if err := writeFile(entries, f); err != nil {
			z.Close()
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	return errors.Join(entries.Close(), out.Flush(), z.Close())
}

func writeAll(w io.Writer, b []byte) error {
	_, err := w.Write(b)
	return err
}

// compress writes r as one frame, with a window no larger than it needs.
func compress(w io.Writer, level zstd.EncoderLevel, r *bytes.Buffer) error {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(level))
	if err != nil {
		return err
	}
	return errors.Join(writeAll(w, z.EncodeAll(r.Bytes(), nil)), z.Close())
}

func writeFile(entries *tar.Writer, f File) error {
	h := &tar.Header{Name: f.Name, Mode: int64(f.Mode.Perm()), ModTime: time.Unix(0, 0)}
	if f.Source == "" {
		h.Typeflag, h.Name = tar.TypeDir, f.Name+"/"
		return entries.WriteHeader(h)
	}
	in, err := os.Open(f.Source)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	h.Typeflag, h.Size = tar.TypeReg, info.Size()
	if err := entries.WriteHeader(h); err != nil {
		return err
	}
	_, err = io.Copy(entries, in)
	return err
}

// Read returns the header of an archive. It decodes the first frame only.
func Read(r io.Reader) (Header, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	if err != nil {
		return Header{}, err
	}
	defer z.Close()
	return readHeader(tar.NewReader(z))
}

func readHeader(entries *tar.Reader) (Header, error) {
	var h Header
	entry, err := entries.Next()
	if err != nil {
		return h, fmt.Errorf("read bundle header: %w", err)
	}
	if entry.Name != headerName {
		return h, fmt.Errorf("read bundle header: the archive begins with %q, not %q", entry.Name, headerName)
	}
	if err := json.NewDecoder(entries).Decode(&h); err != nil {
		return h, fmt.Errorf("read bundle header: %w", err)
	}
	return h, nil
}

// Unpack writes the files of an archive below the existing folder into. Every
// file and folder is given to owner before anything is written to it; a nil
// owner leaves them to the process. Nothing is forced to disk: that is the
// caller's, once, for all it has written.
func Unpack(r io.Reader, into string, owner func(*os.File) error) error {
	z, err := zstd.NewReader(r)
	if err != nil {
		return err
	}
	defer z.Close()
	entries := tar.NewReader(z)
	if _, err := readHeader(entries); err != nil {
		return err
	}
	buffer := make([]byte, 1<<20)
	for {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		if !filepath.IsLocal(entry.Name) {
			return fmt.Errorf("unpack: %q leads out of the folder", entry.Name)
		}
		name := filepath.Join(into, filepath.FromSlash(entry.Name))
		mode := fs.FileMode(entry.Mode).Perm()
		switch entry.Typeflag {
		case tar.TypeDir:
			err = unpackFolder(name, mode, owner)
		case tar.TypeReg:
			err = unpackFile(name, mode, entries, buffer, owner)
		default:
			err = fmt.Errorf("entry of kind %q", entry.Typeflag)
		}
		if err != nil {
			return fmt.Errorf("unpack %s: %w", entry.Name, err)
		}
	}
}

func unpackFolder(name string, mode fs.FileMode, owner func(*os.File) error) error {
	if err := os.Mkdir(name, 0o700); err != nil {
		return err
	}
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	if owner != nil {
		if err := owner(d); err != nil {
			return err
		}
	}
	return d.Chmod(mode)
}

func unpackFile(name string, mode fs.FileMode, content io.Reader, buffer []byte, owner func(*os.File) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if owner != nil {
		err = owner(f)
	}
	if err == nil {
		_, err = io.CopyBuffer(onlyWriter{f}, content, buffer)
	}
	if err == nil {
		err = f.Chmod(mode)
	}
	return errors.Join(err, f.Close())
}

// onlyWriter hides the ReadFrom of a file, which would ignore our buffer.
type onlyWriter struct{ io.Writer }
