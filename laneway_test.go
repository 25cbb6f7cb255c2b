package laneway_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"laneway"
)

func TestIDsSortByTime(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var last laneway.ID
	for i := range 1000 {
		id := laneway.NewID(at.Add(time.Duration(i)*time.Millisecond), rand.Reader)
		if bytes.Compare(last[:], id[:]) >= 0 {
			t.Fatalf("id %s does not sort after %s", id, last)
		}
		if id.String()[14] != '7' || !strings.ContainsRune("89ab", rune(id.String()[19])) {
			t.Fatalf("id %s is no UUID of version 7", id)
		}
		back, err := laneway.ParseID(strings.ToUpper(id.String()))
		if err != nil || back != id {
			t.Fatalf("ParseID(%s) = %s, %v", id, back, err)
		}
		last = id
	}
}

func TestParseIDRefuses(t *testing.T) {
	for _, bad := range []string{"", "1", strings.Repeat("0", 36), "0192a000-0000-7000-8000-00000000000g", "{192a000-0000-7000-8000-000000000000}", "0192a000-0000-7000-8000-0000000000001"} {
		if id, err := laneway.ParseID(bad); err == nil {
			t.Errorf("ParseID(%q) = %s", bad, id)
		}
	}
}

func TestMay(t *testing.T) {
	user, org := laneway.ID{1}, laneway.ID{2}
	const none = laneway.Kind("")
	for _, tt := range []struct {
		name        string
		actor       laneway.Actor
		read, write laneway.Kind
	}{
		{"nobody", laneway.Actor{}, laneway.Unauthenticated, laneway.Unauthenticated},
		{"nobody with an organization", laneway.Actor{OrganizationID: org, Role: laneway.RoleAdmin}, laneway.Unauthenticated, laneway.Unauthenticated},
		{"no organization", laneway.Actor{UserID: user, Role: laneway.RoleAdmin}, laneway.Forbidden, laneway.Forbidden},
		{"no role", laneway.Actor{UserID: user, OrganizationID: org}, laneway.Forbidden, laneway.Forbidden},
		{"unknown role", laneway.Actor{UserID: user, OrganizationID: org, Role: "owner"}, laneway.Forbidden, laneway.Forbidden},
		{"viewer", laneway.Actor{UserID: user, OrganizationID: org, Role: laneway.RoleViewer}, none, laneway.Forbidden},
		{"member", laneway.Actor{UserID: user, OrganizationID: org, Role: laneway.RoleMember}, none, none},
		{"admin", laneway.Actor{UserID: user, OrganizationID: org, Role: laneway.RoleAdmin}, none, none},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for action, want := range map[laneway.Action]laneway.Kind{laneway.ReadDiagrams: tt.read, laneway.WriteDiagrams: tt.write} {
				err := tt.actor.May(action)
				if (err == nil) != (want == none) || (err != nil && laneway.KindOf(err) != want) {
					t.Errorf("May(%s) = %v, want kind %q", action, err, want)
				}
			}
		})
	}
}

// Operating the instance and working in an organization have nothing to do with each other.
func TestMayOperate(t *testing.T) {
	user, org := laneway.ID{1}, laneway.ID{2}
	for name, tt := range map[string]struct {
		actor laneway.Actor
		want  laneway.Kind
	}{
		"an operator":           {laneway.Actor{UserID: user, Operator: true}, ""},
		"an operator's token":   {laneway.Actor{UserID: user, Operator: true, Scope: laneway.ScopeAdmin}, laneway.Forbidden},
		"an admin":              {laneway.Actor{UserID: user, OrganizationID: org, Role: laneway.RoleAdmin}, laneway.Forbidden},
		"an operator by nobody": {laneway.Actor{Operator: true}, laneway.Unauthenticated},
	} {
		if err := tt.actor.May(laneway.OperateInstance); (err == nil) != (tt.want == "") || err != nil && laneway.KindOf(err) != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if err := (laneway.Actor{UserID: user, OrganizationID: org, Operator: true}).May(laneway.ReadDiagrams); laneway.KindOf(err) != laneway.Forbidden {
		t.Errorf("an operator without a role may read: %v", err)
	}
}

func TestPlans(t *testing.T) {
	for plan, want := range map[laneway.Plan]int{laneway.Free: 5, laneway.Pro: 100, laneway.Enterprise: 1000, "": 0, "gold": 0, "FREE": 0} {
		if got := plan.DiagramLimit(); got != want {
			t.Errorf("plan %q: limit %d, want %d", plan, got, want)
		}
	}
}

func TestCheckText(t *testing.T) {
	name := func(s string) (string, error) { return laneway.CheckName("title", s) }
	email := func(s string) (string, error) { return laneway.CheckEmail("email", s) }
	password := func(s string) (string, error) { return s, laneway.CheckPassword("password", s) }
	for _, tt := range []struct {
		check      func(string) (string, error)
		text, want string
		code       string
	}{
		{name, "  Invoice  ", "Invoice", ""},
		{name, strings.Repeat("ü", 200), strings.Repeat("ü", 200), ""},
		{name, strings.Repeat("ü", 201), "", "too_long"},
		{name, " ", "", "required"},
		{name, "a\x00b", "", "control_character"},
		{name, "a\nb", "", "control_character"},
		{name, "a\xffb", "", "invalid_text"},
		{email, " Ada@Example.ORG ", "ada@example.org", ""},
		{email, "ada", "", "invalid_email"},
		{email, "@example.org", "", "invalid_email"},
		{email, "ada@", "", "invalid_email"},
		{email, "a da@example.org", "", "invalid_email"},
		{email, "ada@x@example.org", "", "invalid_email"},
		{email, "Ada <ada@example.org>", "", "invalid_email"},
		{email, strings.Repeat("a", 250) + "@example.org", "", "invalid_email"},
		{password, "eleven char", "eleven char", "too_short"},
		{password, "twelve chars", "twelve chars", ""},
		{password, strings.Repeat("é", 256), strings.Repeat("é", 256), ""},
		{password, strings.Repeat("é", 257), "", "too_long"},
		{password, "with a \x00 inside", "", "invalid_text"},
	} {
		got, err := tt.check(tt.text)
		if tt.code == "" {
			if err != nil || got != tt.want {
				t.Errorf("%q: got %q, %v; want %q", tt.text, got, err, tt.want)
			}
			continue
		}
		var e *laneway.Error
		if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Code != tt.code {
			t.Errorf("%q: error %v, want code %s", tt.text, err, tt.code)
		}
	}
}

func TestCursor(t *testing.T) {
	id := laneway.NewID(time.Now(), rand.Reader)
	at := time.Date(2026, 11, 22, 20, 15, 3, 123456000, time.UTC)
	for _, c := range []laneway.Cursor{
		{Sort: laneway.ByUpdatedAt, Time: at, ID: id},
		{Sort: laneway.ByCreatedAt, Time: at, ID: id},
		{Sort: laneway.ByTitle, Title: `Ümläut "quoted" — 漢字`, ID: id},
	} {
		text := c.String()
		if strings.ContainsAny(text, "=+/ ") {
			t.Errorf("cursor %q is not base64url without padding", text)
		}
		back, err := laneway.ParseCursor(text, c.Sort)
		if err != nil || back != c {
			t.Errorf("ParseCursor(%s) = %+v, %v; want %+v", text, back, err, c)
		}
		for _, other := range []laneway.DiagramSort{laneway.ByUpdatedAt, laneway.ByTitle, laneway.ByCreatedAt, "size"} {
			if _, err := laneway.ParseCursor(text, other); other != c.Sort && err == nil {
				t.Errorf("a cursor for %s was taken for %s", c.Sort, other)
			}
		}
	}
	if (laneway.Cursor{}).String() != "" {
		t.Error("the zero cursor has a text")
	}
}

func FuzzParseCursor(f *testing.F) {
	c := laneway.Cursor{Sort: laneway.ByUpdatedAt, Time: time.UnixMicro(1), ID: laneway.ID{1}}
	f.Add(c.String(), "updatedAt")
	f.Add("", "title")
	f.Add("dGl0bGUKMAow", "title")
	f.Fuzz(func(t *testing.T, text, sort string) {
		got, err := laneway.ParseCursor(text, laneway.DiagramSort(sort))
		if err != nil {
			if laneway.KindOf(err) != laneway.Invalid {
				t.Fatalf("error of kind %s", laneway.KindOf(err))
			}
			return
		}
		if got.String() != text {
			t.Fatalf("cursor %q came back as %q", text, got.String())
		}
	})
}
