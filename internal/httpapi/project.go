package httpapi

import (
	"net/http"
	"time"

	"laneway"
	"laneway/internal/platform"
)

type projectJSON struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	Description  string     `json:"description"`
	Version      int64      `json:"version"`
	DiagramCount int64      `json:"diagramCount"`
	CreatedBy    string     `json:"createdBy"`
	CreatedAt    time.Time  `json:"createdAt"`
	UpdatedAt    time.Time  `json:"updatedAt"`
	ArchivedAt   *time.Time `json:"archivedAt"`
}

type projectPageJSON struct {
	Data       []projectJSON `json:"data"`
	NextCursor *string       `json:"nextCursor"`
	HasMore    bool          `json:"hasMore"`
}

func toProjectJSON(p laneway.Project) projectJSON {
	j := projectJSON{
		ID: p.ID.String(), Name: p.Name, Description: p.Description, Version: p.Version, DiagramCount: p.Diagrams,
		CreatedBy: p.CreatedBy.String(), CreatedAt: p.CreatedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC(),
	}
	if !p.ArchivedAt.IsZero() {
		at := p.ArchivedAt.UTC()
		j.ArchivedAt = &at
	}
	return j
}

// projectID reads the id in the address; what is no UUID becomes the zero ID, which no project has.
func (r *request) projectID() laneway.ID {
	id, err := laneway.ParseID(r.PathValue("project"))
	if err != nil {
		return laneway.ID{}
	}
	return id
}

func (s *server) listProjects(w http.ResponseWriter, r *request) error {
	q := laneway.ProjectQuery{Limit: 50}
	o := &object{}
	q.Limit = o.queryLimit(r.query, q.Limit, 100)
	q.Archived = o.queryFlag(r.query, "archived")
	if err := o.err(); err != nil {
		return err
	}
	if r.query.Has("cursor") {
		var err error
		if q.After, err = laneway.ParseCursor(r.query.Get("cursor"), laneway.ByTitle); err != nil {
			return err
		}
	}
	page, err := s.platform.ListProjects(r.Context(), r.actor, q)
	if err != nil {
		return err
	}
	answer := projectPageJSON{Data: make([]projectJSON, 0, len(page.Items))}
	for _, p := range page.Items {
		answer.Data = append(answer.Data, toProjectJSON(p))
	}
	if next := page.Next.String(); next != "" {
		answer.NextCursor, answer.HasMore = &next, true
	}
	return writeTagged(w, r, answer)
}

// getProject does not answer 304: the number of diagrams changes without the version.
func (s *server) getProject(w http.ResponseWriter, r *request) error {
	p, err := s.platform.GetProject(r.Context(), r.actor, r.projectID())
	if err != nil {
		return err
	}
	w.Header().Set("ETag", versionTag(p.Version))
	w.Header().Set("Cache-Control", "private, no-store")
	return writeJSON(w, http.StatusOK, toProjectJSON(p))
}

func (s *server) createProject(w http.ResponseWriter, r *request) error {
	o, body, err := r.readObject(maxForm, "name", "description")
	if err != nil {
		return err
	}
	o.require("name")
	name, description := orEmpty(o.line("name")), orEmpty(o.line("description"))
	if err := o.err(); err != nil {
		return err
	}
	render := renderProject(http.StatusCreated)
	once, err := r.once(body, anyStored(render))
	if err != nil {
		return err
	}
	stored, err := s.platform.CreateProject(r.Context(), r.actor, name, description, once)
	return sendStored(w, stored, err, render)
}

func (s *server) updateProject(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "name", "description", "archived", "expectedVersion")
	if err != nil {
		return err
	}
	u := laneway.ProjectUpdate{ID: r.projectID(), Name: o.line("name"), Description: o.line("description")}
	if o.has("archived") {
		archived := o.flag("archived")
		u.Archived = &archived
	}
	expected := o.version("expectedVersion")
	if err := o.err(); err != nil {
		return err
	}
	if u.ExpectedVersion, err = expectedVersion(r.Request, expected); err != nil {
		return err
	}
	stored, err := s.platform.UpdateProject(r.Context(), r.actor, u)
	return sendStored(w, stored, err, renderProject(http.StatusOK))
}

func renderProject(status int) func(*platform.Stored) (laneway.Answer, error) {
	return func(stored *platform.Stored) (laneway.Answer, error) {
		answer, err := storedAnswer(status, stored, toProjectJSON(*stored.Project))
		if err != nil {
			return answer, err
		}
		answer.Headers["ETag"] = versionTag(stored.Project.Version)
		if status == http.StatusCreated {
			answer.Headers["Location"] = "/api/projects/" + stored.Project.ID.String()
		}
		return answer, nil
	}
}
