package auth_test

import (
	"bytes"
	"strings"
	"testing"

	"laneway/internal/auth"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	digits := make(map[rune]int)
	for range 500 {
		token, hash := auth.NewToken()
		if len(token) != 49 || !strings.HasPrefix(token, "lw_") || seen[token] {
			t.Fatalf("token %q", token)
		}
		seen[token] = true
		again, ok := auth.HashToken(token)
		if !ok || !bytes.Equal(again, hash) || len(hash) != 32 {
			t.Fatalf("hash %x, then %x", hash, again)
		}
		for _, c := range token[3:43] {
			digits[c]++
		}
		// Any single character that is another one is noticed without the database.
		for i := range token {
			mistyped := []byte(token)
			if mistyped[i] = 'x'; token[i] == 'x' {
				mistyped[i] = 'y'
			}
			if _, ok := auth.HashToken(string(mistyped)); ok {
				t.Errorf("%q is taken for %q", mistyped, token)
			}
		}
	}
	if len(digits) != 62 {
		t.Errorf("%d different digits, want 62", len(digits))
	}
	for c, n := range digits { // 20,000 digits, 322 of each expected
		if n < 200 || n > 450 {
			t.Errorf("digit %q stands %d times", c, n)
		}
	}
	for _, bad := range []string{"", "lw_", "lw_" + strings.Repeat("0", 46), strings.Repeat("a", 49), "LW_" + strings.Repeat("a", 46), "lw_" + strings.Repeat("é", 23)} {
		if _, ok := auth.HashToken(bad); ok {
			t.Errorf("%q is taken for a token", bad)
		}
	}
}
