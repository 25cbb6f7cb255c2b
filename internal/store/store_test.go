package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func newID() laneway.ID { return laneway.NewID(time.Now(), rand.Reader) }

// newTenant makes an organization with one admin, who is the actor.
func newTenant(t testing.TB, db *storetest.Database) laneway.Actor {
	t.Helper()
	actor := laneway.Actor{UserID: newID(), OrganizationID: newID(), Role: laneway.RoleAdmin, SessionID: newID()}
	err := db.Store.CreateAccount(t.Context(), store.NewAccount{
		User:         laneway.User{ID: actor.UserID, Email: actor.UserID.String() + "@example.org", DisplayName: "Ada"},
		PasswordHash: "no hash",
		Organization: laneway.Organization{ID: actor.OrganizationID, Name: "Organization " + actor.OrganizationID.String(), Plan: laneway.Free},
		SessionID:    actor.SessionID,
		SecretHash:   secretHash(actor.SessionID),
	})
	if err != nil {
		t.Fatal(err)
	}
	return actor
}

// newTenantOn makes an organization on a larger plan than the free one.
func newTenantOn(t testing.TB, db *storetest.Database, plan laneway.Plan) laneway.Actor {
	t.Helper()
	actor := newTenant(t, db)
	db.Admin(t, `UPDATE organizations SET plan = $2 WHERE id = $1`, actor.OrganizationID, string(plan))
	return actor
}

func secretHash(session laneway.ID) []byte { return []byte("hash of " + session.String()) }

func content(mark string) store.Content {
	return store.Content{
		XML:      []byte(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="` + mark + `"/></definitions>`),
		Warnings: []laneway.Finding{{Code: "no_di", ElementID: mark, Detail: "Nothing is drawn.", Line: 1}},
	}
}

func newDiagram(t testing.TB, db *storetest.Database, actor laneway.Actor, title string) laneway.Diagram {
	t.Helper()
	changed, err := db.Store.CreateDiagram(t.Context(), actor, laneway.Diagram{ID: newID(), Title: title}, content(title), nil)
	if err != nil {
		t.Fatalf("create %q: %v", title, err)
	}
	return changed.Diagram
}

func wantKind(t testing.TB, err error, kind laneway.Kind) *laneway.Error {
	t.Helper()
	if err == nil || laneway.KindOf(err) != kind {
		t.Fatalf("error is %v, want one of kind %s", err, kind)
	}
	e, ok := errors.AsType[*laneway.Error](err)
	if !ok {
		t.Fatalf("error %v is no *laneway.Error", err)
	}
	return e
}

// usage gives the counter and what it should be.
func usage(t testing.TB, db *storetest.Database, actor laneway.Actor) (counter, rows int) {
	t.Helper()
	counter = storetest.Value[int](t, db, `SELECT diagrams FROM organization_usage WHERE org_id = $1`, actor.OrganizationID)
	rows = storetest.Value[int](t, db, `SELECT count(*) FROM diagrams WHERE org_id = $1 AND deleted_at IS NULL`, actor.OrganizationID)
	return counter, rows
}

// seed fills an organization with n diagrams past the API, for tests of reading.
func seed(t testing.TB, db *storetest.Database, actor laneway.Actor, n int) {
	t.Helper()
	db.Admin(t, `
		WITH made AS (
		  INSERT INTO diagrams (org_id, id, title, version, created_by, updated_by, created_at, updated_at)
		  SELECT $1, gen_random_uuid(), 'Diagram ' || lpad(n::text, 6, '0'), 1, $2, $2,
		         now() - n * interval '1 minute', now() - ((n * 7919) % $3) * interval '1 second'
		    FROM generate_series(1, $3::int) n
		  RETURNING org_id, id, title, created_by
		)
		INSERT INTO diagram_versions (org_id, diagram_id, number, title, xml, xml_size, xml_hash, created_by)
		SELECT org_id, id, 1, title, 'x', 1, 'x', created_by FROM made`, actor.OrganizationID, actor.UserID, n)
	db.Admin(t, `UPDATE organization_usage SET diagrams = diagrams + $2 WHERE org_id = $1`, actor.OrganizationID, n)
}

// eventually waits until the condition holds; it asks again and again rather than sleeping once.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("waited 20 s for: %s", what)
		}
		pause := time.NewTimer(5 * time.Millisecond)
		<-pause.C
	}
}

func TestTenantIsMade(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	account, session, err := db.Store.SessionAccount(context.Background(), secretHash(actor.SessionID))
	if err != nil {
		t.Fatal(err)
	}
	m := account.Membership(actor.OrganizationID)
	if m == nil || m.Role != laneway.RoleAdmin || m.Organization.Plan != laneway.Free || account.DefaultID != actor.OrganizationID {
		t.Errorf("account = %+v", account)
	}
	if session.ID != actor.SessionID || session.UserID != actor.UserID {
		t.Errorf("session = %+v", session)
	}
	if got := session.ExpiresAt.Sub(session.CreatedAt); got != laneway.SessionLifetime {
		t.Errorf("the session lives %s, want %s", got, laneway.SessionLifetime)
	}
	if session.CreatedAt.Location() != time.UTC {
		t.Errorf("times come in %s, want UTC", session.CreatedAt.Location())
	}
}

func TestEmailIsTaken(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	before := storetest.Value[int](t, db, `SELECT count(*) FROM organizations`)
	err := db.Store.CreateAccount(t.Context(), store.NewAccount{
		User:         laneway.User{ID: newID(), Email: actor.UserID.String() + "@example.org", DisplayName: "Bob"},
		PasswordHash: "no hash", SessionID: newID(), SecretHash: []byte("other"),
		Organization: laneway.Organization{ID: newID(), Name: "Second", Plan: laneway.Free},
	})
	if e := wantKind(t, err, laneway.Conflict); len(e.Fields) != 1 || e.Fields[0].Field != "email" || e.Fields[0].Code != "taken" {
		t.Errorf("fields = %+v", e.Fields)
	}
	if after := storetest.Value[int](t, db, `SELECT count(*) FROM organizations`); after != before {
		t.Errorf("%d organizations before the refused sign-up, %d after it", before, after)
	}
}

func parseID(t testing.TB, text string) laneway.ID {
	t.Helper()
	id, err := laneway.ParseID(text)
	if err != nil {
		t.Error(err)
	}
	return id
}
