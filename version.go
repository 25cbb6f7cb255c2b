package laneway

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Version is one stored state of a diagram: its document never changes. Versions are numbered from
// 1, and a number is never used again; old autosaves are thinned out, which leaves gaps.
type Version struct {
	DiagramID ID
	Number    int64
	// Title is what the diagram was called then, Label the name that somebody gave this version;
	// empty: none.
	Title, Label string
	Kind         VersionKind
	// Parents are the versions that it was made from, the one before it first. From is the one
	// that a restored or taken version repeats, else 0.
	Parents []int64
	From    int64
	// ChangeCount counts what differs from the version before; negative where it is not known.
	ChangeCount  int
	WarningCount int
	Size         int // of the document, in bytes
	CreatedBy    ID
	// Author is what the person is called; empty when they are no member any more.
	Author    string
	CreatedAt time.Time
}

// VersionQuery selects one page of the versions of a diagram, the newest first.
type VersionQuery struct {
	Limit    int   // 1 to 1000
	Before   int64 // only those with a lower number; 0: from the newest
	Labelled bool  // only those with a name
}

// VersionPage is one page of versions. Next goes into VersionQuery.Before; 0 at the end.
type VersionPage struct {
	Items []Version
	Next  int64
}

const versionCursor = "version\n"

// VersionCursor gives the form of VersionPage.Next that clients hand back, empty at the end.
func VersionCursor(next int64) string {
	if next == 0 {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(versionCursor + strconv.FormatInt(next, 10)))
}

// ParseVersionCursor reads what VersionCursor made; anything else is Invalid.
func ParseVersionCursor(s string) (int64, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	number, ours := strings.CutPrefix(string(raw), versionCursor)
	n, numberErr := strconv.ParseInt(number, 10, 64)
	if err != nil || !ours || numberErr != nil || n < 1 || VersionCursor(n) != s {
		return 0, InvalidField("cursor", "invalid_cursor", "This cursor was not made by this list.")
	}
	return n, nil
}

// VersionKind says how a version came to be.
type VersionKind string

// The kinds. Merged: the save had been made on an older version and was put onto the newer one.
// Resolved: the same, after a person had decided what excluded each other. Restored and taken:
// whole, or single elements, from an older version.
const (
	VersionCreated  VersionKind = "created"
	VersionSaved    VersionKind = "saved"
	VersionMerged   VersionKind = "merged"
	VersionRestored VersionKind = "restored"
	VersionResolved VersionKind = "resolved"
	VersionTaken    VersionKind = "taken"
)

// TakeBack is the request to make a diagram, or some of its elements, what it was in an older
// version.
type TakeBack struct {
	ID      ID
	Version int64
	// Elements are keys as changes name them; they are asked for where single elements are taken.
	Elements []string
	// ExpectedVersion is the version that the person looks at; 0: whatever is current.
	ExpectedVersion int64
}
