package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"laneway/internal/httpapi/apitest"
)

type present struct {
	DiagramID string
	Present   []struct {
		UserID, DisplayName string
		Colour              int
		Sessions            []struct {
			Session   string
			Selection []string
		}
	}
}

// String gives who is there with which tabs and selections, as the tests compare it.
func (p present) String() string {
	var b strings.Builder
	for _, person := range p.Present {
		fmt.Fprintf(&b, "%s", person.DisplayName)
		for _, s := range person.Sessions {
			fmt.Fprintf(&b, " %s%v", s.Session, s.Selection)
		}
		b.WriteString("; ")
	}
	return b.String()
}

func TestPresence(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	viewer := s.Join(t, s.SignUp(t, "viewer"), mira, "viewer")
	d := s.Create(t, mira, "Harbour", apitest.Document("A"))
	post := func(p *apitest.Person, body string) present {
		t.Helper()
		return apitest.Decode[present](t, s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/diagrams/" + d.ID + "/presence", As: p, Body: body, Status: 200}))
	}
	early := s.Open(t, viewer, "?organization="+mira.OrganizationID, nil)
	early.Want(t, "hello")
	shows := func(stream *apitest.Stream, want string) present {
		t.Helper()
		e := stream.Want(t, "presence")
		p := apitest.Decode[present](t, &apitest.Answer{Body: []byte(e.Data)})
		if e.ID != "" || p.DiagramID != d.ID || p.String() != want {
			t.Fatalf("presence %+v, want %s", e, want)
		}
		return p
	}
	if p := post(mira, `{"session":"one"}`); p.String() != "mira one[]; " || p.Present[0].UserID != mira.ID {
		t.Errorf("present %+v", p)
	}
	shows(early, "mira one[]; ")
	post(viewer, `{"session":"two","selection":["Task_1","Flow_\"ü\""]}`)
	both := shows(early, `mira one[]; viewer two[Task_1 Flow_"ü"]; `)
	if both.Present[0].Colour == both.Present[1].Colour {
		t.Error("both have one colour")
	}
	late := s.Open(t, mira, "", nil)
	late.Want(t, "hello")
	if again := shows(late, `mira one[]; viewer two[Task_1 Flow_"ü"]; `); again.Present[1].Colour != both.Present[1].Colour {
		t.Error("the colour changed")
	}
	post(viewer, `{"session":"two","selection":["Task_1","Flow_\"ü\""]}`) // a renewal, which is no news
	post(viewer, `{"session":"three","selection":[]}`)
	post(mira, `{"session":"one","leaving":true}`)
	for _, stream := range []*apitest.Stream{early, late} { // the two may come as one
		for p := (present{}); p.String() != `viewer two[Task_1 Flow_"ü"] three[]; `; {
			p = apitest.Decode[present](t, &apitest.Answer{Body: []byte(stream.Want(t, "presence").Data)})
			if strings.Contains(p.String(), "two[]") {
				t.Errorf("present %s", p)
			}
		}
	}

	long := func(n, size int) string {
		return `{"session":"x","selection":["` + strings.Join(strings.Split(strings.Repeat(strings.Repeat("i", size)+",", n)[:n*(size+1)-1], ","), `","`) + `"]}`
	}
	refused := func(name, body string, status int, reason string) apitest.Scenario {
		return apitest.Scenario{Name: name, Method: "POST", URL: "/api/diagrams/" + d.ID + "/presence", As: mira, Body: body, Status: status, Reason: reason}
	}
	s.RunAll(t, []apitest.Scenario{
		refused("no session", `{}`, 422, "required"),
		refused("session empty", `{"session":""}`, 422, "invalid_session"),
		refused("session with a line break", `{"session":"a\nb"}`, 422, "invalid_session"),
		refused("session too long", `{"session":"`+strings.Repeat("s", 65)+`"}`, 422, "invalid_session"),
		refused("selection no list", `{"session":"x","selection":"Task_1"}`, 422, "wrong_type"),
		refused("selection of numbers", `{"session":"x","selection":[1]}`, 422, "wrong_type"),
		refused("selection null", `{"session":"x","selection":null}`, 422, "wrong_type"),
		refused("empty id", `{"session":"x","selection":[""]}`, 422, "invalid_id"),
		refused("an id too long", long(1, 257), 422, "invalid_id"),
		refused("too many", long(101, 1), 422, "too_many"),
		refused("leaving is no word", `{"session":"x","leaving":"yes"}`, 422, "wrong_type"),
		refused("not here", `{"session":"x","name":"Mira"}`, 422, "unknown_field"),
		refused("the most", long(100, 256), 200, ""),
	})
	for i := range 63 {
		post(mira, fmt.Sprintf(`{"session":"tab%d"}`, i))
	}
	s.Run(t, apitest.Scenario{Name: "too many tabs", Method: "POST", URL: "/api/diagrams/" + d.ID + "/presence", As: mira, Body: `{"session":"more"}`, Status: 429})
	post(mira, `{"session":"tab1","leaving":true}`)
	post(mira, `{"session":"more"}`)
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: "/api/diagrams/" + d.ID, As: mira, Status: 204})
	s.Run(t, refused("in the trash", `{"session":"x"}`, 404, "trashed"))
}
