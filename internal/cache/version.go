package cache

import (
	"bytes"
	"fmt"
	"log/slog"

	"github.com/maypok86/otter/v2"

	"laneway"
)

// form tells apart what is kept of a version.
type form byte

const (
	formBody      form = iota // the answer that opens it, while it is current
	formDocument              // the document alone
	formThumbnail             // its small picture
)

// Versions keeps what is sent of diagrams' newest versions, and their documents: of each diagram one version, so that nothing
// is kept of those that nobody asks for any more. What is kept is immutable.
type Versions struct {
	kept  *otter.Cache[versionKey, *keptVersion]
	coder *coder
	log   *slog.Logger
	Ratio Ratio // of bodies
}

// keptVersion repeats its key.
type keptVersion struct {
	key      versionKey
	number   int64 // of the version
	ready    *Ready
	warnings []laneway.Finding
}

func newVersions(c Config, coder *coder) (*Versions, error) {
	kept, err := otter.New(&otter.Options[versionKey, *keptVersion]{
		MaximumWeight: uint64(c.Bytes / 2),
		Weigher: func(_ versionKey, v *keptVersion) uint32 {
			n := v.ready.weight() + 200
			for _, w := range v.warnings {
				n += 64 + len(w.Detail) + len(w.ElementID)
			}
			return uint32(n)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("make the cache of versions: %w", err)
	}
	return &Versions{kept: kept, coder: coder, log: c.Log}, nil
}

func (v *Versions) get(key versionKey, number int64) (*keptVersion, bool) {
	k, ok := v.kept.GetIfPresent(key)
	if ok && k.key != key {
		v.log.Error("a cached version is not what its key says", "organization", key.organization.String(), "diagram", key.diagram.String())
		v.kept.Invalidate(key)
		return nil, false
	}
	return k, ok && k.number == number
}

// put keeps a version in the place of an older one.
func (v *Versions) put(k *keptVersion) {
	v.kept.Compute(k.key, func(old *keptVersion, found bool) (*keptVersion, otter.ComputeOp) {
		if found && old.key == k.key && old.number > k.number {
			return old, otter.CancelOp
		}
		return k, otter.WriteOp
	})
}

// Body gives the answer that opens a diagram at the version that is current.
func (v *Versions) Body(actor laneway.Actor, diagram laneway.ID, number int64) (*Ready, bool) {
	key, ok := versionKeyOf(actor, diagram, formBody)
	if !ok {
		return nil, false
	}
	k, ok := v.get(key, number)
	v.Ratio.count(ok)
	if !ok {
		return nil, false
	}
	return k.ready, true
}

// PutBody keeps the answer that opens a diagram at a version.
func (v *Versions) PutBody(actor laneway.Actor, diagram laneway.ID, number int64, body []byte, tag string) *Ready {
	ready := v.coder.newReady(body, tag, true)
	if key, ok := versionKeyOf(actor, diagram, formBody); ok {
		v.put(&keptVersion{key: key, number: number, ready: ready})
	}
	return ready
}

// Document gives a version's document with its warnings, as a copy of the caller's own.
func (v *Versions) Document(actor laneway.Actor, diagram laneway.ID, number int64) ([]byte, []laneway.Finding, bool) {
	return v.copyOf(actor, diagram, number, formDocument)
}

func (v *Versions) copyOf(actor laneway.Actor, diagram laneway.ID, number int64, form form) ([]byte, []laneway.Finding, bool) {
	key, ok := versionKeyOf(actor, diagram, form)
	if !ok {
		return nil, nil, false
	}
	k, ok := v.get(key, number)
	if !ok {
		return nil, nil, false
	}
	if k.ready.plain != nil {
		return bytes.Clone(k.ready.plain), k.warnings, true
	}
	xml, err := k.ready.Plain(make([]byte, 0, k.ready.Size()))
	if err != nil {
		v.log.Error("a cached version cannot be read", "organization", key.organization.String(), "diagram", key.diagram.String(), "error", err)
		v.kept.Invalidate(key)
		return nil, nil, false
	}
	return xml, k.warnings, true
}

// PutDocument keeps a version's document.
func (v *Versions) PutDocument(actor laneway.Actor, diagram laneway.ID, number int64, xml []byte, warnings []laneway.Finding) {
	v.putCopy(actor, diagram, number, formDocument, xml, warnings)
}

func (v *Versions) putCopy(actor laneway.Actor, diagram laneway.ID, number int64, form form, content []byte, warnings []laneway.Finding) {
	if key, ok := versionKeyOf(actor, diagram, form); ok {
		if len(content) < compressFrom {
			content = bytes.Clone(content) // the others are copied by being packed
		}
		v.put(&keptVersion{key: key, number: number, ready: v.coder.newReady(content, "", true), warnings: warnings})
	}
}

// Thumbnail gives a version's small picture, as a copy of the caller's own.
func (v *Versions) Thumbnail(actor laneway.Actor, diagram laneway.ID, number int64) ([]byte, bool) {
	content, _, ok := v.copyOf(actor, diagram, number, formThumbnail)
	return content, ok
}

// PutThumbnail keeps a version's small picture.
func (v *Versions) PutThumbnail(actor laneway.Actor, diagram laneway.ID, number int64, picture []byte) {
	v.putCopy(actor, diagram, number, formThumbnail, picture, nil)
}

// Drop forgets all.
func (v *Versions) Drop() { v.kept.InvalidateAll() }

// Bytes is about how much memory all of it takes.
func (v *Versions) Bytes() uint64 { return v.kept.WeightedSize() }
