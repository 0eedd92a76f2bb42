package postfix

import (
	"bouncelog/parser"
)

// warned reads the warnings behind "warning: " that tell of mail or of a refused session. All others are left to
// the shapes.
func warned(d daemon, m []byte, r *parser.Record) parser.Result {
	if d.is(smtpd) {
		if res := authFailure(m, r); res != parser.Unrecognized {
			return res
		}
	}
	if n := queueIDPrefix(m); n > 0 {
		// smtpd does not log what it answers the client (cleanup_stat.c).
		rest := m[n+2:]
		switch {
		case d.is(smtpd) && string(rest) == "queue file size limit exceeded": // the client had not said how much it would send
			r.ReplyCode, r.Enhanced = 552, tooBig
		case d.is(cleanup) && string(rest) == "message rejected: hopcount exceeded":
			r.ReplyCode, r.Enhanced = 554, tooManyHops
		default:
			return parser.Unrecognized
		}
		r.Kind, r.QueueID = parser.KindReject, m[:n]
		r.Outcome, r.Whole, r.Stage = parser.OutcomeRejected, true, parser.StageEndOfData
		r.Reply, r.Own = rest, true
		return parser.Found
	}
	return parser.Unrecognized
}

var tooBig, tooManyHops = []byte("5.3.4"), []byte("5.4.0")

// authFailure reads smtpd_sasl_glue.c's
//
//	a.b[192.0.2.1]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=bob
//
// The user is named since 3.6 (as "(unavailable)" if not known).
func authFailure(m []byte, r *parser.Record) parser.Result {
	host, ip, _, n := hostPort(m)
	if n == 0 || !hasPrefix(m[n:], ": SASL ") {
		return parser.Unrecognized
	}
	rest := m[n+len(": SASL "):]
	i := index(rest, " authentication failed")
	if i <= 0 {
		return parser.Unrecognized
	}
	rest = rest[i+1:]
	r.Kind, r.Outcome = parser.KindReject, parser.OutcomeRejected
	r.Session, r.Own, r.Stage = true, true, parser.StageAuth
	r.ClientHost, r.ClientIP = unknownNil(host), ip
	r.Reply = m[n+2:]
	if k := index(rest, ", sasl_username="); k >= 0 {
		r.Reply = m[n+2 : len(m)-len(rest)+k]
		if user := rest[k+len(", sasl_username="):]; string(user) != "(unavailable)" {
			r.AuthUser = user
		}
	}
	return parser.Found
}

// tlsFailure reads "SSL_accept error from a.b[192.0.2.1]: -1". The "TLS library problem" that follows is the same
// failure and only known.
func tlsFailure(peer, whole []byte, r *parser.Record) parser.Result {
	host, ip, _, n := hostPort(peer)
	if n == 0 || !hasPrefix(peer[n:], ": ") {
		return parser.Unrecognized
	}
	r.Kind, r.Outcome = parser.KindReject, parser.OutcomeRejected
	r.Session, r.Own, r.Stage = true, true, parser.StageTLS
	r.ClientHost, r.ClientIP = unknownNil(host), ip
	r.Reply = whole
	return parser.Found
}
