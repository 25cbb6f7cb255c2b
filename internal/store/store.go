// Package store keeps everything in Postgres: it holds all SQL of the server.
//
// There are two doors to the data. InOrg runs statements as laneway_app inside a transaction that
// names the actor's organization, so that row level security shows that organization and nothing
// else. AsSystem runs them as laneway_system, which sees across organizations but only the tables
// and verbs that its purposes need. No other way leads to a connection.
//
// Every method takes a context but is not ended by it: a client that goes away must not cost a
// database connection, and a commit in flight must not become unknown. Statements have a deadline
// of their own instead (Deadline). Errors are *laneway.Error where a caller can act on them:
// Unavailable when the database is gone, StorageFull when its disk is. Times come back in UTC.
package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"laneway"
)

// Deadline bounds one visit to the database: waiting for a connection and all statements.
const Deadline = 3 * time.Second

// Config says where the database is.
type Config struct {
	// AppURL signs in as laneway_app, SystemURL as laneway_system.
	AppURL, SystemURL string
	// ListenURL signs in as laneway_system past a pooler in transaction mode, where there is one;
	// empty: SystemURL.
	ListenURL string
	// AppConnections and SystemConnections bound the pools; 0 means 4 and 2. With those of event streams and of LISTEN a
	// server has eight.
	AppConnections, SystemConnections int32
	// Tracer is told of what the pools do; nil: nobody is.
	Tracer pgx.QueryTracer
	Log    *slog.Logger
}

// Store is the open database. It is safe for concurrent use.
type Store struct {
	app, system *pgxpool.Pool
	// live is a pool of laneway_system for event streams, so that they and sign-in do not wait for
	// each other.
	live *pgxpool.Pool
	// saves bounds the saves of documents at once to all connections but one, so that who only reads does not wait
	// behind a crowd that saves.
	saves     chan struct{}
	listenURL string
	xml       *xmlCodec
	copies    *fullCopies
	log       *slog.Logger
}

// Open connects, checks that the roles are what tenant isolation rests on (see Check) and that
// the schema is the one of this program.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	app, err := openPool(ctx, c, c.AppURL, "laneway", pick(c.AppConnections, 4))
	if err != nil {
		return nil, fmt.Errorf("open database as application: %w", err)
	}
	system, err := openPool(ctx, c, c.SystemURL, "laneway system", pick(c.SystemConnections, 2))
	if err != nil {
		app.Close()
		return nil, fmt.Errorf("open database as system: %w", err)
	}
	live, err := openPool(ctx, c, c.SystemURL, "laneway live", liveConnections)
	if err != nil {
		app.Close()
		system.Close()
		return nil, fmt.Errorf("open database for event streams: %w", err)
	}
	codec, err := newXMLCodec()
	if err != nil {
		return nil, err
	}
	s := &Store{app: app, system: system, live: live, saves: make(chan struct{}, max(app.Config().MaxConns-1, 1)), listenURL: c.ListenURL, xml: codec, copies: newFullCopies(), log: c.Log}
	if s.listenURL == "" {
		s.listenURL = c.SystemURL
	}
	if err := s.Check(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// liveConnections bounds the pool of the event streams: what reads what happened are single statements, which can wait for
// each other.
const liveConnections = 1

func pick(n, otherwise int32) int32 {
	if n > 0 {
		return n
	}
	return otherwise
}

func openPool(ctx context.Context, c Config, url, name string, most int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = most
	config.ConnConfig.Tracer = c.Tracer
	config.MaxConnIdleTime = 5 * time.Minute
	bound(config.ConnConfig)
	config.ConnConfig.RuntimeParams["application_name"] = name
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		conn.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		return nil
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// Close ends all connections.
func (s *Store) Close() {
	s.app.Close()
	s.system.Close()
	s.live.Close()
}

// SavesAtOnce is how many saves of documents the database takes at once; others wait.
func (s *Store) SavesAtOnce() int { return cap(s.saves) }

// Renew has all connections made anew: idle ones end at once, the others when they are given back. It is for whoever has reason
// to believe that the database is not at the other end any more.
func (s *Store) Renew() {
	for _, pool := range []*pgxpool.Pool{s.app, s.system, s.live} {
		pool.Reset()
	}
}

// Pools gives the figures of the pools of connections: app (the organizations' own data), system (sign-in
// and what goes across organizations) and live (event streams).
func (s *Store) Pools() map[string]*pgxpool.Stat {
	return map[string]*pgxpool.Stat{"app": s.app.Stat(), "system": s.system.Stat(), "live": s.live.Stat()}
}

// Ping asks both pools for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := detach(ctx)
	defer cancel()
	if err := s.app.Ping(ctx); err != nil {
		return classify(err)
	}
	return classify(s.system.Ping(ctx))
}

// detach gives a context that outlives the client's but not Deadline.
func detach(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), Deadline)
}

const (
	setOrgForWriting = `SELECT set_config('laneway.org_id', $1, true), set_config('laneway.user_id', $2, true)`
	setOrgForReading = `SELECT set_config('laneway.org_id', $1, true), set_config('laneway.user_id', $2, true), set_config('transaction_read_only', 'on', true)`
)

// InOrg runs fn in one transaction as the actor's organization. The transaction is committed when
// fn gives nil, and InOrg returns after the commit.
func (s *Store) InOrg(ctx context.Context, actor laneway.Actor, fn func(context.Context, pgx.Tx) error) error {
	ctx, cancel := detach(ctx)
	defer cancel()
	return classify(pgx.BeginFunc(ctx, s.app, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, setOrgForWriting, actor.OrganizationID.String(), actor.UserID.String()); err != nil {
			return err
		}
		return fn(ctx, tx)
	}))
}

// inOrgOnce runs statements as the actor's organization in one round trip: a pipeline is one
// implicit transaction, so the tenant setting ends with it, also after an error or a panic.
func (s *Store) inOrgOnce(ctx context.Context, actor laneway.Actor, setOrg string, queue func(*pgx.Batch)) error {
	ctx, cancel := detach(ctx)
	defer cancel()
	var batch pgx.Batch
	batch.Queue(setOrg, actor.OrganizationID.String(), actor.UserID.String())
	queue(&batch)
	return classify(s.app.SendBatch(ctx, &batch).Close())
}

// Purpose says why the database is asked across organizations; it stands in errors and logs.
type Purpose string

// The purposes. The policies TO laneway_system in the migrations allow these and nothing more.
const (
	ForSignIn       Purpose = "sign-in"
	ForInvitation   Purpose = "invitation"
	ForOrganization Purpose = "new organization"
	ForPurge        Purpose = "purge"
	ForJobs         Purpose = "jobs"
	ForLive         Purpose = "event streams"
	ForNotify       Purpose = "notify"
	ForAudit        Purpose = "audit log"
	ForOperator     Purpose = "operator's page"
	ForSeed         Purpose = "seed"
)

// AsSystem runs fn in one transaction across organizations, for one of the purposes.
func (s *Store) AsSystem(ctx context.Context, purpose Purpose, fn func(context.Context, pgx.Tx) error) error {
	ctx, cancel := detach(ctx)
	defer cancel()
	if err := pgx.BeginFunc(ctx, s.system, func(tx pgx.Tx) error { return fn(ctx, tx) }); err != nil {
		return fmt.Errorf("%s: %w", purpose, classify(err))
	}
	return nil
}

// asSystemOnce runs statements across organizations in one round trip.
func (s *Store) asSystemOnce(ctx context.Context, purpose Purpose, queue func(*pgx.Batch)) error {
	ctx, cancel := detach(ctx)
	defer cancel()
	pool := s.system
	if purpose == ForLive {
		pool = s.live
	}
	var batch pgx.Batch
	queue(&batch)
	if err := pool.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("%s: %w", purpose, classify(err))
	}
	return nil
}

// classify turns errors of the database that say something about its state, and not about the
// statement, into errors that a caller can act on.
func classify(err error) error {
	if err == nil {
		return nil
	}
	if _, known := errors.AsType[*laneway.Error](err); known {
		return err
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case pg.Code == "53100": // disk_full
			return &laneway.Error{Kind: laneway.StorageFull, Detail: "The server's disk is full. Nothing was stored.", Cause: err}
		case pg.Code == "57014", // query_canceled, by our deadline
			pg.Code == "25006",  // read_only_sql_transaction: a standby, or a database being switched over
			pg.Code[:2] == "57", // operator intervention: shutdown, crash, starting up
			pg.Code[:2] == "53", // insufficient resources
			pg.Code[:2] == "08", // connection exception
			pg.Code == "40001",  // serialization_failure
			pg.Code == "40P01",  // deadlock_detected
			pg.Code == "28P01",  // invalid_password: a database that is being replaced
			pg.Code == "0A000" && pg.Routine == "RevalidateCachedQuery", // a newer server has changed the type of a column; the next try prepares anew
			pg.SeverityUnlocalized == "FATAL":
			return unavailable(err)
		}
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) || errors.Is(err, pgx.ErrTxClosed) {
		return err
	}
	if _, lost := errors.AsType[*pgconn.ConnectError](err); lost || pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err) || isNetwork(err) {
		return unavailable(err)
	}
	return err
}

func unavailable(err error) error {
	return &laneway.Error{
		Kind:       laneway.Unavailable,
		Detail:     "The database cannot be reached at the moment. Nothing is lost: try again in a few seconds.",
		RetryAfter: 2 * time.Second,
		Cause:      err,
	}
}

// isNetwork reports whether err says that the connection broke, in whatever way.
func isNetwork(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
