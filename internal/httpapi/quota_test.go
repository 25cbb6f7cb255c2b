package httpapi_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"laneway/internal/httpapi/apitest"
	"laneway/internal/store/storetest"
)

// TestQuotaStorm lets 64 clients fill an organization through two servers, while they also trash, restore, import and
// duplicate: never more than the plan allows, at any moment, and exactly that in the end. With LANEWAY_TEST_LONG each
// makes 100 tries, else 12.
func TestQuotaStorm(t *testing.T) {
	t.Parallel()
	tries := 12
	if os.Getenv("LANEWAY_TEST_LONG") != "" {
		tries = 100
	}
	const limit, clients = 100, 64
	s := apitest.New(t, apitest.Config{})
	servers := []*apitest.Server{s, s.Beside(t, apitest.Config{})}
	mira := s.SignUp(t, "mira")
	s.SetPlan(t, mira, "pro")

	// The watcher looks past row level security and past the counter, all the time.
	watching, stop := context.WithCancel(t.Context())
	var most atomic.Int64
	var watched sync.WaitGroup
	watched.Go(func() {
		for watching.Err() == nil {
			n := storetest.Value[int64](t, s.DB, "SELECT count(*) FROM diagrams WHERE org_id = $1 AND deleted_at IS NULL", mira.OrganizationID)
			most.Store(max(n, most.Load()))
		}
	})

	var mu sync.Mutex
	var ids []string
	pick := func(r *rand.Rand) string {
		mu.Lock()
		defer mu.Unlock()
		if len(ids) == 0 {
			return missing
		}
		return ids[r.IntN(len(ids))]
	}
	var inUse, refused atomic.Int64
	document := apitest.Document("A")
	json := apitest.JSON(t, map[string]string{"title": "A", "bpmnXml": document})
	visit := func(s *apitest.Server, r *rand.Rand, what int) {
		c := apitest.Scenario{As: mira}
		switch {
		case what < 5:
			c.Method, c.URL, c.Body = "POST", "/api/diagrams", json
		case what < 6: // a dropped file, as the studio imports it
			c.Method, c.URL, c.Bytes, c.Headers = "POST", "/api/diagrams?title=A&repair=true", []byte(document), map[string]string{"Content-Type": "application/bpmn+xml"}
		case what < 7:
			c.Method, c.URL = "POST", "/api/diagrams/"+pick(r)+"/duplicate"
		case what < 9:
			c.Method, c.URL = "DELETE", "/api/diagrams/"+pick(r)
		default:
			c.Method, c.URL = "POST", "/api/diagrams/"+pick(r)+"/restore"
		}
		a := s.Do(t, s.Request(t, c))
		switch a.Status {
		case http.StatusCreated:
			inUse.Add(1)
			id := apitest.Decode[apitest.Diagram](t, a).ID
			mu.Lock()
			ids = append(ids, id)
			mu.Unlock()
		case http.StatusNoContent, http.StatusOK: // trashed or restored, where there was something to do
			switch {
			case a.Header.Get("Laneway-Seq") == "":
			case a.Status == http.StatusOK:
				inUse.Add(1)
			default:
				inUse.Add(-1)
			}
		case http.StatusForbidden:
			if kind := a.Problem(t).Type; kind != "/problems/quota-exceeded" {
				t.Errorf("%s %s: %s", c.Method, c.URL, kind)
			}
			refused.Add(1)
		case http.StatusNotFound, http.StatusServiceUnavailable, http.StatusConflict, http.StatusUnprocessableEntity:
		default:
			t.Errorf("%s %s: status %d: %s", c.Method, c.URL, a.Status, a.Body)
		}
	}
	storm := func(tries int, mixed bool) {
		var wait sync.WaitGroup
		for client := range clients {
			wait.Go(func() {
				r := rand.New(rand.NewPCG(uint64(client), uint64(tries)))
				for n := range tries {
					what := 0
					if mixed {
						what = r.IntN(10)
					}
					visit(servers[(client+n)%2], r, what)
				}
			})
		}
		wait.Wait()
	}
	storm(tries, true)
	storm(max(2, limit/clients+1), false) // what is free by now is taken
	stop()
	watched.Wait()
	count := func(query string) int64 {
		return storetest.Value[int64](t, s.DB, query, mira.OrganizationID)
	}
	rows, counter := count("SELECT count(*) FROM diagrams WHERE org_id = $1 AND deleted_at IS NULL"), count("SELECT diagrams FROM organization_usage WHERE org_id = $1")
	if rows != limit || counter != limit || inUse.Load() != limit || most.Load() > limit {
		t.Errorf("%d rows, %d by the counter, %d by the answers, at most %d at a time; the limit is %d", rows, counter, inUse.Load(), most.Load(), limit)
	}
	if refused.Load() == 0 {
		t.Error("nothing was refused")
	}
	t.Logf("%d clients, %d tries each on two servers: %d refused, at most %d at a time, %d in the end", clients, tries, refused.Load(), most.Load(), rows)
	s.DB.Admin(t, `ALTER TABLE organizations DROP CONSTRAINT organizations_plan`)
	s.DB.Admin(t, `UPDATE organizations SET plan = 'enterprize' WHERE id = $1`, mira.OrganizationID)
	s.DB.Admin(t, `UPDATE diagrams SET deleted_at = now() WHERE org_id = $1`, mira.OrganizationID)
	s.DB.Admin(t, `UPDATE organization_usage SET diagrams = 0 WHERE org_id = $1`, mira.OrganizationID)
	for _, what := range []int{0, 5, 9} {
		before := refused.Load()
		visit(s, rand.New(rand.NewPCG(1, 1)), what)
		if refused.Load() != before+1 {
			t.Errorf("on an unknown plan %d is not refused", what)
		}
	}
}
