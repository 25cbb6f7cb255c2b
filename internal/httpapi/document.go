package httpapi

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

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

// operationNames gives the names of all operations in the document, by method and path. They are what logs,
// metrics and traces call them.
func operationNames() map[string]string {
	body, err := embedded.ReadFile("openapi.json")
	if err != nil {
		panic(fmt.Sprintf("read openapi.json: %v", err)) // it is embedded
	}
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(body, &document); err != nil {
		panic(fmt.Sprintf("read openapi.json: %v", err)) // a test makes it
	}
	names := make(map[string]string)
	for path, operations := range document.Paths {
		for method, raw := range operations {
			var o struct {
				OperationID string `json:"operationId"`
			}
			if json.Unmarshal(raw, &o) == nil && o.OperationID != "" { // beside the methods stand parameters, which are a list
				names[strings.ToUpper(method)+" "+path] = o.OperationID
			}
		}
	}
	return names
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
