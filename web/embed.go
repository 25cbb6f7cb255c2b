// Package web carries the built studio inside the binary.
package web

import (
	"embed"
	"io/fs"
)

// dist holds the build of `npm run build` in dist/app where there is one. The folder itself is
// committed with one page, so that the program builds on a bare clone without npm.
//
//go:embed all:dist
var dist embed.FS

// Assets gives the files of the studio: index.html and what it loads. Without a web build that is
// one page which says how to make it.
func Assets() fs.FS {
	folder := "dist/app"
	if _, err := fs.Stat(dist, folder+"/index.html"); err != nil {
		folder = "dist/placeholder"
	}
	files, err := fs.Sub(dist, folder)
	if err != nil {
		panic(err) // both names are valid paths
	}
	return files
}
