package ingest

import "bytes"

// needle finds a text in a block regardless of the case of ASCII letters. It looks for the text's rarest byte first, which
// runs at the memory's speed.
type needle struct {
	text   []byte // lower case
	anchor int    // index of the rarest byte
}

func newNeedle(text string) needle {
	n := needle{text: bytes.ToLower([]byte(text))}
	for i, c := range n.text {
		if rarity(c) > rarity(n.text[n.anchor]) {
			n.anchor = i
		}
	}
	return n
}

// rarity orders bytes by how seldom they occur in mail logs.
func rarity(c byte) int {
	switch {
	case c >= 0x80:
		return 9
	case c == ' ' || c == ':' || c == '=' || c == '.' || c == ',' || c == '/':
		return 0
	case bytes.IndexByte([]byte("etaoinsrlcdmpfh"), c) >= 0:
		return 2
	case c >= '0' && c <= '2':
		return 1
	case c >= '0' && c <= '9':
		return 3
	case bytes.IndexByte([]byte("zqxjkvwy"), c) >= 0:
		return 6
	case c >= 'a' && c <= 'z':
		return 4
	case c == '@':
		return 5
	}
	return 7
}

// index is where the text first occurs in b, or -1.
func (n needle) index(b []byte) int {
	if len(n.text) == 0 {
		return 0
	}
	c := n.text[n.anchor]
	upper := c
	if c >= 'a' && c <= 'z' {
		upper = c - 0x20
	}
	lower, other := nextByte(b, c, n.anchor), -2
	if upper != c {
		other = nextByte(b, upper, n.anchor)
	}
	for {
		at := lower
		if at < 0 || other >= 0 && other < at {
			at = other
		}
		if at < 0 {
			return -1
		}
		if start := at - n.anchor; start+len(n.text) <= len(b) && equalLower(b[start:start+len(n.text)], n.text) {
			return start
		}
		if at == lower {
			lower = nextByte(b, c, at+1)
		} else {
			other = nextByte(b, upper, at+1)
		}
	}
}

func nextByte(b []byte, c byte, from int) int {
	if from > len(b) {
		return -1
	}
	i := bytes.IndexByte(b[from:], c)
	if i < 0 {
		return -1
	}
	return from + i
}

func equalLower(b, lower []byte) bool {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
