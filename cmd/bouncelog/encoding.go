package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"bouncelog/report"
)

// noteEncoding says so where a log is no text in a form that mail servers write: UTF-16, which some editors and copies from Windows make of
// it, or binary data. Nothing of it would be recognized, and nobody would know why.
func noteEncoding(w io.Writer, name string) {
	head := make([]byte, 512)
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() { // what is no file can be read only once
		return
	}
	f, err := os.Open(name)
	if err != nil {
		return // who reads it says so
	}
	defer f.Close()
	n, _ := io.ReadFull(f, head)
	if isUTF16(head[:n]) {
		fmt.Fprintf(w, "%s is UTF-16 text, of which no line is recognized: convert it with 'iconv -f UTF-16 -t UTF-8' first.\n", report.Clean(name))
	}
}

// isUTF16 reports whether a file that begins so is UTF-16: it has a byte order mark, or every other byte of it is NUL.
func isUTF16(head []byte) bool {
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		return true
	}
	var nuls [2]int
	for i, b := range head {
		if b == 0 {
			nuls[i%2]++
		}
	}
	half := len(head) / 2
	return half >= 8 && (nuls[0] > half*3/4 && nuls[1] == 0 || nuls[1] > half*3/4 && nuls[0] == 0)
}
