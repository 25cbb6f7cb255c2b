package httpapi_test

import (
	"slices"
	"strings"
	"testing"

	"laneway/internal/httpapi"
	"laneway/internal/httpapi/apitest"
)

// Each row of routes.go is an operation of openapi.yaml with the same permission and the same query
// parameters, and the reverse.
func TestRoutesAndDocumentAgree(t *testing.T) {
	operations, err := apitest.Operations()
	if err != nil {
		t.Fatal(err)
	}
	rows := httpapi.RouteRows()
	if len(rows) == 0 || len(operations) == 0 {
		t.Fatalf("%d rows and %d operations: nothing to compare", len(rows), len(operations))
	}
	documented := make(map[string]apitest.Operation)
	ids := make(map[string]bool)
	for _, o := range operations {
		documented[o.Method+" "+o.Path] = o
		if o.ID == "" || ids[o.ID] {
			t.Errorf("%s %s: operationId %q is missing or doubled", o.Method, o.Path, o.ID)
		}
		ids[o.ID] = true
	}
	for _, row := range rows {
		o, ok := documented[row.Method+" "+row.Path]
		if !ok {
			t.Errorf("%s %s stands in routes.go and not in openapi.yaml", row.Method, row.Path)
			continue
		}
		delete(documented, row.Method+" "+row.Path)
		if o.Authz != row.Access {
			t.Errorf("%s %s: x-authz is %q, routes.go says %q", row.Method, row.Path, o.Authz, row.Access)
		}
		query := strings.Fields(strings.ReplaceAll(row.Query, "*", ""))
		slices.Sort(query)
		slices.Sort(o.QueryParameters)
		if !slices.Equal(query, o.QueryParameters) {
			t.Errorf("%s %s: routes.go takes the parameters %v, openapi.yaml %v", row.Method, row.Path, query, o.QueryParameters)
		}
	}
	for name := range documented {
		t.Errorf("%s stands in openapi.yaml and not in routes.go", name)
	}
}
