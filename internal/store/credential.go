package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// seenEvery is how stale sessions.seen_at and api_tokens.used_at may be: a write for every request would be waste.
const seenEvery = 5 * time.Minute

// Holder is whom the secret of a session or of a token leads to.
type Holder struct {
	Account laneway.Account
	Session laneway.Session // none for a token
	Token   laneway.Token   // none for a session
}

// Who is let in stands in these two statements alone. They end where the secrets follow: one, or any of many.
const (
	selectSessionHolders = `
		SELECT s.secret_hash, s.id, s.created_at, s.seen_at, s.expires_at, s.seen_at < now() - $3::interval,
		       u.id, coalesce(u.email, ''), u.display_name, u.created_at, u.operator, u.default_org_id,
		       o.id, o.name, o.plan, o.created_at, o.deleted_at, m.role
		  FROM sessions s
		  JOIN users u ON u.id = s.user_id
		  LEFT JOIN memberships m ON m.user_id = u.id
		  LEFT JOIN organizations o ON o.id = m.org_id
		 WHERE s.expires_at > now() AND s.seen_at > now() - $2::interval AND s.secret_hash = `
	defaultOrganizationFirst = ` ORDER BY (o.id = u.default_org_id) DESC NULLS LAST, m.created_at, o.id`

	selectTokenHolders = `
		SELECT t.secret_hash, t.id, t.name, t.scope, t.expires_at, t.used_at IS NULL OR t.used_at < now() - $2::interval,
		       u.id, coalesce(u.email, ''), u.display_name, u.created_at, o.id, o.name, o.plan, o.created_at, o.deleted_at, m.role
		  FROM api_tokens t
		  JOIN users u ON u.id = t.user_id
		  JOIN memberships m ON m.org_id = t.org_id AND m.user_id = t.user_id
		  JOIN organizations o ON o.id = t.org_id
		 WHERE t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()) AND t.secret_hash = `
)

// SessionAccount gives the session with this secret and its person with all memberships, the
// default organization first, and notes that the session is in use. Unauthenticated when there is
// no such session or it has expired.
func (s *Store) SessionAccount(ctx context.Context, secretHash []byte) (laneway.Account, laneway.Session, error) {
	found, err := s.sessionHolders(ctx, `$1`, secretHash)
	if err != nil {
		return laneway.Account{}, laneway.Session{}, err
	}
	h, there := found[string(secretHash)]
	if !there {
		return laneway.Account{}, laneway.Session{}, laneway.Errorf(laneway.Unauthenticated, "Your session has ended. Sign in again.")
	}
	return h.Account, h.Session, nil
}

// SessionHolders is SessionAccount for many secrets at once, in one statement: it gives whom they lead to, by the hash. A
// session that has ended is not in the answer.
func (s *Store) SessionHolders(ctx context.Context, secretHashes [][]byte) (map[string]*Holder, error) {
	return s.sessionHolders(ctx, `ANY($1)`, secretHashes)
}

func (s *Store) sessionHolders(ctx context.Context, those string, secrets any) (map[string]*Holder, error) {
	found := make(map[string]*Holder)
	var unseen [][]byte
	err := s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(selectSessionHolders+those+defaultOrganizationFirst, secrets, laneway.SessionIdle, seenEvery).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var hash []byte
				var due bool
				one := new(Holder)
				n := &one.Session
				m, member, err := scanMembership(rows, &one.Account.User, &hash, &n.ID, &n.CreatedAt, &n.SeenAt, &n.ExpiresAt, &due)
				if err != nil {
					return err
				}
				h, there := found[string(hash)]
				if !there {
					h, n.UserID = one, one.Account.User.ID
					found[string(hash)] = h
					if due {
						unseen = append(unseen, hash)
					}
				}
				if member {
					h.Account.Add(m)
				}
			}
			return rows.Err()
		})
	})
	if err != nil {
		return nil, err
	}
	s.noteInUse(ctx, `
		UPDATE sessions SET seen_at = now() WHERE secret_hash IN (
		  SELECT secret_hash FROM sessions WHERE secret_hash = ANY($1) AND seen_at < now() - $2::interval FOR UPDATE SKIP LOCKED)`, unseen)
	return found, nil
}

// TokenAccount gives the person of a token with the one membership that it is bound to, and its
// scope, and notes that it is in use. Unauthenticated when there is no such token, when it was revoked
// or has expired, or when its person is no member any more.
func (s *Store) TokenAccount(ctx context.Context, secretHash []byte) (laneway.Account, laneway.Token, error) {
	found, err := s.tokenHolders(ctx, `$1`, secretHash)
	if err != nil {
		return laneway.Account{}, laneway.Token{}, err
	}
	h, there := found[string(secretHash)]
	if !there {
		return laneway.Account{}, laneway.Token{}, laneway.Errorf(laneway.Unauthenticated, "This token is not known, was revoked or has expired.")
	}
	return h.Account, h.Token, nil
}

// TokenHolders is TokenAccount for many secrets at once, in one statement: it gives whom they lead to, by the hash. A token
// that is of no use any more is not in the answer.
func (s *Store) TokenHolders(ctx context.Context, secretHashes [][]byte) (map[string]*Holder, error) {
	return s.tokenHolders(ctx, `ANY($1)`, secretHashes)
}

func (s *Store) tokenHolders(ctx context.Context, those string, secrets any) (map[string]*Holder, error) {
	found := make(map[string]*Holder)
	var unseen [][]byte
	err := s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) {
		batch.Queue(selectTokenHolders+those, secrets, seenEvery).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var hash []byte
				var due bool
				var expires, deleted *time.Time
				var m laneway.Membership
				h, o := new(Holder), &m.Organization
				u, k := &h.Account.User, &h.Token
				err := rows.Scan(&hash, &k.ID, &k.Name, (*string)(&k.Scope), &expires, &due,
					&u.ID, &u.Email, &u.DisplayName, &u.CreatedAt, &o.ID, &o.Name, (*string)(&o.Plan), &o.CreatedAt, &deleted, (*string)(&m.Role))
				if err != nil {
					return err
				}
				o.DeletedAt, k.ExpiresAt = orZero(deleted), orZero(expires)
				h.Account.Add(m)
				found[string(hash)] = h
				if due {
					unseen = append(unseen, hash)
				}
			}
			return rows.Err()
		})
	})
	if err != nil {
		return nil, err
	}
	s.noteInUse(ctx, `
		UPDATE api_tokens SET used_at = now() WHERE secret_hash IN (
		  SELECT secret_hash FROM api_tokens WHERE secret_hash = ANY($1) AND (used_at IS NULL OR used_at < now() - $2::interval) FOR UPDATE SKIP LOCKED)`, unseen)
	return found, nil
}

// noteInUse writes when secrets were used. Of several that find one due, one writes: a row that somebody holds is left to them, so
// nobody waits here, and servers that note many at once cannot lock each other out. Whoever only reads is served also while the
// database cannot write.
func (s *Store) noteInUse(ctx context.Context, update string, secretHashes [][]byte) {
	if len(secretHashes) == 0 {
		return
	}
	err := s.asSystemOnce(ctx, ForSignIn, func(batch *pgx.Batch) { batch.Queue(update, secretHashes, seenEvery) })
	if err != nil {
		s.log.Warn("note that sessions or tokens are in use", "error", err)
	}
}
