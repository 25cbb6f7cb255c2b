package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// link is an event as it is hashed.
type link struct {
	seq                                int64
	at                                 time.Time
	org, kind, actor, subject, content string
	hash                               []byte
}

func readChain(t testing.TB, db *storetest.Database, actor laneway.Actor) []link {
	t.Helper()
	conn := connect(t, db.AdminURL)
	rows, err := conn.Query(t.Context(), `
		SELECT seq, at, org_id::text, kind, coalesce(actor_id::text, '-'), coalesce(subject_id::text, '-'), data::text, hash
		  FROM events WHERE org_id = $1 ORDER BY seq`, actor.OrganizationID)
	if err != nil {
		t.Fatal(err)
	}
	links, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l link, err error) {
		err = row.Scan(&l.seq, &l.at, &l.org, &l.kind, &l.actor, &l.subject, &l.content, &l.hash)
		return l, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return links
}

// chainFaults recomputes the chain, so that the form of a hash is written down twice: here and in
// the function event_hash.
func chainFaults(links []link) []string {
	var faults []string
	var before []byte
	for i, l := range links {
		if l.seq != int64(i)+1 {
			faults = append(faults, fmt.Sprintf("event %d has number %d", i+1, l.seq))
		}
		h := sha256.New()
		h.Write(before)
		fmt.Fprintf(h, "%s\n%d\n%d\n%s\n%s\n%s\n%s", l.org, l.seq, l.at.UnixMicro(), l.kind, l.actor, l.subject, l.content)
		if !bytes.Equal(h.Sum(nil), l.hash) {
			faults = append(faults, fmt.Sprintf("the hash of event %d is not made from what it says", l.seq))
		}
		before = l.hash
	}
	return faults
}

// TestEventChain writes from many sides at once, with changes that fail among them.
func TestEventChain(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenantOn(t, db, laneway.Pro)
	var wait sync.WaitGroup
	acked := make([][]int64, 8)
	for w := range acked {
		wait.Go(func() {
			for n := range 10 {
				made, err := db.Store.CreateDiagram(t.Context(), actor, laneway.Diagram{ID: newID(), Title: fmt.Sprintf("Ünïcode \"%d\" \\ %d", w, n)}, content("x"), nil)
				if err != nil {
					t.Errorf("create: %v", err)
					return
				}
				acked[w] = append(acked[w], made.Seq)
				if _, err := db.Store.CreateDiagram(t.Context(), actor, laneway.Diagram{ID: newID(), Title: "x", ProjectID: newID()}, content("x"), nil); err == nil {
					t.Error("a diagram in no project was made")
				}
				if n%3 == 0 {
					gone, err := db.Store.TrashDiagram(t.Context(), actor, made.Diagram.ID)
					if err != nil {
						t.Errorf("trash: %v", err)
						return
					}
					acked[w] = append(acked[w], gone.Seq)
				}
			}
		})
	}
	wait.Wait()
	checkEvents(t, db, actor)
	all := slices.Concat(acked...)
	slices.Sort(all)
	if links := readChain(t, db, actor); len(links) != len(all)+2 || all[0] != 3 || all[len(all)-1] != int64(len(links)) {
		t.Errorf("%d events, %d numbers acknowledged from %d to %d", len(links), len(all), all[0], all[len(all)-1])
	}

	links := readChain(t, db, actor)
	for name, forge := range map[string]func([]link) []link{
		"changed":  func(l []link) []link { l[5].content = `{"title": "forged", "version": 1}`; return l },
		"left out": func(l []link) []link { return slices.Delete(l, 5, 6) },
		"swapped":  func(l []link) []link { l[5].content, l[6].content = l[6].content, l[5].content; return l },
	} {
		if len(chainFaults(forge(slices.Clone(links)))) == 0 {
			t.Errorf("an event that was %s is not noticed", name)
		}
	}
}

// TestCommitOrderIsSeqOrder holds a transaction open after it has its number: a later number must
// not become visible before, or whoever resumes after the later one misses the earlier.
func TestCommitOrderIsSeqOrder(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	d := newDiagram(t, db, actor, "x")
	first := connect(t, db.URLs.App)
	execute(t, first, `BEGIN`)
	execute(t, first, `SELECT set_config('laneway.org_id', $1, true)`, actor.OrganizationID.String())
	var held int64
	err := first.QueryRow(t.Context(), `SELECT append_event($1, 'diagram.saved', $2, $3, '{}')`, actor.OrganizationID, actor.UserID, d.ID).Scan(&held)
	if err != nil {
		t.Fatal(err)
	}
	outcome := make(chan store.Changed, 1)
	go func() {
		c := content("y")
		changed, err := db.Store.SaveDiagram(context.Background(), actor, store.DiagramSave{ID: d.ID, Expected: 1, Content: &c})
		if err != nil {
			t.Errorf("save: %v", err)
		}
		outcome <- changed
	}()
	awaitLock(t, db)
	if seen := storetest.Value[int64](t, db, `SELECT max(seq) FROM events WHERE org_id = $1`, actor.OrganizationID); seen >= held {
		t.Errorf("event %d is visible while %d is not", seen, held)
	}
	execute(t, first, `COMMIT`)
	if changed := <-outcome; changed.Seq != held+1 {
		t.Errorf("the waiting save has number %d, want %d", changed.Seq, held+1)
	}
	checkEvents(t, db, actor)
}

// TestEventNeedsItsOrganization: nobody writes into the log of another organization.
func TestEventNeedsItsOrganization(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor, other := newTenant(t, db), newTenant(t, db)
	err := db.Store.InOrg(t.Context(), actor, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SELECT append_event($1, 'diagram.saved', $2, $2, '{}')`, other.OrganizationID, actor.UserID)
		return err
	})
	if err == nil || errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("an event in a foreign log: %v", err)
	}
	checkEvents(t, db, other)
}
