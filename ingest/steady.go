package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// errTruncated says that a file does not hold any more what was read of it: logrotate's copytruncate cut it to nothing, and it may have
// grown beyond the old place since.
var errTruncated = errors.New("it was truncated while it was read; what was written to it since was not read")

// markSize is how much of what was read last is looked at again with each read.
const markSize = 64

// steadyReader reads a file at its own offset for as long as the bytes that it read last are still there, so that what it returns is of one
// content, from its first byte to its last. From then on it returns errTruncated.
type steadyReader struct {
	f    *os.File
	at   int64
	mark []byte // the last bytes before at, as they were read
	err  error
}

func (s *steadyReader) seek(at int64, before []byte) {
	s.at, s.mark, s.err = at, append(s.mark[:0], last(before, markSize)...), nil
}

func (s *steadyReader) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.f.ReadAt(p, s.at)
	if err != nil && err != io.EOF {
		return 0, err
	}
	// After the new bytes: had it been truncated before they were read, the old ones would not be there now.
	if !s.holds() {
		s.err = fmt.Errorf("read %s: %w", s.f.Name(), errTruncated)
		return 0, s.err
	}
	s.at += int64(n)
	s.mark = append(s.mark, last(p[:n], markSize)...)
	s.mark = append(s.mark[:0], last(s.mark, markSize)...)
	if n > 0 {
		err = nil
	}
	return n, err
}

// holds reports whether the bytes before the place are those that were read.
func (s *steadyReader) holds() bool {
	var b [markSize]byte
	now := b[:len(s.mark)]
	n, _ := s.f.ReadAt(now, s.at-int64(len(now)))
	return bytes.Equal(now[:n], s.mark)
}

// last are the last n bytes of b, or all of them.
func last(b []byte, n int) []byte { return b[max(0, len(b)-n):] }
