package httpapi

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// FuzzParseObject holds the strict reader against encoding/json: it never panics, refuses all that
// encoding/json refuses, and reads strings as encoding/json does.
func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":"b"}`, ` {"a" : "\u00e4\ud83d\ude00" , "b":[1,{"c":"]}"}],"d":null}`, `{"a":"\"\\\/\b\f\n\r\t"}`,
		`{"a":1e5,"b":-0.1,"c":true}`, `{"a":"\ud800"}`, `{"a":"x","a":"y"}`, `[]`, `{"a":{"b":{"c":[[],[{}]]}}}`, "{\"a\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := parseObject(body, []string{"a"})
		var want map[string]json.RawMessage
		plainErr := json.Unmarshal(body, &want)
		if err == nil && plainErr != nil {
			t.Fatalf("accepted, and encoding/json says %v", plainErr)
		}
		if err != nil {
			return
		}
		if !utf8.Valid(body) || len(want) != len(o.fields) {
			t.Fatalf("%d fields, want %d", len(o.fields), len(want))
		}
		for name, raw := range want {
			if have := o.fields[name]; string(have) != string(raw) {
				t.Fatalf("%q is %q, want %q", name, have, raw)
			}
		}
		if raw, ok := want["a"]; ok && raw[0] == '"' && o.err() == nil {
			var text string
			if err := json.Unmarshal(raw, &text); err != nil {
				t.Fatal(err)
			}
			if have := o.text("a"); o.err() == nil && *have != text {
				t.Fatalf("text %q, want %q", *have, text)
			}
		}
	})
}
