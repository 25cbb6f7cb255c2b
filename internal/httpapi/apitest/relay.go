package apitest

import (
	"context"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// Relay stands between the server and its database, so that a test can take the database away from
// this server alone and give it back.
type Relay struct {
	socket, target string
	mu             sync.Mutex
	listener       net.Listener
	open           map[net.Conn]bool
}

// openRelayed opens a store through a new relay.
func openRelayed(t testing.TB, db *storetest.Database, tracer pgx.QueryTracer) (*Relay, *store.Store) {
	t.Helper()
	dir := t.TempDir()
	relay := &Relay{open: make(map[net.Conn]bool)}
	through := func(address string) string {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		name := ".s.PGSQL." + query.Get("port")
		relay.target, relay.socket = filepath.Join(query.Get("host"), name), filepath.Join(dir, name)
		query.Set("host", dir)
		u.RawQuery = query.Encode()
		return u.String()
	}
	config := store.Config{AppURL: through(db.URLs.App), SystemURL: through(db.URLs.System), Tracer: tracer}
	relay.Give(t)
	t.Cleanup(relay.Take)
	opened, err := store.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	return relay, opened
}

// Give lets connections through.
func (r *Relay) Give(t testing.TB) {
	t.Helper()
	listener, err := net.Listen("unix", r.socket)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.listener = listener
	r.mu.Unlock()
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("unix", r.target)
			if err != nil {
				_ = from.Close()
				continue
			}
			r.join(from, to)
		}
	}()
}

func (r *Relay) join(from, to net.Conn) {
	r.mu.Lock()
	r.open[from], r.open[to] = true, true
	r.mu.Unlock()
	pipe := func(a, b net.Conn) {
		_, _ = io.Copy(a, b) // ends with either side
		r.mu.Lock()
		defer r.mu.Unlock()
		_ = a.Close()
		_ = b.Close()
		delete(r.open, a)
		delete(r.open, b)
	}
	go pipe(from, to)
	go pipe(to, from)
}

// Take cuts all connections and refuses new ones.
func (r *Relay) Take() {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.listener.Close()
	for c := range r.open {
		_ = c.Close()
	}
}
