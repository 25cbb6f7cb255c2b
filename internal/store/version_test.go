package store_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// saveContent stores the next version of a diagram.
func saveContent(t testing.TB, s *store.Store, actor laneway.Actor, id laneway.ID, expected int64, c *store.Content) store.Changed {
	t.Helper()
	changed, err := s.SaveDiagram(t.Context(), actor, store.DiagramSave{ID: id, Expected: expected, Content: c})
	if err != nil {
		t.Fatalf("save version %d: %v", expected+1, err)
	}
	return changed
}

func TestListVersions(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor, stranger := newTenant(t, db), newTenant(t, db)
	ctx := t.Context()
	d := newDiagram(t, db, actor, "first")
	for n := range int64(9) {
		c := content(fmt.Sprint("v", n))
		saveContent(t, db.Store, actor, d.ID, n+1, &c)
	}
	labelled, err := db.Store.LabelVersion(ctx, actor, d.ID, 3, "Signed off")
	if err != nil || labelled.Version.Label != "Signed off" || labelled.Version.Number != 3 || labelled.Seq != 13 {
		t.Errorf("labelled %+v, %v", labelled, err)
	}
	var numbers []int64
	q := laneway.VersionQuery{Limit: 4}
	for {
		page, err := db.Store.ListVersions(ctx, actor, d.ID, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Items {
			numbers = append(numbers, v.Number)
		}
		if q.Before = page.Next; q.Before == 0 {
			break
		}
	}
	if want := []int64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}; !slices.Equal(numbers, want) {
		t.Errorf("versions %d, want %d", numbers, want)
	}
	page, err := db.Store.ListVersions(ctx, actor, d.ID, laneway.VersionQuery{Limit: 4, Labelled: true})
	if err != nil || len(page.Items) != 1 || page.Items[0].Number != 3 || page.Next != 0 {
		t.Errorf("labelled versions %+v, %v", page, err)
	}
	v := page.Items[0]
	if v.Title != "first" || v.Kind != laneway.VersionSaved || !slices.Equal(v.Parents, []int64{2}) || v.From != 0 || v.ChangeCount != -1 || v.WarningCount != 1 ||
		v.Size != len(content("v1").XML) || v.CreatedBy != actor.UserID || v.Author == "" || time.Since(v.CreatedAt) > time.Hour || v.DiagramID != d.ID {
		t.Errorf("version %+v", v)
	}
	if again, err := db.Store.LabelVersion(ctx, actor, d.ID, 3, ""); err != nil || again.Version.Label != "" {
		t.Errorf("label taken away: %+v, %v", again, err)
	}
	db.Admin(t, `DELETE FROM memberships WHERE org_id = $1`, actor.OrganizationID)
	if page, err := db.Store.ListVersions(ctx, actor, d.ID, laneway.VersionQuery{Limit: 1}); err != nil || page.Items[0].Author != "" || page.Items[0].CreatedBy != actor.UserID {
		t.Errorf("of somebody who left: %+v, %v", page, err)
	}

	for name, call := range map[string]func(laneway.Actor, laneway.ID) error{
		"list": func(a laneway.Actor, id laneway.ID) error {
			_, err := db.Store.ListVersions(ctx, a, id, laneway.VersionQuery{Limit: 1})
			return err
		},
		"open": func(a laneway.Actor, id laneway.ID) error {
			_, err := db.Store.OpenVersions(ctx, a, id, 1)
			return err
		},
		"has": func(a laneway.Actor, id laneway.ID) error { return db.Store.HasVersions(ctx, a, id, 1) },
		"label": func(a laneway.Actor, id laneway.ID) error {
			_, err := db.Store.LabelVersion(ctx, a, id, 1, "x")
			return err
		},
	} {
		foreign, missing := call(stranger, d.ID), call(actor, newID())
		if wantKind(t, foreign, laneway.NotFound).Detail != wantKind(t, missing, laneway.NotFound).Detail {
			t.Errorf("%s: a foreign diagram gives %v, a missing one %v", name, foreign, missing)
		}
	}
	for _, err := range []error{
		second(db.Store.OpenVersions(ctx, actor, d.ID, 1, 11)),
		db.Store.HasVersions(ctx, actor, d.ID, 10, 11),
		second(db.Store.LabelVersion(ctx, actor, d.ID, 11, "x")),
	} {
		wantKind(t, err, laneway.NotFound)
	}
	if err := db.Store.HasVersions(ctx, actor, d.ID, 10, 1, 10); err != nil {
		t.Error(err)
	}
	if _, err := db.Store.TrashDiagram(ctx, actor, d.ID); err != nil {
		t.Fatal(err)
	}
	_, err = db.Store.OpenVersions(ctx, actor, d.ID, 1)
	if e := wantKind(t, err, laneway.NotFound); len(e.Fields) != 1 || e.Fields[0].Code != "trashed" {
		t.Errorf("a version of a trashed diagram: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestOpenVersions(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	d := newDiagram(t, db, actor, "first")
	two := content("two")
	saveContent(t, db.Store, actor, d.ID, 1, &two)
	saveContent(t, db.Store, actor, d.ID, 2, nil)
	opened, err := db.Store.OpenVersions(t.Context(), actor, d.ID, store.CurrentVersion, 1, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		number  int64
		content store.Content
	}{{3, two}, {1, content("first")}, {2, two}, {1, content("first")}} {
		if o := opened[i]; o.Version.Number != want.number || !bytes.Equal(o.Content.XML, want.content.XML) || !slices.Equal(o.Content.Warnings, want.content.Warnings) {
			t.Errorf("version %d: %+v", want.number, o)
		}
	}
}

// age moves versions of a diagram into the past.
func age(t testing.TB, db *storetest.Database, id laneway.ID, at string, numbers ...int64) {
	t.Helper()
	db.Admin(t, `UPDATE diagram_versions SET created_at = $2::text::timestamptz WHERE diagram_id = $1 AND number = ANY ($3)`, id, at, numbers)
}

func numbersOf(t testing.TB, db *storetest.Database, id laneway.ID) []string {
	t.Helper()
	return texts(t, connect(t, db.AdminURL), `SELECT v.number::text FROM diagram_versions v WHERE diagram_id = $1 ORDER BY v.number`, id)
}

func TestThinVersions(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	a, b := newTenant(t, db), newTenant(t, db)
	ctx := t.Context()
	const retention = 30 * 24 * time.Hour
	day := func(ago int, clock string) string {
		return time.Now().UTC().AddDate(0, 0, -ago).Format("2006-01-02 ") + clock + "Z"
	}
	d, idle := newDiagram(t, db, a, "busy"), newDiagram(t, db, b, "idle")
	for n := int64(1); n < 20; n++ {
		c := content(fmt.Sprint("version ", n+1))
		saveContent(t, db.Store, a, d.ID, n, &c)
	}
	for n := int64(1); n < 4; n++ {
		saveContent(t, db.Store, b, idle.ID, n, nil)
	}
	// Twice the retention ago: one of a day. Then: one of an hour. Then: all.
	age(t, db, d.ID, day(70, "08:00:00"), 1, 2)
	age(t, db, d.ID, day(70, "09:00:00"), 3, 4)
	age(t, db, d.ID, day(70, "23:59:59"), 5)
	age(t, db, d.ID, day(69, "00:00:00"), 6, 7, 8)
	age(t, db, d.ID, day(40, "08:00:00"), 9)
	age(t, db, d.ID, day(40, "08:59:59"), 10)
	age(t, db, d.ID, day(40, "09:00:00"), 11, 12, 13)
	age(t, db, d.ID, day(29, "08:00:00"), 14, 15)
	age(t, db, idle.ID, day(300, "08:00:00"), 1, 2, 3, 4)
	if _, err := db.Store.LabelVersion(ctx, a, d.ID, 7, "kept"); err != nil {
		t.Fatal(err)
	}
	work := content("draft")
	if _, err := db.Store.KeepDraft(ctx, a, store.DraftContent{Draft: laneway.Draft{ID: newID(), DiagramID: d.ID, BaseVersion: 11, ConflictCount: 1}, XML: work.XML}); err != nil {
		t.Fatal(err)
	}
	thinned, err := db.Store.ThinVersions(ctx, retention)
	if want := []string{"1", "5", "7", "8", "10", "11", "13", "14", "15", "16", "17", "18", "19", "20"}; err != nil || thinned != 8 || !slices.Equal(numbersOf(t, db, d.ID), want) {
		t.Errorf("%d thinned, %v; left are %q, want %q", thinned, err, numbersOf(t, db, d.ID), want)
	}
	if want := []string{"1", "4"}; !slices.Equal(numbersOf(t, db, idle.ID), want) {
		t.Errorf("of the idle diagram are left %q, want %q", numbersOf(t, db, idle.ID), want)
	}
	for _, n := range []int64{5, 7, 8, 10, 11, 13, 20} {
		opened, err := db.Store.OpenVersions(ctx, a, d.ID, n)
		if err != nil || !bytes.Equal(opened[0].Content.XML, content(fmt.Sprint("version ", n)).XML) {
			t.Errorf("version %d after thinning: %v", n, err)
		}
	}
	if again, err := db.Store.ThinVersions(ctx, retention); err != nil || again != 0 {
		t.Errorf("the second time %d were thinned, %v", again, err)
	}
	saved := saveContent(t, db.Store, a, d.ID, 20, nil)
	if saved.Diagram.Version != 21 {
		t.Errorf("the next version is %d", saved.Diagram.Version)
	}
	if err := db.Store.HasVersions(ctx, a, d.ID, 9); laneway.KindOf(err) != laneway.NotFound {
		t.Errorf("a thinned version: %v", err)
	}
	checkEvents(t, db, a)
}

// TestThinKeepsFullCopies thins a history of differences: no copy goes while one of them needs it.
func TestThinKeepsFullCopies(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor, ctx := newTenant(t, db), t.Context()
	h := newHistory()
	d := h.create(t, db, actor)
	const versions = 120
	var documents [][]byte
	documents = append(documents, h.document())
	for n := int64(1); n < versions; n++ {
		h.edit()
		saveContent(t, db.Store, actor, d.ID, n, &store.Content{XML: h.document()})
		documents = append(documents, h.document())
	}
	// Ten versions a day, so that a few of each copy's differences stay.
	db.Admin(t, `UPDATE diagram_versions SET created_at = date_trunc('day', now()) - interval '200 days' + number / 10 * interval '1 day' + number % 10 * interval '1 hour'`)
	fulls := texts(t, connect(t, db.AdminURL), `SELECT v.number::text FROM diagram_versions v WHERE full_number IS NULL ORDER BY v.number`)
	thinned, err := db.Store.ThinVersions(ctx, 24*time.Hour)
	if err != nil || thinned < versions/2 {
		t.Errorf("%d of %d thinned, %v", thinned, versions, err)
	}
	left := numbersOf(t, db, d.ID)
	for _, full := range fulls {
		if !slices.Contains(left, full) {
			t.Errorf("full copy %s is gone, left are %q", full, left)
		}
	}
	for _, text := range left {
		var n int64
		if _, err := fmt.Sscan(text, &n); err != nil {
			t.Fatal(err)
		}
		opened, err := db.Store.OpenVersions(ctx, actor, d.ID, n)
		if err != nil || !bytes.Equal(opened[0].Content.XML, documents[n-1]) {
			t.Errorf("version %d after thinning: %v", n, err)
		}
	}
	// A copy that nothing needs goes like any other version.
	db.Admin(t, `UPDATE diagram_versions SET full_number = NULL WHERE full_number = 33`)
	if more, err := db.Store.ThinVersions(ctx, 24*time.Hour); err != nil || more != 1 || slices.Contains(numbersOf(t, db, d.ID), "33") {
		t.Errorf("%d more thinned, %v; fulls were %q", more, err, fulls)
	}
	if _, err := connect(t, db.AdminURL).Exec(ctx, `DELETE FROM diagram_versions WHERE number = 65`); err == nil {
		t.Error("a copy that differences need could be deleted")
	}
}

// BenchmarkListVersions lists a diagram with 10,000 versions: the first page, one in the middle, and all.
func BenchmarkListVersions(b *testing.B) {
	db := storetest.New(b)
	actor := newTenant(b, db)
	d := newDiagram(b, db, actor, "long")
	db.Admin(b, `INSERT INTO diagram_versions (org_id, diagram_id, number, title, xml, full_number, xml_size, xml_hash, parents, created_by, label, change_count)
		SELECT org_id, diagram_id, n, title, convert_to(repeat('x', 700), 'UTF8'), 1, xml_size, xml_hash, ARRAY[n - 1], created_by, CASE WHEN n % 100 = 0 THEN 'named' END, 3
		  FROM diagram_versions, generate_series(2, 10000) n WHERE diagram_id = $1`, d.ID)
	db.Admin(b, `UPDATE diagrams SET version = 10000 WHERE id = $1`, d.ID)
	db.Admin(b, `ANALYZE diagram_versions`)
	list := func(b *testing.B, q laneway.VersionQuery, want int) {
		for b.Loop() {
			n, q := 0, q
			for {
				page, err := db.Store.ListVersions(b.Context(), actor, d.ID, q)
				if err != nil {
					b.Fatal(err)
				}
				n += len(page.Items)
				if q.Before = page.Next; page.Next == 0 || n >= want {
					break
				}
			}
			if n != want {
				b.Fatalf("%d versions, want %d", n, want)
			}
		}
	}
	b.Run("first page of 50", func(b *testing.B) { list(b, laneway.VersionQuery{Limit: 50}, 50) })
	b.Run("page of 100 in the middle", func(b *testing.B) { list(b, laneway.VersionQuery{Limit: 100, Before: 5000}, 100) })
	b.Run("the 100 with labels", func(b *testing.B) { list(b, laneway.VersionQuery{Limit: 100, Labelled: true}, 100) })
	b.Run("all 10000 by 100", func(b *testing.B) { list(b, laneway.VersionQuery{Limit: 100}, 10000) })
	b.Run("all 10000 by 1000", func(b *testing.B) { list(b, laneway.VersionQuery{Limit: 1000}, 10000) })
}
