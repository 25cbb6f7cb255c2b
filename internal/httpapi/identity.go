package httpapi

import (
	"net/http"
	"time"

	"laneway/internal/platform"
)

type providerJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type identityJSON struct {
	ID        string        `json:"id"`
	Issuer    string        `json:"issuer"`
	Provider  *providerJSON `json:"provider"`
	Email     *string       `json:"email"`
	CreatedAt time.Time     `json:"createdAt"`
	UsedAt    *time.Time    `json:"usedAt"`
}

func (s *server) listProviders(w http.ResponseWriter, _ *request) error {
	answer := struct {
		Data       []providerJSON `json:"data"`
		NextCursor *string        `json:"nextCursor"`
		HasMore    bool           `json:"hasMore"`
	}{Data: []providerJSON{}}
	for _, p := range s.platform.ListProviders() {
		answer.Data = append(answer.Data, providerJSON{ID: p.ID(), Name: p.Name()})
	}
	return writeJSON(w, http.StatusOK, answer)
}

// listIdentities tells by what somebody can sign in.
func (s *server) listIdentities(w http.ResponseWriter, r *request) error {
	list, hasPassword, err := s.platform.ListIdentities(r.Context(), *r.session)
	if err != nil {
		return err
	}
	answer := struct {
		Data        []identityJSON `json:"data"`
		NextCursor  *string        `json:"nextCursor"`
		HasMore     bool           `json:"hasMore"`
		HasPassword bool           `json:"hasPassword"`
	}{Data: make([]identityJSON, 0, len(list)), HasPassword: hasPassword}
	for _, i := range list {
		one := identityJSON{ID: i.ID.String(), Issuer: i.Issuer, Email: textOrNull(i.Email), CreatedAt: i.CreatedAt.UTC(), UsedAt: timeOrNull(i.UsedAt)}
		for _, p := range s.platform.ListProviders() {
			if p.Issuer() == i.Issuer {
				one.Provider = &providerJSON{ID: p.ID(), Name: p.Name()}
			}
		}
		answer.Data = append(answer.Data, one)
	}
	return writeJSON(w, http.StatusOK, answer)
}

// beginLink begins to link an identity. It is a request of the page and not an address to go to: another
// site could send people there and have an identity of its own linked to their account.
func (s *server) beginLink(w http.ResponseWriter, r *request) error {
	if err := s.safeCookie(r.Request); err != nil {
		return err
	}
	o, _, err := r.readObject(maxForm, "provider", "next")
	if err != nil {
		return err
	}
	o.require("provider", "next")
	provider, next := orEmpty(o.line("provider")), orEmpty(o.line("next"))
	if err := o.err(); err != nil {
		return err
	}
	address, secret, err := s.platform.BeginFlow(r.Context(), platform.FlowBegin{
		Provider: provider, Redirect: s.redirectAddress(r.Request, provider), Next: next, Own: *r.session,
	})
	if err != nil {
		return err
	}
	s.setFlow(w, r.Request, secret)
	return writeJSON(w, http.StatusOK, struct {
		Location string `json:"location"`
	}{address})
}

func (s *server) unlinkIdentity(w http.ResponseWriter, r *request) error {
	if err := s.platform.UnlinkIdentity(r.Context(), *r.session, r.pathID("identity")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
