package httpapi

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// What is JSON is what encoding/json takes, and strings are read as it reads them.
func TestJSONAsTheStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " ", "{}", "[]", "{ }", "[ ]", "[,]", "[1,]", "{,}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, "1 2", "01", "-", "-0", "1.", ".5", "1e", "1e+", "1E-5", "nul", "nullx",
		"tru", `"`, `"\`, `"\u12"`, `"\u123g"`, `"\x"`, "\"\n\"", `"\/"`, "[[[[]]]]", "[}", "{]", `{"a":{"b":[{}]}}`, "\ufeff{}", strings.Repeat("[", 9999) + strings.Repeat("]", 9999),
		strings.Repeat("[", 10000) + strings.Repeat("]", 10000), strings.Repeat("[", 10001) + strings.Repeat("]", 10001), strings.Repeat("[", 10002) + strings.Repeat("]", 10002)} {
		if got, want := validJSON([]byte(text)), json.Valid([]byte(text)); got != want {
			t.Errorf("%.60q: %t, want %t", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.OneOf(rapid.SampledFrom([]string{"{", "}", "[", "]", ",", ":", `"a"`, `"`, `\`, `\u0041`, `\ud83d\ude00`, `\ud800`, "0", "12", "-", ".", "e", "+", "true", "false", "null", " ", "\n", "\t"}), rapid.String())).Draw(t, "parts")
		text := []byte(strings.Join(parts, ""))
		if !utf8.Valid(text) {
			return
		}
		if got, want := validJSON(text), json.Valid(text); got != want {
			t.Fatalf("%q: %t, want %t", text, got, want)
		}
		quoted := []byte(`"` + strings.Trim(string(text), `"`) + `"`)
		var want string
		if json.Unmarshal(quoted, &want) != nil {
			return
		}
		switch got, fault := unquote(quoted); {
		case fault != "" && !strings.Contains(want, "\ufffd"), fault == "" && got != want:
			t.Fatalf("%q is read as %q (%s), want %q", quoted, got, fault, want)
		}
		if got, fault := unquoteBytes(quoted); fault == "" && (string(got) != want || cap(got) != len(want)) {
			t.Fatalf("%q is read as %q in %d bytes, want %q in %d", quoted, got, cap(got), want, len(want))
		}
		s := scanner{text: append(quoted, ",1"...)}
		if got := s.value(); string(got) != string(quoted) {
			t.Fatalf("%q ends behind %q", quoted, got)
		}
	})
}
