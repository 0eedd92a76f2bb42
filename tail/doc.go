// Package tail follows live logs without losing or repeating a byte, whatever happens to the files.
//
// It exists because a line source that reads by itself loses lines when a log is rotated: it opens the new file
// before the old one is drained. Here every byte is taken from a descriptor of our own, in chunks of whole lines, and
// github.com/nxadm/tail only says that there is more or that the file changed; it watches the very inode of that descriptor
// (see watch.go), so there is no moment at which the two look at different files.
//
// Where reading goes on in a file is not decided here but asked (Opened): whoever stores positions knows which
// content was read already. One consumer takes the events of all sources from one channel; a slow consumer pauses reading.
package tail
