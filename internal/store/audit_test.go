package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

func openOperator(t *testing.T, db *storetest.Database) *store.Operator {
	t.Helper()
	operator, err := store.OpenOperator(t.Context(), db.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := operator.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return operator
}

// TestVerifyChains tampers with a log in every way that there is: each is found, with its number,
// and in that organization alone.
func TestVerifyChains(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	ours, theirs, ctx := newTenant(t, db), newTenant(t, db), t.Context()
	for i := range 5 {
		newDiagram(t, db, ours, fmt.Sprint("ours ", i))
		newDiagram(t, db, theirs, fmt.Sprint("theirs ", i))
	}
	operator := openOperator(t, db)
	verify := func(only laneway.ID) map[laneway.ID]string {
		t.Helper()
		reports, err := operator.VerifyChains(ctx, only)
		if err != nil {
			t.Fatal(err)
		}
		faults := make(map[laneway.ID]string)
		for _, r := range reports {
			if r.First != 1 || r.Last < 6 {
				t.Errorf("walked from %d to %d", r.First, r.Last)
			}
			faults[r.Organization] = r.Fault
		}
		return faults
	}
	if faults := verify(laneway.ID{}); len(faults) != 2 || faults[ours.OrganizationID] != "" || faults[theirs.OrganizationID] != "" {
		t.Fatalf("before anything was done: %q", faults)
	}
	if faults := verify(ours.OrganizationID); len(faults) != 1 {
		t.Errorf("asked for one organization: %q", faults)
	}
	if _, err := operator.VerifyChains(ctx, newID()); err == nil {
		t.Error("an organization that is not there was verified")
	}
	db.Admin(t, `CREATE TABLE kept AS SELECT * FROM events; CREATE TABLE kept_heads AS SELECT * FROM organization_heads`)
	for name, c := range map[string]struct{ statement, fault string }{
		"data":         {`UPDATE events SET data = data || '{"title":"forged"}' WHERE org_id = $1 AND seq = 4`, "event 4 is not what was written"},
		"who":          {`UPDATE events SET actor_id = NULL WHERE org_id = $1 AND seq = 4`, "event 4 "},
		"what":         {`UPDATE events SET kind = 'diagram.trashed' WHERE org_id = $1 AND seq = 4`, "event 4 "},
		"to what":      {`UPDATE events SET subject_id = org_id WHERE org_id = $1 AND seq = 4`, "event 4 "},
		"when":         {`UPDATE events SET at = at + interval '1 microsecond' WHERE org_id = $1 AND seq = 4`, "event 4 "},
		"hash":         {`UPDATE events SET hash = sha256('x') WHERE org_id = $1 AND seq = 4`, "event 4 "},
		"removed":      {`DELETE FROM events WHERE org_id = $1 AND seq = 4`, "event 3 is followed by 5"},
		"the last one": {`DELETE FROM events WHERE org_id = $1 AND seq = (SELECT max(seq) FROM events WHERE org_id = $1)`, "were written"},
		"rewritten with a hash of its own": {`UPDATE events e SET kind = 'x', hash = event_hash(b.hash, e.org_id, e.seq, e.at, 'x', e.actor_id, e.subject_id, e.data)
			FROM events b WHERE e.org_id = $1 AND e.seq = 4 AND b.org_id = e.org_id AND b.seq = 3`, "event 5 is not what was written"},
		"the last one rewritten": {`UPDATE events e SET kind = 'x', hash = event_hash(b.hash, e.org_id, e.seq, e.at, 'x', e.actor_id, e.subject_id, e.data)
			FROM events b WHERE e.org_id = $1 AND e.seq = (SELECT max(seq) FROM events WHERE org_id = $1) AND b.org_id = e.org_id AND b.seq = e.seq - 1`, "is not the organization's"},
	} {
		db.Admin(t, c.statement, ours.OrganizationID)
		if faults := verify(laneway.ID{}); !strings.Contains(faults[ours.OrganizationID], c.fault) || faults[theirs.OrganizationID] != "" {
			t.Errorf("%s: %q, want %q in ours alone", name, faults, c.fault)
		}
		db.Admin(t, `DELETE FROM events`)
		db.Admin(t, `INSERT INTO events SELECT * FROM kept`)
	}
	if faults := verify(laneway.ID{}); faults[ours.OrganizationID] != "" {
		t.Errorf("put back as it was: %q", faults)
	}
}

// TestForgetEvents: what is old goes, never the newest of an organization, and the rest of the chain is
// whole; the database itself keeps a month.
func TestForgetEvents(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	ours, theirs, ctx := newTenant(t, db), newTenant(t, db), t.Context()
	for i := range 3 {
		newDiagram(t, db, ours, fmt.Sprint("ours ", i))
	}
	// Two months pass; then one more event in ours. The chain is written anew, since the time is in it.
	db.Admin(t, `UPDATE events SET at = at - interval '60 days'`)
	for _, actor := range []laneway.Actor{ours, theirs} {
		db.Admin(t, `WITH RECURSIVE chain AS (
			SELECT org_id, seq, event_hash(''::bytea, org_id, seq, at, kind, actor_id, subject_id, data) AS hash FROM events WHERE org_id = $1 AND seq = 1
			UNION ALL SELECT e.org_id, e.seq, event_hash(c.hash, e.org_id, e.seq, e.at, e.kind, e.actor_id, e.subject_id, e.data)
			  FROM chain c JOIN events e ON e.org_id = c.org_id AND e.seq = c.seq + 1
		), heads AS (UPDATE organization_heads h SET hash = c.hash FROM chain c WHERE h.org_id = c.org_id AND h.seq = c.seq)
		UPDATE events e SET hash = c.hash FROM chain c WHERE e.org_id = c.org_id AND e.seq = c.seq`, actor.OrganizationID)
	}
	newDiagram(t, db, ours, "new")
	count := func(actor laneway.Actor) int {
		return storetest.Value[int](t, db, `SELECT count(*) FROM events WHERE org_id = $1`, actor.OrganizationID)
	}
	before := count(ours) + count(theirs)
	if n, err := db.Store.ForgetEvents(ctx, 90*24*time.Hour); err != nil || n != 0 {
		t.Errorf("with 90 days %d are forgotten, %v", n, err)
	}
	n, err := db.Store.ForgetEvents(ctx, 40*24*time.Hour)
	if err != nil || int(n) != before-2 || count(ours) != 1 || count(theirs) != 1 {
		t.Errorf("with 40 days %d are forgotten, %v; %d and %d are left, want the newest of each", n, err, count(ours), count(theirs))
	}
	if n, err := db.Store.ForgetEvents(ctx, time.Nanosecond); err != nil || n != 0 {
		t.Errorf("a keep of nothing forgets %d events of this month, %v", n, err)
	}
	newDiagram(t, db, ours, "newer")
	reports, err := openOperator(t, db).VerifyChains(ctx, laneway.ID{})
	if err != nil || len(reports) != 2 {
		t.Fatal(reports, err)
	}
	for _, r := range reports {
		if r.Fault != "" || r.First < 2 {
			t.Errorf("after forgetting: %+v", r)
		}
	}
}
