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
		`laneway_step_duration_seconds_count{step="password"} 1`, `laneway_job_runs_total{job="purge",outcome="success"} 1`,
		`laneway_web_vital_seconds_count{page="library",vital="lcp"} 1`, `laneway_studio_load_seconds_count{from="click"} 1`, `laneway_build_info{goversion="go`,
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	// Labels come from our own tables: neither ids nor what clients make up.
	if id := regexp.MustCompile(`"[^"]*[0-9a-f]{8}-[0-9a-f]{4}-[^"]*"|canary`).FindString(page); id != "" {
		t.Errorf("a label is %s", id)
	}
}

// Grafana refuses a dashboard whose panels share an id, and draws panels that lie on each other.
func TestDashboard(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/grafana/laneway.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			ID      int
			Type    string
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	ids, cells := make(map[int]bool), make(map[[2]int]string)
	for _, p := range dashboard.Panels {
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
		for _, target := range p.Targets {
			if strings.Count(target.Expr, "(") != strings.Count(target.Expr, ")") || strings.Count(target.Expr, "{") != strings.Count(target.Expr, "}") {
				t.Errorf("%q: %s", p.Title, target.Expr)
			}
		}
	}
}
