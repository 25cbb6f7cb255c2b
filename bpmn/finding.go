package bpmn

import "fmt"

// A Refusal is why the gate does not let a document in. Code is one of a closed
// list (see the constants), Detail a sentence for a person, Line and Column the
// place in the document as sent (1-based, columns count characters).
type Refusal struct {
	Code, Detail string
	Line, Column int
	ElementID    string
}

// Error implements error.
func (r *Refusal) Error() string {
	return fmt.Sprintf("%s: %s (%d:%d)", r.Code, r.Detail, r.Line, r.Column)
}

// Codes of refusals, in the order in which the gate checks.
const (
	TooLarge             = "too_large"
	UnsupportedEncoding  = "unsupported_encoding"
	InvalidUTF8          = "invalid_utf8"
	InvalidUTF16         = "invalid_utf16"
	UnsupportedVersion   = "unsupported_version"
	EmptyDocument        = "empty_document"
	NotXML               = "not_xml"
	IllegalCharacter     = "illegal_character"
	DoctypeForbidden     = "doctype_forbidden"
	XMLMalformed         = "xml_malformed"
	LimitDepth           = "limit_depth"
	LimitElements        = "limit_elements"
	LimitAttributes      = "limit_attributes"
	LimitAttributeLength = "limit_attribute_length"
	LimitLabelLength     = "limit_label_length"
	LimitTextLength      = "limit_text_length"
	LimitNamespaces      = "limit_namespaces"
	LimitNameLength      = "limit_name_length"
	LimitWaypoints       = "limit_waypoints"
	NotBPMN              = "not_bpmn"
	InvalidID            = "invalid_id"
	DuplicateID          = "duplicate_id"
	DINotNumber          = "di_not_number"
	DINotFinite          = "di_not_finite"
	DIOutOfRange         = "di_out_of_range"
	DIInvalidBounds      = "di_invalid_bounds"
)

// Codes of findings about an accepted document.
const (
	Transcoded          = "transcoded"
	UnresolvedReference = "unresolved_reference"
	CyclicReference     = "cyclic_reference"
	NoDiagram           = "no_diagram"
	NoProcess           = "no_process"
	UnknownElement      = "unknown_element"
	IDNotEditorSafe     = "id_not_editor_safe"
	ReservedID          = "reserved_id"
	DuplicateDI         = "duplicate_di"
	DITypeMismatch      = "di_type_mismatch"
	DISparse            = "di_sparse"
	DIMissingWaypoints  = "di_missing_waypoints"
	DIMissingBounds     = "di_missing_bounds"
	FlowAcrossScopes    = "flow_across_scopes"
	Unreachable         = "unreachable"
	DeadEnd             = "dead_end"
	ContentLost         = "content_lost"
)

// Severity says how much a finding matters.
type Severity uint8

// An error keeps a document out of the strict gate; a warning does not; an info
// tells what was done.
const (
	SeverityInfo Severity = iota
	SeverityWarning
	SeverityError
)

// String returns "info", "warning" or "error".
func (s Severity) String() string {
	return [...]string{"info", "warning", "error"}[s]
}

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Severity) UnmarshalText(text []byte) error {
	for _, known := range [...]Severity{SeverityInfo, SeverityWarning, SeverityError} {
		if known.String() == string(text) {
			*s = known
			return nil
		}
	}
	return fmt.Errorf("read severity: %q is none of info, warning, error", text)
}

// A Finding is something that a reader of the document should know.
type Finding struct {
	Code      string   `json:"code"`
	Severity  Severity `json:"severity"`
	ElementID string   `json:"elementId,omitempty"`
	Detail    string   `json:"detail"`
	Line      int      `json:"line,omitempty"`
	Column    int      `json:"column,omitempty"`
}

// finding makes a finding that points at an element.
func (e *Element) finding(code string, severity Severity, format string, args ...any) Finding {
	line, column := e.Position()
	return Finding{Code: code, Severity: severity, ElementID: e.nearestID(), Detail: fmt.Sprintf(format, args...), Line: line, Column: column}
}

// nearestID returns the element's id, for DI the id of what it shows, else the
// id of the closest ancestor that has one.
func (e *Element) nearestID() string {
	for ; e != nil; e = e.parent {
		if e.Space == BPMNDINamespace {
			if shown := e.Attr("bpmnElement"); shown != "" {
				return shown
			}
		}
		if id := e.ID(); id != "" {
			return id
		}
	}
	return ""
}
