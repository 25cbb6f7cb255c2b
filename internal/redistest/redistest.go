// Package redistest runs a real Redis for a test, in a folder of its own on a free port of loopback, and
// makes it fail in the ways that a Redis fails. Tests only.
package redistest

import (
	"bufio"
	"io"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a running redis-server.
type Server struct {
	t       testing.TB
	Address string // host:port
	flags   []string
	cmd     *exec.Cmd
}

// Start starts a server; it ends with the test. The flags are those of redis-server. Where none is installed
// the test fails: `make` installs it.
func Start(t testing.TB, flags ...string) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, Address: listener.Addr().String(), flags: flags}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	s.Resume()
	t.Cleanup(s.Stop)
	return s
}

// URL is its address as the setting has it.
func (s *Server) URL() string { return "redis://" + s.Address }

// Resume starts it, empty, after Stop.
func (s *Server) Resume() {
	s.t.Helper()
	host, port, _ := net.SplitHostPort(s.Address)
	args := append([]string{"--bind", host, "--port", port, "--dir", s.t.TempDir(), "--save", "", "--appendonly", "no"}, s.flags...)
	s.cmd = exec.Command("redis-server", args...)
	endWithParent(s.cmd)
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		s.t.Fatalf("start redis-server, which the package redis-server has: %v", err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	s.t.Fatalf("redis-server did not start: %v", s.cmd.Wait())
}

// Stop kills it: connections are refused from then on.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may have ended
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Freeze makes it a black hole: connections are taken and nothing is answered, until Thaw.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// Lock has it ask for a password that nobody has, and ends all connections. Stop and Resume open it again.
func (s *Server) Lock() {
	s.t.Helper()
	s.do([]string{"CONFIG", "SET", "requirepass", "a password that nobody has"}, []string{"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"})
}

// Do sends one command past the client under test and gives the answer as it comes over the wire.
func (s *Server) Do(words ...string) string {
	s.t.Helper()
	return s.do(words)[0]
}

// do sends commands over one connection and gives the first line of each answer, which has to be one line.
func (s *Server) do(commands ...[]string) []string {
	s.t.Helper()
	conn, err := net.DialTimeout("tcp", s.Address, time.Second)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	answers, lines := bufio.NewReader(conn), make([]string, 0, len(commands))
	for _, words := range commands {
		if _, err := io.WriteString(conn, "'"+strings.Join(words, "' '")+"'\r\n"); err != nil {
			s.t.Fatal(err)
		}
		line, err := answers.ReadString('\n')
		if err != nil {
			s.t.Fatal(err)
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// Relay passes connections on to the server and lets a test spoil what it answers.
type Relay struct {
	Address string
	spoil   func(answer []byte) (pass []byte, breakOff bool)
}

// NewRelay starts a relay; it ends with the test. spoil sees every piece of an answer, may wait, gives what is
// passed on, and says whether the connection breaks off after it; it is called by several goroutines.
func (s *Server) NewRelay(spoil func(answer []byte) (pass []byte, breakOff bool)) *Relay {
	s.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = listener.Close() })
	r := &Relay{Address: listener.Addr().String(), spoil: spoil}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go r.serve(client, s.Address)
		}
	}()
	return r
}

func (r *Relay) serve(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	piece := make([]byte, 32<<10)
	for {
		n, err := server.Read(piece)
		if err != nil {
			return
		}
		pass, breakOff := r.spoil(piece[:n])
		if _, err := client.Write(pass); err != nil {
			return
		}
		if breakOff {
			if tcp, ok := client.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0) // a reset instead of an orderly end
			}
			return
		}
	}
}
