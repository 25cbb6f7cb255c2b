package httpapi

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"laneway"
)

// A page is written as encoding/json would write it, whatever stands in it.
func TestAppendVersionPage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
			rapid.SampledFrom([]string{"", "\u2028\u2029", "<a href=\"x\">&amp;</a>", "\x00\x1f\x7f\b\f\n\r\t\\", "\xff\xfe é 漢 \U0001F600"}))
		page := laneway.VersionPage{Next: rapid.Int64Range(0, 1<<40).Draw(t, "next")}
		for range rapid.IntRange(0, 4).Draw(t, "rows") {
			var by laneway.ID
			copy(by[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "by"))
			page.Items = append(page.Items, laneway.Version{
				Number: rapid.Int64Range(1, 1<<50).Draw(t, "number"), Title: text.Draw(t, "title"), Label: text.Draw(t, "label"), Author: text.Draw(t, "author"),
				Kind: laneway.VersionMerged, Parents: rapid.SliceOfN(rapid.Int64Range(1, 1<<50), 0, 3).Draw(t, "parents"), From: rapid.Int64Range(0, 9).Draw(t, "from"),
				ChangeCount: rapid.IntRange(-1, 9).Draw(t, "changes"), WarningCount: rapid.IntRange(0, 9).Draw(t, "warnings"), Size: rapid.IntRange(1, 5<<20).Draw(t, "size"),
				CreatedBy: by, CreatedAt: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "at"), rapid.Int64Range(0, 999_999).Draw(t, "µs")*1000),
			})
		}
		want := struct {
			Data       []versionJSON `json:"data"`
			NextCursor *string       `json:"nextCursor"`
			HasMore    bool          `json:"hasMore"`
		}{Data: []versionJSON{}}
		for _, v := range page.Items {
			want.Data = append(want.Data, toVersionJSON(v))
		}
		if next := laneway.VersionCursor(page.Next); next != "" {
			want.NextCursor, want.HasMore = &next, true
		}
		encoded, err := encodeJSON(want)
		if err != nil {
			t.Fatal(err)
		}
		got := appendVersionPage(nil, page)
		if !bytes.Equal(got, encoded) {
			t.Fatalf("written\n%s\nwant\n%s", got, encoded)
		}
		if !json.Valid(got) {
			t.Fatalf("no JSON: %s", got)
		}
	})
}
