package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"laneway"
)

// etagOf gives the strong entity tag of content.
func etagOf(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// notModified tells whether one of the tags in If-None-Match is the current one, by the weak
// comparison that RFC 9110 asks for there.
func notModified(r *http.Request, etag string) bool {
	for _, header := range r.Header.Values("If-None-Match") {
		for tag := range strings.SplitSeq(header, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
				return true
			}
		}
	}
	return false
}

// versionTag is the entity tag of a diagram's version.
func versionTag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// knownVersion gives the version that the client says it has, 0 when it names none or several.
func knownVersion(r *http.Request) int64 {
	headers := r.Header.Values("If-None-Match")
	if len(headers) != 1 {
		return 0
	}
	version, _ := parseVersionTag(strings.TrimPrefix(strings.TrimSpace(headers[0]), "W/"))
	return version
}

// expectedVersion joins what If-Match and the body's expectedVersion say about the version that a
// change was made on; 0 in body means that it says nothing.
func expectedVersion(r *http.Request, body int64) (int64, error) {
	headers := r.Header.Values("If-Match")
	if len(headers) == 0 {
		if body == 0 {
			return 0, laneway.Errorf(laneway.VersionRequired, "Say which version this change was made on, with expectedVersion or If-Match.")
		}
		return body, nil
	}
	version, ok := parseVersionTag(strings.TrimSpace(headers[0]))
	if !ok || len(headers) > 1 {
		return 0, laneway.InvalidField("If-Match", "invalid_version", `This must be the ETag of one version, such as "7".`)
	}
	if body != 0 && body != version {
		return 0, laneway.InvalidField("If-Match", "contradiction", "If-Match and expectedVersion name different versions.")
	}
	return version, nil
}

// parseVersionTag reads a strong tag made by versionTag.
func parseVersionTag(tag string) (int64, bool) {
	if len(tag) < 3 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		return 0, false
	}
	version, err := strconv.ParseInt(tag[1:len(tag)-1], 10, 64)
	if err != nil || version < 1 || versionTag(version) != tag {
		return 0, false
	}
	return version, true
}

// writeNotModified is the answer to a client whose copy is current; the headers are those that the
// whole answer would have had.
func writeNotModified(w http.ResponseWriter) {
	w.Header().Del("Content-Type")
	w.WriteHeader(http.StatusNotModified)
}
