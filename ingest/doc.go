// Package ingest is the conveyor: it reads logs in blocks, cuts them into lines, and carries them through parsing, tracking and
// classification into the store.
//
// It exists so that every way in (files, compressed files, stdin, live logs) shares one path on which nothing is
// lost and nothing counted twice: a log is known by its content, and its position is committed with what was read of it.
package ingest
