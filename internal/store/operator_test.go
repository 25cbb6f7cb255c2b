package store_test

import (
	"context"
	"testing"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

func TestOperator(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	first, second, ctx := newTenant(t, db), newTenant(t, db), t.Context()
	newDiagram(t, db, second, "one")
	operator, err := store.OpenOperator(ctx, db.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := operator.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := operator.SetPlan(ctx, second.OrganizationID, laneway.Pro); err != nil {
		t.Fatal(err)
	}
	list, err := operator.Organizations(ctx)
	if err != nil || len(list) != 2 {
		t.Fatalf("organizations %+v, %v", list, err)
	}
	for i, want := range []struct {
		id       laneway.ID
		plan     laneway.Plan
		diagrams int
	}{{first.OrganizationID, laneway.Free, 0}, {second.OrganizationID, laneway.Pro, 1}} {
		if got := list[i]; got.Organization.ID != want.id || got.Organization.Plan != want.plan || got.Diagrams != want.diagrams || got.Organization.CreatedAt.IsZero() {
			t.Errorf("organization %d is %+v, want %+v", i, got, want)
		}
	}
	wantKind(t, operator.SetPlan(ctx, newID(), laneway.Pro), laneway.NotFound)
	for _, plan := range []laneway.Plan{"", "gold", "FREE"} {
		if e := wantKind(t, operator.SetPlan(ctx, first.OrganizationID, plan), laneway.Invalid); e.Fields[0].Code != "unknown_plan" {
			t.Errorf("plan %q: %+v", plan, e)
		}
	}
	checkEvents(t, db, first)
	checkEvents(t, db, second)
	last := storetest.Value[string](t, db, `SELECT kind || ' ' || (data->>'plan') FROM events WHERE org_id = $1 ORDER BY seq DESC LIMIT 1`, second.OrganizationID)
	if last != string(laneway.OrganizationPlanSet)+" pro" {
		t.Errorf("the last event is %s", last)
	}
	// Pages of all organizations, as an operator sees them.
	page, err := db.Store.ListOrganizations(ctx, laneway.OrganizationQuery{Limit: 1})
	if err != nil || len(page.Items) != 1 || page.Items[0].Organization.ID != first.OrganizationID || page.Items[0].Members != 1 || page.Next.IsZero() {
		t.Errorf("the first page is %+v, %v", page, err)
	}
	page, err = db.Store.ListOrganizations(ctx, laneway.OrganizationQuery{Limit: 1, After: page.Next})
	if err != nil || len(page.Items) != 1 || page.Items[0].Organization.ID != second.OrganizationID || page.Items[0].Diagrams != 1 || !page.Next.IsZero() {
		t.Errorf("the second page is %+v, %v", page, err)
	}
	// Who becomes an operator is on record, once for each change.
	email := storetest.Value[string](t, db, `SELECT email FROM users WHERE id = $1`, first.UserID)
	for _, step := range []struct{ operator, changed bool }{{true, true}, {true, false}, {false, true}} {
		changed, err := operator.SetOperator(ctx, email, step.operator)
		if err != nil || changed != step.changed {
			t.Errorf("set operator to %v: %v, %v", step.operator, changed, err)
		}
		if is := storetest.Value[bool](t, db, `SELECT operator FROM users WHERE id = $1`, first.UserID); is != step.operator {
			t.Errorf("the flag is %v, want %v", is, step.operator)
		}
	}
	changes, err := db.Store.ListOperatorChanges(ctx)
	if err != nil || len(changes) != 2 || changes[0].Operator || !changes[1].Operator || changes[0].User.Email != email || changes[0].At.IsZero() {
		t.Errorf("the record says %+v, %v", changes, err)
	}
	_, err = operator.SetOperator(ctx, "nobody@example.org", true)
	wantKind(t, err, laneway.NotFound)
	// The logins of the server do not get through this door.
	for name, url := range map[string]string{"app": db.URLs.App, "system": db.URLs.System, "migrator": db.URLs.Migrator} {
		if _, err := store.OpenOperator(ctx, url); err == nil {
			t.Errorf("%s opened the operator's door", name)
		}
	}
}
