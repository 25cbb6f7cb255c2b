package platform_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"laneway"
	"laneway/internal/platform"
	"laneway/internal/store/storetest"
)

// operation is one method that concerns a diagram.
type operation struct {
	name  string
	write bool
	call  func(*platform.Stored, laneway.Actor, laneway.ID) error
}

func operations(t testing.TB, p product) []operation {
	ctx := t.Context()
	return []operation{
		{"list", false, func(_ *platform.Stored, a laneway.Actor, _ laneway.ID) error {
			_, err := p.ListDiagrams(ctx, a, laneway.DiagramQuery{Limit: 10, Sort: laneway.ByTitle})
			return err
		}},
		{"get", false, func(_ *platform.Stored, a laneway.Actor, id laneway.ID) error {
			_, err := p.GetDiagram(ctx, a, id, 0)
			return err
		}},
		{"create", true, func(_ *platform.Stored, a laneway.Actor, _ laneway.ID) error {
			_, err := p.CreateDiagram(ctx, a, laneway.NewDiagram{Title: "x", Source: raw(task("x"))})
			return err
		}},
		{"save", true, func(d *platform.Stored, a laneway.Actor, id laneway.ID) error {
			_, err := p.SaveDiagram(ctx, a, laneway.DiagramUpdate{ID: id, ExpectedVersion: d.Diagram.Version, Source: text(task("y")), Baseline: text(task("x"))})
			return err
		}},
		{"save the title", true, func(d *platform.Stored, a laneway.Actor, id laneway.ID) error {
			title := "y"
			_, err := p.SaveDiagram(ctx, a, laneway.DiagramUpdate{ID: id, ExpectedVersion: d.Diagram.Version, Title: &title})
			return err
		}},
		{"trash", true, func(_ *platform.Stored, a laneway.Actor, id laneway.ID) error {
			_, err := p.TrashDiagram(ctx, a, id)
			return err
		}},
		{"restore", true, func(_ *platform.Stored, a laneway.Actor, id laneway.ID) error {
			_, err := p.RestoreDiagram(ctx, a, id, nil)
			return err
		}},
		{"duplicate", true, func(_ *platform.Stored, a laneway.Actor, id laneway.ID) error {
			_, err := p.DuplicateDiagram(ctx, a, laneway.DiagramCopy{ID: id})
			return err
		}},
	}
}

// TestRoles tries every operation as everybody. A viewer is refused before anything is loaded: with
// the same answer for a diagram that is there, one that is not and one of somebody else.
func TestRoles(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	admin := p.newAdmin(t)
	d := p.newDiagram(t, admin, task("x"))
	foreign := p.newDiagram(t, p.newAdmin(t), task("x"))
	before := storetest.Value[string](t, p.db, `SELECT string_agg(d::text, ' ') || (SELECT count(*) FROM events) FROM diagrams d`)
	for _, tt := range []struct {
		name   string
		change func(*laneway.Actor)
		read   laneway.Kind
		write  laneway.Kind
	}{
		{"viewer", func(a *laneway.Actor) { a.Role = laneway.RoleViewer }, "", laneway.Forbidden},
		{"unknown role", func(a *laneway.Actor) { a.Role = "owner" }, laneway.Forbidden, laneway.Forbidden},
		{"no role", func(a *laneway.Actor) { a.Role = "" }, laneway.Forbidden, laneway.Forbidden},
		{"no organization", func(a *laneway.Actor) { a.OrganizationID = laneway.ID{} }, laneway.Forbidden, laneway.Forbidden},
		{"nobody", func(a *laneway.Actor) { *a = laneway.Actor{} }, laneway.Unauthenticated, laneway.Unauthenticated},
	} {
		actor := admin
		tt.change(&actor)
		for _, op := range operations(t, p) {
			want := tt.read
			if op.write {
				want = tt.write
			}
			err := op.call(d, actor, d.Diagram.ID)
			if want == "" {
				if err != nil {
					t.Errorf("%s, %s: %v", tt.name, op.name, err)
				}
				continue
			}
			if err == nil || laneway.KindOf(err) != want {
				t.Errorf("%s, %s: %v, want kind %s", tt.name, op.name, err, want)
			}
			for _, id := range []laneway.ID{foreign.Diagram.ID, newID(), {}} {
				if other := op.call(d, actor, id); !reflect.DeepEqual(other, err) {
					t.Errorf("%s, %s: %v for another diagram, %v for this one", tt.name, op.name, other, err)
				}
			}
		}
	}
	if after := storetest.Value[string](t, p.db, `SELECT string_agg(d::text, ' ') || (SELECT count(*) FROM events) FROM diagrams d`); after != before {
		t.Errorf("refused operations changed something: %s, before %s", after, before)
	}
	member := admin
	member.Role = laneway.RoleMember
	for _, op := range operations(t, p) {
		if op.name == "save the title" {
			continue // after the save the version is another one
		}
		if err := op.call(d, member, d.Diagram.ID); op.name != "duplicate" && err != nil {
			t.Errorf("member, %s: %v", op.name, err)
		}
	}
}

// TestForeignIsMissing: another organization's diagram is answered exactly like none.
func TestForeignIsMissing(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	owner, other := p.newAdmin(t), p.newAdmin(t)
	d, trashed := p.newDiagram(t, owner, task("x")), p.newDiagram(t, owner, task("x"))
	if _, err := p.TrashDiagram(t.Context(), owner, trashed.Diagram.ID); err != nil {
		t.Fatal(err)
	}
	for _, op := range operations(t, p) {
		if op.name == "list" || op.name == "create" {
			continue
		}
		missing := op.call(d, other, newID())
		wantKind(t, missing, laneway.NotFound)
		for _, id := range []laneway.ID{d.Diagram.ID, trashed.Diagram.ID, {}} {
			if foreign := op.call(d, other, id); !reflect.DeepEqual(foreign, missing) {
				t.Errorf("%s: foreign %v, missing %v", op.name, foreign, missing)
			}
		}
		if op.name != "restore" {
			wantField(t, op.call(d, owner, trashed.Diagram.ID), laneway.NotFound, "id", "trashed")
		}
	}
	page, err := p.ListDiagrams(t.Context(), other, laneway.DiagramQuery{Limit: 10, Sort: laneway.ByTitle})
	if err != nil || len(page.Items) != 0 {
		t.Errorf("the other organization lists %+v, %v", page.Items, err)
	}
}

func TestCreateReadsTheDocument(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor := p.newAdmin(t)
	p.db.Admin(t, `UPDATE organizations SET plan = 'pro'`)
	latin := strings.Replace(task("Gr\xfc\xdfe"), "UTF-8", "ISO-8859-1", 1)
	twice := model(`<process id="p"><task id="t"/><task id="t"/></process>`)
	for _, tt := range []struct {
		name    string
		r       laneway.NewDiagram
		xml     string // stored; empty: as it came
		warning string
		field   string // of a refusal
		code    string
	}{
		{name: "plain", r: laneway.NewDiagram{Source: raw(task("x"))}},
		{name: "text", r: laneway.NewDiagram{Source: *text(task("Grüße"))}},
		{name: "byte order mark and line ends", r: laneway.NewDiagram{Source: raw(strings.ReplaceAll(task("x"), "\n", "\r\n"))}},
		{name: "transcoded", r: laneway.NewDiagram{Source: raw(latin)}, xml: task("Grüße"), warning: "transcoded"},
		{name: "declared encoding in a text", r: laneway.NewDiagram{Source: *text(strings.Replace(task("Grüße"), "UTF-8", "ISO-8859-1", 1))}, xml: task("Grüße"), warning: "transcoded"},
		{name: "ids twice", r: laneway.NewDiagram{Source: raw(twice)}, field: "bpmnXml", code: "duplicate_id"},
		{name: "not closed", r: laneway.NewDiagram{Source: raw("<definitions>")}, field: "bpmnXml"},
		{name: "not closed, to be repaired", r: laneway.NewDiagram{Source: raw("<definitions>"), Repair: true}, field: "bpmnXml"},
		{name: "empty", r: laneway.NewDiagram{}, field: "bpmnXml"},
		{name: "doctype", r: laneway.NewDiagram{Source: raw(`<!DOCTYPE x>` + task("x"))}, field: "bpmnXml"},
		{name: "no title", r: laneway.NewDiagram{Title: " ", Source: raw(task("x"))}, field: "title", code: "required"},
		{name: "NUL in the title", r: laneway.NewDiagram{Title: "a\x00b", Source: raw(task("x"))}, field: "title", code: "control_character"},
		{name: "project that is not there", r: laneway.NewDiagram{ProjectID: newID(), Source: raw(task("x"))}, field: "projectId", code: "unknown_project"},
	} {
		if tt.r.Title == "" {
			tt.r.Title = tt.name
		}
		made, err := p.CreateDiagram(t.Context(), actor, tt.r)
		if tt.field != "" {
			e := wantKind(t, err, laneway.Invalid)
			if len(e.Fields) != 1 || e.Fields[0].Field != tt.field || tt.code != "" && e.Fields[0].Code != tt.code {
				t.Errorf("%s: %+v", tt.name, e.Fields)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		want := tt.xml
		if want == "" {
			want = string(tt.r.Source.Bytes)
		}
		opened, err := p.GetDiagram(t.Context(), actor, made.Diagram.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		if string(opened.XML) != want || !bytes.Equal(opened.XML, made.XML) || !reflect.DeepEqual(opened.Warnings, made.Warnings) || opened.Diagram != made.Diagram {
			t.Errorf("%s: stored %q, want %q", tt.name, opened.XML, want)
		}
		if hasFinding(made.Warnings, "transcoded") != (tt.warning == "transcoded") {
			t.Errorf("%s: warnings %+v", tt.name, made.Warnings)
		}
		if made.Seq == 0 || opened.Seq != 0 {
			t.Errorf("%s: event %d for the change, %d for the reading", tt.name, made.Seq, opened.Seq)
		}
	}
	_, err := p.CreateDiagram(t.Context(), actor, laneway.NewDiagram{Title: "x", Source: laneway.Source{Bytes: bytes.Repeat([]byte("x"), 5<<20+1)}})
	wantField(t, err, laneway.TooLarge, "bpmnXml", "too_large")

	mended, err := p.CreateDiagram(t.Context(), actor, laneway.NewDiagram{Title: "x", Source: raw(twice), Repair: true})
	if err != nil || len(mended.Repairs) != 1 || mended.Repairs[0].Code != "duplicate_id" || string(mended.XML) == twice {
		t.Errorf("mended %+v, %v", mended, err)
	}
	again, err := p.CreateDiagram(t.Context(), actor, laneway.NewDiagram{Title: "x", Source: raw(string(mended.XML)), Repair: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Repairs) != 0 || !bytes.Equal(again.XML, mended.XML) {
		t.Errorf("mended again %+v", again.Repairs)
	}
}

func hasFinding(findings []laneway.Finding, code string) bool {
	for _, f := range findings {
		if f.Code == code {
			return true
		}
	}
	return false
}

func TestGetKnownVersion(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor := p.newAdmin(t)
	d := p.newDiagram(t, actor, task("x"))
	for known, sent := range map[int64]bool{0: true, 1: false, 2: true} {
		got, err := p.GetDiagram(t.Context(), actor, d.Diagram.ID, known)
		if err != nil {
			t.Fatal(err)
		}
		if (got.XML != nil) != sent {
			t.Errorf("known version %d: content sent %v", known, got.XML != nil)
		}
	}
}

func TestTrashAndDuplicate(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor, ctx := p.newAdmin(t), t.Context()
	d := p.newDiagram(t, actor, task("x"))
	again, err := p.RestoreDiagram(ctx, actor, d.Diagram.ID, nil)
	if err != nil || again.Diagram != d.Diagram || again.Seq != 0 {
		t.Errorf("restore one in use: %+v, %v", again, err)
	}
	gone, err := p.TrashDiagram(ctx, actor, d.Diagram.ID)
	if err != nil || gone.Seq == 0 || gone.Diagram.DeletedAt.IsZero() {
		t.Errorf("trash: %+v, %v", gone, err)
	}
	back, err := p.RestoreDiagram(ctx, actor, d.Diagram.ID, nil)
	if err != nil || back.Diagram != d.Diagram || back.Seq == 0 {
		t.Errorf("restore: %+v, %v", back, err)
	}
	for _, tt := range []struct{ source, title, want string }{
		{"Order", "", "Order (copy)"},
		{"Order", "Other", "Other"},
		{strings.Repeat("ß", 200), "", strings.Repeat("ß", 193) + " (copy)"},
	} {
		p.db.Admin(t, `UPDATE diagrams SET title = $2 WHERE id = $1`, d.Diagram.ID, tt.source)
		copied, err := p.DuplicateDiagram(ctx, actor, laneway.DiagramCopy{ID: d.Diagram.ID, Title: tt.title})
		if err != nil {
			t.Fatal(err)
		}
		if copied.Diagram.Title != tt.want || copied.Diagram.Version != 1 || copied.Diagram.ID == d.Diagram.ID || !bytes.Equal(copied.XML, d.XML) {
			t.Errorf("duplicate of %q as %q: %+v", tt.source, tt.title, copied.Diagram)
		}
	}
	_, err = p.DuplicateDiagram(ctx, actor, laneway.DiagramCopy{ID: d.Diagram.ID, Title: "a\x00b"})
	wantField(t, err, laneway.Invalid, "title", "control_character")
	p.newDiagram(t, actor, task("fifth"))
	_, err = p.DuplicateDiagram(ctx, actor, laneway.DiagramCopy{ID: d.Diagram.ID})
	wantKind(t, err, laneway.QuotaExceeded)
}

// TestListRefusesWhatNoTitleHas: text that the database cannot take is the caller's mistake.
func TestListRefusesWhatNoTitleHas(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor := p.newAdmin(t)
	for _, title := range []string{"a\x00b", "a\xffb"} {
		_, err := p.ListDiagrams(t.Context(), actor, laneway.DiagramQuery{Limit: 1, Sort: laneway.ByTitle, Title: title})
		wantField(t, err, laneway.Invalid, "q", "invalid_text")
	}
}

// TestOnce: a repeated request gets the first answer, whatever has become of what it names.
func TestOnce(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	actor, ctx := p.newAdmin(t), t.Context()
	rendered := 0
	once := func(key string) *laneway.Once {
		return &laneway.Once{Key: key, Digest: [32]byte{1}, Answer: func(result any) (laneway.Answer, error) {
			rendered++
			s, ok := result.(*platform.Stored)
			if !ok {
				return laneway.Answer{}, errors.New("the result is no Stored")
			}
			return laneway.Answer{Status: 201, Headers: map[string]string{"Laneway-Seq": "1"}, Body: []byte(s.Diagram.ID.String() + string(s.XML))}, nil
		}}
	}
	create := func(key string) (*platform.Stored, error) {
		return p.CreateDiagram(ctx, actor, laneway.NewDiagram{Title: "x", Source: raw(task("x")), Once: once(key)})
	}
	first, err := create("create")
	if err != nil || first.Replay != nil {
		t.Fatalf("%+v, %v", first, err)
	}
	replay, err := create("create")
	if err != nil || replay.Replay == nil || string(replay.Replay.Body) != first.Diagram.ID.String()+task("x") {
		t.Errorf("replay %+v, %v", replay, err)
	}
	id := first.Diagram.ID
	copied, err := p.DuplicateDiagram(ctx, actor, laneway.DiagramCopy{ID: id, Once: once("duplicate")})
	if err != nil || copied.Replay != nil {
		t.Fatalf("%+v, %v", copied, err)
	}
	if _, err := p.TrashDiagram(ctx, actor, id); err != nil {
		t.Fatal(err)
	}
	replay, err = p.DuplicateDiagram(ctx, actor, laneway.DiagramCopy{ID: id, Once: once("duplicate")})
	if err != nil || replay.Replay == nil || !strings.HasPrefix(string(replay.Replay.Body), copied.Diagram.ID.String()) {
		t.Errorf("a replay after the original went to the trash: %+v, %v", replay, err)
	}
	if back, err := p.RestoreDiagram(ctx, actor, id, once("restore")); err != nil || back.Replay != nil {
		t.Errorf("restore %+v, %v", back, err)
	}
	if back, err := p.RestoreDiagram(ctx, actor, id, once("restore")); err != nil || back.Replay == nil {
		t.Errorf("restore again %+v, %v", back, err)
	}
	if rendered != 3 {
		t.Errorf("%d answers were rendered, want 3", rendered)
	}
	// A request that failed can be made again with its key.
	p.db.Admin(t, `UPDATE organization_usage SET diagrams = 5`)
	if _, err := create("refused"); laneway.KindOf(err) != laneway.QuotaExceeded {
		t.Fatalf("over the limit: %v", err)
	}
	p.db.Admin(t, `UPDATE organization_usage SET diagrams = 2`)
	if again, err := create("refused"); err != nil || again.Replay != nil {
		t.Errorf("after there was room: %+v, %v", again, err)
	}
	if n := storetest.Value[int](t, p.db, `SELECT count(*) FROM diagrams`); n != 3 {
		t.Errorf("%d diagrams, want 3", n)
	}
}
