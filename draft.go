package laneway

import "time"

// Draft is the work of a save that excluded what others had saved meanwhile. It is kept, seen by
// its author alone, until it is decided, deleted, or replaced by the next such save.
type Draft struct {
	ID            ID
	DiagramID     ID
	BaseVersion   int64 // the version that the work was done on
	ConflictCount int   // those that wait for a person, when it was saved last
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Resolution is the request to store a draft's work, with a decision for every conflict.
type Resolution struct {
	DiagramID ID
	DraftID   ID
	// CurrentVersion is the version that the conflicts were told about.
	CurrentVersion int64
	// Choices are by conflict id: ours, theirs, base or both.
	Choices map[string]string
	// Preview asks for the outcome alone; what is not decided stands as the person has it.
	Preview bool
}
