package exim

import "bytes"

// host is a server or client as Exim names it (host_build_sender_fullhost, d_hostlog):
//
//	mx.example [192.0.2.1]         name known
//	mx.example (helo) [192.0.2.1]:25
//	(helo) [192.0.2.1]             name not known
//	[2001:db8::1]                  nothing known
type host struct {
	name, helo, ip []byte
	port           int32
}

// readHost reads a host at the start of b and returns what is left. A HELO name may hold anything where helo_accept_junk_hosts
// allows it, "x) [192.0.2.9" too, so its end is the first ") [address]" after which the line goes on as Exim's lines do.
func readHost(b []byte) (h host, rest []byte) {
	if len(b) > 0 && b[0] != '(' && b[0] != '[' {
		n := bytes.IndexByte(b, ' ')
		if n < 0 {
			n = len(b)
		}
		if n > 0 && b[n-1] == ':' { // "H=/run/lmtp: LMTP error"
			n--
		}
		h.name, b = b[:n], b[n:]
		after := skipSpace(b)
		if hasPrefix(after, "DS [") { // +dnssec
			after = after[3:]
		}
		if len(after) == 0 || after[0] != '(' && after[0] != '[' {
			return h, b
		}
		if after[0] == '[' {
			ip, port, n := address(after)
			if n == 0 {
				return h, b
			}
			h.ip, h.port = ip, port
			return h, after[n:]
		}
		b = after
	}
	if len(b) > 0 && b[0] == '(' {
		end, n := heloEnd(b)
		if n == 0 { // cut, or "(TCP/IP connection count = 1)"
			return h, b
		}
		h.helo = b[1:end]
		h.ip, h.port, _ = address(b[end+2:])
		return h, b[n:]
	}
	ip, port, n := address(b)
	h.ip, h.port = ip, port
	return h, b[n:]
}

// heloEnd finds the ")" that closes the HELO name at the start of b and the length up to the end of the address after it.
func heloEnd(b []byte) (end, n int) {
	loose, looseN := 0, 0
	for from := 1; from < len(b); {
		i := bytes.IndexByte(b[from:], ')')
		if i < 0 {
			break
		}
		i += from
		from = i + 1
		if !hasPrefix(b[from:], " [") {
			continue
		}
		_, _, l := address(b[i+2:])
		if l == 0 {
			continue
		}
		l += i + 2
		if goesOn(b[l:]) {
			return i, l
		}
		if looseN == 0 && (l == len(b) || b[l] == ' ' || b[l] == ':' || b[l] == ',') {
			loose, looseN = i, l
		}
	}
	return loose, looseN
}

// goesOn reports whether b is how a line continues after a host.
func goesOn(b []byte) bool {
	if len(b) == 0 || b[0] == ':' {
		return true
	}
	if b[0] != ' ' {
		return false
	}
	b = b[1:]
	if name, _ := field(b); name != nil {
		return true
	}
	for _, w := range afterHost {
		if hasPrefix(b, w) {
			return true
		}
	}
	return false
}

var afterHost = [...]string{"rejected ", "temporarily rejected ", "sender verify ", "Warning: ", "incomplete transaction", "RCPT ", "closed ", "lost", "(", "D=", "L ", "TFO", "DS ", "refused", "dropped", "next input", "input"}

// address reads "[ip]" or "[ip]:port" and a "*" (connection used again); n is 0 if b does not begin so.
func address(b []byte) (ip []byte, port int32, n int) {
	if len(b) == 0 || b[0] != '[' {
		return nil, 0, 0
	}
	i := 1
	for i < len(b) && i < 64 && ipByte[b[i]] {
		i++
	}
	if i == 1 || i >= len(b) || b[i] != ']' {
		return nil, 0, 0
	}
	ip = b[1:i]
	if bytes.IndexByte(ip, '.') < 0 && bytes.IndexByte(ip, ':') < 0 {
		return nil, 0, 0
	}
	i++
	if i+1 < len(b) && b[i] == ':' {
		if p, l := number(b[i+1:]); l > 0 && p < 65536 {
			port = int32(p)
			i += 1 + l
		}
	}
	if i < len(b) && b[i] == '*' {
		i++
	}
	return ip, port, i
}

// ipByte is lenient: scope names ("fe80::1%eth0") have all letters, and logs that were made anonymous ("[ip4.ip4.ip4.ip4]") too.
var ipByte = func() [256]bool {
	t := alnum
	t['.'], t[':'], t['%'] = true, true, true
	return t
}()
