// Package embeddedpg is Laneway's default database: a PostgreSQL of its own,
// unpacked from the binary into the data folder, started with the server and
// stopped after it. Nobody has to install or configure anything.
//
// # The data folder
//
//	postgres/           the cluster; owned by the account Postgres runs as
//	postgres.password   password of the superuser "postgres", mode 0600
//	postgres.hba        who may connect; written at every start
//	postgres.lock       locked while a Laneway uses the folder
//	runtime/<id>/       the unpacked program, one folder per bundle
//	socket/             the Unix socket, mode 0700; a link to a short private
//	                    folder elsewhere where the path would be too long
//
// # What is guaranteed
//
// A folder that holds a cluster is never deleted, overwritten or initialised
// again. A new cluster is made in a hidden sibling folder, forced to disk and
// renamed, so postgres/ is either absent or whole. A cluster of another major
// version and a folder with anything else in it are refused with ErrOtherMajor
// and ErrForeignFolder, untouched.
//
// Postgres listens on the Unix socket only and asks everybody for the password
// (scram-sha-256). fsync, synchronous_commit and full_page_writes are on.
//
// One Laneway per folder: the second gets ErrInUse at once. If Laneway is
// killed, the kernel asks Postgres to stop; a Postgres that is still there at
// the next start is recognised by its process (not by a number in a file) and
// stopped cleanly first. If Postgres itself dies, it is started again, with
// growing pauses; only after ten failures in a row is the Server given up.
//
// # Accounts
//
// Postgres refuses to run as root. When Laneway is root, Postgres runs as the
// user laneway, else postgres, else nobody, and the files it needs are given
// to that user; the folders above the data folder must let it pass. Otherwise
// Postgres runs as the user Laneway runs as, with or without a passwd entry.
//
// # Settings
//
// What the guarantees rest on is given on the command line and wins over the
// configuration files. Memory and connection limits stand in
// postgres/postgresql.conf, written once when the cluster is made: edit that
// file, or use ALTER SYSTEM. Config.Settings overrides everything.
//
// # Where the program comes from
//
// Config.BinDir names an installed PostgreSQL 15 or newer. Without it, the
// bundle in this binary is used: build with the tag "embedpg" after running
// internal/embeddedpg/pack (make build does both).
package embeddedpg

import (
	"errors"
	"log/slog"

	"laneway/internal/embeddedpg/bundle"
)

// Errors that Start wraps. Each comes with the folder and what to do.
var (
	ErrInUse         = errors.New("data folder is in use")
	ErrOtherMajor    = errors.New("cluster of another major version")
	ErrForeignFolder = errors.New("folder holds something else than a cluster")
	ErrUnreachable   = errors.New("folder is closed to the database account")
	ErrNoPostgres    = errors.New("no PostgreSQL to run")
)

// superuser is the first user of every cluster made here.
const superuser = "postgres"

// Config says where the database lives and which program runs it.
type Config struct {
	DataDir  string            // Laneway's data folder, made if missing
	BinDir   string            // folder of an installed Postgres (its bin, or what holds it); empty means the bundle
	Log      *slog.Logger      // nil discards
	Settings map[string]string // further Postgres settings; they win over all others
}

// Bundled reports whether this binary carries a Postgres.
func Bundled() bool {
	f, ok := bundle.Program()
	if ok {
		f.Close()
	}
	return ok
}
