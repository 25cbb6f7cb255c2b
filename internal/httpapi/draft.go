package httpapi

import (
	"net/http"
	"slices"
	"time"

	"laneway"
	"laneway/internal/platform"
)

type draftJSON struct {
	ID            string    `json:"id"`
	BaseVersion   int64     `json:"baseVersion"`
	CreatedAt     time.Time `json:"createdAt"`
	UpdatedAt     time.Time `json:"updatedAt"`
	ConflictCount int       `json:"conflictCount"`
}

type openDraftJSON struct {
	draftJSON
	BpmnXML        string         `json:"bpmnXml"`
	CurrentVersion int64          `json:"currentVersion"`
	Conflicts      []conflictJSON `json:"conflicts"`
}

func toDraftJSON(d laneway.Draft) draftJSON {
	return draftJSON{ID: d.ID.String(), BaseVersion: d.BaseVersion, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt, ConflictCount: d.ConflictCount}
}

// draftID reads the draft's id in the address; what is no UUID is answered like an unknown one.
func (r *request) draftID() laneway.ID {
	id, err := laneway.ParseID(r.PathValue("draft"))
	if err != nil {
		return laneway.ID{}
	}
	return id
}

func (s *server) listDrafts(w http.ResponseWriter, r *request) error {
	drafts, err := s.platform.ListDrafts(r.Context(), r.actor, r.diagramID())
	if err != nil {
		return err
	}
	answer := struct {
		Data []draftJSON `json:"data"`
	}{make([]draftJSON, 0, len(drafts))}
	for _, d := range drafts {
		answer.Data = append(answer.Data, toDraftJSON(d))
	}
	w.Header().Set("Cache-Control", "private, no-store")
	return writeJSON(w, http.StatusOK, answer)
}

func (s *server) getDraft(w http.ResponseWriter, r *request) error {
	d, err := s.platform.GetDraft(r.Context(), r.actor, r.diagramID(), r.draftID())
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "private, no-store")
	return writeJSON(w, http.StatusOK, openDraftJSON{
		draftJSON:      toDraftJSON(d.Draft),
		BpmnXML:        string(d.XML),
		CurrentVersion: d.CurrentVersion,
		Conflicts:      toConflictsJSON(d.Conflicts),
	})
}

func (s *server) deleteDraft(w http.ResponseWriter, r *request) error {
	if err := s.platform.DeleteDraft(r.Context(), r.actor, r.diagramID(), r.draftID()); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) resolveDraft(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "draftId", "currentVersion", "choices", "preview")
	if err != nil {
		return err
	}
	o.require("draftId", "currentVersion", "choices")
	resolution := laneway.Resolution{
		DiagramID:      r.diagramID(),
		CurrentVersion: o.version("currentVersion"),
		Choices:        o.choices("choices"),
		Preview:        o.flag("preview"),
	}
	if o.isNull("draftId") {
		o.fault("draftId", "wrong_type", "This must be a string.")
	} else if id := o.id("draftId"); id != nil {
		resolution.DraftID = *id
	}
	if err := o.err(); err != nil {
		return err
	}
	stored, err := s.platform.ResolveDraft(r.Context(), r.actor, resolution)
	return sendStored(w, stored, err, renderSaved)
}

// choices gives an object of choices by conflict id; absent is nil. An id may stand once.
func (o *object) choices(name string) map[string]string {
	raw, ok := o.fields[name]
	if !ok {
		return nil
	}
	if raw[0] != '{' {
		o.fault(name, "wrong_type", "This must be an object of choices by conflict id.")
		return nil
	}
	given := make(map[string]string)
	s := scanner{text: raw, pos: 1}
	for s.space(); s.peek() != '}'; s.space() {
		id, fault := unquote(s.value())
		s.space()
		s.pos++ // the colon
		s.space()
		value := s.value()
		s.space()
		if s.peek() == ',' {
			s.pos++
		}
		field := name + "." + quoteName(id)
		_, twice := given[id]
		switch {
		case fault != "":
			o.fault(field, "illegal_character", fault)
		case twice:
			o.fault(field, "repeated", "This conflict may have one choice.")
		case value[0] != '"':
			o.fault(field, "wrong_type", "This must be a string.")
		default:
			choice, _ := unquote(value)
			if !slices.Contains(platform.Choices(), choice) {
				o.fault(field, "unknown_value", "This must be ours, theirs, both or base.")
			}
			given[id] = choice
		}
	}
	return given
}
