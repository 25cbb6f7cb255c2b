//go:build embedpg && linux

package embeddedpg_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"laneway/internal/embeddedpg"
)

// TestMain lets the test binary be a Laneway: it serves the data folder it is
// told, prints the address, and waits to be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("EMBEDDEDPG_TEST_SERVE"); dir != "" {
		s, err := embeddedpg.Start(context.Background(), embeddedpg.Config{DataDir: dir})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(s.AdminURL("postgres"))
		<-s.Done()
		os.Exit(2) // nobody stops it
	}
	code := m.Run()
	if shared.dir != "" {
		os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// serveInChild starts another process that serves dir.
func serveInChild(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "EMBEDDEDPG_TEST_SERVE="+dir)
	cmd.Stderr = t.Output()
	t.Cleanup(func() {
		if cmd.Process != nil && cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
	return cmd
}

// serving starts the child and returns the address it prints.
func serving(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the child says no address: %v", err)
	}
	return strings.TrimSpace(url)
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// rounds is how often a test of dying kills: the faults it looks for are in what follows a kill, and
// two in a row meet a server that has recovered before.
const rounds = 2

func TestPostmasterIsKilled(t *testing.T) {
	t.Parallel()
	dir := readyDataDir(t)
	s := start(t, embeddedpg.Config{DataDir: dir})
	l := keepWriting(t, s.AdminURL("postgres"), 4)
	for range rounds {
		l.awaitMore(t, 100)
		pid := postmaster(t, dir)
		kill(t, pid)
		// Its children go on acknowledging until they notice.
		await(t, "another postmaster", func() bool {
			now, ok := postmasterIfAny(dir)
			return ok && now != pid
		})
		l.awaitMore(t, 100)
	}
	select {
	case <-s.Done():
		t.Errorf("the server gave up: %v", s.Err())
	default:
	}
	l.settle()
	l.check(t, s.AdminURL("postgres"))
}

// TestLanewayIsKilled kills the supervising process under writers; the kernel
// then stops Postgres, and the next start finds everything.
func TestLanewayIsKilled(t *testing.T) {
	t.Parallel()
	dir := readyDataDir(t)
	for range rounds {
		child := serveInChild(t, dir)
		l := keepWriting(t, serving(t, child), 4)
		l.awaitMore(t, 200)
		kill(t, child.Process.Pid)
		child.Wait()
		s := start(t, embeddedpg.Config{DataDir: dir}) // at once, while Postgres still ends
		l.settle()
		l.check(t, s.AdminURL("postgres"))
		execute(t, s.AdminURL("postgres"), "DROP TABLE ledger")
		stop(t, s)
	}
}

// TestBothAreKilled leaves a lock file whose process is a zombie or gone, and
// children of Postgres that end by themselves.
func TestBothAreKilled(t *testing.T) {
	t.Parallel()
	dir := readyDataDir(t)
	child := serveInChild(t, dir)
	l := keepWriting(t, serving(t, child), 4)
	l.awaitMore(t, 200)
	pid := postmaster(t, dir)
	kill(t, child.Process.Pid)
	kill(t, pid)
	child.Wait()
	s := start(t, embeddedpg.Config{DataDir: dir})
	l.settle()
	l.check(t, s.AdminURL("postgres"))
}

// orphan starts a postmaster of a cluster the way Laneway does, but as a child
// of the test that nothing stops. Its master is collected at the test's end
// only: until then it is a zombie, once it has ended.
func orphan(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	programs, err := filepath.Glob(filepath.Join(dir, "runtime", "*", "bin", "postgres"))
	if err != nil || len(programs) != 1 {
		t.Fatal(programs, err)
	}
	cluster := filepath.Join(dir, "postgres")
	info, err := os.Stat(cluster)
	if err != nil {
		t.Fatal(err)
	}
	stat := info.Sys().(*syscall.Stat_t)
	socket := filepath.Join(dir, "socket")
	if err := errors.Join(os.Mkdir(socket, 0o700), os.Chown(socket, int(stat.Uid), int(stat.Gid))); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(programs[0], "-D", cluster, "-c", "listen_addresses=", "-c", "unix_socket_directories="+socket,
		"-c", "hba_file="+cluster+".hba")
	cmd.Stderr = t.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: stat.Uid, Gid: stat.Gid}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd
}

func TestOrphanIsReplaced(t *testing.T) {
	t.Parallel()
	dir := readyDataDir(t)
	s := start(t, embeddedpg.Config{DataDir: dir})
	admin := s.AdminURL("postgres")
	stop(t, s)

	left := orphan(t, dir)
	var l *ledger
	await(t, "the orphan", func() bool {
		text, _ := os.ReadFile(filepath.Join(dir, "postgres", "postmaster.pid"))
		return strings.Contains(string(text), "ready")
	})
	l = keepWriting(t, admin, 4)
	l.awaitMore(t, 200)

	s = start(t, embeddedpg.Config{DataDir: dir})
	if pid := postmaster(t, dir); pid == left.Process.Pid {
		t.Error("the orphan still serves")
	}
	if err := left.Wait(); err != nil { // exit status 0: it was stopped cleanly
		t.Errorf("the orphan ended with %v", err)
	}
	l.settle()
	l.check(t, s.AdminURL("postgres"))
}

// TestZombiePostmaster leaves a lock file whose process is dead but, as its
// parent does not collect it, still answers to signal 0. Postgres alone would
// refuse to start.
func TestZombiePostmaster(t *testing.T) {
	t.Parallel()
	dir := readyDataDir(t)
	stop(t, start(t, embeddedpg.Config{DataDir: dir}))
	left := orphan(t, dir)
	await(t, "the orphan", func() bool {
		text, _ := os.ReadFile(filepath.Join(dir, "postgres", "postmaster.pid"))
		return strings.Contains(string(text), "ready")
	})
	kill(t, left.Process.Pid)
	s := start(t, embeddedpg.Config{DataDir: dir})
	if err := syscall.Kill(left.Process.Pid, 0); err != nil {
		t.Errorf("the test proves nothing: the zombie is gone (%v)", err)
	}
	execute(t, s.AdminURL("postgres"), "SELECT 1")
}

// TestStrangersNumber leaves a lock file with the number of a process that has
// nothing to do with it, as happens in containers. It must not be harmed.
func TestStrangersNumber(t *testing.T) {
	t.Parallel()
	dir := readyDataDir(t)
	s := start(t, embeddedpg.Config{DataDir: dir})
	execute(t, s.AdminURL("postgres"), "CREATE TABLE kept ()")
	file := filepath.Join(dir, "postgres", "postmaster.pid")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	stop(t, s)

	info, err := os.Stat(filepath.Join(dir, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	stat := info.Sys().(*syscall.Stat_t)
	stranger := exec.Command("sleep", "600")
	if os.Geteuid() == 0 {
		stranger.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stat.Uid, Gid: stat.Gid}}
	}
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		stranger.Process.Kill()
		stranger.Wait()
	}()
	_, rest, _ := strings.Cut(string(text), "\n")
	if err := os.WriteFile(file, fmt.Appendf(nil, "%d\n%s", stranger.Process.Pid, rest), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(file, int(stat.Uid), int(stat.Gid)); err != nil {
		t.Fatal(err)
	}

	s = start(t, embeddedpg.Config{DataDir: dir})
	execute(t, s.AdminURL("postgres"), "SELECT FROM kept")
	if state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", stranger.Process.Pid)); err != nil || strings.Contains(string(state), ") Z ") {
		t.Errorf("the stranger was harmed: %s %v", state, err)
	}
}

// TestKilledWhileInitialising cuts the first start off at many points: the
// next one must always come up.
func TestKilledWhileInitialising(t *testing.T) {
	t.Parallel()
	began := time.Now()
	dir := dataDir(t)
	child := serveInChild(t, dir)
	serving(t, child)
	whole := time.Since(began)
	kill(t, child.Process.Pid)
	child.Wait()

	const cuts = 6
	for i := range cuts {
		dir := dataDir(t)
		child := serveInChild(t, dir)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(whole * time.Duration(i+1) / cuts)
		kill(t, child.Process.Pid)
		child.Wait()
		entries, _ := os.ReadDir(dir)
		t.Logf("after %d/%d there was: %v", i+1, cuts, entries)
		stop(t, start(t, embeddedpg.Config{DataDir: dir}))
	}
}

// TestGivesUp breaks the configuration under a running server: it must try for
// a while, and then say that it is over.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	dir := readyDataDir(t)
	s, err := embeddedpg.Start(t.Context(), embeddedpg.Config{DataDir: dir, Log: logTo(t)})
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "postgres", "postgresql.conf")
	good, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(conf, []byte("no_such_setting = on\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	kill(t, postmaster(t, dir))
	select {
	case <-s.Done():
	case <-time.After(2 * time.Minute):
		t.Fatal("still trying")
	}
	if s.Err() == nil || !strings.Contains(s.Err().Error(), "no_such_setting") {
		t.Errorf("it ended with: %v", s.Err())
	}
	if err := s.Stop(t.Context()); err == nil {
		t.Error("Stop hides why the server had ended")
	}

	_, err = embeddedpg.Start(t.Context(), embeddedpg.Config{DataDir: dir, Log: logTo(t)})
	if err == nil || !strings.Contains(err.Error(), "no_such_setting") {
		t.Errorf("a start that cannot succeed says: %v", err)
	}
	if err := os.WriteFile(conf, good, 0o600); err != nil {
		t.Fatal(err)
	}
	stop(t, start(t, embeddedpg.Config{DataDir: dir}))
}
