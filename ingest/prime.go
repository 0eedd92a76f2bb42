package ingest

import (
	"bytes"
	"errors"
	"io"

	"bouncelog/parser"
)

const (
	primeWhole = 8 << 20 // of a log are looked through for queue ids that tell year and zone,
	primeStep  = 1 << 20 // then a look at this distance counts New Years to its end
	primeLook  = 4 << 10
)

// prime tells the log's stream what is coming, so that year and zone are right from the first line on, and returns the time of the first record.
func prime(l *Log, opt parser.Options) (first int64, err error) {
	head, err := l.in.r.Peek(readAhead)
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, errTruncated) { // those show when it is read
		return 0, err
	}
	if len(l.State.State) == 0 {
		more := l.stream.Prime(wholeLines(head))
		if more && l.in.file != nil && !l.in.packed {
			primeFile(l, int64(len(head)))
		}
	}
	probe := parser.NewStream(opt)
	if len(l.State.State) > 0 {
		if err := probe.Restore(l.State.State); err != nil {
			return 0, err
		}
	} else {
		probe.Prime(wholeLines(head))
	}
	var r parser.Record
	for len(head) > 0 {
		line, rest, _ := bytes.Cut(head, []byte{'\n'})
		if probe.Parse(parser.Line{Text: line}, &r) == parser.Found {
			return r.Time, nil
		}
		head = rest
	}
	return 0, nil
}

// primeFile goes on with a file that can be read at any place.
func primeFile(l *Log, at int64) {
	buf := make([]byte, primeStep)
	for more := true; more; {
		n := len(buf)
		step := int64(primeStep)
		if at > primeWhole {
			n = primeLook
		}
		got, err := l.in.file.ReadAt(buf[:n], at)
		block := buf[:got]
		if i := bytes.IndexByte(block, '\n'); i >= 0 {
			block = block[i+1:]
		}
		more = l.stream.Prime(wholeLines(block))
		if err != nil {
			return
		}
		at += step
	}
}

func wholeLines(b []byte) []byte { return b[:bytes.LastIndexByte(b, '\n')+1] }
