package live

import (
	"cmp"
	"context"
	"hash/fnv"
	"maps"
	"slices"
	"sync"
	"time"

	"laneway"
)

// How often presence is sent on to streams at most, and how often it is looked who is gone.
const (
	presenceEvery = 50 * time.Millisecond
	presenceSweep = 250 * time.Millisecond
)

// maxSeats is how many tabs of one person are shown in one organization.
const maxSeats = 64

// place is one diagram of one organization.
type place struct{ organization, diagram laneway.ID }

// tab is one tab of one person.
type tab struct {
	user    laneway.ID
	session string
}

// seat is a tab at a place. It is never changed, only replaced.
type seat struct {
	name      string
	colour    int
	joined    int64 // milliseconds, by the clock of the server that the tab came to first
	selection []string
	until     time.Time
}

// presence is who has which diagram open, on all servers.
type presence struct {
	changed chan struct{} // has a value when streams are to be told

	mu    sync.Mutex
	rooms map[place]map[tab]seat
	seats map[[2]laneway.ID]int // by organization and person
	dirty map[place]struct{}    // what streams have not been told yet
}

func newPresence() presence {
	return presence{
		changed: make(chan struct{}, 1),
		rooms:   make(map[place]map[tab]seat), seats: make(map[[2]laneway.ID]int), dirty: make(map[place]struct{}),
	}
}

// SetPresence notes that a person has a diagram open or leaves it, and gives who has it open now.
// RateLimited when the person has more tabs than are shown.
func (h *Hub) SetPresence(actor laneway.Actor, p laneway.Presence) ([]laneway.Present, error) {
	now := h.now()
	at := place{actor.OrganizationID, p.DiagramID}
	who := tab{actor.UserID, p.Session}
	h.presence.mu.Lock()
	defer h.presence.mu.Unlock()
	message := seatOf(at, who)
	if p.Leaving {
		h.presence.remove(at, who)
		message.Leaving = true
		h.bus.tell(message)
		return h.presence.present(at), nil
	}
	old, there := h.presence.rooms[at][who]
	if !there && h.presence.seats[[2]laneway.ID{at.organization, who.user}] >= maxSeats {
		return nil, &laneway.Error{Kind: laneway.RateLimited, Detail: "You have this organization's diagrams open in too many tabs to show them all.", RetryAfter: laneway.PresenceLifetime}
	}
	taken := seat{name: p.DisplayName, selection: slices.Clone(p.Selection), until: now.Add(laneway.PresenceLifetime), colour: old.colour, joined: old.joined}
	if !there {
		taken.joined = now.UnixMilli()
		taken.colour = h.presence.colourFor(at, who.user)
	}
	h.presence.put(at, who, taken)
	message.Name, message.Colour, message.Joined, message.Selection = taken.name, taken.colour, taken.joined, taken.selection
	h.bus.tell(message)
	return h.presence.present(at), nil
}

// InCompany tells whether more than one tab has a diagram open.
func (h *Hub) InCompany(organization, diagram laneway.ID) bool {
	h.presence.mu.Lock()
	defer h.presence.mu.Unlock()
	return len(h.presence.rooms[place{organization, diagram}]) > 1
}

// hearSeat takes in what another server tells of a tab.
func (h *Hub) hearSeat(m seatMessage) {
	key := m.key()
	at, who := key.place, key.tab
	h.presence.mu.Lock()
	defer h.presence.mu.Unlock()
	if m.Leaving {
		h.presence.remove(at, who)
		return
	}
	h.presence.put(at, who, seat{
		name: m.Name, colour: m.Colour, joined: m.Joined, selection: m.Selection, until: h.now().Add(laneway.PresenceLifetime),
	})
}

// put seats a tab. p.mu is held.
func (p *presence) put(at place, who tab, taken seat) {
	room := p.rooms[at]
	if room == nil {
		room = make(map[tab]seat)
		p.rooms[at] = room
	}
	old, there := room[who]
	room[who] = taken
	if !there {
		p.seats[[2]laneway.ID{at.organization, who.user}]++
	}
	if !there || old.name != taken.name || old.colour != taken.colour || old.joined != taken.joined || !slices.Equal(old.selection, taken.selection) {
		p.touch(at)
	}
}

// remove takes a tab away, if it is there. p.mu is held.
func (p *presence) remove(at place, who tab) {
	room := p.rooms[at]
	if _, there := room[who]; !there {
		return
	}
	delete(room, who)
	if len(room) == 0 {
		delete(p.rooms, at)
	}
	person := [2]laneway.ID{at.organization, who.user}
	if p.seats[person]--; p.seats[person] == 0 {
		delete(p.seats, person)
	}
	p.touch(at)
}

func (p *presence) touch(at place) {
	p.dirty[at] = struct{}{}
	signal(p.changed)
}

// colourFor chooses the colour of somebody who opens a diagram: the one that they have in another
// tab; else one made from person and diagram, so that it is mostly the same the next time; else the
// next that is free. p.mu is held.
func (p *presence) colourFor(at place, user laneway.ID) int {
	taken := make(map[int]bool)
	for _, person := range p.present(at) {
		if person.UserID == user {
			return person.Colour
		}
		taken[person.Colour] = true
	}
	sum := fnv.New32a()
	_, _ = sum.Write(user[:])
	_, _ = sum.Write(at.diagram[:])
	first := int(sum.Sum32() % laneway.PresenceColours)
	for i := range laneway.PresenceColours {
		if colour := (first + i) % laneway.PresenceColours; !taken[colour] {
			return colour
		}
	}
	return first
}

// present gives the people in a room, those who came first at the front; each has the colour of their
// oldest tab. The order does not depend on the server. p.mu is held.
func (p *presence) present(at place) []laneway.Present {
	room := p.rooms[at]
	tabs := slices.SortedFunc(maps.Keys(room), func(a, b tab) int {
		return cmp.Or(cmp.Compare(room[a].joined, room[b].joined), slices.Compare(a.user[:], b.user[:]), cmp.Compare(a.session, b.session))
	})
	people := make([]laneway.Present, 0, len(tabs))
	index := make(map[laneway.ID]int)
	for _, who := range tabs {
		taken := room[who]
		i, there := index[who.user]
		if !there {
			i = len(people)
			index[who.user] = i
			people = append(people, laneway.Present{UserID: who.user, DisplayName: taken.name, Colour: taken.colour})
		}
		people[i].Sessions = append(people[i].Sessions, laneway.PresentSession{Session: who.session, Selection: taken.selection})
	}
	return people
}

// sweep takes away tabs that did not renew.
func (p *presence) sweep(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for at, room := range p.rooms {
		for who, taken := range room {
			if !now.Before(taken.until) {
				p.remove(at, who)
			}
		}
	}
}

// takeDirty gives the present state of what has changed.
func (p *presence) takeDirty() map[place][]laneway.Present {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.dirty) == 0 {
		return nil
	}
	states := make(map[place][]laneway.Present, len(p.dirty))
	for at := range p.dirty {
		states[at] = p.present(at)
	}
	clear(p.dirty)
	return states
}

// of gives the state of all rooms of an organization.
func (p *presence) of(organization laneway.ID) map[laneway.ID][]laneway.Present {
	p.mu.Lock()
	defer p.mu.Unlock()
	states := make(map[laneway.ID][]laneway.Present)
	for at := range p.rooms {
		if at.organization == organization {
			states[at.diagram] = p.present(at)
		}
	}
	return states
}

// showPresence tells streams who is where, some times a second at most, and looks who is gone.
func (h *Hub) showPresence(ctx context.Context) {
	sweep := time.NewTicker(presenceSweep)
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			h.presence.sweep(h.now())
			continue
		case <-h.presence.changed:
		}
		for at, people := range h.presence.takeDirty() {
			h.mu.Lock()
			f := h.feeds[at.organization]
			h.mu.Unlock()
			if f != nil {
				f.show(at.diagram, people)
			}
		}
		if !pause(ctx, presenceEvery) {
			return
		}
	}
}

// roomFrame is a room's state as it is sent. version grows from state to state of the whole feed.
type roomFrame struct {
	version uint64
	text    []byte
	empty   time.Time // since when nobody is there; zero while somebody is
}

// show takes in a new state of a room and tells the streams.
func (f *feed) show(diagram laneway.ID, people []laneway.Present) {
	text := presenceFrame(diagram, people)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.setRoom(diagram, text, len(people) == 0)
	f.wake()
}

// setRoom puts a room's state. f.mu is held.
func (f *feed) setRoom(diagram laneway.ID, text []byte, empty bool) {
	if f.rooms == nil {
		f.rooms = make(map[laneway.ID]roomFrame)
	}
	f.roomVersion++
	r := roomFrame{version: f.roomVersion, text: text}
	if empty {
		r.empty = f.hub.now()
	}
	f.rooms[diagram] = r
}

// openRooms takes in the rooms as they are when the feed begins; what was shown meanwhile is newer.
func (f *feed) openRooms() {
	states := f.hub.presence.of(f.organization)
	f.mu.Lock()
	defer f.mu.Unlock()
	for diagram, people := range states {
		if _, there := f.rooms[diagram]; !there {
			f.setRoom(diagram, presenceFrame(diagram, people), false)
		}
	}
}

// closeRooms forgets rooms that have been empty for long: every stream has been told. f.mu is held.
func (f *feed) closeRooms() {
	for diagram, r := range f.rooms {
		if !r.empty.IsZero() && f.hub.now().Sub(r.empty) > time.Minute {
			delete(f.rooms, diagram)
		}
	}
}

// fromRooms gives the rooms whose state the stream has not seen. f.mu is held.
func (s *Stream) fromRooms() [][]byte {
	f := s.feed
	if s.seen == f.roomVersion {
		return nil
	}
	var fresh []roomFrame
	for _, r := range f.rooms {
		if r.version > s.seen && (s.seen > 0 || r.empty.IsZero()) {
			fresh = append(fresh, r)
		}
	}
	s.seen = f.roomVersion
	slices.SortFunc(fresh, func(a, b roomFrame) int { return cmp.Compare(a.version, b.version) })
	frames := make([][]byte, len(fresh))
	for i, r := range fresh {
		frames[i] = r.text
	}
	return frames
}
