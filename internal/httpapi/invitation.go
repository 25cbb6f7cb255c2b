package httpapi

import (
	"net/http"
	"time"

	"laneway"
)

type invitationJSON struct {
	ID    string  `json:"id"`
	Email *string `json:"email"`
	// Mail is how far the mail to that address is, MailProblem what the last try came to.
	Mail        *string      `json:"mail"`
	MailProblem *string      `json:"mailProblem"`
	Role        laneway.Role `json:"role"`
	InvitedBy   inviterJSON  `json:"invitedBy"`
	CreatedAt   time.Time    `json:"createdAt"`
	ExpiresAt   time.Time    `json:"expiresAt"`
	// Link is in the answer to the request that made the invitation and in no other.
	Link string `json:"link,omitempty"`
}

type inviterJSON struct {
	ID          string  `json:"id"`
	DisplayName *string `json:"displayName"`
}

// invitationViewJSON is what whoever holds the link sees before they decide.
type invitationViewJSON struct {
	OrganizationName string       `json:"organizationName"`
	Role             laneway.Role `json:"role"`
	Email            *string      `json:"email"`
	InviterName      *string      `json:"inviterName"`
	ExpiresAt        time.Time    `json:"expiresAt"`
}

func toInvitationJSON(i laneway.Invitation) invitationJSON {
	return invitationJSON{
		ID: i.ID.String(), Email: textOrNull(i.Email), Mail: textOrNull(string(i.Mail)), MailProblem: textOrNull(i.MailProblem), Role: i.Role,
		InvitedBy: inviterJSON{i.InvitedBy.String(), textOrNull(i.InviterName)},
		CreatedAt: i.CreatedAt.UTC(), ExpiresAt: i.ExpiresAt.UTC(),
	}
}

// origin is the address that people reach this server by: the public one where it is set, else the
// one that this request was sent to.
func (s *server) origin(r *http.Request) string {
	switch {
	case s.publicOrigin != "":
		return s.publicOrigin
	case s.isHTTPS(r):
		return "https://" + r.Host
	default:
		return "http://" + r.Host
	}
}

func (s *server) listInvitations(w http.ResponseWriter, r *request) error {
	open, err := s.platform.ListInvitations(r.Context(), r.actor)
	if err != nil {
		return err
	}
	// All of them are one page: laneway.MaxInvitations bounds their number.
	answer := struct {
		Data       []invitationJSON `json:"data"`
		NextCursor *string          `json:"nextCursor"`
		HasMore    bool             `json:"hasMore"`
	}{Data: make([]invitationJSON, 0, len(open))}
	for _, i := range open {
		answer.Data = append(answer.Data, toInvitationJSON(i))
	}
	return writeJSON(w, http.StatusOK, answer)
}

func (s *server) createInvitation(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "email", "role")
	if err != nil {
		return err
	}
	o.require("role")
	email, role := "", orEmpty(o.line("role"))
	if o.has("email") && !o.isNull("email") {
		if email = orEmpty(o.line("email")); email == "" {
			o.fault("email", "invalid_email", "This must be an e-mail address, or left out.")
		}
	}
	if err := o.err(); err != nil {
		return err
	}
	i, secret, seq, err := s.platform.CreateInvitation(r.Context(), r.actor, email, role)
	if err != nil {
		return err
	}
	setSeq(w, seq)
	answer := toInvitationJSON(i)
	answer.Link = s.origin(r.Request) + "/invitation/" + secret
	return writeJSON(w, http.StatusCreated, answer)
}

func (s *server) revokeInvitation(w http.ResponseWriter, r *request) error {
	seq, err := s.platform.RevokeInvitation(r.Context(), r.actor, r.pathID("invitation"))
	if err != nil {
		return err
	}
	setSeq(w, seq)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) getInvitation(w http.ResponseWriter, r *request) error {
	i, err := s.platform.GetInvitation(r.Context(), r.PathValue("secret"))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, invitationViewJSON{
		OrganizationName: i.Organization.Name, Role: i.Role, Email: textOrNull(i.Email),
		InviterName: textOrNull(i.InviterName), ExpiresAt: i.ExpiresAt.UTC(),
	})
}

func (s *server) acceptInvitation(w http.ResponseWriter, r *request) error {
	m, seq, err := s.platform.AcceptInvitation(r.Context(), r.account.User.ID, r.PathValue("secret"))
	if err != nil {
		return err
	}
	exchangeOf(r.Context()).organization = m.Organization.ID
	setSeq(w, seq)
	return writeJSON(w, http.StatusOK, toOrganizationJSON(m))
}
