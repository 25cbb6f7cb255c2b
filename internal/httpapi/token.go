package httpapi

import (
	"net/http"
	"time"

	"laneway"
	"laneway/internal/platform"
)

type tokenJSON struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	Scope     laneway.Scope `json:"scope"`
	CreatedAt time.Time     `json:"createdAt"`
	ExpiresAt *time.Time    `json:"expiresAt"`
	UsedAt    *time.Time    `json:"usedAt"`
	// Token is in the answer to the request that made it and in no other.
	Token string `json:"token,omitempty"`
}

func toTokenJSON(k laneway.Token) tokenJSON {
	return tokenJSON{
		ID: k.ID.String(), Name: k.Name, Scope: k.Scope, CreatedAt: k.CreatedAt.UTC(),
		ExpiresAt: timeOrNull(k.ExpiresAt), UsedAt: timeOrNull(k.UsedAt),
	}
}

// timeOrNull gives nil, JSON's null, for the zero time.
func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (s *server) listTokens(w http.ResponseWriter, r *request) error {
	tokens, err := s.platform.ListTokens(r.Context(), r.actor)
	if err != nil {
		return err
	}
	// All of them are one page: laneway.MaxTokens bounds their number.
	answer := struct {
		Data       []tokenJSON `json:"data"`
		NextCursor *string     `json:"nextCursor"`
		HasMore    bool        `json:"hasMore"`
	}{Data: make([]tokenJSON, 0, len(tokens))}
	for _, k := range tokens {
		answer.Data = append(answer.Data, toTokenJSON(k))
	}
	return writeJSON(w, http.StatusOK, answer)
}

func (s *server) createToken(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "name", "scope", "expiresAt")
	if err != nil {
		return err
	}
	o.require("name", "scope")
	in := platform.NewToken{Name: orEmpty(o.line("name")), Scope: orEmpty(o.line("scope")), ExpiresAt: o.moment("expiresAt")}
	if err := o.err(); err != nil {
		return err
	}
	token, text, seq, err := s.platform.CreateToken(r.Context(), r.actor, in)
	if err != nil {
		return err
	}
	setSeq(w, seq)
	answer := toTokenJSON(token)
	answer.Token = text
	return writeJSON(w, http.StatusCreated, answer)
}

func (s *server) revokeToken(w http.ResponseWriter, r *request) error {
	seq, err := s.platform.RevokeToken(r.Context(), r.actor, r.pathID("token"))
	if err != nil {
		return err
	}
	setSeq(w, seq)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
