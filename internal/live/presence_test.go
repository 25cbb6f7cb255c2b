package live_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"laneway"
	"laneway/internal/live"
	"laneway/internal/store/storetest"
)

// room is what a presence event says.
type room struct {
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

// awaitRoom reads a stream until the room is as it should be.
func awaitRoom(t testing.TB, stream *live.Stream, what string, holds func(room) bool) room {
	t.Helper()
	var last room
	_, err := frames(t, stream, func(all []sent) bool {
		if len(all) == 0 || all[len(all)-1].event != "presence" {
			return false
		}
		last = room{}
		if err := json.Unmarshal([]byte(all[len(all)-1].data), &last); err != nil {
			t.Fatal(err)
		}
		return holds(last)
	})
	if err != nil {
		t.Fatalf("in vain: %s: %v, last %+v", what, err, last)
	}
	return last
}

func people(n int) func(room) bool { return func(r room) bool { return len(r.Present) == n } }

func (s *server) look(t testing.TB, actor laneway.Actor, p laneway.Presence) []laneway.Present {
	t.Helper()
	present, err := s.SetPresence(actor, p)
	if err != nil {
		t.Fatal(err)
	}
	return present
}

// TestPresenceOnTwoServers: who comes to one server is shown by the other, whole, in the same colour,
// and is gone on both when they leave or when their server is gone.
func TestPresenceOnTwoServers(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	a, b := newServer(t, db, time.Hour), newServer(t, db, time.Hour)
	ada, foreign := newTenant(t, db), newTenant(t, db)
	bob := ada
	bob.UserID = newID()
	diagram := newID()
	onA, onB, theirs := a.subscribe(t, ada, -1), b.subscribe(t, ada, -1), b.subscribe(t, foreign, -1)
	var wide []string
	for i := range laneway.MaxSelection {
		wide = append(wide, fmt.Sprintf("%d<\"\x01", i)+strings.Repeat("\x02", laneway.MaxSelectedID-10)) // as long in JSON as can be
	}
	a.look(t, ada, laneway.Presence{DiagramID: diagram, DisplayName: "Ada", Session: "one", Selection: wide})
	first := awaitRoom(t, onB, "Ada on the other server", people(1))
	if first.DiagramID != diagram.String() || first.Present[0].UserID != ada.UserID.String() || first.Present[0].DisplayName != "Ada" ||
		first.Present[0].Sessions[0].Session != "one" || strings.Join(first.Present[0].Sessions[0].Selection, " ") != strings.Join(wide, " ") {
		t.Errorf("present %+v", first)
	}
	b.look(t, bob, laneway.Presence{DiagramID: diagram, DisplayName: "Bob", Session: "two"})
	b.look(t, ada, laneway.Presence{DiagramID: diagram, DisplayName: "Ada", Session: "three"})
	full := func(r room) bool { return len(r.Present) == 2 && len(r.Present[0].Sessions) == 2 }
	here, there := awaitRoom(t, onA, "all on A", full), awaitRoom(t, onB, "all on B", full)
	if fmt.Sprint(here) != fmt.Sprint(there) || here.Present[0].Colour == here.Present[1].Colour || here.Present[0].Colour != first.Present[0].Colour {
		t.Errorf("on A %+v, on B %+v", here, there)
	}
	if late := awaitRoom(t, b.subscribe(t, ada, -1), "all for who comes late", people(2)); fmt.Sprint(late) != fmt.Sprint(here) {
		t.Errorf("late %+v", late)
	}
	a.look(t, bob, laneway.Presence{DiagramID: diagram, Session: "two", Leaving: true}) // by way of the other server
	awaitRoom(t, onB, "Bob left", people(1))
	awaitRoom(t, onA, "Bob left", people(1))
	b.look(t, ada, laneway.Presence{DiagramID: diagram, Session: "three", Leaving: true})
	// A is gone, and with it the renewals of Ada's tab.
	a.stop()
	b.ahead.Store(int64(8 * time.Second))
	b.look(t, bob, laneway.Presence{DiagramID: diagram, DisplayName: "Bob", Session: "two"})
	if still := awaitRoom(t, onB, "Bob is back", people(2)); still.Present[0].DisplayName != "Ada" {
		t.Errorf("after 8 s: %+v", still)
	}
	b.ahead.Store(int64(10 * time.Second))
	if left := awaitRoom(t, onB, "Ada is gone", people(1)); left.Present[0].DisplayName != "Bob" {
		t.Errorf("after 10 s: %+v", left)
	}
	if b.look(t, bob, laneway.Presence{DiagramID: diagram, Session: "two", Leaving: true}); len(awaitRoom(t, onB, "nobody", people(0)).Present) != 0 {
		t.Error("somebody is there")
	}
	late := b.subscribe(t, ada, -1)
	if got, err := late.Next(t.Context()); err != nil || got != nil {
		t.Errorf("an empty room is told to a new stream: %q, %v", got, err)
	}
	if got, err := theirs.Next(t.Context()); err != nil || got != nil {
		t.Errorf("another organization was told: %q, %v", got, err)
	}
}

// TestColours: the first eight people have eight colours, which stay while others come and go; a
// ninth shares one.
func TestColours(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := newServer(t, db, time.Hour)
	actor, diagram := newTenant(t, db), newID()
	colours := map[laneway.ID]int{}
	check := func(present []laneway.Present) {
		t.Helper()
		taken, shared := map[int]bool{}, len(colours) > laneway.PresenceColours || len(present) > laneway.PresenceColours
		for _, p := range present {
			if old, known := colours[p.UserID]; known && old != p.Colour {
				t.Errorf("%s changed from %d to %d", p.UserID, old, p.Colour)
			}
			if p.Colour < 0 || p.Colour >= laneway.PresenceColours || taken[p.Colour] && !shared {
				t.Errorf("colour %d among %d", p.Colour, len(present))
			}
			colours[p.UserID], taken[p.Colour] = p.Colour, true
		}
	}
	var crowd []laneway.Actor
	for range 9 {
		actor.UserID = newID()
		crowd = append(crowd, actor)
		check(s.look(t, actor, laneway.Presence{DiagramID: diagram, Session: "x"}))
		check(s.look(t, actor, laneway.Presence{DiagramID: diagram, Session: "y"}))
	}
	for _, who := range crowd[2:] {
		s.look(t, who, laneway.Presence{DiagramID: diagram, Session: "x", Leaving: true})
		check(s.look(t, who, laneway.Presence{DiagramID: diagram, Session: "y", Leaving: true}))
	}
	for _, who := range crowd[:2] {
		check(s.look(t, who, laneway.Presence{DiagramID: diagram, Session: "x", Selection: []string{"Task_1"}}))
	}
}
