package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"laneway/internal/platform"
	"laneway/internal/ratelimit"
)

// read gives the settings as a command line and an environment make them.
func read(t *testing.T, args, environment []string) (settings, []string, error) {
	t.Helper()
	var given settings
	flags := pflag.NewFlagSet("laneway", pflag.ContinueOnError)
	addFlags(flags, &given)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	warnings, err := readEnvironment(flags, &given, environment)
	return given, warnings, err
}

// TestSettingsPrecedence holds every setting to: flag over environment over default.
func TestSettingsPrecedence(t *testing.T) {
	for _, s := range table() {
		for _, tt := range []struct {
			name              string
			args, environment []string
			want              string
		}{
			{"nothing", nil, nil, s.fallback},
			{"environment", nil, []string{s.variable() + "=from the environment"}, "from the environment"},
			{"flag", []string{"--" + s.name, "from a flag"}, nil, "from a flag"},
			{"both", []string{"--" + s.name + "=from a flag"}, []string{s.variable() + "=from the environment"}, "from a flag"},
			{"flag that says the default", []string{"--" + s.name, s.fallback}, []string{s.variable() + "=from the environment"}, s.fallback},
			{"empty environment", nil, []string{s.variable() + "="}, s.fallback},
		} {
			given, warnings, err := read(t, tt.args, tt.environment)
			if got := *s.target(&given); got != tt.want || err != nil || len(warnings) != 0 {
				t.Errorf("%s, %s: %q, warnings %q, %v; want %q", s.name, tt.name, got, warnings, err, tt.want)
			}
		}
	}
}

func TestSettingsFromFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("postgres://from/file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	secrets := 0
	for _, s := range table() {
		given, warnings, err := read(t, nil, []string{s.variable() + "_FILE=" + file})
		if !s.secret {
			if !slices.Equal(warnings, []string{s.variable() + "_FILE"}) {
				t.Errorf("%s is no secret, and a file for it gave no warning: %q", s.name, warnings)
			}
			continue
		}
		secrets++
		if got := *s.target(&given); got != "postgres://from/file" || err != nil || len(warnings) != 0 {
			t.Errorf("%s from a file: %q, %q, %v", s.name, got, warnings, err)
		}
		_, _, err = read(t, nil, []string{s.variable() + "_FILE=" + file, s.variable() + "=both"})
		wantError(t, err, s.variable()+" and "+s.variable()+"_FILE are both set")
		_, _, err = read(t, nil, []string{s.variable() + "_FILE=" + file + ".missing"})
		wantError(t, err, s.variable()+"_FILE", "no such file")
	}
	if secrets != 10 {
		t.Errorf("%d settings can come from a file, want the four database addresses, redis-url, smtp-url, oidc-client-secret, jwt-issuers, otlp-headers and sentry-dsn", secrets)
	}
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error is %v, want one with %q", err, part)
		}
	}
}

func TestUnknownVariablesAreTold(t *testing.T) {
	_, warnings, err := read(t, nil, []string{"LANEWAY_LISTN=x", "LANEWAY_LISTEN=127.0.0.1:1", "PATH=/bin", "LANEWAY_TEST_LONG=1", "LANEWAY_BPMN_CORPUS=x", "LANEWAY_HOSTILE_XML=x", "LANEWAY_=x", "MALFORMED"})
	if want := []string{"LANEWAY_", "LANEWAY_LISTN"}; !slices.Equal(warnings, want) || err != nil {
		t.Errorf("warnings %q, %v; want %q", warnings, err, want)
	}
}

// configFrom makes sense of settings given as flags.
func configFrom(t *testing.T, args ...string) (config, error) {
	t.Helper()
	given, _, err := read(t, args, nil)
	if err != nil {
		t.Fatal(err)
	}
	return given.config()
}

func TestConfig(t *testing.T) {
	c, err := configFrom(t, "--data-dir", "relative")
	if err != nil {
		t.Fatal(err)
	}
	if c.listen != "127.0.0.1:8080" || c.operationsListen != "" || c.publicURL != nil || c.signUp != platform.SignUpOpen || !c.rateLimit ||
		c.versionRetention != 30*24*time.Hour || c.insecureCookies || c.external() || !filepath.IsAbs(c.dataDir) || filepath.Base(c.dataDir) != "relative" {
		t.Errorf("defaults: %+v", c)
	}
	c, err = configFrom(t, "--public-url", "https://laneway.example.org/", "--rate-limit", "off", "--insecure-cookies", "true", "--version-retention", "0",
		"--trusted-proxies", "10.1.2.3/8, 192.0.2.1,2001:db8::/32", "--database-url", "postgres://a/b", "--database-system-url", "postgres://c/d")
	if err != nil {
		t.Fatal(err)
	}
	limited, err := configFrom(t, "--rate-limits", "read=7, sign-in=3", "--event-retention", "31")
	if err != nil || limited.rateLimits[ratelimit.Read].Requests != 7 || limited.rateLimits[ratelimit.SignIn].Requests != 3 || limited.rateLimits[ratelimit.Write].Requests != 100 ||
		limited.eventRetention != 31*24*time.Hour {
		t.Errorf("limits: %+v, %v", limited, err)
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("2001:db8::/32")}
	if c.publicURL.Host != "laneway.example.org" || c.rateLimit || c.versionRetention != 0 || !c.insecureCookies || !c.external() || !reflect.DeepEqual(c.trustedProxies, proxies) {
		t.Errorf("config: %+v", c)
	}
	// Who may sign up where nothing is said: everybody on this machine, nobody from elsewhere.
	for listen, want := range map[string]platform.SignUpPolicy{
		"127.0.0.1:0": platform.SignUpOpen, "localhost:1": platform.SignUpOpen, "[::1]:1": platform.SignUpOpen,
		":8080": platform.SignUpInvited, "0.0.0.0:1": platform.SignUpInvited, "192.0.2.1:1": platform.SignUpInvited, "example.org:1": platform.SignUpInvited,
	} {
		if c, err := configFrom(t, "--listen", listen); err != nil || c.signUp != want {
			t.Errorf("listening on %s sign-up is %s, %v; want %s", listen, c.signUp, err, want)
		}
	}
}

// TestConfigErrors: each names the setting and what would be right.
func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want []string
	}{
		{[]string{"--listen", "8080"}, []string{"listen", "8080", "127.0.0.1:8080"}},
		{[]string{"--public-url", "laneway.example.org"}, []string{"public-url", "https://laneway.example.org"}},
		{[]string{"--public-url", "ftp://laneway.example.org"}, []string{"public-url"}},
		{[]string{"--public-url", "https://laneway.example.org/path"}, []string{"public-url", "without a path"}},
		{[]string{"--sign-up", "free"}, []string{"sign-up", "free", "open, invited or closed"}},
		{[]string{"--rate-limits", "reads=5"}, []string{"rate-limits", "reads=5", "read=600"}},
		{[]string{"--rate-limits", "read=0"}, []string{"rate-limits", "read=0"}},
		{[]string{"--event-retention", "30"}, []string{"event-retention", "30", "31"}},
		{[]string{"--smtp-url", "smtp://u:hunter2@mail.example.org"}, []string{"smtp-url", "smtp-from"}},
		{[]string{"--smtp-from", "laneway@example.org"}, []string{"smtp-url", "smtp-from"}},
		{[]string{"--smtp-url", "smtp://u:hunter2@mail.example.org", "--smtp-from", "laneway@example.org"}, []string{"smtp-url", "public-url"}},
		{[]string{"--smtp-url", "mail.example.org", "--smtp-from", "laneway@example.org", "--public-url", "https://laneway.example.org"}, []string{"smtp-url", "smtp://user:password@host:587"}},
		{[]string{"--smtp-url", "smtp://u:hunter2@mail.example.org", "--smtp-from", "nobody", "--public-url", "https://laneway.example.org"}, []string{"smtp-from", "nobody"}},
		{[]string{"--rate-limit", "no"}, []string{"rate-limit", "no", "on or off"}},
		{[]string{"--insecure-cookies", "yes please"}, []string{"insecure-cookies", "on or off"}},
		{[]string{"--version-retention", "30d"}, []string{"version-retention", "30d", "number of days"}},
		{[]string{"--version-retention", "-1"}, []string{"version-retention", "0 to keep all"}},
		{[]string{"--trusted-proxies", "10.0.0.0/8,proxy"}, []string{"trusted-proxies", "proxy", "10.0.0.0/8"}},
		{[]string{"--database-url", "postgres://a/b"}, []string{"database-system-url", "laneway migrate"}},
		{[]string{"--database-system-url", "postgres://a/b"}, []string{"database-url"}},
	} {
		_, err := configFrom(t, tt.args...)
		wantError(t, err, tt.want...)
	}
}

// TestDefaultDataDir runs without root's rule, which a test cannot leave.
func TestDefaultDataDir(t *testing.T) {
	base := t.TempDir()
	t.Setenv("XDG_DATA_HOME", base)
	want := filepath.Join(base, "laneway")
	if os.Geteuid() == 0 {
		want = "/var/lib/laneway"
	}
	if got, err := defaultDataDir(); err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

const (
	operatingPage   = "../../docs/operating.md"
	settingsBegin   = "<!-- settings: made from cmd/laneway/config.go by go test ./cmd/laneway -update -->\n"
	settingsEnd     = "<!-- end of settings -->\n"
	settingsHeading = "| Setting | Variable | Default | What it does |\n|---|---|---|---|\n"
)

func settingsTable() string {
	var b strings.Builder
	b.WriteString(settingsHeading)
	for _, s := range table() {
		variable, fallback := "`"+s.variable()+"`", "(empty)"
		if s.secret {
			variable += " or `" + s.variable() + "_FILE`"
		}
		if s.fallback != "" {
			fallback = "`" + s.fallback + "`"
		}
		fmt.Fprintf(&b, "| `--%s` | %s | %s | %s |\n", s.name, variable, fallback, s.help)
	}
	return b.String()
}

// TestSettingsAreDocumented holds docs/operating.md to the table of settings.
func TestSettingsAreDocumented(t *testing.T) {
	page, err := os.ReadFile(operatingPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(page), settingsBegin)
	_, after, ended := strings.Cut(rest, settingsEnd)
	if !begun || !ended {
		t.Fatalf("%s has no place for the table of settings", operatingPage)
	}
	want := before + settingsBegin + settingsTable() + settingsEnd + after
	if string(page) == want {
		return
	}
	if !*update {
		t.Fatalf("the settings in %s are not those of the program: run go test ./cmd/laneway -run Documented -update", operatingPage)
	}
	if err := os.WriteFile(operatingPage, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestListenURL: LISTEN goes where the direct address leads, as laneway_system.
func TestListenURL(t *testing.T) {
	for _, tt := range []struct{ direct, system, want, err string }{
		{"", "postgres://laneway_system:s@pooler/laneway", "", ""},
		{"postgres://laneway_migrator:m@db:5433/laneway?sslmode=require", "postgres://laneway_system.tenant:s%2F@pooler/laneway?default_query_exec_mode=exec", "postgres://laneway_system:s%2F@db:5433/laneway?sslmode=require", ""},
		{"postgres://laneway_migrator.tenant:m@session/laneway", "postgres://laneway_system.tenant:s@pooler/laneway", "postgres://laneway_system.tenant:s@session/laneway", ""},
		{"host=db", "postgres://laneway_system:s@pooler/laneway", "", "database-direct-url"},
		{"postgres://laneway_migrator:m@db/laneway", "host=db password=secret", "", "database-system-url"},
	} {
		got, err := config{direct: tt.direct, system: tt.system}.listenURL()
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && (!strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s, %s: %q, %v; want %q, %q", tt.direct, tt.system, got, err, tt.want, tt.err)
		}
	}
}

// TestForPooler: beside a direct address, the others are taken to lead through a pooler.
func TestForPooler(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://laneway_app:s%2F@pooler:6543/laneway":                                     "postgres://laneway_app:s%2F@pooler:6543/laneway?default_query_exec_mode=exec",
		"postgres://a:b@pooler/laneway?sslmode=require":                                       "postgres://a:b@pooler/laneway?default_query_exec_mode=exec&sslmode=require",
		"postgres://a:b@pooler/laneway?default_query_exec_mode=cache_describe&sslmode=prefer": "postgres://a:b@pooler/laneway?default_query_exec_mode=cache_describe&sslmode=prefer",
		"host=pooler user=laneway_app":                                                        "host=pooler user=laneway_app default_query_exec_mode=exec",
	} {
		args := []string{"--database-url", address, "--database-system-url", address}
		c, err := configFrom(t, append(args, "--database-direct-url", "postgres://c:d@db/laneway")...)
		if err != nil || c.app != want || c.system != want {
			t.Errorf("%s: %s and %s, %v; want %s", address, c.app, c.system, err, want)
		}
		if c, err = configFrom(t, args...); err != nil || c.app != address {
			t.Errorf("%s without a direct address: %s, %v", address, c.app, err)
		}
	}
}
