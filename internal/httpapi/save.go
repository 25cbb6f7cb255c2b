package httpapi

import (
	"encoding/hex"
	"net/http"
	"strings"

	"laneway"
	"laneway/bpmn"
	"laneway/internal/platform"
)

type savedJSON struct {
	summaryJSON
	Warnings  []findingJSON  `json:"warnings"`
	Merged    bool           `json:"merged"`
	Changes   []bpmn.Change  `json:"changes,omitempty"`
	BpmnXML   *string        `json:"bpmnXml,omitempty"`
	Conflicts []conflictJSON `json:"conflicts,omitempty"`
}

type conflictJSON struct {
	ID             string       `json:"id"`
	Class          bpmn.Class   `json:"class"`
	Kind           string       `json:"kind"`
	ElementID      string       `json:"elementId"`
	DrawnElementID *string      `json:"drawnElementId,omitempty"`
	ElementType    *string      `json:"elementType"`
	ElementName    *string      `json:"elementName"`
	Field          string       `json:"field"`
	Base           *string      `json:"base"`
	Ours           *string      `json:"ours"`
	Theirs         *string      `json:"theirs"`
	Choices        []choiceJSON `json:"choices"`
	Chosen         *bpmn.Choice `json:"chosen"`
}

type choiceJSON struct {
	Choice bpmn.Choice `json:"choice"`
	Effect string      `json:"effect"`
}

func toConflictsJSON(conflicts []bpmn.Conflict) []conflictJSON {
	list := make([]conflictJSON, 0, len(conflicts))
	for _, c := range conflicts {
		j := conflictJSON{
			ID: c.ID, Class: c.Class, Kind: c.Kind, ElementID: c.Element, ElementType: textOrNull(c.Type), ElementName: textOrNull(c.Name),
			Field: c.Path, Base: c.Base, Ours: c.Ours, Theirs: c.Theirs, Choices: make([]choiceJSON, 0, len(c.Options)),
		}
		for _, o := range c.Options {
			j.Choices = append(j.Choices, choiceJSON(o))
		}
		if c.Chosen != "" {
			j.Chosen = &c.Chosen
		}
		if drawn, ok := strings.CutPrefix(c.Element, "#di("); ok {
			if drawn, _, ok = strings.Cut(drawn, ")"); ok {
				j.DrawnElementID = &drawn
			}
		}
		list = append(list, j)
	}
	return list
}

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func renderSaved(stored *platform.Stored) (laneway.Answer, error) {
	d := savedJSON{
		summaryJSON: toSummaryJSON(stored.Diagram),
		Warnings:    toFindingsJSON(stored.Warnings),
		Merged:      stored.Merged,
		Changes:     stored.Changes,
		Conflicts:   toConflictsJSON(stored.Conflicts),
	}
	if stored.XML != nil {
		xml := string(stored.XML)
		d.BpmnXML = &xml
	}
	return storedAnswer(http.StatusOK, stored, d)
}

func (s *server) saveDiagram(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxJSON, "title", "bpmnXml", "baselineXml", "baselineHash", "projectId", "expectedVersion", "onConflict")
	if err != nil {
		return err
	}
	update := laneway.DiagramUpdate{
		ID:           r.diagramID(),
		Title:        o.line("title"),
		ProjectID:    o.id("projectId"),
		Source:       o.source("bpmnXml"),
		Baseline:     o.source("baselineXml"),
		BaselineHash: o.hash("baselineHash"),
		OnConflict:   laneway.ConflictFail,
	}
	expected := o.version("expectedVersion")
	if policy := o.line("onConflict"); policy != nil {
		switch update.OnConflict = laneway.ConflictPolicy(*policy); update.OnConflict {
		case laneway.ConflictFail, laneway.ConflictMerge:
		default:
			o.fault("onConflict", "unknown_value", "This must be fail or merge.")
		}
	}
	for _, name := range []string{"baselineXml", "baselineHash"} {
		if o.has(name) && !o.has("bpmnXml") {
			o.fault(name, "needs_document", "A baseline says what changed in bpmnXml, which is not there.")
		}
	}
	if o.has("baselineXml") && o.has("baselineHash") {
		o.fault("baselineHash", "one_of_two", "Send the baseline or its hash, not both.")
	}
	if err := o.err(); err != nil {
		return err
	}
	if update.ExpectedVersion, err = expectedVersion(r.Request, expected); err != nil {
		return err
	}
	r.giveBackAll() // a save may wait, and has all that it needs
	stored, err := s.platform.SaveDiagram(r.Context(), r.actor, update)
	return sendStored(w, stored, err, renderSaved)
}

// source gives a document in a field, in memory that nobody else has: all who read, keep and send it
// share it from here on. Absent is nil, null is a fault.
func (o *object) source(name string) *laneway.Source {
	raw, ok := o.quoted(name)
	if !ok {
		return nil
	}
	text, fault := unquoteBytes(raw)
	if fault != "" {
		o.fault(name, "illegal_character", fault)
		return nil
	}
	return &laneway.Source{Bytes: text, Text: true}
}

// hash gives a SHA-256 in lower-case hexadecimal; absent is nil.
func (o *object) hash(name string) *[32]byte {
	s := o.line(name)
	if s == nil {
		return nil
	}
	var sum [32]byte
	raw, err := hex.DecodeString(*s)
	if err != nil || copy(sum[:], raw) != len(raw) || len(raw) != len(sum) || *s != strings.ToLower(*s) {
		o.fault(name, "invalid_hash", "This must be a SHA-256 as 64 lower-case hexadecimal digits.")
		return nil
	}
	return &sum
}
