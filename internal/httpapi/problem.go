package httpapi

import (
	"context"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"laneway"
	"laneway/internal/platform"
)

// kindInfo is what HTTP clients and people are told about one kind of error.
type kindInfo struct {
	status         int
	title, meaning string
}

// describeKind is the one table from kind to status. What is not in it is Internal.
func describeKind(kind laneway.Kind) (kindInfo, bool) {
	switch kind {
	case laneway.Malformed:
		return kindInfo{http.StatusBadRequest, "Malformed request",
			"The body is not valid JSON, goes on after the JSON value, or names a key twice. The detail says in which line and column."}, true
	case laneway.Unauthenticated:
		return kindInfo{http.StatusUnauthorized, "Not signed in",
			"There is no session, or it has ended. Sign in and try again. At sign-in: address and password do not fit together."}, true
	case laneway.Forbidden:
		return kindInfo{http.StatusForbidden, "Not allowed",
			"Your role in the organization does not allow this, the request came from another web site, or the address is not safe to sign in on. The detail says which."}, true
	case laneway.QuotaExceeded:
		return kindInfo{http.StatusForbidden, "Plan is full",
			"The organization has as many diagrams as its plan allows. Move some to the trash, or ask for a larger plan."}, true
	case laneway.NotFound:
		return kindInfo{http.StatusNotFound, "Not found",
			"There is nothing here, or it belongs to an organization that you are not a member of. The code trashed means that it lies in the trash and can be restored."}, true
	case methodNotAllowed:
		return kindInfo{http.StatusMethodNotAllowed, "Method not allowed",
			"This address exists, but not with this method. The Allow header lists those that it has."}, true
	case laneway.Conflict:
		return kindInfo{http.StatusConflict, "Conflict",
			"Somebody saved meanwhile: load the current version, let the save be merged, or, where conflicts are listed, decide them. Or a request with the same Idempotency-Key is still under way."}, true
	case laneway.TooLarge:
		return kindInfo{http.StatusRequestEntityTooLarge, "Too large",
			"A document may have 5 MiB, a JSON body with documents 16 MiB, any other body 1 MiB."}, true
	case laneway.UnsupportedMediaType:
		return kindInfo{http.StatusUnsupportedMediaType, "Unsupported media type",
			"Send application/json, or application/bpmn+xml where the address takes a file, and without Content-Encoding."}, true
	case laneway.Invalid:
		return kindInfo{http.StatusUnprocessableEntity, "Invalid",
			"The request was understood, and something in it can't be accepted. Each entry of errors names a field, a code and what is wrong."}, true
	case laneway.VersionRequired:
		return kindInfo{http.StatusPreconditionRequired, "Version required",
			"A save must say which version it was made on, with expectedVersion or If-Match, so that it can't overwrite what somebody else saved."}, true
	case laneway.BaselineRequired:
		return kindInfo{http.StatusPreconditionRequired, "Baseline required",
			"The server does not have the document that baselineHash names, or not any more. Send it as baselineXml."}, true
	case laneway.RateLimited:
		return kindInfo{http.StatusTooManyRequests, "Too many requests",
			"Wait for the number of seconds in Retry-After, then try again."}, true
	case laneway.Internal:
		return kindInfo{http.StatusInternalServerError, "Internal error",
			"A fault of the server. Nothing was changed unless told otherwise. Its log has more under the request id, which stands in instance."}, true
	case laneway.Unavailable:
		return kindInfo{http.StatusServiceUnavailable, "Temporarily unavailable",
			"The server can't reach its database, or has too much to do. Try again after the number of seconds in Retry-After; a save can be repeated as it was."}, true
	case laneway.StorageFull:
		return kindInfo{http.StatusInsufficientStorage, "Storage full",
			"The server has no room to store this. Nothing was changed; tell the operator."}, true
	default:
		return kindInfo{}, false
	}
}

// methodNotAllowed is the router's own kind: it says something about an address, not about the
// product, so it is not among the domain's kinds.
const methodNotAllowed laneway.Kind = "method-not-allowed"

// defaultRetryAfter stands in a 503 or 429 that says nothing itself.
const defaultRetryAfter = 2 * time.Second

type problemJSON struct {
	Type            string           `json:"type"`
	Title           string           `json:"title"`
	Status          int              `json:"status"`
	Detail          string           `json:"detail,omitempty"`
	Instance        string           `json:"instance"`
	Errors          []fieldErrorJSON `json:"errors,omitempty"`
	CurrentVersion  *int64           `json:"currentVersion,omitempty"`
	ExpectedVersion *int64           `json:"expectedVersion,omitempty"`
	DraftID         *string          `json:"draftId,omitempty"`
	Conflicts       []conflictJSON   `json:"conflicts,omitempty"`
}

type fieldErrorJSON struct {
	Field     string `json:"field"`
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	ElementID string `json:"elementId,omitempty"`
	Line      int    `json:"line,omitempty"`
	Column    int    `json:"column,omitempty"`
}

// fail answers err as a problem document and logs it where it is the server's fault.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	x := exchangeOf(r.Context())
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		// The client has gone away; nobody reads this answer, and it is no fault of ours.
		x.gone = true
		err = &laneway.Error{Kind: laneway.Unavailable, Cause: err}
	}
	problem, ok := errors.AsType[*laneway.Error](err)
	if !ok {
		problem = &laneway.Error{Kind: laneway.Internal, Cause: err}
	}
	info, ok := describeKind(problem.Kind)
	if !ok {
		problem = &laneway.Error{Kind: laneway.Internal, Cause: err}
		info, _ = describeKind(laneway.Internal)
	}
	if problem.Kind == laneway.Internal {
		s.log.LogAttrs(r.Context(), slog.LevelError, "request failed", append(x.attrs(), slog.String("kind", string(problem.Kind)), slog.Any("error", err))...)
		problem = &laneway.Error{Kind: laneway.Internal}
	} else if problem.Cause != nil {
		s.log.LogAttrs(r.Context(), slog.LevelWarn, "request refused", append(x.attrs(), slog.String("kind", string(problem.Kind)), slog.Any("error", err))...)
	}

	h := w.Header()
	// Headers that a handler set for the answer it meant to give do not fit this one.
	for _, name := range []string{"ETag", "Location", "Laneway-Seq", "X-Cache", "Content-Disposition"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "private, no-store")
	switch problem.Kind {
	case laneway.Unauthenticated:
		h.Set("WWW-Authenticate", `Bearer realm="laneway", Cookie realm="laneway"`)
	case laneway.Unavailable, laneway.RateLimited:
		wait := problem.RetryAfter
		if wait <= 0 {
			wait = defaultRetryAfter
		}
		h.Set("Retry-After", retryAfter(wait))
	default:
		if problem.RetryAfter > 0 {
			h.Set("Retry-After", retryAfter(problem.RetryAfter))
		}
	}
	body := problemJSON{
		Type:     "/problems/" + string(problem.Kind),
		Title:    info.title,
		Status:   info.status,
		Detail:   problem.Detail,
		Instance: x.id,
	}
	for _, f := range problem.Fields {
		body.Errors = append(body.Errors, fieldErrorJSON(f))
	}
	if v := problem.Versions; v != nil {
		body.CurrentVersion, body.ExpectedVersion = &v.Current, &v.Expected
	}
	if u, ok := errors.AsType[*platform.Undecided](err); ok {
		body.DraftID, body.Conflicts = idOrNull(u.DraftID), toConflictsJSON(u.Conflicts)
	}
	data, err := encodeJSON(body)
	if err != nil {
		// Strings and numbers alone can't fail to encode.
		panic(fmt.Errorf("encode problem: %w", err))
	}
	h.Set("Content-Type", "application/problem+json")
	writeBody(w, info.status, data)
}

// retryAfter gives whole seconds, rounded up so that nobody comes back too early.
func retryAfter(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// getProblemKind explains a problem type: the type URIs of problem documents lead here.
func (s *server) getProblemKind(w http.ResponseWriter, r *request) error {
	kind := r.PathValue("kind")
	info, ok := describeKind(laneway.Kind(kind))
	if !ok {
		return laneway.Errorf(laneway.NotFound, "There is no such problem type.")
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Add("Vary", "Accept")
	if prefersJSON(r.Header.Get("Accept")) {
		return writeJSON(w, http.StatusOK, struct {
			Kind    string `json:"kind"`
			Title   string `json:"title"`
			Status  int    `json:"status"`
			Meaning string `json:"meaning"`
		}{kind, info.title, info.status, info.meaning})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	writeBody(w, http.StatusOK, fmt.Appendf(nil, `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%[1]s – Laneway</title>
<link rel="stylesheet" href="/api/docs/docs.css">
</head>
<body>
<main class="page">
<p><code>%[2]s</code>, status %[3]d</p>
<h1>%[1]s</h1>
<p>%[4]s</p>
<p><a href="/api/docs">The API</a></p>
</main>
</body>
</html>
`, html.EscapeString(info.title), html.EscapeString(kind), info.status, html.EscapeString(info.meaning)))
	return nil
}

// prefersJSON tells whether an Accept header names JSON and does not name HTML.
func prefersJSON(accept string) bool {
	accept = strings.ToLower(accept)
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}
