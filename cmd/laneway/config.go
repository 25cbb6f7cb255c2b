package main

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"laneway/internal/httpapi"
	"laneway/internal/mail"
	"laneway/internal/observe"
	"laneway/internal/platform"
	"laneway/internal/ratelimit"
	"laneway/internal/redis"
)

// setting is one row of the table below: a flag --name, the environment variable LANEWAY_NAME
// and, for secrets, LANEWAY_NAME_FILE, which names a file that holds the value.
type setting struct {
	name, fallback, help string
	secret               bool
	target               func(*settings) *string
}

// settings holds the values as they were given. config makes sense of them.
type settings struct {
	listen, operationsListen, publicURL, dataDir, postgresDir        string
	databaseURL, databaseSystemURL, databaseAdminURL                 string
	databaseDirectURL, signUp, rateLimit, trustedProxies, insecureCK string
	redisURL, redisCache                                             string
	versionRetention, eventRetention, rateLimits, cacheSize          string
	oidcIssuer, oidcClientID, oidcClientSecret, oidcName             string
	oidcScopes, oidcTrustEmail, oidcSignUp, jwtIssuers               string
	smtpURL, smtpFrom, shutdownDelay                                 string
	otlpEndpoint, otlpHeaders, traceSampling                         string
	sentryDSN, sentryBrowserDSN, environment                         string
}

// table lists every setting of the server; docs/operating.md shows the same rows, and a test
// holds the two together.
func table() []setting {
	return []setting{
		{"listen", "127.0.0.1:8080", "address to serve on", false, func(s *settings) *string { return &s.listen }},
		{"operations-listen", "", "second address with /metrics, /healthz, /readyz and /debug/pprof for operators; empty: none", false, func(s *settings) *string { return &s.operationsListen }},
		{"public-url", "", "the address that people type, such as https://laneway.example.org; empty: as requested", false, func(s *settings) *string { return &s.publicURL }},
		{"data-dir", "", "folder of the built-in database, and of the compiled program that draws pictures; empty: /var/lib/laneway as root, else the user's data folder", false, func(s *settings) *string { return &s.dataDir }},
		{"postgres-dir", "", "folder of an installed Postgres (with bin/) to run instead of the bundled one", false, func(s *settings) *string { return &s.postgresDir }},
		{"database-url", "", "Postgres 15 or newer to use instead of the built-in one, signing in as laneway_app", true, func(s *settings) *string { return &s.databaseURL }},
		{"database-system-url", "", "the same database, signing in as laneway_system", true, func(s *settings) *string { return &s.databaseSystemURL }},
		{"database-admin-url", "", "the same database, signing in as a role that may create roles; used to migrate only", true, func(s *settings) *string { return &s.databaseAdminURL }},
		{"database-direct-url", "", "the same database past a pooler in transaction mode, signing in as laneway_migrator; used for migrations and locks, and its place to hear other servers", true, func(s *settings) *string { return &s.databaseDirectURL }},
		{"sign-up", "", "who may make an account: open, invited or closed; empty: open on a loopback address, else invited", false, func(s *settings) *string { return &s.signUp }},
		{"oidc-issuer", "", "a service to sign in with by OpenID Connect, by its exact name, such as https://id.example.org/realms/harbour; empty: none", false, func(s *settings) *string { return &s.oidcIssuer }},
		{"oidc-client-id", "", "what this server is called there", false, func(s *settings) *string { return &s.oidcClientID }},
		{"oidc-client-secret", "", "its secret there; empty: it is a public client", true, func(s *settings) *string { return &s.oidcClientSecret }},
		{"oidc-name", "", "what people know that service by; empty: its host", false, func(s *settings) *string { return &s.oidcName }},
		{"oidc-scopes", "openid email profile", "what is asked for there, separated by blanks", false, func(s *settings) *string { return &s.oidcScopes }},
		{"oidc-sign-up", "", "who gets an account by coming from there: open, invited or closed; empty: as sign-up says", false, func(s *settings) *string { return &s.oidcSignUp }},
		{"oidc-trust-email", "off", "on or off; on takes every address that the service names as verified, for services that verify them and do not say so", false, func(s *settings) *string { return &s.oidcTrustEmail }},
		{"jwt-issuers", "", "services whose bearer tokens are taken, as JSON: [{\"issuer\": …, \"audience\": …}], see below", true, func(s *settings) *string { return &s.jwtIssuers }},
		{"rate-limit", "on", "on or off; off is for load tests only", false, func(s *settings) *string { return &s.rateLimit }},
		{"rate-limits", "", "requests a minute that differ from read=600,write=100,live=600,sign-in=10,ai=5, in that form", false, func(s *settings) *string { return &s.rateLimits }},
		{"redis-url", "", "Redis or Valkey that servers share for rate limits and what is read often, such as rediss://user:password@host:6379; empty: each is by itself. UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN do as well", true, func(s *settings) *string { return &s.redisURL }},
		{"redis-cache", "on", "on or off; off keeps diagrams out of Redis, which then counts requests only", false, func(s *settings) *string { return &s.redisCache }},
		{"trusted-proxies", "", "comma-separated networks whose X-Forwarded-For and X-Forwarded-Proto are believed, such as 10.0.0.0/8", false, func(s *settings) *string { return &s.trustedProxies }},
		{"insecure-cookies", "off", "on or off; on lets people sign in over plain HTTP from other machines", false, func(s *settings) *string { return &s.insecureCK }},
		{"smtp-url", "", "mail server for invitations and new passwords, such as smtp://user:password@mail.example.org:587 (with STARTTLS) or smtps://… (TLS); empty: no mail", true, func(s *settings) *string { return &s.smtpURL }},
		{"smtp-from", "", "sender of mail, such as Laneway <laneway@example.org>", false, func(s *settings) *string { return &s.smtpFrom }},
		{"version-retention", "30", "days for which every autosave is kept; then one of an hour stays, after twice as long one of a day; 0: keep all", false, func(s *settings) *string { return &s.versionRetention }},
		{"cache-size", "64", "MiB of memory for what is kept of the database, at least 8", false, func(s *settings) *string { return &s.cacheSize }},
		{"shutdown-delay", "0", "seconds for which a server that is told to stop goes on serving while /readyz says 503, so that a load balancer turns away first", false, func(s *settings) *string { return &s.shutdownDelay }},
		{"event-retention", "0", "days for which the log of changes is kept, at least 31; 0: keep all", false, func(s *settings) *string { return &s.eventRetention }},
		{"otlp-endpoint", "", "collector that takes traces by OTLP over HTTP, such as http://127.0.0.1:4318; empty: none", false, func(s *settings) *string { return &s.otlpEndpoint }},
		{"otlp-headers", "", "headers for the collector in the form name=value,name=value", true, func(s *settings) *string { return &s.otlpHeaders }},
		{"trace-sampling", "0.1", "part of the requests that are traced, from 0 to 1; a request that comes with a trace from a trusted proxy is traced where that one is", false, func(s *settings) *string { return &s.traceSampling }},
		{"sentry-dsn", "", "where errors of the server are reported to Sentry, with the traces that are sampled; empty: nowhere", true, func(s *settings) *string { return &s.sentryDSN }},
		{"sentry-browser-dsn", "", "where errors of the web page are reported to Sentry; browsers are told it; empty: nowhere", false, func(s *settings) *string { return &s.sentryBrowserDSN }},
		{"environment", "production", "what traces and reports call this installation", false, func(s *settings) *string { return &s.environment }},
	}
}

const environmentPrefix = "LANEWAY_"

func (s setting) variable() string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

// addFlags declares a flag for each setting. An unset flag leaves the environment's value.
func addFlags(flags *pflag.FlagSet, into *settings) {
	for _, s := range table() {
		help := s.help + " (" + s.variable()
		if s.secret {
			help += ", or a file: " + s.variable() + "_FILE"
		}
		flags.StringVar(s.target(into), s.name, s.fallback, help+")")
	}
}

// readEnvironment fills in what the command line left open. It gives a warning for every variable
// with our prefix that is no setting, because it is most likely a mistyped one.
func readEnvironment(flags *pflag.FlagSet, into *settings, environment []string) (warnings []string, err error) {
	values := map[string]string{}
	for _, pair := range environment {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, environmentPrefix) {
			values[name] = value
		}
	}
	for _, s := range table() {
		value, given := values[s.variable()]
		delete(values, s.variable())
		if file, ok := values[s.variable()+"_FILE"]; ok && s.secret {
			delete(values, s.variable()+"_FILE")
			if given {
				return nil, fmt.Errorf("%s and %s_FILE are both set: set one", s.variable(), s.variable())
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, fmt.Errorf("%s_FILE: %w", s.variable(), err)
			}
			value, given = strings.TrimSpace(string(text)), true
		}
		// An empty variable is as good as none: that is how compose files and units leave one out.
		if given && value != "" && !flags.Changed(s.name) {
			*s.target(into) = value
		}
	}
	if into.redisURL == "" && !flags.Changed("redis-url") {
		into.redisURL = upstashURL(environment)
	}
	for name := range values {
		// The tests' own variables share the prefix.
		if name != "LANEWAY_BPMN_CORPUS" && name != "LANEWAY_HOSTILE_XML" && !strings.HasPrefix(name, "LANEWAY_TEST_") {
			warnings = append(warnings, name)
		}
	}
	slices.Sort(warnings)
	return warnings, nil
}

// upstashURL gives the address of the Redis behind the variables that Upstash shows for its interface over
// HTTP: it has the same host and password. Empty without them.
func upstashURL(environment []string) string {
	var host, token string
	for _, pair := range environment {
		switch name, value, _ := strings.Cut(pair, "="); name {
		case "UPSTASH_REDIS_REST_URL":
			if u, err := url.Parse(strings.Trim(value, `"' `)); err == nil {
				host = u.Hostname()
			}
		case "UPSTASH_REDIS_REST_TOKEN":
			token = strings.Trim(value, `"' `)
		}
	}
	if host == "" || token == "" {
		return ""
	}
	address := url.URL{Scheme: "rediss", User: url.UserPassword("default", token), Host: net.JoinHostPort(host, "6379")}
	return address.String()
}

// config is the settings made sense of.
type config struct {
	redisURL                 string
	redisCache               bool
	listen, operationsListen string
	publicURL                *url.URL
	dataDir, postgresDir     string
	app, system, admin       string
	direct                   string
	signUp                   platform.SignUpPolicy
	rateLimit                bool
	rateLimits               ratelimit.Limits
	trustedProxies           []netip.Prefix
	insecureCookies          bool
	mailer                   *mail.Mailer // nil: no mail
	versionRetention         time.Duration
	eventRetention           time.Duration
	observe                  observe.Config
	sentryBrowserDSN         string
	cacheBytes               int64
	shutdownDelay            time.Duration
	providers                []platform.SignInProvider
	issuers                  []platform.TokenIssuer
}

// external reports whether another database than the built-in one is used.
func (c config) external() bool { return c.app != "" }

// forPooler has an address work through a pooler in transaction mode, where statements can't be prepared on
// one connection and used on another. What it says about that itself stays.
func forPooler(address string) string {
	const setting = "default_query_exec_mode"
	if strings.Contains(address, setting) {
		return address
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return address + " " + setting + "=exec" // keywords and values
	}
	query := u.Query()
	query.Set(setting, "exec")
	u.RawQuery = query.Encode()
	return u.String()
}

// listenURL gives the address for LISTEN, which needs a connection past a pooler: the place of the
// direct address with the login of laneway_system, because the migrator is gone before the server
// serves. It is empty where no direct address is set: the system's own is used then.
func (c config) listenURL() (string, error) {
	if c.direct == "" {
		return "", nil
	}
	direct, err := url.Parse(c.direct)
	if err != nil || direct.Scheme == "" {
		return "", fmt.Errorf("database-direct-url: want the form postgres://user:password@host/database")
	}
	system, err := url.Parse(c.system)
	if err != nil || system.User == nil {
		return "", fmt.Errorf("database-system-url: want the form postgres://user:password@host/database")
	}
	// A pooler may want another form of the name than the database has, such as one with a project behind it;
	// the direct address has the form that is wanted there.
	password, _ := system.User.Password()
	behind, _ := strings.CutPrefix(direct.User.Username(), "laneway_migrator")
	if !strings.HasPrefix(behind, ".") {
		behind = ""
	}
	direct.User = url.UserPassword("laneway_system"+behind, password)
	return direct.String(), nil
}

func (s settings) config() (config, error) {
	c := config{
		listen: s.listen, operationsListen: s.operationsListen, dataDir: s.dataDir, postgresDir: s.postgresDir,
		app: s.databaseURL, system: s.databaseSystemURL, admin: s.databaseAdminURL, direct: s.databaseDirectURL,
		redisURL: s.redisURL,
	}
	host, _, err := net.SplitHostPort(s.listen)
	if err != nil {
		return config{}, fmt.Errorf("listen %q: want host:port, such as 127.0.0.1:8080", s.listen)
	}
	if s.publicURL != "" {
		c.publicURL, err = url.Parse(s.publicURL)
		if err != nil || (c.publicURL.Scheme != "http" && c.publicURL.Scheme != "https") || c.publicURL.Host == "" || strings.Trim(c.publicURL.Path, "/") != "" {
			return config{}, fmt.Errorf("public-url %q: want an address such as https://laneway.example.org, without a path", s.publicURL)
		}
	}
	if c.external() && c.system == "" {
		return config{}, fmt.Errorf("database-url is set without database-system-url: `laneway migrate --database-admin-url …` makes both logins and prints them")
	}
	if !c.external() && c.system != "" {
		return config{}, fmt.Errorf("database-system-url is set without database-url")
	}
	if c.direct != "" && c.external() {
		c.app, c.system = forPooler(c.app), forPooler(c.system)
	}
	if c.dataDir == "" {
		if c.dataDir, err = defaultDataDir(); err != nil {
			return config{}, err
		}
	}
	if c.dataDir, err = filepath.Abs(c.dataDir); err != nil {
		return config{}, fmt.Errorf("data-dir: %w", err)
	}
	usual := platform.SignUpInvited
	if isLoopback(host) {
		usual = platform.SignUpOpen
	}
	if c.signUp, err = signUpOf("sign-up", s.signUp, usual); err != nil {
		return config{}, err
	}
	if c.providers, err = s.signInProviders(c.signUp); err != nil {
		return config{}, err
	}
	if len(c.providers) > 0 && c.publicURL == nil && !isLoopback(host) {
		return config{}, fmt.Errorf("oidc-issuer is set without public-url: the service has to know the address to send people back to")
	}
	if c.issuers, err = s.tokenIssuers(c.signUp); err != nil {
		return config{}, err
	}
	if s.redisURL != "" {
		if err := redis.CheckAddress(s.redisURL); err != nil {
			return config{}, fmt.Errorf("redis-url: %w", err)
		}
	}
	if c.redisCache, err = onOff("redis-cache", s.redisCache); err != nil {
		return config{}, err
	}
	if c.rateLimit, err = onOff("rate-limit", s.rateLimit); err != nil {
		return config{}, err
	}
	if c.rateLimits, err = parseLimits(s.rateLimits); err != nil {
		return config{}, err
	}
	if c.insecureCookies, err = onOff("insecure-cookies", s.insecureCK); err != nil {
		return config{}, err
	}
	days, err := strconv.Atoi(s.versionRetention)
	if err != nil || days < 0 || days > maxRetentionDays {
		return config{}, fmt.Errorf("version-retention %q: want a number of days, 0 to keep all", s.versionRetention)
	}
	c.versionRetention = time.Duration(days) * 24 * time.Hour
	days, err = strconv.Atoi(s.eventRetention)
	if err != nil || days != 0 && days < minEventRetentionDays || days > maxRetentionDays {
		return config{}, fmt.Errorf("event-retention %q: want a number of days, at least %d, or 0 to keep all", s.eventRetention, minEventRetentionDays)
	}
	c.eventRetention = time.Duration(days) * 24 * time.Hour
	if c.observe, err = s.observe(); err != nil {
		return config{}, err
	}
	if c.sentryBrowserDSN = s.sentryBrowserDSN; c.sentryBrowserDSN != "" {
		if err := httpapi.CheckBrowserDSN(c.sentryBrowserDSN); err != nil {
			return config{}, fmt.Errorf("sentry-browser-dsn: %w", err)
		}
	}
	seconds, err := strconv.Atoi(s.shutdownDelay)
	if err != nil || seconds < 0 || seconds > maxShutdownDelay {
		return config{}, fmt.Errorf("shutdown-delay %q: want a number of seconds, at most %d", s.shutdownDelay, maxShutdownDelay)
	}
	c.shutdownDelay = time.Duration(seconds) * time.Second
	size, err := strconv.Atoi(s.cacheSize)
	if err != nil || size < minCacheSize || size > maxCacheSize {
		return config{}, fmt.Errorf("cache-size %q: want a number of MiB from %d to %d", s.cacheSize, minCacheSize, maxCacheSize)
	}
	c.cacheBytes = int64(size) << 20
	if c.trustedProxies, err = parsePrefixes(s.trustedProxies); err != nil {
		return config{}, err
	}
	return c, c.openMail(s)
}

// openMail makes sense of the settings about mail. Links in mails carry the address in public-url: a request's own Host is
// whatever its client says.
func (c *config) openMail(s settings) (err error) {
	switch {
	case s.smtpURL == "" && s.smtpFrom == "":
		return nil
	case s.smtpURL == "" || s.smtpFrom == "":
		return fmt.Errorf("smtp-url and smtp-from belong together: set both or none")
	case c.publicURL == nil:
		return fmt.Errorf("smtp-url is set without public-url: mails carry links, and nothing else says where they lead")
	}
	c.mailer, err = mail.Open(mail.Config{URL: s.smtpURL, From: s.smtpFrom})
	return err
}

// origin gives an address without what stands behind the host.
func origin(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// observe is whom the server tells what it does. No error of it repeats a secret.
func (s settings) observe() (observe.Config, error) {
	c := observe.Config{Version: version, Environment: s.environment, OTLPEndpoint: s.otlpEndpoint, SentryDSN: s.sentryDSN}
	var err error
	if c.TraceSampling, err = strconv.ParseFloat(s.traceSampling, 64); err != nil || !(c.TraceSampling >= 0 && c.TraceSampling <= 1) {
		return c, fmt.Errorf("trace-sampling %q: want a number from 0 to 1, such as 0.1", s.traceSampling)
	}
	if c.OTLPHeaders, err = observe.ParseHeaders(s.otlpHeaders); err != nil {
		return c, fmt.Errorf("otlp-headers: %w", err)
	}
	if len(c.OTLPHeaders) > 0 && c.OTLPEndpoint == "" {
		return c, fmt.Errorf("otlp-headers is set without otlp-endpoint")
	}
	return c, nil
}

// maxRequests is more than one client can send in a minute.
const maxRequests = 1_000_000

// parseLimits reads limits such as "read=1000,write=200"; what is not named keeps its default.
func parseLimits(text string) (ratelimit.Limits, error) {
	limits := ratelimit.DefaultLimits()
	if text == "" {
		return limits, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(part), "=")
		class := ratelimit.Class(name)
		n, err := strconv.Atoi(number)
		if _, known := limits[class]; !known || err != nil || n < 1 || n > maxRequests {
			return nil, fmt.Errorf("rate-limits %q: want the form read=600,write=100 with the classes read, write, live, sign-in and ai, from 1 to 1,000,000 a minute", part)
		}
		limits[class] = ratelimit.Limit{Requests: n, Window: time.Minute}
	}
	return limits, nil
}

// maxRetentionDays is a hundred years; a log of less than a month could not be looked through.
const (
	maxRetentionDays      = 36500
	minEventRetentionDays = 31
)

// Bounds of the cache, in MiB: with less it forgets what it has just read.
const (
	minCacheSize = 8
	maxCacheSize = 64 << 10
)

// maxShutdownDelay is as long as any load balancer needs.
const maxShutdownDelay = 300

func onOff(name, value string) (bool, error) {
	switch value {
	case "on", "true", "1":
		return true, nil
	case "off", "false", "0":
		return false, nil
	default:
		return false, fmt.Errorf("%s %q: want on or off", name, value)
	}
}

func parsePrefixes(list string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, addressErr := netip.ParseAddr(text)
			if addressErr != nil {
				return nil, fmt.Errorf("trusted-proxies %q: want an address or a network such as 10.0.0.0/8", text)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

func defaultDataDir() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/lib/laneway", nil
	}
	if base := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "laneway"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find a data folder: %w; set data-dir", err)
	}
	return filepath.Join(home, ".local", "share", "laneway"), nil
}
