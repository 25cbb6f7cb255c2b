package live

import (
	"encoding/json"

	"laneway"
	"laneway/internal/store"
)

// seatMessage is what servers tell each other of a tab. A selection that is too long for one
// notification goes over several, which follow each other.
type seatMessage struct {
	Organization idText   `json:"o"`
	Diagram      idText   `json:"d"`
	User         idText   `json:"u"`
	Session      string   `json:"s"`
	Leaving      bool     `json:"l,omitempty"`
	Name         string   `json:"n,omitempty"`
	Colour       int      `json:"c,omitempty"`
	Joined       int64    `json:"j,omitempty"`
	Selection    []string `json:"e,omitempty"`
	// Part counts from 0; More says that another part follows.
	Part int  `json:"p,omitempty"`
	More bool `json:"m,omitempty"`
}

// idText is an id that JSON shows in its usual form.
type idText laneway.ID

// MarshalText gives the canonical form.
func (id idText) MarshalText() ([]byte, error) { return []byte(laneway.ID(id).String()), nil }

// UnmarshalText reads it.
func (id *idText) UnmarshalText(text []byte) error {
	parsed, err := laneway.ParseID(string(text))
	*id = idText(parsed)
	return err
}

type seatKey struct {
	place place
	tab   tab
}

func (m seatMessage) key() seatKey {
	return seatKey{place{laneway.ID(m.Organization), laneway.ID(m.Diagram)}, tab{laneway.ID(m.User), m.Session}}
}

// seatsMessage is one notification.
type seatsMessage struct {
	From  string            `json:"from"`
	Seats []json.RawMessage `json:"seats"`
}

// seatOf begins a message about a tab.
func seatOf(at place, who tab) seatMessage {
	return seatMessage{Organization: idText(at.organization), Diagram: idText(at.diagram), User: idText(who.user), Session: who.session}
}

// tell puts a tab on the list for the other servers; only its newest state is sent.
func (b *bus) tell(m seatMessage) {
	b.mu.Lock()
	b.seats[m.key()] = m
	b.mu.Unlock()
	signal(b.work)
}

// packSeats puts as many as fit into each notification.
func packSeats(self string, seats []seatMessage) []store.Notification {
	const frame = 128 // what stands around the seats
	var messages []store.Notification
	var part []json.RawMessage
	size := 0
	send := func() {
		if len(part) > 0 {
			messages = append(messages, store.Notification{Channel: presenceChannel, Payload: string(mustMarshal(seatsMessage{self, part}))})
		}
		part, size = nil, 0
	}
	for _, m := range seats {
		for _, text := range splitSeat(m, store.MaxNotification-frame) {
			if size+len(text)+1 > store.MaxNotification-frame {
				send()
			}
			part = append(part, text)
			size += len(text) + 1
		}
	}
	send()
	return messages
}

// splitSeat gives the parts of a message, each with at most limit bytes.
func splitSeat(m seatMessage, limit int) []json.RawMessage {
	rest := m.Selection
	var parts []json.RawMessage
	for m.Part = 0; ; m.Part++ {
		m.Selection, m.More = nil, true
		size := len(mustMarshal(m)) + len(`,"e":[]`)
		n := 0
		for ; n < len(rest); n++ {
			if size += len(mustMarshal(rest[n])) + 1; size > limit {
				break
			}
		}
		m.Selection, rest = rest[:n], rest[n:]
		m.More = len(rest) > 0
		parts = append(parts, mustMarshal(m))
		if !m.More {
			return parts
		}
	}
}

// receiveSeats takes a notification about tabs.
func (h *Hub) receiveSeats(payload string) {
	var m seatsMessage
	err := json.Unmarshal([]byte(payload), &m)
	if m.From == h.bus.self {
		return
	}
	for _, text := range m.Seats {
		var part seatMessage
		if err = json.Unmarshal(text, &part); err != nil {
			break
		}
		if whole, ok := h.bus.join(m.From, part); ok {
			h.hearSeat(whole)
		}
	}
	if err != nil {
		h.log.Warn("a notification that no server sends", "channel", presenceChannel, "error", err)
	}
}

// join puts the parts of a message together. It belongs to the goroutine that listens.
func (b *bus) join(from string, part seatMessage) (seatMessage, bool) {
	begun := b.partial[from]
	delete(b.partial, from)
	if part.Part > 0 {
		if begun.key() != part.key() || begun.Part != part.Part-1 || !begun.More {
			return seatMessage{}, false // its beginning was missed
		}
		part.Selection = append(begun.Selection, part.Selection...)
	}
	if len(part.Selection) > laneway.MaxSelection {
		return seatMessage{}, false
	}
	if part.More {
		b.partial[from] = part
		return seatMessage{}, false
	}
	return part, true
}

func mustMarshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers
	}
	return text
}
