package store

import (
	"context"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
)

// farewell is how long a connection that was given up may take to end.
const farewell = time.Second

// bound lets a connection wait for no longer than is good for a server whose database has gone without a word: a lost
// machine answers nothing and refuses nothing.
//
// An attempt to connect takes Deadline at most, and a quarter of it where the address names several hosts: after a failover
// the lost one is asked first each time, twice (with TLS and without), and the next has to get its turn within Deadline.
//
// When a statement is given up, pgx asks the database on a second connection to cancel it, and reads what the first still
// brings. It has 15 seconds for both, during which the place in the pool is taken, so that a lost database would hold all
// places. It gets farewell for each.
func bound(c *pgx.ConnConfig) {
	c.ConnectTimeout = Deadline
	for _, f := range c.Fallbacks {
		if f.Host != c.Host || f.Port != c.Port {
			c.ConnectTimeout = Deadline / 4
		}
	}
	dial := c.DialFunc
	c.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		// Only a request to cancel has more time than an attempt to connect.
		deadline, limited := ctx.Deadline()
		cancels := limited && time.Until(deadline) > 2*Deadline
		if cancels {
			var stop context.CancelFunc
			ctx, stop = context.WithTimeout(ctx, farewell)
			defer stop()
		}
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if cancels {
			return conn, conn.SetDeadline(time.Now().Add(farewell))
		}
		return boundConn{conn}, nil
	}
}

// boundConn ends soon when it is told to end later. pgx sets a deadline in the future only for a connection that it has given up;
// else one that is over, or none.
type boundConn struct{ net.Conn }

// SetDeadline sets a deadline that is not later than farewell.
func (c boundConn) SetDeadline(t time.Time) error {
	if latest := time.Now().Add(farewell); t.After(latest) {
		t = latest
	}
	return c.Conn.SetDeadline(t)
}
