package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// settings are the flags.
type settings struct {
	laneway, bare, k6, script, out string
	address, data                  string
	people, k6People, pid          int
	k6Scale                        float64
	ramp, hold, think              time.Duration
	seed                           []string
}

func main() {
	var s settings
	flag.StringVar(&s.laneway, "laneway", "bin/laneway", "the program to measure")
	flag.StringVar(&s.bare, "bare", "", "the yardstick, load/bare; empty: none")
	flag.StringVar(&s.k6, "k6", "", "k6; empty: the own driver alone")
	flag.StringVar(&s.script, "script", "load/k6.js", "the script for k6")
	flag.StringVar(&s.out, "out", "load/report.md", "where the report goes")
	flag.StringVar(&s.address, "address", "", "a server that runs already; then nothing is started, seeded or reported but what the driver sees")
	flag.IntVar(&s.pid, "pid", 0, "with -address: its process, so that what it takes is measured too")
	flag.StringVar(&s.data, "data", "", "the folder with its users.csv and diagrams.csv")
	flag.IntVar(&s.people, "users", 1000, "people at once, own driver")
	flag.IntVar(&s.k6People, "k6-users", 500, "people at once, k6")
	flag.Float64Var(&s.k6Scale, "k6-scale", 0.05, "how much of the 24 minutes of the plan k6 takes")
	flag.DurationVar(&s.ramp, "ramp", 20*time.Second, "how long the crowd takes to come in")
	flag.DurationVar(&s.hold, "hold", time.Minute, "how long it is measured")
	flag.DurationVar(&s.think, "think", time.Second, "how long a person thinks between two rounds")
	flag.Parse()
	debug.SetGCPercent(400) // it is the server that is to be measured
	s.seed = flag.Args()    // such as -- --organizations 5
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := s.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func (s settings) run(ctx context.Context) (err error) {
	if s.address != "" {
		r, err := s.crowd(ctx, s.pid)
		fmt.Print(r.table())
		if s.pid != 0 {
			fmt.Print(r.taken())
		}
		return err
	}
	where := machine()
	folder, err := os.MkdirTemp("", "laneway-load")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := os.Chmod(folder, 0o755); err != nil { // the account of the database has to enter
		return err
	}
	s.data = filepath.Join(folder, "set")
	database := filepath.Join(folder, "data")
	begun := time.Now()
	seeded, err := exec.CommandContext(ctx, s.laneway, append([]string{"seed", "--data-dir", database, "--out", s.data}, s.seed...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("seed: %w: %s", err, seeded)
	}
	p := report{Machine: where, SeedSeconds: time.Since(begun).Seconds(), Seeded: strings.SplitN(string(seeded), " in ", 2)[0]}
	server, err := startServer(ctx, s.laneway, "serve", "--listen", "127.0.0.1:0", "--data-dir", database, "--rate-limit", "off")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	s.address = server.address
	if p.Idle, err = measure(server.pid()); err != nil {
		return err
	}
	own, err := s.crowd(ctx, server.pid())
	if err != nil {
		return err
	}
	p.Runs = append(p.Runs, own)
	if s.bare != "" { // at once, because machines differ from one hour to the next
		if p.Bare, err = s.runBare(ctx, folder); err != nil {
			return fmt.Errorf("yardstick: %w", err)
		}
	}
	if s.k6 != "" {
		other, err := s.runK6(ctx, server, folder)
		if err != nil {
			return err
		}
		p.Runs = append(p.Runs, other)
	}
	text := p.markdown()
	fmt.Print(text)
	return os.WriteFile(s.out, []byte(text), 0o644)
}

// runBare lets the own driver work on the yardstick, with a document of the server that runs.
func (s settings) runBare(ctx context.Context, folder string) (m measured, err error) {
	document := filepath.Join(folder, "document.bpmn")
	if err := s.keepDocument(ctx, document); err != nil {
		return measured{}, err
	}
	server, err := startServer(ctx, s.bare, "-data-dir", filepath.Join(folder, "bare"), "-set", s.data, "-document", document)
	if err != nil {
		return measured{}, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	s.address = server.address
	return s.crowd(ctx, server.pid())
}

// keepDocument writes a document of the data set into a file.
func (s settings) keepDocument(ctx context.Context, path string) error {
	users, owned, err := readData(s.data)
	if err != nil {
		return err
	}
	var opened struct {
		XML string `json:"bpmnXml"`
	}
	asked, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+"/api/diagrams/"+owned[users[0].organization][0], nil)
	if err != nil {
		return err
	}
	asked.Header.Set("Authorization", "Bearer "+users[0].token)
	answer, err := http.DefaultClient.Do(asked)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&opened); err != nil || opened.XML == "" {
		return fmt.Errorf("open a diagram: status %d, %d bytes: %w", answer.StatusCode, len(opened.XML), err)
	}
	return os.WriteFile(path, []byte(opened.XML), 0o600)
}

// crowd lets the own driver work. What the process pid takes is measured while all are in; 0: none.
func (s settings) crowd(ctx context.Context, pid int) (measured, error) {
	users, owned, err := readData(s.data)
	if err != nil {
		return measured{}, err
	}
	c := &crowd{address: s.address, users: users, owned: owned, people: s.people, ramp: s.ramp, hold: s.hold, think: s.think, session: 10}
	m := measured{Think: s.think}
	var watch *watch
	if pid != 0 {
		c.begin = func() { watch = watching(pid) }
	}
	m.results, err = c.run(ctx)
	if watch != nil {
		m.usage = watch.stop()
	}
	return m, err
}

// runK6 lets k6 work, and measures the server from its beginning to its end.
func (s settings) runK6(ctx context.Context, server *server, folder string) (measured, error) {
	summary := filepath.Join(folder, "k6.json")
	k6 := exec.CommandContext(ctx, s.k6, "run", "--quiet", "--no-usage-report", s.script)
	k6.Env = append(os.Environ(), "BASE_URL="+s.address, "DATA="+s.data, "SUMMARY="+summary,
		"PEOPLE="+strconv.Itoa(s.k6People), "SCALE="+strconv.FormatFloat(s.k6Scale, 'g', -1, 64))
	k6.Stderr = os.Stderr
	m := measured{Think: time.Second}
	cpu, begun := childrenCPU(), time.Now()
	watch := watching(server.pid())
	err := k6.Run()
	m.usage = watch.stop()
	m.Driver, m.People, m.Seconds, m.CPU = "k6", s.k6People, time.Since(begun).Seconds(), (childrenCPU() - cpu).Seconds()
	const thresholdsCrossed = 99
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == thresholdsCrossed {
		m.Failures = append(m.Failures, "k6 found thresholds crossed")
	} else if err != nil {
		return m, fmt.Errorf("k6: %w", err)
	}
	content, err := os.ReadFile(summary)
	if err != nil {
		return m, err
	}
	return m, m.readK6(content)
}

// readK6 takes over what the script wrote.
func (m *measured) readK6(content []byte) error {
	var metrics map[string]map[string]float64
	if err := json.Unmarshal(content, &metrics); err != nil {
		return fmt.Errorf("read the summary of k6: %w", err)
	}
	m.Statuses = map[string]int{"409": int(metrics["conflicts"]["count"])}
	for _, route := range [...]string{"list", "open", "save"} {
		v := metrics[route+"_ms"]
		m.Routes = append(m.Routes, routeResult{Route: route, Requests: int(v["count"]), P50: v["med"], P95: v["p(95)"], P99: v["p(99)"], Greatest: v["max"]})
	}
	m.Errors = int(metrics["errors"]["passes"])
	m.Merged = int(metrics["merged"]["count"])
	m.Hits, m.Lists = int(metrics["list_hits"]["passes"]), int(metrics["list_hits"]["passes"]+metrics["list_hits"]["fails"])
	return nil
}

// server is a running program.
type server struct {
	cmd     *exec.Cmd
	address string
}

// startServer waits until it says where it is.
func startServer(ctx context.Context, program string, args ...string) (*server, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_, address, found := strings.Cut(strings.TrimSpace(line), " is at ")
	if err != nil || !found {
		return nil, errors.Join(fmt.Errorf("the server said %q: %w", line, err), cmd.Process.Kill(), cmd.Wait())
	}
	return &server{cmd, address}, nil
}

func (s *server) pid() int { return s.cmd.Process.Pid }

func (s *server) stop() error {
	return errors.Join(s.cmd.Process.Signal(syscall.SIGTERM), s.cmd.Wait())
}

// watch follows what a server takes, once a second.
type watch struct {
	pid        int
	begin, top footprint
	done       chan struct{}
	ended      sync.WaitGroup
}

func watching(pid int) *watch {
	w := &watch{pid: pid, done: make(chan struct{})}
	w.begin, _ = measure(pid)
	w.top = w.begin
	w.ended.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-w.done:
				return
			case <-tick.C:
				w.look()
			}
		}
	})
	return w
}

func (w *watch) look() {
	now, err := measure(w.pid)
	if err != nil {
		return // the report shows what was seen until then
	}
	w.top.ServerCPU, w.top.DatabaseCPU = now.ServerCPU, now.DatabaseCPU
	w.top.ServerMemory = max(w.top.ServerMemory, now.ServerMemory)
	w.top.DatabaseMemory = max(w.top.DatabaseMemory, now.DatabaseMemory)
	w.top.Connections = max(w.top.Connections, now.Connections)
}

// stop gives the processor time of the whole watch and the most of everything else.
func (w *watch) stop() footprint {
	close(w.done)
	w.ended.Wait()
	w.look()
	f := w.top
	f.ServerCPU -= w.begin.ServerCPU
	f.DatabaseCPU -= w.begin.DatabaseCPU
	return f
}
