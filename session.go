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

// PasswordReset is a link by which a person chooses another password without knowing the one before. Its secret is known
// to whoever has the link alone; the server keeps a hash.
type PasswordReset struct {
	UserID    ID
	Email     string // may be empty
	ExpiresAt time.Time
}

// PasswordResetLifetime is how long such a link can be used.
const PasswordResetLifetime = time.Hour

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

// Account is a person with their organizations, the default one first. Those that were deleted stand apart,
// so that whoever looks for a membership to act by finds none there.
type Account struct {
	User        User
	Memberships []Membership
	Deleted     []Membership
	DefaultID   ID // one of Memberships; zero: there is none
}

// Add takes a membership in, into the list where it belongs. The first one in use is the default.
func (a *Account) Add(m Membership) {
	if !m.Organization.DeletedAt.IsZero() {
		a.Deleted = append(a.Deleted, m)
		return
	}
	a.Memberships = append(a.Memberships, m)
	if a.DefaultID.IsZero() {
		a.DefaultID = m.Organization.ID
	}
}

// Membership gives the account's membership of one organization that is in use, nil where there is none.
func (a *Account) Membership(organization ID) *Membership {
	return findMembership(a.Memberships, organization)
}

// DeletedMembership gives the account's membership of one organization that was deleted, nil where there is none.
func (a *Account) DeletedMembership(organization ID) *Membership {
	return findMembership(a.Deleted, organization)
}

func findMembership(list []Membership, organization ID) *Membership {
	for i := range list {
		if list[i].Organization.ID == organization {
			return &list[i]
		}
	}
	return nil
}
