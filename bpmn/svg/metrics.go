package svg

import "unicode"

// advance returns how wide Arial sets a character, in thousandths of the font's
// size. Characters that Arial does not have get what its usual stand-ins give.
func advance(r rune) float64 {
	switch {
	case r < 0x20 || r == softHyphen || r == 0x200B || r == 0x200D || unicode.Is(unicode.Mn, r):
		return 0
	case r < 0x7F:
		return float64(ascii[r-0x20])
	case r >= 0xA0 && r <= 0xFF:
		return float64(latin[r-0xA0])
	case r >= 0x2010 && r <= 0x203A:
		return punctuation(r)
	case r == 0x20AC:
		return 556 // euro
	case wide(r):
		return 1000
	case unicode.IsUpper(r):
		return 690
	}
	return 560
}

// ascii and latin are the widths of U+0020 to U+007E and U+00A0 to U+00FF.
var (
	ascii = [...]uint16{
		278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
		556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
		1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
		667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
		333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
		556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
	}
	latin = [...]uint16{
		278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 0, 737, 552,
		400, 549, 333, 333, 333, 576, 537, 333, 333, 333, 365, 556, 834, 834, 834, 611,
		667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
		722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
		556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278,
		556, 556, 556, 556, 556, 556, 556, 549, 611, 556, 556, 556, 556, 500, 556, 500,
	}
)

func punctuation(r rune) float64 {
	switch r {
	case 0x2010, 0x2011:
		return 333 // hyphens
	case 0x2014, 0x2015, 0x2026, 0x2030:
		return 1000 // em dash, bar, ellipsis, per mille
	case 0x2018, 0x2019, 0x201A, 0x201B:
		return 222 // single quotes
	case 0x201C, 0x201D, 0x201E, 0x201F, 0x2039, 0x203A:
		return 333 // double and angle quotes
	case 0x2022:
		return 350 // bullet
	}
	return 556
}

// wide reports whether a character fills a square: those of East Asia, arrows
// and pictures.
func wide(r rune) bool {
	return r >= 0x1100 && r <= 0x115F || r >= 0x2122 && r <= 0x27BF || r >= 0x2E80 && r <= 0xA4CF ||
		r >= 0xAC00 && r <= 0xD7A3 || r >= 0xF900 && r <= 0xFAFF || r >= 0xFE30 && r <= 0xFE6F ||
		r >= 0xFF00 && r <= 0xFF60 || r >= 0x1F000
}
