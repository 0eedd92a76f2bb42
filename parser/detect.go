package parser

import "bytes"

// maxPrograms bounds the cache of program names; whoever can write to syslog can make up any number of them.
const maxPrograms = 512

// verdict is what a program's name says about its lines.
type verdict uint8

const (
	byContent verdict = iota // the name does not tell
	byName                   // of an MTA
	byForeign                // of none
)

// detector finds the parser of a frame: by the program's name if a parser knows it, else by what the line says.
type detector struct {
	parsers []candidate
	names   map[string]*program
	exim    *candidate // nil: not asked for
}

// candidate is a parser and what is asked of its name for every line.
type candidate struct {
	Parser
	mta    string
	splits bool // long messages into several lines, as Sendmail does
	twice  bool // writes some entries twice to syslog, as Exim does
}

// program is what is known of one program's name.
type program struct {
	verdict
	parser *candidate // nil: none, or the name does not tell
	name   any        // what that parser makes of the name
}

func newDetector(parsers []Parser, mta string) detector {
	d := detector{names: make(map[string]*program)}
	for _, p := range parsers {
		if name := p.MTA(); mta == "" || mta == "auto" || mta == name {
			d.parsers = append(d.parsers, candidate{Parser: p, mta: name, splits: name == "sendmail", twice: name == "exim"})
		}
	}
	for i := range d.parsers {
		if p := &d.parsers[i]; p.twice {
			d.exim = p
		}
	}
	return d
}

// find is the parser that claims the frame, nil if none does. It sets f.Name.
func (d *detector) find(f *Frame) *candidate {
	f.Name = nil
	if f.Program == nil && d.exim != nil && (f.EximID > 0 || leadingEximID(f.Message) > 0) {
		return d.exim // the others would say no, one after the other
	}
	if len(f.Program) > 0 {
		if p := d.program(f); p.verdict != byContent {
			f.Name = p.name
			return p.parser
		}
	}
	for i := range d.parsers {
		if p := &d.parsers[i]; p.Claims(f) {
			return p
		}
	}
	return nil
}

// foreign reports whether the program's name alone says that the frame is foreign.
func (d *detector) foreign(f *Frame) bool {
	return len(f.Program) > 0 && d.program(f).verdict == byForeign
}

// program is what the name of the frame's program says.
func (d *detector) program(f *Frame) *program {
	if f.header != nil && f.header.program != nil {
		return f.header.program
	}
	p := d.names[string(f.Program)]
	if p == nil {
		p = d.judge(f.Program)
		if len(d.names) < maxPrograms && len(f.Program) <= maxTag {
			d.names[string(f.Program)] = p
		}
	}
	if f.header != nil {
		f.header.program = p
	}
	return p
}

// judge asks each parser with an empty message: who claims that knows the name.
func (d *detector) judge(name []byte) *program {
	f := Frame{Program: name}
	for i := range d.parsers {
		if p := &d.parsers[i]; p.Claims(&f) {
			known := &program{verdict: byName, parser: p}
			if namer, ok := p.Parser.(Namer); ok {
				known.name = namer.Name(bytes.Clone(name))
			}
			return known
		}
	}
	if isForeignProgram(name) {
		return &program{verdict: byForeign}
	}
	return &program{verdict: byContent}
}

// isForeignProgram knows the programs that write into mail logs and system logs and are no MTA. It is there for speed
// and so that what they quote from strangers is never taken for an MTA's words.
func isForeignProgram(name []byte) bool {
	if i := bytes.LastIndexByte(name, '/'); i > 0 && name[0] == '/' { // "/usr/sbin/cron"
		name = name[i+1:]
	}
	if i := bytes.IndexAny(name, "/(@:"); i > 0 { // "dovecot/imap", "systemd(1)"
		name = name[:i]
	}
	var low [32]byte
	if len(name) > len(low) {
		return false
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		low[i] = c
	}
	name = low[:len(name)]
	switch string(name) {
	case "dovecot", "dovecot-lda", "imapd", "pop3d", "imapd-ssl", "pop3d-ssl", "imap-login", "pop3-login", "cyrus", "master", "lmtpunix", "ctl_cyrusdb",
		"amavis", "amavisd", "amavisd-new", "spamd", "spamc", "spamass-milter", "rspamd", "clamd", "freshclam", "clamav-milter", "clamsmtpd", "mimedefang", "mimedefang.pl", "dspam", "milter-greylist", "milter-regex", "sqlgrey", "postgrey", "gld", "policyd", "policyd-spf", "policyd-weight", "policy-spf", "cbpolicyd", "postfwd", "postfwd2", "postfwd3", "postsrsd", "pyspf-milter", "opendkim", "opendmarc", "openarc", "dkim-filter", "dk-filter", "dkimproxy.in", "dkimproxy.out", "smf-spf", "saslauthd", "saslpasswd2", "mailman", "mailman3", "sympa", "wwsympa", "fetchmail", "getmail", "roundcube", "sogo", "sogod", "zarafa", "kopano", "horde", "nginx", "apache", "apache2", "httpd", "php", "php-fpm",
		"sshd", "sshd-session", "kernel", "systemd", "systemd-logind", "systemd-resolved", "systemd-timesyncd", "systemd-networkd", "systemd-journald", "cron", "crond", "anacron", "atd", "su", "sudo", "polkitd", "dbus", "dbus-daemon", "networkmanager", "rsyslogd", "rsyslogd-2177", "syslogd", "syslog-ng", "auditd", "audit", "logrotate", "logger", "named", "unbound", "dnsmasq", "dhcpd", "dhclient", "ntpd", "chronyd", "snmpd", "nrpe", "zabbix_agentd", "mysqld", "mariadbd", "postgres", "slapd", "nslcd", "fail2ban", "fail2ban.actions", "fail2ban.filter", "pure-ftpd", "vsftpd", "proftpd", "xinetd", "inetd", "puppet-agent", "docker", "dockerd", "containerd", "monit":
		return true
	}
	return false
}
