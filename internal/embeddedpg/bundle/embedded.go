//go:build embedpg

package bundle

import (
	"embed"
	"io/fs"
)

// The template is missing when the program was packed for another platform
// than the one that packed it.
//
//go:embed *.tar.zst
var archives embed.FS

// Program opens the archive with the Postgres program, if this binary has it.
func Program() (fs.File, bool) { return open(ProgramFile) }

// Template opens the archive with the ready-made cluster, if this binary has it.
func Template() (fs.File, bool) { return open(TemplateFile) }

func open(name string) (fs.File, bool) {
	f, err := archives.Open(name)
	return f, err == nil
}
