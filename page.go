package laneway

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	// Next points behind the last item; zero when there is nothing more.
	Next Cursor
}

// Cursor is a place in a sorted list: the sort key and id of the last item that was returned.
// A walk by cursors gives every row that did not change meanwhile exactly once.
type Cursor struct {
	Sort  DiagramSort
	Time  time.Time // for ByUpdatedAt and ByCreatedAt, microseconds
	Title string    // for ByTitle
	ID    ID
}

// IsZero reports whether the cursor stands at the start of the list.
func (c Cursor) IsZero() bool { return c.ID.IsZero() }

// String gives the form that clients hand back: base64url without padding, opaque to them.
// It is not signed: it says only where to go on inside what the caller may read anyway.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	key := c.Title
	if c.Sort != ByTitle {
		key = strconv.FormatInt(c.Time.UnixMicro(), 10)
	}
	// A title has no line break (CheckName), so the parts can be told apart.
	return base64.RawURLEncoding.EncodeToString([]byte(string(c.Sort) + "\n" + c.ID.String() + "\n" + key))
}

// maxCursorTime is the last moment of the year 9999, the end of RFC 3339.
const maxCursorTime = 253402300799999999

// ParseCursor reads a cursor made by String for the same sort; anything else is Invalid.
func ParseCursor(s string, sort DiagramSort) (Cursor, error) {
	bad := InvalidField("cursor", "invalid_cursor", "This cursor was not made by this list.")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return Cursor{}, bad
	}
	parts := strings.SplitN(string(raw), "\n", 3)
	if len(parts) != 3 || DiagramSort(parts[0]) != sort {
		return Cursor{}, bad
	}
	id, err := ParseID(parts[1])
	if err != nil || id.IsZero() {
		return Cursor{}, bad
	}
	c := Cursor{Sort: sort, ID: id}
	if sort == ByTitle {
		if c.Title, err = CheckName("cursor", parts[2]); err != nil {
			return Cursor{}, bad
		}
	} else {
		micro, err := strconv.ParseInt(parts[2], 10, 64)
		if err != nil || micro < 0 || micro > maxCursorTime {
			return Cursor{}, bad
		}
		c.Time = time.UnixMicro(micro).UTC()
	}
	if c.String() != s {
		return Cursor{}, bad
	}
	return c, nil
}

// Cursor gives the place of a diagram in a list of this order.
func (d Diagram) Cursor(sort DiagramSort) Cursor {
	c := Cursor{Sort: sort, ID: d.ID}
	switch sort {
	case ByTitle:
		c.Title = d.Title
	case ByCreatedAt:
		c.Time = d.CreatedAt
	default:
		c.Time = d.UpdatedAt
	}
	return c
}
