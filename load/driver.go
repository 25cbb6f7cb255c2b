package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// crowd says who works how.
type crowd struct {
	address string
	users   []user
	owned   map[string][]string // diagrams by organization
	people  int                 // at once
	ramp    time.Duration       // they come one after the other during this time
	hold    time.Duration       // and are measured for this time
	think   time.Duration       // between two rounds, a quarter more or less
	begin   func()              // when all are in; may be nil
	session int                 // one of so many is signed in with a session
}

type user struct{ email, password, token, organization string }

// sample is one request that was measured.
type sample struct {
	route  string
	took   time.Duration
	status int // 0: there was no answer
	hit    bool
	merged bool
}

// results are what a driver saw.
type results struct {
	Driver   string
	People   int
	Seconds  float64
	CPU      float64 // seconds, of the driver
	Routes   []routeResult
	Statuses map[string]int
	Hits     int // answers from a cache, of lists
	Lists    int
	Merged   int
	Failures []string // the first ones
}

type routeResult struct {
	Route                   string
	Requests, Errors        int
	P50, P95, P99, Greatest float64 // milliseconds
}

// readData reads what seed wrote.
func readData(folder string) ([]user, map[string][]string, error) {
	people, err := readTable(filepath.Join(folder, "users.csv"), 4)
	if err != nil {
		return nil, nil, err
	}
	diagrams, err := readTable(filepath.Join(folder, "diagrams.csv"), 4)
	if err != nil {
		return nil, nil, err
	}
	var users []user
	for _, row := range people {
		users = append(users, user{row[0], row[1], row[2], row[3]})
	}
	owned := make(map[string][]string)
	for _, row := range diagrams {
		owned[row[1]] = append(owned[row[1]], row[0])
	}
	// Neighbours in the file are of one organization; a part of the crowd should be of all.
	random := rand.New(rand.NewPCG(1, 1))
	random.Shuffle(len(users), func(i, j int) { users[i], users[j] = users[j], users[i] })
	return users, owned, nil
}

func readTable(path string, columns int) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = columns
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		return nil, fmt.Errorf("%s has no lines: %w", path, err)
	}
	return rows[1:], nil
}

// run lets the crowd work and gives what it saw.
func (c *crowd) run(ctx context.Context) (results, error) {
	begun := time.Now()
	from, until := begun.Add(c.ramp), begun.Add(c.ramp+c.hold)
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	transport := &http.Transport{
		MaxIdleConnsPerHost: c.people, MaxIdleConns: c.people, DisableCompression: true,
		DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
	}
	defer transport.CloseIdleConnections()
	var all sync.WaitGroup
	people := make([]*person, c.people)
	for i := range people {
		people[i] = &person{
			crowd: c, user: c.users[i%len(c.users)], random: rand.New(rand.NewPCG(7, uint64(i))), client: &http.Client{Transport: transport, Timeout: 30 * time.Second}, from: from,
		}
		all.Go(func() {
			if !sleep(ctx, c.ramp*time.Duration(i)/time.Duration(c.people)) {
				return
			}
			people[i].work(ctx, c.session > 0 && i%c.session == 0)
		})
	}
	sleep(ctx, c.ramp)
	if c.begin != nil {
		c.begin()
	}
	cpu := ownCPU()
	all.Wait()
	r := results{Driver: "own", People: c.people, Seconds: c.hold.Seconds(), CPU: (ownCPU() - cpu).Seconds(), Statuses: make(map[string]int)}
	byRoute := make(map[string][]sample)
	for _, p := range people {
		for _, s := range p.samples {
			byRoute[s.route] = append(byRoute[s.route], s)
		}
		r.Failures = append(r.Failures, p.failures...)
	}
	if len(byRoute) == 0 {
		return r, errors.Join(errors.New("no request was made"), firstOf(r.Failures))
	}
	for _, route := range [...]string{"list", "open", "save"} {
		r.add(route, byRoute[route])
	}
	r.Failures = r.Failures[:min(5, len(r.Failures))]
	return r, nil
}

func firstOf(failures []string) error {
	if len(failures) == 0 {
		return nil
	}
	return errors.New(failures[0])
}

func (r *results) add(route string, samples []sample) {
	result := routeResult{Route: route, Requests: len(samples)}
	times := make([]time.Duration, 0, len(samples))
	for _, s := range samples {
		times = append(times, s.took)
		r.Statuses[fmt.Sprint(s.status)]++
		if s.status != http.StatusOK && s.status != http.StatusConflict {
			result.Errors++
		}
		if route == "list" {
			r.Lists++
			if s.hit {
				r.Hits++
			}
		}
		if s.merged {
			r.Merged++
		}
	}
	slices.Sort(times)
	at := func(part float64) float64 {
		if len(times) == 0 {
			return 0
		}
		return float64(times[min(int(part*float64(len(times))), len(times)-1)].Microseconds()) / 1000
	}
	result.P50, result.P95, result.P99, result.Greatest = at(0.5), at(0.95), at(0.99), at(1)
	r.Routes = append(r.Routes, result)
}

// person is one of the crowd.
type person struct {
	crowd    *crowd
	user     user
	random   *rand.Rand
	client   *http.Client
	from     time.Time
	session  bool
	samples  []sample
	failures []string
}

// work goes on until ctx ends: list, open, every second time save what was opened, think.
func (p *person) work(ctx context.Context, session bool) {
	if session {
		if err := p.signIn(ctx); err != nil {
			p.failures = append(p.failures, "sign in: "+err.Error())
			return
		}
	}
	mine := p.crowd.owned[p.user.organization]
	if len(mine) == 0 {
		p.failures = append(p.failures, "an organization without diagrams")
		return
	}
	// They do not all begin at the same step.
	for round := p.random.IntN(2); ctx.Err() == nil; round++ {
		p.do(ctx, "list", "GET", "/api/diagrams?limit=20", nil, nil)
		var opened *diagram // read where it is saved
		if round%2 == 1 {
			opened = &diagram{}
		}
		p.do(ctx, "open", "GET", "/api/diagrams/"+mine[p.random.IntN(len(mine))], nil, opened)
		if opened != nil && opened.ID != "" {
			p.save(ctx, opened)
		}
		if !sleep(ctx, time.Duration((0.75+p.random.Float64()/2)*float64(p.crowd.think))) {
			return
		}
	}
}

type diagram struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
	BpmnXML string `json:"bpmnXml"`
	Merged  bool   `json:"merged"`
}

// taskName finds the name of the first task behind an offset, or else of the first one of all.
func taskName(xml string, offset int) (from, to int, ok bool) {
	const task, name = `ask id="`, ` name="`
	for _, at := range [...]int{offset, 0} {
		i := strings.Index(xml[at:], task)
		if i < 0 {
			continue
		}
		at += i
		end := strings.IndexByte(xml[at:], '>')
		if i = strings.Index(xml[at:at+max(end, 0)], name); i < 0 {
			continue
		}
		from = at + i + len(name)
		if i = strings.IndexByte(xml[from:], '"'); i >= 0 {
			return from, from + i, true
		}
	}
	return 0, 0, false
}

// save gives one task of what was opened another name.
func (p *person) save(ctx context.Context, opened *diagram) {
	xml := opened.BpmnXML
	from, to, ok := taskName(xml, p.random.IntN(len(xml)+1))
	if !ok {
		p.failures = append(p.failures, "a diagram without tasks")
		return
	}
	changed := xml[:from] + fmt.Sprintf("Look at it again, %d", p.random.IntN(1_000_000)) + xml[to:]
	body, err := marshal(map[string]any{"bpmnXml": changed, "expectedVersion": opened.Version, "onConflict": "merge"})
	if err != nil {
		p.failures = append(p.failures, err.Error())
		return
	}
	var saved diagram
	p.do(ctx, "save", "PUT", "/api/diagrams/"+opened.ID, body, &saved)
}

// marshal leaves < and > as they are, as browsers do.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

func (p *person) signIn(ctx context.Context) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	p.client.Jar = jar
	body, err := marshal(map[string]string{"email": p.user.email, "password": p.user.password})
	if err != nil {
		return err
	}
	p.session = true
	status, answer, _, err := p.send(ctx, "POST", "/api/auth/sign-in", body)
	if err == nil && status >= 300 {
		err = fmt.Errorf("%d %s", status, answer)
	}
	return err
}

// do makes one request and notes how it went; what was cut off by the end is not noted.
func (p *person) do(ctx context.Context, route, method, path string, body []byte, into *diagram) {
	begun := time.Now()
	status, answer, header, err := p.send(ctx, method, path, body)
	s := sample{route: route, took: time.Since(begun), status: status, hit: header.Get("X-Cache") == "HIT"}
	if err != nil && ctx.Err() != nil {
		return
	}
	if err == nil && into != nil && status == http.StatusOK {
		err = json.Unmarshal(answer, into)
		s.merged = into.Merged
	}
	if (err != nil || status != http.StatusOK && status != http.StatusConflict) && len(p.failures) < 2 {
		p.failures = append(p.failures, fmt.Sprintf("%s %s: %d %v %.300s", method, path, status, err, answer))
	}
	if begun.After(p.from) {
		p.samples = append(p.samples, s)
	}
}

func (p *person) send(ctx context.Context, method, path string, body []byte) (int, []byte, http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, method, p.crowd.address+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	if !p.session {
		r.Header.Set("Authorization", "Bearer "+p.user.token)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer answer.Body.Close()
	var content bytes.Buffer
	content.Grow(int(max(answer.ContentLength, 0)) + bytes.MinRead) // read at once, without growing
	_, err = content.ReadFrom(answer.Body)
	return answer.StatusCode, content.Bytes(), answer.Header, err
}

// sleep waits and reports whether there is still time.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
