package main

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkSixteenClients measures the started program with its built-in database: each iteration is
// 1,000 list requests and 1,000 saves from 16 clients, every one on a diagram of its own.
func BenchmarkSixteenClients(b *testing.B) {
	const clients, requests = 16, 1000
	server := start(b, flagsFor(dataFolder(b))...)
	people, drawings := make([]*person, clients), make([]diagram, clients)
	for i := range clients {
		people[i] = newPerson(b, server.address)
		people[i].signUp(fmt.Sprintf("client%d@example.org", i))
		for n := range 4 {
			drawings[i] = people[i].create(fmt.Sprint("Diagram ", n), model("start"))
		}
	}
	var lists, saves latencies
	b.ResetTimer()
	for range b.N {
		lists.measure(people, requests, func(int) (string, string, any) { return "GET", "/api/diagrams?limit=20", nil }, nil)
		saves.measure(people, requests, func(i int) (string, string, any) {
			return "PUT", "/api/diagrams/" + drawings[i].ID, map[string]any{"bpmnXml": model("saved"), "expectedVersion": drawings[i].Version}
		}, func(i int) { drawings[i].Version++ })
	}
	b.StopTimer()
	lists.report(b, "list")
	saves.report(b, "save")
}

// latencies collects how long requests took, and how many failed.
type latencies struct {
	mu     sync.Mutex
	took   []time.Duration
	errors atomic.Int64
}

// measure shares the requests out among the people, each of whom sends one after the other.
func (l *latencies) measure(people []*person, requests int, request func(i int) (method, path string, body any), done func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for i, p := range people {
		wait.Go(func() {
			var took []time.Duration
			for next.Add(1) <= int64(requests) {
				method, path, body := request(i)
				begun := time.Now()
				status, err := p.do(method, path, body, nil)
				took = append(took, time.Since(begun))
				if err != nil || status != 200 {
					l.errors.Add(1)
				} else if done != nil {
					done(i)
				}
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			l.took = append(l.took, took...)
		})
	}
	wait.Wait()
}

// measureAnswers sends saves of one person, one after the other, and hands on what came back.
func (l *latencies) measureAnswers(b *testing.B, p *person, requests int, request func() (path string, body any), done func(outcome)) {
	for range requests {
		path, body := request()
		var o outcome
		begun := time.Now()
		status, err := p.answer("PUT", path, body, &o)
		l.took = append(l.took, time.Since(begun))
		if err != nil || status != 200 {
			b.Fatalf("%d, %v, %+v", status, err, o)
		}
		done(o)
	}
}

func (l *latencies) report(b *testing.B, name string) {
	slices.Sort(l.took)
	at := func(share float64) float64 {
		return float64(l.took[int(share*float64(len(l.took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.50), name+"-p50-ms")
	b.ReportMetric(at(0.95), name+"-p95-ms")
	b.ReportMetric(float64(l.errors.Load()), name+"-errors")
}
