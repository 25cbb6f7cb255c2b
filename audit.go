package laneway

import "time"

// EventQuery says which events of an organization's log are asked for, newest first. What is zero
// does not narrow.
type EventQuery struct {
	// Kinds are the kinds that are wanted; a word before a full stop, such as "member", stands for all
	// kinds of it.
	Kinds       []string
	ActorID     ID // who did it
	SubjectID   ID // what it was done to
	From, Until time.Time
	// Before is the number that all events are below; 0: none.
	Before int64
	Limit  int
}

// EventRun is one line of the audit log: an event, or a run of saves of one diagram by one person
// with nothing but saves in between, told as its newest.
type EventRun struct {
	Event
	Count int // how many events; at least 1
	// FirstSeq and FirstAt are the oldest event of the run.
	FirstSeq int64
	FirstAt  time.Time
}

// AuditPage is one page of an organization's log.
type AuditPage struct {
	Runs []EventRun
	// Before is where to go on, 0 at the end.
	Before int64
}

// AuditLimit is the most lines that one page of the log has.
const AuditLimit = 200
