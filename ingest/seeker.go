package ingest

import "bytes"

// seeker finds the first of several texts in a block, regardless of the case of ASCII letters. From two bytes it knows how far away the next
// place is where a text can stand, so it looks at a fraction of the block only, however many texts there are (Wu and Manber's algorithm). It
// never changes once it is made.
type seeker struct {
	texts  [][]byte // lower case
	window int      // as much of each text is looked for
	skip   [pairs]uint8
	first  [256]bool // bytes with which a text begins
}

const (
	pairs     = 4096 // slots for the pairs of bytes: what fits the processor's nearest cache
	maxWindow = 100
	minWindow = 4 // of a shorter one the skips gain nothing
)

func newSeeker(texts ...[]byte) *seeker {
	s := &seeker{window: maxWindow}
	for _, t := range texts {
		s.texts = append(s.texts, bytes.ToLower(t))
		s.window = min(s.window, len(t))
	}
	for i := range s.skip {
		s.skip[i] = uint8(max(s.window-1, 1))
	}
	for _, t := range s.texts {
		for _, c := range bothCases(t[0]) {
			s.first[c] = true
		}
		for i := 1; i < s.window; i++ {
			far := uint8(s.window - 1 - i)
			for _, a := range bothCases(t[i-1]) {
				for _, b := range bothCases(t[i]) {
					s.skip[pair(a, b)] = min(s.skip[pair(a, b)], far)
				}
			}
		}
	}
	return s
}

// with is a seeker for one more text.
func (s *seeker) with(text []byte) *seeker {
	return newSeeker(append(s.texts[:len(s.texts):len(s.texts)], text)...)
}

func pair(a, b byte) int { return (int(a)<<5 ^ int(b)) % pairs }

func bothCases(c byte) [2]byte {
	if c >= 'a' && c <= 'z' {
		return [2]byte{c, c - 0x20}
	}
	return [2]byte{c, c}
}

// index is the first place of a text in b, or -1.
func (s *seeker) index(b []byte) int {
	if s.window < minWindow {
		for i, c := range b {
			if s.first[c] && s.at(b[i:]) {
				return i
			}
		}
		return -1
	}
	for last := s.window - 1; last < len(b); {
		if far := s.skip[pair(b[last-1], b[last])]; far > 0 {
			last += int(far)
			continue
		}
		if start := last - s.window + 1; s.at(b[start:]) {
			return start
		}
		last++
	}
	return -1
}

// at reports whether b begins with one of the texts.
func (s *seeker) at(b []byte) bool {
	for _, t := range s.texts {
		if len(b) >= len(t) && equalLower(b[:len(t)], t) {
			return true
		}
	}
	return false
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
