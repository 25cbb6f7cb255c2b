package httpapi

// RouteRow is a row of the table of routes, for the contract test.
type RouteRow struct{ Method, Path, Access, Query string }

// RouteRows gives the table of routes.
func RouteRows() []RouteRow {
	var rows []RouteRow
	for _, r := range routes() {
		rows = append(rows, RouteRow{r.method, r.path, string(r.access), r.query})
	}
	return rows
}
