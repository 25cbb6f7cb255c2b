package svg

import "testing"

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
		{"Service Task 2", 69, []string{"Service Task", "2"}}, // fits by its kerning only
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
