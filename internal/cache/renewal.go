package cache

import (
	"context"
	"slices"
	"time"
)

// RenewEvery is how often Renew is to be called.
const RenewEvery = time.Second

const (
	// renewAhead is how long before its end an identity is renewed. Two turns come in that time, so that one may be late or fail.
	renewAhead = 2 * RenewEvery
	// renewAtOnce bounds how many are read with one statement.
	renewAtOnce = 500
)

// Renew reads identities anew that were asked for since they were read and whose time is nearly over, many with one
// statement, so that no request of somebody active has to. Whoever is not in the answer is forgotten, and so is whoever's
// time is over. What is forgotten while the statement is under way stays forgotten. After an error the rest is left as it is:
// who comes too late for it is read by their own request, as if nothing was renewed. It is called by one goroutine.
func (i *Identities) Renew(ctx context.Context) error {
	var sessions, tokens []identityKey
	now := i.now()
	for key, k := range i.kept.All() {
		left := k.until.Sub(now)
		switch {
		case left <= 0:
			i.kept.Invalidate(key) // a newer one that a request put here meanwhile is read again, no more
		case left > renewAhead || !k.asked.Load():
		case key.token:
			tokens = append(tokens, key)
		default:
			sessions = append(sessions, key)
		}
	}
	for _, keys := range [][]identityKey{sessions, tokens} {
		for some := range slices.Chunk(keys, renewAtOnce) {
			if err := i.renew(ctx, some); err != nil {
				return err
			}
		}
	}
	return nil
}

// renew renews identities of one kind.
func (i *Identities) renew(ctx context.Context, keys []identityKey) error {
	hashes := make([][]byte, len(keys))
	for n := range keys {
		hashes[n] = keys[n].hash[:]
	}
	epoch := i.Epoch()
	read, err := i.source.Identities(ctx, keys[0].token, hashes)
	if err != nil {
		return err
	}
	for _, key := range keys {
		identity, there := read[string(key.hash[:])]
		switch {
		case !there:
			i.kept.Invalidate(key)
		case i.put(epoch, key, &identity):
			i.renewed.Add(1)
		}
	}
	return nil
}

// Renewed gives how many identities were renewed since the start.
func (i *Identities) Renewed() uint64 { return i.renewed.Load() }
