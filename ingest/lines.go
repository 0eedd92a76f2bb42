package ingest

import (
	"bytes"
	"errors"
	"io"
)

const (
	blockSize = 64 << 10 // with its records in the processor's cache until they are tracked
	// maxLine is the longest line that is kept. syslog's own limits are 1 to 8 KiB; what is longer is an accident or an
	// attack, and is skipped and counted.
	maxLine = 1 << 20
)

// Chunk is a run of lines of one log.
type Chunk struct {
	Data   []byte // whole lines, each with its "\n"; the last line of a log may lack it
	Offset int64  // of Data in the log, after decompression
	Line   int64  // number of its first line, from 1
	End    int64  // where the next chunk begins: behind Data and lines skipped after it
	Lines  int64  // lines in Data and skipped after it
	Long   int64  // lines that were skipped because they are longer than 1 MiB
}

// cutter cuts a stream of bytes into chunks.
type cutter struct {
	r      io.Reader
	carry  []byte // the beginning of a line whose end was not read yet
	offset int64  // of the carry
	line   int64  // number of the carry's line
	skip   bool   // inside a line that is too long
	whole  bool   // give a last line without "\n" too
	err    error
}

// next reads about one block into c, whose Data is reused. At the end of the log it returns io.EOF, with no chunk.
func (t *cutter) next(c *Chunk) error {
	c.Offset, c.Line, c.Lines, c.Long = t.offset, t.line, 0, 0
	c.Data = append(c.Data[:0], t.carry...)
	t.carry = t.carry[:0]
	for {
		if t.err != nil {
			return t.last(c)
		}
		from := len(c.Data)
		if cap(c.Data)-from < blockSize {
			grown := make([]byte, from, from+blockSize)
			copy(grown, c.Data)
			c.Data = grown
		}
		n, err := io.ReadFull(t.r, c.Data[from:from+blockSize])
		c.Data = c.Data[:from+n]
		if err == io.ErrUnexpectedEOF { // ReadFull's own word for a short block; a file that was cut wraps it
			err = io.EOF
		}
		t.err = err
		if t.skip {
			i := bytes.IndexByte(c.Data, '\n')
			if i < 0 {
				t.offset += int64(len(c.Data))
				c.Data = c.Data[:0]
				continue
			}
			t.skip = false
			t.offset += int64(i + 1)
			t.line++
			c.Long++
			c.Data = c.Data[:copy(c.Data, c.Data[i+1:])]
			c.Offset, c.Line = t.offset, t.line
		}
		i := bytes.LastIndexByte(c.Data, '\n')
		if i < 0 && len(c.Data) <= maxLine {
			continue
		}
		t.carry = append(t.carry[:0], c.Data[i+1:]...)
		c.Data = c.Data[:i+1]
		t.offset = c.Offset + int64(len(c.Data))
		c.Lines = int64(bytes.Count(c.Data, []byte{'\n'}))
		t.line = c.Line + c.Lines
		c.End = t.offset // before a line that is too long: only behind its end is it done with
		if len(t.carry) > maxLine {
			t.skip = true
			t.offset += int64(len(t.carry))
			t.carry = t.carry[:0]
		}
		if len(c.Data) > 0 {
			return nil
		}
	}
}

// last gives what is left at the end of the log.
func (t *cutter) last(c *Chunk) error {
	if errors.Is(t.err, io.EOF) && t.skip {
		t.skip = false
		c.Long++
		t.line++
		c.Data, c.Offset = c.Data[:0], t.offset
		c.End = t.offset
		return nil
	}
	if errors.Is(t.err, io.EOF) && len(c.Data) > 0 && t.whole {
		t.offset = c.Offset + int64(len(c.Data))
		t.line = c.Line + 1
		c.Lines = 1
		c.End = t.offset
		return nil
	}
	return t.err
}

// countingReader counts what was read, for the progress of compressed files.
type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
