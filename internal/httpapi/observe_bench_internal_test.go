package httpapi

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"laneway"
	"laneway/internal/material"
	"laneway/internal/observe"
)

// answer is a ResponseWriter that keeps nothing but its header, as a connection's.
type answer struct{ header http.Header }

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) Write(p []byte) (int, error) { return len(p), nil }
func (a *answer) WriteHeader(int)             {}

// BenchmarkObserve is what each request costs beside its work: ids, metrics, the line in the log and the headers, with a log that
// goes nowhere and one that goes to a file.
func BenchmarkObserve(b *testing.B) {
	file, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	for name, log := range map[string]io.Writer{"nowhere": io.Discard, "file": file} {
		b.Run(name, func(b *testing.B) {
			observer, err := observe.New(observe.Config{Log: log, LogEvery: 100 * time.Millisecond})
			if err != nil {
				b.Fatal(err)
			}
			s := newServer(Config{Observer: observer})
			h := s.observe(s.secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				x := exchangeOf(r.Context())
				x.operation, x.route, x.user, x.organization = "listDiagrams", "GET /api/diagrams", laneway.ID{1, 2, 3}, laneway.ID{4, 5, 6}
				w.WriteHeader(http.StatusOK)
			})))
			r := httptest.NewRequest(http.MethodGet, "/api/diagrams?limit=20", nil)
			b.ReportAllocs()
			before := material.CPUTime()
			for b.Loop() {
				h.ServeHTTP(&answer{make(http.Header, 12)}, r)
			}
			b.ReportMetric(float64(material.CPUTime()-before)/float64(b.N), "cpu-ns/op")
		})
	}
}
