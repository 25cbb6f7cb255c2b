package svg

import (
	"strings"
	"unicode"

	"laneway/bpmn"
)

// The type of labels: Arial or what stands in for it, and lines 1.2 times the
// size of the font apart. Labels outside of their element are a size smaller.
const (
	fontInside  = 12
	fontOutside = 11
	lineHeight  = 1.2

	// ascent and descent of Arial, in sizes of the font.
	ascent, descent = 0.905, 0.212
)

// mostLines of a label are drawn; the last one says that there are more.
const mostLines = 60

// place says where a label goes: a box, and how its lines lie in it.
type place struct {
	box     bpmn.Bounds
	size    float64 // of the font
	padding float64
	left    bool // lines start at the left, else they are centred
	middle  bool // in the middle of the height, else from the top
	turn    bool // upwards along the left side; width and height of the box are those of the turned text
}

// layout breaks a text into lines and puts them into their place. It is false
// when there is nothing to see.
func layout(text string, p place) (Text, bool) {
	if strings.TrimSpace(text) == "" {
		return Text{}, false
	}
	lines := wrap(text, p.box.Width-2*p.padding, p.size)
	step := p.size * lineHeight
	x, y := p.box.X, p.box.Y
	t := Text{Size: p.size, Left: p.left, Turn: p.turn, Lines: make([]TextLine, 0, len(lines))}
	if p.turn {
		t.Origin = bpmn.Point{X: p.box.X, Y: p.box.Y + p.box.Width}
		x, y = 0, 0
	}
	if p.middle {
		y += (p.box.Height - float64(len(lines))*step) / 2
	} else {
		y += p.padding
	}
	y -= step / 4
	if p.left {
		x += p.padding
	} else {
		x += p.box.Width / 2
	}
	for _, l := range lines {
		y += step
		if l.text != "" {
			t.Lines = append(t.Lines, TextLine{X: x, Y: y, Width: l.width, Text: l.text})
		}
	}
	return t, len(t.Lines) > 0
}

type wrapped struct {
	text  string
	width float64
}

// wrap breaks a text into lines no wider than most, as bpmn-js does: by guessing
// from the average width how many characters fit, then going back to the last
// white space, hyphen or soft hyphen, and through the word where there is none.
func wrap(text string, most, size float64) []wrapped {
	var lines []wrapped
	for _, paragraph := range strings.Split(text, "\n") {
		paragraph = strings.TrimSuffix(strings.TrimSuffix(paragraph, "\r"), string(softHyphen))
		b := newBreaker(paragraph, size)
		for more := true; more; {
			if len(lines) == mostLines {
				lines[mostLines-1].text += "…"
				return lines
			}
			var l wrapped
			l, more = b.next(most)
			lines = append(lines, l)
		}
	}
	return lines
}

const softHyphen = '\u00AD'

// breaker takes one line after the other off a paragraph.
type breaker struct {
	runes  []rune
	widths []float64 // of the first n characters
	scale  float64   // from thousandths of the font's size
	from   int
	to     int
}

func newBreaker(paragraph string, size float64) *breaker {
	b := &breaker{runes: []rune(paragraph)}
	b.widths = make([]float64, len(b.runes)+1)
	b.scale = size / 1000
	for i, r := range b.runes {
		w := advance(r)
		if i > 0 {
			w += kern(b.runes[i-1], r)
		}
		b.widths[i+1] = b.widths[i] + w*b.scale
	}
	b.to = len(b.runes)
	return b
}

// width of the characters from b.from up to end, white space at the end not counted.
func (b *breaker) width(end int) float64 {
	for end > b.from && unicode.IsSpace(b.runes[end-1]) {
		end--
	}
	if end == b.from {
		return 0
	}
	w := b.widths[end] - b.widths[b.from]
	if b.from > 0 { // what stood before the line does not pull at it
		w -= kern(b.runes[b.from-1], b.runes[b.from]) * b.scale
	}
	return w
}

// next returns a line and whether there are more.
func (b *breaker) next(most float64) (wrapped, bool) {
	end := b.to
	w := b.width(end)
	for end-b.from >= 2 && w > most {
		end = b.shorten(end, most/w)
		w = b.width(end)
	}
	text := strings.TrimSpace(string(b.runes[b.from:end]))
	if end < b.to {
		if hyphenated, is := strings.CutSuffix(text, string(softHyphen)); is {
			text = hyphenated + "-"
		}
	}
	line := wrapped{strings.ReplaceAll(text, string(softHyphen), ""), w}
	more := end < b.to
	b.from = end
	for b.from < b.to && unicode.IsSpace(b.runes[b.from]) {
		b.from++
	}
	for b.to > b.from && unicode.IsSpace(b.runes[b.to-1]) {
		b.to--
	}
	return line, more
}

// shorten returns where a line that is too wide may end instead. The share is
// that of its width which fits.
func (b *breaker) shorten(end int, share float64) int {
	fits := float64(end-b.from) * share
	if fits < 1 {
		fits = 1
	}
	if cut := b.breakBefore(end, fits); cut > b.from {
		return cut
	}
	return b.from + max(int(fits-1+0.5), 1)
}

// breakBefore returns the end of the last word, with what divides it from the
// next, that leaves less than fits characters; b.from when there is none.
func (b *breaker) breakBefore(end int, fits float64) int {
	cut := b.from
	for {
		word := cut
		for word < end && !divides(b.runes[word]) {
			word++
		}
		switch {
		case word == end && cut == b.from:
			return b.from // one word
		case word == cut:
			return cut // two dividers in a row: what is left is looked at anew
		case float64(word-b.from) >= fits:
			return cut
		case word == end:
			return end
		case float64(word+1-b.from) >= fits:
			if b.runes[word] == '-' || b.runes[word] == softHyphen {
				return cut // a word goes with its hyphen
			}
			return word
		}
		cut = word + 1
	}
}

func divides(r rune) bool { return r == '-' || r == softHyphen || unicode.IsSpace(r) }
