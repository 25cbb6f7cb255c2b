package httpapi

import (
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"laneway"
)

type auditEntryJSON struct {
	Seq       int64             `json:"seq"`
	Kind      laneway.EventKind `json:"kind"`
	At        time.Time         `json:"at"`
	ActorID   *string           `json:"actorId"`
	ActorName *string           `json:"actorName"`
	SubjectID *string           `json:"subjectId"`
	Subject   *string           `json:"subjectName"`
	Data      json.RawMessage   `json:"data"`
	Count     int               `json:"count"`
	FirstSeq  int64             `json:"firstSeq"`
	FirstAt   time.Time         `json:"firstAt"`
}

type auditPageJSON struct {
	Data       []auditEntryJSON `json:"data"`
	NextCursor *string          `json:"nextCursor"`
	HasMore    bool             `json:"hasMore"`
}

// auditCursor is where to go on: below a number.
const auditCursorPrefix = "seq\n"

func auditCursor(before int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(auditCursorPrefix + strconv.FormatInt(before, 10)))
}

func parseAuditCursor(s string) (int64, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	digits, is := strings.CutPrefix(string(raw), auditCursorPrefix)
	before, bad := strconv.ParseInt(digits, 10, 64)
	return before, err == nil && is && bad == nil && before > 0 && auditCursor(before) == s
}

// auditQuery reads what narrows the log. A parameter that is there and empty is not absent.
func auditQuery(query url.Values) (laneway.EventQuery, *object) {
	q := laneway.EventQuery{Limit: 50}
	o := &object{}
	q.Limit = o.queryLimit(query, q.Limit, laneway.AuditLimit)
	if query.Has("kind") {
		q.Kinds = strings.Split(query.Get("kind"), ",")
		if slices.ContainsFunc(q.Kinds, func(k string) bool { return k == "" || len(k) > 64 || !isWord(k) }) || len(q.Kinds) > 32 {
			o.fault("kind", "unknown_value", "This must be kinds of events, such as diagram.trashed or member, separated by commas.")
		}
	}
	q.ActorID = o.queryID(query, "actorId")
	q.SubjectID = o.queryID(query, "subjectId")
	q.From = o.queryTime(query, "from")
	q.Until = o.queryTime(query, "until")
	if query.Has("cursor") {
		var ok bool
		if q.Before, ok = parseAuditCursor(query.Get("cursor")); !ok {
			o.fault("cursor", "invalid_cursor", "This cursor was not made by this list.")
		}
	}
	return q, o
}

// queryTime reads a moment; zero when the parameter is absent.
func (o *object) queryTime(query url.Values, name string) time.Time {
	if !query.Has(name) {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, query.Get(name))
	if err != nil || at.Year() < 1 || at.Year() > 9999 {
		o.fault(name, "invalid_time", "This must be a moment such as 2026-11-29T12:00:00Z.")
		return time.Time{}
	}
	return at
}

func (s *server) listAudit(w http.ResponseWriter, r *request) error {
	q, o := auditQuery(r.query)
	fold := !r.query.Has("folded") || o.queryFlag(r.query, "folded")
	if err := o.err(); err != nil {
		return err
	}
	page, err := s.platform.ListAudit(r.Context(), r.actor, q, fold)
	if err != nil {
		return err
	}
	answer := auditPageJSON{Data: make([]auditEntryJSON, 0, len(page.Runs))}
	for _, run := range page.Runs {
		answer.Data = append(answer.Data, auditEntryJSON{
			Seq: run.Seq, Kind: run.Kind, At: run.At.UTC(), ActorID: idOrNull(run.ActorID), ActorName: textOrNull(run.ActorName),
			SubjectID: idOrNull(run.SubjectID), Subject: textOrNull(run.SubjectName), Data: run.Data, Count: run.Count, FirstSeq: run.FirstSeq, FirstAt: run.FirstAt.UTC(),
		})
	}
	if page.Before > 0 {
		next := auditCursor(page.Before)
		answer.NextCursor, answer.HasMore = &next, true
	}
	return writeTagged(w, r, answer)
}

// exportAudit writes the log as a table for spreadsheets. It goes out while it is read, so an error in
// the middle cuts the connection: half a log must not pass for a whole one.
func (s *server) exportAudit(w http.ResponseWriter, r *request) error {
	q, o := auditQuery(r.query)
	if err := o.err(); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true // RFC 4180
	begun := false
	err := s.platform.ExportAudit(r.Context(), r.actor, q, func(events []laneway.Event) error {
		if !begun {
			begun = true
			h := w.Header()
			h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
			h.Set("Content-Disposition", `attachment; filename="laneway-log.csv"`)
			w.WriteHeader(http.StatusOK)
			if err := out.Write([]string{"seq", "at", "kind", "actorId", "actorName", "subjectId", "subjectName", "data"}); err != nil {
				return err
			}
		}
		for _, e := range events {
			row := []string{strconv.FormatInt(e.Seq, 10), e.At.UTC().Format(time.RFC3339Nano), string(e.Kind), idOrEmpty(e.ActorID), inert(e.ActorName), idOrEmpty(e.SubjectID), inert(e.SubjectName), inert(string(e.Data))}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	})
	if err != nil && begun {
		panic(http.ErrAbortHandler)
	}
	return err
}

// inert keeps a spreadsheet from taking a name for a formula: what begins like one gets an apostrophe,
// which spreadsheets do not show.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

func idOrEmpty(id laneway.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}
