package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/maphash"
)

// A delta makes one document of another one that is much like it. It is a list of instructions, each of them
//
//	how many of the literals come first    uvarint
//	how far to go on in the old document   varint, from where the last copy ended
//	how much of it to copy                 uvarint
//
// with the length of that list before it and all literals behind it, which then pack well. Documents are compared by their
// tags: an editor writes the same tags in the same order but for what somebody has just edited. That takes a small
// part of the time of zstd with the old document as its dictionary, whose tables are filled anew for each save, and is no larger.

var errDelta = errors.New("the difference does not belong to this document")

// deltaWriter collects instructions. A literal after a copy begins the next instruction.
type deltaWriter struct {
	instructions, literals []byte
	pending                int // literals of the instruction
	from, length           int // its copy
	end                    int // of the last copy
}

func (w *deltaWriter) literal(b []byte) {
	if len(b) == 0 {
		return // which would part two copies
	}
	if w.length > 0 {
		w.flush()
	}
	w.literals = append(w.literals, b...)
	w.pending += len(b)
}

func (w *deltaWriter) copy(from, length int) {
	switch {
	case length == 0:
		return
	case w.length > 0 && from == w.from+w.length:
		w.length += length
		return
	case w.length > 0:
		w.flush()
	}
	w.from, w.length = from, length
}

func (w *deltaWriter) flush() {
	if w.length == 0 {
		w.from = w.end
	}
	w.instructions = binary.AppendUvarint(w.instructions, uint64(w.pending))
	w.instructions = binary.AppendVarint(w.instructions, int64(w.from-w.end))
	w.instructions = binary.AppendUvarint(w.instructions, uint64(w.length))
	w.end, w.pending, w.length = w.from+w.length, 0, 0
}

// changed writes text that stands in the place of old, which begins at from.
func (w *deltaWriter) changed(text, old []byte, from int) {
	head := commonPrefix(text, old)
	tail := commonSuffix(text[head:], old[head:])
	w.copy(from, head)
	w.literal(text[head : len(text)-tail])
	w.copy(from+len(old)-tail, tail)
}

func (w *deltaWriter) bytes() []byte {
	if w.pending > 0 || w.length > 0 {
		w.flush()
	}
	b := binary.AppendUvarint(make([]byte, 0, len(w.instructions)+len(w.literals)+4), uint64(len(w.instructions)))
	return append(append(b, w.instructions...), w.literals...)
}

// makeDelta gives what makes text of old.
func makeDelta(text, old []byte) []byte {
	var w deltaWriter
	head := commonPrefix(text, old)
	tail := commonSuffix(text[head:], old[head:])
	w.copy(0, head)
	w.compare(tags(text[head:len(text)-tail]), tags(old[head:len(old)-tail]), head)
	w.copy(len(old)-tail, tail)
	return w.bytes()
}

// compare writes tags, which stand in the place of old ones that begin at the given offset.
func (w *deltaWriter) compare(text, old tagList, offset int) {
	var index tagIndex
	for i, at := 0, 0; i < text.len(); i++ {
		tag := text.at(i)
		if at < old.len() && !bytes.Equal(tag, old.at(at)) && !(i+1 < text.len() && at+1 < old.len() && bytes.Equal(text.at(i+1), old.at(at+1))) {
			if index == nil {
				index = newTagIndex(old)
			}
			if there, ok := index.only(tag, old); ok {
				at = there
			} else if !alike(tag, old.at(at)) {
				w.literal(tag)
				continue
			}
		}
		if at == old.len() {
			if index == nil {
				index = newTagIndex(old)
			}
			there, ok := index.only(tag, old)
			if !ok {
				w.literal(tag)
				continue
			}
			at = there
		}
		w.changed(tag, old.at(at), offset+old.starts[at])
		at++
	}
}

// alike reports whether at least half of the tag need not be written.
func alike(tag, old []byte) bool {
	head := commonPrefix(tag, old)
	return 2*(head+commonSuffix(tag[head:], old[head:])) >= len(tag)
}

// tagList is a text, cut before each tag.
type tagList struct {
	text   []byte
	starts []int // and the end of the text
}

func tags(text []byte) tagList {
	l := tagList{text, make([]int, 0, len(text)/32+2)}
	for at := 0; at < len(text); {
		l.starts = append(l.starts, at)
		next := bytes.IndexByte(text[at+1:], '<')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	l.starts = append(l.starts, len(text))
	return l
}

func (l tagList) len() int { return len(l.starts) - 1 }

func (l tagList) at(i int) []byte { return l.text[l.starts[i]:l.starts[i+1]] }

// tagIndex finds tags that stand in a list only once. It is a hash table with open addressing that holds the numbers of
// tags, from 1; those of tags that stand there more often are negative.
type tagIndex []int32

var tagSeed = maphash.MakeSeed()

func newTagIndex(list tagList) tagIndex {
	size := 8
	for size < 2*list.len() {
		size *= 2
	}
	index := make(tagIndex, size)
	for i := range list.len() {
		slot := index.slot(list.at(i), list)
		if *slot == 0 {
			*slot = int32(i) + 1
		} else if *slot > 0 {
			*slot = -*slot
		}
	}
	return index
}

// slot is where the tag stands, or would stand.
func (x tagIndex) slot(tag []byte, list tagList) *int32 {
	for at := maphash.Bytes(tagSeed, tag); ; at++ {
		slot := &x[at&uint64(len(x)-1)]
		if n := max(*slot, -*slot); n == 0 || bytes.Equal(list.at(int(n)-1), tag) {
			return slot
		}
	}
}

// only gives the place of a tag that stands in the list only once.
func (x tagIndex) only(tag []byte, list tagList) (int, bool) {
	n := int(*x.slot(tag, list))
	return n - 1, n > 0
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n && binary.LittleEndian.Uint64(a[i:]) == binary.LittleEndian.Uint64(b[i:]); i += 8 {
	}
	for ; i < n && a[i] == b[i]; i++ {
	}
	return i
}

func commonSuffix(a, b []byte) int {
	n, i := min(len(a), len(b)), 0
	for ; i+8 <= n && binary.LittleEndian.Uint64(a[len(a)-i-8:]) == binary.LittleEndian.Uint64(b[len(b)-i-8:]); i += 8 {
	}
	for ; i < n && a[len(a)-1-i] == b[len(b)-1-i]; i++ {
	}
	return i
}

// applyDelta makes the text of the given size that a delta describes; errDelta when it does not fit to old.
func applyDelta(delta, old []byte, size int) ([]byte, error) {
	n, used := binary.Uvarint(delta)
	if used <= 0 || n > uint64(len(delta)-used) {
		return nil, errDelta
	}
	instructions, literals := delta[used:used+int(n)], delta[used+int(n):]
	text := make([]byte, 0, size)
	var end int64
	for len(instructions) > 0 {
		pending, a := binary.Uvarint(instructions)
		seek, b := binary.Varint(instructions[max(a, 0):])
		length, c := binary.Uvarint(instructions[max(a, 0)+max(b, 0):])
		if a <= 0 || b <= 0 || c <= 0 || pending > uint64(len(literals)) || seek < -end || seek > int64(len(old))-end {
			return nil, errDelta
		}
		from := end + seek
		if length > uint64(int64(len(old))-from) || uint64(len(text))+pending+length > uint64(size) {
			return nil, errDelta
		}
		text = append(append(text, literals[:pending]...), old[from:from+int64(length)]...)
		instructions, literals, end = instructions[a+b+c:], literals[pending:], from+int64(length)
	}
	if len(text) != size || len(literals) > 0 {
		return nil, errDelta
	}
	return text, nil
}
