package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

var sorts = []laneway.DiagramSort{laneway.ByUpdatedAt, laneway.ByCreatedAt, laneway.ByTitle}

// walk follows the cursors to the end, and calls between after each page.
func walk(t testing.TB, db *storetest.Database, actor laneway.Actor, q laneway.DiagramQuery, between func()) []laneway.Diagram {
	t.Helper()
	var all []laneway.Diagram
	for pages := 0; ; pages++ {
		page, err := db.Store.ListDiagrams(t.Context(), actor, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Items) > q.Limit || len(page.Items) == 0 && pages > 0 {
			t.Fatalf("page %d has %d items, the limit is %d", pages, len(page.Items), q.Limit)
		}
		all = append(all, page.Items...)
		if page.Next.IsZero() {
			return all
		}
		// As a client hands it back.
		if q.After, err = laneway.ParseCursor(page.Next.String(), q.Sort); err != nil {
			t.Fatal(err)
		}
		between()
	}
}

// TestListWalk walks every order in pages of several sizes, in use and in the trash, with many equal
// sort keys, while others create diagrams: each diagram of before comes exactly once, in order.
func TestListWalk(t *testing.T) {
	t.Parallel()
	const n = 47
	db := storetest.New(t)
	actor, stranger := newTenantOn(t, db, laneway.Enterprise), newTenant(t, db)
	seed(t, db, actor, 2*n)
	seed(t, db, stranger, 5)
	// Four moments and four titles for all of them.
	db.Admin(t, `WITH numbered AS (SELECT org_id, id, row_number() OVER (ORDER BY id) AS n FROM diagrams WHERE org_id = $1)
		UPDATE diagrams d SET created_at = timestamptz '2026-01-01 00:00:00.123456Z' + n % 4 * interval '1 microsecond',
		       updated_at = timestamptz '2026-02-01 00:00:00.654321Z' + n % 4 * interval '1 microsecond',
		       title = (ARRAY['Zebra', 'apple', 'Äpfel', 'apple pie'])[n % 4 + 1],
		       deleted_at = CASE WHEN n > $2 THEN now() END
		  FROM numbered x WHERE x.org_id = d.org_id AND x.id = d.id`, actor.OrganizationID, n)
	order := map[laneway.DiagramSort]string{
		laneway.ByUpdatedAt: `updated_at DESC, id DESC`, laneway.ByCreatedAt: `created_at DESC, id DESC`, laneway.ByTitle: `title COLLATE "C", id`,
	}
	for _, sort := range sorts {
		for state, trashed := range map[string]bool{"deleted_at IS NULL": false, "deleted_at IS NOT NULL": true} {
			for _, limit := range []int{1, 7, 47, 100} {
				want := texts(t, connect(t, db.AdminURL), `SELECT id::text FROM diagrams WHERE org_id = $1 AND `+state+` ORDER BY `+order[sort], actor.OrganizationID)
				created := 0
				got := walk(t, db, actor, laneway.DiagramQuery{Limit: limit, Sort: sort, Trashed: trashed}, func() {
					if created < 3 {
						created++
						newDiagram(t, db, actor, "banana created meanwhile")
					}
				})
				var seen []string
				for _, d := range got {
					if slices.Contains(want, d.ID.String()) {
						seen = append(seen, d.ID.String())
					}
				}
				if !slices.Equal(seen, want) {
					t.Errorf("by %s, %s, pages of %d: %d of %d, or in another order", sort, state, limit, len(seen), len(want))
				}
			}
		}
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor, other := newTenantOn(t, db, laneway.Pro), newTenant(t, db)
	project := newProject(t, db, actor)
	for _, title := range []string{"100% done", "100 percent", "snake_case", "snakeXcase", `back\slash`, "ÄRGER mit Übergabe", "ärgerlich", "plain", `quote " ' ;--`} {
		newDiagram(t, db, actor, title)
	}
	newDiagram(t, db, other, "plain, but of somebody else")
	if _, err := db.Store.CreateDiagram(t.Context(), actor, laneway.Diagram{ID: newID(), Title: "plain in project", ProjectID: project}, content("x"), nil); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		q    laneway.DiagramQuery
		want string
	}{
		{laneway.DiagramQuery{Title: "100%"}, "100% done"},
		{laneway.DiagramQuery{Title: "%"}, "100% done"},
		{laneway.DiagramQuery{Title: "_"}, "snake_case"},
		{laneway.DiagramQuery{Title: `\`}, `back\slash`},
		{laneway.DiagramQuery{Title: "SNAKE"}, "snakeXcase|snake_case"},
		{laneway.DiagramQuery{Title: "ärger"}, "ÄRGER mit Übergabe|ärgerlich"},
		{laneway.DiagramQuery{Title: "ÜBER"}, "ÄRGER mit Übergabe"},
		{laneway.DiagramQuery{Title: `" ' ;--`}, `quote " ' ;--`},
		{laneway.DiagramQuery{Title: "plain"}, "plain|plain in project"},
		{laneway.DiagramQuery{ProjectID: project}, "plain in project"},
		{laneway.DiagramQuery{ProjectID: project, Title: "100"}, ""},
		{laneway.DiagramQuery{ProjectID: newID()}, ""},
		{laneway.DiagramQuery{Title: "nothing like that"}, ""},
		{laneway.DiagramQuery{Trashed: true}, ""},
	} {
		for _, limit := range []int{1, 100} {
			tt.q.Limit, tt.q.Sort = limit, laneway.ByTitle
			var titles []string
			for _, d := range walk(t, db, actor, tt.q, func() {}) {
				titles = append(titles, d.Title)
			}
			slices.Sort(titles)
			want := strings.FieldsFunc(tt.want, func(r rune) bool { return r == '|' })
			slices.Sort(want)
			if !slices.Equal(titles, want) {
				t.Errorf("%+v: %q, want %q", tt.q, titles, want)
			}
		}
	}
	_, err := db.Store.ListDiagrams(t.Context(), actor, laneway.DiagramQuery{Limit: 1, Sort: "size"})
	if e := wantKind(t, err, laneway.Invalid); e.Fields[0].Field != "sort" {
		t.Errorf("an unknown order: %+v", e)
	}
}

// TestListReadsOnePage asks the database's own counters how a list was read: by the index of its
// order, and not more rows than the page has. By time of change there is none, and the rows of the
// organization are read, and of no other.
func TestListReadsOnePage(t *testing.T) {
	t.Parallel()
	const limit, own = 20, 1000
	db := storetest.New(t)
	var actor laneway.Actor
	for range 10 {
		actor = newTenantOn(t, db, laneway.Enterprise)
		seed(t, db, actor, own)
	}
	db.Admin(t, `ANALYZE`)
	// One connection, so that its counters can be flushed.
	single, err := store.Open(t.Context(), store.Config{AppURL: db.URLs.App, SystemURL: db.URLs.System, AppConnections: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer single.Close()
	index := map[laneway.DiagramSort]string{laneway.ByCreatedAt: "diagrams_by_created", laneway.ByTitle: "diagrams_by_title"}
	for _, sort := range sorts {
		q := laneway.DiagramQuery{Limit: limit, Sort: sort}
		for page := range 3 {
			before := indexUse(t, db, single, actor)
			got, err := single.ListDiagrams(t.Context(), actor, q)
			if err != nil || len(got.Items) != limit {
				t.Fatalf("%d items, %v", len(got.Items), err)
			}
			after := indexUse(t, db, single, actor)
			for name, use := range after {
				scans, rows := use[0]-before[name][0], use[1]-before[name][1]
				if sort == laneway.ByUpdatedAt {
					if name == "sequential" && scans != 0 || rows > own {
						t.Errorf("by %s, page %d: %d scans of %s that read %d rows", sort, page+1, scans, name, rows)
					}
					continue
				}
				if want := name == index[sort]; want != (scans == 1) || !want && scans != 0 || rows > limit+1 {
					t.Errorf("by %s, page %d: %d scans of %s that read %d rows", sort, page+1, scans, name, rows)
				}
			}
			q.After = got.Next
		}
	}
}

// indexUse gives for each index of diagrams, and for the table, the scans and the rows read.
func indexUse(t testing.TB, db *storetest.Database, s *store.Store, actor laneway.Actor) map[string][2]int64 {
	t.Helper()
	err := s.InOrg(t.Context(), actor, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SELECT pg_stat_force_next_flush()`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	use := map[string][2]int64{}
	conn := connect(t, db.AdminURL)
	for _, line := range texts(t, conn, `
		SELECT indexrelname || ' ' || idx_scan || ' ' || idx_tup_read FROM pg_stat_user_indexes WHERE relname = 'diagrams'
		UNION ALL SELECT 'sequential ' || seq_scan || ' ' || seq_tup_read FROM pg_stat_user_tables WHERE relname = 'diagrams'`) {
		var name string
		var counts [2]int64
		if _, err := fmt.Sscan(line, &name, &counts[0], &counts[1]); err != nil {
			t.Fatal(err)
		}
		use[name] = counts
	}
	return use
}

// TestListGivesWhatIsNow: a page has the times and states of the rows themselves.
func TestListGivesWhatIsNow(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	d := newDiagram(t, db, actor, "one")
	page, err := db.Store.ListDiagrams(t.Context(), actor, laneway.DiagramQuery{Limit: 1, Sort: laneway.ByUpdatedAt})
	if err != nil || len(page.Items) != 1 || page.Items[0] != d || !page.Next.IsZero() {
		t.Errorf("page %+v, %v; want %+v alone", page, err, d)
	}
	if page.Items[0].UpdatedAt.Location() != time.UTC {
		t.Errorf("times come in %s", page.Items[0].UpdatedAt.Location())
	}
}
