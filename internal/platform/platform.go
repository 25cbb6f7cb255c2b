// Package platform has one method for each operation of the product: it decides what may happen,
// and is the only caller of the store.
//
// Every method that concerns an organization begins with Actor.May, before anything is loaded.
// A change is acknowledged after its commit. What is expensive (hashing a password, reading a
// document) waits for a slot first, so that memory and CPU have a ceiling whatever comes in.
package platform

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"time"

	"laneway"
	"laneway/internal/auth"
	"laneway/internal/cache"
	"laneway/internal/live"
	"laneway/internal/mail"
	"laneway/internal/redis"
	"laneway/internal/render"
	"laneway/internal/store"
)

// SignUpPolicy says who may make an account.
type SignUpPolicy string

// The policies. Invited lets in who holds an invitation; nobody else makes an account then.
const (
	SignUpOpen    SignUpPolicy = "open"
	SignUpInvited SignUpPolicy = "invited"
	SignUpClosed  SignUpPolicy = "closed"
)

// Config is what a Platform is made from.
type Config struct {
	Store *store.Store
	// Live carries events to streams; nil: there are none, and Watch refuses.
	Live *live.Hub
	// Opened is how opened diagrams are answered. It is required with Live, and for OpenBody.
	Opened OpenedForm
	SignUp SignUpPolicy
	// Providers are the services that people can sign in with, in the order in which they are shown.
	Providers []SignInProvider
	// Issuers are the services whose bearer tokens are taken.
	Issuers []TokenIssuer
	// CacheBytes bounds the memory of what is kept of the database; 0: cache.DefaultBytes. Without Live, which is
	// how a server hears what others change, nothing is kept.
	CacheBytes int64
	// Redis keeps versions that servers share; nil: none does. Release is that of the program.
	Redis   *redis.Redis
	Release string
	// Mailer sends mail; nil: there is none, and what needs it says so. PublicURL is where its links lead, without
	// a slash at the end.
	Mailer    *mail.Mailer
	PublicURL string
	// SignInLimits delays guessing; off only for load tests.
	SignInLimits bool
	// VersionRetention is how long every autosave is kept; after it they thin out. 0: for ever.
	VersionRetention time.Duration
	// PictureDeadline is how long somebody waits for a PNG; 0: 20 s.
	PictureDeadline time.Duration
	// PictureCache is a folder that keeps the compiled rasteriser between starts; empty: none does.
	PictureCache string
	// EventRetention is how long the log of changes is kept, at least 31 days; 0: for ever.
	EventRetention time.Duration
	Log            *slog.Logger
	// Step is told of each expensive step of an operation (merge, draw, png, pdf, password) and gives what
	// to call when the step has ended; nil: nobody is told.
	Step func(ctx context.Context, name string) (context.Context, func(error))
	// Now and Rand are the clock and the randomness of ids and expiry; nil means the real ones.
	Now  func() time.Time
	Rand io.Reader
}

// Platform is the product without a surface. It is safe for concurrent use.
type Platform struct {
	store            *store.Store
	live             *live.Hub
	cache            *cache.Cache // nil: none
	opened           OpenedForm
	hasher           *auth.Hasher
	signUp           SignUpPolicy
	providers        []SignInProvider
	issuers          map[string]TokenIssuer // by their names
	mailer           *mail.Mailer
	mailWake         chan struct{} // has a value when there is mail to send
	publicURL        string
	signInLimits     bool
	log              *slog.Logger
	now              func() time.Time
	rand             io.Reader
	step             func(context.Context, string) (context.Context, func(error))
	documents        *slots
	merges           mergeCounts
	jobs             jobCounts
	parsed           *parsedDocuments
	savers           *queues
	saves            *slots // that have documents with them
	opening          flights[Opened]
	drawing          flights[Picture]
	renderer         *render.Renderer
	versionRetention time.Duration
	eventRetention   time.Duration
	pictureDeadline  time.Duration
}

// New makes a Platform.
func New(c Config) (*Platform, error) {
	hasher, err := auth.NewHasher()
	if err != nil {
		return nil, fmt.Errorf("prepare password hashing: %w", err)
	}
	if c.Live != nil && (c.Opened.Append == nil || c.Opened.Document == nil) {
		return nil, errors.New("no form of opened diagrams, which are kept in it")
	}
	documents := 2 * runtime.GOMAXPROCS(0)
	p := &Platform{
		store: c.Store, live: c.Live, opened: c.Opened, hasher: hasher, signUp: c.SignUp, mailer: c.Mailer, mailWake: make(chan struct{}, 1), publicURL: c.PublicURL, signInLimits: c.SignInLimits, log: c.Log, now: c.Now, rand: c.Rand,
		documents: newSlots(documents), parsed: newParsedDocuments(), savers: newQueues(), saves: newSlots(documents + c.Store.SavesAtOnce()),
		providers:        c.Providers,
		issuers:          make(map[string]TokenIssuer, len(c.Issuers)),
		renderer:         render.New(render.Config{CacheDir: c.PictureCache}),
		versionRetention: c.VersionRetention, eventRetention: c.EventRetention, pictureDeadline: c.PictureDeadline,
	}
	for _, i := range c.Issuers {
		p.issuers[i.Name()] = i
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if p.step = c.Step; p.step == nil {
		p.step = func(ctx context.Context, _ string) (context.Context, func(error)) { return ctx, func(error) {} }
	}
	if p.pictureDeadline == 0 {
		p.pictureDeadline = pictureDeadline
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.rand == nil {
		p.rand = rand.Reader
	}
	if p.live != nil {
		if err := p.openCache(c); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// SignUpPolicy says who may make an account on this server.
func (p *Platform) SignUpPolicy() SignUpPolicy { return p.signUp }

// Ready reports whether operations can be served: the database answers.
func (p *Platform) Ready(ctx context.Context) error { return p.store.Ping(ctx) }

func (p *Platform) newID() laneway.ID { return laneway.NewID(p.now(), p.rand) }

// thinEvery is how many rounds of the purge come to one of thinning, which looks at all old versions.
const thinEvery = 24

// RunPurge removes what has outlived its time, now and then every hour, until ctx ends; once a day
// it thins out old versions.
func (p *Platform) RunPurge(ctx context.Context) {
	for round := 0; ; round++ {
		if p.versionRetention > 0 && round%thinEvery == 0 {
			thinned, err := p.store.ThinVersions(ctx, p.versionRetention)
			p.ran(ctx, "thin versions", err)
			if thinned > 0 {
				p.log.Info("thinned out old versions", "versions", thinned)
			}
		}
		if p.eventRetention > 0 && round%thinEvery == 0 {
			forgotten, err := p.store.ForgetEvents(ctx, p.eventRetention)
			p.ran(ctx, "forget old events", err)
			if forgotten > 0 {
				p.log.Info("forgot old events", "events", forgotten)
			}
		}
		removed, err := p.store.PurgeOrganizations(ctx)
		p.ran(ctx, "purge organizations", err)
		for _, id := range removed {
			p.log.Info("removed a deleted organization for good", "organization", id.String())
		}
		n, err := p.store.Purge(ctx)
		p.ran(ctx, "purge", err)
		if n > 0 {
			p.log.Info("purged diagrams from the trash", "diagrams", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Hour):
		}
	}
}
