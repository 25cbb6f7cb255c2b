package httpapi

import (
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"laneway/internal/platform"
)

type accountSessionJSON struct {
	ID        string    `json:"id"`
	UserAgent *string   `json:"userAgent"`
	CreatedAt time.Time `json:"createdAt"`
	SeenAt    time.Time `json:"seenAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	Current   bool      `json:"current"`
}

// userAgent gives what the browser calls itself as text that can be kept: "" where it is none.
func userAgent(r *http.Request) string {
	name := r.UserAgent()
	if !utf8.ValidString(name) {
		return ""
	}
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < 0x20 || c == 0x7f {
			return ' '
		}
		return c
	}, name))
}

func (s *server) listSessions(w http.ResponseWriter, r *request) error {
	sessions, err := s.platform.ListSessions(r.Context(), *r.session)
	if err != nil {
		return err
	}
	answer := struct {
		Data       []accountSessionJSON `json:"data"`
		NextCursor *string              `json:"nextCursor"`
		HasMore    bool                 `json:"hasMore"`
	}{Data: make([]accountSessionJSON, 0, len(sessions))}
	for _, n := range sessions {
		answer.Data = append(answer.Data, accountSessionJSON{
			ID: n.ID.String(), UserAgent: textOrNull(n.UserAgent), CreatedAt: n.CreatedAt.UTC(), SeenAt: n.SeenAt.UTC(),
			ExpiresAt: n.ExpiresAt.UTC(), Current: n.ID == r.session.ID,
		})
	}
	return writeJSON(w, http.StatusOK, answer)
}

func (s *server) endSession(w http.ResponseWriter, r *request) error {
	if err := s.platform.EndSession(r.Context(), *r.session, r.pathID("session")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) endOtherSessions(w http.ResponseWriter, r *request) error {
	if err := s.platform.EndOtherSessions(r.Context(), *r.session); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) changePassword(w http.ResponseWriter, r *request) error {
	if err := s.safeCookie(r.Request); err != nil {
		return err
	}
	o, _, err := r.readObject(maxForm, "currentPassword", "newPassword")
	if err != nil {
		return err
	}
	o.require("newPassword")
	in := platform.PasswordChange{
		Current:   orEmpty(o.line("currentPassword")),
		New:       orEmpty(o.line("newPassword")),
		Address:   s.clientAddress(r.Request),
		UserAgent: userAgent(r.Request),
	}
	if err := o.err(); err != nil {
		return err
	}
	secret, err := s.platform.ChangePassword(r.Context(), r.account.User, in)
	if err != nil {
		return err
	}
	s.setSession(w, r.Request, secret)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
