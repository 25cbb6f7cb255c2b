package httpapi_test

import (
	"testing"

	"laneway/internal/httpapi/apitest"
)

func TestStudioFiles(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	page := []string{"<title>Laneway</title>"}
	fresh := map[string]string{"Cache-Control": "no-cache", "Content-Type": "text/html; charset=utf-8"}
	const script = "/assets/main-1a2b3c.js"
	coding := func(accept string) map[string]string { return map[string]string{"Accept-Encoding": accept} }
	kept := func(encoding string) map[string]string {
		return map[string]string{"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": "text/javascript; charset=utf-8", "Content-Encoding": encoding}
	}
	s.RunAll(t, []apitest.Scenario{
		{Method: "GET", URL: "/", Status: 200, Want: page, WantHeaders: fresh},
		{Method: "GET", URL: "/index.html", Status: 200, Want: page, WantHeaders: fresh},
		{Name: "a page of the studio", Method: "GET", URL: "/o/018f0000-0000-7000-8000-000000000000/diagrams/x", Status: 200, Want: page, WantHeaders: fresh},
		{Name: "with a query", Method: "GET", URL: "/sign-in?next=%2F", Status: 200, Want: page},
		{Name: "below no parent folder", Method: "GET", URL: "/o/%2e%2e/%2e%2e/etc/passwd", Status: 200, Want: page},
		{Name: "a name that begins like the API", Method: "GET", URL: "/apiary", Status: 200, Want: page},
		{Method: "GET", URL: "/favicon.svg", Status: 200, WantHeaders: map[string]string{"Content-Type": "image/svg+xml", "Cache-Control": "no-cache"}},
		{Name: "plain", Method: "GET", URL: script, Status: 200, Want: []string{"console.log"}, WantHeaders: kept("")},
		{Name: "gzip", Method: "GET", URL: script, Headers: coding("gzip"), Status: 200, Want: []string{"compressed by gzip"}, WantHeaders: kept("gzip")},
		{Name: "brotli first", Method: "GET", URL: script, Headers: coding("gzip, deflate, br, zstd"), Status: 200, Want: []string{"compressed by brotli"}, WantHeaders: kept("br")},
		{Name: "brotli refused", Method: "GET", URL: script, Headers: coding("br;q=0, gzip;q=0.5"), Status: 200, WantHeaders: kept("gzip")},
		{Name: "anything", Method: "GET", URL: script, Headers: coding("*"), Status: 200, WantHeaders: kept("br")},
		{Name: "anything but", Method: "GET", URL: script, Headers: coding("*, br;q=0"), Status: 200, WantHeaders: kept("gzip")},
		{Name: "nothing", Method: "GET", URL: script, Headers: coding("identity, *;q=0"), Status: 200, WantHeaders: kept("")},
		{Name: "its compressed form is no address of its own", Method: "GET", URL: script + ".br", Status: 404, Kind: "not-found"},
		{Name: "a part of an older release", Method: "GET", URL: "/assets/main-000000.js", Status: 404, Kind: "not-found"},
		{Name: "HEAD", Method: "HEAD", URL: script, Status: 200, WantHeaders: kept("")},
		{Name: "POST", Method: "POST", URL: "/", Body: "{}", Status: 405, Kind: "method-not-allowed", WantHeaders: map[string]string{"Allow": "GET, HEAD"}},
		{Name: "DELETE", Method: "DELETE", URL: script, Status: 405, Kind: "method-not-allowed"},
	})
	plain := s.Run(t, apitest.Scenario{Method: "GET", URL: script, Status: 200}).Header.Get("ETag")
	brotli := s.Run(t, apitest.Scenario{Method: "GET", URL: script, Headers: coding("br"), Status: 200}).Header.Get("ETag")
	if plain == brotli || plain == "" {
		t.Errorf("the tags are %s plain and %s compressed", plain, brotli)
	}
	index := s.Run(t, apitest.Scenario{Method: "GET", URL: "/", Status: 200}).Header.Get("ETag")
	s.RunAll(t, []apitest.Scenario{
		{Name: "unchanged", Method: "GET", URL: "/any/page", Headers: map[string]string{"If-None-Match": index}, Status: 304},
		{Name: "unchanged and compressed", Method: "GET", URL: script, Headers: map[string]string{"If-None-Match": brotli, "Accept-Encoding": "br"}, Status: 304},
		{Name: "the plain tag does not fit the compressed form", Method: "GET", URL: script, Headers: map[string]string{"If-None-Match": plain, "Accept-Encoding": "br"}, Status: 200},
	})
}

func TestDocumentation(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	s.RunAll(t, []apitest.Scenario{
		{Method: "GET", URL: "/api/openapi.json", Status: 200, Want: []string{`"openapi": "3.1.0"`}, WantHeaders: map[string]string{"Content-Type": "application/json"}},
		{Method: "GET", URL: "/api/openapi.yaml", Status: 200, Want: []string{"openapi: 3.1.0"}},
		{Method: "GET", URL: "/api/docs", Status: 200, Want: []string{"/api/docs/docs.js", "Release test"}, Not: []string{"https://", "http://", "onclick", "{{"}},
		{Method: "GET", URL: "/api/docs/docs.js", Status: 200, Not: []string{"innerHTML", "https://"}, WantHeaders: map[string]string{"Content-Type": "text/javascript; charset=utf-8"}},
		{Method: "GET", URL: "/api/docs/docs.css", Status: 200, Want: []string{"prefers-color-scheme: dark"}, Not: []string{"url("}},
		{Method: "GET", URL: "/api/docs/docs.html", Status: 404},
		{Method: "GET", URL: "/api/docs/..%2fopenapi.json", Status: 404},
		{Method: "GET", URL: "/problems/not-found", Status: 200, Want: []string{"<h1>Not found</h1>", "404"}, WantHeaders: map[string]string{"Content-Type": "text/html; charset=utf-8"}},
		{Name: "as JSON", Method: "GET", URL: "/problems/quota-exceeded", Headers: map[string]string{"Accept": "application/json"}, Status: 200, Want: []string{`"status":403`, `"kind":"quota-exceeded"`}},
		{Name: "as a browser asks", Method: "GET", URL: "/problems/invalid", Headers: map[string]string{"Accept": "text/html,application/xhtml+xml,application/json;q=0.9"}, Status: 200, Want: []string{"<h1>"}},
		{Method: "GET", URL: "/problems/nothing", Status: 404, Kind: "not-found"},
		{Method: "GET", URL: "/problems/%3Cscript%3E", Status: 404, Not: []string{"<script>"}},
		{Method: "GET", URL: "/api/openapi.json?x=1", Status: 422, Reason: "unknown_parameter"},
	})
	tag := s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/openapi.json", Status: 200}).Header.Get("ETag")
	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/openapi.json", Headers: map[string]string{"If-None-Match": tag}, Status: 304})
}
