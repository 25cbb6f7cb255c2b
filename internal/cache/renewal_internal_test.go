package cache

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"laneway"
)

// crowd is people in a database that a test makes up, each with one secret, and the statements that were asked of it.
type crowd struct {
	*world
	people     map[string]Identity
	statements [][]string // the secrets of each
	meanwhile  func()     // done while a statement is under way, after it has read
	fail       error
}

func newCrowd(t *testing.T, size int) *crowd {
	t.Helper()
	c := &crowd{world: newWorld(t, 0), people: make(map[string]Identity), meanwhile: func() {}}
	c.holders = func(token bool, secretHashes [][]byte) (map[string]Identity, error) {
		var asked []string
		read := make(map[string]Identity)
		for _, hash := range secretHashes {
			asked = append(asked, string(hash))
			if who, there := c.people[string(hash)]; there && who.Token.ID.IsZero() != token {
				read[string(hash)] = who
			}
		}
		c.statements = append(c.statements, asked)
		c.meanwhile()
		return read, c.fail
	}
	for n := range size {
		id := laneway.ID{1, byte(n), byte(n >> 8)}
		who := Identity{Account: laneway.Account{User: laneway.User{ID: id}, Memberships: []laneway.Membership{{Organization: laneway.Organization{ID: laneway.ID{2}}}}}}
		if n%4 == 3 {
			who.Token.ID = id
		} else {
			who.Session.ID = id
		}
		c.people[string(secretOf(n))] = who
	}
	return c
}

func secretOf(n int) []byte { return bytes.Repeat([]byte{byte(n), byte(n >> 8)}, 16) }

// read is what the request of somebody unknown does.
func (c *crowd) read(n int) {
	who := c.people[string(secretOf(n))]
	c.Identities.Put(c.Identities.Epoch(), !who.Token.ID.IsZero(), secretOf(n), &who)
}

func (c *crowd) ask(n int) (*Identity, bool) {
	who := c.Identities.Get(n%4 == 3, secretOf(n))
	return who, who != nil
}

func (c *crowd) renew(t *testing.T) {
	t.Helper()
	if err := c.Identities.Renew(t.Context()); !errors.Is(err, c.fail) {
		t.Fatalf("the turn ends with %v, want %v", err, c.fail)
	}
}

// Who asks goes on to be known without being read by a request, many of them with one statement; who does not is let go.
func TestActivePeopleAreRenewed(t *testing.T) {
	t.Parallel()
	const size = 1500
	c := newCrowd(t, size)
	for n := range size {
		c.read(n)
	}
	active := func(n int) bool { return n%2 == 1 }
	renewed := 0
	for turn := range 60 {
		for n := range size {
			if !active(n) {
				continue
			}
			if _, known := c.ask(n); !known {
				t.Fatalf("after %d seconds somebody active is unknown", turn)
			}
		}
		c.now = c.now.Add(RenewEvery)
		c.renew(t)
	}
	for _, secrets := range c.statements {
		renewed += len(secrets)
		if len(secrets) > 500 {
			t.Errorf("one statement reads %d", len(secrets))
		}
		for _, secret := range secrets {
			if n := int(secret[0]) | int(secret[1])<<8; !active(n) {
				t.Errorf("%d is read again and did not ask", n)
			}
		}
	}
	// 375 sessions and 375 tokens, each read every third second: one statement for each kind.
	if want := 2 * 60 / 3; len(c.statements) != want || renewed != size/2*60/3 || c.Identities.Renewed() != uint64(renewed) {
		t.Errorf("%d statements read %d identities, %d were renewed; want %d statements", len(c.statements), renewed, c.Identities.Renewed(), want)
	}
	kept := slices.Collect(c.Identities.kept.Keys())
	if len(kept) != size/2 {
		t.Errorf("%d are kept, want the %d active ones", len(kept), size/2)
	}
}

// A reading is believed for five seconds from when it began, and brings what the database has by then.
func TestRenewedIdentityIsTheNewOne(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 2)
	for n := range 2 {
		c.read(n)
		c.ask(n)
	}
	changed := c.people[string(secretOf(0))]
	changed.Account.Memberships = nil
	c.people[string(secretOf(0))] = changed
	delete(c.people, string(secretOf(1)))
	c.now = c.now.Add(IdentityLifetime - RenewEvery)
	begun := c.now
	c.meanwhile = func() { c.now = c.now.Add(RenewEvery / 2) }
	c.renew(t)
	if who, known := c.ask(0); !known || len(who.Account.Memberships) != 0 {
		t.Errorf("after the renewal it is %+v, %t", who, known)
	}
	if _, known := c.ask(1); known {
		t.Error("who is gone from the database is known after the renewal")
	}
	c.now = begun.Add(IdentityLifetime - 1)
	if _, known := c.ask(0); !known {
		t.Error("forgotten too early")
	}
	c.now = begun.Add(IdentityLifetime)
	if _, known := c.ask(0); known {
		t.Error("believed for longer than five seconds after it was read")
	}
}

// What is forgotten while a renewal is under way stays forgotten: it may have read what was before.
func TestForgettingWinsOverRenewal(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(*Identities){
		"person":       func(i *Identities) { i.DropPerson(laneway.ID{1}) },
		"organization": func(i *Identities) { i.DropOrganization(laneway.ID{2}) },
		"secret":       func(i *Identities) { i.DropSecret(false, secretOf(0)) },
		"everybody":    (*Identities).Drop,
	} {
		c := newCrowd(t, 1)
		c.read(0)
		c.ask(0)
		c.now = c.now.Add(IdentityLifetime - RenewEvery)
		c.meanwhile = func() { forget(c.Identities) }
		if c.renew(t); len(c.statements) != 1 {
			t.Fatalf("%s: %d statements", name, len(c.statements))
		}
		if _, known := c.ask(0); known {
			t.Errorf("%s: what was read before it was forgotten counts", name)
		}
	}
	// Somebody joins an organization that is deleted: who was no member when they were read is not found by forgetting its
	// members, and what is read meanwhile may have them in it.
	c := newCrowd(t, 1)
	c.read(0)
	c.ask(0)
	joined := c.people[string(secretOf(0))]
	joined.Account.Memberships = append(slices.Clone(joined.Account.Memberships), laneway.Membership{Organization: laneway.Organization{ID: laneway.ID{3}}})
	c.people[string(secretOf(0))] = joined
	c.now = c.now.Add(IdentityLifetime - RenewEvery)
	c.meanwhile = func() { c.Identities.DropOrganization(laneway.ID{3}) }
	c.renew(t)
	if who, known := c.ask(0); !known || len(who.Account.Memberships) != 1 {
		t.Errorf("a member of an organization that was deleted meanwhile: %+v, %t", who, known)
	}
}

// A database that fails takes nothing away and gives nothing: what is kept holds until its end, as ever.
func TestFailingRenewal(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 1)
	c.read(0)
	c.ask(0)
	c.fail = errors.New("the database is away")
	for age := time.Duration(0); age < IdentityLifetime; age += RenewEvery {
		if _, known := c.ask(0); !known {
			t.Fatalf("unknown after %s", age)
		}
		c.now = c.now.Add(RenewEvery)
		if err := c.Identities.Renew(t.Context()); err != nil && !errors.Is(err, c.fail) {
			t.Fatal(err)
		}
	}
	if _, known := c.ask(0); known || len(c.statements) != 2 {
		t.Errorf("known %t after %d statements that failed", known, len(c.statements))
	}
	// One turn that fails is made good by the next.
	c.read(0)
	c.ask(0)
	c.now = c.now.Add(IdentityLifetime - 2*RenewEvery)
	c.renew(t)
	c.now, c.fail = c.now.Add(RenewEvery), nil
	c.renew(t)
	c.now = c.now.Add(RenewEvery)
	if _, known := c.ask(0); !known {
		t.Error("one turn that failed costs a request its reading")
	}
	// Whoever's session ends is not known beyond that, however often it is read.
	who := c.people[string(secretOf(0))]
	who.Session.ExpiresAt = c.now.Add(IdentityLifetime + RenewEvery)
	c.people[string(secretOf(0))] = who
	for c.now.Before(who.Session.ExpiresAt) {
		c.ask(0)
		c.renew(t)
		c.now = c.now.Add(RenewEvery)
	}
	if _, known := c.ask(0); known || len(maps.Collect(c.Identities.kept.All())) != 1 {
		t.Error("known after the end of the session")
	}
	if c.renew(t); len(maps.Collect(c.Identities.kept.All())) != 0 {
		t.Error("what is over stays in memory")
	}
}
