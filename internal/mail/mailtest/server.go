// Package mailtest has a small SMTP server for tests. It listens on a loopback address, keeps what it is given, and
// misbehaves where it is told to.
package mailtest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// Letter is a message that the server has taken.
type Letter struct {
	From, To string // of the envelope
	Raw      string // header and body as they came
	Subject  string // decoded
	Text     string // decoded
	Header   mail.Header
}

// Server is a running SMTP server.
type Server struct {
	listener net.Listener
	wait     sync.WaitGroup

	mu      sync.Mutex
	letters []Letter
	arrived chan struct{} // closed and made anew with each letter
	refuse  map[string]string
	silent  bool
	tries   int
	conns   map[net.Conn]struct{}
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("mailtest: %v", err)
	}
	s := &Server{listener: listener, arrived: make(chan struct{}), refuse: make(map[string]string), conns: make(map[net.Conn]struct{})}
	s.wait.Go(s.accept)
	t.Cleanup(s.close)
	return s
}

// URL is the server's address as the setting smtp-url has it.
func (s *Server) URL() string { return "smtp://" + s.listener.Addr().String() }

// Refuse answers a command that begins with the given words, such as "RCPT TO:<x@example.org>", with a line; an empty
// line takes that back. The word "." is the end of a message.
func (s *Server) Refuse(command, line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if line == "" {
		delete(s.refuse, strings.ToUpper(command))
		return
	}
	s.refuse[strings.ToUpper(command)] = line
}

// Silence has the server take connections and say nothing.
func (s *Server) Silence(silent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = silent
}

// Tries is how many connections were opened.
func (s *Server) Tries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tries
}

// Letters gives what was taken so far.
func (s *Server) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Letter(nil), s.letters...)
}

// Wait gives the letters once there are at least n.
func (s *Server) Wait(t testing.TB, n int) []Letter {
	t.Helper()
	late := time.After(time.Minute)
	for {
		s.mu.Lock()
		letters, arrived := append([]Letter(nil), s.letters...), s.arrived
		s.mu.Unlock()
		if len(letters) >= n {
			return letters
		}
		select {
		case <-arrived:
		case <-late:
			t.Fatalf("mailtest: %d letters within a minute, want %d", len(letters), n)
		}
	}
}

func (s *Server) close() {
	_ = s.listener.Close()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wait.Wait()
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.tries++
		s.conns[conn] = struct{}{}
		silent := s.silent
		s.mu.Unlock()
		s.wait.Go(func() {
			defer func() {
				s.mu.Lock()
				delete(s.conns, conn)
				s.mu.Unlock()
				_ = conn.Close()
			}()
			if silent {
				_, _ = io.Copy(io.Discard, conn)
				return
			}
			s.talk(conn)
		})
	}
}

// answer gives what a command is answered with where somebody wants it refused.
func (s *Server) answer(line, otherwise string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for command, refusal := range s.refuse {
		if strings.HasPrefix(strings.ToUpper(line), command) {
			return refusal
		}
	}
	return otherwise
}

func (s *Server) talk(conn net.Conn) {
	in := bufio.NewReader(conn)
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	say("220 mailtest ESMTP")
	var letter Letter
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		switch word := strings.ToUpper(line); {
		case strings.HasPrefix(word, "EHLO"):
			say("250-mailtest\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES")
		case strings.HasPrefix(word, "MAIL FROM:"):
			letter = Letter{From: addressIn(line)}
			say(s.answer(line, "250 2.1.0 ok"))
		case strings.HasPrefix(word, "RCPT TO:"):
			letter.To = addressIn(line)
			say(s.answer(line, "250 2.1.5 ok"))
		case word == "DATA":
			leave := s.answer(line, "354 go ahead")
			say(leave)
			if !strings.HasPrefix(leave, "354") {
				continue
			}
			if letter.Raw, err = body(in); err != nil {
				return
			}
			verdict := s.answer(".", "250 2.0.0 taken")
			if strings.HasPrefix(verdict, "250") {
				s.take(letter)
			}
			say(verdict)
		case word == "QUIT":
			say("221 bye")
			return
		default:
			say("250 2.0.0 ok")
		}
	}
}

func addressIn(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}

func body(in *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line == ".\r\n" {
			return b.String(), nil
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

func (s *Server) take(letter Letter) {
	if m, err := mail.ReadMessage(strings.NewReader(letter.Raw)); err == nil {
		letter.Header = m.Header
		letter.Subject, _ = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		text, _ := io.ReadAll(quotedprintable.NewReader(m.Body))
		letter.Text = string(text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.letters = append(s.letters, letter)
	close(s.arrived)
	s.arrived = make(chan struct{})
}
