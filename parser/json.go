package parser

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// jsonLine holds the members that some wrapper has for the parts of a syslog line.
type jsonLine struct {
	message, program, host, pid, tag, time, cursor []byte
	micros                                         []byte // journald: microseconds since 1970
	docker                                         bool   // message came as "log", with its own line break
}

// splitJSON reads a line that is one JSON object: journald ("journalctl -o json"), Docker's json-file driver, rsyslog's,
// syslog-ng's and Logstash's. Unlike the plain formats this may allocate. It returns false if b is none of them.
func splitJSON(b []byte, f *Frame, t *transport, depth int) bool {
	var j jsonLine
	if _, ok := scanJSONObject(b, nil, 0, j.set); !ok || j.message == nil {
		return false
	}
	t.wrapped = true
	f.Cursor = j.cursor
	if us, ok := digits(j.micros); ok {
		st := unixStamp(int64(us/1e6), int64(us%1e6)*1e3)
		if st.ok && t.stamp.better(&st) {
			t.stamp = st
		}
	} else if len(j.time) > 0 {
		var st stamp
		if n := parseStamp(j.time, &st); n > 0 && t.stamp.better(&st) {
			t.stamp = st
		}
	}
	msg := j.message
	if j.docker {
		t.partial = !bytes.HasSuffix(msg, []byte("\n"))
	}
	msg = trimSpaceLeft(trimLine(msg))
	if j.docker {
		t.inner, t.outer = msg, t.stamp
	}
	if j.tag != nil {
		if tag, pid, _, ok := parseTag(j.tag); ok { // rsyslog cuts programname at the first "/"
			if j.program == nil || len(tag) > len(j.program) && bytes.HasPrefix(tag, j.program) && tag[len(j.program)] == '/' {
				j.program = tag
			}
			if pid > 0 && j.pid == nil {
				j.pid = strconv.AppendInt(nil, int64(pid), 10)
			}
		} else if j.program == nil {
			j.program = bytes.TrimRight(j.tag, ": ")
		}
	}
	if j.program == nil {
		// The message is a whole line, or what a program printed.
		cursor, host := f.Cursor, nilValue(j.host)
		splitAt(msg, f, t, depth+1)
		f.Cursor = cursor
		if f.Host == nil {
			f.Host = host
		}
		return true
	}
	f.Host, f.Program, f.Message = nilValue(j.host), j.program, msg
	if pid, ok := digits(j.pid); ok && pid < 1<<31 {
		f.PID = int32(pid)
	}
	// Logstash and others keep the whole line in "message" beside the parts that they took from it.
	var whole Frame
	var wt transport
	if splitAt(msg, &whole, &wt, maxWraps); whole.Program != nil && (wt.stamp.ok || bytes.Equal(whole.Program, f.Program)) {
		f.Message = whole.Message
		if f.PID == 0 {
			f.PID = whole.PID
		}
		return true
	}
	inner(f, t)
	return true
}

// set takes a member that it knows; path is the name of the object around it, nil at the top. The names are those of
// journald (systemd.journal-fields(7)), Docker, rsyslog properties, syslog-ng's format-json, Elastic's common schema.
func (j *jsonLine) set(path, name, value []byte) {
	if path != nil {
		switch string(path) {
		case "host":
			if string(name) == "name" || string(name) == "hostname" {
				j.host = value
			}
		case "process":
			if string(name) == "name" {
				j.program = value
			} else if string(name) == "pid" {
				j.pid = value
			}
		}
		return
	}
	switch string(name) {
	case "message", "MESSAGE":
		j.message, j.docker = value, false
	case "msg", "MSG", "Message":
		if j.message == nil {
			j.message = value
		}
	case "log":
		if j.message == nil {
			j.message, j.docker = value, true
		}
	case "_SOURCE_REALTIME_TIMESTAMP": // when the program spoke; the other one is when the journal heard it
		j.micros = value
	case "__REALTIME_TIMESTAMP":
		if j.micros == nil {
			j.micros = value
		}
	case "SYSLOG_IDENTIFIER", "program", "programname", "PROGRAM", "app-name", "appname", "APP-NAME", "syslog_program", "ident", "syslog_identifier", "app_name":
		j.program = value
	case "_COMM":
		if j.program == nil {
			j.program = value
		}
	case "syslogtag", "tag", "TAG":
		j.tag = value
	case "SYSLOG_PID", "pid", "PID", "procid", "PROCID", "syslog_pid", "process_id":
		j.pid = value
	case "_PID":
		if j.pid == nil {
			j.pid = value
		}
	case "_HOSTNAME", "host", "hostname", "HOST", "HOSTNAME", "fromhost", "syslog_hostname":
		j.host = value
	case "timestamp", "timereported", "ISODATE", "time", "syslog_timestamp", "DATE", "date", "timegenerated", "logsource_time":
		if len(value) > 0 && (j.time == nil || len(value) > len(j.time)) { // the longer one says more
			j.time = value
		}
	case "@timestamp":
		if j.time == nil {
			j.time = value
		}
	case "__CURSOR":
		j.cursor = value
	}
}

// maxJSONDepth bounds nested objects and arrays, which strangers may choose.
const maxJSONDepth = 16

// scanJSONObject walks over an object and hands every member of it, and of the objects directly inside, to set: strings
// unescaped, numbers and words as written, journald's byte arrays as bytes. It returns the index after the object.
func scanJSONObject(b, path []byte, depth int, set func(path, name, value []byte)) (int, bool) {
	i := jsonSpace(b, 1)
	if i < len(b) && b[i] == '}' {
		return i + 1, true
	}
	for i < len(b) {
		name, n, ok := jsonString(b, i)
		if !ok {
			return i, false
		}
		i = jsonSpace(b, n)
		if i >= len(b) || b[i] != ':' {
			return i, false
		}
		i = jsonSpace(b, i+1)
		if i >= len(b) {
			return i, false
		}
		var value []byte
		switch b[i] {
		case '"':
			value, i, ok = jsonString(b, i)
		case '{':
			if depth >= maxJSONDepth {
				return i, false
			}
			inside := set
			if depth > 0 {
				inside = func(_, _, _ []byte) {}
			}
			n, ok = scanJSONObject(b[i:], name, depth+1, inside)
			i += n
		case '[':
			value, i, ok = jsonArray(b, i, depth+1)
		default:
			start := i
			for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] > ' ' {
				i++
			}
			value, ok = b[start:i], i > start
			if string(value) == "null" {
				value = nil
			}
		}
		if !ok {
			return i, false
		}
		if value != nil {
			set(path, name, value)
		}
		i = jsonSpace(b, i)
		if i >= len(b) {
			return i, false
		}
		if b[i] == '}' {
			return i + 1, true
		}
		if b[i] != ',' {
			return i, false
		}
		i = jsonSpace(b, i+1)
	}
	return i, false
}

// jsonArray walks over an array. One of numbers from 0 to 255 is how journald writes a field that is no
// valid UTF-8 or holds control characters; anything else gives no value.
func jsonArray(b []byte, i, depth int) (value []byte, next int, ok bool) {
	if depth > maxJSONDepth {
		return nil, i, false
	}
	value = []byte{}
	for i = jsonSpace(b, i+1); i < len(b) && b[i] != ']'; {
		switch {
		case isDigit(b[i]):
			n := 0
			for i < len(b) && isDigit(b[i]) {
				n = min(n*10+int(b[i]-'0'), 256)
				i++
			}
			if value != nil && n < 256 {
				value = append(value, byte(n))
			} else {
				value = nil
			}
		case b[i] == '"':
			if _, i, ok = jsonString(b, i); !ok {
				return nil, i, false
			}
			value = nil
		case b[i] == '[':
			if _, i, ok = jsonArray(b, i, depth+1); !ok {
				return nil, i, false
			}
			value = nil
		case b[i] == '{':
			n, ok := scanJSONObject(b[i:], nil, depth+1, func(_, _, _ []byte) {})
			i += n
			if !ok {
				return nil, i, false
			}
			value = nil
		default:
			i++
			value = nil
			continue
		}
		i = jsonSpace(b, i)
		if i < len(b) && b[i] == ',' {
			i = jsonSpace(b, i+1)
		}
	}
	if i >= len(b) {
		return nil, i, false
	}
	if len(value) == 0 {
		value = nil
	}
	return value, i + 1, true
}

// jsonString reads the string at b[i]. Without escapes the value points into b.
func jsonString(b []byte, i int) (value []byte, next int, ok bool) {
	if i >= len(b) || b[i] != '"' {
		return nil, i, false
	}
	i++
	start := i
	for i < len(b) && b[i] != '"' && b[i] != '\\' {
		i++
	}
	if i >= len(b) {
		return nil, i, false
	}
	if b[i] == '"' {
		return b[start:i:i], i + 1, true
	}
	out := append(make([]byte, 0, i-start+64), b[start:i]...)
	for i < len(b) {
		switch c := b[i]; c {
		case '"':
			return out, i + 1, true
		case '\\':
			if i+1 >= len(b) {
				return nil, i, false
			}
			i++
			switch b[i] {
			case 'n':
				out = append(out, '\n')
			case 'r':
				out = append(out, '\r')
			case 't':
				out = append(out, '\t')
			case 'b':
				out = append(out, '\b')
			case 'f':
				out = append(out, '\f')
			case 'u':
				r, ok := hex4(b[i+1:])
				if !ok {
					return nil, i, false
				}
				i += 4
				if r >= 0xD800 && r < 0xDC00 && i+6 < len(b) && b[i+1] == '\\' && b[i+2] == 'u' { // a surrogate pair
					if low, ok := hex4(b[i+3:]); ok && low >= 0xDC00 && low < 0xE000 {
						r = 0x10000 + (r-0xD800)<<10 + (low - 0xDC00)
						i += 6
					}
				}
				out = utf8.AppendRune(out, r)
			default:
				out = append(out, b[i])
			}
			i++
		default:
			out = append(out, c)
			i++
		}
	}
	return nil, i, false
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 32)
	return rune(n), err == nil
}

func jsonSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}
