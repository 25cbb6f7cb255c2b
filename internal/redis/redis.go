// Package redis keeps a Redis that may fail at a distance: nobody waits for it longer than Deadline, and while it fails
// nobody waits for it at all.
//
// [Redis.Do] runs commands with a deadline and no second try. The first call that fails takes Redis out of use for
// everybody, so a request that asks it twice waits once. From then on calls are refused at once, and a goroutine tries
// in the background, less and less often, until what its users need ([Redis.Require]) works again.
//
// All calls share one connection, so what is sent over it has to be small: a long answer holds up those behind it.
//
// A request's context does not reach Redis. A client that goes away says nothing about Redis, and a call that is given
// up in the middle is how an answer comes to somebody else.
package redis

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// Deadline is how long a call may take.
const Deadline = 50 * time.Millisecond

// How long Redis is left alone after it failed: twice as long each time.
const leastPause, mostPause = 250 * time.Millisecond, 5 * time.Second

// errAddress says that an address is of no use; what it is stays out of logs, as it may hold a password.
var errAddress = errors.New("want an address such as rediss://user:password@host:6379")

// ErrOutOfUse is what Do gives while Redis fails.
var ErrOutOfUse = errors.New("Redis is out of use")

// Trial tells whether Redis does what a user of it needs.
type Trial func(ctx context.Context, client rueidis.Client) error

// Stats say how it goes with Redis. Calls and Failures count since the start; a call that found Redis out of use is in
// neither.
type Stats struct {
	InUse           bool
	Calls, Failures uint64
}

// Redis is one server's way to a Redis. It is safe for concurrent use.
type Redis struct {
	option rueidis.ClientOption
	log    *slog.Logger

	client          atomic.Pointer[rueidis.Client] // nil while it fails
	calls, failures atomic.Uint64
	latest          atomic.Int64 // how long the latest call took
	mu              sync.Mutex   // of what follows, and of changes of client
	trials          []Trial
	closed          bool
	trying          bool
	stop            context.CancelFunc
	stopped         context.Context
	background      sync.WaitGroup
}

// CheckAddress tells whether an address is one that Open takes. The error does not repeat it.
func CheckAddress(url string) error {
	if _, err := rueidis.ParseURL(url); err != nil {
		return errAddress
	}
	return nil
}

// Open connects. A Redis that is not there is no error: it is in use when it is. Close it in the end.
func Open(url string, log *slog.Logger) (*Redis, error) {
	option, err := rueidis.ParseURL(url)
	if err != nil {
		return nil, errAddress
	}
	option.Dialer.Timeout, option.ConnWriteTimeout = Deadline, Deadline
	option.DisableRetry, option.DisableCache = true, true
	option.PipelineMultiplex = -1 // one connection, which all calls share
	option.ClientName = "laneway"
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r := &Redis{option: option, log: log}
	r.stopped, r.stop = context.WithCancel(context.Background())
	if err := r.connect(); err != nil {
		r.failed(nil, err)
	}
	return r, nil
}

// Require adds what Redis has to do to be in use, and tries it.
func (r *Redis) Require(trial Trial) {
	r.mu.Lock()
	r.trials = append(r.trials, trial)
	r.mu.Unlock()
	_ = r.Do(trial) // where it fails, Redis is out of use
}

// Do runs use with a client. What use gives as an error says that Redis fails: it is taken out of use, and Do gives the error.
// ErrOutOfUse where it is already; use does not run then.
func (r *Redis) Do(use func(ctx context.Context, client rueidis.Client) error) error {
	client := r.client.Load()
	if client == nil {
		return ErrOutOfUse
	}
	r.calls.Add(1)
	begun := time.Now()
	err := within(use, *client)
	r.latest.Store(int64(time.Since(begun)))
	if err != nil {
		r.failures.Add(1)
		r.failed(client, err)
		return err
	}
	return nil
}

// slowFrom is from where on Redis is slow: a database answers sooner.
const slowFrom = 10 * time.Millisecond

// Slow reports whether the latest call, whosever it was, took so long that whoever can do without the next should. So somebody
// who has to ask, and then might, waits for both no longer than Deadline and slowFrom.
func (r *Redis) Slow() bool { return time.Duration(r.latest.Load()) > slowFrom }

func within(use Trial, client rueidis.Client) error {
	ctx, cancel := context.WithTimeout(context.Background(), Deadline)
	defer cancel()
	return use(ctx, client)
}

// Stats gives the counts.
func (r *Redis) Stats() Stats {
	return Stats{InUse: r.client.Load() != nil, Calls: r.calls.Load(), Failures: r.failures.Load()}
}

// connect makes a client and tries with it what is needed.
func (r *Redis) connect() error {
	client, err := rueidis.NewClient(r.option)
	if err != nil {
		return err
	}
	r.mu.Lock()
	trials := slices.Clone(r.trials)
	r.mu.Unlock()
	for _, trial := range trials {
		if err := within(trial, client); err != nil {
			client.Close()
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		client.Close()
		return nil
	}
	r.client.Store(&client)
	r.trying = false
	return nil
}

// failed takes the client that failed out of use and tries with others in the background.
func (r *Redis) failed(used *rueidis.Client, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trying || r.closed || r.client.Load() != used {
		return
	}
	r.trying = true
	r.log.Warn("Redis cannot be used: this server goes on without it", "error", err)
	if client := r.client.Swap(nil); client != nil {
		r.background.Go((*client).Close) // it waits for the calls under way
	}
	r.background.Go(r.retry)
}

func (r *Redis) retry() {
	for pause := leastPause; ; pause = min(2*pause, mostPause) {
		select {
		case <-r.stopped.Done():
			return
		case <-time.After(pause):
		}
		if r.connect() == nil {
			break
		}
	}
	r.log.Info("Redis is in use again")
}

// Close ends the connection. From then on Redis is out of use.
func (r *Redis) Close() {
	r.mu.Lock()
	r.closed = true
	r.stop()
	if client := r.client.Swap(nil); client != nil {
		r.background.Go((*client).Close)
	}
	r.mu.Unlock()
	r.background.Wait()
}
