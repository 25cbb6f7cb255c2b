package laneway

// Actor is who asks, for which organization. It is made once per request from a session or a
// token, and is the only source of the tenant: no method takes an organization beside it.
type Actor struct {
	UserID         ID
	OrganizationID ID
	Role           Role
	// SessionID is the session that the request came with, zero for tokens and jobs.
	SessionID ID
	// Scope bounds what the role allows, for a token; empty for a session.
	Scope Scope
	// Operator says that this person runs the instance. It gives nothing within an organization.
	Operator bool
}

// Role is what a member may do in one organization.
type Role string

// The roles: an admin may do everything, a member reads and writes, a viewer reads.
const (
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
	RoleViewer Role = "viewer"
)

// Action is something that an Actor may or may not do. Every platform method names one.
type Action string

// The actions.
const (
	ReadDiagrams  Action = "diagrams:read"
	WriteDiagrams Action = "diagrams:write"
	// ReadOrganization is seeing its name, its plan and usage, and who is in it.
	ReadOrganization Action = "organization:read"
	// ManageOrganization is changing its name, its members and their roles, and inviting people.
	ManageOrganization Action = "organization:manage"
	// DeleteOrganization is deleting it and taking that back. No token may: by scope, and by httpapi for those of other services.
	DeleteOrganization Action = "organization:delete"
	// LeaveOrganization is giving up one's own membership.
	LeaveOrganization Action = "organization:leave"
	// ReadAudit is reading the organization's whole log.
	ReadAudit Action = "audit:read"
	// ManageTokens is seeing, making and revoking one's own API tokens. As little for tokens as DeleteOrganization.
	ManageTokens Action = "tokens:manage"
	// OperateInstance is seeing how the instance fares: its load and how large its organizations are, and
	// nothing that is in them. It concerns no organization, and no role allows it.
	OperateInstance Action = "instance:operate"
)

// May answers whether the actor may do what action names; nil means yes. It is the first call
// of every platform method, before any object is loaded, so a refusal tells nothing about what
// exists. An actor without organization or with an unknown role may do nothing.
func (a Actor) May(action Action) error {
	if isOpened(action) {
		return nil
	}
	if a.UserID.IsZero() {
		return Errorf(Unauthenticated, "Sign in first.")
	}
	if action == OperateInstance {
		if !a.Operator || a.Scope != "" {
			return Errorf(Forbidden, "Only operators of this server can do that, and not by a token.")
		}
		return nil
	}
	if a.OrganizationID.IsZero() {
		return Errorf(Forbidden, "You are not a member of an organization.")
	}
	if err := a.Role.may(action); err != nil {
		return err
	}
	return a.Scope.may(action)
}

// may tells whether the role lets an action through.
func (r Role) may(action Action) error {
	switch r {
	case RoleAdmin:
		return nil
	case RoleMember:
		switch action {
		case DeleteOrganization:
			return Errorf(Forbidden, "Your role in this organization is member; only an admin can delete it or restore it.")
		case ManageOrganization:
			return Errorf(Forbidden, "Your role in this organization is member; only an admin can change its name, its members and its invitations.")
		case ReadAudit:
			return Errorf(Forbidden, "Your role in this organization is member; only an admin can read its log.")
		}
		return nil
	case RoleViewer:
		switch action {
		case ReadDiagrams, ReadOrganization, LeaveOrganization, ManageTokens:
			return nil
		}
		return Errorf(Forbidden, "Your role in this organization is viewer; ask an admin for the role member to make changes.")
	default:
		return Errorf(Forbidden, "Your role in this organization is not known to this server.")
	}
}
