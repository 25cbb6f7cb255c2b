package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// JobKind says what a job is to do.
type JobKind string

// The kinds of jobs.
const (
	// MailInvitation sends the link of an invitation to its address.
	MailInvitation JobKind = "mail.invitation"
	// MailPasswordReset sends a link to choose another password to an address, if there is an account with it.
	MailPasswordReset JobKind = "mail.password_reset"
)

// Job is work that was written down in the transaction that it follows from, and is done after the commit.
type Job struct {
	ID             laneway.ID
	Kind           JobKind
	OrganizationID laneway.ID // zero: it is about none
	Data           []byte     // a JSON object
	Attempts       int        // with this one
}

// jobLease is how long whoever takes a job has for it. A server that dies meanwhile leaves it to the next after that.
const jobLease = 2 * time.Minute

// TakeJob gives the job that is due for longest, for jobLease to this caller alone; false when none is due.
func (s *Store) TakeJob(ctx context.Context) (Job, bool, error) {
	var j Job
	err := s.AsSystem(ctx, ForJobs, func(ctx context.Context, tx pgx.Tx) error {
		var about *laneway.ID
		err := tx.QueryRow(ctx, `
			UPDATE jobs SET run_at = now() + $1::interval, attempts = attempts + 1
			 WHERE id = (SELECT id FROM jobs WHERE run_at <= now() ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
			RETURNING id, kind, about_org_id, data::text, attempts`, jobLease).
			Scan(&j.ID, (*string)(&j.Kind), &about, &j.Data, &j.Attempts)
		if about != nil {
			j.OrganizationID = *about
		}
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Job{}, false, nil
	}
	return j, err == nil, err
}

// FinishJob takes a job off the list, done or given up.
func (s *Store) FinishJob(ctx context.Context, id laneway.ID) error {
	return s.asSystemOnce(ctx, ForJobs, func(batch *pgx.Batch) { batch.Queue(`DELETE FROM jobs WHERE id = $1`, id) })
}

// RetryJob lets a job be taken again after a while, and notes what it failed of.
func (s *Store) RetryJob(ctx context.Context, id laneway.ID, after time.Duration, problem string) error {
	return s.asSystemOnce(ctx, ForJobs, func(batch *pgx.Batch) {
		batch.Queue(`UPDATE jobs SET run_at = now() + $2::interval, last_error = $3 WHERE id = $1`, id, after, problem)
	})
}

// InvitationToMail gives an invitation whose mail is waiting to be sent, with its organization, and makes a secret with this
// hash open it; the secret of an earlier try opens nothing any more. NotFound when it is not open any more, or
// its organization was deleted.
func (s *Store) InvitationToMail(ctx context.Context, organization, id laneway.ID, secretHash []byte) (laneway.Invitation, error) {
	var i laneway.Invitation
	err := s.AsSystem(ctx, ForJobs, func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			UPDATE invitations i SET mail_secret_hash = $3 FROM organizations o
			 WHERE i.org_id = $1 AND i.id = $2 AND i.mail = 'queued'
			   AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
			   AND o.id = i.org_id AND o.deleted_at IS NULL
			RETURNING i.id, o.id, o.name, i.email, i.role, i.invited_by, i.created_at, i.expires_at,
			  coalesce((SELECT u.display_name FROM users u WHERE u.id = i.invited_by), '')`, organization, id, secretHash).
			Scan(&i.ID, &i.Organization.ID, &i.Organization.Name, &i.Email, (*string)(&i.Role), &i.InvitedBy, &i.CreatedAt, &i.ExpiresAt, &i.InviterName)
		if errors.Is(err, pgx.ErrNoRows) {
			return errNoInvitation("unknown", "There is no such invitation.")
		}
		return err
	})
	return i, err
}

// SetInvitationMail notes what became of the mail with an invitation. What was withdrawn or used meanwhile is no error.
func (s *Store) SetInvitationMail(ctx context.Context, organization, id laneway.ID, state laneway.MailState, problem string) error {
	return s.asSystemOnce(ctx, ForJobs, func(batch *pgx.Batch) {
		batch.Queue(`UPDATE invitations SET mail = $3, mail_problem = nullif($4, '') WHERE org_id = $1 AND id = $2 AND mail = 'queued'`, organization, id, string(state), problem)
	})
}
