package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"bouncelog/parser"
	"bouncelog/store"
)

// maxLooks bounds how often files beside a log are looked for where they are renamed all the time. The next rotation looks again.
const maxLooks = 100

// recent is how long after its last write a rotated file may still have a writer.
const recent = time.Minute

// followed is the file that has the name now, and its log; both nil where there is none.
type followed struct {
	file  *os.File
	state *store.LogState
}

// missed reads what was not read yet of the files that had a name before: it goes through the files beside it that rotation may have made,
// whatever its scheme, and knows them by their content. A log that the store knows is read on from its position; one that it does not know
// is read whole if it begins after the oldest one known (since), else it is older than all that was ever read here. What was
// compressed, or written to long ago, ends with that; the others are returned, still open and bound.
func (c *Conveyor) missed(ctx context.Context, name string, live followed, since *store.LogState) (rest []*Log, err error) {
	var logs []*Log
	c.met = map[int64]bool{}
	found := c.siblings(name)
	for range maxLooks {
		for _, f := range found {
			l, err := c.sibling(f.path, live, since)
			switch {
			case errors.Is(err, fs.ErrNotExist): // renamed or compressed meanwhile: it has another name now
			case err != nil:
				c.note(err)
			case l != nil:
				logs = append(logs, l)
			}
		}
		// Where names were handed on meanwhile ("maillog.1" became "maillog.2"), a file may have been passed over.
		before := found
		if found = c.siblings(name); slices.EqualFunc(before, found, sameSibling) {
			break
		}
	}
	defer func() {
		for _, l := range logs {
			if !slices.Contains(rest, l) {
				l.in.close()
				l.in = nil
			}
		}
	}()
	slices.SortStableFunc(logs, func(a, b *Log) int { return cmp.Compare(a.first, b.first) })
	if err := c.merge(ctx, logs); err != nil {
		return nil, err
	}
	for _, l := range logs {
		switch {
		case l.readErr != nil:
			c.unbind(l)
			if errors.Is(l.readErr, errTruncated) {
				continue // a copy has what was in it, and is found at the next look
			}
			c.note(fmt.Errorf("%w (the lines before it were read)", l.readErr))
		case l.cut.whole:
			c.End(l)
		default:
			rest = append(rest, l)
		}
	}
	return rest, nil
}

func (c *Conveyor) note(err error) {
	if c.opt.OnNote != nil {
		c.opt.OnNote(err)
	}
}

// sibling prepares to read what is new in a file beside a followed one; nil: nothing is.
func (c *Conveyor) sibling(path string, live followed, since *store.LogState) (*Log, error) {
	in, err := open(path, nil)
	if err != nil {
		if _, gone := os.Lstat(path); gone != nil {
			return nil, gone
		}
		if errors.Is(err, ErrNotLog) {
			return nil, nil
		}
		return nil, err
	}
	l, err := c.unread(in, live, since)
	if l == nil || err != nil {
		in.close()
		return nil, err
	}
	return l, nil
}

// unread is the log of a rotated file, if it is to be read.
func (c *Conveyor) unread(in *input, live followed, since *store.LogState) (*Log, error) {
	info, err := in.file.Stat()
	if err != nil || !info.Mode().IsRegular() || c.isOpen(info, live.file) {
		return nil, err
	}
	head, _ := in.r.Peek(identSize) // of a damaged file what can be read decides
	if len(head) == 0 {
		return nil, nil
	}
	begun := false
	for _, s := range c.known {
		if !begins(s, head) {
			continue
		}
		c.met[s.ID] = true
		if s.HeadLen < sureHead {
			continue // a few bytes may be the beginning of many logs
		}
		if c.isRead(s, live) {
			return nil, nil
		}
		begun = true
	}
	state, err := identify(in, c.known)
	if err != nil {
		return nil, err
	}
	if state.ID != 0 && c.isRead(state, live) {
		return nil, nil
	}
	if state.ID == 0 {
		// It begins like a log that is known but is shorter than what was read of that: a copy that is not complete yet.
		// Where nothing is known, nothing of this name was ever read, and its past was not asked for.
		if begun || since == nil {
			return nil, nil
		}
		so := c.streamOptions(in.modTime)
		first, err := prime(&Log{State: state, in: in, stream: parser.NewStream(so)}, so)
		if err != nil || !later(first, in.modTime, since) {
			return nil, err
		}
	}
	c.know(state)
	l, err := c.prepare(in, state)
	if err != nil {
		return nil, err
	}
	if l.first == 0 {
		l.first = in.modTime.UnixNano()
	}
	c.bind(l, in.file) // from here on another copy of it is no news: "maillog.1" beside a complete "maillog.1.gz"
	c.noteOverlap(l, true)
	l.cut.whole = in.packed || time.Since(in.modTime) > recent
	if state.HeadLen < identSize {
		l.begin = append(make([]byte, 0, identSize), head[:state.HeadLen]...)
	}
	return l, nil
}

// isRead reports whether a file with a log's content is another copy of what is being read, or was.
func (c *Conveyor) isRead(s *store.LogState, live followed) bool {
	return c.bound[int32(s.ID)] != nil || live.state != nil && s.ID == live.state.ID || s.Cursor == readToEnd
}

// sureHead is how long the beginning of two logs must be the same to say that they are one.
const sureHead = 256

// isOpen reports whether a file is being read under another name.
func (c *Conveyor) isOpen(info os.FileInfo, live *os.File) bool {
	if live != nil {
		if li, err := live.Stat(); err == nil && os.SameFile(li, info) {
			return true
		}
	}
	for _, l := range c.bound {
		if l.info != nil && os.SameFile(l.info, info) {
			return true
		}
	}
	return false
}

// later reports whether a log that begins at first (0: unknown) comes after one that was read.
func later(first int64, modTime time.Time, since *store.LogState) bool {
	if first != 0 && since.First != 0 {
		return first >= since.First
	}
	return modTime.UnixNano() >= max(since.Last, since.First)
}

// sibling is a file beside a log, and which one it was when it was listed.
type sibling struct {
	path string
	info os.FileInfo
}

func sameSibling(a, b sibling) bool { return a.path == b.path && os.SameFile(a.info, b.info) }

// siblings are the files beside a log that rotation may have made of it, and beside the file that it links to.
func (c *Conveyor) siblings(name string) []sibling {
	places := []string{name}
	if target, err := filepath.EvalSymlinks(name); err == nil && target != filepath.Clean(name) {
		places = append(places, target)
	}
	var found []sibling
	for _, p := range places {
		dir, base := filepath.Split(p)
		entries, err := os.ReadDir(cmp.Or(dir, "."))
		if err != nil {
			continue
		}
		for _, e := range entries {
			path := dir + e.Name()
			if e.IsDir() || !Rotated(base, e.Name()) || slices.ContainsFunc(found, func(s sibling) bool { return s.path == path }) {
				continue
			}
			if info, err := e.Info(); err == nil { // else it was renamed since
				found = append(found, sibling{path, info})
			}
		}
	}
	// What is not compressed comes first: while a file is being compressed both are there, one of them incomplete.
	slices.SortStableFunc(found, func(a, b sibling) int { return packedLast(a.path) - packedLast(b.path) })
	return found
}

func packedLast(name string) int {
	if slices.Contains(compressed, filepath.Ext(name)) {
		return 1
	}
	return 0
}

// series are the oldest and the newest log that are known of a name, by their first stamps: among those that were read under it or
// under a name that rotation makes of it. Both are nil where none is known.
func (c *Conveyor) series(name string, but *store.LogState) (oldest, newest *store.LogState) {
	for _, s := range c.known {
		if but != nil && s.ID == but.ID || s.HeadLen == 0 || !inSeries(name, s.Name) {
			continue
		}
		if oldest == nil || oldest.First == 0 || s.First != 0 && s.First < oldest.First {
			oldest = s
		}
		if newest == nil || s.First > newest.First || s.First == newest.First && s.ID > newest.ID {
			newest = s
		}
	}
	return oldest, newest
}

// inSeries reports whether a log was read under a name, or under one that rotation makes of it.
func inSeries(name, other string) bool {
	if other == "" || other == "-" {
		return false
	}
	dir, base := filepath.Split(absolute(name))
	d, b := filepath.Split(absolute(other))
	return d == dir && Rotated(base, b)
}

func absolute(name string) string {
	if abs, err := filepath.Abs(name); err == nil {
		return abs
	}
	return name
}
