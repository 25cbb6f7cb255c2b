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
	case r >= 0x100 && r <= 0x17F:
		return float64(latinExtended[r-0x100])
	case r >= 0x391 && r <= 0x3C9:
		return float64(greek[r-0x391])
	case r >= 0x410 && r <= 0x44F:
		return float64(cyrillic[r-0x410])
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

// The widths of U+0020 to U+007E, U+00A0 to U+017F, U+0391 to U+03C9 and U+0410 to
// U+044F.
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
	latinExtended = [...]uint16{
		667, 556, 667, 556, 667, 556, 722, 500, 722, 500, 722, 500, 722, 500, 722, 615,
		722, 556, 667, 556, 667, 556, 667, 556, 667, 556, 667, 556, 778, 556, 778, 556,
		778, 556, 778, 556, 722, 556, 722, 556, 278, 278, 278, 278, 278, 278, 278, 222,
		278, 278, 735, 444, 500, 222, 667, 500, 500, 556, 222, 556, 222, 556, 292, 556,
		334, 556, 222, 722, 556, 722, 556, 722, 556, 604, 723, 556, 778, 556, 778, 556,
		778, 556, 1000, 944, 722, 333, 722, 333, 722, 333, 667, 500, 667, 500, 667, 500,
		667, 500, 611, 278, 611, 375, 611, 278, 722, 556, 722, 556, 722, 556, 722, 556,
		722, 556, 722, 556, 944, 722, 667, 500, 667, 611, 500, 611, 500, 611, 500, 222,
	}
	greek = [...]uint16{
		667, 667, 551, 668, 667, 611, 722, 778, 278, 667, 668, 833, 722, 650, 778, 722,
		667, 0, 618, 611, 667, 798, 667, 835, 748, 278, 667, 578, 446, 556, 222, 547,
		578, 575, 500, 557, 446, 441, 556, 556, 222, 500, 500, 576, 500, 448, 556, 690,
		569, 482, 617, 395, 547, 648, 525, 713, 781,
	}
	cyrillic = [...]uint16{
		667, 656, 667, 542, 677, 667, 923, 604, 719, 719, 583, 656, 833, 722, 778, 719,
		667, 722, 611, 635, 760, 667, 740, 667, 917, 938, 792, 885, 656, 719, 1010, 722,
		556, 573, 531, 365, 583, 556, 669, 458, 559, 559, 438, 583, 688, 552, 556, 542,
		556, 500, 458, 500, 823, 500, 573, 521, 802, 823, 625, 719, 521, 510, 750, 542,
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

// kern returns how much nearer to each other, or further apart, Arial sets two
// neighbours than their widths say.
func kern(a, b rune) float64 {
	if a < 0x20 || b < 0x20 || a > 0x7E || b > 0x7E {
		return 0
	}
	return -float64(kerning[a-0x20][b-0x20])
}

// kerning has the pairs of ASCII that Arial sets nearer, in thousandths.
var kerning = func() (table [95][95]uint8) {
	for by, pairs := range map[uint8]string{
		129: "P,P.Y,Y.",
		111: "F,F.T,T.T:T;TaTcTeToTs",
		92:  "V,V.Y-YeYoYq",
		74:  "ATAVAYLTLVLWLYPATAVAVaYAYaYpv,v.y,y.",
		65:  "Y;",
		55:  " AA FAT-TwTyV-VeVoW,W.Y:YuYvr,r.w,w.",
		37:  "AWL LyTiTrTuV:V;VrVuVyWAWaYi",
		18:  " T YAvAwAyP RTRVRWRYT TOViW-W:W;WeWoWrWuY ff",
		9:   "Wy",
	} {
		for i := 0; i < len(pairs); i += 2 {
			table[pairs[i]-0x20][pairs[i+1]-0x20] = by
		}
	}
	return table
}()
