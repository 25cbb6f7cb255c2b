package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"laneway"
)

// mediaSVG is what pictures are sent as.
const mediaSVG = "image/svg+xml"

// isThumbnail tells the addresses that an <img> asks for, which sets no headers.
func isThumbnail(path string) bool {
	return strings.HasPrefix(path, "/api/diagrams/") && strings.HasSuffix(path, "/thumbnail.svg")
}

// thumbnailURL is the address of the picture of a diagram's current version, nil in the trash, where
// nothing can be opened.
func thumbnailURL(d laneway.Diagram) *string {
	if !d.DeletedAt.IsZero() {
		return nil
	}
	url := "/api/diagrams/" + d.ID.String() + "/thumbnail.svg?version=" + strconv.FormatInt(d.Version, 10)
	return &url
}

func (s *server) getThumbnail(w http.ResponseWriter, r *request) error {
	version, err := r.namedVersion()
	if err != nil {
		return err
	}
	return s.sendVersion(w, r, version, form{tag: "thumbnail", media: mediaSVG}, func() (laneway.Version, []byte, error) {
		picture, err := s.platform.Thumbnail(r.Context(), r.actor, r.diagramID(), version)
		return picture.Version, picture.SVG, err
	})
}

func (s *server) exportDiagram(w http.ResponseWriter, r *request) error {
	version, err := r.namedVersion()
	if err != nil {
		return err
	}
	switch r.query.Get("format") {
	case "bpmn":
		return s.sendVersion(w, r, version, form{"bpmn", mediaBPMN, ".bpmn"}, func() (laneway.Version, []byte, error) {
			v, err := s.platform.GetVersion(r.Context(), r.actor, r.diagramID(), version)
			return v.Version, v.XML, err
		})
	case "svg":
		return s.sendVersion(w, r, version, form{"svg", mediaSVG, ".svg"}, func() (laneway.Version, []byte, error) {
			picture, err := s.platform.DrawVersion(r.Context(), r.actor, r.diagramID(), version)
			return picture.Version, picture.SVG, err
		})
	}
	if !r.query.Has("format") {
		return laneway.InvalidField("format", "required", "This parameter is required.")
	}
	return laneway.InvalidField("format", "out_of_range", "This must be bpmn or svg.")
}

// namedVersion reads the parameter version; 0 without it: the current one.
func (r *request) namedVersion() (int64, error) {
	if !r.query.Has("version") {
		return 0, nil
	}
	version, _, err := r.diffRange("version")
	return version, err
}

// form is one of the forms that a version can be had in.
type form struct {
	tag, media string
	extension  string // of the file, for a download; empty for what is shown
}

// sendVersion answers with a version in one of its forms. What was asked for by its number never
// changes; what is current is asked for again each time.
func (s *server) sendVersion(w http.ResponseWriter, r *request, version int64, f form, load func() (laneway.Version, []byte, error)) error {
	tagOf := func(n int64) string { return `"` + strconv.FormatInt(n, 10) + "-" + f.tag + `"` }
	if version > 0 && notModified(r.Request, tagOf(version)) { // not worth drawing, but only for who may read it
		if err := s.platform.HasVersions(r.Context(), r.actor, r.diagramID(), version); err != nil {
			return err
		}
		immutable(w, r, tagOf(version))
		return nil
	}
	v, body, err := load()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("ETag", tagOf(v.Number))
	h.Set("Cache-Control", "private, no-cache")
	if version > 0 {
		h.Set("Cache-Control", versionCacheControl)
	}
	h.Add("Vary", "Cookie, "+organizationHeader)
	if notModified(r.Request, h.Get("ETag")) {
		writeNotModified(w)
		return nil
	}
	h.Set("Content-Type", f.media)
	if f.extension != "" {
		h.Set("Content-Disposition", attachment(v.Title, f.extension))
	}
	h.Set("Content-Security-Policy", documentSecurityPolicy)
	writeBody(w, http.StatusOK, body)
	return nil
}
