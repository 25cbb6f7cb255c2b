package platform_test

import (
	"encoding/base64"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"laneway"
	"laneway/internal/platform"
	"laneway/internal/store/storetest"
)

var ada = laneway.SignUp{Email: "ada@example.org", Password: "correct horse battery", DisplayName: "Ada"}

func TestSignUpAndIn(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	ctx := t.Context()
	account, secret, err := p.SignUp(ctx, laneway.SignUp{Email: " Ada@Example.org ", Password: ada.Password, DisplayName: " Ada "})
	if err != nil {
		t.Fatal(err)
	}
	m := account.Membership(account.DefaultID)
	if account.User.Email != "ada@example.org" || account.User.DisplayName != "Ada" || m == nil || m.Role != laneway.RoleAdmin ||
		m.Organization.Name != "Ada's organization" || m.Organization.Plan != laneway.Free {
		t.Errorf("account %+v", account)
	}
	same, session, err := p.Authenticate(ctx, secret)
	if err != nil || !reflect.DeepEqual(same, account) || session.UserID != account.User.ID {
		t.Errorf("authenticated %+v, %+v, %v", same, session, err)
	}
	_, _, err = p.SignUp(ctx, ada)
	wantField(t, err, laneway.Conflict, "email", "taken")

	// Signing in ends the session that the browser had, and no other.
	in := platform.SignIn{Email: "ADA@example.org", Password: ada.Password, Address: "192.0.2.1"}
	_, second, err := p.SignIn(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	in.PreviousSecret = secret
	again, third, err := p.SignIn(ctx, in)
	if err != nil || !reflect.DeepEqual(again, account) {
		t.Fatalf("signed in as %+v, %v", again, err)
	}
	for s, alive := range map[string]bool{secret: false, second: true, third: true, "": false, "short": false, strings.Repeat("A", 43): false} {
		_, _, err := p.Authenticate(ctx, s)
		if alive && err != nil || !alive && laneway.KindOf(err) != laneway.Unauthenticated {
			t.Errorf("session %q: %v, want it alive: %v", s, err, alive)
		}
	}
	for range 2 {
		if err := p.SignOut(ctx, third); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.SignOut(ctx, "nonsense"); err != nil {
		t.Errorf("sign out without a session: %v", err)
	}
	if _, _, err := p.Authenticate(ctx, third); laneway.KindOf(err) != laneway.Unauthenticated {
		t.Errorf("after signing out: %v", err)
	}
	if stored := storetest.Value[bool](t, p.db, `SELECT EXISTS (SELECT FROM sessions WHERE secret_hash = convert_to($1, 'UTF8'))`, second); stored {
		t.Error("a secret is stored as it is")
	}
}

func TestSignUpRules(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	long := strings.Repeat("ä", 201)
	for _, tt := range []struct {
		name, field, code string
		change            func(*laneway.SignUp)
	}{
		{"no address", "email", "invalid_email", func(r *laneway.SignUp) { r.Email = "ada" }},
		{"NUL in the address", "email", "invalid_email", func(r *laneway.SignUp) { r.Email = "a\x00b@example.org" }},
		{"short password", "password", "too_short", func(r *laneway.SignUp) { r.Password = "eleven char" }},
		{"long password", "password", "too_long", func(r *laneway.SignUp) { r.Password = strings.Repeat("x", 257) }},
		{"no name", "displayName", "required", func(r *laneway.SignUp) { r.DisplayName = "  " }},
		{"long name", "displayName", "too_long", func(r *laneway.SignUp) { r.DisplayName = long }},
		{"long organization", "organizationName", "too_long", func(r *laneway.SignUp) { r.OrganizationName = long }},
		{"NUL in the organization", "organizationName", "control_character", func(r *laneway.SignUp) { r.OrganizationName = "a\x00b" }},
	} {
		r := ada
		tt.change(&r)
		_, _, err := p.SignUp(t.Context(), r)
		if e := wantKind(t, err, laneway.Invalid); len(e.Fields) != 1 || e.Fields[0].Field != tt.field || e.Fields[0].Code != tt.code {
			t.Errorf("%s: %+v", tt.name, e.Fields)
		}
	}
	if n := storetest.Value[int](t, p.db, `SELECT count(*) FROM users`); n != 0 {
		t.Errorf("refused sign-ups made %d users", n)
	}
	r := ada
	r.DisplayName, r.OrganizationName = strings.Repeat("ß", 200), "The Analytical Engine"
	account, _, err := p.SignUp(t.Context(), r)
	if err != nil || account.Memberships[0].Organization.Name != "The Analytical Engine" {
		t.Errorf("%+v, %v", account, err)
	}
	r.Email, r.OrganizationName = "other@example.org", ""
	account, _, err = p.SignUp(t.Context(), r)
	if err != nil || !strings.HasSuffix(account.Memberships[0].Organization.Name, "ß's organization") {
		t.Errorf("an organization named after the longest name: %+v, %v", account, err)
	}
}

func TestSignUpPolicy(t *testing.T) {
	t.Parallel()
	for _, policy := range []platform.SignUpPolicy{platform.SignUpInvited, platform.SignUpClosed, ""} {
		p := newProduct(t, func(c *platform.Config) { c.SignUp = policy })
		_, _, err := p.SignUp(t.Context(), ada)
		wantKind(t, err, laneway.Forbidden)
	}
}

// TestUnknownAndWrongAreEqual: nobody learns from the answer whether an address has an account.
func TestUnknownAndWrongAreEqual(t *testing.T) {
	t.Parallel()
	p := newProduct(t, func(c *platform.Config) { c.SignInLimits = false })
	ctx := t.Context()
	if _, _, err := p.SignUp(ctx, ada); err != nil {
		t.Fatal(err)
	}
	p.db.Admin(t, `INSERT INTO users (id, email, display_name) VALUES ($1, 'nopassword@example.org', 'X')`, newID())
	_, _, wrong := p.SignIn(ctx, platform.SignIn{Email: ada.Email, Password: "wrong horse battery"})
	wantKind(t, wrong, laneway.Unauthenticated)
	for _, in := range []platform.SignIn{
		{Email: "unknown@example.org", Password: ada.Password},
		{Email: "nopassword@example.org", Password: ada.Password},
		{Email: "no address", Password: ada.Password},
		{Email: "nul\x00@example.org", Password: "\xff\x00"},
		{Email: ada.Email, Password: ""},
		{Email: ada.Email, Password: strings.Repeat("long", 1000)},
		{Email: ada.Email, Password: ada.Password + " "},
	} {
		if _, _, err := p.SignIn(ctx, in); !reflect.DeepEqual(err, wrong) {
			t.Errorf("%q: %v, want %v", in.Email, err, wrong)
		}
	}
	// The same work: an unknown address takes about as long as a wrong password, not a tenth of it.
	if fastest(func() { _, _, _ = p.SignIn(ctx, platform.SignIn{Email: "unknown@example.org", Password: "x"}) }) <
		fastest(func() { _, _, _ = p.SignIn(ctx, platform.SignIn{Email: ada.Email, Password: "x"}) })/4 {
		t.Error("an unknown address is answered much faster than a wrong password")
	}
}

// fastest is the shortest of some runs, which a busy machine disturbs least.
func fastest(call func()) time.Duration {
	best := time.Hour
	for range 3 {
		begun := time.Now()
		call()
		best = min(best, time.Since(begun))
	}
	return best
}

// TestGuessingIsDelayed: known and unknown addresses alike. While it is delayed the right password
// is not looked at either; a client elsewhere is not shut out, and a success sets the counters back.
func TestGuessingIsDelayed(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	ctx := t.Context()
	if _, _, err := p.SignUp(ctx, ada); err != nil {
		t.Fatal(err)
	}
	for _, email := range []string{"unknown@example.org", "no address", ada.Email} {
		in := platform.SignIn{Email: email, Password: "guess", Address: "192.0.2.1"}
		for attempt := range 5 {
			if _, _, err := p.SignIn(ctx, in); laneway.KindOf(err) != laneway.Unauthenticated {
				t.Fatalf("%s, attempt %d: %v", email, attempt+1, err)
			}
		}
		// The fifth began a delay of a second, which may be over on a slow machine: make it longer.
		delayed := storetest.Value[int](t, p.db, `WITH moved AS (
			UPDATE sign_in_attempts SET blocked_until = now() + interval '30 seconds' WHERE failures = 5 AND blocked_until > last_at RETURNING key)
			SELECT count(*) FROM moved`)
		if delayed < 1 {
			t.Errorf("%s: no counter delays", email)
		}
		_, _, err := p.SignIn(ctx, in)
		if e := wantKind(t, err, laneway.RateLimited); e.RetryAfter < 20*time.Second || e.RetryAfter%time.Second != 0 {
			t.Errorf("%s: try again after %s", email, e.RetryAfter)
		}
	}
	right := platform.SignIn{Email: ada.Email, Password: ada.Password, Address: "192.0.2.1"}
	_, _, err := p.SignIn(ctx, right)
	wantKind(t, err, laneway.RateLimited)
	elsewhere := right
	elsewhere.Address = "198.51.100.7"
	if _, _, err := p.SignIn(ctx, elsewhere); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
	p.db.Admin(t, `UPDATE sign_in_attempts SET blocked_until = now()`)
	if _, _, err := p.SignIn(ctx, right); err != nil {
		t.Errorf("after the delay: %v", err)
	}
	wrong := right
	wrong.Password = "guess"
	for attempt := range 5 {
		if _, _, err := p.SignIn(ctx, wrong); laneway.KindOf(err) != laneway.Unauthenticated {
			t.Errorf("after a success, attempt %d: %v", attempt+1, err)
		}
	}
}

// weakHash is a hash of before the parameters were raised.
func weakHash(password string) string {
	salt := []byte("somesaltsomesalt")
	key := argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)
	return "$argon2id$v=19$m=8,t=1,p=1$" + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(key)
}

// TestOutdatedHashIsRenewed signs in with a hash of weaker parameters.
func TestOutdatedHashIsRenewed(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	if _, _, err := p.SignUp(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	p.db.Admin(t, `UPDATE users SET password_hash = $1`, weakHash("password123456"))
	in := platform.SignIn{Email: ada.Email, Password: "password123456"}
	if _, _, err := p.SignIn(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if hash := storetest.Value[string](t, p.db, `SELECT password_hash FROM users`); !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("after the sign-in the hash is %s", hash)
	}
	if _, _, err := p.SignIn(t.Context(), in); err != nil {
		t.Errorf("with the new hash: %v", err)
	}
}
