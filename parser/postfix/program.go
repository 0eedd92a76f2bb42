package postfix

import "bytes"

// daemon is a set of Postfix's programs, one bit each: mostly one, all where the name does not tell.
type daemon uint64

const (
	smtpd daemon = 1 << iota
	smtp
	cleanup
	qmgr
	pickup_
	bounce
	local
	virtual
	pipe
	errord
	discard
	verify
	postscreen
	tlsproxy
	dnsblog
	anvil
	scache
	master
	tlsmgr
	proxymap
	trivialRewrite
	flush
	showq
	postsuper
	postqueue
	postdrop
	sendmail
	postlogd
	postlog
	script
	command // postfix(1) itself
	spawn
	qmqpd
	postmap
	postalias
	postcat
	postkick
	postlock
	anyDaemon = daemon(1<<iota - 1)
)

func (d daemon) is(set daemon) bool { return d&set != 0 }

// daemonOf knows the programs by the last part of their name.
func daemonOf(name []byte) (daemon, bool) {
	switch string(name) {
	case "smtp", "relay":
		return smtp, true
	case "lmtp":
		return smtp, true // one program, two protocols
	case "smtpd", "submission", "submissions", "smtps":
		return smtpd, true
	case "cleanup":
		return cleanup, true
	case "qmgr", "nqmgr", "oqmgr":
		return qmgr, true
	case "pickup":
		return pickup_, true
	case "bounce", "defer", "trace":
		return bounce, true
	case "local":
		return local, true
	case "virtual":
		return virtual, true
	case "pipe":
		return pipe, true
	case "error", "retry":
		return errord, true
	case "discard":
		return discard, true
	case "verify":
		return verify, true
	case "postscreen":
		return postscreen, true
	case "tlsproxy":
		return tlsproxy, true
	case "dnsblog":
		return dnsblog, true
	case "anvil":
		return anvil, true
	case "scache":
		return scache, true
	case "master":
		return master, true
	case "tlsmgr":
		return tlsmgr, true
	case "proxymap", "proxywrite":
		return proxymap, true
	case "trivial-rewrite", "rewrite":
		return trivialRewrite, true
	case "flush":
		return flush, true
	case "showq":
		return showq, true
	case "postsuper":
		return postsuper, true
	case "postqueue", "mailq":
		return postqueue, true
	case "postdrop":
		return postdrop, true
	case "sendmail", "newaliases":
		return sendmail, true
	case "postlogd":
		return postlogd, true
	case "postlog":
		return postlog, true
	case "postfix-script", "post-install", "postfix-tls-script", "postfix-wrapper", "postmulti-script", "postmulti":
		return script, true
	case "postfix":
		return command, true
	case "spawn":
		return spawn, true
	case "qmqpd":
		return qmqpd, true
	case "postmap":
		return postmap, true
	case "postalias":
		return postalias, true
	case "postcat", "postconf":
		return postcat, true
	case "postkick":
		return postkick, true
	case "postlock":
		return postlock, true
	}
	return 0, false
}

type claim uint8

const (
	claimNo claim = iota
	claimIfSaid
	claimYes
)

type program struct {
	instance []byte
	daemon   daemon
	claim    claim
}

var defaultInstance = []byte("postfix")

// splitProgram takes a program name apart. Queue ids are unique per instance, and an instance's services differ from each
// other only behind the first slash: "postfix/submission/smtpd" and "postfix/smtp" share the queue of "postfix",
// "postfix-out/smtp" has its own.
func splitProgram(name []byte) program {
	if hasPrefix(name, "postfix/") { // nearly always
		if d, ok := daemonOf(name[len("postfix/"):]); ok {
			return program{name[:len("postfix")], d, claimYes}
		}
	}
	slash := bytes.LastIndexByte(name, '/')
	if slash < 0 {
		switch {
		case string(name) == "postfix": // also what RFC 5424 by rsyslog leaves of "postfix/smtp"
			return program{defaultInstance, anyDaemon, claimYes}
		case hasPrefix(name, "postfix-") && string(name) != "postfix-script" && !service(name[len("postfix-"):]):
			return program{name, anyDaemon, claimIfSaid}
		}
		d, ok := daemonOf(name)
		if !ok || d.is(sendmail|spawn|postlog|command) {
			return program{}
		}
		return program{defaultInstance, d, claimIfSaid}
	}
	instance := name[:bytes.IndexByte(name, '/')]
	if len(instance) == 0 {
		instance = defaultInstance // "/postfix-script": an empty syslog_name
	}
	last := name[slash+1:]
	d, ok := daemonOf(last)
	ours := hasPrefix(instance, "postfix")
	switch {
	case !ok && (!ours || service(last)):
		return program{}
	case !ok:
		return program{instance, anyDaemon, claimYes}
	case ours:
		return program{instance, d, claimYes}
	case foreignSuite(instance):
		return program{}
	case d.is(smtpd | smtp | cleanup | qmgr | pickup_ | postscreen | trivialRewrite | postsuper | tlsproxy | dnsblog | bounce | script):
		return program{instance, d, claimYes} // "default/smtp"
	}
	return program{instance, d, claimIfSaid}
}

// service reports names of policy services and the like that log as "postfix/policyd-spf" but are no part of Postfix.
func service(name []byte) bool {
	for _, s := range [...]string{"policy", "postgrey", "postfwd", "sqlgrey", "gld", "mta-sts", "tlspol", "srs", "admin", "exporter", "spf"} {
		if hasPrefix(name, s) {
			return true
		}
	}
	return false
}

// foreignSuite reports other mail software that names its programs "suite/program".
func foreignSuite(name []byte) bool {
	switch string(name) {
	case "cyrus", "dovecot", "exim", "opensmtpd", "courier", "sendmail", "zimbra", "haraka", "qmail":
		return true
	}
	return false
}
