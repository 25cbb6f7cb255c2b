package httpapi_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"laneway/internal/httpapi/apitest"
)

type auditPage struct {
	Data []struct {
		Seq, FirstSeq        int64
		Kind                 string
		ActorName, SubjectID *string
		Data                 map[string]any
		Count                int
	}
	NextCursor *string
	HasMore    bool
}

func (p auditPage) lines() []string {
	var list []string
	for _, e := range p.Data {
		line := fmt.Sprintf("%d %s", e.Seq, e.Kind)
		if e.Count > 1 {
			line += fmt.Sprintf(" ×%d from %d", e.Count, e.FirstSeq)
		}
		list = append(list, line)
	}
	return list
}

// TestAudit: who did what is there once, newest first, also of people who have left; runs of saves are
// one line; filters and pages cut the same list; only admins see it.
func TestAudit(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	jonas := s.Join(t, s.SignUp(t, "jonas"), mira, "member")
	at := "/api/organizations/" + mira.OrganizationID + "/audit"
	before := int64(len(eventsOf(t, s, mira.OrganizationID)))
	d := s.Create(t, mira, "=cmd|' /C calc'!A0", apitest.Document("A"))
	save := func(p *apitest.Person, version int) {
		t.Helper()
		s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + d.ID, As: p, Status: 200,
			Body: apitest.JSON(t, map[string]any{"bpmnXml": apitest.Document(fmt.Sprint("A", version)), "expectedVersion": version})})
	}
	save(mira, 1)
	save(jonas, 2)
	save(mira, 3)
	save(mira, 4)
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: "/api/diagrams/" + d.ID, As: mira, Status: 204})
	s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/diagrams/" + d.ID + "/restore", As: mira, Status: 200})
	save(mira, 5)
	list := func(query string) auditPage {
		t.Helper()
		return apitest.Decode[auditPage](t, s.Run(t, apitest.Scenario{Method: "GET", URL: at + query, As: mira, Status: 200}))
	}
	line := func(n int64, rest string) string { return fmt.Sprintf("%d %s", before+n, rest) }
	folded := []string{
		line(8, "diagram.saved"), line(7, "diagram.restored"), line(6, "diagram.trashed"),
		line(5, fmt.Sprintf("diagram.saved ×3 from %d", before+2)), line(3, "diagram.saved"), line(1, "diagram.created"),
	}
	all := list("?limit=200")
	if got := all.lines(); len(got) < len(folded) || !slices.Equal(got[:len(folded)], folded) || all.HasMore {
		t.Errorf("the log is %q, want it to begin with %q", got, folded)
	}
	if e := all.Data[4]; e.ActorName == nil || *e.ActorName == "" || *e.SubjectID != d.ID || e.Data["title"] != "=cmd|' /C calc'!A0" || e.Data["changes"] != nil {
		t.Errorf("the save of Jonas is told as %+v", e)
	}
	single := list("?limit=200&folded=false")
	if len(single.Data) != int(before)+8 {
		t.Errorf("%d events unfolded, want %d", len(single.Data), before+8)
	}
	// Pages of two cut the same list, folded and not.
	for _, fold := range []string{"", "&folded=false"} {
		want, got, query := list("?limit=200"+fold).lines(), []string(nil), "?limit=2"+fold
		for page := list(query); ; page = list(query + "&cursor=" + *page.NextCursor) {
			got = append(got, page.lines()...)
			if len(page.Data) > 2 || page.HasMore != (page.NextCursor != nil) {
				t.Fatalf("page %+v", page)
			}
			if !page.HasMore {
				break
			}
		}
		if fold == "" { // a run that a page cuts is told in two parts
			want, got = kindsOnly(want), kindsOnly(got)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: pages of two give %q, want %q", fold, got, want)
		}
	}
	for query, want := range map[string][]string{
		"?kind=diagram.trashed,diagram.restored": {line(7, "diagram.restored"), line(6, "diagram.trashed")},
		"?kind=diagram&actorId=" + jonas.ID:      {line(3, "diagram.saved")},
		"?subjectId=" + missing:                  nil,
		"?from=2999-01-01T00:00:00Z":             nil,
		"?until=2000-01-01T00:00:00Z":            nil,
		"?kind=nothing.such":                     nil,
	} {
		if got := list(query).lines(); !slices.Equal(got, want) {
			t.Errorf("%s gives %q, want %q", query, got, want)
		}
	}
	// Jonas leaves; what he did keeps his name.
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: "/api/organizations/" + mira.OrganizationID + "/members/" + jonas.ID, As: mira, Status: 204})
	if e := list("?kind=diagram&actorId=" + jonas.ID).Data; len(e) != 1 || e[0].ActorName == nil || *e[0].ActorName == "" {
		t.Errorf("after Jonas left: %+v", e)
	}

	file := s.Run(t, apitest.Scenario{Method: "GET", URL: at + ".csv?kind=diagram", As: mira, Status: 200,
		WantHeaders: map[string]string{"Content-Type": "text/csv; charset=utf-8; header=present", "Content-Disposition": `attachment; filename="laneway-log.csv"`}})
	rows, err := csv.NewReader(strings.NewReader(string(file.Body))).ReadAll()
	if err != nil || len(rows) != 9 || rows[0][0] != "seq" || rows[1][2] != "diagram.saved" || !strings.HasPrefix(rows[1][6], "'=cmd") {
		t.Errorf("the table is %q, %v", rows, err)
	}

	viewer := s.Join(t, s.SignUp(t, "vera"), mira, "viewer")
	member := s.Join(t, s.SignUp(t, "mona"), mira, "member")
	stranger := s.SignUp(t, "sam")
	s.RunAll(t, []apitest.Scenario{
		{Name: "a viewer", Method: "GET", URL: at, As: viewer, Status: 403},
		{Name: "a member", Method: "GET", URL: at, As: member, Status: 403},
		{Name: "a member's table", Method: "GET", URL: at + ".csv", As: member, Status: 403},
		{Name: "a stranger", Method: "GET", URL: at, As: &apitest.Person{ID: stranger.ID, Cookie: stranger.Cookie}, Status: 404},
		{Name: "nobody", Method: "GET", URL: at, Status: 401},
		{Name: "a cursor of elsewhere", Method: "GET", URL: at + "?cursor=YWJj", As: mira, Status: 422, Reason: "invalid_cursor"},
		{Name: "a kind that is none", Method: "GET", URL: at + "?kind=", As: mira, Status: 422},
		{Name: "a time that is none", Method: "GET", URL: at + "?from=yesterday", As: mira, Status: 422, Reason: "invalid_time"},
		{Name: "too many", Method: "GET", URL: at + "?limit=201", As: mira, Status: 422, Reason: "out_of_range"},
	})
}

func kindsOnly(lines []string) []string {
	var list []string
	for _, l := range lines {
		_, kind, _ := strings.Cut(l, " ")
		kind, _, _ = strings.Cut(kind, " ")
		if len(list) == 0 || list[len(list)-1] != kind {
			list = append(list, kind)
		}
	}
	return list
}
