// Package apitest drives the HTTP API in tests: a Server with a real database behind a real
// listener, Scenarios as rows of data, and a check of every answer against openapi.yaml.
//
// Use it from external test packages whose TestMain calls storetest.Main:
//
//	s := apitest.New(t, apitest.Config{})
//	mira := s.SignUp(t, "mira")
//	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/me", As: mira, Status: 200, Want: []string{"mira"}})
//
// An answer that the document does not know (its status, its type, a field, a header) fails the test
// that caused it, whatever that test was looking for. The headers that every answer must have are
// checked on every answer as well.
package apitest

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"laneway/internal/httpapi"
	"laneway/internal/live"
	"laneway/internal/mail"
	"laneway/internal/observe"
	"laneway/internal/platform"
	"laneway/internal/ratelimit"
	"laneway/internal/redis"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// Config says how the server under test is set up; the zero value is `make run` on loopback.
type Config struct {
	PublicURL       string
	TrustedProxies  []netip.Prefix
	InsecureCookies bool
	SignUp          platform.SignUpPolicy // empty: open
	// Providers and Issuers are the services to sign in with and those whose tokens are taken.
	Providers []platform.SignInProvider
	Issuers   []platform.TokenIssuer
	Mailer    *mail.Mailer // nil: the server sends no mail
	// Heartbeat and Recheck are those of event streams; 0: as in the program.
	Heartbeat, Recheck time.Duration
	// Timeout bounds reading a request and writing its answer; 0: no bound.
	Timeout time.Duration
	// Limits are rate limits; nil: there are none. Now is the clock that they go by.
	Limits ratelimit.Limits
	Now    func() time.Time
	// Observe says whom the server tells what it does; its log is Server.Log whatever it says.
	Observe observe.Config
	// Limiter is used instead of one of Limits.
	Limiter *ratelimit.Limiter
	// Redis keeps versions that servers share; nil: none does.
	Redis *redis.Redis
	// Relayed puts a Relay between server and database.
	Relayed bool
	// PictureDeadline is how long somebody waits for a PNG; 0: long enough for any machine.
	PictureDeadline time.Duration
}

// pictureDeadline leaves time to compile the rasteriser under the race detector, beside other tests.
const pictureDeadline = 5 * time.Minute

// Server is a running server with a database of its own.
type Server struct {
	DB       *storetest.Database
	Platform *platform.Platform
	// Address is where it listens, such as http://127.0.0.1:4711.
	Address string
	// Handler is what answers there.
	Handler  http.Handler
	Log      *Log
	Observer *observe.Observer
	Relay    *Relay
	client   *http.Client
}

// New starts a server; it ends with the test.
func New(t testing.TB, c Config) *Server {
	t.Helper()
	db := storetest.New(t)
	return start(t, c, db, db.Store)
}

// Beside starts another server on the same database, with connections of its own.
func (s *Server) Beside(t testing.TB, c Config) *Server {
	t.Helper()
	kept, err := store.Open(context.Background(), store.Config{AppURL: s.DB.URLs.App, SystemURL: s.DB.URLs.System})
	if err != nil {
		t.Fatalf("open the database for another server: %v", err)
	}
	t.Cleanup(kept.Close)
	return start(t, c, s.DB, kept)
}

func start(t testing.TB, c Config, db *storetest.Database, kept *store.Store) *Server {
	t.Helper()
	s := &Server{DB: db, Log: &Log{}}
	if c.SignUp == "" {
		c.SignUp = platform.SignUpOpen
	}
	if c.PictureDeadline == 0 {
		c.PictureDeadline = pictureDeadline
	}
	var err error
	watched := c.Observe
	watched.Version, watched.Log = "test", s.Log
	if s.Observer, err = observe.New(watched); err != nil {
		t.Fatal(err)
	}
	log := s.Observer.Logger()
	switch traced := c.Observe.OTLPEndpoint != "" || c.Observe.SentryDSN != ""; {
	case c.Relayed:
		s.Relay, kept = openRelayed(t, s.DB, s.Observer.Database())
	case traced:
		if kept, err = store.Open(t.Context(), store.Config{AppURL: s.DB.URLs.App, SystemURL: s.DB.URLs.System, Tracer: s.Observer.Database()}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(kept.Close)
	}
	hub := live.New(live.Config{Store: kept, Log: log})
	background, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	t.Cleanup(func() {
		stop()
		parts.Wait()
	})
	s.Platform, err = platform.New(platform.Config{
		Store: kept, Live: hub, Opened: httpapi.OpenedForm(), SignUp: c.SignUp, Providers: c.Providers, Issuers: c.Issuers, Mailer: c.Mailer, PublicURL: c.PublicURL, SignInLimits: true,
		Redis: c.Redis, PictureDeadline: c.PictureDeadline, PictureCache: os.Getenv("LANEWAY_TEST_PICTURE_CACHE"), Step: s.Observer.Step, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	parts.Go(func() { hub.Run(background) }) // once the platform observes it
	parts.Go(func() { s.Platform.RunMail(background) })
	var limiter *ratelimit.Limiter
	if c.Limits != nil {
		limiter = ratelimit.New(c.Limits, c.Now)
	}
	if c.Limiter != nil {
		limiter = c.Limiter
	}
	s.Handler = httpapi.New(httpapi.Config{
		Limiter:         limiter,
		Platform:        s.Platform,
		Observer:        s.Observer,
		Assets:          Studio(),
		PublicURL:       c.PublicURL,
		TrustedProxies:  c.TrustedProxies,
		InsecureCookies: c.InsecureCookies,
		Version:         "test",
		Heartbeat:       c.Heartbeat,
		Recheck:         c.Recheck,
	})
	listener := httptest.NewUnstartedServer(s.Handler)
	listener.Config.ReadTimeout, listener.Config.WriteTimeout = c.Timeout, c.Timeout
	listener.Start()
	t.Cleanup(func() {
		hub.Close()
		listener.Close()
	})
	s.Address = listener.URL
	// Compression is asked for where a test is about it, and redirects are answers like others.
	s.client = &http.Client{
		Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 32},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

// Studio is a small stand-in for the web build, with all that the file server looks at.
func Studio() fstest.MapFS {
	script := bytes.Repeat([]byte("console.log('laneway');\n"), 200)
	return fstest.MapFS{
		"index.html":               {Data: []byte("<!doctype html><title>Laneway</title>")},
		"favicon.svg":              {Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)},
		"assets/main-1a2b3c.js":    {Data: script},
		"assets/main-1a2b3c.js.br": {Data: []byte("as if compressed by brotli")},
		"assets/main-1a2b3c.js.gz": {Data: []byte("as if compressed by gzip")},
		"assets/main-4d5e6f.css":   {Data: []byte("body{margin:0}")},
	}
}

// Log is what the server has logged, one JSON object a line.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends a line.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String gives all of it.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Do sends a request and checks its answer against the contract.
func (s *Server) Do(t testing.TB, r *http.Request) *Answer {
	t.Helper()
	response, err := s.client.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	defer response.Body.Close()
	body, err := readBody(response)
	if err != nil {
		t.Fatalf("%s %s: read answer: %v", r.Method, r.URL.Path, err)
	}
	answer := &Answer{Status: response.StatusCode, Header: response.Header, Body: body}
	for _, fault := range checkAnswer(r, answer) {
		t.Errorf("%s %s: answer %d breaks the contract: %s\n%s", r.Method, r.URL.RequestURI(), answer.Status, fault, clip(body))
	}
	return answer
}

// readBody reads an answer; of an event stream, which has no end, the first event.
func readBody(response *http.Response) ([]byte, error) {
	if response.Header.Get("Content-Type") != "text/event-stream" || response.Request.Method == http.MethodHead {
		return io.ReadAll(response.Body)
	}
	var event []byte
	for in := bufio.NewReader(response.Body); ; {
		line, err := in.ReadBytes('\n')
		event = append(event, line...)
		if err != nil || len(line) == 1 {
			return event, err
		}
	}
}

// Admin runs a statement as the superuser, behind the server's back, and has the server forget what it remembers.
func (s *Server) Admin(t testing.TB, statement string, args ...any) {
	t.Helper()
	s.DB.Admin(t, statement, args...)
	s.Platform.DropCaches()
}

// Warm waits until the server remembers: it does while it hears other servers.
func (s *Server) Warm(t testing.TB) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !s.Platform.Listening(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server does not hear itself")
		}
	}
}
