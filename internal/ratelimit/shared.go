package ratelimit

import (
	"context"
	_ "embed"
	"errors"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"laneway/internal/redis"
)

//go:embed take.lua
var takeScript string

// keyPrefix stands before all keys, so that a Redis can serve others as well.
const keyPrefix = "laneway:limit:"

// shared are the windows in Redis.
type shared struct {
	redis  *redis.Redis
	script *rueidis.Lua
}

// NewShared returns a limiter whose windows are shared by all servers with the same Redis. While that
// fails, each server counts by itself with the same limits. What takes a password is counted by this server as
// well at all times, and both have to let it in, so that nothing that befalls Redis lets anybody guess more often.
func NewShared(limits Limits, r *redis.Redis) *Limiter {
	l := New(limits, nil)
	l.shared = &shared{redis: r, script: rueidis.NewLuaScript(takeScript)}
	r.Require(func(ctx context.Context, client rueidis.Client) error {
		_, _, err := l.shared.ask(ctx, client, keyPrefix+"trial", Limit{Requests: 1, Window: time.Millisecond}) // a request of nobody
		return err
	})
	return l
}

// take asks Redis; false where it is out of use or fails.
func (s *shared) take(class Class, key string, limit Limit) (d Decision, answered bool) {
	err := s.redis.Do(func(ctx context.Context, client rueidis.Client) (err error) {
		d, _, err = s.ask(ctx, client, keyPrefix+string(class)+":"+key, limit)
		return err
	})
	return d, err == nil
}

// ask runs the script and gives the moment that it took for now, in microseconds.
func (s *shared) ask(ctx context.Context, client rueidis.Client, key string, limit Limit) (Decision, int64, error) {
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
