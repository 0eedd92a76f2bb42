package parser

import "bytes"

// headers remembers how syslog lines go on between the stamp and the pid: "mx postfix/smtp". A log has few such beginnings, each of
// one space, and they alone decide what is the host and what the program.
type headers [16]header

type header struct {
	text    [48]byte
	n       int      // how much of text it is
	host    int      // how much of that is the host
	program *program // nil: not asked for yet
}

// place is where a beginning is kept.
func (h *headers) place(b []byte) *header { return &h[(len(b)^int(b[len(b)-1]))%len(h)] }

// split fills in f for a line that begins as one before it did and goes on "[123]: text"; else it returns false.
func (h *headers) split(b []byte, f *Frame) bool {
	n := bytes.IndexByte(b[:min(len(b), len(header{}.text))], '[')
	if n <= 0 {
		return false
	}
	known := h.place(b[:n])
	if string(known.text[:known.n]) != string(b[:n]) {
		return false
	}
	pid, end := int32(0), n+1
	for end < len(b) && end <= n+9 && isDigit(b[end]) {
		pid = pid*10 + int32(b[end]-'0')
		end++
	}
	if end == n+1 || end+3 >= len(b) || b[end] != ']' || b[end+1] != ':' || b[end+2] != ' ' || b[end+3] == ' ' {
		return false
	}
	f.Host, f.Program, f.PID, f.Message, f.header = b[:known.host], b[known.host+1:n], pid, b[end+3:], known
	if b[end+3] == '[' {
		f.Message = skipMessageID(f.Message)
	}
	return true
}

// learn remembers the beginning of a line that splitHeader has read.
func (h *headers) learn(b []byte, f *Frame) {
	host, n := len(f.Host), len(f.Host)+1+len(f.Program)
	if host == 0 || n == host+1 || n >= min(len(b), len(header{}.text)) || b[host] != ' ' || b[n] != '[' ||
		!bytes.Equal(b[:host], f.Host) || !bytes.Equal(b[host+1:n], f.Program) {
		return
	}
	known := h.place(b[:n])
	known.n, known.host, known.program = copy(known.text[:], b[:n]), host, nil
}
