package cache

import (
	"context"
	"strings"

	"laneway"
)

// maxFolds bounds how many searches are remembered.
const maxFolds = 10_000

// foldFor folds what is searched for, and the titles that no search has met yet. What case means is up to the
// database's locale, so the database folds; read tells that it had to be asked.
func (m *Models) foldFor(ctx context.Context, actor laneway.Actor, s *Snapshot, q laneway.DiagramQuery) (folded string, read bool, err error) {
	// The pattern is folded as a whole, as ILIKE does: in some languages a letter depends on what is beside it.
	pattern := "%" + q.Title + "%"
	var texts []string
	key := foldKeyOf(actor, pattern)
	known, ok := m.folds.Load(key)
	if !ok {
		texts = append(texts, pattern)
	}
	var items []*item
	for _, it := range s.list(q) {
		if it.folded.Load() == nil {
			items = append(items, it)
			texts = append(texts, it.Title)
		}
	}
	if len(texts) > 0 {
		answers, err := m.source.Fold(ctx, texts)
		if err != nil {
			return "", true, err
		}
		if !ok {
			known = answers[0]
			answers = answers[1:]
			if m.fold.Add(1) > maxFolds {
				m.folds.Clear()
				m.fold.Store(1)
			}
			m.folds.Store(key, known)
		}
		for i, it := range items {
			it.folded.Store(&answers[i])
		}
	}
	folded = strings.TrimSuffix(strings.TrimPrefix(known.(string), "%"), "%")
	return folded, len(texts) > 0, nil
}
