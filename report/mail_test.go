package report

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bouncelog/store"
)

// parts takes a message apart: its header and the bodies by content type.
func parts(t *testing.T, raw []byte) (mail.Header, map[string]string) {
	t.Helper()
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in\n%.500s", err, raw)
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q: %v", msg.Header.Get("Content-Type"), err)
	}
	out := map[string]string{}
	r := multipart.NewReader(msg.Body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return msg.Header, out
		}
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = p
		if strings.EqualFold(p.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(p)
		}
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		out[kind] = strings.ReplaceAll(string(b), "\r\n", "\n")
	}
}

func checkMail(t *testing.T, raw []byte, m *Model) {
	t.Helper()
	h, bodies := parts(t, raw)
	var text, page bytes.Buffer
	if err := Text(&text, m); err != nil {
		t.Fatal(err)
	}
	if err := HTML(&page, m, HTMLOptions{Mail: true}); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimRight(bodies["text/plain"], "\n"); got != strings.TrimRight(text.String(), "\n") {
		t.Errorf("the text part is not the text rendering: %.300q", got)
	}
	if got := strings.TrimRight(bodies["text/html"], "\n"); got != strings.TrimRight(page.String(), "\n") {
		t.Errorf("the HTML part is not the HTML rendering: %.300q", got)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil || subject != m.Subject() {
		t.Errorf("subject %q, want %q (%v)", subject, m.Subject(), err)
	}
	if h.Get("Auto-Submitted") != "auto-generated" || h.Get("Message-ID") == "" || h.Get("Date") == "" {
		t.Errorf("header %v", h)
	}
	for line := range strings.Lines(string(raw)) {
		if len(line) > 1000 { // RFC 5322 section 2.1.1
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

func TestNewMail(t *testing.T) {
	m := testModel(t)
	msg, err := NewMail(m, MailOptions{From: "bouncelog@example.net", To: []string{"postmaster@example.net", "Anna <anna@example.net>"}, Date: testDay.Until})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	checkMail(t, b.Bytes(), m)
	for _, o := range []MailOptions{{}, {To: []string{"not an address"}}, {From: "no address", To: []string{"a@example.net"}}} {
		if _, err := NewMail(m, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

// TestMailHostile: no log text may add a header line.
func TestMailHostile(t *testing.T) {
	for _, h := range append(hostile, "a\r\nBcc: all@example.com\r\n\r\nbody") {
		m := hostileModel(t, h)
		msg, err := NewMail(m, MailOptions{From: "a@example.net", To: []string{"b@example.net"}})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := msg.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		checkMail(t, b.Bytes(), m)
		if head, _ := parts(t, b.Bytes()); head.Get("Bcc") != "" {
			t.Error("a log wrote a header line")
		}
	}
}

func TestSendmail(t *testing.T) {
	dir := t.TempDir()
	out, prog := filepath.Join(dir, "out"), filepath.Join(dir, "sendmail")
	if err := os.WriteFile(prog, []byte("#!/bin/sh\nexec cat >'"+out+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	m := testModel(t)
	o := MailOptions{From: "a@example.net", To: []string{"b@example.net"}, Sendmail: prog}
	if err := SendMail(t.Context(), m, o); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	checkMail(t, raw, m)
	o.Sendmail = filepath.Join(dir, "none")
	if err := SendMail(t.Context(), m, o); err == nil {
		t.Error("a sendmail that is not there: no error")
	}
	if err := os.WriteFile(prog, []byte("#!/bin/sh\ncat >/dev/null\nexit 75\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	o.Sendmail = prog
	if err := SendMail(t.Context(), m, o); err == nil {
		t.Error("a sendmail that fails: no error")
	}
}

// smtpServer takes one message on the loopback and hands it out.
func smtpServer(t *testing.T) (addr string, got <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("no loopback: %v", err)
	}
	t.Cleanup(func() { l.Close() })
	ch := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, "220 test ESMTP\r\n")
		var data strings.Builder
		in := false
		for s := bufio.NewScanner(c); s.Scan(); {
			line := s.Text()
			switch word, _, _ := strings.Cut(strings.ToUpper(line), " "); {
			case in && line == ".":
				in = false
				io.WriteString(c, "250 2.0.0 taken\r\n")
				ch <- data.String()
			case in:
				data.WriteString(strings.TrimPrefix(line, ".") + "\r\n")
			case word == "DATA":
				in = true
				io.WriteString(c, "354 go on\r\n")
			case word == "QUIT":
				io.WriteString(c, "221 bye\r\n")
				return
			default:
				io.WriteString(c, "250 ok\r\n")
			}
		}
	}()
	return l.Addr().String(), ch
}

func TestSMTP(t *testing.T) {
	addr, got := smtpServer(t)
	m := testModel(t)
	if err := SendMail(t.Context(), m, MailOptions{From: "a@example.net", To: []string{"b@example.net"}, SMTP: addr, Timeout: 20 * time.Second}); err != nil {
		t.Fatal(err)
	}
	checkMail(t, []byte(<-got), m)
	if err := SendMail(t.Context(), m, MailOptions{From: "a@example.net", To: []string{"b@example.net"}, SMTP: addr, TLS: "sometimes"}); err == nil || !strings.Contains(err.Error(), "opportunistic") {
		t.Errorf("an unknown TLS policy: %v", err)
	}
}

func TestSplitServer(t *testing.T) {
	for _, c := range []struct {
		in, host string
		port     int
		bad      bool
	}{
		{"mail.example.net", "mail.example.net", 0, false}, {"mail.example.net:587", "mail.example.net", 587, false}, {"[::1]:25", "::1", 25, false}, {"::1", "::1", 0, false}, {"[::1]", "::1", 0, false},
		{"mail:x", "", 0, true}, {"mail:99999", "", 0, true}, {":25", "", 0, true},
	} {
		host, port, err := splitServer(c.in)
		if host != c.host || port != c.port || (err != nil) != c.bad {
			t.Errorf("%q: %q %d %v", c.in, host, port, err)
		}
	}
}

func TestThresholds(t *testing.T) {
	for _, c := range []struct {
		in   string
		want float64
		bad  bool
	}{{"5%", 0.05, false}, {" 0.5 % ", 0.005, false}, {"0.05", 0.05, false}, {"0", 0, false}, {"100%", 1, false}, {"5", 0, true}, {"-1%", 0, true}, {"NaN", 0, true}, {"", 0, true}, {"%", 0, true}, {"Inf", 0, true}} {
		got, err := ParseRate(c.in)
		if got != c.want || (err != nil) != c.bad {
			t.Errorf("%q: %v %v", c.in, got, err)
		}
	}
	model := func(delivered, bounced int64) *Model {
		f := &store.Figures{Totals: row("", delivered, 0, bounced, 0, 0, 0, 0)}
		return Build(Input{Window: testDay, Figures: f})
	}
	for _, c := range []struct {
		delivered, bounced int64
		bounces, rate      bool // wanted with --if-bounces, with --if-rate 5%
		over               bool // --fail-over 5%
	}{{95, 5, true, true, false}, {94, 6, true, true, true}, {96, 4, true, false, false}, {100, 0, false, false, false}, {0, 0, false, false, false}} {
		m := model(c.delivered, c.bounced)
		if !(Conditions{}).Wanted(m) {
			t.Error("without conditions every report is wanted")
		}
		if got := (Conditions{Bounces: true}).Wanted(m); got != c.bounces {
			t.Errorf("%+v: --if-bounces %v", c, got)
		}
		if got := (Conditions{HasRate: true, Rate: 0.05}).Wanted(m); got != c.rate {
			t.Errorf("%+v: --if-rate %v", c, got)
		}
		if got := m.Exceeds(0.05); got != c.over {
			t.Errorf("%+v: --fail-over %v", c, got)
		}
	}
}
