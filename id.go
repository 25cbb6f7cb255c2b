package laneway

import (
	"encoding/hex"
	"fmt"
	"io"
	"time"
)

// ID names every object of the product: a UUID of version 7 (RFC 9562), so that ids made later
// sort later and an index on them stays compact. The zero ID means "none".
type ID [16]byte

// NewID makes an ID from the given time (millisecond precision) and random bytes.
// It panics when random cannot be read: the program must not run on without randomness.
func NewID(now time.Time, random io.Reader) ID {
	var id ID
	if _, err := io.ReadFull(random, id[6:]); err != nil {
		panic(fmt.Errorf("read random bytes for an id: %w", err))
	}
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// ParseID reads the canonical form of 36 characters, in either case. Any UUID version is taken:
// ids come from clients too, and an unknown one is simply not found.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ID{}, fmt.Errorf("parse id: want the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return ID{}, fmt.Errorf("parse id: %w", err)
	}
	return id, nil
}

// IsZero reports whether the id names nothing.
func (id ID) IsZero() bool { return id == ID{} }

// String gives the canonical lower-case form.
func (id ID) String() string {
	var b [36]byte
	return string(id.Append(b[:0]))
}

// Append appends the canonical lower-case form.
func (id ID) Append(b []byte) []byte {
	b = append(hex.AppendEncode(b, id[0:4]), '-')
	b = append(hex.AppendEncode(b, id[4:6]), '-')
	b = append(hex.AppendEncode(b, id[6:8]), '-')
	b = append(hex.AppendEncode(b, id[8:10]), '-')
	return hex.AppendEncode(b, id[10:16])
}
