package store

import (
	"context"
	"errors"
	"syscall"
)

var background = context.Background()

const (
	enospc = syscall.ENOSPC
	edquot = syscall.EDQUOT
)

// Errors that callers tell apart.
var (
	// ErrNoDatabase: a reader found no file.
	ErrNoDatabase = errors.New("no database")
	// ErrNewer: the database was written by a newer version.
	ErrNewer = errors.New("the database was written by a newer version of bouncelog: update this one")
	// ErrCorrupt: the file is no database or is damaged.
	ErrCorrupt = errors.New("the file is no SQLite database or is damaged")
	// ErrInUse: another process writes to the database.
	ErrInUse = errors.New("another process writes to the database")
)
