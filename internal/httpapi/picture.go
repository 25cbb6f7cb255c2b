package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"laneway"
	"laneway/internal/platform"
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
	url := string(appendThumbnailURL(nil, &d))
	return &url
}

func appendThumbnailURL(b []byte, d *laneway.Diagram) []byte {
	b = append(d.ID.Append(append(b, "/api/diagrams/"...)), "/thumbnail.svg?version="...)
	return strconv.AppendInt(b, d.Version, 10)
}

func (s *server) getThumbnail(w http.ResponseWriter, r *request) error {
	version, err := r.namedVersion()
	if err != nil {
		return err
	}
	return s.sendVersion(w, r, version, form{tag: "thumbnail", media: mediaSVG}, func() (platform.Picture, error) {
		return s.platform.Thumbnail(r.Context(), r.actor, r.diagramID(), version)
	})
}

func (s *server) exportDiagram(w http.ResponseWriter, r *request) error {
	f, options, err := r.exportForm()
	if err != nil {
		return err
	}
	version, err := r.namedVersion()
	if err != nil {
		return err
	}
	return s.sendVersion(w, r, version, f, func() (platform.Picture, error) {
		if f.media == mediaBPMN {
			v, err := s.platform.GetVersion(r.Context(), r.actor, r.diagramID(), version)
			return platform.Picture{Version: v.Version, Content: v.XML}, err
		}
		return s.platform.DrawVersion(r.Context(), r.actor, r.diagramID(), version, options)
	})
}

// exportForm reads what a diagram is wanted as. Scale belongs to PNG and paper to PDF.
func (r *request) exportForm() (form, platform.PictureOptions, error) {
	o := &object{}
	format, scale, paper := r.query.Get("format"), 1, "fit"
	if r.query.Has("scale") {
		switch text := r.query.Get("scale"); {
		case format == "png" && (text == "1" || text == "2" || text == "4"):
			scale = int(text[0] - '0')
		default:
			o.fault("scale", "out_of_range", "With the format png this is 1, 2 or 4.")
		}
	}
	if r.query.Has("paper") {
		paper = r.query.Get("paper")
		if format != "pdf" || paper != "fit" && paper != "a4" && paper != "a3" {
			o.fault("paper", "out_of_range", "With the format pdf this is fit, a4 or a3.")
		}
	}
	f := form{tag: format, extension: "." + format}
	switch format {
	case "bpmn":
		f.media = mediaBPMN
	case "svg":
		f.media = mediaSVG
	case "png":
		f.media, f.tag = "image/png", "png-"+strconv.Itoa(scale)
	case "pdf":
		f.media, f.tag = "application/pdf", "pdf-"+paper
	case "":
		o.fault("format", "required", "This parameter is required: bpmn, svg, png or pdf.")
	default:
		o.fault("format", "out_of_range", "This must be bpmn, svg, png or pdf.")
	}
	options := platform.PictureOptions{Format: platform.PictureFormat(format), Paper: paper, Scale: float64(scale)}
	return f, options, o.err()
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
func (s *server) sendVersion(w http.ResponseWriter, r *request, version int64, f form, load func() (platform.Picture, error)) error {
	tagOf := func(n int64) string { return `"` + strconv.FormatInt(n, 10) + "-" + f.tag + `"` }
	if version > 0 && notModified(r.Request, tagOf(version)) { // not worth drawing, but only for who may read it
		if err := s.platform.HasVersions(r.Context(), r.actor, r.diagramID(), version); err != nil {
			return err
		}
		immutable(w, r, tagOf(version))
		return nil
	}
	v, err := load()
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
	if v.Scale > 0 {
		h.Set("Laneway-Scale", strconv.FormatFloat(v.Scale, 'g', 4, 64))
	}
	h.Set("Content-Security-Policy", documentSecurityPolicy)
	writeBody(w, http.StatusOK, v.Content)
	return nil
}
