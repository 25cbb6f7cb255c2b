package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// metricName is a metric in an expression, a text or a page.
var metricName = regexp.MustCompile(`\b(?:laneway|process|go)_[a-z0-9_]+\b`)

// exposed reads the page for Prometheus: names of samples by line, comments aside. A line that is none fails.
func exposed(t *testing.T, page string) map[string][]string {
	t.Helper()
	sample := regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)*\})? (?:[-+0-9.eE]+|\+Inf|NaN)$`)
	names := make(map[string][]string)
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "# HELP ") || strings.HasPrefix(line, "# TYPE ") {
			continue
		}
		parts := sample.FindStringSubmatch(line)
		if parts == nil {
			t.Errorf("this is no sample: %s", line)
			continue
		}
		names[parts[1]] = append(names[parts[1]], line)
	}
	return names
}

// checkMetrics holds the page of a server that was used a little against what the dashboard, the alerts and the
// handbook name, and the reverse: what we measure is shown somewhere.
func checkMetrics(t *testing.T, page string) {
	t.Helper()
	names := exposed(t, page)
	if len(names) < 60 {
		t.Errorf("%d names only:\n%s", len(names), page)
	}
	shown := make(map[string]bool)
	for _, file := range []string{"../../deploy/grafana/laneway.json", "../../deploy/prometheus/alerts.yaml", "../../docs/operating.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := metricName.FindAllString(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s names no metric", file)
		}
		for _, name := range found {
			shown[name] = true
			if _, bare := names[name]; !bare && names[name+"_count"] == nil && name != "laneway_app" && name != "laneway_system" && name != "laneway_migrator" {
				t.Errorf("%s names %s, which the server does not have", file, name)
			}
		}
	}
	for name := range names {
		family := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(name, "laneway_") && !shown[name] && !slices.ContainsFunc([]string{"", "_bucket", "_sum", "_count"}, func(s string) bool { return shown[family+s] }) {
			t.Errorf("%s is shown nowhere", name)
		}
	}
	for _, part := range []string{
		`laneway_http_request_duration_seconds_count{method="GET",operation="getDiagram",status="2xx"}`,
		`laneway_http_request_duration_seconds_count{method="GET",operation="getMe",status="4xx"}`,
		`laneway_http_request_duration_seconds_count{method="GET",operation="studio",status="2xx"}`,
		`laneway_database_connections{pool="app",state="idle"}`, `laneway_rate_limit_requests_total{class="read",outcome="allowed"}`,
		`laneway_step_duration_seconds_count{step="password"} 1`, `laneway_job_runs_total{outcome="success",task="purge"} 1`,
		`laneway_web_vital_seconds_count{page="library",vital="lcp"} 1`, `laneway_studio_load_seconds_count{from="click"} 1`, `laneway_build_info{goversion="go`,
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	for _, p := range readDashboard(t) {
		for _, target := range p.Targets {
			checkExpression(t, p.Title, target.Expr, names)
		}
	}
	alerts := readAlerts(t)
	if len(alerts) < 10 {
		t.Errorf("%d alerts only", len(alerts))
	}
	for _, rule := range alerts {
		checkExpression(t, rule["alert"], rule["expr"], names)
		if rule["summary"] == "" || rule["description"] == "" || !strings.Contains(rule["labels"], "severity") {
			t.Errorf("%s does not say what to do: %v", rule["alert"], rule)
		}
	}
	// Labels come from our own tables: neither ids nor what clients make up. Two are the scraper's own.
	if own := regexp.MustCompile(`[{,](?:job|instance)="`).FindString(page); own != "" {
		t.Errorf("a label is the scraper's: %s", own)
	}
	if id := regexp.MustCompile(`"[^"]*[0-9a-f]{8}-[0-9a-f]{4}-[^"]*"|canary`).FindString(page); id != "" {
		t.Errorf("a label is %s", id)
	}
}

// readAlerts gives the rules of the file. It knows as much of YAML as the file uses: a key a line, and texts that are
// indented under one.
func readAlerts(t *testing.T) []map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`^( +)(?:- )?(alert|expr|for|labels|summary|description): (.*)$`)
	var rules []map[string]string
	name := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		switch parts := key.FindStringSubmatch(line); {
		case parts != nil && parts[2] == "alert":
			rules = append(rules, map[string]string{"alert": parts[3]})
		case parts != nil:
			name = parts[2]
			rules[len(rules)-1][name] = strings.TrimPrefix(parts[3], "|")
		case len(rules) > 0 && strings.HasPrefix(line, "          ") && name == "expr":
			rules[len(rules)-1][name] += " " + strings.TrimSpace(line)
		}
	}
	return rules
}

var (
	braces  = regexp.MustCompile(`(\w+)\{([^}]*)\}`)
	matcher = regexp.MustCompile(`(\w+)(=~|!~|!=|=)"([^"]*)"`)
	by      = regexp.MustCompile(`\bby \(([^)]*)\)`)
)

// checkExpression holds the labels that an expression asks for against those that the page has. Instance and job are
// the scraper's.
func checkExpression(t *testing.T, where, expression string, names map[string][]string) {
	t.Helper()
	has := func(metric, part string) bool {
		return slices.ContainsFunc(slices.Concat(names[metric], names[metric+"_bucket"]), func(line string) bool { return strings.Contains(line, part) })
	}
	for _, selector := range braces.FindAllStringSubmatch(expression, -1) {
		for _, m := range matcher.FindAllStringSubmatch(selector[2], -1) {
			label, value := m[1], m[3]
			part := label + `="`
			if m[2] == "=" && value != "5xx" { // nothing failed here, and should
				part += value + `"`
			}
			if label != "instance" && label != "job" && !has(selector[1], part) {
				t.Errorf("%s: %s has no %s", where, selector[1], part)
			}
		}
	}
	metrics := metricName.FindAllString(expression, -1)
	for _, list := range by.FindAllStringSubmatch(expression, -1) {
		for label := range strings.SplitSeq(list[1], ",") {
			label = strings.TrimSpace(label)
			if label != "instance" && !slices.ContainsFunc(metrics, func(metric string) bool { return has(metric, label+`="`) }) {
				t.Errorf("%s: none of %s has a label %s", where, metrics, label)
			}
		}
	}
	if strings.Count(expression, "(") != strings.Count(expression, ")") || strings.Count(expression, "{") != strings.Count(expression, "}") || strings.TrimSpace(expression) == "" {
		t.Errorf("%s: %s", where, expression)
	}
}

// panel is a panel of the dashboard.
type panel struct {
	ID      int
	Type    string
	Title   string
	GridPos struct{ X, Y, W, H int }
	Targets []struct{ Expr string }
}

func readDashboard(t *testing.T) []panel {
	t.Helper()
	text, err := os.ReadFile("../../deploy/grafana/laneway.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct{ Panels []panel }
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	return dashboard.Panels
}

// Grafana refuses a dashboard whose panels share an id, and draws panels that lie on each other.
func TestDashboard(t *testing.T) {
	t.Parallel()
	ids, cells := make(map[int]bool), make(map[[2]int]string)
	for _, p := range readDashboard(t) {
		if ids[p.ID] || p.Title == "" || p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %d %q is doubled or empty", p.ID, p.Title)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := cells[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%q lies on %q, or beyond the edge", p.Title, other)
				}
				cells[[2]int{x, y}] = p.Title
			}
		}
	}
}
