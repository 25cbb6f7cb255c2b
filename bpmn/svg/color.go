package svg

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"laneway/bpmn"
)

// Color is a colour as #rrggbb, "" for none. The functions of this package make
// no other values: what a document says is never passed on as it is written.
type Color string

// The colours of what has none of its own.
const (
	ink   Color = "#22242a"
	white Color = "#ffffff"
)

// The vocabularies in which documents give colours to shapes and edges: that of
// the OMG, and the older one of bpmn.io.
const (
	colorNamespace = "http://www.omg.org/spec/BPMN/non-normative/color/1.0"
	biocNamespace  = "http://bpmn.io/schema/bpmn/biocolor/1.0"
)

// paint is how a shape or an edge is coloured.
type paint struct{ fill, stroke, label Color }

// paintOf reads the colours of a shape or an edge. Values that are no colours are
// as if they were not there.
func paintOf(di *bpmn.Element) paint {
	p := paint{fill: white, stroke: ink}
	p.fill = firstColor(p.fill, di.AttrNS(colorNamespace, "background-color"), di.AttrNS(biocNamespace, "fill"))
	p.stroke = firstColor(p.stroke, di.AttrNS(colorNamespace, "border-color"), di.AttrNS(biocNamespace, "stroke"))
	p.label = p.stroke
	if label := di.Child(bpmn.BPMNDINamespace, "BPMNLabel"); label != nil {
		p.label = firstColor(p.label, label.AttrNS(colorNamespace, "color"))
	}
	return p
}

func firstColor(otherwise Color, values ...string) Color {
	for _, v := range values {
		if c, ok := parseColor(v); ok {
			return c
		}
	}
	return otherwise
}

// parseColor reads a colour of CSS: #rgb, #rrggbb, both with alpha, rgb(), rgba(),
// hsl(), hsla() and the names. Alpha is mixed with white. Everything else, url()
// above all, is refused.
func parseColor(s string) (Color, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch {
	case s == "" || len(s) > 64:
		return "", false
	case s[0] == '#':
		return parseHex(s[1:])
	case strings.HasSuffix(s, ")"):
		return parseFunction(s)
	}
	rgb, named := colorNames[s]
	if !named {
		return "", false
	}
	return Color(fmt.Sprintf("#%06x", rgb)), true
}

func parseHex(digits string) (Color, bool) {
	if len(digits) == 3 || len(digits) == 4 {
		var b strings.Builder
		for _, d := range digits {
			b.WriteRune(d)
			b.WriteRune(d)
		}
		digits = b.String()
	}
	alpha := 1.0
	if len(digits) == 8 {
		a, err := strconv.ParseUint(digits[6:], 16, 8)
		if err != nil {
			return "", false
		}
		digits, alpha = digits[:6], float64(a)/255
	}
	v, err := strconv.ParseUint(digits, 16, 32)
	if len(digits) != 6 || err != nil {
		return "", false
	}
	return mixed(float64(v>>16), float64(v>>8&255), float64(v&255), alpha), true
}

// parseFunction reads rgb(1, 2, 3), rgba(1 2 3 / 50%), hsl(120, 50%, 50%) and so on.
func parseFunction(s string) (Color, bool) {
	name, inside, _ := strings.Cut(strings.TrimSuffix(s, ")"), "(")
	parts := strings.FieldsFunc(inside, func(r rune) bool { return r == ',' || r == ' ' || r == '/' })
	if len(parts) != 3 && len(parts) != 4 {
		return "", false
	}
	var v [4]float64
	v[3] = 1
	for i, part := range parts {
		part, percent := strings.CutSuffix(strings.TrimSuffix(part, "deg"), "%")
		n, err := strconv.ParseFloat(part, 64)
		if err != nil || math.IsNaN(n) || math.Abs(n) > 1e6 {
			return "", false
		}
		switch {
		case percent && i < 3 && name[0] == 'r':
			n = n * 255 / 100
		case percent:
			n /= 100
		}
		v[i] = n
	}
	switch name {
	case "rgb", "rgba":
		return mixed(v[0], v[1], v[2], v[3]), true
	case "hsl", "hsla":
		r, g, b := fromHSL(v[0], v[1], v[2])
		return mixed(r, g, b, v[3]), true
	}
	return "", false
}

// fromHSL turns hue in degrees, saturation and lightness from 0 to 1 into red,
// green and blue from 0 to 255.
func fromHSL(h, s, l float64) (r, g, b float64) {
	s, l = min(max(s, 0), 1), min(max(l, 0), 1)
	part := func(n float64) float64 {
		k := math.Mod(math.Mod(n+h/30, 12)+12, 12)
		return 255 * (l - s*min(l, 1-l)*max(-1, min(k-3, 9-k, 1)))
	}
	return part(0), part(8), part(4)
}

func mixed(r, g, b, alpha float64) Color {
	alpha = min(max(alpha, 0), 1)
	part := func(v float64) int { return int(math.Round(min(max(v, 0), 255)*alpha + 255*(1-alpha))) }
	return Color(fmt.Sprintf("#%02x%02x%02x", part(r), part(g), part(b)))
}

// colorNames are the named colours of CSS.
var colorNames = map[string]uint32{
	"aliceblue": 0xf0f8ff, "antiquewhite": 0xfaebd7, "aqua": 0x00ffff, "aquamarine": 0x7fffd4, "azure": 0xf0ffff,
	"beige": 0xf5f5dc, "bisque": 0xffe4c4, "black": 0x000000, "blanchedalmond": 0xffebcd, "blue": 0x0000ff,
	"blueviolet": 0x8a2be2, "brown": 0xa52a2a, "burlywood": 0xdeb887, "cadetblue": 0x5f9ea0, "chartreuse": 0x7fff00,
	"chocolate": 0xd2691e, "coral": 0xff7f50, "cornflowerblue": 0x6495ed, "cornsilk": 0xfff8dc, "crimson": 0xdc143c,
	"cyan": 0x00ffff, "darkblue": 0x00008b, "darkcyan": 0x008b8b, "darkgoldenrod": 0xb8860b, "darkgray": 0xa9a9a9,
	"darkgreen": 0x006400, "darkgrey": 0xa9a9a9, "darkkhaki": 0xbdb76b, "darkmagenta": 0x8b008b, "darkolivegreen": 0x556b2f,
	"darkorange": 0xff8c00, "darkorchid": 0x9932cc, "darkred": 0x8b0000, "darksalmon": 0xe9967a, "darkseagreen": 0x8fbc8f,
	"darkslateblue": 0x483d8b, "darkslategray": 0x2f4f4f, "darkslategrey": 0x2f4f4f, "darkturquoise": 0x00ced1,
	"darkviolet": 0x9400d3, "deeppink": 0xff1493, "deepskyblue": 0x00bfff, "dimgray": 0x696969, "dimgrey": 0x696969,
	"dodgerblue": 0x1e90ff, "firebrick": 0xb22222, "floralwhite": 0xfffaf0, "forestgreen": 0x228b22, "fuchsia": 0xff00ff,
	"gainsboro": 0xdcdcdc, "ghostwhite": 0xf8f8ff, "gold": 0xffd700, "goldenrod": 0xdaa520, "gray": 0x808080,
	"green": 0x008000, "greenyellow": 0xadff2f, "grey": 0x808080, "honeydew": 0xf0fff0, "hotpink": 0xff69b4,
	"indianred": 0xcd5c5c, "indigo": 0x4b0082, "ivory": 0xfffff0, "khaki": 0xf0e68c, "lavender": 0xe6e6fa,
	"lavenderblush": 0xfff0f5, "lawngreen": 0x7cfc00, "lemonchiffon": 0xfffacd, "lightblue": 0xadd8e6, "lightcoral": 0xf08080,
	"lightcyan": 0xe0ffff, "lightgoldenrodyellow": 0xfafad2, "lightgray": 0xd3d3d3, "lightgreen": 0x90ee90, "lightgrey": 0xd3d3d3,
	"lightpink": 0xffb6c1, "lightsalmon": 0xffa07a, "lightseagreen": 0x20b2aa, "lightskyblue": 0x87cefa,
	"lightslategray": 0x778899, "lightslategrey": 0x778899, "lightsteelblue": 0xb0c4de, "lightyellow": 0xffffe0,
	"lime": 0x00ff00, "limegreen": 0x32cd32, "linen": 0xfaf0e6, "magenta": 0xff00ff, "maroon": 0x800000,
	"mediumaquamarine": 0x66cdaa, "mediumblue": 0x0000cd, "mediumorchid": 0xba55d3, "mediumpurple": 0x9370db,
	"mediumseagreen": 0x3cb371, "mediumslateblue": 0x7b68ee, "mediumspringgreen": 0x00fa9a, "mediumturquoise": 0x48d1cc,
	"mediumvioletred": 0xc71585, "midnightblue": 0x191970, "mintcream": 0xf5fffa, "mistyrose": 0xffe4e1, "moccasin": 0xffe4b5,
	"navajowhite": 0xffdead, "navy": 0x000080, "oldlace": 0xfdf5e6, "olive": 0x808000, "olivedrab": 0x6b8e23,
	"orange": 0xffa500, "orangered": 0xff4500, "orchid": 0xda70d6, "palegoldenrod": 0xeee8aa, "palegreen": 0x98fb98,
	"paleturquoise": 0xafeeee, "palevioletred": 0xdb7093, "papayawhip": 0xffefd5, "peachpuff": 0xffdab9, "peru": 0xcd853f,
	"pink": 0xffc0cb, "plum": 0xdda0dd, "powderblue": 0xb0e0e6, "purple": 0x800080, "rebeccapurple": 0x663399,
	"red": 0xff0000, "rosybrown": 0xbc8f8f, "royalblue": 0x4169e1, "saddlebrown": 0x8b4513, "salmon": 0xfa8072,
	"sandybrown": 0xf4a460, "seagreen": 0x2e8b57, "seashell": 0xfff5ee, "sienna": 0xa0522d, "silver": 0xc0c0c0,
	"skyblue": 0x87ceeb, "slateblue": 0x6a5acd, "slategray": 0x708090, "slategrey": 0x708090, "snow": 0xfffafa,
	"springgreen": 0x00ff7f, "steelblue": 0x4682b4, "tan": 0xd2b48c, "teal": 0x008080, "thistle": 0xd8bfd8,
	"tomato": 0xff6347, "turquoise": 0x40e0d0, "violet": 0xee82ee, "wheat": 0xf5deb3, "white": 0xffffff,
	"whitesmoke": 0xf5f5f5, "yellow": 0xffff00, "yellowgreen": 0x9acd32,
}
