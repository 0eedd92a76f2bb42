package parser

import "bytes"

// maxPrograms bounds the cache of program names; whoever can write to syslog can make up any number of them.
const maxPrograms = 512

// verdict is what a program's name says about its lines.
type verdict int16

const (
	byForeign verdict = -1 // of no MTA
	byContent verdict = -2 // the name does not tell
	// 0 and up: the parser with this index
)

// detector finds the parser of a frame: by the program's name if a parser knows it, else by what the line says.
type detector struct {
	parsers []candidate
	names   map[string]program
	recent  [16]program // of names, in front of it
	exim    *candidate  // nil: not asked for
}

// candidate is a parser and its name, which is needed for every line.
type candidate struct {
	Parser
	mta string
}

// program is a cached decision.
type program struct {
	name string
	verdict
}

func newDetector(parsers []Parser, mta string) detector {
	d := detector{names: make(map[string]program)}
	for _, p := range parsers {
		if mta == "" || mta == "auto" || mta == p.MTA() {
			d.parsers = append(d.parsers, candidate{p, p.MTA()})
		}
	}
	for i := range d.parsers {
		if p := &d.parsers[i]; p.mta == "exim" {
			d.exim = p
		}
	}
	return d
}

// find is the parser that claims the frame, nil if none does.
func (d *detector) find(f *Frame) *candidate {
	if f.Program == nil && d.exim != nil && beginsWithEximID(f.Message) {
		return d.exim // the others would say no, one after the other
	}
	v := byContent
	if f.Program != nil {
		v = d.program(f.Program)
	}
	switch {
	case v == byForeign:
		return nil
	case v >= 0:
		return &d.parsers[v]
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
	return f.Program != nil && d.program(f.Program) == byForeign
}

// program is what the name says, by the cache if it is known.
func (d *detector) program(name []byte) verdict {
	if len(name) == 0 {
		return byContent
	}
	last := &d.recent[(len(name)^int(name[len(name)-1]))%len(d.recent)]
	if last.name == string(name) {
		return last.verdict
	}
	p, ok := d.names[string(name)]
	if !ok {
		p.verdict = d.judge(name)
		if len(d.names) >= maxPrograms || len(name) > maxTag {
			return p.verdict
		}
		p.name = string(name)
		d.names[p.name] = p
	}
	*last = p
	return p.verdict
}

// judge asks each parser with an empty message: who claims that knows the name.
func (d *detector) judge(name []byte) verdict {
	f := Frame{Program: name}
	for i, p := range d.parsers {
		if p.Claims(&f) {
			return verdict(i)
		}
	}
	if isForeignProgram(name) {
		return byForeign
	}
	return byContent
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
