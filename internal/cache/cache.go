// Package cache keeps what is read most in memory, and keeps it current.
//
// It holds three things, each bounded in bytes:
//
//   - read models: the summaries of an organization's diagrams, from which lists are cut and which know
//     the current version of each diagram. A read model is never thrown away because something changed: it is
//     changed by the commit that changes the database, before that is acknowledged. An exact cache that is
//     emptied by each save would be hit two times out of three at best.
//   - versions: what is sent of a diagram's newest version, which has in it what a save compares itself with. A version
//     never changes, so neither does what is kept of it; the next one takes its place.
//   - identities: who a session or token leads to. They are forgotten when something about their person changes,
//     and are never believed for longer than IdentityLifetime, whatever a server missed hearing of. Those of active people
//     are read again before that is over, many at once.
//
// What holds:
//
//   - Whoever asks was authorised before: keys are made from an Actor that may read (keys.go), with the organization
//     first, and each value names its own organization and key. A value that is not what the key says is a miss and
//     an error in the log, never an answer.
//   - On the server that made a change nobody reads anything older than what was acknowledged.
//   - What other servers change arrives by their notifications. Where this server does not hear the others (Config.Hears),
//     there are no read models: the database is read until it hears them again. Heads that are polled close the gap
//     that a lost notification leaves, within a second.
//   - Who names an event that they have seen (Laneway-Seq) reads all events up to it, whichever server they ask.
//   - A read model holds every event up to its number, and perhaps some behind it. It is loaded in one statement, so in
//     one snapshot, and goes on in steps that are read in one snapshot each; what this server commits meanwhile is
//     kept and put on top. So it does not matter what comes first.
//   - No cached identity refuses anybody: a refusal is told from the database. So what is granted counts at once
//     everywhere.
//
// The package knows no database: it is given functions that read (Source).
package cache

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"laneway"
	"laneway/internal/redis"
)

// Source reads the database for the cache. Every function gives what one snapshot of the database holds.
type Source struct {
	// Summaries gives all diagrams of an organization, in use and in the trash, and the number of its last event.
	Summaries func(ctx context.Context, organization laneway.ID) (Summaries, error)
	// Changes gives what the events behind the number after have changed.
	Changes func(ctx context.Context, organization laneway.ID, after int64) (Changes, error)
	// Fold gives texts as the database compares them where case does not matter.
	Fold func(ctx context.Context, texts []string) ([]string, error)
	// Identities gives whom the secrets of sessions or of tokens lead to, by their hashes as strings. Whom it does not give is
	// to be let in no more. It is for Renew alone.
	Identities func(ctx context.Context, token bool, secretHashes [][]byte) (map[string]Identity, error)
}

// Summaries is an organization's diagrams as of its event Seq.
type Summaries struct {
	Seq      int64
	Diagrams []laneway.Diagram
}

// Changes is what an organization's events up to Seq have changed since another one.
type Changes struct {
	Seq      int64
	Diagrams []laneway.Diagram // as they are now
	Gone     []laneway.ID      // diagrams that are not there any more
	// People are those whose membership changed, and Organization tells that its name or plan did.
	People       []laneway.ID
	Organization bool
}

// DefaultBytes is the memory that a cache may take where nothing else is said.
const DefaultBytes = 64 << 20

// Config is what a Cache is made from. Source and Hears are required.
type Config struct {
	Source Source
	// Bytes bounds the memory, roughly: half of it is for versions, three eighths for read models, one for identities.
	// 0: DefaultBytes.
	Bytes int64
	// Hears reports whether changes of other servers arrive at once. It is asked for each read.
	Hears func() bool
	// WentBack is called when the database turns out to lack events that it had: a backup was restored, or a standby took
	// over that had not got them. Numbers of versions name other content from then on. It must not block; nil: nothing.
	WentBack func()
	// Redis keeps versions that servers share; nil: none does. Release is that of the program.
	Redis   *redis.Redis
	Release string
	Log     *slog.Logger
	Now     func() time.Time // nil: time.Now
}

// Cache is one server's. It is safe for concurrent use.
type Cache struct {
	Models     *Models
	Versions   *Versions
	Identities *Identities
	Shared     *Shared // nil: nothing is shared
	coder      *coder
}

// New makes an empty Cache.
func New(c Config) (*Cache, error) {
	if c.Bytes == 0 {
		c.Bytes = DefaultBytes
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	coder, err := newCoder()
	if err != nil {
		return nil, err
	}
	n := &Cache{coder: coder}
	if n.Identities, err = newIdentities(c); err != nil {
		return nil, err
	}
	if n.Versions, err = newVersions(c, coder); err != nil {
		return nil, err
	}
	n.Shared = newShared(c, coder)
	wentBack := func() {
		n.Versions.Drop()
		if c.WentBack != nil {
			c.WentBack()
		}
	}
	if n.Models, err = newModels(c, coder, n.Identities, wentBack); err != nil {
		return nil, err
	}
	return n, nil
}

// Ready makes a body that is not kept.
func (c *Cache) Ready(body []byte, tag string) *Ready { return c.coder.newReady(body, tag) }

// Drop forgets everything that is in memory.
func (c *Cache) Drop() {
	c.Models.Drop()
	c.Versions.Drop()
	c.Identities.Drop()
}

// Ratio counts what was asked for: found here, or read from the database.
type Ratio struct{ hits, misses atomic.Uint64 }

func (r *Ratio) count(hit bool) {
	if hit {
		r.hits.Add(1)
	} else {
		r.misses.Add(1)
	}
}

// Counts gives how often something was found here and how often it was not, since the start.
func (r *Ratio) Counts() (hits, misses uint64) { return r.hits.Load(), r.misses.Load() }
