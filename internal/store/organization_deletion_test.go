package store_test

import (
	"strings"
	"testing"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// rowsOf counts the rows that an organization has, table by table, as the catalogue knows them.
func rowsOf(t testing.TB, db *storetest.Database, org laneway.ID) map[string]int {
	t.Helper()
	admin := connect(t, db.AdminURL)
	rows := make(map[string]int)
	for _, column := range texts(t, admin, `
		SELECT c.table_name || '.' || c.column_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
		 WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
		   AND (c.column_name ~ '(^|_)org_id$' OR c.table_name = 'organizations' AND c.column_name = 'id') AND c.table_name <> 'users'`) {
		table, name, _ := strings.Cut(column, ".")
		if n := storetest.Value[int](t, db, `SELECT count(*) FROM `+table+` WHERE `+name+` = $1`, org); n > 0 {
			rows[table] += n
		}
	}
	return rows
}

// A deleted organization is closed and keeps everything until its time is over; then nothing is left of it in any table
// but the note that it was there, and its neighbour has lost nothing.
func TestDeleteOrganization(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	a, b := newTenant(t, db), newTenant(t, db)
	for _, actor := range []laneway.Actor{a, b} {
		seedAllTables(t, db, actor)
		db.Admin(t, `INSERT INTO jobs (id, about_org_id, kind) VALUES ($1, $2, 'mail.invitation')`, newID(), actor.OrganizationID)
		// A history with copies and differences to them, labelled and old ones, and a log longer than one batch.
		db.Admin(t, `INSERT INTO diagram_versions (org_id, diagram_id, number, title, label, xml, xml_size, xml_hash, created_by, created_at, full_number)
			SELECT org_id, diagram_id, n, title, CASE WHEN n % 500 = 0 THEN 'kept' END, xml, xml_size, xml_hash, created_by, now() - interval '1 year', CASE WHEN n % 32 = 0 THEN NULL ELSE 1 END
			  FROM diagram_versions, generate_series(2, 1500) n WHERE org_id = $1 AND number = 1`, actor.OrganizationID)
		db.Admin(t, `SELECT append_event($1, 'diagram.saved', $2, $1, '{}') FROM generate_series(1, 5200)`, actor.OrganizationID, actor.UserID)
	}
	name := storetest.Value[string](t, db, `SELECT name FROM organizations WHERE id = $1`, a.OrganizationID)
	_, _, err := db.Store.DeleteOrganization(t.Context(), a, name+"s")
	wantKind(t, err, laneway.Invalid)
	viewer := newTenant(t, db)
	db.Admin(t, `INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, 'member')`, a.OrganizationID, viewer.UserID)
	_, _, err = db.Store.DeleteOrganization(t.Context(), laneway.Actor{UserID: viewer.UserID, OrganizationID: a.OrganizationID, Role: laneway.RoleAdmin}, name)
	wantKind(t, err, laneway.Forbidden) // who was an admin when the request began
	o, seq, err := db.Store.DeleteOrganization(t.Context(), a, " "+name+" ")
	if err != nil || seq == 0 || o.DeletedAt.IsZero() || o.PurgeAt().Sub(o.DeletedAt) != laneway.OrganizationRetention {
		t.Fatalf("deleted %+v, event %d, %v", o, seq, err)
	}
	_, _, err = db.Store.DeleteOrganization(t.Context(), a, name)
	wantKind(t, err, laneway.Conflict)

	account, _, err := db.Store.SessionAccount(t.Context(), secretHash(a.SessionID))
	if err != nil || len(account.Memberships) != 0 || !account.DefaultID.IsZero() || len(account.Deleted) != 1 || account.Deleted[0].Organization.ID != a.OrganizationID {
		t.Errorf("the account is %+v, %v", account, err)
	}
	wantKind(t, db.Store.SetDefaultOrganization(t.Context(), a.UserID, a.OrganizationID), laneway.NotFound)

	// The last day of the time: nothing goes, and it comes back with all that it had.
	before := rowsOf(t, db, a.OrganizationID)
	db.Admin(t, `UPDATE organizations SET deleted_at = now() - $2::interval + interval '1 minute' WHERE id = $1`, a.OrganizationID, laneway.OrganizationRetention)
	if removed, err := db.Store.PurgeOrganizations(t.Context()); err != nil || len(removed) > 0 {
		t.Fatalf("removed %v, %v, a minute too early", removed, err)
	}
	if _, seq, err = db.Store.RestoreOrganization(t.Context(), a); err != nil || seq == 0 {
		t.Fatalf("restore: event %d, %v", seq, err)
	}
	if _, seq, err = db.Store.RestoreOrganization(t.Context(), a); err != nil || seq != 0 {
		t.Errorf("restoring what is not deleted: event %d, %v", seq, err)
	}
	after := rowsOf(t, db, a.OrganizationID)
	for table, n := range before {
		if !strings.HasPrefix(table, "events") && after[table] != n {
			t.Errorf("%s had %d rows and has %d after it was restored", table, n, after[table])
		}
	}

	// A minute past the time: gone, also with a new admin's word against it.
	if _, _, err := db.Store.DeleteOrganization(t.Context(), a, name); err != nil {
		t.Fatal(err)
	}
	head := storetest.Value[int64](t, db, `SELECT seq FROM organization_heads WHERE org_id = $1`, a.OrganizationID)
	neighbour := rowsOf(t, db, b.OrganizationID)
	db.Admin(t, `UPDATE organizations SET deleted_at = now() - $2::interval - interval '1 minute' WHERE id = $1`, a.OrganizationID, laneway.OrganizationRetention)
	_, _, err = db.Store.RestoreOrganization(t.Context(), a)
	wantKind(t, err, laneway.NotFound)
	removed, err := db.Store.PurgeOrganizations(t.Context())
	if err != nil || len(removed) != 1 || removed[0] != a.OrganizationID {
		t.Fatalf("removed %v, %v", removed, err)
	}
	if left := rowsOf(t, db, a.OrganizationID); len(left) > 0 {
		t.Errorf("left of the organization: %v", left)
	}
	for table, n := range rowsOf(t, db, b.OrganizationID) {
		if neighbour[table] != n {
			t.Errorf("the neighbour had %d rows in %s and has %d", neighbour[table], table, n)
		}
	}
	if len(neighbour) < 14 {
		t.Errorf("the neighbour has rows in %d tables only, so this proves little: %v", len(neighbour), neighbour)
	}
	if n := storetest.Value[int](t, db, `SELECT count(*) FROM users WHERE id = $1 AND default_org_id IS NULL`, a.UserID); n != 1 {
		t.Error("the person is gone, or still begins in the organization")
	}
	operator, err := store.OpenOperator(t.Context(), db.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	defer operator.Close(t.Context())
	notes, err := operator.RemovedOrganizations(t.Context())
	if err != nil || len(notes) != 1 || notes[0].ID != a.OrganizationID || notes[0].DeletedBy != a.UserID || notes[0].LastSeq != head || len(notes[0].LastHash) != 32 {
		t.Errorf("what is left on record: %+v, %v; want the %d events", notes, err, head)
	}
}

// The operator can do what an admin can, and it is in the log as nobody's deed.
func TestOperatorDeletesOrganization(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	a := newTenant(t, db)
	operator, err := store.OpenOperator(t.Context(), db.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	defer operator.Close(t.Context())
	name := storetest.Value[string](t, db, `SELECT name FROM organizations WHERE id = $1`, a.OrganizationID)
	_, err = operator.DeleteOrganization(t.Context(), newID(), name)
	wantKind(t, err, laneway.NotFound)
	_, err = operator.DeleteOrganization(t.Context(), a.OrganizationID, "")
	wantKind(t, err, laneway.Invalid)
	if _, err := operator.DeleteOrganization(t.Context(), a.OrganizationID, name); err != nil {
		t.Fatal(err)
	}
	list, err := operator.Organizations(t.Context())
	if err != nil || len(list) != 1 || list[0].Organization.DeletedAt.IsZero() {
		t.Errorf("listed %+v, %v", list, err)
	}
	if o, err := operator.RestoreOrganization(t.Context(), a.OrganizationID); err != nil || !o.DeletedAt.IsZero() {
		t.Errorf("restored %+v, %v", o, err)
	}
	if n := storetest.Value[int](t, db, `SELECT count(*) FROM events WHERE org_id = $1 AND kind IN ('organization.deleted', 'organization.restored') AND actor_id IS NULL`, a.OrganizationID); n != 2 {
		t.Errorf("%d events", n)
	}
}
