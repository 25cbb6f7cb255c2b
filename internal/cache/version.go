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
	formDocument  form = iota // its document: in memory as the answer that opens it, in Redis alone
	formThumbnail             // its small picture
)

// Versions keeps what is sent of diagrams' newest versions: of each diagram one version, so that nothing is kept of those that
// nobody asks for any more. The document of a version is in the answer that opens it, and is taken out of that where it is
// needed alone: so it is packed once, and lies here once. What is kept is immutable.
type Versions struct {
	kept  *otter.Cache[versionKey, *keptVersion]
	coder *coder
	log   *slog.Logger
	Ratio Ratio // of answers that were asked for to be sent
}

// keptVersion repeats its key.
type keptVersion struct {
	key    versionKey
	number int64 // of the version
	ready  *Ready
}

func newVersions(c Config, coder *coder) (*Versions, error) {
	kept, err := otter.New(&otter.Options[versionKey, *keptVersion]{
		MaximumWeight: uint64(c.Bytes / 2),
		Weigher:       func(_ versionKey, v *keptVersion) uint32 { return uint32(v.ready.weight() + 200) },
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

// Opened gives the answer that opens a diagram at the version that is current.
func (v *Versions) Opened(actor laneway.Actor, diagram laneway.ID, number int64) (*Ready, bool) {
	key, ok := versionKeyOf(actor, diagram, formDocument)
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

// PutOpened keeps the answer that opens a diagram at a version. Write appends it to b, which is only lent.
func (v *Versions) PutOpened(actor laneway.Actor, diagram laneway.ID, number int64, write func(b []byte) ([]byte, error)) (*Ready, error) {
	s := v.coder.borrow()
	defer v.coder.giveBack(s)
	answer, err := write(s.b)
	if err != nil {
		return nil, err
	}
	s.b = answer
	ready := v.coder.newKept(answer)
	if key, ok := versionKeyOf(actor, diagram, formDocument); ok {
		v.put(&keptVersion{key: key, number: number, ready: ready})
	}
	return ready, nil
}

// Document gives a version's document, which take copies out of the answer that opens it.
func (v *Versions) Document(actor laneway.Actor, diagram laneway.ID, number int64, take func(answer []byte) ([]byte, error)) ([]byte, bool) {
	return v.copyOf(actor, diagram, number, formDocument, take)
}

func (v *Versions) copyOf(actor laneway.Actor, diagram laneway.ID, number int64, form form, take func([]byte) ([]byte, error)) ([]byte, bool) {
	key, ok := versionKeyOf(actor, diagram, form)
	if !ok {
		return nil, false
	}
	k, ok := v.get(key, number)
	if !ok {
		return nil, false
	}
	s := v.coder.borrow()
	defer v.coder.giveBack(s)
	content, err := k.ready.Plain(s.b)
	if err == nil {
		if !k.ready.Kept() {
			s.b = content
		}
		content, err = take(content)
	}
	if err != nil {
		v.log.Error("a cached version cannot be read", "organization", key.organization.String(), "diagram", key.diagram.String(), "error", err)
		v.kept.Invalidate(key)
		return nil, false
	}
	return content, true
}

// Thumbnail gives a version's small picture, as a copy of the caller's own.
func (v *Versions) Thumbnail(actor laneway.Actor, diagram laneway.ID, number int64) ([]byte, bool) {
	return v.copyOf(actor, diagram, number, formThumbnail, func(picture []byte) ([]byte, error) { return bytes.Clone(picture), nil })
}

// PutThumbnail keeps a version's small picture.
func (v *Versions) PutThumbnail(actor laneway.Actor, diagram laneway.ID, number int64, picture []byte) {
	if key, ok := versionKeyOf(actor, diagram, formThumbnail); ok {
		v.put(&keptVersion{key: key, number: number, ready: v.coder.newKept(picture)})
	}
}

// Drop forgets all.
func (v *Versions) Drop() { v.kept.InvalidateAll() }

// Bytes is about how much memory all of it takes.
func (v *Versions) Bytes() uint64 { return v.kept.WeightedSize() }
