package report

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// MailOptions say who gets the report and how it is sent.
type MailOptions struct {
	From string   // "" is the user that runs us at this host
	To   []string // at least one

	Sendmail string // path of sendmail; "" looks in the usual places. Not used if SMTP is set
	SMTP     string // "host" or "host:port": send by SMTP in place of sendmail
	Username string // SMTP AUTH, only over TLS; "" none
	Password string
	TLS      string // "opportunistic" (the default: STARTTLS where offered), "mandatory" (STARTTLS or fail), "implicit" (TLS from the first byte, port 465), "none"

	Timeout time.Duration // 0: one minute
	Date    time.Time     // zero: now
}

// sendmailPaths is where the three mail servers, and distributions, put it.
var sendmailPaths = [...]string{"/usr/sbin/sendmail", "/usr/lib/sendmail", "/usr/local/sbin/sendmail"}

// NewMail makes the message: plain text and HTML as alternatives (RFC 2046 section 5.1.4), with the verdict in the subject.
func NewMail(m *Model, o MailOptions) (*mail.Msg, error) {
	if len(o.To) == 0 {
		return nil, errors.New("no address to mail the report to")
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	from := o.From
	if from == "" {
		from = defaultFrom()
	}
	if err := msg.From(from); err != nil {
		return nil, fmt.Errorf("sender %q: %w", from, err)
	}
	if err := msg.To(o.To...); err != nil {
		return nil, fmt.Errorf("recipients %s: %w", strings.Join(o.To, ", "), err)
	}
	msg.Subject(m.Subject())
	msg.SetMessageID()
	if o.Date.IsZero() {
		msg.SetDate()
	} else {
		msg.SetDateWithValue(o.Date)
	}
	// RFC 3834 section 5: no vacation program is to answer.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Mailer", "bouncelog")
	var plain, page bytes.Buffer
	if err := Text(&plain, m); err != nil {
		return nil, err
	}
	if err := HTML(&page, m, HTMLOptions{Mail: true}); err != nil {
		return nil, err
	}
	msg.SetBodyString(mail.TypeTextPlain, plain.String())
	msg.AddAlternativeString(mail.TypeTextHTML, page.String())
	return msg, nil
}

// defaultFrom is the user that runs us at this host; an MTA completes a name without a domain, the library does not.
func defaultFrom() string {
	name, host := "root", "localhost"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil && h != "" {
		host = h
	}
	return name + "@" + host
}

// SendMail sends the report and returns when a mail server has taken it.
func SendMail(ctx context.Context, m *Model, o MailOptions) error {
	msg, err := NewMail(m, o)
	if err != nil {
		return err
	}
	timeout := cmp.Or(o.Timeout, time.Minute)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if o.SMTP == "" {
		path, err := findSendmail(o.Sendmail)
		if err != nil {
			return err
		}
		if err := msg.WriteToSendmailWithContext(ctx, path); err != nil {
			return fmt.Errorf("send the report with %s: %w", path, err)
		}
		return nil
	}
	c, err := newClient(o, timeout)
	if err != nil {
		return err
	}
	if err := c.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("send the report by way of %s: %w", o.SMTP, err)
	}
	return nil
}

func findSendmail(path string) (string, error) {
	if path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("sendmail program: %w", err)
		}
		return path, nil
	}
	for _, p := range sendmailPaths {
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("no sendmail program at %s: name one, or an SMTP server, in the configuration", strings.Join(sendmailPaths[:], ", "))
}

func newClient(o MailOptions, timeout time.Duration) (*mail.Client, error) {
	host, port, err := splitServer(o.SMTP)
	if err != nil {
		return nil, err
	}
	opts := []mail.Option{mail.WithTimeout(timeout)}
	switch o.TLS {
	case "", "opportunistic":
		opts = append(opts, mail.WithTLSPolicy(mail.TLSOpportunistic))
		port = cmp.Or(port, 25)
	case "mandatory":
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
		port = cmp.Or(port, 587)
	case "implicit":
		opts = append(opts, mail.WithSSL())
		port = cmp.Or(port, 465)
	case "none":
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
		port = cmp.Or(port, 25)
	default:
		return nil, fmt.Errorf("no TLS policy %q: there are opportunistic, mandatory, implicit and none", o.TLS)
	}
	opts = append(opts, mail.WithPort(port))
	if o.Username != "" {
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(o.Username), mail.WithPassword(o.Password))
	}
	c, err := mail.NewClient(host, opts...)
	if err != nil {
		return nil, fmt.Errorf("SMTP server %s: %w", o.SMTP, err)
	}
	return c, nil
}

// splitServer takes "host", "host:port", "[::1]:25" and "::1"; port 0 is the policy's own.
func splitServer(s string) (host string, port int, err error) {
	if strings.Count(s, ":") != 1 && !strings.HasPrefix(s, "[") {
		return s, 0, nil
	}
	host, p, err := net.SplitHostPort(s)
	if err != nil {
		return strings.Trim(s, "[]"), 0, nil
	}
	port, err = strconv.Atoi(p)
	if err != nil || port < 1 || port > 65535 || host == "" {
		return "", 0, fmt.Errorf("SMTP server %q: want host or host:port", s)
	}
	return host, port, nil
}
