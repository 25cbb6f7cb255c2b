package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"laneway"
	"laneway/internal/platform"
)

type summaryJSON struct {
	ID           string     `json:"id"`
	Title        string     `json:"title"`
	ProjectID    *string    `json:"projectId"`
	Version      int64      `json:"version"`
	ThumbnailURL *string    `json:"thumbnailUrl"`
	CreatedBy    string     `json:"createdBy"`
	UpdatedBy    string     `json:"updatedBy"`
	CreatedAt    time.Time  `json:"createdAt"`
	UpdatedAt    time.Time  `json:"updatedAt"`
	DeletedAt    *time.Time `json:"deletedAt"`
}

type diagramJSON struct {
	summaryJSON
	BpmnXML  string         `json:"bpmnXml"`
	Warnings []findingJSON  `json:"warnings"`
	Repairs  *[]findingJSON `json:"repairs,omitempty"`
}

type findingJSON struct {
	Code      string  `json:"code"`
	ElementID *string `json:"elementId"`
	Line      *int    `json:"line"`
	Detail    string  `json:"detail"`
}

func toSummaryJSON(d laneway.Diagram) summaryJSON {
	j := summaryJSON{
		ID:        d.ID.String(),
		Title:     d.Title,
		ProjectID: idOrNull(d.ProjectID),
		Version:   d.Version,
		CreatedBy: d.CreatedBy.String(),
		UpdatedBy: d.UpdatedBy.String(),
		CreatedAt: d.CreatedAt.UTC(),
		UpdatedAt: d.UpdatedAt.UTC(),

		ThumbnailURL: thumbnailURL(d),
	}
	if !d.DeletedAt.IsZero() {
		at := d.DeletedAt.UTC()
		j.DeletedAt = &at
	}
	return j
}

func toFindingsJSON(findings []laneway.Finding) []findingJSON {
	list := make([]findingJSON, 0, len(findings))
	for _, f := range findings {
		j := findingJSON{Code: f.Code, Detail: f.Detail}
		if f.ElementID != "" {
			j.ElementID = &f.ElementID
		}
		if f.Line > 0 {
			j.Line = &f.Line
		}
		list = append(list, j)
	}
	return list
}

// diagramID reads the id in the address. What is no UUID becomes the zero ID, which no diagram has:
// so it is answered exactly like an unknown one, by the same code.
func (r *request) diagramID() laneway.ID {
	id, err := laneway.ParseID(r.PathValue("id"))
	if err != nil {
		return laneway.ID{}
	}
	return id
}

func (s *server) listDiagrams(w http.ResponseWriter, r *request) error {
	page, err := s.listPage(r)
	if err != nil {
		return err
	}
	setReady(w, page.Body.Tag, page.Remembered)
	if notModified(r.Request, page.Body.Tag) {
		writeNotModified(w)
		return nil
	}
	return writeReady(w, r.Request, page.Body)
}

// listPage gives the page that a request asks for. It is not inlined for the reason that receive is not.
//
//go:noinline
func (s *server) listPage(r *request) (platform.Listed, error) {
	q, err := r.diagramQuery()
	if err != nil {
		return platform.Listed{}, err
	}
	seen, err := r.seen()
	if err != nil {
		return platform.Listed{}, err
	}
	return s.platform.ListPage(r.Context(), r.actor, q, seen, renderPage)
}

// renderPage makes the body of a page, and its entity tag.
func renderPage(page laneway.Page[laneway.Diagram]) ([]byte, string) {
	body := appendPage(make([]byte, 0, 128+420*len(page.Items)), page)
	return body, etagOf(body)
}

// diagramQuery reads the parameters of a list. A parameter that is there and empty is not absent.
func (r *request) diagramQuery() (laneway.DiagramQuery, error) {
	q := laneway.DiagramQuery{Limit: 20, Sort: laneway.ByUpdatedAt, Title: r.query.Get("q")}
	o := &object{}
	q.Limit = o.queryLimit(r.query, q.Limit, 100)
	if r.query.Has("sort") {
		switch q.Sort = laneway.DiagramSort(r.query.Get("sort")); q.Sort {
		case laneway.ByUpdatedAt, laneway.ByTitle, laneway.ByCreatedAt:
		default:
			o.fault("sort", "unknown_value", "This must be updatedAt, title or createdAt.")
		}
	}
	q.Trashed = o.queryFlag(r.query, "trashed")
	q.ProjectID = o.queryID(r.query, "projectId")
	if utf8.RuneCountInString(q.Title) > laneway.MaxNameLength {
		o.fault("q", "too_long", "This must have at most 200 characters.")
	}
	if err := o.err(); err != nil {
		return q, err
	}
	if r.query.Has("cursor") {
		var err error
		if q.After, err = laneway.ParseCursor(r.query.Get("cursor"), q.Sort); err != nil {
			return q, err
		}
	}
	return q, nil
}

func (o *object) queryFlag(query url.Values, name string) bool {
	if !query.Has(name) {
		return false
	}
	v := query.Get(name)
	if v != "true" && v != "false" {
		o.fault(name, "wrong_type", "This must be true or false.")
	}
	return v == "true"
}

// queryLimit reads how many are asked for at most; otherwise when the parameter is absent.
func (o *object) queryLimit(query url.Values, otherwise, most int) int {
	if !query.Has("limit") {
		return otherwise
	}
	n, err := strconv.Atoi(query.Get("limit"))
	if err != nil || n < 1 || n > most {
		o.fault("limit", "out_of_range", fmt.Sprintf("This must be a whole number from 1 to %d.", most))
	}
	return n
}

func (o *object) queryID(query url.Values, name string) laneway.ID {
	if !query.Has(name) {
		return laneway.ID{}
	}
	id, err := laneway.ParseID(query.Get(name))
	if err != nil || id.IsZero() {
		o.fault(name, "invalid_uuid", "This must be a UUID.")
	}
	return id
}

func (s *server) createDiagram(w http.ResponseWriter, r *request) error {
	in, body, err := r.newDiagram()
	if err != nil {
		return err
	}
	render := func(stored *platform.Stored) (laneway.Answer, error) {
		d := diagramJSON{
			summaryJSON: toSummaryJSON(stored.Diagram),
			BpmnXML:     string(stored.XML),
			Warnings:    toFindingsJSON(stored.Warnings),
		}
		if in.Repair {
			repairs := toFindingsJSON(stored.Repairs)
			d.Repairs = &repairs
		}
		return storedAnswer(http.StatusCreated, stored, d)
	}
	if in.Once, err = r.once(body, anyStored(render)); err != nil {
		return err
	}
	stored, err := s.platform.CreateDiagram(r.Context(), r.actor, in)
	return sendStored(w, stored, err, render)
}

// newDiagram reads the request in either of its forms, and gives the body as it came.
func (r *request) newDiagram() (laneway.NewDiagram, []byte, error) {
	media, err := r.mediaType(mediaJSON, mediaBPMN)
	if err != nil {
		return laneway.NewDiagram{}, nil, err
	}
	if media == mediaBPMN {
		o := &object{}
		if !r.query.Has("title") {
			o.fault("title", "required", "With the file as body, the title stands in the query.")
		}
		in := laneway.NewDiagram{
			Title:     r.query.Get("title"),
			ProjectID: o.queryID(r.query, "projectId"),
			Repair:    o.queryFlag(r.query, "repair"),
		}
		if err := o.err(); err != nil {
			return in, nil, err
		}
		body, err := r.readAll(maxDocument, "bpmnXml")
		in.Source = laneway.Source{Bytes: body}
		return in, body, err
	}
	o, body, err := r.readObject(maxJSON, "title", "bpmnXml", "projectId", "repair")
	if err != nil {
		return laneway.NewDiagram{}, nil, err
	}
	for name := range r.query {
		o.fault(name, "unknown_parameter", "With a JSON body this stands in the body.")
	}
	o.require("title", "bpmnXml")
	in := laneway.NewDiagram{Title: orEmpty(o.line("title")), Repair: o.flag("repair")}
	if source := o.source("bpmnXml"); source != nil {
		in.Source = *source
	}
	if id := o.id("projectId"); id != nil {
		in.ProjectID = *id
	}
	return in, body, o.err()
}

// getDiagram sends a diagram with its content. A version never changes, so the body is made once.
func (s *server) getDiagram(w http.ResponseWriter, r *request) error {
	opened, err := s.openBody(r)
	if err != nil {
		return err
	}
	tag := versionTag(opened.Version)
	setReady(w, tag, opened.Remembered)
	if opened.Body == nil || notModified(r.Request, tag) {
		writeNotModified(w)
		return nil
	}
	return writeReady(w, r.Request, opened.Body)
}

// openBody gives the diagram that a request asks for. It is not inlined for the reason that receive is not.
//
//go:noinline
func (s *server) openBody(r *request) (platform.Opened, error) {
	seen, err := r.seen()
	if err != nil {
		return platform.Opened{}, err
	}
	return s.platform.OpenBody(r.Context(), r.actor, r.diagramID(), knownVersion(r.Request), seen)
}

func (s *server) getDiagramXML(w http.ResponseWriter, r *request) error {
	stored, done, err := s.openDiagram(w, r)
	if err != nil || done {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", mediaBPMN)
	h.Set("Content-Disposition", attachment(stored.Diagram.Title, ".bpmn"))
	h.Set("Content-Security-Policy", documentSecurityPolicy)
	writeBody(w, http.StatusOK, stored.XML)
	return nil
}

// openDiagram loads a diagram for reading as a file, sets the headers, and answers itself where the client's copy is
// current.
func (s *server) openDiagram(w http.ResponseWriter, r *request) (*platform.Stored, bool, error) {
	stored, err := s.platform.GetDiagram(r.Context(), r.actor, r.diagramID(), knownVersion(r.Request))
	if err != nil {
		return stored, false, err
	}
	h := w.Header()
	h.Set("ETag", versionTag(stored.Diagram.Version))
	h.Set("Cache-Control", "private, no-cache")
	h.Set("X-Cache", "MISS") // as files, documents come from the database
	h.Add("Vary", "Cookie, "+organizationHeader)
	if notModified(r.Request, h.Get("ETag")) {
		writeNotModified(w)
		return stored, true, nil
	}
	return stored, false, nil
}

// attachment names a download after a title (RFC 6266): a plain form for old readers, and the whole
// title in the form of RFC 8187.
func attachment(title, extension string) string {
	plain := strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e || strings.ContainsRune(`"\/:*?<>|%;`, c) {
			return '_'
		}
		return c
	}, title)
	// PathEscape leaves some characters that RFC 8187 does not allow; ' is its separator.
	encoded := strings.NewReplacer("'", "%27", "(", "%28", ")", "%29", "*", "%2A", ",", "%2C", ";", "%3B", ":", "%3A",
		"=", "%3D", "@", "%40").Replace(url.PathEscape(strings.Map(func(c rune) rune {
		if c == '/' || c == '\\' {
			return '_'
		}
		return c
	}, title)))
	return fmt.Sprintf(`attachment; filename="%s%s"; filename*=UTF-8''%s%s`, plain, extension, encoded, extension)
}

func (s *server) trashDiagram(w http.ResponseWriter, r *request) error {
	stored, err := s.platform.TrashDiagram(r.Context(), r.actor, r.diagramID())
	return sendStored(w, stored, err, func(stored *platform.Stored) (laneway.Answer, error) {
		return laneway.Answer{Status: http.StatusNoContent, Headers: seqHeader(stored)}, nil
	})
}

func (s *server) restoreDiagram(w http.ResponseWriter, r *request) error {
	o, body, err := r.readOptionalObject()
	if err != nil {
		return err
	}
	if err := o.err(); err != nil {
		return err
	}
	render := func(stored *platform.Stored) (laneway.Answer, error) {
		return storedAnswer(http.StatusOK, stored, toSummaryJSON(stored.Diagram))
	}
	once, err := r.once(body, anyStored(render))
	if err != nil {
		return err
	}
	stored, err := s.platform.RestoreDiagram(r.Context(), r.actor, r.diagramID(), once)
	return sendStored(w, stored, err, render)
}

func (s *server) duplicateDiagram(w http.ResponseWriter, r *request) error {
	o, body, err := r.readOptionalObject("title", "version")
	if err != nil {
		return err
	}
	title := o.line("title")
	in := laneway.DiagramCopy{ID: r.diagramID(), Version: o.version("version")}
	if err := o.err(); err != nil {
		return err
	}
	if title != nil {
		// Empty means "choose one" to the platform; here it means that somebody typed nothing.
		if in.Title, err = laneway.CheckName("title", *title); err != nil {
			return err
		}
	}
	render := func(stored *platform.Stored) (laneway.Answer, error) {
		return storedAnswer(http.StatusCreated, stored, toSummaryJSON(stored.Diagram))
	}
	if in.Once, err = r.once(body, anyStored(render)); err != nil {
		return err
	}
	stored, err := s.platform.DuplicateDiagram(r.Context(), r.actor, in)
	return sendStored(w, stored, err, render)
}
