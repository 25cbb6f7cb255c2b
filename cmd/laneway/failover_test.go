package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// installedPostgres gives the folder with the programs of a Postgres of this system: LANEWAY_TEST_POSTGRES_DIR, or the newest of
// Debian's. The bundled one has neither pg_basebackup nor a network.
func installedPostgres(t *testing.T) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Sort(found)
	if named := os.Getenv("LANEWAY_TEST_POSTGRES_DIR"); named != "" {
		found = append(found, named, filepath.Join(named, "bin"))
	}
	for _, folder := range slices.Backward(found) {
		if _, err := os.Stat(filepath.Join(folder, "pg_basebackup")); err == nil {
			return folder
		}
	}
	fmt.Fprintln(os.Stderr, "FAILOVER IS NOT TESTED: there is no Postgres of the system with pg_basebackup (Debian, Ubuntu: apt-get install postgresql)")
	t.Skip("no Postgres of the system with pg_basebackup")
	return ""
}

// cluster is a Postgres on a port of loopback, as an account that is not root.
type cluster struct {
	t       *testing.T
	bin     string
	folder  string
	port    string
	account *syscall.Credential // nil: that of the test
	process *exec.Cmd
}

func newCluster(t *testing.T, bin, name string) *cluster {
	t.Helper()
	above := filepath.Dir(dataFolder(t))
	_, port, err := net.SplitHostPort(freePort(t))
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, bin: bin, folder: filepath.Join(above, name), port: port}
	if os.Geteuid() == 0 { // Postgres refuses to run as root
		somebody, err := user.Lookup("postgres")
		if err != nil {
			somebody, err = user.Lookup("nobody")
		}
		if err != nil {
			t.Fatal(err)
		}
		uid, uidErr := strconv.Atoi(somebody.Uid)
		gid, gidErr := strconv.Atoi(somebody.Gid)
		if uidErr != nil || gidErr != nil {
			t.Fatalf("account %+v", somebody)
		}
		c.account = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(above, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (c *cluster) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, program), args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.account, Pdeathsig: syscall.SIGKILL}
	cmd.Dir = filepath.Dir(c.folder)
	return cmd
}

func (c *cluster) run(program string, args ...string) {
	c.t.Helper()
	if out, err := c.command(program, args...).CombinedOutput(); err != nil {
		c.t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

// start starts it and waits until it answers.
func (c *cluster) start() {
	c.t.Helper()
	c.process = c.command("postgres", "-D", c.folder, "-p", c.port, "-h", "127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "full_page_writes=off")
	log := &strings.Builder{}
	c.process.Stderr = log
	if err := c.process.Start(); err != nil {
		c.t.Fatal(err)
	}
	process := c.process
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = process.Wait() // it tells how it was ended
	}()
	c.t.Cleanup(func() {
		for _, pid := range c.pids() {
			_ = syscall.Kill(pid, syscall.SIGCONT)
		}
		_ = process.Process.Signal(syscall.SIGQUIT) // at once, with all its children
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			c.kill()
			<-ended
		}
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := pgx.Connect(c.t.Context(), c.url("postgres")); err == nil {
			_ = conn.Close(c.t.Context())
			return
		}
		select {
		case <-ended:
			c.t.Fatalf("Postgres ended:\n%s", log)
		default:
		}
		if time.Now().After(deadline) {
			c.t.Fatal("Postgres does not answer")
		}
	}
}

func (c *cluster) address() string { return "127.0.0.1:" + c.port }

func (c *cluster) url(database string) string {
	return "postgres://postgres@" + c.address() + "/" + database + "?sslmode=disable"
}

// value asks for one value as the superuser.
func (c *cluster) value(query string) (value string, err error) {
	conn, err := pgx.Connect(c.t.Context(), c.url("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(context.Background())
	return value, conn.QueryRow(c.t.Context(), query).Scan(&value)
}

// pids are those of the postmaster and its children, none when it has ended.
func (c *cluster) pids() []int {
	postmaster := c.process.Process.Pid
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", postmaster, postmaster))
	if err != nil {
		return nil
	}
	pids := []int{postmaster}
	for _, text := range strings.Fields(string(children)) {
		if pid, err := strconv.Atoi(text); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// kill ends it as a lost machine does whose address answers that nobody is there.
func (c *cluster) kill() {
	for _, pid := range c.pids() {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
	}
}

// freeze takes it away as a lost machine does that answers nothing: connections are taken, or stay, and nothing comes back.
func (c *cluster) freeze() {
	for _, pid := range c.pids() {
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
}

// TestFailover takes the primary away under load, for good, and has its standby promoted. The server knows both by one address
// and is told nothing. It prints after what time the first save is acknowledged; within 10 s of the promotion on a quiet machine,
// where the long tests run. Replication is synchronous, so nothing that was acknowledged is lost.
func TestFailover(t *testing.T) {
	t.Parallel()
	bin := installedPostgres(t)
	for _, how := range []struct {
		name string
		away func(*cluster)
	}{{"killed", (*cluster).kill}, {"silent", (*cluster).freeze}} {
		t.Run(how.name, func(t *testing.T) {
			most := time.Minute
			if os.Getenv("LANEWAY_TEST_LONG") != "" {
				most = 10 * time.Second
			}
			primary, standby := pair(t, bin)
			urls := migrated(t, primary.url("postgres"))
			both := func(address string) string {
				return strings.Replace(address, primary.address(), primary.address()+","+standby.address(), 1) + "&target_session_attrs=read-write"
			}
			server := start(t, "--listen", "127.0.0.1:0", "--data-dir", filepath.Join(t.TempDir(), "unused"), "--rate-limit", "off",
				"--database-url", both(urls["LANEWAY_DATABASE_URL"]), "--database-system-url", both(urls["LANEWAY_DATABASE_SYSTEM_URL"]))
			ada := newPerson(t, server.address)
			ada.awaitListening()
			ada.signUp("ada@example.org")
			standby.awaitSync(primary)
			drawings := make([]*drawing, 3)
			for i := range drawings {
				d := ada.create(fmt.Sprint("drawing ", i), model("start"))
				drawings[i] = &drawing{id: d.ID, acked: 1, ackedMark: "start"}
			}
			var acked, unavailable atomic.Int64
			var promoted atomic.Pointer[time.Time]
			first := make(chan time.Duration, 1)
			done := make(chan struct{})
			var saving sync.WaitGroup
			for i, d := range drawings {
				w := &watched{person: &person{t, ada.address, &http.Client{Jar: ada.client.Jar, Transport: &http.Transport{}, Timeout: time.Minute}}, t: t}
				saving.Go(func() {
					defer func() { unavailable.Add(int64(w.unavailable)) }()
					for n := 0; ; n++ {
						d.sentMark = fmt.Sprintf("writer %d save %d", i, n)
						for { // the same save until it is acknowledged
							select {
							case <-done:
								return
							default:
							}
							var saved diagram
							begun := promoted.Load()
							if w.try("PUT", "/api/diagrams/"+d.id, map[string]any{"bpmnXml": model(d.sentMark), "expectedVersion": d.acked}, &saved) {
								if saved.Version != d.acked+1 {
									t.Errorf("%s made version %d after %d", d.sentMark, saved.Version, d.acked)
								}
								d.acked, d.ackedMark = saved.Version, d.sentMark
								acked.Add(1)
								if begun != nil {
									select {
									case first <- time.Since(*begun):
									default:
									}
								}
								break
							}
							time.Sleep(10 * time.Millisecond)
						}
					}
				})
			}
			for begun := time.Now(); acked.Load() < 60; time.Sleep(time.Millisecond) {
				if time.Since(begun) > time.Minute {
					t.Fatal("nothing is saved")
				}
			}
			how.away(primary)
			before := acked.Load()
			begun := time.Now()
			promoted.Store(&begun)
			standby.run("pg_ctl", "promote", "-w", "-D", standby.folder)
			promotion := time.Since(begun)
			var took time.Duration
			select {
			case took = <-first:
			case <-time.After(2 * time.Minute):
				t.Fatal("two minutes after the promotion nothing is saved")
			}
			look := &watched{person: ada, t: t}
			remembers := look.until(begun, "lists come from memory", look.remembers)
			for acked.Load() < before+60 {
				time.Sleep(time.Millisecond)
			}
			close(done)
			saving.Wait()
			for _, d := range drawings {
				d.check(t, ada)
			}
			t.Logf("the promotion took %s; the first save was acknowledged %s after it was asked for, lists came from memory after %s; %d saves before, %d after, %d were 503",
				promotion.Round(time.Millisecond), took.Round(time.Millisecond), remembers.Round(time.Millisecond), before, acked.Load()-before, unavailable.Load())
			if took > most {
				t.Errorf("a save after %s, want %s at most", took, most)
			}
		})
	}
}

// pair is a primary and a standby that streams from it.
func pair(t *testing.T, bin string) (primary, standby *cluster) {
	t.Helper()
	primary, standby = newCluster(t, bin, "primary"), newCluster(t, bin, "standby")
	primary.run("initdb", "-D", primary.folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	primary.start()
	standby.run("pg_basebackup", "-D", standby.folder, "-R", "-X", "stream", "-c", "fast", "--no-sync",
		"-d", "host=127.0.0.1 port="+primary.port+" user=postgres application_name=standby")
	standby.start()
	return primary, standby
}

// awaitSync has commits wait for the standby from now on, and waits until they do.
func (c *cluster) awaitSync(primary *cluster) {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), primary.url("postgres"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, statement := range []string{`ALTER SYSTEM SET synchronous_standby_names = 'standby'`, `SELECT pg_reload_conf()`} {
		if _, err := conn.Exec(c.t.Context(), statement); err != nil {
			c.t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		state, err := primary.value(`SELECT coalesce(string_agg(sync_state, ' '), '') FROM pg_stat_replication`)
		if err == nil && state == "sync" {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("the standby is %q, %v", state, err)
		}
	}
}
