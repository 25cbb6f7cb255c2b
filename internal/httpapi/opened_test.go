//go:build mayopen

package httpapi_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"laneway"
	"laneway/internal/httpapi"
)

// unnoticed are the permissions whose opening changes nothing, each with the reason.
var unnoticed = map[string]string{
	"diagrams:read":     "every role and every scope may do it; who is no member is refused before, because the organization is not found",
	"organization:read": "every role and every scope may do it; who is no member is refused before, because the organization is not found",
}

// TestIsolationNoticesOpenedDoors is the test of the test: with each operation's May opened in turn, the cases of that
// operation must fail. Run it with -tags "embedpg mayopen".
func TestIsolationNoticesOpenedDoors(t *testing.T) {
	w := newWorld(t)
	w.s.Warm(t)
	opened, noticed := 0, 0
	rows := httpapi.RouteRows()
	// A token that may leave is gone then, and could not be asked for anything more.
	slices.SortStableFunc(rows, func(a, b httpapi.RouteRow) int {
		return cmp.Compare(strings.Count(a.Path, "/leave"), strings.Count(b.Path, "/leave"))
	})
	for _, row := range rows {
		if _, organizational := permitted[row.Access]; !organizational {
			continue
		}
		failures := 0
		p := &proof{w: w, fail: func(string, ...any) { failures++ }, took: make(map[string][]time.Duration)}
		shut := laneway.OpenMay(laneway.Action(row.Access))
		p.operation(t, row)
		shut()
		w.a.renew(t, w.s)
		w.b.renew(t, w.s)
		opened++
		reason, equivalent := unnoticed[row.Access]
		switch {
		case failures == 0 && !equivalent:
			t.Errorf("%s %s: with May opened all %d cases still pass", row.Method, row.Path, p.count)
		case failures > 0 && equivalent:
			t.Errorf("%s %s: %d of %d cases fail with May opened, but %q is said of it", row.Method, row.Path, failures, p.count, reason)
		case failures > 0:
			noticed++
		}
	}
	t.Logf("%d operations opened, %d noticed, the others equivalent: %v", opened, noticed, unnoticed)
}
