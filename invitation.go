package laneway

import "time"

// Invitation lets one person into an organization with a role. Who holds its link may use it, once,
// until it expires or is revoked; the secret in the link is kept as a hash alone.
type Invitation struct {
	ID           ID
	Organization Organization
	// Email is whom it is meant for; it may be empty, and it binds nobody: an address that is typed at
	// sign-up proves nothing, the link is what counts.
	Email     string
	Role      Role
	InvitedBy ID
	// Mail is what became of the mail with its link; empty: there is none. MailProblem is what the last try came to.
	Mail        MailState
	MailProblem string
	// InviterName is what the inviting person is called; empty when they are no member any more.
	InviterName          string
	CreatedAt, ExpiresAt time.Time
}

// MailState is how far a mail is.
type MailState string

// The states of a mail. Failed means that it was given up.
const (
	MailQueued MailState = "queued"
	MailSent   MailState = "sent"
	MailFailed MailState = "failed"
)

// MaxInvitationMails is how many invitations of an organization are sent by mail within a day: whoever finds a way to make
// accounts must not be able to send mail to the whole world.
const MaxInvitationMails = 100

// InvitationLifetime is how long an invitation can be used.
const InvitationLifetime = 7 * 24 * time.Hour

// MaxInvitations is how many invitations an organization may have open at a time.
const MaxInvitations = 200
