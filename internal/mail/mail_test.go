package mail_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"laneway/internal/mail"
	"laneway/internal/mail/mailtest"
)

const sender = "Laneway <laneway@example.org>"

func open(t testing.TB, s *mailtest.Server) *mail.Mailer {
	t.Helper()
	m, err := mail.Open(mail.Config{URL: s.URL(), From: sender, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSend(t *testing.T) {
	t.Parallel()
	s := mailtest.New(t)
	text := "Grüße aus dem Hafen.\n\n" + strings.Repeat("lang ", 60) + "\n.\n.. and dots\nhttps://laneway.example.org/invitation/" + strings.Repeat("x", 43) + "\n"
	if err := open(t, s).Send(t.Context(), mail.Message{To: "bo@example.org", Subject: "Einladung zu „Hafen & Söhne“", Text: text}); err != nil {
		t.Fatal(err)
	}
	letter := s.Wait(t, 1)[0]
	if letter.From != "laneway@example.org" || letter.To != "bo@example.org" || letter.Subject != "Einladung zu „Hafen & Söhne“" {
		t.Errorf("letter from %q to %q about %q", letter.From, letter.To, letter.Subject)
	}
	if got := strings.ReplaceAll(letter.Text, "\r\n", "\n"); strings.TrimRight(got, "\n") != strings.TrimRight(text, "\n") {
		t.Errorf("text %q, want %q", got, text)
	}
	for name, want := range map[string]string{"To": "<bo@example.org>", "From": `"Laneway" <laneway@example.org>`, "Auto-Submitted": "auto-generated"} {
		if got := letter.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if letter.Header.Get("Date") == "" || letter.Header.Get("Message-Id") == "" {
		t.Errorf("header %v", letter.Header)
	}
}

// What people type into names ends up in subject and text. It never becomes a header, a second recipient or the end
// of the message.
func TestHostileText(t *testing.T) {
	t.Parallel()
	s := mailtest.New(t)
	m := open(t, s)
	hostile := []string{
		"x\r\nBcc: eve@example.org", "x\nBcc: eve@example.org", "x\rBcc: eve@example.org", "x\r\n\r\nbody", "x\u2028Bcc: eve@example.org", "x\u0085Bcc: eve@example.org",
		"x\x00y", "=?utf-8?q?x=0D=0ABcc:_eve@example.org?=", "\u202egro.elpmaxe", strings.Repeat("ü", 200), strings.Repeat("long ", 300), "\r\n.\r\nMAIL FROM:<eve@example.org>\r\n", "<script>alert(1)</script>", "",
	}
	for _, text := range hostile {
		if err := m.Send(t.Context(), mail.Message{To: "bo@example.org", Subject: text, Text: text}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	letters := s.Wait(t, len(hostile))
	if len(letters) != len(hostile) {
		t.Errorf("%d letters, want %d", len(letters), len(hostile))
	}
	for i, letter := range letters {
		if letter.To != "bo@example.org" || letter.From != "laneway@example.org" || letter.Header.Get("Bcc") != "" || len(letter.Header["To"]) != 1 || len(letter.Header["Subject"]) > 1 {
			t.Errorf("%q became %+v", hostile[i], letter)
		}
		header, _, _ := strings.Cut(letter.Raw, "\r\n\r\n")
		for _, line := range strings.Split(header, "\r\n") {
			name, _, ok := strings.Cut(line, ":")
			known := strings.HasPrefix(line, " ") || ok && strings.Contains(" Date MIME-Version Message-ID Subject User-Agent X-Mailer Auto-Submitted X-Auto-Response-Suppress From To Content-Type Content-Transfer-Encoding ", " "+name+" ")
			if !known || len(line) > 998 || strings.ContainsAny(line, "\r\n\x00\u2028\u202e") {
				t.Errorf("%q made the header line %q", hostile[i], line)
			}
		}
	}
}

// Addresses that are none, or that would be more than one, are refused before anything is sent.
func TestHostileAddresses(t *testing.T) {
	t.Parallel()
	s := mailtest.New(t)
	m := open(t, s)
	for _, to := range []string{"", "bo", "bo@example.org\r\nRCPT TO:<eve@example.org>", "bo@example.org, eve@example.org", "bo@example.org> SIZE=1", "bo@example.org\x00", "a b@example.org"} {
		err := m.Send(t.Context(), mail.Message{To: to, Subject: "x", Text: "x"})
		if _, final := errors.AsType[*mail.Refused](err); !final {
			t.Errorf("%q: %v, want it refused", to, err)
		}
	}
	if letters := s.Letters(); len(letters) > 0 {
		t.Errorf("letters %+v", letters)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		command, line string
		final         bool
	}{
		{"RCPT TO:<bo@example.org>", "550 5.1.1 no such person", true},
		{"RCPT TO:<bo@example.org>", "450 4.2.0 try again later", false},
		{"DATA", "554 5.7.1 not wanted here", true},
		{".", "554 5.7.1 looks like spam", true},
		{".", "451 4.3.0 out of room", false},
		{"MAIL FROM", "550 5.7.1 you may not send as this", false}, // a setting, which can be mended
		{"MAIL FROM", "421 4.3.2 going down", false},
	} {
		s := mailtest.New(t)
		s.Refuse(tt.command, tt.line)
		err := open(t, s).Send(t.Context(), mail.Message{To: "bo@example.org", Subject: "x", Text: "x"})
		refused, final := errors.AsType[*mail.Refused](err)
		if err == nil || final != tt.final {
			t.Errorf("%s answered %s: %v, final %v", tt.command, tt.line, err, final)
		}
		if final && (refused.Answer != tt.line) {
			t.Errorf("%s: the answer is told as %q", tt.line, refused.Answer)
		}
	}
}

// A server that takes the connection and says nothing, and one that is not there, cost the one message its time and
// nothing else.
func TestServerAway(t *testing.T) {
	t.Parallel()
	s := mailtest.New(t)
	s.Silence(true)
	m, err := mail.Open(mail.Config{URL: s.URL(), From: sender, Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Send(t.Context(), mail.Message{To: "bo@example.org", Subject: "x", Text: "x"}); err == nil {
		t.Error("a silent server took the message")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := listener.Addr().String()
	listener.Close()
	if m, err = mail.Open(mail.Config{URL: "smtp://" + gone, From: sender}); err != nil {
		t.Fatal(err)
	}
	if err := m.Send(t.Context(), mail.Message{To: "bo@example.org", Subject: "x", Text: "x"}); err == nil {
		t.Error("a server that is not there took the message")
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for address, from := range map[string]string{
		"":                                      sender,
		"mail.example.org":                      sender,
		"http://mail.example.org":               sender,
		"smtp://":                               sender,
		"smtp://u:hunter2@mail.example.org:x":   sender,
		"smtp://u:hunter2@mail.example.org/x":   sender,
		"smtp://mail.example.org?tls=off":       sender,
		"smtps://mail.example.org?starttls=off": sender,
		"smtp://mail.example.org":               "nobody",
		"smtps://mail.example.org":              "",
	} {
		m, err := mail.Open(mail.Config{URL: address, From: from})
		if err == nil {
			t.Errorf("Open(%q, %q) = %v", address, from, m)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open(%q) shows the password: %v", address, err)
		}
	}
	for _, address := range []string{"smtp://mail.example.org", "smtp://u:p@mail.example.org:25?starttls=off", "smtps://u:p%40ss@mail.example.org", "smtp://127.0.0.1:1025", "smtp://[::1]:1025"} {
		if _, err := mail.Open(mail.Config{URL: address, From: sender}); err != nil {
			t.Errorf("Open(%q): %v", address, err)
		}
	}
}
