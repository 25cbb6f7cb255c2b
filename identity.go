package laneway

import (
	"slices"
	"strings"
	"time"
)

// Identity is who a person is at another service: the issuer names the service, and the subject names
// the person there for good. An address is no part of it; it can be given to somebody else.
type Identity struct {
	ID              ID
	UserID          ID
	Issuer, Subject string
	// Email is the verified address that the service named when the identity was linked; may be empty.
	Email     string
	CreatedAt time.Time
	UsedAt    time.Time // zero: never; known to five minutes
}

// SignInFlow is a sign-in on its way through another service and back.
type SignInFlow struct {
	Provider string // the id of the service
	Next     string // the path to go to afterwards
	// UserID and SessionID are of somebody signed in who links an identity; zero: somebody signs in.
	UserID, SessionID ID
	// Identity is set once the service has said who it is and their address belongs to an account:
	// they have to show that the account is theirs.
	Identity Identity
}

// MaxIdentities is how many identities one person may have.
const MaxIdentities = 20

// SignInFlowLifetime is how long the way to another service and back may take, and after it the
// confirmation.
const SignInFlowLifetime = 10 * time.Minute

// maxNextLength bounds the addresses that are kept for after a sign-in.
const maxNextLength = 2000

// SafeNext gives the path to go to after a sign-in: next where it is a path of this site, else "/".
// "//host" and "/\host" are other sites to a browser, and it drops control characters while it reads.
// The studio has the same rule, in web/src/account/next.ts.
func SafeNext(next string) string {
	plain := func(c rune) bool { return c <= 0x20 || c >= 0x7f || c == '\\' }
	switch {
	case len(next) > maxNextLength, !strings.HasPrefix(next, "/"), strings.HasPrefix(next, "//"), strings.ContainsFunc(next, plain):
		return "/"
	}
	first := next[1:]
	if end := strings.IndexAny(first, "/?#"); end >= 0 {
		first = first[:end]
	}
	if slices.Contains([]string{"sign-in", "sign-up", "forgotten", "password-reset", "api"}, first) {
		return "/"
	}
	return next
}
