package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"hash/crc32"
	"strings"
)

// The form of an API token: a prefix by which scanners for leaked secrets find it, random digits of
// base 62 (238 bits), and a checksum, so that a mistyped or invented one is told apart without asking
// the database.
const (
	tokenPrefix   = "lw_"
	tokenRandom   = 40
	tokenChecksum = 6
	base62        = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewToken makes an API token, and the hash that the database keeps instead of it.
func NewToken() (token string, hash []byte) {
	digits := make([]byte, 0, tokenRandom)
	for len(digits) < tokenRandom {
		var b [64]byte
		rand.Read(b[:]) // never fails: crypto/rand ends the program instead
		for _, c := range b {
			// 248 is the last multiple of 62 that fits: beyond it some digits would be likelier.
			if c < 248 && len(digits) < tokenRandom {
				digits = append(digits, base62[c%62])
			}
		}
	}
	token = tokenPrefix + string(digits) + checksum(string(digits))
	return token, hashSecret(token)
}

// HashToken gives the hash of a token as it came from a client; false when it has not the form of one
// or its checksum is wrong.
func HashToken(token string) ([]byte, bool) {
	digits, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok || len(digits) != tokenRandom+tokenChecksum || checksum(digits[:tokenRandom]) != digits[tokenRandom:] {
		return nil, false
	}
	sum := sha256.Sum256([]byte(token))
	return sum[:], true
}

// checksum gives the CRC-32 (IEEE) of text in six digits of base 62.
func checksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	digits := [tokenChecksum]byte{}
	for i := tokenChecksum - 1; i >= 0; i-- {
		digits[i] = base62[sum%62]
		sum /= 62
	}
	return string(digits[:])
}
