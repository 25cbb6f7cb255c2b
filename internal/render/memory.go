package render

import (
	"sync"

	"github.com/tetratelabs/wazero/experimental"
)

// usualMemory is what an instance needs for a picture of some million pixels, in bytes.
const usualMemory = 16 << 20

// memories gives instances their memory: with room to grow, because it is copied when it has none,
// and again and again the same, because fresh memory has to be fetched from the system page by page.
// Both together take as long as a tenth of drawing. Nothing of a picture is left in it for the next,
// and what nobody needs for a while is collected.
type memories struct{ free sync.Pool }

func (m *memories) Allocate(_, _ uint64) experimental.LinearMemory {
	held, _ := m.free.Get().(*memoryOfOne)
	if held == nil {
		held = &memoryOfOne{owner: m, bytes: make([]byte, 0, usualMemory)}
	}
	return held
}

// memoryOfOne is zero from its length to its capacity.
type memoryOfOne struct {
	owner *memories
	bytes []byte
}

func (m *memoryOfOne) Reallocate(size uint64) []byte {
	if size > uint64(cap(m.bytes)) {
		grown := make([]byte, len(m.bytes), min(2*size, memoryPages<<16))
		copy(grown, m.bytes)
		m.bytes = grown
	}
	m.bytes = m.bytes[:size]
	return m.bytes
}

func (m *memoryOfOne) Free() {
	if cap(m.bytes) > usualMemory {
		return
	}
	clear(m.bytes)
	m.bytes = m.bytes[:0]
	m.owner.free.Put(m)
}
