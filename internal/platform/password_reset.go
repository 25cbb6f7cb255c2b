package platform

import (
	"context"
	"crypto/sha256"
	"math"
	"time"

	"laneway"
	"laneway/internal/auth"
	"laneway/internal/store"
)

// How often a link for a new password can be asked for: by one client, and for one account. A client that asks too often is
// told so. An account that was asked for too often is not: it has had mails that still work, whoever asked for them, so
// nobody can keep its owner from getting one.
const (
	freeResetsByClient, mostResetByClient   = 5, 5 * time.Minute
	freeResetsByAccount, mostResetByAccount = 3, 30 * time.Minute
)

// RequestPasswordReset queues a mail with a link to choose another password. Answer and work are the same whether there
// is an account or not. address is where the request comes from, without port. Forbidden where the server sends no mail.
func (p *Platform) RequestPasswordReset(ctx context.Context, email, address string) error {
	if p.mailer == nil {
		return laneway.Errorf(laneway.Forbidden, "This server sends no mail. Ask its operator for a link to choose another password.")
	}
	email, err := laneway.CheckEmail("email", email)
	if err != nil {
		return err
	}
	if p.signInLimits {
		client := sha256.Sum256([]byte("reset client\n" + address))
		wait, err := p.store.CountSignIn(ctx, []store.AttemptLimit{{Key: client[:], Free: freeResetsByClient, Most: mostResetByClient}})
		if err != nil {
			return err
		}
		if wait > 0 {
			return &laneway.Error{
				Kind: laneway.RateLimited, Detail: "Too many requests for another password. Wait a moment and try again.",
				RetryAfter: time.Duration(math.Ceil(wait.Seconds())) * time.Second,
			}
		}
		account := sha256.Sum256([]byte("reset account\n" + email))
		wait, err = p.store.CountSignIn(ctx, []store.AttemptLimit{{Key: account[:], Free: freeResetsByAccount, Most: mostResetByAccount}})
		if err != nil || wait > 0 {
			return err
		}
	}
	if err := p.store.QueuePasswordReset(ctx, p.newID(), email); err != nil {
		return err
	}
	p.mailQueued()
	return nil
}

// GetPasswordReset gives whose password a link is for, to whoever holds it.
func (p *Platform) GetPasswordReset(ctx context.Context, secret string) (laneway.PasswordReset, error) {
	hash, ok := auth.HashSecret(secret)
	if !ok {
		return laneway.PasswordReset{}, store.ErrNoPasswordReset()
	}
	return p.store.PasswordReset(ctx, hash)
}

// ResetPassword gives the person of a link another password, ends all their sessions and uses the link up. address is where
// the request comes from.
func (p *Platform) ResetPassword(ctx context.Context, secret, password, address string) error {
	if err := laneway.CheckPassword("newPassword", password); err != nil {
		return err
	}
	// Before the expensive part: who holds no link gets no work done.
	r, err := p.GetPasswordReset(ctx, secret)
	if err != nil {
		return err
	}
	hashing, cancel := context.WithTimeout(ctx, hashDeadline)
	defer cancel()
	hash, err := p.hash(hashing, password)
	if err != nil {
		return busy(err)
	}
	secretHash, _ := auth.HashSecret(secret)
	if err := p.store.ResetPassword(ctx, secretHash, hash); err != nil {
		return err
	}
	p.clearTries(ctx, attemptLimits(r.Email, address))
	p.recheck(r.UserID)
	return nil
}
