package ingest

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// ErrNotLog is wrapped by errors about files that hold no log text.
var ErrNotLog = errors.New("not a text log")

// input is one opened log: its text, however it was compressed.
type input struct {
	name    string
	r       *bufio.Reader // decompressed
	size    int64         // of the file as it lies on the disk, 0 if unknown
	modTime time.Time
	packed  bool            // compressed: no seeking
	file    *os.File        // nil for stdin
	steady  *steadyReader   // of a regular file
	read    *countingReader // bytes taken from the file, for progress
	before  []byte          // up to 4 KiB before the place where reading goes on
	spool   *os.File        // what was read of a pipe since keep,
	kept    *bufio.Reader   // and that pipe
	closers []func()
}

// magics are the first bytes by which compressed files are known; names are not trusted, rotation renames.
var magics = []struct {
	name  string
	magic []byte
	open  func(io.Reader) (io.Reader, func(), error)
}{
	{"gzip", []byte{0x1f, 0x8b}, func(r io.Reader) (io.Reader, func(), error) {
		z, err := gzip.NewReader(r)
		return z, func() {}, err
	}},
	{"bzip2", []byte("BZh"), func(r io.Reader) (io.Reader, func(), error) { return bzip2.NewReader(r), func() {}, nil }},
	{"xz", []byte{0xfd, '7', 'z', 'X', 'Z', 0}, func(r io.Reader) (io.Reader, func(), error) {
		z, err := xz.NewReader(r)
		return z, func() {}, err
	}},
	{"zstd", []byte{0x28, 0xb5, 0x2f, 0xfd}, func(r io.Reader) (io.Reader, func(), error) {
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}},
}

const readAhead = 256 << 10

// open opens a log by name, "-" being stdin, and looks through its compression.
func open(name string, stdin io.Reader) (*input, error) {
	var in *input
	if name == "-" {
		in = &input{name: name, modTime: time.Now()}
		in.begin(stdin)
	} else {
		f, err := os.Open(name)
		if err != nil {
			return nil, openError(name, err)
		}
		if in, err = inputOf(name, f); err != nil {
			f.Close()
			return nil, err
		}
		in.closers = append(in.closers, func() { f.Close() })
	}
	if err := in.unpack(in.r); err != nil {
		in.close()
		return nil, err
	}
	if err := in.looksLikeText(); err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

// inputOf is what lies in an open file. Closing that is left to the caller.
func inputOf(name string, f *os.File) (*input, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if st.IsDir() {
		return nil, fmt.Errorf("%s is a directory: name the log files in it", name)
	}
	in := &input{name: name, file: f, size: st.Size(), modTime: st.ModTime()}
	if st.Mode().IsRegular() {
		in.steady = &steadyReader{f: f}
		in.begin(in.steady)
	} else {
		in.begin(f)
	}
	return in, nil
}

// begin has the input read from r, as it lies there.
func (in *input) begin(r io.Reader) {
	in.read = &countingReader{r: r}
	in.r = bufio.NewReaderSize(in.read, readAhead)
}

func openError(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist: check the path", name)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s may not be read: run as a member of the group that may read the log (often adm), or as root", name)
	}
	return fmt.Errorf("open %s: %w", name, err)
}

func emptyError(name string) error { return fmt.Errorf("%s is empty: there is nothing to read", name) }

func (in *input) unpack(br *bufio.Reader) error {
	head, err := br.Peek(6)
	if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
		return fmt.Errorf("read %s: %w", in.name, err)
	}
	for _, m := range magics {
		if !bytes.HasPrefix(head, m.magic) {
			continue
		}
		z, closer, err := m.open(br)
		if err != nil {
			return fmt.Errorf("%s is a damaged %s file: %w", in.name, m.name, err)
		}
		in.closers = append(in.closers, closer)
		in.packed = true
		in.r = bufio.NewReaderSize(&unpackError{z, in.name, m.name}, readAhead)
		return nil
	}
	in.r = br
	return nil
}

// looksLikeText refuses what is no log at all. NUL bytes are no proof: a crash leaves runs of them in a log.
func (in *input) looksLikeText() error {
	head, err := in.r.Peek(4096)
	if err != nil && err != io.EOF {
		return err
	}
	odd, nul := 0, 0
	for _, c := range head {
		switch {
		case c == 0:
			nul++
		case c < ' ' && c != '\n' && c != '\t' && c != '\r' && c != 0x1b:
			odd++
		}
	}
	text := len(head) - nul
	if odd*20 > text && odd > 8 || nul > 0 && text > 0 && nul < 3072 && odd > 0 && scatteredNULs(head) {
		return fmt.Errorf("%s is %w: it holds binary data", in.name, ErrNotLog)
	}
	return nil
}

// scatteredNULs reports whether NUL bytes stand all over the text, not in one or two runs.
func scatteredNULs(b []byte) bool {
	runs := 0
	for i, c := range b {
		if c == 0 && (i == 0 || b[i-1] != 0) {
			runs++
		}
	}
	return runs > 4
}

// keep makes what is read from now on readable again by rewind. Files are simply read again; a pipe is copied to a temporary file.
func (in *input) keep() {
	if in.file != nil || in.spool != nil {
		return
	}
	f, err := os.CreateTemp("", "bouncelog-stdin-")
	if err != nil {
		return // rewind says so if it is needed
	}
	os.Remove(f.Name())
	in.spool = f
	in.closers = append(in.closers, func() { f.Close() })
	in.kept = in.r
	in.r = bufio.NewReaderSize(io.TeeReader(in.kept, f), readAhead)
}

// forget ends keep: what the pipe's copy still held in its buffer is read next, then the pipe itself.
func (in *input) forget() {
	if in.spool == nil {
		return
	}
	ahead, _ := in.r.Peek(in.r.Buffered())
	in.r = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(ahead)), in.kept), readAhead)
	in.spool.Close()
	in.spool = nil
}

// rewind goes back to where keep was called.
func (in *input) rewind() error {
	if in.file == nil {
		if in.spool == nil {
			return fmt.Errorf("read %s: it begins like a log that was read before, and there is no room for a temporary copy", in.name)
		}
		if _, err := in.spool.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("read the temporary copy of %s: %w", in.name, err)
		}
		in.r = bufio.NewReaderSize(io.MultiReader(in.spool, in.kept), readAhead)
		return nil
	}
	if err := in.seek(0, nil); err != nil {
		return err
	}
	return in.unpack(bufio.NewReaderSize(in.read, readAhead))
}

// seek goes on at another place of the file as it lies on the disk; before is what stands before that place.
func (in *input) seek(at int64, before []byte) error {
	if in.steady != nil {
		in.steady.seek(at, before)
	} else if _, err := in.file.Seek(at, io.SeekStart); err != nil {
		return fmt.Errorf("read %s: %w", in.name, err)
	}
	in.read.n = at
	return nil
}

func (in *input) close() {
	for i := len(in.closers) - 1; i >= 0; i-- {
		in.closers[i]()
	}
}

// unpackError names the file in errors of its decompression.
type unpackError struct {
	r    io.Reader
	name string
	kind string
}

func (u *unpackError) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%s is a damaged %s file: %w", u.name, u.kind, err)
	}
	return n, err
}
