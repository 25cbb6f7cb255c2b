package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"laneway"
)

// files is the built studio. Addresses that name no file are the studio's own pages, so they all get
// index.html, which is asked for anew each time; what lies under assets/ has a hash in its name and
// is kept for ever.
type files struct {
	root   fs.FS
	byName map[string]file
}

// file is one file with the compressed forms that lie beside it as name.br and name.gz.
type file struct {
	name, contentType, tag string
	size                   int64
	encodings              map[string]int64 // "br" or "gzip" to size
}

// encodings in the order of preference, with the ending of the file.
var encodings = [...]struct{ name, ending string }{{"br", ".br"}, {"gzip", ".gz"}}

// contentTypeOf gives the types of the files that a web build has. The list is ours, because the one of the
// operating system differs from machine to machine.
func contentTypeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".webp":
		return "image/webp"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".woff":
		return "font/woff"
	case ".ttf":
		return "font/ttf"
	case ".wasm":
		return "application/wasm"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".bpmn":
		return mediaBPMN
	default:
		return "application/octet-stream"
	}
}

// openFiles hashes every file once: what is embedded doesn't change while the program runs.
func openFiles(root fs.FS) *files {
	f := &files{root: root, byName: make(map[string]file)}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		for _, e := range encodings {
			if strings.HasSuffix(name, e.ending) {
				return nil
			}
		}
		one, err := describeFile(root, name)
		f.byName[name] = one
		return err
	})
	if _, ok := f.byName["index.html"]; err != nil || !ok {
		panic(fmt.Sprintf("read the studio's files: has index.html: %t, error: %v", ok, err))
	}
	return f
}

func describeFile(root fs.FS, name string) (file, error) {
	in, err := root.Open(name)
	if err != nil {
		return file{}, err
	}
	defer in.Close()
	h := sha256.New()
	size, err := io.Copy(h, in)
	if err != nil {
		return file{}, err
	}
	f := file{name: name, contentType: contentTypeOf(name), tag: hex.EncodeToString(h.Sum(nil)[:16]), size: size, encodings: make(map[string]int64)}
	for _, e := range encodings {
		if info, err := fs.Stat(root, name+e.ending); err == nil {
			f.encodings[e.name] = info.Size()
		}
	}
	return f, nil
}

// serve answers a GET or HEAD outside of the API.
func (f *files) serve(w http.ResponseWriter, r *http.Request) error {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	one, ok := f.byName[name]
	switch {
	case !ok && strings.HasPrefix(name, "assets/"):
		// A page here would only hide that a part of an older release is gone.
		return laneway.Errorf(laneway.NotFound, "There is no such file.")
	case !ok:
		one = f.byName["index.html"]
	}
	h := w.Header()
	h.Set("Content-Type", one.contentType)
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(one.name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	stored, tag, size := one.name, `"`+one.tag+`"`, one.size
	if len(one.encodings) > 0 {
		h.Add("Vary", "Accept-Encoding")
	}
	for _, e := range encodings {
		if encoded, has := one.encodings[e.name]; has && accepts(r.Header.Values("Accept-Encoding"), e.name) {
			stored, tag, size = one.name+e.ending, `"`+one.tag+"-"+e.name+`"`, encoded
			h.Set("Content-Encoding", e.name)
			break
		}
	}
	h.Set("ETag", tag)
	if notModified(r, tag) {
		h.Del("Content-Encoding")
		writeNotModified(w)
		return nil
	}
	in, err := f.root.Open(stored)
	if err != nil {
		h.Del("Content-Encoding")
		return fmt.Errorf("open the studio's file %s: %w", stored, err)
	}
	defer in.Close()
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		// The client may go away at any time; there is nobody left to tell.
		_, _ = io.Copy(w, in)
	}
	return nil
}

// accepts tells whether an Accept-Encoding names the coding, or any, with a weight above 0.
func accepts(headers []string, coding string) bool {
	wildcard := false
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			var err error
			if weight, err = strconv.ParseFloat(q, 64); err != nil {
				weight = 0
			}
		}
		switch name {
		case coding:
			return weight > 0
		case "*":
			wildcard = weight > 0
		}
	}
	return wildcard
}
