package main

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestRedisSettings: an address of our own goes before the variables of Upstash, which name a place for HTTP.
func TestRedisSettings(t *testing.T) {
	t.Parallel()
	upstash := []string{`UPSTASH_REDIS_REST_URL="https://eu1-kind-crab-1.upstash.io"`, "UPSTASH_REDIS_REST_TOKEN=AZ@/1"}
	for _, c := range []struct {
		environment []string
		flag, want  string
	}{
		{nil, "", ""},
		{upstash, "", "rediss://default:AZ%40%2F1@eu1-kind-crab-1.upstash.io:6379"},
		{upstash[:1], "", ""},
		{upstash[1:], "", ""},
		{append([]string{"LANEWAY_REDIS_URL=redis://a:1"}, upstash...), "", "redis://a:1"},
		{append([]string{"LANEWAY_REDIS_URL=redis://a:1"}, upstash...), "redis://b:2", "redis://b:2"},
	} {
		var given settings
		flags := pflag.NewFlagSet("laneway", pflag.ContinueOnError)
		addFlags(flags, &given)
		if c.flag != "" {
			if err := flags.Set("redis-url", c.flag); err != nil {
				t.Fatal(err)
			}
		}
		if warnings, err := readEnvironment(flags, &given, c.environment); err != nil || len(warnings) > 0 {
			t.Errorf("%v: %v %v", c.environment, warnings, err)
		}
		if given.redisURL != c.want {
			t.Errorf("%v, flag %q: %q, want %q", c.environment, c.flag, given.redisURL, c.want)
		}
	}
	_, err := settings{listen: "127.0.0.1:0", dataDir: "data", redisURL: "https://user:secret@example.org"}.config()
	if err == nil || !strings.HasPrefix(err.Error(), "redis-url: ") || strings.Contains(err.Error(), "secret") {
		t.Errorf("an address of another kind: %v", err)
	}
}
