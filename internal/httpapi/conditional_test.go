package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"laneway/internal/httpapi/apitest"
)

func TestConditionalReads(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, foreign := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	d := s.Create(t, mira, "Harbour", apitest.Document("Unload"))
	one, xml := "/api/diagrams/"+d.ID, "/api/diagrams/"+d.ID+"/xml"
	for name, c := range map[string]struct {
		tags   string
		status int
	}{
		"the current tag":            {`"1"`, 304},
		"weakened on the way":        {`W/"1"`, 304},
		"in a list":                  {`"7", W/"9", "1"`, 304},
		"anything":                   {`*`, 304},
		"an older tag":               {`"0"`, 200},
		"another tag":                {`"2"`, 200},
		"a tag without quotes":       {`1`, 200},
		"a longer number":            {`"01"`, 200},
		"nonsense":                   {`"`, 200},
		"two tags, neither current":  {`"2", "3"`, 200},
		"empty":                      {` `, 200},
		"a number beyond all bounds": {`"99999999999999999999"`, 200},
	} {
		t.Run(name, func(t *testing.T) {
			for _, url := range []string{one, xml} {
				a := s.Run(t, apitest.Scenario{
					Method: "GET", URL: url, As: mira, Status: c.status, Headers: map[string]string{"If-None-Match": c.tags},
					WantHeaders: map[string]string{"ETag": `"1"`, "Cache-Control": "private, no-cache"},
				})
				if c.status == 200 && len(a.Body) == 0 {
					t.Error("an empty answer")
				}
			}
		})
	}
	current := map[string]string{"If-None-Match": `"1"`}
	s.RunAll(t, []apitest.Scenario{
		{Name: "who may not read learns nothing from a tag", Method: "GET", URL: one, As: foreign, Headers: current, Status: 404},
		{Name: "nor does nobody", Method: "GET", URL: one, Headers: map[string]string{"If-None-Match": "*"}, Status: 401},
		{Name: "nor the list to nobody", Method: "GET", URL: "/api/diagrams", Headers: map[string]string{"If-None-Match": "*"}, Status: 401},
		{Name: "HEAD has the headers alone", Method: "HEAD", URL: one, As: mira, Status: 200, WantHeaders: map[string]string{"ETag": `"1"`}},
		{Name: "HEAD of the file", Method: "HEAD", URL: xml, As: mira, Status: 200},
	})

	s.Run(t, apitest.Scenario{Method: "PUT", URL: one, As: mira, Body: `{"title":"Harbour 2","expectedVersion":1}`, Status: 200, WantHeaders: map[string]string{"ETag": `"2"`}})
	s.Run(t, apitest.Scenario{Name: "after a save the old tag is old", Method: "GET", URL: one, As: mira, Headers: current, Status: 200, WantHeaders: map[string]string{"ETag": `"2"`}})

	s.Run(t, apitest.Scenario{Method: "DELETE", URL: one, As: mira, Status: 204})
	s.Run(t, apitest.Scenario{Name: "in the trash no tag helps", Method: "GET", URL: one, As: mira, Headers: map[string]string{"If-None-Match": "*"}, Status: 404, Reason: "trashed"})
}

func TestListTag(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	list := apitest.Scenario{Method: "GET", URL: "/api/diagrams", As: mira, Status: 200}
	empty := s.Run(t, list).Header.Get("ETag")
	d := s.Create(t, mira, "Harbour", apitest.Document("Unload"))
	first := s.Run(t, list).Header.Get("ETag")
	if empty == first || first != s.Run(t, list).Header.Get("ETag") {
		t.Errorf("the tags are %s for nothing and %s for one diagram", empty, first)
	}
	list.Headers, list.Status = map[string]string{"If-None-Match": first}, 304
	s.Run(t, list)
	s.Run(t, apitest.Scenario{Method: "PUT", URL: "/api/diagrams/" + d.ID, As: mira, Body: `{"title":"Harbour 2","expectedVersion":1}`, Status: 200})
	list.Status = 200
	s.Run(t, list)
}

// If-Match and expectedVersion say the same thing in two places.
func TestExpectedVersion(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	d := s.Create(t, mira, "Harbour", apitest.Document("Unload"))
	put := func(name, ifMatch, body string, status int, reason string) apitest.Scenario {
		return apitest.Scenario{
			Name: name, Method: "PUT", URL: "/api/diagrams/" + d.ID, As: mira, Body: body, Status: status, Reason: reason,
			Headers: map[string]string{"If-Match": ifMatch},
		}
	}
	s.RunAll(t, []apitest.Scenario{
		put("neither", "", `{"title":"A"}`, 428, ""),
		put("both and different", `"2"`, `{"title":"A","expectedVersion":1}`, 422, "contradiction"),
		put("any", `*`, `{"title":"A"}`, 422, "invalid_version"),
		put("weak", `W/"1"`, `{"title":"A"}`, 422, "invalid_version"),
		put("several", `"1", "2"`, `{"title":"A"}`, 422, "invalid_version"),
		put("no tag", `1`, `{"title":"A"}`, 422, "invalid_version"),
		put("zero", `"0"`, `{"title":"A"}`, 422, "invalid_version"),
		put("a leading zero", `"01"`, `{"title":"A"}`, 422, "invalid_version"),
		put("the header alone", `"1"`, `{"title":"A"}`, 200, ""),
		put("both and equal", `"2"`, `{"title":"B","expectedVersion":2}`, 200, ""),
		put("the body alone", "", `{"title":"C","expectedVersion":3}`, 200, ""),
		put("stale in the header", `"2"`, `{"title":"D"}`, 409, ""),
		put("from the future", "", `{"title":"D","expectedVersion":9}`, 409, ""),
	})
	if n := s.Count(t, "diagram_versions"); n != 4 {
		t.Errorf("%d versions, want 4", n)
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	d := s.Create(t, mira, "Harbour", apitest.Document(strings.Repeat("Unload ", 100)))
	for _, url := range []string{"/api/diagrams/" + d.ID, "/api/diagrams/" + d.ID + "/xml", "/api/openapi.json", "/api/openapi.yaml", "/api/docs/docs.js"} {
		t.Run(url, func(t *testing.T) {
			whole := s.Run(t, apitest.Scenario{Method: "GET", URL: url, As: mira, Status: 200})
			small := s.Run(t, apitest.Scenario{Method: "GET", URL: url, As: mira, Status: 200, Headers: map[string]string{"Accept-Encoding": "gzip, br"},
				WantHeaders: map[string]string{"Content-Encoding": "gzip", "ETag": whole.Header.Get("ETag")}})
			r, err := gzip.NewReader(bytes.NewReader(small.Body))
			if err != nil {
				t.Fatal(err)
			}
			if back, err := io.ReadAll(r); err != nil || !bytes.Equal(back, whole.Body) {
				t.Errorf("unpacked it is not the same: %v", err)
			}
			if whole.Header.Get("Content-Encoding") != "" || len(small.Body) >= len(whole.Body) {
				t.Errorf("%d bytes compressed, %d plain", len(small.Body), len(whole.Body))
			}
			if small.Header.Get("Vary") == "" {
				t.Error("no Vary")
			}
		})
	}
	a := s.Run(t, apitest.Scenario{Name: "small answers stay as they are", Method: "GET", URL: "/api/me", As: mira, Status: 200, Headers: map[string]string{"Accept-Encoding": "gzip"}})
	if a.Header.Get("Content-Encoding") != "" {
		t.Errorf("an answer of %d bytes is compressed", len(a.Body))
	}
}

// Refused uploads are answered while the client still sends; it must get the answer all the same.
func TestRefusalsReachUploaders(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	large := bytes.Repeat([]byte("x"), 20<<20)
	document := map[string]string{"Content-Type": "application/bpmn+xml"}
	for range 2 {
		s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/diagrams?title=a", Bytes: large, Headers: document, Status: http.StatusUnauthorized})
		s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/diagrams?title=a", As: mira, Bytes: large, Headers: document, Status: http.StatusRequestEntityTooLarge, Reason: "too_large"})
		s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/diagrams", As: mira, Bytes: large, Headers: map[string]string{"Content-Type": "application/json"}, Status: http.StatusRequestEntityTooLarge, Reason: "too_large"})
		s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/diagrams?title=a", As: mira, Bytes: large, Headers: map[string]string{"Content-Type": "text/xml"}, Status: http.StatusUnsupportedMediaType})
		s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/nothing", As: mira, Bytes: large, Headers: document, Status: http.StatusNotFound})
	}
}
