package parser

import "bytes"

const (
	maxSamples   = 100
	maxSampleLen = 500
	maxShape     = 120
)

// Sample is the first unrecognized line of its shape.
type Sample struct {
	Line  int64
	Text  string // cut to 500 bytes; as hostile as the log is
	Count int64
}

// samples keeps the first unrecognized line of each shape.
type samples struct {
	list  []Sample
	index map[string]int
	shape []byte
}

// Samples are the first unrecognized lines of each shape, in the order of the log; at most 100.
func (s *Stream) Samples() []Sample { return s.samples.list }

func (s *samples) add(f *Frame, line *Line) {
	s.shape = appendShape(s.shape[:0], f)
	if i, ok := s.index[string(s.shape)]; ok {
		s.list[i].Count++
		return
	}
	if len(s.list) >= maxSamples {
		return
	}
	if s.index == nil {
		s.index = make(map[string]int)
	}
	s.index[string(s.shape)] = len(s.list)
	text := trimLine(line.Text)
	s.list = append(s.list, Sample{Line: line.Number, Text: string(text[:min(len(text), maxSampleLen)]), Count: 1})
}

// appendShape is what lines of one kind have in common: program and message with everything blanked that differs from
// line to line. Words with a digit become "#" (ids, addresses, numbers), what stands in <> or quotes is dropped.
func appendShape(dst []byte, f *Frame) []byte {
	dst = append(dst, f.Program...)
	dst = append(dst, ' ')
	m := f.Message
	for len(m) > 0 && len(dst) < maxShape {
		c := m[0]
		if c == '<' || c == '"' {
			end := byte('>')
			if c == '"' {
				end = '"'
			}
			if i := bytes.IndexByte(m[1:], end); i >= 0 {
				dst = append(dst, c, end)
				m = m[i+2:]
				continue
			}
		}
		if !wordByte(c) {
			dst = append(dst, c)
			m = m[1:]
			continue
		}
		n, blank := 0, false
		for n < len(m) && wordByte(m[n]) {
			blank = blank || isDigit(m[n]) || m[n] == '@' || m[n] >= 0x80
			n++
		}
		if blank {
			dst = append(dst, '#')
		} else {
			dst = append(dst, m[:min(n, maxShape)]...)
		}
		m = m[n:]
	}
	return dst
}

func wordByte(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '.' || c == '-' || c == '_' || c == '@' || c == '/' || c >= 0x80
}
