package httpapi

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"laneway"
	"laneway/internal/material"
	"laneway/internal/platform"
)

// everyEscape has each character that appendString escapes, and some that look as if they were.
var everyEscape = func() string {
	var b strings.Builder
	for c := range rune(0x80) {
		b.WriteRune(c)
	}
	return b.String() + "\u2028\u2029\ufffd\u0085\u00a0\ufeff é 漢 \U0001F600" + `\u2028 \ufffd \\ \" \n ,"bpmnXml":"x","warnings":[]}`
}()

// What appendString wrote comes back as it was; what is no UTF-8 comes back as U+FFFD, byte by byte.
func TestAppendString(t *testing.T) {
	t.Parallel()
	comesBack := func(fail func(format string, args ...any), s string) {
		quoted := appendString([]byte("before"), s)[len("before"):]
		if !json.Valid(quoted) {
			fail("%q is written as %s", s, quoted)
		}
		if fromBytes := appendString(nil, []byte(s)); !bytes.Equal(fromBytes, quoted) {
			fail("%q: bytes are written as %s, text as %s", s, fromBytes, quoted)
		}
		var want []byte
		for _, c := range s { // which gives U+FFFD for each byte that is no part of a character
			want = utf8.AppendRune(want, c)
		}
		if got, fault := unquoteBytes(quoted); fault != "" || !bytes.Equal(got, want) {
			fail("%q comes back as %q, %s", s, got, fault)
		}
	}
	for _, s := range []string{"", everyEscape, "\xff", "a\xed\xa0\x80b", "cut off \xe6\xbc"} {
		comesBack(t.Errorf, s)
	}
	rapid.Check(t, func(rt *rapid.T) {
		comesBack(rt.Fatalf, rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune(everyEscape))),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(rt, "text"))
	})
}

// The document of an opened diagram comes out of the answer as it went in, whatever stands around it; each of the corpus does.
func TestOpenedDocument(t *testing.T) {
	t.Parallel()
	documents := [][]byte{{}, []byte(everyEscape)}
	for _, file := range material.Corpus(t) {
		if utf8.Valid(file.Content) { // the gate makes that of the others
			documents = append(documents, file.Content)
		}
	}
	if len(documents) < 300 {
		t.Errorf("only %d documents", len(documents))
	}
	for _, title := range []string{"", everyEscape, `,"bpmnXml":`, `","bpmnXml":"`} {
		for _, warnings := range [][]laneway.Finding{nil, {{Code: `","warnings":`, ElementID: everyEscape, Detail: `,"warnings":[]`, Line: 7}}} {
			stored := &platform.Stored{Diagram: laneway.Diagram{Title: title}, Warnings: warnings}
			for _, stored.XML = range documents {
				answer, err := appendOpened([]byte{}, stored)
				if err != nil {
					t.Fatal(err)
				}
				var read diagramJSON
				if err := json.Unmarshal(answer, &read); err != nil || read.BpmnXML != string(stored.XML) {
					t.Fatalf("%.200s, %v is not what went in", answer, err)
				}
				got, err := openedDocument(answer)
				if err != nil || !bytes.Equal(got, stored.XML) {
					t.Fatalf("%.200s… comes back as %.200s…, %v", stored.XML, got, err)
				}
			}
		}
	}
	for _, other := range []string{``, `{}`, `{"title":"x","bpmnXml":`, `{"title":"x","warnings":[],"bpmnXml":"x"}`, `{"title":"x","bpmnXml":"x}`} {
		if got, err := openedDocument([]byte(other)); err == nil {
			t.Errorf("%s has the document %q", other, got)
		}
	}
}
