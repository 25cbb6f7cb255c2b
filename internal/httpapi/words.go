package httpapi

import (
	"encoding/binary"
	"math/bits"
)

// Documents are long strings in JSON, in which something to be escaped stands every ten bytes or so. They are read and
// written in words of eight bytes: a word is looked at as a whole, and copied as a whole, also where only its first bytes
// are wanted; what comes next overwrites the rest.

const wordSize = 8

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

func loadWord[T string | []byte](s T, at int) uint64 {
	_ = s[at+7]
	return uint64(s[at]) | uint64(s[at+1])<<8 | uint64(s[at+2])<<16 | uint64(s[at+3])<<24 |
		uint64(s[at+4])<<32 | uint64(s[at+5])<<40 | uint64(s[at+6])<<48 | uint64(s[at+7])<<56
}

func storeWord(b []byte, at int, w uint64) { binary.LittleEndian.PutUint64(b[at:], w) }

// The marks of a word have the high bit of each byte that is looked for. A borrow may mark bytes behind the first one that
// is right as well, so only the first mark counts; marks may be united.

// marksOf marks the bytes that are c.
func marksOf(w uint64, c byte) uint64 {
	w ^= lowBits * uint64(c)
	return (w - lowBits) &^ w & highBits
}

// marksOfControls marks the bytes below the space.
func marksOfControls(w uint64) uint64 { return (w - lowBits*' ') &^ w & highBits }

// firstMark gives the place of the first mark, from 0; there must be one.
func firstMark(marks uint64) int { return bits.TrailingZeros64(marks) / 8 }
