package cache

import (
	"fmt"
	"log/slog"
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
	kept  *otter.Cache[identityKey, *keptIdentity]
	now   func() time.Time
	log   *slog.Logger
	epoch atomic.Uint64 // grows with all that is forgotten
	Ratio Ratio
}

type keptIdentity struct {
	key   identityKey
	until time.Time
	Identity
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
	return &Identities{kept: kept, now: c.Now, log: c.Log}, nil
}

// Get gives the identity of a secret by its hash.
func (i *Identities) Get(token bool, secretHash []byte) (Identity, bool) {
	key, ok := identityKeyOf(token, secretHash)
	if !ok {
		return Identity{}, false
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
		return Identity{}, false
	}
	return k.Identity, true
}

// Epoch is to be taken before an identity is read from the database, and given to Put.
func (i *Identities) Epoch() uint64 { return i.epoch.Load() }

// Put keeps an identity that was read after epoch was taken, unless anything was forgotten since: what was read may be
// from before.
func (i *Identities) Put(epoch uint64, token bool, secretHash []byte, identity Identity) {
	key, ok := identityKeyOf(token, secretHash)
	if !ok {
		return
	}
	until := i.now().Add(IdentityLifetime)
	for _, end := range []time.Time{identity.Session.ExpiresAt, identity.Token.ExpiresAt} {
		if !end.IsZero() && end.Before(until) {
			until = end
		}
	}
	i.kept.Set(key, &keptIdentity{key, until, identity})
	if i.epoch.Load() != epoch {
		i.kept.Invalidate(key) // set first, looked after: whoever forgets meanwhile forgets this, too
	}
}

// DropSecret forgets what a secret leads to.
func (i *Identities) DropSecret(token bool, secretHash []byte) {
	i.epoch.Add(1)
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
		_, member := k.Account.Membership(organization)
		_, before := k.Account.DeletedMembership(organization)
		return member || before
	})
}

// Drop forgets all.
func (i *Identities) Drop() { i.DropPerson(laneway.ID{}) }

func (i *Identities) drop(which func(*keptIdentity) bool) {
	i.epoch.Add(1)
	for key, k := range i.kept.All() {
		if which(k) {
			i.kept.Invalidate(key)
		}
	}
}
