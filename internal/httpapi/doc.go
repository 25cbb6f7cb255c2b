// Package httpapi speaks HTTP for the platform: it knows routes, status codes, headers, cookies and
// JSON, and nothing else.
//
// New gives the handler of the public listener, Operations the one of the operations listener. Every
// address of the API is one row of the table in routes.go and one operation in openapi.yaml; a test
// holds both together, and the test harness in apitest holds every answer of every API test against
// that document.
//
// A handler is a method that returns an error. One wrapper (handler.go) finds out who asks, refuses
// what the row does not allow, runs the handler and turns its error into an RFC 9457 problem
// (problem.go, the only place that maps kinds of errors to status codes). So no handler writes an
// error, and what has no kind is a bare 500 whose text stays in the log.
//
// What holds for every answer, the router's own and those of static files included: it carries the
// security headers, X-Request-Id, and a Cache-Control that keeps private data out of shared caches.
// Who asks is settled before anything else is looked at: before the query, before the body, and
// before an entity tag that the client says it has.
//
// Request bodies are strict (body.go): JSON names are case-sensitive, unknown and doubled ones are
// refused, and absent, null and empty are three different things. XML is handed on as the bytes that
// came; reading it is the work of package bpmn alone.
package httpapi
