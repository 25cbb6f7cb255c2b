package store_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"laneway/internal/store/storetest"
)

// TestEventPartitions measures what months as partitions would cost and bring, by what does not depend on how busy the
// machine is: pages touched and locks taken. docs/decisions/0012 rests on it; nothing is asserted but the order of
// things. It runs with LANEWAY_TEST_LONG.
func TestEventPartitions(t *testing.T) {
	if os.Getenv("LANEWAY_TEST_LONG") == "" {
		t.Skip("a measurement, for LANEWAY_TEST_LONG")
	}
	const months, organizations, perMonth = 60, 5, 400
	db := storetest.New(t)
	conn := connect(t, db.AdminURL)
	touched := make(map[string]map[int]float64)
	for _, partitions := range []int{1, 12, 24, 60} {
		table := fmt.Sprintf("events_%d", partitions)
		execute(t, conn, `CREATE TABLE `+table+` (LIKE events INCLUDING DEFAULTS, PRIMARY KEY (org_id, seq, at)) PARTITION BY RANGE (at)`)
		if partitions == 1 {
			execute(t, conn, `CREATE TABLE `+table+`_all PARTITION OF `+table+` DEFAULT`)
		}
		for n := range partitions {
			if partitions == 1 {
				continue
			}
			from := "MINVALUE" // the oldest one takes all before
			if n < partitions-1 {
				from = monthsBefore(t, conn, n+1)
			}
			execute(t, conn, fmt.Sprintf(`CREATE TABLE %s_%d PARTITION OF %s FOR VALUES FROM (%s) TO (%s)`, table, n, table, from, monthsBefore(t, conn, n)))
		}
		execute(t, conn, fmt.Sprintf(`INSERT INTO %s (org_id, seq, at, kind, data, hash)
			SELECT ('00000000-0000-7000-8000-00000000000' || o)::uuid, m * %d + n, '2026-12-01'::timestamptz - make_interval(months => %d - m) + make_interval(mins => n), 'diagram.saved', '{"version": 1, "title": "Order intake"}', sha256(n::text::bytea)
			  FROM generate_series(1, %d) o, generate_series(0, %d - 1) m, generate_series(1, %d) n`, table, perMonth, months, organizations, months, perMonth))
		execute(t, conn, `ANALYZE `+table)
		const org = `'00000000-0000-7000-8000-000000000003'`
		for name, statement := range map[string]string{
			"what is new, for a stream": fmt.Sprintf(`SELECT seq, kind, at, data FROM %s WHERE org_id = %s AND seq > %d ORDER BY seq LIMIT 100`, table, org, months*perMonth-1),
			"a page of the log":         fmt.Sprintf(`SELECT seq, kind, at, data FROM %s WHERE org_id = %s ORDER BY seq DESC LIMIT 51`, table, org),
		} {
			for range 2 { // the second time everything is in memory
				execute(t, conn, `BEGIN`)
				var plan string
				if err := conn.QueryRow(t.Context(), `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) `+statement).Scan(&plan); err != nil {
					t.Fatal(err)
				}
				locks := texts(t, conn, `SELECT count(*)::text FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation::regclass::text LIKE '`+table+`%'`)[0]
				execute(t, conn, `ROLLBACK`)
				var explained []struct {
					Plan struct {
						Hit float64 `json:"Shared Hit Blocks"`
					}
					Planning struct {
						Hit float64 `json:"Shared Hit Blocks"`
					}
					Time float64 `json:"Execution Time"`
					Made float64 `json:"Planning Time"`
				}
				if err := json.Unmarshal([]byte(plan), &explained); err != nil {
					t.Fatal(err)
				}
				e := explained[0]
				if touched[name] == nil {
					touched[name] = make(map[int]float64)
				}
				touched[name][partitions] = e.Plan.Hit
				t.Logf("%d partitions, %s: %v pages to run and %v to plan, %s relations locked, %.2f ms to plan and %.2f ms to run", partitions, name, e.Plan.Hit, e.Planning.Hit, locks, e.Made, e.Time)
			}
		}
	}
	for name, pages := range touched {
		if name == "what is new, for a stream" && pages[60] < 5*pages[1] {
			t.Errorf("%s: %v pages with 60 partitions, %v with one: decide again", name, pages[60], pages[1])
		}
	}
}

// monthsBefore gives the literal of a moment.
func monthsBefore(t *testing.T, conn *pgx.Conn, months int) string {
	return texts(t, conn, fmt.Sprintf(`SELECT quote_literal('2026-12-01'::timestamptz - interval '%d months')`, months))[0]
}
