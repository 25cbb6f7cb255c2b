package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runCommand runs a command of the program and gives what it says.
func runCommand(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := newCommand()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(io.Discard)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s can be read by others", path)
	}
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d lines, %v", path, len(rows), err)
	}
	return rows
}

// What is seeded is as good as made by people: the tokens and the password open it, the documents are
// of the wanted size and differ, and the logs are whole.
func TestSeed(t *testing.T) {
	t.Parallel()
	folder, out := dataFolder(t), t.TempDir()
	database := []string{"--data-dir", folder}
	if installed := os.Getenv("LANEWAY_TEST_POSTGRES_DIR"); installed != "" {
		database = append(database, "--postgres-dir", installed)
	}
	small := append([]string{"seed", "--organizations", "2", "--users", "3", "--diagrams", "10", "--xml-bytes", "20000", "--out", out}, database...)
	if said, err := runCommand(t, small...); err != nil || !strings.HasPrefix(said, "2 organizations, 6 people, 20 diagrams") {
		t.Fatalf("%s %v", said, err)
	}
	users, diagrams := readCSV(t, filepath.Join(out, "users.csv")), readCSV(t, filepath.Join(out, "diagrams.csv"))
	if len(users) != 7 || len(diagrams) != 21 {
		t.Fatalf("%d users, %d diagrams", len(users)-1, len(diagrams)-1)
	}
	if _, err := runCommand(t, small...); err == nil || !strings.Contains(err.Error(), "--add") {
		t.Errorf("a database with people: %v", err)
	}
	beside := append([]string{"seed", "--add", "--organizations", "1", "--users", "1", "--diagrams", "2", "--xml-bytes", "5000", "--out", t.TempDir()}, database...)
	if _, err := runCommand(t, beside...); err != nil {
		t.Errorf("beside people: %v", err)
	}

	server := start(t, flagsFor(folder)...)
	get := func(path, token string, into any) []byte {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %s %v", path, answer.Status, body, err)
		}
		if into != nil {
			if err := json.Unmarshal(body, into); err != nil {
				t.Fatal(err)
			}
		}
		return body
	}
	seen := make(map[string]bool)
	for _, d := range diagrams[1:] {
		token := ""
		for _, u := range users[1:] {
			if u[3] == d[1] {
				token = u[2] // of any member
			}
		}
		xml := string(get("/api/diagrams/"+d[0]+"/xml", token, nil))
		if len(xml) < 18_000 || len(xml) > 22_000 || seen[xml] {
			t.Errorf("a document of %d bytes, there before: %v", len(xml), seen[xml])
		}
		seen[xml] = true
	}
	var page struct {
		Data []struct {
			ID      string
			Version int
		}
	}
	if get("/api/diagrams?limit=100", users[1][2], &page); len(page.Data) != 10 {
		t.Errorf("%d diagrams are listed", len(page.Data))
	}
	answer, err := http.Post(server.address+"/api/auth/sign-in", "application/json", strings.NewReader(`{"email":"`+users[5][0]+`","password":"`+users[5][1]+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		t.Errorf("signing in: %s", answer.Status)
	}
	said, err := runCommand(t, "admin", "audit", "verify", "--data-dir", folder)
	if err != nil || strings.Count(said, "whole") != 3 {
		t.Errorf("the logs: %s %v", said, err)
	}
	if said, err = runCommand(t, "admin", "org", "list", "--data-dir", folder); err != nil || strings.Count(said, "10 of 100 ") != 2 || strings.Count(said, "2 of 5 ") != 1 {
		t.Errorf("the counters: %s %v", said, err)
	}
}

func TestSeedDocument(t *testing.T) {
	t.Parallel()
	for _, size := range [...]int{leastSeedXML, 20_000, 200_000} {
		document := seedDocument(rand.New(rand.NewPCG(1, 2)), "Check order 1", size)
		if err := wellMade(document); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		if n := len(document); n < size*8/10-1500 || n > size*11/10+1500 {
			t.Errorf("%d bytes, want %d", n, size)
		}
		if !bytes.Equal(document, seedDocument(rand.New(rand.NewPCG(1, 2)), "Check order 1", size)) {
			t.Errorf("%d bytes: another document from the same randomness", size)
		}
	}
	if err := (seedPlan{organizations: 1, users: 1, diagrams: 2000, xmlBytes: 20_000}).check(); err == nil {
		t.Error("more diagrams than a plan has")
	}
}
