package httpapi_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"laneway/internal/httpapi/apitest"
	"laneway/internal/mail"
	"laneway/internal/mail/mailtest"
	"laneway/internal/store/storetest"
)

const publicURL = "https://laneway.example.org"

// withMail starts a server that sends mail to a test's own.
func withMail(t testing.TB, c apitest.Config) (*apitest.Server, *mailtest.Server) {
	t.Helper()
	post := mailtest.New(t)
	var err error
	if c.Mailer, err = mail.Open(mail.Config{URL: post.URL(), From: "Laneway <laneway@example.org>", Timeout: 2 * time.Second}); err != nil {
		t.Fatal(err)
	}
	c.PublicURL = publicURL
	return apitest.New(t, c), post
}

var linkInMail = regexp.MustCompile(`https://laneway\.example\.org/(invitation|password-reset)/([\w-]{43})\r?\n`)

// secretIn gives the secret of the link in a mail.
func secretIn(t testing.TB, letter mailtest.Letter) string {
	t.Helper()
	m := linkInMail.FindStringSubmatch(letter.Text)
	if m == nil {
		t.Fatalf("no link in %q", letter.Text)
	}
	return m[2]
}

// eventually asks until the answer is yes.
func eventually(t testing.TB, what string, yes func() bool) {
	t.Helper()
	again, late := time.NewTicker(20*time.Millisecond), time.NewTimer(time.Minute)
	defer again.Stop()
	defer late.Stop()
	for !yes() {
		select {
		case <-again.C:
		case <-late.C:
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// mailState waits until the mail of an invitation is in a state.
func mailState(t testing.TB, s *apitest.Server, id, want string) {
	t.Helper()
	eventually(t, "mail "+want, func() bool {
		return storetest.Value[string](t, s.DB, "SELECT coalesce(mail, '') FROM invitations WHERE id = $1", id) == want
	})
}

func waitForNoJobs(t testing.TB, s *apitest.Server) {
	t.Helper()
	eventually(t, "no jobs", func() bool { return s.Count(t, "jobs") == 0 })
}

func TestInvitationByMail(t *testing.T) {
	t.Parallel()
	s, post := withMail(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	at := "/api/organizations/" + mira.OrganizationID + "/invitations"
	send := func(email string) invitation {
		t.Helper()
		return apitest.Decode[invitation](t, s.Run(t, apitest.Scenario{Method: "POST", URL: at, As: mira, Status: 201, Want: []string{`"mail":"queued"`, `"link":"` + publicURL + `/invitation/`},
			Body: apitest.JSON(t, map[string]string{"email": email, "role": "member"})}))
	}
	s.Run(t, apitest.Scenario{Name: "options", Method: "GET", URL: "/api/auth/options", Status: 200, Want: []string{`{"signUp":"open","mail":true}`}})
	i := send("bo@example.org")
	letter := post.Wait(t, 1)[0]
	if letter.To != "bo@example.org" || letter.Subject != "mira invites you to mira's organization" || !strings.Contains(letter.Text, "with the role member") {
		t.Errorf("mail to %q about %q: %s", letter.To, letter.Subject, letter.Text)
	}
	mailState(t, s, i.ID, "sent")
	mailed := secretIn(t, letter)
	if mailed == i.secret() {
		t.Error("the mail has the secret of the link that was shown")
	}
	// No secret lies in the database.
	waitForNoJobs(t, s)
	s.Run(t, apitest.Scenario{Name: "listed", Method: "GET", URL: at, As: mira, Status: 200, Want: []string{`"mail":"sent"`, `"mailProblem":null`}, Not: []string{mailed}})
	// Both links open the one invitation, and it is used up by either.
	for _, secret := range []string{mailed, i.secret()} {
		s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/invitations/" + secret, Status: 200})
	}
	bo := s.SignUp(t, "bo")
	s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/invitations/" + mailed + "/accept", As: bo, Status: 200})
	for _, secret := range []string{mailed, i.secret()} {
		s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/invitations/" + secret, Status: 404, Reason: "accepted"})
	}

	// An address that the mail server does not know: given up, and told.
	post.Refuse("RCPT TO:<nobody@example.org>", "550 5.1.1 no such person")
	nobody := send("nobody@example.org")
	mailState(t, s, nobody.ID, "failed")
	s.Run(t, apitest.Scenario{Method: "GET", URL: at, As: mira, Status: 200, Want: []string{`"mail":"failed","mailProblem":"550 5.1.1 no such person"`}})
	s.Run(t, apitest.Scenario{Name: "its link works", Method: "GET", URL: "/api/invitations/" + nobody.secret(), Status: 200})

	// A server that says later: tried again, with another secret, until it is taken.
	post.Refuse(".", "451 4.3.0 later")
	late := send("late@example.org")
	eventually(t, "another try", func() bool {
		return storetest.Value[int](t, s.DB, "SELECT count(*) FROM jobs WHERE last_error IS NOT NULL AND run_at > now() + interval '30 seconds'") > 0
	})
	s.Run(t, apitest.Scenario{Method: "GET", URL: at, As: mira, Status: 200, Want: []string{`"mail":"queued","mailProblem":"The mail server did not take the message."`}})
	post.Refuse(".", "")
	s.DB.Admin(t, "UPDATE jobs SET run_at = now()")
	send("wakes.the.worker@example.org")
	mailState(t, s, late.ID, "sent")
	waitForNoJobs(t, s)

	// What was withdrawn before it was sent is not sent, and neither is anything of a deleted organization.
	post.Refuse("MAIL FROM", "421 4.3.2 going down")
	withdrawn := send("withdrawn@example.org")
	send("closed@example.org")
	eventually(t, "both were tried", func() bool {
		return storetest.Value[int](t, s.DB, "SELECT count(*) FROM jobs WHERE last_error IS NOT NULL") == 2
	})
	s.Run(t, apitest.Scenario{Method: "DELETE", URL: at + "/" + withdrawn.ID, As: mira, Status: 204})
	s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/organizations/" + mira.OrganizationID + "/delete", As: mira, Status: 200, Body: `{"name":"mira's organization"}`})
	post.Refuse("MAIL FROM", "")
	s.DB.Admin(t, "UPDATE jobs SET run_at = now()")
	otto := s.SignUp(t, "otto")
	s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/organizations/" + otto.OrganizationID + "/invitations", As: otto, Status: 201, Body: `{"email":"last@example.org","role":"viewer"}`})
	waitForNoJobs(t, s)
	for _, letter := range post.Letters() {
		if letter.To == "withdrawn@example.org" || letter.To == "closed@example.org" {
			t.Errorf("a mail went to %s", letter.To)
		}
	}
	if log := s.Log.String(); strings.Contains(log, mailed) || strings.Contains(log, "nobody@example.org") {
		t.Error("the log shows a secret or an address")
	}
}

// An organization is no machine to send mail to the world with, and hostile names stay text.
func TestInvitationMailBounds(t *testing.T) {
	t.Parallel()
	s, post := withMail(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	at := "/api/organizations/" + mira.OrganizationID
	const hostile = "Win=?utf-8?q?_now?= \u202eevil\u2028Bcc: eve@example.org"
	s.Run(t, apitest.Scenario{Method: "PATCH", URL: at, As: mira, Status: 200, Body: apitest.JSON(t, map[string]string{"name": hostile})})
	s.Run(t, apitest.Scenario{Method: "POST", URL: at + "/invitations", As: mira, Status: 201, Body: `{"email":"bo@example.org","role":"viewer"}`})
	letter := post.Wait(t, 1)[0]
	if letter.Header.Get("Bcc") != "" || strings.ContainsAny(letter.Subject, "\u2028\u202e") || !strings.Contains(letter.Subject, "Win= ?utf-8?q?_now?=") {
		t.Errorf("subject %q, header %v", letter.Subject, letter.Header)
	}
	for _, address := range []string{"a@b@c", "bo@example.org\\r\\nBcc: eve@example.org", "bo@example.org,eve@example.org", "<bo@example.org>"} {
		s.Run(t, apitest.Scenario{Name: address, Method: "POST", URL: at + "/invitations", As: mira, Status: 422, Body: `{"email":"` + address + `","role":"viewer"}`})
	}
	s.DB.Admin(t, `INSERT INTO invitations (org_id, id, role, secret_hash, invited_by, expires_at, revoked_at, mail)
		SELECT $1, gen_random_uuid(), 'viewer', sha256(n::text::bytea), $2, now() + interval '1 day', now(), 'sent' FROM generate_series(1, 99) n`, mira.OrganizationID, mira.ID)
	refused := apitest.Scenario{Method: "POST", URL: at + "/invitations", As: mira, Status: 429, Reason: "too_many_mails", Body: `{"email":"bo@example.org","role":"viewer"}`}
	changes(t, s, mira.OrganizationID, "", refused)
	s.Run(t, apitest.Scenario{Name: "a link is made all the same", Method: "POST", URL: at + "/invitations", As: mira, Status: 201, Body: `{"role":"viewer"}`, Want: []string{`"mail":null`}})
}

func TestPasswordReset(t *testing.T) {
	t.Parallel()
	s, post := withMail(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	phone := again(t, s, mira, mira.Password, "A phone")
	k := mint(t, s, mira, "read")
	stream := s.Open(t, phone, "", nil)
	ask := func(email string) *apitest.Answer {
		t.Helper()
		return s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/auth/password-reset", Status: 202, Body: apitest.JSON(t, map[string]string{"email": email})})
	}
	known, unknown := ask(" Mira@Example.org "), ask("nobody@example.org")
	for _, a := range []*apitest.Answer{known, unknown} {
		a.Header.Del("X-Request-Id")
		a.Header.Del("Traceresponse")
		a.Header.Del("Date")
	}
	if fmt.Sprint(known) != fmt.Sprint(unknown) {
		t.Errorf("known %v, unknown %v", known, unknown)
	}
	waitForNoJobs(t, s)
	letters := post.Letters()
	if len(letters) != 1 || letters[0].To != "mira@example.org" {
		t.Fatalf("letters %+v", letters)
	}
	secret := secretIn(t, letters[0])
	at := "/api/auth/password-reset/" + secret
	const fresh = "another-canary-password"
	choose := func(url, password string) apitest.Scenario {
		return apitest.Scenario{Method: "POST", URL: url, Body: apitest.JSON(t, map[string]string{"newPassword": password})}
	}
	refused := func(c apitest.Scenario, status int, reason string) {
		t.Helper()
		c.Status, c.Reason = status, reason
		s.Run(t, c)
	}
	s.Run(t, apitest.Scenario{Method: "GET", URL: at, Status: 200, Want: []string{`"email":"mira@example.org"`}})
	for _, wrong := range []string{"nonsense", strings.Repeat("A", 43), secret[:20] + strings.Repeat("A", 23), secret + "A", secret + "=", "%00"} {
		refused(apitest.Scenario{Method: "GET", URL: "/api/auth/password-reset/" + wrong}, 404, "")
		refused(choose("/api/auth/password-reset/"+wrong, fresh), 404, "")
	}
	refused(choose(at, "short"), 422, "too_short")
	refused(apitest.Scenario{Method: "POST", URL: at, Body: `{}`}, 422, "")
	s.Run(t, apitest.Scenario{Name: "nothing has changed yet", Method: "GET", URL: "/api/me", As: mira, Status: 200})

	second := secretIn(t, func() mailtest.Letter { ask(mira.Email); return post.Wait(t, 2)[1] }())
	done := choose(at, fresh)
	done.Status = 204
	s.Run(t, done)
	stream.WantEnd(t)
	s.RunAll(t, []apitest.Scenario{
		{Name: "sessions have ended", Method: "GET", URL: "/api/me", As: mira, Status: 401},
		{Name: "all of them", Method: "GET", URL: "/api/me", As: phone, Status: 401},
		{Name: "tokens stay", Method: "GET", URL: "/api/diagrams", Headers: k.header(), Status: 200},
		{Name: "the old password", Method: "POST", URL: "/api/auth/sign-in", Status: 401, Body: credentials(t, mira.Email, mira.Password)},
		{Name: "the new one", Method: "POST", URL: "/api/auth/sign-in", Status: 200, Body: credentials(t, mira.Email, fresh)},
		{Name: "once", Method: "GET", URL: at, Status: 404},
		{Name: "and all links that there were", Method: "GET", URL: "/api/auth/password-reset/" + second, Status: 404},
	})
	refused(choose(at, fresh), 404, "")
	refused(choose("/api/auth/password-reset/"+second, fresh), 404, "")

	// An hour, and not longer.
	ask(mira.Email)
	third := secretIn(t, post.Wait(t, 3)[2])
	s.DB.Admin(t, "UPDATE password_resets SET expires_at = expires_at - interval '59 minutes'")
	s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/auth/password-reset/" + third, Status: 200})
	s.DB.Admin(t, "UPDATE password_resets SET expires_at = expires_at - interval '61 seconds'")
	refused(choose("/api/auth/password-reset/"+third, fresh), 404, "")
	if log := s.Log.String(); strings.Contains(log, secret) || strings.Contains(log, third) || strings.Contains(log, fresh) || strings.Contains(log, "mira@example.org") {
		t.Error("the log shows a secret, a password or an address")
	}
	// Somebody without a password is sent no link, and told why none came.
	s.DB.Admin(t, "UPDATE users SET password_hash = NULL")
	s.DB.Admin(t, "DELETE FROM sign_in_attempts") // a fourth request for one account sends nothing
	ask(mira.Email)
	last := post.Wait(t, 4)[3]
	if last.To != mira.Email || linkInMail.MatchString(last.Text) || !strings.Contains(last.Text, "you sign in with another service") || !strings.Contains(last.Text, publicURL+"/sign-in") {
		t.Errorf("mail to %s: %s", last.To, last.Text)
	}
	waitForNoJobs(t, s)
	if n := s.Count(t, "password_resets"); n != 1 { // the third, whose hour is over
		t.Errorf("%d links", n)
	}
}

// One client asks five times before it has to wait. For one account there is no more mail after a few, without a word,
// and what was sent goes on working: nobody is kept from choosing another password by somebody who asks all the time.
func TestPasswordResetLimits(t *testing.T) {
	t.Parallel()
	s, post := withMail(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	ask := apitest.Scenario{Method: "POST", URL: "/api/auth/password-reset", Status: 202, Body: apitest.JSON(t, map[string]string{"email": mira.Email})}
	for range 5 {
		s.Run(t, ask)
	}
	s.DB.Admin(t, "UPDATE sign_in_attempts SET blocked_until = now() + interval '90 seconds'")
	ask.Status, ask.Kind = 429, "rate-limited"
	s.Run(t, ask)
	s.DB.Admin(t, "DELETE FROM sign_in_attempts WHERE failures >= 5") // another client
	ask.Status, ask.Kind = 202, ""
	s.Run(t, ask)
	waitForNoJobs(t, s)
	letters := post.Letters()
	if len(letters) < 1 || len(letters) > 5 {
		t.Errorf("%d letters", len(letters))
	}
	for _, letter := range letters {
		s.Run(t, apitest.Scenario{Method: "GET", URL: "/api/auth/password-reset/" + secretIn(t, letter), Status: 200})
	}
}

// Two at once with one link: one of them counts.
func TestPasswordResetRace(t *testing.T) {
	t.Parallel()
	s, post := withMail(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	s.Run(t, apitest.Scenario{Method: "POST", URL: "/api/auth/password-reset", Status: 202, Body: apitest.JSON(t, map[string]string{"email": mira.Email})})
	url := "/api/auth/password-reset/" + secretIn(t, post.Wait(t, 1)[0])
	answers := make(chan int)
	for n := range 4 {
		go func() {
			answers <- s.Do(t, s.Request(t, apitest.Scenario{Method: "POST", URL: url, Body: apitest.JSON(t, map[string]string{"newPassword": fmt.Sprint("canary-password-", n)})})).Status
		}()
	}
	counts := make(map[int]int)
	for range 4 {
		counts[<-answers]++
	}
	if counts[204] != 1 || counts[404] != 3 {
		t.Errorf("answers %v", counts)
	}
}

// Without mail everything is as before, and who has forgotten a password is told whom to ask.
func TestWithoutMail(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Config{})
	mira := s.SignUp(t, "mira")
	s.RunAll(t, []apitest.Scenario{
		{Name: "options", Method: "GET", URL: "/api/auth/options", Status: 200, Want: []string{`"mail":false`}},
		{Name: "reset", Method: "POST", URL: "/api/auth/password-reset", Status: 403, Body: `{"email":"mira@example.org"}`},
		{Name: "invite", Method: "POST", URL: "/api/organizations/" + mira.OrganizationID + "/invitations", As: mira, Status: 201, Body: `{"email":"bo@example.org","role":"viewer"}`, Want: []string{`"mail":null`}},
	})
	if n := s.Count(t, "jobs"); n != 0 {
		t.Errorf("%d jobs", n)
	}
}

// A mail server that takes connections and says nothing costs mail and nothing else.
func TestSilentMailServer(t *testing.T) {
	t.Parallel()
	s, post := withMail(t, apitest.Config{})
	post.Silence(true)
	mira := s.SignUp(t, "mira")
	at := "/api/organizations/" + mira.OrganizationID + "/invitations"
	for n := range 3 {
		s.Run(t, apitest.Scenario{Method: "POST", URL: at, As: mira, Status: 201, Body: apitest.JSON(t, map[string]string{"email": fmt.Sprintf("bo%d@example.org", n), "role": "viewer"})})
	}
	s.Create(t, mira, "Harbour", apitest.Document("A"))
	s.RunAll(t, []apitest.Scenario{
		{Method: "GET", URL: "/readyz", Status: 200},
		{Method: "GET", URL: at, As: mira, Status: 200, Want: []string{`"mail":"queued"`}},
	})
}
