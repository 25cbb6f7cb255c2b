package httpapi

import (
	"net/http"

	"laneway"
)

type presentJSON struct {
	UserID      string        `json:"userId"`
	DisplayName string        `json:"displayName"`
	Colour      int           `json:"colour"`
	Sessions    []sessionJSON `json:"sessions"`
}

type sessionJSON struct {
	Session   string   `json:"session"`
	Selection []string `json:"selection"`
}

// setPresence notes that a tab has the diagram open, or leaves it.
func (s *server) setPresence(w http.ResponseWriter, r *request) error {
	o, _, err := r.readObject(maxForm, "session", "selection", "leaving")
	if err != nil {
		return err
	}
	o.require("session")
	p := laneway.Presence{
		DiagramID:   r.diagramID(),
		DisplayName: r.account.User.DisplayName,
		Session:     orEmpty(o.line("session")),
		Selection:   o.lines("selection", laneway.MaxSelection),
		Leaving:     o.flag("leaving"),
	}
	if err := o.err(); err != nil {
		return err
	}
	people, err := s.platform.SetPresence(r.Context(), r.actor, p)
	if err != nil {
		return err
	}
	present := make([]presentJSON, 0, len(people))
	for _, person := range people {
		j := presentJSON{UserID: person.UserID.String(), DisplayName: person.DisplayName, Colour: person.Colour}
		for _, s := range person.Sessions {
			j.Sessions = append(j.Sessions, sessionJSON{s.Session, append([]string{}, s.Selection...)})
		}
		present = append(present, j)
	}
	return writeJSON(w, http.StatusOK, struct {
		Present []presentJSON `json:"present"`
	}{present})
}
