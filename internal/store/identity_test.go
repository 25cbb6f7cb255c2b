package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// codeOf gives the code of an error's first field, "" where there is none.
func codeOf(err error) string {
	if e, ok := errors.AsType[*laneway.Error](err); ok && len(e.Fields) > 0 {
		return e.Fields[0].Code
	}
	return ""
}

func newcomer(name, email string) store.NewAccount {
	return store.NewAccount{
		User:         laneway.User{ID: newID(), Email: email, DisplayName: name},
		Organization: laneway.Organization{ID: newID(), Name: name, Plan: laneway.Free},
	}
}

// An account that comes through another service is whole or not there at all.
func TestIdentityAccounts(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s, ctx := db.Store, t.Context()
	ada := laneway.Identity{ID: newID(), Issuer: "https://id.example", Subject: "ada"}
	made := newcomer("Ada", "ada@example.org")
	org, seq, err := s.CreateIdentityAccount(ctx, made, ada, nil)
	if err != nil || org != made.Organization.ID || seq != 2 {
		t.Fatalf("%v, %d, %v", org, seq, err)
	}
	account, err := s.IdentityAccount(ctx, ada.Issuer, ada.Subject)
	if err != nil || account.User.ID != made.User.ID || account.DefaultID != org || len(account.Memberships) != 1 || account.Memberships[0].Role != laneway.RoleAdmin {
		t.Fatalf("%+v, %v", account, err)
	}
	for _, c := range []struct {
		name     string
		account  store.NewAccount
		identity laneway.Identity
		code     string
	}{
		{"an identity that is there", newcomer("Eve", "eve@example.org"), laneway.Identity{ID: newID(), Issuer: ada.Issuer, Subject: ada.Subject}, "identity_taken"},
		{"an address that is there", newcomer("Eve", "ada@example.org"), laneway.Identity{ID: newID(), Issuer: ada.Issuer, Subject: "eve"}, "taken"},
	} {
		if _, _, err := s.CreateIdentityAccount(ctx, c.account, c.identity, nil); codeOf(err) != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if n := storetest.Value[int](t, db, "SELECT (SELECT count(*) FROM users) * 100 + (SELECT count(*) FROM organizations) * 10 + (SELECT count(*) FROM identities)"); n != 111 {
		t.Errorf("%d users, organizations and identities", n)
	}
	if _, err := s.IdentityAccount(ctx, ada.Issuer+"/", ada.Subject); laneway.KindOf(err) != laneway.NotFound {
		t.Errorf("another issuer: %v", err)
	}
}

// Of two ways to sign in that are taken away at the same time, one stays.
func TestLastWayIn(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s, ctx := db.Store, t.Context()
	for range 10 {
		one := laneway.Identity{ID: newID(), Issuer: "https://id.example", Subject: newID().String()}
		made := newcomer("Ada", "")
		if _, _, err := s.CreateIdentityAccount(ctx, made, one, nil); err != nil {
			t.Fatal(err)
		}
		two := laneway.Identity{ID: newID(), Issuer: one.Issuer, Subject: newID().String()}
		if err := s.LinkIdentity(ctx, made.User.ID, two); err != nil {
			t.Fatal(err)
		}
		codes := make([]string, 2)
		var both sync.WaitGroup
		for i, id := range []laneway.ID{one.ID, two.ID} {
			both.Go(func() {
				_, err := s.UnlinkIdentity(ctx, made.User.ID, id, []string{one.Issuer})
				codes[i] = codeOf(err)
			})
		}
		both.Wait()
		slices.Sort(codes)
		if !slices.Equal(codes, []string{"", "last_way_in"}) {
			t.Errorf("unlinking both gives %q", codes)
		}
		// One of a service that nobody signs in with any more is no way in.
		left, _, err := s.ListIdentities(ctx, made.User.ID)
		if err != nil || len(left) != 1 {
			t.Fatalf("%+v, %v", left, err)
		}
		gone := laneway.Identity{ID: newID(), Issuer: "https://gone.example", Subject: newID().String()}
		if err := s.LinkIdentity(ctx, made.User.ID, gone); err != nil {
			t.Fatal(err)
		}
		if _, err := s.UnlinkIdentity(ctx, made.User.ID, left[0].ID, []string{one.Issuer}); codeOf(err) != "last_way_in" {
			t.Errorf("the last one that works: %v", err)
		}
		if _, err := s.UnlinkIdentity(ctx, made.User.ID, gone.ID, []string{one.Issuer}); err != nil {
			t.Errorf("one that does not work: %v", err)
		}
	}
}
