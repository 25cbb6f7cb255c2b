package httpapi

import (
	"net/http"
	"strconv"
	"time"

	"laneway"
	"laneway/bpmn"
	"laneway/internal/platform"
)

type versionJSON struct {
	Number       int64               `json:"number"`
	Title        string              `json:"title"`
	Label        *string             `json:"label"`
	Author       authorJSON          `json:"author"`
	CreatedAt    time.Time           `json:"createdAt"`
	Parents      []int64             `json:"parents"`
	ChangeCount  *int                `json:"changeCount"`
	WarningCount int                 `json:"warningCount"`
	Size         int                 `json:"size"`
	Kind         laneway.VersionKind `json:"kind"`
	FromVersion  *int64              `json:"fromVersion"`
}

type authorJSON struct {
	ID          string  `json:"id"`
	DisplayName *string `json:"displayName"`
}

type openedVersionJSON struct {
	versionJSON
	BpmnXML  string        `json:"bpmnXml"`
	Warnings []findingJSON `json:"warnings"`
}

type diffJSON struct {
	From    int64            `json:"from"`
	To      *int64           `json:"to"`
	Changes []differenceJSON `json:"changes"`
}

type differenceJSON struct {
	bpmn.Change
	Kind           platform.ChangeKind `json:"kind"`
	DrawnElementID *string             `json:"drawnElementId,omitempty"`
	ElementType    *string             `json:"elementType"`
	ElementName    *string             `json:"elementName"`
}

func toVersionJSON(v laneway.Version) versionJSON {
	j := versionJSON{
		Number:       v.Number,
		Title:        v.Title,
		Label:        textOrNull(v.Label),
		Author:       authorJSON{v.CreatedBy.String(), textOrNull(v.Author)},
		CreatedAt:    v.CreatedAt.UTC(),
		Parents:      append([]int64{}, v.Parents...),
		WarningCount: v.WarningCount,
		Size:         v.Size,
		Kind:         v.Kind,
	}
	if v.ChangeCount >= 0 {
		j.ChangeCount = &v.ChangeCount
	}
	if v.From > 0 {
		j.FromVersion = &v.From
	}
	return j
}

// versionCacheControl is for what can never change, and may still be read by members only.
const versionCacheControl = "private, max-age=31536000, immutable"

// versionNumber reads the number in the address. What is none becomes one that no diagram has, and
// is answered like it.
func (r *request) versionNumber() int64 {
	text := r.PathValue("number")
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 1 || strconv.FormatInt(number, 10) != text {
		return -1
	}
	return number
}

// maxVersionPage is how many versions one page has at most. They are small, and a long history is
// read in few round trips.
const maxVersionPage = 1000

func (s *server) listVersions(w http.ResponseWriter, r *request) error {
	q := laneway.VersionQuery{Limit: 50}
	o := &object{}
	q.Limit = o.queryLimit(r.query, q.Limit, maxVersionPage)
	q.Labelled = o.queryFlag(r.query, "labelled")
	if err := o.err(); err != nil {
		return err
	}
	if r.query.Has("cursor") {
		var err error
		if q.Before, err = laneway.ParseVersionCursor(r.query.Get("cursor")); err != nil {
			return err
		}
	}
	page, err := s.platform.ListVersions(r.Context(), r.actor, r.diagramID(), q)
	if err != nil {
		return err
	}
	return writeTaggedBody(w, r, appendVersionPage(make([]byte, 0, 128+350*len(page.Items)), page))
}

// writeTagged answers with JSON that can change, under a tag of its content.
func writeTagged(w http.ResponseWriter, r *request, answer any) error {
	body, err := encodeJSON(answer)
	if err != nil {
		return err
	}
	return writeTaggedBody(w, r, body)
}

func writeTaggedBody(w http.ResponseWriter, r *request, body []byte) error {
	h := w.Header()
	h.Set("ETag", etagOf(body))
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Cookie, "+organizationHeader)
	if notModified(r.Request, h.Get("ETag")) {
		writeNotModified(w)
		return nil
	}
	h.Set("Content-Type", mediaJSON)
	writeBody(w, http.StatusOK, body)
	return nil
}

// getVersion answers under a tag of the content: the document of a version never changes, but its
// name can, and what its author is called.
func (s *server) getVersion(w http.ResponseWriter, r *request) error {
	v, err := s.platform.GetVersion(r.Context(), r.actor, r.diagramID(), r.versionNumber())
	if err != nil {
		return err
	}
	return writeTagged(w, r, openedVersionJSON{toVersionJSON(v.Version), string(v.XML), toFindingsJSON(v.Warnings)})
}

func (s *server) getVersionXML(w http.ResponseWriter, r *request) error {
	v, err := s.platform.GetVersion(r.Context(), r.actor, r.diagramID(), r.versionNumber())
	if err != nil {
		return err
	}
	if immutable(w, r, versionTag(v.Number)) {
		return nil
	}
	h := w.Header()
	h.Set("Content-Type", mediaBPMN)
	h.Set("Content-Disposition", attachment(v.Title+" v"+strconv.FormatInt(v.Number, 10), ".bpmn"))
	h.Set("Content-Security-Policy", documentSecurityPolicy)
	writeBody(w, http.StatusOK, v.XML)
	return nil
}

// immutable sets the headers of an answer that never changes, and answers itself where the client
// has it. The actor must have been authorised.
func immutable(w http.ResponseWriter, r *request, tag string) (answered bool) {
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", versionCacheControl)
	h.Add("Vary", "Cookie, "+organizationHeader)
	if notModified(r.Request, tag) {
		writeNotModified(w)
		return true
	}
	return false
}

func (s *server) labelVersion(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "label")
	if err != nil {
		return err
	}
	o.require("label")
	var label string
	if !o.isNull("label") {
		label = orEmpty(o.line("label"))
		if o.has("label") && label == "" && len(o.faults) == 0 {
			o.fault("label", "required", "Give it a name, or null to take the name away.")
		}
	}
	if err := o.err(); err != nil {
		return err
	}
	v, seq, err := s.platform.LabelVersion(r.Context(), r.actor, r.diagramID(), r.versionNumber(), label)
	if err != nil {
		return err
	}
	w.Header().Set("Laneway-Seq", strconv.FormatInt(seq, 10))
	return writeJSON(w, http.StatusOK, toVersionJSON(v))
}

func (s *server) restoreVersion(w http.ResponseWriter, r *request) error {
	o, _, err := r.readOptionalObject("expectedVersion")
	if err != nil {
		return err
	}
	back := laneway.TakeBack{ID: r.diagramID(), Version: r.versionNumber(), ExpectedVersion: o.version("expectedVersion")}
	if err := o.err(); err != nil {
		return err
	}
	stored, err := s.platform.RestoreVersion(r.Context(), r.actor, back)
	return sendStored(w, stored, err, renderSaved)
}

// maxTaken bounds the elements of one request.
const maxTaken = 1000

func (s *server) takeElements(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "elements", "expectedVersion")
	if err != nil {
		return err
	}
	o.require("elements")
	back := laneway.TakeBack{ID: r.diagramID(), Version: r.versionNumber(), Elements: o.lines("elements", maxTaken)}
	if back.Elements != nil && len(back.Elements) == 0 {
		o.fault("elements", "out_of_range", "This must name at least one element.")
	}
	expected := o.version("expectedVersion")
	if err := o.err(); err != nil {
		return err
	}
	if back.ExpectedVersion, err = expectedVersion(r.Request, expected); err != nil {
		return err
	}
	stored, err := s.platform.TakeElements(r.Context(), r.actor, back)
	return sendStored(w, stored, err, renderSaved)
}

func (s *server) diffVersions(w http.ResponseWriter, r *request) error {
	from, to, err := r.diffRange("from", "to")
	if err != nil {
		return err
	}
	id := r.diagramID()
	tag := `"` + strconv.FormatInt(from, 10) + "-" + strconv.FormatInt(to, 10) + `"`
	if notModified(r.Request, tag) { // not worth comparing, but only for who may read both
		if err := s.platform.HasVersions(r.Context(), r.actor, id, from, to); err != nil {
			return err
		}
		immutable(w, r, tag)
		return nil
	}
	changes, err := s.platform.DiffVersions(r.Context(), r.actor, id, from, to)
	if err != nil {
		return err
	}
	immutable(w, r, tag)
	return writeJSON(w, http.StatusOK, toDiffJSON(from, &to, changes))
}

func (s *server) diffFile(w http.ResponseWriter, r *request) error {
	from, _, err := r.diffRange("from")
	if err != nil {
		return err
	}
	if _, err := r.mediaType(mediaBPMN); err != nil {
		return err
	}
	body, err := r.readAll(maxDocument, "bpmnXml")
	if err != nil {
		return err
	}
	changes, err := s.platform.DiffFile(r.Context(), r.actor, r.diagramID(), from, laneway.Source{Bytes: body})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, toDiffJSON(from, nil, changes))
}

// diffRange reads the query parameters that name versions.
func (r *request) diffRange(names ...string) (from, to int64, err error) {
	o := &object{}
	into := [...]*int64{&from, &to}
	for i, name := range names {
		text := r.query.Get(name)
		n, err := strconv.ParseInt(text, 10, 64)
		switch {
		case !r.query.Has(name):
			o.fault(name, "required", "This parameter is required.")
		case err != nil || n < 1 || strconv.FormatInt(n, 10) != text:
			o.fault(name, "out_of_range", "This must be the number of a version.")
		}
		*into[i] = n
	}
	return from, to, o.err()
}

func toDiffJSON(from int64, to *int64, changes []platform.Difference) diffJSON {
	answer := diffJSON{From: from, To: to, Changes: make([]differenceJSON, 0, len(changes))}
	for _, c := range changes {
		answer.Changes = append(answer.Changes, differenceJSON{
			Change: c.Change, Kind: c.Kind, DrawnElementID: textOrNull(c.Drawn), ElementType: textOrNull(c.Type), ElementName: textOrNull(c.Name),
		})
	}
	return answer
}
