package httpapi

import (
	"net/http"

	"laneway"
)

type healthJSON struct {
	Status string `json:"status"`
	Events string `json:"events,omitempty"`
}

// getHealth says that the process answers; it asks nobody else, so a database that is away does not
// make a supervisor restart a healthy server.
func (s *server) getHealth(w http.ResponseWriter, _ *request) error {
	return writeJSON(w, http.StatusOK, healthJSON{Status: "ok"})
}

// getReadiness says that requests can be served now, and how events of other servers arrive: also a
// server that only reads them once a second serves. One that is about to stop still serves and says that it does not, so that
// a load balancer turns away first.
func (s *server) getReadiness(w http.ResponseWriter, r *request) error {
	if s.stopping != nil && s.stopping() {
		return laneway.Errorf(laneway.Unavailable, "The server is stopping.")
	}
	if err := s.platform.Ready(r.Context()); err != nil {
		if laneway.KindOf(err) == laneway.Unavailable {
			return err
		}
		return &laneway.Error{Kind: laneway.Unavailable, Detail: "The database can't be reached.", Cause: err}
	}
	events := "polling"
	if s.platform.Listening() {
		events = "listening"
	}
	return writeJSON(w, http.StatusOK, healthJSON{"ok", events})
}
