package httpapi_test

import (
	"testing"
	"time"

	"laneway/internal/httpapi/apitest"
)

type sessions struct {
	Data []struct {
		ID        string
		UserAgent *string
		Current   bool
	}
}

// again signs a person in from another browser.
func again(t testing.TB, s *apitest.Server, p *apitest.Person, password, userAgent string) *apitest.Person {
	t.Helper()
	a := s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/auth/sign-in", Status: 200, Headers: map[string]string{"User-Agent": userAgent},
		Body: apitest.JSON(t, map[string]string{"email": p.Email, "password": password})})
	other := *p
	other.Cookie = apitest.SessionCookie(t, a)
	return &other
}

func TestSessions(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira, otto := s.SignUp(t, "mira"), s.SignUp(t, "otto")
	phone, tablet := again(t, s, mira, mira.Password, "A\tphone "), again(t, s, mira, mira.Password, "A tablet")
	list := func(p *apitest.Person) map[string]string {
		t.Helper()
		ids := make(map[string]string)
		for _, n := range apitest.Decode[sessions](t, s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/me/sessions", As: p, Status: 200})).Data {
			name := ""
			if n.UserAgent != nil {
				name = *n.UserAgent
			}
			if n.Current {
				name = "current"
			}
			ids[name] = n.ID
		}
		return ids
	}
	ids := list(mira)
	if len(ids) != 3 || ids["A phone"] == "" || ids["A tablet"] == "" || ids["current"] == "" {
		t.Fatalf("sessions %v", ids)
	}
	streams := map[string]*apitest.Stream{"phone": s.Open(t, phone, "", nil), "mira": s.Open(t, mira, "", nil)}
	s.Run(t, apitest.Scenario{Name: "somebody else's is not there", Method: "DELETE", URL: "/api/me/sessions/" + ids["A phone"], As: otto, Status: 404})
	ended := time.Now()
	s.RunAll(t, []apitest.Scenario{
		{Name: "one of one's own", Method: "DELETE", URL: "/api/me/sessions/" + ids["A phone"], As: mira, Status: 204},
		{Name: "twice", Method: "DELETE", URL: "/api/me/sessions/" + ids["A phone"], As: mira, Status: 404},
		{Name: "nonsense", Method: "DELETE", URL: "/api/me/sessions/nonsense", As: mira, Status: 404},
		{Name: "it is refused at once", Method: "GET", URL: "/api/me", As: phone, Status: 401},
		{Name: "the others live", Method: "GET", URL: "/api/me", As: tablet, Status: 200},
		{Name: "of nobody", Method: "GET", URL: "/api/me/sessions", Status: 401},
	})
	streams["phone"].WantEnd(t)
	if took := time.Since(ended); took > 5*time.Second {
		t.Errorf("its stream ended after %s", took)
	}
	again(t, s, mira, mira.Password, "One more")
	s.RunAll(t, []apitest.Scenario{
		{Name: "all others", Method: "DELETE", URL: "/api/me/sessions", As: tablet, Status: 204},
		{Name: "end", Method: "GET", URL: "/api/me", As: mira, Status: 401},
		{Name: "and nobody else's", Method: "GET", URL: "/api/me", As: otto, Status: 200},
	})
	if ids := list(tablet); len(ids) != 1 || ids["current"] == "" {
		t.Errorf("left are %v", ids)
	}
	streams["mira"].WantEnd(t)
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	phone := again(t, s, mira, mira.Password, "A phone")
	k := mint(t, s, mira, "read")
	stream := s.Open(t, phone, "", nil)
	const fresh = "another-canary-password"
	change := func(current, next string) apitest.Scenario {
		return apitest.Scenario{Method: "POST", URL: "/api/me/password", As: mira, Body: apitest.JSON(t, map[string]string{"currentPassword": current, "newPassword": next})}
	}
	refused := func(c apitest.Scenario, status int, reason string) {
		t.Helper()
		c.Status, c.Reason = status, reason
		s.Run(t, c)
	}
	refused(change("not-the-password", fresh), 422, "wrong_password")
	refused(change(mira.Password, "short"), 422, "too_short")
	anonymous := change(mira.Password, fresh)
	anonymous.As = nil
	refused(anonymous, 401, "")
	ok := change(mira.Password, fresh)
	ok.Status = 204
	changed := time.Now()
	cookie := apitest.SessionCookie(t, s.Run(t, ok))
	stream.WantEnd(t)
	if took := time.Since(changed); took > 5*time.Second {
		t.Errorf("the stream of another session ended after %s", took)
	}
	now := *mira
	if now.Cookie = cookie; cookie == mira.Cookie {
		t.Error("the session stayed the same")
	}
	s.RunAll(t, []apitest.Scenario{
		{Name: "the session goes on under a new cookie", Method: "GET", URL: "/api/me", As: &now, Status: 200},
		{Name: "the old cookie is dead", Method: "GET", URL: "/api/me", As: mira, Status: 401},
		{Name: "so are other sessions", Method: "GET", URL: "/api/me", As: phone, Status: 401},
		{Name: "a token stays", Method: "GET", URL: "/api/diagrams", Headers: k.header(), Status: 200},
		{Name: "the old password", Method: "POST", URL: "/api/auth/sign-in", Status: 401, Body: credentials(t, mira.Email, mira.Password)},
		{Name: "the new one", Method: "POST", URL: "/api/auth/sign-in", Status: 200, Body: credentials(t, mira.Email, fresh)},
	})
	// Guessing by a stolen session is slowed down like signing in.
	guess := change("a-wrong-guess-again", fresh)
	guess.As = &now
	for range 6 {
		s.Do(t, s.Request(t, guess))
	}
	s.Admin(t, "UPDATE sign_in_attempts SET blocked_until = now() + interval '90 seconds' WHERE blocked_until > last_at")
	refused(guess, 429, "")
}

// A sign-in with the old password at the very time of the change leaves no session behind.
func TestPasswordChangeRace(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	old, next := mira.Password, "another-canary-password"
	for round := range 4 {
		opened := make(chan *apitest.Answer)
		go func() {
			opened <- s.Do(t, s.Request(t, apitest.Scenario{Method: "POST", URL: "/api/auth/sign-in", Body: credentials(t, mira.Email, old)}))
		}()
		a := s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/me/password", As: mira, Status: 204, Body: apitest.JSON(t, map[string]string{"currentPassword": old, "newPassword": next})})
		mira.Cookie = apitest.SessionCookie(t, a)
		if in := <-opened; in.Status == 200 {
			stale := *mira
			stale.Cookie = apitest.SessionCookie(t, in)
			s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/me", As: &stale, Status: 401})
		}
		if live := apitest.Decode[sessions](t, s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/me/sessions", As: mira, Status: 200})); len(live.Data) != 1 {
			t.Errorf("round %d: %d sessions", round, len(live.Data))
		}
		old, next = next, old
		s.Admin(t, "DELETE FROM sign_in_attempts")
	}
}
