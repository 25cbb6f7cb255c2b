package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// Many secrets at once lead to whom each leads to by itself, and to nobody where that is refused.
func TestHoldersAreThoseOfEach(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	ctx := t.Context()
	var sessions, tokens [][]byte
	newHolder := func(name string) laneway.Actor {
		t.Helper()
		actor := newTenant(t, db)
		token := laneway.Token{ID: newID(), Name: name, Scope: laneway.ScopeWrite, ExpiresAt: time.Now().Add(time.Hour)}
		if _, _, err := db.Store.CreateToken(ctx, actor, token, []byte("token of "+name)); err != nil {
			t.Fatal(err)
		}
		sessions, tokens = append(sessions, secretHash(actor.SessionID)), append(tokens, []byte("token of "+name))
		return actor
	}
	host := newHolder("somebody usual")
	for name, change := range map[string]string{
		"a member of two organizations":          `INSERT INTO memberships (org_id, user_id, role, created_at) VALUES ($2, $1, 'viewer', now() - interval '1 year')`,
		"a member of two, without a default one": `WITH joined AS (INSERT INTO memberships (org_id, user_id, role, created_at) VALUES ($2, $1, 'viewer', now() - interval '1 year')) UPDATE users SET default_org_id = NULL WHERE id = $1`,
		"a member of none":                       `DELETE FROM memberships WHERE user_id = $1 AND org_id <> $2`,
		"an operator":                            `UPDATE users SET operator = true WHERE id = $1 AND $2::uuid IS NOT NULL`,
		"a member of a deleted organization":     `UPDATE organizations SET deleted_at = now() WHERE $2::uuid IS NOT NULL AND id = (SELECT default_org_id FROM users WHERE id = $1)`,
		"one whose time is over":                 `WITH ended AS (UPDATE api_tokens SET expires_at = now() WHERE user_id = $1 AND $2::uuid IS NOT NULL) UPDATE sessions SET expires_at = now() WHERE user_id = $1`,
		"one who was idle":                       `UPDATE sessions SET seen_at = now() - interval '15 days' WHERE user_id = $1 AND $2::uuid IS NOT NULL`,
		"one whose token was revoked":            `UPDATE api_tokens SET revoked_at = now() WHERE user_id = $1 AND $2::uuid IS NOT NULL`,
		"one who is signed out":                  `DELETE FROM sessions WHERE user_id = $1 AND $2::uuid IS NOT NULL`,
	} {
		db.Admin(t, change, newHolder(name).UserID, host.OrganizationID)
	}
	sessions, tokens = append(sessions, []byte("never made")), append(tokens, []byte("never made"))
	bySession, err := db.Store.SessionHolders(ctx, sessions)
	if err != nil {
		t.Fatal(err)
	}
	byToken, err := db.Store.TokenHolders(ctx, tokens)
	if err != nil {
		t.Fatal(err)
	}
	compare := func(found map[string]*store.Holder, hash []byte, want store.Holder, err error) {
		t.Helper()
		got, there := found[string(hash)]
		if err != nil {
			wantKind(t, err, laneway.Unauthenticated)
		}
		if there != (err == nil) || there && !reflect.DeepEqual(*got, want) {
			t.Errorf("%q leads to %+v, alone to %+v (%v)", hash, got, want, err)
		}
	}
	for n := range sessions {
		var h store.Holder
		h.Account, h.Session, err = db.Store.SessionAccount(ctx, sessions[n])
		compare(bySession, sessions[n], h, err)
		h = store.Holder{}
		h.Account, h.Token, err = db.Store.TokenAccount(ctx, tokens[n])
		compare(byToken, tokens[n], h, err)
	}
	if len(bySession) != 7 || len(byToken) != 7 {
		t.Errorf("%d sessions and %d tokens lead to somebody, want 7 of each", len(bySession), len(byToken))
	}
}

// Use that is read for many at once is noted as for one: every five minutes, without waiting for anybody, and whoever only reads
// is served also where it cannot be noted.
func TestHoldersAreNoted(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	ctx := t.Context()
	var sessions, tokens [][]byte
	for n := range 3 {
		actor := newTenant(t, db)
		hash := fmt.Appendf(nil, "token %d", n)
		if _, _, err := db.Store.CreateToken(ctx, actor, laneway.Token{ID: newID(), Name: "token", Scope: laneway.ScopeRead}, hash); err != nil {
			t.Fatal(err)
		}
		sessions, tokens = append(sessions, secretHash(actor.SessionID)), append(tokens, hash)
	}
	read := func() {
		t.Helper()
		bySession, err := db.Store.SessionHolders(ctx, sessions)
		if err != nil || len(bySession) != 3 {
			t.Fatalf("%d sessions, %v", len(bySession), err)
		}
		if byToken, err := db.Store.TokenHolders(ctx, tokens); err != nil || len(byToken) != 3 {
			t.Fatalf("%d tokens, %v", len(byToken), err)
		}
	}
	age := func(hashes [][]byte, age string) {
		t.Helper()
		db.Admin(t, `UPDATE sessions SET seen_at = now() - $2::text::interval WHERE secret_hash = ANY($1)`, hashes, age)
		db.Admin(t, `UPDATE api_tokens SET used_at = now() - $2::text::interval WHERE secret_hash = ANY($1)`, hashes, age)
	}
	const stale = `SELECT (SELECT count(*) FROM sessions WHERE seen_at < now() - interval '2 minutes')
	                    + (SELECT count(*) FROM api_tokens WHERE coalesce(used_at, '-infinity') < now() - interval '2 minutes')`
	want := func(what string, count int) {
		t.Helper()
		if got := storetest.Value[int](t, db, stale); got != count {
			t.Errorf("%s: %d are not noted, want %d", what, got, count)
		}
	}
	read()
	want("tokens that were never used", 0)
	age(append(sessions[:2:2], tokens[:2]...), "6 minutes")
	age(append(sessions[2:3:3], tokens[2]), "4 minutes")
	read()
	want("two of each are due", 2)
	age(append(sessions[:3:3], tokens...), "6 minutes")
	admin := connect(t, db.AdminURL)
	tx, err := admin.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, `SELECT FROM sessions WHERE secret_hash = $1 FOR UPDATE`, sessions[0]); err != nil {
		t.Fatal(err)
	}
	read() // a store that waits for the lock gives up after three seconds, and notes none of them
	want("one is locked", 1)
	if err := tx.Rollback(context.Background()); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
		t.Fatal(err)
	}
	age(append(sessions[:3:3], tokens...), "6 minutes")
	db.Admin(t, `REVOKE UPDATE ON sessions, api_tokens FROM laneway_system`)
	db.Admin(t, `REVOKE UPDATE (used_at) ON api_tokens FROM laneway_system`)
	read()
	want("they cannot be noted", 6)
}
