package laneway

import "time"

// OrganizationUsage is an organization as an operator sees it: how large it is, and nothing that is in it.
type OrganizationUsage struct {
	Organization Organization
	Diagrams     int // that count against its plan
	Members      int
}

// OrganizationQuery asks for one page of all organizations, the oldest first.
type OrganizationQuery struct {
	Limit int
	After Cursor // ByCreatedAt
}

// OperatorChange is on record for each time that somebody became an operator or ceased to be one.
type OperatorChange struct {
	User     User
	Operator bool
	At       time.Time
}
