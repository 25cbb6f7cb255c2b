package httpapi

import (
	"net/http"
	"time"

	"laneway"
)

type organizationDetailJSON struct {
	organizationJSON
	CreatedAt time.Time `json:"createdAt"`
}

type usageJSON struct {
	Plan     laneway.Plan `json:"plan"`
	Diagrams struct {
		Used  int `json:"used"`
		Limit int `json:"limit"`
	} `json:"diagrams"`
	Members int `json:"members"`
}

func toOrganizationDetailJSON(o laneway.Organization, role laneway.Role) organizationDetailJSON {
	return organizationDetailJSON{toOrganizationJSON(laneway.Membership{Organization: o, Role: role}), o.CreatedAt.UTC()}
}

func (s *server) createOrganization(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "name")
	if err != nil {
		return err
	}
	o.require("name")
	name := orEmpty(o.line("name"))
	if err := o.err(); err != nil {
		return err
	}
	m, seq, err := s.platform.CreateOrganization(r.Context(), r.account.User.ID, name)
	if err != nil {
		return err
	}
	exchangeOf(r.Context()).organization = m.Organization.ID
	setSeq(w, seq)
	w.Header().Set("Location", "/api/organizations/"+m.Organization.ID.String())
	return writeJSON(w, http.StatusCreated, toOrganizationJSON(m))
}

func (s *server) getOrganization(w http.ResponseWriter, r *request) error {
	o, _, err := s.platform.GetOrganization(r.Context(), r.actor)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, toOrganizationDetailJSON(o, r.actor.Role))
}

func (s *server) updateOrganization(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "name")
	if err != nil {
		return err
	}
	o.require("name")
	name := orEmpty(o.line("name"))
	if err := o.err(); err != nil {
		return err
	}
	renamed, seq, err := s.platform.RenameOrganization(r.Context(), r.actor, name)
	if err != nil {
		return err
	}
	setSeq(w, seq)
	return writeJSON(w, http.StatusOK, toOrganizationDetailJSON(renamed, r.actor.Role))
}

// deletedOrganizationJSON is an organization in the time in which it can be restored.
type deletedOrganizationJSON struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Role      laneway.Role `json:"role"`
	DeletedAt time.Time    `json:"deletedAt"`
	PurgeAt   time.Time    `json:"purgeAt"`
}

func toDeletedOrganizationJSON(o laneway.Organization, role laneway.Role) deletedOrganizationJSON {
	return deletedOrganizationJSON{o.ID.String(), o.Name, role, o.DeletedAt.UTC(), o.PurgeAt().UTC()}
}

func (s *server) deleteOrganization(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "name")
	if err != nil {
		return err
	}
	o.require("name")
	name := orEmpty(o.line("name"))
	if err := o.err(); err != nil {
		return err
	}
	deleted, seq, err := s.platform.DeleteOrganization(r.Context(), r.actor, name)
	if err != nil {
		return err
	}
	setSeq(w, seq)
	return writeJSON(w, http.StatusOK, toDeletedOrganizationJSON(deleted, r.actor.Role))
}

func (s *server) restoreOrganization(w http.ResponseWriter, r *request) error {
	o, seq, err := s.platform.RestoreOrganization(r.Context(), r.actor)
	if err != nil {
		return err
	}
	setSeq(w, seq)
	return writeJSON(w, http.StatusOK, toOrganizationDetailJSON(o, r.actor.Role))
}

func (s *server) getUsage(w http.ResponseWriter, r *request) error {
	_, u, err := s.platform.GetOrganization(r.Context(), r.actor)
	if err != nil {
		return err
	}
	answer := usageJSON{Plan: u.Plan, Members: u.Members}
	answer.Diagrams.Used, answer.Diagrams.Limit = u.Diagrams, u.DiagramLimit
	return writeJSON(w, http.StatusOK, answer)
}

func (s *server) leaveOrganization(w http.ResponseWriter, r *request) error {
	seq, err := s.platform.LeaveOrganization(r.Context(), r.actor)
	if err != nil {
		return err
	}
	setSeq(w, seq)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
