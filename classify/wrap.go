package classify

import "strings"

// unwrap takes off what MTAs and delivery reports put around the words of a remote host: "smtp; 550 ..." (the type of a
// Diagnostic-Code, RFC 3464 section 2.3.6), "host mx.example.net[192.0.2.1] said: 550 ... (in reply to RCPT TO command)", and before what
// Postfix repeats of an earlier attempt "delivery temporarily suspended: ", and Exim's "SMTP error from remote mail server after ...: ". A
// host named there counts as the relay where none is given. "in reply to MAIL FROM" and "after MAIL FROM" stay, for they tell that the
// sender is meant.
func unwrap(r *Reply) {
	t := strings.TrimLeft(r.Text, " \t")
	kind, _, found := strings.Cut(t[:min(len(t), 16)], ";")
	if found && (strings.EqualFold(kind, "smtp") || len(kind) > 2 && strings.EqualFold(kind[:2], "x-")) {
		t = strings.TrimLeft(t[len(kind)+1:], " \t")
	}
	t = strings.TrimPrefix(t, "delivery temporarily suspended: ")
	if len(t) > 5 && strings.EqualFold(t[:5], "host ") {
		frame := t[5:min(len(t), 5+maxHostSaid)]
		host, rest, found := strings.Cut(frame, " said: ")
		if !found {
			host, rest, found = strings.Cut(frame, " refused to talk to me: ")
		}
		if found && strings.IndexByte(host, ' ') < 0 && replyCodeLen(rest) > 0 {
			t = t[5+len(frame)-len(rest):]
			if r.RelayHost == "" {
				r.RelayHost, _, _ = strings.Cut(host, "[")
			}
		}
	}
	if len(t) > len(eximSaid) && strings.EqualFold(t[:len(eximSaid)], eximSaid) {
		t = unwrapExim(t, r)
	}
	if strings.HasSuffix(t, " command)") {
		const words, mail = " (in reply to ", "mail from"
		i := strings.LastIndex(t, words)
		if i > 0 && !strings.EqualFold(t[i+len(words):min(len(t), i+len(words)+len(mail))], mail) {
			t = t[:i]
		}
	}
	r.Text = t
}

// maxHostSaid is how much of a text may stand before "said:", with the first code behind it.
const maxHostSaid = 330

const eximSaid = "SMTP error from remote mail server after "

// unwrapExim takes "SMTP error from remote mail server after RCPT TO:<bob@example.net>: host mx.example.net [192.0.2.1]: " off what
// follows it, where that begins with a reply code.
func unwrapExim(t string, r *Reply) string {
	const mail, host = "mail from", " host "
	frame := t[len(eximSaid):min(len(t), len(eximSaid)+maxHostSaid)]
	if len(frame) > len(mail) && strings.EqualFold(frame[:len(mail)], mail) {
		return t
	}
	for i := 0; i < len(frame); i++ {
		if frame[i] != ':' {
			continue
		}
		words := strings.TrimLeft(t[len(eximSaid)+i+1:], " \t\r\n")
		if replyCodeLen(words) == 0 || len(words) > 3 && words[3] == ':' { // not [2001:550::1]
			continue
		}
		if k := strings.LastIndex(frame[:i], host); k >= 0 && r.RelayHost == "" {
			r.RelayHost, _, _ = strings.Cut(frame[k+len(host):i], " ")
		}
		return words
	}
	return t
}
