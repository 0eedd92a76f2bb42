package parser

import "bytes"

const (
	// maxRepeat bounds N of "last message repeated N times": who can write into the log must not make us count for ever.
	maxRepeat = 100_000
	// maxLastHosts is how many hosts' last lines are kept, maxLastLine how long one may be.
	maxLastHosts = 8
	maxLastLine  = 8 << 10
)

// repeated recognises what syslog daemons write instead of equal lines. n is how many more times the message came; text
// is the message, where the line says it.
//
//	last message repeated 3 times                       BSD syslogd, Solaris, sysklogd, old rsyslog
//	message repeated 3 times: [ text]                   rsyslog (ratelimit.c): N suppressed ones; text cut to 800 bytes
//	--- last message repeated 3 times ---               macOS
//	Last message 'text' repeated 3 times, suppressed by syslog-ng on mx
//
// None counts the line that was written out before; rsyslog writes a single repeat as the line itself.
func repeated(m []byte) (n int32, text []byte) {
	if rest, ok := bytes.CutPrefix(m, []byte("message repeated ")); ok {
		n, rest = repeatCount(rest)
		if n == 0 || len(rest) < 4 || rest[0] != ':' || rest[1] != ' ' || rest[2] != '[' {
			return 0, nil
		}
		return n, trimSpaceLeft(bytes.TrimSuffix(rest[3:], []byte("]")))
	}
	if rest, ok := bytes.CutPrefix(bytes.TrimPrefix(m, []byte("--- ")), []byte("last message repeated ")); ok {
		if n, rest = repeatCount(rest); len(rest) > 0 && rest[0] != ' ' && rest[0] != '-' {
			return 0, nil
		}
		return n, nil
	}
	if rest, ok := bytes.CutPrefix(m, []byte("Last message '")); ok {
		i := bytes.LastIndex(rest, []byte("' repeated "))
		if i < 0 {
			return 0, nil
		}
		n, _ = repeatCount(rest[i+len("' repeated "):])
		return n, rest[:i]
	}
	return 0, nil
}

// repeatCount reads "3 times".
func repeatCount(b []byte) (n int32, rest []byte) {
	i := bytes.IndexByte(b, ' ')
	if i <= 0 {
		return 0, b
	}
	v, ok := digits(b[:i])
	rest, isTimes := bytes.CutPrefix(b[i:], []byte(" time"))
	if !ok || !isTimes {
		return 0, b
	}
	return int32(min(v, maxRepeat)), bytes.TrimPrefix(rest, []byte("s"))
}

// repeat gives the records of a line that stands for n more of the one before it.
func (s *Stream) repeat(line Line, n int32, text []byte, r *Record) Result {
	f, t := s.frame, s.trans
	last := s.lasts.of(f.Host)
	if text != nil && f.Program != nil {
		f.Message = text
		if s.detect.find(&f) == nil {
			s.stats.Foreign++
			return Foreign
		}
	}
	if last != nil {
		// rsyslog cuts the text to 800 bytes: the line before it has all of it.
		var lf Frame
		var lt transport
		splitFrame(bytes.Clone(last), &lf, &lt)
		if text == nil || bytes.HasPrefix(lf.Message, text) && bytes.Equal(lf.Program, f.Program) {
			f.Program, f.PID, f.Message, f.header = lf.Program, lf.PID, lf.Message, nil
			t.own = lt.own
		}
	} else if text == nil {
		// The line that it repeats was a foreign one, or came before the log's beginning.
		if f.Program == nil || s.detect.find(&f) == nil {
			s.stats.Foreign++
			return Foreign
		}
		return Known
	} else if f.Program == nil {
		f.Message = text
	}
	inner(&f, &t)
	f.Time, t.stamp = s.frame.Time, s.trans.stamp // when it was repeated, not what the repeated line says
	p := s.detect.find(&f)
	if p == nil {
		s.stats.Foreign++
		return Foreign
	}
	res := s.read(p, &f, &t, &line, r)
	if res == Found {
		r.Seq = 1
		s.again = n - 1
	}
	return res
}

// repeats keeps the last line of each host, as "last message repeated" means it: whatever program wrote it.
type repeats struct {
	hosts []*lastLine
	cur   *lastLine // of the last line's host
	next  int       // which to replace when all are taken
}

type lastLine struct {
	host []byte
	text []byte // part of the line, until keep; empty: a foreign line, or too long to keep
	kept []byte // where keep copies it to
}

// remember makes text (nil: a foreign line) the host's last line.
func (l *repeats) remember(host, text []byte) {
	h := l.find(host)
	if h == nil {
		if text == nil {
			return
		}
		h = l.add(host)
	}
	if len(text) > maxLastLine {
		text = nil
	}
	h.text = text
}

// find is what is kept of a host, nil if that is nothing.
func (l *repeats) find(host []byte) *lastLine {
	if l.cur != nil && bytes.Equal(l.cur.host, host) {
		return l.cur
	}
	for _, h := range l.hosts {
		if bytes.Equal(h.host, host) {
			l.cur = h
			return h
		}
	}
	return nil
}

// add makes room for a host.
func (l *repeats) add(host []byte) *lastLine {
	if len(l.hosts) < maxLastHosts {
		l.cur = new(lastLine)
		l.hosts = append(l.hosts, l.cur)
	} else {
		l.cur = l.hosts[l.next]
		l.next = (l.next + 1) % maxLastHosts
	}
	l.cur.host = append(l.cur.host[:0], host...)
	return l.cur
}

// keep copies the texts out of the lines that they are part of.
func (l *repeats) keep() {
	for _, h := range l.hosts {
		h.kept = append(h.kept[:0], h.text...)
		h.text = h.kept
	}
}

// of is the host's last line, nil if it is not known.
func (l *repeats) of(host []byte) []byte {
	if h := l.find(host); h != nil && len(h.text) > 0 {
		return h.text
	}
	return nil
}
