package httpapi

import (
	"fmt"
	"net/http"
	"strconv"

	"laneway"
	"laneway/internal/platform"
)

// storedAnswer renders what a change left behind, in the form in which it can be kept for a
// repeated request. What was created also tells its address.
func storedAnswer(status int, stored *platform.Stored, body any) (laneway.Answer, error) {
	data, err := encodeJSON(body)
	if err != nil {
		return laneway.Answer{}, err
	}
	headers := seqHeader(stored)
	headers["Content-Type"] = mediaJSON
	headers["ETag"] = versionTag(stored.Diagram.Version)
	if status == http.StatusCreated {
		headers["Location"] = "/api/diagrams/" + stored.Diagram.ID.String()
	}
	return laneway.Answer{Status: status, Headers: headers, Body: data}, nil
}

// seqHeader names the event of a change; a repeated save whose first answer got lost made none.
func seqHeader(stored *platform.Stored) map[string]string {
	headers := make(map[string]string)
	if stored.Seq > 0 {
		headers["Laneway-Seq"] = strconv.FormatInt(stored.Seq, 10)
	}
	return headers
}

// setSeq names the event of a change; 0 is a change that had nothing to do.
func setSeq(w http.ResponseWriter, seq int64) {
	if seq > 0 {
		w.Header().Set("Laneway-Seq", strconv.FormatInt(seq, 10))
	}
}

// anyStored fits a renderer to laneway.Once, which knows nothing of the platform's types.
func anyStored(render func(*platform.Stored) (laneway.Answer, error)) func(any) (laneway.Answer, error) {
	return func(result any) (laneway.Answer, error) {
		stored, ok := result.(*platform.Stored)
		if !ok {
			return laneway.Answer{}, fmt.Errorf("render answer: unexpected result %T", result)
		}
		return render(stored)
	}
}

// sendStored answers a change: with its error, with the answer that an earlier request with the same
// Idempotency-Key got, or with a fresh one. Both come out of the same renderer.
func sendStored(w http.ResponseWriter, stored *platform.Stored, err error, render func(*platform.Stored) (laneway.Answer, error)) error {
	if err != nil {
		return err
	}
	var answer laneway.Answer
	if stored.Replay != nil {
		answer = *stored.Replay
	} else if answer, err = render(stored); err != nil {
		return err
	}
	for name, value := range answer.Headers {
		w.Header().Set(name, value)
	}
	if answer.Status == http.StatusNoContent {
		w.WriteHeader(answer.Status)
		return nil
	}
	writeBody(w, answer.Status, answer.Body)
	return nil
}
