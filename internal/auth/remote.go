package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Bounds of a call to another service.
const (
	callDeadline = 5 * time.Second
	maxAnswer    = 64 << 10
)

// newClient gives the client of all calls to other services. It follows no redirect, takes answers of
// at most maxAnswer bytes within callDeadline, and calls no address that only the machine's own
// surroundings have, such as the one where clouds hand out credentials.
func newClient() *http.Client {
	dialer := &net.Dialer{Timeout: callDeadline, Control: refuseNearby}
	return &http.Client{
		Timeout: callDeadline,
		Transport: boundedTransport{&http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            dialer.DialContext,
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    callDeadline,
			ResponseHeaderTimeout:  callDeadline,
			MaxResponseHeaderBytes: maxAnswer,
			MaxConnsPerHost:        8,
			IdleConnTimeout:        time.Minute,
		}},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			return fmt.Errorf("redirected to %s, which is not followed", r.URL.Host)
		},
	}
}

// refuseNearby looks at the address that a name was resolved to.
func refuseNearby(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dial %s: %w", address, err)
	}
	if ip := at.Addr().Unmap(); ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return fmt.Errorf("dial %s: no service has such an address", address)
	}
	return nil
}

type boundedTransport struct{ http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = &boundedBody{ReadCloser: response.Body, left: maxAnswer}
	}
	return response, err
}

// boundedBody ends with an error behind its bound; io.LimitReader would pass a part off as the whole.
type boundedBody struct {
	io.ReadCloser
	left int
}

var errAnswerTooLarge = fmt.Errorf("the answer has more than %d bytes", maxAnswer)

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	if b.left -= n; b.left < 0 {
		return 0, errAnswerTooLarge
	}
	return n, err
}

// How long what another service told is taken as new, and how long it is used while the service does
// not answer; and how long at least lies between two questions, whatever makes them look necessary.
const (
	remoteFresh  = 15 * time.Minute
	remoteUsable = 24 * time.Hour
	remotePause  = 10 * time.Second
)

// remote is something that another service tells, fetched when it is needed and kept. There is one
// fetch at a time and none within remotePause after the last, so whatever strangers send, the service
// is asked six times a minute at most.
type remote[T any] struct {
	fetch func(context.Context) (T, error)
	now   func() time.Time

	mu     sync.Mutex
	value  T
	got    time.Time     // when value was fetched; zero: never
	tried  time.Time     // when the last fetch began
	err    error         // what came of it
	flight chan struct{} // closed when the fetch under way ends; nil: there is none
}

// get gives the value and when it was fetched. It waits only where there is none that can be used.
func (r *remote[T]) get(ctx context.Context) (T, time.Time, error) {
	r.mu.Lock()
	value, got := r.value, r.got
	age := r.now().Sub(got)
	usable := !got.IsZero() && age < remoteUsable
	if usable && age >= remoteFresh {
		r.begin()
	}
	r.mu.Unlock()
	if usable {
		return value, got, nil
	}
	return r.newer(ctx, got)
}

// newer gives a value that was fetched after the one that is known, or says why there is none.
func (r *remote[T]) newer(ctx context.Context, known time.Time) (T, time.Time, error) {
	var none T
	r.mu.Lock()
	if !r.got.After(known) {
		r.begin()
	}
	flight := r.flight
	r.mu.Unlock()
	if flight != nil {
		select {
		case <-flight:
		case <-ctx.Done():
			return none, time.Time{}, ctx.Err()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.got.After(known):
		return r.value, r.got, nil
	case r.err != nil:
		return none, time.Time{}, r.err
	default:
		return none, time.Time{}, errAskedLately
	}
}

// errAskedLately says that the service was asked so recently that it is not asked again.
var errAskedLately = errors.New("asked a moment ago")

// begin starts a fetch unless there is one or has just been one. It outlives whoever asks for it: others
// may be waiting. The caller holds mu.
func (r *remote[T]) begin() {
	now := r.now()
	if r.flight != nil || !r.tried.IsZero() && now.Sub(r.tried) < remotePause {
		return
	}
	r.tried = now
	flight := make(chan struct{})
	r.flight = flight
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), callDeadline)
		defer cancel()
		value, err := r.fetch(ctx)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.err = err; err == nil {
			r.value, r.got = value, now
		}
		r.flight = nil
		close(flight)
	}()
}
