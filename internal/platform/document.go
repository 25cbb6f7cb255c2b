package platform

import (
	"context"
	"errors"
	"strings"

	"laneway"
	"laneway/bpmn"
	"laneway/internal/store"
)

// takeDocumentSlot waits until a document may be read. Reading one of the largest takes a tenth of
// a second and some 100 MB, so not everybody does it at once.
func (p *Platform) takeDocumentSlot(ctx context.Context) (release func(), err error) {
	return p.documents.take(ctx)
}

// read lets a document through the gate, mended first where the caller asked for that.
func (p *Platform) read(ctx context.Context, source laneway.Source, repair bool) (store.Content, []laneway.Finding, error) {
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return store.Content{}, nil, err
	}
	defer release()
	document, err := decode(source, nil)
	var repairs []bpmn.Finding
	if err != nil && repair {
		document, repairs, err = mend(source, err)
	}
	if err != nil {
		return store.Content{}, nil, refused("bpmnXml", err)
	}
	return store.Content{XML: document.Bytes(), Warnings: findings(document.Check())}, findings(repairs), nil
}

// decode lets a document through the gate; it has the bytes of its source, and no copy of them. kin
// is what it may have grown out of, or nil.
func decode(source laneway.Source, kin *bpmn.Document) (*bpmn.Document, error) {
	if source.Text {
		return bpmn.AdoptText(source.Bytes, kin)
	}
	return bpmn.Adopt(source.Bytes)
}

// mend repairs what the gate refused; the refusal itself comes back where nothing can be done.
func mend(source laneway.Source, refusal error) (*bpmn.Document, []bpmn.Finding, error) {
	open := bpmn.DecodeLenient
	if source.Text {
		open = func(b []byte) (*bpmn.Document, error) { return bpmn.DecodeTextLenient(string(b)) }
	}
	lenient, err := open(source.Bytes)
	if err != nil {
		return nil, nil, refusal
	}
	return lenient.Repair()
}

// refused turns a refusal of the gate into the error about the field that held the document.
func refused(field string, err error) error {
	refusal, ok := errors.AsType[*bpmn.Refusal](err)
	if !ok {
		return err
	}
	kind := laneway.Invalid
	if refusal.Code == "too_large" {
		kind = laneway.TooLarge
	}
	return &laneway.Error{Kind: kind, Detail: refusal.Detail, Fields: []laneway.FieldError{{
		Field: field, Code: refusal.Code, Detail: refusal.Detail, ElementID: refusal.ElementID, Line: refusal.Line, Column: refusal.Column,
	}}}
}

func findings(found []bpmn.Finding) []laneway.Finding {
	told := make([]laneway.Finding, len(found))
	for i, f := range found {
		// The id is a part of the document, all of which it would keep in memory for as long as the warnings are kept.
		told[i] = laneway.Finding{Code: f.Code, ElementID: strings.Clone(f.ElementID), Detail: f.Detail, Line: f.Line}
	}
	return told
}
