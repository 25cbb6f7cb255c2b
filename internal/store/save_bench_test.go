package store_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// BenchmarkSave measures what a save costs the database: four organizations at once, each saving 50
// diagrams of 20 kB in turn. The tests' Postgres does not wait for the disk.
func BenchmarkSave(b *testing.B) {
	const tenants, diagrams = 4, 50
	db := storetest.New(b)
	document := func(mark string) store.Content {
		var x strings.Builder
		x.WriteString(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">`)
		for i := range 200 {
			name := "Check the order and tell the customer about it"
			if i == 0 {
				name = mark
			}
			fmt.Fprintf(&x, "\n    <userTask id=\"Activity_%07d\" name=\"%d %s\"/>", i, i, name)
		}
		x.WriteString(`</process></definitions>`)
		return store.Content{XML: []byte(x.String())}
	}
	var actors [tenants]laneway.Actor
	var heads [tenants][]laneway.Diagram
	for t := range tenants {
		actors[t] = newTenantOn(b, db, laneway.Enterprise)
		for n := range diagrams {
			changed, err := db.Store.CreateDiagram(b.Context(), actors[t], laneway.Diagram{ID: newID(), Title: fmt.Sprint("Diagram ", n)}, document("new"), nil)
			if err != nil {
				b.Fatal(err)
			}
			heads[t] = append(heads[t], changed.Diagram)
		}
	}
	one, changes := 1, []byte(`[{"class":"model","kind":"changed","element":"Activity_0000000"}]`)
	round := func(saves int) {
		var wait sync.WaitGroup
		for t := range tenants {
			wait.Go(func() {
				for i := range saves {
					head, content := &heads[t][i*7%diagrams], document(fmt.Sprint("save ", i))
					changed, err := db.Store.SaveDiagram(b.Context(), actors[t], store.DiagramSave{
						ID: head.ID, Expected: head.Version, Content: &content, Sent: content.XML, SentHash: sha256.Sum256(content.XML), ChangeCount: &one, Changes: changes,
					})
					if err != nil {
						b.Error(err)
						return
					}
					*head = changed.Diagram
				}
			})
		}
		wait.Wait()
	}
	round(100)
	db.Admin(b, `ANALYZE`) // as it is by itself after a minute: until then, plans are guesses
	round(50)
	before := databaseCPU(b)
	b.ResetTimer()
	round(b.N)
	b.StopTimer()
	b.ReportMetric((databaseCPU(b)-before)*1e6/float64(b.N*tenants), "postgres-cpu-µs/save")
}

// databaseCPU is the processor time that the processes of the tests' Postgres have used, in seconds.
func databaseCPU(b *testing.B) float64 {
	b.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	parent := make(map[string]string)
	for _, path := range paths {
		text, _ := os.ReadFile(path)
		if _, rest, found := strings.Cut(string(text), ") "); found {
			parent[filepath.Base(filepath.Dir(path))] = strings.Fields(rest)[1]
		}
	}
	own := strconv.Itoa(os.Getpid())
	var sum float64
	for pid := range parent {
		at := parent[pid]
		for at != own && at != "" {
			at = parent[at]
		}
		if at != own {
			continue
		}
		text, _ := os.ReadFile("/proc/" + pid + "/schedstat")
		var nanoseconds float64
		if _, err := fmt.Sscan(string(text), &nanoseconds); err == nil {
			sum += nanoseconds / 1e9
		}
	}
	return sum
}
