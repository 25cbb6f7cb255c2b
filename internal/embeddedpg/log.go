//go:build unix

package embeddedpg

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"os/exec"
	"runtime"
	"strings"
	"sync"
)

// linePrefix puts the kind of process before each line of Postgres' log.
const linePrefix = "%b|"

// tail keeps the last lines of a Postgres, to say why it went.
type tail struct {
	mu    sync.Mutex
	lines []string
}

const tailLines = 12

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line)
	if len(t.lines) > tailLines {
		t.lines = t.lines[1:]
	}
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "; ")
}

// forward hands Postgres' log to ours, line by line, until the last process
// that writes to r has ended.
//
// What clients did wrong is their own business: they got the error, and the
// details quote what people wrote. So of those lines only the first of each
// message is kept, at debug level.
func forward(r io.Reader, log *slog.Logger, last *tail) {
	lines := bufio.NewReaderSize(r, 64<<10)
	keep := true // the line before this one was passed on
	for {
		line, err := lines.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			if strings.HasPrefix(line, "\t") { // goes on from the line before
				if keep {
					last.add(strings.TrimSpace(line))
				}
			} else if keep = forwardLine(line, log); keep {
				last.add(line)
			}
		}
		if err != nil {
			return
		}
	}
}

func forwardLine(line string, log *slog.Logger) bool {
	kind, message, found := strings.Cut(line, "|")
	if !found {
		log.Info("postgres", "line", line) // before the prefix is known, or from the loader
		return true
	}
	severity, text, _ := strings.Cut(message, ":  ")
	client := kind == "client backend"
	level := slog.LevelInfo
	switch severity {
	case "PANIC":
		level = slog.LevelError
	case "FATAL":
		level = slog.LevelError
		if client {
			level = slog.LevelInfo // a wrong password, a connection ended by a stop
		}
	case "ERROR":
		level = slog.LevelError
		if client {
			level = slog.LevelDebug
		}
	case "WARNING":
		level = slog.LevelWarn
	case "LOG":
		level = slog.LevelDebug
		if strings.Contains(text, "was terminated by signal") {
			level = slog.LevelError // a server process crashed, all others are restarted
		}
	case "DETAIL", "HINT", "CONTEXT", "STATEMENT", "QUERY", "LOCATION":
		if client {
			return false
		}
	}
	log.Log(context.Background(), level, "postgres: "+text, "severity", severity, "process", kind)
	return true
}

// combinedOutput runs cmd to its end on one thread, which its parent death
// signal is bound to.
func combinedOutput(cmd *exec.Cmd) ([]byte, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return cmd.CombinedOutput()
}
