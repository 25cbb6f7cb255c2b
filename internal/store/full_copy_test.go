package store_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// history is a diagram of 50 tasks and 50 flows, with ids and layout as bpmn-js writes them, that
// somebody goes on editing. It is the same in every run.
type history struct {
	random *rand.Rand
	tasks  []drawnTask
}

type drawnTask struct {
	id, flow, name string
	x, y           int
}

func newHistory() *history {
	h := &history{random: rand.New(rand.NewPCG(1, 2))}
	id := func(prefix string) string {
		for range 7 {
			prefix += string("0123456789abcdefghijklmnopqrstuvwxyz"[h.random.IntN(36)])
		}
		return prefix
	}
	for i := range 50 {
		h.tasks = append(h.tasks, drawnTask{id("Activity_"), id("Flow_"), h.name(), 160 + 150*(i%10), 100 + 120*(i/10)})
	}
	return h
}

func (h *history) name() string {
	verbs := strings.Fields("Check Approve Send Archive Review Reject Enter Notify Prepare Sign Book Pay Order Ship")
	nouns := strings.Fields("invoice order shipment contract request offer complaint payment customer parcel report claim")
	return verbs[h.random.IntN(len(verbs))] + " " + nouns[h.random.IntN(len(nouns))]
}

// edit renames a task in three cases of ten, and moves one with its flows in the others.
func (h *history) edit() {
	task := &h.tasks[h.random.IntN(len(h.tasks))]
	if h.random.IntN(10) < 3 {
		task.name = h.name()
		return
	}
	task.x += 10 * (h.random.IntN(21) - 10)
	task.y += 10 * (h.random.IntN(21) - 10)
}

func (h *history) document() []byte {
	var nodes, flows, shapes, edges strings.Builder
	for i, task := range h.tasks {
		fmt.Fprintf(&nodes, "    <bpmn:userTask id=\"%s\" name=\"%s\">\n", task.id, task.name)
		before := h.tasks[(i+len(h.tasks)-1)%len(h.tasks)]
		next := h.tasks[(i+1)%len(h.tasks)]
		fmt.Fprintf(&nodes, "      <bpmn:incoming>%s</bpmn:incoming>\n      <bpmn:outgoing>%s</bpmn:outgoing>\n    </bpmn:userTask>\n", task.flow, next.flow)
		fmt.Fprintf(&flows, "    <bpmn:sequenceFlow id=\"%s\" sourceRef=\"%s\" targetRef=\"%s\" />\n", task.flow, before.id, task.id)
		fmt.Fprintf(&shapes, "      <bpmndi:BPMNShape id=\"%s_di\" bpmnElement=\"%s\">\n        <dc:Bounds x=\"%d\" y=\"%d\" width=\"100\" height=\"80\" />\n        <bpmndi:BPMNLabel />\n      </bpmndi:BPMNShape>\n",
			task.id, task.id, task.x, task.y)
		fmt.Fprintf(&edges, "      <bpmndi:BPMNEdge id=\"%s_di\" bpmnElement=\"%s\">\n        <di:waypoint x=\"%d\" y=\"%d\" />\n        <di:waypoint x=\"%d\" y=\"%d\" />\n      </bpmndi:BPMNEdge>\n",
			task.flow, task.flow, before.x+100, before.y+40, task.x, task.y+40)
	}
	return []byte(`<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="Definitions_1" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="Process_1" isExecutable="true">
` + nodes.String() + flows.String() + `  </bpmn:process>
  <bpmndi:BPMNDiagram id="BPMNDiagram_1">
    <bpmndi:BPMNPlane id="BPMNPlane_1" bpmnElement="Process_1">
` + shapes.String() + edges.String() + `    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
`)
}

// create stores the document as version 1 of a new diagram.
func (h *history) create(t testing.TB, db *storetest.Database, actor laneway.Actor) laneway.Diagram {
	t.Helper()
	changed, err := db.Store.CreateDiagram(t.Context(), actor, laneway.Diagram{ID: newID(), Title: "History"}, store.Content{XML: h.document()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return changed.Diagram
}

// TestCompactHistory stores a thousand autosaves of a diagram of a hundred elements: together they
// take at most 15 % of what as many whole copies would take, each packed by itself.
func TestCompactHistory(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	const versions = 1000
	h := newHistory()
	d := h.create(t, db, actor)
	var plain, whole int
	documents := [][]byte{h.document()}
	for n := int64(1); n < versions; n++ {
		h.edit()
		documents = append(documents, h.document())
		saveContent(t, db.Store, actor, d.ID, n, &store.Content{XML: documents[n]})
	}
	for _, document := range documents {
		plain += len(document)
		whole += len(encoder.EncodeAll(document, nil))
	}
	stored := storetest.Value[int](t, db, `SELECT sum(octet_length(xml)) FROM diagram_versions`)
	copies := storetest.Value[int](t, db, `SELECT count(*) FROM diagram_versions WHERE full_number IS NULL`)
	t.Logf("%d versions: %d bytes stored, %d full copies; %d bytes as packed copies (%.1f %%), %d bytes plain (%.1f %%)",
		versions, stored, copies, whole, 100*float64(stored)/float64(whole), plain, 100*float64(stored)/float64(plain))
	if 100*stored > 15*whole {
		t.Errorf("%d bytes are more than 15 %% of %d", stored, whole)
	}
	if copies < versions/50 || copies > versions/20 {
		t.Errorf("%d full copies of %d versions", copies, versions)
	}
	// From an empty memory, as after a start.
	fresh, err := store.Open(t.Context(), store.Config{AppURL: db.URLs.App, SystemURL: db.URLs.System})
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	for n, want := range documents {
		opened, err := fresh.OpenVersions(t.Context(), actor, d.ID, int64(n+1))
		if err != nil || !bytes.Equal(opened[0].Content.XML, want) {
			t.Fatalf("version %d is not what was saved: %v", n+1, err)
		}
	}
	if opened, err := fresh.OpenDiagram(t.Context(), actor, d.ID, 0); err != nil || !bytes.Equal(opened.Content.XML, documents[versions-1]) {
		t.Errorf("the current document is not what was saved: %v", err)
	}
}

// TestRepeatedContent saves what is stored already, as a change of the title does.
func TestRepeatedContent(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	h := newHistory()
	d := h.create(t, db, actor)
	first := h.document()
	saveContent(t, db.Store, actor, d.ID, 1, nil)
	h.edit()
	saveContent(t, db.Store, actor, d.ID, 2, &store.Content{XML: h.document()})
	saveContent(t, db.Store, actor, d.ID, 3, nil)
	saveContent(t, db.Store, actor, d.ID, 4, &store.Content{XML: first})
	admin := connect(t, db.AdminURL)
	for query, want := range map[string]string{
		`SELECT string_agg(coalesce(full_number, 0)::text, ' ' ORDER BY number) FROM diagram_versions`:                 "0 1 1 1 1",
		`SELECT string_agg(octet_length(xml)::text, ' ' ORDER BY number) FROM diagram_versions WHERE number IN (2, 5)`: "0 0",
		`SELECT (sum(octet_length(xml)) < 400)::text FROM diagram_versions WHERE number > 1`:                           "true",
	} {
		if got := texts(t, admin, query)[0]; got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	opened, err := db.Store.OpenVersions(t.Context(), actor, d.ID, 1, 2, 3, 4, 5)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]byte{first, first, h.document(), h.document(), first} {
		if !bytes.Equal(opened[i].Content.XML, want) {
			t.Errorf("version %d is not what was saved", i+1)
		}
	}
}

// TestLostCopy takes away, or exchanges, the copy that a server has at hand for the next
// difference, as a standby does that lacks the last versions: it must notice before it stores.
func TestLostCopy(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	h := newHistory()
	d := h.create(t, db, actor)
	other, err := store.Open(t.Context(), store.Config{AppURL: db.URLs.App, SystemURL: db.URLs.System})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	// Version 2 is very different, so it is whole, and at hand for this server.
	whole := newHistory()
	for range 2000 {
		whole.edit()
	}
	for i := range whole.tasks {
		whole.tasks[i].id = fmt.Sprintf("Other_%d_%d", i*i*7919, i)
	}
	saveContent(t, db.Store, actor, d.ID, 1, &store.Content{XML: whole.document()})
	if n := storetest.Value[int](t, db, `SELECT count(*) FROM diagram_versions WHERE full_number IS NULL`); n != 2 {
		t.Fatalf("%d full copies, want 2", n)
	}
	// The standby takes over without it, and another server saves its own version 2.
	db.Admin(t, `DELETE FROM diagram_versions WHERE number = 2`)
	db.Admin(t, `UPDATE diagrams SET version = 1`)
	if _, err := other.OpenDiagram(t.Context(), actor, d.ID, 0); err != nil {
		t.Fatal(err)
	}
	h.edit()
	saveContent(t, other, actor, d.ID, 1, &store.Content{XML: h.document()})
	whole.edit()
	saveContent(t, db.Store, actor, d.ID, 2, &store.Content{XML: whole.document()})
	opened, err := other.OpenVersions(t.Context(), actor, d.ID, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(opened[0].Content.XML, h.document()) || !bytes.Equal(opened[1].Content.XML, whole.document()) {
		t.Error("a version is not what was saved")
	}
	if full := storetest.Value[bool](t, db, `SELECT full_number IS NULL FROM diagram_versions WHERE number = 3`); !full {
		t.Error("version 3 is a difference to a copy that is not there")
	}
}

// TestServersTakeTurns saves one diagram through two servers, each of which has the copies at hand
// that it made or read itself.
func TestServersTakeTurns(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	actor := newTenant(t, db)
	other, err := store.Open(t.Context(), store.Config{AppURL: db.URLs.App, SystemURL: db.URLs.System})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	h := newHistory()
	d := h.create(t, db, actor)
	servers := []*store.Store{db.Store, other}
	documents := [][]byte{h.document()}
	for n := int64(1); n < 100; n++ {
		h.edit()
		documents = append(documents, h.document())
		saveContent(t, servers[n%2], actor, d.ID, n, &store.Content{XML: documents[n]})
	}
	var wait sync.WaitGroup
	for i, server := range servers {
		wait.Go(func() {
			for n, want := range documents {
				opened, err := server.OpenVersions(t.Context(), actor, d.ID, int64(n+1))
				if err != nil || !bytes.Equal(opened[0].Content.XML, want) {
					t.Errorf("server %d: version %d is not what was saved: %v", i, n+1, err)
				}
			}
		})
	}
	wait.Wait()
}

// TestRowsOfBefore migrates a database that an older release has filled.
func TestRowsOfBefore(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	urls := emptyDatabase(t, db)
	provider, _ := migrationsOf(t, urls.Migrator)
	if _, err := provider.UpTo(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	actor := laneway.Actor{UserID: newID(), OrganizationID: newID(), Role: laneway.RoleAdmin}
	id := newID()
	h := newHistory()
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	admin := adminOf(t, db, urls)
	execute(t, admin, `INSERT INTO users (id, email, display_name) VALUES ($1, 'ada@example.org', 'Ada')`, actor.UserID)
	execute(t, admin, `INSERT INTO organizations (id, name) VALUES ($1, 'Harbour')`, actor.OrganizationID)
	execute(t, admin, `INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, 'admin')`, actor.OrganizationID, actor.UserID)
	execute(t, admin, `INSERT INTO organization_heads (org_id) VALUES ($1)`, actor.OrganizationID)
	execute(t, admin, `INSERT INTO organization_usage (org_id, diagrams) VALUES ($1, 1)`, actor.OrganizationID)
	execute(t, admin, `INSERT INTO diagrams (org_id, id, title, version, created_by, updated_by) VALUES ($1, $2, 'Old', 2, $3, $3)`, actor.OrganizationID, id, actor.UserID)
	var documents [][]byte
	for n := 1; n <= 2; n++ {
		documents = append(documents, h.document())
		execute(t, admin, `INSERT INTO diagram_versions (org_id, diagram_id, number, title, xml, xml_size, xml_hash, parents, created_by)
			VALUES ($1, $2, $3::bigint, 'Old', $4, $5, sha256($6), CASE WHEN $3::bigint > 1 THEN ARRAY[1::bigint] ELSE '{}' END, $7)`,
			actor.OrganizationID, id, n, encoder.EncodeAll(documents[n-1], nil), len(documents[n-1]), documents[n-1], actor.UserID)
		h.edit()
	}
	if err := store.Migrate(t.Context(), urls.Migrator); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Config{AppURL: urls.App, SystemURL: urls.System})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if opened, err := s.OpenDiagram(t.Context(), actor, id, 0); err != nil || !bytes.Equal(opened.Content.XML, documents[1]) {
		t.Errorf("open: %v", err)
	}
	documents = append(documents, h.document())
	saveContent(t, s, actor, id, 2, &store.Content{XML: documents[2]})
	opened, err := s.OpenVersions(t.Context(), actor, id, 1, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range documents {
		if !bytes.Equal(opened[i].Content.XML, want) {
			t.Errorf("version %d is not what was saved", i+1)
		}
	}
	if v := opened[0].Version; v.Kind != laneway.VersionCreated || v.ChangeCount != -1 || v.Author != "Ada" {
		t.Errorf("version 1 of before is %+v", v)
	}
	var full int64
	if err := admin.QueryRow(t.Context(), `SELECT full_number FROM diagram_versions WHERE number = 3`).Scan(&full); err != nil || full != 2 {
		t.Errorf("version 3 is a difference to %d, %v; want version 2", full, err)
	}
}

// BenchmarkSaveHistory saves edits of a diagram of a hundred elements.
func BenchmarkSaveHistory(b *testing.B) {
	db := storetest.New(b)
	actor := newTenant(b, db)
	h := newHistory()
	d := h.create(b, db, actor)
	n := int64(0)
	for b.Loop() {
		n++
		h.edit()
		saveContent(b, db.Store, actor, d.ID, n, &store.Content{XML: h.document()})
	}
}
