package store_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// TestConnectionsAreCut ends all connections of the server at the database's side: requests may be
// told that it is unavailable, and the store comes back by itself.
func TestConnectionsAreCut(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	d := newDiagram(t, db, actor, "x")
	for range 3 {
		db.Admin(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE 'laneway%'`)
		eventually(t, "the store serves again", func() bool {
			_, err := db.Store.OpenDiagram(t.Context(), actor, d.ID, 0)
			if err != nil {
				wantUnavailable(t, err)
			}
			_, _, sessionErr := db.Store.SessionAccount(t.Context(), secretHash(actor.SessionID))
			if sessionErr != nil {
				wantUnavailable(t, sessionErr)
			}
			return err == nil && sessionErr == nil
		})
	}
}

// TestColumnsChangeTheirType: a server beside which a newer one migrates is told to try again where a statement that it has
// prepared gives another type, and the next try is served.
func TestColumnsChangeTheirType(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	kept, err := store.Open(t.Context(), store.Config{AppURL: db.URLs.App, SystemURL: db.URLs.System, AppConnections: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	d := newDiagram(t, db, actor, "x")
	read := func() error {
		_, err := kept.DiagramState(t.Context(), actor, d.ID)
		return err
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	db.Admin(t, `ALTER TABLE diagrams ALTER COLUMN title TYPE varchar`)
	wantUnavailable(t, read())
	if err := read(); err != nil {
		t.Errorf("the try after that: %v", err)
	}
}

func wantUnavailable(t testing.TB, err error) {
	t.Helper()
	if e := wantKind(t, err, laneway.Unavailable); e.RetryAfter <= 0 || e.Cause == nil {
		t.Errorf("without a time to try again, or without a cause: %+v", e)
	}
}

// TestServerIsKilled kills a database server of its own while the store is used: every operation
// says so, nothing acknowledged is lost, and the store is back when the server is.
func TestServerIsKilled(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	urls := bootstrap(t, server.AdminURL("postgres"), "laneway")
	if err := store.Migrate(t.Context(), urls.Migrator); err != nil {
		t.Fatal(err)
	}
	kept, err := store.Open(t.Context(), store.Config{AppURL: urls.App, SystemURL: urls.System})
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	db := &storetest.Database{Store: kept, URLs: urls, AdminURL: server.AdminURL("laneway"), Server: server.Server}
	actor := newTenant(t, db)
	d := newDiagram(t, db, actor, "x")
	acked := int64(1)
	for round := range 2 {
		pid := postmaster(t, server)
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		c := content("x")
		failed := false
		eventually(t, "the store serves again", func() bool {
			changed, err := kept.SaveDiagram(t.Context(), actor, store.DiagramSave{ID: d.ID, Expected: acked, Content: &c})
			if err != nil {
				failed = true
				wantUnavailable(t, err)
				if err := kept.Ping(t.Context()); err != nil {
					wantUnavailable(t, err)
				}
				return false
			}
			acked = changed.Diagram.Version
			return failed
		})
		if head := open(t, db, actor, d.ID); head.Diagram.Version != acked {
			t.Errorf("round %d: version %d was acknowledged, %d is there", round, acked, head.Diagram.Version)
		}
	}
	checkEvents(t, db, actor)
}

func postmaster(t testing.TB, server *storetest.Private) int {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(server.DataDir, "postgres", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := bytes.Cut(file, []byte("\n"))
	pid, err := strconv.Atoi(string(line))
	if err != nil || pid <= 1 {
		t.Fatalf("no process in postmaster.pid: %q, %v", line, err)
	}
	return pid
}

// TestErrorsOfTheDatabase holds which error of the database becomes which kind.
func TestErrorsOfTheDatabase(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	db.Admin(t, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = NEW.title; END $$`)
	db.Admin(t, `CREATE TRIGGER refuse BEFORE INSERT ON diagrams FOR EACH ROW EXECUTE FUNCTION refuse()`)
	for code, want := range map[string]laneway.Kind{
		"53100": laneway.StorageFull, // disk_full
		"53200": laneway.Unavailable, // out_of_memory
		"53300": laneway.Unavailable, // too_many_connections
		"57014": laneway.Unavailable, // query_canceled
		"57P01": laneway.Unavailable, // admin_shutdown
		"57P03": laneway.Unavailable, // cannot_connect_now
		"25006": laneway.Unavailable, // read_only_sql_transaction
		"40001": laneway.Unavailable, // serialization_failure
		"40P01": laneway.Unavailable, // deadlock_detected
		"08006": laneway.Unavailable, // connection_failure
		"23514": laneway.Internal,    // check_violation
		"42501": laneway.Internal,    // insufficient_privilege
		"22021": laneway.Internal,    // character_not_in_repertoire
		"XX001": laneway.Internal,    // data_corrupted
	} {
		_, err := db.Store.CreateDiagram(t.Context(), actor, laneway.Diagram{ID: newID(), Title: code}, content("x"), nil)
		if err == nil || laneway.KindOf(err) != want {
			t.Errorf("code %s: %v, want kind %s", code, err, want)
		}
	}
	if counter, rows := usage(t, db, actor); counter != 0 || rows != 0 {
		t.Errorf("counter %d, diagrams %d, want none", counter, rows)
	}
}

// TestDeadline: what waits longer than Deadline is given up, at the database as well.
func TestDeadline(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	d := newDiagram(t, db, actor, "x")
	admin := connect(t, db.AdminURL)
	execute(t, admin, `BEGIN`)
	execute(t, admin, `SELECT FROM diagrams FOR UPDATE`)
	c := content("late")
	begun := time.Now()
	_, err := db.Store.SaveDiagram(context.Background(), actor, store.DiagramSave{ID: d.ID, Expected: 1, Content: &c})
	wantUnavailable(t, err)
	if took := time.Since(begun); took < store.Deadline {
		t.Errorf("given up after %s already", took)
	}
	eventually(t, "the statement to be given up", func() bool {
		return !storetest.Value[bool](t, db, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`)
	})
	execute(t, admin, `ROLLBACK`)
	if head := open(t, db, actor, d.ID); head.Diagram.Version != 1 {
		t.Errorf("the save that was given up made version %d", head.Diagram.Version)
	}
}

// TestClientGoesAway: a context that has ended already costs neither the change nor the connection.
func TestClientGoesAway(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	const backends = `SELECT coalesce(string_agg(pid::text, ' ' ORDER BY pid), '') FROM pg_stat_activity WHERE datname = current_database() AND usename = 'laneway_app'`
	newDiagram(t, db, actor, "before")
	before := storetest.Value[string](t, db, backends)
	if _, err := db.Store.CreateDiagram(gone, actor, laneway.Diagram{ID: newID(), Title: "x"}, content("x"), nil); err != nil {
		t.Errorf("create: %v", err)
	}
	if _, err := db.Store.ListDiagrams(gone, actor, laneway.DiagramQuery{Limit: 1, Sort: laneway.ByTitle}); err != nil {
		t.Errorf("list: %v", err)
	}
	if after := storetest.Value[string](t, db, backends); after != before {
		t.Errorf("connections before %s, after %s", before, after)
	}
}
