package httpapi

import (
	"net/http"

	"laneway"
)

type userJSON struct {
	ID          string  `json:"id"`
	Email       *string `json:"email"` // null: whoever comes through another service may have none
	DisplayName string  `json:"displayName"`
}

type organizationJSON struct {
	ID   string       `json:"id"`
	Name string       `json:"name"`
	Plan laneway.Plan `json:"plan"`
	Role laneway.Role `json:"role"`
}

type meJSON struct {
	User          userJSON           `json:"user"`
	Organizations []organizationJSON `json:"organizations"`
	// DeletedOrganizations are closed, and can be restored by their admins for a while.
	DeletedOrganizations  []deletedOrganizationJSON `json:"deletedOrganizations"`
	DefaultOrganizationID *string                   `json:"defaultOrganizationId"`
	Operator              bool                      `json:"operator"`
}

func toUserJSON(u laneway.User) userJSON {
	return userJSON{ID: u.ID.String(), Email: textOrNull(u.Email), DisplayName: u.DisplayName}
}

func toOrganizationJSON(m laneway.Membership) organizationJSON {
	return organizationJSON{ID: m.Organization.ID.String(), Name: m.Organization.Name, Plan: m.Organization.Plan, Role: m.Role}
}

// updateMe chooses the default organization; the answer is the account as it is then.
func (s *server) updateMe(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "defaultOrganizationId")
	if err != nil {
		return err
	}
	o.require("defaultOrganizationId")
	id := o.id("defaultOrganizationId")
	if id != nil && id.IsZero() {
		o.fault("defaultOrganizationId", "invalid_uuid", "This must be a UUID.")
	}
	if err := o.err(); err != nil {
		return err
	}
	if r.account.Membership(*id) == nil {
		return laneway.InvalidField("defaultOrganizationId", "unknown_organization", "There is no such organization.")
	}
	if err := s.platform.SetDefaultOrganization(r.Context(), r.account.User.ID, *id); err != nil {
		return err
	}
	account := *r.account
	account.DefaultID = *id
	r.account = &account
	return s.getMe(w, r)
}

func (s *server) getMe(w http.ResponseWriter, r *request) error {
	me := meJSON{
		User:                  toUserJSON(r.account.User),
		Organizations:         make([]organizationJSON, 0, len(r.account.Memberships)),
		DeletedOrganizations:  make([]deletedOrganizationJSON, 0, len(r.account.Deleted)),
		DefaultOrganizationID: idOrNull(r.account.DefaultID),
		Operator:              r.account.User.Operator && r.token.Scope == "",
	}
	for _, m := range r.account.Deleted {
		me.DeletedOrganizations = append(me.DeletedOrganizations, toDeletedOrganizationJSON(m.Organization, m.Role))
	}
	for _, m := range r.account.Memberships {
		me.Organizations = append(me.Organizations, toOrganizationJSON(m))
	}
	return writeJSON(w, http.StatusOK, me)
}

// idOrNull gives nil, JSON's null, for the zero ID.
func idOrNull(id laneway.ID) *string {
	if id.IsZero() {
		return nil
	}
	s := id.String()
	return &s
}
