package cache

import (
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"laneway"
)

// IdentityLifetime is how long an identity is believed at most. It bounds how long somebody is let in whose right was
// taken on another server by a message that got lost.
const IdentityLifetime = 5 * time.Second

// Identity is who a session or a token leads to, with the memberships. It is shared: it must not be changed.
type Identity struct {
	Account laneway.Account
	Session laneway.Session // none for a token
	Token   laneway.Token   // none for a session
}

// Identities keeps them by the hash of the secret.
type Identities struct {
	kept   *otter.Cache[identityKey, *keptIdentity]
	source Source
	now    func() time.Time
	log    *slog.Logger
	Ratio  Ratio

	// mu is held by whoever keeps or forgets, so that what is forgotten stays so; who looks something up does not need it.
	mu    sync.Mutex
	epoch uint64 // grows with all that is forgotten

	renewed atomic.Uint64
}

type keptIdentity struct {
	key   identityKey
	until time.Time
	asked atomic.Bool // for it, since it was read
	*Identity
}

func newIdentities(c Config) (*Identities, error) {
	kept, err := otter.New(&otter.Options[identityKey, *keptIdentity]{
		MaximumWeight: uint64(c.Bytes / 8),
		Weigher: func(_ identityKey, k *keptIdentity) uint32 {
			return uint32(600 + 300*len(k.Account.Memberships))
		},
	})
	if err != nil {
		return nil, fmt.Errorf("make the cache of identities: %w", err)
	}
	return &Identities{kept: kept, source: c.Source, now: c.Now, log: c.Log}, nil
}

// Get gives the identity of a secret by its hash, nil where none is kept.
func (i *Identities) Get(token bool, secretHash []byte) *Identity {
	key, ok := identityKeyOf(token, secretHash)
	if !ok {
		return nil
	}
	k, ok := i.kept.GetIfPresent(key)
	if ok && k.key != key {
		i.log.Error("a cached identity is not what its key says")
		i.kept.Invalidate(key)
		ok = false
	}
	ok = ok && i.now().Before(k.until)
	i.Ratio.count(ok)
	if !ok {
		return nil
	}
	if !k.asked.Load() { // writing is dearer than looking where many ask at once
		k.asked.Store(true)
	}
	return k.Identity
}

// Epoch is the moment before a reading of the database.
type Epoch struct {
	number uint64
	at     time.Time
}

// Epoch is to be taken before an identity is read from the database, and given to Put.
func (i *Identities) Epoch() Epoch {
	i.mu.Lock()
	defer i.mu.Unlock()
	return Epoch{i.epoch, i.now()}
}

// Put keeps an identity that was read after epoch was taken, unless anything was forgotten since: what was read may be
// from before.
func (i *Identities) Put(epoch Epoch, token bool, secretHash []byte, identity *Identity) {
	if key, ok := identityKeyOf(token, secretHash); ok {
		i.put(epoch, key, identity)
	}
}

// put tells whether it is kept.
func (i *Identities) put(epoch Epoch, key identityKey, identity *Identity) bool {
	until := epoch.at.Add(IdentityLifetime)
	for _, end := range []time.Time{identity.Session.ExpiresAt, identity.Token.ExpiresAt} {
		if !end.IsZero() && end.Before(until) {
			until = end
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.epoch != epoch.number {
		return false
	}
	i.kept.Set(key, &keptIdentity{key: key, until: until, Identity: identity})
	return true
}

// DropSecret forgets what a secret leads to.
func (i *Identities) DropSecret(token bool, secretHash []byte) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.epoch++
	if key, ok := identityKeyOf(token, secretHash); ok {
		i.kept.Invalidate(key)
	}
}

// DropPerson forgets the identities of a person; the zero ID is everybody.
func (i *Identities) DropPerson(user laneway.ID) {
	i.drop(func(k *keptIdentity) bool { return user.IsZero() || k.Account.User.ID == user })
}

// DropOrganization forgets the identities of an organization's members, in use or deleted.
func (i *Identities) DropOrganization(organization laneway.ID) {
	i.drop(func(k *keptIdentity) bool {
		return k.Account.Membership(organization) != nil || k.Account.DeletedMembership(organization) != nil
	})
}

// Drop forgets all.
func (i *Identities) Drop() { i.DropPerson(laneway.ID{}) }

func (i *Identities) drop(which func(*keptIdentity) bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.epoch++
	for key, k := range i.kept.All() {
		if which(k) {
			i.kept.Invalidate(key)
		}
	}
}
