package httpapi

import (
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"laneway/internal/platform"
)

// Config is what the public handler needs. Platform, Log and Assets are required.
type Config struct {
	Platform *platform.Platform
	Log      *slog.Logger
	// Assets is the built studio: index.html and what it loads.
	Assets fs.FS
	// PublicURL is the address that people use, such as https://laneway.example.org; empty: whatever
	// the request was sent to. With https in it, every cookie is a secure one.
	PublicURL string
	// TrustedProxies are believed in X-Forwarded-For and X-Forwarded-Proto; nobody else is.
	TrustedProxies []netip.Prefix
	// InsecureCookies allows sessions over plain HTTP on addresses other than loopback.
	InsecureCookies bool
	Version         string
	Now             func() time.Time // nil: time.Now
	Rand            io.Reader        // nil: crypto/rand
}

type server struct {
	platform        *platform.Platform
	log             *slog.Logger
	publicOrigin    string
	publicHTTPS     bool
	trustedProxies  []netip.Prefix
	insecureCookies bool
	now             func() time.Time
	rand            io.Reader
	router          *http.ServeMux
	files           *files
	documents       map[string]*document
}

// New gives the handler of the public listener: the API, the studio, and health.
// It fails where PublicURL is no http or https address, or Assets can't be read.
func New(c Config) (http.Handler, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	if s.files, err = openFiles(c.Assets); err != nil {
		return nil, err
	}
	if s.documents, err = loadDocuments(c.Version); err != nil {
		return nil, err
	}
	for _, row := range routes() {
		s.router.Handle(row.method+" "+row.path, s.endpoint(row))
	}
	return s.chain(http.HandlerFunc(s.route))
}

// Operations gives the handler of the operations listener, which must not be reachable from outside:
// health and the profiler.
func Operations(c Config) (http.Handler, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	for _, row := range routes() {
		if row.path == "/healthz" || row.path == "/readyz" {
			s.router.Handle(row.method+" "+row.path, s.endpoint(row))
		}
	}
	s.router.HandleFunc("GET /debug/pprof/", pprof.Index)
	s.router.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	s.router.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	s.router.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	s.router.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return s.chain(http.HandlerFunc(s.route))
}

func newServer(c Config) (*server, error) {
	s := &server{
		platform:        c.Platform,
		log:             c.Log,
		trustedProxies:  c.TrustedProxies,
		insecureCookies: c.InsecureCookies,
		now:             c.Now,
		rand:            c.Rand,
		router:          http.NewServeMux(),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return nil, fmt.Errorf("public-url %q: want the form https://host", c.PublicURL)
		}
		if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return nil, fmt.Errorf("public-url %q: want scheme and host only, Laneway is served at the root of its host", c.PublicURL)
		}
		s.publicOrigin = u.Scheme + "://" + u.Host
		s.publicHTTPS = u.Scheme == "https"
	}
	return s, nil
}

// chain puts everything around the routes that holds for each request, outermost first.
func (s *server) chain(next http.Handler) (http.Handler, error) {
	guard := http.NewCrossOriginProtection()
	if s.publicOrigin != "" {
		if err := guard.AddTrustedOrigin(s.publicOrigin); err != nil {
			return nil, fmt.Errorf("public-url: %w", err)
		}
	}
	guard.SetDenyHandler(http.HandlerFunc(s.refuseCrossOrigin))
	compress, err := gzhttp.NewWrapper(
		gzhttp.MinSize(1024),
		gzhttp.ContentTypes([]string{mediaJSON, "application/problem+json", mediaBPMN, "application/yaml",
			"text/html", "text/css", "text/javascript", "image/svg+xml"}),
	)
	if err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	return s.observe(s.secure(compress(s.recoverPanic(guard.Handler(next))))), nil
}
