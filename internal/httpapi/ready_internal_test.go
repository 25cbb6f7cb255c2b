package httpapi

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"laneway"
	"laneway/internal/platform"
)

// Lists and opened diagrams are written as encoding/json would write them, whatever stands in them.
func TestAppendPage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "\u2028\u2029", "<a href=\"x\">&amp;</a>", "\x00\x1f\x7f\b\f\n\r\t\\", "\xff\xfe é 漢 \U0001F600"}))
		id := func(name string) laneway.ID {
			var id laneway.ID
			copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, name))
			return id
		}
		at := func(name string) time.Time {
			return time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, name), rapid.Int64Range(0, 999_999).Draw(t, name)*1000)
		}
		page := laneway.Page[laneway.Diagram]{}
		for range rapid.IntRange(1, 4).Draw(t, "rows") {
			d := laneway.Diagram{ID: id("id"), Title: text.Draw(t, "title"), Version: rapid.Int64Range(1, 1<<50).Draw(t, "version"),
				CreatedBy: id("by"), UpdatedBy: id("by"), CreatedAt: at("created"), UpdatedAt: at("updated")}
			if rapid.Bool().Draw(t, "in a project") {
				d.ProjectID = id("project")
			}
			if rapid.Bool().Draw(t, "in the trash") {
				d.DeletedAt = at("deleted")
			}
			page.Items = append(page.Items, d)
		}
		if rapid.Bool().Draw(t, "more") {
			page.Next = page.Items[0].Cursor(laneway.ByTitle)
		}
		want := struct {
			Data       []summaryJSON `json:"data"`
			NextCursor *string       `json:"nextCursor"`
			HasMore    bool          `json:"hasMore"`
		}{Data: []summaryJSON{}}
		for _, d := range page.Items {
			want.Data = append(want.Data, toSummaryJSON(d))
		}
		if next := page.Next.String(); next != "" {
			want.NextCursor, want.HasMore = &next, true
		}
		same(t, appendPage(nil, page), want)

		stored := &platform.Stored{Diagram: page.Items[0], XML: []byte(text.Draw(t, "xml"))}
		for range rapid.IntRange(0, 2).Draw(t, "warnings") {
			stored.Warnings = append(stored.Warnings, laneway.Finding{Code: "c", ElementID: text.Draw(t, "element"), Detail: text.Draw(t, "detail"), Line: rapid.IntRange(0, 2).Draw(t, "line")})
		}
		opened, err := appendOpened(nil, stored)
		if err != nil {
			t.Fatal(err)
		}
		same(t, opened, diagramJSON{summaryJSON: toSummaryJSON(stored.Diagram), BpmnXML: string(stored.XML), Warnings: toFindingsJSON(stored.Warnings)})
	})
}

func same(t *rapid.T, got []byte, want any) {
	t.Helper()
	encoded, err := encodeJSON(want)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(encoded) {
		t.Fatalf("written\n%s\nwant\n%s", got, encoded)
	}
}

// What clients say that they take is believed as RFC 9110 has it.
func TestPreferred(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"": "", "gzip": "gzip", "br": "", "gzip, deflate, br, zstd": "zstd", "zstd;q=0, gzip": "gzip", "GZIP;q=0.5": "gzip",
		"gzip;q=0": "", "gzip ; q=0.0": "", "zstd;q=nonsense": "", "*": "", "identity": "",
	} {
		if got := preferred([]string{header}); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}
