package httpapi_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"laneway/internal/httpapi/apitest"
)

// walk follows nextCursor to the end and gives the titles in their order.
func walk(t *testing.T, s *apitest.Server, p *apitest.Person, query string) []string {
	t.Helper()
	var titles []string
	cursor := ""
	for {
		address := "/api/diagrams?" + query
		if cursor != "" {
			address += "&cursor=" + url.QueryEscape(cursor)
		}
		page := apitest.Decode[apitest.Page](t, s.Run(t, apitest.Scenario{Method: "GET", URL: address, As: p, Status: 200, Not: []string{"bpmnXml"}}))
		for _, d := range page.Data {
			titles = append(titles, d.Title)
		}
		if page.HasMore != (page.NextCursor != "") {
			t.Fatalf("hasMore is %t, nextCursor %q", page.HasMore, page.NextCursor)
		}
		if !page.HasMore {
			return titles
		}
		if len(titles) > 1000 {
			t.Fatal("the walk does not end")
		}
		cursor = page.NextCursor
	}
}

// Under equal timestamps and equal titles, a walk still gives every diagram exactly once.
func TestWalksAreComplete(t *testing.T) {
	t.Parallel()
	const n = 60
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	s.SetPlan(t, mira, "pro")
	var want []string
	for i := range n {
		d := s.Create(t, mira, fmt.Sprintf("Diagram %02d", i), apitest.Document("A"))
		want = append(want, d.Title)
	}
	s.Admin(t, "UPDATE diagrams SET updated_at = '2026-03-01 12:00:00.123456+00', created_at = '2026-03-01 11:00:00.654321+00'")
	for _, sort := range []string{"updatedAt", "createdAt", "title"} {
		for _, limit := range []int{1, 7, 20, n, 100} {
			have := walk(t, s, mira, fmt.Sprintf("sort=%s&limit=%d", sort, limit))
			slices.Sort(have)
			if !slices.Equal(have, want) {
				t.Errorf("sort %s, limit %d: %d diagrams, want %d", sort, limit, len(have), n)
			}
		}
	}
	s.Admin(t, "UPDATE diagrams SET title = 'The same'")
	if have := walk(t, s, mira, "sort=title&limit=7"); len(have) != n {
		t.Errorf("under equal titles: %d diagrams, want %d", len(have), n)
	}
	// Rows that come and change while somebody walks do not push others out of the walk.
	first := apitest.Decode[apitest.Page](t, s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/diagrams?sort=createdAt&limit=30", As: mira, Status: 200}))
	s.Create(t, mira, "Newcomer", apitest.Document("A"))
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: "/api/diagrams/" + first.Data[3].ID, As: mira, Status: 204})
	rest := apitest.Decode[apitest.Page](t, s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/diagrams?sort=createdAt&limit=100&cursor=" + first.NextCursor, As: mira, Status: 200}))
	if len(first.Data)+len(rest.Data) != n || rest.HasMore {
		t.Errorf("%d and %d diagrams, want %d together", len(first.Data), len(rest.Data), n)
	}
}

func TestListSelects(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	s.SetPlan(t, mira, "pro")
	for _, title := range []string{"banana", "Apple", "cherry 100%", "under_score", "Äpfel"} {
		s.Create(t, mira, title, apitest.Document("A"))
	}
	trashed := s.Create(t, mira, "Rotten apple", apitest.Document("A"))
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: "/api/diagrams/" + trashed.ID, As: mira, Status: 204})
	for query, want := range map[string][]string{
		"sort=updatedAt":    {"Äpfel", "under_score", "cherry 100%", "Apple", "banana"},
		"sort=createdAt":    {"Äpfel", "under_score", "cherry 100%", "Apple", "banana"},
		"sort=title":        {"Apple", "banana", "cherry 100%", "under_score", "Äpfel"},
		"q=APP":             {"Apple"},
		"q=%25":             {"cherry 100%"},
		"q=_":               {"under_score"},
		"q=" + "%C3%84pf":   {"Äpfel"},
		"q=":                {"Äpfel", "under_score", "cherry 100%", "Apple", "banana"},
		"q=nothing":         nil,
		"trashed=true":      {"Rotten apple"},
		"trashed=true&q=up": nil,
		"trashed=false":     {"Äpfel", "under_score", "cherry 100%", "Apple", "banana"},
		"projectId=018f0000-0000-7000-8000-000000000000": nil,
	} {
		if have := walk(t, s, mira, query); !slices.Equal(have, want) {
			t.Errorf("%s: %v, want %v", query, have, want)
		}
	}
	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/diagrams?q=nothing", As: mira, Status: 200, Want: []string{`{"data":[],"nextCursor":null,"hasMore":false}`}})
	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/diagrams?trashed=true", As: mira, Status: 200, Want: []string{`"deletedAt":"20`}})
}

func TestListRefuses(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	s.Create(t, mira, "A", apitest.Document("A"))
	s.Create(t, mira, "B", apitest.Document("B"))
	cursor := apitest.Decode[apitest.Page](t, s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/diagrams?limit=1", As: mira, Status: 200})).NextCursor
	forged := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	const id = "018f0000-0000-7000-8000-000000000000"
	for query, reason := range map[string]string{
		"limit=0": "out_of_range", "limit=101": "out_of_range", "limit=-1": "out_of_range", "limit=": "out_of_range",
		"limit=abc": "out_of_range", "limit=1.5": "out_of_range", "limit=99999999999999999999": "out_of_range",
		"sort=": "unknown_value", "sort=version": "unknown_value", "sort=Title": "unknown_value",
		"trashed=": "wrong_type", "trashed=1": "wrong_type", "trashed=TRUE": "wrong_type",
		"projectId=": "invalid_uuid", "projectId=x": "invalid_uuid",
		"projectId=00000000-0000-0000-0000-000000000000": "invalid_uuid",
		"q=" + strings.Repeat("x", 201):                  "too_long",
		"q=%00":                                          "illegal_character",
		"q=%ff":                                          "illegal_character",
		"q=%zz":                                          "malformed",
		"q=a&q=b":                                        "repeated",
		"Limit=5":                                        "unknown_parameter",
		"page=2":                                         "unknown_parameter",
		"cursor=":                                        "invalid_cursor",
		"cursor=nonsense!":                               "invalid_cursor",
		"cursor=" + cursor + "=":                         "invalid_cursor",
		"cursor=" + cursor[1:]:                           "invalid_cursor",
		"cursor=" + cursor + "&sort=title":               "invalid_cursor",
		"cursor=" + cursor + "&sort=createdAt":           "invalid_cursor",
		"cursor=" + forged("updatedAt\n"+id):             "invalid_cursor",
		"cursor=" + forged("updatedAt\n"+id+"\n-1"):                                         "invalid_cursor",
		"cursor=" + forged("updatedAt\n"+id+"\n9999999999999999999"):                        "invalid_cursor",
		"cursor=" + forged("updatedAt\n"+id+"\n'; DROP TABLE diagrams"):                     "invalid_cursor",
		"cursor=" + forged("title\n"+id+"\na\x00b") + "&sort=title":                         "invalid_cursor",
		"cursor=" + forged("title\n"+id+"\n\xff") + "&sort=title":                           "invalid_cursor",
		"cursor=" + forged("updatedAt\n00000000-0000-0000-0000-000000000000\n1"):            "invalid_cursor",
		"cursor=" + forged("updatedAt\n"+strings.ToUpper(strings.Replace(id, "8", "a", 1))): "invalid_cursor",
	} {
		s.Run(t, apitest.Scenario{Name: query, Method: "GET", URL: "/api/diagrams?" + query, As: mira, Status: 422, Kind: "invalid", Reason: reason})
	}
	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/diagrams?limit=100&cursor=" + forged("updatedAt\n"+id+"\n1"), As: mira, Status: 200, Want: []string{`"data":[]`}})
}
