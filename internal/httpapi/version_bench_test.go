package httpapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"laneway/internal/httpapi/apitest"
)

// maxListing is how long a client may wait for the whole history of a diagram with 10,000 versions.
const maxListing = 100 * time.Millisecond

// BenchmarkListVersions reads a history of 10,000 versions page by page over HTTP, compressed as a
// browser asks for it.
func BenchmarkListVersions(b *testing.B) {
	s := apitest.New(b, apitest.Config{})
	mira := s.SignUp(b, "mira")
	d := s.Create(b, mira, "Harbour", apitest.Document("A"))
	s.Admin(b, `INSERT INTO diagram_versions (org_id, diagram_id, number, title, xml, full_number, xml_size, xml_hash, parents, created_by, label, change_count)
		SELECT org_id, diagram_id, n, title, convert_to(repeat('x', 700), 'UTF8'), 1, xml_size, xml_hash, ARRAY[n - 1], created_by, CASE WHEN n % 100 = 0 THEN 'named' END, 3
		  FROM diagram_versions, generate_series(2, 10000) n WHERE diagram_id = $1`, d.ID)
	s.Admin(b, `UPDATE diagrams SET version = 10000 WHERE id = $1`, d.ID)
	s.Admin(b, `ANALYZE diagram_versions`)
	read := func(url string) (rows int, next string) {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, s.Address+url, nil)
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Cookie", mira.Cookie)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			b.Fatalf("%d %s %v", answer.StatusCode, body, err)
		}
		b.StopTimer() // what the client makes of it is its own time
		defer b.StartTimer()
		var page struct {
			Data       []struct{ Number int64 }
			NextCursor string
		}
		if err := json.Unmarshal(body, &page); err != nil {
			b.Fatal(err)
		}
		return len(page.Data), page.NextCursor
	}
	for b.Loop() {
		n := 0
		for url := "/api/diagrams/" + d.ID + "/versions?limit=1000"; url != ""; {
			rows, next := read(url)
			if n += rows; next == "" {
				break
			}
			url = "/api/diagrams/" + d.ID + "/versions?limit=1000&cursor=" + next
		}
		if n != 10_000 {
			b.Fatalf("%d versions", n)
		}
	}
	if each := b.Elapsed() / time.Duration(b.N); each > maxListing {
		b.Errorf("10,000 versions take %v, want %v at most", each, maxListing)
	}
}
