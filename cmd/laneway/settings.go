package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
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
