package live

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"laneway"
	"laneway/internal/store"
)

// The channels between servers: one carries numbers of events, another who is where; see
// sessionsChannel for the third.
const (
	headsChannel    = "laneway_events"
	presenceChannel = "laneway_presence"
)

// headsPerMessage keeps a message below store.MaxNotification: an entry has at most 60 bytes.
const headsPerMessage = 120

// message is what servers tell each other of events.
type message struct {
	From  string           `json:"from"`
	Heads map[string]int64 `json:"heads,omitempty"`
}

// bus is what a server wants to tell the others, and how it hears them.
type bus struct {
	self string
	// lonely is after how long without a message another server is taken for gone: ten of the periods in which each sends one.
	lonely time.Duration
	work   chan struct{} // has a value when there is something to send
	soon   chan struct{} // has a value when heads are to be read now

	mu    sync.Mutex
	heads map[laneway.ID]int64
	seats map[seatKey]seatMessage
	users map[laneway.ID]struct{} // whose streams are to be rechecked
	echo  bool                    // a message to oneself is due

	partial map[string]seatMessage // by server, what is to be continued

	others time.Time // when another server was heard last; zero: never

	// How LISTEN stands.
	heard     time.Time // when the server heard itself last; zero: not since it connected
	connected time.Time
	lost      bool               // it was told that LISTEN is lost
	again     context.CancelFunc // ends the connection, so that a new one is opened
}

func newBus(self laneway.ID, poll time.Duration) bus {
	return bus{
		self: self.String(), lonely: 10 * poll, work: make(chan struct{}, 1), soon: make(chan struct{}, 1),
		heads: make(map[laneway.ID]int64), seats: make(map[seatKey]seatMessage), users: make(map[laneway.ID]struct{}),
		partial: make(map[string]seatMessage),
	}
}

// signal makes a channel ready without blocking.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// announce puts a number on the list for the other servers. A server that is alone sends the list along with its next
// message to itself: nobody waits for it.
func (b *bus) announce(organization laneway.ID, seq int64, now time.Time) {
	b.mu.Lock()
	b.heads[organization] = max(b.heads[organization], seq)
	alone := b.alone(now)
	b.mu.Unlock()
	if !alone {
		signal(b.work)
	}
}

// alone reports whether no other server is there, as far as one can know: a server that does not hear itself knows
// nothing. b.mu is held.
func (b *bus) alone(now time.Time) bool {
	hearing := !b.lost && !b.heard.IsZero() && !b.connected.IsZero() && now.Sub(b.connected) > b.lonely
	return hearing && now.Sub(b.others) > b.lonely
}

// meet notes a message of another server. Its first one is answered with what was not worth a message before.
func (b *bus) meet(now time.Time) {
	b.mu.Lock()
	first := b.alone(now)
	b.others = now
	b.mu.Unlock()
	if first {
		signal(b.work)
	}
}

// news is what a server tells the others and says again when it could not be sent. Who is where is
// not in it: the tabs themselves tell that again within seconds.
type news struct {
	heads map[laneway.ID]int64
	users map[laneway.ID]struct{}
}

// take empties the list.
func (b *bus) take() (taken news, messages []store.Notification) {
	b.mu.Lock()
	taken = news{b.heads, b.users}
	heads := b.heads
	b.heads, b.users = make(map[laneway.ID]int64), make(map[laneway.ID]struct{})
	seats := b.seats
	b.seats = make(map[seatKey]seatMessage)
	echo := b.echo
	b.echo = false
	b.mu.Unlock()
	part := make(map[string]int64)
	send := func() {
		messages = append(messages, store.Notification{Channel: headsChannel, Payload: string(mustMarshal(message{b.self, part}))})
		part = make(map[string]int64)
	}
	for organization, seq := range heads {
		if part[organization.String()] = seq; len(part) == headsPerMessage {
			send()
		}
	}
	if len(part) > 0 || echo && len(messages) == 0 {
		send() // every message is an echo, too
	}
	messages = append(messages, packUsers(b.self, taken.users)...)
	return taken, append(messages, packSeats(b.self, slices.Collect(maps.Values(seats)))...)
}

// notify sends what is to be told, at most once in the hub's coalescing time.
func (h *Hub) notify(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.bus.work:
		}
		taken, messages := h.bus.take()
		if len(messages) > 0 {
			if err := h.store.Notify(ctx, messages); err != nil {
				// Other servers read the heads anyway. It is kept here for the next echo.
				h.log.Debug("notify other servers", "error", err)
				h.bus.putBack(taken)
			}
		}
		if !pause(ctx, h.coalesce) {
			return
		}
	}
}

func (b *bus) putBack(taken news) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for organization, seq := range taken.heads {
		b.heads[organization] = max(b.heads[organization], seq)
	}
	maps.Copy(b.users, taken.users)
}

// pause waits, and reports whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// listen keeps a connection that hears the other servers.
func (h *Hub) listen(ctx context.Context) {
	for ctx.Err() == nil {
		hearing, cancel := context.WithCancel(ctx)
		h.bus.connecting(cancel)
		err := h.store.Listen(hearing, []string{headsChannel, presenceChannel, sessionsChannel}, func() {
			h.bus.listening(h.now())
			signal(h.bus.work)
			// What was sent meanwhile was missed.
			signal(h.bus.soon)
			h.recheckHere(laneway.ID{})
		}, h.receive)
		cancel()
		if ctx.Err() != nil {
			return
		}
		if h.bus.lose() {
			h.lost()
			h.log.Warn("LISTEN is lost: events of other servers come up to a second later", "error", err)
		}
		if !pause(ctx, h.poll/4) {
			return
		}
	}
}

func (b *bus) connecting(again context.CancelFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.again = again
	b.connected, b.heard = time.Time{}, time.Time{}
}

func (b *bus) listening(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.connected = now
	b.echo = true
}

// lose notes that LISTEN is lost, and reports whether that is news.
func (b *bus) lose() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	news := !b.lost
	b.lost, b.connected, b.heard = true, time.Time{}, time.Time{}
	return news
}

// receive takes a message of a server, of this one too.
func (h *Hub) receive(n store.Notification) {
	switch n.Channel {
	case presenceChannel:
		h.receiveSeats(n.Payload)
		return
	case sessionsChannel:
		h.receiveUsers(n.Payload)
		return
	}
	var m message
	if err := json.Unmarshal([]byte(n.Payload), &m); err != nil {
		h.log.Warn("a notification that no server sends", "channel", n.Channel, "error", err)
		return
	}
	if m.From == h.bus.self {
		if h.bus.isLost() {
			h.lost() // what was read since may be of a database that another one has replaced
		}
		if h.bus.hear(h.now()) {
			h.log.Info("LISTEN is back")
		}
		return // what it says is known here
	}
	h.bus.meet(h.now())
	for text, seq := range m.Heads {
		if organization, err := laneway.ParseID(text); err == nil {
			h.advance(organization, seq)
			h.observed(organization, seq)
		}
	}
}

// observed tells the observer of an event that is not known to be of this server.
func (h *Hub) observed(organization laneway.ID, seq int64) {
	if h.observer.Advance != nil {
		h.observer.Advance(organization, seq)
	}
}

// lost tells the observer that something may have been missed.
func (h *Hub) lost() {
	if h.observer.Lost != nil {
		h.observer.Lost()
	}
}

func (b *bus) isLost() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lost
}

// hear notes that the server heard itself, and reports whether it had been deaf.
func (b *bus) hear(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	back := b.lost
	b.heard, b.lost = now, false
	return back
}

// Listening reports whether the server hears the others at once. It is false while it only reads the
// heads: everything arrives then as well, up to a second later.
func (h *Hub) Listening() bool {
	h.bus.mu.Lock()
	defer h.bus.mu.Unlock()
	return !h.bus.lost && !h.bus.heard.IsZero()
}

// tick reads heads, has the server notify itself, and looks whether it hears itself.
func (h *Hub) tick(ctx context.Context) {
	ticker := time.NewTicker(h.poll)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			h.checkEcho()
		case <-h.bus.soon:
		}
		feeds := h.tidy()
		var observed []laneway.ID
		if h.observer.Organizations != nil {
			observed = h.observer.Organizations()
		}
		organizations := slices.Clone(observed)
		for _, f := range feeds {
			organizations = append(organizations, f.organization)
		}
		if len(organizations) == 0 {
			continue
		}
		heads, err := h.store.Heads(ctx, organizations)
		if err != nil {
			h.log.Debug("read heads", "error", err) // what needs the database says so itself
			continue
		}
		for _, f := range feeds {
			f.advance(heads[f.organization])
			f.tidy()
		}
		for _, organization := range observed {
			h.observed(organization, heads[organization])
		}
	}
}

// checkEcho sends the next message to oneself, and opens LISTEN anew when none has come back for two
// periods. Where they had come back before, the database may have gone without a word, and with it the other connections.
func (h *Hub) checkEcho() {
	b := &h.bus
	b.mu.Lock()
	since, heard := b.heard, !b.heard.IsZero()
	if !heard {
		since = b.connected
	}
	deaf := !since.IsZero() && h.now().Sub(since) > 2*h.poll+h.poll/2
	again := b.again
	b.echo = true
	b.mu.Unlock()
	signal(b.work)
	if deaf && again != nil {
		if heard {
			h.store.Renew()
		}
		again()
	}
}
