package platform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"laneway"
	"laneway/internal/auth"
	"laneway/internal/mail"
	"laneway/internal/store"
)

// mailPoll is how soon a mail is noticed that another server queued, or that is to be tried again.
const mailPoll = 10 * time.Second

// How long to wait before a mail is tried again, after each try. After the last one it is given up. Whoever wants a new
// password asks again sooner than that.
var (
	retryInvitation    = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour}
	retryPasswordReset = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}
)

// SendsMail tells whether this server is set up to send mail.
func (p *Platform) SendsMail() bool { return p.mailer != nil }

// mailQueued wakes the worker after a commit.
func (p *Platform) mailQueued() {
	select {
	case p.mailWake <- struct{}{}:
	default:
	}
}

// RunMail sends what is queued, one mail after the other, until ctx ends. A mail server that is slow, away or says no
// keeps nothing waiting but mail.
func (p *Platform) RunMail(ctx context.Context) {
	if p.mailer == nil {
		return
	}
	tick := time.NewTicker(mailPoll)
	defer tick.Stop()
	for {
		for ctx.Err() == nil && p.sendNext(ctx) {
		}
		select {
		case <-ctx.Done():
			return
		case <-p.mailWake:
		case <-tick.C:
		}
	}
}

// sendNext does the next job; false when there is none, or the database is away.
func (p *Platform) sendNext(ctx context.Context) bool {
	job, due, err := p.store.TakeJob(ctx)
	if err != nil {
		p.log.Warn("look for mail to send", "error", err)
	}
	if err != nil || !due {
		return false
	}
	if err := p.send(ctx, job); err != nil {
		p.log.Warn("note what became of a mail", "job", job.ID.String(), "error", err) // it is tried again after its lease
	}
	return true
}

// send does one job and notes what became of it. Its error is one of the database.
func (p *Platform) send(ctx context.Context, job store.Job) error {
	switch job.Kind {
	case store.MailInvitation:
		return p.sendInvitation(ctx, job)
	case store.MailPasswordReset:
		return p.sendPasswordReset(ctx, job)
	default:
		// Of a newer server, which will take it.
		return p.store.RetryJob(ctx, job.ID, time.Minute, "unknown kind of job")
	}
}

func (p *Platform) sendInvitation(ctx context.Context, job store.Job) error {
	var data struct{ Invitation string }
	if err := json.Unmarshal(job.Data, &data); err != nil {
		return errors.Join(err, p.store.FinishJob(ctx, job.ID))
	}
	id, err := laneway.ParseID(data.Invitation)
	if err != nil {
		return errors.Join(err, p.store.FinishJob(ctx, job.ID))
	}
	secret, hash := auth.NewSecret()
	i, err := p.store.InvitationToMail(ctx, job.OrganizationID, id, hash)
	if laneway.KindOf(err) == laneway.NotFound {
		// Withdrawn, used, or the organization is deleted, which can come back.
		err = p.store.SetInvitationMail(ctx, job.OrganizationID, id, laneway.MailFailed, "It was not sent, because the organization was deleted.")
		return errors.Join(err, p.store.FinishJob(ctx, job.ID))
	}
	if err != nil {
		return err
	}
	inviter := i.InviterName
	if inviter == "" {
		inviter = "Somebody"
	}
	sending := p.mailer.Send(ctx, mail.Message{
		To:      i.Email,
		Subject: fmt.Sprintf("%s invites you to %s", inviter, i.Organization.Name),
		Text: fmt.Sprintf(`%s invites you to work in %s on Laneway, with the role %s.

Open this link to join:

%s/invitation/%s

It can be used once, until %s. If you do not know what this is about, do nothing.
`, inviter, i.Organization.Name, i.Role, p.publicURL, secret, i.ExpiresAt.UTC().Format("2 January 2006, 15:04 UTC")),
	})
	if sending != nil && stopping(ctx) {
		return nil
	}
	wait, again := nextTry(retryInvitation, job.Attempts, sending)
	switch {
	case sending == nil:
		err = p.store.SetInvitationMail(ctx, job.OrganizationID, id, laneway.MailSent, "")
	case again:
		p.log.Warn("mail with an invitation was not sent", "organization", job.OrganizationID.String(), "try", job.Attempts, "again", wait.String(), "error", problemOf(sending))
		err = p.store.SetInvitationMail(ctx, job.OrganizationID, id, laneway.MailQueued, problemOf(sending))
		return errors.Join(err, p.store.RetryJob(ctx, job.ID, wait, sending.Error()))
	default:
		p.log.Warn("mail with an invitation was given up", "organization", job.OrganizationID.String(), "try", job.Attempts, "error", problemOf(sending))
		err = p.store.SetInvitationMail(ctx, job.OrganizationID, id, laneway.MailFailed, problemOf(sending))
	}
	return errors.Join(err, p.store.FinishJob(ctx, job.ID))
}

func (p *Platform) sendPasswordReset(ctx context.Context, job store.Job) error {
	var data struct{ Email string }
	if err := json.Unmarshal(job.Data, &data); err != nil {
		return errors.Join(err, p.store.FinishJob(ctx, job.ID))
	}
	secret, hash := auth.NewSecret()
	made, err := p.store.CreatePasswordReset(ctx, data.Email, hash)
	if laneway.KindOf(err) == laneway.NotFound {
		return p.store.FinishJob(ctx, job.ID) // nobody is told that there is no such account
	}
	if err != nil {
		return err
	}
	message := mail.Message{
		To:      data.Email,
		Subject: "Choose another password for Laneway",
		Text: fmt.Sprintf(`Somebody, most likely you, has asked for another password for %s at %s.

Open this link within an hour to choose it:

%s/password-reset/%s

It can be used once, and ends all sessions. If it was not you, do nothing: your password stays as it is.
`, data.Email, p.publicURL, p.publicURL, secret),
	}
	if !made {
		message.Subject = "Your account at Laneway has no password"
		message.Text = fmt.Sprintf(`Somebody, most likely you, has asked for another password for %s at %s.

There is none to change: you sign in with another service. Its button stands on the page to sign in on:

%s/sign-in

If that service does not let you in any more, ask whoever runs this server. If it was not you, do nothing.
`, data.Email, p.publicURL, p.publicURL)
	}
	sending := p.mailer.Send(ctx, message)
	if sending == nil {
		return p.store.FinishJob(ctx, job.ID)
	}
	if stopping(ctx) {
		return nil
	}
	wait, again := nextTry(retryPasswordReset, job.Attempts, sending)
	if !again {
		p.log.Warn("mail with a link for a new password was given up", "try", job.Attempts, "error", problemOf(sending))
		return p.store.FinishJob(ctx, job.ID)
	}
	p.log.Warn("mail with a link for a new password was not sent", "try", job.Attempts, "again", wait.String(), "error", problemOf(sending))
	return p.store.RetryJob(ctx, job.ID, wait, problemOf(sending))
}

// nextTry says when to try again after the given number of tries, and whether at all.
func nextTry(waits []time.Duration, tries int, err error) (time.Duration, bool) {
	if _, final := errors.AsType[*mail.Refused](err); err == nil || final || tries > len(waits) {
		return 0, false
	}
	return waits[max(tries, 1)-1], true
}

// problemOf is what people are told of a mail that was not sent: the server's own words where it refused the message,
// and nothing of how this server reaches it.
func problemOf(err error) string {
	if refused, ok := errors.AsType[*mail.Refused](err); ok {
		return shorten(refused.Answer, 300)
	}
	return "The mail server did not take the message."
}

// stopping reports whether the server stops: the next one finds the job when its lease is over.
func stopping(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	default:
		return false
	}
}
