package httpapi

import (
	"strconv"
	"time"

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
