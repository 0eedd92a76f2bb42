package sendmail

import "time"

// splitID takes a queue id off "6AM7Dr98000162: text" or "6AM7Dr98000162[2]: text" (the "[2]: " stays); id is nil if there is none.
func splitID(m []byte) (id, rest []byte) {
	n := 0
	for n < len(m) && n <= maxID && digits60[m[n]] >= 0 {
		n++
	}
	switch rest := m[n:]; {
	case hasPrefix(rest, ": ") && isID(m[:n]):
		return m[:n], rest[2:]
	case hasPrefix(rest, "[") && isID(m[:n]):
		if _, _, ok := part(rest); ok {
			return m[:n], rest
		}
	}
	return nil, m
}

// part reads "[2]: " of a message that was split because of its length.
func part(b []byte) (n int, text []byte, ok bool) {
	if len(b) < 5 || b[0] != '[' {
		return 0, nil, false
	}
	i := 1
	for ; i < len(b) && i < 4 && b[i] >= '0' && b[i] <= '9'; i++ {
		n = n*10 + int(b[i]-'0')
	}
	if i == 1 || !hasPrefix(b[i:], "]: ") {
		return 0, nil, false
	}
	return n, b[i+3:], true
}

const maxID = 20

// isID knows the three forms of assign_queueid (queue.c), all of which end in the process id:
//
//	8.12 on:       YMDhmsNNpppppp  6AM7Dr98000162
//	8.10 and 8.11: YMDhmsNppppp    f2FNnX012345
//	8.9 and older: XAAppppp        SAA15929
func isID(b []byte) bool {
	n := len(b)
	digits := 0
	for digits < n && b[n-1-digits] >= '0' && b[n-1-digits] <= '9' {
		digits++
	}
	switch {
	case n >= 14 && n <= maxID:
		return digits >= 6 && dated(b) && sixty(b[6:8])
	case n == 12 || n == 13:
		return digits >= 5 && dated(b) && sixty(b[6:7])
	case n == 8 || n == 9:
		return digits >= 5 && b[0] >= 'A' && b[0] <= 'X' && isUpper(b[1]) && isUpper(b[2]) && digits == n-3
	}
	return false
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func sixty(b []byte) bool {
	for _, c := range b {
		if digit60(c) < 0 {
			return false
		}
	}
	return true
}

// dated reports whether the first six characters can be a date and time.
func dated(b []byte) bool {
	return digit60(b[0]) >= 0 && within(b[1], 0, 11) && within(b[2], 1, 31) && within(b[3], 0, 23) && within(b[4], 0, 59) && within(b[5], 0, 59)
}

func within(c byte, lo, hi int) bool {
	d := digit60(c)
	return d >= lo && d <= hi
}

// digit60 is the value of a character in Sendmail's alphabet of 60, 0-9A-Za-x (QueueIdChars), or -1.
func digit60(c byte) int { return int(digits60[c]) }

var digits60 = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i, c := range []byte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx") {
		t[c] = int8(i)
	}
	return t
}()

// QueueTime reads year, month, day, hour, minute and second: one character each, in UTC (assign_queueid calls gmtime since 8.10). The
// year counts from 1900 modulo 60; ids are taken to be of 1990 to 2049. Ids of 8.9 and older carry no time.
func (sendmail) QueueTime(id []byte) (ns int64, ok bool) {
	if len(id) < 12 || !isID(id) {
		return 0, false
	}
	year := 1960 + digit60(id[0])
	if year < 1990 {
		year += 60
	}
	month, day := time.Month(digit60(id[1])+1), digit60(id[2])
	t := time.Date(year, month, day, digit60(id[3]), digit60(id[4]), digit60(id[5]), 0, time.UTC)
	if t.Day() != day { // 31 April
		return 0, false
	}
	return t.UnixNano(), true
}
