package httpapi_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"unicode/utf8"

	"laneway/internal/httpapi/apitest"
	"laneway/internal/material"
)

// upload sends a document as raw bytes.
func upload(title string, p *apitest.Person, content []byte, status int) apitest.Scenario {
	return apitest.Scenario{
		Method: "POST", URL: "/api/diagrams?title=" + url.QueryEscape(title), As: p, Bytes: content,
		Headers: map[string]string{"Content-Type": "application/bpmn+xml"}, Status: status,
	}
}

// enterprise gives a person whose plan has room for the whole corpus.
func enterprise(t *testing.T) (*apitest.Server, *apitest.Person) {
	s := apitest.New(t, apitest.Config{})
	p := s.SignUp(t, "mira")
	s.SetPlan(t, p, "enterprise")
	return s, p
}

// Every hostile document gets exactly the status and the reason that its row names, and what is
// accepted comes back as it was sent.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	rows := material.HostileRows(t)
	s, mira := enterprise(t)
	stored := 0
	for _, row := range rows {
		t.Run(row.File, func(t *testing.T) {
			status, err := strconv.Atoi(row.Status)
			if err != nil {
				t.Fatal(err)
			}
			content := row.Content(t)
			c := upload(row.File, mira, content, status)
			if slices.Contains(row.Reasons, "unsupported_content_encoding") {
				c.Headers["Content-Encoding"] = "gzip"
			}
			a := s.Run(t, c)
			if row.Expected == "reject" {
				checkRefusal(t, a, row)
				return
			}
			stored++
			checkAccepted(t, s, mira, a, row, content)
		})
	}
	if n := s.Count(t, "diagrams"); n != stored {
		t.Errorf("%d diagrams in the database, %d were accepted", n, stored)
	}
	t.Logf("%d rows, %d of them accepted", len(rows), stored)
}

func checkRefusal(t *testing.T, a *apitest.Answer, row material.Hostile) {
	t.Helper()
	p := a.Problem(t)
	if len(p.Errors) != 1 || !slices.Contains(row.Reasons, p.Errors[0].Code) {
		t.Fatalf("errors %+v, want one of %v", p.Errors, row.Reasons)
	}
	e := p.Errors[0]
	switch e.Code {
	case "unsupported_content_encoding":
	case "too_large":
		if e.Field != "bpmnXml" {
			t.Errorf("the error is about %q", e.Field)
		}
	default:
		if e.Field != "bpmnXml" || e.Line < 1 || e.Column < 1 || e.Detail == "" {
			t.Errorf("the error names no place: %+v", e)
		}
	}
}

func checkAccepted(t *testing.T, s *apitest.Server, p *apitest.Person, a *apitest.Answer, row material.Hostile, content []byte) {
	t.Helper()
	d := apitest.Decode[apitest.Diagram](t, a)
	if row.Expected == "accept-warn" && !slices.ContainsFunc(d.Warnings, func(w struct{ Code, ElementID, Detail string }) bool {
		return slices.Contains(row.Reasons, w.Code)
	}) {
		t.Errorf("warnings %+v, want %v", d.Warnings, row.Reasons)
	}
	back := s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/diagrams/" + d.ID + "/xml", As: p, Status: http.StatusOK})
	if d.BpmnXML != string(back.Body) {
		t.Error("the JSON answer and the download differ")
	}
	transcoded := slices.Contains(row.Reasons, "transcoded") || bytes.HasPrefix(content, []byte{0xff, 0xfe})
	if !transcoded && !bytes.Equal(back.Body, withoutMark(content)) {
		t.Error("the download is not what was sent")
	}
}

// withoutMark takes away a byte-order mark, which belongs to the file and not to the text.
func withoutMark(content []byte) []byte { return bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")) }

// The same documents as text in JSON. There, what they declare as encoding means nothing, so the rows
// about encodings and those that are no text are left to the test above.
func TestHostileDocumentsInJSON(t *testing.T) {
	t.Parallel()
	rows := material.HostileRows(t)
	s, mira := enterprise(t)
	sent := 0
	for _, row := range rows {
		if row.Class == "encoding" || slices.Contains(row.Reasons, "unsupported_content_encoding") {
			continue
		}
		content := row.Content(t)
		if !utf8.Valid(content) {
			continue
		}
		sent++
		t.Run(row.File, func(t *testing.T) {
			status, err := strconv.Atoi(row.Status)
			if err != nil {
				t.Fatal(err)
			}
			a := s.Run(t, apitest.Scenario{
				Method: "POST", URL: "/api/diagrams", As: mira, Status: status,
				Body: apitest.JSON(t, map[string]string{"title": row.File, "bpmnXml": string(content)}),
			})
			if row.Expected == "reject" {
				p := a.Problem(t)
				if len(p.Errors) != 1 || !slices.Contains(row.Reasons, p.Errors[0].Code) {
					t.Errorf("errors %+v, want one of %v", p.Errors, row.Reasons)
				}
			}
		})
	}
	t.Logf("%d of %d rows sent as JSON", sent, len(rows))
}

// Every well-formed file of the corpus is accepted as raw bytes and comes back byte for byte; those
// that break the rules about ids and sizes through repair. The others are refused with their place.
func TestCorpus(t *testing.T) {
	t.Parallel()
	files := material.Corpus(t)
	s, mira := enterprise(t)
	counts := make(map[string]int)
	for _, file := range files {
		c := upload(file.Name, mira, file.Content, 0)
		c.URL = "/api/diagrams?title=" + url.QueryEscape(shortened(file.Name))
		a := s.Do(t, s.Request(t, c))
		switch a.Status {
		case http.StatusCreated:
			counts["accepted"]++
			checkSameBytes(t, s, mira, file, apitest.Decode[apitest.Diagram](t, a))
		case http.StatusUnprocessableEntity:
			e := a.Problem(t).Errors[0]
			counts[e.Code]++
			if e.Line < 1 || e.Column < 1 {
				t.Errorf("%s: no place in %+v", file.Name, e)
			}
			if e.Code == "xml_malformed" || e.Code == "invalid_utf8" {
				continue
			}
			c.URL += "&repair=true"
			c.Status = http.StatusCreated
			c.Name = file.Name + " with repair"
			mended := apitest.Decode[apitest.Diagram](t, s.Run(t, c))
			if len(mended.Repairs) == 0 {
				t.Errorf("%s: accepted with repair, and nothing was repaired", file.Name)
			}
			counts["repaired"]++
		default:
			t.Errorf("%s: status %d", file.Name, a.Status)
		}
	}
	t.Logf("%d files: %v", len(files), counts)
	if counts["repaired"] == 0 || counts["accepted"] < len(files)*9/10 {
		t.Errorf("of %d files: %v", len(files), counts)
	}
}

func checkSameBytes(t *testing.T, s *apitest.Server, p *apitest.Person, file material.File, d apitest.Diagram) {
	t.Helper()
	for _, w := range d.Warnings {
		if w.Code == "transcoded" {
			return
		}
	}
	back := s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/diagrams/" + d.ID + "/xml", As: p, Status: http.StatusOK})
	utf16 := bytes.HasPrefix(file.Content, []byte{0xff, 0xfe}) || bytes.HasPrefix(file.Content, []byte{0xfe, 0xff})
	if !utf16 && !bytes.Equal(back.Body, withoutMark(file.Content)) {
		t.Errorf("%s: the download is not what was sent", file.Name)
	}
}

func shortened(name string) string {
	if runes := []rune(name); len(runes) > 150 {
		return fmt.Sprintf("%s…", string(runes[:150]))
	}
	return name
}
