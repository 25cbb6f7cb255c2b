package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"laneway"
)

// frame is an event as it is sent, made once for all streams. text is nil for one that clients are
// not told of, which still takes its number.
type frame struct {
	seq  int64
	at   time.Time // when it was read
	text []byte
}

// eventJSON is the data of an event. What else the log keeps of it stays there.
type eventJSON struct {
	Seq       int64           `json:"seq"`
	Kind      string          `json:"kind"`
	At        time.Time       `json:"at"`
	Actor     *actorJSON      `json:"actor"`
	DiagramID string          `json:"diagramId"`
	Version   int64           `json:"version,omitempty"`
	Title     string          `json:"title,omitempty"`
	Changes   json.RawMessage `json:"changes,omitempty"`
}

type actorJSON struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
}

// encodeAll makes the frames of events.
func encodeAll(events []laneway.Event, now time.Time) []frame {
	frames := make([]frame, len(events))
	for i, e := range events {
		frames[i] = frame{seq: e.Seq, at: now, text: encode(e)}
	}
	return frames
}

// encode makes the text of an event; nil for kinds that clients are not told of.
func encode(e laneway.Event) []byte {
	switch group, _, _ := strings.Cut(string(e.Kind), "."); group {
	case "diagram":
		return encodeDiagram(e)
	case "organization", "member", "project":
		return encodeOrganization(e)
	}
	return nil
}

// organizationJSON is the data of an event about the organization itself, its members or its projects:
// what it is about, and not what it is like now, which is read where it is shown.
type organizationJSON struct {
	Seq       int64      `json:"seq"`
	Kind      string     `json:"kind"`
	At        time.Time  `json:"at"`
	Actor     *actorJSON `json:"actor"`
	SubjectID string     `json:"subjectId"`
}

// encodeOrganization tells nothing of the founding, which nobody can have been waiting for.
func encodeOrganization(e laneway.Event) []byte {
	if e.Kind == laneway.OrganizationCreated || e.Kind == laneway.MemberJoined && !bytes.Contains(e.Data, []byte(`"invitation"`)) {
		return nil
	}
	return sse(string(e.Kind), e.Seq, organizationJSON{e.Seq, string(e.Kind), e.At.UTC(), actorOf(e), e.SubjectID.String()})
}

// actorOf gives who did it; nil where it was the server itself.
func actorOf(e laneway.Event) *actorJSON {
	if e.ActorID.IsZero() {
		return nil
	}
	return &actorJSON{e.ActorID.String(), e.ActorName}
}

func encodeDiagram(e laneway.Event) []byte {
	j := eventJSON{Seq: e.Seq, Kind: string(e.Kind), At: e.At.UTC(), Actor: actorOf(e), DiagramID: e.SubjectID.String()}
	var data struct {
		Version int64           `json:"version"`
		Title   string          `json:"title"`
		Changes json.RawMessage `json:"changes"`
	}
	// What is not as expected is left out: the client is told that there is a version, and can read it.
	if err := json.Unmarshal(e.Data, &data); err == nil {
		j.Version, j.Title = data.Version, data.Title
		if string(data.Changes) != "null" {
			j.Changes = data.Changes
		}
	}
	return sse(string(e.Kind), e.Seq, j)
}

// helloFrame opens a stream. It carries the number as id, so that a client that loses the connection
// before the first event resumes there; and a time to wait before connecting again that differs from
// stream to stream, so that after a restart not all come at once.
func helloFrame(seq int64, wait time.Duration) []byte {
	return append(fmt.Appendf(nil, "retry: %d\n", wait.Milliseconds()), sse("hello", seq, seqJSON{seq})...)
}

// resetFrame tells that events are missing. Its id lets the next connection go on from here.
func resetFrame(seq int64) []byte {
	return sse("reset", seq, seqJSON{seq})
}

type presenceJSON struct {
	DiagramID string        `json:"diagramId"`
	Present   []presentJSON `json:"present"`
}

type presentJSON struct {
	UserID      string        `json:"userId"`
	DisplayName string        `json:"displayName"`
	Colour      int           `json:"colour"`
	Sessions    []sessionJSON `json:"sessions"`
}

type sessionJSON struct {
	Session   string   `json:"session"`
	Selection []string `json:"selection"`
}

// presenceFrame tells who has a diagram open. It has no id: it is a state, not an event.
func presenceFrame(diagram laneway.ID, people []laneway.Present) []byte {
	j := presenceJSON{diagram.String(), make([]presentJSON, len(people))}
	for i, p := range people {
		j.Present[i] = presentJSON{p.UserID.String(), p.DisplayName, p.Colour, make([]sessionJSON, len(p.Sessions))}
		for k, s := range p.Sessions {
			j.Present[i].Sessions[k] = sessionJSON{s.Session, s.Selection}
			if s.Selection == nil {
				j.Present[i].Sessions[k].Selection = []string{}
			}
		}
	}
	return sse("presence", -1, j)
}

// Heartbeat is a comment, which clients skip; it keeps proxies from closing a quiet stream.
func Heartbeat() []byte { return []byte(":\n\n") }

type seqJSON struct {
	Seq int64 `json:"seq"`
}

// sse makes one server-sent event; without an id for a negative number.
func sse(event string, id int64, data any) []byte {
	var b bytes.Buffer
	if id >= 0 {
		fmt.Fprintf(&b, "id: %d\n", id)
	}
	fmt.Fprintf(&b, "event: %s\ndata: ", event)
	encoder := json.NewEncoder(&b) // one line: JSON has line breaks only between its tokens, and none here
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(data); err != nil {
		panic(fmt.Errorf("encode %s event: %w", event, err)) // strings, numbers and checked JSON
	}
	b.WriteByte('\n')
	return bytes.Clone(b.Bytes())
}
