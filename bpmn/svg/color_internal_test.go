package svg

import "testing"

func TestParseColor(t *testing.T) {
	for value, want := range map[string]Color{
		"#fff": "#ffffff", "#ABCDEF": "#abcdef", " #123 ": "#112233", "#f00f": "#ff0000", "#ff000000": "#ffffff",
		"rgb(1,2,3)": "#010203", "rgb(100%, 0%, 50%)": "#ff0080", "rgba(0, 0, 0, 0.5)": "#808080", "rgb(0 0 0 / 50%)": "#808080",
		"rgb(300,-5,0)": "#ff0000", "hsl(225, 10%, 15%)": "#22242a", "hsl(120deg 100% 50%)": "#00ff00", "hsla(0,100%,50%,0)": "#ffffff",
		"Red": "#ff0000", "rebeccapurple": "#663399", "transparent": "", "none": "", "": "",
		"url(#a)": "", "url(http://example.com)": "", "var(--x)": "", "expression(1)": "", "#12": "", "#12345": "", "#gggggg": "", "#+12345": "",
		"rgb(1,2)": "", "rgb(NaN,0,0)": "", "rgb(1e999,0,0)": "", "rgb": "", ")": "", "()": "", "red;fill:url(x)": "", "inherit": "", "#fff\" onload=\"": "",
	} {
		got, ok := parseColor(value)
		if got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v, want %q", value, got, ok, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text string
		most float64
		want []string
	}{
		{"Task", 86, []string{"Task"}},
		{"Check the order of the customer", 86, []string{"Check the order", "of the customer"}},
		{"Donaudampfschifffahrtsgesellschaft", 86, []string{"Donaudampfsc", "hifffahrtsgesell", "schaft"}},
		{"a\nb\r\nc", 86, []string{"a", "b", "c"}},
		{"", 86, []string{""}},
		{"abc", -4, []string{"a", "b", "c"}},
		{"soft\u00ADware soft\u00ADware", 60, []string{"software", "software"}},
	} {
		var got []string
		for _, l := range wrap(c.text, c.most, fontInside) {
			got = append(got, l.text)
		}
		if len(got) != len(c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%q: %q, want %q", c.text, got, c.want)
				break
			}
		}
	}
	if lines := wrap(string(make([]byte, 20_000)), 10, fontInside); len(lines) > mostLines {
		t.Errorf("%d lines", len(lines))
	}
}
