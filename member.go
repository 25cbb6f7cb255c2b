package laneway

import "time"

// Member is a person with their role in one organization, as the others in it see them.
type Member struct {
	UserID      ID
	DisplayName string
	// Email is empty where the asker need not know it: an admin sees all addresses, others their own.
	Email    string
	Role     Role
	JoinedAt time.Time
}

// MemberQuery selects one page of the members of the actor's organization, by name in code point order.
type MemberQuery struct {
	Limit int    // 1 to 100
	After Cursor // by title, which is the name; zero: from the start
}

// Usage is how much of its plan an organization uses. The trash is not counted.
type Usage struct {
	Plan         Plan
	Diagrams     int
	DiagramLimit int
	Members      int
}

// CheckRole reads a role as clients write it. The field is named in the error.
func CheckRole(field, role string) (Role, error) {
	switch r := Role(role); r {
	case RoleAdmin, RoleMember, RoleViewer:
		return r, nil
	default:
		return "", InvalidField(field, "unknown_role", "This must be admin, member or viewer.")
	}
}
