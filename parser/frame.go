package parser

import "bytes"

// transport is what taking the transport off a line finds out besides the Frame.
type transport struct {
	stamp   stamp
	body    []byte // the line from the stamp on, without "<pri>": the same in every log that holds the line
	own     bool   // no syslog header, but a stamp as Exim writes it into its own logs
	wrapped bool   // JSON or a container runtime's prefix was around it
	partial bool   // a container runtime cut the line here; the rest follows in the next one
	inner   []byte // what a container runtime put its prefix or JSON around; nil: none did
	outer   stamp  // the runtime's own stamp, with inner
}

// maxWraps bounds how many wrappers one line may have: Docker's JSON around a container's syslog line is two.
const maxWraps = 4

// SplitFrame takes the transport off a line, for tests and tools that have one line and no log: a stamp without a year or
// zone is left out of f.Time. Package users read logs through a Stream, which knows both.
func SplitFrame(text []byte, f *Frame) {
	var t transport
	splitFrame(text, f, &t)
	if t.stamp.ok && t.stamp.hasZone {
		f.Time = (t.stamp.civil(int(t.stamp.year))-int64(t.stamp.offset))*1e9 + int64(t.stamp.nsec)
	}
}

// framer takes lines apart. It remembers the last stamp, as most lines of a busy log begin with the same one.
type framer struct {
	text    [40]byte // as it stands in the line, with the space behind it
	n       int      // how long that is; 0: none
	stamp   stamp
	headers headers
}

// split is the framing of one line; it leaves f.Time to the clock. All slices of f point into text, but for JSON
// strings with escapes.
func (fr *framer) split(text []byte, f *Frame, t *transport) {
	text = trimLine(text)
	if !fr.again(text) && !fr.learn(text) {
		splitFrame(text, f, t)
		return
	}
	*f, *t = Frame{}, transport{}
	t.body, t.stamp = text, fr.stamp
	rest := text[fr.n:]
	if t.stamp.spaced {
		if n := leadingEximID(rest); n > 0 {
			t.own, f.Message, f.EximID = true, rest, n
		} else {
			splitStamped(text, fr.n-1, &fr.stamp, f, t, 0)
		}
		return
	}
	if fr.headers.split(rest, f) {
		inner(f, t)
		return
	}
	splitStamped(text, fr.n-1, &fr.stamp, f, t, 0)
	fr.headers.learn(rest, f)
}

// again reports whether b begins with the last stamp and with nothing that would go on with it: a zone may follow Exim's after a space.
func (fr *framer) again(b []byte) bool {
	n := fr.n
	return n > 0 && len(b) > n && string(b[:n]) == string(fr.text[:n]) && b[n] != '+' && b[n] != '-'
}

// learn remembers the stamp that b begins with if it is one of the common kinds: "Nov 22 07:13:50", ISO 8601 or Exim's.
func (fr *framer) learn(b []byte) bool {
	if len(b) < 20 || !isLetter(b[0]) && b[4] != '-' {
		return false
	}
	var st stamp
	n := parseStamp(b, &st)
	if n == 0 || n >= len(fr.text) || n+1 >= len(b) || b[n] != ' ' || st.spaced && isLetter(b[0]) {
		return false
	}
	fr.n, fr.stamp = copy(fr.text[:], b[:n+1]), st
	return true
}

// splitFrame is the framing of a line on its own.
func splitFrame(text []byte, f *Frame, t *transport) {
	*f, *t = Frame{}, transport{}
	text = trimLine(text)
	t.body = text
	splitAt(text, f, t, 0)
}

// trimLine takes off what is no part of a line's text: a byte order mark, the NULs that a crash leaves where a
// block was allocated but never written, and what is left of CR LF.
func trimLine(b []byte) []byte {
	if n := len(b); n > 0 && b[0] > 0 && b[0] < 0xEF && b[n-1] > '\r' { // nearly always
		return b
	}
	return trimAll(b)
}

func trimAll(b []byte) []byte {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) >= 3 && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF {
		b = b[3:]
	}
	for len(b) > 0 && (b[len(b)-1] == '\r' || b[len(b)-1] == '\n' || b[len(b)-1] == 0) {
		b = b[:len(b)-1]
	}
	return b
}

func splitAt(b []byte, f *Frame, t *transport, depth int) {
	if len(b) == 0 {
		return
	}
	if b[0] == '{' && depth < maxWraps && splitJSON(b, f, t, depth) {
		return
	}
	if b[0] == '<' {
		if n := priorityLen(b); n > 0 {
			b = b[n:]
			if depth == 0 {
				t.body = b
			}
		}
	}
	if is5424(b) {
		split5424(b, f, t)
		return
	}
	var st stamp
	n := parseStamp(b, &st)
	if n == 0 || n < len(b) && b[n] != ' ' && b[n] != '\t' && b[n] != ':' {
		splitBare(b, f, t, depth)
		return
	}
	if t.stamp.better(&st) {
		t.stamp = st
	}
	splitStamped(b, n, &st, f, t, depth)
}

// splitStamped reads what follows the stamp st, which is n bytes of b.
func splitStamped(b []byte, n int, st *stamp, f *Frame, t *transport, depth int) {
	rest := b[n:]
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == ':' || rest[0] == '\t') {
		rest = rest[1:]
	}
	if st.spaced && b[0] != 'S' {
		// Exim's main log, or a syslog daemon whose template has a space for the "T".
		if !strictTag(rest) {
			t.own = true
			splitOwn(rest, f)
			f.EximID = leadingEximID(f.Message)
			return
		}
	} else if b[0] <= '9' && depth < maxWraps && splitContainer(rest, f, t, depth) {
		return
	}
	splitHeader(rest, f)
	inner(f, t)
}

// inner takes Exim's own stamp off the message of a syslog line: "exim[159]: 2026-11-22 07:13:53 [159] Start queue run".
func inner(f *Frame, t *transport) {
	m := f.Message
	if len(m) < 19 || m[4] != '-' || m[10] != ' ' || !isDigit(m[0]) {
		return
	}
	var st stamp
	n := parseISOStamp(m, &st)
	if n == 0 || n < len(m) && m[n] != ' ' {
		return
	}
	if t.stamp.better(&st) {
		t.stamp = st
	}
	splitOwn(m[min(n+1, len(m)):], f)
}

// splitOwn reads what follows Exim's own stamp: "[125] " with log_selector +pid, then the message.
func splitOwn(b []byte, f *Frame) {
	if len(b) > 2 && b[0] == '[' {
		if i := bytes.IndexByte(b[:min(len(b), 12)], ']'); i > 1 && (i+1 == len(b) || b[i+1] == ' ') {
			if pid, ok := digits(b[1:i]); ok {
				f.PID = int32(min(pid, 1<<31-1))
				b = b[min(i+2, len(b)):]
			}
		}
	}
	f.Message = b
}

// priorityLen is the length of "<22>" (RFC 5424 section 6.2.1) at b's beginning.
func priorityLen(b []byte) int {
	for i := 1; i < len(b) && i < 5; i++ {
		if b[i] == '>' && i > 1 {
			return i + 1
		}
		if !isDigit(b[i]) {
			return 0
		}
	}
	return 0
}

// splitContainer reads the prefix that containerd and CRI-O put before a container's line,
// "2026-11-22T07:13:50.842517Z stdout F line" (P: the line was cut here), and takes a line with a second stamp apart
// that "docker logs -t" printed.
func splitContainer(b []byte, f *Frame, t *transport, depth int) bool {
	if len(b) == 0 || b[0] != 's' && b[0] > 'Z' && b[0] != '{' {
		return false // most host names
	}
	if rest, ok := bytes.CutPrefix(b, []byte("stdout ")); ok {
		b = rest
	} else if rest, ok := bytes.CutPrefix(b, []byte("stderr ")); ok {
		b = rest
	} else {
		var st stamp
		if (b[0] != '<' && b[0] != '{' && parseStamp(b, &st) == 0) || b[0] == '<' && priorityLen(b) == 0 {
			return false
		}
		t.wrapped = true
		splitAt(b, f, t, depth+1)
		return true
	}
	// The tag is F or P, and may have others after a colon.
	if len(b) < 2 || (b[0] != 'F' && b[0] != 'P') || (b[1] != ' ' && b[1] != ':') {
		return false
	}
	t.partial = b[0] == 'P'
	i := bytes.IndexByte(b, ' ')
	if i < 0 {
		return false
	}
	t.wrapped, t.inner, t.outer = true, b[i+1:], t.stamp
	splitAt(b[i+1:], f, t, depth+1)
	return true
}

// splitBare reads a line without a stamp: a container's output, "postfix/smtp[123]: ...". The tag must have a pid or a
// service, and begin the line: in Exim's reject log a message's header lines follow the entry, indented or after a
// letter, and anybody can write "Postfix/smtp[1]: ..." into a header.
func splitBare(b []byte, f *Frame, t *transport, depth int) {
	f.Message = b
	if tag, pid, rest, ok := parseTag(b); ok && (pid >= 0 || bytes.IndexByte(tag, '/') > 0) {
		f.Program, f.PID, f.Message = tag, max(pid, 0), rest
		inner(f, t)
		return
	}
	// "mail-1  | Nov 22 ...", as docker compose prints it.
	if i := bytes.Index(b[:min(len(b), 64)], []byte(" | ")); i > 0 && depth < maxWraps {
		if name := bytes.TrimRight(b[:i], " "); isHostToken(name) {
			t.wrapped = true
			splitAt(b[i+3:], f, t, depth+1)
		}
	}
}
