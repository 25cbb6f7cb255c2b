//go:build !embedpg

package bundle

import "io/fs"

// Program opens the archive with the Postgres program, if this binary has it.
func Program() (fs.File, bool) { return nil, false }

// Template opens the archive with the ready-made cluster, if this binary has it.
func Template() (fs.File, bool) { return nil, false }
