package laneway

import "time"

// Version is one stored state of a diagram: immutable, numbered from 1 without gaps.
type Version struct {
	DiagramID ID
	Number    int64
	Title     string
	XML       []byte
	Warnings  []Finding
	CreatedBy ID
	CreatedAt time.Time
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
