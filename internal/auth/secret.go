package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// secretSize is the size of a session secret: 256 bits, so that guessing is out of the question
// and a plain SHA-256 is enough to keep.
const secretSize = 32

// NewSecret makes the secret of a session, and the hash that the database keeps instead of it.
func NewSecret() (secret string, hash []byte) {
	b := make([]byte, secretSize)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	secret = base64.RawURLEncoding.EncodeToString(b)
	return secret, hashSecret(secret)
}

// HashSecret gives the hash of a secret as it came from a client; false when it has not the form
// of one, so that no such text reaches the database.
func HashSecret(secret string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil || len(b) != secretSize {
		return nil, false
	}
	return hashSecret(secret), true
}

func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
