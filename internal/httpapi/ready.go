package httpapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"laneway"
	"laneway/internal/platform"
)

// seqHeaderName carries the number of an event: in an answer that of the change that was made, in a request that of the
// newest one that the client knows of in the organization.
const seqHeaderName = "Laneway-Seq"

// seen gives the number of the newest event that the client knows of, 0 where it names none. The answer has it.
func (r *request) seen() (int64, error) {
	text := r.Header.Get(seqHeaderName)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, laneway.InvalidField(seqHeaderName, "invalid_seq", "This must be the number that an answer's Laneway-Seq had.")
	}
	return n, nil
}

// sendsReady tells the requests whose answers are kept ready, compressed too: nothing is to compress them on the way.
func sendsReady(r *http.Request) bool {
	const list, one, idLength = "/api/diagrams", "/api/diagrams/", 36
	path := r.URL.Path
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		(path == list || len(path) == len(one)+idLength && strings.HasPrefix(path, one))
}

// setReady sets the headers of an answer that may come from this server's memory. X-Cache is HIT where the database was not
// asked.
func setReady(w http.ResponseWriter, tag string, remembered bool) {
	h := w.Header()
	h["Etag"] = []string{tag}
	h["Cache-Control"] = []string{"private, no-cache"}
	cached := "MISS"
	if remembered {
		cached = "HIT"
	}
	h["X-Cache"] = []string{cached}
	h["Vary"] = append(h["Vary"], "Cookie, "+organizationHeader, "Accept-Encoding")
}

// writeReady sends a body in the best encoding that the client takes.
func writeReady(w http.ResponseWriter, r *http.Request, body *platform.Ready) error {
	h := w.Header()
	h["Content-Type"] = []string{mediaJSON}
	if body.Worth() {
		switch preferred(r.Header["Accept-Encoding"]) {
		case "zstd":
			h["Content-Encoding"] = []string{"zstd"}
			writeBody(w, http.StatusOK, body.Zstd())
			return nil
		case "gzip":
			packed, err := body.Gzip()
			if err != nil {
				return err
			}
			h["Content-Encoding"] = []string{"gzip"}
			writeBody(w, http.StatusOK, packed)
			return nil
		}
	}
	buffer := borrow()
	plain, err := body.Plain((*buffer)[:0])
	if err != nil {
		return err
	}
	writeBody(w, http.StatusOK, plain)
	if !body.Kept() {
		*buffer = plain // it may have grown
	}
	giveBack(buffer)
	return nil
}

// preferred gives zstd or gzip, where the client takes one of them, and else "".
func preferred(headers []string) string {
	found := ""
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			name, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
			name = strings.ToLower(strings.TrimSpace(name))
			if name != "zstd" && name != "gzip" || refused(parameters) {
				continue
			}
			if name == "zstd" {
				return name
			}
			found = name
		}
	}
	return found
}

// refused reads the weight of an encoding: 0 means that the client does not take it.
func refused(parameters string) bool {
	name, value, _ := strings.Cut(strings.TrimSpace(parameters), "=")
	if !strings.EqualFold(strings.TrimSpace(name), "q") {
		return false
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return err != nil || q <= 0
}

// appendPage writes a page as JSON. Lists are what is read most, so they are written without reflection; a test holds each
// byte against encoding/json.
func appendPage(b []byte, page laneway.Page[laneway.Diagram]) []byte {
	b = append(b, `{"data":[`...)
	for i := range page.Items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendSummary(append(b, '{'), &page.Items[i]), '}')
	}
	b = append(b, `],"nextCursor":`...)
	next := page.Next.String()
	if next == "" {
		return append(b, "null,\"hasMore\":false}\n"...)
	}
	return append(appendString(b, next), ",\"hasMore\":true}\n"...)
}

// appendSummary writes the fields of summaryJSON, without the braces.
func appendSummary(b []byte, d *laneway.Diagram) []byte {
	b = appendID(append(b, `"id":`...), d.ID)
	b = appendString(append(b, `,"title":`...), d.Title)
	b = appendID(append(b, `,"projectId":`...), d.ProjectID)
	b = strconv.AppendInt(append(b, `,"version":`...), d.Version, 10)
	b = append(b, `,"thumbnailUrl":`...)
	if d.DeletedAt.IsZero() { // nothing to be escaped is in it
		b = append(appendThumbnailURL(append(b, '"'), d), '"')
	} else {
		b = append(b, "null"...)
	}
	b = append(d.CreatedBy.Append(append(b, `,"createdBy":"`...)), '"')
	b = append(d.UpdatedBy.Append(append(b, `,"updatedBy":"`...)), '"')
	b = appendTime(append(b, `,"createdAt":`...), d.CreatedAt)
	b = appendTime(append(b, `,"updatedAt":`...), d.UpdatedAt)
	b = append(b, `,"deletedAt":`...)
	if d.DeletedAt.IsZero() {
		return append(b, "null"...)
	}
	return appendTime(b, d.DeletedAt)
}

// appendID writes an id, null for none.
func appendID(b []byte, id laneway.ID) []byte {
	if id.IsZero() {
		return append(b, "null"...)
	}
	return append(id.Append(append(b, '"')), '"')
}

func appendTime(b []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}
