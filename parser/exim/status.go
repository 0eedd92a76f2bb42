package exim

import (
	"bytes"

	"bouncelog/parser"
)

// parseStatus reads the lines about a message that begin with no flag: its end, freezing and thawing, what an administrator did, and
// hosts that failed.
func parseStatus(f *parser.Frame, b []byte, r *parser.Record) parser.Result {
	switch {
	case string(b) == "Completed":
		r.Kind = parser.KindEnd
	case hasPrefix(b, "Completed QT="):
		r.Kind = parser.KindEnd
		r.Delay = max(seconds(b[len("Completed QT="):]), -1)
	case string(b) == "Frozen", hasPrefix(b, "Frozen "), hasPrefix(b, "*** Frozen"), hasPrefix(b, "*** frozen "), hasPrefix(b, "frozen by "),
		hasPrefix(b, "Process failed (") && hasSuffix(b, " (frozen)"): // "... when writing error message to ann@a.example"
		r.Kind, r.Outcome, r.Whole, r.Reply, r.Own = parser.KindHold, parser.OutcomeHeld, true, b, true
	case hasPrefix(b, "Unfrozen by "), hasPrefix(b, "unfrozen by "):
		r.Kind = parser.KindRelease
	case hasPrefix(b, "removed by "), hasPrefix(b, "Message removed because older than "):
		r.Kind, r.Outcome, r.Reply, r.Own = parser.KindGiveUp, parser.OutcomeDeleted, b, true
	case hasPrefix(b, "cancelled by system filter"):
		r.Kind, r.Outcome, r.Reply, r.Own = parser.KindGiveUp, parser.OutcomeBounced, b, true
		if why := b[len("cancelled by system filter"):]; hasPrefix(why, ": ") {
			r.Reply = why[2:]
			r.ReplyCode, r.Enhanced = parser.ReplyCodes(r.Reply)
		}
	case hasPrefix(b, "cancelled by "): // timeout_frozen_after, or exim -Mg: a bounce message goes out
		r.Kind, r.Outcome, r.Reply, r.Own = parser.KindGiveUp, parser.OutcomeExpired, b, true
	case hasPrefix(b, "address <"):
		a, n := angle(b[len("address "):])
		if len(a) == 0 || !hasPrefix(b[len("address ")+n:], " marked delivered by ") {
			return parser.Unrecognized
		}
		r.Kind, r.Outcome, r.Reply, r.Own = parser.KindAttempt, parser.OutcomeDeleted, b, true
		r.Recipients = append(r.Recipients, a)
	case hasPrefix(b, "PRDR "):
		return parsePRDR(b[len("PRDR "):], r)
	case hasPrefix(b, "sender address changed to <"):
		a, n := angle(b[len("sender address changed to "):])
		if !hasPrefix(b[len("sender address changed to ")+n:], " by ") {
			return parser.Unrecognized
		}
		r.Kind, r.HasSender, r.Sender = parser.KindContext, true, a
	default:
		return parseRemoteStatus(f, b, r)
	}
	return parser.Found
}

// parsePRDR reads what our own acl_smtp_data_prdr decided for one recipient (receive.c):
//
//	R=<bob@b.example> acceptance
//	R=<bob@b.example> temporary refusal
//	bob@b.example the ACL's words
//
// The third form does not tell what was decided; only refusals are usually given words.
func parsePRDR(b []byte, r *parser.Record) parser.Result {
	var to []byte
	if hasPrefix(b, "R=<") {
		a, n := angle(b[len("R="):])
		to, b = a, skipSpace(b[len("R=")+n:])
		if string(b) == "acceptance" {
			return parser.Known
		}
		if string(b) != "refusal" && string(b) != "temporary refusal" {
			return parser.Unrecognized
		}
	} else {
		n := token(b)
		to, b = b[:n], skipSpace(b[n:])
		if bytes.IndexByte(to, '@') <= 0 || len(b) == 0 {
			return parser.Unrecognized
		}
	}
	reject(b, b, host{}, r, parser.StageEndOfData)
	addRecipient(r, to)
	return parser.Found
}

// parseRemoteStatus reads what went wrong with one remote host while others were still to be tried.
func parseRemoteStatus(f *parser.Frame, b []byte, r *parser.Record) parser.Result {
	if hasPrefix(b, "DANE attempt failed; TLS connection to ") {
		h, rest := readHost(b[len("DANE attempt failed; TLS connection to "):])
		res := hint(bytes.TrimPrefix(rest, []byte(": ")), h, r)
		r.Stage = parser.StageTLS
		return res
	}
	if isSession(b) {
		return hint(b, host{}, r)
	}
	if res := parseRefusal(b, r); res != parser.Unrecognized {
		return res
	}
	if n := bytes.IndexByte(b, ' '); n > 0 && (hasPrefix(b[n:], " authenticator failed H=") || hasPrefix(b[n:], " authenticator cancelled authentication H=")) {
		// We as the client: "plain authenticator failed H=mx.b.example [192.0.2.2] 535 5.7.8 wrong"
		i := index(b, " H=")
		h, words := readHost(b[i+len(" H="):])
		r.Kind, r.Stage = parser.KindHint, parser.StageAuth
		r.RelayHost, r.RelayIP, r.RelayPort = h.name, h.ip, h.port
		r.Reply = skipSpace(words)
		r.ReplyCode, r.Enhanced = parser.ReplyCodes(r.Reply)
		return parser.Found
	}
	if isKnown(b) {
		return parser.Known
	}
	// Older versions: "mx.b.example [192.0.2.2]: Connection refused", "mx.b.example [192.0.2.2] Connection timed out".
	if h, rest := readHost(b); h.ip != nil && h.helo == nil {
		words := rest
		if hasPrefix(rest, ": ") {
			words = rest[2:]
		}
		words = skipSpace(words)
		if isHostReason(words) {
			return hint(words, h, r)
		}
	}
	if hasSuffix(b, ": error ignored") || hasSuffix(b, ": error ignored: RFC 3461 DSN, failure notify not requested") {
		return parser.Known // the "**" line before it said what failed
	}
	return parser.Unrecognized
}
