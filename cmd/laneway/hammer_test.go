package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"laneway/internal/store/storetest"
)

// TestNoLostUpdate lets many people save the same diagrams at once, through two servers on one
// database. Every person has a task of their own in each diagram and marks it with a counter; two
// of them also fight for one task. Every mark that was acknowledged must stand in the current version,
// or was reported in a conflict; versions have no gaps, and no server failed.
//
// The people have different programs: an editor that drops what it does not know and saves with a
// baseline, one that sends whole documents to be merged, and one that is refused and tries again.
func TestNoLostUpdate(t *testing.T) {
	t.Parallel()
	writers, saves, diagrams := 8, 25, 3
	if os.Getenv("LANEWAY_TEST_LONG") != "" {
		writers, saves, diagrams = 32, 200, 10
	}
	flags, adminURL := anotherDatabase(t)
	servers := [2]*child{}
	for i := range servers {
		servers[i] = spawn(t, append(flags, "--data-dir", filepath.Join(t.TempDir(), "unused"), "--rate-limit", "off")...)
		defer servers[i].kill(t)
	}
	people := make([]*person, writers)
	for i := range people {
		people[i] = newPerson(t, servers[i%len(servers)].address)
		people[i].signUp(fmt.Sprintf("writer%d@example.org", i))
	}
	admin, err := pgx.Connect(t.Context(), adminURL)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	for _, statement := range []string{ // everybody works in the organization of the first
		`UPDATE organizations SET plan = 'enterprise'`,
		`INSERT INTO memberships (org_id, user_id, role) SELECT f.default_org_id, u.id, 'member' FROM users f, users u
		  WHERE f.email = 'writer0@example.org' AND u.id <> f.id`,
		`UPDATE users SET default_org_id = (SELECT default_org_id FROM users WHERE email = 'writer0@example.org')`,
	} {
		if _, err := admin.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	var h hammer
	var wait sync.WaitGroup
	contested := make([]*contest, diagrams)
	for i := range diagrams {
		d := people[0].create(fmt.Sprint("Diagram ", i), hammered(writers))
		contested[i] = &contest{id: d.ID, marks: make([]string, writers), acked: make(map[int64]int)}
	}
	for w, p := range people {
		wait.Go(func() {
			for _, c := range contested {
				h.write(t, p, c, w, saves)
			}
		})
	}
	wait.Wait()
	t.Logf("%d writers, %d diagrams: %d saves acknowledged, %d of them merged, %d answered again, %d conflicts reported, %d baselines asked for, %d refused and tried again, %d busy",
		writers, diagrams, h.acked.Load(), h.merged.Load(), h.repeated.Load(), h.conflicts.Load(), h.baselines.Load(), h.refused.Load(), h.busy.Load())
	if h.conflicts.Load() == 0 || h.merged.Load() == 0 || h.repeated.Load() == 0 {
		t.Error("the test is too tame: nothing was merged, nothing conflicted, or nothing was repeated")
	}
	for _, c := range contested {
		c.check(t, people[1], admin)
	}
}

// anotherDatabase makes a migrated database, and gives the flags of servers on it.
func anotherDatabase(t testing.TB) (flags []string, adminURL string) {
	t.Helper()
	flags, adminURL, _ = anotherServer(t)
	return flags, adminURL
}

// anotherServer is anotherDatabase with the server that it is on.
func anotherServer(t testing.TB) (flags []string, adminURL string, server *storetest.Private) {
	t.Helper()
	server = storetest.NewServer(t)
	urls := migrated(t, server.AdminURL("postgres"))
	return []string{"--listen", "127.0.0.1:0", "--database-url", urls["LANEWAY_DATABASE_URL"],
		"--database-system-url", urls["LANEWAY_DATABASE_SYSTEM_URL"]}, server.AdminURL("laneway"), server
}

// migrated runs `laneway migrate` and gives what it prints, by variable.
func migrated(t testing.TB, adminURL string) map[string]string {
	t.Helper()
	var printed bytes.Buffer
	migrate := newCommand()
	migrate.SetOut(&printed)
	migrate.SetArgs([]string{"migrate", "--database-admin-url", adminURL})
	if err := migrate.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	urls := map[string]string{}
	for line := range strings.Lines(printed.String()) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		urls[name] = value
	}
	return urls
}

// hammered is a document with a task for each writer and one for all, and what no editor knows.
func hammered(writers int) string {
	var b strings.Builder
	b.WriteString(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:v="urn:vendor" id="d" targetNamespace="urn:x"><process id="p">`)
	for i := range writers {
		fmt.Fprintf(&b, "\n<!-- of writer %d --><task id=\"t%d\" v:cost=\"%d\" name=\"\"/>", i, i, i)
	}
	b.WriteString("\n<task id=\"all\" name=\"\"/></process></definitions>")
	return b.String()
}

var dropped = regexp.MustCompile(`<!--.*?-->| v:cost="\d+"`)

// exported is what an editor makes of a stored document.
func exported(xml string) string { return dropped.ReplaceAllString(xml, "") }

func nameOfTask(task string) *regexp.Regexp {
	return regexp.MustCompile(`(<task id="` + task + `"[^>]* name=")([^"]*)"`)
}

func named(xml, task, name string) string {
	return nameOfTask(task).ReplaceAllString(xml, "${1}"+name+`"`)
}

// contest is one diagram.
type contest struct {
	id    string
	mu    sync.Mutex
	marks []string      // the last one that was acknowledged, by writer
	acked map[int64]int // writers by version
}

type hammer struct {
	acked, merged, repeated, conflicts, baselines, refused, busy atomic.Int64
}

// outcome is the answer to a save, in any of its forms.
type outcome struct {
	Version        int64
	Merged         bool
	BpmnXML        *string `json:"bpmnXml"`
	Changes        []struct{ Op, Element, Path, After string }
	CurrentVersion int64
	Conflicts      []struct {
		Class, ElementID string
		Ours             *string
	}
}

// write saves one diagram again and again.
func (h *hammer) write(t *testing.T, p *person, c *contest, w, saves int) {
	var opened diagram
	open := func() bool {
		for {
			status, err := p.do("GET", "/api/diagrams/"+c.id, nil, &opened)
			if err == nil && status == 503 {
				h.busy.Add(1)
				continue
			}
			if err != nil || status != 200 {
				t.Errorf("writer %d opens: %d, %v", w, status, err)
			}
			return err == nil && status == 200
		}
	}
	if !open() {
		return
	}
	task, editor, stubborn := fmt.Sprint("t", w), w%4 != 2, w%4 == 3
	if stubborn {
		editor = false
	}
	canvas, version, baseline, known := opened.BpmnXML, opened.Version, "", false
	if editor {
		canvas = exported(canvas)
		baseline = canvas
	}
	for n := 0; n < saves; {
		mark := fmt.Sprintf("writer %d save %d", w, n)
		mine := named(canvas, task, mark)
		fight := w < 2 && n%2 == 0
		if fight {
			mine = named(mine, "all", mark)
		}
		body := map[string]any{"bpmnXml": mine, "expectedVersion": version}
		if !stubborn {
			body["onConflict"] = "merge"
		}
		switch {
		case editor && known:
			sum := sha256.Sum256([]byte(baseline))
			body["baselineHash"] = hex.EncodeToString(sum[:])
		case editor:
			body["baselineXml"] = baseline
		}
		var o outcome
		status, err := p.answer("PUT", "/api/diagrams/"+c.id, body, &o)
		switch {
		case err != nil:
			t.Errorf("%s: %v", mark, err)
			return
		case status == 200:
			if rand.IntN(10) == 0 { // the answer got lost
				var again outcome
				status, err := p.answer("PUT", "/api/diagrams/"+c.id, body, &again)
				if err != nil || status == 200 && again.Version != o.Version || status != 200 && status != 503 {
					t.Errorf("%s again: %d, version %d after %d, %v", mark, status, again.Version, o.Version, err)
				}
				h.repeated.Add(1)
			}
			h.acked.Add(1)
			if o.Merged {
				h.merged.Add(1)
			}
			c.acknowledge(t, w, o.Version, mark)
			canvas, version, known = mine, o.Version, true
			baseline = mine
			switch {
			case editor:
				for _, change := range o.Changes {
					if change.Op != "set" || change.Path != "@name" {
						t.Errorf("%s: there is a change %+v", mark, change)
						return
					}
					canvas = named(canvas, change.Element, change.After)
				}
			case o.BpmnXML != nil:
				canvas = *o.BpmnXML
			}
			n++
		case status == 409 && stubborn:
			h.refused.Add(1)
			if !open() {
				return
			}
			canvas, version = opened.BpmnXML, opened.Version
		case status == 409 && fight:
			if len(o.Conflicts) != 1 || o.Conflicts[0].ElementID != "all" || o.Conflicts[0].Ours == nil || *o.Conflicts[0].Ours != mark {
				t.Errorf("%s: conflicts %+v", mark, o.Conflicts)
				return
			}
			h.conflicts.Add(1)
			if !open() {
				return
			}
			canvas, version, known = exported(opened.BpmnXML), opened.Version, false
			baseline = canvas
			n++ // reported
		case status == 428:
			h.baselines.Add(1)
			known = false
		case status == 503:
			h.busy.Add(1)
		default:
			t.Errorf("%s: status %d, %+v", mark, status, o)
			return
		}
	}
}

func (c *contest) acknowledge(t *testing.T, w int, version int64, mark string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if other, taken := c.acked[version]; taken {
		t.Errorf("version %d was acknowledged to writers %d and %d", version, other, w)
	}
	c.acked[version], c.marks[w] = w, mark
}

// check holds the diagram against what was acknowledged.
func (c *contest) check(t *testing.T, p *person, admin *pgx.Conn) {
	t.Helper()
	var now diagram
	p.must(200, "GET", "/api/diagrams/"+c.id, nil, &now)
	for w, mark := range c.marks {
		if got := nameOfTask(fmt.Sprint("t", w)).FindStringSubmatch(now.BpmnXML); got == nil || got[2] != mark {
			t.Errorf("%q was acknowledged, and there is %q", mark, got)
		}
	}
	if comments, costs := strings.Count(now.BpmnXML, "<!-- of writer"), strings.Count(now.BpmnXML, "v:cost="); comments != len(c.marks) || costs != len(c.marks) {
		t.Errorf("%d comments and %d vendor attributes are left of %d", comments, costs, len(c.marks))
	}
	rows, err := admin.Query(t.Context(), `SELECT number FROM diagram_versions WHERE diagram_id = $1 ORDER BY number`, c.id)
	if err != nil {
		t.Fatal(err)
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		t.Fatal(err)
	}
	want := make([]int64, len(c.acked)+1)
	for i := range want {
		want[i] = int64(i + 1)
	}
	if !slices.Equal(numbers, want) || now.Version != want[len(want)-1] {
		t.Errorf("there are %d versions up to %d, and %d saves were acknowledged", len(numbers), now.Version, len(c.acked))
	}
}
