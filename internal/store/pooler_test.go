package store_test

import (
	"bytes"
	"testing"
	"time"

	"laneway"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

// TestWithoutPreparedStatements runs what a server does in the mode that poolers need, in which the
// types of arguments are told by the program and not by the database.
func TestWithoutPreparedStatements(t *testing.T) {
	t.Parallel()
	shared := storetest.New(t)
	s, err := store.Open(t.Context(), store.Config{
		AppURL:    shared.URLs.App + "&default_query_exec_mode=exec",
		SystemURL: shared.URLs.System + "&default_query_exec_mode=exec",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db := &storetest.Database{Store: s, URLs: shared.URLs, AdminURL: shared.AdminURL, Server: shared.Server}
	actor, ctx := newTenant(t, db), t.Context()
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	project := newProject(t, db, actor)
	claim := begin(t, db, actor, request("key", "body"))
	made, err := s.CreateDiagram(ctx, actor, laneway.Diagram{ID: newID(), Title: "one", ProjectID: project}, content("one"),
		&store.Completion{Key: "key", Claim: claim, Answer: answerOf})
	must("create once", err)
	answer, err := s.BeginOnce(ctx, actor, request("key", "body"), newID())
	must("replay", err)
	if answer == nil || string(answer.Body) != "one" || answer.Headers["ETag"] != `"1"` {
		t.Errorf("replay %+v", answer)
	}
	must("abandon", s.AbandonOnce(ctx, actor, "key", claim))
	d := newDiagram(t, db, actor, "two")
	two, title := content("three"), "three"
	_, err = s.SaveDiagram(ctx, actor, store.DiagramSave{ID: d.ID, Expected: 1, Content: &two})
	must("save content", err)
	_, err = s.SaveDiagram(ctx, actor, store.DiagramSave{ID: d.ID, Expected: 2, Title: &title, ProjectID: &project})
	must("save title and project", err)
	_, err = s.SaveDiagram(ctx, actor, store.DiagramSave{ID: d.ID, Expected: 3, ProjectID: &laneway.ID{}})
	must("take out of the project", err)
	if opened := open(t, db, actor, d.ID); !bytes.Equal(opened.Content.XML, two.XML) || opened.Diagram.Version != 4 || len(opened.Content.Warnings) != 1 {
		t.Errorf("opened %+v", opened)
	}
	_, err = s.DiagramState(ctx, actor, d.ID)
	must("state", err)
	_, err = s.TrashDiagram(ctx, actor, d.ID)
	must("trash", err)
	_, err = s.RestoreDiagram(ctx, actor, d.ID, nil)
	must("restore", err)
	for _, sort := range sorts {
		q := laneway.DiagramQuery{Limit: 1, Sort: sort, Title: "E"}
		if all := walk(t, db, actor, q, func() {}); len(all) != 2 {
			t.Errorf("by %s: %+v", sort, all)
		}
		q.ProjectID, q.Title = made.Diagram.ProjectID, ""
		if all := walk(t, db, actor, q, func() {}); len(all) != 1 {
			t.Errorf("by %s in the project: %+v", sort, all)
		}
	}
	_, _, err = s.SessionAccount(ctx, secretHash(actor.SessionID))
	must("session", err)
	_, err = s.SessionHolders(ctx, [][]byte{secretHash(actor.SessionID)})
	must("sessions", err)
	_, err = s.TokenHolders(ctx, [][]byte{secretHash(actor.SessionID)})
	must("tokens", err)
	must("new session", s.CreateSession(ctx, store.NewSession{ID: newID(), UserID: actor.UserID, SecretHash: []byte("second"), CheckedHash: "no hash", PreviousHash: secretHash(actor.SessionID)}))
	_, _, err = s.Credentials(ctx, "nobody@example.org")
	must("credentials", err)
	must("password", s.RenewPasswordHash(ctx, actor.UserID, "no hash", "hash"))
	for range 3 {
		_, err = s.CountSignIn(ctx, []store.AttemptLimit{{Key: []byte("key"), Free: 2, Most: time.Minute}})
		must("count a sign-in", err)
	}
	ada := laneway.Identity{ID: newID(), Issuer: "https://id.example", Subject: "ada", Email: "ada@example.org"}
	_, _, err = s.CreateIdentityAccount(ctx, store.NewAccount{User: laneway.User{ID: newID(), DisplayName: "Ada"}, SessionID: newID(), SecretHash: []byte("third"),
		Organization: laneway.Organization{ID: newID(), Name: "Ada's", Plan: laneway.Free}}, ada, nil)
	must("account by identity", err)
	_, err = s.IdentityAccount(ctx, ada.Issuer, ada.Subject)
	must("identity", err)
	must("session by identity", s.CreateIdentitySession(ctx, store.NewSession{ID: newID(), SecretHash: []byte("fourth"), PreviousHash: []byte("third")}, ada.Issuer, ada.Subject))
	grace := laneway.Identity{ID: newID(), Issuer: ada.Issuer, Subject: "grace"}
	must("link", s.LinkIdentity(ctx, actor.UserID, grace))
	must("begin a flow", s.BeginFlow(ctx, []byte("flow"), laneway.SignInFlow{Provider: "sso", Next: "/", UserID: actor.UserID, SessionID: actor.SessionID, Identity: ada}))
	_, err = s.Flow(ctx, []byte("flow"))
	must("flow", err)
	_, err = s.TakeFlow(ctx, []byte("flow"))
	must("take a flow", err)
	_, _, err = s.ListIdentities(ctx, actor.UserID)
	must("list identities", err)
	_, err = s.UnlinkIdentity(ctx, actor.UserID, grace.ID, []string{ada.Issuer})
	must("unlink", err)
	_, err = s.PasswordOf(ctx, actor.UserID)
	must("password of", err)
	heads, err := s.Heads(ctx, []laneway.ID{actor.OrganizationID, newID()})
	if must("heads", err); len(heads) != 1 {
		t.Errorf("heads %v", heads)
	}
	_, err = s.ListEvents(ctx, actor, laneway.EventQuery{Kinds: []string{"member", "diagram.saved"}, Limit: 10})
	must("the log", err)
	_, _, err = s.Summaries(ctx, actor.OrganizationID)
	must("summaries", err)
	_, err = s.ChangesAfter(ctx, actor.OrganizationID, 0)
	must("changes", err)
	_, err = s.Fold(ctx, []string{"Ä", "b"})
	must("fold", err)
	must("clear sign-ins", s.ClearSignIn(ctx, [][]byte{[]byte("key")}))
	db.Admin(t, `UPDATE diagrams SET deleted_at = now() - interval '31 days' WHERE id = $1`, d.ID)
	n, err := s.Purge(ctx)
	must("purge", err)
	if n != 1 {
		t.Errorf("purged %d", n)
	}
	for i := range 6 {
		_, err = s.CreateDiagram(ctx, actor, laneway.Diagram{ID: newID(), Title: "x"}, content("x"), nil)
		if want := i < 3; (err == nil) != want || err != nil && laneway.KindOf(err) != laneway.QuotaExceeded {
			t.Errorf("create %d: %v", i, err)
		}
	}
	checkEvents(t, db, actor)
}
