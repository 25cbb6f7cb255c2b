package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

func request(key, body string) laneway.Once {
	once := laneway.Once{Key: key}
	copy(once.Digest[:], body)
	return once
}

func answerOf(c store.Changed) (laneway.Answer, error) {
	return laneway.Answer{Status: 201, Headers: map[string]string{"ETag": `"1"`, "Location": "/api/diagrams/" + c.Diagram.ID.String()}, Body: []byte(c.Diagram.Title)}, nil
}

// begin claims a key, and fails the test when it cannot be had.
func begin(t testing.TB, db *storetest.Database, actor laneway.Actor, once laneway.Once) laneway.ID {
	t.Helper()
	claim := newID()
	if answer, err := db.Store.BeginOnce(t.Context(), actor, once, claim); answer != nil || err != nil {
		t.Fatalf("claim key %s: %+v, %v", once.Key, answer, err)
	}
	return claim
}

func createOnce(db *storetest.Database, actor laneway.Actor, key string, claim laneway.ID) (store.Changed, error) {
	return db.Store.CreateDiagram(context.Background(), actor, laneway.Diagram{ID: newID(), Title: "once"}, content("x"),
		&store.Completion{Key: key, Claim: claim, Answer: answerOf})
}

func TestOnce(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor, other, ctx := newTenant(t, db), newTenant(t, db), t.Context()
	once := request("key", "body")
	claim := begin(t, db, actor, once)

	_, err := db.Store.BeginOnce(ctx, actor, once, newID())
	if e := wantKind(t, err, laneway.Conflict); e.Fields[0].Code != "in_progress" {
		t.Errorf("while it runs: %+v", e)
	}
	made, err := createOnce(db, actor, "key", claim)
	if err != nil {
		t.Fatal(err)
	}
	want, err := answerOf(made)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		answer, err := db.Store.BeginOnce(ctx, actor, once, newID())
		if err != nil || !reflect.DeepEqual(*answer, want) {
			t.Fatalf("replay: %+v, %v; want %+v", answer, err, want)
		}
	}
	_, err = db.Store.BeginOnce(ctx, actor, request("key", "other body"), newID())
	if e := wantKind(t, err, laneway.Invalid); e.Fields[0].Code != "key_reused" {
		t.Errorf("another body: %+v", e)
	}
	// The key belongs to the organization and the person.
	begin(t, db, other, once)
	colleague := actor
	colleague.UserID = other.UserID
	begin(t, db, colleague, request("key", "a third body"))
	// A finished answer is never let go of.
	if err := db.Store.AbandonOnce(ctx, actor, "key", claim); err != nil {
		t.Fatal(err)
	}
	if answer, err := db.Store.BeginOnce(ctx, actor, once, newID()); err != nil || answer == nil {
		t.Errorf("replay after an abandon that came too late: %+v, %v", answer, err)
	}
	// After its time the key is free again.
	db.Admin(t, `UPDATE idempotency_keys SET created_at = created_at - interval '25 hours' WHERE org_id = $1`, actor.OrganizationID)
	begin(t, db, actor, request("key", "a day later"))
}

func TestOnceAbandoned(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	once := request("key", "body")
	claim := begin(t, db, actor, once)
	if err := db.Store.AbandonOnce(t.Context(), actor, "key", newID()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Store.BeginOnce(t.Context(), actor, once, newID()); laneway.KindOf(err) != laneway.Conflict {
		t.Errorf("an abandon with another claim let go of the key: %v", err)
	}
	if err := db.Store.AbandonOnce(t.Context(), actor, "key", claim); err != nil {
		t.Fatal(err)
	}
	begin(t, db, actor, request("key", "another body"))
}

// TestOnceTakenOver lets a lease run out: the next request with the same body takes the key over,
// and the first one, when it comes to its end after all, must not change anything.
func TestOnceTakenOver(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor, ctx := newTenant(t, db), t.Context()
	once := request("key", "body")
	slow := begin(t, db, actor, once)
	db.Admin(t, `UPDATE idempotency_keys SET lease_until = now() - interval '1 second'`)
	_, err := db.Store.BeginOnce(ctx, actor, request("key", "other body"), newID())
	if e := wantKind(t, err, laneway.Invalid); e.Fields[0].Code != "key_reused" {
		t.Errorf("another body takes over a lease that ran out: %+v", e)
	}
	quick := begin(t, db, actor, once)
	events := storetest.Value[int](t, db, `SELECT count(*) FROM events`)
	if _, err := createOnce(db, actor, "key", slow); laneway.KindOf(err) != laneway.Conflict {
		t.Errorf("the slow request finished: %v", err)
	}
	counter, rows := usage(t, db, actor)
	if after := storetest.Value[int](t, db, `SELECT count(*) FROM events`); counter != 0 || rows != 0 || after != events {
		t.Errorf("the slow request left counter %d, %d diagrams, %d events", counter, rows, after-events)
	}
	if _, err := createOnce(db, actor, "key", quick); err != nil {
		t.Errorf("the quick request: %v", err)
	}
	if _, err := createOnce(db, actor, "key", quick); laneway.KindOf(err) != laneway.Conflict {
		t.Errorf("a claim was used twice: %v", err)
	}
	if counter, rows := usage(t, db, actor); counter != 1 || rows != 1 {
		t.Errorf("counter %d, diagrams %d, want 1 and 1", counter, rows)
	}
	checkEvents(t, db, actor)
}

// TestOnceAnswerFails: what cannot be answered is not done.
func TestOnceAnswerFails(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	claim := begin(t, db, actor, request("key", "body"))
	failure := errors.New("cannot be rendered")
	_, err := db.Store.CreateDiagram(t.Context(), actor, laneway.Diagram{ID: newID(), Title: "x"}, content("x"),
		&store.Completion{Key: "key", Claim: claim, Answer: func(store.Changed) (laneway.Answer, error) { return laneway.Answer{}, failure }})
	if !errors.Is(err, failure) {
		t.Errorf("error %v, want %v", err, failure)
	}
	if counter, rows := usage(t, db, actor); counter != 0 || rows != 0 {
		t.Errorf("counter %d, diagrams %d, want none", counter, rows)
	}
}

// TestOnceRace sends each of some requests 16 times at once: each happens once, and every other
// sender is told to wait or gets the answer of the one.
func TestOnceRace(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenantOn(t, db, laneway.Pro)
	var done atomic.Int64
	const keys, senders = 12, 16
	for k := range keys {
		once := request(fmt.Sprint("key ", k), "body")
		var wait sync.WaitGroup
		for range senders {
			wait.Go(func() {
				claim := newID()
				answer, err := db.Store.BeginOnce(t.Context(), actor, once, claim)
				switch {
				case laneway.KindOf(err) == laneway.Conflict:
				case err != nil:
					t.Errorf("begin: %v", err)
				case answer != nil:
					if string(answer.Body) != "once" {
						t.Errorf("replayed %q", answer.Body)
					}
				default:
					if _, err := createOnce(db, actor, once.Key, claim); err != nil {
						t.Errorf("create: %v", err)
					}
					done.Add(1)
				}
			})
		}
		wait.Wait()
	}
	if counter, rows := usage(t, db, actor); done.Load() != keys || counter != keys || rows != keys {
		t.Errorf("%d requests done, counter %d, %d diagrams; want %d", done.Load(), counter, rows, keys)
	}
}
