package ingest

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/cespare/xxhash/v2"

	"bouncelog/store"
)

// identSize is how much of a log's head and of what stands before a position identify it (DESIGN, State).
const identSize = 4096

// identify finds the log among those that the store knows, by content: the hash of its head and the hash of what stands before
// the position where reading stopped. It returns a new state for a log that is not known. The input is left at the
// position where reading goes on.
func identify(in *input, known []*store.LogState) (*store.LogState, error) {
	head, err := in.r.Peek(identSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	var candidates []*store.LogState
	for _, s := range known {
		if begins(s, head) {
			candidates = append(candidates, s)
		}
	}
	fresh := &store.LogState{Name: in.name}
	setHead(fresh, head)
	fresh.Ident = fmt.Sprintf("%016x", fresh.HeadHash)
	if len(candidates) == 0 {
		return fresh, nil
	}
	found, err := matchTails(in, candidates)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return fresh, nil
	}
	s := *found
	setHead(&s, head)
	s.Name = in.name
	return &s, nil
}

// beginsLike reports whether a log's head is that of one of the others.
func beginsLike(in *input, others []*Log) bool {
	head, _ := in.r.Peek(identSize)
	return slices.ContainsFunc(others, func(l *Log) bool { return begins(l.State, head) })
}

// begins reports whether what a file begins with is the head of a log; what has no head yet is not known by it.
func begins(s *store.LogState, head []byte) bool {
	return s.HeadLen > 0 && s.HeadLen <= int64(len(head)) && xxhash.Sum64(head[:s.HeadLen]) == s.HeadHash
}

// setHead extends a log's head as it grows.
func setHead(s *store.LogState, head []byte) {
	if int64(len(head)) > s.HeadLen {
		s.HeadHash, s.HeadLen = xxhash.Sum64(head), int64(len(head))
	}
}

// matchTails returns the candidate with the farthest position whose tail matches, with the input standing at that position; nil
// with the input at its start where none does: then it is another log with the same head.
func matchTails(in *input, candidates []*store.LogState) (*store.LogState, error) {
	if in.file == nil || in.packed {
		return skipTo(in, candidates)
	}
	var found *store.LogState
	for _, s := range candidates {
		if (found == nil || s.Position > found.Position) && tailMatches(in.file, s) {
			found = s
		}
	}
	if found == nil {
		return nil, nil
	}
	in.before = before(in.file, found.Position, min(found.Position, identSize))
	if in.before == nil {
		return nil, fmt.Errorf("read %s: %w", in.name, errTruncated)
	}
	if err := in.seek(found.Position, in.before); err != nil {
		return nil, err
	}
	in.r.Reset(in.read)
	return found, nil
}

func tailMatches(r io.ReaderAt, s *store.LogState) bool {
	b := before(r, s.Position, s.TailLen)
	return int64(len(b)) == s.TailLen && xxhash.Sum64(b) == s.TailHash
}

// before are the n bytes before a position, or nil if they are not there.
func before(r io.ReaderAt, position, n int64) []byte {
	b := make([]byte, n)
	if k, err := r.ReadAt(b, position-n); k < len(b) || err != nil && err != io.EOF {
		return nil
	}
	return b
}

// skipTo reads a compressed log or a pipe forward, past the candidates' positions, and leaves it at the farthest one whose tail matches.
func skipTo(in *input, candidates []*store.LogState) (*store.LogState, error) {
	sorted := slices.SortedFunc(slices.Values(candidates), func(a, b *store.LogState) int { return cmp.Compare(a.Position, b.Position) })
	in.keep()
	var tail tailBuffer
	var at int64
	var best *store.LogState
	for _, s := range sorted {
		n, err := io.CopyN(&tail, in.r, s.Position-at)
		at += n
		if err == io.EOF {
			break // shorter than what was read of that log
		}
		if err != nil {
			return nil, err
		}
		if h, n := tail.sum(s.TailLen); n == s.TailLen && h == s.TailHash {
			best = s
		}
	}
	if best != nil && at == best.Position {
		in.forget()
		in.before = tail.b
		return best, nil
	}
	if err := in.rewind(); err != nil {
		return nil, err
	}
	if best == nil {
		return nil, nil
	}
	tail.b = tail.b[:0]
	if _, err := io.CopyN(&tail, in.r, best.Position); err != nil {
		return nil, fmt.Errorf("read %s again: %w", in.name, err)
	}
	in.before = tail.b
	return best, nil
}

// tailBuffer keeps the last identSize bytes written to it.
type tailBuffer struct {
	b []byte
}

func (t *tailBuffer) Write(p []byte) (int, error) {
	n := len(p)
	if n >= identSize {
		t.b = append(t.b[:0], p[n-identSize:]...)
		return n, nil
	}
	if over := len(t.b) + n - identSize; over > 0 {
		t.b = t.b[:copy(t.b, t.b[over:])]
	}
	t.b = append(t.b, p...)
	return n, nil
}

// sum is the hash of the last n bytes, or of as many as there are.
func (t *tailBuffer) sum(n int64) (hash uint64, length int64) {
	n = min(n, int64(len(t.b)))
	return xxhash.Sum64(t.b[int64(len(t.b))-n:]), n
}
