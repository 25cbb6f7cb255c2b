// Package mail sends messages of plain text over SMTP.
//
// Open reads where the server is; it does not connect, so a server that is away keeps nothing from starting. Send
// delivers one message to one address and says by Refused whether trying again has a point. Who sends what, when,
// and how often it is tried is not decided here.
package mail

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// Config says which server sends, and as whom.
type Config struct {
	// URL is an address such as smtp://user:password@mail.example.org:587. With smtp the server must offer STARTTLS, unless
	// it is on a loopback address or the address ends in ?starttls=off; with smtps the connection is TLS from its
	// first byte.
	URL string
	// From is the sender, such as Laneway <laneway@example.org>.
	From string
	// Timeout bounds one delivery; 0: 20 s.
	Timeout time.Duration
}

// Message is a letter to one person. To is an address that laneway.CheckEmail has let through. Subject and Text may
// hold what people have typed: what is not visible becomes a space in the subject.
type Message struct {
	To, Subject, Text string
}

// Mailer sends by one SMTP server. It is safe for concurrent use.
type Mailer struct {
	host    string
	from    *netmail.Address
	timeout time.Duration
	options []gomail.Option
}

// Open makes sense of the settings. Its errors name the setting and never hold the password.
func Open(c Config) (*Mailer, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" && u.Path != "/" {
		return nil, errors.New("smtp-url: want the form smtp://user:password@host:587 or smtps://user:password@host:465")
	}
	query := u.Query()
	starttls := query.Get("starttls")
	query.Del("starttls")
	if len(query) > 0 || starttls != "" && (starttls != "off" || u.Scheme == "smtps") {
		return nil, errors.New("smtp-url: the only thing that may stand behind ? is starttls=off, with smtp://")
	}
	sender, err := netmail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("smtp-from %q: want an address such as Laneway <laneway@example.org>", c.From)
	}
	if c.Timeout == 0 {
		c.Timeout = 20 * time.Second
	}
	port := 587
	options := []gomail.Option{gomail.WithTimeout(c.Timeout), gomail.WithoutNoop()}
	plain := starttls == "off" || isLoopback(u.Hostname())
	switch {
	case u.Scheme == "smtps":
		port = 465
		options = append(options, gomail.WithSSL())
	case starttls == "off":
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	case plain:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, errors.New("smtp-url: the port is no number")
		}
	}
	options = append(options, gomail.WithPort(port))
	if u.User != nil {
		password, _ := u.User.Password()
		kind := gomail.SMTPAuthAutoDiscover
		if plain {
			kind = gomail.SMTPAuthPlainNoEnc // whoever turns encryption off means the password, too
		}
		options = append(options, gomail.WithSMTPAuth(kind), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	m := &Mailer{host: u.Hostname(), from: sender, timeout: c.Timeout, options: options}
	if _, err := m.client(); err != nil {
		return nil, fmt.Errorf("smtp-url: %w", err)
	}
	return m, nil
}

func (m *Mailer) client() (*gomail.Client, error) { return gomail.NewClient(m.host, m.options...) }

// Refused is the answer of a server that will not deliver the message, however often it is asked.
type Refused struct{ Answer string }

// Error gives what the server said.
func (e *Refused) Error() string { return "the mail server refused the message: " + e.Answer }

// Send delivers a message. A *Refused is final; with any other error the message may be sent again, and may then
// arrive twice.
func (m *Mailer) Send(ctx context.Context, message Message) error {
	letter := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP))
	if err := letter.FromFormat(m.from.Name, m.from.Address); err != nil {
		return fmt.Errorf("write the sender: %w", err)
	}
	if err := letter.To(message.To); err != nil {
		return &Refused{"this is no address that mail can be sent to"}
	}
	letter.Subject(seen(message.Subject))
	letter.SetDate()
	letter.SetMessageID()
	// So that no one's absence is told to the sender.
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetGenHeader("X-Auto-Response-Suppress", "All")
	letter.SetBodyString(gomail.TypeTextPlain, message.Text)
	client, err := m.client()
	if err != nil {
		return fmt.Errorf("prepare to send: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	// The library looks at the context while it connects only, and bounds the rest step by step: whoever stops waiting
	// leaves the last step behind.
	done := make(chan error, 1)
	go func() { done <- client.DialAndSendWithContext(ctx, letter) }()
	select {
	case err = <-done:
	case <-ctx.Done():
		return fmt.Errorf("send mail: %w", ctx.Err())
	}
	if err == nil || letter.IsDelivered() { // a server that fails at its goodbye has the message
		return nil
	}
	if e, ok := errors.AsType[*gomail.SendError](err); ok && e.ErrorCode() >= 500 {
		switch e.Reason {
		case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
			return &Refused{seen(answerOf(e))}
		}
	}
	return fmt.Errorf("send mail: %w", err)
}

// answerOf gives the server's words without what the library says around them.
func answerOf(e *gomail.SendError) string {
	text := e.Error()
	if _, said, ok := strings.Cut(text, ": "); ok {
		text = said
	}
	text, _, _ = strings.Cut(text, ", affected ")
	// net/textproto quotes what the server said behind the code.
	if code, quoted, ok := strings.Cut(text, " "); ok {
		if words, err := strconv.Unquote(quoted); err == nil {
			return code + " " + words
		}
	}
	return text
}

// seen makes one line of what is visible: controls, line separators and marks that turn the writing around go, and
// nothing is left that a reader would take for encoded words.
func seen(text string) string {
	text = strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return ' '
	}, text)
	return strings.ReplaceAll(text, "=?", "= ?")
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && address.IsLoopback()
}
