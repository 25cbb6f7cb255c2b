package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"laneway/internal/httpapi/apitest"
)

const nothingDrawn = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="D" targetNamespace="urn:t"><process id="P"><task id="T"/></process></definitions>`

func TestThumbnail(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	viewer := s.Join(t, s.SignUp(t, "vera"), mira, "viewer")
	d := s.Create(t, mira, "Harbour", apitest.Document("Unload"))
	base := "/api/diagrams/" + d.ID
	for _, as := range []*apitest.Person{mira, mira, viewer} { // drawn once, and what is kept is the same
		for _, url := range []string{base + "/thumbnail.svg", base + "/thumbnail.svg?version=1"} {
			s.Run(t, apitest.Scenario{Method: "GET", URL: url, As: as, Status: 200, Want: []string{`<rect x="100" y="100" width="100" height="80" rx="10"`}, WantHeaders: map[string]string{"ETag": `"1-thumbnail"`}})
		}
	}
	otto := s.SignUp(t, "otto")
	s.Run(t, apitest.Scenario{Name: "of another organization", Method: "GET", URL: base + "/thumbnail.svg?version=1", As: otto, Status: 404, Kind: "not-found"})
	storeNext(t, s, mira, d.ID, nothingDrawn, 1)
	if d.ThumbnailURL == nil || *d.ThumbnailURL != base+"/thumbnail.svg?version=1" {
		t.Fatalf("thumbnail %v", d.ThumbnailURL)
	}
	// What an <img> sends: the cookie, and no header that names the organization.
	bare := *viewer
	bare.NamesOrganization = false
	named := "&organization=" + mira.OrganizationID
	s.RunAll(t, []apitest.Scenario{
		{Name: "a version, for good", Method: "GET", URL: *d.ThumbnailURL, As: mira, Status: 200,
			Want: []string{`<svg xmlns="http://www.w3.org/2000/svg"`, `<rect x="100" y="100" width="100" height="80" rx="10"`}, Not: []string{"Unload"},
			WantHeaders: map[string]string{"Content-Type": "image/svg+xml", "ETag": `"1-thumbnail"`, "Cache-Control": "private, max-age=31536000, immutable",
				"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff", "Content-Disposition": ""}},
		{Name: "nothing drawn: a neutral sheet", Method: "GET", URL: base + "/thumbnail.svg?version=2", As: mira, Status: 200,
			Want: []string{`viewBox="0 0 160 90"`}, Not: []string{"data-element-id"}},
		{Name: "the current one, for now", Method: "GET", URL: base + "/thumbnail.svg", As: mira, Status: 200,
			WantHeaders: map[string]string{"ETag": `"2-thumbnail"`, "Cache-Control": "private, no-cache"}},
		{Name: "one that the browser has", Method: "GET", URL: *d.ThumbnailURL, As: mira, Status: 304, Headers: map[string]string{"If-None-Match": `"1-thumbnail"`}},
		{Name: "the current one that it has", Method: "GET", URL: base + "/thumbnail.svg", As: mira, Status: 304, Headers: map[string]string{"If-None-Match": `"2-thumbnail"`}},
		{Name: "the organization in the query", Method: "GET", URL: *d.ThumbnailURL + named, As: &bare, Status: 200},
		{Name: "another one in the query", Method: "GET", URL: *d.ThumbnailURL + "&organization=" + missing, As: viewer, Status: 404, Kind: "not-found"},
		{Name: "without it, one's own", Method: "GET", URL: *d.ThumbnailURL, As: &bare, Status: 404, Kind: "not-found"},
		{Name: "a version that is not there", Method: "GET", URL: base + "/thumbnail.svg?version=3", As: mira, Status: 404, Kind: "not-found"},
		{Name: "a version that is not there, named as one that the browser has", Method: "GET", URL: base + "/thumbnail.svg?version=3", As: mira, Status: 404,
			Headers: map[string]string{"If-None-Match": `"3-thumbnail"`}},
		{Name: "no number", Method: "GET", URL: base + "/thumbnail.svg?version=01", As: mira, Status: 422, Reason: "out_of_range"},
		{Name: "the organization in the query elsewhere", Method: "GET", URL: base + "?organization=" + mira.OrganizationID, As: mira, Status: 422, Reason: "unknown_parameter"},
		{Name: "signed out", Method: "GET", URL: *d.ThumbnailURL, Status: 401},
		{Name: "into the trash", Method: "DELETE", URL: base, As: mira, Status: 204},
		{Name: "in the trash", Method: "GET", URL: *d.ThumbnailURL, As: mira, Status: 404, Reason: "trashed"},
		{Name: "no address there", Method: "GET", URL: "/api/diagrams?trashed=true", As: mira, Status: 200, Want: []string{`"thumbnailUrl":null`}},
	})
}

func TestExport(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	d := s.Create(t, mira, "Hafen & Kai", apitest.Document("Unload"))
	storeNext(t, s, mira, d.ID, nothingDrawn, 1)
	base := "/api/diagrams/" + d.ID + "/export"
	s.RunAll(t, []apitest.Scenario{
		{Name: "a picture", Method: "GET", URL: base + "?format=svg&version=1", As: mira, Status: 200,
			Want: []string{`data-element-id="Task_1"`, ">Unload</text>"},
			WantHeaders: map[string]string{"Content-Type": "image/svg+xml", "ETag": `"1-svg"`, "Laneway-Scale": "1", "Cache-Control": "private, max-age=31536000, immutable",
				"Content-Disposition": `attachment; filename="Hafen & Kai.svg"; filename*=UTF-8''Hafen%20&%20Kai.svg`, "Content-Security-Policy": "sandbox; default-src 'none'"}},
		{Name: "the document", Method: "GET", URL: base + "?format=bpmn", As: mira, Status: 200, Want: []string{nothingDrawn},
			WantHeaders: map[string]string{"Content-Type": "application/bpmn+xml", "ETag": `"2-bpmn"`, "Cache-Control": "private, no-cache"}},
		{Name: "nothing drawn", Method: "GET", URL: base + "?format=svg", As: mira, Status: 422, Kind: "invalid", Reason: "no_diagram"},
		{Name: "as the browser has it", Method: "GET", URL: base + "?format=svg&version=1", As: mira, Status: 304, Headers: map[string]string{"If-None-Match": `"1-svg"`}},
		{Name: "a PNG", Method: "GET", URL: base + "?format=png&version=1&scale=2", As: mira, Status: 200, Want: []string{"\x89PNG"},
			WantHeaders: map[string]string{"Content-Type": "image/png", "ETag": `"1-png-2"`, "Laneway-Scale": "2", "Content-Disposition": `attachment; filename="Hafen & Kai.png"; filename*=UTF-8''Hafen%20&%20Kai.png`}},
		{Name: "a PDF", Method: "GET", URL: base + "?format=pdf&version=1&paper=a4", As: mira, Status: 200, Want: []string{"%PDF-1."},
			WantHeaders: map[string]string{"Content-Type": "application/pdf", "ETag": `"1-pdf-a4"`, "Laneway-Scale": "", "Cache-Control": "private, max-age=31536000, immutable"}},
		{Name: "no PNG of nothing", Method: "GET", URL: base + "?format=png", As: mira, Status: 422, Reason: "no_diagram"},
		{Name: "another scale", Method: "GET", URL: base + "?format=png&scale=3", As: mira, Status: 422, Reason: "out_of_range"},
		{Name: "no scale", Method: "GET", URL: base + "?format=png&scale=", As: mira, Status: 422, Reason: "out_of_range"},
		{Name: "the scale of an SVG", Method: "GET", URL: base + "?format=svg&scale=2", As: mira, Status: 422, Reason: "out_of_range"},
		{Name: "another paper", Method: "GET", URL: base + "?format=pdf&paper=a5", As: mira, Status: 422, Reason: "out_of_range"},
		{Name: "another format", Method: "GET", URL: base + "?format=gif", As: mira, Status: 422, Reason: "out_of_range"},
		{Name: "no format", Method: "GET", URL: base, As: mira, Status: 422, Reason: "required"},
	})
}

// What would be too large is made smaller, and the answer says so.
func TestExportTooLarge(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	wide := s.Create(t, mira, "Wide", strings.Replace(apitest.Document("Unload"), `width="100"`, `width="32758"`, 1))
	export := func(id, query string) string { return "/api/diagrams/" + id + "/export?version=1&format=" + query }
	s.RunAll(t, []apitest.Scenario{
		{Name: "a wide SVG", Method: "GET", URL: export(wide.ID, "svg"), As: mira, Status: 200,
			Want: []string{`width="16384" height="45"`, `viewBox="95 95 32768 90"`}, WantHeaders: map[string]string{"Laneway-Scale": "0.5"}},
		{Name: "a wide PNG", Method: "GET", URL: export(wide.ID, "png&scale=4"), As: mira, Status: 200,
			Want: []string{"\x89PNG", "IHDR\x00\x00\x40\x00"}, WantHeaders: map[string]string{"Laneway-Scale": "0.5"}},
	})
}

// Nobody waits for a PNG longer than the deadline; what takes no rasteriser is not held up.
func TestExportDeadline(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{PictureDeadline: time.Nanosecond})
	mira := s.SignUp(t, "mira")
	d := s.Create(t, mira, "Harbour", apitest.Document("Unload"))
	s.RunAll(t, []apitest.Scenario{
		{Name: "a PNG", Method: "GET", URL: "/api/diagrams/" + d.ID + "/export?format=png", As: mira, Status: 503, Kind: "unavailable"},
		{Name: "a PDF", Method: "GET", URL: "/api/diagrams/" + d.ID + "/export?format=pdf", As: mira, Status: 200},
		{Name: "an SVG", Method: "GET", URL: "/api/diagrams/" + d.ID + "/export?format=svg", As: mira, Status: 200},
	})
}

// Hostile names come out as text, in pictures as everywhere.
func TestPictureOfMarkup(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	d := s.Create(t, mira, "Markup", apitest.Document("&lt;script&gt;alert(1)&lt;/script&gt;"))
	a := s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/diagrams/" + d.ID + "/export?format=svg", As: mira, Status: 200})
	if strings.Contains(string(a.Body), "<script") || !strings.Contains(string(a.Body), "&lt;script&gt;") {
		t.Errorf("picture %s", a.Body)
	}
}
