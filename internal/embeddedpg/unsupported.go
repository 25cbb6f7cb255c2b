//go:build !unix

package embeddedpg

import (
	"context"
	"fmt"
	"runtime"
)

// Server is a running Postgres; there is none on this operating system.
type Server struct{}

// Start reports that this operating system has no embedded Postgres.
func Start(context.Context, Config) (*Server, error) {
	return nil, fmt.Errorf("%w: the embedded Postgres needs Linux or another Unix, not %s: use --database-url", ErrNoPostgres, runtime.GOOS)
}

// AdminURL is empty.
func (*Server) AdminURL(string) string { return "" }

// SocketDir is empty.
func (*Server) SocketDir() string { return "" }

// Version is empty.
func (*Server) Version() string { return "" }

// Done is never closed.
func (*Server) Done() <-chan struct{} { return nil }

// Err is nil.
func (*Server) Err() error { return nil }

// Stop does nothing.
func (*Server) Stop(context.Context) error { return nil }

// RunningURL reports that this operating system has no embedded Postgres.
func RunningURL(string, string) (string, error) {
	return "", fmt.Errorf("%w: set --database-admin-url", ErrNoPostgres)
}
