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
