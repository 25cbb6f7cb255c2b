package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"laneway/internal/embeddedpg"
)

// The mix is what people do all day: of ten requests four list, four open a diagram of 20 kB and two save one.
const (
	mixOrganizations = 8
	mixPeople        = 2 // in each
	mixDiagrams      = 25
	mixBytes         = 20_000
)

// sized is a document of the given size with a mark in it, such as an editor makes.
func sized(size int, mark string) string {
	var b, di strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="Definitions_1" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="Process_1" isExecutable="false">
`)
	for i := 0; b.Len()+di.Len() < size-600; i++ {
		name := fmt.Sprintf("Check order %d and tell %s", i, "the customer")
		if i == 0 {
			name = mark
		}
		fmt.Fprintf(&b, "    <bpmn:task id=\"Activity_%07d\" name=\"%s\">\n      <bpmn:documentation>Step %d of the process</bpmn:documentation>\n    </bpmn:task>\n", i, name, i)
		fmt.Fprintf(&di, "      <bpmndi:BPMNShape id=\"Activity_%07d_di\" bpmnElement=\"Activity_%07d\">\n        <dc:Bounds x=\"%d\" y=\"%d\" width=\"100\" height=\"80\" />\n      </bpmndi:BPMNShape>\n", i, i, 160+i%10*150, 80+i/10*120)
	}
	b.WriteString("  </bpmn:process>\n  <bpmndi:BPMNDiagram id=\"BPMNDiagram_1\">\n    <bpmndi:BPMNPlane id=\"BPMNPlane_1\" bpmnElement=\"Process_1\">\n")
	b.WriteString(di.String())
	b.WriteString("    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n</bpmn:definitions>\n")
	return b.String()
}

// worker is one client of the mix: a person, their organization's diagrams, and those that only this client saves.
type worker struct {
	*person
	seen  []string
	own   []*diagram
	count int
}

// mixed makes the people and diagrams of the mix on a server whose database's superuser signs in with adminURL.
func mixed(b testing.TB, address, adminURL string) []*worker {
	b.Helper()
	admin, err := pgx.Connect(b.Context(), adminURL)
	if err != nil {
		b.Fatal(err)
	}
	defer admin.Close(context.Background())
	run := func(statement string, args ...any) {
		b.Helper()
		if _, err := admin.Exec(b.Context(), statement, args...); err != nil {
			b.Fatal(err)
		}
	}
	var workers []*worker
	for o := range mixOrganizations {
		var first *worker
		for n := range mixPeople {
			w := &worker{person: newPerson(b, address), count: n * 5}
			w.signUp(fmt.Sprintf("person%d-%d@example.org", o, n))
			if first == nil {
				first = w
				run(`UPDATE organizations SET plan = 'enterprise'`)
			} else {
				run(`INSERT INTO memberships (org_id, user_id, role) SELECT f.default_org_id, u.id, 'member' FROM users f, users u WHERE f.email = $1 AND u.email = $2`,
					fmt.Sprintf("person%d-0@example.org", o), fmt.Sprintf("person%d-%d@example.org", o, n))
				run(`UPDATE users SET default_org_id = (SELECT default_org_id FROM users WHERE email = $1) WHERE email = $2`,
					fmt.Sprintf("person%d-0@example.org", o), fmt.Sprintf("person%d-%d@example.org", o, n))
			}
			workers = append(workers, w)
		}
		for n := range mixDiagrams {
			d := first.create(fmt.Sprintf("Diagram %d", n), sized(mixBytes, "start"))
			for i := range mixPeople {
				w := workers[len(workers)-1-i]
				w.seen = append(w.seen, d.ID)
				if n%mixPeople == i {
					w.own = append(w.own, &d)
				}
			}
		}
	}
	return workers
}

// step sends the next request of the mix and gives what it was, how long it took, and whether it went well.
func (w *worker) step(encoding string) (kind int, took time.Duration, hit, ok bool) {
	n := w.count
	w.count++
	method, path, body := http.MethodGet, "/api/diagrams?limit=20", []byte(nil)
	var d *diagram
	switch n % 5 {
	case 1, 3:
		kind, path = 1, "/api/diagrams/"+w.seen[n*7%len(w.seen)]
	case 4:
		kind, d = 2, w.own[n/5%len(w.own)]
		method, path = http.MethodPut, "/api/diagrams/"+d.ID
		var err error
		body, err = json.Marshal(map[string]any{"bpmnXml": sized(mixBytes, fmt.Sprint("save ", n)), "expectedVersion": d.Version})
		if err != nil {
			w.t.Error(err)
			return
		}
	}
	r, err := http.NewRequest(method, w.address+path, bytes.NewReader(body))
	if err != nil {
		w.t.Error(err)
		return
	}
	r.Header.Set("Accept-Encoding", encoding) // asked for by hand: not unpacked by the client
	if d != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	begun := time.Now()
	answer, err := w.client.Do(r)
	if err != nil {
		return kind, time.Since(begun), false, false
	}
	size, err := io.Copy(io.Discard, answer.Body)
	took = time.Since(begun)
	_ = answer.Body.Close()
	ok = err == nil && answer.StatusCode == http.StatusOK && size > 100
	if ok && d != nil {
		d.Version++
	}
	return kind, took, answer.Header.Get("X-Cache") == "HIT", ok
}

// cpuOf gives the CPU seconds that a process has used, and those of everything that it started.
func cpuOf(b testing.TB, pid int) (own, started float64) {
	b.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	parent, used := map[int]int{}, map[int]float64{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		id, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent[id], _ = strconv.Atoi(fields[1])
		for _, at := range []int{11, 12, 13, 14} { // user and system, its own and of those that have ended
			if at > 12 && id == pid {
				continue
			}
			ticks, _ := strconv.ParseFloat(fields[at], 64)
			used[id] += ticks / 100
		}
	}
	for id := range used {
		for at := id; at != 0; at = parent[at] {
			if at == pid && id == pid {
				own += used[id]
			} else if at == pid {
				started += used[id]
			}
		}
	}
	return own, started
}

// BenchmarkMix measures the program in a process of its own, with its built-in database: an iteration is 1,000 requests
// of the mix from 16 clients that do not wait. CPU seconds are per 1,000 requests: of the server, of its Postgres, and
// of both. LANEWAY_BENCH_ENCODING is what clients accept (identity), LANEWAY_BENCH_PROFILE a file for a CPU profile.
func BenchmarkMix(b *testing.B) {
	folder, operations := dataFolder(b), freePort(b)
	server := spawn(b, append(flagsFor(folder), "--operations-listen", operations)...)
	defer server.kill(b)
	adminURL, err := embeddedpg.RunningURL(folder, databaseName)
	if err != nil {
		b.Fatal(err)
	}
	workers := mixed(b, server.address, adminURL)
	workers[0].awaitListening()
	encoding := os.Getenv("LANEWAY_BENCH_ENCODING")
	if encoding == "" {
		encoding = "identity"
	}
	var took [3][]time.Duration
	var hits [3]int
	var failures atomic.Int64
	var mu sync.Mutex
	round := func(requests int) {
		var next atomic.Int64
		var wait sync.WaitGroup
		for _, w := range workers {
			wait.Go(func() {
				var mine [3][]time.Duration
				var hit [3]int
				for next.Add(1) <= int64(requests) {
					kind, d, cached, ok := w.step(encoding)
					mine[kind] = append(mine[kind], d)
					if cached {
						hit[kind]++
					}
					if !ok {
						failures.Add(1)
					}
				}
				mu.Lock()
				defer mu.Unlock()
				for i := range mine {
					took[i], hits[i] = append(took[i], mine[i]...), hits[i]+hit[i]
				}
			})
		}
		wait.Wait()
	}
	round(2000)
	took, hits = [3][]time.Duration{}, [3]int{}
	profiled := make(chan error, 1)
	if path := os.Getenv("LANEWAY_BENCH_PROFILE"); path != "" {
		go func() { profiled <- download("http://"+operations+"/debug/pprof/profile?seconds=10", path) }()
	} else {
		profiled <- nil
	}
	own, database := cpuOf(b, server.cmd.Process.Pid)
	b.ResetTimer()
	for range b.N {
		round(1000)
	}
	b.StopTimer()
	ownAfter, databaseAfter := cpuOf(b, server.cmd.Process.Pid)
	n := float64(b.N)
	b.ReportMetric((ownAfter-own)/n, "server-cpu-s")
	b.ReportMetric((databaseAfter-database)/n, "postgres-cpu-s")
	b.ReportMetric((ownAfter-own+databaseAfter-database)/n, "cpu-s")
	for i, kind := range []string{"list", "open", "save"} {
		slices.Sort(took[i])
		b.ReportMetric(float64(took[i][len(took[i])*95/100].Microseconds())/1000, kind+"-p95-ms")
		if kind != "save" {
			b.ReportMetric(float64(hits[i])/float64(len(took[i])), kind+"-hits")
		}
	}
	b.ReportMetric(float64(failures.Load()), "errors")
	if err := <-profiled; err != nil {
		b.Error(err)
	}
}

func download(url, path string) error {
	answer, err := http.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, answer.Body)
	return errors.Join(err, file.Close())
}
