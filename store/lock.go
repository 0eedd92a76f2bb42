package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// lockFile takes the writer's lock: flock on a file beside the database, which the kernel releases when the process ends, however it ends.
// The file says who holds it. SQLite's own locks would only tell that somebody does, and only while a transaction runs.
func lockFile(path, command string) (*os.File, error) {
	name := path + ".lock"
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", name, err)
		}
		holder, _ := io.ReadAll(io.LimitReader(f, 300))
		who := string(bytes.TrimSpace(holder))
		if who == "" {
			who = "unknown"
		}
		return nil, fmt.Errorf("%w %s: %s; wait for it or stop it", ErrInUse, path, who)
	}
	if command == "" {
		command = filepath.Base(os.Args[0])
	}
	// Who holds it is a service to people; failing to write it (a full disk) must not stop the work.
	if err := f.Truncate(0); err == nil {
		f.WriteAt(fmt.Appendf(nil, "pid %d (%s)\n", os.Getpid(), command), 0)
	}
	return f, nil
}

// unlockFile leaves the file in place: removing it would let two processes lock two files of one name.
func unlockFile(f *os.File) error {
	f.Truncate(0)
	return f.Close()
}
