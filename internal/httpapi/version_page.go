package httpapi

import (
	"strconv"
	"time"
	"unicode/utf8"

	"laneway"
)

// appendVersionPage writes a page of versions the way that encodeJSON would write
//
//	{"data": [versionJSON, …], "nextCursor": …, "hasMore": …}
//
// without a value in between for each of thousands of rows.
func appendVersionPage(b []byte, page laneway.VersionPage) []byte {
	b = append(b, `{"data":[`...)
	for i := range page.Items {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendVersion(b, &page.Items[i])
	}
	b = append(b, `],"nextCursor":`...)
	next := laneway.VersionCursor(page.Next)
	b = appendText(b, next)
	b = append(b, `,"hasMore":`...)
	b = strconv.AppendBool(b, next != "")
	return append(b, '}', '\n')
}

func appendVersion(b []byte, v *laneway.Version) []byte {
	b = append(b, `{"number":`...)
	b = strconv.AppendInt(b, v.Number, 10)
	b = append(b, `,"title":`...)
	b = appendString(b, v.Title)
	b = append(b, `,"label":`...)
	b = appendText(b, v.Label)
	b = append(b, `,"author":{"id":"`...)
	b = append(b, v.CreatedBy.String()...)
	b = append(b, `","displayName":`...)
	b = appendText(b, v.Author)
	b = append(b, `},"createdAt":"`...)
	b = v.CreatedAt.UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","parents":[`...)
	for i, parent := range v.Parents {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, parent, 10)
	}
	b = append(b, `],"changeCount":`...)
	if v.ChangeCount < 0 {
		b = append(b, "null"...)
	} else {
		b = strconv.AppendInt(b, int64(v.ChangeCount), 10)
	}
	b = append(b, `,"warningCount":`...)
	b = strconv.AppendInt(b, int64(v.WarningCount), 10)
	b = append(b, `,"size":`...)
	b = strconv.AppendInt(b, int64(v.Size), 10)
	b = append(b, `,"kind":`...)
	b = appendString(b, string(v.Kind))
	b = append(b, `,"fromVersion":`...)
	if v.From > 0 {
		b = strconv.AppendInt(b, v.From, 10)
	} else {
		b = append(b, "null"...)
	}
	return append(b, '}')
}

// appendText is appendString with null for the empty text.
func appendText(b []byte, s string) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendString(b, s)
}

// appendString writes a JSON string (RFC 8259, section 7). U+2028 and U+2029 are escaped as
// encoding/json does, and what is no UTF-8 becomes U+FFFD.
func appendString[T string | []byte](b []byte, s T) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\b':
				b = append(b, '\\', 'b')
			case '\f':
				b = append(b, '\\', 'f')
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(len(s), i+utf8.UTFMax)]))
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, s[start:i]...)
			b = append(b, `\ufffd`...)
			start = i + n
		case r == '\u2028' || r == '\u2029':
			b = append(b, s[start:i]...)
			b = append(b, '\\', 'u', '2', '0', '2', hex[r&15])
			start = i + n
		}
		i += n
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
