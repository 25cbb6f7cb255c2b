package httpapi

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"laneway/internal/observe"
)

// webSettingsJSON is what the page needs to know of the server's settings.
type webSettingsJSON struct {
	Release       string  `json:"release"`
	Environment   string  `json:"environment"`
	SentryDSN     *string `json:"sentryDsn"`
	TraceSampling float64 `json:"traceSampling"`
}

func webSettingsOf(c Config) webSettingsJSON {
	return webSettingsJSON{Release: c.Version, Environment: c.Environment, SentryDSN: textOrNull(c.SentryBrowserDSN), TraceSampling: c.TraceSampling}
}

// CheckBrowserDSN says what is wrong with a DSN that browsers are to be told; nil: nothing. One with a secret in
// it is refused: everybody can read it.
func CheckBrowserDSN(dsn string) error {
	_, err := originOfDSN(dsn)
	return err
}

// A DSN as Sentry's code in the browser reads it; what it does not understand it ignores without a word to us.
// Nothing in it means something in a Content-Security-Policy.
var (
	dsnKey     = regexp.MustCompile(`^\w+$`)
	dsnHost    = regexp.MustCompile(`^(?:[\w.-]+|\[[:\w]+\])(?::\d+)?$`)
	dsnProject = regexp.MustCompile(`^/(?:[\w.-]+/)*\d+$`)
)

// originOfDSN gives the origin that reports to a DSN go to.
func originOfDSN(dsn string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || !dsnKey.MatchString(u.User.Username()) ||
		!dsnHost.MatchString(u.Host) || !dsnProject.MatchString(u.Path) || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("want the form https://key@host/project, with a key of letters and digits and a project that is a number")
	}
	if _, has := u.User.Password(); has {
		return "", errors.New("it has a secret key, which every browser would get to know; use the one with the public key alone")
	}
	return u.Scheme + "://" + u.Host, nil
}

// getWebSettings tells the page what it needs after it is drawn.
func (s *server) getWebSettings(w http.ResponseWriter, _ *request) error {
	w.Header().Set("Cache-Control", "no-cache")
	return writeJSON(w, http.StatusOK, s.web)
}

// Bounds of what browsers measure: longer is a tab that slept.
const (
	maxVitalSeconds = 600
	maxLayoutShift  = 100
)

// reportVitals takes what a browser measured of one page into the metrics. Anybody may send it, so it says
// nothing about a person, every value is bounded, and it can add to no metric that is not there.
func (s *server) reportVitals(w http.ResponseWriter, r *request) error {
	names := append([]string{"page", "cls", "studioFromClick", "studioFromStart"}, observe.Vitals...)
	o, _, err := r.readObject(maxVitals, names...)
	if err != nil {
		return err
	}
	o.require("page")
	page := orEmpty(o.line("page"))
	if o.err() == nil && !observe.IsPage(page) {
		o.fault("page", "unknown_page", "The pages are "+strings.Join(observe.Pages, ", ")+".")
	}
	measured := observe.Measured{Page: page, Vitals: make(map[string]float64)}
	for _, name := range observe.Vitals {
		if v := o.measure(name, maxVitalSeconds); v != nil {
			measured.Vitals[name] = *v
		}
	}
	measured.LayoutShift = o.measure("cls", maxLayoutShift)
	measured.StudioFromClick = o.measure("studioFromClick", maxVitalSeconds)
	measured.StudioFromStart = o.measure("studioFromStart", maxVitalSeconds)
	if err := o.err(); err != nil {
		return err
	}
	s.observer.Browser(measured)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// maxVitals is the size of a report of a browser.
const maxVitals = 4 << 10

// measure reads a number from 0 to most; nil where it is absent.
func (o *object) measure(name string, most float64) *float64 {
	raw, there := o.fields[name]
	if !there {
		return nil
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > most {
		o.fault(name, "out_of_range", "This must be a number from 0 on, within reason.")
		return nil
	}
	return &v
}
