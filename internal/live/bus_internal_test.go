package live

import (
	"testing"
	"time"

	"laneway"
)

// A server that is alone keeps what it has to tell for its next message to itself, and tells it at once when another
// server turns up.
func TestAlone(t *testing.T) {
	t.Parallel()
	b := newBus(laneway.ID{1}, time.Second)
	organization, now := laneway.ID{2}, time.Now()
	at := func(seconds int) time.Time { return now.Add(time.Duration(seconds) * time.Second) }
	told := func() bool {
		select {
		case <-b.work:
			return true
		default:
			return false
		}
	}
	announce := func(seconds int, want bool) {
		t.Helper()
		if b.announce(organization, int64(seconds), at(seconds)); told() != want {
			t.Errorf("after %d seconds it is told at once: %t, want %t", seconds, !want, want)
		}
	}
	announce(0, true) // not knowing who is there
	b.listening(at(1))
	b.hear(at(1))
	announce(2, true)
	b.hear(at(12))
	announce(12, false)
	b.meet(at(13))
	if taken, messages := b.take(); !told() || taken.heads[organization] != 12 || len(messages) != 1 {
		t.Errorf("to a newcomer it tells %+v in %d messages", taken, len(messages))
	}
	announce(14, true)
	b.hear(at(30))
	announce(30, false) // the other one is gone
	b.lose()
	announce(31, true)
}
