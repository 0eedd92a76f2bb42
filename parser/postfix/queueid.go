package postfix

import "bytes"

// queueIDPrefix is the length of the queue id with which "QUEUEID: ..." begins, 0 if m begins with none.
//
// Short ids are hexadecimal in capitals: five digits of microseconds, then the inode number. Long ids
// (enable_long_queue_ids, 2.9) are six or more digits of seconds, four of microseconds, "z" and the inode number, in an
// alphabet without vowels so that they never spell a word (mail_queue.h): "warning", "statistics" and "connect" are none.
func queueIDPrefix(m []byte) int {
	n := queueIDLen(m)
	if n == 0 || n+1 >= len(m) || m[n] != ':' || m[n+1] != ' ' {
		return 0
	}
	return n
}

// queueIDLen is the length of the queue id that b begins with, 0 if none. It ends at the first byte that is no letter or digit.
func queueIDLen(b []byte) int {
	n, all := len(b), byte(hexDigit|base52Digit)
	for i, c := range b {
		class := idClass[c]
		if class == 0 {
			n = i
			break
		}
		all &= class
	}
	switch {
	case n > 64 || n < len(b) && alnum(b[n]):
		return 0
	case all&hexDigit != 0 && n >= 5:
		return n
	case all&base52Digit != 0:
		if z := bytes.LastIndexByte(b[:n], 'z'); z >= longTime && z < n-1 {
			return n
		}
	}
	return 0
}

const (
	longSeconds = 6
	longTime    = 10
)

// QueueTime implements parser.Parser: a long id begins with the time at which the queue file was made. Short ids
// carry microseconds alone, which tell no date.
func (p *postfix) QueueTime(id []byte) (ns int64, ok bool) {
	if len(id) < longTime+2 || id[longTime] != 'z' || queueIDLen(id) != len(id) {
		return 0, false
	}
	var sec, usec int64
	for _, c := range id[:longSeconds] {
		sec = sec*52 + int64(base52[c])
	}
	for _, c := range id[longSeconds:longTime] {
		usec = usec*52 + int64(base52[c])
	}
	if usec >= 1_000_000 {
		return 0, false
	}
	return sec*1_000_000_000 + usec*1000, true
}

// base52 is the alphabet of safe_ultostr.c: each character's place in it.
var base52 = func() (t [256]uint8) {
	for i, c := range []byte(base52Digits) {
		t[c] = uint8(i)
	}
	return t
}()

const (
	base52Digits = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"

	hexDigit    = 1
	base52Digit = 2
)

// idClass says in which sort of id a character may stand.
var idClass = func() (t [256]byte) {
	for _, c := range []byte(base52Digits) {
		t[c] |= base52Digit
	}
	for _, c := range []byte("0123456789ABCDEF") {
		t[c] |= hexDigit
	}
	return t
}()
