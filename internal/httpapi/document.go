package httpapi

import (
	"bytes"
	"embed"
	"fmt"
	"net/http"

	"laneway"
)

// The description of the API and the page that shows it. openapi.json is made from openapi.yaml by
// a test, which fails where they differ.
//
//go:embed openapi.yaml openapi.json docs
var embedded embed.FS

// document is a file of the API's description, ready to be sent.
type document struct {
	contentType, tag string
	body             []byte
}

// loadDocuments gives the documents by address. The release that serves them stands in them.
func loadDocuments(version string) map[string]*document {
	names := map[string]string{
		"/api/openapi.json":  "openapi.json",
		"/api/openapi.yaml":  "openapi.yaml",
		"/api/docs":          "docs/docs.html",
		"/api/docs/docs.js":  "docs/docs.js",
		"/api/docs/docs.css": "docs/docs.css",
	}
	documents := make(map[string]*document, len(names))
	for address, name := range names {
		body, err := embedded.ReadFile(name)
		if err != nil {
			panic(fmt.Sprintf("read %s: %v", name, err)) // all names are embedded
		}
		body = bytes.ReplaceAll(body, []byte("{{release}}"), []byte(version))
		contentType := contentTypeOf(name)
		if contentType == "application/octet-stream" {
			contentType = "application/yaml"
		}
		documents[address] = &document{contentType: contentType, tag: etagOf(body), body: body}
	}
	return documents
}

// getDocument sends one of them, whichever the address names.
func (s *server) getDocument(w http.ResponseWriter, r *request) error {
	d, ok := s.documents[r.URL.Path]
	if !ok {
		return laneway.Errorf(laneway.NotFound, "There is nothing at this address.")
	}
	h := w.Header()
	h.Set("ETag", d.tag)
	h.Set("Cache-Control", "no-cache")
	if notModified(r.Request, d.tag) {
		writeNotModified(w)
		return nil
	}
	h.Set("Content-Type", d.contentType)
	writeBody(w, http.StatusOK, d.body)
	return nil
}
