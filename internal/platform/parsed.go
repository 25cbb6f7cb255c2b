package platform

import (
	"container/list"
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"laneway"
	"laneway/bpmn"
)

// Bounds of the parsed documents that are kept, in bytes of XML; parsed they take some five times
// as much memory.
const (
	maxParsed    = 1 << 20
	maxParsedOne = 1 << 20
)

// parsedKey names a document that never changes: a stored version, or one that was sent, by its
// hash. The organization stands first, and whoever asks was authorised for it before.
type parsedKey struct {
	diagramKey
	version int64 // 0: sent
	hash    [sha256.Size]byte
}

// parsedDocuments keeps the documents that the next saves are likely to need: people who edit
// together save several times a second. It also remembers the highest version it has seen of each
// diagram in it, which is a hint and no more. Safe for concurrent use.
type parsedDocuments struct {
	mu     sync.Mutex
	size   int
	hits   uint64
	misses uint64
	order  *list.List // of *parsedEntry, the one used last in front
	byKey  map[parsedKey]*list.Element
	latest map[diagramKey]int64
}

// parsedEntry is a document with all its names: what was sent is often just what is stored.
type parsedEntry struct {
	keys     []parsedKey
	document *bpmn.Document
	size     int
}

func versionKey(actor laneway.Actor, id laneway.ID, number int64) parsedKey {
	return parsedKey{diagramKey: diagramKey{actor.OrganizationID, id}, version: number}
}

func newParsedDocuments() *parsedDocuments {
	return &parsedDocuments{order: list.New(), byKey: make(map[parsedKey]*list.Element), latest: make(map[diagramKey]int64)}
}

func (p *parsedDocuments) get(key parsedKey) *bpmn.Document {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.byKey[key]
	if !ok {
		p.misses++
		return nil
	}
	p.hits++
	p.order.MoveToFront(e)
	return e.Value.(*parsedEntry).document
}

// peek is get for whoever can do without the document, and counts for nothing.
func (p *parsedDocuments) peek(key parsedKey) *bpmn.Document {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e, ok := p.byKey[key]; ok {
		return e.Value.(*parsedEntry).document
	}
	return nil
}

func (p *parsedDocuments) put(document *bpmn.Document, keys ...parsedKey) {
	size := len(document.Bytes())
	if size > maxParsedOne {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	entry := &parsedEntry{document: document, size: size}
	place := p.order.PushFront(entry)
	for _, key := range keys {
		if _, there := p.byKey[key]; there {
			continue
		}
		entry.keys = append(entry.keys, key)
		p.byKey[key] = place
		p.latest[key.diagramKey] = max(p.latest[key.diagramKey], key.version)
	}
	if len(entry.keys) == 0 {
		p.order.Remove(place)
		return
	}
	for p.size += size; p.size > maxParsed; {
		oldest := p.order.Remove(p.order.Back()).(*parsedEntry)
		p.size -= oldest.size
		for _, key := range oldest.keys {
			delete(p.byKey, key)
			if key.version == p.latest[key.diagramKey] {
				delete(p.latest, key.diagramKey)
			}
		}
	}
}

// drop forgets all.
func (p *parsedDocuments) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size = 0
	p.order.Init()
	clear(p.byKey)
	clear(p.latest)
}

func (p *parsedDocuments) load() Cache {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Cache{p.hits, p.misses, int64(p.size)}
}

// latestVersion gives the highest version of the diagram that went through here, 0 for none.
func (p *parsedDocuments) latestVersion(key diagramKey) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.latest[key]
}

// versionDocument gives a stored version as a parsed document; store.ErrNoVersion when there is none.
// Beside kin, a document that is mostly the same, it is read in a third of the time; nil: there is none.
func (p *Platform) versionDocument(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64, kin *bpmn.Document) (*bpmn.Document, error) {
	key := versionKey(actor, id, number)
	if d := p.parsed.get(key); d != nil {
		return d, nil
	}
	xml, err := p.versionXML(ctx, actor, id, number)
	if err != nil {
		return nil, err
	}
	release, err := p.takeDocumentSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	d, err := bpmn.Reread(xml, kin)
	if err != nil {
		return nil, fmt.Errorf("read version %d of diagram %s: %w", number, id, err)
	}
	p.parsed.put(d, key)
	return d, nil
}
