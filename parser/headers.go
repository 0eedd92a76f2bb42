package parser

import "bytes"

// headers remembers how syslog lines go on between the stamp and the pid: "mx postfix/smtp". A log has few such beginnings, each of
// one space, and they alone decide what is the host and what the program.
type headers [16]header

type header struct {
	text [48]byte
	n    int // how much of text it is
	host int // how much of that is the host
}

// place is where a beginning is kept.
func (h *headers) place(b []byte) *header { return &h[(len(b)^int(b[len(b)-1]))%len(h)] }

// split is splitHeader for a line that begins as one before it did; else it returns false.
func (h *headers) split(b []byte, f *Frame) bool {
	n := bytes.IndexByte(b[:min(len(b), len(header{}.text))], '[')
	if n <= 0 {
		return false
	}
	known := h.place(b[:n])
	if string(known.text[:known.n]) != string(b[:n]) {
		return false
	}
	pid, k := parsePID(b[n:])
	if k == 0 {
		return false
	}
	f.Host, f.Program, f.PID = b[:known.host], b[known.host+1:n], pid
	f.Message = skipMessageID(trimSpaceLeft(b[n+k:]))
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
	known.n, known.host = copy(known.text[:], b[:n]), host
}
