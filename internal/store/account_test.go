package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	for _, tt := range []struct {
		name, change string
		alive        bool
	}{
		{"fresh", `seen_at = now()`, true},
		{"nearly idle", `seen_at = now() - interval '13 days 23 hours'`, true},
		{"idle", `seen_at = now() - interval '14 days 1 minute'`, false},
		{"nearly over", `expires_at = now() + interval '1 minute'`, true},
		{"over", `expires_at = now() - interval '1 second'`, false},
		{"over, though just used", `expires_at = now() - interval '1 second', seen_at = now()`, false},
	} {
		actor := newTenant(t, db)
		db.Admin(t, `UPDATE sessions SET `+tt.change+` WHERE id = $1`, actor.SessionID)
		_, _, err := db.Store.SessionAccount(t.Context(), secretHash(actor.SessionID))
		if tt.alive && err != nil || !tt.alive && laneway.KindOf(err) != laneway.Unauthenticated {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	_, _, err := db.Store.SessionAccount(t.Context(), []byte("never made"))
	wantKind(t, err, laneway.Unauthenticated)
}

// TestSessionIsTouched: use is noted every five minutes, not with every request.
func TestSessionIsTouched(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	const seen = `SELECT seen_at FROM sessions WHERE id = $1`
	for age, noted := range map[string]bool{"4 minutes": false, "6 minutes": true, "13 days": true} {
		db.Admin(t, `UPDATE sessions SET seen_at = now() - $2::text::interval WHERE id = $1`, actor.SessionID, age)
		before := storetest.Value[time.Time](t, db, seen, actor.SessionID)
		if _, _, err := db.Store.SessionAccount(t.Context(), secretHash(actor.SessionID)); err != nil {
			t.Fatal(err)
		}
		if after := storetest.Value[time.Time](t, db, seen, actor.SessionID); after.After(before) != noted {
			t.Errorf("used after %s: noted %v, want %v", age, after.After(before), noted)
		}
	}
	// Whoever only reads is served also when the note cannot be written.
	db.Admin(t, `UPDATE sessions SET seen_at = now() - interval '1 hour'`)
	db.Admin(t, `REVOKE UPDATE ON sessions FROM laneway_system`)
	if _, _, err := db.Store.SessionAccount(t.Context(), secretHash(actor.SessionID)); err != nil {
		t.Errorf("a session that cannot be touched: %v", err)
	}
}

func TestSessionsRotateAndEnd(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor, ctx := newTenant(t, db), t.Context()
	if err := db.Store.CreateSession(ctx, store.NewSession{ID: newID(), UserID: actor.UserID, SecretHash: []byte("second"), CheckedHash: "no hash", PreviousHash: secretHash(actor.SessionID)}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.Store.SessionAccount(ctx, secretHash(actor.SessionID)); laneway.KindOf(err) != laneway.Unauthenticated {
		t.Errorf("the session of before the sign-in: %v", err)
	}
	if _, session, err := db.Store.SessionAccount(ctx, []byte("second")); err != nil || session.UserID != actor.UserID {
		t.Errorf("the new session: %+v, %v", session, err)
	}
	for range 2 { // ending what is not there is no error
		if _, err := db.Store.EndSession(ctx, []byte("second")); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := db.Store.SessionAccount(ctx, []byte("second")); laneway.KindOf(err) != laneway.Unauthenticated {
		t.Errorf("an ended session: %v", err)
	}
}

func TestMembershipsOfAnAccount(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor, other := newTenant(t, db), newTenant(t, db)
	db.Admin(t, `INSERT INTO memberships (org_id, user_id, role, created_at) VALUES ($1, $2, 'viewer', now() - interval '1 year')`, other.OrganizationID, actor.UserID)
	account, _, err := db.Store.SessionAccount(t.Context(), secretHash(actor.SessionID))
	if err != nil || len(account.Memberships) != 2 || account.DefaultID != actor.OrganizationID || account.Memberships[0].Organization.ID != actor.OrganizationID {
		t.Errorf("the default organization is not first: %+v, %v", account, err)
	}
	if m := account.Membership(other.OrganizationID); m == nil || m.Role != laneway.RoleViewer {
		t.Errorf("the other membership: %+v", m)
	}
	db.Admin(t, `UPDATE users SET default_org_id = NULL WHERE id = $1`, actor.UserID)
	if account, _, err = db.Store.SessionAccount(t.Context(), secretHash(actor.SessionID)); err != nil || account.DefaultID != other.OrganizationID {
		t.Errorf("without a default the oldest membership is: %+v, %v", account, err)
	}
	db.Admin(t, `DELETE FROM memberships WHERE user_id = $1`, actor.UserID)
	if account, _, err = db.Store.SessionAccount(t.Context(), secretHash(actor.SessionID)); err != nil || len(account.Memberships) != 0 || !account.DefaultID.IsZero() || account.User.ID != actor.UserID {
		t.Errorf("without memberships: %+v, %v", account, err)
	}
}

func count(t testing.TB, db *storetest.Database, limits ...store.AttemptLimit) time.Duration {
	t.Helper()
	wait, err := db.Store.CountSignIn(t.Context(), limits)
	if err != nil {
		t.Fatal(err)
	}
	return wait
}

// TestSignInDelays walks the delays of one counter, with the clock set on by moving the row back.
func TestSignInDelays(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	limit := store.AttemptLimit{Key: []byte("key"), Free: 5, Most: 5 * time.Minute}
	pass := func(d time.Duration) {
		db.Admin(t, `UPDATE sign_in_attempts SET blocked_until = blocked_until - $1::interval, last_at = last_at - $1::interval`, d)
	}
	for attempt := range 5 {
		if wait := count(t, db, limit); wait != 0 {
			t.Fatalf("attempt %d has to wait %s", attempt+1, wait)
		}
	}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300} {
		want *= time.Second
		wait := count(t, db, limit)
		if wait <= want-time.Second || wait > want {
			t.Fatalf("has to wait %s, want %s", wait, want)
		}
		failures := storetest.Value[int](t, db, `SELECT failures FROM sign_in_attempts`)
		if again := count(t, db, limit); again == 0 || again > wait {
			t.Fatalf("while closed: %s after %s", again, wait)
		}
		if now := storetest.Value[int](t, db, `SELECT failures FROM sign_in_attempts`); now != failures {
			t.Fatalf("an attempt while closed was counted: %d, then %d", failures, now)
		}
		pass(want)
		if wait := count(t, db, limit); wait != 0 {
			t.Fatalf("after the delay of %s: %s more", want, wait)
		}
	}
	pass(2 * time.Hour)
	for attempt := range 5 {
		if wait := count(t, db, limit); wait != 0 {
			t.Fatalf("two hours later attempt %d has to wait %s", attempt+1, wait)
		}
	}
	if count(t, db, limit) == 0 {
		t.Error("the sixth attempt does not have to wait")
	}
	if err := db.Store.ClearSignIn(t.Context(), [][]byte{limit.Key}); err != nil {
		t.Fatal(err)
	}
	if wait := count(t, db, limit); wait != 0 {
		t.Errorf("after a sign-in that succeeded: %s", wait)
	}
}

// TestSignInCountersTogether: an attempt that one counter refuses is not counted on the other.
func TestSignInCountersTogether(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	strict := store.AttemptLimit{Key: []byte("strict"), Free: 1, Most: time.Hour}
	lax := store.AttemptLimit{Key: []byte("lax"), Free: 100, Most: time.Hour}
	if wait := count(t, db, lax, strict); wait != 0 {
		t.Fatalf("the first has to wait %s", wait)
	}
	for range 5 {
		if wait := count(t, db, lax, strict); wait == 0 {
			t.Error("the strict counter lets through")
		}
	}
	if n := storetest.Value[int](t, db, `SELECT failures FROM sign_in_attempts WHERE key = 'lax'`); n != 1 {
		t.Errorf("the lax counter has %d, want 1", n)
	}
}

// TestSignInAttemptsInParallel: whoever sends all guesses at once gets no more of them checked.
func TestSignInAttemptsInParallel(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	wide, err := store.Open(t.Context(), store.Config{AppURL: db.URLs.App, SystemURL: db.URLs.System, SystemConnections: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer wide.Close()
	for round := range rounds(3, 50) {
		limits := []store.AttemptLimit{
			{Key: fmt.Append(nil, "client ", round), Free: 5, Most: time.Hour},
			{Key: fmt.Append(nil, "account ", round), Free: 20, Most: time.Hour},
		}
		var passed atomic.Int64
		var wait sync.WaitGroup
		begun := time.Now()
		for range 32 {
			wait.Go(func() {
				if closed, err := wide.CountSignIn(t.Context(), limits); err != nil {
					t.Errorf("count: %v", err)
				} else if closed == 0 {
					passed.Add(1)
				}
			})
		}
		wait.Wait()
		// One more for each delay that ran out on a slow machine: after 1 s, 3 s, 7 s.
		most := int64(5)
		for delay := time.Second; time.Since(begun) > delay; delay = 2*delay + time.Second {
			most++
		}
		if n := passed.Load(); n < 5 || n > most {
			t.Errorf("round %d: %d attempts passed, want 5", round, n)
		}
	}
}

// A hash that is renewed is of a password that was checked: one that was chosen meanwhile stays.
func TestRenewedHashIsOfTheSamePassword(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	for _, c := range []struct{ checked, hash, want string }{
		{"no hash", "renewed", "renewed"},
		{"no hash", "of the old password", "renewed"},
	} {
		if err := db.Store.RenewPasswordHash(t.Context(), actor.UserID, c.checked, c.hash); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Store.PasswordOf(t.Context(), actor.UserID); err != nil || got != c.want {
			t.Errorf("%s: the hash is %q, %v, want %q", c.hash, got, err, c.want)
		}
	}
}

// Another password uses up the links to choose one: they may be in hands that it is meant to shut out.
func TestChangedPasswordEndsLinks(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	secret := []byte("hash of a link")
	if _, err := db.Store.CreatePasswordReset(t.Context(), actor.UserID.String()+"@example.org", secret); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Store.PasswordReset(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if err := db.Store.ChangePassword(t.Context(), store.NewSession{ID: newID(), UserID: actor.UserID, SecretHash: []byte("new"), CheckedHash: "no hash"}, "another"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Store.PasswordReset(t.Context(), secret); laneway.KindOf(err) != laneway.NotFound {
		t.Errorf("the link is still good: %v", err)
	}
}

// Whoever remembers a token learns when it ends.
func TestTokenTellsItsEnd(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	end := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	for hash, expires := range map[string]time.Time{"one that ends": end, "one that does not": {}} {
		token := laneway.Token{ID: newID(), Name: hash, Scope: laneway.ScopeRead, ExpiresAt: expires}
		if _, _, err := db.Store.CreateToken(t.Context(), actor, token, []byte(hash)); err != nil {
			t.Fatal(err)
		}
		if _, got, err := db.Store.TokenAccount(t.Context(), []byte(hash)); err != nil || !got.ExpiresAt.Equal(expires) {
			t.Errorf("%s: it ends at %v, %v, want %v", hash, got.ExpiresAt, err, expires)
		}
	}
}
