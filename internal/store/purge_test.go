package store_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"laneway"
	"laneway/internal/store/storetest"
)

func TestPurge(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	a, b := newTenant(t, db), newTenant(t, db)
	old, fresh, inUse := newDiagram(t, db, a, "old"), newDiagram(t, db, a, "fresh"), newDiagram(t, db, b, "in use")
	for _, d := range []struct{ id, age string }{{old.ID.String(), "31 days"}, {fresh.ID.String(), "29 days"}} {
		db.Admin(t, `UPDATE diagrams SET deleted_at = now() - $2::text::interval WHERE id = $1`, d.id, d.age)
	}
	for _, d := range []struct {
		of       laneway.Actor
		diagram  laneway.ID
		age, sha string
	}{{a, old.ID, "1 day", "of a purged diagram"}, {a, fresh.ID, "29 days", "fresh"}, {b, inUse.ID, "31 days", "old"}} {
		db.Admin(t, `INSERT INTO drafts (org_id, id, diagram_id, user_id, base_version, xml, xml_size, sent_hash, conflict_count, created_at, updated_at)
			VALUES ($1, $2, $3, $4, 1, 'x', 1, convert_to($5, 'UTF8'), 1, now() - interval '40 days', now() - $6::text::interval)`,
			d.of.OrganizationID, newID(), d.diagram, d.of.UserID, d.sha, d.age)
	}
	for version, age := range map[int]string{1: "25 hours", 2: "23 hours"} {
		db.Admin(t, `INSERT INTO sent_documents (org_id, diagram_id, version, user_id, hash, xml, xml_size, created_at)
			VALUES ($1, $2, $3, $4, 'x', 'x', 1, now() - $5::text::interval)`, b.OrganizationID, inUse.ID, version, b.UserID, age)
	}
	db.Admin(t, `INSERT INTO search_documents (org_id, diagram_id, version, body) VALUES ($1, $2, 1, 'x')`, a.OrganizationID, old.ID)
	for key, age := range map[string]string{"old": "25 hours", "fresh": "23 hours"} {
		db.Admin(t, `INSERT INTO idempotency_keys (org_id, user_id, key, digest, claim, lease_until, created_at)
			VALUES ($1, $2, $3, 'x', $4, now(), now() - $5::text::interval)`, a.OrganizationID, a.UserID, key, newID(), age)
	}
	for key, age := range map[string]string{"old": "25 hours", "fresh": "23 hours"} {
		db.Admin(t, `INSERT INTO sign_in_attempts VALUES (convert_to($1, 'UTF8'), 3, now(), now() - $2::text::interval)`, key, age)
	}
	for hash, ages := range map[string][2]string{"expired": {"-1 hour", "1 hour"}, "idle": {"10 days", "15 days"}, "alive": {"10 days", "13 days"}} {
		db.Admin(t, `INSERT INTO sessions (id, user_id, secret_hash, expires_at, seen_at)
			VALUES ($1, $2, convert_to($3, 'UTF8'), now() + $4::text::interval, now() - $5::text::interval)`, newID(), a.UserID, hash, ages[0], ages[1])
	}

	n, err := db.Store.Purge(t.Context())
	if err != nil || n != 1 {
		t.Errorf("purged %d diagrams, %v; want 1", n, err)
	}
	admin := connect(t, db.AdminURL)
	for query, want := range map[string][]string{
		`SELECT title FROM diagrams ORDER BY 1`:                                                                {"fresh", "in use"},
		`SELECT DISTINCT title FROM diagram_versions ORDER BY 1`:                                               {"fresh", "in use"},
		`SELECT convert_from(sent_hash, 'UTF8') FROM drafts`:                                                   {"fresh"},
		`SELECT version::text FROM sent_documents`:                                                             {"2"},
		`SELECT body FROM search_documents`:                                                                    nil,
		`SELECT key FROM idempotency_keys`:                                                                     {"fresh"},
		`SELECT convert_from(key, 'UTF8') FROM sign_in_attempts`:                                               {"fresh"},
		`SELECT convert_from(secret_hash, 'UTF8') FROM sessions WHERE secret_hash NOT LIKE 'hash of %'::bytea`: {"alive"},
		`SELECT subject_id::text || ' ' || (data->>'title') FROM events WHERE kind = 'diagram.purged'`:         {old.ID.String() + " old"},
	} {
		if got := texts(t, admin, query); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	open(t, db, b, inUse.ID)
	checkEvents(t, db, a)
	if n, err := db.Store.Purge(t.Context()); err != nil || n != 0 {
		t.Errorf("the second purge took %d diagrams, %v", n, err)
	}
}

// TestPurgeInBatches runs several purges at once over more than a batch of several organizations,
// while others take diagrams out of the trash.
func TestPurgeInBatches(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	a, b := newTenantOn(t, db, "enterprise"), newTenantOn(t, db, "enterprise")
	seed(t, db, a, 150)
	seed(t, db, b, 150)
	db.Admin(t, `UPDATE diagrams SET deleted_at = now() - interval '40 days'`)
	db.Admin(t, `UPDATE organization_usage SET diagrams = 0`)
	back := texts(t, connect(t, db.AdminURL), `SELECT id::text FROM diagrams WHERE org_id = $1 ORDER BY id LIMIT 20`, a.OrganizationID)
	var purged, restored atomic.Int64
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			n, err := db.Store.Purge(t.Context())
			if err != nil {
				t.Errorf("purge: %v", err)
			}
			purged.Add(int64(n))
		})
	}
	wait.Go(func() {
		for _, id := range back {
			if _, err := db.Store.RestoreDiagram(t.Context(), a, parseID(t, id), nil); err == nil {
				restored.Add(1)
			}
		}
	})
	wait.Wait()
	left, err := db.Store.Purge(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	total := int64(left) + purged.Load()
	if total+restored.Load() != 300 {
		t.Errorf("%d purged and %d restored of 300", total, restored.Load())
	}
	if events := storetest.Value[int64](t, db, `SELECT count(*) FROM events WHERE kind = 'diagram.purged'`); events != total {
		t.Errorf("%d purged, %d events about it", total, events)
	}
	if counter, rows := usage(t, db, a); counter != rows || fmt.Sprint(counter) != fmt.Sprint(restored.Load()) {
		t.Errorf("counter %d, %d diagrams, %d restored", counter, rows, restored.Load())
	}
	checkEvents(t, db, a)
	checkEvents(t, db, b)
}
