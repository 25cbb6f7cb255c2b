package auth

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
)

func newHasher(t *testing.T) *Hasher {
	t.Helper()
	h, err := NewHasher()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestPassword(t *testing.T) {
	h := newHasher(t)
	ctx := context.Background()
	hash, err := h.Hash(ctx, "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %q has not the expected parameters", hash)
	}
	again, err := h.Hash(ctx, "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	if again == hash {
		t.Error("two hashes of one password are equal: no salt")
	}
	for _, tt := range []struct {
		name, password, hash string
		want                 Verdict
	}{
		{"right", "correct horse battery", hash, Verdict{OK: true}},
		{"wrong", "correct horse batterz", hash, Verdict{}},
		{"empty password", "", hash, Verdict{}},
		{"unknown person", "correct horse battery", "", Verdict{}},
		{"weaker parameters", "correct horse battery", weakHash("correct horse battery"), Verdict{OK: true, Outdated: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := h.Check(ctx, tt.password, tt.hash)
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("Check = %+v, want %+v", got, tt.want)
			}
		})
	}
	for _, bad := range []string{"plain", "$argon2i$v=19$m=1,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=x$AAAA$AAAA", "$argon2id$v=19$m=8,t=0,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA"} {
		if _, err := h.Check(ctx, "x", bad); err == nil {
			t.Errorf("Check with stored hash %q gave no error", bad)
		}
	}
}

// weakHash is a hash of before the parameters were raised: m=8,t=1,p=1 and a key of 32 bytes.
func weakHash(password string) string {
	const saltText = "c29tZXNhbHRzb21lc2FsdA" // somesaltsomesalt
	key := argon2.IDKey([]byte(password), []byte("somesaltsomesalt"), 1, 8, 1, 32)
	return "$argon2id$v=19$m=8,t=1,p=1$" + saltText + "$" + base64.RawStdEncoding.EncodeToString(key)
}

func TestHashWaitsForSlot(t *testing.T) {
	h := newHasher(t)
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := h.Hash(ctx, "whatever it takes"); err == nil {
		t.Error("a hash began although every slot was taken")
	}
}

func TestSecret(t *testing.T) {
	secret, hash := NewSecret()
	got, ok := HashSecret(secret)
	if !ok || string(got) != string(hash) {
		t.Errorf("HashSecret(%q) = %x, %v; want %x", secret, got, ok, hash)
	}
	for _, bad := range []string{"", "short", secret + "A", secret[:len(secret)-1], strings.Repeat("*", len(secret)), secret[:10] + "\x00" + secret[11:]} {
		if _, ok := HashSecret(bad); ok {
			t.Errorf("HashSecret took %q", bad)
		}
	}
}
