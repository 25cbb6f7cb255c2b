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
	// The logins of the server do not get through this door.
	for name, url := range map[string]string{"app": db.URLs.App, "system": db.URLs.System, "migrator": db.URLs.Migrator} {
		if _, err := store.OpenOperator(ctx, url); err == nil {
			t.Errorf("%s opened the operator's door", name)
		}
	}
}
