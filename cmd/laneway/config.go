package main

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"laneway/internal/httpapi"
	"laneway/internal/mail"
	"laneway/internal/observe"
	"laneway/internal/platform"
	"laneway/internal/ratelimit"
	"laneway/internal/redis"
)

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
