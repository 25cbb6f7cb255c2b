package platform_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"laneway"
	"laneway/internal/auth"
	"laneway/internal/cache"
	"laneway/internal/live"
	"laneway/internal/platform"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// clock is one that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newRemembering makes a server that remembers identities by a clock, and hears of nothing that others do.
func newRemembering(t testing.TB) (product, *clock) {
	t.Helper()
	c := &clock{now: time.Now()}
	return newProduct(t, func(config *platform.Config) {
		config.Live, config.Now, config.Opened = live.New(live.Config{Store: config.Store}), c.Now, new(form).opened()
	}), c
}

// shower is somebody who shows a secret.
type shower struct {
	actor  laneway.Actor
	token  bool
	secret string
	hash   []byte
	id     laneway.ID // of the session or token
}

// newShower makes a person with a session, or with a token.
func (p product) newShower(t testing.TB, token bool) shower {
	t.Helper()
	s := shower{actor: laneway.Actor{UserID: newID(), OrganizationID: newID(), Role: laneway.RoleAdmin, SessionID: newID()}, token: token}
	secret, hash := auth.NewSecret()
	err := p.db.Store.CreateAccount(t.Context(), store.NewAccount{
		User:         laneway.User{ID: s.actor.UserID, Email: s.actor.UserID.String() + "@example.org", DisplayName: "Ada"},
		Organization: laneway.Organization{ID: s.actor.OrganizationID, Name: "Organization", Plan: laneway.Free},
		SessionID:    s.actor.SessionID, SecretHash: hash,
	})
	s.secret, s.hash, s.id = secret, hash, s.actor.SessionID
	if err == nil && token {
		s.secret, s.hash = auth.NewToken()
		s.id = newID()
		_, _, err = p.db.Store.CreateToken(t.Context(), s.actor, laneway.Token{ID: s.id, Name: "token", Scope: laneway.ScopeRead}, s.hash)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// end ends it behind the server's back, as another server would whose message got lost.
func (s shower) end(t testing.TB, db *storetest.Database) {
	t.Helper()
	if s.token {
		db.Admin(t, `UPDATE api_tokens SET revoked_at = now() WHERE id = $1`, s.id)
		return
	}
	db.Admin(t, `DELETE FROM sessions WHERE id = $1`, s.id)
}

// TestRememberedForFiveSeconds: whatever people ask and whenever identities are renewed, nobody is let in more than five seconds
// after their session or token ended in the database, nobody whom the database is asked for after it has, and everybody before.
func TestRememberedForFiveSeconds(t *testing.T) {
	t.Parallel()
	p, clock := newRemembering(t)
	late, renewed := 0, p.CacheCounts().IdentitiesRenewed
	rapid.Check(t, func(rt *rapid.T) {
		people := []shower{p.newShower(t, false), p.newShower(t, true)}
		ended := make([]time.Time, len(people))
		for range rapid.IntRange(20, 80).Draw(rt, "steps") {
			n := rapid.IntRange(0, len(people)-1).Draw(rt, "who")
			switch step := rapid.IntRange(0, 20).Draw(rt, "step"); {
			case step == 0 && ended[n].IsZero():
				people[n].end(t, p.db)
				ended[n] = clock.Now()
			case step < 8:
				clock.pass(time.Duration(rapid.IntRange(0, 1200).Draw(rt, "milliseconds")) * time.Millisecond)
			case step < 13:
				if err := p.RenewIdentities(t.Context()); err != nil {
					rt.Fatal(err)
				}
			default:
				who, remembered, err := p.Identify(t.Context(), people[n].token, people[n].secret, step == 20)
				since := clock.Now().Sub(ended[n])
				switch {
				case ended[n].IsZero():
					if err != nil || who.Account.User.ID != people[n].actor.UserID {
						rt.Fatalf("somebody is not let in: %+v, %v", who, err)
					}
				case err == nil && (!remembered || since >= cache.IdentityLifetime):
					rt.Fatalf("let in %s after the end, remembered %t", since, remembered)
				case err == nil:
					late++
				case laneway.KindOf(err) != laneway.Unauthenticated:
					rt.Fatal(err)
				}
			}
		}
	})
	renewed = p.CacheCounts().IdentitiesRenewed - renewed
	t.Logf("%d were let in within the five seconds, %d renewed", late, renewed)
	if late == 0 || renewed == 0 {
		t.Error("nobody was let in late, or nobody renewed, so this proves nothing")
	}
}

// TestActivePeopleDoNotAskTheDatabase: a minute of people who ask once a second is, after their first request, some statements of
// the server's and none of theirs; a person who stops asking is not read any more.
func TestActivePeopleDoNotAskTheDatabase(t *testing.T) {
	t.Parallel()
	p, clock := newRemembering(t)
	var people []shower
	for n := range 40 {
		people = append(people, p.newShower(t, n%2 == 1))
	}
	ask := func() {
		t.Helper()
		for _, s := range people {
			if who, _, err := p.Identify(t.Context(), s.token, s.secret, false); err != nil || who.Account.User.ID != s.actor.UserID {
				t.Fatalf("%+v, %v", who, err)
			}
		}
	}
	minute := func(each func()) {
		t.Helper()
		for range 60 {
			each()
			clock.pass(cache.RenewEvery)
			if err := p.RenewIdentities(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	minute(ask)
	counts := p.CacheCounts()
	if want := uint64(len(people)); counts.IdentityMisses != want || counts.IdentityHits != 59*want || counts.IdentitiesRenewed != 20*want {
		t.Errorf("%d people for a minute: %+v", len(people), counts)
	}
	for _, s := range people[:20] {
		s.end(t, p.db)
	}
	people = people[20:]
	before := p.CacheCounts().IdentitiesRenewed
	minute(func() {})
	if after := p.CacheCounts().IdentitiesRenewed; after != before {
		t.Errorf("%d were renewed for nobody", after-before)
	}
	minute(ask)
}

// TestEndedWhileRenewed: while identities are renewed all the time, a session that its server has ended is let in by it no more,
// and a change of a membership is seen at once.
func TestEndedWhileRenewed(t *testing.T) {
	t.Parallel()
	p, clock := newRemembering(t)
	ctx, stop := context.WithCancel(t.Context())
	var renewing sync.WaitGroup
	turns := make(chan struct{}) // whoever takes two has seen a whole turn
	renewing.Go(func() {
		defer close(turns)
		for ctx.Err() == nil {
			if err := p.RenewIdentities(ctx); err != nil {
				t.Error(err)
				return
			}
			select {
			case turns <- struct{}{}:
			default:
			}
		}
	})
	defer renewing.Wait()
	defer stop()
	for n := range 20 {
		s := p.newShower(t, n%3 == 2)
		ask := func(right func(who *platform.Identity, err error) bool) {
			t.Helper()
			for i := range 20 {
				clock.pass(cache.RenewEvery / 3)
				if i == 10 { // now and then, however busy the machine
					<-turns
					<-turns
				}
				if who, remembered, err := p.Identify(ctx, s.token, s.secret, false); !right(who, err) {
					t.Fatalf("%+v, remembered %t, %v", who, remembered, err)
				}
			}
		}
		ask(func(_ *platform.Identity, err error) bool { return err == nil })
		name := fmt.Sprint("renamed ", n)
		if _, _, err := p.RenameOrganization(ctx, s.actor, name); err != nil {
			t.Fatal(err)
		}
		ask(func(who *platform.Identity, err error) bool {
			return err == nil && who.Account.Memberships[0].Organization.Name == name
		})
		var err error
		if s.token {
			_, err = p.RevokeToken(ctx, s.actor, s.id)
		} else {
			err = p.SignOut(ctx, s.secret)
		}
		if err != nil {
			t.Fatal(err)
		}
		ask(func(_ *platform.Identity, err error) bool { return laneway.KindOf(err) == laneway.Unauthenticated })
	}
	if p.CacheCounts().IdentitiesRenewed == 0 {
		t.Error("nobody was renewed, so this proves nothing")
	}
}

// TestWithoutMemoryNothingIsRenewed: a server that keeps nothing has nothing to do.
func TestWithoutMemoryNothingIsRenewed(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	p.RunIdentities(t.Context()) // returns
	if err := p.RenewIdentities(t.Context()); err != nil {
		t.Error(err)
	}
}
