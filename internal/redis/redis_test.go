package redis_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"laneway/internal/redis"
	"laneway/internal/redistest"
)

func open(t *testing.T, url string) *redis.Redis {
	t.Helper()
	r, err := redis.Open(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain: " + what)
		}
	}
}

func ping(ctx context.Context, client rueidis.Client) error {
	return client.Do(ctx, client.B().Ping().Build()).Error()
}

// TestWhoeverAsksTwiceWaitsOnce: the first failure takes Redis out of use for everybody, until what its users need works again.
func TestWhoeverAsksTwiceWaitsOnce(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	r := open(t, server.URL())
	await(t, "Redis is in use", func() bool { return r.Stats().InUse })
	server.Freeze()
	if err := r.Do(ping); err == nil || errors.Is(err, redis.ErrOutOfUse) {
		t.Errorf("the first call to a black hole: %v", err)
	}
	for range 3 {
		if err := r.Do(ping); !errors.Is(err, redis.ErrOutOfUse) {
			t.Errorf("a later one: %v", err)
		}
	}
	server.Thaw()
	await(t, "Redis is in use again", func() bool { return r.Stats().InUse })
	if n := r.Stats(); n.Failures == 0 || n.Calls < n.Failures {
		t.Errorf("counts %+v", n)
	}
	able := errors.New("not yet")
	r.Require(func(context.Context, rueidis.Client) error { return able })
	if r.Stats().InUse {
		t.Error("Redis is in use and cannot do what is needed")
	}
	r.Close()
	if err := r.Do(ping); !errors.Is(err, redis.ErrOutOfUse) {
		t.Errorf("after Close: %v", err)
	}
}

// TestCluster: a Redis Cluster does as well, named by one of its nodes.
func TestCluster(t *testing.T) {
	t.Parallel()
	const nodes, slots = 3, 16384
	var servers []*redistest.Server
	for n := range nodes {
		bus := freePort(t)
		s := redistest.Start(t, "--cluster-enabled", "yes", "--cluster-port", bus)
		if answer := s.Do("CLUSTER", "ADDSLOTSRANGE", fmt.Sprint(n*slots/nodes), fmt.Sprint((n+1)*slots/nodes-1)); answer != "+OK" {
			t.Fatal(answer)
		}
		if servers = append(servers, s); n > 0 {
			host, port, _ := net.SplitHostPort(s.Address)
			if answer := servers[0].Do("CLUSTER", "MEET", host, port, bus); answer != "+OK" {
				t.Fatal(answer)
			}
		}
	}
	inside := make([]rueidis.Client, nodes)
	for n, s := range servers {
		var err error
		if inside[n], err = rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.Address}, DisableCache: true, ForceSingleClient: true}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(inside[n].Close)
		await(t, "the cluster is whole", func() bool {
			text, err := inside[n].Do(t.Context(), inside[n].B().ClusterInfo().Build()).ToString()
			return err == nil && strings.Contains(text, "cluster_state:ok") && strings.Contains(text, "cluster_known_nodes:3")
		})
	}
	r := open(t, servers[0].URL())
	for n := range 100 {
		key := fmt.Sprint("key ", n)
		await(t, key, func() bool { // it may take more than 50 ms
			return r.Do(func(ctx context.Context, client rueidis.Client) error {
				return client.Do(ctx, client.B().Set().Key(key).Value(key).Build()).Error()
			}) == nil
		})
		await(t, key, func() bool {
			var got string
			err := r.Do(func(ctx context.Context, client rueidis.Client) (err error) {
				got, err = rueidis.NewLuaScript(`return redis.call('GET', KEYS[1])`).Exec(ctx, client, []string{key}, nil).ToString()
				return err
			})
			if err == nil && got != key {
				t.Errorf("%s holds %q", key, got)
			}
			return err == nil
		})
	}
	for n := range nodes {
		if size, err := inside[n].Do(t.Context(), inside[n].B().Dbsize().Build()).AsInt64(); err != nil || size == 0 {
			t.Errorf("node %d holds %d keys, %v", n, size, err)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
