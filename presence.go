package laneway

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Presence says that a person has a diagram open in one tab of a browser. It is never stored.
type Presence struct {
	DiagramID   ID
	DisplayName string
	// Session is the tab's own random name.
	Session string
	// Selection names what is selected there.
	Selection []string
	// Leaving says that the tab has closed the diagram.
	Leaving bool
}

// PresenceLifetime is how long a presence holds unless it is renewed. It is a little less than the
// ten seconds after which nobody may be shown who has left, because looking takes time, too.
const PresenceLifetime = 9500 * time.Millisecond

// Bounds of a presence, and the number of colours that tell people apart.
const (
	MaxSessionName  = 64
	MaxSelection    = 100
	MaxSelectedID   = 256
	PresenceColours = 8
)

// Check gives Invalid where the presence exceeds its bounds.
func (p Presence) Check() error {
	visible := !strings.ContainsFunc(p.Session, func(c rune) bool { return c <= 0x20 || c > 0x7e })
	if p.Session == "" || len(p.Session) > MaxSessionName || !visible {
		return InvalidField("session", "invalid_session", "This must be 1 to 64 visible ASCII characters without blanks.")
	}
	if len(p.Selection) > MaxSelection {
		return InvalidField("selection", "too_many", "At most 100 elements can be shown as selected.")
	}
	for i, id := range p.Selection {
		if id == "" || len(id) > MaxSelectedID || !utf8.ValidString(id) {
			return InvalidField(fmt.Sprintf("selection[%d]", i), "invalid_id", "This must be the id of an element, of at most 256 bytes.")
		}
	}
	return nil
}

// Present is a person who has a diagram open.
type Present struct {
	UserID      ID
	DisplayName string
	// Colour is from 0 to PresenceColours-1, and stays while the person does.
	Colour   int
	Sessions []PresentSession
}

// PresentSession is one of a person's tabs.
type PresentSession struct {
	Session   string
	Selection []string
}
