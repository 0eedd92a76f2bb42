package exim

// knownBy gives the known messages by their first byte.
func knownBy(c byte) []phrase {
	switch c {
	case '2':
		return knownDigit
	case 'A':
		return knownA
	case 'B':
		return knownB
	case 'C':
		return knownC
	case 'D':
		return knownD
	case 'E':
		return knownE
	case 'F':
		return knownF
	case 'H':
		return knownH
	case 'I':
		return knownI
	case 'L':
		return knownL
	case 'M':
		return knownM
	case 'O':
		return knownO
	case 'P':
		return knownP
	case 'R':
		return knownR
	case 'S':
		return knownS
	case 'T':
		return knownT
	case 'U':
		return knownU
	case 'V':
		return knownV
	case 'W':
		return knownW
	case 'a':
		return knownSmallA
	case 'b':
		return knownSmallB
	case 'c':
		return knownSmallC
	case 'd':
		return knownSmallD
	case 'e':
		return knownSmallE
	case 'f':
		return knownSmallF
	case 'g':
		return knownSmallG
	case 'h':
		return knownSmallH
	case 'i':
		return knownSmallI
	case 'l':
		return knownSmallL
	case 'm':
		return knownSmallM
	case 'n':
		return knownSmallN
	case 'o':
		return knownSmallO
	case 'p':
		return knownSmallP
	case 'q':
		return knownSmallQ
	case 'r':
		return knownSmallR
	case 's':
		return knownSmallS
	case 't':
		return knownSmallT
	case 'u':
		return knownSmallU
	case 'w':
		return knownSmallW
	}
	return nil
}

// knownNamed are messages after the name of a router, transport or authenticator with which they begin.
var knownNamed = []phrase{
	{"router: skipped error: ", ""},
	{"router failed to expand ", ""},
	{"router: reroute string ", " is not of the form user@domain"},
	{"router generated more than ", " child addresses for <"},
	{"router returned unknown value ", ""},
	{"router: command returned non-zero ", ""},
	{"router couldn't create child process: ", ""},
	{"transport process vanished unexpectedly", ""},
	{"transport process returned non-zero status ", ""},
	{"transport found host ", ""},
	{"authenticator (", "): "},
	{"authenticator: ", " SASL "},
	{"authenticator failed H=", ""},
	{"authenticator cancelled authentication H=", ""},
	{"verify denied by event-action: depth=", ""},
}

var (
	knownDigit = []phrase{
		{"2nd fork for serialized ETRN failed: ", ""},
	}
	knownA = []phrase{
		{"ACL \"warn\" with \"message\" setting found in a non-message (", ""},
		{"ACL for QUIT returned ERROR: ", ""},
		{"ACL for not-QUIT returned ERROR: ", ""},
		{"ALPN unusable with this ", ""},
		{"ARC: ", " signing: "},
		{"ARC: bad signing-specification (", ""},
		{"ARC: no Authentication-Results header for signing", ""},
		{"Abandon queue run: ", ""},
		{"Address for ", " interface is absurdly long"},
		{"Attempt to exec tainted path: '", ""},
		{"Attempt to open msglog file path with upward-traversal: '", ""},
	}
	knownB = []phrase{
		{"Bad db record size for '", ""},
		{"Bad expansion for socks_proxy in ", ""},
	}
	knownC = []phrase{
		{"CNAME loop for ", " encountered"},
		{"Can't cleanup environment", ""},
		{"Cannot lock ", "): "},
		{"Cannot open ", " log file \""},
		{"Could not open datafile for message ", ""},
		{"Couldn't ", " message log "},
		{"Couldn't open ", ": not loading lookup modules"},
		{"Couldn't open journal file ", ""},
		{"Couldn't fdopen message log ", ""},
		{"Couldn't set perms on journal file ", ""},
		{"Child mail process returned status ", ""},
	}
	knownD = []phrase{
		{"DANE attempt failed; TLS connection to ", ""},
		{"DANE error: No usable TLSA records", ""},
		{"DANE error: TLSA lookup for ", ""},
		{"DCC: ", "failed: "},
		{"DCC: Couldn't shutdown socket: ", ""},
		{"DCC: error while opening spool file", ""},
		{"DCC: warning - invalid dccifd address: '", ""},
		{"DKIM: d=", ""},
		{"DKIM: s=", ""},
		{"DKIM: signer: ", ""},
		{"DKIM: ", "signing"},
		{"DKIM: ", "validat"},
		{"DKIM: ", "canonicalization"},
		{"DKIM: ", "hash"},
		{"DKIM: message could not be signed, and dkim_strict is set.", ""},
		{"DMARC failure ", ""},
		{"DMARC results: spf_domain=", ""},
		{"DMARC using synthesized SPF sender domain = ", ""},
		{"DNS list lookup defer (probably timeout) for ", ""},
		{"DNS list lookup for ", " returned "},
		{"DSN: ", "ORCPT"},
		{"Daemon cannot be run when mua_wrapper is set", ""},
		{"Delivery deferred by system filter", ""},
		{"Delivery status for ", ""},
	}
	knownE = []phrase{
		{"EHLO/HELO response must not contain newlines: ", ""},
		{"ETRN ", " received from "},
		{"End queue run: ", ""},
		{"End '", "' queue run: "},
		{"Error in system filter: ", ""},
		{"Error in ", " router: "},
		{"Error loading lookup module ", ""},
		{"Error reading OCSP response from \"", ""},
		{"Error reading spool file ", ""},
		{"Error/short write while writing ", ""},
		{"Exim configuration error", ""},
		{"Exim configuration file ", ""},
		{"Exim internal error: missing set flag for ", ""},
		{"Expansion of \"", " failed: "},
		{"Expansion of ", " failed while rewriting: "},
		{"Error while reading message with no usable sender address", ": "},
		{"Error while handling error message: ", ""},
	}
	knownF = []phrase{
		{"Failed to open ", " when checking "},
		{"Failed setting ownership on spool file ", ""},
		{"Failed to create directory \"", ""},
		{"Failed to create IPv6 socket for wildcard listening (", ""},
		{"Failed to create spool file ", ""},
		{"Failed to create socket ", ""},
		{"Failed to expand ", ""},
		{"Failed to find ", "directory"},
		{"Failed to get ", " lock for "},
		{"Failed to get user name for uid ", ""},
		{"Failed to get write lock for ", ""},
		{"Failed to get read lock for ", ""},
		{"Failed to look up uid ", ""},
		{"Failed to open database lock file ", ""},
		{"Failed to open DB file ", ""},
		{"Failed to open OCSP response file \"", ""},
		{"Failed to open ", " message texts: "},
		{"Failed to open configuration file ", ""},
		{"Failed to open ", ": Permission denied"},
		{"Failed to open ", ": No such file or directory"},
		{"Failed to open scan ", ""},
		{"Failed to read PEM file \"", ""},
		{"Failed to reopen ", " for remote parallel delivery"},
		{"Failed to ", "directory \""},
		{"Failed writing transport result", ""},
		{"Fork failed for local delivery to ", ""},
		{"Format error in spool file ", ""},
		{"Failed to find user \"", " from expanded string \""},
		{"Failed to find group \"", " from expanded string \""},
		{"Failed to open ", " for "},
	}
	knownH = []phrase{
		{"Header modification in data ACLs will not take effect on cutthrough", ""},
	}
	knownI = []phrase{
		{"IPv4 socket creation failed: ", ""},
		{"IPv6 socket creation failed: ", ""},
		{"Input from inetd is not supported when mua_wrapper is set", ""},
		{"Internal error: invalid IPv6 address \"", ""},
	}
	knownL = []phrase{
		{"Long ", " lookup for '"},
		{"Lookup module ", " is not compatible with this version of Exim"},
		{"Loop detected in lookup of local part of ", ""},
	}
	knownM = []phrase{
		{"MIME acl condition warning - ", ""},
		{"Malformed IP address \"", ""},
		{"Message abandoned: ", ""},
		{"Message is frozen", ""},
		{"More than one path given in log_file_path: using ", ""},
	}
	knownO = []phrase{
		{"OCSP dates invalid", ""},
		{"OCSP unusable with this GnuTLS library version", ""},
	}
	knownP = []phrase{
		{"PDKIM: d=", " ["},
		{"Process failed (", ") when writing error message to "},
		{"Process ", " finished: not found in remote transport process list"},
		{"Process ", ") failed to create child process to send "},
	}
	knownR = []phrase{
		{"Received TLS cert status response, ", ""},
		{"Required TLS certificate status not received", ""},
		{"Rewrite of ", " yielded un"},
	}
	knownS = []phrase{
		{"SMTP connection from", ""},
		{"SMTP connection Ci=", " from "}, // +connection_id
		{"SMTP connection identification ", ""},
		{"SMTP connection outbound ", ""},
		{"SMTP connection lost after final dot", ""},
		{"SMTP command timeout on", ""},
		{"SMTP data timeout (message abandoned) on connection from ", ""},
		{"SMTP protocol synchronization error (", ""},
		{"SMTP protocol violation: synchronization error ", ""},
		{"SMTP syntax error in \"", ""},
		{"SMTP protocol error in \"", ""},
		{"SMTP call from ", " dropped: too many "},
		{"Spool file is locked", ""},
		{"Spool", "-D not found"},
		{"Spool file for ", " is locked (another process is handling this message)"},
		{"Spool error: no recipients for ", ""},
		{"Spool error for ", ""},
		{"Start queue run: ", ""},
		{"Start '", "' queue run: "},
		{"Server certificate revoked", ""},
		{"Server certificate status unknown, in OCSP stapling", ""},
		{"Setting IPV6_V6ONLY on daemon's IPv6 wildcard socket failed (", ""},
		{"SSL channel closed on write", ""},
		{"SSL verify denied by event-action: depth=", ""},
		{"SSL verify error", ""},
		{"SSL_write: (from ", ""},
		{"SSL_write error ", ""},
		{"SNI unusable with this OpenSSL", ""},
		{"SIGSEGV (", ""},
		{"SEGV_MAPERR", ""},
		{"SEGV_ACCERR", ""},
		{"SEGV_BNDERR", ""},
		{"SEGV_PKUERR", ""},
		{"SIGTERM received while reading local message", ""},
		{"SIGINT received while reading local message", ""},
		{"Stat failed on ", ": "},
		{"SA: ", ""},
		{"Sender identification U=", ""},
		{"Spool write error: ", ""},
		{"SPF_server_new() failed", ""},
	}
	knownT = []phrase{
		{"Tainted arg ", ""},
		{"Tainted filename '", ""},
		{"TLS error (D-H param setting '", ""},
		{"TLS error (RSA_generate_key): ", ""},
		{"TLS error (SSL_", ""},
		{"TLS error in certificate ", ""},
		{"TLS error on connection (", ""},
		{"TLS client disconnected cleanly (rejected our certificate?)", ""},
		{"TLS session failure: delivering unencrypted to ", ""},
		{"TLS session: ", ": delivering unencrypted to H="},
		{"TLS verify denied by event-action: ", ""},
		{"Taint mismatch, ", ""},
		{"Tainted filename for search: '", ""},
		{"Temporary error with DCC: ", ""},
		{"Too many recipients: ", ""},
		{"TLS ALPN (", ") rejected"},
	}
	knownU = []phrase{
		{"Unable to call getifaddrs: ", ""},
		{"Unable to create IPv4 socket to find interface addresses: ", ""},
		{"Unable to get IP address for ", ""},
		{"Unable to get flags for ", ""},
		{"Unable to get interface configuration: ", ""},
		{"Unexpected error return ", " from waitpid() for process "},
		{"Unknown DCC response: ", ""},
		{"Unrecognised socks auth method ", ""},
		{"User ", " is on the never_users list"},
		{"User ", " is on the fixed_never_users list"},
	}
	knownV = []phrase{
		{"VRFY failed for ", ""},
	}
	knownW = []phrase{
		{"WARNING: deprecated Diffie-Hellman parameter '", ""},
		{"Warning: ACL \"warn\" statement skipped: ", ""},
		{"Warning: No server certificate defined; ", ""},
		{"Warning: purging the environment.", ""},
		{"Warning: \"", ""},
		{"Wrong header from DCC, output is ", ""},
		{"Wrong ownership on ", ""},
	}
	knownSmallA = []phrase{
		{"acl_smtp_mime: can't ", ""},
		{"acl_smtp_mime: error while creating mbox spool file", ""},
		{"already initialised GnuTLS, Exim developer bug", ""},
		{"attempt to open journal for reading gave: ", ""},
		{"attempt to use tainted ", ""},
		{"attempt to expand tainted string '", ""},
	}
	knownSmallB = []phrase{
		{"bounce_message_file is not ", " after expansion"},
		{"bad internal_store_malloc request (", ""},
		{"bad local_part ", "from delivery subprocess"},
		{"bad memory allocation requested (", ""},
		{"bad memory extension requested (", ""},
		{"bad memory reference; pool not found, at ", ""},
		{"bad router variable name '", ""},
		{"bad value for smtp_receive_timeout: '", ""},
		{"bmi error [loc ", ""},
		{"bmi warning: [loc ", ""},
		{"both local_from_check and local_sender_retain are set", ""},
		{"buffer underflow in smtp_ungetc", ""},
		{"buffer underflow in stdin_ungetc", ""},
		{"buffer underflow in tls_ungetc", ""},
		{"bad addresses found in headers", ""},
		{"backtrace_symbols: ", ""},
		{"bind of [", " failed"},
	}
	knownSmallC = []phrase{
		{"can't return to previous working dir: ", ""},
		{"cannot accept message: failed to stat ", ""},
		{"cannot run initgroups(): no passwd entry for uid=", ""},
		{"configured error code starts with incorrect digit (expected ", ""},
		{"could not stat '", "' (tls_verify_certificates)"},
		{"creation of pipe for filter or :include: failed for ", ""},
		{"cwd=", " args: "},
	}
	knownSmallD = []phrase{
		{"daemon: accept process fork failed", ""},
		{"daemon: couldn't dup socket descriptor", ""},
		{"daemon: delivery process fork failed: ", ""},
		{"daemon: fdopen() for smtp_", " failed"},
		{"daemon: fclose(smtp_", ""},
		{"daemon: fork of queue-runner process failed: ", ""},
		{"debug tag may not contain a '/' in: ", ""},
		{"debugging Exim in inetd wait mode starting", ""},
		{"deliver_datafile lseek: ", ""},
		{"delivery re-exec ", ""},
		{"delivery setrlimit(RLIMIT_CORE, RLIM_INFINITY) failed: ", ""},
		{"dlfunc{", "} failed ("},
		{"dnslist query is too long (ignored): ", ""},
		{"dnslists domain \"", ""},
		{"dnssec fail on SRV for ", ""},
		{"daemon_notifier_socket ", ": "},
		{"daemon_notification: sendto: ", ""},
		{"dlopen \"", "\" failed: "},
		{"dlsym \"", "\" failed: "},
		{"dns_again_means_nonexist recursion seen for ", ""},
	}
	knownSmallE = []phrase{
		{"exec of \"", "\" (ETRN) failed: "},
		{"exim ", " daemon started: pid="},
		{"exim ", " daemon terminating, inetd wait timeout reached."},
		{"exim user lost privilege for using ", ""},
		{"expansion of ", " failed"},
		{"expansion of smtp_accept_max_per_host for ", ""},
		{"error in ", " router: no host(s) specified for domain "},
		{"excessive memory alloc request", ""},
		{"exim.c:", ": chown("},
	}
	knownSmallF = []phrase{
		{"failed to open ", " when checking "},
		{"failed to alloc (using posix_memalign) ", ""},
		{"failed to create pipe in queue runner process ", ""},
		{"failed to dup inetd socket safely away: ", ""},
		{"failed to expand ", ""},
		{"failed to fork automatic delivery process: ", ""},
		{"failed to fsync journal: ", ""},
		{"failed to load cert chain from ", ""},
		{"failed to malloc ", ""},
		{"failed to move ", " to the msglog.OLD directory"},
		{"failed to open ", " to log output from "},
		{"failed to parse address '", ""},
		{"failed to read delivery status for ", ""},
		{"failed to run fakens: ", ""},
		{"failed to set socket NODELAY: ", ""},
		{"failed to set up ETRN command: ", ""},
		{"failed to stat ", " for certificates"},
		{"failed to stat configuration file ", ""},
		{"failed to unlink ", ""},
		{"failed to update journal for ", ""},
		{"failed to write journal for ", ""},
		{"failed to write to ", ": length="},
		{"failure to create DMARC history file: ", ""},
		{"failure to read DMARC alignment: ", ""},
		{"failure to read domainname used for DMARC lookup: ", ""},
		{"failure to send DMARC forensic report to ", ""},
		{"failure to store ", " DMARC: "},
		{"failure to store dkim (", ""},
		{"failure to write to DMARC history file: ", ""},
		{"fork failed for ", ""},
		{"fork of delivery process from queue runner ", ""},
		{"fork of process for ETRN failed: ", ""},
		{"fork() failed when starting daemon: ", ""},
		{"failed to open ", ": Permission denied"},
		{"failed to open ", ": No such file or directory"},
		{"fork failed", ""},
	}
	knownSmallG = []phrase{
		{"getdegid() != ", ""},
		{"getdeuid() != ", ""},
		{"getegid() != ", ""},
		{"getgroups: ", ""},
		{"getrlimit(RLIMIT_", ""},
		{"getsockname() failed: ", ""},
		{"getsockopt() failed from ", ""},
	}
	knownSmallH = []phrase{
		{"header snprintf failed", ""},
		{"host name alias list truncated for ", ""},
		{"host name alias list truncated: type=", ""},
	}
	knownSmallI = []phrase{
		{"ident connection to ", " timed out"},
		{"ignoring AUTH=", " from "},
		{"initgroups failed for uid=", ""},
		{"internal ACL error: unknown ", ""},
		{"internal error in gstring_grow (ptr ", ""},
		{"internal error in string_catn (", ""},
		{"internal error: bounce message failure is neither frozen nor ignored", ""},
		{"internal error: store_reset(", ""},
		{"internal problem in ", ": unexpected status "},
		{"internal scanner error (ignored): ", ""},
		{"invalid message_size_limit: ", ""},
		{"invalid return ", " from local_scan(). Temporary rejection given"},
		{"invalid value for message_size_limit: ", ""},
		{"internal problem in ", " router (recipient is "},
	}
	knownSmallL = []phrase{
		{"link(\"", "\") failed while moving message: "},
		{"list matching forced to fail: ", ""},
		{"listen backlog ", " I=["},
		{"listen() failed on interface ", ""},
		{"live variable '", "' destroyed by reset_store at "},
		{"local part longer than ", " in string expansion"},
		{"local_scan() function crashed with signal ", ""},
		{"local_scan() function timed out - message temporarily rejected", ""},
		{"log directory space check failed: space=", ""},
		{"log_file_path \"", ""},
		{"log_file_path is longer than 200 chars: aborting", ""},
		{"log_write called with no log flags set", ""},
		{"lowest numbered MX record points to local host: ", ""},
	}
	knownSmallM = []phrase{
		{"malformed ratelimit data: ", ""},
		{"malloc() failed for SMTP input buffer", ""},
		{"malware acl condition: ", ""},
		{"mime_regex acl condition warning - ", ""},
		{"moved from ", "msglog to "},
	}
	knownSmallN = []phrase{
		{"no @ found in the subject of an address list match: subject=\"", ""},
		{"no MAIL in ", "SMTP connection from "},
		{"no IP address found for host ", ""},
		{"no host name found for IP address ", ""},
		{"no immediate delivery: ", ""},
		{"no port specified for interface ", ""},
		{"non-existent configuration file(s): ", ""},
		{"notify triggered queue run", ""},
		{"null conn-context pointer", ""},
		{"no recipients found in headers", ""},
	}
	knownSmallO = []phrase{
		{"original recipients ignored (system filter)", ""},
		{"overlong formatted string in transport", ""},
		{"overlong message header line received from ", ""},
		{"overlong write_command in outgoing SMTP", ""},
	}
	knownSmallP = []phrase{
		{"partial matching is not applicable to whole-address lookups: ", ""},
		{"pid ", ": SIGHUP received: re-exec daemon"},
		{"pid ", ": exec of "},
		{"pid ", ": SIGTERM received"},
		{"pid file path ", ""},
		{"pid_file_path is longer than 200 chars: aborting", ""},
		{"priv_drop_temp: unexpected priv_state ", ""},
		{"priv_restore: unexpected priv_state ", ""},
		{"process ", " crashed with signal "},
		{"peer close after all rcpt responses; converting i/o-error to no-error", ""},
	}
	knownSmallQ = []phrase{
		{"queue run: process ", ""},
		{"queue run: unexpected data on pipe", ""},
		{"queue run: error on pipe: ", ""},
		{"qualify/rewrite: ", ""},
	}
	knownSmallR = []phrase{
		{"re-exec of exim (", ""},
		{"read from fakens failed: ", ""},
		{"readsock fdopen: ", ""},
		{"recipient <", "> added by "},
		{"redirection process ", " vanished unexpectedly"},
		{"regex acl condition warning - error in regex '", ""},
		{"regex acl condition: ", ""},
		{"regular expression error: ", ""},
		{"rejected HELO from ", ""},
		{"remote delivery process count got out of step", ""},
		{"remote host address is the local host: ", ""},
		{"responsible-mailbox truncated: type=", ""},
		{"rewrite rule repeat ignored after 10 times", ""},
		{"rewrite: ", ""},
		{"ridiculously long message header received from ", ""},
		{"rmdir(", "): "},
		{"routing loop for ", ""},
		{"recipient verify ", " (making calloout connection): "},
		{"regex acl condition warning - ", ", skipped"},
		{"rescind the above message-accept", ""},
	}
	knownSmallS = []phrase{
		{"setegid(", "): "},
		{"seteuid(", "): "},
		{"setgroups: ", ""},
		{"setitimer() failed: ", ""},
		{"setrlimit(RLIMIT_", ""},
		{"setsockopt(SO_KEEPALIVE) on connection ", ""},
		{"setting SO_REUSEADDR on socket failed when starting daemon: ", ""},
		{"shadow transport \"", "\" not found"},
		{"signing: ", ""},
		{"signing_init: ", ""},
		{"smtp-wait database entry for ", " has bad count="},
		{"smtp_notquit_exit() called more than once (", ""},
		{"socket bind() to port ", ""},
		{"socks auth failed", ""},
		{"spam acl condition: ", ""},
		{"spool directory space check failed: space=", ""},
		{"spool_directory is longer than 200 chars: aborting", ""},
		{"spool_directory undefined: cannot proceed", ""},
		{"spoolfile error on close: ", ""},
		{"store_mark called for pool ", ""},
		{"store_reset called for pool ", ""},
		{"store_reset called with bad mark: ", ""},
		{"string too large in smtp_printf()", ""},
		{"string too long in header_add: ", ""},
		{"string_format internal error: caller ", ""},
		{"string_format: unsupported type in \"", ""},
		{"string_sprintf expansion was longer than ", ""},
		{"syslog_processname is longer than 32 chars: aborting", ""},
		{"system filter generated more than ", ""},
		{"sender verify ", " (making calloout connection): "},
		{"socks_get_proxy unknown error ", ""},
		{"socks_sock_connect: ", ""},
		{"spool file ", " error while "},
	}
	knownSmallT = []phrase{
		{"tainted search query is not properly quoted", ""},
		{"timed out while reading local message", ""},
		{"tls_verify_certificates \"", ""},
		{"too many lookups open, but can't find one to close", ""},
	}
	knownSmallW = []phrase{
		{"warn_message_file is not ", " after expansion"},
	}
	knownSmallU = []phrase{
		{"unable to expand message_size_limit: ", ""},
		{"unable to open debug log", ""},
		{"unable to open file for reading: ", ""},
		{"unable to parse \"", ""},
		{"unable to read file: ", ""},
		{"unable to set gid=", ""},
		{"uname() failed to yield host name", ""},
		{"unexpected disconnection while reading SMTP command from ", ""},
		{"unexpected EOF while reading SMTP command from ", ""},
		{"unknown item in dnslist (ignored): ", ""},
		{"unknown log name \"", ""},
		{"unknown named", " list \""},
		{"unlink(", ": "},
		{"unknown lookup type \"", ""},
	}
)
