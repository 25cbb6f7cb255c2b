package observe

import (
	"os"
	runtimemetrics "runtime/metrics"
	"slices"
	"strconv"
	"strings"
)

// Vitals are what browsers measure in seconds: time to first byte, first and largest contentful paint, and
// interaction to next paint. Pages are the pages that they tell apart.
var (
	Vitals = []string{"ttfb", "fcp", "lcp", "inp"}
	Pages  = []string{"library", "studio", "compare", "organization", "account", "operator", "other"}
)

// IsPage reports whether a page has that name.
func IsPage(name string) bool { return slices.Contains(Pages, name) }

// Measured is what a browser measured of one page, in seconds. What is absent was not measured.
type Measured struct {
	Page   string             // one of Pages
	Vitals map[string]float64 // by names of Vitals
	// LayoutShift is the cumulative layout shift, which has no unit.
	LayoutShift *float64
	// StudioFromClick and StudioFromStart are the time until a canvas was drawn: after a click on a diagram,
	// and after the page itself was asked for.
	StudioFromClick, StudioFromStart *float64
}

// Browser takes in what a browser measured. The caller has checked the values.
func (o *Observer) Browser(m Measured) {
	if !IsPage(m.Page) {
		return
	}
	for _, name := range Vitals {
		if v, there := m.Vitals[name]; there {
			o.metrics.vitals.WithLabelValues(name, m.Page).Observe(v)
		}
	}
	if m.LayoutShift != nil {
		o.metrics.shift.WithLabelValues(m.Page).Observe(*m.LayoutShift)
	}
	if m.StudioFromClick != nil {
		o.metrics.studio.WithLabelValues("click").Observe(*m.StudioFromClick)
	}
	if m.StudioFromStart != nil {
		o.metrics.studio.WithLabelValues("start").Observe(*m.StudioFromStart)
	}
}

// Memory gives the resident memory of this process, in bytes, and of it the live heap. Resident is 0 where the
// system does not tell.
func Memory() (resident, heap int64) {
	sample := []runtimemetrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	runtimemetrics.Read(sample)
	if sample[0].Value.Kind() == runtimemetrics.KindUint64 {
		heap = int64(sample[0].Value.Uint64())
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, heap
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	if fields := strings.Fields(rest); len(fields) > 0 {
		if kib, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
			resident = kib << 10
		}
	}
	return resident, heap
}
