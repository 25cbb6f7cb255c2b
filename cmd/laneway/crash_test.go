package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// child is the program in a process of its own.
type child struct {
	cmd     *exec.Cmd
	address string
}

// spawn starts the program, which the test binary itself is under that name, and waits until it
// says where it is.
func spawn(t testing.TB, flags ...string) *child {
	t.Helper()
	cmd := exec.Command("laneway", append([]string{"serve"}, flags...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_, address, ok := strings.Cut(strings.TrimSpace(line), "Laneway is at ")
	if !ok {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.Fatalf("the program said %q, %v; its log:\n%s", line, err, log.String())
	}
	return &child{cmd, strings.Replace(address, "localhost", "127.0.0.1", 1)}
}

func (c *child) kill(t testing.TB) {
	t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		t.Errorf("kill: %v", err)
	}
	_ = c.cmd.Wait() // it tells that it was killed
}

// drawing is one diagram and what its only writer knows of it.
type drawing struct {
	id        string
	acked     int64  // version
	ackedMark string // in it
	sentMark  string // in the save that was on its way
}

// TestNothingAcknowledgedIsLost kills the program, again and again, while four people save: after
// each new start every diagram is at the version that was acknowledged, with its content, or at the
// one that was on its way.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	t.Parallel()
	rounds := 3
	if os.Getenv("LANEWAY_TEST_LONG") != "" {
		rounds = 60
	}
	folder := dataFolder(t)
	server := spawn(t, flagsFor(folder)...)
	ada := newPerson(t, server.address)
	ada.signUp("ada@example.org")
	drawings := make([]*drawing, 4)
	for i := range drawings {
		d := ada.create(fmt.Sprint("drawing ", i), model("start"))
		drawings[i] = &drawing{id: d.ID, acked: 1, ackedMark: "start"}
	}
	total := 0
	for round := range rounds {
		saves := make(chan struct{}, 10_000)
		var wait sync.WaitGroup
		for i, d := range drawings {
			wait.Go(func() { d.saveUntilCut(t, ada, fmt.Sprintf("round %d writer %d", round, i), saves) })
		}
		for range 20 + rand.IntN(60) {
			<-saves
			total++
		}
		server.kill(t)
		wait.Wait()
		server = spawn(t, flagsFor(folder)...)
		ada = newPerson(t, server.address)
		ada.signIn("ada@example.org")
		for _, d := range drawings {
			d.check(t, ada)
		}
	}
	t.Logf("%d rounds, at least %d saves acknowledged", rounds, total)
	if err := server.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := server.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

// saveUntilCut saves one version after the other until the server is gone.
func (d *drawing) saveUntilCut(t *testing.T, ada *person, who string, saves chan<- struct{}) {
	for n := 0; ; n++ {
		d.sentMark = fmt.Sprintf("%s save %d", who, n)
		var saved diagram
		status, err := ada.do("PUT", "/api/diagrams/"+d.id, map[string]any{"bpmnXml": model(d.sentMark), "expectedVersion": d.acked}, &saved)
		switch {
		case err == nil && status == 200 && saved.Version == d.acked+1:
			d.acked, d.ackedMark = saved.Version, d.sentMark
			saves <- struct{}{}
		case err != nil || status == 503: // the database may be gone a moment before the server
			return
		default:
			t.Errorf("%s: %d, version %d after %d", d.sentMark, status, saved.Version, d.acked)
			return
		}
	}
}

func (d *drawing) check(t *testing.T, ada *person) {
	t.Helper()
	var now diagram
	ada.must(200, "GET", "/api/diagrams/"+d.id, nil, &now)
	switch {
	case now.Version == d.acked && now.BpmnXML == model(d.ackedMark):
	case now.Version == d.acked+1 && now.BpmnXML == model(d.sentMark):
		d.acked, d.ackedMark = now.Version, d.sentMark
	default:
		t.Errorf("version %d (%s) was acknowledged and %s was on its way; there is version %d: %s", d.acked, d.ackedMark, d.sentMark, now.Version, now.BpmnXML)
	}
}

// TestSecondProgramOnTheFolder starts the program twice, as two units by mistake would.
func TestSecondProgramOnTheFolder(t *testing.T) {
	t.Parallel()
	folder := dataFolder(t)
	first := spawn(t, flagsFor(folder)...)
	defer first.kill(t)
	begun := time.Now()
	out, err := exec.Command("laneway", append([]string{"serve"}, flagsFor(folder)...)...).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "in use") {
		t.Errorf("the second program: %v, it said %s", err, out)
	}
	t.Logf("refused after %s", time.Since(begun).Round(time.Millisecond))
	newPerson(t, first.address).must(200, "GET", "/readyz", nil, nil)
}
