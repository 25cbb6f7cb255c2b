package store_test

import (
	"testing"

	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// TestAnalyze: whoever may migrate can have the database look at its tables; Postgres only warns whoever may not.
func TestAnalyze(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	const looked = `SELECT (SELECT reltuples FROM pg_class WHERE oid = 'diagrams'::regclass) >= 0`
	if storetest.Value[bool](t, db, looked) {
		t.Fatal("the database has looked before")
	}
	if err := store.Analyze(t.Context(), db.URLs.Migrator); err != nil {
		t.Fatal(err)
	}
	if !storetest.Value[bool](t, db, looked) {
		t.Error("the database has not looked")
	}
}
