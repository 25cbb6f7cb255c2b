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
