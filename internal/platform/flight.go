package platform

import (
	"context"
	"errors"
	"sync"

	"laneway"
)

// flightKey names what is read once for all who ask for it at the same time: a version that is current. Whoever asks was
// authorised for it before.
type flightKey struct {
	diagramKey
	version int64
}

// flights let the first one who asks for a version read it, and the others wait for that: what many want when nobody
// has it (a server has just started, Redis was emptied) costs the database one read. The zero value is ready.
type flights[T any] struct {
	mu    sync.Mutex
	under map[flightKey]*flight[T]
}

type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

var errFlightBroke = errors.New("the one who read for all did not come to an end")

// do gives what load gives, to the first one or to this one. An error of the first is its own, since what was missing to it
// may be there by now; that the database is away holds for all. Where the first one went away, another one is the first.
func (f *flights[T]) do(key flightKey, load func() (T, error)) (T, error) {
	f.mu.Lock()
	for first := f.under[key]; first != nil; first = f.under[key] {
		f.mu.Unlock()
		<-first.done
		switch {
		case first.err == nil:
			return first.value, nil
		case errors.Is(first.err, context.Canceled):
		case laneway.KindOf(first.err) == laneway.Unavailable:
			return first.value, first.err
		default:
			return load()
		}
		f.mu.Lock()
	}
	own := &flight[T]{done: make(chan struct{}), err: errFlightBroke}
	if f.under == nil {
		f.under = make(map[flightKey]*flight[T])
	}
	f.under[key] = own
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		delete(f.under, key)
		f.mu.Unlock()
		close(own.done)
	}()
	own.value, own.err = load()
	return own.value, own.err
}
