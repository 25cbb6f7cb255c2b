package laneway_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed is the table "Who may import whom" of docs/architecture.md: for each package of ours,
// which other packages of ours it may import, and which modules outside the standard library.
// Tests are exempt. A package that is not listed may import nothing but the standard library.
var allowed = map[string]struct{ ours, modules []string }{
	"laneway":          {},
	"laneway/bpmn":     {},
	"laneway/bpmn/svg": {ours: []string{"laneway/bpmn"}},
	"laneway/web":      {},
	"laneway/internal/store": {
		ours:    []string{"laneway"},
		modules: []string{"github.com/jackc/pgx/v5", "github.com/pressly/goose/v3", "github.com/klauspost/compress"},
	},
	"laneway/internal/store/storetest": {
		ours:    []string{"laneway", "laneway/internal/store", "laneway/internal/embeddedpg"},
		modules: []string{"github.com/jackc/pgx/v5"},
	},
	"laneway/internal/material":               {}, // the documents that tests are run on
	"laneway/internal/auth":                   {ours: []string{"laneway"}, modules: []string{"golang.org/x/crypto", "golang.org/x/oauth2", "github.com/coreos/go-oidc/v3", "github.com/go-jose/go-jose/v4"}},
	"laneway/internal/auth/authtest":          {},
	"laneway/internal/auth/authtest/provider": {ours: []string{"laneway/internal/auth/authtest"}},
	"laneway/internal/embeddedpg": {
		ours:    []string{"laneway/internal/embeddedpg/bundle"},
		modules: []string{"github.com/jackc/pgx/v5", "github.com/klauspost/compress", "golang.org/x/sys"},
	},
	"laneway/internal/embeddedpg/bundle": {modules: []string{"github.com/klauspost/compress"}},
	"laneway/internal/embeddedpg/pack": {
		ours:    []string{"laneway/internal/embeddedpg", "laneway/internal/embeddedpg/bundle"},
		modules: []string{"github.com/klauspost/compress", "golang.org/x/sys"},
	},
	"laneway/internal/render": {
		ours:    []string{"laneway/bpmn", "laneway/bpmn/svg"},
		modules: []string{"github.com/tetratelabs/wazero", "codeberg.org/go-pdf/fpdf", "github.com/klauspost/compress"},
	},
	"laneway/internal/cache":     {ours: []string{"laneway", "laneway/internal/redis"}, modules: []string{"github.com/maypok86/otter/v2", "github.com/klauspost/compress", "github.com/redis/rueidis"}},
	"laneway/internal/ratelimit": {ours: []string{"laneway/internal/redis"}, modules: []string{"github.com/redis/rueidis"}},
	"laneway/internal/redis":     {modules: []string{"github.com/redis/rueidis"}},
	"laneway/internal/observe": {
		ours:    []string{"laneway"},
		modules: []string{"github.com/prometheus/client_golang", "go.opentelemetry.io/otel", "github.com/getsentry/sentry-go", "github.com/jackc/pgx/v5"},
	},
	"laneway/internal/redistest":     {}, // a real Redis for tests
	"laneway/internal/mail":          {modules: []string{"github.com/wneessen/go-mail"}},
	"laneway/internal/mail/mailtest": {},
	"laneway/internal/live":          {ours: []string{"laneway", "laneway/internal/store"}},
	"laneway/internal/platform":      {ours: []string{"laneway", "laneway/bpmn", "laneway/bpmn/svg", "laneway/internal/store", "laneway/internal/live", "laneway/internal/cache", "laneway/internal/redis", "laneway/internal/auth", "laneway/internal/mail", "laneway/internal/render"}},
	"laneway/internal/httpapi": {
		ours:    []string{"laneway", "laneway/bpmn", "laneway/internal/platform", "laneway/internal/live", "laneway/internal/ratelimit", "laneway/internal/observe"},
		modules: []string{"github.com/klauspost/compress"},
	},
	"laneway/internal/httpapi/apitest": {
		ours:    []string{"laneway", "laneway/internal/httpapi", "laneway/internal/live", "laneway/internal/mail", "laneway/internal/observe", "laneway/internal/platform", "laneway/internal/ratelimit", "laneway/internal/redis", "laneway/internal/store", "laneway/internal/store/storetest"},
		modules: []string{"github.com/jackc/pgx/v5", "github.com/pb33f/libopenapi", "github.com/pb33f/libopenapi-validator"},
	},
	"laneway/load":      {modules: []string{"github.com/klauspost/compress"}},                                          // a driver, which knows the server by its API alone
	"laneway/load/bare": {ours: []string{"laneway/internal/embeddedpg"}, modules: []string{"github.com/jackc/pgx/v5"}}, // the yardstick, which knows nothing of the server
	"laneway/cmd/laneway": {
		ours: []string{"laneway", "laneway/bpmn", "laneway/bpmn/svg", "laneway/web", "laneway/internal/auth", "laneway/internal/embeddedpg", "laneway/internal/mail", "laneway/internal/observe", "laneway/internal/render", "laneway/internal/store",
			"laneway/internal/live", "laneway/internal/platform", "laneway/internal/ratelimit", "laneway/internal/redis", "laneway/internal/httpapi"},
		modules: []string{"github.com/spf13/cobra", "github.com/spf13/pflag"},
	},
}

// never lists what a package must not reach even through the standard library.
var never = map[string][]string{
	"laneway":                   {"net/http", "database/sql", "encoding/json"},
	"laneway/bpmn":              {"os", "net", "net/http", "context", "database/sql"},
	"laneway/bpmn/svg":          {"os", "net", "net/http", "context", "database/sql"},
	"laneway/internal/live":     {"net/http"},
	"laneway/internal/platform": {"net/http"},
	"laneway/internal/store":    {"net/http"},
}

type listedPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

func TestImportRules(t *testing.T) {
	for _, p := range listPackages(t) {
		rule, listed := allowed[p.ImportPath]
		if !listed {
			t.Errorf("package %s has no row in the import rules: add one to imports_test.go and docs/architecture.md", p.ImportPath)
		}
		for _, path := range p.Imports {
			switch {
			case slices.Contains(never[p.ImportPath], path):
				t.Errorf("%s imports %s, which it must not", p.ImportPath, path)
			case path == "laneway" || strings.HasPrefix(path, "laneway/"):
				if !slices.Contains(rule.ours, path) {
					t.Errorf("%s imports %s, which the import rules do not allow", p.ImportPath, path)
				}
			case strings.Contains(strings.SplitN(path, "/", 2)[0], "."):
				if !slices.ContainsFunc(rule.modules, func(m string) bool { return path == m || strings.HasPrefix(path, m+"/") }) {
					t.Errorf("%s imports %s, which the import rules do not allow", p.ImportPath, path)
				}
			}
		}
	}
}

// TestNamesOfPackages keeps out the packages where everything ends up.
func TestNamesOfPackages(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, part := range strings.Split(p.ImportPath, "/") {
			if slices.Contains([]string{"util", "utils", "helper", "helpers", "common", "shared", "types", "models", "misc"}, part) {
				t.Errorf("package %s: name it after what it does", p.ImportPath)
			}
		}
	}
}

func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-tags", "embedpg", "-json=ImportPath,Standard,Imports", "./...").Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	var packages []listedPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 5 {
		t.Fatalf("go list found %d packages only", len(packages))
	}
	return packages
}
