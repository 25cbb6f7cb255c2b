package httpapi

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"laneway/internal/observe"
	"laneway/internal/platform"
	"laneway/internal/ratelimit"
)

// Config is what the public handler needs. Platform and Assets are required.
type Config struct {
	Platform *platform.Platform
	// Observer measures requests, traces them and has the log; nil: one that tells nobody.
	Observer *observe.Observer
	// Assets is the built studio: index.html and what it loads.
	Assets fs.FS
	// PublicURL is the address that people use, such as https://laneway.example.org; empty: whatever
	// the request was sent to. With https in it, every cookie is a secure one.
	PublicURL string
	// TrustedProxies are believed in X-Forwarded-For and X-Forwarded-Proto; nobody else is.
	TrustedProxies []netip.Prefix
	// Limiter counts requests; nil: there are no limits.
	Limiter *ratelimit.Limiter
	// InsecureCookies allows sessions over plain HTTP on addresses other than loopback.
	InsecureCookies bool
	Version         string
	// SentryBrowserDSN is where browsers report errors of the page; empty: nowhere. See CheckBrowserDSN.
	SentryBrowserDSN string
	// Environment is what such reports call the installation, TraceSampling the part of visits that is traced.
	Environment   string
	TraceSampling float64
	// Stopping reports that the server is about to stop: it serves, and tells load balancers to go elsewhere. Nil: never.
	Stopping func() bool
	// Heartbeat is how often a quiet event stream gives a sign of life (0: 15 s), Recheck how often it
	// is asked whether its reader still may read (0: one minute).
	Heartbeat, Recheck time.Duration
	Now                func() time.Time // nil: time.Now
}

type server struct {
	platform        *platform.Platform
	observer        *observe.Observer
	names           map[string]string // of operations by method and path, see operationNames
	operations      bool              // this is the operations listener
	log             *slog.Logger
	publicOrigin    string
	publicHTTPS     bool
	trustedProxies  []netip.Prefix
	limiter         *ratelimit.Limiter
	insecureCookies bool
	stopping        func() bool
	heartbeat       time.Duration
	recheck         time.Duration
	now             func() time.Time
	router          *http.ServeMux
	files           *files
	documents       map[string]*document
	policy          string // the Content-Security-Policy of pages
	web             webSettingsJSON
	startedAt       time.Time
}

// New gives the handler of the public listener: the API, the studio, and health. It panics where
// PublicURL is no address or Assets has no index.html: settings are checked before, so that is a
// mistake in the program.
func New(c Config) http.Handler {
	s := newServer(c)
	s.files = openFiles(c.Assets)
	s.documents = loadDocuments(c.Version)
	for _, row := range routes() {
		s.router.Handle(row.method+" "+row.path, s.endpoint(row))
	}
	return s.chain(http.HandlerFunc(s.route))
}

// Operations gives the handler of the operations listener, which must not be reachable from outside:
// health, metrics and the profiler.
func Operations(c Config) http.Handler {
	s := newServer(c)
	s.operations = true
	for _, row := range routes() {
		if row.path == "/healthz" || row.path == "/readyz" {
			s.router.Handle(row.method+" "+row.path, s.endpoint(row))
		}
	}
	for path, handle := range map[string]http.HandlerFunc{
		"/metrics":             s.observer.MetricsHandler().ServeHTTP,
		"/debug/pprof/":        pprof.Index,
		"/debug/pprof/cmdline": pprof.Cmdline,
		"/debug/pprof/profile": pprof.Profile,
		"/debug/pprof/symbol":  pprof.Symbol,
		"/debug/pprof/trace":   pprof.Trace,
	} {
		s.router.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			x := exchangeOf(r.Context())
			x.operation, x.route = "operations", "GET "+path
			handle(w, r)
		})
	}
	return s.chain(http.HandlerFunc(s.route))
}

// profilerRoute begins the routes of the profiler.
const profilerRoute = "GET /debug/pprof/"

func newServer(c Config) *server {
	s := &server{
		platform:        c.Platform,
		observer:        c.Observer,
		names:           operationNames(),
		trustedProxies:  c.TrustedProxies,
		limiter:         c.Limiter,
		insecureCookies: c.InsecureCookies,
		stopping:        c.Stopping,
		heartbeat:       c.Heartbeat,
		recheck:         c.Recheck,
		now:             c.Now,
		router:          http.NewServeMux(),
	}
	if s.observer == nil {
		var err error
		if s.observer, err = observe.New(observe.Config{}); err != nil {
			panic(err) // it is about settings, and there are none
		}
	}
	s.log = s.observer.Logger()
	if s.now == nil {
		s.now = time.Now
	}
	if s.heartbeat == 0 {
		s.heartbeat = 15 * time.Second
	}
	if s.recheck == 0 {
		s.recheck = time.Minute
	}
	s.startedAt = s.now()
	s.policy, s.web = pagePolicy(c.SentryBrowserDSN), webSettingsOf(c)
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			panic(fmt.Sprintf("public-url %q: want the form https://host", c.PublicURL))
		}
		s.publicOrigin = u.Scheme + "://" + u.Host
		s.publicHTTPS = u.Scheme == "https"
	}
	return s
}

// chain puts everything around the routes that holds for each request, outermost first.
func (s *server) chain(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	if s.publicOrigin != "" {
		if err := guard.AddTrustedOrigin(s.publicOrigin); err != nil {
			panic(fmt.Sprintf("public-url: %v", err))
		}
	}
	guard.SetDenyHandler(http.HandlerFunc(s.refuseCrossOrigin))
	compress, err := gzhttp.NewWrapper(
		gzhttp.MinSize(1024),
		gzhttp.ContentTypes([]string{mediaJSON, "application/problem+json", mediaBPMN, "application/yaml",
			"text/html", "text/css", "text/javascript", "image/svg+xml"}),
	)
	if err != nil {
		panic(fmt.Sprintf("set up compression: %v", err)) // the options are constants
	}
	guarded := guard.Handler(next)
	whole := s.recoverPanic(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
			// No page of another site can have a browser send this header without asking first, which nobody allows.
			next.ServeHTTP(w, r)
			return
		}
		guarded.ServeHTTP(w, r)
	}))
	compressed := compress(whole)
	return s.observe(s.secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == eventsPath || sendsReady(r) {
			whole.ServeHTTP(w, r) // of events a compressor would hold back some, and a great deal of memory
			return
		}
		compressed.ServeHTTP(w, r)
	})))
}
