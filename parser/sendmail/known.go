package sendmail

import "bytes"

// isKnown reports whether m is one of the messages that Sendmail writes and that carry nothing to follow: the chatter of log
// levels 10 to 15 and above, and what the daemon says about itself. The texts are those of the sm_syslog calls in Sendmail's source;
// what none of them begins is not known, so that a new message shows up as unrecognized.
func isKnown(m []byte, withID bool) bool {
	switch m[0] {
	case ' ', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return isOpenFile(m)
	case '-', '<', '>':
		return hasPrefix(m, "--- ") || isCommandLine(m) || hasPrefix(m, ">>> ") // the SMTP dialogue (log level 14, 15)
	case 'M':
		if hasPrefix(m, "Milter (") {
			return isFilter(m[len("Milter ("):])
		}
	case 'u':
		if hasPrefix(m, "user ") {
			return contains(m, " attempted to ") || hasSuffix(m, " changed syslog label")
		}
	case 'S':
		if hasPrefix(m, "STARTTLS") {
			return isTLS(m[len("STARTTLS"):])
		}
		if hasPrefix(m, "SYSERR(") {
			return !withID && contains(m, "): ")
		}
	}
	switch string(m) {
	case "locked", "changed", "unlock", "interrupt", "from queue", "saveerror": // single words of log level 20 and above
		return true
	}
	return prefixed(m, knownPrefixes(m[0])) || prefixed(m, knownSentences) || aboutClient(m)
}

// knownPrefixes are the messages that begin with a letter or a word of their own.
func knownPrefixes(c byte) []string {
	switch c {
	case 'A':
		return knownA
	case 'B', 'C', 'D', 'E', 'F', 'H', 'I', 'L':
		return knownBL
	case 'M':
		return knownM
	case 'N', 'P', 'Q', 'R', 'S', 'T', 'U', 'W':
		return knownNW
	case 'a', 'b', 'c', 'd':
		return knownad
	case 'e', 'f', 'g', 'h', 'i', 'k', 'l':
		return knownel
	case 'm', 'n', 'o', 'p', 'q', 'r':
		return knownmr
	case 's', 't', 'u', 'w':
		return knownsw
	}
	return nil
}

var knownA = []string{
	"AUTH flags=", "Attempt to forward to more than ", "AUTH=client, ", "AUTH=server, ", "AUTH warning: ", "AUTH error: ", "AUTH decode64 error [", "AUTH encode64 error [", "AUTH: available mech=",
	"AUTH: sasl_decode error=", "AUTH: sasl_encode error=", "AUTH dialogue", "AUTH username '", "AUTH authid '",
	"Aborting queue run: load average too high", "Adding ", "Alias file ", "Authentication-Warning: ",
}

var knownBL = []string{
	"Bad line on ", "Can't create transcript file ", "Cannot create ", "Cannot open ", "Cannot stat ", "Closing connection to ", "Connection rate ", "Could not remove control socket: ",
	"Could not remove daemon ", "Could not connect to socket ", "CurChildren", "DNS failure: CNAME loop for ", "Dropped invalid comments from header address",
	"ERROR: DNS ", "ERROR: bin2hex: size ", "ERROR: persistent queue runner=", "Error getting LDAP results", "Error in ldap_search in map ", "FAILED to grow WorkList for ",
	"File descriptors missing on startup: ", "Fixed MIME ", "Host name ", "LDAP map: ", "Losing ",
}

var knownM = []string{
	"MCI@0x", "Milter accept: message", "Milter add: ", "Milter add (", "Milter insert (", "Milter change: ", "Milter change (", "Milter delete: ", "Milter delete (", "Milter message: body replaced",
	"Milter chgfrom: ", "Milter read(", "MX list for ", "My unqualified host name (",
}

// milterKnown are the messages after "Milter: " that carry no refusal.
var milterKnown = []string{
	"no active filter", "connect to filters", "connect, ending", "rcpts: ", "sender: ", "senders: ", "reject, data", "reject, no rcpt", "reject, no sender", "reject, sender", "reject, recipient",
	"helo: ", "header: ", "headers, sen", "body, sen", "data, quarantine", "abort filter", "quit filter",
}

var knownNW = []string{
	"NextMacroId = ", "Null connection from ", "POSSIBLE ATTACK from ", "Possible SMTP RCPT flood", "Postmaster warning:", "QueueHighWater", "Rejecting open proxy",
	"Running ", "SECURITY ALERT: ", "SMTP outgoing connect on ", "SMTP AUTH command (", "SMTP ETRN command (", "SMTP MAIL command (",
	"SMTP STARTTLS command (", "SMTP RCPT command (", "SMTP HELO command (", "SMTP EHLO command (", "SMTP DATA command (", "SMTP VRFY command (", "SMTP EXPN command (",
	"Saved message in ", "Sending \"", "Skipping queue run -- ", "Skipping ", "Too many bad recipients", "Timeout.to_aconnect occurred ", "Truncated MIME ", "Truncated long MIME ", "Unable to deliver mail", "Unsupported address family ",
	"Warning: ", "WARNING: ", "WorkList for ", "Workgroup",
}

var knownad = []string{
	"accepting connections again", "accepting connections on port ", "accepting new messages (again)", "accepting invalid domain name", "alias ", "alias database ", "aliased to ", "aliasing/forwarding loop broken: ", "arith_map: ", "assigned id",
	"bestmx_map_lookup: ", "bogus queue ", "bogus file ", "can not chdir(", "can not opendir(", "can not stat(", "can not write to queue directory ", "clone: ", "clt_features=", "collect: ", "connect from ",
	"console socket child", "control: ", "control socket", "can't find queue group name ", "can't attach shared memory, ", "can't initialize shared memory, ", "cannot prescan from (", "cannot flock(", "cannot open ", "cannot rename(", "cannot stat queue directory ", "could not drop privileges: ", "could not exec ", "could not restart: ", "daemon invoked without full pathname", "daemon could not open control socket ",
	"daemon process doesn't have ", "daemon process $j lost dot", "daemon $j lost dot", "daemon lost $j", "daemon: cannot fork", "db_open(", "deferred: udbexpand: ", "disconnect: ", "daemon MTA", "daemon MSA", "dangerous permissions=", "deferring connections on daemon ", "deferring connections: ", "delaying connections on daemon ", "delaying=", "delivery time expired ", "deliver: ",
	"df file ", "dns ", "done; ", "dowork, pid=", "doworklist, pid=", "drop_privileges: ", "dropenvelope", "dup_df: ", "disconnect level ",
}

var knownel = []string{
	"encode64 for AUTH failed", "engine=", "error: safesasl(", "expand ", "expanded to ", "filesys_", "fill_fd: ", "finis, pid=", "forward ", "forward: ", "fcntl(", "gatherq: ", "gethostbyaddr(", "getauth", "getmodifiers too long", "getmxrr: ", "getrequests: ", "grew WorkList for ",
	"have been rejecting connections on daemon ", "headers too large (", "hostsignature for host ", "in background, pid=", "include ", "including file ", "invalid domain name (", "key=",
	"ldap=", "low on space (", "lost input channel from ",
}

var knownmr = []string{
	"main: where=", "makeconnection (", "makeconnection: ", "mci_", "milter=", "milter_", "mime7to8: ", "mime8to7: ", "mimeheader", "newaliases: ", "nisplus_getcanonname: ",
	"null host signature for ", "openmailer: ", "opendaemonsocket: ", "ownership change on ", "persistent queue runner", "poststats: ", "problem creating SMTP socket", "proc_list_", "proxy mode requested ", "putbody: ", "quarantine_queue_item: ", "quarantined by ", "queue control process", "queue group name ",
	"queueup", "queuename: ", "ratecontrol", "ratelimit", "rejecting connections on daemon ", "rejecting connections on port ", "rejecting connections: ", "rejecting new messages: min free: ", "remotename", "restarting ", "restart queue runner=", "returntosender: ", "rewrite: ", "rq: i=", "rqe: ", "rwg: wgrp=", "rscheck(tls_", "prog_map_lookup(",
	"run_work_group: ", "running queue: ", "runqueue",
}

var knownsw = []string{
	"savemail panic", "saveerror", "savemail", "sendenvelope, flags=", "set automode for I (", "setsender: ", "shared memory", "sm_shm", "smtps: TLS not available", "smtpquit: mailer", "socket_map_lookup(", "sqr: wgrp=", "srv_features: ", "started as: ", "starting daemon (", "stab: total=", "startup with ", "str_union: ", "stopping daemon", "sync_dir: ",
	"tcpwrappers", "text map ", "timeout connecting to LDAP server ", "tls_clt_features=", "tls_srv_features=", "too many connections", "timeout waiting for input from ", "timeout waiting for input during ", "too young (",
	"unable to qualify my own domain name (", "unable to write ", "unable to read ", "unauthorized PIPELINING, sleeping", "unlink ", "waitfor", "warning: cannot lock ",
}

// isCommandLine knows what a client said, which may be nothing (log level 14).
func isCommandLine(m []byte) bool { return hasPrefix(m, "<-- ") || string(m) == "<--" }

// isOpenFile knows dumpfd's lines (conf.c): the open files, which Sendmail lists after some system errors, and "MCI@0x..." its connections.
//
//	12: fl=0x8001, mode=100640: dev=0/48, ino=573, nlink=1, u/gid=0/201, size=502
func isOpenFile(m []byte) bool {
	m = bytes.TrimLeft(m, " ")
	n := 0
	for n < len(m) && m[n] >= '0' && m[n] <= '9' {
		n++
	}
	if n == 0 || !hasPrefix(m[n:], ": ") {
		return false
	}
	m = m[n+2:]
	return hasPrefix(m, "fl=0x") || hasPrefix(m, "mode=") || hasPrefix(m, "CANNOT STAT (")
}

// isFilter reads what follows "Milter (" in milter.c's messages: the filter's name and what happened to it.
func isFilter(m []byte) bool {
	i := bytes.IndexByte(m, ')')
	return i > 0 && prefixed(m[i+1:], filterWords)
}

var filterWords = []string{
	": abort filter", ": bad address ", ": body, sen", ": cannot ", ": empty or missing ", ": error ", ": header, ", ": headers, sen", ": init ", ": Invalid numeric domain ", ": local socket name ",
	": negotiate", ": open ", ": quit filter", ": read returned ", ": select(", ": socket(", ": time command (", ": timeout ", ": to error state", ": unknown ", ": Unknown ", ": write(", ": connect", ": reject", ": discard",
	" add: ", " change (", " change: ", " chgfrom: ", " delete (", " delete: ", " insert (", " message: ", " quarantine",
}

// knownSentences are messages that are whole sentences of their own.
var knownSentences = []string{
	"STARTTLS dialogue", "*** $j not in $=w ***", "\"wiz\" command from ", "\"debug\" command from ", "\"showq\" command from ", "\"kill\" command from ",
}

// aboutClient reports whether m is one of the messages that begin with the client's name and address.
func aboutClient(m []byte) bool {
	for _, s := range [...]string{
		" did not issue MAIL/EXPN/VRFY/ETRN", ": possible SMTP attack: command=", ": probable open proxy: command=",
		": Possible SMTP RCPT flood, ", ": SMTP violation, input too long: ", " did not use CRLF", " tempfailed (due to previous checks)", " protocol error: ", ": unlink-fail ",
	} {
		if contains(m, s) {
			return true
		}
	}
	// recipient.c and safefile.c on the files of aliases and .forward, readcf.c on the configuration
	for _, s := range [...]string{
		" writable forward file, marked unsafe", " writable :include: file, marked unsafe", ": unsafe directory path, marked unsafe", ": WARNING: dangerous write permissions",
		": changed fds:", ": problem creating SMTP socket",
	} {
		if hasSuffix(m, s) {
			return true
		}
	}
	if contains(m, " has bad shell ") && contains(m, ", marked ") || contains(m, " too old (require version ") || contains(m, ": lookup error, expected 1 entry, got ") ||
		contains(m, ": Unknown host status line ") {
		return true
	}
	if hasSuffix(m, " bytes total") && contains(m, " aliases, longest ") {
		return true // "/etc/mail/aliases: 12 aliases, longest 43 bytes, 285 bytes total"
	}
	for _, s := range [...]string{"]: ", ") ", "): ", "localhost: "} {
		if i := index(m, s); i > 0 {
			rest := bytes.TrimLeft(m[i+len(s):], ": ")
			if hasPrefix(rest, "VRFY ") || hasPrefix(rest, "EXPN ") || hasPrefix(rest, "ETRN ") || hasPrefix(rest, "vrfy ") || hasPrefix(rest, "expn ") || hasPrefix(rest, "etrn ") {
				return true
			}
		}
	}
	return hasSuffix(m, " owned process doing -bs")
}

// isTLS reads what follows "STARTTLS" in tls.c's and sfsasl.c's messages.
func isTLS(m []byte) bool {
	if hasPrefix(m, ": ") {
		m = m[2:]
		return hasSuffix(m, " missing") || hasPrefix(m, "can't switch to encrypted layer") || prefixed(m, []string{"read error", "write error", "info_callback where=", "SSL3 alert ", "server cert verify: ", "client cert verify: ", "x509 cert verify: ",
			"TLS cert verify: ", "cert verify: ", "server:", "client:", "undefined:", "SSL_"})
	}
	if !hasPrefix(m, "=") {
		return false
	}
	i := bytes.IndexAny(m, ",:")
	if i < 0 || i > 16 || i+2 > len(m) || m[i+1] != ' ' {
		return false
	}
	what, rest := string(m[1:i]), m[i+2:]
	switch what {
	case "client", "server", "read", "write", "init", "srv", "clt":
	default:
		return false
	}
	if m[i] == ':' {
		// OpenSSL's error queue: "STARTTLS=client: 12345:error:0A00010B:SSL routines::wrong version number:..."
		return contains(rest, "error:") || contains(rest, "rror") || hasPrefix(rest, "file ") || contains(rest, ":")
	}
	return prefixed(rest, tlsFields)
}

var tlsFields = []string{
	"relay=", "cert-subject=", "error: ", "get_verify: ", "init=", "info: ", "SSL_", "start=", "host=", "encode64 for AUTH failed", "engine=", "inittls: ", "Diffie-Hellman init", "EC_KEY_", "get_tls_se_features=",
	"CertFingerprintAlgorithm=", "depth=", "cipher=", "version=", "bits=", "alert", "TLS_", "keyfile=", "fd=",
}
