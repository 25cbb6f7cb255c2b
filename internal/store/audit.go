package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway"
)

// ListEvents gives events of the actor's organization, newest first. Names of people are
// given for those who have left as well.
func (s *Store) ListEvents(ctx context.Context, actor laneway.Actor, q laneway.EventQuery) ([]laneway.Event, error) {
	conditions, args := []string{"org_id = $1"}, []any{actor.OrganizationID, q.Limit}
	narrow := func(condition string, value any) {
		args = append(args, value)
		conditions = append(conditions, fmt.Sprintf(condition, len(args)))
	}
	if len(q.Kinds) > 0 {
		narrow(`(kind = ANY($%[1]d::text[]) OR split_part(kind, '.', 1) = ANY($%[1]d::text[]))`, q.Kinds)
	}
	if !q.ActorID.IsZero() {
		narrow("actor_id = $%d", q.ActorID)
	}
	if !q.SubjectID.IsZero() {
		narrow("subject_id = $%d", q.SubjectID)
	}
	if !q.From.IsZero() {
		narrow("at >= $%d", q.From)
	}
	if !q.Until.IsZero() {
		narrow("at < $%d", q.Until)
	}
	if q.Before > 0 {
		narrow("seq < $%d", q.Before)
	}
	var events []laneway.Event
	people := make(map[laneway.ID]string)
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		// Change sets are for editors; the log tells that there were changes, not which.
		batch.Queue(`SELECT seq, kind, at, actor_id, subject_id, coalesce(data->>'title', data->>'name', ''), (data - 'changes')::text FROM events
			 WHERE `+strings.Join(conditions, " AND ")+` ORDER BY seq DESC LIMIT $2`, args...).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var e laneway.Event
				var by, subject *laneway.ID
				if err := rows.Scan(&e.Seq, (*string)(&e.Kind), &e.At, &by, &subject, &e.SubjectName, &e.Data); err != nil {
					return err
				}
				if by != nil {
					e.ActorID = *by
					people[e.ActorID] = ""
				}
				if subject != nil {
					e.SubjectID = *subject
				}
				if aboutPerson(e) {
					people[e.SubjectID] = ""
				}
				events = append(events, e)
			}
			return rows.Err()
		})
	})
	if err == nil {
		err = s.nameAll(ctx, people)
	}
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	for i, e := range events {
		events[i].ActorName = people[e.ActorID]
		if aboutPerson(e) {
			events[i].SubjectName = people[e.SubjectID]
		}
	}
	return events, nil
}

// aboutPerson tells whether the event was done to a member.
func aboutPerson(e laneway.Event) bool {
	return strings.HasPrefix(string(e.Kind), "member.") && !e.SubjectID.IsZero()
}

// nameAll fills in what people are called. Row level security shows an organization its members alone,
// and the log outlives memberships, so this asks as the system, for names of people that the caller's
// own events name.
func (s *Store) nameAll(ctx context.Context, people map[laneway.ID]string) error {
	if len(people) == 0 {
		return nil
	}
	ids := make([]laneway.ID, 0, len(people))
	for id := range people {
		ids = append(ids, id)
	}
	return s.asSystemOnce(ctx, ForAudit, func(batch *pgx.Batch) {
		batch.Queue(`SELECT id, display_name FROM users WHERE id = ANY($1::text[]::uuid[])`, idTexts(ids)).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var id laneway.ID
				var name string
				if err := rows.Scan(&id, &name); err != nil {
					return err
				}
				people[id] = name
			}
			return rows.Err()
		})
	})
}

// forgetBatch bounds one transaction of ForgetEvents.
const forgetBatch = 5000

// ForgetEvents removes events that are older than keep, of all organizations, and gives their number. The
// newest event of each organization stays, so that its chain goes on from there. The database itself
// refuses for what is younger than 31 days.
func (s *Store) ForgetEvents(ctx context.Context, keep time.Duration) (int64, error) {
	total := int64(0)
	for {
		var removed int64
		err := s.AsSystem(ctx, ForPurge, func(ctx context.Context, tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, `
				DELETE FROM events e USING (
				  SELECT old.org_id, old.seq, old.at FROM events old JOIN organization_heads h ON h.org_id = old.org_id AND old.seq < h.seq
				   WHERE old.at < now() - $1::interval ORDER BY old.at LIMIT $2) due
				 WHERE e.org_id = due.org_id AND e.seq = due.seq AND e.at = due.at`, keep, forgetBatch)
			removed = tag.RowsAffected()
			return err
		})
		total += removed
		if err != nil {
			return total, fmt.Errorf("forget old events: %w", err)
		}
		if removed < forgetBatch {
			return total, nil
		}
	}
}

// ChainReport is what a walk along one organization's log found.
type ChainReport struct {
	Organization laneway.ID
	Name         string
	First, Last  int64 // numbers of the oldest and the newest event; 0: there are none
	// Fault says where and how the chain is broken; empty: it is whole.
	Fault string
}

// VerifyChains walks the log of one organization, or of all for the zero ID, and holds every event against
// the hash of the one before. The hashes are computed here and not by the database. A log whose
// oldest events have been forgotten is verified from the first that is there.
func (o *Operator) VerifyChains(ctx context.Context, only laneway.ID) ([]ChainReport, error) {
	rows, err := o.conn.Query(ctx, `
		SELECT o.id, o.name FROM organizations o WHERE $2 OR o.id = $1 ORDER BY o.created_at, o.id`, only, only.IsZero())
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	reports, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (ChainReport, error) {
		var r ChainReport
		return r, row.Scan(&r.Organization, &r.Name)
	})
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	if len(reports) == 0 && !only.IsZero() {
		return nil, laneway.Errorf(laneway.NotFound, "There is no organization %s.", only)
	}
	for i := range reports {
		if err := o.verifyChain(ctx, &reports[i]); err != nil {
			return nil, fmt.Errorf("verify the log of organization %s: %w", reports[i].Organization, err)
		}
	}
	return reports, nil
}

func (o *Operator) verifyChain(ctx context.Context, r *ChainReport) error {
	// One snapshot, so that a save meanwhile is not taken for a fault.
	tx, err := o.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }() // it only reads
	var headSeq int64
	var headHash []byte
	if err := tx.QueryRow(ctx, `SELECT seq, hash FROM organization_heads WHERE org_id = $1`, r.Organization).Scan(&headSeq, &headHash); err != nil {
		if errors.Is(err, pgx.ErrNoRows) {
			r.Fault = "the organization has no head row"
			return nil
		}
		return err
	}
	rows, err := tx.Query(ctx, `
		SELECT seq, (extract(epoch FROM at) * 1000000)::bigint, kind, coalesce(actor_id::text, '-'), coalesce(subject_id::text, '-'), data::text, hash
		  FROM events WHERE org_id = $1 ORDER BY seq`, r.Organization)
	if err != nil {
		return err
	}
	defer rows.Close()
	var before []byte
	for rows.Next() {
		var seq, micro int64
		var kind, actor, subject, data string
		var hash []byte
		if err := rows.Scan(&seq, &micro, &kind, &actor, &subject, &data, &hash); err != nil {
			return err
		}
		if r.First == 0 {
			r.First = seq
		} else if seq != r.Last+1 {
			r.fault("event %d is followed by %d", r.Last, seq)
		}
		if r.First == 1 || seq != r.First { // of the first one left the one before is gone
			link := sha256.Sum256(fmt.Appendf(before, "%s\n%d\n%d\n%s\n%s\n%s\n%s", r.Organization, seq, micro, kind, actor, subject, data))
			if string(link[:]) != string(hash) {
				r.fault("event %d is not what was written: its hash is %s, computed %s", seq, short(hash), short(link[:]))
			}
		}
		before, r.Last = append([]byte(nil), hash...), seq
	}
	if err := rows.Err(); err != nil {
		return err
	}
	switch {
	case r.Last != headSeq:
		r.fault("the newest event is %d, but %d were written", r.Last, headSeq)
	case string(before) != string(headHash):
		r.fault("the hash of the newest event %d is not the organization's", r.Last)
	}
	return nil
}

// fault keeps the first fault: what follows it is broken because of it.
func (r *ChainReport) fault(format string, args ...any) {
	if r.Fault == "" {
		r.Fault = fmt.Sprintf(format, args...)
	}
}

func short(hash []byte) string { return hex.EncodeToString(hash[:min(len(hash), 6)]) }
