package ratelimit

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

//go:embed take.lua
var takeScript string

// How long Redis is waited for, and how long it is left alone after it failed: twice as long each time.
const (
	redisDeadline         = 50 * time.Millisecond
	leastPause, mostPause = 250 * time.Millisecond, 5 * time.Second
)

// keyPrefix stands before all keys, so that a Redis can serve others as well.
const keyPrefix = "laneway:limit:"

// errRedis says that the address is of no use; what it is stays out of logs, as it may hold a password.
var errRedis = errors.New("want an address such as rediss://user:password@host:6379")

// shared are the windows in Redis. While it fails nobody waits for it: whoever noticed the failure has
// waited for redisDeadline at most, and a goroutine tries in the background until it works again.
type shared struct {
	option rueidis.ClientOption
	script *rueidis.Lua
	log    *slog.Logger

	client          atomic.Pointer[rueidis.Client] // nil while it fails
	calls, failures atomic.Uint64
	mu              sync.Mutex // of what follows, and of changes of client
	closed          bool
	trying          bool
	stop            context.CancelFunc
	stopped         context.Context
	background      sync.WaitGroup
}

// SharedStats say how the limiter gets on with Redis.
type SharedStats struct {
	Configured, InUse bool
	// Calls and Failures count since the start; a request that found Redis out of use is in neither.
	Calls, Failures uint64
}

// CheckAddress tells whether an address is one that NewShared takes. The error does not repeat it.
func CheckAddress(redisURL string) error {
	if _, err := rueidis.ParseURL(redisURL); err != nil {
		return errRedis
	}
	return nil
}

// NewShared returns a limiter whose windows are shared by all servers with the same Redis. While that
// fails, each server counts by itself with the same limits. What takes a password is counted by this server as
// well at all times, and both have to let it in, so that nothing that befalls Redis lets anybody guess more often.
// Close it in the end.
func NewShared(limits Limits, redisURL string, log *slog.Logger) (*Limiter, error) {
	option, err := rueidis.ParseURL(redisURL)
	if err != nil {
		return nil, errRedis
	}
	option.Dialer.Timeout, option.ConnWriteTimeout = redisDeadline, redisDeadline
	option.DisableRetry, option.DisableCache = true, true
	option.PipelineMultiplex = -1 // one connection, which all calls share
	option.ClientName = "laneway"
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	l := New(limits, nil)
	l.shared = &shared{option: option, script: rueidis.NewLuaScript(takeScript), log: log}
	l.shared.stopped, l.shared.stop = context.WithCancel(context.Background())
	if err := l.shared.connect(); err != nil {
		l.shared.failed(nil, err)
	}
	return l, nil
}

// Close ends the connections to Redis, if any. The limiter goes on by itself.
func (l *Limiter) Close() {
	if l.shared != nil {
		l.shared.close()
	}
}

// Shared tells about Redis.
func (l *Limiter) Shared() SharedStats {
	if l.shared == nil {
		return SharedStats{}
	}
	s := l.shared
	return SharedStats{Configured: true, InUse: s.client.Load() != nil, Calls: s.calls.Load(), Failures: s.failures.Load()}
}

// connect makes a client and tries it with a request of nobody.
func (s *shared) connect() error {
	client, err := rueidis.NewClient(s.option)
	if err != nil {
		return err
	}
	if _, _, err := s.ask(client, keyPrefix+"trial", Limit{Requests: 1, Window: time.Millisecond}); err != nil {
		client.Close()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		client.Close()
		return nil
	}
	s.client.Store(&client)
	return nil
}

// take asks Redis; false where it is out of use or fails.
func (s *shared) take(class Class, key string, limit Limit) (Decision, bool) {
	client := s.client.Load()
	if client == nil {
		return Decision{}, false
	}
	s.calls.Add(1)
	d, _, err := s.ask(*client, keyPrefix+string(class)+":"+key, limit)
	if err != nil {
		s.failures.Add(1)
		s.failed(client, err)
		return Decision{}, false
	}
	return d, true
}

// ask runs the script and gives the moment that it took for now, in microseconds.
func (s *shared) ask(client rueidis.Client, key string, limit Limit) (Decision, int64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), redisDeadline)
	defer cancel()
	window := limit.Window.Microseconds()
	answer, err := s.script.Exec(ctx, client, []string{key}, []string{strconv.Itoa(limit.Requests), strconv.FormatInt(window, 10)}).AsIntSlice()
	if err != nil {
		return Decision{}, 0, err
	}
	if len(answer) != 4 || answer[0] != 0 && answer[0] != 1 || answer[1] < 0 || answer[1] >= int64(limit.Requests) || answer[2] < 0 || answer[2] > window {
		return Decision{}, 0, errors.New("an answer that the script cannot give")
	}
	return Decision{Allowed: answer[0] == 1, Remaining: int(answer[1]), Reset: time.Duration(answer[2]) * time.Microsecond}, answer[3], nil
}

// failed takes the client that failed out of use and tries with others in the background.
func (s *shared) failed(used *rueidis.Client, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trying || s.closed || s.client.Load() != used {
		return
	}
	s.trying = true
	s.log.Warn("Redis cannot be used: requests are counted on this server alone", "error", err)
	if client := s.client.Swap(nil); client != nil {
		s.background.Go((*client).Close) // it waits for the calls under way
	}
	s.background.Go(s.retry)
}

func (s *shared) retry() {
	for pause := leastPause; ; pause = min(2*pause, mostPause) {
		select {
		case <-s.stopped.Done():
			return
		case <-time.After(pause):
		}
		if s.connect() == nil {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trying = false
	s.log.Info("Redis is in use again")
}

func (s *shared) close() {
	s.mu.Lock()
	s.closed = true
	s.stop()
	if client := s.client.Swap(nil); client != nil {
		s.background.Go((*client).Close)
	}
	s.mu.Unlock()
	s.background.Wait()
}
