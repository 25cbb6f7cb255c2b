package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"laneway"
)

// EventsAfter gives an organization's events with a number above after, in order, at most limit
// of them. The first has the number after+1 unless older ones were removed.
func (s *Store) EventsAfter(ctx context.Context, organization laneway.ID, after int64, limit int) ([]laneway.Event, error) {
	var events []laneway.Event
	err := s.asSystemOnce(ctx, ForLive, func(batch *pgx.Batch) {
		batch.Queue(`
			SELECT e.seq, e.kind, e.at, e.actor_id, coalesce(u.display_name, ''), e.subject_id, e.data::text
			  FROM events e LEFT JOIN users u ON u.id = e.actor_id
			 WHERE e.org_id = $1 AND e.seq > $2
			 ORDER BY e.seq LIMIT $3`, organization, after, limit).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var e laneway.Event
				var actor, subject *laneway.ID
				if err := rows.Scan(&e.Seq, (*string)(&e.Kind), &e.At, &actor, &e.ActorName, &subject, &e.Data); err != nil {
					return err
				}
				if actor != nil {
					e.ActorID = *actor
				}
				if subject != nil {
					e.SubjectID = *subject
				}
				events = append(events, e)
			}
			return rows.Err()
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read events of organization %s: %w", organization, err)
	}
	return events, nil
}

// idTexts gives ids for a statement that takes a list of them. A list of our own type has none in the mode that poolers
// need, in which the program says what its arguments are.
func idTexts(ids []laneway.ID) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return texts
}

// Heads gives the number of the last event of each of the organizations that exist.
func (s *Store) Heads(ctx context.Context, organizations []laneway.ID) (map[laneway.ID]int64, error) {
	heads := make(map[laneway.ID]int64, len(organizations))
	err := s.asSystemOnce(ctx, ForLive, func(batch *pgx.Batch) {
		batch.Queue(`SELECT org_id, seq FROM organization_heads WHERE org_id = ANY($1::text[]::uuid[])`, idTexts(organizations)).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var id laneway.ID
				var seq int64
				if err := rows.Scan(&id, &seq); err != nil {
					return err
				}
				heads[id] = seq
			}
			return rows.Err()
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read heads of organizations: %w", err)
	}
	return heads, nil
}

// DiagramInUse is nil when the actor's organization has the diagram and it is not in the trash,
// else the error that opening it would give.
func (s *Store) DiagramInUse(ctx context.Context, actor laneway.Actor, id laneway.ID) error {
	var trashed bool
	err := s.inOrgOnce(ctx, actor, setOrgForReading, func(batch *pgx.Batch) {
		batch.Queue(`SELECT deleted_at IS NOT NULL FROM diagrams WHERE org_id = $1 AND id = $2`, actor.OrganizationID, id).
			QueryRow(func(row pgx.Row) error { return row.Scan(&trashed) })
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return errNoDiagram()
	case err != nil:
		return fmt.Errorf("look for diagram %s: %w", id, err)
	case trashed:
		return ErrTrashed()
	}
	return nil
}

// Notification is a short message from one server to all others on the database.
type Notification struct{ Channel, Payload string }

// MaxNotification is the longest payload that Postgres takes, in bytes.
const MaxNotification = 7999

// Notify sends messages, all of them in this order or none. It is a transaction of its own, because
// NOTIFY takes a lock that is held to the end of the commit and would line up every writer of the
// database; and one that does not wait for the disk, because a message that a crash loses has
// nobody left to read it. It does not wait behind the readers of events: a server that does not hear its own message in time
// takes itself for deaf.
func (s *Store) Notify(ctx context.Context, messages []Notification) error {
	return s.asSystemOnce(ctx, ForNotify, func(batch *pgx.Batch) {
		batch.Queue(`SELECT set_config('synchronous_commit', 'off', true)`)
		for _, m := range messages {
			batch.Queue(`SELECT pg_notify($1, $2)`, m.Channel, m.Payload)
		}
	})
}

// Listen receives what servers send with Notify on the channels, in a connection of its own, until
// ctx ends or the connection is lost, which it always reports by an error. It calls ready once it
// hears: what was sent before is missed.
func (s *Store) Listen(ctx context.Context, channels []string, ready func(), receive func(Notification)) error {
	config, err := pgxpool.ParseConfig(s.listenURL) // leaves out the settings of a pool, which a connection has not
	if err != nil {
		return err
	}
	bound(config.ConnConfig)
	config.ConnConfig.RuntimeParams["application_name"] = "laneway listen"
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return fmt.Errorf("connect to listen: %w", err)
	}
	defer func() {
		closing, cancel := detach(ctx)
		defer cancel()
		_ = conn.Close(closing) // nothing is left to be said to it
	}()
	for _, channel := range channels {
		if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
	ready()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		receive(Notification{n.Channel, n.Payload})
	}
}
