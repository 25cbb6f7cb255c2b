package observe

import (
	"io"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"laneway"
)

// maxGathered is how many bytes of lines are gathered at most; with more they are written at once.
const maxGathered = 64 << 10

// lines writes the log, line by line and in order. Lines that can wait are gathered and written together, as each write costs
// several times what making the line does: after every, with the next line that cannot wait, or at the end, whatever comes
// first. What is gathered is lost where the program is killed.
type lines struct {
	out   io.Writer
	every time.Duration // 0: none waits

	mu    sync.Mutex
	kept  []byte
	due   *time.Timer // set while something is kept
	ended bool        // none waits any more
}

// Write writes what was gathered and a line. It is what slog calls.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kept) == 0 {
		return l.out.Write(line)
	}
	l.kept = append(l.kept, line...)
	return len(line), l.flush()
}

// gather has a line written that can wait; add appends it.
func (l *lines) gather(add func([]byte) []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := len(l.kept) == 0
	l.kept = add(l.kept)
	switch {
	case l.every == 0 || l.ended || len(l.kept) >= maxGathered:
		_ = l.flush() // nobody could be told, as with slog
	case !first:
	case l.due == nil:
		l.due = time.AfterFunc(l.every, l.write)
	default:
		l.due.Reset(l.every)
	}
}

func (l *lines) write() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.flush()
}

// end writes what was gathered. Lines that come later are written at once.
func (l *lines) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	_ = l.flush()
}

// flush is called with the lock held. What cannot be written is gone, so that it does not pile up.
func (l *lines) flush() error {
	if len(l.kept) == 0 {
		return nil
	}
	_, err := l.out.Write(l.kept)
	l.kept = l.kept[:0]
	return err
}

// appendLine appends the line about a request, byte for byte as slog would write it: there is one for each request, and this
// takes a fifth of the time.
func (r *Request) appendLine(b []byte, now time.Time, took time.Duration, out Outcome) []byte {
	b = append(b, `{"time":"`...)
	b = now.AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","level":"INFO","msg":"request"`...)
	b = appendText(b, `,"request_id":`, out.RequestID)
	b = appendText(b, `,"operation":`, out.Operation)
	b = appendText(b, `,"method":`, out.Method)
	b = appendText(b, `,"route":`, out.Route)
	b = strconv.AppendInt(append(b, `,"status":`...), int64(out.Status), 10)
	b = strconv.AppendInt(append(b, `,"duration":`...), int64(took), 10)
	b = strconv.AppendInt(append(b, `,"bytes":`...), out.Bytes, 10)
	b = appendText(b, `,"address":`, out.Address)
	b = appendID(b, `,"user":"`, out.User)
	b = appendID(b, `,"organization":"`, out.Organization)
	b = append(append(b, `,"trace_id":"`...), r.TraceID()...)
	b = append(append(b, `","span_id":"`...), r.spanID()...)
	return append(b, "\"}\n"...)
}

func appendID(b []byte, name string, id laneway.ID) []byte {
	if id.IsZero() {
		return b
	}
	return append(id.Append(append(b, name...)), '"')
}

// appendText appends a name and a text as JSON.
func appendText(b []byte, name, text string) []byte {
	b = append(b, name...)
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return appendEscaped(b, text)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

// appendEscaped appends a text that is not plain, of which there is hardly any, as slog does.
func appendEscaped(b []byte, text string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for len(text) > 0 {
		c, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', byte(c))
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c < ' ' || c == '\u2028' || c == '\u2029' || c == utf8.RuneError && size == 1:
			b = append(b, '\\', 'u', digits[c>>12], digits[c>>8&15], digits[c>>4&15], digits[c&15])
		default:
			b = utf8.AppendRune(b, c)
		}
	}
	return append(b, '"')
}
