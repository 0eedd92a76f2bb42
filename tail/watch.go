package tail

import (
	"fmt"
	"os"
	"syscall"

	"github.com/nxadm/tail/watch"
	"gopkg.in/tomb.v1"
)

// watcher is nxadm/tail's watcher on one file. Its reader is not used: it gathers a line without bound, drops what the
// writer still writes to a renamed file, and asks the kernel for its position twice a line.
//
// The watch is on /proc/self/fd/N, which is the inode of our own descriptor whatever its name became. That also keeps nxadm/tail
// from ending the process: it calls os.Exit when it cannot stat what it watches, and a descriptor can always be asked.
type watcher struct {
	changes *watch.FileChanges
	life    *tomb.Tomb
}

// newWatcher watches an opened file; poll takes a look at it four times a second instead of asking the kernel.
func newWatcher(f *os.File, size int64, poll bool) *watcher {
	w := &watcher{life: &tomb.Tomb{}}
	name := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	own, err := f.Stat()
	if err != nil {
		return w
	}
	if there, err := os.Stat(name); err != nil || !os.SameFile(own, there) {
		return w // no /proc: the follower's own ticks find what is new
	}
	if !poll && canNotify() {
		if w.changes, err = watch.NewInotifyFileWatcher(name).ChangeEvents(w.life, size); err == nil {
			return w
		}
	}
	if w.changes, err = watch.NewPollingFileWatcher(name).ChangeEvents(w.life, size); err != nil {
		w.changes = nil
	}
	return w
}

// canNotify reports whether the kernel has an inotify instance to spare. nxadm/tail ends the process where it has none
// (fs.inotify.max_user_instances is 128 for all of a user's programs).
func canNotify() bool {
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC)
	if err != nil {
		return false
	}
	syscall.Close(fd)
	return true
}

// modified, deleted and truncated are nil channels where nothing is watched.
func (w *watcher) modified() <-chan bool {
	if w == nil || w.changes == nil {
		return nil
	}
	return w.changes.Modified
}

func (w *watcher) deleted() <-chan bool {
	if w == nil || w.changes == nil {
		return nil
	}
	return w.changes.Deleted
}

func (w *watcher) truncated() <-chan bool {
	if w == nil || w.changes == nil {
		return nil
	}
	return w.changes.Truncated
}

// stop ends the watch. nxadm/tail does that in its own time, by the descriptor's number; the descriptor must stay open for
// a moment longer, which it does, since an old file is read on for a while.
func (w *watcher) stop() {
	if w != nil {
		w.life.Kill(nil)
		w.changes = nil
	}
}
