package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"laneway"
)

// NewAccount is a person with their first organization and session, all made together.
type NewAccount struct {
	User         laneway.User
	PasswordHash string // empty: they sign in with another service
	Organization laneway.Organization
	SessionID    laneway.ID
	SecretHash   []byte
	UserAgent    string // of the session; may be empty
}

// CreateAccount stores a new person, their organization with its counters and first events, and
// the session. An address that is taken is a Conflict on the field email.
func (s *Store) CreateAccount(ctx context.Context, a NewAccount) error {
	return s.AsSystem(ctx, ForSignIn, func(ctx context.Context, tx pgx.Tx) error {
		var batch pgx.Batch
		org, user := a.Organization.ID, a.User.ID
		batch.Queue(`INSERT INTO organizations (id, name, plan) VALUES ($1, $2, $3)`, org, a.Organization.Name, string(a.Organization.Plan))
		queueUser(&batch, a, org)
		queueFounding(&batch, org, user)
		queueSession(&batch, a.SessionID, user, a.SecretHash, a.UserAgent)
		queueFoundingEvents(&batch, a)
		return addressTaken(tx.SendBatch(ctx, &batch).Close())
	})
}

// CreateInvitedAccount stores a new person who becomes a member of the organization that invites
// them, and the session; a.Organization is not looked at. It gives that organization and the number
// of its event. Errors are those of CreateAccount and of AcceptInvitation; the invitation stays open
// then.
func (s *Store) CreateInvitedAccount(ctx context.Context, a NewAccount, invitationHash []byte) (laneway.ID, int64, error) {
	var org laneway.ID
	var seq int64
	err := s.AsSystem(ctx, ForInvitation, func(ctx context.Context, tx pgx.Tx) error {
		claimed, err := claimInvitation(ctx, tx, invitationHash)
		if err != nil {
			return err
		}
		org = claimed.org
		var batch pgx.Batch
		queueUser(&batch, a, org)
		queueSession(&batch, a.SessionID, a.User.ID, a.SecretHash, a.UserAgent)
		if err := addressTaken(tx.SendBatch(ctx, &batch).Close()); err != nil {
			return err
		}
		seq, err = claimed.join(ctx, tx, a.User.ID)
		return err
	})
	return org, seq, err
}

func queueUser(batch *pgx.Batch, a NewAccount, defaultOrganization laneway.ID) {
	batch.Queue(`INSERT INTO users (id, email, display_name, password_hash, default_org_id) VALUES ($1, nullif($2, ''), $3, nullif($4, ''), $5)`,
		a.User.ID, a.User.Email, a.User.DisplayName, a.PasswordHash, defaultOrganization)
}

// queueFounding adds what every organization has from its first moment: its admin and its counters.
func queueFounding(batch *pgx.Batch, org, admin laneway.ID) {
	batch.Queue(`INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, $3)`, org, admin, string(laneway.RoleAdmin))
	batch.Queue(`INSERT INTO organization_usage (org_id) VALUES ($1)`, org)
	batch.Queue(`INSERT INTO organization_heads (org_id) VALUES ($1)`, org)
}

// queueFoundingEvents adds the events of an organization that a new person founds.
func queueFoundingEvents(batch *pgx.Batch, a NewAccount) {
	batch.Queue(`SELECT append_event($1, $2, $3, $1, jsonb_build_object('name', $4::text))`,
		a.Organization.ID, string(laneway.OrganizationCreated), a.User.ID, a.Organization.Name)
	batch.Queue(`SELECT append_event($1, $2, $3, $3, jsonb_build_object('role', $4::text))`,
		a.Organization.ID, string(laneway.MemberJoined), a.User.ID, string(laneway.RoleAdmin))
}

// addressTaken makes the violated key of addresses an error that people can act on.
func addressTaken(err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.ConstraintName == "users_email_key" {
		const text = "There is an account with this address already. Sign in instead."
		return &laneway.Error{Kind: laneway.Conflict, Detail: text, Fields: []laneway.FieldError{{Field: "email", Code: "taken", Detail: text}}}
	}
	return err
}

// queueSession adds a new session. The database sets its times, as it is the one that judges them:
// no decision about a session mixes two clocks.
func queueSession(batch *pgx.Batch, id, user laneway.ID, secretHash []byte, userAgent string) {
	batch.Queue(`INSERT INTO sessions (id, user_id, secret_hash, expires_at, user_agent) VALUES ($1, $2, $3, now() + $4::interval, nullif($5, ''))`,
		id, user, secretHash, laneway.SessionLifetime, userAgent)
}

// Credentials gives the id and the password hash that belong to an address: no id when there is no such
// person, and no hash when they have no password.
func (s *Store) Credentials(ctx context.Context, email string) (laneway.ID, string, error) {
	var id laneway.ID
	var hash *string
	err := s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(`SELECT id, password_hash FROM users WHERE email = $1`, email).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				if err := rows.Scan(&id, &hash); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	})
	if err != nil {
		return laneway.ID{}, "", err
	}
	if hash == nil {
		return id, "", nil
	}
	return id, *hash, nil
}

// PasswordOf gives a person's password hash, "" when they have none.
func (s *Store) PasswordOf(ctx context.Context, user laneway.ID) (string, error) {
	var hash string
	err := s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(`SELECT coalesce(password_hash, '') FROM users WHERE id = $1`, user).QueryRow(func(row pgx.Row) error { return row.Scan(&hash) })
	})
	return hash, err
}

// RenewPasswordHash puts a hash of the same password in the place of one with old parameters, which a sign-in has checked. It
// changes nothing when the person has another password by now.
func (s *Store) RenewPasswordHash(ctx context.Context, user laneway.ID, checked, hash string) error {
	return s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(`UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, user, checked, hash)
	})
}

// NewSession is a session that begins after a password was checked.
type NewSession struct {
	ID, UserID laneway.ID
	SecretHash []byte
	UserAgent  string // may be empty
	// CheckedHash is the password hash that the password was right for. When the person has another one
	// by now, no session begins.
	CheckedHash string
	// PreviousHash is of the secret of the session that the browser had before, which ends; may be nil.
	PreviousHash []byte
}

// CreateSession stores a session and ends the one that the browser had before, if any. Unauthenticated
// when the password was changed since it was checked.
func (s *Store) CreateSession(ctx context.Context, n NewSession) error {
	return s.AsSystem(ctx, ForSignIn, func(ctx context.Context, tx pgx.Tx) error { return createSession(ctx, tx, n) })
}

func createSession(ctx context.Context, tx pgx.Tx, n NewSession) error {
	if n.PreviousHash != nil {
		if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE secret_hash = $1`, n.PreviousHash); err != nil {
			return err
		}
	}
	// The lock makes a change of the password wait, which then ends this session with the others.
	begun, err := tx.Exec(ctx, `
		INSERT INTO sessions (id, user_id, secret_hash, expires_at, user_agent)
		SELECT $1, u.id, $3, now() + $4::interval, nullif($5, '') FROM users u WHERE u.id = $2 AND u.password_hash = $6 FOR SHARE`,
		n.ID, n.UserID, n.SecretHash, laneway.SessionLifetime, n.UserAgent, n.CheckedHash)
	if err == nil && begun.RowsAffected() == 0 {
		return laneway.Errorf(laneway.Unauthenticated, "The password was changed meanwhile. Sign in again.")
	}
	return err
}

// EndSession ends the session with this secret and gives whose it was. An unknown one is no error, and
// nobody's.
func (s *Store) EndSession(ctx context.Context, secretHash []byte) (laneway.ID, error) {
	var user laneway.ID
	err := s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(`DELETE FROM sessions WHERE secret_hash = $1 RETURNING user_id`, secretHash).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				if err := rows.Scan(&user); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	})
	return user, err
}

// scanMemberships reads rows of a person, one for each membership and one for whoever has none. The
// columns of before come before theirs.
func scanMemberships(rows pgx.Rows, account *laneway.Account, before ...any) error {
	for rows.Next() {
		m, member, err := scanMembership(rows, &account.User, before...)
		if err != nil {
			return err
		}
		if member {
			account.Add(m) // the default organization sorts first, then the oldest membership
		}
	}
	return rows.Err()
}

// scanMembership reads one such row; member is false in that of whoever has none.
func scanMembership(rows pgx.Rows, u *laneway.User, before ...any) (m laneway.Membership, member bool, err error) {
	var defaultOrg, orgID *laneway.ID
	var name, plan, role *string
	var created, deleted *time.Time
	columns := append(slices.Clone(before), &u.ID, &u.Email, &u.DisplayName, &u.CreatedAt, &u.Operator, &defaultOrg, &orgID, &name, &plan, &created, &deleted, &role)
	if err := rows.Scan(columns...); err != nil || orgID == nil {
		return laneway.Membership{}, false, err
	}
	return laneway.Membership{
		Organization: laneway.Organization{ID: *orgID, Name: *name, Plan: laneway.Plan(*plan), CreatedAt: *created, DeletedAt: orZero(deleted)},
		Role:         laneway.Role(*role),
	}, true, nil
}

// AttemptLimit is one of the counters that a sign-in must pass.
type AttemptLimit struct {
	Key  []byte        // a hash of who is guessed at, and perhaps from where
	Free int           // attempts before the first delay
	Most time.Duration // the delay doubles from one second up to this
}

// CountSignIn counts an attempt on every counter before the password is looked at, so that
// attempts side by side cannot slip through. It gives how long to wait when one of them is still
// closed; nothing is counted then. Counters fall back to zero an hour after the last attempt.
func (s *Store) CountSignIn(ctx context.Context, limits []AttemptLimit) (time.Duration, error) {
	var wait time.Duration
	errClosed := errors.New("closed")
	err := s.AsSystem(ctx, ForSignIn, func(ctx context.Context, tx pgx.Tx) error {
		for _, l := range limits {
			closed, err := countAttempt(ctx, tx, l)
			if err != nil {
				return err
			}
			wait = max(wait, closed)
		}
		if wait > 0 {
			return errClosed // takes back what the open ones have counted
		}
		return nil
	})
	if errors.Is(err, errClosed) {
		return wait, nil
	}
	return 0, err
}

// countAttempt counts on one counter, or gives how long it stays closed. It reads the clock after
// it has locked the row: now() is when the transaction began, and while that waited for another
// attempt, the counter may have been closed.
func countAttempt(ctx context.Context, tx pgx.Tx, l AttemptLimit) (time.Duration, error) {
	counted, err := tx.Exec(ctx, `
		INSERT INTO sign_in_attempts AS a (key, failures, blocked_until, last_at)
		VALUES ($1, 1, clock_timestamp() + CASE WHEN $2 <= 1 THEN interval '1 second' ELSE interval '0' END, clock_timestamp())
		ON CONFLICT (key) DO UPDATE SET
		  failures = CASE WHEN a.last_at < clock_timestamp() - interval '1 hour' THEN 1 ELSE a.failures + 1 END,
		  blocked_until = clock_timestamp() + CASE
		    WHEN a.last_at < clock_timestamp() - interval '1 hour' OR a.failures + 1 < $2 THEN interval '0'
		    ELSE least(interval '1 second' * 2 ^ least(a.failures + 1 - $2, 20), $3::interval) END,
		  last_at = clock_timestamp()
		WHERE a.blocked_until <= clock_timestamp()`,
		l.Key, l.Free, l.Most)
	if err != nil || counted.RowsAffected() == 1 {
		return 0, err
	}
	var closed time.Duration
	err = tx.QueryRow(ctx, `SELECT greatest(blocked_until - clock_timestamp(), interval '1 millisecond') FROM sign_in_attempts WHERE key = $1`,
		l.Key).Scan(&closed)
	return closed, err
}

// ClearSignIn sets counters back after a sign-in that succeeded.
func (s *Store) ClearSignIn(ctx context.Context, keys [][]byte) error {
	return s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(`DELETE FROM sign_in_attempts WHERE key = ANY($1)`, keys)
	})
}
