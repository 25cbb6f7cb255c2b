package laneway

import "time"

// Scope is what an API token may do at most; what its person may do in the organization bounds it too.
type Scope string

// The scopes: read sees diagrams, projects and members; write changes diagrams and projects as well;
// admin does everything but what needs a person at the keyboard, such as making tokens.
const (
	ScopeRead  Scope = "read"
	ScopeWrite Scope = "write"
	ScopeAdmin Scope = "admin"
)

// CheckScope reads a scope as clients write it. The field is named in the error.
func CheckScope(field, scope string) (Scope, error) {
	switch s := Scope(scope); s {
	case ScopeRead, ScopeWrite, ScopeAdmin:
		return s, nil
	default:
		return "", InvalidField(field, "unknown_scope", "This must be read, write or admin.")
	}
}

// may tells whether the scope lets an action through. No scope is a session's, which lets all through.
func (s Scope) may(action Action) error {
	if s == "" {
		return nil
	}
	switch action {
	case ManageTokens:
		return Errorf(Forbidden, "A token can't see, make or revoke tokens. Sign in to do that.")
	case DeleteOrganization:
		return Errorf(Forbidden, "A token can't delete or restore an organization. Sign in to do that.")
	case ReadDiagrams, ReadOrganization:
		return nil
	case WriteDiagrams:
		if s == ScopeWrite || s == ScopeAdmin {
			return nil
		}
	default:
		if s == ScopeAdmin {
			return nil
		}
	}
	return Errorf(Forbidden, "The scope of this token is %s, which does not allow this.", s)
}

// Token is a credential of a person for programs, bound to one organization. Its text is shown once;
// the server keeps a hash.
type Token struct {
	ID                ID
	Name              string
	Scope             Scope
	CreatedAt         time.Time
	ExpiresAt, UsedAt time.Time // zero: never
}

// Bounds of tokens. Their number is for each person in each organization.
const (
	MaxTokens        = 100
	MaxTokenLifetime = 10 * 366 * 24 * time.Hour
)
