package httpapi

import (
	"net/http"
	"runtime"
	"time"

	"laneway"
	"laneway/internal/observe"
)

type figuresJSON struct {
	Version       string                 `json:"version"`
	GoVersion     string                 `json:"goVersion"`
	StartedAt     time.Time              `json:"startedAt"`
	At            time.Time              `json:"at"`
	WindowSeconds int                    `json:"windowSeconds"`
	All           operationFiguresJSON   `json:"all"`
	Operations    []operationFiguresJSON `json:"operations"`
	Memory        memoryJSON             `json:"memory"`
	Pools         []poolJSON             `json:"pools"`
	Caches        []cacheJSON            `json:"caches"`
	Queues        []queueJSON            `json:"queues"`
	Limits        []limitJSON            `json:"limits"`
	Streams       int                    `json:"streams"`
	Listening     bool                   `json:"listening"`
}

type operationFiguresJSON struct {
	Operation string  `json:"operation"`
	Requests  int     `json:"requests"`
	Failed    int     `json:"failed"`
	P50       float64 `json:"p50"`
	P95       float64 `json:"p95"`
	P99       float64 `json:"p99"`
}

type memoryJSON struct {
	Resident int64 `json:"resident"`
	Heap     int64 `json:"heap"`
}

type poolJSON struct {
	Name  string `json:"name"`
	Used  int    `json:"used"`
	Open  int    `json:"open"`
	Most  int    `json:"most"`
	Waits uint64 `json:"waits"`
}

type cacheJSON struct {
	Name   string `json:"name"`
	Hits   uint64 `json:"hits"`
	Misses uint64 `json:"misses"`
	Bytes  int64  `json:"bytes"`
}

type queueJSON struct {
	Name    string `json:"name"`
	Waiting int    `json:"waiting"`
	Running int    `json:"running"`
	Slots   int    `json:"slots"`
}

type limitJSON struct {
	Class   string `json:"class"`
	Allowed uint64 `json:"allowed"`
	Refused uint64 `json:"refused"`
}

func toOperationFiguresJSON(f observe.OperationFigures) operationFiguresJSON {
	return operationFiguresJSON{f.Operation, f.Requests, f.Failed, f.P50.Seconds(), f.P95.Seconds(), f.P99.Seconds()}
}

// getFigures tells an operator how this server fares. Who may is settled by the row's access.
func (s *server) getFigures(w http.ResponseWriter, _ *request) error {
	recent, now := s.observer.Recent(), s.observer.Read()
	figures := figuresJSON{
		Version: s.observer.Version(), GoVersion: runtime.Version(), StartedAt: s.startedAt.UTC(), At: s.now().UTC(),
		WindowSeconds: int(observe.Window / time.Second), All: toOperationFiguresJSON(recent.All),
		Operations: make([]operationFiguresJSON, 0, len(recent.Operations)),
		Pools:      make([]poolJSON, 0, len(now.Pools)), Caches: make([]cacheJSON, 0, len(now.Caches)),
		Queues: make([]queueJSON, 0, len(now.Queues)), Limits: make([]limitJSON, 0, len(now.Limits)),
		Streams: now.Events.Streams, Listening: now.Events.Listening,
	}
	figures.Memory.Resident, figures.Memory.Heap = observe.Memory()
	for _, o := range recent.Operations {
		figures.Operations = append(figures.Operations, toOperationFiguresJSON(o))
	}
	for _, p := range now.Pools {
		figures.Pools = append(figures.Pools, poolJSON{p.Name, p.Used, p.Used + p.Idle + p.Opening, p.Most, p.Waits})
	}
	for _, c := range now.Caches {
		figures.Caches = append(figures.Caches, cacheJSON(c))
	}
	for _, q := range now.Queues {
		figures.Queues = append(figures.Queues, queueJSON(q))
	}
	for _, l := range now.Limits {
		figures.Limits = append(figures.Limits, limitJSON(l))
	}
	return writeJSON(w, http.StatusOK, figures)
}

type organizationUsageJSON struct {
	ID           string       `json:"id"`
	Name         string       `json:"name"`
	Plan         laneway.Plan `json:"plan"`
	Members      int          `json:"members"`
	Diagrams     int          `json:"diagrams"`
	DiagramLimit int          `json:"diagramLimit"`
	CreatedAt    time.Time    `json:"createdAt"`
}

// listOrganizations gives one page of all organizations.
func (s *server) listOrganizations(w http.ResponseWriter, r *request) error {
	o := &object{}
	q := laneway.OrganizationQuery{Limit: o.queryLimit(r.query, 50, 100)}
	if err := o.err(); err != nil {
		return err
	}
	if r.query.Has("cursor") {
		var err error
		if q.After, err = laneway.ParseCursor(r.query.Get("cursor"), laneway.ByCreatedAt); err != nil {
			return err
		}
	}
	page, err := s.platform.ListOrganizations(r.Context(), r.actor, q)
	if err != nil {
		return err
	}
	answer := struct {
		Data       []organizationUsageJSON `json:"data"`
		NextCursor *string                 `json:"nextCursor"`
		HasMore    bool                    `json:"hasMore"`
	}{Data: make([]organizationUsageJSON, 0, len(page.Items))}
	for _, u := range page.Items {
		answer.Data = append(answer.Data, organizationUsageJSON{
			ID: u.Organization.ID.String(), Name: u.Organization.Name, Plan: u.Organization.Plan, Members: u.Members,
			Diagrams: u.Diagrams, DiagramLimit: u.Organization.Plan.DiagramLimit(), CreatedAt: u.Organization.CreatedAt.UTC(),
		})
	}
	if next := page.Next.String(); next != "" {
		answer.NextCursor, answer.HasMore = &next, true
	}
	return writeJSON(w, http.StatusOK, answer)
}

type operatorChangeJSON struct {
	User     userJSON  `json:"user"`
	Operator bool      `json:"operator"`
	At       time.Time `json:"at"`
}

// listOperatorChanges tells who became an operator and who ceased to be one.
func (s *server) listOperatorChanges(w http.ResponseWriter, r *request) error {
	changes, err := s.platform.ListOperatorChanges(r.Context(), r.actor)
	if err != nil {
		return err
	}
	answer := struct {
		Data []operatorChangeJSON `json:"data"`
	}{make([]operatorChangeJSON, 0, len(changes))}
	for _, c := range changes {
		answer.Data = append(answer.Data, operatorChangeJSON{toUserJSON(c.User), c.Operator, c.At.UTC()})
	}
	return writeJSON(w, http.StatusOK, answer)
}
