package platform_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestMayComesFirst reads the package's source: every operation that somebody asks for in an organization
// begins with Actor.May and gives up on its error, before anything else is looked at.
func TestMayComesFirst(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	sources := token.NewFileSet()
	checked := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(sources, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !isOperation(f) {
				continue
			}
			checked++
			if len(f.Body.List) == 0 || !asksMay(f.Body.List[0]) {
				t.Errorf("%s: %s does not begin with actor.May", sources.Position(f.Pos()), f.Name.Name)
			}
		}
	}
	if checked < 30 {
		t.Errorf("%d operations were found, want at least 30: does this test still know what one is?", checked)
	}
	t.Logf("%d operations", checked)
	// The test would notice: a body that begins otherwise, and one that drops the error.
	for _, body := range []string{`{ p.store.Purge(ctx); return nil }`, `{ if err := actor.May(x); err != nil { log(err) }; return nil }`, `{ actor.May(x); return nil }`} {
		f, err := parser.ParseFile(token.NewFileSet(), "", "package p; func (p *Platform) Do(ctx context.Context, actor laneway.Actor) error "+body, 0)
		if err != nil {
			t.Fatal(err)
		}
		if do := f.Decls[0].(*ast.FuncDecl); !isOperation(do) || asksMay(do.Body.List[0]) { //nolint:forcetypeassert // it was written as one above
			t.Errorf("this passes: %s", body)
		}
	}
}

// isOperation tells exported methods of Platform with a parameter actor of type laneway.Actor.
func isOperation(f *ast.FuncDecl) bool {
	if f.Recv == nil || !f.Name.IsExported() {
		return false
	}
	if star, ok := f.Recv.List[0].Type.(*ast.StarExpr); !ok || !isName(star.X, "Platform") {
		return false
	}
	for _, p := range f.Type.Params.List {
		if s, ok := p.Type.(*ast.SelectorExpr); ok && isName(s.X, "laneway") && s.Sel.Name == "Actor" {
			return true
		}
	}
	return false
}

// asksMay tells the statement: if err := actor.May(…); err != nil { return …, err }.
func asksMay(s ast.Stmt) bool {
	branch, ok := s.(*ast.IfStmt)
	if !ok {
		return false
	}
	set, ok := branch.Init.(*ast.AssignStmt)
	if !ok || len(set.Rhs) != 1 {
		return false
	}
	asked, ok := set.Rhs[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	method, ok := asked.Fun.(*ast.SelectorExpr)
	if !ok || !isName(method.X, "actor") || method.Sel.Name != "May" || len(branch.Body.List) != 1 {
		return false
	}
	out, ok := branch.Body.List[0].(*ast.ReturnStmt)
	return ok && len(out.Results) > 0 && isName(out.Results[len(out.Results)-1], "err")
}

func isName(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}
