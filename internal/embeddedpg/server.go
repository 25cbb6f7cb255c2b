//go:build unix

package embeddedpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Server is a running Postgres and the goroutine that keeps it running.
type Server struct {
	cluster   cluster
	log       *slog.Logger
	version   string
	socketDir string
	password  string
	program   string
	arguments []string
	lock      *os.File

	stop     chan struct{} // closed by the first Stop
	stopOnce sync.Once
	done     chan struct{} // closed when all is over

	mu      sync.Mutex
	process *os.Process // nil between two
	err     error
}

const (
	firstPause   = 50 * time.Millisecond // before a restart; doubles
	longestPause = 5 * time.Second
	healthyAfter = time.Minute // a run this long makes the next pause the first again
	mostFailures = 10          // starts in a row that never became ready
	quitLimit    = 10 * time.Second
	drainLimit   = 5 * time.Second
)

// run starts Postgres and starts it again whenever it dies, until Stop. The
// outcome of the first start is sent to first.
//
// It stays on one thread: the kernel stops Postgres when the thread that
// started it ends, not when the process does.
func (s *Server) run(first chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-s.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	pause, failures := firstPause, 0
	for {
		began := time.Now()
		ready, err := s.runOnce(func() {
			if first != nil {
				first <- nil
			}
		})
		switch {
		case s.stopping():
			s.finish(nil)
			if first != nil && !ready {
				first <- errors.New("stopped while starting")
			}
			return
		case !ready && first != nil:
			s.finish(err)
			first <- err
			return
		case ready:
			first, failures = nil, 0
		default:
			failures++
		}
		if failures >= mostFailures {
			s.log.Error("Postgres does not start any more: give up", "error", err, "attempts", failures)
			s.finish(err)
			return
		}
		if time.Since(began) > healthyAfter {
			pause = firstPause
		}
		s.log.Error("Postgres ended by itself: start it again", "error", err, "pause", pause)
		select {
		case <-s.stop:
			s.finish(nil)
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
		if err := s.cluster.evict(ctx, s.log); err != nil && ctx.Err() == nil {
			s.log.Error("clear what the dead Postgres left", "error", err)
		}
	}
}

// runOnce runs one postmaster to its end and calls onReady when it accepts
// connections. The error says how it ended and what it wrote last.
func (s *Server) runOnce(onReady func()) (ready bool, err error) {
	out, in, err := os.Pipe()
	if err != nil {
		return false, err
	}
	defer out.Close()
	cmd := exec.Command(s.program, s.arguments...)
	cmd.SysProcAttr = s.cluster.account.attributes(syscall.SIGINT)
	cmd.Env = environment()
	cmd.Dir = s.cluster.dir
	cmd.Stdout, cmd.Stderr = in, in

	s.mu.Lock()
	if s.stopping() {
		s.mu.Unlock()
		in.Close()
		return false, nil
	}
	err = cmd.Start()
	in.Close()
	if err == nil {
		s.process = cmd.Process
	}
	s.mu.Unlock()
	if err != nil {
		return false, fmt.Errorf("start Postgres: %w", err)
	}

	var last tail
	silent := make(chan struct{})
	go func() {
		defer close(silent)
		forward(out, s.log, &last)
	}()
	ended := make(chan struct{})
	sawReady := make(chan bool)
	go func() {
		ready := s.awaitReady(cmd.Process.Pid, ended)
		if ready {
			onReady()
		}
		sawReady <- ready
	}()

	err = cmd.Wait()
	close(ended)
	ready = <-sawReady
	s.mu.Lock()
	s.process = nil
	s.mu.Unlock()
	// The pipe ends with the last child of the postmaster, which holds shared
	// memory that a next one would trip over.
	select {
	case <-silent:
	case <-time.After(drainLimit):
	}
	how := "exit status 0"
	if err != nil {
		how = err.Error()
	}
	return ready, fmt.Errorf("Postgres ended (%s); it said last: %s", how, &last)
}

func (s *Server) awaitReady(pid int, ended <-chan struct{}) bool {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return false
		case <-tick.C:
			if s.cluster.ready(pid) {
				return true
			}
		}
	}
}

func (s *Server) stopping() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// finish gives back what Start took and tells everybody.
func (s *Server) finish(err error) {
	if e := closeSocketDir(s.cluster.dataDir); e != nil {
		s.log.Warn("remove the socket folder", "error", e)
	}
	s.lock.Close()
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
	close(s.done)
}

// signal reaches the postmaster of the moment, if there is one.
func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		_ = s.process.Signal(sig) // it may have ended just now
	}
}

// Stop ends Postgres: open transactions are rolled back, connections closed, a
// checkpoint written. When ctx ends first, Postgres is told to stop at once and
// the error says so; nothing committed is lost, the next start recovers it.
// Stop may be called more than once.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() { close(s.stop) })
	s.signal(syscall.SIGINT)
	select {
	case <-s.done:
		return s.Err()
	case <-ctx.Done():
	}
	s.signal(syscall.SIGQUIT)
	select {
	case <-s.done:
		return fmt.Errorf("stop Postgres: it took too long and was stopped at once: %w", context.Cause(ctx))
	case <-time.After(quitLimit):
		return fmt.Errorf("stop Postgres: it does not end: %w", context.Cause(ctx))
	}
}

// Done is closed when Postgres has ended for good: after Stop, or when it
// could not be started again. Err then tells which.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err is nil until Done is closed, and after Stop.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Version is the version of Postgres: "18.4".
func (s *Server) Version() string { return s.version }

// SocketDir is the folder of the Unix socket, absolute and private.
func (s *Server) SocketDir() string { return s.socketDir }

// AdminURL is the address of a database for the superuser, who is above all
// row level security: for making roles and databases only. It holds the
// password, so it must not be logged.
func (s *Server) AdminURL(database string) string {
	return superuserURL(s.socketDir, s.password, database)
}

func superuserURL(socketDir, password, database string) string {
	u := url.URL{
		Scheme: "postgres",
		User:   url.UserPassword(superuser, password),
		Path:   "/" + database,
		RawQuery: url.Values{
			"host":    {socketDir},
			"port":    {socketPort},
			"sslmode": {"disable"},
		}.Encode(),
	}
	return u.String()
}

// setPassword gives the superuser its first password, over a connection that
// needs none, and closes that way. If it is cut off, the next start does it
// again: the password file is written last.
func (s *Server) setPassword(ctx context.Context) error {
	conn, err := pgconn.Connect(ctx, s.AdminURL("postgres"))
	if err != nil {
		return fmt.Errorf("set the superuser's password: %w", err)
	}
	password := rand.Text()
	_, err = conn.Exec(ctx, "ALTER ROLE "+superuser+" PASSWORD '"+password+"'").ReadAll()
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return fmt.Errorf("set the superuser's password: %w", err)
	}
	if err := writeDurably(s.cluster.passwordFile(), password+"\n"); err != nil {
		return fmt.Errorf("keep the superuser's password: %w", err)
	}
	if err := s.cluster.writeRules(accessRules); err != nil {
		return err
	}
	s.signal(syscall.SIGHUP)
	// Postgres reads the rules when it gets to it: see that it has.
	for {
		conn, err := pgconn.Connect(ctx, s.AdminURL("postgres"))
		var refused *pgconn.PgError
		switch {
		case errors.As(err, &refused) && refused.Code == wrongPassword:
			s.password = password
			return nil
		case err != nil:
			return fmt.Errorf("close the door that needs no password: %w", err)
		}
		conn.Close(ctx)
		select {
		case <-ctx.Done():
			return fmt.Errorf("close the door that needs no password: %w", context.Cause(ctx))
		case <-time.After(pollEvery):
		}
	}
}

// wrongPassword is Postgres' code for it.
const wrongPassword = "28P01"

// greet connects once, as everybody will.
func (s *Server) greet(ctx context.Context) error {
	conn, err := pgconn.Connect(ctx, s.AdminURL("postgres"))
	if err != nil {
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code == wrongPassword {
			return fmt.Errorf("the password in %s is not the cluster's: put the right one back, or remove the file to have a new one set at the next start: %w",
				filepath.Base(s.cluster.passwordFile()), err)
		}
		return err
	}
	return conn.Close(ctx)
}
