// Command bare is a yardstick for package load: the least that a durable server of diagrams can be.
//
// It answers the three requests that the crowd makes. Lists and opened diagrams are ready bytes in
// memory until the next save; a save is one UPDATE, acknowledged after its commit; Postgres is the
// bundled one with Laneway's own settings. There is nothing else: no check of what is sent, no
// history, no events, no merge, no isolation of tenants, no limits, no logs, no compression. Tokens
// are looked up in a map, and passwords are compared as they stand in the file.
//
// What the crowd costs here is what the machine takes for HTTP, JSON and commits, whatever a server
// does beside them. It says more than seconds do, which differ by half from one hour to the next.
package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"laneway/internal/embeddedpg"
)

// connections is how many Laneway has at most.
const connections = 8

func main() {
	data := flag.String("data-dir", "", "folder of the database, made if missing")
	set := flag.String("set", "", "folder with the users.csv and diagrams.csv of laneway seed")
	document := flag.String("document", "", "the document that all diagrams begin with")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *data, *set, *document)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, data, set, document string) (err error) {
	postgres, err := embeddedpg.Start(ctx, embeddedpg.Config{DataDir: data})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, postgres.Stop(context.Background())) }()
	config, err := pgxpool.ParseConfig(postgres.AdminURL("postgres"))
	if err != nil {
		return err
	}
	config.MaxConns = connections
	db, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer db.Close()
	s := &server{db: db, passwords: make(map[string]string), organizations: make(map[string]string)}
	if err := s.fill(ctx, set, document); err != nil {
		return err
	}
	debug.FreeOSMemory() // what filling took is not the server's
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("The bare server is at http://%s\n", listener.Addr())
	h := &http.Server{Handler: s.routes()}
	context.AfterFunc(ctx, func() { _ = h.Close() })
	if err := h.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

type server struct {
	db            *pgxpool.Pool
	passwords     map[string]string // by address
	organizations map[string]string // by what a header shows
	lists         sync.Map          // the ready bytes of an organization's list
	opened        sync.Map          // those of a diagram
}

// fill makes the data set of the crowd.
func (s *server) fill(ctx context.Context, set, document string) error {
	text, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	users, err := readTable(filepath.Join(set, "users.csv"))
	if err != nil {
		return err
	}
	for _, u := range users {
		email, password, token, organization := u[0], u[1], u[2], u[3]
		s.passwords[email] = password
		s.organizations["Bearer "+token] = organization
		s.organizations[sessionOf(email)] = organization
	}
	diagrams, err := readTable(filepath.Join(set, "diagrams.csv"))
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `CREATE TABLE diagrams (
		id uuid PRIMARY KEY, org_id uuid NOT NULL, title text NOT NULL, version int NOT NULL, updated_at timestamptz NOT NULL, xml text NOT NULL);
		CREATE INDEX ON diagrams (org_id, updated_at DESC)`)
	if err != nil {
		return err
	}
	batch := new(pgx.Batch)
	for n, d := range diagrams {
		batch.Queue(`INSERT INTO diagrams VALUES ($1, $2, $3, 1, now(), $4)`, d[0], d[1], fmt.Sprint("Diagram ", n), string(text))
	}
	batch.Queue(`ANALYZE diagrams`)
	return s.db.SendBatch(ctx, batch).Close()
}

func readTable(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	return rows[1:], nil
}

func sessionOf(email string) string { return "session=" + email }

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/auth/sign-in", s.signIn)
	mux.HandleFunc("GET /api/diagrams", s.list)
	mux.HandleFunc("GET /api/diagrams/{id}", s.open)
	mux.HandleFunc("PUT /api/diagrams/{id}", s.save)
	return mux
}

// organizationOf gives the organization of who asks, nothing for a stranger.
func (s *server) organizationOf(r *http.Request) string {
	if bearer := r.Header.Get("Authorization"); bearer != "" {
		return s.organizations[bearer]
	}
	return s.organizations[r.Header.Get("Cookie")]
}

func (s *server) signIn(w http.ResponseWriter, r *http.Request) {
	var in struct{ Email, Password string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Password == "" || s.passwords[in.Email] != in.Password {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.Header().Set("Set-Cookie", sessionOf(in.Email)+"; Path=/")
}

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	organization := s.organizationOf(r)
	if ready, there := s.lists.Load(organization); there {
		w.Header().Set("X-Cache", "HIT")
		send(w, ready.([]byte))
		return
	}
	type summary struct {
		ID        string `json:"id"`
		Title     string `json:"title"`
		Version   int    `json:"version"`
		UpdatedAt string `json:"updatedAt"`
	}
	rows, err := s.db.Query(r.Context(), `SELECT id::text, title, version, updated_at::text FROM diagrams WHERE org_id = $1 ORDER BY updated_at DESC LIMIT 20`, organization)
	if err != nil {
		fail(w, err)
		return
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[summary])
	if err != nil {
		fail(w, err)
		return
	}
	body, err := json.Marshal(map[string]any{"data": list})
	if err != nil {
		fail(w, err)
		return
	}
	s.lists.Store(organization, body)
	send(w, body)
}

// diagram is what opening one gives and a save brings.
type diagram struct {
	Version         int    `json:"version,omitempty"`
	ExpectedVersion int    `json:"expectedVersion,omitempty"`
	XML             string `json:"bpmnXml"`
}

func (s *server) open(w http.ResponseWriter, r *http.Request) {
	organization, id := s.organizationOf(r), r.PathValue("id")
	if ready, there := s.opened.Load(organization + id); there {
		send(w, ready.([]byte))
		return
	}
	var d diagram
	if err := s.db.QueryRow(r.Context(), `SELECT version, xml FROM diagrams WHERE id = $1 AND org_id = $2`, id, organization).Scan(&d.Version, &d.XML); err != nil {
		fail(w, err)
		return
	}
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		fail(w, err)
		return
	}
	s.opened.Store(organization+id, body.Bytes())
	send(w, body.Bytes())
}

func (s *server) save(w http.ResponseWriter, r *http.Request) {
	organization, id := s.organizationOf(r), r.PathValue("id")
	var d diagram
	if err := json.NewDecoder(r.Body).Decode(&d); err != nil || !strings.HasPrefix(d.XML, "<") {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	tag, err := s.db.Exec(r.Context(), `UPDATE diagrams SET xml = $3, version = version + 1, updated_at = now() WHERE id = $1 AND org_id = $2 AND version = $4`,
		id, organization, d.XML, d.ExpectedVersion)
	switch {
	case err != nil:
		fail(w, err)
	case tag.RowsAffected() == 0:
		s.opened.Delete(organization + id) // it may have been read before another save, and kept after it
		w.WriteHeader(http.StatusConflict)
	default:
		s.lists.Delete(organization)
		s.opened.Delete(organization + id)
		send(w, fmt.Appendf(nil, `{"version":%d}`, d.ExpectedVersion+1))
	}
}

func send(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // whoever went away needs none
}

func fail(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), http.StatusInternalServerError)
}
