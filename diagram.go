package laneway

import "time"

// Diagram is the head of a BPMN document: what lists show. Its content lies in its versions.
type Diagram struct {
	ID        ID
	Title     string
	ProjectID ID // zero: in no project
	// Version is the number of the current version, counted from 1; it is the ETag.
	Version              int64
	CreatedBy, UpdatedBy ID
	CreatedAt, UpdatedAt time.Time
	// DeletedAt is when it was moved to the trash; zero while it is in use.
	DeletedAt time.Time
}

// TrashRetention is how long a trashed diagram can be restored before it is purged.
const TrashRetention = 30 * 24 * time.Hour

// DiagramSort is an order of the diagram list. Each is made total by the id.
type DiagramSort string

// The orders: newest change first, title in code point order, newest first.
const (
	ByUpdatedAt DiagramSort = "updatedAt"
	ByTitle     DiagramSort = "title"
	ByCreatedAt DiagramSort = "createdAt"
)

// DiagramQuery selects one page of diagrams of the actor's organization.
type DiagramQuery struct {
	Limit     int // 1 to 100
	Sort      DiagramSort
	After     Cursor // zero: from the start
	ProjectID ID     // zero: all
	Title     string // part of the title, case-insensitive; empty: all
	Trashed   bool   // the trash instead of what is in use
}

// NewDiagram is a request to create one.
type NewDiagram struct {
	Title     string
	ProjectID ID
	Source    Source
	// Repair asks to mend ids and negative sizes that would be refused otherwise.
	Repair bool
	Once   *Once
}

// DiagramCopy is a request to make a new diagram from one that is there.
type DiagramCopy struct {
	ID      ID
	Version int64  // 0: the current one
	Title   string // empty: made from the other's
	Once    *Once
}

// DiagramUpdate is a request to save a diagram as its next version. Nil fields stay as they are.
type DiagramUpdate struct {
	ID              ID
	ExpectedVersion int64
	Title           *string
	ProjectID       *ID // a zero ID takes the diagram out of its project
	Source          *Source
	// Baseline is what the client's editor exported before the edits that this save is about: the
	// difference of the two is what is saved. BaselineHash names one that was sent before by the
	// SHA-256 of its bytes. Nil both: Source is meant as a whole.
	Baseline     *Source
	BaselineHash *[32]byte
	OnConflict   ConflictPolicy
}

// ConflictPolicy says what becomes of a save when somebody else saved meanwhile.
type ConflictPolicy string

// The policies; the zero value is ConflictFail.
const (
	ConflictFail  ConflictPolicy = "fail"
	ConflictMerge ConflictPolicy = "merge"
)

// DraftRetention is how long the work of a save that could not be merged is kept.
const DraftRetention = 30 * 24 * time.Hour

// Source is a BPMN document as it came in: raw bytes in the encoding that they declare, or, when
// Text is set, the content of a JSON string, which is Unicode whatever it declares. Who makes one gives the
// bytes away: they become the document and are kept and sent as they lie there, so nobody changes them any more.
type Source struct {
	Bytes []byte
	Text  bool
}

// Finding is something to tell about an accepted document: a warning, or a repair that was made.
type Finding struct {
	Code, ElementID, Detail string
	Line                    int
}
