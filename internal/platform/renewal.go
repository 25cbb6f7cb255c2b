package platform

import (
	"context"
	"time"

	"laneway/internal/cache"
)

// RunIdentities keeps in memory who is active, until ctx ends: their sessions and tokens are read again, many at once, before
// they are remembered for too long, so that their requests need not. It ends at once where nothing is kept.
func (p *Platform) RunIdentities(ctx context.Context) {
	if p.cache == nil {
		return
	}
	tick := time.NewTicker(cache.RenewEvery)
	defer tick.Stop()
	for failed := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := p.RenewIdentities(ctx)
		if err != nil && !failed { // an outage is told once
			p.log.Warn("renew identities: each request reads its own meanwhile", "error", err)
		}
		failed = err != nil
	}
}

// RenewIdentities is one turn of RunIdentities.
func (p *Platform) RenewIdentities(ctx context.Context) error {
	if p.cache == nil {
		return nil
	}
	return p.cache.Identities.Renew(ctx)
}

// readIdentities gives whom secrets lead to, by their hashes.
func (p *Platform) readIdentities(ctx context.Context, token bool, secretHashes [][]byte) (map[string]Identity, error) {
	read := p.store.SessionHolders
	if token {
		read = p.store.TokenHolders
	}
	holders, err := read(ctx, secretHashes)
	if err != nil {
		return nil, err
	}
	known := make(map[string]Identity, len(holders))
	for hash, h := range holders {
		known[hash] = Identity(*h)
	}
	return known, nil
}
