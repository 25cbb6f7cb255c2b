package httpapi

import (
	"net/http"
	"time"

	"laneway/internal/platform"
)

// getSignInOptions tells the pages for whoever is not signed in what to offer.
func (s *server) getSignInOptions(w http.ResponseWriter, _ *request) error {
	return writeJSON(w, http.StatusOK, struct {
		SignUp platform.SignUpPolicy `json:"signUp"`
		Mail   bool                  `json:"mail"`
	}{s.platform.SignUpPolicy(), s.platform.SendsMail()})
}

func (s *server) requestPasswordReset(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "email")
	if err != nil {
		return err
	}
	o.require("email")
	email := orEmpty(o.line("email"))
	if err := o.err(); err != nil {
		return err
	}
	if err := s.platform.RequestPasswordReset(r.Context(), email, s.clientAddress(r.Request)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func (s *server) getPasswordReset(w http.ResponseWriter, r *request) error {
	reset, err := s.platform.GetPasswordReset(r.Context(), r.PathValue("secret"))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		Email     string    `json:"email"`
		ExpiresAt time.Time `json:"expiresAt"`
	}{reset.Email, reset.ExpiresAt.UTC()})
}

func (s *server) resetPassword(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "newPassword")
	if err != nil {
		return err
	}
	o.require("newPassword")
	password := orEmpty(o.line("newPassword"))
	if err := o.err(); err != nil {
		return err
	}
	if err := s.platform.ResetPassword(r.Context(), r.PathValue("secret"), password, s.clientAddress(r.Request)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
