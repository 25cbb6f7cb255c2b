package apitest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// Operation is one operation of openapi.yaml.
type Operation struct {
	Method, Path, ID, Authz string
	QueryParameters         []string
}

// contract is openapi.yaml, ready to be held against answers.
type contract struct {
	// mu: the validator fills caches while it works.
	mu         sync.Mutex
	validator  validator.Validator
	operations []Operation
}

// theContract is read once for all tests of the package.
var theContract = sync.OnceValues(loadContract)

func loadContract() (*contract, error) {
	_, here, _, _ := runtime.Caller(0)
	source, err := os.ReadFile(filepath.Join(filepath.Dir(here), "..", "openapi.yaml"))
	if err != nil {
		return nil, err
	}
	document, err := libopenapi.NewDocument(source)
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	model, err := document.BuildV3Model()
	if err != nil {
		return nil, fmt.Errorf("build openapi.yaml: %w", err)
	}
	c := &contract{
		validator: validator.NewValidatorFromV3Model(&model.Model, config.WithFormatAssertions(), config.WithoutSecurityValidation()),
	}
	for path, item := range model.Model.Paths.PathItems.FromOldest() {
		for method, operation := range item.GetOperations().FromOldest() {
			c.operations = append(c.operations, describe(strings.ToUpper(method), path, item, operation))
		}
	}
	return c, nil
}

func describe(method, path string, item *v3.PathItem, operation *v3.Operation) Operation {
	o := Operation{Method: method, Path: path, ID: operation.OperationId}
	if authz, ok := operation.Extensions.Get("x-authz"); ok {
		o.Authz = authz.Value
	}
	for _, p := range slices.Concat(item.Parameters, operation.Parameters) {
		if p.In == "query" {
			o.QueryParameters = append(o.QueryParameters, p.Name)
		}
	}
	return o
}

// Operations gives all operations of openapi.yaml.
func Operations() ([]Operation, error) {
	c, err := theContract()
	if err != nil {
		return nil, err
	}
	return c.operations, nil
}

// checkAnswer gives what about an answer breaks the contract.
func checkAnswer(r *http.Request, a *Answer) []string {
	c, err := theContract()
	if err != nil {
		return []string{err.Error()}
	}
	faults := checkHeaders(r, a)
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	documented := c.has(method, r.URL.Path)
	switch {
	case documented && r.Method == http.MethodHead:
		// The headers were checked; there is no body to hold against anything.
	case documented:
		faults = append(faults, c.validate(r, a)...)
	case a.Status >= 300 && a.Status < 400:
		// The router mends paths, and unchanged files of the studio are 304.
	case isStudio(r.URL.Path) && a.Status == http.StatusOK:
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			faults = append(faults, "the studio answers "+r.Method)
		}
	case a.Status == http.StatusForbidden && r.Header.Get("Sec-Fetch-Site") == "cross-site":
		// Refused before anybody looked at the address.
	case a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed:
		faults = append(faults, "openapi.yaml has no such operation")
	case a.Header.Get("Content-Type") != "application/problem+json":
		faults = append(faults, "the router's refusal is no problem document")
	}
	return faults
}

// isStudio tells the addresses that openapi.yaml says nothing about: pages and files of the studio.
func isStudio(path string) bool {
	for _, prefix := range []string{"/api", "/problems", "/healthz", "/readyz", "/metrics", "/debug"} {
		if path == prefix || strings.HasPrefix(path, prefix+"/") {
			return false
		}
	}
	return true
}

// has tells whether there is an operation for the method and path.
func (c *contract) has(method, path string) bool {
	return slices.ContainsFunc(c.operations, func(o Operation) bool { return o.Method == method && matches(o.Path, path) })
}

func matches(template, path string) bool {
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && !(strings.HasPrefix(want[i], "{") && have[i] != "") {
			return false
		}
	}
	return true
}

// validate holds the answer against the document; where it is a success, the request too: what is
// accepted must be documented.
func (c *contract) validate(r *http.Request, a *Answer) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	again := r.Clone(r.Context())
	again.Body = http.NoBody
	response := &http.Response{StatusCode: a.Status, Header: a.Header, Body: io.NopCloser(bytes.NewReader(plain(a))), Request: again}
	ok, errs := c.validator.ValidateHttpResponse(again, response)
	var faults []string
	if !ok {
		for _, e := range errs {
			faults = append(faults, e.Error())
		}
	}
	if a.Status >= 300 {
		if (a.Status == http.StatusNotModified) && len(a.Body) > 0 {
			faults = append(faults, "304 with a body")
		}
		return faults
	}
	if r.GetBody != nil {
		var err error
		if again.Body, err = r.GetBody(); err != nil {
			return append(faults, err.Error())
		}
	}
	if ok, errs := c.validator.ValidateHttpRequestSync(again); !ok {
		for _, e := range errs {
			faults = append(faults, "accepted, though the document has no such request: "+e.Error())
		}
	}
	return faults
}

// checkHeaders checks what every single answer must have.
func checkHeaders(r *http.Request, a *Answer) []string {
	var faults []string
	want := func(name string, ok func(string) bool) {
		if value := a.Header.Get(name); !ok(value) {
			faults = append(faults, fmt.Sprintf("header %s is %q", name, value))
		}
	}
	is := func(text string) func(string) bool { return func(value string) bool { return value == text } }
	has := func(parts ...string) func(string) bool {
		return func(value string) bool {
			return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(value, part) })
		}
	}
	want("X-Request-Id", func(v string) bool { return v != "" && len(v) <= 128 })
	want("X-Content-Type-Options", is("nosniff"))
	want("Referrer-Policy", is("no-referrer"))
	want("Cross-Origin-Opener-Policy", is("same-origin"))
	want("Cross-Origin-Resource-Policy", is("same-origin"))
	want("Cache-Control", func(v string) bool { return v != "" })
	download := strings.HasSuffix(r.URL.Path, "/xml") || strings.HasSuffix(r.URL.Path, "/export")
	switch {
	case download && a.Status == http.StatusOK:
		want("Content-Security-Policy", is("sandbox; default-src 'none'"))
		want("Content-Disposition", has("attachment"))
	case strings.HasSuffix(r.URL.Path, "/thumbnail.svg") && a.Status == http.StatusOK:
		want("Content-Security-Policy", is("sandbox; default-src 'none'"))
	default:
		want("Content-Security-Policy", has("default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"))
	}
	private := strings.HasPrefix(r.URL.Path, "/api/diagrams") || strings.HasPrefix(r.URL.Path, "/api/auth") || r.URL.Path == "/api/me"
	if private || a.Status >= 400 {
		want("Cache-Control", has("private"))
		if a.Header.Get("ETag") == "" || a.Status >= 400 {
			want("Cache-Control", has("no-store"))
		}
	}
	if a.Status >= 400 && a.Header.Get("ETag") != "" {
		faults = append(faults, "an error has an entity tag")
	}
	if (a.Status == http.StatusServiceUnavailable || a.Status == http.StatusTooManyRequests) && a.Header.Get("Retry-After") == "" {
		faults = append(faults, "there is no Retry-After")
	}
	return faults
}
