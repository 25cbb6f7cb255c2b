package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"laneway/internal/embeddedpg"
	"laneway/internal/httpapi"
	"laneway/internal/live"
	"laneway/internal/observe"
	"laneway/internal/platform"
	"laneway/internal/ratelimit"
	"laneway/internal/redis"
	"laneway/internal/store"
	"laneway/web"
)

// How long the parts of a shutdown may take, beside the delay that is set; together they stay within the 25 seconds that
// service managers and orchestrators commonly give.
const (
	drainDeadline = 20 * time.Second
	stopDeadline  = 5 * time.Second
	// reportDeadline is for traces and reports that still wait to be sent; nothing else waits for them.
	reportDeadline = 2 * time.Second
)

// logEvery is how long lines about requests are gathered before they are written, and what a server that is killed loses of them.
const logEvery = 100 * time.Millisecond

func newServeCommand() *cobra.Command {
	var given settings
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the studio and the API (what happens without a command, too)",
		Args:  cobra.NoArgs,
	}
	addFlags(cmd.Flags(), &given)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		warnings, err := readEnvironment(cmd.Flags(), &given, os.Environ())
		if err != nil {
			return err
		}
		c, err := given.config()
		if err != nil {
			return err
		}
		c.observe.Log, c.observe.LogEvery = cmd.ErrOrStderr(), logEvery
		observer, err := observe.New(c.observe)
		if err != nil {
			return err
		}
		for _, name := range warnings {
			observer.Logger().Warn("unknown setting in the environment", "variable", name)
		}
		return serve(cmd.Context(), c, observer, func(address net.Addr) {
			fmt.Fprintf(cmd.OutOrStdout(), "Laneway is at %s\n", publicAddress(c, address))
		})
	}
	return cmd
}

func publicAddress(c config, address net.Addr) string {
	if c.publicURL != nil {
		return c.publicURL.String()
	}
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return "http://" + address.String()
	}
	if ip := net.ParseIP(host); ip.IsLoopback() || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// serve wires the parts in the order of need, calls ready with the address when requests are
// served, and takes everything down in reverse when ctx ends. Postgres is stopped last.
func serve(ctx context.Context, c config, observer *observe.Observer, ready func(net.Addr)) (err error) {
	begun, log := time.Now(), observer.Logger()
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), reportDeadline)
		defer cancel()
		err = errors.Join(err, observer.Close(ctx))
	}()
	// First the port: a second server on it should say so before anything else is started.
	listener, err := net.Listen("tcp", c.listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; another port: --listen 127.0.0.1:8081", c.listen, err)
	}
	defer listener.Close()
	var operations net.Listener
	if c.operationsListen != "" {
		if operations, err = net.Listen("tcp", c.operationsListen); err != nil {
			return fmt.Errorf("listen for operations on %s: %w", c.operationsListen, err)
		}
		defer operations.Close()
	}
	database, err := openDatabase(ctx, c, log)
	if err != nil {
		return err
	}
	defer database.stop(log)
	kept, err := store.Open(ctx, store.Config{AppURL: database.urls.App, SystemURL: database.urls.System, ListenURL: database.listen, Tracer: observer.Database(), Log: log})
	if err != nil {
		return err
	}
	defer kept.Close()
	hub := live.New(live.Config{Store: kept, Log: log})
	shared, err := openRedis(c, log)
	if err != nil {
		return err
	}
	if shared != nil {
		defer shared.Close()
	}
	productConfig := platform.Config{
		Store: kept, Live: hub, Opened: httpapi.OpenedForm(), SignUp: c.signUp, Providers: c.providers, Issuers: c.issuers, Mailer: c.mailer, PublicURL: origin(c.publicURL), CacheBytes: c.cacheBytes, SignInLimits: c.rateLimit,
		VersionRetention: c.versionRetention, EventRetention: c.eventRetention, PictureCache: filepath.Join(c.dataDir, "pictures"), Release: version, Step: observer.Step, Log: log,
	}
	if c.redisCache {
		productConfig.Redis = shared
	}
	product, err := platform.New(productConfig)
	if err != nil {
		return err
	}
	if !c.rateLimit {
		log.Warn("RATE LIMITS ARE OFF: passwords can be guessed without delay; this setting is for load tests only")
	}
	if c.insecureCookies {
		log.Warn("INSECURE COOKIES ARE ON: sessions travel over plain HTTP and can be read on the way")
	}
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	var parts sync.WaitGroup
	parts.Go(func() { product.RunPurge(background) })
	parts.Go(func() { product.RunMail(background) })
	parts.Go(func() { product.RunIdentities(background) })
	parts.Go(func() { hub.Run(background) })
	defer parts.Wait()
	defer stopBackground()

	var stopping atomic.Bool
	api := httpapi.Config{
		Platform: product, Observer: observer, Assets: web.Assets(), TrustedProxies: c.trustedProxies,
		InsecureCookies: c.insecureCookies, Version: version, Stopping: stopping.Load, SentryBrowserDSN: c.sentryBrowserDSN, Environment: c.observe.Environment, TraceSampling: c.observe.TraceSampling,
	}
	if c.rateLimit {
		api.Limiter = newLimiter(c, shared)
	}
	observer.Sources(poolFigures(kept), platformFigures(product), eventFigures(hub), limitFigures(api.Limiter), redisFigures(shared))
	if c.publicURL != nil {
		api.PublicURL = c.publicURL.String()
	}
	public := newServer(httpapi.New(api), log)
	public.RegisterOnShutdown(hub.Close) // an open stream would be a request in flight for ever
	servers := []*http.Server{public}
	failed := make(chan error, 2)
	go func() { failed <- public.Serve(listener) }()
	if operations != nil {
		private := newServer(httpapi.Operations(api), log)
		servers = append(servers, private)
		go func() { failed <- private.Serve(operations) }()
	}
	log.Info("serving", "address", listener.Addr().String(), "version", version, "start", time.Since(begun).Round(time.Millisecond).String())
	ready(listener.Addr())

	select {
	case <-ctx.Done():
		log.Info("stopping: requests in flight are finished first")
		stopping.Store(true)
		err = turnAway(c.shutdownDelay, failed)
	case err = <-failed:
	case <-database.gone():
		err = fmt.Errorf("the built-in database stopped: %w", database.server.Err())
	}
	return errors.Join(err, drain(servers))
}

// openRedis opens the Redis that servers share; nil where there is none.
func openRedis(c config, log *slog.Logger) (*redis.Redis, error) {
	if c.redisURL == "" {
		return nil, nil
	}
	shared, err := redis.Open(c.redisURL, log)
	if err != nil {
		return nil, fmt.Errorf("redis-url: %w", err)
	}
	return shared, nil
}

// newLimiter makes the limiter of this server, or its part of the one that it shares with others.
func newLimiter(c config, shared *redis.Redis) *ratelimit.Limiter {
	if shared == nil {
		return ratelimit.New(c.rateLimits, nil)
	}
	return ratelimit.NewShared(c.rateLimits, shared)
}

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      90 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// turnAway goes on serving for a while, so that a load balancer can see that the server is about to stop: readiness is off
// already, and connections close with their next answer. Idle ones stay open, because a request may be on its way. An error
// is that of a server that ended meanwhile.
func turnAway(delay time.Duration, failed <-chan error) error {
	select {
	case <-time.After(delay):
		return nil
	case err := <-failed:
		return err
	}
}

func drain(servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainDeadline)
	defer cancel()
	var errs []error
	for _, s := range servers {
		if err := s.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("finish requests in flight: %w", err), s.Close())
		}
	}
	return errors.Join(errs...)
}

// database is the opened database: the built-in server when there is no other.
type database struct {
	server *embeddedpg.Server
	urls   store.URLs
	listen string // past a pooler; empty: as the system login
}

// databaseName is the name of the database in the built-in server.
const databaseName = "laneway"

func openDatabase(ctx context.Context, c config, log *slog.Logger) (database, error) {
	if c.external() {
		migrator := c.direct
		if migrator == "" {
			migrator = c.admin
		}
		if migrator != "" {
			if err := store.Migrate(ctx, migrator); err != nil {
				return database{}, err
			}
		}
		listen, err := c.listenURL()
		if err != nil {
			return database{}, err
		}
		return database{urls: store.URLs{App: c.app, System: c.system, Migrator: migrator}, listen: listen}, nil
	}
	server, err := embeddedpg.Start(ctx, embeddedpg.Config{DataDir: c.dataDir, BinDir: c.postgresDir, Log: log})
	if err != nil {
		return database{}, fmt.Errorf("start the built-in database: %w", err)
	}
	d := database{server: server}
	d.urls, err = store.Bootstrap(ctx, server.AdminURL("postgres"), databaseName)
	if err == nil {
		err = store.Migrate(ctx, d.urls.Migrator)
	}
	if err != nil {
		d.stop(log)
		return database{}, err
	}
	return d, nil
}

// gone is closed when the built-in database has ended for good; it blocks for ever without one.
func (d database) gone() <-chan struct{} {
	if d.server == nil {
		return nil
	}
	return d.server.Done()
}

func (d database) stop(log *slog.Logger) {
	if d.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopDeadline)
	defer cancel()
	if err := d.server.Stop(ctx); err != nil {
		log.Error("stop the built-in database", "error", err)
	}
}
