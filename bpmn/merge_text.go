package bpmn

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// longText is from how many bytes on two edits of one text are merged word by
// word: in a short one each word decides what the whole means.
const longText = 80

// mergeText merges two edits of a long text, or of a list, that lie apart.
func mergeText(theirs, ours Change) (*string, bool) {
	if theirs.Before == nil || theirs.After == nil || ours.After == nil {
		return mergeLists3(theirs, ours)
	}
	if strings.HasSuffix(theirs.Path, "[]") {
		return mergeLists3(theirs, ours)
	}
	base := *theirs.Before
	_, field, ok := splitPath(theirs.Path)
	long := strings.Contains(base, "\n") || len(base) >= longText
	if !ok || !long || field != "#text" && (field == "" || field[0] != '@' || strings.HasSuffix(field, "name")) {
		return nil, false
	}
	lines, ok := merge3(splitLines(base), splitLines(*ours.After), splitLines(*theirs.After), func(b, o, t []string) ([]string, bool) {
		return merge3(splitWords(strings.Join(b, "")), splitWords(strings.Join(o, "")), splitWords(strings.Join(t, "")), nil)
	})
	if !ok {
		return nil, false
	}
	return value(strings.Join(lines, "")), true
}

// splitLines cuts behind each line end.
func splitLines(s string) []string { return strings.SplitAfter(s, "\n") }

// splitWords cuts into words, runs of white space and single other characters.
func splitWords(s string) []string {
	var words []string
	kind := func(r rune) int {
		switch {
		case unicode.IsSpace(r):
			return 1
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_':
			return 2
		}
		return 0
	}
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		k, n := kind(r), size
		for k != 0 && n < len(s) {
			next, width := utf8.DecodeRuneInString(s[n:])
			if kind(next) != k {
				break
			}
			n += width
		}
		words = append(words, s[:n])
		s = s[n:]
	}
	return words
}

// merge3 is diff3 over tokens. Where both sides changed the same or adjoining
// tokens, finer decides; without it, or when it cannot, the merge fails.
func merge3(base, ours, theirs []string, finer func(b, o, t []string) ([]string, bool)) ([]string, bool) {
	a, b := commonSubsequence(base, ours), commonSubsequence(base, theirs)
	inOurs, inTheirs := make([]int, len(base)), make([]int, len(base))
	for i := range base {
		inOurs[i], inTheirs[i] = -1, -1
	}
	for _, p := range a {
		inOurs[p[0]] = p[1]
	}
	for _, p := range b {
		inTheirs[p[0]] = p[1]
	}
	var out []string
	i, j, k := 0, 0, 0
	for {
		// The next token that all three have.
		n := i
		for n < len(base) && (inOurs[n] < 0 || inTheirs[n] < 0) {
			n++
		}
		toOurs, toTheirs := len(ours), len(theirs)
		if n < len(base) {
			toOurs, toTheirs = inOurs[n], inTheirs[n]
		}
		cb, co, ct := base[i:n], ours[j:toOurs], theirs[k:toTheirs]
		switch {
		case same(co, ct), same(cb, ct):
			out = append(out, co...)
		case same(cb, co):
			out = append(out, ct...)
		default:
			if finer == nil || len(cb) == 0 {
				return nil, false
			}
			fine, ok := finer(cb, co, ct)
			if !ok {
				return nil, false
			}
			out = append(out, fine...)
		}
		if n == len(base) {
			return out, true
		}
		out = append(out, base[n])
		i, j, k = n+1, toOurs+1, toTheirs+1
	}
}

func same(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// mergeLists3 merges two edits of a list of elements. What both put in at one
// place stands side by side.
func mergeLists3(theirs, ours Change) (*string, bool) {
	if !strings.HasSuffix(theirs.Path, "[]") {
		return nil, false
	}
	xml := make(map[string]string) // meaning -> as written
	items := func(v *string) []string {
		if v == nil {
			return nil
		}
		d, refusal := parse(decoded{text: "<_>" + *v + "</_>"})
		if refusal != nil {
			return []string{*v}
		}
		var list []string
		for c := d.Root().first; c != nil; c = c.next {
			meaning := canonicalXML(fragmentOf(c))
			if xml[meaning] == "" {
				xml[meaning] = fragmentOf(c)
			}
			list = append(list, meaning)
		}
		return list
	}
	base, mine, yours := items(theirs.Before), items(ours.After), items(theirs.After)
	merged, ok := merge3(base, mine, yours, nil)
	if !ok {
		if len(base) > 0 && (!prefixOf(base, mine) || !prefixOf(base, yours)) {
			return nil, false
		}
		// Both appended.
		first, second := mine[len(base):], yours[len(base):]
		if len(second) > len(first) {
			first, second = second, first
		}
		second = without(second, first)
		if strings.Join(second, "") < strings.Join(first, "") {
			first, second = second, first
		}
		merged = append(append(append([]string{}, base...), first...), second...)
	}
	if len(merged) == 0 {
		return nil, true
	}
	var b strings.Builder
	for i, meaning := range merged {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(xml[meaning])
	}
	return value(b.String()), true
}

func prefixOf(prefix, list []string) bool {
	return len(list) >= len(prefix) && same(prefix, list[:len(prefix)])
}

// without returns what list has beyond the other one.
func without(list, other []string) []string {
	count := make(map[string]int)
	for _, s := range other {
		count[s]++
	}
	var rest []string
	for _, s := range list {
		if count[s]--; count[s] < 0 {
			rest = append(rest, s)
		}
	}
	return rest
}
