package parser

import "bytes"

// stamp is a time as a line writes it, before a Clock has added what it leaves out: RFC 3164 stamps have neither
// year nor zone, Exim's and ISO 8601 ones may lack the zone.
type stamp struct {
	ok      bool
	hasYear bool
	hasZone bool
	year    int32 // valid with hasYear
	month   int8  // 1 to 12
	day     int8
	second  int32 // of the day
	nsec    int32
	offset  int32 // seconds east of UTC, valid with hasZone
	spaced  bool  // ISO date and time with a space between them, as Exim writes its own
}

const secondsPerDay = 86400

// civil is the stamp's wall clock in year y as seconds since 1970, as if it were UTC.
func (st *stamp) civil(y int) int64 {
	return daysFromCivil(y, int(st.month), int(st.day))*secondsPerDay + int64(st.second)
}

// key tells stamps of different seconds apart (for the Clock's cache); 0 is no stamp's key. The lowest bits are the second of the day.
func (st *stamp) key() uint64 {
	return uint64(st.year)<<32 | uint64(st.month)<<24 | uint64(st.day)<<secondBits | uint64(st.second)
}

const secondBits = 17

// better reports whether other tells the time more exactly than st: a zone counts most, then a year, then a fraction.
// Exim through syslog writes two stamps, "Nov 22 07:13:53 mx exim[9]: 2026-11-22 07:13:53.102 +0100 ...".
func (st *stamp) better(other *stamp) bool {
	switch {
	case !st.ok:
		return true
	case st.hasZone != other.hasZone:
		return other.hasZone
	case st.hasYear != other.hasYear:
		return other.hasYear
	default:
		return st.nsec == 0 && other.nsec != 0
	}
}

// parseStamp reads the stamp that b begins with and returns its length, 0 if b begins with none:
//
//	Nov 22 07:13:50   Nov  2 07:13:50   Nov 2 07:13:50   Nov 22 07:13:50.123   Nov 22 2026 07:13:50
//	2013 Jun 10 06:27:30.123
//	2026-11-22T07:13:50.842517+00:00   ...Z   ...+0000   2026-11-22 07:13:51.123 +0200
//	Sun 2026-11-22 07:13:50 CET        (journalctl -o short-full)
//	1795331630.842517                  (journalctl -o short-unix)
func parseStamp(b []byte, st *stamp) int {
	if len(b) < 14 {
		return 0
	}
	if isLetter(b[0]) {
		if n := parseBSDStamp(b, st, 0); n > 0 {
			return n
		}
		// A weekday before an ISO date.
		if isLetter(b[1]) && isLetter(b[2]) && b[3] == ' ' && isDigit(b[4]) {
			if n := parseISOStamp(b[4:], st); n > 0 {
				n += 4
				return n + parseZoneName(b[n:], st)
			}
		}
		return 0
	}
	if !isDigit(b[0]) {
		return 0
	}
	if b[4] == ' ' {
		y, ok := digits(b[:4])
		if !ok || y < firstYear || y > lastYear {
			return 0
		}
		if n := parseBSDStamp(b[5:], st, y); n > 0 {
			return n + 5
		}
		return 0
	}
	if b[4] == '-' {
		return parseISOStamp(b, st)
	}
	return parseUnixStamp(b, st)
}

// parseBSDStamp reads "Nov 22 07:13:50" (RFC 3164 section 4.1.2) with whatever padding of the day; year is 0 or
// known from before it.
func parseBSDStamp(b []byte, st *stamp, year int) int {
	if len(b) < 14 {
		return 0
	}
	month, i := 0, 4
	if b[3] == ' ' {
		month = monthOf(b)
	}
	if month == 0 {
		if month, i = localMonth(b); month == 0 || len(b) < i+10 {
			return 0
		}
	}
	if b[i] == ' ' {
		i++
	}
	day := 0
	start := i
	for i < len(b) && i-start < 2 && isDigit(b[i]) {
		day = day*10 + int(b[i]-'0')
		i++
	}
	if day < 1 || day > 31 || i >= len(b) || b[i] != ' ' {
		return 0
	}
	i++
	if year == 0 && len(b) > i+5 && b[i+4] == ' ' { // "Nov 22 2026 07:13:50"
		if y, ok := digits(b[i : i+4]); ok && y >= firstYear && y <= lastYear {
			year = y
			i += 5
		}
	}
	second, n := parseClockTime(b[i:])
	if n == 0 {
		return 0
	}
	i += n
	*st = stamp{ok: true, hasYear: year != 0, year: int32(year), month: int8(month), day: int8(day), second: int32(second)}
	i += parseFraction(b[i:], st)
	i += parseOffset(b[i:], st)
	return i
}

// Years that a stamp may have: later ones do not fit the nanoseconds since 1970 of an int64 (they end in 2262).
const (
	firstYear = 1970
	lastYear  = 2200
)

// parseISOStamp reads an ISO 8601 / RFC 3339 stamp, with a "T" or a space in the middle.
func parseISOStamp(b []byte, st *stamp) int {
	if len(b) < 19 || b[4] != '-' || b[7] != '-' || (b[10] != 'T' && b[10] != 't' && b[10] != ' ') {
		return 0
	}
	y := twoDigits(b[0], b[1])*100 + twoDigits(b[2], b[3])
	m, d := twoDigits(b[5], b[6]), twoDigits(b[8], b[9])
	if y < firstYear || y > lastYear || m < 1 || m > 12 || d < 1 || d > 31 {
		return 0
	}
	second, n := parseClockTime(b[11:])
	if n == 0 {
		return 0
	}
	*st = stamp{ok: true, hasYear: true, year: int32(y), month: int8(m), day: int8(d), second: int32(second), spaced: b[10] == ' '}
	i := 11 + n
	i += parseFraction(b[i:], st)
	if st.spaced && i+1 < len(b) && b[i] == ' ' { // Exim's log_timezone: "2026-11-22 07:13:51 +0200 ..."
		if n := parseOffset(b[i+1:], st); n == 5 && (i+6 >= len(b) || b[i+6] == ' ') {
			return i + 6
		}
		st.hasZone, st.offset = false, 0
		return i
	}
	return i + parseOffset(b[i:], st)
}

// parseUnixStamp reads seconds since 1970 with a fraction, as "journalctl -o short-unix" prints them.
func parseUnixStamp(b []byte, st *stamp) int {
	if len(b) < 12 || b[10] != '.' || !isDigit(b[11]) {
		return 0
	}
	sec, ok := digits(b[:10])
	if !ok {
		return 0
	}
	if *st = unixStamp(int64(sec), 0); !st.ok {
		return 0
	}
	return 10 + parseFraction(b[10:], st)
}

// unixStamp is an absolute time in the form of a stamp, which is not ok outside of the years that a stamp may have.
func unixStamp(sec, nsec int64) stamp {
	if sec < 0 || sec >= 7_289_654_400 { // 2201-01-01
		return stamp{}
	}
	y, m, d := civilFromDays(floorDiv(sec, secondsPerDay))
	return stamp{
		ok: true, hasYear: true, hasZone: true,
		year: int32(y), month: int8(m), day: int8(d), second: int32(sec - floorDiv(sec, secondsPerDay)*secondsPerDay), nsec: int32(nsec),
	}
}

// parseClockTime reads "07:13:50" and returns the second of the day. A leap second (":60") is the next minute's first.
func parseClockTime(b []byte) (second, n int) {
	if len(b) < 8 || b[2] != ':' || b[5] != ':' {
		return 0, 0
	}
	h, m, s := twoDigits(b[0], b[1]), twoDigits(b[3], b[4]), twoDigits(b[6], b[7])
	if h > 23 || m > 59 || s > 60 {
		return 0, 0
	}
	return h*3600 + m*60 + s, 8
}

// twoDigits is the number of two digits, and beyond all that a stamp may hold if one of them is none.
func twoDigits(tens, ones byte) int {
	if !isDigit(tens) || !isDigit(ones) {
		return 1 << 16
	}
	return int(tens-'0')*10 + int(ones-'0')
}

// parseFraction reads ".842517" or ",842" into st.nsec; digits beyond the ninth are dropped.
func parseFraction(b []byte, st *stamp) int {
	if len(b) < 2 || (b[0] != '.' && b[0] != ',') || !isDigit(b[1]) {
		return 0
	}
	ns, scale, i := int32(0), int32(100_000_000), 1
	for ; i < len(b) && isDigit(b[i]); i++ {
		ns += int32(b[i]-'0') * scale
		scale /= 10
	}
	st.nsec = ns
	return i
}

// parseOffset reads "Z", "+02:00", "+0200" or "+02" into st.
func parseOffset(b []byte, st *stamp) int {
	if len(b) == 0 {
		return 0
	}
	if b[0] == 'Z' || b[0] == 'z' {
		st.hasZone, st.offset = true, 0
		return 1
	}
	if (b[0] != '+' && b[0] != '-') || len(b) < 3 {
		return 0
	}
	h := twoDigits(b[1], b[2])
	if h > 15 {
		return 0
	}
	n, m := 3, 0
	if len(b) >= 6 && b[3] == ':' && isDigit(b[4]) && isDigit(b[5]) {
		m, n = twoDigits(b[4], b[5]), 6
	} else if len(b) >= 5 && isDigit(b[3]) && isDigit(b[4]) {
		m, n = twoDigits(b[3], b[4]), 5
	}
	if m > 59 {
		return 0
	}
	st.hasZone = true
	st.offset = int32(h*3600 + m*60)
	if b[0] == '-' {
		st.offset = -st.offset
	}
	return n
}

// parseZoneName skips the zone's abbreviation that "journalctl -o short-full" prints. Only UTC and GMT mean the same
// everywhere (CST is three zones), so the others leave the zone to be inferred.
func parseZoneName(b []byte, st *stamp) int {
	if len(b) < 4 || b[0] != ' ' {
		return 0
	}
	i := 1
	for i < len(b) && i < 7 && (b[i] >= 'A' && b[i] <= 'Z' || b[i] == '+' || b[i] == '-' || isDigit(b[i])) {
		i++
	}
	if i < 3 || i >= len(b) || b[i] != ' ' {
		return 0
	}
	name := b[1:i]
	if string(name) == "UTC" || string(name) == "GMT" {
		st.hasZone, st.offset = true, 0
		return i
	}
	if name[0] == '+' || name[0] == '-' { // zones without a name: "+03"
		if parseOffset(name, st) == len(name) {
			return i
		}
		return 0
	}
	if isDigit(name[0]) {
		return 0
	}
	return i
}

// monthOf is the month whose English abbreviation b begins with, 0 if none.
func monthOf(b []byte) int {
	switch uint32(b[0]|0x20)<<16 | uint32(b[1]|0x20)<<8 | uint32(b[2]|0x20) {
	case 'j'<<16 | 'a'<<8 | 'n':
		return 1
	case 'f'<<16 | 'e'<<8 | 'b':
		return 2
	case 'm'<<16 | 'a'<<8 | 'r':
		return 3
	case 'a'<<16 | 'p'<<8 | 'r':
		return 4
	case 'm'<<16 | 'a'<<8 | 'y':
		return 5
	case 'j'<<16 | 'u'<<8 | 'n':
		return 6
	case 'j'<<16 | 'u'<<8 | 'l':
		return 7
	case 'a'<<16 | 'u'<<8 | 'g':
		return 8
	case 's'<<16 | 'e'<<8 | 'p':
		return 9
	case 'o'<<16 | 'c'<<8 | 't':
		return 10
	case 'n'<<16 | 'o'<<8 | 'v':
		return 11
	case 'd'<<16 | 'e'<<8 | 'c':
		return 12
	}
	return 0
}

// localMonth is the month that b begins with in the language of the machine, as journalctl prints it (strftime's %b in
// German, French, Spanish, Italian, Portuguese, Dutch, Polish and Scandinavian locales), and the index of what follows
// its space.
func localMonth(b []byte) (month, next int) {
	n := bytes.IndexByte(b[:min(len(b), 8)], ' ')
	if n < 3 || !isDigit(b[n+1]) && b[n+1] != ' ' {
		return 0, 0
	}
	var word [8]byte
	for i, c := range b[:n] {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		word[i] = c
	}
	switch string(bytes.TrimRight(word[:n], ".")) {
	case "janv", "ene", "gen", "sty":
		month = 1
	case "févr", "fev", "fév", "lut":
		month = 2
	case "mär", "mars", "mrt":
		month = 3
	case "avril", "avr", "abr", "kwi":
		month = 4
	case "mai", "mag", "mei", "maj":
		month = 5
	case "juin", "giu", "cze", "juni":
		month = 6
	case "juil", "lug", "lip", "juli":
		month = 7
	case "août", "ago", "sie":
		month = 8
	case "sept", "set", "wrz":
		month = 9
	case "okt", "ott", "out", "paź":
		month = 10
	case "lis":
		month = 11
	case "dez", "déc", "dic", "des", "gru":
		month = 12
	}
	return month, n + 1
}

// digits reads b as a decimal number; ok is false if it is empty or holds anything but digits.
func digits(b []byte) (n int, ok bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// daysFromCivil counts days from 1970-01-01 to a date of the proleptic Gregorian calendar. A day beyond the month's
// end (Feb 29 in a common year) counts on into the next month.
func daysFromCivil(y, m, d int) int64 {
	if m <= 2 {
		y--
	}
	era := floorDiv(int64(y), 400)
	yoe := int64(y) - era*400
	mp := int64((m + 9) % 12) // March is 0, so that the leap day is the year's last
	doy := (153*mp+2)/5 + int64(d) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// civilFromDays is the inverse of daysFromCivil.
func civilFromDays(z int64) (y, m, d int) {
	z += 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = int(doy - (153*mp+2)/5 + 1)
	m = int(mp + 3)
	if m > 12 {
		m -= 12
	}
	y = int(yoe + era*400)
	if m <= 2 {
		y++
	}
	return y, m, d
}

func isLeap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
