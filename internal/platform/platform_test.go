package platform_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"testing"
	"time"

	"laneway"
	"laneway/internal/platform"
	"laneway/internal/store"
	"laneway/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// product is a platform on a database of its own.
type product struct {
	*platform.Platform
	db *storetest.Database
}

func newProduct(t testing.TB, change func(*platform.Config)) product {
	t.Helper()
	db := storetest.New(t)
	config := platform.Config{Store: db.Store, SignUp: platform.SignUpOpen, SignInLimits: true, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&config)
	}
	p, err := platform.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return product{p, db}
}

func newID() laneway.ID { return laneway.NewID(time.Now(), rand.Reader) }

// newAdmin makes an organization with one admin, without the price of hashing a password.
func (p product) newAdmin(t testing.TB) laneway.Actor {
	t.Helper()
	actor := laneway.Actor{UserID: newID(), OrganizationID: newID(), Role: laneway.RoleAdmin, SessionID: newID()}
	err := p.db.Store.CreateAccount(t.Context(), store.NewAccount{
		User:         laneway.User{ID: actor.UserID, Email: actor.UserID.String() + "@example.org", DisplayName: "Ada"},
		Organization: laneway.Organization{ID: actor.OrganizationID, Name: "Organization", Plan: laneway.Free},
		SessionID:    actor.SessionID, SecretHash: []byte(actor.SessionID.String()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return actor
}

const namespaces = `xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:v="http://vendor.example/1" id="d" targetNamespace="http://example.org"`

// model is a small document around what is given.
func model(inside string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<definitions ` + namespaces + `>` + inside + `</definitions>`
}

func task(name string) string {
	return model(`<process id="p" isExecutable="false"><task id="t" name="` + name + `"/></process>`)
}

func raw(document string) laneway.Source { return laneway.Source{Bytes: []byte(document)} }

func text(document string) *laneway.Source {
	return &laneway.Source{Bytes: []byte(document), Text: true}
}

func (p product) newDiagram(t testing.TB, actor laneway.Actor, document string) *platform.Stored {
	t.Helper()
	made, err := p.CreateDiagram(t.Context(), actor, laneway.NewDiagram{Title: "Diagram", Source: raw(document)})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func wantKind(t testing.TB, err error, kind laneway.Kind) *laneway.Error {
	t.Helper()
	e, ok := errors.AsType[*laneway.Error](err)
	if !ok || e.Kind != kind {
		t.Fatalf("error is %v, want one of kind %s", err, kind)
	}
	return e
}

func wantField(t testing.TB, err error, kind laneway.Kind, field, code string) *laneway.Error {
	t.Helper()
	e := wantKind(t, err, kind)
	if len(e.Fields) == 0 || e.Fields[0].Field != field || e.Fields[0].Code != code {
		t.Fatalf("fields are %+v, want %s %s", e.Fields, field, code)
	}
	return e
}
