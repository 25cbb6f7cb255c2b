// Package auth makes and checks what people and programs show to say who they are: password hashes,
// session secrets, API tokens, and what other services say of people.
//
// A Provider is a service that people sign in with in a browser, by OpenID Connect. An Issuer signs
// bearer tokens that programs send. Both are checked by the same rules: algorithms that are fixed
// beforehand, keys that only the issuer's own address gives, the exact issuer and audience, and times
// with a leeway of one minute. Calls to other services follow no redirect, end after five seconds or 64
// KiB, and come six times a minute at most, whatever tokens strangers send.
//
// The package knows no database and no handlers; whose account it is and who may sign in is the
// platform's business. Errors about tokens and services are *laneway.Error with a code in their field.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
)

// Parameters of argon2id, the minimum that OWASP's password storage cheat sheet names: 19 MiB of
// memory, two passes, one lane. A hash carries its own, so they can be raised at any time.
const (
	memoryKiB = 19 * 1024
	passes    = 2
	lanes     = 1
	saltSize  = 16
	keySize   = 32
)

// Hasher hashes passwords, at most one per core at a time: a hash takes 50 to 230 ms of CPU and
// 19 MiB, so more at once would only stand in the way of every other request.
type Hasher struct {
	slots   chan struct{}
	waiting atomic.Int64
	dummy   string
}

// Load tells how many hashes wait, how many are being made, and how many may be made at once.
func (h *Hasher) Load() (waiting, running, slots int) {
	return int(h.waiting.Load()), len(h.slots), cap(h.slots)
}

// NewHasher makes a Hasher for this machine.
func NewHasher() (*Hasher, error) {
	h := &Hasher{slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	var err error
	h.dummy, err = h.Hash(context.Background(), rand.Text())
	return h, err
}

// Hash gives the PHC string of a password. It waits for a free slot until ctx ends.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("read salt: %w", err)
	}
	key, err := h.derive(ctx, password, salt, memoryKiB, passes, lanes, keySize)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// Verdict is the outcome of a check.
type Verdict struct {
	OK bool
	// Outdated: the password is right and its hash has parameters of before; hash it anew.
	Outdated bool
}

// Check compares a password with a stored hash. An empty hash, as of an unknown person, is never
// right and takes the same time as any other.
func (h *Hasher) Check(ctx context.Context, password, hash string) (Verdict, error) {
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	p, err := parsePHC(hash)
	if err != nil {
		return Verdict{}, err
	}
	key, err := h.derive(ctx, password, p.salt, p.memory, p.passes, p.lanes, uint32(len(p.key)))
	if err != nil {
		return Verdict{}, err
	}
	if subtle.ConstantTimeCompare(key, p.key) != 1 || !known {
		return Verdict{}, nil
	}
	return Verdict{OK: true, Outdated: p.memory != memoryKiB || p.passes != passes || p.lanes != lanes || len(p.key) != keySize}, nil
}

func (h *Hasher) derive(ctx context.Context, password string, salt []byte, memory, passes uint32, lanes uint8, size uint32) ([]byte, error) {
	h.waiting.Add(1)
	select {
	case h.slots <- struct{}{}:
		h.waiting.Add(-1)
		defer func() { <-h.slots }()
		return argon2.IDKey([]byte(password), salt, passes, memory, lanes, size), nil
	case <-ctx.Done():
		h.waiting.Add(-1)
		return nil, fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
}

type phc struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

// errHash says that a stored hash is not one of ours.
var errHash = errors.New("stored password hash has an unknown form")

func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errHash
	}
	var p phc
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); err != nil {
		return phc{}, errors.Join(errHash, err)
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return phc{}, errors.Join(errHash, err)
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return phc{}, errors.Join(errHash, err)
	}
	if p.passes == 0 || p.lanes == 0 || p.memory > 1<<21 || len(p.key) < 16 || len(p.key) > 64 {
		return phc{}, errHash
	}
	return p, nil
}
