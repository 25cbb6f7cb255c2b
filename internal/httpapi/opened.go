package httpapi

import (
	"bytes"
	"errors"
	"slices"

	"laneway/internal/platform"
)

// OpenedForm is what opening a diagram answers (getDiagram), for the platform that this API serves: that is what it keeps.
func OpenedForm() platform.OpenedForm {
	return platform.OpenedForm{Append: appendOpened, Document: openedDocument}
}

const (
	beforeDocument = `,"bpmnXml":`
	behindDocument = `,"warnings":`
)

// appendOpened writes what opening a diagram answers: diagramJSON.
func appendOpened(b []byte, stored *platform.Stored) ([]byte, error) {
	b = slices.Grow(b, 1024+len(stored.XML)*9/8)
	b = appendSummary(append(b, '{'), &stored.Diagram)
	b = appendString(append(b, beforeDocument...), stored.XML)
	b = append(b, behindDocument...)
	if len(stored.Warnings) == 0 {
		return append(b, "[]}\n"...), nil
	}
	warnings, err := encodeJSON(toFindingsJSON(stored.Warnings))
	if err != nil {
		return nil, err
	}
	return append(append(b, warnings[:len(warnings)-1]...), "}\n"...), nil
}

var errNoDocument = errors.New("no document in the answer that opens a diagram")

// openedDocument gives the document in what appendOpened wrote. The first and the last mark are those around it: within a
// string each quotation mark has a backslash before it, so neither mark can stand in one.
func openedDocument(answer []byte) ([]byte, error) {
	from := bytes.Index(answer, []byte(beforeDocument))
	to := bytes.LastIndex(answer, []byte(behindDocument))
	if from += len(beforeDocument); from < len(beforeDocument) || to < from {
		return nil, errNoDocument
	}
	quoted := answer[from:to]
	if len(quoted) < len(`""`) || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
		return nil, errNoDocument
	}
	xml, fault := unquoteBytes(quoted)
	if fault != "" {
		return nil, errNoDocument
	}
	return xml, nil
}
