package laneway

import "time"

// EventKind names what happened.
type EventKind string

// The kinds of events.
const (
	OrganizationCreated EventKind = "organization.created"
	OrganizationPlanSet EventKind = "organization.plan_set"
	OrganizationRenamed EventKind = "organization.renamed"
	OrganizationDeleted EventKind = "organization.deleted"
	// OrganizationRestored is taking a deletion back.
	OrganizationRestored EventKind = "organization.restored"
	MemberJoined         EventKind = "member.joined"
	MemberRoleChanged    EventKind = "member.role_changed"
	MemberRemoved        EventKind = "member.removed"
	MemberLeft           EventKind = "member.left"
	InvitationCreated    EventKind = "invitation.created"
	InvitationRevoked    EventKind = "invitation.revoked"
	TokenCreated         EventKind = "token.created"
	TokenRevoked         EventKind = "token.revoked"
	DiagramCreated       EventKind = "diagram.created"
	DiagramSaved         EventKind = "diagram.saved"
	DiagramTrashed       EventKind = "diagram.trashed"
	DiagramRestored      EventKind = "diagram.restored"
	DiagramLabelled      EventKind = "diagram.labelled"
	DiagramPurged        EventKind = "diagram.purged"
	ProjectCreated       EventKind = "project.created"
	ProjectUpdated       EventKind = "project.updated"
	ProjectArchived      EventKind = "project.archived"
	ProjectUnarchived    EventKind = "project.unarchived"
)

// Event is one entry of an organization's log, written in the transaction of the change itself.
// Seq counts from 1 without gaps, and commit order is seq order.
type Event struct {
	Seq       int64
	Kind      EventKind
	ActorID   ID
	ActorName string // as people see it; empty where nobody did it, or somebody who is gone
	SubjectID ID
	// SubjectName is what it is called: the title that a diagram had then, the name of a person or project.
	// Only the log tells it, streams do not.
	SubjectName string
	At          time.Time
	Data        []byte // a JSON object
}
