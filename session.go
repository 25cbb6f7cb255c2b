package laneway

import "time"

// Session is a signed-in browser. Its secret is known to the browser alone; the server keeps a hash.
type Session struct {
	ID        ID
	UserID    ID
	UserAgent string // what the browser calls itself; may be empty
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
}

// How long a session lives: until it was not used for SessionIdle, and never past SessionLifetime.
const (
	SessionIdle     = 14 * 24 * time.Hour
	SessionLifetime = 90 * 24 * time.Hour
)

// MaxUserAgentLength is how much of what a browser calls itself is kept, in characters.
const MaxUserAgentLength = 400

// SignUp is a request for a new account.
type SignUp struct {
	Email, Password, DisplayName string
	OrganizationName             string // empty: "<DisplayName>'s organization"
	// Invitation is the secret of one; with it the person joins that organization and makes none.
	Invitation string
	UserAgent  string // what the browser calls itself; may be empty
}

// Account is a person with their organizations, the default one first.
type Account struct {
	User        User
	Memberships []Membership
	DefaultID   ID
}

// Membership gives the account's membership of one organization.
func (a Account) Membership(organization ID) (Membership, bool) {
	for _, m := range a.Memberships {
		if m.Organization.ID == organization {
			return m, true
		}
	}
	return Membership{}, false
}
