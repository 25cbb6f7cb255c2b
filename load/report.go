package main

import (
	"fmt"
	"strings"
	"time"
)

// measured is what a driver saw and what the server took meanwhile; without a server that is zero.
type measured struct {
	results
	usage  footprint
	Think  time.Duration
	Errors int // beside those of the routes
}

func (m measured) requests() (all, errors int) {
	errors = m.Errors
	for _, r := range m.Routes {
		all += r.Requests
		errors += r.Errors
	}
	return all, errors
}

// processorSeconds are those of server and database for 1,000 requests.
func (m measured) processorSeconds() float64 {
	all, _ := m.requests()
	return (m.usage.ServerCPU + m.usage.DatabaseCPU).Seconds() * 1000 / float64(max(all, 1))
}

// report is the whole outcome.
type report struct {
	Machine, Seeded string
	SeedSeconds     float64
	Idle            footprint
	Runs            []measured
	Bare            measured // the yardstick; without people: there was none
}

// goals are the bars for p95, in milliseconds.
var goals = map[string]float64{"list": 5, "open": 5, "save": 15}

// table shows the routes of one run.
func (m measured) table() string {
	var b strings.Builder
	b.WriteString("| route | requests | p50 ms | p95 ms | p99 ms | longest ms | goal, p95 |\n|---|---|---|---|---|---|---|\n")
	for _, r := range m.Routes {
		fmt.Fprintf(&b, "| %s | %d | %.1f | %.1f | %.1f | %.0f | %.0f |\n", r.Route, r.Requests, r.P50, r.P95, r.P99, r.Greatest, goals[r.Route])
	}
	all, errors := m.requests()
	fmt.Fprintf(&b, "\n%d requests in %.0f s, %.0f a second; %d errors; %d saves merged, %d asked about (409).\n", all, m.Seconds, float64(all)/m.Seconds, errors, m.Merged, m.Statuses["409"])
	for _, f := range m.Failures {
		fmt.Fprintf(&b, "- %s\n", f)
	}
	return b.String()
}

// taken shows what the server and the driver took.
func (m measured) taken() string {
	var b strings.Builder
	all, _ := m.requests()
	each := func(d time.Duration) string {
		return fmt.Sprintf("%.1f s, %.2f", d.Seconds(), d.Seconds()*1000/float64(max(all, 1)))
	}
	fmt.Fprintf(&b, "| what | measured | goal |\n|---|---|---|\n")
	fmt.Fprintf(&b, "| processor time of the server, and for 1,000 requests | %s s | |\n", each(m.usage.ServerCPU))
	fmt.Fprintf(&b, "| of the database | %s s | |\n", each(m.usage.DatabaseCPU))
	fmt.Fprintf(&b, "| of both | %s s | 0.35 s for 1,000 |\n", each(m.usage.ServerCPU+m.usage.DatabaseCPU))
	fmt.Fprintf(&b, "| of the driver | %.1f s, %.2f s | |\n", m.CPU, m.CPU*1000/float64(max(all, 1)))
	fmt.Fprintf(&b, "| memory of the server (RSS, most) | %d MiB | |\n", m.usage.ServerMemory>>20)
	fmt.Fprintf(&b, "| memory of Postgres (shared pages once, most) | %d MiB | 250 MiB for both |\n", m.usage.DatabaseMemory>>20)
	fmt.Fprintf(&b, "| database connections (most) | %d | 8 |\n", m.usage.Connections)
	fmt.Fprintf(&b, "| lists from the cache | %.1f %% | 99 %% |\n", 100*float64(m.Hits)/float64(max(m.Lists, 1)))
	return b.String()
}

func (p report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Load report

Made by %s on %s. Machine: %s; drivers, server and database share it. Data: %s, documents of about 20 kB unless said otherwise, made in %.0f s. Rate limits are off.

A person lists, opens a diagram, saves it every second time, and thinks for a second; a tenth has a session, the others a token.
`, "`make load`", time.Now().UTC().Format("2006-01-02"), p.Machine, p.Seeded, p.SeedSeconds)
	for i, m := range p.Runs {
		name := "Our driver (`load/driver.go`)"
		if m.Driver == "k6" {
			name = "k6 (`load/k6.js`)"
		}
		fmt.Fprintf(&b, "\n## %s: %d people\n\n%s\n", name, m.People, m.table())
		b.WriteString(m.taken())
		if i == 0 && p.Bare.People > 0 {
			b.WriteString(p.yardstick())
		}
	}
	fmt.Fprintf(&b, "\nAfter the start and before any request: server %d MiB, Postgres %d MiB, %d connections.\n", p.Idle.ServerMemory>>20, p.Idle.DatabaseMemory>>20, p.Idle.Connections)
	return b.String()
}

// yardstick shows the bare server beside the first run.
func (p report) yardstick() string {
	return fmt.Sprintf(`
## The yardstick: a bare server, %d people

The same crowd, right afterwards, with the least that a durable server can be (%s): lists and opened diagrams as ready bytes, one UPDATE for each save. No check of what is sent, no history, no events, no merge, no isolation of tenants, no limits, no logs, no compression.

%s
%s
Laneway takes %.1f times its processor time. The goal of 0.35 s for 1,000 requests was set where a bare server took 0.17 s: twice as much.
`, p.Bare.People, "`load/bare`", p.Bare.table(), p.Bare.taken(), p.Runs[0].processorSeconds()/p.Bare.processorSeconds())
}
