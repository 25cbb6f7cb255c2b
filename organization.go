package laneway

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Organization is a tenant: it owns projects and diagrams, and nothing crosses from one to another.
type Organization struct {
	ID        ID
	Name      string
	Plan      Plan
	CreatedAt time.Time
	// DeletedAt is when it was deleted; zero: it is in use.
	DeletedAt time.Time
}

// OrganizationRetention is how long a deleted organization can be restored. Meanwhile it is closed for
// everybody; afterwards it is removed with all that it has.
const OrganizationRetention = 30 * 24 * time.Hour

// PurgeAt is when a deleted organization can no longer be restored.
func (o Organization) PurgeAt() time.Time { return o.DeletedAt.Add(OrganizationRetention) }

// Membership is an organization as one of its members sees it.
type Membership struct {
	Organization Organization
	Role         Role
}

// User is a person, known across organizations by one e-mail address.
type User struct {
	ID          ID
	Email       string
	DisplayName string
	CreatedAt   time.Time
	// Operator says that the person runs the instance; known for whoever asks, false elsewhere.
	Operator bool
}

// MaxOrganizations is how many organizations one person may be an admin of when they make another:
// each has the room of the free plan, so without a bound the plan would have none.
const MaxOrganizations = 25

// MaxNameLength is the longest name of a person, an organization or a project, in characters.
const MaxNameLength = 200

// CheckName checks and trims a name or title that people type: 1 to MaxNameLength characters,
// valid UTF-8, no control characters. The field is named in the error.
func CheckName(field, name string) (string, error) {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return "", InvalidField(field, "required", "This must not be empty.")
	case !utf8.ValidString(name):
		return "", InvalidField(field, "invalid_text", "This must be valid Unicode text.")
	case utf8.RuneCountInString(name) > MaxNameLength:
		return "", InvalidField(field, "too_long", "This must have at most 200 characters.")
	}
	for _, r := range name {
		if r < 0x20 || r == 0x7f {
			return "", InvalidField(field, "control_character", "This must not contain control characters.")
		}
	}
	return name, nil
}

// CheckEmail checks the form of an address and gives the one that is stored and compared:
// trimmed and in lower case. Whether it can be reached only a message can tell.
func CheckEmail(field, address string) (string, error) {
	bad := InvalidField(field, "invalid_email", "This is not an e-mail address.")
	address = strings.ToLower(strings.TrimSpace(address))
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at == len(address)-1 || len(address) > 254 || !utf8.ValidString(address) {
		return "", bad
	}
	if strings.ContainsFunc(address, func(r rune) bool { return r <= 0x20 || r == 0x7f || strings.ContainsRune(`<>(),;:"[]\`, r) }) {
		return "", bad
	}
	if strings.Contains(address[:at], "@") {
		return "", bad
	}
	return address, nil
}

// Bounds of a password, in characters. The upper one keeps hashing time and memory bounded.
const (
	MinPasswordLength = 12
	MaxPasswordLength = 256
)

// CheckPassword checks the length of a new password, and that it is text.
func CheckPassword(field, password string) error {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return InvalidField(field, "invalid_text", "This must be valid Unicode text.")
	case n < MinPasswordLength:
		return InvalidField(field, "too_short", "A password needs at least 12 characters.")
	case n > MaxPasswordLength:
		return InvalidField(field, "too_long", "A password has at most 256 characters.")
	}
	return nil
}
