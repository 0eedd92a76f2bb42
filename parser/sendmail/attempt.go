package sendmail

import (
	"bytes"

	"bouncelog/parser"
)

// attempt holds the fields of a "to=" line that decide together what became of the recipients.
type attempt struct {
	mailer, dsn, reply, stat []byte
	hasReply, hasStat        bool
	several                  bool // ", stat=" occurs more than once, so the remote server's words hold one
}

// to reads logdelivery's line:
//
//	to=<a@x>,<b@x>, ctladdr=<list@y> (8/0), delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=31418,
//	relay=mx.x. [192.0.2.1], dsn=5.1.1, reply=550 5.1.1 <a@x>... no such user, stat=User unknown
//
// Recipients are read by their brackets and quotes, the fields up to dsn= in their order. A remote server writes only reply= and
// what stat= quotes.
func to(b []byte, r *parser.Record) parser.Result {
	b, bracketed, ok := recipients(b, r)
	if !ok {
		return cut(b)
	}
	var a attempt
	var ctladdr []byte
	for len(b) > 0 {
		if hasPrefix(b, ", stat=") {
			a.stat, a.hasStat = b[len(", stat="):], true
			break
		}
		if hasPrefix(b, ", reply=") {
			a.hasReply = true
			a.split(b[len(", reply="):])
			break
		}
		if hasPrefix(b, ", ctladdr=") {
			b = b[len(", ctladdr="):]
			n := max(addressEnd(b), 0)
			if i := index(b[n:], ", delay="); i >= 0 {
				n += i // " (uid/gid)"
			}
			ctladdr, b = controller(b[:n]), b[n:]
			continue
		}
		key, value, rest, ok := field(b)
		if !ok {
			break
		}
		switch string(key) {
		case "delay":
			r.Delay = interval(value)
		case "mailer":
			a.mailer = value
		case "relay":
			r.RelayHost, r.RelayIP = hostIP(value)
		case "dsn":
			if n := parser.EnhancedCode(value); n > 0 && n == len(value) {
				a.dsn = value
			}
		case "quarantine": // the reason, in a milter's or rule's words: "stat=quarantined" ends it
			if i := lastIndex(b, ", stat="); i >= 0 {
				value, rest = b[len(", quarantine="):i], b[i:]
				if j := lastIndex(value, ", dsn="); j >= 0 && parser.EnhancedCode(value[j+len(", dsn="):]) == len(value)-j-len(", dsn=") {
					value = value[:j]
				}
			}
			r.Reply = value
		}
		b = rest
	}
	if r.Delay < 0 {
		return parser.Known // cut off within the recipients
	}
	if len(a.mailer) == 0 && a.hasStat {
		return undelivered(&a, r)
	}
	origin(&a, ctladdr, bracketed, r)
	if isLocal(a.mailer) && r.RelayIP == nil {
		r.RelayHost = nil // the detail part of user+detail, or the local host
	}
	return outcome(&a, r)
}

// split divides "550 5.1.1 no, stat=User unknown" into reply and stat. Both may quote the remote server, which may write ", stat=Sent"
// itself; the last ", stat=" is taken to be the field, and what it says is believed only as far as outcome allows.
func (a *attempt) split(b []byte) {
	i := lastIndex(b, ", stat=")
	if i < 0 { // cut off
		a.reply = b
		return
	}
	a.reply, a.stat, a.hasStat = b[:i], b[i+len(", stat="):], true
	a.several = contains(a.reply, ", stat=")
}

// recipients reads "<a@x>,<b@x>, [more]" and returns what follows, and whether the first stands in brackets, as it was submitted.
func recipients(b []byte, r *parser.Record) (rest []byte, bracketed, ok bool) {
	r.Recipients = r.Recipients[:0]
	bracketed = len(b) > 0 && b[0] == '<'
	for {
		n := addressEnd(b)
		if n < 0 {
			return b, bracketed, false
		}
		if n > 0 && string(b[:n]) != "NO-TO-LIST" {
			r.Recipients = append(r.Recipients, address(b[:n]))
		}
		b = b[n:]
		if len(b) < 2 || b[0] != ',' {
			break
		}
		if b[1] == ' ' {
			b = bytes.TrimPrefix(b, []byte(", [more]"))
			break
		}
		b = b[1:]
	}
	return b, bracketed, true
}

// controller takes " (uid/gid)" off the address under whose rights a delivery ran.
func controller(b []byte) []byte {
	if n := len(b); n > 4 && b[n-1] == ')' {
		if i := bytes.LastIndexByte(b, '('); i > 0 && b[i-1] == ' ' && bytes.IndexByte(b[i:], '/') > 0 {
			return b[:i-1]
		}
	}
	return b
}

// origin says which address led to the recipient. ctladdr= is that address for files and programs and for the results of an alias; where the
// recipient stands as it was submitted, in brackets, or was submitted here, it is the local sender and tells nothing.
func origin(a *attempt, ctladdr []byte, bracketed bool, r *parser.Record) {
	if len(ctladdr) == 0 || len(r.Recipients) == 0 || contains(ctladdr, "...") {
		return // longer ones are shortened in the middle
	}
	if string(a.mailer) == "prog" || string(a.mailer) == "*file*" || string(a.mailer) == "*include*" {
		r.Recipients = append(r.Recipients[:0], address(ctladdr))
		return
	}
	if bracketed || string(a.mailer) == "relay" || ctladdr[0] != '<' {
		return
	}
	r.OrigRecipient = address(ctladdr)
}

// isLocal knows the mailers for which relay= is no host.
func isLocal(mailer []byte) bool {
	switch string(mailer) {
	case "local", "prog", "*file*", "*include*", "procmail", "cyrus", "cyrusbb", "cyrusv2", "mail11", "uucp", "usenet":
		return true
	}
	return false
}

// isHere knows the relays that the mail submission program hands its mail to (submit.mc: FEATURE(msp)).
func isHere(r *parser.Record) bool {
	switch string(r.RelayIP) {
	case "127.0.0.1", "::1":
		host := string(r.RelayHost)
		return host == "" || host == "localhost" || host == "localhost.localdomain" || host == "ip6-localhost"
	}
	return false
}

// queued finds the id under which the next hop queued the message, in the words of Sendmail, Postfix, Exim and others:
//
//	54KAb32Cd004711 Message accepted for delivery
//	Ok: queued as 9F27C2A0D41
//	OK id=1uHk87b-00000000AbC-1dEf
func queued(b []byte) []byte {
	if i := index(b, "Message accepted for delivery") - 1; i > 0 && b[i] == ' ' {
		return token(b[bytes.LastIndexByte(b[:i], ' ')+1 : i])
	}
	for _, mark := range [...]string{"queued as ", "OK id=", "ok id="} {
		if i := lastIndex(b, mark); i >= 0 {
			return token(b[i+len(mark):])
		}
	}
	return nil
}

// token is the queue id that b begins with, or nil.
func token(b []byte) []byte {
	n := 0
	for n < len(b) && (b[n] >= '0' && b[n] <= '9' || b[n]|0x20 >= 'a' && b[n]|0x20 <= 'z' || b[n] == '-' || b[n] == '_' || b[n] == '.') {
		n++
	}
	b = bytes.TrimRight(b[:n], ".")
	if len(b) == 0 {
		return nil
	}
	return b
}
