package live

import (
	"encoding/json"
	"maps"
	"slices"

	"laneway"
	"laneway/internal/store"
)

// sessionsChannel carries whose sessions have ended. They belong to no organization, so there is no
// event that would tell.
const sessionsChannel = "laneway_sessions"

// usersPerMessage keeps a message below store.MaxNotification: an entry has 39 bytes.
const usersPerMessage = 150

// recheckMessage is what servers tell each other of people.
type recheckMessage struct {
	From  string   `json:"from"`
	Users []idText `json:"users"`
}

// Recheck has all streams of a person, on every server, ask whether they may go on. It does not wait.
// A server that does not hear the others rechecks everybody when it hears them again.
func (h *Hub) Recheck(user laneway.ID) {
	h.recheckHere(user)
	h.bus.mu.Lock()
	h.bus.users[user] = struct{}{}
	h.bus.mu.Unlock()
	signal(h.bus.work)
}

// recheckHere is Recheck for this server; the zero ID is everybody.
func (h *Hub) recheckHere(user laneway.ID) {
	if h.observer.Recheck != nil {
		h.observer.Recheck(user)
	}
	h.mu.Lock()
	feeds := slices.Collect(maps.Values(h.feeds))
	h.mu.Unlock()
	for _, f := range feeds {
		f.mu.Lock()
		f.recheck(user)
		f.mu.Unlock()
	}
}

// packUsers makes the notifications about people.
func packUsers(self string, users map[laneway.ID]struct{}) []store.Notification {
	var messages []store.Notification
	for part := range slices.Chunk(slices.Collect(maps.Keys(users)), usersPerMessage) {
		m := recheckMessage{From: self, Users: make([]idText, len(part))}
		for i, user := range part {
			m.Users[i] = idText(user)
		}
		messages = append(messages, store.Notification{Channel: sessionsChannel, Payload: string(mustMarshal(m))})
	}
	return messages
}

// receiveUsers takes a notification about people.
func (h *Hub) receiveUsers(payload string) {
	var m recheckMessage
	if err := json.Unmarshal([]byte(payload), &m); err != nil {
		h.log.Warn("a notification that no server sends", "channel", sessionsChannel, "error", err)
		return
	}
	if m.From == h.bus.self {
		return // done when it was sent
	}
	for _, user := range m.Users {
		if user != (idText{}) {
			h.recheckHere(laneway.ID(user))
		}
	}
}
