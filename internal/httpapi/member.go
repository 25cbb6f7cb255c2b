package httpapi

import (
	"net/http"
	"time"

	"laneway"
)

type memberJSON struct {
	UserID      string       `json:"userId"`
	DisplayName string       `json:"displayName"`
	Email       *string      `json:"email"`
	Role        laneway.Role `json:"role"`
	JoinedAt    time.Time    `json:"joinedAt"`
}

type memberPageJSON struct {
	Data       []memberJSON `json:"data"`
	NextCursor *string      `json:"nextCursor"`
	HasMore    bool         `json:"hasMore"`
}

func toMemberJSON(m laneway.Member) memberJSON {
	return memberJSON{UserID: m.UserID.String(), DisplayName: m.DisplayName, Email: textOrNull(m.Email), Role: m.Role, JoinedAt: m.JoinedAt.UTC()}
}

// pathID reads an id in the address; what is no UUID becomes the zero ID, which nothing has.
func (r *request) pathID(name string) laneway.ID {
	id, err := laneway.ParseID(r.PathValue(name))
	if err != nil {
		return laneway.ID{}
	}
	return id
}

func (s *server) listMembers(w http.ResponseWriter, r *request) error {
	q := laneway.MemberQuery{Limit: 50}
	o := &object{}
	q.Limit = o.queryLimit(r.query, q.Limit, 100)
	if err := o.err(); err != nil {
		return err
	}
	if r.query.Has("cursor") {
		var err error
		if q.After, err = laneway.ParseCursor(r.query.Get("cursor"), laneway.ByTitle); err != nil {
			return err
		}
	}
	page, err := s.platform.ListMembers(r.Context(), r.actor, q)
	if err != nil {
		return err
	}
	answer := memberPageJSON{Data: make([]memberJSON, 0, len(page.Items))}
	for _, m := range page.Items {
		answer.Data = append(answer.Data, toMemberJSON(m))
	}
	if next := page.Next.String(); next != "" {
		answer.NextCursor, answer.HasMore = &next, true
	}
	return writeJSON(w, http.StatusOK, answer)
}

func (s *server) updateMember(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "role")
	if err != nil {
		return err
	}
	o.require("role")
	role := orEmpty(o.line("role"))
	if err := o.err(); err != nil {
		return err
	}
	m, seq, err := s.platform.SetMemberRole(r.Context(), r.actor, r.pathID("user"), role)
	if err != nil {
		return err
	}
	setSeq(w, seq)
	return writeJSON(w, http.StatusOK, toMemberJSON(m))
}

func (s *server) removeMember(w http.ResponseWriter, r *request) error {
	seq, err := s.platform.RemoveMember(r.Context(), r.actor, r.pathID("user"))
	if err != nil {
		return err
	}
	setSeq(w, seq)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
