package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// balancer is a load balancer: it looks at /readyz 20 times a second, sends requests in turn to the servers that are
// ready, and repeats none.
type balancer struct {
	mu      sync.Mutex
	servers map[string]*httputil.ReverseProxy
	ready   []string
	next    atomic.Int64
	failed  atomic.Int64 // requests that it could not bring to an answer
}

func newBalancer(t *testing.T) (*balancer, string) {
	b := &balancer{servers: make(map[string]*httputil.ReverseProxy)}
	front := httptest.NewServer(b)
	ctx, stop := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() { b.watch(ctx) })
	t.Cleanup(func() {
		stop()
		watching.Wait()
		front.Close()
	})
	return b, front.URL
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	if len(b.ready) == 0 {
		b.mu.Unlock()
		b.failed.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	proxy := b.servers[b.ready[int(b.next.Add(1))%len(b.ready)]]
	b.mu.Unlock()
	proxy.ServeHTTP(w, r)
}

// add takes a server in; it gets requests once it is ready.
func (b *balancer) add(t *testing.T, address string) {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 64}
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	proxy.ErrorHandler = func(w http.ResponseWriter, r *http.Request, err error) {
		if !errors.Is(err, context.Canceled) {
			b.failed.Add(1)
			t.Errorf("the balancer: %s %s: %v", r.Method, r.URL.Path, err)
		}
		w.WriteHeader(http.StatusBadGateway)
	}
	b.mu.Lock()
	b.servers[address] = proxy
	b.mu.Unlock()
	b.look()
}

func (b *balancer) remove(address string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.servers, address)
	b.ready = slices.DeleteFunc(b.ready, func(a string) bool { return a == address })
}

func (b *balancer) look() {
	b.mu.Lock()
	addresses := make([]string, 0, len(b.servers))
	for address := range b.servers {
		addresses = append(addresses, address)
	}
	b.mu.Unlock()
	var ready []string
	for _, address := range addresses {
		answer, err := http.Get(address + "/readyz")
		if err != nil {
			continue
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			ready = append(ready, address)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready = slices.DeleteFunc(ready, func(a string) bool { return b.servers[a] == nil })
}

func (b *balancer) watch(ctx context.Context) {
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			b.look()
		}
	}
}

// TestRollingRestart exchanges three servers on one database one after the other, behind a balancer that repeats nothing,
// while people list and save at a steady rate. No request fails, and everybody reads what they wrote, whichever server
// answers.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	rate, rounds := 60, 1
	if os.Getenv("LANEWAY_TEST_LONG") != "" {
		rate, rounds = 300, 3
	}
	const people = 6
	flags, _ := anotherDatabase(t)
	replica := func() *child {
		return spawn(t, append(flags, "--data-dir", filepath.Join(t.TempDir(), "unused"), "--rate-limit", "off", "--shutdown-delay", "1")...)
	}
	b, address := newBalancer(t)
	servers := make([]*child, 3)
	for i := range servers {
		servers[i] = replica()
		b.add(t, servers[i].address)
	}
	var sent, failed, older atomic.Int64
	done := make(chan struct{})
	var working sync.WaitGroup
	for i := range people {
		p := newPerson(t, address)
		p.signUp(fmt.Sprintf("person%d@example.org", i))
		d := p.create("Drawing", model("0"))
		var seq string
		p.client.Transport = seqKeeper{p.client.Transport, &seq}
		working.Go(func() {
			pace := time.NewTicker(time.Second * people / time.Duration(rate))
			defer pace.Stop()
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				case <-pace.C:
				}
				sent.Add(1)
				if n%3 == 2 {
					status, err := p.do("PUT", "/api/diagrams/"+d.ID, map[string]any{"bpmnXml": model(fmt.Sprint(n)), "expectedVersion": d.Version}, &d)
					if err != nil || status != http.StatusOK {
						failed.Add(1)
						t.Errorf("save: %d, %v", status, err)
					}
					continue
				}
				var page struct{ Data []diagram }
				status, err := p.do("GET", "/api/diagrams", nil, &page)
				if err != nil || status != http.StatusOK {
					failed.Add(1)
					t.Errorf("list: %d, %v", status, err)
				} else if len(page.Data) != 1 || page.Data[0].Version < d.Version {
					older.Add(1)
					t.Errorf("a list shows %+v, and version %d was acknowledged", page.Data, d.Version)
				}
			}
		})
	}
	for range rounds {
		for i, old := range servers {
			servers[i] = replica()
			b.add(t, servers[i].address)
			if err := old.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := old.cmd.Wait(); err != nil {
				t.Errorf("a server ended with %v", err)
			}
			b.remove(old.address)
		}
	}
	close(done)
	working.Wait()
	for _, s := range servers {
		s.kill(t)
	}
	t.Logf("%d restarts, %d requests at %d a second, %d failed, %d older than what their person had written",
		rounds*len(servers), sent.Load(), rate, failed.Load()+b.failed.Load(), older.Load())
}

// seqKeeper does what the studio does: it sends back the number of one's last change.
type seqKeeper struct {
	http.RoundTripper
	seq *string
}

func (k seqKeeper) RoundTrip(r *http.Request) (*http.Response, error) {
	if *k.seq != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Laneway-Seq", *k.seq)
	}
	answer, err := k.RoundTripper.RoundTrip(r)
	if err == nil && answer.Header.Get("Laneway-Seq") != "" {
		*k.seq = answer.Header.Get("Laneway-Seq")
	}
	return answer, err
}
