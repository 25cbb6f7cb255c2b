package httpapi_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"laneway/internal/httpapi/apitest"
)

// readersEnvironment makes this program the other side of BenchmarkStreams: its value is the server's
// address and a session cookie.
const readersEnvironment = "LANEWAY_TEST_READERS"

// streams is how many are open at once. maxStreamBytes is what one may cost the server, maxArrival how
// long after the acknowledgement of a save the last of them may have it.
const (
	streams        = 2000
	maxStreamBytes = 30 << 10
	maxArrival     = time.Second
)

// BenchmarkStreams opens 2,000 event streams over real connections, from another process so that its
// memory is not counted, and measures what each costs the server and how long an event takes to all.
func BenchmarkStreams(b *testing.B) {
	s := apitest.New(b, apitest.Config{})
	mira := s.SignUp(b, "mira")
	d := s.Create(b, mira, "Harbour", apitest.Document("A"))
	before := memory()
	readers := exec.Command(os.Args[0])
	readers.Env = append(os.Environ(), readersEnvironment+"="+strings.TrimPrefix(s.Address, "http://")+" "+mira.Cookie)
	readers.Stderr = os.Stderr
	out, err := readers.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	in, err := readers.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := readers.Start(); err != nil {
		b.Fatal(err)
	}
	defer readers.Wait()
	defer in.Close() // it ends with its input
	lines := bufio.NewScanner(out)
	await := func(want string) {
		if !lines.Scan() || lines.Text() != want {
			b.Fatalf("the readers say %q, want %q", lines.Text(), want)
		}
	}
	await("hello")
	each := float64(memory()-before) / streams
	b.ReportMetric(each, "B/stream")
	if each > maxStreamBytes {
		b.Errorf("a stream costs %.0f bytes, at most %d are allowed", each, maxStreamBytes)
	}
	var slowest time.Duration
	version := 1
	for b.Loop() {
		s.Run(b, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + d.ID, As: mira, Status: 200,
			Body: fmt.Sprintf(`{"title":"Harbour %d","expectedVersion":%d}`, version, version)})
		version++
		acknowledged := time.Now()
		await("diagram.saved")
		slowest = max(slowest, time.Since(acknowledged))
	}
	b.ReportMetric(float64(slowest.Milliseconds()), "ms-slowest")
	if slowest > maxArrival {
		b.Errorf("an event took %v to reach all", slowest)
	}
	after := float64(memory()-before) / streams
	b.ReportMetric(after, "B/stream-used")
	if after > maxStreamBytes {
		b.Errorf("a stream that was used costs %.0f bytes, at most %d are allowed", after, maxStreamBytes)
	}
}

// memory is what heap and stacks take from the system, after what is not needed was let go.
func memory() int64 {
	var stats runtime.MemStats
	for range 3 { // stacks shrink by half each time
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapInuse + stats.StackInuse)
}

// readStreams is the other process: it opens the streams and says when all of them have had an event.
func readStreams(where string) error {
	address, cookie, _ := strings.Cut(where, " ")
	var mu sync.Mutex
	counts := make(map[string]int)
	heard := func(event string) {
		mu.Lock()
		defer mu.Unlock()
		if counts[event]++; counts[event]%streams == 0 {
			fmt.Println(event)
		}
	}
	slots := make(chan struct{}, 50) // as many connections are opened at once
	for range streams {
		slots <- struct{}{}
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "GET /api/events HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n\r\n", address, cookie); err != nil {
			return err
		}
		go func() {
			for in := bufio.NewScanner(conn); in.Scan(); {
				if event, ok := strings.CutPrefix(in.Text(), "event: "); ok {
					if event == "hello" {
						<-slots
					}
					heard(event)
				}
			}
		}()
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}
