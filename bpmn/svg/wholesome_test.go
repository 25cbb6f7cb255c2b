package svg_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// known are the elements that a picture may have, with their attributes.
var known = map[string][]string{
	"svg":     {"xmlns", "width", "height", "viewBox", "role"},
	"title":   {},
	"g":       {"fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "font-family", "font-size", "text-anchor", "data-element-id"},
	"rect":    {"x", "y", "width", "height", "rx", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity"},
	"circle":  {"cx", "cy", "r", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity"},
	"ellipse": {"cx", "cy", "rx", "ry", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity"},
	"path":    {"d", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity"},
	"text":    {"x", "y", "fill", "stroke", "font-size", "text-anchor", "transform", "opacity"},
	"tspan":   {"x", "y"},
}

// forms say what the value of an attribute looks like; the others are numbers.
var forms = map[string]*regexp.Regexp{
	"xmlns":            regexp.MustCompile(`^http://www\.w3\.org/2000/svg$`),
	"viewBox":          regexp.MustCompile(`^` + decimal + `( ` + decimal + `){3}$`),
	"role":             regexp.MustCompile(`^img$`),
	"fill":             regexp.MustCompile(`^(none|#[0-9a-f]{6})$`),
	"stroke":           regexp.MustCompile(`^(none|#[0-9a-f]{6})$`),
	"stroke-linecap":   regexp.MustCompile(`^round$`),
	"stroke-linejoin":  regexp.MustCompile(`^round$`),
	"stroke-dasharray": regexp.MustCompile(`^[0-9. ]+$`),
	"font-family":      regexp.MustCompile(`^Arial, sans-serif$`),
	"text-anchor":      regexp.MustCompile(`^(start|middle)$`),
	"transform":        regexp.MustCompile(`^translate\(` + decimal + ` ` + decimal + `\) rotate\(-90\)$`),
	"d":                regexp.MustCompile(`^M[Mhvlcz 0-9.-]*$`),
}

const decimal = `-?[0-9]+(?:\.[0-9]{1,2})?`

// wholesome holds a picture against what every picture has to be: well-formed,
// of known elements and attributes only, with finite numbers.
func wholesome(t testing.TB, picture []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(picture))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%.2000s", err, picture)
		}
		switch token := token.(type) {
		case xml.StartElement:
			attributes, ok := known[token.Name.Local]
			if !ok {
				t.Fatalf("the picture has a %s", token.Name.Local)
			}
			for _, a := range token.Attr {
				if !slices.Contains(attributes, a.Name.Local) || a.Name.Space != "" {
					t.Fatalf("a %s has %s:%s", token.Name.Local, a.Name.Space, a.Name.Local)
				}
				wholesomeValue(t, a.Name.Local, a.Value)
			}
		case xml.Directive, xml.ProcInst, xml.Comment:
			t.Fatalf("the picture has %v", token)
		}
	}
}

func wholesomeValue(t testing.TB, name, value string) {
	t.Helper()
	if name == "data-element-id" {
		return
	}
	if form := forms[name]; form != nil {
		if !form.MatchString(value) {
			t.Fatalf("%s is %q", name, value)
		}
		return
	}
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		t.Fatalf("%s is %q", name, value)
	}
}
