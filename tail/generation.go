package tail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// generation is one file that is read, with its log.
type generation struct {
	log    *Log
	info   os.FileInfo // as opened: which inode it is
	placed bool        // the consumer has said where to read on
	cutter
	mark  []byte    // the last bytes before got, as they were read
	quiet time.Time // when it was last seen to grow, once it is an old one
}

var errTruncated = errors.New("the file was truncated")

// openFile opens a log for reading. It does not wait for the writer of a named pipe.
func openFile(name string) (*generation, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &generation{log: &Log{Name: name, File: f}, info: info}, nil
}

// place sets where reading goes on, and what was read before that.
func (g *generation) place(offset, line int64, before []byte) {
	g.cutter = cutter{off: offset, line: line, got: offset}
	g.mark = bytes.Clone(before[max(0, len(before)-markSize):])
	g.placed = true
}

// read reads the next block into e. It returns how many bytes were new, and whether e holds something to send; errTruncated
// when what was read is no longer there. The bytes before the new ones are read again with them and compared: a file that was
// truncated and has grown beyond the old place since ("copytruncate") shows by its content, never by its size.
func (g *generation) read(e *Event) (n int, send bool, err error) {
	buf, start := g.room(e)
	m := len(g.mark)
	all, err := g.log.File.ReadAt(buf[start-m:], g.got-int64(m))
	if err != nil && err != io.EOF {
		return 0, false, fmt.Errorf("read %s: %w", g.log.Name, err)
	}
	if all < m || !bytes.Equal(buf[start-m:start], g.mark) {
		return 0, false, errTruncated
	}
	if n = all - m; n == 0 {
		return 0, false, nil
	}
	seen := buf[start-m : start+n]
	g.mark = append(g.mark[:0], seen[max(0, len(seen)-markSize):]...)
	return n, g.cut(e, start, n), nil
}

func (g *generation) close() { g.log.File.Close() }
