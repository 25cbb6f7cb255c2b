package laneway

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Project groups diagrams of one organization. Its name need not be unique: people who cannot see
// into the archive would be refused names for no reason that they can see, and everything refers
// to a project by its id.
type Project struct {
	ID          ID
	Name        string
	Description string // may be empty, may have lines
	// Version counts the changes of the project itself, from 1; it is the ETag.
	Version              int64
	Diagrams             int64 // in use; the trash is not counted
	CreatedBy            ID
	CreatedAt, UpdatedAt time.Time
	// ArchivedAt is when it was put away; zero while it is in use. An archived project keeps its
	// diagrams, which can be read, saved and moved out, and takes no new ones.
	ArchivedAt time.Time
}

// ProjectUpdate is a request to change a project. Nil fields stay as they are.
type ProjectUpdate struct {
	ID                ID
	ExpectedVersion   int64
	Name, Description *string
	Archived          *bool
}

// ProjectQuery selects one page of the projects of the actor's organization, by name in code point order.
type ProjectQuery struct {
	Limit    int    // 1 to 100
	After    Cursor // by title, which is the name; zero: from the start
	Archived bool   // the archive instead of what is in use
}

// MaxDescriptionLength is the longest description of a project, in characters.
const MaxDescriptionLength = 2000

// CheckDescription checks and trims a text of several lines: valid UTF-8, no control characters but
// tabs and line breaks, which become single line feeds. The field is named in the error.
func CheckDescription(field, text string) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch {
	case !utf8.ValidString(text):
		return "", InvalidField(field, "invalid_text", "This must be valid Unicode text.")
	case utf8.RuneCountInString(text) > MaxDescriptionLength:
		return "", InvalidField(field, "too_long", "This must have at most 2000 characters.")
	}
	for _, r := range text {
		if r < 0x20 && r != '\n' && r != '\t' || r == 0x7f {
			return "", InvalidField(field, "control_character", "This must not contain control characters.")
		}
	}
	return text, nil
}
