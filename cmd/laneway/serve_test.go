package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"laneway/internal/observe"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// dataFolder is a folder that the account of the database can enter.
func dataFolder(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "laneway-serve")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, "data")
}

// flagsFor are the flags of a server on a free port with the given data folder.
func flagsFor(folder string) []string {
	flags := []string{"--listen", "127.0.0.1:0", "--data-dir", folder, "--rate-limit", "off"}
	if installed := os.Getenv("LANEWAY_TEST_POSTGRES_DIR"); installed != "" {
		flags = append(flags, "--postgres-dir", installed)
	}
	return flags
}

// running is a server in this process.
type running struct {
	address string
	cancel  context.CancelFunc
	ended   chan error
}

// begin runs serve and gives what came of its start: a server, or the error.
func begin(t testing.TB, flags ...string) (*running, error) {
	t.Helper()
	var given settings
	set := pflag.NewFlagSet("laneway", pflag.ContinueOnError)
	addFlags(set, &given)
	if err := set.Parse(flags); err != nil {
		t.Fatal(err)
	}
	c, err := given.config()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{cancel: cancel, ended: make(chan error, 1)}
	ready := make(chan net.Addr, 1)
	observer, err := observe.New(c.observe)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		r.ended <- serve(ctx, c, observer, func(address net.Addr) { ready <- address })
	}()
	select {
	case address := <-ready:
		r.address = "http://" + address.String()
		return r, nil
	case err := <-r.ended:
		cancel()
		return nil, err
	}
}

func start(t testing.TB, flags ...string) *running {
	t.Helper()
	r, err := begin(t, flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.cancel != nil {
			r.stop(t)
		}
	})
	return r
}

// stop ends the server as SIGTERM does, and wants it to end well.
func (r *running) stop(t testing.TB) {
	t.Helper()
	r.cancel()
	r.cancel = nil
	if err := <-r.ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

// person is somebody with a browser.
type person struct {
	t       testing.TB
	address string
	client  *http.Client
}

func newPerson(t testing.TB, address string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	t.Cleanup(transport.CloseIdleConnections)
	return &person{t, address, &http.Client{Jar: jar, Transport: transport, Timeout: 30 * time.Second}}
}

// do sends a request with a JSON body and reads the answer into answer, where it is no error.
func (p *person) do(method, path string, body, answer any) (int, error) {
	var text json.RawMessage
	status, err := p.answer(method, path, body, &text)
	if err == nil && answer != nil && status < 300 {
		err = json.Unmarshal(text, answer)
	}
	return status, err
}

// answer sends a request with a JSON body and reads the answer, whatever its status.
func (p *person) answer(method, path string, body, answer any) (int, error) {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		content = bytes.NewReader(b)
	}
	r, err := http.NewRequest(method, p.address+path, content)
	if err != nil {
		return 0, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	w, err := p.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	if err == nil && len(b) > 0 && strings.Contains(w.Header.Get("Content-Type"), "json") {
		err = json.Unmarshal(b, answer)
	}
	return w.StatusCode, err
}

// text gives the body of an answer, whatever its status.
func (p *person) text(path string) string {
	p.t.Helper()
	w, err := p.client.Get(p.address + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}

// must is do for what has to go well.
func (p *person) must(status int, method, path string, body, answer any) {
	p.t.Helper()
	got, err := p.do(method, path, body, answer)
	if err != nil || got != status {
		p.t.Fatalf("%s %s: %d, %v; want %d", method, path, got, err, status)
	}
}

func (p *person) signUp(email string) {
	p.t.Helper()
	p.must(201, "POST", "/api/auth/sign-up", map[string]string{"email": email, "password": "correct horse battery", "displayName": "Ada"}, nil)
}

func (p *person) signIn(email string) {
	p.t.Helper()
	p.must(200, "POST", "/api/auth/sign-in", map[string]string{"email": email, "password": "correct horse battery"}, nil)
}

// awaitListening waits until the server hears of other servers' events at once.
func (p *person) awaitListening() {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		var ready struct{ Status, Events string }
		if p.must(200, "GET", "/readyz", nil, &ready); ready.Events == "listening" {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("the server is not listening: %+v", ready)
		}
	}
}

type diagram struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Version int64  `json:"version"`
	BpmnXML string `json:"bpmnXml"`
}

func (p *person) create(title, xml string) diagram {
	p.t.Helper()
	var d diagram
	p.must(201, "POST", "/api/diagrams", map[string]string{"title": title, "bpmnXml": xml}, &d)
	return d
}

func model(mark string) string {
	return `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:x"><process id="p"><task id="t" name="` + mark + `"/></process></definitions>`
}

func TestServe(t *testing.T) {
	t.Parallel()
	folder := dataFolder(t)
	port := freePort(t)
	server := start(t, append(flagsFor(folder), "--rate-limit", "on", "--operations-listen", port)...)
	ada := newPerson(t, server.address)
	for _, path := range []string{"/healthz", "/readyz", "/", "/api/openapi.json"} {
		ada.must(200, "GET", path, nil, nil)
	}
	ada.must(401, "GET", "/api/me", nil, nil)
	ada.signUp("ada@example.org")
	made := ada.create("Order", model("one"))
	ada.must(200, "PUT", "/api/diagrams/"+made.ID, map[string]any{"bpmnXml": model("two"), "expectedVersion": 1}, nil)
	var opened diagram
	ada.must(200, "GET", "/api/diagrams/"+made.ID, nil, &opened)
	if opened.Version != 2 || opened.BpmnXML != model("two") {
		t.Errorf("opened %+v", opened)
	}

	operator := newPerson(t, "http://"+port)
	for path, status := range map[string]int{"/healthz": 200, "/readyz": 200, "/debug/pprof/cmdline": 200, "/api/me": 404, "/": 404} {
		operator.must(status, "GET", path, nil, nil)
	}
	const commandLine = "/debug/pprof/cmdline"
	if inside, public := operator.text(commandLine), ada.text(commandLine); !strings.Contains(inside, os.Args[0]) || strings.Contains(public, os.Args[0]) {
		t.Errorf("the profiler says %q to operators and %q to everybody", inside, public)
	}

	ada.must(204, "POST", "/api/vitals", map[string]any{"page": "library", "lcp": 0.4, "cls": 0, "studioFromClick": 0.7}, nil)
	ada.must(404, "GET", "/api/canary", nil, nil)
	if public := ada.text("/metrics"); strings.Contains(public, "laneway_build_info") {
		t.Errorf("everybody can read the metrics: %.200s", public)
	}
	checkMetrics(t, operator.text("/metrics"))

	if _, err := begin(t, flagsFor(folder)...); err == nil || !strings.Contains(err.Error(), "in use") || !strings.Contains(err.Error(), folder) {
		t.Errorf("a second server on the folder: %v, want that it is in use", err)
	}
	if _, err := begin(t, append(flagsFor(dataFolder(t)), "--listen", strings.TrimPrefix(server.address, "http://"))...); err == nil || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("a second server on the port: %v, want another port", err)
	}
	ada.must(200, "GET", "/api/me", nil, nil)
	server.stop(t)

	again := start(t, flagsFor(folder)...)
	ada = newPerson(t, again.address)
	ada.signIn("ada@example.org")
	ada.must(200, "GET", "/api/diagrams/"+made.ID, nil, &opened)
	if opened.Version != 2 || opened.BpmnXML != model("two") {
		t.Errorf("after a restart %+v", opened)
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestDrain ends the server while a request is being read: the request is finished and acknowledged,
// and nothing new is taken meanwhile.
func TestDrain(t *testing.T) {
	t.Parallel()
	folder := dataFolder(t)
	server := start(t, flagsFor(folder)...)
	ada := newPerson(t, server.address)
	ada.signUp("ada@example.org")

	body, feed := io.Pipe()
	reading := make(chan struct{})
	trace := &httptrace.ClientTrace{Got100Continue: func() { close(reading) }}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodPost, server.address+"/api/diagrams?title=slow", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/bpmn+xml")
	r.Header.Set("Expect", "100-continue")
	ada.client.Transport = &http.Transport{ExpectContinueTimeout: 20 * time.Second}
	type outcome struct {
		status int
		err    error
	}
	answered := make(chan outcome, 1)
	go func() {
		w, err := ada.client.Do(r)
		if err != nil {
			answered <- outcome{err: err}
			return
		}
		w.Body.Close()
		answered <- outcome{status: w.StatusCode}
	}()
	<-reading
	server.cancel()
	for { // until the listener is closed
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.address, "http://"))
		if err != nil {
			break
		}
		conn.Close()
	}
	select {
	case err := <-server.ended:
		t.Fatalf("the server ended with a request in flight: %v", err)
	default:
	}
	if _, err := io.WriteString(feed, model("slow")); err != nil {
		t.Fatal(err)
	}
	if err := feed.Close(); err != nil {
		t.Fatal(err)
	}
	if o := <-answered; o.status != 201 || o.err != nil {
		t.Errorf("the request in flight: %d, %v", o.status, o.err)
	}
	server.stop(t)

	again := start(t, flagsFor(folder)...)
	ada = newPerson(t, again.address)
	ada.signIn("ada@example.org")
	var page struct{ Data []diagram }
	ada.must(200, "GET", "/api/diagrams", nil, &page)
	if len(page.Data) != 1 || page.Data[0].Title != "slow" {
		t.Errorf("after the restart there is %+v", page.Data)
	}
}

// TestDrainStreams ends the server with open event streams: they end at once, and do not hold it up.
func TestDrainStreams(t *testing.T) {
	t.Parallel()
	server := start(t, flagsFor(dataFolder(t))...)
	ada := newPerson(t, server.address)
	ada.signUp("ada@example.org")
	var open []io.ReadCloser
	for range 20 {
		w, err := ada.client.Get(server.address + "/api/events")
		if err != nil || w.StatusCode != http.StatusOK {
			t.Fatalf("open stream: %v, %v", w, err)
		}
		defer w.Body.Close()
		open = append(open, w.Body)
	}
	ada.create("Order", model("one"))
	for _, stream := range open {
		for in := bufio.NewScanner(stream); in.Text() != "event: diagram.created"; {
			if !in.Scan() {
				t.Fatalf("a stream ended: %v", in.Err())
			}
		}
	}
	begun := time.Now()
	server.stop(t)
	for _, stream := range open {
		if _, err := io.ReadAll(stream); err != nil {
			t.Errorf("a stream ended with %v", err)
		}
	}
	if took := time.Since(begun); took > drainDeadline/2 {
		t.Errorf("it took %v", took)
	}
}

// TestServeOnAnotherDatabase uses a Postgres that is not the built-in one, as `laneway migrate`
// prepares it and prints it.
func TestServeOnAnotherDatabase(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	var printed bytes.Buffer
	migrate := newCommand()
	migrate.SetOut(&printed)
	migrate.SetArgs([]string{"migrate", "--database-admin-url", server.AdminURL("postgres")})
	if err := migrate.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	urls := map[string]string{}
	for line := range strings.Lines(printed.String()) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		urls[name] = value
	}
	if len(urls) != 3 {
		t.Fatalf("migrate printed %q", printed.String())
	}
	flags := []string{"--listen", "127.0.0.1:0", "--data-dir", filepath.Join(t.TempDir(), "unused"),
		"--database-url", urls["LANEWAY_DATABASE_URL"], "--database-system-url", urls["LANEWAY_DATABASE_SYSTEM_URL"]}
	for _, more := range [][]string{nil, {"--database-direct-url", urls["LANEWAY_DATABASE_DIRECT_URL"]}} {
		s := start(t, append(flags, more...)...)
		ada := newPerson(t, s.address)
		ada.awaitListening()
		ada.signUp(fmt.Sprintf("ada%d@example.org", len(more)))
		ada.create("Order", model("one"))
		s.stop(t)
	}
	if _, err := begin(t, append(flags, "--database-url", server.AdminURL("laneway"))...); err == nil || !strings.Contains(err.Error(), "superuser") {
		t.Errorf("serving as superuser: %v", err)
	}
	if _, err := store.Bootstrap(t.Context(), server.AdminURL("postgres"), "empty"); err != nil {
		t.Fatal(err)
	}
	if _, err := begin(t, flags...); err == nil || !strings.Contains(err.Error(), "28P01") {
		t.Errorf("with the passwords of before: %v", err)
	}
}

func TestMigrateNeedsAnAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ url, want string }{
		{"", "LANEWAY_DATABASE_ADMIN_URL"},
		{"host=localhost password=secret", "postgres://user:password@host/database"},
		{"postgres://a:secret@127.0.0.1:1/x", "connect as database admin"},
	} {
		cmd := newCommand()
		cmd.SetOut(io.Discard)
		cmd.SetArgs([]string{"migrate", "--database-admin-url", tt.url})
		err := cmd.ExecuteContext(t.Context())
		wantError(t, err, tt.want)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}
