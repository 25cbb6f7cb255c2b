package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
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
	address, plain := strings.CutPrefix(c.address, "http://")
	if !plain {
		return results{}, errors.New("only addresses with http:// can be asked")
	}
	unpack, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2))
	if err != nil {
		return results{}, err
	}
	defer unpack.Close()
	var all sync.WaitGroup
	people := make([]*person, c.people)
	for i := range people {
		people[i] = &person{
			crowd: c, user: c.users[i%len(c.users)], random: rand.New(rand.NewPCG(7, uint64(i))), from: from,
			client: client{address: address, unpack: unpack},
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
	client   client
	from     time.Time
	headers  string // who asks
	samples  []sample
	failures []string
}

// work goes on until ctx ends: list, open, every second time save what was opened, think.
func (p *person) work(ctx context.Context, session bool) {
	defer p.client.close()
	p.headers = "Authorization: Bearer " + p.user.token
	if session {
		cookie, err := p.signIn(ctx)
		if err != nil {
			p.failures = append(p.failures, "sign in: "+err.Error())
			return
		}
		p.headers = "Cookie: " + cookie
	}
	mine := p.crowd.owned[p.user.organization]
	if len(mine) == 0 {
		p.failures = append(p.failures, "an organization without diagrams")
		return
	}
	// They do not all begin at the same step.
	for round := p.random.IntN(2); ctx.Err() == nil; round++ {
		p.do(ctx, "list", "GET", "/api/diagrams?limit=20", nil, false)
		id := mine[p.random.IntN(len(mine))]
		edits := round%2 == 1
		if opened := p.do(ctx, "open", "GET", "/api/diagrams/"+id, nil, edits); edits && opened != nil {
			p.save(ctx, id, opened)
		}
		if !sleep(ctx, time.Duration((0.75+p.random.Float64()/2)*float64(p.crowd.think))) {
			return
		}
	}
}

// parts finds in the answer that opens a diagram what a save of it needs: its version, and its document as the JSON string
// that it is. One name in that is replaced, and it goes back.
func parts(opened []byte) (document, version []byte, ok bool) {
	_, rest, there := bytes.Cut(opened, []byte(`"version":`))
	version = rest[:max(bytes.IndexByte(rest, ','), 0)]
	_, rest, has := bytes.Cut(opened, []byte(`"bpmnXml":"`))
	for end := 0; there && has; end++ {
		i := bytes.IndexByte(rest[end:], '"')
		if i < 0 {
			break
		}
		end += i
		before := rest[:end]
		if escapes := len(before) - len(bytes.TrimRight(before, `\`)); escapes%2 == 0 {
			return before, version, true
		}
	}
	return nil, nil, false
}

// taskName finds the name of the first task behind an offset, or else of the first one of all, in a JSON string.
func taskName(xml []byte, offset int) (from, to int, ok bool) {
	task, name, quote := []byte(`ask id=\"`), []byte(` name=\"`), []byte(`\"`)
	for _, at := range [...]int{offset, 0} {
		i := bytes.Index(xml[at:], task)
		if i < 0 {
			continue
		}
		at += i
		end := bytes.IndexByte(xml[at:], '>')
		if i = bytes.Index(xml[at:at+max(end, 0)], name); i < 0 {
			continue
		}
		from = at + i + len(name)
		if i = bytes.Index(xml[from:], quote); i >= 0 {
			return from, from + i, true
		}
	}
	return 0, 0, false
}

// save gives one task of what was opened another name.
func (p *person) save(ctx context.Context, id string, opened []byte) {
	xml, version, ok := parts(opened)
	if !ok {
		p.failures = append(p.failures, "an opened diagram without document or version")
		return
	}
	from, to, found := taskName(xml, p.random.IntN(len(xml)))
	if !found {
		p.failures = append(p.failures, "a diagram without tasks")
		return
	}
	body := fmt.Appendf(make([]byte, 0, len(xml)+200), `{"bpmnXml":"%sLook at it again, %d%s","expectedVersion":%s,"onConflict":"merge"}`,
		xml[:from], p.random.IntN(1_000_000), xml[to:], version)
	p.do(ctx, "save", "PUT", "/api/diagrams/"+id, body, true)
}

// signIn gives the cookie of a session.
func (p *person) signIn(ctx context.Context) (string, error) {
	body, err := json.Marshal(map[string]string{"email": p.user.email, "password": p.user.password})
	if err != nil {
		return "", err
	}
	a, err := p.client.send(ctx, "POST", "/api/auth/sign-in", "", body)
	if err != nil {
		return "", err
	}
	cookie, _, found := strings.Cut(a.header.Get("Set-Cookie"), ";")
	if a.status >= 300 || !found {
		return "", fmt.Errorf("%d %s", a.status, a.content)
	}
	return cookie, nil
}

// do makes one request and notes how it went; what was cut off by the end is not noted. It gives the body, where all went
// well and somebody reads it.
func (p *person) do(ctx context.Context, route, method, path string, body []byte, reads bool) []byte {
	begun := time.Now()
	a, err := p.client.send(ctx, method, path, p.headers, body)
	if err != nil && ctx.Err() != nil {
		return nil
	}
	s := sample{route: route, took: time.Since(begun), status: a.status, hit: a.header.Get("X-Cache") == "HIT"}
	var content []byte
	if err == nil {
		if reads || s.status != http.StatusOK {
			content, err = p.client.text(a)
		}
		s.merged = route == "save" && bytes.Contains(content, []byte(`"merged":true`))
	}
	if err != nil {
		s.status = 0 // what came is not the answer
	}
	if begun.After(p.from) {
		p.samples = append(p.samples, s)
	}
	if err == nil && s.status == http.StatusOK {
		return content
	}
	if s.status != http.StatusConflict && len(p.failures) < 2 {
		p.failures = append(p.failures, fmt.Sprintf("%s %s: %d %v %.300s", method, path, s.status, err, content))
	}
	return nil
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
