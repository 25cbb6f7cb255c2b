package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"laneway"
)

// world is a cache on a source that a test makes up, and what the cache has logged.
type world struct {
	*Cache
	log     bytes.Buffer
	hears   atomic.Bool
	now     time.Time
	source  Summaries
	changes Changes
	fail    error
	reads   int
	back    atomic.Int64
	holders func(token bool, secretHashes [][]byte) (map[string]Identity, error)
}

func newWorld(t *testing.T, bytes int64) *world {
	t.Helper()
	w := &world{now: time.Now()}
	w.hears.Store(true)
	var err error
	w.Cache, err = New(Config{
		Source: Source{
			Summaries: func(context.Context, laneway.ID) (Summaries, error) { w.reads++; return w.source, w.fail },
			Changes:   func(context.Context, laneway.ID, int64) (Changes, error) { w.reads++; return w.changes, w.fail },
			Fold: func(_ context.Context, texts []string) ([]string, error) {
				folded := make([]string, len(texts))
				for i, text := range texts {
					folded[i] = strings.ToLower(text)
				}
				return folded, nil
			},
			Identities: func(_ context.Context, token bool, secretHashes [][]byte) (map[string]Identity, error) {
				return w.holders(token, secretHashes)
			},
		},
		Bytes: bytes, Hears: w.hears.Load, WentBack: func() { w.back.Add(1) }, Log: slog.New(slog.NewTextHandler(&w.log, nil)), Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// keep keeps a version whose answer is the document in brackets.
func (w *world) keep(t *testing.T, actor laneway.Actor, diagram laneway.ID, number int64, document string) {
	t.Helper()
	if _, err := w.Versions.PutOpened(actor, diagram, number, func(b []byte) ([]byte, error) { return fmt.Appendf(b, "[%s]", document), nil }); err != nil {
		t.Fatal(err)
	}
}

// document takes a kept document out of its brackets.
func (w *world) document(actor laneway.Actor, diagram laneway.ID, number int64) (string, bool) {
	xml, ok := w.Versions.Document(actor, diagram, number, func(answer []byte) ([]byte, error) { return bytes.Clone(bytes.Trim(answer, "[]")), nil })
	return string(xml), ok
}

func actorOf(organization byte) laneway.Actor {
	return laneway.Actor{UserID: laneway.ID{1}, OrganizationID: laneway.ID{organization}, Role: laneway.RoleViewer}
}

func drawn(n byte, title string) laneway.Diagram {
	at := time.Unix(1_700_000_000, 0).Add(time.Duration(n) * time.Second).UTC()
	return laneway.Diagram{ID: laneway.ID{9, n}, Title: title, Version: 1, CreatedAt: at, UpdatedAt: at}
}

func (w *world) titles(t *testing.T, actor laneway.Actor, seen int64) (string, bool) {
	t.Helper()
	r, hit, err := w.Models.Page(t.Context(), actor, laneway.DiagramQuery{Limit: 10, Sort: laneway.ByTitle}, seen, func(p laneway.Page[laneway.Diagram]) ([]byte, string) {
		var b bytes.Buffer
		for _, d := range p.Items {
			b.WriteString(d.Title)
		}
		return b.Bytes(), ""
	})
	if err != nil {
		t.Fatal(err)
	}
	if r == nil {
		return "none", hit
	}
	b, err := r.Plain(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), hit
}

// Commits of this server count whatever comes first: before the model is loaded, out of order, again, and with those of
// others in between.
func TestCommitsInAnyOrder(t *testing.T) {
	t.Parallel()
	w, actor := newWorld(t, 0), actorOf(1)
	want := func(what, titles string, seen int64) {
		t.Helper()
		if got, _ := w.titles(t, actor, seen); got != titles {
			t.Errorf("%s: %q, want %q", what, got, titles)
		}
	}
	w.source = Summaries{Seq: 3, Diagrams: []laneway.Diagram{drawn(1, "a")}}
	want("loaded", "a", 0)
	b, c := drawn(2, "b"), drawn(3, "c")
	w.Models.Commit(actor.OrganizationID, 5, c)
	want("a later one first", "ac", 0)
	w.Models.Commit(actor.OrganizationID, 4, b)
	want("the earlier one", "abc", 0)
	b.Title = "B"
	w.Models.Commit(actor.OrganizationID, 5, b)
	want("a number that is there already", "abc", 0)
	trashed := c
	trashed.DeletedAt = w.now
	w.Models.Commit(actor.OrganizationID, 7, trashed)
	want("into the trash", "ab", 0)
	w.changes = Changes{Seq: 6, Diagrams: []laneway.Diagram{drawn(4, "d")}, Gone: []laneway.ID{drawn(1, "").ID}}
	w.Models.Advance(actor.OrganizationID, 6)
	want("what another server did", "bd", 6)
	reads := w.reads
	w.Models.Advance(actor.OrganizationID, 7)
	if got, hit := w.titles(t, actor, 7); got != "bd" || !hit || w.reads != reads {
		t.Errorf("with all events in it: %q, hit %t, %d reads", got, hit, w.reads-reads)
	}
	w.changes = Changes{Seq: 7}
	want("a number that nobody has reached", "bd", 1_000)
	if got, _ := w.titles(t, actorOf(2), 0); got != "a" {
		t.Errorf("another organization finds %q", got)
	}
	w.changes, w.source.Seq = Changes{Seq: 2}, 2 // a backup was restored
	w.Models.Advance(actor.OrganizationID, 8)
	want("a database that went back", "a", 8)
}

// A gap below a commit of this server is closed by whoever has seen that commit, and by the head that is polled: what made
// it may never be told of.
func TestGapBelowOwnCommit(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(w *world, actor laneway.Actor) int64{
		"seen":   func(*world, laneway.Actor) int64 { return 12 },
		"polled": func(w *world, actor laneway.Actor) int64 { w.Models.Advance(actor.OrganizationID, 12); return 11 },
	} {
		w, actor := newWorld(t, 0), actorOf(1)
		w.source = Summaries{Seq: 10, Diagrams: []laneway.Diagram{drawn(1, "a"), drawn(2, "b")}}
		w.titles(t, actor, 0)
		w.changes = Changes{Seq: 12, Diagrams: []laneway.Diagram{drawn(3, "c")}, Gone: []laneway.ID{drawn(1, "").ID}}
		w.Models.Commit(actor.OrganizationID, 12, drawn(3, "c"))
		if got, hit := w.titles(t, actor, ask(w, actor)); got != "bc" || hit {
			t.Errorf("%s: %q, hit %t, want what event 11 left", name, got, hit)
		}
		n, _ := w.Models.kept.GetIfPresent(modelKey{actor.OrganizationID})
		if s := n.current.Load(); s.seq != 12 || len(s.ahead) > 0 {
			t.Errorf("%s: up to %d, and %v", name, s.seq, s.ahead)
		}
	}
}

// A client that names a number which nobody has reached takes no wake-up from the others.
func TestNumberOfNobody(t *testing.T) {
	t.Parallel()
	w, actor := newWorld(t, 0), actorOf(1)
	w.source = Summaries{Seq: 10, Diagrams: []laneway.Diagram{drawn(1, "a")}}
	w.titles(t, actor, 0)
	w.changes = Changes{Seq: 10}
	w.titles(t, actor, 1<<60)
	w.changes = Changes{Seq: 11, Diagrams: []laneway.Diagram{drawn(2, "b")}}
	w.Models.Advance(actor.OrganizationID, 11)
	if got, _ := w.titles(t, actor, 11); got != "ab" {
		t.Errorf("%q, want both", got)
	}
}

// A database that lacks events which it had makes numbers of versions mean something else.
func TestDatabaseThatWentBack(t *testing.T) {
	t.Parallel()
	w, actor := newWorld(t, 0), actorOf(1)
	w.source = Summaries{Seq: 10, Diagrams: []laneway.Diagram{drawn(1, "a")}}
	w.titles(t, actor, 0)
	w.keep(t, actor, drawn(1, "").ID, 7, "<lost/>")
	w.source.Seq, w.changes.Seq = 9, 9
	w.Models.Advance(actor.OrganizationID, 11)
	w.titles(t, actor, 11)
	if _, ok := w.document(actor, drawn(1, "").ID, 7); ok || w.back.Load() != 1 {
		t.Errorf("a document is kept: %t; told %d times", ok, w.back.Load())
	}
}

// What people of one organization search for is not told to another one.
func TestSearchesOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.source = Summaries{Seq: 1}
	search := func(actor laneway.Actor) bool {
		w.titles(t, actor, 0)
		_, hit, err := w.Models.Page(t.Context(), actor, laneway.DiagramQuery{Limit: 10, Sort: laneway.ByTitle, Title: "merger"}, 0,
			func(laneway.Page[laneway.Diagram]) ([]byte, string) { return []byte("{}"), "" })
		if err != nil {
			t.Fatal(err)
		}
		return hit
	}
	if search(actorOf(1)) || search(actorOf(2)) {
		t.Error("a first search is a hit")
	}
}

// What cannot be believed is no answer.
func TestNothingForeignIsAnswered(t *testing.T) {
	t.Parallel()
	w, actor, other := newWorld(t, 0), actorOf(1), actorOf(2)
	w.source = Summaries{Seq: 1, Diagrams: []laneway.Diagram{drawn(1, "theirs")}}
	w.titles(t, other, 0)
	theirs, _ := w.Models.kept.GetIfPresent(modelKey{other.OrganizationID})
	foreign := &model{key: modelKey{actor.OrganizationID}, done: make(chan struct{})}
	foreign.current.Store(theirs.current.Load())
	w.Models.kept.Set(foreign.key, foreign)
	if got, _ := w.titles(t, actor, 0); got != "none" {
		t.Errorf("another organization's list is answered: %q", got)
	}
	w.keep(t, other, laneway.ID{9}, 1, "theirs")
	key, _ := versionKeyOf(other, laneway.ID{9}, formDocument)
	kept, _ := w.Versions.kept.GetIfPresent(key)
	key.organization = actor.OrganizationID
	w.Versions.kept.Set(key, kept)
	if _, ok := w.Versions.Opened(actor, laneway.ID{9}, 1); ok {
		t.Error("another organization's diagram is answered")
	}
	hash := func(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }
	w.Identities.Put(w.Identities.Epoch(), false, hash(1), &Identity{Account: laneway.Account{User: laneway.User{ID: laneway.ID{1}}}})
	one, _ := identityKeyOf(false, hash(1))
	two, _ := identityKeyOf(false, hash(2))
	person, _ := w.Identities.kept.GetIfPresent(one)
	w.Identities.kept.Set(two, person)
	if w.Identities.Get(false, hash(2)) != nil {
		t.Error("another person is let in")
	}
	if w.Identities.Get(true, hash(1)) != nil {
		t.Error("a session counts as a token")
	}
	if n := strings.Count(w.log.String(), "level=ERROR"); n != 3 {
		t.Errorf("%d errors are logged, want 3:\n%s", n, w.log.String())
	}
	nobody := laneway.Actor{OrganizationID: other.OrganizationID}
	if got, _ := w.titles(t, nobody, 0); got != "none" {
		t.Errorf("somebody who may not read is answered %q", got)
	}
}

// A server that does not hear, or whose database is gone, gives nothing from memory.
func TestDeaf(t *testing.T) {
	t.Parallel()
	w, actor := newWorld(t, 0), actorOf(1)
	w.source = Summaries{Seq: 1, Diagrams: []laneway.Diagram{drawn(1, "a")}}
	w.titles(t, actor, 0)
	w.hears.Store(false)
	w.Models.Drop()
	if got, hit := w.titles(t, actor, 0); got != "none" || hit {
		t.Errorf("deaf: %q", got)
	}
	w.hears.Store(true)
	w.source = Summaries{Seq: 2, Diagrams: []laneway.Diagram{drawn(1, "b")}}
	if got, _ := w.titles(t, actor, 0); got != "b" {
		t.Errorf("hearing again: %q", got)
	}
	w.Models.Drop()
	w.fail = errors.New("gone")
	if got, _ := w.titles(t, actor, 0); got != "none" {
		t.Errorf("without a database: %q", got)
	}
	w.fail = nil
	if got, _ := w.titles(t, actor, 0); got != "b" {
		t.Errorf("with the database back: %q", got)
	}
}

// Identities are believed for five seconds, never past the end of their session, and not when they were read before
// something was forgotten.
func TestIdentityLifetime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	hash := bytes.Repeat([]byte{1}, 32)
	who := &Identity{Account: laneway.Account{User: laneway.User{ID: laneway.ID{1}}, Memberships: []laneway.Membership{{Organization: laneway.Organization{ID: laneway.ID{2}}}}}}
	known := func() bool { return w.Identities.Get(false, hash) != nil }
	put := func() { w.Identities.Put(w.Identities.Epoch(), false, hash, who) }
	put()
	w.now = w.now.Add(IdentityLifetime - time.Millisecond)
	if !known() {
		t.Error("forgotten too early")
	}
	w.now = w.now.Add(time.Millisecond)
	if known() {
		t.Error("believed for too long")
	}
	for name, forget := range map[string]func(){
		"person": func() { w.Identities.DropPerson(laneway.ID{1}) }, "organization": func() { w.Identities.DropOrganization(laneway.ID{2}) },
		"secret": func() { w.Identities.DropSecret(false, hash) }, "everybody": w.Identities.Drop,
	} {
		if put(); !known() {
			t.Error("not kept")
		}
		if forget(); known() {
			t.Errorf("%s: still known", name)
		}
		epoch := w.Identities.Epoch()
		forget()
		if w.Identities.Put(epoch, false, hash, who); known() {
			t.Errorf("%s: what was read before counts", name)
		}
	}
	who.Session.ExpiresAt = w.now.Add(time.Second)
	put()
	w.now = w.now.Add(time.Second)
	if known() {
		t.Error("believed past the end of the session")
	}
	who.Session.ExpiresAt, who.Token.ExpiresAt = time.Time{}, w.now.Add(time.Second)
	put()
	w.now = w.now.Add(time.Second)
	if known() {
		t.Error("believed past the end of the token")
	}
	// A member of an organization that is deleted becomes one of it again when it is restored.
	who = &Identity{Account: laneway.Account{Memberships: []laneway.Membership{{Organization: laneway.Organization{ID: laneway.ID{2}, DeletedAt: w.now}}}}}
	put()
	if w.Identities.DropOrganization(laneway.ID{2}); known() {
		t.Error("believed after their organization was restored")
	}
}

// Of a diagram the newest version is kept, whatever comes late.
func TestNewestVersion(t *testing.T) {
	t.Parallel()
	w, actor, d := newWorld(t, 0), actorOf(1), laneway.ID{9}
	has := func(number int64, want string) {
		t.Helper()
		xml, ok := w.document(actor, d, number)
		if ok != (want != "") || xml != want {
			t.Errorf("version %d: %q, %t, want %q", number, xml, ok, want)
		}
	}
	w.keep(t, actor, d, 7, "seven")
	has(7, "seven")
	has(6, "")
	w.keep(t, actor, d, 6, "six")
	has(7, "seven")
	has(6, "")
	w.keep(t, actor, d, 8, "eight")
	has(8, "eight")
	has(7, "")
	w.Versions.Drop() // the database went back
	w.keep(t, actor, d, 7, "another seven")
	has(7, "another seven")
}

// The memory is bounded, whatever comes.
func TestBudget(t *testing.T) {
	t.Parallel()
	const budget = 1 << 20
	w, actor := newWorld(t, budget), actorOf(1)
	for n := range int64(2000) {
		var body bytes.Buffer
		for i := range 400 {
			fmt.Fprintf(&body, "%d-%d ", n*7919, int64(i)*n)
		}
		w.keep(t, actor, laneway.ID{9, byte(n), byte(n >> 8)}, 1, body.String())
	}
	w.Versions.kept.CleanUp()
	if have := w.Versions.Bytes(); have > budget/2 {
		t.Errorf("versions take %d bytes of %d", have, budget/2)
	}
	for n := range 250 {
		w.source = Summaries{Seq: 1, Diagrams: []laneway.Diagram{drawn(1, "a")}}
		w.titles(t, actorOf(byte(n)), 0)
	}
	w.Models.kept.CleanUp()
	if have := w.Models.Bytes(); have > budget/8*3 {
		t.Errorf("read models take %d bytes of %d", have, budget/8*3)
	}
}
